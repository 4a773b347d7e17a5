//! Signature version 4 of AWS.

use super::canonical;
use super::credentials::{CredentialsError, Keys, Stamp};
use super::hash::{hex, hmac_sha256, sha256_hex};
use crate::exchange::{Request, Target};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const CONTENT: &str = "X-Amz-Content-Sha256";

/// Headers that the signature brings with it.
pub(super) const HEADERS: [&str; 4] =
    ["authorization", "date", "x-amz-date", "x-amz-security-token"];

/// Parameters of a URL that was signed beforehand.
const PARAMETERS: [&str; 7] = [
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];

/// Takes the parameters out of the query.
pub(super) fn strip(request: &mut Request) {
    let Some(query) = Target::parse(&request.target).query else { return };
    let is_own = |name: &str| PARAMETERS.iter().any(|own| own.eq_ignore_ascii_case(name));
    let left = canonical::without(query, is_own);
    request.target = canonical::with_query(&request.target, left.as_deref());
}

pub(super) fn sign(
    request: &mut Request,
    keys: Keys<'_>,
    (region, service): (&str, &str),
    body: &[u8],
    stamp: &Stamp,
) -> Result<(), CredentialsError> {
    let at = stamp.at.strftime("%Y%m%dT%H%M%SZ").to_string();
    let payload = payload(request, service, body)?;
    request.headers.push("X-Amz-Date", &at);
    if let Some(token) = keys.token {
        request.headers.push("X-Amz-Security-Token", token);
    }
    let signed = canonical::signed_headers(request);
    let names = canonical::names(&signed);
    let line = |(name, values): (&String, &Vec<String>)| {
        let values: Vec<String> = values.iter().map(|value| single_spaces(value)).collect();
        format!("{name}:{}\n", values.join(","))
    };
    let lines: String = signed.iter().map(line).collect();
    let target = Target::parse(&request.target);
    // The path of an object is signed as it is sent, every other one encoded once more.
    let path = if is_storage(service) {
        target.path.to_owned()
    } else {
        canonical::encoded_path(&without_dots(target.path))
    };
    let whole = [
        request.method.to_uppercase().as_str(),
        &path,
        &sorted_query(target.query.unwrap_or_default()),
        &lines,
        &names,
        &payload,
    ]
    .join("\n");
    let day = &at[..8];
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let text = format!("{ALGORITHM}\n{at}\n{scope}\n{}", sha256_hex(whole.as_bytes()));
    let mut key = format!("AWS4{}", keys.secret).into_bytes();
    for part in [day, region, service, "aws4_request"] {
        key = hmac_sha256(&key, part.as_bytes());
    }
    let signature = hex(&hmac_sha256(&key, text.as_bytes()));
    let id = keys.id;
    let value = format!(
        "{ALGORITHM} Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}"
    );
    request.headers.push("Authorization", value);
    Ok(())
}

/// What stands for the body: its digest, or the word that says that it is not signed.
fn payload(request: &mut Request, service: &str, body: &[u8]) -> Result<String, CredentialsError> {
    match request.headers.text(CONTENT) {
        Some(word) if word.starts_with("STREAMING-AWS4") => Err(CredentialsError::SignedInChunks),
        Some(word) if word.contains("UNSIGNED") => Ok(word.to_owned()),
        given => {
            let is_given = given.is_some();
            let digest = sha256_hex(body);
            if is_given || is_storage(service) {
                request.headers.set(CONTENT, &digest);
            }
            Ok(digest)
        }
    }
}

fn is_storage(service: &str) -> bool {
    matches!(service, "s3" | "s3-object-lambda" | "s3-outposts")
}

/// Pairs as they are written, in order.
fn sorted_query(query: &str) -> String {
    let mut pairs: Vec<(&str, &str)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    pairs.sort_unstable();
    let written = pairs.iter().map(|(name, value)| format!("{name}={value}"));
    written.collect::<Vec<_>>().join("&")
}

/// RFC 3986, section 5.2.4; slashes that follow one another become one.
fn without_dots(path: &str) -> String {
    let mut left: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(left.pop()),
            segment => left.push(segment),
        }
    }
    let end = if path.ends_with('/') && !left.is_empty() { "/" } else { "" };
    format!("/{}{end}", left.join("/"))
}

fn single_spaces(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}
