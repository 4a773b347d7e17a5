use super::Headers;
use std::io::{Read, Write};

/// Most bytes a compressed body may grow to when it is decoded: a guard against bombs.
pub const DECODED_LIMIT: u64 = 256 * 1024 * 1024;

/// A content coding (RFC 9110, section 8.4.1; RFC 8878 for zstd; RFC 7932 for br).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentCoding {
    /// gzip, also named x-gzip.
    Gzip,
    /// zlib-wrapped deflate; raw deflate is accepted, since servers send it.
    Deflate,
    /// Brotli.
    Brotli,
    /// Zstandard.
    Zstd,
}

/// Why a body's content coding could not be undone.
#[derive(Debug, thiserror::Error)]
pub enum CodingError {
    /// A coding that this version does not know, or several laid over one another.
    #[error("content coding `{0}` is not supported")]
    Unsupported(String),
    /// The bytes are not of the coding that the header names.
    #[error("body is not valid {coding}: {cause}")]
    Invalid {
        /// The coding named by `Content-Encoding`.
        coding: &'static str,
        /// What the decoder said.
        cause: String,
    },
    /// More than [`DECODED_LIMIT`] bytes came out.
    #[error("decoded body exceeds {DECODED_LIMIT} bytes")]
    TooLarge,
}

impl ContentCoding {
    /// The coding that `Content-Encoding` names; `None` for absent or `identity`.
    pub fn of(headers: &Headers) -> Result<Option<Self>, CodingError> {
        let mut found = None;
        for value in headers.all("content-encoding") {
            for item in value.split(|byte| *byte == b',') {
                let word = String::from_utf8_lossy(item.trim_ascii()).to_ascii_lowercase();
                if word.is_empty() || word == "identity" {
                    continue;
                }
                match Self::parse(&word) {
                    Some(coding) if found.is_none() => found = Some(coding),
                    _ => return Err(CodingError::Unsupported(word)),
                }
            }
        }
        Ok(found)
    }

    /// Reads the registered name of a coding.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            "br" => Some(Self::Brotli),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// Undoes the coding; at most [`DECODED_LIMIT`] bytes.
    pub fn decode(self, bytes: &[u8]) -> Result<Vec<u8>, CodingError> {
        match self {
            Self::Gzip => self.read_all(flate2::read::MultiGzDecoder::new(bytes)),
            Self::Deflate => {
                let mut decoder = flate2::read::ZlibDecoder::new(bytes);
                let text = self.read_all(&mut decoder);
                if text.is_ok() {
                    return text.and_then(|text| self.all_of(text, decoder.total_in(), bytes));
                }
                let mut decoder = flate2::read::DeflateDecoder::new(bytes);
                let text = self.read_all(&mut decoder)?;
                self.all_of(text, decoder.total_in(), bytes)
            }
            Self::Brotli => {
                let mut decoder =
                    brotli_decompressor::DecompressorWriter::new(Bounded(Vec::new()), 4096);
                let taken = decoder.write(bytes).and_then(|taken| {
                    decoder.close()?;
                    Ok(taken)
                });
                let text = within_limit(std::mem::take(&mut decoder.get_mut().0))?;
                let taken = taken.map_err(|error| self.invalid(&error))?;
                self.all_of(text, taken as u64, bytes)
            }
            Self::Zstd => {
                let mut text = Vec::new();
                frames(bytes, &mut text).map_err(|error| self.invalid(&error))?;
                within_limit(text)
            }
        }
    }

    /// What was decoded, if it is of all the bytes: nobody would look at what comes after its end.
    fn all_of(self, text: Vec<u8>, taken: u64, bytes: &[u8]) -> Result<Vec<u8>, CodingError> {
        match bytes.len() as u64 - taken.min(bytes.len() as u64) {
            0 => Ok(text),
            rest => {
                Err(self.invalid(&std::io::Error::other(format!("{rest} bytes after its end"))))
            }
        }
    }

    /// Undoes the coding as far as it goes: what comes out before the bytes end or break, at most
    /// [`DECODED_LIMIT`] of it.
    pub fn decode_start(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Gzip => start_of(flate2::read::MultiGzDecoder::new(bytes)),
            Self::Deflate => match start_of(flate2::read::ZlibDecoder::new(bytes)) {
                nothing if nothing.is_empty() => start_of(flate2::read::DeflateDecoder::new(bytes)),
                start => start,
            },
            Self::Brotli => start_of(brotli_decompressor::Decompressor::new(bytes, 4096)),
            Self::Zstd => {
                let mut text = Vec::new();
                // What was decoded before an error stays.
                let _ = frames(bytes, &mut text);
                text
            }
        }
    }

    /// Applies the coding where this tool can: gzip and deflate. `None` for the others.
    pub fn encode(self, bytes: &[u8]) -> Option<Vec<u8>> {
        let level = flate2::Compression::default();
        let done = match self {
            Self::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
                encoder.write_all(bytes).and_then(|()| encoder.finish())
            }
            Self::Deflate => {
                let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
                encoder.write_all(bytes).and_then(|()| encoder.finish())
            }
            Self::Brotli | Self::Zstd => return None,
        };
        done.ok()
    }

    fn read_all(self, decoder: impl Read) -> Result<Vec<u8>, CodingError> {
        let mut out = Vec::new();
        decoder.take(DECODED_LIMIT + 1).read_to_end(&mut out).map_err(|e| self.invalid(&e))?;
        within_limit(out)
    }

    fn invalid(self, cause: &dyn std::fmt::Display) -> CodingError {
        CodingError::Invalid { coding: self.as_str(), cause: cause.to_string() }
    }
}

