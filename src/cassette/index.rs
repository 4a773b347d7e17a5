//! A cassette gone through for its requests, with its responses left where they are: a replay of many
//! exchanges begins at once, and memory holds what is asked for.
//!
//! Usual files are taken in parts by several threads. A part begins where a line end stands between a
//! closing and an opening bracket: no string of JSON holds a line end, and nothing else stands between
//! records. Whatever is unusual about a file (a torn end, an unknown key, a wrong count) sends it to
//! the [`Reader`], which tells it as ever.

use super::fetch::{Records, Stretch, read_at};
use super::glance::{Glance, glance};
use super::model::{CassetteHeader, TornTail};
use super::reader::{CassetteError, Reader};
use super::records::RECORD_LIMIT;
use crate::exchange::{Exchange, ExchangeNumber, Redaction, Request};
use jiff::Timestamp;
use memchr::memchr_iter;
use std::fs::{File, Metadata};
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Files up to this length are read whole.
const WHOLE: u64 = 4 * 1024 * 1024;
/// Bytes of a part, about.
const PART: u64 = 4 * 1024 * 1024;
/// Most threads that go through one file.
const THREADS: usize = 8;
/// What was found in a cassette.
#[derive(Debug)]
pub struct Indexed<T> {
    /// The first record.
    pub header: CassetteHeader,
    /// What was made of each exchange, in order.
    pub items: Vec<T>,
    /// A record that was being written when the recorder died.
    pub torn: Option<TornTail>,
    /// What a reader should say.
    pub warnings: Vec<String>,
    /// Where responses that were left are read from.
    pub records: Records,
}

/// An exchange that was come across.
#[derive(Debug)]
pub enum Glimpse {
    /// Read whole, from where its record stands.
    Whole(Box<Exchange>, Stretch),
    /// Its response stays in the file.
    Outline(Box<Outline>),
}

/// An exchange whose response stays in the file.
#[derive(Debug)]
pub struct Outline {
    /// Number.
    pub number: ExchangeNumber,
    /// When the request's head had arrived.
    pub at: Timestamp,
    /// The request.
    pub request: Request,
    /// What was redacted.
    pub redacted: Vec<Redaction>,
    /// Where the rest is.
    pub stretch: Stretch,
}

/// A cassette that was opened, to be gone through.
#[derive(Debug)]
pub struct Contents {
    path: PathBuf,
    file: File,
    about: Metadata,
    reader: Reader<io::BufReader<File>>,
    /// Whether it is read whole.
    is_whole: bool,
    /// Bytes of a part, about.
    part: u64,
}

impl Contents {
    /// Opens a cassette and reads its header.
    pub fn open(path: &Path) -> Result<Self, CassetteError> {
        Self::open_by(path, (WHOLE, PART))
    }

    /// The same with these sizes of files that are read whole, and of parts.
    fn open_by(path: &Path, (whole_up_to, part): (u64, u64)) -> Result<Self, CassetteError> {
        let failed = |cause| CassetteError::File { path: path.to_owned(), cause };
        let file = File::open(path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        // What is no plain file has no parts.
        let is_whole = !about.is_file() || about.len() <= whole_up_to;
        let reader = Reader::open(path)?;
        Ok(Self { path: path.to_owned(), file, about, reader, is_whole, part })
    }

    /// The cassette.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The first record.
    pub fn header(&self) -> &CassetteHeader {
        self.reader.header()
    }

    /// Goes through it and makes something of each exchange, in whatever order, on several threads.
    pub fn index<T: Send>(
        self,
        look: impl Fn(Glimpse) -> T + Sync,
    ) -> Result<Indexed<T>, CassetteError> {
        let Self { path, file, about, reader, is_whole, part } = self;
        let ends = (reader.whole_bytes(), about.len());
        let is_odd = is_whole || reader.is_done();
        let taken = if is_odd { None } else { quickly(&file, ends, part, &look) };
        let records = Records::new(&path, file, &about);
        let Some((items, sealed)) = taken else { return slowly(reader, records, is_whole, look) };
        let (header, torn, warnings) = reader.closed(sealed);
        Ok(Indexed { header, items, torn, warnings, records })
    }
}

/// Reads a cassette record by record.
fn slowly<T>(
    mut reader: Reader<io::BufReader<File>>,
    records: Records,
    is_whole: bool,
    look: impl Fn(Glimpse) -> T,
) -> Result<Indexed<T>, CassetteError> {
    let mut items = Vec::new();
    while let Some(exchange) = reader.next().transpose()? {
        let length = reader.record_text().len();
        let offset = reader.whole_bytes() - length as u64;
        let stretch = Stretch { offset, length: u32::try_from(length).unwrap_or(u32::MAX) };
        if is_whole {
            items.push(look(Glimpse::Whole(Box::new(exchange), stretch)));
            continue;
        }
        let Exchange { number, at, request, redacted, .. } = exchange;
        let outline = Outline { number, at, request, redacted, stretch };
        items.push(look(Glimpse::Outline(Box::new(outline))));
    }
    let (header, torn, warnings) = reader.into_parts();
    Ok(Indexed { header, items, torn, warnings, records })
}

/// What a part of a file came to.
struct Part<T> {
    exchanges: Vec<(u64, T)>,
    /// How many exchanges of the part stand before a footer, and how many it counts in the file.
    footers: Vec<(u64, u64)>,
    /// Whether a footer is its last record; `None` where it has no record.
    sealed: Option<bool>,
}

/// Goes through a usual cassette: its items, and whether a footer closes it. `None` for any other.
fn quickly<T: Send>(
    file: &File,
    (start, end): (u64, u64),
    size: u64,
    look: &(impl Fn(Glimpse) -> T + Sync),
) -> Option<(Vec<T>, bool)> {
    let count = usize::try_from((end - start).div_ceil(size)).ok()?;
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let parts: Mutex<Vec<Option<Part<T>>>> = Mutex::new((0..count).map(|_| None).collect());
    let work = || {
        let mut buffer = Vec::new();
        while !failed.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return;
            }
            let from = |index: usize| start + size * index as u64;
            let ends = (from(index), from(index + 1).min(end), end);
            let part = part(file, ends, index == 0, &mut buffer, look);
            if part.is_none() {
                failed.store(true, Ordering::Relaxed);
            }
            if let Ok(mut parts) = parts.lock() {
                parts[index] = part;
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 1..threads.min(THREADS).min(count) {
            scope.spawn(work);
        }
        work();
    });
    joined(parts.into_inner().ok()?)
}

