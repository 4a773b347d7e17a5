//! Which requests a rule is for.

use crate::exchange::{Request, Target, fits_glob, percent_decoded};

/// A method and a pattern of paths, in which `*` stands for any characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// `None` for any.
    pub method: Option<String>,
    pub pattern: String,
}

impl Wanted {
    /// Whether a request is meant: by its path, percent-encoding undone; by path and query where the
    /// pattern has a `?`; by the whole URL where it begins with a scheme.
    pub fn fits(&self, request: &Request) -> bool {
        if self.method.as_ref().is_some_and(|method| *method != request.method) {
            return false;
        }
        let target = Target::parse(&request.target);
        let mut text = percent_decoded(target.path);
        if self.pattern.contains("://") {
            let scheme = target.scheme.to_ascii_lowercase();
            let authority = target.authority.to_ascii_lowercase();
            text = format!("{scheme}://{authority}{text}");
        }
        if self.pattern.contains('?') {
            text = format!("{text}?{}", target.query.unwrap_or_default());
        }
        fits_glob(&self.pattern, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_path_query_or_url() {
        let request = Request {
            method: "POST".to_owned(),
            target: "https://API.example/v1/a%20b/images?Action=Create&x=1".to_owned(),
            ..Request::default()
        };
        let cases = [
            (Some("POST"), "/v1/*/images", true),
            (None, "/v1/a b/images", true),
            (None, "*", true),
            (Some("GET"), "*", false),
            (None, "/v1/*/image", false),
            (None, "/v1/*/images?Action=Create*", true),
            (None, "/v1/*/images?Action=Delete*", false),
            (None, "https://api.example/v1/*", true),
            (None, "https://*.example/*", true),
            (None, "http://api.example/*", false),
        ];
        for (method, pattern, expected) in cases {
            let method = method.map(str::to_owned);
            let wanted = Wanted { method, pattern: pattern.to_owned() };
            assert_eq!(wanted.fits(&request), expected, "{wanted:?}");
        }
    }
}
