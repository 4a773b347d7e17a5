//! Undoing a content coding while the bytes still come: pushed in, pushed out, in bounded memory.

use super::ContentCoding;
use brotli_decompressor::DecompressorWriter;
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use ruzstd::decoding::FrameDecoder;
use std::io::{self, Write};

/// Largest window of a zstd frame (RFC 9659 asks for 8 MiB at most).
const ZSTD_WINDOW: u64 = 16 * 1024 * 1024;
/// Longest header of a zstd frame (RFC 8878, section 3.1.1.1).
const ZSTD_HEADER: usize = 18;
/// Bytes handed to a decoder at once, so that none keeps much more than it gives.
const STEP: usize = 16 * 1024;

/// Decodes what is written to it into a sink.
pub struct Unpacker<W: Write>(Kind<W>);

enum Kind<W: Write> {
    Gzip(MultiGzDecoder<W>),
    Zlib(ZlibDecoder<W>),
    Raw(DeflateDecoder<W>),
    Brotli(Box<DecompressorWriter<W>>),
    Zstd(Box<Zstd<W>>),
}

impl<W: Write> Unpacker<W> {
    /// A decoder of `coding` into `sink`; `first` is how the coded bytes begin: raw deflate is told
    /// from zlib by its first two bytes.
    pub fn new(coding: ContentCoding, first: &[u8], sink: W) -> Self {
        let zlib = matches!(first, [a, b, ..] if a & 0x0f == 8 && (u16::from(*a) << 8 | u16::from(*b)).is_multiple_of(31));
        Self(match coding {
            ContentCoding::Gzip => Kind::Gzip(MultiGzDecoder::new(sink)),
            ContentCoding::Deflate if zlib => Kind::Zlib(ZlibDecoder::new(sink)),
            ContentCoding::Deflate => Kind::Raw(DeflateDecoder::new(sink)),
            ContentCoding::Brotli => Kind::Brotli(Box::new(DecompressorWriter::new(sink, STEP))),
            ContentCoding::Zstd => {
                Kind::Zstd(Box::new(Zstd { frame: None, ended: false, buffer: Vec::new(), sink }))
            }
        })
    }

    /// Takes coded bytes; what they decode to is in the sink when this returns. Fails where they
    /// are not of the coding, or the sink does.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        for step in bytes.chunks(STEP) {
            match &mut self.0 {
                Kind::Gzip(decoder) => pushed(decoder, step)?,
                Kind::Zlib(decoder) => pushed(decoder, step)?,
                Kind::Raw(decoder) => pushed(decoder, step)?,
                Kind::Brotli(decoder) => pushed(decoder.as_mut(), step)?,
                Kind::Zstd(decoder) => decoder.push(step)?,
            }
        }
        Ok(())
    }

    /// Where the decoded bytes went.
    pub fn sink(&mut self) -> &mut W {
        match &mut self.0 {
            Kind::Gzip(decoder) => decoder.get_mut(),
            Kind::Zlib(decoder) => decoder.get_mut(),
            Kind::Raw(decoder) => decoder.get_mut(),
            Kind::Brotli(decoder) => decoder.get_mut(),
            Kind::Zstd(decoder) => &mut decoder.sink,
        }
    }
}

fn pushed(decoder: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    decoder.write_all(bytes)?;
    decoder.flush()
}

/// Frames of zstd, one block at a time.
struct Zstd<W> {
    frame: Option<FrameDecoder>,
    /// Whether the last block of the frame was taken.
    ended: bool,
    buffer: Vec<u8>,
    sink: W,
}

