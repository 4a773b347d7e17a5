//! Whether every reader of JSON takes a text. The grammar allows what many refuse: numbers beyond a
//! double, halves of surrogate pairs (RFC 8259, sections 6 and 8.2). A cassette with such a body
//! embedded could not be read without us.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Whether `text` is JSON that common readers take.
pub(super) fn is_read_everywhere(text: &str) -> bool {
    serde_json::from_str::<Anything>(text).is_ok()
}

/// Any value, looked at and not kept.
struct Anything;

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Look)
    }
}

struct Look;

impl<'de> Visitor<'de> for Look {
    type Value = Anything;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Anything, E> {
        Ok(Anything)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Anything, E> {
        Ok(Anything)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Anything, E> {
        Ok(Anything)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Anything, E> {
        Ok(Anything)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Anything, E> {
        Ok(Anything)
    }

    fn visit_str<E>(self, _: &str) -> Result<Anything, E> {
        Ok(Anything)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Anything, A::Error> {
        while items.next_element::<Anything>()?.is_some() {}
        Ok(Anything)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Anything, A::Error> {
        while members.next_entry::<Anything, Anything>()?.is_some() {}
        Ok(Anything)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_some_readers_refuse_is_told() {
        let cases = [
            (
                r#"{"a":[1.0,-0,1e5,123456789012345678901234567890,"\u00e9\ud83d\ude00"],"a":null}"#,
                true,
            ),
            ("[1e400]", false),
            (r#"["\ud800"]"#, false),
            (r#"{"\udc00":1}"#, false),
            ("[1", false),
        ];
        for (text, expected) in cases {
            assert_eq!(is_read_everywhere(text), expected, "{text}");
        }
    }
}
