//! What the signatures of vendors have in common: how values are written, and which headers are signed.

use crate::exchange::{Request, percent_encoded};
use std::collections::BTreeMap;

/// A path percent-encoded, slashes left.
pub(super) fn encoded_path(path: &str) -> String {
    percent_encoded(path).replace("%2F", "/")
}

/// Decoded pairs as `name=value`, encoded and in the order of names, then values.
pub(super) fn query(mut pairs: Vec<(String, String)>) -> String {
    pairs.sort();
    let written = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", percent_encoded(name), percent_encoded(value)));
    written.collect::<Vec<_>>().join("&")
}

/// The headers that are signed, by their names in lower case, repeats in order: the host, the type and digest of
/// the content, and those that belong to the vendors. What proxies on the way may change is not signed.
pub(super) fn signed_headers(request: &Request) -> BTreeMap<String, Vec<String>> {
    let mut signed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for header in &request.headers {
        let name = header.name.to_ascii_lowercase();
        let own = matches!(name.as_str(), "host" | "content-type" | "content-md5");
        let vendors = name.starts_with("x-") && !name.starts_with("x-forwarded");
        if (own || vendors) && !name.contains('_') && !is_of_the_way(&name) {
            signed.entry(name).or_default().push(header.text().trim().to_owned());
        }
    }
    signed
}

/// Headers of tracing and of proxies.
fn is_of_the_way(name: &str) -> bool {
    matches!(name, "x-amzn-trace-id" | "x-real-ip" | "x-request-id")
}

/// The names, as signatures list them.
pub(super) fn names(signed: &BTreeMap<String, Vec<String>>) -> String {
    signed.keys().map(String::as_str).collect::<Vec<_>>().join(";")
}

/// A query without the pairs of these names, what is left as it was written. `None` where nothing is left.
pub(super) fn without(query: &str, is_left_out: impl Fn(&str) -> bool) -> Option<String> {
    let stays = |pair: &&str| {
        let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
        !is_left_out(&crate::exchange::decoded_text(&name.replace('+', " ")))
    };
    let left: Vec<&str> = query.split('&').filter(stays).collect();
    (!left.is_empty() && left != [""]).then(|| left.join("&"))
}

/// A target with another query.
pub(super) fn with_query(target: &str, query: Option<&str>) -> String {
    let before = target.split_once('?').map_or(target, |(before, _)| before);
    match query {
        Some(query) => format!("{before}?{query}"),
        None => before.to_owned(),
    }
}
