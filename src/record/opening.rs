//! Opening the cassette of a session for a recorder, with the rules and answers that it has already.

use super::episodes::{self, Episodes};
use super::journal::{Clock, Journal};
use super::session::Opened;
use crate::cassette::redact::{Policy, RuleError};
use crate::cassette::{
    BodyError, CassetteError, CassetteHeader, Cut, Mode, Reader, SessionName, StoreError, Writer,
};
use crate::matching::{Rules, RulesError};
use crate::net::{Notices, Stop};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What all cassettes of a recorder have in common.
#[derive(Debug, Clone)]
pub struct Terms {
    /// What is kept out of them.
    pub policy: Policy,
    /// Matching rules of the project and the command line, above those that a cassette carries.
    pub rules: Rules,
    /// The time of day.
    pub clock: Clock,
    /// Where news goes.
    pub notices: Notices,
}

/// A cassette that can be recorded into.
pub struct Unsealed {
    /// It, for a session.
    pub opened: Opened,
    /// What was cut off its torn end.
    pub cut: Option<Cut>,
    /// How many exchanges were taken in that were open when an earlier recorder was killed.
    pub unfinished: u64,
    /// When the exchanges that answer were recorded, with their numbers.
    pub dated: Vec<(Timestamp, u64)>,
}

/// Why a cassette can't be recorded into.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// What it holds can't be read.
    #[error(transparent)]
    Cassette(#[from] CassetteError),
    /// It can't be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The redaction rules that it carries can't be used.
    #[error("{}: {cause}", path.display())]
    Rules {
        /// The cassette.
        path: PathBuf,
        /// What is wrong with them.
        cause: RuleError,
    },
    /// The matching rules that it carries can't be used.
    #[error("{}: rules.match: {cause}", path.display())]
    Matching {
        /// The cassette.
        path: PathBuf,
        /// What is wrong with them.
        cause: RulesError,
    },
    /// A body that it holds can't be read.
    #[error(transparent)]
    Body(#[from] BodyError),
}

impl Terms {
    /// Opens a cassette; `stop` is asked for when it takes no more.
    pub fn open(&self, path: &Path, mode: Mode, stop: Stop) -> Result<Unsealed, OpenError> {
        let mut header = CassetteHeader::new(session_of(path));
        let standing = match mode {
            Mode::NewEpisodes => Standing::read(path)?,
            Mode::Once | Mode::All => Standing::default(),
        };
        let policy = self
            .policy
            .with(&standing.header.rules)
            .map_err(|cause| OpenError::Rules { path: path.to_owned(), cause })?;
        let unmatched = |cause| OpenError::Matching { path: path.to_owned(), cause };
        let (carried, _) = Rules::carried(&standing.header.rules.matching).map_err(unmatched)?;
        let rules = carried.and(&self.rules).map_err(unmatched)?;
        policy.note(&mut header.rules);
        rules.note(&mut header.rules.matching);
        let writer = Writer::open(path, &header, mode)?;
        let (cut, unfinished) = (writer.cut().cloned(), writer.unfinished());
        if standing.highest.is_some() {
            // Its own rules stay in force, and those of the project are added.
            let mut fresh = standing.header.clone();
            policy.note(&mut fresh.rules);
            rules.note(&mut fresh.rules.matching);
            if fresh != standing.header {
                writer.set_header(&fresh)?;
            }
        }
        let highest = match unfinished {
            0 => standing.highest,
            // They have secrets of their own.
            _ => Standing::read(path)?.highest,
        };
        let highest = highest.unwrap_or_default();
        let redactor = Arc::new(policy.redactor().numbered_after(highest));
        let before = match mode {
            Mode::NewEpisodes => episodes::recorded(path, &redactor, &rules)?,
            Mode::Once | Mode::All => None,
        };
        let (before, dated) = match before {
            Some(Episodes { answer, dated }) => (Some(answer), dated),
            None => (None, Vec::new()),
        };
        let journal = Journal::new(writer, redactor, self.clock, stop);
        let journal = Arc::new(journal.telling(self.notices.clone()));
        let opened = Opened { journal, cassette: path.to_owned(), mode: mode.as_str(), before };
        Ok(Unsealed { opened, cut, unfinished, dated })
    }
}

/// What a cassette that is added to holds already.
#[derive(Default)]
struct Standing {
    header: CassetteHeader,
    /// The highest number of a secret; `None` where there is no cassette yet.
    highest: Option<u32>,
}

impl Standing {
    fn read(path: &Path) -> Result<Self, CassetteError> {
        if std::fs::metadata(path).map_or(0, |file| file.len()) == 0 {
            return Ok(Self::default());
        }
        let mut reader = Reader::open(path)?;
        let mut highest = 0;
        for exchange in reader.by_ref() {
            let exchange = exchange?;
            let numbers = exchange.redacted.iter().map(|note| note.secret);
            highest = numbers.fold(highest, u32::max);
        }
        let header = reader.header().clone();
        // A torn header is written anew.
        let highest = (header.cassette > 0).then_some(highest);
        Ok(Self { header, highest })
    }
}

/// The session of a single cassette: it is named as its file is.
pub fn session_of(path: &Path) -> String {
    SessionName::of_file(path).map_or_else(
        |_| path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        |name| name.as_str().to_owned(),
    )
}
