//! Multipart bodies without their boundary (RFC 2046, section 5.1): it is random in every run.

/// One part: its header fields (names in lower case, sorted) and its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// Content bytes.
    pub content: Vec<u8>,
}

impl Part {
    /// The name that its `Content-Disposition` gives it (RFC 7578, section 4.2).
    pub fn name(&self) -> Option<String> {
        let (_, value) = self.headers.iter().find(|(name, _)| name == "content-disposition")?;
        let mut rest = value.as_str();
        while let Some((_, parameter)) = rest.split_once(';') {
            let (name, value) = parameter.split_once('=')?;
            let value = value.trim_start();
            let (value, after) = match value.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => value.split_at(value.find(';').unwrap_or(value.len())),
            };
            if name.trim().eq_ignore_ascii_case("name") {
                return Some(value.trim_end().to_owned());
            }
            rest = after;
        }
        None
    }
}

/// The boundary that a body begins with, where no media type names it.
pub fn first_boundary(body: &[u8]) -> Option<String> {
    let line = body.strip_prefix(b"--")?.split(|byte| *byte == b'\r' || *byte == b'\n').next()?;
    let text = std::str::from_utf8(line).ok()?.trim_end();
    (1..=70).contains(&text.len()).then(|| text.to_owned())
}

/// The boundary that a `Content-Type` names, if it is a multipart one.
pub fn boundary(content_type: &str) -> Option<String> {
    let (essence, parameters) = content_type.split_once(';')?;
    if !essence.trim().to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("boundary") && !value.is_empty())
            .then(|| value.to_owned())
    })
}

/// The parts of a body; `None` when it is not delimited as the boundary says.
pub fn parts(body: &[u8], boundary: &str) -> Option<Vec<Part>> {
    let delimiter = format!("--{boundary}").into_bytes();
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(found) = find(&body[at..], &delimiter) {
        let place = at + found;
        at = place + delimiter.len();
        if place == 0 || body[place - 1] == b'\n' {
            places.push(place);
        }
    }
    let last = places.pop()?;
    if !body[last + delimiter.len()..].starts_with(b"--") {
        return None;
    }
    let ends = places.iter().skip(1).copied().chain([last]);
    places.iter().zip(ends).map(|(start, end)| part(&body[start + delimiter.len()..end])).collect()
}

fn part(text: &[u8]) -> Option<Part> {
    let text = text.strip_prefix(b"\r\n").or_else(|| text.strip_prefix(b"\n"))?;
    let text = text.strip_suffix(b"\r\n").or_else(|| text.strip_suffix(b"\n")).unwrap_or(text);
    let (head, content) = if let Some(content) = text.strip_prefix(b"\r\n") {
        (&b""[..], content)
    } else {
        let end = find(text, b"\r\n\r\n")?;
        (&text[..end], &text[end + 4..])
    };
    let mut headers: Vec<(String, String)> = String::from_utf8_lossy(head)
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    headers.sort();
    Some(Part { headers, content: content.to_vec() })
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(boundary: &str) -> String {
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx--y\r\n\
             --{boundary}\r\ncontent-type: text/plain\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n\r\n\
             --{boundary}--\r\n"
        )
    }

    #[test]
    fn the_boundary_does_not_count() {
        let read = |name: &str| parts(body(name).as_bytes(), name).unwrap();
        let found = read("abc");
        assert_eq!(found, read("XYZ"));
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].content, b"x--y");
        assert_eq!(found[1].content, b"");
        assert_eq!(found[1].headers[1].0, "content-type");
    }

    #[test]
    fn parts_have_names() {
        for (value, expected) in [
            ("form-data; name=\"a b\"", Some("a b")),
            ("form-data; filename=\"x;name=y\"; name=z", Some("z")),
            ("form-data; Name=q; filename=f", Some("q")),
            ("form-data; filename=f", None),
            ("form-data; x", None),
            ("form-data; name=\"a", None),
        ] {
            let headers = vec![("content-disposition".to_owned(), value.to_owned())];
            let part = Part { headers, content: Vec::new() };
            assert_eq!(part.name().as_deref(), expected, "{value}");
        }
        assert_eq!(first_boundary(b"--abc\r\n\r\nx\r\n--abc--").as_deref(), Some("abc"));
        assert_eq!(first_boundary(b"abc"), None);
    }

    #[test]
    fn boundaries_are_read_from_the_media_type() {
        let named = boundary("Multipart/Form-Data; charset=x; boundary=\"a b\"");
        assert_eq!(named.as_deref(), Some("a b"));
        assert_eq!(boundary("text/plain; boundary=a"), None);
        assert_eq!(parts(b"--a\r\n\r\nunfinished", "a"), None);
    }
}
