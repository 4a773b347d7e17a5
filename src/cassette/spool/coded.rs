//! Coded bodies: looked at decoded while they are kept coded, or decoded, redacted and coded anew.

use super::partial::Partial;
use crate::cassette::redact::RedactingStream;
use crate::exchange::{ContentCoding, DECODED_LIMIT, Unpacker};
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use std::collections::VecDeque;
use std::io::{self, Write};

/// Wire bytes that wait until what they decode to is judged; what needs more is no body but a trick.
const WAITING: usize = 8 * 1024 * 1024;
/// The last wire bytes always wait: a decoder may not have given all that it could.
const LEAST: usize = 64 * 1024;
/// How much larger than its wire bytes a body is decoded, where that is beyond [`DECODED_LIMIT`].
const RATIO: u64 = 100;

/// What is to become of a body, by what was seen of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes on as it is.
    Clean,
    /// There is a secret in what it decodes to.
    Holds,
    /// It is not of its coding, or decodes to too much.
    Undecodable,
}

/// Decodes a body and takes it past the rules, to `out`.
#[derive(Debug)]
pub(in crate::cassette) struct Decoded<W: Write> {
    coding: ContentCoding,
    /// Until the first bytes come.
    fresh: Option<Seen<W>>,
    unpacker: Option<Unpacker<Seen<W>>>,
    wire: u64,
}

#[derive(Debug)]
struct Seen<W> {
    text: RedactingStream,
    out: W,
    most: u64,
}

impl<W: Write> Write for Seen<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Self { text, out, .. } = self;
        text.push(bytes, &mut |judged| out.write_all(judged))?;
        if self.text.taken() > self.most {
            return Err(io::Error::other("decodes to too much"));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write> Decoded<W> {
    pub(in crate::cassette) fn new(coding: ContentCoding, text: RedactingStream, out: W) -> Self {
        let fresh = Some(Seen { text, out, most: 0 });
        Self { coding, fresh, unpacker: None, wire: 0 }
    }

    pub(in crate::cassette) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.wire += bytes.len() as u64;
        if let Some(seen) = self.fresh.take() {
            self.unpacker = Some(Unpacker::new(self.coding, bytes, seen));
        }
        let Some(unpacker) = &mut self.unpacker else { return Ok(()) };
        unpacker.sink().most = DECODED_LIMIT.max(self.wire.saturating_mul(RATIO));
        unpacker.push(bytes)
    }

    /// Hands out what is settled of what came so far.
    pub(in crate::cassette) fn settle(&mut self) -> io::Result<()> {
        let Some(Seen { text, out, .. }) = self.seen() else { return Ok(()) };
        text.settle(&mut |judged| out.write_all(judged))
    }

    /// Where it goes.
    pub(in crate::cassette) fn out(&mut self) -> Option<&mut W> {
        self.seen().map(|seen| &mut seen.out)
    }

    fn end(&mut self) -> io::Result<()> {
        let Some(Seen { text, out, .. }) = self.seen() else { return Ok(()) };
        text.end(&mut |judged| out.write_all(judged))
    }

    fn seen(&mut self) -> Option<&mut Seen<W>> {
        match &mut self.unpacker {
            Some(unpacker) => Some(unpacker.sink()),
            None => self.fresh.as_mut(),
        }
    }

    pub(in crate::cassette) fn text(&mut self) -> Option<&mut RedactingStream> {
        self.seen().map(|seen| &mut seen.text)
    }
}

/// A body that is kept coded.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) decoded: Decoded<io::Sink>,
    /// Wire bytes, each piece with the length of what is decoded once it is.
    waiting: VecDeque<(Vec<u8>, u64)>,
    waiting_bytes: usize,
}

impl Watched {
    pub(super) fn new(coding: ContentCoding, text: RedactingStream) -> Self {
        let decoded = Decoded::new(coding, text, io::sink());
        Self { decoded, waiting: VecDeque::new(), waiting_bytes: 0 }
    }

