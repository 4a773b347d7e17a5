//! Secrets in header values: schemes keep their shape, so that a reader still sees what kind of
//! credential it was (RFC 9110, section 11).

use super::finds::Find;
use super::rules;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::ops::Range;

/// Parameters of an `Authorization` value that tell nothing: everything else is replaced.
const OPEN_PARAMETERS: &[&str] = &[
    "algorithm",
    "headers",
    "oauth_signature_method",
    "oauth_version",
    "qop",
    "realm",
    "signedheaders",
    "uri",
    "version",
];

/// Parameters that are made for one request.
const ONCE_PARAMETERS: &[&str] = &[
    "cnonce",
    "nc",
    "nonce",
    "oauth_nonce",
    "oauth_signature",
    "oauth_timestamp",
    "opaque",
    "response",
    "signature",
];

/// Finds the secrets in a header's value; `name` in lower case.
pub(super) fn in_header(name: &str, value: &[u8]) -> Vec<Find> {
    let rule = format!("header.{name}");
    match name {
        "authorization" | "proxy-authorization" | "x-forwarded-authorization" => {
            in_authorization(value, &rule)
        }
        "cookie" => in_cookie(value, &rule, false),
        "set-cookie" => in_cookie(value, &rule, true),
        "x-acs-accesskey-id" | "x-acs-signature" => whole(value, rule, name != "x-acs-signature"),
        _ if rules::HEADERS.contains(&name) => whole(value, rule, true),
        // Targets in headers (`Location`, `Referer`) carry parameters too.
        "location" | "content-location" | "referer" => {
            match value.iter().position(|byte| *byte == b'?') {
                Some(at) => super::fields::in_pairs(&value[at + 1..], at + 1),
                None => Vec::new(),
            }
        }
        _ => match rules::name_rule(name.strip_prefix("x-").unwrap_or(name)) {
            Some(named) => whole(value, format!("name.{named}"), !rules::ONCE.contains(&named)),
            None => [super::fields::in_json(value), super::inline::in_text(value)].concat(),
        },
    }
}

fn whole(value: &[u8], rule: String, carried: bool) -> Vec<Find> {
    if value.is_empty() {
        return Vec::new();
    }
    vec![Find { range: 0..value.len(), value: value.to_vec(), rule, carried }]
}

fn in_authorization(value: &[u8], rule: &str) -> Vec<Find> {
    let Some(space) = value.iter().position(|byte| *byte == b' ') else {
        // A bare token, without a scheme.
        return whole(value, rule.to_owned(), true);
    };
    let (scheme, rest) = (&value[..space], &value[space + 1..]);
    if scheme.eq_ignore_ascii_case(b"basic") {
        return in_basic(rest, space + 1, rule);
    }
    let parameters = parameters(rest);
    if parameters.is_empty() {
        let find = |range: Range<usize>| Find {
            value: value[range.clone()].to_vec(),
            range,
            rule: rule.to_owned(),
            carried: true,
        };
        return vec![find(space + 1..value.len())];
    }
    parameters
        .into_iter()
        .filter_map(|(name, range)| {
            let name = String::from_utf8_lossy(&rest[name]).to_ascii_lowercase();
            if OPEN_PARAMETERS.contains(&name.as_str()) || range.is_empty() {
                return None;
            }
            let mut range = range;
            if name == "credential" {
                // `AKID/date/region/service/aws4_request`: only the first part is secret.
                let part = &rest[range.clone()];
                let end = part.iter().position(|byte| *byte == b'/').unwrap_or(part.len());
                range.end = range.start + end;
            }
            Some(Find {
                value: rest[range.clone()].to_vec(),
                range: range.start + space + 1..range.end + space + 1,
                rule: rule.to_owned(),
                carried: !ONCE_PARAMETERS.contains(&name.as_str()),
            })
        })
        .collect()
}

/// `user:password` in base64 (RFC 7617): the whole is replaced, and the password is known from then on.
fn in_basic(encoded: &[u8], offset: usize, rule: &str) -> Vec<Find> {
    let range = offset..offset + encoded.len();
    let mut found = vec![Find {
        range: range.clone(),
        value: encoded.to_vec(),
        rule: rule.to_owned(),
        carried: true,
    }];
    let decoded = BASE64_STANDARD.decode(encoded.trim_ascii()).unwrap_or_default();
    if let Some(colon) = decoded.iter().position(|byte| *byte == b':') {
        // An empty range: learnt, not replaced here, where the whole goes anyway.
        let value = decoded[colon + 1..].to_vec();
        found.push(Find {
            range: range.end..range.end,
            value,
            rule: rule.to_owned(),
            carried: true,
        });
    }
    found
}

/// The `name=value` pairs of an authorization value, as ranges of name and value without quotes.
fn parameters(text: &[u8]) -> Vec<(Range<usize>, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let end = item_end(text, at);
        let item = &text[at..end];
        let Some(equals) = item.iter().position(|byte| *byte == b'=') else { return Vec::new() };
        let name = trimmed(text, at..at + equals);
        let is_token = text[name.clone()]
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let mut value = trimmed(text, at + equals + 1..end);
        // Padding at the end of a bare token is no parameter.
        let is_padding = text[value.clone()].iter().all(|byte| *byte == b'=');
        if name.is_empty() || !is_token || is_padding {
            return Vec::new();
        }
        if value.len() >= 2 && text[value.start] == b'"' && text[value.end - 1] == b'"' {
            value = value.start + 1..value.end - 1;
        }
        found.push((name, value));
        at = end + 1;
    }
    found
}

/// End of the item that begins at `at`: the next comma outside quotes.
fn item_end(text: &[u8], at: usize) -> usize {
    let mut quoted = false;
    for (index, byte) in text.iter().enumerate().skip(at) {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => return index,
            _ => {}
        }
    }
    text.len()
}

fn trimmed(text: &[u8], range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = part.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let end = part.iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count();
    if start + end >= part.len() {
        return range.start..range.start;
    }
    range.start + start..range.end - end
}

/// The value of each cookie (RFC 6265, sections 4.1.1 and 4.2.1); of `Set-Cookie` only the first
/// pair, the rest are attributes.
fn in_cookie(value: &[u8], rule: &str, only_first: bool) -> Vec<Find> {
    let mut found = Vec::new();
    let mut at = 0;
    for pair in value.split(|byte| *byte == b';') {
        if let Some(equals) = pair.iter().position(|byte| *byte == b'=') {
            let range = trimmed(value, at + equals + 1..at + pair.len());
            if !range.is_empty() {
                found.push(Find {
                    value: value[range.clone()].to_vec(),
                    range,
                    rule: rule.to_owned(),
                    carried: true,
                });
            }
        }
        if only_first {
            break;
        }
        at += pair.len() + 1;
    }
    found
}
