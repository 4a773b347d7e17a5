//! Which recorded requests share most with one that was asked, without looking at all of them.
//!
//! Every request is a set of features: its path, each piece of it, each pair of its query, the leaves of
//! its body. [`Likeness`] knows who has which; a search goes from the rarest feature to the commonest and
//! ends after a fixed number of requests, however long the tape and whatever is asked.

use super::canonical::{Canonical, CanonicalBody};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Most places that one search looks at.
const LOOKS: usize = 8_192;

/// Most features of one body.
const BODY_FEATURES: usize = 16;

/// How much of a body is looked at for features, in bytes.
const BODY_LOOK: usize = 16 * 1024;

/// Who has which feature.
#[derive(Debug)]
pub(super) struct Likeness {
    /// A feature's hash in the upper half, a request's place in the lower one; sorted.
    places: Vec<u64>,
}

impl Likeness {
    pub(super) fn of<'a>(requests: impl Iterator<Item = &'a Canonical>) -> Self {
        let mut places = Vec::new();
        for (index, request) in requests.enumerate() {
            // A tape that does not fit here does not fit into memory either.
            let Ok(index) = u32::try_from(index) else { break };
            let start = places.len();
            each_feature(request, |feature| places.push(feature << 32 | u64::from(index)));
            places[start..].sort_unstable();
        }
        places.sort_unstable();
        places.dedup();
        Self { places }
    }

    /// Requests that share something with one, and how much: no more than [`LOOKS`].
    pub(super) fn close(&self, asked: &Canonical) -> Vec<(usize, u32)> {
        let mut lists = Vec::new();
        each_feature(asked, |feature| {
            let start = self.places.partition_point(|place| place >> 32 < feature);
            let length = self.places[start..].partition_point(|place| place >> 32 == feature);
            lists.push((length, start));
        });
        lists.sort_unstable();
        lists.dedup();
        let (mut left, mut shared) = (LOOKS, HashMap::new());
        for (length, start) in lists {
            // What few have says more than what is common: a step for each halving.
            let weight = 1 + length.leading_zeros();
            for place in &self.places[start..start + length.min(left)] {
                *shared.entry((place & 0xffff_ffff) as usize).or_insert(0) += weight;
            }
            left -= length.min(left);
        }
        shared.into_iter().collect()
    }
}

/// Calls with the hash (32 bits) of each feature; one may come twice.
fn each_feature(request: &Canonical, mut found: impl FnMut(u64)) {
    let mut feature = |kind: &str, value: &[&[u8]]| {
        let mut hasher = DefaultHasher::new();
        (kind, value).hash(&mut hasher);
        found(hasher.finish() >> 32);
    };
    feature("method", &[request.method.as_bytes()]);
    feature("path", &[request.path.as_bytes()]);
    for (index, segment) in request.path.split('/').enumerate().take(16) {
        feature("segment", &[&index.to_le_bytes(), segment.as_bytes()]);
    }
    for (kind, pairs) in [("query", &request.query), ("header", &request.headers)] {
        for (name, value) in pairs.iter().take(BODY_FEATURES) {
            feature(kind, &[name.as_bytes(), value.as_bytes()]);
        }
    }
    let start = |text: &[u8]| text.len().min(BODY_LOOK);
    match &request.body {
        CanonicalBody::Json(text) | CanonicalBody::Xml(text) => {
            let text = &text[..start(text)];
            leaves(text).take(BODY_FEATURES).for_each(|leaf| feature("json", &[leaf]));
        }
        CanonicalBody::Form(pairs) => {
            for (name, value) in pairs.iter().take(BODY_FEATURES) {
                feature("form", &[name.as_bytes(), value.as_bytes()]);
            }
        }
        CanonicalBody::Multipart(parts) => {
            for part in parts.iter().take(BODY_FEATURES) {
                feature("part", &[&part.content[..start(&part.content)]]);
            }
        }
        CanonicalBody::Bytes(bytes) => {
            let lines = bytes[..start(bytes)].split(|byte| *byte == b'\n').take(BODY_FEATURES);
            lines.for_each(|line| feature("line", &[line]));
        }
        CanonicalBody::File(name) => feature("file", &[name.as_bytes()]),
        CanonicalBody::Empty | CanonicalBody::Ignored => {}
    }
}

/// The pieces of canonical JSON between its brackets and commas: `"name":"value"` as a rule.
fn leaves(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at;
            let mut quoted = false;
            while let Some(byte) = text.get(at) {
                match byte {
                    b'\\' if quoted => at += 1,
                    b'"' => quoted = !quoted,
                    b',' | b'{' | b'}' | b'[' | b']' if !quoted => break,
                    _ => {}
                }
                at += 1;
            }
            at = at.min(text.len());
            let leaf = &text[start..at];
            if at < text.len() {
                at += 1;
            } else if leaf.is_empty() {
                return None;
            }
            if !leaf.is_empty() {
                return Some(leaf);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_are_names_with_values() {
        let found = |text: &'static str| -> Vec<String> {
            leaves(text.as_bytes()).map(|leaf| String::from_utf8_lossy(leaf).into_owned()).collect()
        };
        assert_eq!(
            found(r#"{"a":[1e0,"x,\"]"],"b":{},"c":"d"}"#),
            ["\"a\":", "1e0", r#""x,\"]""#, "\"b\":", "\"c\":\"d\""]
        );
        assert_eq!(found("1e0"), ["1e0"]);
        assert_eq!(found("{}"), [""; 0]);
        assert_eq!(found("{\"cut\\"), ["\"cut\\"]);
    }
}
