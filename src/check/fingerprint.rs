use super::Rule;
use crate::exchange::Digest;
use std::fmt;

/// The stable name of a finding: the same fault of the same promise has it in every run, whatever
/// the cassette is called and whichever exchange shows it. A baseline accepts findings by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// From the rule and the parts that tell this fault from others, in order. Nothing that an
    /// unrelated edit moves belongs in them: no exchange numbers, array indexes, line numbers.
    pub fn of(rule: Rule, parts: &[&str]) -> Self {
        let mut text = String::from(rule.id());
        for part in parts {
            text.push('\0');
            text.push_str(part);
        }
        let mut hex = Digest::of(text.as_bytes()).hex();
        hex.truncate(16);
        Self(hex)
    }

    /// Reads 16 hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
        hex.then(|| Self(text.to_ascii_lowercase()))
    }

    /// 16 lower-case hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A request path with segments that look like identifiers (numbers, long hex words, UUIDs,
/// placeholders of redaction) replaced by `{}`.
pub fn path_without_ids(path: &str) -> String {
    path.split('/')
        .map(|segment| if is_identifier(segment) { "{}" } else { segment })
        .collect::<Vec<_>>()
        .join("/")
}

fn is_identifier(segment: &str) -> bool {
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    let hex = segment.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    (digits > 0 && digits == segment.len())
        || (hex && digits > 0 && segment.len() >= 8)
        || segment.contains("%7B%7B")
        || segment.contains("{{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stable_and_told_apart() {
        let of = |parts: &[&str]| Fingerprint::of(Rule::ResponseSchema, parts);
        assert_eq!(of(&["a", "b"]), of(&["a", "b"]));
        assert_ne!(of(&["a", "b"]), of(&["ab"]));
        assert_ne!(of(&["a"]), Fingerprint::of(Rule::ErrorBody, &["a"]));
        // Written into baselines: a change here breaks every one of them.
        assert_eq!(of(&["POST", "/v1/crates", "200"]).as_str(), "53ee57775cc551c7");
        assert_eq!(Fingerprint::parse(of(&[]).as_str()), Some(of(&[])));
        assert_eq!(Fingerprint::parse("xyz"), None);
    }

    #[test]
    fn identifiers_in_paths() {
        let cases = [
            ("/v1/crates/17", "/v1/crates/{}"),
            ("/v2/3f2504e0-4f89-11d3-9a0c-0305e82c3301/x", "/v2/{}/x"),
            ("/v2/facade/x", "/v2/facade/x"),
            ("/a/{{secret:1}}", "/a/{}"),
            ("/", "/"),
        ];
        for (path, expected) in cases {
            assert_eq!(path_without_ids(path), expected);
        }
    }
}
