//! The file of a cassette under a recorder: appended to, locked against a second writer, written anew
//! only where a secret became known late. When [`Writer::append`] returns, the exchange survives the
//! death of the process.

mod late;
mod open;
mod recover;
mod redact;
mod rewrite;
mod unfinished;

use super::body::body_folder;
use super::encode::{RecordText, footer_text, header_text, record_text};
use super::model::CassetteHeader;
use super::reader::{CassetteError, Reader};
use super::redact::{Redacted, Redactor, RuleError};
use super::spool::{Partial, Spool, Spooled, remove_partials};
use crate::exchange::{ExchangeNumber, Headers};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, IoSlice, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use late::Appended;
pub use open::{OpenRecord, Side};
pub use recover::{Cut, Recovery, recover};
pub use redact::{Left, Redaction, audit, redact};
pub(super) use unfinished::files as open_files;

/// What to do with a cassette that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Refuse one that holds exchanges.
    #[default]
    Once,
    /// Add to it.
    NewEpisodes,
    /// Record anew beside it, and replace it when sealed.
    All,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Once, Self::NewEpisodes, Self::All];

    /// The word that people choose it by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::NewEpisodes => "new_episodes",
            Self::All => "all",
        }
    }
}

/// Why a cassette can't be written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Mode `once`, and there are exchanges.
    #[error("{path}: holds {exchanges} exchanges already")]
    Holds {
        /// The cassette.
        path: PathBuf,
        /// How many it holds.
        exchanges: u64,
    },
    /// Another recorder writes it.
    #[error("{path}: another recorder is writing this cassette")]
    Busy {
        /// The cassette.
        path: PathBuf,
    },
    /// An interrupted recording of mode `all` waits beside it.
    #[error("{path}: left by an interrupted recording, holds {exchanges} exchanges")]
    Interrupted {
        /// The unfinished file.
        path: PathBuf,
        /// How many it holds.
        exchanges: u64,
    },
    /// A recording of failures alone was not put in the place of a cassette that holds more.
    #[error(
        "{path}: not replaced: every one of the {exchanges} exchanges recorded anew is a transport \
         failure"
    )]
    Failures {
        /// The cassette, as it was.
        path: PathBuf,
        /// How many were recorded.
        exchanges: u64,
        /// Where they are.
        aside: PathBuf,
    },
    /// A folder, a pipe, a device: nothing that keeps what is written to it.
    #[error("{path}: no regular file")]
    Irregular {
        /// What was named.
        path: PathBuf,
    },
    /// What is there can't be read.
    #[error(transparent)]
    Unreadable(#[from] CassetteError),
    /// The system refused.
    #[error("{path}: {what}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// What was being done.
        what: &'static str,
        /// What the system said.
        cause: io::Error,
    },
    /// It ends within a record, and can't be written anew as it is.
    #[error("{path}: torn: it ends within an exchange")]
    Torn {
        /// The cassette.
        path: PathBuf,
    },
    /// The rules that it carries can't be used.
    #[error("{path}: {cause}")]
    Rules {
        /// The cassette.
        path: PathBuf,
        /// What is wrong with them.
        cause: RuleError,
    },
    /// An earlier write failed, or the cassette is sealed: nothing is taken any more.
    #[error("{path}: closed for writing")]
    Closed {
        /// The cassette.
        path: PathBuf,
    },
}

/// Appends exchanges to a cassette. Shared by all connections of a recorder.
#[derive(Debug)]
pub struct Writer {
    /// Where the cassette is when it is sealed.
    path: PathBuf,
    /// Where it is written: the same, or beside it in mode `all`.
    working: PathBuf,
    /// In mode `all`, the cassette that is to be replaced: locked as long as this lives.
    replaced: Option<File>,
    /// What was cut off its end when it was opened.
    cut: Option<Cut>,
    /// Exchanges that were open when an earlier recorder was killed, and are in the file now.
    unfinished: u64,
    opens: Mutex<open::Opens>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: File,
    /// Bytes of whole records.
    length: u64,
    exchanges: u64,
    open: bool,
    checked: late::Checked,
}

