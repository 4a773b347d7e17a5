use super::journal::{Journal, NotWritten};
use super::open::Open;
use crate::cassette::{IN_MEMORY, Spool};
use crate::exchange::{Body, ChunkTime, Headers};
use crate::net::{RequestHead, aside};
use bytes::Bytes;
use std::time::{Duration, Instant};

/// Pieces of a stream whose times are noted; what comes after is added to the last.
const MOST_PIECES: usize = 100_000;
/// A pause between two pieces that makes a stream of a body.
const PAUSE: Duration = Duration::from_millis(20);

/// Bytes that are handed to a body file at once.
const BLOCK: usize = 256 * 1024;

/// Where a message belongs whose body is captured.
#[derive(Debug, Clone, Copy)]
pub struct Keeping<'a> {
    /// What it is written into.
    pub journal: &'a Journal,
    /// The request's target, as it is recorded.
    pub target: &'a str,
    /// The request's head.
    pub head: &'a RequestHead,
    /// What of the exchange is on disk while it is open.
    pub open: &'a Open,
}

/// A body while it is captured: in memory, or in a file where it is too large for that.
#[derive(Debug, Default)]
pub struct Capture {
    /// The only piece: most bodies come in one, and it is kept without a copy.
    only: Bytes,
    joined: Vec<u8>,
    spool: Option<Box<Spool>>,
}

/// A body that was captured.
#[derive(Debug)]
pub enum Captured {
    /// In memory.
    Memory(Body),
    /// On its way into a file.
    Spool(Box<Spool>),
}

impl Capture {
    /// Adds a piece of a body; `headers` are those of its message. Where this fails, nothing more of
    /// it may be passed on.
    pub fn push(
        &mut self,
        piece: &Bytes,
        keeping: Keeping<'_>,
        headers: &Headers,
    ) -> Result<(), NotWritten> {
        if self.only.is_empty() && self.joined.is_empty() && self.spool.is_none() {
            self.only = piece.clone();
            return Ok(());
        }
        if self.joined.is_empty() {
            self.joined.extend_from_slice(&self.only);
            self.only = Bytes::new();
        }
        self.joined.extend_from_slice(piece);
        let length = self.joined.len() as u64;
        let full = length > IN_MEMORY
            || (length > BLOCK as u64 && (self.spool.is_some() || announces_more(headers)));
        if full { self.spill(keeping, headers) } else { Ok(()) }
    }

    /// Hands what is in memory to the body file. The body waits for the disk here.
    fn spill(&mut self, keeping: Keeping<'_>, headers: &Headers) -> Result<(), NotWritten> {
        let Keeping { journal, target, head, .. } = keeping;
        aside(|| {
            let spool = match &mut self.spool {
                Some(spool) => spool,
                none => none.insert(Box::new(journal.spool(target, &head.headers, headers)?)),
            };
            for block in self.joined.chunks(BLOCK) {
                spool.push(block).map_err(|cause| journal.unspooled(cause))?;
            }
            // The room that it took up to here is given back; that of a block is used again, so that what
            // several threads gave back does not add up.
            self.joined.clear();
            self.joined.shrink_to(2 * BLOCK);
            Ok(())
        })
    }

    /// Bytes so far.
    pub fn len(&self) -> u64 {
        let spooled = self.spool.as_ref().map_or(0, |spool| spool.len());
        (self.only.len() + self.joined.len()) as u64 + spooled
    }

    /// Whether the body is too large for memory.
    pub const fn is_spooled(&self) -> bool {
        self.spool.is_some()
    }

    /// A copy of the body so far; `None` where it is too large for memory.
    pub fn body(&self) -> Option<Body> {
        if self.spool.is_some() {
            None
        } else if self.joined.is_empty() {
            Some(Body::from_bytes(self.only.clone()))
        } else {
            Some(Body::from_bytes(self.joined.clone()))
        }
    }

    /// The body.
    pub fn into_captured(self) -> Captured {
        match self.spool {
            Some(mut spool) => {
                spool.hold(self.joined);
                Captured::Spool(spool)
            }
            None if self.joined.is_empty() => Captured::Memory(Body::from_bytes(self.only)),
            None => Captured::Memory(Body::from_bytes(self.joined)),
        }
    }
}

/// Whether a message says that its body is too large for memory: there is no need to try.
fn announces_more(headers: &Headers) -> bool {
    let length = headers.text("content-length").and_then(|length| length.trim().parse().ok());
    length.is_some_and(|length: u64| length > IN_MEMORY)
}

