//! Exchanges that were open when their recorder was killed: read from the files that it kept of them,
//! and added to the cassette as what they are, broken off.
//!
//! A file is a stream of JSON objects. `{"open": …}` says what the record of an exchange behind it is
//! there for; other objects are pieces of bodies, and messages. Its end may be torn.

use super::open::{FOLDER, Side};
use super::{Mode, StoreError, Writer, beside, file_error};
use crate::cassette::decode::Record;
use crate::cassette::model::CassetteHeader;
use crate::cassette::reader::Reader;
use crate::cassette::records::RECORD_LIMIT;
use crate::cassette::redact::Redacted;
use crate::exchange::{
    Body, ChunkTime, Exchange, Redaction, SocketKind, SocketMessage, SocketPayload, SocketPeer,
};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use bytes::Bytes;
use serde_json::value::RawValue;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Most files that are looked at.
const MOST_FILES: usize = 100_000;

/// What a record is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// All that is known; it takes the place of what is before it.
    Whole,
    /// The whole request.
    Request,
    /// The interim responses.
    Interim,
    /// The head of the response.
    Response,
}

/// A piece of a body, or a message of a WebSocket.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Piece {
    from: String,
    at_ms: f64,
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    compressed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    redacted: Vec<(u32, String, String)>,
}

#[derive(serde::Deserialize)]
struct Mark {
    open: String,
}

impl Line {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Whole, "exchange"),
        (Self::Request, "request"),
        (Self::Interim, "interim"),
        (Self::Response, "response"),
    ];

    /// The object before the record.
    pub(super) fn text(self) -> String {
        let word = Self::ALL.iter().find(|(line, _)| *line == self).map_or("", |(_, word)| word);
        format!("{{\"open\": \"{word}\"}}\n")
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == word).map(|(line, _)| *line)
    }
}

impl Piece {
    /// A piece of a body.
    pub(super) fn body(side: Side, at_ms: f64, bytes: &[u8], notes: Vec<Redaction>) -> Self {
        Self { from: side.as_str().to_owned(), at_ms, ..Self::default() }.with(bytes).noting(notes)
    }

    /// A message.
    pub(super) fn message(message: &SocketMessage, notes: Vec<Redaction>) -> Self {
        let piece = Self {
            from: message.from.as_str().to_owned(),
            at_ms: message.at_ms,
            kind: Some(message.kind.as_str().to_owned()),
            code: message.code,
            compressed: message.compressed,
            ..Self::default()
        };
        let piece = match &message.payload {
            SocketPayload::Kept(bytes) => piece.with(bytes),
            SocketPayload::Omitted(bytes) => Self { bytes: Some(*bytes), ..piece },
        };
        piece.noting(notes)
    }

    fn with(self, bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self { text: Some(text.to_owned()), ..self },
            Err(_) => Self { base64: Some(BASE64_STANDARD.encode(bytes)), ..self },
        }
    }

    fn noting(self, notes: Vec<Redaction>) -> Self {
        let redacted = notes.into_iter().map(|note| (note.secret, note.rule, note.at)).collect();
        Self { redacted, ..self }
    }

    /// The line in the file.
    pub(super) fn line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }

    fn payload(&mut self) -> Option<Bytes> {
        match (self.text.take(), self.base64.take()) {
            (Some(text), _) => Some(text.into()),
            (None, Some(text)) => BASE64_STANDARD.decode(text).ok().map(Into::into),
            (None, None) => None,
        }
    }
}

/// What was read of a file.
#[derive(Default)]
struct Read {
    exchange: Option<Exchange>,
    asked: Vec<u8>,
    answered: Vec<u8>,
    chunks: Vec<ChunkTime>,
}

impl Read {
    fn record(&mut self, line: Line, exchange: Exchange) {
        let Some(known) = self.exchange.as_mut().filter(|_| line != Line::Whole) else {
            *self = Self { exchange: Some(exchange), ..Self::default() };
            return;
        };
        match line {
            Line::Whole => {}
            Line::Request => {
                known.request = exchange.request;
                self.asked.clear();
            }
            Line::Interim => known.interim = exchange.interim,
            Line::Response => {
                known.response = exchange.response;
                known.source = exchange.source;
                known.timing.first_byte_ms = exchange.timing.first_byte_ms;
            }
        }
        known.timing.end_ms = known.timing.end_ms.max(exchange.timing.end_ms);
        note(known, exchange.redacted);
    }

