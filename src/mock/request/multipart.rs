//! Bodies of several parts (RFC 7578), as far as schemas can be held to them.

use crate::exchange::{Body, Headers, MediaType, Request, percent_encoded};

/// Most parts that are read.
const PARTS: usize = 1000;

/// The same request with a form in place of its parts; `None` where it has none, or some that are more than
/// texts and files.
pub(super) fn as_form(request: &Request, media_type: &MediaType) -> Option<Request> {
    let form = MediaType::parse("multipart/form-data")?;
    if *media_type != form {
        return None;
    }
    let content_type = request.headers.text("content-type")?;
    let (_, boundary) = content_type.split_once("boundary=")?;
    let boundary = boundary.split(';').next()?.trim().trim_matches('"');
    let bytes = request.body.bytes()?;
    let text = String::from_utf8_lossy(bytes);
    let mark = format!("--{boundary}");
    let mut pairs = Vec::new();
    for part in text.split(&mark).skip(1).take(PARTS) {
        let Some(part) = part.strip_prefix("\r\n") else { break };
        let (head, value) = part.split_once("\r\n\r\n")?;
        let head = head.to_ascii_lowercase();
        if head.contains("content-type:") && head.contains("json") {
            return None;
        }
        // Names keep their case: they are looked for in what was sent.
        let name = named(part)?;
        let value = value.strip_suffix("\r\n").unwrap_or(value);
        pairs.push(format!("{}={}", percent_encoded(name), percent_encoded(value)));
    }
    let mut headers = Headers::new();
    for header in request.headers.iter().filter(|header| {
        !["content-type", "content-length", "content-encoding"].iter().any(|name| header.is(name))
    }) {
        headers.push(&header.name, header.text().as_ref());
    }
    headers.push("Content-Type", "application/x-www-form-urlencoded");
    let body = Body::from(pairs.join("&").as_str());
    Some(Request { headers, body, ..request.clone() })
}

/// The name of a part: the parameter `name` of its disposition.
fn named(part: &str) -> Option<&str> {
    let line = part.lines().find(|line| {
        line.get(..20).is_some_and(|start| start.eq_ignore_ascii_case("content-disposition:"))
    })?;
    let (_, rest) = line.split_once("; name=")?;
    match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split(';').next().map(str::trim),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_become_pairs() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"Id\"\r\n\r\n1&2\r\n--b\r\n\
            Content-Disposition: form-data; name=\"f\"; filename=\"x\"\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b--\r\n";
        let content_type = "multipart/form-data; boundary=b";
        let request = Request {
            headers: Headers::from([("Content-Type", content_type), ("X-a", "1")]),
            body: Body::from(body),
            ..Request::default()
        };
        let media_type = MediaType::parse(content_type).unwrap();
        let form = as_form(&request, &media_type).unwrap();
        assert_eq!(form.body.bytes(), Some("Id=1%262&f=hi".as_bytes()));
        assert_eq!(form.headers.text("x-a"), Some("1"));
        assert_eq!(as_form(&request, &MediaType::parse("text/plain").unwrap()), None);
    }
}
