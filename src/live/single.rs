use super::run::{RunError, Skip, Terms};
use super::sender::{Came, Ready, Sender};
use crate::auth::{Credentials, Place};
use crate::exchange::{Exchange, ExchangeNumber, Request};
use crate::net::{Client, Notices, Stop};
use std::sync::Arc;

/// Whose credentials a request shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shows {
    /// None but those that it has itself.
    Nothing,
    /// The caller's.
    Own,
    /// Those of a second identity.
    Other,
    /// Credentials of the caller's scheme that nobody gave out.
    Wrong,
    /// The caller's, signed a day ago.
    Expired,
}

/// Sends requests of the caller's making, each by itself, to whole URLs: at the rate and with the patience of a
/// [`Run`](super::Run).
#[derive(Clone)]
pub struct Single {
    sender: Arc<Sender>,
}

/// What came of a request.
#[derive(Debug)]
pub enum Asked {
    /// The answers in order: all but the last asked to wait, or for fresher credentials.
    Answers(Vec<Exchange>),
    /// It was not sent.
    Skipped(Skip),
}

impl Single {
    /// Sends over these connections; `other` are the credentials of a second identity.
    pub fn new(
        terms: Terms,
        other: Option<Credentials>,
        client: Client,
        notices: Notices,
        stop: Stop,
    ) -> Self {
        let wrong = terms.credentials.as_ref().map(|credentials| credentials.wrong(&terms.seed));
        let sender = Sender::new(terms, client, notices, stop).showing(other, wrong);
        Self { sender: Arc::new(sender) }
    }

    /// Sends a request. A wait that is asked for with the code `wanted` is what was wanted, and not granted.
    pub async fn ask(
        &self,
        request: Request,
        shows: Shows,
        wanted: Option<u16>,
    ) -> Result<Asked, RunError> {
        let place = Place::Usual;
        let ready = Ready { number: ExchangeNumber(0), request, place, status: wanted, shows };
        Ok(match self.sender.send(&ready).await? {
            Came::Answers(answers) => Asked::Answers(answers),
            Came::Skipped(skip) => Asked::Skipped(skip),
        })
    }
}
