//! Bodies come off the wire (RFC 9112, sections 6 and 7): a decoder without IO that takes what a
//! buffer holds and says what it lacks.

use super::head::{may_be_whole, take_trailers};
use super::{Framing, HeadFault};
use crate::exchange::Headers;
use bytes::{Buf as _, Bytes, BytesMut};

/// Longest line that announces a chunk, extensions included.
const CHUNK_LINE: usize = 4096;
/// Most bytes of trailers.
const TRAILERS: usize = 64 * 1024;

/// Takes a body off a buffer, piece by piece.
#[derive(Debug)]
pub struct BodyDecoder {
    state: State,
    trailers: Headers,
}

#[derive(Debug)]
enum State {
    Length(u64),
    ChunkLine,
    Chunk(u64),
    ChunkEnd,
    /// With the number of bytes that were looked at.
    Trailers(usize),
    UntilClose,
    Done,
}

/// What the buffer held.
#[derive(Debug, PartialEq, Eq)]
pub enum Decoded {
    /// Bytes of the body, never none. For a chunked body from one chunk.
    Piece(Bytes),
    /// Nothing more: read on.
    More,
    /// The body is whole.
    End,
}

/// Why what came is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// A chunk without a proper length.
    #[error("body is malformed: invalid chunk length")]
    ChunkLength,
    /// A chunk that is not followed by a line end.
    #[error("body is malformed: no line end after a chunk")]
    ChunkEnd,
    /// Trailers that are no header fields.
    #[error("trailers: {0}")]
    Trailers(HeadFault),
}

impl BodyDecoder {
    /// A decoder for a body of this framing.
    pub const fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::Empty => State::Done,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::ChunkLine,
            Framing::UntilClose => State::UntilClose,
        };
        Self { state, trailers: Headers::new() }
    }

    /// Takes the next piece off the front of `buffer`.
    pub fn decode(&mut self, buffer: &mut BytesMut) -> Result<Decoded, BodyFault> {
        loop {
            match &mut self.state {
                State::Done => return Ok(Decoded::End),
                State::UntilClose => return Ok(piece(buffer, u64::MAX)),
                State::Length(left) => {
                    let piece = piece(buffer, *left);
                    if let Decoded::Piece(bytes) = &piece {
                        *left -= bytes.len() as u64;
                        if *left == 0 {
                            self.state = State::Done;
                        }
                    }
                    return Ok(piece);
                }
                State::Chunk(left) => {
                    let piece = piece(buffer, *left);
                    if let Decoded::Piece(bytes) = &piece {
                        *left -= bytes.len() as u64;
                        if *left == 0 {
                            self.state = State::ChunkEnd;
                        }
                    }
                    return Ok(piece);
                }
                State::ChunkLine => match chunk_line(buffer)? {
                    None => return Ok(Decoded::More),
                    Some(0) => self.state = State::Trailers(0),
                    Some(length) => self.state = State::Chunk(length),
                },
                State::ChunkEnd => match buffer.get(..2) {
                    Some(b"\r\n") => {
                        buffer.advance(2);
                        self.state = State::ChunkLine;
                    }
                    Some(_) => return Err(BodyFault::ChunkEnd),
                    None if buffer.first().is_some_and(|byte| *byte != b'\r') => {
                        return Err(BodyFault::ChunkEnd);
                    }
                    None => return Ok(Decoded::More),
                },
                State::Trailers(seen) => {
                    if !buffer.starts_with(b"\r\n") && !may_be_whole(buffer, *seen) {
                        if buffer.len() > TRAILERS {
                            return Err(BodyFault::Trailers(HeadFault::TooLarge));
                        }
                        *seen = buffer.len();
                        return Ok(Decoded::More);
                    }
                    let Some(trailers) = take_trailers(buffer).map_err(BodyFault::Trailers)? else {
                        return Ok(Decoded::More);
                    };
                    self.trailers = trailers;
                    self.state = State::Done;
                }
            }
        }
    }

    /// Whether the body may end where the connection does.
    pub const fn ends_with_connection(&self) -> bool {
        matches!(self.state, State::UntilClose | State::Done)
    }

    /// Whether the whole body was taken.
    pub const fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Bytes that are still to come, where that is known.
    pub const fn remaining(&self) -> Option<u64> {
        match self.state {
            State::Length(left) => Some(left),
            State::Done => Some(0),
            _ => None,
        }
    }

    /// The trailers that followed the body; none before its end.
    pub const fn trailers(&self) -> &Headers {
        &self.trailers
    }

    /// The trailers that followed the body.
    pub fn into_trailers(self) -> Headers {
        self.trailers
    }
}

fn piece(buffer: &mut BytesMut, most: u64) -> Decoded {
    if buffer.is_empty() {
        return Decoded::More;
    }
    let length = usize::try_from(most).unwrap_or(usize::MAX).min(buffer.len());
    Decoded::Piece(buffer.split_to(length).freeze())
}

