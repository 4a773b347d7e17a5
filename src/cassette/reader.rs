//! Reading a cassette record by record. A torn tail ends the reading and is told, never hidden;
//! anything else that is wrong is an error naming record and line.

use super::body::open_regular;
use super::decode::{Record, RecordError};
use super::model::{Cassette, CassetteHeader, FORMAT_VERSION, TornTail};
use super::records::{Cut, Cutter, RECORD_LIMIT};
use super::salvage;
use super::usual::Usual;
use crate::exchange::{Exchange, ExchangeNumber};
use serde::de::IgnoredAny;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// Most warnings that are kept of one cassette.
const WARNING_LIMIT: usize = 20;

/// Why a cassette can't be read.
#[derive(Debug, thiserror::Error)]
pub enum CassetteError {
    /// The file can't be opened or read.
    #[error("{path}: {cause}")]
    File {
        /// The cassette.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// It is no cassette at all.
    #[error("{path}: not a cassette: the first record must be {{\"cassette\": 1, …}}")]
    NotACassette {
        /// The file.
        path: PathBuf,
    },
    /// Written by a newer tool.
    #[error("{path}: cassette version {version}, this tool reads up to {FORMAT_VERSION}")]
    Newer {
        /// The cassette.
        path: PathBuf,
        /// Its version.
        version: u64,
    },
    /// A record can't be read.
    #[error("{path}: line {line}: record {record}: {cause}")]
    Record {
        /// The cassette.
        path: PathBuf,
        /// Line (from 1) on which the record begins.
        line: u64,
        /// Record number (from 1, the header is the first).
        record: u64,
        /// What is wrong with it.
        cause: RecordError,
    },
}

/// Reads a cassette's exchanges one at a time.
#[derive(Debug)]
pub struct Reader<R> {
    path: PathBuf,
    cutter: Cutter<R>,
    buffer: Vec<u8>,
    usual: Usual,
    /// The line on which what is in the buffer begins.
    line: u64,
    header: CassetteHeader,
    records: u64,
    exchanges: u64,
    sealed: bool,
    torn: Option<TornTail>,
    whole: u64,
    warnings: Vec<String>,
    miscount: Option<String>,
    done: bool,
}

impl Reader<BufReader<File>> {
    /// Opens a cassette and reads its header.
    pub fn open(path: &Path) -> Result<Self, CassetteError> {
        let failed = |cause| CassetteError::File { path: path.to_owned(), cause };
        let file = open_regular(path).map_err(failed)?;
        Self::new(path, BufReader::with_capacity(256 * 1024, file))
    }
}

impl<R: BufRead> Reader<R> {
    /// Reads the header; `path` is for messages.
    pub fn new(path: &Path, input: R) -> Result<Self, CassetteError> {
        let mut reader = Self {
            path: path.to_owned(),
            cutter: Cutter::new(input),
            buffer: Vec::new(),
            usual: Usual::default(),
            line: 1,
            header: CassetteHeader::default(),
            records: 0,
            exchanges: 0,
            sealed: false,
            torn: None,
            whole: 0,
            warnings: Vec::new(),
            miscount: None,
            done: false,
        };
        reader.read_header()?;
        Ok(reader)
    }

    fn read_header(&mut self) -> Result<(), CassetteError> {
        let not_a_cassette = CassetteError::NotACassette { path: self.path.clone() };
        match self.cutter.next(&mut self.buffer).map_err(|cause| self.failed(cause))? {
            // Killed before the header was whole: an empty recording.
            Cut::Torn { line, offset, bytes } if self.buffer.starts_with(b"{\n  \"cassette\"") => {
                self.torn = Some(TornTail { offset, line, bytes });
                self.done = true;
                return Ok(());
            }
            Cut::Record { .. } => {}
            _ => return Err(not_a_cassette),
        }
        let Ok(FormatVersion { cassette: version }) = serde_json::from_slice(&self.buffer) else {
            return Err(not_a_cassette);
        };
        if version == 0 || version > FORMAT_VERSION {
            return Err(CassetteError::Newer { path: self.path.clone(), version });
        }
        self.records = 1;
        self.whole = self.cutter.offset();
        let mut unknown = Vec::new();
        let read = {
            let mut deserializer = serde_json::Deserializer::from_slice(&self.buffer);
            serde_ignored::deserialize(&mut deserializer, |key| unknown.push(key.to_string()))
        };
        self.header = read.map_err(|e| self.wrong(1, RecordError::Shape(e.to_string())))?;
        self.name_unknown(1, &unknown);
        Ok(())
    }

    /// The header record.
    pub fn header(&self) -> &CassetteHeader {
        &self.header
    }

    /// Whether a footer closes the file; known at its end.
    pub fn is_sealed(&self) -> bool {
        self.sealed
    }

