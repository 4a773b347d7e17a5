use super::answers::Answers;
use super::bucket::Rate;
use super::carry::{Carried, depends};
use super::sender::{Came, Ready, Sender};
use super::single::Shows;
use crate::auth::{Credentials, CredentialsError, Place, TokenError};
use crate::cassette::redact::placeholder_numbers;
use crate::cassette::{Methods, Unsendable, is_safe, resend};
use crate::exchange::{Exchange, Response};
use crate::net::{Client, ConnectError, Limits, Notices, Stop};
use crate::record::Clock;
use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinHandle};

/// How many requests may be under way or done before the first of them has ended, for each that may be under way.
const AHEAD: usize = 4;

/// Where requests go, and how.
pub struct Terms {
    /// The base that recorded paths are appended to: a URL with neither query nor closing slash.
    pub base: String,
    /// What requests show.
    pub credentials: Option<Credentials>,
    /// What may be sent.
    pub methods: Methods,
    /// Whether DELETE may go to what no request of the run made.
    pub delete_standing: bool,
    /// How many requests a second; `None` as many as can be.
    pub rate: Option<Rate>,
    /// How many requests at a time.
    pub concurrency: NonZero<usize>,
    /// Longest wait for the next bytes.
    pub timeout: Duration,
    /// What is taken of an answer.
    pub limits: Limits,
    /// The time of day.
    pub clock: Clock,
    /// What nonces are made of: another in every run.
    pub seed: String,
}

/// Sends the requests of recordings.
pub struct Run {
    sender: Arc<Sender>,
    places: Arc<Semaphore>,
}

/// What came of a recorded exchange.
#[derive(Debug)]
pub enum Sent {
    /// It was sent. `fresh` is the last answer, with its secrets; `before` are those that asked to wait.
    Answered {
        /// As it was recorded.
        recorded: Box<Exchange>,
        /// What came now, under the recorded number.
        fresh: Box<Exchange>,
        /// What came before it, in order.
        before: Vec<Exchange>,
    },
    /// It was not sent.
    Skipped {
        /// As it was recorded.
        recorded: Box<Exchange>,
        /// Why.
        why: Skip,
    },
}

/// Why a request was not sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Skip {
    /// It can't be sent as it was recorded.
    #[error(transparent)]
    Unsendable(#[from] Unsendable),
    /// It can't be given credentials.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// It uses a value that an answer gave when it was recorded, and no fresh one did.
    #[error("it uses what no fresh answer gave")]
    Lacking,
    /// It deletes what was there before, for all that is known.
    #[error("DELETE of what no request of this run made")]
    Standing,
    /// The run was stopped before.
    #[error("the run was stopped")]
    Stopped,
}

/// Why a run can't go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No connection was made.
    #[error("{0}")]
    Unreachable(ConnectError),
    /// The token endpoint gave no token.
    #[error("{0}")]
    Token(TokenError),
    /// The token endpoint did not answer.
    #[error("the token endpoint did not answer")]
    TokenLost,
    /// A request's task ended before its time.
    #[error("a request was lost: {0}")]
    Task(JoinError),
}

/// A request under way.
struct Under {
    recorded: Box<Exchange>,
    /// What the recorded answer says: who uses it waits.
    answers: Answers,
    task: JoinHandle<Result<Came, RunError>>,
}

/// What is known of one recording while it is gone through.
struct Session<'s> {
    carried: Carried,
    under: VecDeque<Under>,
    failed: Option<RunError>,
    sink: &'s mut dyn FnMut(Sent),
}

impl Run {
    /// A run over these connections. News goes to `notices`; nothing more is sent once `stop` is asked for.
    pub fn new(terms: Terms, client: Client, notices: Notices, stop: Stop) -> Self {
        let places = Arc::new(Semaphore::new(terms.concurrency.get()));
        Self { sender: Arc::new(Sender::new(terms, client, notices, stop)), places }
    }

    /// Sends the requests of one recording. What comes of each is handed to `sink` in recorded order, but for
    /// what is not sent, which may come earlier. Where the service can't be reached, what was under way is handed
    /// out before the error.
    pub async fn send<E>(
        &self,
        recorded: impl Iterator<Item = Result<Exchange, E>>,
        sink: &mut dyn FnMut(Sent),
    ) -> Result<Result<(), E>, RunError> {
        let mut session =
            Session { carried: Carried::default(), under: VecDeque::new(), failed: None, sink };
        let mut unreadable = None;
        for exchange in recorded {
            match exchange {
                Ok(exchange) => self.one(Box::new(exchange), &mut session).await,
                Err(error) => {
                    unreadable = Some(error);
                    break;
                }
            }
            if session.failed.is_some() {
                break;
            }
        }
        while session.finish_first().await {}
        match session.failed {
            Some(error) => Err(error),
            None => Ok(unreadable.map_or(Ok(()), Err)),
        }
    }

