//! Huawei Cloud's SDK-HMAC-SHA256: a digest of the request as it is, keyed with the secret key.

use super::canonical;
use super::credentials::{Keys, Stamp};
use super::hash::{hex, hmac_sha256, sha256_hex};
use crate::exchange::{Request, Target, percent_decoded};

const ALGORITHM: &str = "SDK-HMAC-SHA256";
/// Stands for the digest of a body that is not signed.
const CONTENT: &str = "X-Sdk-Content-Sha256";

/// Headers that the signature brings with it.
pub(super) const HEADERS: [&str; 4] =
    ["authorization", "x-sdk-date", "x-sdk-content-sha256", "x-security-token"];

pub(super) fn sign(request: &mut Request, keys: Keys<'_>, body: &[u8], stamp: &Stamp) {
    let at = stamp.at.strftime("%Y%m%dT%H%M%SZ").to_string();
    request.headers.push("X-Sdk-Date", &at);
    if let Some(token) = keys.token {
        request.headers.push("X-Security-Token", token);
    }
    // Bodies of other types are left unsigned by the vendor's SDKs.
    let media = request.headers.text("content-type").unwrap_or_default();
    let signs_body = media.is_empty()
        || media.starts_with("application/json")
        || media.starts_with("application/bson");
    if !signs_body {
        request.headers.push(CONTENT, "UNSIGNED-PAYLOAD");
    }
    let payload = if signs_body || body.is_empty() {
        sha256_hex(body)
    } else {
        "UNSIGNED-PAYLOAD".to_owned()
    };
    let signed = canonical::signed_headers(request);
    let names = canonical::names(&signed);
    let line = |(name, values): (&String, &Vec<String>)| format!("{name}:{}\n", values.join(","));
    let lines: String = signed.iter().map(line).collect();
    let target = Target::parse(&request.target);
    let whole = [
        request.method.to_uppercase().as_str(),
        &path(target.path),
        &canonical::query(target.query_pairs()),
        &lines,
        &names,
        &payload,
    ]
    .join("\n");
    let text = format!("{ALGORITHM}\n{at}\n{}", sha256_hex(whole.as_bytes()));
    let signature = hex(&hmac_sha256(keys.secret.as_bytes(), text.as_bytes()));
    let value =
        format!("{ALGORITHM} Access={}, SignedHeaders={names}, Signature={signature}", keys.id);
    request.headers.push("Authorization", value);
}

/// Decoded and encoded anew, segment by segment, with a slash at its end.
fn path(path: &str) -> String {
    let mut out = canonical::encoded_path(&percent_decoded(path));
    if !out.ends_with('/') {
        out.push('/');
    }
    out
}
