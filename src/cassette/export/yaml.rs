//! Scalars of YAML that every reader, of YAML 1.1 or 1.2, takes for the text that they are.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::fmt::Write as _;

/// A text in double quotes (YAML 1.2, section 5.7): letters and digits of any script stay readable,
/// everything else that is not plain ASCII is escaped.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(c),
            _ if c.is_alphanumeric() && c > '\u{a0}' && c <= '\u{ffff}' => out.push(c),
            _ if c <= '\u{ff}' => {
                let _ = write!(out, "\\x{:02X}", u32::from(c));
            }
            _ if c <= '\u{ffff}' => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            _ => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

/// Bytes: as text where they are UTF-8, else as `!!binary`.
pub(super) fn bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => quoted(text),
        Err(_) => format!("!!binary \"{}\"", BASE64_STANDARD.encode(bytes)),
    }
}
