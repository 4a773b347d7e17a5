//! One session of a recorder: its journal, what is under way in it, and its end.

use super::journal::Journal;
use super::recorder::PreAnswer;
use super::refusal::{Refusal, Unopened};
use super::sessions::Standing;
use crate::cassette::StoreError;
use crate::net::Stop;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, OnceCell};

/// How long exchanges that were cut may take to write down what they have.
const LAST: Duration = Duration::from_secs(1);

/// What a session writes to and answers from.
#[derive(Clone)]
pub struct Opened {
    /// Where its exchanges go.
    pub journal: Arc<Journal>,
    /// Its cassette.
    pub cassette: PathBuf,
    /// What is done with a cassette that is there already.
    pub mode: &'static str,
    /// Answers what is recorded already.
    pub before: Option<PreAnswer>,
}

/// A session that exchanges are written into.
pub struct Session {
    name: String,
    opened: Opened,
    stop: Stop,
    closing: AtomicBool,
    ended: OnceCell<Arc<Ended>>,
    under_way: AtomicU64,
    quiet: Notify,
    answered: AtomicU64,
}

/// The right of one exchange to be written into its session, which does not end before.
pub struct Ticket(Arc<Session>);

/// What a session came to.
#[derive(Debug)]
pub struct Ended {
    /// Its name.
    pub name: String,
    /// Its cassette.
    pub cassette: PathBuf,
    /// What is done with a cassette that is there already.
    pub mode: &'static str,
    /// Exchanges written.
    pub written: u64,
    /// Those of them that ended in a transport failure.
    pub failures: u64,
    /// Requests that the cassette answered.
    pub answered: u64,
    /// Different secrets that were replaced.
    pub secrets: u32,
    /// Exchanges in the cassette, or why it could not be closed.
    pub sealed: Result<u64, StoreError>,
}

impl Session {
    /// A session; `stop` is its own.
    pub fn new(name: impl Into<String>, opened: Opened, stop: Stop) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            opened,
            stop,
            closing: AtomicBool::new(false),
            ended: OnceCell::new(),
            under_way: AtomicU64::new(0),
            quiet: Notify::new(),
            answered: AtomicU64::new(0),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Asked for when its cassette takes no more, and when it is to end.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Its cassette.
    pub fn cassette(&self) -> &Path {
        &self.opened.cassette
    }

    /// How it stands.
    pub fn standing(self: &Arc<Self>) -> Standing {
        match self.ended.get() {
            Some(ended) => Standing::Stopped(Arc::clone(ended)),
            None => Standing::Running(Arc::clone(self)),
        }
    }

    /// Begins an exchange.
    pub fn enter(self: &Arc<Self>) -> Result<Ticket, Refusal> {
        // Counted first: whoever ends the session sees the exchange, or the exchange sees the end.
        self.under_way.fetch_add(1, Ordering::SeqCst);
        let ticket = Ticket(Arc::clone(self));
        if self.closing.load(Ordering::SeqCst) {
            return Err(Refusal::Stopped { name: self.name.clone() });
        }
        if self.stop.is_requested()
            && let Some(message) = self.opened.journal.trouble()
        {
            let cause = Unopened { message, hint: None, asked: false };
            return Err(Refusal::Unopened { name: self.name.clone(), cause });
        }
        Ok(ticket)
    }

    /// Whether it takes no more exchanges.
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// Why nothing more is recorded, where that is so.
    pub fn trouble(&self) -> Option<String> {
        self.opened.journal.trouble()
    }

    /// What it came to so far.
    pub fn so_far(&self) -> Ended {
        let journal = &self.opened.journal;
        Ended {
            name: self.name.clone(),
            cassette: self.opened.cassette.clone(),
            mode: self.opened.mode,
            written: journal.written(),
            failures: journal.failures(),
            answered: self.answered.load(Ordering::Relaxed),
            secrets: journal.secrets(),
            sealed: Ok(0),
        }
    }

    /// Takes no more exchanges, lets those under way end within `drain`, cuts the others, and closes
    /// the cassette.
    pub async fn end(self: &Arc<Self>, drain: Duration) -> Arc<Ended> {
        let ended = self.ended.get_or_init(|| async { Arc::new(self.close(drain).await) });
        Arc::clone(ended.await)
    }

    async fn close(self: &Arc<Self>, drain: Duration) -> Ended {
        self.closing.store(true, Ordering::SeqCst);
        if tokio::time::timeout(drain, self.is_quiet()).await.is_err() {
            self.stop.cut();
            let _ = tokio::time::timeout(LAST, self.is_quiet()).await;
        }
        let session = Arc::clone(self);
        let sealing = tokio::task::spawn_blocking(move || {
            let sealed = session.opened.journal.seal();
            Ended { sealed, ..session.so_far() }
        });
        // It fails only when the runtime goes down: what is written is written then.
        sealing.await.unwrap_or_else(|_| self.so_far())
    }

    async fn is_quiet(&self) {
        loop {
            let mut quiet = std::pin::pin!(self.quiet.notified());
            quiet.as_mut().enable();
            if self.under_way.load(Ordering::SeqCst) == 0 {
                return;
            }
            quiet.await;
        }
    }
}

impl Ticket {
    /// Where the exchange is written.
    pub fn journal(&self) -> &Arc<Journal> {
        &self.0.opened.journal
    }

    /// What answers it before it is forwarded.
    pub fn before(&self) -> Option<&PreAnswer> {
        self.0.opened.before.as_ref()
    }

    /// It was answered from the cassette.
    pub fn count_answered(&self) {
        self.0.answered.fetch_add(1, Ordering::Relaxed);
    }

    /// Cut when the session's time is up.
    pub fn stop(&self) -> &Stop {
        &self.0.stop
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.0.under_way.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.quiet.notify_waiters();
        }
    }
}
