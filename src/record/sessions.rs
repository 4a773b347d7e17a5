//! The sessions of a recorder: which one an exchange is written into, and when each begins and ends.
//!
//! Either one cassette takes everything, or each session has its own, opened at its first exchange or
//! on demand ([`Table`]).

use super::refusal::{Refusal, Unopened};
use super::session::{Ended, Session, Ticket};
use super::table::{Opener, Order, Table};
use crate::cassette::SessionName;
use crate::net::Stop;
use std::sync::Arc;
use std::time::Duration;

/// The sessions of a recorder.
pub struct Sessions(Kind);

enum Kind {
    One(Arc<Session>),
    Many(Arc<Table>),
}

/// How a session stands.
#[derive(Clone)]
pub enum Standing {
    /// It takes exchanges.
    Running(Arc<Session>),
    /// Its cassette could not be opened.
    Failed {
        /// The session.
        name: String,
        /// Why.
        cause: Unopened,
    },
    /// It is closed.
    Stopped(Arc<Ended>),
}

/// Requests that were refused because they had no session to go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Refused {
    /// All of them.
    pub all: u64,
    /// Those whose own fault it was: no name, a bad one, a cassette that must not be written.
    pub asked: u64,
}

impl Sessions {
    /// One session for everything, whatever requests name.
    pub const fn one(session: Arc<Session>) -> Self {
        Self(Kind::One(session))
    }

    /// A session for each name, opened by `opener`. What names none goes to `unnamed`, or is refused.
    /// `taken` are the names that have a cassette already.
    pub fn many(
        opener: Arc<Opener>,
        unnamed: Option<SessionName>,
        taken: impl IntoIterator<Item = SessionName>,
        stop: Stop,
    ) -> Self {
        Self(Kind::Many(Arc::new(Table::new(opener, unnamed, taken, stop))))
    }

    /// Begins an exchange of a session, which is opened where it is not yet.
    pub async fn enter(&self, session: Option<&str>) -> Result<Ticket, Refusal> {
        match &self.0 {
            Kind::One(one) => one.enter(),
            Kind::Many(table) => table.enter(session).await,
        }
    }

    /// Opens a session that is not open, as ordered.
    pub async fn start(&self, name: SessionName, order: Order) -> Result<Arc<Session>, Refusal> {
        match &self.0 {
            Kind::One(one) => Err(Refusal::Single { cassette: one.cassette().to_owned() }),
            Kind::Many(table) => table.start(name, order).await,
        }
    }

    /// Ends a session, letting what is under way end within `drain`; `None` when there is none of
    /// this name. One that has ended answers again what it came to.
    pub async fn stop(&self, name: &str, drain: Duration) -> Option<Standing> {
        match &self.0 {
            Kind::One(one) if one.name() == name => Some(Standing::Stopped(one.end(drain).await)),
            Kind::One(_) => None,
            Kind::Many(table) => table.stop(name, drain).await,
        }
    }

    /// Ends every session, and answers what they came to, by name.
    pub async fn stop_all(&self, drain: Duration) -> Vec<Standing> {
        match &self.0 {
            Kind::One(one) => vec![Standing::Stopped(one.end(drain).await)],
            Kind::Many(table) => table.stop_all(drain).await,
        }
    }

    /// Every session, by name.
    pub fn standing(&self) -> Vec<Standing> {
        match &self.0 {
            Kind::One(one) => vec![one.standing()],
            Kind::Many(table) => table.standing(),
        }
    }

    /// One session.
    pub fn find(&self, name: &str) -> Option<Standing> {
        match &self.0 {
            Kind::One(one) => (one.name() == name).then(|| one.standing()),
            Kind::Many(table) => table.find(name),
        }
    }

    /// Requests that had no session to go to.
    pub fn refused(&self) -> Refused {
        match &self.0 {
            Kind::One(_) => Refused::default(),
            Kind::Many(table) => table.refused(),
        }
    }
}