    /// Takes wire bytes, and writes those that are judged.
    pub(super) fn push(&mut self, bytes: &[u8], file: &mut Partial) -> io::Result<Verdict> {
        let decodes = self.decoded.push(bytes).is_ok();
        if !decodes {
            // What came of it up to here is judged: its bytes do not show it.
            self.decoded.end()?;
        }
        let Some(text) = self.decoded.text() else { return Ok(Verdict::Undecodable) };
        let (holds, taken, judged) = (!text.notes().is_empty(), text.taken(), text.judged());
        self.waiting.push_back((bytes.to_vec(), taken));
        self.waiting_bytes += bytes.len();
        if holds {
            return Ok(Verdict::Holds);
        }
        if !decodes {
            return Ok(Verdict::Undecodable);
        }
        self.write(judged, LEAST, file)?;
        Ok(if self.waiting_bytes > WAITING { Verdict::Undecodable } else { Verdict::Clean })
    }

    /// The body has ended: judges and writes the rest.
    pub(super) fn end(&mut self, file: &mut Partial) -> io::Result<Verdict> {
        self.decoded.end()?;
        if self.decoded.text().is_some_and(|text| !text.notes().is_empty()) {
            return Ok(Verdict::Holds);
        }
        self.write(u64::MAX, 0, file)?;
        Ok(Verdict::Clean)
    }

    /// What was taken and not written.
    pub(super) fn into_waiting(self) -> Vec<Vec<u8>> {
        self.waiting.into_iter().map(|(piece, _)| piece).collect()
    }

    fn write(&mut self, judged: u64, least: usize, file: &mut Partial) -> io::Result<()> {
        while let Some((piece, decoded)) = self.waiting.front()
            && *decoded <= judged
            && self.waiting_bytes - piece.len() >= least
        {
            file.put(piece)?;
            self.waiting_bytes -= piece.len();
            self.waiting.pop_front();
        }
        Ok(())
    }
}

/// A body that is decoded, redacted and, where this tool can do that, coded again.
#[derive(Debug)]
pub(super) struct Repacked {
    pub(super) decoded: Decoded<Packer>,
    /// What follows can't be decoded, and is not kept.
    torn: bool,
}

#[derive(Debug)]
pub(super) enum Packer {
    Gzip(GzEncoder<Partial>),
    Deflate(ZlibEncoder<Partial>),
    Plain(Partial),
    Taken,
}

impl Repacked {
    pub(super) fn new(coding: ContentCoding, text: RedactingStream, file: Partial) -> Self {
        let packer = match coding {
            ContentCoding::Gzip => Packer::Gzip(GzEncoder::new(file, Compression::default())),
            ContentCoding::Deflate => {
                Packer::Deflate(ZlibEncoder::new(file, Compression::default()))
            }
            ContentCoding::Brotli | ContentCoding::Zstd => Packer::Plain(file),
        };
        Self { decoded: Decoded::new(coding, text, packer), torn: false }
    }

    /// Whether what is written is coded no more.
    pub(super) const fn is_plain(&self) -> bool {
        matches!(self.decoded.coding, ContentCoding::Brotli | ContentCoding::Zstd)
    }

    /// Whether a part could not be decoded and is missing.
    pub(super) const fn is_torn(&self) -> bool {
        self.torn
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.torn
            && let Err(error) = self.decoded.push(bytes)
        {
            // A disk that takes no more is another matter than bytes that are not of the coding.
            if error.raw_os_error().is_some() {
                return Err(error);
            }
            self.torn = true;
        }
        Ok(())
    }

    pub(super) fn end(&mut self) -> io::Result<()> {
        self.decoded.end()
    }

    /// The file, everything in it.
    pub(super) fn into_file(mut self) -> io::Result<Option<Partial>> {
        let packer =
            self.decoded.seen().map(|seen| std::mem::replace(&mut seen.out, Packer::Taken));
        match packer {
            Some(Packer::Gzip(encoder)) => encoder.finish().map(Some),
            Some(Packer::Deflate(encoder)) => encoder.finish().map(Some),
            Some(Packer::Plain(file)) => Ok(Some(file)),
            Some(Packer::Taken) | None => Ok(None),
        }
    }
}

impl Write for Packer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(encoder) => encoder.write(bytes),
            Self::Deflate(encoder) => encoder.write(bytes),
            Self::Plain(file) => file.write(bytes),
            Self::Taken => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
