//! How upstreams are reached: trust, certificates of our own, addresses, a proxy on the way. The
//! same for every command that sends requests.

use super::{Failure, World};
use crate::cassette::redact::Secret;
use crate::net::{HostPattern, Identity, Reach, Resolve, Roots, Via};
use crate::record::HostLists;
use std::path::PathBuf;

/// Shortest password of a proxy that recordings are searched for.
const CARRIED: usize = 8;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Upstreams")]
pub(super) struct ReachArguments {
    /// Certificates (PEM or DER) that upstreams are trusted by, besides the system's: of an
    /// authority, or of the upstream itself
    #[arg(long, value_name = "FILE")]
    ca_file: Vec<PathBuf>,
    /// Certificate (PEM) to show to upstreams that ask for one, to HOST alone where it is named
    #[arg(long, value_name = "[HOST=]FILE", value_parser = ForHost::parse)]
    client_cert: Vec<ForHost>,
    /// Key of `--client-cert`, where it is not in the same file
    #[arg(long, value_name = "[HOST=]FILE", value_parser = ForHost::parse, requires = "client_cert")]
    client_key: Vec<ForHost>,
    /// Address of a host, whatever its name resolves to; `*` is every host
    #[arg(long, value_name = "HOST:PORT:ADDRESS", value_parser = Resolve::parse)]
    resolve: Vec<Resolve>,
    /// Proxy that leads to upstreams: `http`, `https`, `socks5` or `socks5h`; `env:NAME` takes the
    /// URL from the environment, which hides its password
    #[arg(long, value_name = "URL")]
    via: Option<String>,
    /// Hosts that `--via` is not used for
    #[arg(long, value_name = "HOST[:PORT]", value_parser = HostPattern::parse, requires = "via")]
    no_via: Vec<HostPattern>,
}

/// Which hosts are recorded.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Upstreams")]
pub(super) struct HostArguments {
    /// Hosts to record, with `*` for any characters; all others pass through unrecorded
    #[arg(long, value_name = "HOST[:PORT]", value_parser = HostPattern::parse)]
    allow_host: Vec<HostPattern>,
    /// Hosts that pass through unrecorded, unopened where they are in TLS
    #[arg(long, value_name = "HOST[:PORT]", value_parser = HostPattern::parse)]
    deny_host: Vec<HostPattern>,
}

impl HostArguments {
    pub(super) fn lists(&self) -> HostLists {
        HostLists { allow: self.allow_host.clone(), deny: self.deny_host.clone() }
    }
}

/// A file, for one host or for all.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ForHost {
    /// As it was written.
    host: Option<String>,
    file: PathBuf,
}

impl ForHost {
    fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            // A name of a file that has an equals sign may have a folder before it.
            Some((host, file)) if !host.contains('/') => {
                HostPattern::parse(host).map_err(|error| error.to_string())?;
                Ok(Self { host: Some(host.to_owned()), file: file.into() })
            }
            _ => Ok(Self { host: None, file: text.into() }),
        }
    }
}

impl ReachArguments {
    /// Whether none of it was given.
    pub(super) fn is_empty(&self) -> bool {
        let Self { ca_file, client_cert, client_key, resolve, via, no_via } = self;
        ca_file.is_empty()
            && client_cert.is_empty()
            && client_key.is_empty()
            && resolve.is_empty()
            && via.is_none()
            && no_via.is_empty()
    }

    /// Reads the files and the environment. The secrets are those that messages and recordings
    /// must not show.
    pub(super) fn read(&self, world: &World) -> Result<(Reach, Vec<(String, Secret)>), Failure> {
        let mut secrets = Vec::new();
        let reach = Reach {
            roots: self.roots(world)?,
            identities: self.identities(world)?,
            resolve: self.resolve.clone(),
            via: self.via(world, &mut secrets)?,
        };
        Ok((reach, secrets))
    }

    fn roots(&self, world: &World) -> Result<Roots, Failure> {
        let mut roots = Roots::default();
        for file in &self.ca_file {
            roots.add_file(&world.directory.join(file)).map_err(|error| {
                Failure::asked(format!("--ca-file: {error}"))
                    .hint("give a file of certificates as PEM, or one as DER")
            })?;
        }
        Ok(roots)
    }

    fn identities(&self, world: &World) -> Result<Vec<Identity>, Failure> {
        let mut keys: Vec<&ForHost> = self.client_key.iter().collect();
        let pairs: Vec<(&ForHost, Option<PathBuf>)> = self
            .client_cert
            .iter()
            .map(|certificate| {
                let key = keys.iter().position(|key| key.host == certificate.host);
                (certificate, key.map(|at| world.directory.join(&keys.remove(at).file)))
            })
            .collect();
        if let Some(key) = keys.first() {
            return Err(Failure::asked(format!(
                "--client-key: {}: there is no `--client-cert` that it could belong to",
                key.file.display()
            ))
            .hint("name the same HOST in both, or in none"));
        }
        let fault =
            |error: &dyn std::fmt::Display| Failure::asked(format!("--client-cert: {error}"));
        let read = |(certificate, key): (&ForHost, Option<PathBuf>)| {
            let hosts = certificate.host.as_deref().map(HostPattern::parse).transpose();
            let hosts = hosts.map_err(|error| fault(&error))?;
            let file = world.directory.join(&certificate.file);
            Identity::read(hosts, &file, key.as_deref()).map_err(|error| match error.hint() {
                Some(hint) => fault(&error).hint(hint),
                None => fault(&error),
            })
        };
        pairs.into_iter().map(read).collect()
    }

    fn via(
        &self,
        world: &World,
        secrets: &mut Vec<(String, Secret)>,
    ) -> Result<Option<Via>, Failure> {
        let Some(text) = &self.via else { return Ok(None) };
        let (name, url) = match text.strip_prefix("env:") {
            None => (None, text.as_str()),
            Some(name) => match world.variable(name) {
                Some(url) => (Some(name), url),
                None => {
                    return Err(Failure::asked(format!("--via: `{name}` is not set or is empty")));
                }
            },
        };
        let via = Via::parse(url, self.no_via.clone()).map_err(|error| {
            Failure::asked(format!("--via: {error}"))
                .hint("`http://HOST:PORT`, or `env:NAME` for a URL with a password")
        })?;
        // A short one would be replaced in words that have nothing to do with it.
        let long = |password: &&str| password.len() >= CARRIED;
        if let Some(password) = via.password().filter(long) {
            secrets.push((name.unwrap_or("via").to_owned(), Secret::new(password)));
        }
        if name.is_none() && via.password().is_some() {
            world.say(
                "warning: --via: every user of this machine can read the password in the command \
                 line\nhint: `--via env:NAME` takes the URL from the environment",
            );
        }
        Ok(Some(via))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_for_hosts() {
        let parse = |text| ForHost::parse(text).map(|it| (it.host, it.file));
        let host = |host: &str, file: &str| Ok((Some(host.to_owned()), PathBuf::from(file)));
        assert_eq!(parse("me.pem"), Ok((None, "me.pem".into())));
        assert_eq!(parse("*.example:443=a=b.pem"), host("*.example:443", "a=b.pem"));
        assert_eq!(parse("./a=b.pem"), Ok((None, "./a=b.pem".into())));
        assert!(parse("h:port=b.pem").is_err());
    }
}
