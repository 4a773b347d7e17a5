//! References to documents (RFC 3986, section 5): joined to the place they stand in, without their
//! fragments.

/// A reference, and the part of it after `#`.
pub(super) fn parted(reference: &str) -> (&str, &str) {
    reference.split_once('#').unwrap_or((reference, ""))
}

/// What a reference without fragment means in a document at `base`. Either may be a path relative to
/// the folder of the first document.
pub(super) fn joined(base: &str, reference: &str) -> String {
    if reference.is_empty() {
        return base.to_owned();
    }
    if scheme(reference).is_some() {
        return reference.to_owned();
    }
    let (origin, path) = origin(base);
    if reference.starts_with("//") {
        let scheme = scheme(base).unwrap_or("https");
        return format!("{scheme}:{reference}");
    }
    let whole = if reference.starts_with('/') {
        reference.to_owned()
    } else if reference.starts_with('?') {
        format!("{}{reference}", path.split('?').next().unwrap_or_default())
    } else {
        let path = path.split('?').next().unwrap_or_default();
        let root = if origin.contains("//") { "/" } else { "" };
        let folder = path.rfind('/').map_or(root, |at| &path[..=at]);
        format!("{folder}{reference}")
    };
    format!("{origin}{}", without_dots(&whole))
}

/// `http` of `http://…`; a path with a colon in its first segment has none, nor has a drive (`C:`).
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let mut characters = scheme.chars();
    let first = characters.next().is_some_and(|c| c.is_ascii_alphabetic());
    let rest = characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    (first && rest && scheme.len() > 1).then_some(scheme)
}

/// A reference before its path, and the path.
fn origin(uri: &str) -> (&str, &str) {
    let Some(scheme) = scheme(uri) else { return ("", uri) };
    let rest = &uri[scheme.len() + 1..];
    let host = rest.strip_prefix("//").map_or(0, |rest| 2 + rest.find('/').unwrap_or(rest.len()));
    uri.split_at(scheme.len() + 1 + host)
}

/// A path without `.` and `..`, as far as these have something to leave.
fn without_dots(path: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    let rooted = path.starts_with('/');
    let mut segments = path.split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." if out.last().is_some_and(|before| !matches!(*before, ".." | "")) => {
                out.pop();
            }
            ".." if rooted => {}
            _ => {
                out.push(segment);
                continue;
            }
        }
        if last {
            out.push("");
        }
    }
    out.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_joined_to_their_base() {
        let cases = [
            ("depot.yaml", "", "depot.yaml"),
            ("depot.yaml", "crates/box.yaml", "crates/box.yaml"),
            ("crates/box.yaml", "./lid.yaml", "crates/lid.yaml"),
            ("crates/box.yaml", "../lid.yaml", "lid.yaml"),
            ("depot.yaml", "../../lid.yaml", "../../lid.yaml"),
            ("../a/b.yaml", "../c.yaml", "../c.yaml"),
            ("depot.yaml", "https://depot.example/a/b", "https://depot.example/a/b"),
            ("https://depot.example/a/b", "c", "https://depot.example/a/c"),
            ("https://depot.example/a/b?x=/y", "/c/./d/../e", "https://depot.example/c/e"),
            ("https://depot.example", "c", "https://depot.example/c"),
            ("https://depot.example/a/", "..", "https://depot.example/"),
            ("https://depot.example/a", "//other.example/b", "https://other.example/b"),
            ("urn:depot:1", "urn:depot:2", "urn:depot:2"),
        ];
        for (base, reference, expected) in cases {
            assert_eq!(joined(base, reference), expected, "{base} {reference}");
        }
        assert_eq!(parted("a.yaml#/b"), ("a.yaml", "/b"));
    }
}
