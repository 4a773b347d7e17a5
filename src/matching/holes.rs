//! Requests that were recorded with a placeholder answer requests with any value in its place: a
//! secret that showed itself as one only later, in the answer say, is not known when it is asked for.

use super::canonical::{Canonical, CanonicalBody};

/// What stands for every placeholder in a canonical request.
pub(super) const HOLE: &str = "{{secret}}";

/// Whether a recorded request has a placeholder in what is compared.
pub(super) fn has(recorded: &Canonical) -> bool {
    let has = |text: &[u8]| text.windows(HOLE.len()).any(|window| window == HOLE.as_bytes());
    let in_pairs =
        |pairs: &[(String, String)]| pairs.iter().any(|(_, value)| has(value.as_bytes()));
    has(recorded.path.as_bytes())
        || in_pairs(&recorded.query)
        || match &recorded.body {
            CanonicalBody::Json(text) | CanonicalBody::Xml(text) | CanonicalBody::Bytes(text) => {
                has(text)
            }
            CanonicalBody::Form(pairs) => in_pairs(pairs),
            CanonicalBody::Multipart(parts) => parts.iter().any(|part| has(&part.content)),
            CanonicalBody::Empty | CanonicalBody::Ignored | CanonicalBody::File(_) => false,
        }
}

/// What a request has where the recorded one has placeholders, in the order of their places, if it is
/// that but for them. The authority is not looked at.
pub(super) fn fit(recorded: &Canonical, asked: &Canonical) -> Option<Vec<String>> {
    if recorded.method != asked.method || recorded.headers != asked.headers {
        return None;
    }
    let mut found = Vec::new();
    found.extend(filling(recorded.path.as_bytes(), asked.path.as_bytes(), b"/")?);
    found.extend(pairs_fit(&recorded.query, &asked.query)?);
    match (&recorded.body, &asked.body) {
        (CanonicalBody::Json(recorded), CanonicalBody::Json(asked))
        | (CanonicalBody::Xml(recorded), CanonicalBody::Xml(asked)) => {
            found.extend(filling(recorded, asked, b"\"")?);
        }
        (CanonicalBody::Bytes(recorded), CanonicalBody::Bytes(asked)) => {
            found.extend(filling(recorded, asked, b"\n")?);
        }
        (CanonicalBody::Form(recorded), CanonicalBody::Form(asked)) => {
            found.extend(pairs_fit(recorded, asked)?);
        }
        (CanonicalBody::Multipart(recorded), CanonicalBody::Multipart(asked)) => {
            if recorded.len() != asked.len() {
                return None;
            }
            for (recorded, asked) in recorded.iter().zip(asked) {
                if recorded.headers != asked.headers {
                    return None;
                }
                found.extend(filling(&recorded.content, &asked.content, b"")?);
            }
        }
        (recorded, asked) if recorded == asked => {}
        _ => return None,
    }
    Some(found.into_iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect())
}

/// Pairs are sorted; those of one name may stand in another order for their values.
fn pairs_fit<'a>(
    recorded: &[(String, String)],
    asked: &'a [(String, String)],
) -> Option<Vec<&'a [u8]>> {
    if recorded.len() != asked.len() {
        return None;
    }
    let mut left: Vec<&(String, String)> = asked.iter().collect();
    // What is told exactly is taken first.
    let (exact, open): (Vec<_>, Vec<_>) =
        recorded.iter().enumerate().partition(|(_, pair)| asked.contains(pair));
    let mut found = vec![Vec::new(); recorded.len()];
    for (place, (name, value)) in exact.into_iter().chain(open) {
        let fits = |pair: &&(String, String)| {
            pair.0 == *name && filled(value.as_bytes(), pair.1.as_bytes(), b"")
        };
        let same = left.iter().position(|pair| pair.0 == *name && pair.1 == *value);
        let pair = left.swap_remove(same.or_else(|| left.iter().position(fits))?);
        found[place] = fillings(value.as_bytes(), pair.1.as_bytes());
    }
    Some(found.into_iter().flatten().collect())
}

/// What a text has in place of each hole of the recorded one, if it is that but for them.
fn filling<'a>(recorded: &[u8], asked: &'a [u8], stops: &[u8]) -> Option<Vec<&'a [u8]>> {
    filled(recorded, asked, stops).then(|| fillings(recorded, asked))
}