    async fn one(&self, recorded: Box<Exchange>, session: &mut Session<'_>) {
        // What changes something is sent after all that came before it, and before all that comes after.
        let is_unsafe = |exchange: &Exchange| !is_safe(&exchange.request.method);
        let most = self.sender.terms.concurrency.get() * AHEAD;
        while session.under.len() >= most
            || session.under.iter().any(|under| {
                is_unsafe(&recorded)
                    || is_unsafe(&under.recorded)
                    || depends(&recorded.request, &under.answers)
            })
        {
            session.finish_first().await;
        }
        if session.failed.is_some() {
            return;
        }
        match self.ready(&recorded, session).await {
            Ok(ready) => {
                let answers = recorded.response.as_ref().map(Answers::of).unwrap_or_default();
                let (sender, places) = (Arc::clone(&self.sender), Arc::clone(&self.places));
                let task = tokio::spawn(async move {
                    // The semaphore is never closed.
                    let _place = places.acquire().await;
                    sender.send(&ready).await
                });
                session.under.push_back(Under { recorded, answers, task });
            }
            Err(Ok(why)) => (session.sink)(Sent::Skipped { recorded, why }),
            Err(Err(error)) => session.failed = Some(error),
        }
    }

    /// The request as it can be sent now, but for credentials.
    async fn ready(
        &self,
        recorded: &Exchange,
        session: &mut Session<'_>,
    ) -> Result<Ready, Result<Skip, RunError>> {
        let Sender { terms, stop, .. } = &*self.sender;
        if stop.is_requested() {
            return Err(Ok(Skip::Stopped));
        }
        if terms.methods == Methods::Safe && !is_safe(&recorded.request.method) {
            return Err(Ok(Unsendable::Unsafe(recorded.request.method.clone()).into()));
        }
        if let Some(credentials) = &terms.credentials {
            let token = self.sender.standing_token().await.map_err(Err)?;
            if let Some((name, value)) = credentials.shown(token.as_ref()) {
                session.carried.show(&recorded.request, name, value);
            }
        }
        if session.carried.lacking(&recorded.request).is_some() {
            return Err(Ok(Skip::Lacking));
        }
        let deletes = recorded.request.method.eq_ignore_ascii_case("DELETE");
        if deletes && !terms.delete_standing && !session.carried.made(&recorded.request) {
            return Err(Ok(Skip::Standing));
        }
        let mut fresh = session.carried.applied(recorded);
        let (mut place, mut replaced) = (Place::Usual, Vec::new());
        if let Some(credentials) = &terms.credentials {
            replaced = credentials.headers();
            // Headers stay until then: notes of redaction name them by their order.
            let headers = fresh.request.headers.clone();
            let before = (fresh.request.target.clone(), fresh.request.body.clone());
            place = credentials.strip(&mut fresh.request);
            fresh.request.headers = headers;
            forget_stripped(&mut fresh, &before);
        }
        let request = resend(&fresh, &terms.base, &replaced, terms.methods)
            .map_err(|why| Ok(Skip::Unsendable(why)))?;
        let status = recorded.response.as_ref().map(|response| response.status);
        Ok(Ready { number: recorded.number, request, place, status, shows: Shows::Own })
    }
}

/// Takes the notes away of what went with the recorded signature.
fn forget_stripped(fresh: &mut Exchange, (target, body): &(String, crate::exchange::Body)) {
    let request = &fresh.request;
    let left = |text: &[u8], number: u32| placeholder_numbers(text).contains(&number);
    let (new_target, new_body) = (&request.target, request.body.bytes().unwrap_or_default());
    let changed = (new_target != target, request.body != *body);
    fresh.redacted.retain(|note| match note.at.as_str() {
        "/request/target" if changed.0 => left(new_target.as_bytes(), note.secret),
        at if at.starts_with("/request/body") && changed.1 => left(new_body, note.secret),
        _ => true,
    });
}

impl Session<'_> {
    /// Waits for the first request under way, and learns from it. Answers whether there was one.
    async fn finish_first(&mut self) -> bool {
        let Some(Under { recorded, task, .. }) = self.under.pop_front() else { return false };
        match task.await {
            Ok(Ok(Came::Answers(mut answers))) => {
                let Some(fresh) = answers.pop() else { return true };
                // A part of an answer says nothing for sure.
                let whole = fresh.response.as_ref().filter(|_| fresh.error.is_none());
                self.learn(&recorded, whole);
                (self.sink)(Sent::Answered { recorded, fresh: Box::new(fresh), before: answers });
            }
            Ok(Ok(Came::Skipped(why))) => {
                self.learn(&recorded, None);
                (self.sink)(Sent::Skipped { recorded, why });
            }
            Ok(Err(error)) => drop(self.failed.get_or_insert(error)),
            Err(error) => drop(self.failed.get_or_insert(RunError::Task(error))),
        }
        true
    }

    fn learn(&mut self, recorded: &Exchange, fresh: Option<&Response>) {
        self.carried.learn(recorded, fresh);
    }
}
