//! The command that sends a request again.

use crate::exchange::{Request, Target};

/// Longest request body that is written into a command.
const BODY: usize = 8 * 1024;

/// Fields of the connection and of framing, which `curl` sets itself.
const OWN: [&str; 8] = [
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// A `curl` command for a POSIX shell. What redaction replaced stands as `"$SECRET_1"`, to be set first; a body
/// that is no text, or too long, is to be put into the file `request-body`.
pub(super) fn command(request: &Request) -> String {
    let mut words = vec!["curl".to_owned(), "-isg".to_owned(), "--path-as-is".to_owned()];
    let body = (!request.body.is_empty()).then(|| body(request));
    match (request.method.as_str(), &body) {
        ("HEAD", None) => words.push("--head".to_owned()),
        ("GET", None) | ("POST", Some(_)) => {}
        (method, _) => words.extend(["-X".to_owned(), quoted(method)]),
    }
    words.push(quoted(&url(request)));
    for header in &request.headers {
        let own = OWN.iter().any(|name| header.is(name))
            || is_authority(request, &header.name, &header.text());
        if !own {
            let value = header.text();
            // An empty value takes a semicolon: a colon would leave the field out.
            let field = if value.is_empty() {
                format!("{};", header.name)
            } else {
                format!("{}: {value}", header.name)
            };
            words.extend(["-H".to_owned(), quoted(&field)]);
        }
    }
    if body.is_some() && !request.headers.contains("content-type") {
        words.extend(["-H".to_owned(), "'Content-Type:'".to_owned()]);
    }
    words.extend(body.into_iter().flatten());
    words.join(" ")
}

fn url(request: &Request) -> String {
    let target = Target::parse(&request.target);
    if target.authority.is_empty() {
        let host = request.headers.text("host").unwrap_or("localhost");
        return format!("http://{host}{}", request.target);
    }
    request.target.clone()
}

/// Whether a field says no more than the URL does.
fn is_authority(request: &Request, name: &str, value: &str) -> bool {
    let authority = Target::parse(&request.target).authority;
    name.eq_ignore_ascii_case("host") && (authority.is_empty() || authority == value)
}

fn body(request: &Request) -> [String; 2] {
    let bytes = request.body.bytes().filter(|bytes| bytes.len() <= BODY);
    let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
    match text.filter(|text| !text.contains('\0')) {
        Some(text) => ["--data-raw".to_owned(), quoted(text)],
        None => ["--data-binary".to_owned(), "@request-body".to_owned()],
    }
}

/// Text as one word of a POSIX shell, secrets as variables.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, number, after)) = secret(rest) {
        if !before.is_empty() {
            single(before, &mut out);
        }
        out.push_str("\"$SECRET_");
        out.push_str(number);
        out.push('"');
        rest = after;
    }
    if !rest.is_empty() || out.is_empty() {
        single(rest, &mut out);
    }
    out
}

fn single(text: &str, out: &mut String) {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:=@%,+".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        out.push_str(text);
    } else {
        out.push('\'');
        out.push_str(&text.replace('\'', "'\\''"));
        out.push('\'');
    }
}

/// The first placeholder of redaction, as it is or in a URL: what is before it, its number, what is after.
fn secret(text: &str) -> Option<(&str, &str, &str)> {
    const FORMS: [(&str, &str); 4] = [
        ("{{secret:", "}}"),
        ("%7B%7Bsecret:", "%7D%7D"),
        ("%7B%7Bsecret%3A", "%7D%7D"),
        ("%7b%7bsecret%3a", "%7d%7d"),
    ];
    let found = FORMS.iter().filter_map(|(open, close)| {
        let at = text.find(open)?;
        let inside = &text[at + open.len()..];
        let digits = inside.bytes().take_while(u8::is_ascii_digit).count();
        let after = inside[digits..].strip_prefix(close).filter(|_| digits > 0)?;
        Some((&text[..at], &inside[..digits], after))
    });
    found.min_by_key(|(before, ..)| before.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Body, Headers};

    fn request(method: &str, target: &str, headers: Headers, body: &str) -> Request {
        Request {
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
            body: Body::from(body),
            ..Request::default()
        }
    }

    #[test]
    fn secrets_are_variables_and_nothing_gets_out_of_its_quotes() {
        let headers = Headers::from([
            ("Host", "h.example"),
            ("X-Auth-Token", "{{secret:12}}"),
            ("X-Note", "it's $(rm -rf /) `id`"),
            ("X-Empty", ""),
            ("Content-Length", "9"),
            ("Content-Type", "application/json"),
        ]);
        let asked = request(
            "PUT",
            "https://h.example/v1/a?key=%7B%7Bsecret%3A3%7D%7D&x='y'",
            headers,
            "{\"a\": \"{{secret:12}}\"}",
        );
        assert_eq!(
            command(&asked),
            "curl -isg --path-as-is -X PUT 'https://h.example/v1/a?key='\"$SECRET_3\"'&x='\\''y'\\''' \
             -H 'X-Auth-Token: '\"$SECRET_12\" -H 'X-Note: it'\\''s $(rm -rf /) `id`' -H 'X-Empty;' \
             -H 'Content-Type: application/json' --data-raw '{\"a\": \"'\"$SECRET_12\"'\"}'"
        );
    }

    #[test]
    fn what_curl_does_by_itself_is_left_out() {
        let plain = request("GET", "/v1", Headers::from([("Host", "h:81"), ("TE", "x")]), "");
        assert_eq!(command(&plain), "curl -isg --path-as-is http://h:81/v1");
        let other = request("GET", "http://h/", Headers::from([("Host", "virtual")]), "");
        assert_eq!(command(&other), "curl -isg --path-as-is http://h/ -H 'Host: virtual'");
    }

    #[test]
    fn text_that_only_looks_like_a_placeholder_is_text() {
        assert_eq!(quoted("{{secret:}}"), "'{{secret:}}'");
        assert_eq!(quoted("{{secret:1}"), "'{{secret:1}'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("{{secret:1}}"), "\"$SECRET_1\"");
    }
}
