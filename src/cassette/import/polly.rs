//! How Polly keeps a coded body in a HAR file: its pieces as they came, each in base64 (hex in older
//! versions), as the text of a JSON array.

use crate::exchange::{ContentCoding, Headers};
use base64::prelude::{BASE64_STANDARD, Engine as _};

/// The wire bytes of such a text; `None` when it is another text.
pub(super) fn chunks(
    text: &str,
    encoding: &str,
    is_binary: bool,
    headers: &Headers,
) -> Option<Vec<u8>> {
    let coded = !matches!(ContentCoding::of(headers), Ok(None));
    if !text.starts_with("[\"") || !(coded || is_binary) {
        return None;
    }
    let pieces: Vec<String> = serde_json::from_str(text).ok()?;
    let mut bytes = Vec::with_capacity(text.len());
    for piece in pieces {
        if encoding == "base64" {
            bytes.extend(BASE64_STANDARD.decode(piece).ok()?);
        } else {
            bytes.extend(unhexed(&piece)?);
        }
    }
    Some(bytes)
}

fn unhexed(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}
