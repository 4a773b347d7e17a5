use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::borrow::Cow;
use std::fmt;

/// All but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Host and port of a URL, the host in lower case, IPv6 in brackets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Authority {
    /// Host name, IPv4 address or bracketed IPv6 address.
    pub host: String,
    /// Port; the scheme's default when the URL named none.
    pub port: u16,
}

impl Authority {
    /// Reads `host`, `host:port` or `[v6]:port`; `None` when it is neither.
    pub fn parse(text: &str, default_port: u16) -> Option<Self> {
        let text = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
        let (host, port) = match text.rfind(']') {
            Some(end) => (&text[..=end], text[end + 1..].strip_prefix(':')),
            None => match text.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        if host.is_empty() || host.bytes().any(|b| b.is_ascii_whitespace() || b == b'/') {
            return None;
        }
        let port = match port {
            None | Some("") => default_port,
            Some(digits) => digits.parse().ok()?,
        };
        Some(Self { host: host.to_ascii_lowercase(), port })
    }

    /// The host without the brackets of IPv6, as a resolver or a certificate wants it.
    pub fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// A request's URL, taken apart without changing a byte of path or query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target<'a> {
    /// `http` or `https`; empty when the target is in origin form.
    pub scheme: &'a str,
    /// Authority as written; empty in origin form.
    pub authority: &'a str,
    /// Path as sent, percent-encoded; `*` for the asterisk form.
    pub path: &'a str,
    /// Query as sent, without the question mark; `None` when there was none.
    pub query: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// Takes a target in origin, absolute or asterisk form apart (RFC 9112, section 3.2).
    pub fn parse(target: &'a str) -> Self {
        let (scheme, authority, rest) = match target.split_once("://") {
            Some((scheme, rest)) if !scheme.contains(['/', '?']) => {
                let end = rest.find(['/', '?']).unwrap_or(rest.len());
                (scheme, &rest[..end], &rest[end..])
            }
            _ => ("", "", target),
        };
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        Self { scheme, authority, path: if path.is_empty() { "/" } else { path }, query }
    }

    /// Path and query as sent in origin form.
    pub fn path_and_query(&self) -> String {
        match self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.to_owned(),
        }
    }

    /// The port that the scheme stands for when none is written.
    pub fn default_port(&self) -> u16 {
        if self.scheme.eq_ignore_ascii_case("https") { 443 } else { 80 }
    }

    /// Authority with the default port filled in.
    pub fn authority(&self) -> Option<Authority> {
        Authority::parse(self.authority, self.default_port())
    }

    /// The query's pairs, decoded as `application/x-www-form-urlencoded` (plus is a space).
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        self.query.map(query_pairs).unwrap_or_default()
    }
}

/// The pairs of a query or form, decoded: `+` is a space, a missing `=` an empty value. What is not
/// UTF-8 stays as it was sent.
pub fn query_pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| decoded_text(&text.replace('+', " "));
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) => (decode(name), decode(value)),
            None => (decode(pair), String::new()),
        })
        .collect()
}

/// Percent-decodes text; what decodes to bytes that are not UTF-8 stays as it is, so that no two such
/// texts become one.
pub fn decoded_text(text: &str) -> String {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map_or_else(|_| text.to_owned(), Cow::into_owned)
}

/// Percent-encodes text, so that nothing but unreserved characters is left (RFC 3986, section 2.3).
pub fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Percent-decodes; bytes that are not UTF-8 become U+FFFD.
pub fn percent_decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_come_apart_without_change() {
        let cases = [
            (
                "https://h.example:8443/v1/x?y=1&y=2",
                "https",
                "h.example:8443",
                "/v1/x",
                Some("y=1&y=2"),
            ),
            ("/v1/a%2Fb", "", "", "/v1/a%2Fb", None),
            ("http://h", "http", "h", "/", None),
            ("http://h?a=http://b/c", "http", "h", "/", Some("a=http://b/c")),
            ("/redirect?to=https://x/", "", "", "/redirect", Some("to=https://x/")),
            ("*", "", "", "*", None),
            ("/p?", "", "", "/p", Some("")),
        ];
        for (text, scheme, authority, path, query) in cases {
            assert_eq!(Target::parse(text), Target { scheme, authority, path, query }, "{text}");
        }
    }

    #[test]
    fn authorities() {
        let parse = |text| Authority::parse(text, 443).map(|a| a.to_string());
        assert_eq!(parse("Host.Example").as_deref(), Some("host.example:443"));
        assert_eq!(parse("user:pw@h:1").as_deref(), Some("h:1"));
        assert_eq!(parse("[::1]:8080").as_deref(), Some("[::1]:8080"));
        assert_eq!(parse("[::1]").as_deref(), Some("[::1]:443"));
        assert_eq!(parse("h:99999"), None);
        assert_eq!(parse(""), None);
        assert_eq!(Authority::parse("[::1]:1", 1).unwrap().bare_host(), "::1");
    }

    #[test]
    fn pairs_are_decoded() {
        assert_eq!(
            query_pairs("a=1+2&b=%E4%B8%AD&c&a="),
            [("a", "1 2"), ("b", "中"), ("c", ""), ("a", "")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }
}
