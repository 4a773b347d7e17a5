//! Whose requests they were: what was recorded of several hosts is not for one.

use super::{Failure, World, unreadable};
use crate::cassette::Reader;
use crate::cassette::import::is_cassette;
use crate::exchange::{Request, Target};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Most hosts that are named.
const NAMED: usize = 5;

/// The host that a request was sent to, in lower case; `None` where the recording does not say. A machine's own are one,
/// whatever their ports: servers of tests have another in each run.
pub(super) fn of(request: &Request) -> Option<String> {
    let target = Target::parse(&request.target);
    let authority = match target.authority {
        "" => request.headers.text("host").unwrap_or_default(),
        written => written,
    };
    (!authority.is_empty()).then(|| plain(authority))
}

/// A host as it is compared.
pub(super) fn plain(authority: &str) -> String {
    let authority = authority.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let name = authority.rsplit_once(':').map_or(authority.as_str(), |(name, _)| name);
    let is_own = name == "localhost" || name == "[::1]" || name.starts_with("127.");
    if is_own { "localhost".to_owned() } else { authority }
}

/// Refuses cassettes of several hosts: a request that is meant for one may do harm to another.
pub(super) fn one(option: &str, cassettes: &[PathBuf], world: &World) -> Result<(), Failure> {
    let mut hosts: BTreeMap<String, String> = BTreeMap::new();
    let mut see = |request: &Request, cassette: &PathBuf| {
        if let Some(host) = of(request) {
            hosts.entry(host).or_insert_with(|| cassette.display().to_string());
        }
    };
    for shown in cassettes {
        let path = world.directory.join(shown);
        if is_cassette(&path).map_err(|error| unreadable(&error))? {
            // What can't be read is told when it is sent.
            let reader = Reader::open(&path).map_err(|error| unreadable(&error))?;
            for exchange in reader.map_while(Result::ok) {
                see(&exchange.request, shown);
            }
        } else {
            let all = super::super::recordings::exchanges(shown, Vec::new(), world)?;
            for exchange in &all {
                see(&exchange.request, shown);
            }
        }
    }
    if hosts.len() < 2 {
        return Ok(());
    }
    let more = if hosts.len() > NAMED { ", …" } else { "" };
    let named = hosts.iter().take(NAMED).map(|(host, cassette)| format!("`{host}` ({cassette})"));
    let named = named.collect::<Vec<_>>().join(", ");
    let what = format!("{option}: recorded of several hosts, and sent to one: {named}{more}");
    Err(Failure::asked(what).hint("`--only-host HOST` sends what was recorded of one of them"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_compared_without_case_and_own_ones_without_port() {
        for (written, expected) in [
            ("API.example:8443", "api.example:8443"),
            ("user@api.example", "api.example"),
            ("127.0.0.1:4711", "localhost"),
            ("localhost", "localhost"),
            ("[::1]:80", "localhost"),
        ] {
            assert_eq!(plain(written), expected);
        }
    }
}
