//! The files of a cassette: found, refused, locked, and brought into a state that can be appended to.

use super::recover::{self, Cut};
use super::{Mode, StoreError};
use crate::cassette::encode::header_text;
use crate::cassette::model::CassetteHeader;
use crate::cassette::reader::Reader;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, IoSlice, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Writes two slices, in one call to the system where it takes them whole.
pub(super) fn write_both(file: &mut File, front: &[u8], rest: &[u8]) -> io::Result<()> {
    let written = loop {
        match file.write_vectored(&[IoSlice::new(front), IoSlice::new(rest)]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            written => break written?,
        }
    };
    file.write_all(front.get(written..).unwrap_or_default())?;
    file.write_all(&rest[written.saturating_sub(front.len()).min(rest.len())..])
}

/// The file that a name leads to: where it is a link, that stays, and the file is replaced.
pub(super) fn target(path: &Path) -> Result<PathBuf, StoreError> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => {
            std::fs::canonicalize(path).map_err(|cause| file_error(path, "following", cause))
        }
        _ => Ok(path.to_owned()),
    }
}

/// Whether a cassette holds an exchange that is no failure, or can't be told to hold none.
pub(super) fn holds_answers(path: &Path) -> bool {
    let Ok(mut reader) = Reader::open(path) else { return true };
    reader.any(|exchange| exchange.is_ok_and(|exchange| exchange.error.is_none()))
}

/// How many exchanges a file holds; 0 when there is no file or an empty one.
pub(super) fn held(path: &Path) -> Result<u64, StoreError> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Ok(metadata) if metadata.is_file() && metadata.len() == 0 => return Ok(0),
        _ => {}
    }
    let mut count = 0;
    for exchange in Reader::open(path)? {
        exchange?;
        count += 1;
    }
    Ok(count)
}

/// Refuses what keeps nothing of what is written to it, before it is opened: to open a device may already
/// do something, and a pipe waits for somebody.
pub(super) fn regular(path: &Path) -> Result<(), StoreError> {
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(StoreError::Irregular { path: path.to_owned() }),
        _ => Ok(()),
    }
}

/// Opens a cassette, made where it is missing, and takes its lock; `path` is named if it is held.
pub(super) fn open_locked(file_path: &Path, path: &Path) -> Result<File, StoreError> {
    loop {
        regular(file_path)?;
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(file_path)
            .map_err(|cause| file_error(file_path, "opening", cause))?;
        lock(&file, path)?;
        if is_at(&file, file_path) {
            return Ok(file);
        }
        // Replaced while the lock was waited for: the file that was opened has no name any more.
    }
}

/// Whether an open file is still the one of this name.
#[cfg(unix)]
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        (_, Err(error)) => error.kind() != io::ErrorKind::NotFound,
        (Err(_), _) => true,
    }
}

/// Whether an open file is still the one of this name: elsewhere an open file can't be replaced.
#[cfg(not(unix))]
pub(super) fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// Takes the lock. A process that is just being started holds its parent's locks for a moment, and
/// one that was killed takes a moment to die: a held lock is tried again before it is believed.
pub(super) fn lock(file: &File, path: &Path) -> Result<(), StoreError> {
    for pause in [1, 2, 5, 10, 20, 50, 100] {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => {
                std::thread::sleep(std::time::Duration::from_millis(pause));
            }
            Err(TryLockError::Error(cause)) => return Err(file_error(path, "locking", cause)),
        }
    }
    Err(StoreError::Busy { path: path.to_owned() })
}

/// Locks a file that nobody else has the name of yet.
pub(super) fn lock_new(file: &File, path: &Path) -> Result<(), StoreError> {
    lock(file, path)
}

/// A file that can be appended to.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) length: u64,
    pub(super) exchanges: u64,
    pub(super) cut: Option<Cut>,
}

/// Brings an opened and locked file into a state that can be appended to.
pub(super) fn prepare(
    file: &mut File,
    path: &Path,
    header: &CassetteHeader,
    mode: Mode,
) -> Result<Prepared, StoreError> {
    let failed = |what| move |cause| file_error(path, what, cause);
    let empty = file.metadata().map_err(failed("reading"))?.len() == 0;
    let mut cut = None;
    if !empty {
        let mut reader = Reader::open(path)?;
        let mut count = 0;
        for exchange in reader.by_ref() {
            exchange?;
            count += 1;
        }
        if count > 0 && mode != Mode::NewEpisodes {
            return Err(StoreError::Holds { path: path.to_owned(), exchanges: count });
        }
        let (whole, torn_header) = (reader.whole_bytes(), reader.header().cassette == 0);
        cut = reader.torn().map(|torn| recover::cut(path, whole, torn.line)).transpose()?;
        if count > 0 || (mode == Mode::NewEpisodes && !torn_header) {
            file.set_len(whole).map_err(failed("cutting the torn end"))?;
            let end = file.seek(SeekFrom::End(0)).map_err(failed("reading"))?;
            file.write_all(b"\n").map_err(failed("writing"))?;
            return Ok(Prepared { length: end + 1, exchanges: count, cut });
        }
        file.set_len(0).map_err(failed("emptying"))?;
    }
    let text = header_text(header);
    file.write_all(&text).map_err(failed("writing"))?;
    Ok(Prepared { length: text.len() as u64, exchanges: 0, cut })
}

pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

pub(super) fn file_error(path: &Path, what: &'static str, cause: io::Error) -> StoreError {
    StoreError::File { path: path.to_owned(), what, cause }
}