/// When the pieces of a body came.
#[derive(Debug)]
pub struct Pace {
    from: Instant,
    pieces: Vec<ChunkTime>,
    last: Option<Instant>,
    paused: bool,
}

impl Pace {
    /// Times count from `from`.
    pub const fn new(from: Instant) -> Self {
        Self { from, pieces: Vec::new(), last: None, paused: false }
    }

    /// A piece came.
    pub fn note(&mut self, bytes: usize) {
        let now = Instant::now();
        self.paused |= self.last.is_some_and(|last| now - last >= PAUSE);
        self.last = Some(now);
        let bytes = bytes as u64;
        let full = self.pieces.len() >= MOST_PIECES;
        match self.pieces.last_mut() {
            Some(piece) if full => piece.bytes += bytes,
            _ => self.pieces.push(ChunkTime { at_ms: milliseconds(now - self.from), bytes }),
        }
    }

    /// The times of all pieces.
    pub fn pieces(&self) -> &[ChunkTime] {
        &self.pieces
    }

    /// The times, where the body was a stream: by its media type, or because it came with pauses.
    pub fn into_chunks(self, event_stream: bool) -> Vec<ChunkTime> {
        if event_stream || self.paused { self.pieces } else { Vec::new() }
    }
}

/// Whether a message is a stream by its media type.
pub fn is_event_stream(headers: &Headers) -> bool {
    const STREAM: &str = "text/event-stream";
    headers.text("content-type").is_some_and(|value| {
        let start = value.trim_start().get(..STREAM.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(STREAM))
    })
}

/// Milliseconds with three decimals.
pub fn milliseconds(time: Duration) -> f64 {
    let microseconds = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
    f64::from(microseconds) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_joined_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal(folder.path());
        let headers = Headers::new();
        let mut line = bytes::BytesMut::from("GET / HTTP/1.1\r\n\r\n");
        let head = RequestHead::take(&mut line).unwrap().unwrap();
        let open = Open::new(Instant::now(), true);
        let keeping = journal.keeping("http://h/", &head, &open);
        let mut capture = Capture::default();
        assert_eq!(capture.len(), 0);
        for piece in ["one ", "two ", "three"] {
            capture.push(&Bytes::from_static(piece.as_bytes()), keeping, &headers).unwrap();
        }
        assert_eq!(capture.len(), 13);
        assert_eq!(capture.body(), Some(Body::from("one two three")));
        assert!(matches!(capture.into_captured(), Captured::Memory(body) if body.len() == 13));
        let block = Bytes::from(vec![b'x'; 1 << 20]);
        let mut capture = Capture::default();
        for count in 1..=9 {
            capture.push(&block, keeping, &headers).unwrap();
            assert_eq!(capture.len(), count << 20);
            assert_eq!(capture.body().is_some(), count <= 4);
            assert!(capture.joined.len() <= 4 << 20);
        }
        let Captured::Spool(spool) = capture.into_captured() else { panic!("in memory") };
        assert_eq!(spool.finish().unwrap().body.length, 9 << 20);
    }

    fn journal(folder: &std::path::Path) -> Journal {
        use crate::cassette::{CassetteHeader, Mode, Writer};
        let path = folder.join("c.cassette");
        let writer = Writer::open(&path, &CassetteHeader::new("c"), Mode::Once).unwrap();
        let clock = crate::record::Clock::set(jiff::Timestamp::UNIX_EPOCH);
        Journal::new(writer, std::sync::Arc::default(), clock, crate::net::Stop::new())
    }

    #[test]
    fn only_streams_have_times() {
        let noted = |pause: Duration| {
            let mut pace = Pace::new(Instant::now());
            pace.note(3);
            pace.last = pace.last.and_then(|last| last.checked_sub(pause));
            pace.note(4);
            pace
        };
        assert!(noted(Duration::ZERO).into_chunks(false).is_empty());
        let lengths = |pace: Vec<ChunkTime>| pace.iter().map(|c| c.bytes).collect::<Vec<_>>();
        assert_eq!(lengths(noted(Duration::ZERO).into_chunks(true)), [3, 4]);
        assert_eq!(lengths(noted(PAUSE).into_chunks(false)), [3, 4]);
    }

    #[test]
    fn times_have_microseconds() {
        assert!((milliseconds(Duration::from_nanos(1_234_567)) - 1.234).abs() < 1e-9);
    }
}