    fn piece(&mut self, mut piece: Piece) {
        let Some(known) = &mut self.exchange else { return };
        let payload = piece.payload();
        let bytes = payload.clone().unwrap_or_default();
        match (&*piece.from, &piece.kind) {
            ("request", None) => self.asked.extend_from_slice(&bytes),
            ("response", None) => {
                self.answered.extend_from_slice(&bytes);
                let bytes = bytes.len() as u64;
                self.chunks.push(ChunkTime { at_ms: piece.at_ms, bytes });
            }
            (from, Some(kind)) => {
                let (Some(from), Some(kind)) = (SocketPeer::parse(from), SocketKind::parse(kind))
                else {
                    return;
                };
                let payload = match payload {
                    Some(bytes) => SocketPayload::Kept(bytes),
                    None => SocketPayload::Omitted(piece.bytes.unwrap_or(0)),
                };
                let (at_ms, code, compressed) = (piece.at_ms, piece.code, piece.compressed);
                known.messages.push(SocketMessage { from, at_ms, kind, code, payload, compressed });
            }
            _ => return,
        }
        known.timing.end_ms = known.timing.end_ms.max(piece.at_ms);
        let notes = piece.redacted.into_iter();
        note(known, notes.map(|(secret, rule, at)| Redaction { secret, rule, at }).collect());
    }

    fn finish(self) -> Option<Exchange> {
        let mut exchange = self.exchange?;
        append(&mut exchange.request.body, self.asked);
        if let Some(response) = &mut exchange.response {
            append(&mut response.body, self.answered);
            exchange.timing.chunks.extend(self.chunks);
        }
        Some(exchange)
    }
}

fn note(exchange: &mut Exchange, notes: Vec<Redaction>) {
    for note in notes {
        if !exchange.redacted.contains(&note) {
            exchange.redacted.push(note);
        }
    }
}

fn append(body: &mut Body, more: Vec<u8>) {
    if more.is_empty() {
        return;
    }
    match body {
        Body::Empty => *body = Body::from_bytes(more),
        Body::Bytes(bytes) => *body = Body::from_bytes([&bytes[..], &more].concat()),
        Body::File(_) => {}
    }
}

/// What a file says of an exchange, as far as it is whole.
pub(super) fn read(path: &Path) -> io::Result<Option<Exchange>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(4 * RECORD_LIMIT as u64).read_to_end(&mut bytes)?;
    let mut read = Read::default();
    let mut line = None;
    for object in serde_json::Deserializer::from_slice(&bytes).into_iter::<&RawValue>() {
        let Ok(object) = object else { break };
        let text = object.get();
        if let Some(kind) = line.take() {
            let Ok(record) = serde_json::from_str::<Record<'_>>(text) else { break };
            let Ok(exchange) = record.into_exchange() else { break };
            read.record(kind, exchange);
        } else if let Ok(mark) = serde_json::from_str::<Mark>(text) {
            line = Line::parse(&mark.open);
        } else if let Ok(piece) = serde_json::from_str::<Piece>(text) {
            read.piece(piece);
        } else {
            break;
        }
    }
    Ok(read.finish())
}

/// The files beside a cassette of exchanges that are open, or were when the recorder was killed;
/// oldest first.
pub(in crate::cassette) fn files(working: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(beside(working, FOLDER)) else { return Vec::new() };
    let paths = entries.flatten().take(MOST_FILES).map(|entry| entry.path());
    let is_open = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "json");
    let mut paths: Vec<PathBuf> = paths.filter(is_open).collect();
    paths.sort();
    paths
}

/// Adds what is beside the cassette at `working` to it, whose lock is held with `file`; answers how
/// many exchanges. `cassette` is the name that body files belong to.
pub(super) fn take_in(
    file: &File,
    cassette: &Path,
    working: &Path,
    header: &CassetteHeader,
) -> Result<u64, StoreError> {
    let files = files(working);
    if files.is_empty() {
        // With what was being made when the recorder was killed.
        let _ = std::fs::remove_dir_all(beside(working, FOLDER));
        return Ok(0);
    }
    let held = file.try_clone().map_err(|cause| file_error(working, "opening", cause))?;
    let writer = Writer::start(held, cassette, working, header, Mode::NewEpisodes)?;
    let mut ended = Vec::new();
    for exchange in Reader::open(working)? {
        ended.push(mark(&exchange?));
    }
    let mut taken = 0;
    for path in &files {
        let exchange = read(path).map_err(|cause| file_error(path, "reading", cause))?;
        if let Some(exchange) = exchange {
            // It may have been written before its file could go.
            let own = mark(&exchange);
            if let Some(at) = ended.iter().position(|other| *other == own) {
                ended.swap_remove(at);
            } else {
                writer.append(&Redacted::from_cassette(exchange))?;
                taken += 1;
            }
        }
    }
    let folder = beside(working, FOLDER);
    std::fs::remove_dir_all(&folder).map_err(|cause| file_error(&folder, "removing", cause))?;
    Ok(taken)
}

