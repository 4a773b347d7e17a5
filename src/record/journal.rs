use super::capture::{Captured, Keeping};
use super::open::Open;
use crate::cassette::redact::{Scope, Sort};
use crate::cassette::{
    Appended, OpenRecord, Redacted, Redactor, Spool, Spooled, StoreError, Writer,
};
use crate::exchange::{
    Body, Exchange, ExchangeNumber, Headers, Redaction, Request, Response, Source, Timing,
    TransportError,
};
use crate::net::{Notice, Notices, RequestHead, Stop, remove_proxy_fields};
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
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
    /// Whether anything could not be written: nothing is from then on.
    closed: AtomicBool,
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
            closed: AtomicBool::new(false),
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

    /// An exchange whose head arrived then, by what came of it; it has no number yet.
    pub fn exchange(
        &self,
        arrived: Instant,
        request: Request,
        mut response: Option<Response>,
        timing: Timing,
        error: Option<TransportError>,
    ) -> Exchange {
        if let Some(response) = &mut response {
            remove_proxy_fields(&mut response.headers);
        }
        Exchange {
            number: ExchangeNumber(0),
            at: self.time(arrived),
            source: response.as_ref().map_or(Source::Live, |r| Source::of_response(&r.headers)),
            request,
            interim: Vec::new(),
            response,
            timing,
            messages: Vec::new(),
            error,
            redacted: Vec::new(),
            digest: None,
        }
    }

    /// Writes an exchange. When this returns well, the exchange survives this process.
    pub fn write(&self, exchange: Exchange) -> Result<ExchangeNumber, NotWritten> {
        self.write_with(exchange, Vec::new(), usize::MAX)
    }

    /// [`Journal::write`] for an exchange whose bodies were captured apart from it.
    pub fn write_captured(
        &self,
        mut exchange: Exchange,
        request: Captured,
        response: Captured,
    ) -> Result<ExchangeNumber, NotWritten> {
        // What is learnt from here on may stand in a body that was judged before.
        let known = self.redactor.carried();
        let spools = match (request, response) {
            (Captured::Memory(request), Captured::Memory(response)) => {
                exchange.request.body = request;
                if let Some(of) = &mut exchange.response {
                    of.body = response;
                }
                Vec::new()
            }
            (request, response) => crate::net::aside(|| {
                let heads = [Some(&exchange.request.headers), response_headers(&exchange)];
                let heads: Vec<&Headers> = heads.into_iter().flatten().collect();
                self.redactor.learn_heads(&exchange.request.target, &heads);
                let mut spools = Vec::new();
                let (of, notes) = (&mut exchange.request, &mut exchange.redacted);
                let message = (&mut of.body, &mut of.headers);
                self.finish(request, message, "/request", notes, &mut spools)?;
                if let Some(of) = &mut exchange.response {
                    let message = (&mut of.body, &mut of.headers);
                    self.finish(response, message, "/response", notes, &mut spools)?;
                }
                Ok::<_, NotWritten>(spools)
            })?,
        };
        self.write_with(exchange, spools, known)
    }

    fn write_with(
        &self,
        exchange: Exchange,
        bodies: Vec<Spooled>,
        known: usize,
    ) -> Result<ExchangeNumber, NotWritten> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(NotWritten);
        }
        let mut redacted = self.redactor.redact(exchange);
        if !bodies.is_empty() {
            redacted.looked_for(known);
        }
        self.append(redacted, bodies)
    }

    /// [`Journal::write`] for an exchange that its redactor has seen.
    pub fn write_redacted(&self, redacted: Redacted) -> Result<ExchangeNumber, NotWritten> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(NotWritten);
        }
        self.append(redacted, Vec::new())
    }

    fn append(
        &self,
        redacted: Redacted,
        bodies: Vec<Spooled>,
    ) -> Result<ExchangeNumber, NotWritten> {
        let failed = redacted.exchange().error.is_some();
        match self.writer.append_checked(redacted, bodies, &self.redactor) {
            Ok(Appended { number, rewritten }) => {
                self.tell_rewritten(number, &rewritten);
                self.written.fetch_add(1, Ordering::Relaxed);
                self.failures.fetch_add(u64::from(failed), Ordering::Relaxed);
                Ok(number)
            }
            Err(error) => Err(self.fail(error)),
        }
    }

    /// What a capture has to know of an exchange: the request's target, its head, and what of the
    /// exchange is on disk while it is open.
    pub const fn keeping<'a>(
        &'a self,
        target: &'a str,
        head: &'a RequestHead,
        open: &'a Open,
    ) -> Keeping<'a> {
        Keeping { journal: self, target, head, open }
    }

    /// Begins to keep an exchange on disk that stays open; `whole` says that its request is.
    pub fn open(&self, exchange: Exchange, whole: bool) -> Result<Arc<OpenRecord>, NotWritten> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(NotWritten);
        }
        let mut record = None;
        self.opened(|| {
            record = Some(self.writer.open_record(&self.redactor, exchange, whole)?);
            Ok(())
        })?;
        record.ok_or(NotWritten)
    }

    /// Writes down more of an open exchange. What that shows to be secret is replaced in all that is
    /// written.
    pub fn opened(&self, write: impl FnOnce() -> Result<(), StoreError>) -> Result<(), NotWritten> {
        let known = self.redactor.carried();
        write().map_err(|error| self.fail(error))?;
        if self.redactor.carried() > known {
            self.writer.catch_up(&self.redactor).map_err(|error| self.fail(error))?;
        }
        Ok(())
    }

    /// An exchange that was open has been written: nothing else is kept of it.
    pub fn closed(&self, record: &OpenRecord) -> Result<(), NotWritten> {
        record.remove().map_err(|error| self.fail(error))
    }

    /// Begins a body that is too large for memory. What the heads before it hold is known from then
    /// on.
    pub fn spool(
        &self,
        target: &str,
        request: &Headers,
        content: &Headers,
    ) -> Result<Spool, NotWritten> {
        self.redactor.learn_heads(target, &[request, content]);
        self.writer.spool(&self.redactor, target, content).map_err(|error| self.fail(error))
    }

    /// A body could not be written: nothing more is.
    pub fn unspooled(&self, cause: std::io::Error) -> NotWritten {
        self.fail(self.writer.unspooled(cause))
    }

    fn finish(
        &self,
        captured: Captured,
        (body, headers): (&mut Body, &mut Headers),
        side: &str,
        notes: &mut Vec<Redaction>,
        spools: &mut Vec<Spooled>,
    ) -> Result<(), NotWritten> {
        match captured {
            Captured::Memory(bytes) => *body = bytes,
            Captured::Spool(spool) => {
                let mut done = spool.finish().map_err(|cause| self.unspooled(cause))?;
                done.settle(headers, side, notes);
                *body = Body::File(done.body.clone());
                spools.push(done);
            }
        }
        Ok(())
    }

    fn fail(&self, error: StoreError) -> NotWritten {
        self.closed.store(true, Ordering::Relaxed);
        let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        // The first reason is the true one; later ones say that the file is closed.
        broken.get_or_insert(error);
        self.stop.request();
        NotWritten
    }

    /// Why nothing more is taken, where that is so.
    pub fn trouble(&self) -> Option<String> {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        broken.as_ref().map(ToString::to_string)
    }

    /// A text for the terminal: a URL or what was said of a failure, without its secrets.
    pub fn without_secrets(&self, text: &str) -> String {
        let replaced = self.redactor.redact_text(
            text.as_bytes(),
            Sort::Text,
            Scope::default(),
            "",
            &mut Vec::new(),
        );
        replaced.map_or_else(|| text.to_owned(), |text| String::from_utf8_lossy(&text).into_owned())
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
            None if self.written() > 0 && self.written() == self.failures() => {
                self.writer.seal_failures()
            }
            None => self.writer.seal(),
        }
    }
}

fn response_headers(exchange: &Exchange) -> Option<&Headers> {
    exchange.response.as_ref().map(|response| &response.headers)
}
