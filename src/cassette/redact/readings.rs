//! What a body says: decoded, where its head or its first bytes name a coding. Where that may not be
//! all that it holds, its bytes are looked at, too.

use super::spelling::wide::Wide;
use crate::exchange::{ContentCoding, Headers};
use std::borrow::Cow;

/// How a body's bytes were decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coded {
    /// They were not.
    Plain,
    /// By one coding, which their header names or their first bytes show.
    By(ContentCoding),
    /// From UTF-16.
    Wide(Wide),
    /// By several: they can only be kept plain.
    Somehow,
    /// As far as it went: the text can only be kept plain, and the rest not at all.
    Broken,
}

/// A reading of a body.
pub(super) struct Reading<'a> {
    pub(super) coded: Coded,
    pub(super) text: Cow<'a, [u8]>,
    /// Whether it shows all that the body says.
    pub(super) is_whole: bool,
}

impl<'a> Reading<'a> {
    /// The body with these headers, decoded as far as it can be.
    pub(super) fn of(headers: &Headers, bytes: &'a [u8]) -> Self {
        match codings(headers).as_deref() {
            // A compressed file that no header speaks of.
            Some([]) if bytes.starts_with(b"\x1f\x8b\x08") => Self::by(ContentCoding::Gzip, bytes),
            // The same in the format of zlib (RFC 1950, section 2.2).
            Some([]) if matches!(bytes, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..]) => {
                Self::by(ContentCoding::Deflate, bytes)
            }
            Some([]) if bytes.starts_with(b"\x28\xb5\x2f\xfd") => {
                Self::by(ContentCoding::Zstd, bytes)
            }
            None | Some([]) => match Wide::read(headers, bytes) {
                Some((wide, text, is_whole)) => {
                    let text = text.into_bytes().into();
                    Self { coded: Coded::Wide(wide), text, is_whole }
                }
                None => Self::plain(bytes),
            },
            Some([coding]) => Self::by(*coding, bytes),
            Some(codings) => {
                let layers = codings.iter().rev().take(4);
                let text = layers.fold(bytes.to_vec(), |text, coding| coding.decode_start(&text));
                if text.is_empty() {
                    return Self::plain(bytes);
                }
                Self { coded: Coded::Somehow, text: text.into(), is_whole: false }
            }
        }
    }

    fn by(coding: ContentCoding, bytes: &'a [u8]) -> Self {
        if let Ok(text) = coding.decode(bytes) {
            return Self { coded: Coded::By(coding), text: text.into(), is_whole: true };
        }
        // Broken off, or followed by what is not of the coding: what can be read of it is no secret any
        // more either.
        match coding.decode_start(bytes) {
            start if start.is_empty() => Self::plain(bytes),
            start => Self { coded: Coded::Broken, text: start.into(), is_whole: false },
        }
    }

    fn plain(bytes: &'a [u8]) -> Self {
        Self { coded: Coded::Plain, text: bytes.into(), is_whole: true }
    }
}

/// The codings that the head names; `None` where one of them is not known.
fn codings(headers: &Headers) -> Option<Vec<ContentCoding>> {
    let mut words = headers.all("content-encoding").flat_map(|value| value.split(|b| *b == b','));
    words.try_fold(Vec::new(), |mut codings, word| {
        let word = std::str::from_utf8(word.trim_ascii()).ok()?.to_ascii_lowercase();
        match word.as_str() {
            "" | "identity" | "aws-chunked" => {}
            word => codings.push(ContentCoding::parse(word)?),
        }
        Some(codings)
    })
}
