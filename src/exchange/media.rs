use std::fmt;

/// Type and subtype of a media type, or a media range (`image/*`), in lower case; parameters are
/// left out (RFC 9110, sections 8.3.1 and 12.5.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaType {
    kind: String,
    subtype: String,
}

impl MediaType {
    /// Reads a `Content-Type` value or a media range; `None` when it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let essence = text.split(';').next().unwrap_or_default().trim();
        let (kind, subtype) = essence.split_once('/')?;
        let token = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
        };
        (token(kind) && token(subtype)).then(|| Self {
            kind: kind.to_ascii_lowercase(),
            subtype: subtype.to_ascii_lowercase(),
        })
    }

    /// Whether a body of this type is JSON text (RFC 8259; RFC 6839, section 3.1).
    pub fn is_json(&self) -> bool {
        (matches!(self.kind.as_str(), "application" | "text") && self.subtype == "json")
            || self.subtype.ends_with("+json")
    }

    /// Whether a body of this type is an XML document (RFC 7303, sections 4.1 and 4.2).
    pub fn is_xml(&self) -> bool {
        (matches!(self.kind.as_str(), "application" | "text") && self.subtype == "xml")
            || self.subtype.ends_with("+xml")
    }

    /// Whether a body of this type is plain text that a schema for a string can be held to.
    pub fn is_text(&self) -> bool {
        self.kind == "text" && !matches!(self.subtype.as_str(), "json" | "xml")
    }

    /// Whether this is `application/x-www-form-urlencoded`.
    pub fn is_form(&self) -> bool {
        self.kind == "application" && self.subtype == "x-www-form-urlencoded"
    }

    /// Whether this is a range, which no message's body can have as its type.
    pub fn is_range(&self) -> bool {
        self.kind == "*" || self.subtype.starts_with('*')
    }

    /// How closely `self`, as documented and possibly a range, fits the type that was `sent`: higher
    /// is closer, `None` when it does not fit.
    pub fn fits(&self, sent: &Self) -> Option<u8> {
        if self == sent {
            return Some(3);
        }
        if self.kind == "*" && self.subtype == "*" {
            return Some(0);
        }
        if self.kind != sent.kind {
            return None;
        }
        match self.subtype.strip_prefix('*') {
            Some("") => Some(1),
            Some(suffix) if suffix.starts_with('+') && sent.subtype.ends_with(suffix) => Some(2),
            _ => None,
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.subtype)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_types_fit_what_is_sent() {
        let cases = [
            ("application/json", "application/json", Some(3)),
            ("application/json", "Application/JSON; charset=UTF-8", Some(3)),
            ("application/json; charset=utf-8", "application/json", Some(3)),
            ("application/*+json", "application/problem+json", Some(2)),
            ("application/*+json", "application/json", None),
            ("application/*", "application/json", Some(1)),
            ("*/*", "image/png", Some(0)),
            ("application/json", "application/problem+json", None),
            ("application/json", "text/json", None),
            ("text/*", "application/json", None),
        ];
        for (documented, sent, expected) in cases {
            let documented = MediaType::parse(documented).unwrap();
            let sent = MediaType::parse(sent).unwrap();
            assert_eq!(documented.fits(&sent), expected, "{documented} {sent}");
        }
    }

    #[test]
    fn json_by_name_or_suffix() {
        for (text, json) in [
            ("application/json", true),
            ("text/json", true),
            ("application/vnd.api+JSON", true),
            ("application/jsonp", false),
            ("text/html", false),
        ] {
            assert_eq!(MediaType::parse(text).unwrap().is_json(), json, "{text}");
        }
    }

    #[test]
    fn what_is_no_media_type() {
        for text in ["", "json", "/json", "a/", "a b/c", "text/ht ml"] {
            assert_eq!(MediaType::parse(text), None, "{text:?}");
        }
    }
}
