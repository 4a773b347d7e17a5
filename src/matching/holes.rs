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
            CanonicalBody::Json(text) | CanonicalBody::Bytes(text) => has(text),
            CanonicalBody::Form(pairs) => in_pairs(pairs),
            CanonicalBody::Multipart(parts) => parts.iter().any(|part| has(&part.content)),
            CanonicalBody::Empty | CanonicalBody::Ignored | CanonicalBody::File(_) => false,
        }
}

/// Whether a request is the recorded one but for values where that has placeholders. The authority
/// is not looked at.
pub(super) fn fit(recorded: &Canonical, asked: &Canonical) -> bool {
    recorded.method == asked.method
        && recorded.headers == asked.headers
        && filled(recorded.path.as_bytes(), asked.path.as_bytes(), b"/")
        && pairs_fit(&recorded.query, &asked.query)
        && match (&recorded.body, &asked.body) {
            (CanonicalBody::Json(recorded), CanonicalBody::Json(asked)) => {
                filled(recorded, asked, b"\"")
            }
            (CanonicalBody::Bytes(recorded), CanonicalBody::Bytes(asked)) => {
                filled(recorded, asked, b"\n")
            }
            (CanonicalBody::Form(recorded), CanonicalBody::Form(asked)) => {
                pairs_fit(recorded, asked)
            }
            (CanonicalBody::Multipart(recorded), CanonicalBody::Multipart(asked)) => {
                recorded.len() == asked.len()
                    && recorded.iter().zip(asked).all(|(recorded, asked)| {
                        recorded.headers == asked.headers
                            && filled(&recorded.content, &asked.content, b"")
                    })
            }
            (recorded, asked) => recorded == asked,
        }
}

/// Pairs are sorted; those of one name may stand in another order for their values.
fn pairs_fit(recorded: &[(String, String)], asked: &[(String, String)]) -> bool {
    let mut left: Vec<&(String, String)> = asked.iter().collect();
    // What is told exactly is taken first.
    let (exact, open): (Vec<_>, Vec<_>) = recorded.iter().partition(|pair| asked.contains(pair));
    recorded.len() == asked.len()
        && exact.into_iter().chain(open).all(|(name, value)| {
            let fits = |pair: &&(String, String)| {
                pair.0 == *name && filled(value.as_bytes(), pair.1.as_bytes(), b"")
            };
            let same = left.iter().position(|pair| pair.0 == *name && pair.1 == *value);
            let found = same.or_else(|| left.iter().position(fits));
            found.map(|index| left.swap_remove(index)).is_some()
        })
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
        assert!(pairs_fit(&recorded, &pairs(&[("a", "0"), ("a", "1"), ("b", "x-9")])));
        assert!(!pairs_fit(&recorded, &pairs(&[("a", "0"), ("a", "1"), ("b", "9")])));
        assert!(!pairs_fit(&recorded, &pairs(&[("a", "0"), ("a", "2"), ("b", "x-9")])));
        assert!(!pairs_fit(&recorded, &pairs(&[("a", "1"), ("b", "x-9")])));
    }
}
