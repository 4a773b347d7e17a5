//! Secrets in header values: schemes keep their shape, so that a reader still sees what kind of
//! credential it was (RFC 9110, section 11).

use super::Find;
use super::rules;
use super::signs::Search;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::ops::Range;
use std::sync::LazyLock;

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

/// Headers whose value holds a credential beside other things.
pub(super) const HEADERS: &[&str] = &[
    "authentication-info",
    "authorization",
    "cookie",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "set-cookie",
    "set-cookie2",
    "www-authenticate",
    "x-acs-accesskey-id",
    "x-acs-signature",
    "x-amzn-remapped-authorization",
    "x-forwarded-authorization",
    "x-original-authorization",
];

/// Finds the secrets in a header's value; `names` tells whether the value has a word that names of
/// credentials have.
pub(super) fn in_header(name: &str, value: &[u8], names: bool, found: &mut Vec<Find>) {
    let mut buffer = [0; LONGEST_NAME];
    let Some(lower) = buffer.get_mut(..name.len()) else { return };
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    let name = std::str::from_utf8(lower).unwrap_or_default();
    let rule = || rules::header_id(name);
    match name {
        "cookie" => in_cookie(value, rule(), false, found),
        "set-cookie" | "set-cookie2" => in_cookie(value, rule(), true, found),
        "x-acs-accesskey-id" | "x-acs-signature" => {
            found.extend(whole(value, rule(), name != "x-acs-signature"));
        }
        "www-authenticate" | "proxy-authenticate" => in_challenge(value, rule(), found),
        "authentication-info" | "proxy-authentication-info" => {
            found.extend(whole(value, rule(), false));
        }
        _ if HEADERS.contains(&name) => found.extend(in_authorization(value, rule())),
        _ if rules::HEADERS.contains(&name) => found.extend(whole(value, rule(), true)),
        _ => {
            let find = || {
                super::fields::named(name.strip_prefix("x-").unwrap_or(name), value, 0..value.len())
            };
            if let Some(find) = has_word(name).then(find).flatten() {
                found.push(find);
            } else if names {
                in_other(name, value, found);
            }
        }
    }
}

/// The longest name of a header that is looked at.
const LONGEST_NAME: usize = 128;

/// Whether a header's name may be that of a credential.
fn has_word(name: &str) -> bool {
    const WORDS: [&str; 10] =
        ["pass", "pwd", "secret", "token", "key", "sig", "credential", "auth", "session", "jwt"];
    static SEARCH: LazyLock<Search> =
        LazyLock::new(|| Search::new(WORDS.iter().map(|word| (*word, 0))));
    SEARCH.search(name.as_bytes()) != 0
}

/// A header that tells nothing by its name: targets (`Location`, `Referer`) carry parameters, and
/// some headers JSON.
fn in_other(name: &str, value: &[u8], found: &mut Vec<Find>) {
    if matches!(name, "location" | "content-location" | "referer") {
        let mut at = 0;
        // Parameters stand in the query, and in the fragment of an implicit grant.
        while let Some(next) = value[at..].iter().position(|byte| matches!(byte, b'?' | b'#')) {
            at += next + 1;
            let end =
                value[at..].iter().position(|byte| *byte == b'#').map_or(value.len(), |e| at + e);
            let mut pairs = Vec::new();
            super::fields::in_pairs(&value[at..end], &mut pairs);
            found.extend(pairs.into_iter().map(|find| find.moved(at)));
        }
    } else {
        super::fields::in_json(value, found);
        super::inline::in_text(value, found);
    }
}

/// The answer of a server to NTLM or Negotiate (RFC 4559) within its challenge.
fn in_challenge(value: &[u8], rule: &'static str, found: &mut Vec<Find>) {
    let Some(space) = value.iter().position(|byte| *byte == b' ') else { return };
    let scheme = value[..space].to_ascii_lowercase();
    if matches!(scheme.as_slice(), b"ntlm" | b"negotiate") {
        let rest = value[space + 1..].to_vec();
        let range = space + 1..value.len();
        found.push(Find { range, value: rest, rule: rule.into(), carried: true, bare: false });
    }
}

fn whole(value: &[u8], rule: &'static str, carried: bool) -> Option<Find> {
    (!value.is_empty()).then(|| Find {
        range: 0..value.len(),
        value: value.to_vec(),
        rule: rule.into(),
        carried,
        bare: false,
    })
}

pub(super) fn in_authorization(value: &[u8], rule: &'static str) -> Vec<Find> {
    let Some(space) = value.iter().position(|byte| *byte == b' ') else {
        // A bare token, without a scheme.
        return whole(value, rule, true).into_iter().collect();
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
            rule: rule.into(),
            carried: true,
            bare: false,
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
                rule: rule.into(),
                carried: !ONCE_PARAMETERS.contains(&name.as_str()),
                bare: false,
            })
        })
        .collect()
}

/// `user:password` in base64 (RFC 7617): the whole is replaced, and the password is known from then on.
fn in_basic(encoded: &[u8], offset: usize, rule: &'static str) -> Vec<Find> {
    let range = offset..offset + encoded.len();
    let mut found = vec![Find {
        range: range.clone(),
        value: encoded.to_vec(),
        rule: rule.into(),
        carried: true,
        bare: false,
    }];
    let decoded = BASE64_STANDARD.decode(encoded.trim_ascii()).unwrap_or_default();
    if let Some(colon) = decoded.iter().position(|byte| *byte == b':') {
        // An empty range: learnt, not replaced here, where the whole goes anyway.
        let value = decoded[colon + 1..].to_vec();
        found.push(Find {
            range: range.end..range.end,
            value,
            rule: rule.into(),
            carried: true,
            bare: false,
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
fn in_cookie(value: &[u8], rule: &'static str, only_first: bool, found: &mut Vec<Find>) {
    let mut at = 0;
    for pair in value.split(|byte| *byte == b';') {
        if let Some(equals) = pair.iter().position(|byte| *byte == b'=') {
            let range = trimmed(value, at + equals + 1..at + pair.len());
            if !range.is_empty() {
                found.push(Find {
                    value: value[range.clone()].to_vec(),
                    range,
                    rule: rule.into(),
                    carried: true,
                    bare: false,
                });
            }
        }
        if only_first {
            break;
        }
        at += pair.len() + 1;
    }
}
