//! Secrets in texts that are values of other texts: an address with parameters within a parameter, a form
//! or JSON within a string, with as many layers of escapes as there are.

use super::Find;
use super::{fields, inline, tokens};
use crate::cassette::redact::spelling::escapes::unescaped;
use std::ops::Range;

/// Most layers that are taken off.
const LAYERS: usize = 3;
/// Longest value that is looked at so, in bytes.
const LONGEST: usize = 1024 * 1024;

/// What stands beside the name of a credential in the value at `range`, whose escapes come off layer by
/// layer. What stands there without any is found by others.
pub(super) fn in_value(text: &[u8], range: Range<usize>, found: &mut Vec<Find>) {
    let value = &text[range.clone()];
    if value.len() > LONGEST || !value.contains(&b'%') {
        return;
    }
    let Some((mut plain, mut places)) = unescaped(value) else { return };
    for _ in 0..LAYERS {
        if tokens::signs(&plain).names {
            let mut inner = Vec::new();
            fields::in_json(&plain, &mut inner);
            inline::in_text(&plain, &mut inner);
            if !inner.is_empty() {
                let place = |at: usize| {
                    range.start + places.get(at).map_or(value.len(), |place| *place as usize)
                };
                found.extend(inner.into_iter().map(|find| Find {
                    range: place(find.range.start)..place(find.range.end),
                    // It stands in a string here.
                    bare: false,
                    ..find
                }));
                return;
            }
        }
        let Some((next, inner)) = unescaped(&plain) else { return };
        places = inner.iter().map(|at| places.get(*at as usize).copied().unwrap_or(0)).collect();
        plain = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_within_values_are_found_where_they_stand() {
        for (text, expected) in [
            ("https%3A%2F%2Fh%2F%3Fa%3D1%26access_token%3DTt1%26b", "Tt1"),
            ("https%253A%252F%252Fh%252F%253Faccess_token%253DTt1", "Tt1"),
            ("%7B%22password%22%3A%22Tt1%22%7D", "Tt1"),
            ("%7B%22a%22%3A%22%7B%5C%22password%5C%22%3A%5C%22Tt1%5C%22%7D%22%7D", "Tt1"),
            ("100%25 token", ""),
            ("https%3A%2F%2Fh%2F%3Fpage_token%3D7", ""),
        ] {
            let around = format!("u={text}&z");
            let mut found = Vec::new();
            in_value(around.as_bytes(), 2..2 + text.len(), &mut found);
            let seen = found.first().map_or("", |find| &around[find.range.clone()]);
            assert_eq!(seen, expected, "{text}");
        }
    }
}
