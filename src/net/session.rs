//! Which session a request belongs to: the user name of its proxy credentials, or the header
//! `testimony-session`.

use super::hop::SESSION_HEADER;
use crate::exchange::{Headers, percent_decoded};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The session that the fields name; the header wins over the credentials.
pub fn named_by(headers: &Headers) -> Option<String> {
    let mut found = None;
    for header in headers {
        match header.name.len() {
            17 if header.is(SESSION_HEADER) => {
                let text = header.text();
                let text = text.trim();
                if !text.is_empty() {
                    return Some(text.to_owned());
                }
            }
            19 if header.is("proxy-authorization") => found = user_name(&header.value).or(found),
            _ => {}
        }
    }
    found
}

/// The user name of Basic credentials (RFC 7617). Clients differ in whether they undo the URL's
/// percent-encoding, so that it is undone here.
fn user_name(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    let (scheme, encoded) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let user = decoded.split_once(':').map_or(decoded.as_str(), |(user, _)| user);
    (!user.is_empty()).then(|| percent_decoded(user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions() {
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let cases = [
            ("proxy-authorization", basic("create-409:"), Some("create-409")),
            ("Proxy-Authorization", basic("a%20b"), Some("a b")),
            ("Proxy-Authorization", basic(":password"), None),
            ("Proxy-Authorization", "Bearer x".to_owned(), None),
            ("Proxy-Authorization", "Basic ***".to_owned(), None),
            ("Testimony-Session", " one ".to_owned(), Some("one")),
            ("Authorization", basic("user"), None),
        ];
        for (name, value, expected) in cases {
            let headers = Headers::from([(name, value.as_str())]);
            assert_eq!(named_by(&headers).as_deref(), expected, "{name}: {value}");
        }
    }
}