/// Takes the line in front of a chunk: a length in hexadecimal digits, extensions that mean nothing
/// here (RFC 9112, section 7.1.1: to be ignored), CR and LF.
fn chunk_line(buffer: &mut BytesMut) -> Result<Option<u64>, BodyFault> {
    let window = &buffer[..buffer.len().min(CHUNK_LINE)];
    let Some(end) = window.iter().position(|byte| *byte == b'\n') else {
        return if buffer.len() >= CHUNK_LINE { Err(BodyFault::ChunkLength) } else { Ok(None) };
    };
    let line = window[..end].strip_suffix(b"\r").ok_or(BodyFault::ChunkLength)?;
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii_end();
    if digits.is_empty() || digits.len() > 16 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(BodyFault::ChunkLength);
    }
    let text = std::str::from_utf8(digits).map_err(|_| BodyFault::ChunkLength)?;
    let length = u64::from_str_radix(text, 16).map_err(|_| BodyFault::ChunkLength)?;
    buffer.advance(end + 1);
    Ok(Some(length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Decodes `wire`, handed over in parts of `step` bytes; answers with body, trailers and rest.
    fn decode(
        framing: Framing,
        wire: &[u8],
        step: usize,
    ) -> Result<(Vec<u8>, Headers, Vec<u8>), BodyFault> {
        let mut decoder = BodyDecoder::new(framing);
        let (mut buffer, mut body) = (BytesMut::new(), Vec::new());
        let mut parts = wire.chunks(step);
        loop {
            match decoder.decode(&mut buffer)? {
                Decoded::Piece(piece) => body.extend_from_slice(&piece),
                Decoded::More => {
                    let Some(part) = parts.next() else {
                        assert!(decoder.ends_with_connection(), "cut off");
                        break;
                    };
                    buffer.extend_from_slice(part);
                }
                Decoded::End => break,
            }
        }
        parts.for_each(|part| buffer.extend_from_slice(part));
        Ok((body, decoder.into_trailers(), buffer.to_vec()))
    }

    #[test]
    fn bodies_at_every_cut() {
        let chunked: &[u8] =
            b"5;name=\"v\"\r\nhello\r\n00A \r\n0123456789\r\n0\r\nX-Sum: 9\r\n\r\nnext";
        for step in 1..=chunked.len() {
            let (body, trailers, rest) = decode(Framing::Chunked, chunked, step).unwrap();
            assert_eq!(body, b"hello0123456789", "{step}");
            assert_eq!(trailers, Headers::from([("X-Sum", "9")]));
            assert_eq!(rest, b"next");
        }
        assert_eq!(decode(Framing::Length(3), b"abcd", 2).unwrap().0, b"abc");
        assert_eq!(decode(Framing::UntilClose, b"abcd", 3).unwrap().0, b"abcd");
        assert_eq!(decode(Framing::Empty, b"abcd", 4).unwrap().2, b"abcd");
    }

    #[test]
    fn malformed_chunks_are_refused() {
        let cases: [(&[u8], BodyFault); 8] = [
            (b"x\r\n", BodyFault::ChunkLength),
            (b"\r\n", BodyFault::ChunkLength),
            (b"-1\r\n", BodyFault::ChunkLength),
            (b"+1\r\na\r\n", BodyFault::ChunkLength),
            (b"1\na\n0\n\n", BodyFault::ChunkLength),
            (b"11111111111111111\r\n", BodyFault::ChunkLength),
            (b"1\r\nabc", BodyFault::ChunkEnd),
            (
                b"0\r\nno field\r\n\r\n",
                BodyFault::Trailers(HeadFault::Malformed("invalid header name")),
            ),
        ];
        for (wire, fault) in cases {
            assert_eq!(decode(Framing::Chunked, wire, 1).unwrap_err(), fault, "{wire:?}");
        }
        let long = [b"1;".as_slice(), &[b'x'; CHUNK_LINE]].concat();
        assert_eq!(decode(Framing::Chunked, &long, 64).unwrap_err(), BodyFault::ChunkLength);
        let long = [b"0\r\n".as_slice(), &b"a: 1\r\n".repeat(TRAILERS / 6 + 1)].concat();
        assert!(matches!(decode(Framing::Chunked, &long, 512), Err(BodyFault::Trailers(_))));
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(
            body in proptest::collection::vec(any::<u8>(), 0..300),
            lengths in proptest::collection::vec(0..40_u64, 0..8),
            step in 1..50_usize,
        ) {
            let wire = crate::exchange::chunked_encoding(&body, &lengths, &Headers::new());
            let (decoded, _, rest) = decode(Framing::Chunked, &wire, step).unwrap();
            prop_assert_eq!(decoded, body);
            prop_assert!(rest.is_empty());
        }
    }
}
