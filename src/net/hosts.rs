use crate::exchange::Authority;

/// Hosts by name: `api.example`, `*.example.com`, `192.0.2.*`, each with `:PORT` or for every port.
/// An asterisk stands for any run of characters, dots too; `*.example.com` is not `example.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern {
    /// In lower case, IPv6 without brackets.
    host: String,
    port: Option<u16>,
}

/// A pattern that can match no host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not of the form HOST[:PORT]; `*` stands for any characters of a host")]
pub struct PatternError(String);

impl HostPattern {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let wrong = || PatternError(text.to_owned());
        let authority = Authority::parse(text, 0).ok_or_else(wrong)?;
        let bracketed = authority.host.starts_with('[');
        let strange = |c: char| c.is_whitespace() || c.is_control() || "/@?#,=\\".contains(c);
        if text.contains(strange) || (!bracketed && authority.host.contains(':')) {
            return Err(wrong());
        }
        let host = authority.bare_host().trim_end_matches('.').to_owned();
        if host.is_empty() {
            return Err(wrong());
        }
        Ok(Self { host, port: (authority.port != 0).then_some(authority.port) })
    }

    /// Whether a host is meant.
    pub fn matches(&self, authority: &Authority) -> bool {
        let host = authority.bare_host().trim_end_matches('.');
        self.port.is_none_or(|port| port == authority.port)
            && fits(self.host.as_bytes(), host.as_bytes())
    }
}

/// In time linear in both for each asterisk: only the last one is ever taken back.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut last: Option<(usize, usize)> = None;
    while from < text.len() {
        match (pattern.get(at), last) {
            (Some(b'*'), _) => {
                last = Some((at, from));
                at += 1;
            }
            (Some(byte), _) if *byte == text[from] => {
                at += 1;
                from += 1;
            }
            (_, Some((star, taken))) => {
                last = Some((star, taken + 1));
                at = star + 1;
                from = taken + 1;
            }
            _ => return false,
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_are_meant() {
        let cases = [
            ("api.example", "api.example:443", true),
            ("API.example.", "api.EXAMPLE.:1", true),
            ("api.example", "www.api.example:443", false),
            ("*.example", "api.example:443", true),
            ("*.example", "a.b.example:443", true),
            ("*.example", "example:443", false),
            ("*.example", "evilexample:443", false),
            ("*", "anything:1", true),
            ("*:443", "anything:80", false),
            ("api.*.example:443", "api.eu.example:443", true),
            ("api.*.example:443", "api.example:443", false),
            ("127.0.0.*", "127.0.0.1:9", true),
            ("[::1]:443", "[::1]:443", true),
            ("[::1]", "[::2]:443", false),
            ("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa:1", false),
        ];
        for (pattern, authority, expected) in cases {
            let authority = Authority::parse(authority, 0).unwrap();
            let pattern = HostPattern::parse(pattern).unwrap();
            assert_eq!(pattern.matches(&authority), expected, "{pattern:?} {authority}");
        }
    }

    #[test]
    fn what_is_no_pattern() {
        for text in ["", ":443", "https://api.example", "a/b", "u@h", "h:port", "a,b", "a b", "::1"]
        {
            assert!(HostPattern::parse(text).is_err(), "{text}");
        }
    }
}
