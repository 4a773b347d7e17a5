//! A body that is too large for memory, on its way into a file of the cassette: redacted as it
//! comes, in constant memory, and named by its digest at the end.
//!
//! The file has a temporary name until its exchange is written ([`super::Writer::keep`]);
//! one that is dropped before is removed, one that a killed recorder left is removed when the
//! cassette is opened again. A coded body keeps its wire bytes as long as nothing is found in what
//! they decode to, and they are written only when that was judged
//! (`docs/decisions/0007-large-bodies.md`).

mod coded;
mod partial;

use super::redact::{RedactingStream, Redactor};
use crate::exchange::{BodyFile, ContentCoding, Headers, Redaction};
pub(super) use coded::Decoded;
use coded::{Repacked, Verdict, Watched};
pub(super) use partial::{Partial, remove_partials};
use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Longest body that is captured in memory, in bytes: no longer one stands inside a cassette.
pub const IN_MEMORY: u64 = 4 * 1024 * 1024;

/// A body that is being written.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    redactor: Arc<Redactor>,
    target: String,
    content_type: Option<String>,
    coding: Option<ContentCoding>,
    way: Way,
    notes: Vec<(u32, Cow<'static, str>)>,
    length: u64,
    last: Vec<u8>,
    /// Whether the content coding was undone.
    uncoded: bool,
}

/// How the bytes go to the file.
#[derive(Debug)]
enum Way {
    /// As they are, but for what is replaced.
    Plain { text: RedactingStream, file: Partial },
    /// As they are, behind a look at what they decode to.
    Watched { watched: Box<Watched>, file: Partial },
    /// Decoded, redacted, and coded again where that can be done.
    Repacked(Box<Repacked>),
}

/// A body that was written, and waits for its exchange.
#[derive(Debug)]
pub struct Spooled {
    file: Partial,
    /// Where it will be found.
    pub body: BodyFile,
    notes: Vec<(u32, Cow<'static, str>)>,
    uncoded: bool,
}

impl Spool {
    /// The body of a message with these headers, for a request with this target, into a folder of body files.
    pub(super) fn new(
        folder: &Path,
        redactor: &Arc<Redactor>,
        target: &str,
        headers: &Headers,
    ) -> io::Result<Self> {
        let content_type = headers.text("content-type").map(str::to_owned);
        let coding = ContentCoding::of(headers).ok().flatten();
        let text = redactor.stream(target, content_type.as_deref());
        Ok(Self {
            folder: folder.to_owned(),
            redactor: Arc::clone(redactor),
            target: target.to_owned(),
            content_type,
            coding,
            way: Way::new(coding, text, Partial::create(folder)?),
            notes: Vec::new(),
            length: 0,
            last: Vec::new(),
            uncoded: false,
        })
    }

    /// Bytes that came.
    pub const fn len(&self) -> u64 {
        self.length + self.last.len() as u64
    }

    /// Whether nothing came.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keeps bytes until the body is finished: they come last.
    pub fn hold(&mut self, bytes: Vec<u8>) {
        self.last = bytes;
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.length += bytes.len() as u64;
        self.put(bytes)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        let verdict = match &mut self.way {
            Way::Plain { text, file } => {
                return text.push(bytes, &mut |judged| file.put(judged));
            }
            Way::Watched { watched, file } => watched.push(bytes, file)?,
            Way::Repacked(repacked) => return repacked.push(bytes),
        };
        self.turn(verdict)
    }

    /// The body is whole, or as whole as it will be.
    pub fn finish(mut self) -> io::Result<Spooled> {
        let last = std::mem::take(&mut self.last);
        self.push(&last)?;
        self.end()?;
        // What became known while the body came may stand in what was written before.
        if self.way.text().is_some_and(|text| text.is_outdated()) {
            self.again()?;
            self.end()?;
        }
        self.note();
        let mut file = match self.way {
            Way::Plain { file, .. } | Way::Watched { file, .. } => file,
            Way::Repacked(repacked) => {
                self.uncoded |= repacked.is_plain();
                if repacked.is_torn() {
                    self.notes.push((0, "undecodable".into()));
                }
                repacked.into_file()?.ok_or(io::ErrorKind::NotFound)?
            }
        };
        let (digest, length) = file.finish()?;
        let body = BodyFile { name: digest.hex(), length };
        Ok(Spooled { file, body, notes: self.notes, uncoded: self.uncoded })
    }

