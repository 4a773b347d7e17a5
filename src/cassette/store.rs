//! The file of a cassette under a recorder: appended to, locked against a second writer, written anew
//! only where a secret became known late. When [`Writer::append`] returns, the exchange survives the
//! death of the process.

mod files;
mod late;
mod open;
mod reading;
mod recover;
mod redact;
mod rewrite;
mod unfinished;

use super::body::body_folder;
use super::encode::{RecordText, footer_text, record_text};
use super::model::CassetteHeader;
use super::reader::CassetteError;
use super::redact::{Redacted, Redactor, RuleError};
use super::spool::{Partial, Spool, Spooled, remove_partials};
use crate::exchange::{ExchangeNumber, Headers};
use files::{
    Prepared, beside, file_error, held, holds_answers, lock, lock_new, open_locked, prepare,
    regular, target, write_both,
};
use std::fs::File;
use std::io;
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

#[cfg(test)]
mod tests;