fn within_limit(text: Vec<u8>) -> Result<Vec<u8>, CodingError> {
    if text.len() as u64 > DECODED_LIMIT { Err(CodingError::TooLarge) } else { Ok(text) }
}

/// Takes no more once it has more than the limit.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() as u64 > DECODED_LIMIT {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Decodes the frames of zstd that follow one another (RFC 8878, section 3.1), up to one byte more
/// than the limit; those that are to be skipped are.
fn frames(bytes: &[u8], text: &mut Vec<u8>) -> std::io::Result<()> {
    let mut rest = bytes;
    loop {
        if let [a, 0x2a, 0x4d, 0x18, b, c, d, e, content @ ..] = rest
            && a & 0xf0 == 0x50
        {
            let length = u32::from_le_bytes([*b, *c, *d, *e]) as usize;
            rest = content.get(length..).ok_or(std::io::ErrorKind::UnexpectedEof)?;
        } else {
            let room = (DECODED_LIMIT + 1).saturating_sub(text.len() as u64);
            ruzstd::decoding::StreamingDecoder::new(&mut rest)
                .map_err(std::io::Error::other)?
                .take(room)
                .read_to_end(text)?;
        }
        if rest.is_empty() || text.len() as u64 > DECODED_LIMIT {
            return Ok(());
        }
    }
}

/// What can be read before the end or an error.
fn start_of(decoder: impl Read) -> Vec<u8> {
    let mut out = Vec::new();
    // What was read before an error stays in the buffer.
    let _ = decoder.take(DECODED_LIMIT).read_to_end(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_and_deflate_round_trip() {
        let text = b"{\"job_id\":\"1\"}".repeat(50);
        for coding in [ContentCoding::Gzip, ContentCoding::Deflate] {
            let wire = coding.encode(&text).unwrap();
            assert_ne!(wire, text);
            assert_eq!(coding.decode(&wire).unwrap(), text);
        }
    }

    #[test]
    fn other_tools_output_is_decoded() {
        // `printf hello | zstd | xxd`, `printf hello | brotli | xxd`, raw deflate from zlib -15.
        let zstd =
            [0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x05, 0x29, 0x00, 0x00, b'h', b'e', b'l', b'l', b'o'];
        let brotli = [0x0b, 0x02, 0x80, b'h', b'e', b'l', b'l', b'o', 0x03];
        let raw = [0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        assert_eq!(ContentCoding::Zstd.decode(&zstd).unwrap(), b"hello");
        assert_eq!(ContentCoding::Brotli.decode(&brotli).unwrap(), b"hello");
        assert_eq!(ContentCoding::Deflate.decode(&raw).unwrap(), b"hello");
    }

    #[test]
    fn what_follows_the_end_is_not_passed_over() {
        let zstd =
            [0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x05, 0x29, 0x00, 0x00, b'h', b'e', b'l', b'l', b'o'];
        let skipped = [0x5a, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2];
        let frames = [&zstd[..], &skipped, &zstd].concat();
        assert_eq!(ContentCoding::Zstd.decode(&frames).unwrap(), b"hellohello");
        let brotli = [0x0b, 0x02, 0x80, b'h', b'e', b'l', b'l', b'o', 0x03];
        for (coding, wire) in [(ContentCoding::Zstd, &zstd[..]), (ContentCoding::Brotli, &brotli)] {
            assert!(coding.decode(&wire[..wire.len() - 2]).is_err(), "{coding:?}");
            let more = [wire, b"token"].concat();
            assert!(coding.decode(&more).is_err(), "{coding:?}");
            assert_eq!(coding.decode_start(&more), b"hello");
        }
    }

    #[test]
    fn a_lie_in_the_header_is_an_error() {
        for word in ["gzip", "br", "zstd"] {
            let coding = ContentCoding::parse(word).unwrap();
            assert!(coding.decode(b"plain text").is_err(), "{word}");
        }
        let twice = Headers::from([("Content-Encoding", "gzip, br")]);
        assert!(matches!(ContentCoding::of(&twice), Err(CodingError::Unsupported(_))));
    }
}