    /// The torn end of the file, if any; known at its end.
    pub fn torn(&self) -> Option<&TornTail> {
        self.torn.as_ref()
    }

    /// What should be said of the file, so far.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// What tells that exchanges were taken out, or put in, by hand: numbers or a footer that do not fit
    /// what is there. The first of it; all of it is known at the end.
    pub fn miscount(&self) -> Option<&str> {
        self.miscount.as_deref()
    }

    /// The line (from 1) on which the record begins that was read last.
    pub fn record_line(&self) -> u64 {
        self.line
    }

    /// The text of the record that was read last: the header's before the first exchange.
    pub fn record_text(&self) -> &[u8] {
        &self.buffer
    }

    /// Bytes up to the end of the last whole record.
    pub(super) fn whole_bytes(&self) -> u64 {
        self.whole
    }

    /// Whether the header is all that is there, and torn.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    /// What was found besides exchanges, by now.
    pub(super) fn into_parts(self) -> (CassetteHeader, Option<TornTail>, Vec<String>) {
        (self.header, self.torn, self.warnings)
    }

    /// The same for a file whose records were gone through without this reader.
    pub(super) fn closed(
        mut self,
        sealed: bool,
    ) -> (CassetteHeader, Option<TornTail>, Vec<String>) {
        self.sealed = sealed;
        self.end();
        self.into_parts()
    }

    /// The next exchange that is `wanted`, by its place in the file (from 1). The others are counted
    /// and not read: what is wrong inside them is left to those who want them.
    pub fn next_wanted(
        &mut self,
        wanted: impl Fn(u64) -> bool,
    ) -> Option<Result<Exchange, CassetteError>> {
        if self.done {
            return None;
        }
        let next = self.next_exchange(wanted).transpose();
        // Nothing is read past an error: what follows could not be numbered.
        self.done = !matches!(next, Some(Ok(_)));
        next
    }

    fn next_exchange(
        &mut self,
        wanted: impl Fn(u64) -> bool,
    ) -> Result<Option<Exchange>, CassetteError> {
        loop {
            let cut = self.cutter.next(&mut self.buffer).map_err(|cause| self.failed(cause))?;
            let line = match cut {
                Cut::Record { line } => line,
                Cut::End => {
                    self.end();
                    return Ok(None);
                }
                Cut::Torn { line, .. } if salvage::whole_in(&self.buffer) => {
                    self.records += 1;
                    let what = "breaks off, and whole records follow it".to_owned();
                    return Err(self.wrong(line, RecordError::Shape(what)));
                }
                Cut::Torn { line, offset, bytes }
                | Cut::Garbage { line, offset, bytes, last: true } => {
                    self.torn = Some(TornTail { offset, line, bytes });
                    self.sealed = false;
                    return Ok(None);
                }
                Cut::Garbage { line, .. } => {
                    return Err(self.wrong(line, RecordError::Shape("expected `{`".to_owned())));
                }
                Cut::TooLarge { line } => {
                    let what = format!("larger than {RECORD_LIMIT} bytes");
                    return Err(self.wrong(line, RecordError::Shape(what)));
                }
            };
            self.records += 1;
            if begins_exchange(&self.buffer) && !wanted(self.exchanges + 1) {
                self.exchanges += 1;
                self.sealed = false;
                self.whole = self.cutter.offset();
                if let Some(number) = number_of(&self.buffer) {
                    self.place(line, ExchangeNumber(number));
                }
                continue;
            }
            self.line = line;
            let buffer = std::mem::take(&mut self.buffer);
            let found = self.record(line, &buffer);
            self.buffer = buffer;
            if found.is_err() && self.is_torn_at(line)? {
                return Ok(None);
            }
            if found.is_ok() {
                self.whole = self.cutter.offset();
            }
            if let Some(exchange) = found? {
                return Ok(Some(exchange));
            }
        }
    }

    /// Whether the record that was read last is a torn end whose brackets something closed: it is no
    /// JSON, or what comes after it is no record, and nothing that is whole follows. What a hand made
    /// is neither.
    fn is_torn_at(&mut self, line: u64) -> Result<bool, CassetteError> {
        let next = self.cutter.peek().map_err(|cause| self.failed(cause))?;
        let is_json = serde_json::from_slice::<IgnoredAny>(&self.buffer).is_ok();
        if is_json && matches!(next, None | Some(b'{')) {
            return Ok(false);
        }
        let stretch = io::Cursor::new(&self.buffer).chain(self.cutter.rest());
        let bytes = salvage::without_record(stretch).map_err(|cause| self.failed(cause))?;
        let Some(bytes) = bytes else { return Ok(false) };
        self.torn = Some(TornTail { offset: self.whole, line, bytes });
        self.sealed = false;
        Ok(true)
    }