impl Writer {
    /// Creates or opens the cassette at `path`; its folder is made where it is missing.
    pub fn open(path: &Path, header: &CassetteHeader, mode: Mode) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|cause| file_error(folder, "making the folder", cause))?;
        }
        let standing = open_locked(path, path)?;
        remove_partials(&body_folder(path));
        let unfinished = unfinished::take_in(&standing, path, path, header)?;
        rewrite::remove_orphans(path);
        if mode != Mode::All || held(path)? == 0 {
            let writer = Self::start(standing, path, path, header, mode)?;
            return Ok(Self { unfinished, ..writer });
        }
        // The old cassette stays locked: what another recorder added to it would be replaced.
        let target = target(path)?;
        let working = beside(&target, ".recording");
        if working.exists() {
            let file = open_locked(&working, path)?;
            unfinished::take_in(&file, path, &working, header)?;
            let exchanges = held(&working)?;
            if exchanges > 0 {
                return Err(StoreError::Interrupted { path: working, exchanges });
            }
        }
        let file = open_locked(&working, path)?;
        let writer = Self::start(file, path, &working, header, mode)?;
        Ok(Self { replaced: Some(standing), ..writer })
    }

    fn start(
        mut file: File,
        path: &Path,
        working: &Path,
        header: &CassetteHeader,
        mode: Mode,
    ) -> Result<Self, StoreError> {
        let Prepared { length, exchanges, cut } = prepare(&mut file, working, header, mode)?;
        let state =
            State { file, length, exchanges, open: true, checked: late::Checked::default() };
        Ok(Self {
            path: path.to_owned(),
            working: working.to_owned(),
            replaced: None,
            cut,
            unfinished: 0,
            opens: Mutex::default(),
            state: Mutex::new(state),
        })
    }

    /// Where the cassette is, or will be when sealed.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The torn end that was cut off when it was opened, if any.
    pub fn cut(&self) -> Option<&Cut> {
        self.cut.as_ref()
    }

    /// How many exchanges were taken in that were open when an earlier recorder was killed.
    pub const fn unfinished(&self) -> u64 {
        self.unfinished
    }

    /// Exchanges in the file.
    pub fn exchanges(&self) -> u64 {
        self.state().exchanges
    }

    /// Adds an exchange at the end and gives it its number. It is in the file, out of this process,
    /// when this returns; on failure the file is as it was before and takes nothing more.
    pub fn append(&self, exchange: &Redacted) -> Result<ExchangeNumber, StoreError> {
        let record = record_text(exchange.exchange());
        self.keep_bodies(&record)?;
        let mut state = self.state();
        if !state.open {
            return Err(StoreError::Closed { path: self.working.clone() });
        }
        self.write_record(&mut state, &record)
    }

    fn write_record(
        &self,
        state: &mut State,
        record: &RecordText,
    ) -> Result<ExchangeNumber, StoreError> {
        let number = state.exchanges + 1;
        let (front, rest) = record.numbered(number);
        self.write(state, &front, rest)?;
        state.exchanges = number;
        Ok(ExchangeNumber(number))
    }

    /// Puts another header in the place of the one there is: the rules in force became more.
    pub fn set_header(&self, header: &CassetteHeader) -> Result<(), StoreError> {
        let mut state = self.state();
        if let Some(new) = rewrite::rewrite(&self.working, &self.path, Some(header), |_| Ok(false))?
        {
            state.file = new.file;
            state.length = new.length;
        }
        Ok(())
    }

    /// Gives bodies that lie in files of their own their names: before the exchange is appended that
    /// they belong to.
    fn keep(&self, bodies: Vec<Spooled>) -> Result<(), StoreError> {
        let folder = body_folder(&self.path);
        for body in bodies {
            let path = folder.join(&body.body.name);
            body.keep(&path).map_err(|cause| file_error(&path, "writing", cause))?;
        }
        Ok(())
    }

    /// Begins a body that is too large for memory, of a message with these headers, for a request
    /// with this target. It is redacted as it comes.
    pub fn spool(
        &self,
        redactor: &Arc<Redactor>,
        target: &str,
        headers: &Headers,
    ) -> Result<Spool, StoreError> {
        Spool::new(&body_folder(&self.path), redactor, target, headers)
            .map_err(|cause| self.unspooled(cause))
    }

    /// Why a body that is too large for memory could not be written.
    pub fn unspooled(&self, cause: io::Error) -> StoreError {
        file_error(&body_folder(&self.path), "writing a body", cause)
    }

    /// Writes the footer, makes the file durable, and puts it in its place; answers how many
    /// exchanges the cassette holds then. A recording of nothing replaces nothing. Later calls do
    /// nothing.
    pub fn seal(&self) -> Result<u64, StoreError> {
        let mut state = self.state();
        let exchanges = state.exchanges;
        if !state.open {
            return Ok(exchanges);
        }
        self.write(&mut state, &footer_text(exchanges), b"")?;
        state.open = false;
        self.close_open();
        let done = state.file.sync_all();
        done.map_err(|cause| file_error(&self.working, "making it durable", cause))?;
        if self.replaced.is_some() && exchanges == 0 {
            std::fs::remove_file(&self.working)
                .map_err(|cause| file_error(&self.working, "removing", cause))?;
            return held(&self.path);
        }
        if self.replaced.is_some() {
            // What can't be read has no files that are known to be its own.
            let old = rewrite::cassette_bodies(&self.path).unwrap_or_default();
            let new = rewrite::cassette_bodies(&self.working)?;
            std::fs::rename(&self.working, target(&self.path)?)
                .map_err(|cause| file_error(&self.path, "replacing", cause))?;
            for name in old.difference(&new) {
                late::remove_body(&self.path, name)?;
            }
        }
        Ok(exchanges)
    }

    /// Closes a recording that holds nothing but failures. Where it would replace a cassette that
    /// holds more, that one stays, and the recording is put beside it.
    pub fn seal_failures(&self) -> Result<u64, StoreError> {
        if self.replaced.is_none() || !holds_answers(&self.path) {
            return self.seal();
        }
        let mut state = self.state();
        let exchanges = state.exchanges;
        if !state.open {
            return Ok(exchanges);
        }
        self.write(&mut state, &footer_text(exchanges), b"")?;
        state.open = false;
        self.close_open();
        let aside = beside(&target(&self.path)?, ".failed");
        std::fs::rename(&self.working, &aside)
            .map_err(|cause| file_error(&aside, "putting it aside", cause))?;
        Err(StoreError::Failures { path: self.path.clone(), exchanges, aside })
    }

    /// Writes two parts as one.
    fn write(&self, state: &mut State, front: &[u8], rest: &[u8]) -> Result<(), StoreError> {
        match write_both(&mut state.file, front, rest) {
            Ok(()) => {
                state.length += (front.len() + rest.len()) as u64;
                Ok(())
            }
            Err(cause) => {
                // Half a record is worse than none: cut it off, and take nothing more.
                let _ = state.file.set_len(state.length);
                state.open = false;
                Err(file_error(&self.working, "writing", cause))
            }
        }
    }

    fn keep_bodies(&self, record: &RecordText) -> Result<(), StoreError> {
        record.files.iter().try_for_each(|(name, bytes)| keep_body(&self.path, name, bytes))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts a body file of the cassette at `cassette` in place under its digest, whole or not at all.
fn keep_body(cassette: &Path, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = body_folder(cassette);
    let path = folder.join(name);
    let failed = |cause| file_error(&path, "writing", cause);
    if path.exists() {
        return Ok(());
    }
    let mut file = Partial::create(&folder).map_err(failed)?;
    file.put(bytes).map_err(failed)?;
    file.persist(&path).map_err(failed)?;
    Ok(())
}

/// Writes two slices, in one call to the system where it takes them whole.
fn write_both(file: &mut File, front: &[u8], rest: &[u8]) -> io::Result<()> {
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
fn target(path: &Path) -> Result<PathBuf, StoreError> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => {
            std::fs::canonicalize(path).map_err(|cause| file_error(path, "following", cause))
        }
        _ => Ok(path.to_owned()),
    }
}