/// Puts the parts together, where they count right.
fn joined<T>(parts: Vec<Option<Part<T>>>) -> Option<(Vec<T>, bool)> {
    let sizes = parts.iter().flatten().map(|part| part.exchanges.len());
    let (mut items, mut sealed) = (Vec::with_capacity(sizes.sum()), false);
    for part in parts {
        let Part { exchanges, footers, sealed: last } = part?;
        let before = items.len() as u64;
        footers.iter().all(|(place, said)| before + place == *said).then_some(())?;
        for (number, item) in exchanges {
            items.push(item);
            (number == items.len() as u64).then_some(())?;
        }
        sealed = last.unwrap_or(sealed);
    }
    Some((items, sealed))
}

/// Goes through the records that begin in a part.
fn part<T>(
    file: &File,
    (from, to, end): (u64, u64, u64),
    is_first: bool,
    buffer: &mut Vec<u8>,
    look: &impl Fn(Glimpse) -> T,
) -> Option<Part<T>> {
    let first = if is_first { from } else { boundary(file, from, end)? };
    let last = if to == end { end } else { boundary(file, to, end)? };
    let mut part = Part { exchanges: Vec::new(), footers: Vec::new(), sealed: None };
    let length = usize::try_from(last.checked_sub(first)?).ok()?;
    buffer.resize(length, 0);
    read_at(file, buffer, first).ok()?;
    let text = std::str::from_utf8(buffer).ok()?;
    let mut at = 0;
    loop {
        at += text.as_bytes()[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if at == text.len() {
            return Some(part);
        }
        let (found, length) = glance(&text[at..])?;
        if length > RECORD_LIMIT {
            return None;
        }
        match found {
            Glance::Footer(count) => {
                part.footers.push((part.exchanges.len() as u64, count));
                part.sealed = Some(true);
            }
            Glance::Exchange(seen) => {
                let length = u32::try_from(length).ok()?;
                let stretch = Stretch { offset: first + at as u64, length };
                let number = ExchangeNumber(seen.number);
                let (at, request, redacted) = (seen.at, seen.request, seen.redacted);
                let outline = Outline { number, at, request, redacted, stretch };
                part.exchanges.push((seen.number, look(Glimpse::Outline(Box::new(outline)))));
                part.sealed = Some(false);
            }
        }
        at += length;
    }
}

/// Where the first record begins that is told from what stands before it at or after `from`; `end`
/// where none does.
fn boundary(file: &File, from: u64, end: u64) -> Option<u64> {
    let mut window = Vec::new();
    // A record is searched in ever longer windows: by far most end in the first.
    let mut length = 64 * 1024;
    loop {
        let there = usize::try_from(end - from).unwrap_or(usize::MAX).min(length);
        window.resize(there, 0);
        read_at(file, &mut window, from).ok()?;
        if let Some(found) = boundary_in(&window) {
            return Some(from + found as u64);
        }
        if there < length {
            return Some(end);
        }
        if length > RECORD_LIMIT {
            return None;
        }
        length *= 8;
    }
}

fn boundary_in(window: &[u8]) -> Option<usize> {
    memchr_iter(b'\n', window).find_map(|at| {
        let before = window[..at].iter().rfind(|byte| !byte.is_ascii_whitespace());
        let space = window[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let is_one = before == Some(&b'}') && window.get(at + space) == Some(&b'{');
        is_one.then_some(at + space)
    })
}

#[cfg(test)]
mod tests;
