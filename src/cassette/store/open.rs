//! What has been seen of an exchange that is still open, on disk: a file of its own beside the cassette
//! (`NAME.cassette.open/`), which goes when the exchange is written, and is taken in where its recorder
//! was killed ([`super::unfinished`]).
//!
//! Nothing stands there that did not pass the redactor. A body is added up to its last line end: what a
//! secret may begin with waits. What becomes known late is replaced here, too ([`OpenRecord::renew`]).

use super::unfinished::{self, Line, Piece};
use super::{StoreError, Writer, beside, file_error, keep_body, late::renew_files};
use crate::cassette::encode::record_text;
use crate::cassette::redact::{RedactingStream, Redactor, Scope, Sort};
use crate::cassette::spool::{Decoded, IN_MEMORY};
use crate::exchange::{ContentCoding, Exchange, Headers, Redaction, SocketMessage, SocketPayload};
use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Ending of the folder beside a cassette.
pub(super) const FOLDER: &str = ".open";

/// The file of one exchange that is still open.
#[derive(Debug)]
pub struct OpenRecord {
    path: PathBuf,
    cassette: PathBuf,
    redactor: Arc<Redactor>,
    target: String,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    /// How many values were looked for in everything that is in the file.
    known: usize,
    asked: Text,
    answered: Text,
    messages: u64,
}

/// One of the two bodies of an exchange.
#[derive(Debug)]
enum Text {
    /// Its head has not come.
    Waiting,
    Plain(Box<RedactingStream>, Written),
    Coded(Box<Decoded<Vec<u8>>>, Written),
    /// It is not taken, or no more of it.
    Left,
}

/// How much of a body is in the file.
#[derive(Debug, Default)]
struct Written {
    bytes: u64,
    notes: usize,
}

/// A side of an exchange that has a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The client's.
    Request,
    /// The upstream's.
    Response,
}

/// The files of exchanges that are open.
#[derive(Debug, Default)]
pub(super) struct Opens {
    count: u64,
    files: Vec<Weak<OpenRecord>>,
}

impl Writer {
    /// Begins the file of an exchange that stays open: `exchange` is what is known of it, its bodies
    /// apart. `asked` says that its request is in it whole.
    pub fn open_record(
        &self,
        redactor: &Arc<Redactor>,
        exchange: Exchange,
        asked: bool,
    ) -> Result<Arc<OpenRecord>, StoreError> {
        let folder = beside(&self.working, FOLDER);
        std::fs::create_dir_all(&folder)
            .map_err(|cause| file_error(&folder, "making the folder", cause))?;
        let mut opens = self.opens();
        opens.count += 1;
        let name = format!("{:013}-{:06}.json", exchange.at.as_millisecond(), opens.count);
        let path = folder.join(name);
        let file = OpenOptions::new().append(true).create_new(true).open(&path);
        let file = file.map_err(|cause| file_error(&path, "making", cause))?;
        let record = Arc::new(OpenRecord {
            path,
            cassette: self.path.clone(),
            redactor: Arc::clone(redactor),
            target: exchange.request.target.clone(),
            inner: Mutex::new(Inner {
                file,
                known: redactor.carried(),
                asked: Text::Waiting,
                answered: Text::Waiting,
                messages: 0,
            }),
        });
        opens.files.retain(|file| file.strong_count() > 0);
        opens.files.push(Arc::downgrade(&record));
        drop(opens);
        record.put(Line::Whole, exchange, asked)?;
        Ok(record)
    }