/// Whether a text is the recorded one with something in place of each hole, without any of `stops`.
pub(super) fn filled(recorded: &[u8], asked: &[u8], stops: &[u8]) -> bool {
    let mut rest = recorded;
    let mut place = 0;
    let mut first = true;
    loop {
        let hole = rest.windows(HOLE.len()).position(|window| window == HOLE.as_bytes());
        let piece = &rest[..hole.unwrap_or(rest.len())];
        let start = match (first, hole) {
            (true, _) => asked.starts_with(piece).then_some(0),
            // The last piece is what the text ends with.
            (false, None) => {
                asked.len().checked_sub(piece.len()).filter(|at| asked[*at..] == *piece)
            }
            (false, Some(_)) => found(asked, place + 1, piece),
        };
        let Some(start) = start.filter(|start| first || *start > place) else { return false };
        if !first && asked[place..start].iter().any(|byte| stops.contains(byte)) {
            return false;
        }
        place = start + piece.len();
        let Some(hole) = hole else { return place == asked.len() };
        rest = &rest[hole + HOLE.len()..];
        first = false;
    }
}

/// What stands in a text in the place of each hole of a recorded one that it fits.
pub(super) fn fillings<'a>(recorded: &[u8], asked: &'a [u8]) -> Vec<&'a [u8]> {
    let mut fillings = Vec::new();
    let (mut rest, mut place, mut first) = (recorded, 0, true);
    loop {
        let hole = rest.windows(HOLE.len()).position(|window| window == HOLE.as_bytes());
        let piece = &rest[..hole.unwrap_or(rest.len())];
        let start = match (first, hole) {
            (true, _) => Some(0),
            (false, None) => asked.len().checked_sub(piece.len()),
            (false, Some(_)) => found(asked, place + 1, piece),
        };
        let Some(start) = start else { return fillings };
        if !first {
            fillings.extend(asked.get(place..start));
        }
        place = start + piece.len();
        let Some(hole) = hole else { return fillings };
        rest = &rest[hole + HOLE.len()..];
        first = false;
    }
}

fn found(text: &[u8], from: usize, piece: &[u8]) -> Option<usize> {
    if piece.is_empty() {
        return (from <= text.len()).then_some(from);
    }
    text.get(from..)?.windows(piece.len()).position(|window| window == piece).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_by_something_within_their_place() {
        let cases = [
            ("/t/{{secret}}", "/t/abc", true),
            ("/t/{{secret}}", "/t/", false),
            ("/t/{{secret}}", "/t/a/b", false),
            ("/t/{{secret}}/x", "/t/abc/x", true),
            ("/t/{{secret}}/x", "/t/abc/y", false),
            ("/{{secret}}/{{secret}}", "/a/b", true),
            ("{{secret}}", "{{secret}}", true),
            ("/t", "/t", true),
            ("/t", "/tt", false),
            ("/t{{secret}}t", "/tt", false),
        ];
        for (recorded, asked, expected) in cases {
            assert_eq!(
                filled(recorded.as_bytes(), asked.as_bytes(), b"/"),
                expected,
                "{recorded} {asked}"
            );
        }
    }

    #[test]
    fn what_fills_a_hole_is_known() {
        let found = |recorded: &str, asked: &'static str| -> Vec<&'static [u8]> {
            fillings(recorded.as_bytes(), asked.as_bytes())
        };
        assert_eq!(found("/t/{{secret}}/x/{{secret}}", "/t/abc/x/de"), [&b"abc"[..], b"de"]);
        assert_eq!(found("{{secret}}", "abc"), [b"abc"]);
        assert_eq!(found("Bearer {{secret}}.", "Bearer a.b."), [b"a.b"]);
        assert_eq!(found("x", "x"), [b""; 0]);
    }

    #[test]
    fn pairs_fill_holes_of_their_own_name() {
        let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let recorded = pairs(&[("a", "1"), ("a", "{{secret}}"), ("b", "x-{{secret}}")]);
        let found = pairs(&[("a", "0"), ("a", "1"), ("b", "x-9")]);
        assert_eq!(pairs_fit(&recorded, &found).unwrap(), [b"0", b"9"]);
        assert!(pairs_fit(&recorded, &pairs(&[("a", "0"), ("a", "1"), ("b", "9")])).is_none());
        assert!(pairs_fit(&recorded, &pairs(&[("a", "0"), ("a", "2"), ("b", "x-9")])).is_none());
        assert!(pairs_fit(&recorded, &pairs(&[("a", "1"), ("b", "x-9")])).is_none());
    }
}
