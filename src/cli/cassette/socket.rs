//! A message of a WebSocket as a person reads it.

use crate::exchange::{SocketMessage, SocketPayload};

/// Who sent what: one line, but for the lines of the text itself.
pub(super) fn told(message: &SocketMessage) -> String {
    let code = message.code.map_or_else(String::new, |code| format!(" {code}"));
    let payload = match (&message.payload, message.text()) {
        (_, Some("")) => String::new(),
        (_, Some(text)) => format!(": {text}"),
        (SocketPayload::Kept(bytes), None) => {
            format!(" ({} bytes): {}", bytes.len(), bytes.escape_ascii())
        }
        (SocketPayload::Omitted(bytes), None) => format!(" ({bytes} bytes, not kept)"),
    };
    format!("{} {}{code}{payload}", message.from.as_str(), message.kind.as_str())
}
