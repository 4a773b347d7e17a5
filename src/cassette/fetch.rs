//! Fetching what an index left in the file: the records whose places it noted.

use super::decode::{Record, RecordError};
use super::reader::CassetteError;
use crate::exchange::{Exchange, ExchangeNumber};
use jiff::Timestamp;
use memchr::memchr_iter;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Most files that are kept open; others are opened again.
const KEPT_OPEN: usize = 128;

/// How many are.
static OPEN: AtomicUsize = AtomicUsize::new(0);

/// Where a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub(super) offset: u64,
    pub(super) length: u32,
}

impl Stretch {
    /// Bytes of the record.
    pub const fn bytes(self) -> usize {
        self.length as usize
    }
}

/// The file that responses are read from when they are asked for.
#[derive(Debug)]
pub struct Records {
    path: PathBuf,
    file: Option<File>,
    /// Length and time of change, by which it is known again.
    seen: Option<(u64, std::time::SystemTime)>,
}

impl Records {
    pub(super) fn new(path: &Path, file: File, about: &Metadata) -> Self {
        let kept = OPEN.fetch_add(1, Ordering::Relaxed) < KEPT_OPEN;
        if !kept {
            OPEN.fetch_sub(1, Ordering::Relaxed);
        }
        let seen = about.modified().ok().map(|modified| (about.len(), modified));
        Self { path: path.to_owned(), file: kept.then_some(file), seen }
    }

    /// The cassette.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the exchange of which an index has this number, time and place, for those who serve it:
    /// nobody looks at its digest, and its source counts as [`Edited`](crate::exchange::Source::Edited).
    pub fn exchange(
        &self,
        stretch: Stretch,
        number: ExchangeNumber,
        at: Timestamp,
    ) -> Result<Exchange, CassetteError> {
        let failed = |cause| CassetteError::File { path: self.path.clone(), cause };
        let again;
        let file = if let Some(file) = &self.file {
            file
        } else {
            again = self.opened().map_err(failed)?;
            &again
        };
        let mut text = vec![0; stretch.length as usize];
        read_at(file, &mut text, stretch.offset).map_err(failed)?;
        let wrong = |cause| CassetteError::Record {
            path: self.path.clone(),
            line: line_of(file, stretch.offset).unwrap_or(0),
            record: number.0 + 1,
            cause,
        };
        let read: Result<Record<'_>, _> = serde_json::from_slice(&text);
        let record = read.map_err(|error| wrong(RecordError::Shape(error.to_string())))?;
        let (mut exchange, _) = record.unvouched().map_err(wrong)?;
        if exchange.at != at {
            return Err(failed(changed()));
        }
        exchange.number = number;
        Ok(exchange)
    }

    fn opened(&self) -> io::Result<File> {
        let file = File::open(&self.path)?;
        let about = file.metadata()?;
        let seen = about.modified().ok().map(|modified| (about.len(), modified));
        if seen == self.seen { Ok(file) } else { Err(changed()) }
    }
}

impl Drop for Records {
    fn drop(&mut self) {
        if self.file.is_some() {
            OPEN.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn changed() -> io::Error {
    io::Error::other("changed since the replay began")
}

/// Line (from 1) on which an offset stands.
fn line_of(file: &File, offset: u64) -> io::Result<u64> {
    let (mut line, mut at) = (1, 0);
    let mut piece = vec![0; 256 * 1024];
    while at < offset {
        let length = usize::try_from(offset - at).unwrap_or(usize::MAX).min(piece.len());
        read_at(file, &mut piece[..length], at)?;
        line += memchr_iter(b'\n', &piece[..length]).count() as u64;
        at += length as u64;
    }
    Ok(line)
}

/// Fills `buffer` from the bytes at an offset, whoever else reads the file.
#[cfg(unix)]
pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

/// Fills `buffer` from the bytes at an offset, whoever else reads the file.
#[cfg(not(unix))]
pub(super) fn read_at(mut file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    use std::io::{Read as _, Seek as _};
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one = ONE.lock();
    file.seek(io::SeekFrom::Start(offset))?;
    file.read_exact(buffer)
}