    /// Reads one record; `None` for a footer.
    fn record(&mut self, line: u64, text: &[u8]) -> Result<Option<Exchange>, CassetteError> {
        let usual = std::str::from_utf8(text).ok().and_then(|text| self.usual.exchange(text));
        if let Some((exchange, _)) = usual.filter(|(_, length)| *length == text.len()) {
            return Ok(Some(self.next_in_place(line, exchange)));
        }
        let mut unknown = Vec::new();
        let mut deserializer = serde_json::Deserializer::from_slice(text);
        let read: Result<Record<'_>, _> =
            serde_ignored::deserialize(&mut deserializer, |key| unknown.push(key.to_string()));
        let record = read.map_err(|e| self.wrong(line, RecordError::Shape(e.to_string())))?;
        self.name_unknown(line, &unknown);
        if record.end == Some(true) {
            self.sealed = true;
            if record.exchanges != Some(self.exchanges) {
                let (said, there) = (record.exchanges.unwrap_or(0), self.exchanges);
                self.miscounted(format!(
                    "line {line}: the footer counts {said} exchanges, the file holds {there}"
                ));
            }
            return Ok(None);
        }
        if record.cassette.is_some() {
            let what = "a second header; `testimony cassette merge` joins cassettes".to_owned();
            return Err(self.wrong(line, RecordError::Shape(what)));
        }
        if record.exchange.is_none() {
            return Err(self.wrong(line, RecordError::Kind));
        }
        let exchange = record.into_exchange().map_err(|cause| self.wrong(line, cause))?;
        Ok(Some(self.next_in_place(line, exchange)))
    }

    /// Gives the next exchange the number of its place.
    fn next_in_place(&mut self, line: u64, mut exchange: Exchange) -> Exchange {
        self.sealed = false;
        self.exchanges += 1;
        self.place(line, exchange.number);
        exchange.number = ExchangeNumber(self.exchanges);
        exchange
    }

    /// Notes an exchange whose number is not that of its place.
    fn place(&mut self, line: u64, said: ExchangeNumber) {
        let place = self.exchanges;
        if said.0 != place {
            self.miscounted(format!("line {line}: exchange {said} stands at place {place}"));
        }
    }

    fn miscounted(&mut self, what: String) {
        self.miscount.get_or_insert_with(|| what.clone());
        self.warn(what);
    }

    fn end(&mut self) {
        if !self.sealed {
            self.warn("no footer: the recorder did not close it; what it holds is whole".into());
            let open = super::store::open_files(&self.path).len();
            if open > 0 {
                self.warn(format!(
                    "{open} exchanges are still open, or were when the recorder was killed: `testimony cassette recover` takes those in"
                ));
            }
        }
    }

    fn name_unknown(&mut self, line: u64, keys: &[String]) {
        if !keys.is_empty() {
            self.warn(format!("line {line}: unknown keys, not read: `{}`", keys.join("`, `")));
        }
    }

    fn warn(&mut self, warning: String) {
        if self.warnings.len() < WARNING_LIMIT {
            self.warnings.push(warning);
        }
    }

    fn wrong(&self, line: u64, cause: RecordError) -> CassetteError {
        CassetteError::Record { path: self.path.clone(), line, record: self.records.max(1), cause }
    }

    fn failed(&self, cause: io::Error) -> CassetteError {
        CassetteError::File { path: self.path.clone(), cause }
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Exchange, CassetteError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_wanted(|_| true)
    }
}

/// Whether a record is an exchange as it is written: by its first key.
fn begins_exchange(record: &[u8]) -> bool {
    let inside = record.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    inside.is_some_and(|inside| inside.starts_with(b"\"exchange\""))
}

/// The number of an exchange as it is written, without reading the rest of it.
fn number_of(record: &[u8]) -> Option<u64> {
    let inside = record.strip_prefix(b"{")?.trim_ascii_start().strip_prefix(b"\"exchange\"")?;
    let value = inside.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let end = value.iter().position(|b| !b.is_ascii_digit())?;
    std::str::from_utf8(&value[..end]).ok()?.parse().ok()
}

/// The one key of the header that every version has.
#[derive(serde::Deserialize)]
struct FormatVersion {
    cassette: u64,
}

/// Reads a whole cassette.
pub fn read(path: &Path) -> Result<Cassette, CassetteError> {
    let mut reader = Reader::open(path)?;
    let exchanges = reader.by_ref().collect::<Result<Vec<_>, _>>()?;
    Ok(Cassette {
        exchanges,
        sealed: reader.sealed,
        torn: reader.torn,
        warnings: reader.warnings,
        header: reader.header,
    })
}
