//! What this tool adds to an entry of a HAR file (`_testimony`), read back with suspicion: it may
//! say that an exchange is less than evidence, never that it is more.

use super::message::WrongEntry;
use super::node::Node;
use crate::exchange::{ChunkTime, Redaction, Source, Timing, TransportError, TransportErrorKind};
use base64::prelude::{BASE64_STANDARD, Engine as _};

/// What `_testimony` says.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// `mock`, `fault`, `replay` or `edited`.
    pub(super) source: Option<Source>,
    pub(super) request_body: Option<Vec<u8>>,
    pub(super) response_body: Option<Vec<u8>>,
    pub(super) error: Option<TransportError>,
    pub(super) timing: Option<Timing>,
    pub(super) redacted: Vec<Redaction>,
}

pub(super) fn notes(node: Option<&Node>) -> Result<Notes, WrongEntry> {
    let Some(node) = node else { return Ok(Notes::default()) };
    // A word that is not understood is no proof.
    let source = node.text_of("source").map(|word| Source::parse(word).unwrap_or(Source::Edited));
    Ok(Notes {
        source: source.filter(|source| !source.is_evidence()),
        request_body: wire(node.text_of("requestBody"))?,
        response_body: wire(node.text_of("responseBody"))?,
        error: node.get("error").map(error).transpose()?,
        timing: node.get("timing").map(timing),
        redacted: node
            .get("redacted")
            .map_or(&[][..], Node::elements)
            .iter()
            .filter_map(note)
            .collect(),
    })
}

fn wire(text: Option<&str>) -> Result<Option<Vec<u8>>, WrongEntry> {
    let decode = |text: &str| {
        let wrong = |_| WrongEntry::hidden("_testimony body", text, "base64");
        BASE64_STANDARD.decode(text).map_err(wrong)
    };
    text.map(decode).transpose()
}

fn error(node: &Node) -> Result<TransportError, WrongEntry> {
    let kind = node.text_of("kind").unwrap_or_default();
    let kind = TransportErrorKind::parse(kind)
        .ok_or_else(|| WrongEntry::value("_testimony.error.kind", kind, "a kind of failure"))?;
    Ok(TransportError { kind, message: node.text_of("message").unwrap_or_default().to_owned() })
}

fn timing(node: &Node) -> Timing {
    let chunk = |pair: &Node| match pair.elements() {
        [at, bytes] => Some(ChunkTime {
            at_ms: at.text()?.parse().ok().filter(|ms: &f64| ms.is_finite() && *ms >= 0.0)?,
            bytes: bytes.text()?.parse().ok()?,
        }),
        _ => None,
    };
    let chunks = node.get("chunks").map_or(&[][..], Node::elements);
    Timing {
        first_byte_ms: node.number_of("first_byte_ms"),
        end_ms: node.number_of("end_ms").unwrap_or(0.0),
        chunks: chunks.iter().filter_map(chunk).collect(),
    }
}

fn note(node: &Node) -> Option<Redaction> {
    Some(Redaction {
        secret: node.text_of("secret")?.parse().ok()?,
        rule: node.text_of("rule")?.to_owned(),
        at: node.text_of("at")?.to_owned(),
    })
}
