//! A message while its frames come.

use super::inflate::Inflater;
use crate::exchange::{SocketKind, SocketPayload};
use bytes::Bytes;

/// Most bytes of a message that are kept; of a longer one, the length.
pub const MOST_KEPT: usize = 1024 * 1024;

/// A message, or control frame, that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// What it is.
    pub kind: SocketKind,
    /// Status code of a close frame.
    pub code: Option<u16>,
    /// What it says.
    pub payload: SocketPayload,
    /// Whether it was compressed.
    pub compressed: bool,
}

/// What has come of a message.
#[derive(Debug)]
pub(super) struct Growing {
    kind: SocketKind,
    pub(super) compressed: bool,
    kept: Vec<u8>,
    length: u64,
}

impl Growing {
    pub(super) const fn new(kind: SocketKind, compressed: bool) -> Self {
        Self { kind, compressed, kept: Vec::new(), length: 0 }
    }

    /// Takes a piece of the payload, unmasked.
    pub(super) fn push(
        &mut self,
        piece: &[u8],
        inflater: Option<&mut Inflater>,
    ) -> Result<(), &'static str> {
        if let Some(inflater) = inflater.filter(|_| self.compressed) {
            return inflater.push(piece, |plain| self.add(plain));
        }
        self.add(piece);
        Ok(())
    }

    fn add(&mut self, plain: &[u8]) {
        self.length += plain.len() as u64;
        if self.length > MOST_KEPT as u64 {
            self.kept = Vec::new();
        } else {
            self.kept.extend_from_slice(plain);
        }
    }

    /// The message; its last byte has come.
    pub(super) fn finish(mut self, inflater: Option<&mut Inflater>) -> Result<Whole, &'static str> {
        if let Some(inflater) = inflater.filter(|_| self.compressed) {
            inflater.finish(|plain| self.add(plain))?;
        }
        let payload = if self.length > MOST_KEPT as u64 {
            SocketPayload::Omitted(self.length)
        } else {
            SocketPayload::Kept(self.kept.into())
        };
        Ok(Whole { kind: self.kind, code: None, payload, compressed: self.compressed })
    }
}

/// A control frame from its payload, which is never longer than 125 bytes.
pub(super) fn control(kind: SocketKind, payload: &[u8]) -> Whole {
    let (code, said) = match (kind, payload) {
        (SocketKind::Close, [high, low, reason @ ..]) => {
            (Some(u16::from_be_bytes([*high, *low])), reason)
        }
        _ => (None, payload),
    };
    let payload = SocketPayload::Kept(Bytes::copy_from_slice(said));
    Whole { kind, code, payload, compressed: false }
}
