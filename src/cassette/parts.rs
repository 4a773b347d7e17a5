//! Going through a usual cassette in parts, on several threads.
//!
//! A part begins where a line end stands between a closing and an opening bracket: no string of JSON holds
//! a line end, and nothing else stands between records.

use super::fetch::read_at;
use super::records::RECORD_LIMIT;
use memchr::memchr_iter;
use std::fs::File;
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Bytes of a part, about.
pub(super) const PART: u64 = 4 * 1024 * 1024;
/// Most threads that go through one file.
const THREADS: usize = 8;

/// One who reads records, each thread its own.
pub(super) trait Clerk: Send {
    /// What is made of an exchange.
    type Item: Send;

    /// Reads the record that `text` begins with, at an offset of the file, and its length; `None` for
    /// one that is unusual.
    fn record(&mut self, text: &str, offset: u64) -> Option<(Met<Self::Item>, usize)>;
}

/// A record that was come across.
pub(super) enum Met<T> {
    /// A footer that counts so many exchanges.
    Footer(u64),
    /// The exchange of this number.
    Exchange(u64, T),
}

/// What a cassette came to.
pub(super) struct Taken<C: Clerk> {
    /// What was made of the exchanges, in order.
    pub items: Vec<C::Item>,
    /// Whether a footer closes it.
    pub sealed: bool,
    /// Who read them.
    pub clerks: Vec<C>,
}

/// What a part of a file came to.
struct Part<T> {
    exchanges: Vec<(u64, T)>,
    /// How many exchanges of the part stand before a footer, and how many it counts in the file.
    footers: Vec<(u64, u64)>,
    /// Whether a footer is its last record; `None` where it has no record.
    sealed: Option<bool>,
}

/// Goes through what of a usual cassette stands between two offsets, the end of its header and its own;
/// `hire` gives each thread its clerk. `None` for any other, whatever was read by then.
pub(super) fn by_parts<C: Clerk>(
    file: &File,
    (start, end): (u64, u64),
    size: u64,
    hire: impl Fn() -> C + Sync,
) -> Option<Taken<C>> {
    let count = usize::try_from((end - start).div_ceil(size)).ok()?;
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let parts: Mutex<Vec<Option<Part<C::Item>>>> = Mutex::new((0..count).map(|_| None).collect());
    let clerks = Mutex::new(Vec::new());
    let work = || {
        let (mut buffer, mut clerk) = (Vec::new(), hire());
        while !failed.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                break;
            }
            let from = |index: usize| start + size * index as u64;
            let ends = (from(index), from(index + 1).min(end), end);
            let part = part(file, ends, index == 0, &mut buffer, &mut clerk);
            if part.is_none() {
                failed.store(true, Ordering::Relaxed);
            }
            if let Ok(mut parts) = parts.lock() {
                parts[index] = part;
            }
        }
        if let Ok(mut clerks) = clerks.lock() {
            clerks.push(clerk);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 1..threads.min(THREADS).min(count) {
            scope.spawn(work);
        }
        work();
    });
    let (items, sealed) = joined(parts.into_inner().ok()?)?;
    Some(Taken { items, sealed, clerks: clerks.into_inner().ok()? })
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
fn part<C: Clerk>(
    file: &File,
    (from, to, end): (u64, u64, u64),
    is_first: bool,
    buffer: &mut Vec<u8>,
    clerk: &mut C,
) -> Option<Part<C::Item>> {
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
        let (met, length) = clerk.record(&text[at..], first + at as u64)?;
        if length > RECORD_LIMIT {
            return None;
        }
        match met {
            Met::Footer(count) => {
                part.footers.push((part.exchanges.len() as u64, count));
                part.sealed = Some(true);
            }
            Met::Exchange(number, item) => {
                part.exchanges.push((number, item));
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