    fn end(&mut self) -> io::Result<()> {
        let verdict = match &mut self.way {
            Way::Plain { text, file } => return text.end(&mut |judged| file.put(judged)),
            Way::Repacked(repacked) => return repacked.end(),
            Way::Watched { watched, file } => watched.end(file)?,
        };
        if verdict == Verdict::Clean {
            return Ok(());
        }
        // It goes another way now, and none leads back here.
        self.turn(verdict)?;
        self.end()
    }

    /// Goes on in another way, where the verdict asks for that, from the first byte.
    fn turn(&mut self, verdict: Verdict) -> io::Result<()> {
        let text = self.redactor.stream(&self.target, self.content_type.as_deref());
        let next = match (verdict, self.coding) {
            (Verdict::Clean, _) => return Ok(()),
            (Verdict::Holds, Some(coding)) => {
                let file = Partial::create(&self.folder)?;
                Way::Repacked(Box::new(Repacked::new(coding, text, file)))
            }
            (Verdict::Holds | Verdict::Undecodable, _) => {
                Way::new(None, text, Partial::create(&self.folder)?)
            }
        };
        self.restart(next)
    }

    /// Looks through the whole body once more, with what is known by now.
    fn again(&mut self) -> io::Result<()> {
        self.note();
        if matches!(&self.way, Way::Repacked(repacked) if repacked.is_plain()) {
            (self.coding, self.uncoded) = (None, true);
        }
        let coding = self.coding.filter(|_| !matches!(self.way, Way::Plain { .. }));
        let text = self.redactor.stream(&self.target, self.content_type.as_deref());
        let next = Way::new(coding, text, Partial::create(&self.folder)?);
        self.restart(next)
    }

    /// Takes the next way with all that was written or waits.
    fn restart(&mut self, next: Way) -> io::Result<()> {
        let (file, waiting) = match std::mem::replace(&mut self.way, next) {
            Way::Plain { file, .. } => (Some(file), Vec::new()),
            Way::Watched { watched, file } => (Some(file), watched.into_waiting()),
            Way::Repacked(repacked) => (repacked.into_file()?, Vec::new()),
        };
        if let Some(file) = file {
            file.pieces(|piece| self.put(piece))?;
        }
        waiting.iter().try_for_each(|piece| self.put(piece))
    }

    /// Keeps what was found so far.
    fn note(&mut self) {
        let Some(text) = self.way.text() else { return };
        let fresh: Vec<_> = text.notes().to_vec();
        for note in fresh {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }
}

impl Way {
    fn new(coding: Option<ContentCoding>, text: RedactingStream, file: Partial) -> Self {
        match coding {
            Some(coding) => Self::Watched { watched: Box::new(Watched::new(coding, text)), file },
            None => Self::Plain { text, file },
        }
    }

    fn text(&mut self) -> Option<&mut RedactingStream> {
        match self {
            Self::Plain { text, .. } => Some(text),
            Self::Watched { watched, .. } => watched.decoded.text(),
            Self::Repacked(repacked) => repacked.decoded.text(),
        }
    }
}

impl Spooled {
    /// Sets the headers of its message right, and notes what was replaced. `side` is `/request` or
    /// `/response`.
    pub fn settle(&mut self, headers: &mut Headers, side: &str, notes: &mut Vec<Redaction>) {
        let changed = self.uncoded || !self.notes.is_empty();
        for (secret, rule) in self.notes.drain(..) {
            notes.push(Redaction { secret, rule: rule.into_owned(), at: format!("{side}/body") });
        }
        if self.uncoded {
            headers.remove("content-encoding");
        }
        let found = headers.iter().position(|header| header.is("content-length"));
        if let Some(index) = found.filter(|_| changed) {
            headers.set("content-length", self.body.length.to_string());
            let at = format!("{side}/headers/{index}");
            notes.push(Redaction { secret: 0, rule: "length".to_owned(), at });
        }
    }

    /// Puts the file in its place; answers whether it is new there.
    pub(super) fn keep(self, path: &Path) -> io::Result<bool> {
        self.file.persist(path)
    }
}

#[cfg(test)]
mod tests;
