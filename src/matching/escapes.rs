//! Escapes undone so that texts of different bytes stay different: what is not UTF-8, or would read as
//! an escape, is written as one.

use percent_encoding::percent_decode;
use std::borrow::Cow;
use std::fmt::Write as _;

/// A path by what it names: escapes undone, but an encoded slash or semicolon, which sets segments and their
/// parameters apart (RFC 3986, section 3.3), does not become one, nor the text `%2F`.
pub(super) fn path(path: &str) -> String {
    if !path.contains('%') {
        return path.to_owned();
    }
    let mut out = String::with_capacity(path.len());
    for piece in path.split_inclusive(['/', ';']) {
        let text = piece.trim_end_matches(['/', ';']);
        let bytes: Vec<u8> = percent_decode(text.as_bytes()).collect();
        write(&mut out, &bytes, |c| matches!(c, '%' | '/' | ';'));
        out.push_str(&piece[text.len()..]);
    }
    out
}

/// The pairs of a query or a form: `+` is a space, a missing `=` an empty value.
pub(super) fn pairs(query: &[u8]) -> Vec<(String, String)> {
    let pair = |pair: &[u8]| {
        let end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        (text(&pair[..end]), text(pair.get(end + 1..).unwrap_or_default()))
    };
    query.split(|byte| *byte == b'&').filter(|one| !one.is_empty()).map(pair).collect()
}

fn text(encoded: &[u8]) -> String {
    let spaced: Cow<'_, [u8]> = if encoded.contains(&b'+') {
        encoded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect()
    } else {
        encoded.into()
    };
    let bytes: Cow<'_, [u8]> = percent_decode(&spaced).into();
    match std::str::from_utf8(&bytes) {
        Ok(text) if !has_escape(text.as_bytes()) => text.to_owned(),
        _ => {
            let mut out = String::with_capacity(encoded.len());
            write(&mut out, &bytes, |c| c == '%');
            out
        }
    }
}

/// Whether a text has what reads as an escape.
fn has_escape(text: &[u8]) -> bool {
    let is_escape = |three: &[u8]| three[0] == b'%' && three[1..].iter().all(u8::is_ascii_hexdigit);
    text.contains(&b'%') && text.windows(3).any(is_escape)
}

/// Writes bytes as text: those that are none, and characters that are `kept` apart, as escapes.
fn write(out: &mut String, bytes: &[u8], kept: impl Fn(char) -> bool) {
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if kept(c) {
                let _ = write!(out, "%{:02X}", u32::from(c));
            } else {
                out.push(c);
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spelling_does_not_count_and_bytes_do() {
        let one = |query: &str| pairs(query.as_bytes());
        for (left, right) in [
            ("a=%ff", "a=%FF"),
            ("a=x+%ff", "a=%78%20%FF"),
            ("a=%e4%b8%ad", "a=中"),
            ("a", "a="),
            ("&a=1&&", "a=1"),
            ("a=b=c", "a=b%3Dc"),
            ("a=100%25", "a=100%"),
        ] {
            assert_eq!(one(left), one(right), "{left} {right}");
        }
        let all = [
            "a=%FF",
            "a=%25FF",
            "a=%2525FF",
            "a=%FE",
            "a=+",
            "a=%2B",
            "a=",
            "a=1;b=2",
            "a=1&b=2",
            "%61%3Db=",
            "a=b",
            "=a",
            "a=%EF%BF%BD",
            "a=%00",
            "b",
        ];
        for (place, left) in all.iter().enumerate() {
            all[..place]
                .iter()
                .for_each(|right| assert_ne!(one(left), one(right), "{left} {right}"));
        }
        assert_eq!(
            one("a=%FF&b=%25FF&c=50%25"),
            [("a", "%FF"), ("b", "%25FF"), ("c", "50%")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn paths_by_what_they_name() {
        for (left, right) in [
            ("/a%20b", "/a b"),
            ("/%7Eme", "/~me"),
            ("/%ff", "/%FF"),
            ("/a%2fb", "/a%2Fb"),
            ("/%2E%2e/a", "/../a"),
        ] {
            assert_eq!(path(left), path(right), "{left} {right}");
        }
        let all = [
            "/a/b", "/a%2Fb", "/a%252Fb", "/a/b/", "//a/b", "/a//b", "/a/./b", "/a/../b", "/b",
            "/a;b", "/a%3Bb", "/a%253Bb", "/a+b", "/a b", "/%FF", "/%25FF", "/%FE", "/A/b", "*",
            "/",
        ];
        for (place, left) in all.iter().enumerate() {
            all[..place]
                .iter()
                .for_each(|right| assert_ne!(path(left), path(right), "{left} {right}"));
        }
    }

    /// A text of a query and its bytes: each byte as it is, or escaped.
    fn spelled() -> impl Strategy<Value = (String, Vec<u8>)> {
        let byte = prop_oneof![any::<u8>(), prop::sample::select(b"%25FfaAbB+ =&;/".to_vec())];
        prop::collection::vec((byte, any::<bool>()), 0..12).prop_map(|bytes| {
            let spell = |(byte, plain): &(u8, bool)| match (byte, plain) {
                (b' ', true) => "+".to_owned(),
                (byte, true) if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
                (byte, true) => format!("%{byte:02x}"),
                (byte, false) => format!("%{byte:02X}"),
            };
            (bytes.iter().map(spell).collect(), bytes.iter().map(|(byte, _)| *byte).collect())
        })
    }

    proptest! {
        #[test]
        fn texts_are_equal_just_where_their_bytes_are(left in spelled(), right in spelled()) {
            let same = left.1 == right.1;
            prop_assert_eq!(text(left.0.as_bytes()) == text(right.0.as_bytes()), same);
            let segment = |text: &str| path(&text.replace('+', "%20"));
            prop_assert_eq!(segment(&left.0) == segment(&right.0), same);
        }
    }
}
