//! What a client asks of the mock in `Prefer` (RFC 7240): `code=409`, `example=NAME`, `dynamic=true`; or, where
//! it can set no header, in the query: `__code=409`, `__example=NAME`, `__dynamic=true`.

use crate::exchange::Headers;

/// The preferences that the mock knows; others are ignored, as RFC 7240 (section 2) has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Preferences {
    /// The status code to answer with.
    pub(super) code: Option<u16>,
    /// The name of the example to answer with.
    pub(super) example: Option<String>,
    /// Whether a body is made up where the document has an example.
    pub(super) dynamic: bool,
}

/// A preference that cannot be followed; in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PreferenceError {
    /// Not a number of three digits.
    #[error("`Prefer: code={0}` is no status code")]
    Code(String),
    /// Neither true nor false.
    #[error("`Prefer: dynamic={0}` is neither `true` nor `false`")]
    Dynamic(String),
}

impl Preferences {
    /// Reads every `Prefer` field, then the query. The first value of a preference counts. Bodies are made up
    /// as `dynamic` says where neither does.
    pub(super) fn of(
        headers: &Headers,
        query: &[(String, String)],
        dynamic_else: bool,
    ) -> Result<Self, PreferenceError> {
        let mut found = Self::default();
        let mut dynamic = None;
        for field in headers.all("prefer") {
            let field = String::from_utf8_lossy(field);
            for item in items(&field) {
                let (name, value) = item.split_once('=').unwrap_or((item, ""));
                let value = value.trim();
                let value =
                    value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
                match name.trim().to_ascii_lowercase().as_str() {
                    "code" if found.code.is_none() => found.code = Some(code(value)?),
                    "example" if found.example.is_none() => found.example = Some(value.to_owned()),
                    "dynamic" if dynamic.is_none() => dynamic = Some(flag(value)?),
                    _ => {}
                }
            }
        }
        for (name, value) in query {
            match name.as_str() {
                "__code" if found.code.is_none() => found.code = Some(code(value)?),
                "__example" if found.example.is_none() => found.example = Some(value.clone()),
                "__dynamic" if dynamic.is_none() => dynamic = Some(flag(value)?),
                _ => {}
            }
        }
        found.dynamic = dynamic.unwrap_or(dynamic_else);
        Ok(found)
    }
}

/// The preferences of a field and their parameters alike: clients separate with either sign. Signs
/// inside quotes separate nothing.
fn items(field: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    field
        .split(move |c| {
            quoted ^= c == '"';
            !quoted && (c == ',' || c == ';')
        })
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

fn code(value: &str) -> Result<u16, PreferenceError> {
    value
        .parse()
        .ok()
        .filter(|code| value.len() == 3 && (100..=999).contains(code))
        .ok_or_else(|| PreferenceError::Code(value.to_owned()))
}

fn flag(value: &str) -> Result<bool, PreferenceError> {
    match value.to_ascii_lowercase().as_str() {
        // A preference without a value is one that is asked for (RFC 7240, section 2).
        "" | "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(PreferenceError::Dynamic(value.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[&str]) -> Result<Preferences, PreferenceError> {
        let mut headers = Headers::new();
        for field in fields {
            headers.push("Prefer", field);
        }
        Preferences::of(&headers, &[], false)
    }

    #[test]
    fn what_stands_in_the_query_counts_where_no_header_says_otherwise() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let query = [pair("__code", "404"), pair("__dynamic", "false"), pair("code", "500")];
        let headers = Headers::from([("Prefer", "dynamic=true")]);
        let found = Preferences::of(&headers, &query, false).unwrap();
        assert_eq!((found.code, found.dynamic), (Some(404), true));
        let found = Preferences::of(&Headers::new(), &query, true).unwrap();
        assert!(!found.dynamic);
    }

    #[test]
    fn preferences_of_any_spelling() {
        let cases = [
            (vec![], None, None, false),
            (vec!["code=409"], Some(409), None, false),
            (vec!["respond-async, Code = \"409\"; example=full"], Some(409), Some("full"), false),
            (vec!["return=minimal", "dynamic=true"], None, None, true),
            (vec!["dynamic", "code=200, code=500"], Some(200), None, true),
            (vec!["dynamic=false"], None, None, false),
            (vec!["example=\"a, b\""], None, Some("a, b"), false),
        ];
        for (fields, code, example, dynamic) in cases {
            let example = example.map(str::to_owned);
            assert_eq!(read(&fields), Ok(Preferences { code, example, dynamic }), "{fields:?}");
        }
    }

    #[test]
    fn what_cannot_be_followed_is_said() {
        for field in ["code=abc", "code=", "code=0409", "code=99", "code=+40", "dynamic=perhaps"] {
            assert!(read(&[field]).is_err(), "{field}");
        }
    }
}
