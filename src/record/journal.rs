use crate::cassette::{Appended, Redactor, StoreError, Writer};
use crate::exchange::{Exchange, ExchangeNumber};
use crate::net::{Notice, Notices, Stop};
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Time of day, from one reading of the clock.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    time: Timestamp,
    instant: Instant,
}

impl Clock {
    /// A clock that showed `time` just now.
    pub fn set(time: Timestamp) -> Self {
        Self { time, instant: Instant::now() }
    }

    /// The time at an instant.
    pub fn at(&self, instant: Instant) -> Timestamp {
        let passed = SignedDuration::try_from(instant.saturating_duration_since(self.instant));
        self.time.saturating_add(passed.unwrap_or_default()).unwrap_or(self.time)
    }
}

/// Writes exchanges down: through the redactor, into the cassette.
#[derive(Debug)]
pub struct Journal {
    writer: Writer,
    redactor: Arc<Redactor>,
    clock: Clock,
    written: AtomicU64,
    failures: AtomicU64,
    broken: Mutex<Option<StoreError>>,
    stop: Stop,
    notices: Notices,
}

/// The exchange could not be written; [`Journal::into_parts`] has the reason.
#[derive(Debug)]
pub struct NotWritten;

impl Journal {
    /// A journal over a cassette; `stop` is requested when the cassette takes no more.
    pub fn new(writer: Writer, redactor: Arc<Redactor>, clock: Clock, stop: Stop) -> Self {
        Self {
            writer,
            redactor,
            clock,
            written: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            broken: Mutex::new(None),
            stop,
            notices: Notices::default(),
        }
    }

    /// Tells of secrets that became known late.
    #[must_use]
    pub fn telling(self, notices: Notices) -> Self {
        Self { notices, ..self }
    }

    /// The time of day at an instant.
    pub fn time(&self, instant: Instant) -> Timestamp {
        self.clock.at(instant)
    }

    /// Writes an exchange. When this returns well, the exchange survives this process.
    pub fn write(&self, exchange: Exchange) -> Result<ExchangeNumber, NotWritten> {
        let failed = exchange.error.is_some();
        let redacted = self.redactor.redact(exchange);
        match self.writer.append_checked(redacted, &self.redactor) {
            Ok(Appended { number, rewritten }) => {
                self.tell_rewritten(number, &rewritten);
                self.written.fetch_add(1, Ordering::Relaxed);
                self.failures.fetch_add(u64::from(failed), Ordering::Relaxed);
                Ok(number)
            }
            Err(error) => {
                let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
                // The first reason is the true one; later ones say that the file is closed.
                broken.get_or_insert(error);
                self.stop.request();
                Err(NotWritten)
            }
        }
    }

    /// Why nothing more is taken, where that is so.
    pub fn trouble(&self) -> Option<String> {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        broken.as_ref().map(ToString::to_string)
    }

    /// What was on disk for a while is worth a warning: a copy may have been made of it.
    fn tell_rewritten(&self, number: ExchangeNumber, rewritten: &[ExchangeNumber]) {
        if rewritten.is_empty() {
            return;
        }
        let numbers: Vec<String> = rewritten.iter().take(20).map(ToString::to_string).collect();
        let more = match rewritten.len().saturating_sub(numbers.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let what = if rewritten.len() == 1 { "exchange" } else { "exchanges" };
        let path = self.writer.path().display();
        self.notices.tell(&Notice::Engine(format!(
            "warning: {path}: exchange {number} showed a secret that {what} {}{more} held already: replaced there, too\nhint: until then it was on disk; `--secret-env` makes a value known from the start",
            numbers.join(", ")
        )));
    }

    /// Exchanges written.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Exchanges written that ended in a transport failure.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Different secrets that were replaced.
    pub fn secrets(&self) -> u32 {
        self.redactor.found()
    }

    /// Closes the cassette, or says why it could not be written. Answers with how many exchanges
    /// it holds.
    pub fn seal(&self) -> Result<u64, StoreError> {
        match self.broken.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => Err(error),
            None => self.writer.seal(),
        }
    }
}
