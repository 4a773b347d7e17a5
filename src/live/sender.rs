use super::bucket::Bucket;
use super::patience::{LONGEST_WAIT, MOST_TRIES, asked_to_wait};
use super::run::{RunError, Skip, Terms};
use super::single::Shows;
use crate::auth::{Credentials, Grant, Place, Stamp, Token, TokenError};
use crate::exchange::{Digest, Exchange, ExchangeNumber, Request, Source, Timing};
use crate::net::{Answered, Client, Notice, Notices, Stop, remove_proxy_fields};
use jiff::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long before it is sent an expired request was signed.
const DAY: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// Sends single requests, and waits as the rate and the server want it.
pub(super) struct Sender {
    pub(super) terms: Terms,
    client: Client,
    notices: Notices,
    pub(super) stop: Stop,
    bucket: Mutex<Bucket>,
    /// The credentials of a second identity, and some that nobody gave out.
    other: Option<Credentials>,
    wrong: Option<Credentials>,
    token: tokio::sync::Mutex<Option<(Token, Instant)>>,
    other_token: tokio::sync::Mutex<Option<(Token, Instant)>>,
    nonces: AtomicU64,
}

/// A request on its way.
pub(super) struct Ready {
    pub(super) number: ExchangeNumber,
    /// Without credentials.
    pub(super) request: Request,
    pub(super) place: Place,
    /// The recorded code.
    pub(super) status: Option<u16>,
    pub(super) shows: Shows,
}

/// What came of it.
pub(super) enum Came {
    /// The answers in order: all but the last asked to wait, or for fresher credentials.
    Answers(Vec<Exchange>),
    Skipped(Skip),
}

impl Sender {
    pub(super) fn new(terms: Terms, client: Client, notices: Notices, stop: Stop) -> Self {
        let bucket = Mutex::new(Bucket::new(terms.rate));
        Self {
            terms,
            client,
            notices,
            stop,
            bucket,
            other: None,
            wrong: None,
            token: tokio::sync::Mutex::default(),
            other_token: tokio::sync::Mutex::default(),
            nonces: AtomicU64::default(),
        }
    }

    /// The same with further credentials.
    pub(super) fn showing(self, other: Option<Credentials>, wrong: Option<Credentials>) -> Self {
        Self { other, wrong, ..self }
    }

    /// The credentials that a request is given.
    fn credentials(&self, shows: Shows) -> Option<&Credentials> {
        match shows {
            Shows::Nothing => None,
            Shows::Own | Shows::Expired => self.terms.credentials.as_ref(),
            Shows::Other => self.other.as_ref(),
            Shows::Wrong => self.wrong.as_ref(),
        }
    }

    pub(super) async fn send(&self, ready: &Ready) -> Result<Came, RunError> {
        let mut answers = Vec::new();
        let mut renewed = false;
        loop {
            if !self.turn().await {
                return Ok(Came::Skipped(Skip::Stopped).unless(answers));
            }
            let token = self.token(ready.shows, None).await?;
            let fresh = match self.ask(ready, token.as_ref()).await? {
                Ok(fresh) => fresh,
                Err(skip) => return Ok(Came::Skipped(skip)),
            };
            let (status, wait) = match &fresh.response {
                Some(response) => (Some(response.status), asked_to_wait(response, fresh.at)),
                None => (None, None),
            };
            answers.push(fresh);
            if status == ready.status || answers.len() >= MOST_TRIES {
                return Ok(Came::Answers(answers));
            }
            if status == Some(401) && token.is_some() && !renewed {
                renewed = true;
                self.token(ready.shows, token.as_ref()).await?;
                continue;
            }
            let (Some(status), Some(wait)) = (status, wait) else {
                return Ok(Came::Answers(answers));
            };
            if !self.grants(ready.number, status, wait) {
                return Ok(Came::Answers(answers));
            }
        }
    }

    /// Whether a wait is granted. All requests wait.
    fn grants(&self, number: ExchangeNumber, status: u16, wait: Duration) -> bool {
        let seconds = wait.as_secs();
        if wait > LONGEST_WAIT {
            let most = LONGEST_WAIT.as_secs();
            self.tell(format!(
                "warning: exchange {number}: {status} asks to wait {seconds} s, more than {most} s: not sent again"
            ));
            return false;
        }
        self.tell(format!("note: exchange {number}: {status} asks to wait {seconds} s"));
        self.bucket().hold(Instant::now() + wait);
        true
    }

