//! The older signature of Alibaba Cloud's RPC calls: HMAC-SHA1 over the parameters of query and form.

use super::canonical::{query, with_query, without};
use super::credentials::{Keys, Stamp};
use super::hash::hmac_sha1;
use crate::exchange::{Body, MediaType, Request, Target, percent_encoded, query_pairs};
use base64::prelude::{BASE64_STANDARD, Engine as _};

/// Parameters that the signature brings with it.
const PARAMETERS: [&str; 9] = [
    "AccessKeyId",
    "BearerToken",
    "SecurityToken",
    "Signature",
    "SignatureMethod",
    "SignatureNonce",
    "SignatureType",
    "SignatureVersion",
    "Timestamp",
];

/// Takes the parameters out of query and form. Answers whether it was the form that had them.
pub(super) fn strip(request: &mut Request) -> bool {
    let is_own = |name: &str| PARAMETERS.contains(&name);
    let left = Target::parse(&request.target).query.and_then(|query| without(query, is_own));
    request.target = with_query(&request.target, left.as_deref());
    let Some(form) = form(request) else { return false };
    let left = without(&form, is_own).unwrap_or_default();
    let had = left.len() != form.len();
    if had {
        request.body = Body::from_bytes(left.into_bytes());
    }
    had
}

/// `in_form` puts the parameters into the form, otherwise they go into the query.
pub(super) fn sign(request: &mut Request, keys: Keys<'_>, in_form: bool, stamp: &Stamp) {
    let at = stamp.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut own = vec![
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureNonce", stamp.nonce.as_str()),
        ("SignatureVersion", "1.0"),
        ("AccessKeyId", keys.id),
        ("Timestamp", at.as_str()),
    ];
    own.extend(keys.token.map(|token| ("SecurityToken", token)));
    let form = form(request);
    let mut pairs = Target::parse(&request.target).query_pairs();
    pairs.extend(form.as_deref().map(query_pairs).unwrap_or_default());
    pairs.extend(own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let text = format!("{}&%2F&{}", request.method, percent_encoded(&query(pairs)));
    let key = format!("{}&", keys.secret);
    let signature = BASE64_STANDARD.encode(hmac_sha1(key.as_bytes(), text.as_bytes()));
    own.push(("Signature", &signature));
    let written = own.iter().map(|(name, value)| format!("{name}={}", percent_encoded(value)));
    let standing =
        if in_form { form } else { Target::parse(&request.target).query.map(ToOwned::to_owned) };
    let pairs: Vec<String> =
        standing.filter(|text| !text.is_empty()).into_iter().chain(written).collect();
    let pairs = pairs.join("&");
    if in_form {
        request.headers.set("Content-Length", pairs.len().to_string());
        request.body = Body::from_bytes(pairs.into_bytes());
    } else {
        request.target = with_query(&request.target, Some(&pairs));
    }
}

fn form(request: &Request) -> Option<String> {
    let media = request.headers.text("content-type").and_then(MediaType::parse)?;
    let text = std::str::from_utf8(request.body.bytes()?).ok()?;
    media.is_form().then(|| text.to_owned())
}
