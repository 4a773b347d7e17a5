//! Messages of a server as frames (RFC 6455, section 5.2).

use super::Deflated;
use crate::exchange::SocketKind;
use flate2::{Compress, Compression, FlushCompress};

const FIN: u8 = 0x80;
const COMPRESSED: u8 = 0x40;
/// Most bytes of a control frame's payload (section 5.5).
const MOST_CONTROL: usize = 125;

/// Writes the frames of a server, each message in one.
#[derive(Debug)]
pub struct Speaker {
    /// Longest message that may be compressed, where that was agreed on: what fits a window refers
    /// to nothing beyond it.
    window: Option<usize>,
}

impl Speaker {
    /// A speaker to a client with which this was agreed on.
    pub fn new(deflated: Option<Deflated>) -> Self {
        Self { window: deflated.map(Deflated::server_window) }
    }

    /// A message of text or of binary data; compressed, if wished and agreed on.
    pub fn message(&self, kind: SocketKind, payload: &[u8], compressed: bool) -> Vec<u8> {
        let opcode = if kind == SocketKind::Binary { 2 } else { 1 };
        let fits = self.window.is_some_and(|window| payload.len() <= window || window >= 32768);
        if compressed
            && fits
            && let Some(deflated) = deflated(payload)
        {
            return frame(FIN | COMPRESSED | opcode, &deflated);
        }
        frame(FIN | opcode, payload)
    }

    /// A ping, or a pong.
    pub fn control(kind: SocketKind, payload: &[u8]) -> Vec<u8> {
        let opcode = if kind == SocketKind::Ping { 9 } else { 10 };
        frame(FIN | opcode, &payload[..payload.len().min(MOST_CONTROL)])
    }

    /// A close frame.
    pub fn close(code: Option<u16>, reason: &str) -> Vec<u8> {
        let mut payload = Vec::new();
        if let Some(code) = code {
            payload.extend_from_slice(&code.to_be_bytes());
            let mut end = reason.len().min(MOST_CONTROL - 2);
            while !reason.is_char_boundary(end) {
                end -= 1;
            }
            payload.extend_from_slice(&reason.as_bytes()[..end]);
        }
        frame(FIN | 8, &payload)
    }
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 10);
    out.push(first);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length), _) if length < 126 => out.push(length),
        (_, Ok(length)) => {
            out.push(126);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
    out
}

/// A message compressed for itself (RFC 7692, section 7.2.1): whoever agreed on a context that goes
/// on need not use it.
fn deflated(payload: &[u8]) -> Option<Vec<u8>> {
    let mut stream = Compress::new(Compression::default(), false);
    let mut out = Vec::with_capacity(payload.len() / 2 + 64);
    loop {
        let used = usize::try_from(stream.total_in()).ok()?;
        stream.compress_vec(&payload[used..], &mut out, FlushCompress::Sync).ok()?;
        let is_whole = stream.total_in() == payload.len() as u64;
        if is_whole && out.len() < out.capacity() {
            break;
        }
        out.reserve(out.len().max(64));
    }
    out.ends_with(&[0, 0, 0xff, 0xff]).then(|| {
        out.truncate(out.len() - 4);
        out
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Frames, Whole};
    use super::*;
    use crate::exchange::{Headers, SocketPayload, SocketPeer};

    fn heard(wire: &[u8], deflated: Option<Deflated>) -> Vec<Whole> {
        let (mut frames, mut got) = (Frames::new(SocketPeer::Server, deflated), Vec::new());
        frames.push(wire, |whole| got.push(whole)).unwrap();
        got
    }

    #[test]
    fn what_is_said_is_heard() {
        let fields = [("Sec-WebSocket-Extensions", "permessage-deflate")];
        let agreed = Deflated::of(&Headers::from(fields));
        for length in [0, 1, 125, 126, 65_535, 65_536, 300_000] {
            let noise: Vec<u8> =
                (0..length).map(|n: u64| (n * n / 7 % 251).to_le_bytes()[0]).collect();
            for (deflated, wished) in [(None, true), (agreed, false), (agreed, true)] {
                let wire = Speaker::new(deflated).message(SocketKind::Binary, &noise, wished);
                let got = heard(&wire, deflated);
                assert_eq!(got.len(), 1);
                assert!(got[0].payload == SocketPayload::Kept(noise.clone().into()), "{length}");
                assert_eq!(got[0].compressed, deflated.is_some() && wished, "{length}");
            }
        }
        // A narrow window: what is longer goes as it is.
        let fields = [("Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=9")];
        let narrow = Deflated::of(&Headers::from(fields));
        let wire = Speaker::new(narrow).message(SocketKind::Text, &[b'x'; 513], true);
        assert!(!heard(&wire, narrow)[0].compressed);
    }

    #[test]
    fn goodbyes_fit_their_frame() {
        let long = "ä".repeat(100);
        let got = heard(&Speaker::close(Some(4477), &long), None);
        assert_eq!(got[0].code, Some(4477));
        assert!(got[0].payload == SocketPayload::Kept("ä".repeat(61).into()));
        assert_eq!(heard(&Speaker::close(None, "x"), None)[0].code, None);
        assert_eq!(
            heard(&Speaker::control(SocketKind::Ping, b"p"), None)[0].kind,
            SocketKind::Ping
        );
    }
}