impl<W: Write> Zstd<W> {
    fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(bytes);
        let mut at = 0;
        while let Some(used) = self.step(at)? {
            at += used;
        }
        self.buffer.drain(..at);
        Ok(())
    }

    /// Takes a frame's header, one block or a checksum; `None` when the buffer has none whole.
    fn step(&mut self, at: usize) -> io::Result<Option<usize>> {
        let source = &self.buffer[at..];
        let Some(frame) = &mut self.frame else {
            if source.len() < ZSTD_HEADER {
                return Ok(None);
            }
            let mut rest = source;
            let mut frame = FrameDecoder::new();
            frame.set_max_window_size(ZSTD_WINDOW);
            frame.init(&mut rest).map_err(io::Error::other)?;
            self.frame = Some(frame);
            return Ok(Some(source.len() - rest.len()));
        };
        let (whole, last) = match block(source) {
            // A checksum follows the last block.
            _ if self.ended => (4, true),
            Some(block) => block,
            None => return Ok(None),
        };
        let Some(block) = source.get(..whole) else { return Ok(None) };
        let (used, _) = frame.decode_from_to(block, &mut []).map_err(io::Error::other)?;
        if used != whole {
            return Err(io::Error::other("a zstd block is not as long as it says"));
        }
        frame.collect_to_writer(&mut self.sink)?;
        self.ended = last;
        if frame.is_finished() {
            (self.frame, self.ended) = (None, false);
        }
        Ok(Some(used))
    }
}

/// Length of the block that begins here, with its header, and whether it is the last of its frame
/// (RFC 8878, section 3.1.1.2).
fn block(source: &[u8]) -> Option<(usize, bool)> {
    let [a, b, c, ..] = source else { return None };
    let header = u32::from_le_bytes([*a, *b, *c, 0]);
    // A run is one byte, however long.
    let content = if header >> 1 & 3 == 1 { 1 } else { (header >> 3) as usize };
    Some((3 + content, header & 1 == 1))
}

impl<W: Write> std::fmt::Debug for Unpacker<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unpacker")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpacked(coding: ContentCoding, wire: &[u8], step: usize) -> io::Result<Vec<u8>> {
        let mut unpacker = Unpacker::new(coding, wire, Vec::new());
        for piece in wire.chunks(step) {
            unpacker.push(piece)?;
        }
        Ok(std::mem::take(unpacker.sink()))
    }

    #[test]
    fn what_was_packed_is_there_at_once() {
        let text: Vec<u8> =
            (0..200_000_u32).flat_map(|n| (n * 7).to_string().into_bytes()).collect();
        for coding in [ContentCoding::Gzip, ContentCoding::Deflate] {
            let wire = coding.encode(&text).unwrap();
            for step in [1000, 40_000, wire.len()] {
                assert!(unpacked(coding, &wire, step).unwrap() == text, "{coding:?} {step}");
            }
        }
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        let wire = ruzstd::encoding::compress_to_vec(text.as_slice(), level);
        for step in [1, 1000, wire.len()] {
            assert!(unpacked(ContentCoding::Zstd, &wire, step).unwrap() == text, "{step}");
        }
    }

    #[test]
    fn other_tools_output_is_decoded() {
        let zstd =
            [0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x05, 0x29, 0x00, 0x00, b'h', b'e', b'l', b'l', b'o'];
        let twice: Vec<u8> = [zstd, zstd].concat();
        // A frame shorter than its longest header waits for more: bodies in question are not short.
        assert_eq!(unpacked(ContentCoding::Zstd, &twice, 3).unwrap(), b"hello");
        let brotli = [0x0b, 0x02, 0x80, b'h', b'e', b'l', b'l', b'o', 0x03];
        let raw = [0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        assert_eq!(unpacked(ContentCoding::Brotli, &brotli, 1).unwrap(), b"hello");
        assert_eq!(unpacked(ContentCoding::Deflate, &raw, 7).unwrap(), b"hello");
    }

    #[test]
    fn what_is_not_of_the_coding_fails() {
        for word in ["gzip", "br", "zstd"] {
            let coding = ContentCoding::parse(word).unwrap();
            assert!(
                unpacked(coding, &b"plain text, and not little of it ".repeat(40), 99).is_err()
            );
        }
    }
}