/// Whether a cassette holds an exchange that is no failure, or can't be told to hold none.
fn holds_answers(path: &Path) -> bool {
    let Ok(mut reader) = Reader::open(path) else { return true };
    reader.any(|exchange| exchange.is_ok_and(|exchange| exchange.error.is_none()))
}

/// How many exchanges a file holds; 0 when there is no file or an empty one.
fn held(path: &Path) -> Result<u64, StoreError> {
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
fn regular(path: &Path) -> Result<(), StoreError> {
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(StoreError::Irregular { path: path.to_owned() }),
        _ => Ok(()),
    }
}

/// Opens a cassette, made where it is missing, and takes its lock; `path` is named if it is held.
fn open_locked(file_path: &Path, path: &Path) -> Result<File, StoreError> {
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
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        (_, Err(error)) => error.kind() != io::ErrorKind::NotFound,
        (Err(_), _) => true,
    }
}

/// Whether an open file is still the one of this name: elsewhere an open file can't be replaced.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// Takes the lock. A process that is just being started holds its parent's locks for a moment, and
/// one that was killed takes a moment to die: a held lock is tried again before it is believed.
fn lock(file: &File, path: &Path) -> Result<(), StoreError> {
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
fn lock_new(file: &File, path: &Path) -> Result<(), StoreError> {
    lock(file, path)
}

/// A file that can be appended to.
#[derive(Debug)]
struct Prepared {
    length: u64,
    exchanges: u64,
    cut: Option<Cut>,
}

/// Brings an opened and locked file into a state that can be appended to.
fn prepare(
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

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn file_error(path: &Path, what: &'static str, cause: io::Error) -> StoreError {
    StoreError::File { path: path.to_owned(), what, cause }
}

#[cfg(test)]
mod tests;
