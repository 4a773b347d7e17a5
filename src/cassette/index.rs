//! A cassette gone through for its requests, with its responses left where they are: a replay of many
//! exchanges begins at once, and memory holds what is asked for.
//!
//! Usual files are taken in [parts](super::parts) by several threads. Whatever is unusual about a file (a torn
//! end, an unknown key, a wrong count) sends it to the [`Reader`], which tells it as ever.

use super::body::open_regular;
use super::fetch::{Records, Stretch};
use super::glance::{Glance, glance};
use super::model::{CassetteHeader, TornTail};
use super::parts::{Clerk, Met, PART, by_parts};
use super::reader::{CassetteError, Reader};
use crate::exchange::{Exchange, ExchangeNumber, Redaction, Request};
use jiff::Timestamp;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// Files up to this length are read whole.
const WHOLE: u64 = PART;

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
        let file = open_regular(path).map_err(failed)?;
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
        let clerk = || Glancing(&look);
        let taken = if is_odd { None } else { by_parts(&file, ends, part, clerk) };
        let records = Records::new(&path, file, &about);
        let Some(taken) = taken else { return slowly(reader, records, is_whole, look) };
        let (items, sealed) = (taken.items, taken.sealed);
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

/// Glances at records, and makes something of each.
struct Glancing<'l, F>(&'l F);

impl<T: Send, F: Fn(Glimpse) -> T + Sync> Clerk for Glancing<'_, F> {
    type Item = T;

    fn record(&mut self, text: &str, offset: u64) -> Option<(Met<T>, usize)> {
        let (found, length) = glance(text)?;
        let met = match found {
            Glance::Footer(count) => Met::Footer(count),
            Glance::Exchange(seen) => {
                let stretch = Stretch { offset, length: u32::try_from(length).ok()? };
                let number = ExchangeNumber(seen.number);
                let (at, request, redacted) = (seen.at, seen.request, seen.redacted);
                let outline = Outline { number, at, request, redacted, stretch };
                Met::Exchange(seen.number, (self.0)(Glimpse::Outline(Box::new(outline))))
            }
        };
        Some((met, length))
    }
}

#[cfg(test)]
mod tests;