/// What an exchange is known by that is on disk in two places: no two have their beginning and their
/// first byte at the same time.
fn mark(exchange: &Exchange) -> (String, String, Option<String>) {
    let first = exchange.timing.first_byte_ms.map(|ms| format!("{ms:.3}"));
    (format!("{:.3}", exchange.at), exchange.request.method.clone(), first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cassette::Redactor;
    use crate::exchange::{ExchangeNumber, Headers, Interim, Request, Response, Source, Timing};
    use std::sync::Arc;

    fn exchange() -> Exchange {
        Exchange {
            interim: Vec::new(),
            number: ExchangeNumber(0),
            at: "2026-11-20T10:00:00.123Z".parse().unwrap(),
            source: Source::Live,
            request: Request { target: "http://h/a".to_owned(), ..Request::default() },
            response: None,
            timing: Timing::default(),
            error: None,
            redacted: Vec::new(),
            messages: Vec::new(),
            digest: None,
        }
    }

    /// A cassette whose recorder was killed with one exchange open.
    fn killed(folder: &Path) -> (PathBuf, Vec<u8>) {
        let path = folder.join("c.cassette");
        let header = CassetteHeader::new("c");
        let writer = Writer::open(&path, &header, Mode::Once).unwrap();
        let redactor: Arc<Redactor> = Arc::default();
        let record = writer.open_record(&redactor, exchange(), false).unwrap();
        record.add(Side::Request, 1.0, b"first\nsecond\nthi").unwrap();
        let early = Interim { at_ms: 1.5, status: 103, ..Interim::default() };
        record.heralded(Exchange { interim: vec![early], ..exchange() }).unwrap();
        let answered = Response {
            status: 200,
            headers: Headers::from([("Content-Encoding", "gzip")]),
            ..Response::default()
        };
        record.answered(Exchange { response: Some(answered), ..exchange() }).unwrap();
        let coded = crate::exchange::ContentCoding::Gzip.encode(b"one\ntwo \xff\nthree").unwrap();
        record.add(Side::Response, 2.5, &coded).unwrap();
        let file = files(&path).remove(0);
        (path, std::fs::read(file).unwrap())
    }

    #[test]
    fn what_came_is_there_up_to_its_last_line_end() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = killed(folder.path());
        let writer = Writer::open(&path, &CassetteHeader::new("c"), Mode::NewEpisodes).unwrap();
        assert_eq!((writer.unfinished(), writer.exchanges()), (1, 1));
        drop(writer);
        let read = crate::cassette::read(&path).unwrap().exchanges.remove(0);
        let response = read.response.unwrap();
        assert_eq!(read.request.body, Body::from("first\nsecond\n"));
        assert_eq!(response.body, Body::from_bytes(&b"one\ntwo \xff\n"[..]));
        assert!(!response.headers.contains("content-encoding"), "it is decoded");
        assert_eq!(read.interim.iter().map(|early| early.status).collect::<Vec<_>>(), [103]);
        assert_eq!(read.timing.chunks, [ChunkTime { at_ms: 2.5, bytes: 10 }]);
    }

    #[test]
    fn an_exchange_that_was_written_is_not_taken_in_again() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = killed(folder.path());
        let file = files(&path).remove(0);
        let bytes = std::fs::read(&file).unwrap();
        let header = CassetteHeader::new("c");
        drop(Writer::open(&path, &header, Mode::NewEpisodes).unwrap());
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, bytes).unwrap();
        let writer = Writer::open(&path, &header, Mode::NewEpisodes).unwrap();
        assert_eq!((writer.unfinished(), writer.exchanges()), (0, 1));
    }

    #[test]
    fn a_file_that_is_cut_anywhere_is_read_as_far_as_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (_, bytes) = killed(folder.path());
        let cut = folder.path().join("cut.json");
        let mut lengths = Vec::new();
        for length in 0..=bytes.len() {
            std::fs::write(&cut, &bytes[..length]).unwrap();
            let read = read(&cut).unwrap();
            lengths.push(read.map_or(0, |read| 1 + read.request.body.len()));
        }
        assert!(lengths.is_sorted(), "{lengths:?}");
        assert_eq!((lengths[0], lengths.last().copied()), (0, Some(14)));
        for garbage in [
            "[1, 2]",
            "{\"open\": 3}",
            "{\"open\": \"exchange\"}{}",
            "\0",
            "{\"from\": \"client\", \"at_ms\": 1}",
        ] {
            std::fs::write(&cut, garbage).unwrap();
            assert!(read(&cut).unwrap().is_none());
        }
    }
}
