//! Alibaba Cloud's ACS3-HMAC-SHA256.

use super::canonical;
use super::credentials::{Keys, Stamp};
use super::hash::{hex, hmac_sha256, sha256_hex};
use crate::exchange::{Request, Target};

const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// Headers that the signature brings with it.
pub(super) const HEADERS: [&str; 8] = [
    "authorization",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-content-sha256",
    "x-acs-accesskey-id",
    "x-acs-security-token",
    "x-acs-credentials-provider",
    "x-acs-bearer-token",
];

pub(super) fn sign(request: &mut Request, keys: Keys<'_>, body: &[u8], stamp: &Stamp) {
    let payload = sha256_hex(body);
    let headers = &mut request.headers;
    headers.push("x-acs-date", stamp.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    headers.push("x-acs-signature-nonce", &stamp.nonce);
    headers.push("x-acs-content-sha256", &payload);
    if let Some(token) = keys.token {
        headers.push("x-acs-accesskey-id", keys.id);
        headers.push("x-acs-security-token", token);
    }
    let signed = canonical::signed_headers(request);
    let signed = signed
        .into_iter()
        .filter(|(name, _)| {
            matches!(name.as_str(), "host" | "content-type") || name.starts_with("x-acs-")
        })
        .collect();
    let names = canonical::names(&signed);
    let line = |(name, values): (&String, &Vec<String>)| {
        let mut values = values.clone();
        values.sort();
        format!("{name}:{}\n", values.join(","))
    };
    let lines: String = signed.iter().map(line).collect();
    let target = Target::parse(&request.target);
    let query = canonical::query(target.query_pairs());
    let whole = [&request.method, target.path, &query, &lines, &names, &payload].join("\n");
    let text = format!("{ALGORITHM}\n{}", sha256_hex(whole.as_bytes()));
    let signature = hex(&hmac_sha256(keys.secret.as_bytes(), text.as_bytes()));
    let value =
        format!("{ALGORITHM} Credential={},SignedHeaders={names},Signature={signature}", keys.id);
    request.headers.push("Authorization", value);
}
