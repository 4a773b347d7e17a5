//! Frames of one direction (RFC 6455, section 5.2).

use super::inflate::{Deflated, Inflater};
use super::message::{Growing, Whole, control};
use crate::exchange::{SocketKind, SocketPeer};

const FIN: u8 = 0x80;
const COMPRESSED: u8 = 0x40;
const RESERVED: u8 = 0x30;
const MASKED: u8 = 0x80;
/// Longest payload of a control frame (section 5.5).
const MOST_CONTROL: u64 = 125;

/// The head of a frame.
#[derive(Debug, Clone, Copy)]
struct Head {
    last: bool,
    compressed: bool,
    opcode: u8,
    mask: [u8; 4],
    length: u64,
}

/// What comes next.
#[derive(Debug)]
enum State {
    /// A head, of which this came.
    Head(Vec<u8>),
    /// The payload: so many bytes of it were there.
    Payload { head: Head, done: u64, control: Vec<u8> },
    /// Nothing that is read: after a close frame, or what is no frame.
    Over,
}

/// One direction of a WebSocket: takes its bytes, gives its messages.
#[derive(Debug)]
pub struct Frames {
    state: State,
    message: Option<Growing>,
    inflater: Option<Inflater>,
}

impl Frames {
    /// What `peer` sends, where this was agreed on compression.
    pub fn new(peer: SocketPeer, deflated: Option<Deflated>) -> Self {
        let inflater = deflated.map(|agreed| Inflater::new(agreed, peer));
        Self { state: State::Head(Vec::new()), message: None, inflater }
    }

    /// Takes bytes and hands on what is whole by them. After an error, which says what is no
    /// WebSocket, and after a close frame nothing more is read.
    pub fn push(
        &mut self,
        mut bytes: &[u8],
        mut take: impl FnMut(Whole),
    ) -> Result<(), &'static str> {
        while !bytes.is_empty() {
            match self.step(&mut bytes, &mut take) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(fault) => {
                    self.stop();
                    return Err(fault);
                }
            }
        }
        Ok(())
    }

    /// Whether the end of the bytes is no end of a message.
    pub fn is_within(&self) -> bool {
        match &self.state {
            State::Head(came) => !came.is_empty() || self.message.is_some(),
            State::Payload { .. } => true,
            State::Over => false,
        }
    }

    /// Reads no more.
    pub fn stop(&mut self) {
        self.state = State::Over;
        self.message = None;
        self.inflater = None;
    }

    /// One head, or what there is of a payload; whether anything more is to be read.
    fn step(
        &mut self,
        bytes: &mut &[u8],
        take: &mut impl FnMut(Whole),
    ) -> Result<bool, &'static str> {
        match &mut self.state {
            State::Over => return Ok(false),
            State::Head(came) => {
                let Some((first, rest)) = bytes.split_first() else { return Ok(true) };
                came.push(*first);
                *bytes = rest;
                let Some(head) = head(came)? else { return Ok(true) };
                self.begin(head)?;
            }
            State::Payload { head, done, control } => {
                let left = usize::try_from(head.length - *done).unwrap_or(usize::MAX);
                let (piece, rest) = bytes.split_at(left.min(bytes.len()));
                *bytes = rest;
                let plain = unmasked(piece, head.mask, *done);
                *done += piece.len() as u64;
                match &mut self.message {
                    _ if is_control(head.opcode) => control.extend_from_slice(&plain),
                    Some(message) => message.push(&plain, self.inflater.as_mut())?,
                    None => {}
                }
            }
        }
        self.end_of_frame(take)
    }

    fn begin(&mut self, head: Head) -> Result<(), &'static str> {
        let kind = kind(head.opcode).ok_or("a frame has a reserved opcode")?;
        let agreed = self.inflater.is_some();
        if is_control(head.opcode) {
            if !head.last || head.length > MOST_CONTROL {
                return Err("a control frame is fragmented or too long");
            }
            if head.compressed {
                return Err("a control frame has reserved bits");
            }
        } else if head.compressed && (!agreed || head.opcode == 0) {
            return Err("a frame has reserved bits that were not agreed on");
        } else {
            match (kind, &self.message) {
                (None, None) => return Err("a message begins with a continuation"),
                (Some(_), Some(_)) => return Err("a message begins within another"),
                (Some(kind), None) => self.message = Some(Growing::new(kind, head.compressed)),
                (None, Some(_)) => {}
            }
        }
        self.state = State::Payload { head, done: 0, control: Vec::new() };
        Ok(())
    }

    fn end_of_frame(&mut self, take: &mut impl FnMut(Whole)) -> Result<bool, &'static str> {
        let State::Payload { head, done, control: payload } = &self.state else { return Ok(true) };
        if *done < head.length {
            return Ok(true);
        }
        let (head, payload) = (*head, payload.as_slice());
        if let (true, Some(Some(kind))) = (is_control(head.opcode), kind(head.opcode)) {
            take(control(kind, payload));
            if kind == SocketKind::Close {
                self.stop();
                return Ok(false);
            }
        } else if head.last
            && let Some(message) = self.message.take()
        {
            take(message.finish(self.inflater.as_mut())?);
        }
        self.state = State::Head(Vec::new());
        Ok(true)
    }
}

/// The head of a frame, once it is whole.
fn head(came: &[u8]) -> Result<Option<Head>, &'static str> {
    let [first, second, rest @ ..] = came else { return Ok(None) };
    if first & RESERVED != 0 {
        return Err("a frame has reserved bits");
    }
    let wide = match second & !MASKED {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let masked = second & MASKED != 0;
    if rest.len() < wide + if masked { 4 } else { 0 } {
        return Ok(None);
    }
    let (extended, mask) = rest.split_at(wide);
    let length = match wide {
        0 => u64::from(second & !MASKED),
        _ => extended.iter().fold(0, |length, byte| length << 8 | u64::from(*byte)),
    };
    if length > u64::MAX / 2 {
        return Err("a frame has an impossible length");
    }
    Ok(Some(Head {
        last: first & FIN != 0,
        compressed: first & COMPRESSED != 0,
        opcode: first & 0x0f,
        mask: mask.try_into().unwrap_or_default(),
        length,
    }))
}

/// The kind of an opcode; `Some(None)` is a continuation.
#[expect(clippy::option_option, reason = "reserved, continuation, or a kind")]
const fn kind(opcode: u8) -> Option<Option<SocketKind>> {
    match opcode {
        0 => Some(None),
        1 => Some(Some(SocketKind::Text)),
        2 => Some(Some(SocketKind::Binary)),
        8 => Some(Some(SocketKind::Close)),
        9 => Some(Some(SocketKind::Ping)),
        10 => Some(Some(SocketKind::Pong)),
        _ => None,
    }
}

const fn is_control(opcode: u8) -> bool {
    opcode & 8 != 0
}

/// A piece of a payload that begins at `from` in it (section 5.3).
fn unmasked(piece: &[u8], mask: [u8; 4], from: u64) -> Vec<u8> {
    let mut mask = mask;
    mask.rotate_left(usize::try_from(from % 4).unwrap_or_default());
    piece.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect()
}
