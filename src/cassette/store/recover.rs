//! Mending a cassette whose recorder died, or whose file was damaged: whole records stay, whatever
//! stands between them, and what is no whole record is kept beside the file unless it is nothing but
//! the beginning of one.

use super::{
    Mode, StoreError, Writer, beside, file_error, lock_new, open_locked, remove_partials, target,
    unfinished,
};
use crate::cassette::body::body_folder;
use crate::cassette::encode::footer_text;
use crate::cassette::model::CassetteHeader;
use crate::cassette::reader::{CassetteError, Reader};
use crate::cassette::records::RECORD_LIMIT;
use crate::cassette::salvage::{self, Pieces};
use serde::de::IgnoredAny;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Bytes that were cut off the end of a cassette, or out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Line (from 1) on which they began.
    pub line: u64,
    /// How many.
    pub bytes: u64,
    /// Where they are kept; they are not where they were the beginning of a record.
    pub kept: Option<PathBuf>,
}

/// What [`recover`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// Whole exchanges in the file.
    pub exchanges: u64,
    /// What was cut, if anything.
    pub cut: Option<Cut>,
    /// How many of them were open when the recorder was killed, and were taken in from beside.
    pub unfinished: u64,
}

/// Cuts what is no whole record out of a cassette, takes in what was open when its recorder was
/// killed, and closes it with a footer, in place.
pub fn recover(path: &Path) -> Result<Recovery, StoreError> {
    // Without making it: who mistypes a name gets no cassette of that name.
    std::fs::metadata(path).map_err(|cause| file_error(path, "opening", cause))?;
    let file = open_locked(path, path)?;
    remove_partials(&body_folder(path));
    let recovery = mend(file, path)?;
    if unfinished::files(path).is_empty() {
        return Ok(recovery);
    }
    let file = open_locked(path, path)?;
    let header = CassetteHeader::new("");
    let unfinished = unfinished::take_in(&file, path, path, &header)?;
    let exchanges = Writer::start(file, path, path, &header, Mode::NewEpisodes)?.seal()?;
    Ok(Recovery { exchanges, unfinished, ..recovery })
}

fn mend(mut file: File, path: &Path) -> Result<Recovery, StoreError> {
    let mut reader = Reader::open(path)?;
    let mut exchanges = 0;
    while let Some(exchange) = reader.next() {
        match exchange {
            Ok(_) => exchanges += 1,
            Err(error) => return mended(path, &reader, exchanges, error),
        }
    }
    let failed = |cause| file_error(path, "recovering", cause);
    let whole = reader.whole_bytes();
    let cut = reader.torn().map(|torn| cut(path, whole, torn.line)).transpose()?;
    if !reader.is_sealed() {
        file.set_len(whole).map_err(failed)?;
        let mut end = b"\n".to_vec();
        end.extend_from_slice(&footer_text(exchanges));
        file.write_all(&end).map_err(failed)?;
    }
    file.sync_all().map_err(failed)?;
    Ok(Recovery { exchanges, cut, unfinished: 0 })
}

/// Notes what is after the first `whole` bytes, before it is cut off: it is kept beside the cassette
/// unless it is a record that was being written.
pub(super) fn cut(path: &Path, whole: u64, line: u64) -> Result<Cut, StoreError> {
    let failed = |cause| file_error(path, "reading", cause);
    let mut tail = Vec::new();
    let mut file = File::open(path).map_err(failed)?;
    file.seek(SeekFrom::Start(whole)).map_err(failed)?;
    file.read_to_end(&mut tail).map_err(failed)?;
    let tail = tail.trim_ascii();
    let kept = if salvage::is_unfinished(tail) { None } else { Some(keep(path, tail)?) };
    Ok(Cut { line, bytes: tail.len() as u64, kept })
}

/// Adds bytes to what is kept beside a cassette.
fn keep(path: &Path, bytes: &[u8]) -> Result<PathBuf, StoreError> {
    let kept = beside(path, ".torn");
    let failed = |cause| file_error(&kept, "writing", cause);
    let mut file = OpenOptions::new().append(true).create(true).open(&kept).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.write_all(b"\n")).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    Ok(kept)
}

/// Writes a damaged cassette anew with its whole records. One that is JSON and still can't be read was
/// made by hand, and is for a hand to mend, unless it is the last thing there is.
fn mended(
    path: &Path,
    reader: &Reader<BufReader<File>>,
    before: u64,
    error: CassetteError,
) -> Result<Recovery, StoreError> {
    let failed = |cause| file_error(path, "recovering", cause);
    let CassetteError::Record { line, .. } = error else { return Err(error.into()) };
    let whole = reader.whole_bytes();
    let rest = || {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(whole))?;
        Ok(BufReader::new(file))
    };
    let by_hand = serde_json::from_slice::<IgnoredAny>(reader.record_text()).is_ok();
    let follows = salvage::without_record(rest().map_err(failed)?).map_err(failed)?.is_none();
    if by_hand && follows {
        return Err(error.into());
    }
    let place = target(path)?;
    let mut fresh = fresh(&place, whole).map_err(failed)?;
    lock_new(fresh.as_file(), path)?;
    let mut cut = Cut { line, bytes: 0, kept: None };
    let mut put_aside = |damaged: &[u8]| {
        let damaged = damaged.trim_ascii();
        if !damaged.is_empty() {
            cut.bytes += damaged.len() as u64;
            cut.kept = Some(keep(path, damaged)?);
        }
        Ok::<(), StoreError>(())
    };
    let mut exchanges = before;
    let mut pieces = Pieces::new(rest().map_err(failed)?);
    let mut piece = Vec::new();
    while pieces.next(&mut piece).map_err(failed)? {
        if piece.len() > RECORD_LIMIT {
            return Err(error.into());
        }
        let mut done = 0;
        for range in salvage::whole(&piece) {
            put_aside(&piece[done..range.start])?;
            done = range.end;
            if let Some((front, rest)) = around_number(&piece[range]) {
                exchanges += 1;
                let number = exchanges.to_string();
                let record = [front, number.as_bytes(), rest, b"\n"].concat();
                fresh.write_all(&record).map_err(failed)?;
            }
        }
        put_aside(&piece[done..])?;
    }
    fresh.write_all(&footer_text(exchanges)).map_err(failed)?;
    fresh.as_file().sync_all().map_err(failed)?;
    fresh.persist(&place).map_err(|error| failed(error.error))?;
    Ok(Recovery { exchanges, cut: Some(cut), unfinished: 0 })
}

/// A file beside the cassette, with its first bytes.
fn fresh(place: &Path, whole: u64) -> io::Result<NamedTempFile> {
    let folder = match place.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut fresh = NamedTempFile::new_in(folder)?;
    let mut old = File::open(place)?;
    fresh.as_file().set_permissions(old.metadata()?.permissions())?;
    io::copy(&mut io::Read::by_ref(&mut old).take(whole), &mut fresh)?;
    fresh.write_all(b"\n")?;
    Ok(fresh)
}

/// An exchange's record before and after its number; `None` for a footer.
fn around_number(record: &[u8]) -> Option<(&[u8], &[u8])> {
    const KEY: &[u8] = b"\"exchange\":";
    let key = record.windows(KEY.len()).position(|window| window == KEY)? + KEY.len();
    let from = key + record[key..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let to = from + record[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    Some((&record[..from], &record[to..]))
}
