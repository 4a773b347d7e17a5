use std::fmt;

/// Where in an exchange a finding is: a JSON pointer into the body (RFC 6901), or a word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Location {
    /// The status code.
    Status,
    /// A header field, by name.
    Header(String),
    /// A query parameter, by name.
    Query(String),
    /// A path parameter, by name.
    Path(String),
    /// A place in the body; the empty pointer is the whole of it.
    Body(String),
}

impl Location {
    /// Reads the form of [`fmt::Display`].
    pub fn parse(text: &str) -> Self {
        let named = |prefix| text.strip_prefix(prefix).map(str::to_owned);
        if text == "status" {
            Self::Status
        } else if let Some(name) = named("header:") {
            Self::Header(name)
        } else if let Some(name) = named("query:") {
            Self::Query(name)
        } else if let Some(name) = named("path:") {
            Self::Path(name)
        } else {
            Self::Body(text.to_owned())
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status => f.write_str("status"),
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Query(name) => write!(f, "query:{name}"),
            Self::Path(name) => write!(f, "path:{name}"),
            Self::Body(pointer) => f.write_str(pointer),
        }
    }
}

/// A JSON pointer whose array indexes are `*`, so that the same fault in two elements is one.
pub fn without_indexes(pointer: &str) -> String {
    pointer
        .split('/')
        .map(|token| {
            let index = !token.is_empty() && token.bytes().all(|b| b.is_ascii_digit());
            if index { "*" } else { token }
        })
        .collect::<Vec<_>>()
        .join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spelling_of_the_contract() {
        for (location, text) in [
            (Location::Status, "status"),
            (Location::Header("Allow".into()), "header:Allow"),
            (Location::Query("limit".into()), "query:limit"),
            (Location::Path("id".into()), "path:id"),
            (Location::Body("/items/0".into()), "/items/0"),
            (Location::Body(String::new()), ""),
        ] {
            assert_eq!(location.to_string(), text);
            assert_eq!(Location::parse(text), location);
        }
    }

    #[test]
    fn pointers() {
        assert_eq!(without_indexes("/items/10/tags/0/v2"), "/items/*/tags/*/v2");
        assert_eq!(without_indexes(""), "");
    }
}
