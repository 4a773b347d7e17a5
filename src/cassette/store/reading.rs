//! Body files read piece by piece, decoded where their messages say that they are coded.

use super::{StoreError, file_error};
use crate::cassette::body::{body_folder, open_regular};
use crate::exchange::{BodyFile, ContentCoding, DECODED_LIMIT, Headers, Unpacker};
use std::io::Read as _;
use std::path::Path;

/// Bytes of a body file that are read at once.
const PIECE: usize = 1024 * 1024;
/// Bytes of a coded one that are decoded at once.
const STEP: usize = 16 * 1024;
/// How much larger than its coded bytes a body is decoded, where that is beyond [`DECODED_LIMIT`].
const RATIO: u64 = 100;

/// Hands a body file over, decoded, in pieces that overlap, until one of them is enough; where it can't be
/// decoded to its end, as it is, too.
pub(super) fn in_pieces(
    cassette: &Path,
    file: &BodyFile,
    headers: &Headers,
    mut is_enough: impl FnMut(&[u8]) -> bool,
) -> Result<bool, StoreError> {
    let path = body_folder(cassette).join(&file.name);
    let mut look = |headers: &Headers| {
        let mut held = Vec::with_capacity(2 * PIECE);
        pieces(&path, headers, |piece| {
            held.extend_from_slice(piece);
            let enough = is_enough(&held);
            let kept = held.len().min(crate::cassette::redact::HELD_BACK);
            held.drain(..held.len() - kept);
            Ok(enough)
        })
    };
    let mut reached = look(headers)?;
    if reached == Reached::Torn {
        reached = look(&Headers::new())?;
    }
    Ok(reached == Reached::Enough)
}

/// How far a body file was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    /// Up to a piece that was enough.
    Enough,
    /// To its end.
    End,
    /// Up to a place that can't be decoded: what follows was left out.
    Torn,
}

/// Hands a body file over, decoded, piece by piece, until one of them is enough. Without a header that
/// names a coding, it is handed over as it is.
pub(super) fn pieces(
    path: &Path,
    headers: &Headers,
    mut is_enough: impl FnMut(&[u8]) -> Result<bool, StoreError>,
) -> Result<Reached, StoreError> {
    let failed = |cause| file_error(path, "reading", cause);
    let mut opened = open_regular(path).map_err(failed)?;
    let coding = match ContentCoding::of(headers) {
        Ok(coding) => coding,
        // Several in a row are not undone piece by piece.
        Err(_) if is_coded(headers) => return Ok(Reached::Torn),
        // What is not known, such as `aws-chunked`, is no compression.
        Err(_) => None,
    };
    let mut unpacker: Option<Unpacker<Vec<u8>>> = None;
    let (mut piece, mut wire, mut decoded) = (Vec::with_capacity(PIECE), 0, 0);
    loop {
        piece.clear();
        (&mut opened).take(PIECE as u64).read_to_end(&mut piece).map_err(failed)?;
        if piece.is_empty() {
            return Ok(Reached::End);
        }
        let Some(coding) = coding else {
            if is_enough(&piece)? {
                return Ok(Reached::Enough);
            }
            continue;
        };
        let unpacker = unpacker.get_or_insert_with(|| Unpacker::new(coding, &piece, Vec::new()));
        // In steps: a piece may decode to a thousand times as much.
        for step in piece.chunks(STEP) {
            wire += step.len() as u64;
            let broken = unpacker.push(step).is_err();
            let plain = std::mem::take(unpacker.sink());
            decoded += plain.len() as u64;
            if !plain.is_empty() && is_enough(&plain)? {
                return Ok(Reached::Enough);
            }
            if broken || decoded > DECODED_LIMIT.max(wire * RATIO) {
                return Ok(Reached::Torn);
            }
        }
    }
}

/// Whether a coding that can be undone is among those that headers name.
fn is_coded(headers: &Headers) -> bool {
    let words = headers.all("content-encoding").flat_map(|value| value.split(|byte| *byte == b','));
    words
        .map(|word| String::from_utf8_lossy(word.trim_ascii()).to_ascii_lowercase())
        .any(|word| ContentCoding::parse(&word).is_some())
}