    /// Waits for the next token of the bucket; `false` when the run is stopped first.
    async fn turn(&self) -> bool {
        let at = self.bucket().take(Instant::now());
        if self.stop.is_requested() {
            return false;
        }
        let wait = at.saturating_duration_since(Instant::now());
        if wait.is_zero() {
            return true;
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => true,
            () = self.stop.requested() => false,
        }
    }

    async fn ask(
        &self,
        ready: &Ready,
        token: Option<&Token>,
    ) -> Result<Result<Exchange, Skip>, RunError> {
        let mut request = ready.request.clone();
        let started = Instant::now();
        // As exact as cassettes are.
        let at = self.terms.clock.at(started);
        let at = Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
        if let Some(credentials) = self.credentials(ready.shows) {
            let signed = match ready.shows {
                Shows::Expired => at.saturating_sub(DAY).unwrap_or(at),
                _ => at,
            };
            let stamp = Stamp { at: signed, nonce: self.nonce() };
            if let Err(error) = credentials.sign(&mut request, ready.place, &stamp, token) {
                return Ok(Err(Skip::Credentials(error)));
            }
        }
        let answered = self.client.ask(&request, &self.terms.limits, self.terms.timeout).await;
        let Answered { mut response, error, first_byte, end } =
            answered.map_err(RunError::Unreachable)?;
        if let Some(response) = &mut response {
            remove_proxy_fields(&mut response.headers);
        }
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        Ok(Ok(Exchange {
            number: ready.number,
            at,
            source: response.as_ref().map_or(Source::Live, |r| Source::of_response(&r.headers)),
            request,
            interim: Vec::new(),
            response,
            timing: Timing {
                first_byte_ms: first_byte.map(milliseconds),
                end_ms: milliseconds(end),
                chunks: Vec::new(),
            },
            messages: Vec::new(),
            error,
            redacted: Vec::new(),
            digest: None,
        }))
    }

    /// The token of OAuth, asked for where there is none, it has expired, or it is this `refused` one.
    async fn token(
        &self,
        shows: Shows,
        refused: Option<&Token>,
    ) -> Result<Option<Token>, RunError> {
        let Some(credentials) = self.credentials(shows) else { return Ok(None) };
        let kept = if shows == Shows::Other { &self.other_token } else { &self.token };
        let mut standing = kept.lock().await;
        let known = standing.as_ref().map(|(token, _)| token.clone());
        let holds = |(token, since): &(Token, Instant)| {
            refused != Some(token) && token.holds.is_none_or(|holds| since.elapsed() < holds)
        };
        if standing.as_ref().is_some_and(holds) {
            return Ok(known);
        }
        let renewal = known.as_ref().filter(|token| token.is_renewable()).map(Grant::Refresh);
        let grants = renewal.into_iter().chain([Grant::Header, Grant::Form]);
        let mut failure = None;
        for grant in grants {
            let Some(request) = credentials.token_request(grant) else { return Ok(None) };
            let asked = Instant::now();
            let answered = self.client.ask(&request, &self.terms.limits, self.terms.timeout).await;
            let answered = answered.map_err(RunError::Unreachable)?;
            let Some(response) = answered.response.filter(|_| answered.error.is_none()) else {
                return Err(RunError::TokenLost);
            };
            match Token::read(&response) {
                Ok(token) => {
                    *standing = Some((token.clone(), asked));
                    return Ok(Some(token));
                }
                // The first word of what is wrong is the truest.
                Err(error @ TokenError::Refused { .. }) => drop(failure.get_or_insert(error)),
                Err(error) => return Err(RunError::Token(error)),
            }
        }
        Err(failure.map_or(RunError::TokenLost, RunError::Token))
    }

    /// The token that stands, for what recorded requests had in its place.
    pub(super) async fn standing_token(&self) -> Result<Option<Token>, RunError> {
        self.token(Shows::Own, None).await
    }

    fn nonce(&self) -> String {
        let count = self.nonces.fetch_add(1, Ordering::Relaxed);
        let text = format!("{} {count}", self.terms.seed);
        Digest::of(text.as_bytes()).hex()[..32].to_owned()
    }

    fn tell(&self, line: String) {
        self.notices.tell(&Notice::Engine(line));
    }

    fn bucket(&self) -> std::sync::MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Came {
    /// What came before, where anything did.
    fn unless(self, answers: Vec<Exchange>) -> Self {
        if answers.is_empty() { self } else { Self::Answers(answers) }
    }
}
