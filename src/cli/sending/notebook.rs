//! Where fresh exchanges are written down, redacted, before anything of them is shown.

use crate::cassette::redact::{Policy, Redactor};
use crate::cassette::{CassetteHeader, Mode, Reader, Writer, load_bodies};
use crate::check::Judge;
use crate::cli::cassette::unwritable;
use crate::cli::{Failure, World, server};
use crate::exchange::{Exchange, ExchangeNumber};
use crate::net::Stop;
use crate::record::{Clock, Journal, session_of};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the names of cassettes begin with whose requests were sent, where the fresh exchanges are in none.
pub(in crate::cli) const LIVE: &str = "live:";

/// A cassette that is written while requests are sent: the one that was asked for, or one in a temporary folder,
/// from which reports take what they show.
pub(in crate::cli) struct Notebook {
    journal: Journal,
    redactor: Arc<Redactor>,
    path: PathBuf,
    /// As it was asked for; `None` for one that goes when the command ends.
    shown: Option<PathBuf>,
    /// Of each exchange, in order: what it is called in reports.
    names: Vec<(Arc<str>, ExchangeNumber)>,
    _folder: Option<tempfile::TempDir>,
}

/// A fresh exchange as it was written down.
pub(in crate::cli) struct Noted {
    /// Without secrets, under the number that reports have.
    pub(in crate::cli) exchange: Exchange,
    /// The cassette that reports name.
    pub(in crate::cli) name: Arc<str>,
}

impl Noted {
    /// Has it judged as the fresh answer to a recorded request.
    pub(in crate::cli) fn judge(&self, recorded: &Exchange, judge: &mut Judge<'_>) {
        match &recorded.response {
            Some(response) => judge.fresh(&self.name, &self.exchange, response.status),
            None => judge.exchange(&self.name, &self.exchange),
        }
    }
}

impl Notebook {
    /// Opens the cassette that was asked for, or one that goes when the command ends.
    pub(in crate::cli) fn open(
        record: Option<&Path>,
        policy: &Policy,
        redactor: Arc<Redactor>,
        clock: Clock,
        stop: &Stop,
        world: &World,
    ) -> Result<Self, Failure> {
        let temporary = |error| Failure::world(format!("temporary folder: {error}"));
        let folder = match record {
            Some(_) => None,
            None => Some(tempfile::tempdir().map_err(temporary)?),
        };
        let path = match (record, &folder) {
            (Some(shown), _) => world.directory.join(shown),
            (None, Some(folder)) => folder.path().join("fresh.cassette"),
            (None, None) => return Err(Failure::world("temporary folder: there is none")),
        };
        let mut header = CassetteHeader::new(session_of(&path));
        policy.note(&mut header.rules);
        let writer =
            Writer::open(&path, &header, Mode::Once).map_err(|error| unwritable(&error))?;
        let journal = Journal::new(writer, Arc::clone(&redactor), clock, stop.clone())
            .telling(server::notices(world));
        let shown = record.map(ToOwned::to_owned);
        Ok(Self { journal, redactor, path, shown, names: Vec::new(), _folder: folder })
    }

    /// Writes down what came of a request: the answers `before`, which asked to wait, and the last one.
    pub(in crate::cli) fn answered(
        &mut self,
        cassette: &Path,
        fresh: Exchange,
        before: Vec<Exchange>,
    ) -> Noted {
        for asked_to_wait in before {
            self.note(cassette, asked_to_wait);
        }
        self.note(cassette, fresh)
    }

    /// Writes an exchange down, an answer to the recorded one of its number in `cassette`.
    fn note(&mut self, cassette: &Path, fresh: Exchange) -> Noted {
        let redacted = self.redactor.redact(fresh);
        let mut exchange = redacted.exchange().clone();
        // What can't be written asks for the stop itself, and is told when the cassette is sealed.
        let number = self.journal.write_redacted(redacted).ok();
        let name: Arc<str> = match (&self.shown, number) {
            (Some(shown), Some(number)) => {
                exchange.number = number;
                shown.display().to_string().into()
            }
            _ => format!("{LIVE}{}", cassette.display()).into(),
        };
        if number.is_some() {
            self.names.push((Arc::clone(&name), exchange.number));
        }
        Noted { exchange, name }
    }

    /// A text for people without what is known to be secret by now.
    pub(in crate::cli) fn without_secrets(&self, text: &str) -> String {
        self.journal.without_secrets(text)
    }

    /// Seals the cassette. Answers with how many exchanges it holds.
    pub(in crate::cli) fn seal(&self) -> Result<u64, Failure> {
        self.journal.seal().map_err(|error| unwritable(&error))
    }

    /// The cassette that was asked for.
    pub(in crate::cli) fn recording(&self) -> Option<&Path> {
        self.shown.as_deref()
    }

    /// Hands out the exchanges that are wanted, as reports name them. What can't be read any more is left out.
    pub(in crate::cli) fn again(
        &self,
        wants: impl Fn(&Arc<str>, ExchangeNumber) -> bool,
        mut take: impl FnMut(&Arc<str>, &Exchange),
    ) {
        let Ok(mut reader) = Reader::open(&self.path) else { return };
        let name_of = |number: u64| {
            let place = usize::try_from(number).ok()?.checked_sub(1)?;
            self.names.get(place).filter(|(name, number)| wants(name, *number))
        };
        while let Some(Ok(mut exchange)) = reader.next_wanted(|number| name_of(number).is_some()) {
            let Some((name, number)) = name_of(exchange.number.0) else { continue };
            let _ = load_bodies(&self.path, &mut exchange, super::BODY_LIMIT);
            exchange.number = *number;
            take(name, &exchange);
        }
    }
}