    /// Replaces what became known late, in what is written and in the files of open exchanges.
    pub fn catch_up(&self, redactor: &Redactor) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.open {
            self.replace_late(&mut state, redactor, redactor.carried())?;
        }
        drop(state);
        self.renew_open()
    }

    pub(super) fn renew_open(&self) -> Result<(), StoreError> {
        let files: Vec<Arc<OpenRecord>> =
            self.opens().files.iter().filter_map(Weak::upgrade).collect();
        files.iter().try_for_each(|file| file.renew())
    }

    /// Removes the folder, where nothing is left in it.
    pub(super) fn close_open(&self) {
        // One that holds something is taken in when the cassette is opened again.
        let _ = std::fs::remove_dir(beside(&self.working, FOLDER));
    }

    fn opens(&self) -> MutexGuard<'_, Opens> {
        self.opens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenRecord {
    /// The request has ended: it is put in whole, as `exchange` has it.
    pub fn asked(&self, exchange: Exchange) -> Result<(), StoreError> {
        self.put(Line::Request, exchange, true)
    }

    /// Interim responses came: `exchange` has all of them.
    pub fn heralded(&self, exchange: Exchange) -> Result<(), StoreError> {
        self.put(Line::Interim, exchange, false)
    }

    /// The response has begun: `exchange` has its head.
    pub fn answered(&self, exchange: Exchange) -> Result<(), StoreError> {
        self.put(Line::Response, exchange, false)
    }

    /// Adds a piece of a body that came at a time in milliseconds.
    pub fn add(&self, side: Side, at_ms: f64, bytes: &[u8]) -> Result<(), StoreError> {
        let mut inner = self.inner();
        let known = self.redactor.carried();
        let text = match side {
            Side::Request => &mut inner.asked,
            Side::Response => &mut inner.answered,
        };
        let Some((out, notes)) = text.take(bytes) else { return Ok(()) };
        if out.is_empty() {
            return Ok(());
        }
        let at = format!("/{}/body", side.as_str());
        let note = |(secret, rule): (u32, Cow<'static, str>)| Redaction {
            secret,
            rule: rule.into_owned(),
            at: at.clone(),
        };
        let notes = notes.into_iter().map(note).collect();
        let piece = Piece::body(side, at_ms, &out, notes);
        self.write(&mut inner, known, &piece.line())
    }

    /// Takes nothing of this body: what came of it so far is not in memory any more, and what follows would
    /// pass for its beginning.
    pub fn leave(&self, side: Side) {
        let mut inner = self.inner();
        match side {
            Side::Request => inner.asked = Text::Left,
            Side::Response => inner.answered = Text::Left,
        }
    }

    /// Adds a message of a WebSocket.
    pub fn said(&self, message: &SocketMessage) -> Result<(), StoreError> {
        let mut inner = self.inner();
        let known = self.redactor.carried();
        let mut message = message.clone();
        let mut notes = Vec::new();
        if let SocketPayload::Kept(payload) = &message.payload {
            let at = format!("/messages/{}", inner.messages);
            let scope = Scope::of(&self.target);
            let replaced = self.redactor.redact_text(payload, Sort::Json, scope, &at, &mut notes);
            if let Some(text) = replaced {
                message.payload = SocketPayload::Kept(text.into());
            }
        }
        inner.messages += 1;
        let piece = Piece::message(&message, notes);
        self.write(&mut inner, known, &piece.line())
    }

    /// Replaces what became known since it was written.
    pub(super) fn renew(&self) -> Result<(), StoreError> {
        let mut inner = self.inner();
        let known = self.redactor.carried();
        // One that is gone has ended.
        if inner.known >= known || !self.path.exists() {
            return Ok(());
        }
        let failed = |cause| file_error(&self.path, "writing it anew", cause);
        if let Some(mut exchange) = unfinished::read(&self.path).map_err(failed)? {
            let (changed, _) = self.redactor.replace_known(&mut exchange);
            let files = renew_files(&mut exchange, &self.cassette, &self.redactor, false)?;
            if changed | files {
                let folder = self.path.parent().unwrap_or(Path::new("."));
                let mut fresh = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
                fresh.write_all(&self.lines(Line::Whole, &exchange)?).map_err(failed)?;
                fresh.persist(&self.path).map_err(|error| failed(error.error))?;
                let file = OpenOptions::new().append(true).open(&self.path);
                inner.file = file.map_err(failed)?;
            }
        }
        inner.known = known;
        Ok(())
    }

    /// The exchange is written: the file goes.
    pub fn remove(&self) -> Result<(), StoreError> {
        // Nobody renews it in between.
        let _inner = self.inner();
        std::fs::remove_file(&self.path).map_err(|cause| file_error(&self.path, "removing", cause))
    }

    fn put(&self, line: Line, mut exchange: Exchange, asked: bool) -> Result<(), StoreError> {
        let mut inner = self.inner();
        let known = self.redactor.carried();
        if inner.asked.is_waiting() || asked {
            inner.asked = if asked { Text::Left } else { self.text(&exchange.request.headers) };
        }
        if inner.answered.is_waiting()
            && let Some(response) = &exchange.response
        {
            inner.answered = self.text(&response.headers);
        }
        // Such a body stands here decoded.
        if let Text::Coded(..) = inner.asked {
            exchange.request.headers.remove("content-encoding");
        }
        if let (Text::Coded(..), Some(response)) = (&inner.answered, &mut exchange.response) {
            response.headers.remove("content-encoding");
        }
        let redacted = self.redactor.redact(exchange);
        let lines = self.lines(line, redacted.exchange())?;
        self.write(&mut inner, known, &lines)
    }

    /// The exchange as a record behind a line that says what it is there for.
    fn lines(&self, line: Line, exchange: &Exchange) -> Result<Vec<u8>, StoreError> {
        let record = record_text(exchange);
        for (name, bytes) in &record.files {
            keep_body(&self.cassette, name, bytes)?;
        }
        let (front, rest) = record.numbered(1);
        Ok([line.text().as_bytes(), &front, rest].concat())
    }

    fn write(&self, inner: &mut Inner, known: usize, lines: &[u8]) -> Result<(), StoreError> {
        inner.known = inner.known.min(known);
        inner.file.write_all(lines).map_err(|cause| file_error(&self.path, "writing", cause))
    }

    fn text(&self, headers: &Headers) -> Text {
        let content_type = headers.text("content-type");
        let is_stream = content_type.is_some_and(|text| {
            text.trim_start().to_ascii_lowercase().starts_with("text/event-stream")
        });
        if !is_stream && self.redactor.needs_whole(&self.target) {
            return Text::Left;
        }
        let stream = self.redactor.stream(&self.target, content_type);
        match ContentCoding::of(headers) {
            Ok(None) => Text::Plain(Box::new(stream), Written::default()),
            Ok(Some(coding)) => {
                let decoded = Decoded::new(coding, stream, Vec::new());
                Text::Coded(Box::new(decoded), Written::default())
            }
            Err(_) => Text::Left,
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which secret was replaced by which rule.
type Notes = Vec<(u32, Cow<'static, str>)>;

impl Text {
    const fn is_waiting(&self) -> bool {
        matches!(self, Self::Waiting)
    }

    /// Takes a piece; what may be written, and what was replaced in it. `None` where nothing is
    /// taken.
    fn take(&mut self, bytes: &[u8]) -> Option<(Vec<u8>, Notes)> {
        let mut out = Vec::new();
        let (stream, written) = match self {
            Self::Waiting | Self::Left => return None,
            Self::Plain(stream, written) => {
                let mut keep = |judged: &[u8]| {
                    out.extend_from_slice(judged);
                    Ok(())
                };
                // Writing to memory can't fail.
                let _ = stream.push(bytes, &mut keep).and_then(|()| stream.settle(&mut keep));
                (Some(&mut **stream), written)
            }
            Self::Coded(decoded, written) => {
                if decoded.push(bytes).and_then(|()| decoded.settle()).is_err() {
                    *self = Self::Left;
                    return None;
                }
                out = decoded.out().map(std::mem::take).unwrap_or_default();
                (decoded.text(), written)
            }
        };
        let notes = stream.map_or(&[][..], |stream| stream.notes());
        let fresh = notes.get(written.notes..).unwrap_or_default().to_vec();
        written.notes = notes.len();
        written.bytes += out.len() as u64;
        let full = written.bytes > IN_MEMORY;
        if full {
            *self = Self::Left;
        }
        Some((out, fresh))
    }
}

impl Side {
    /// The word in a file.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}
