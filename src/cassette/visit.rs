//! Having the exchanges of a large cassette visited, on several threads.

use super::body::open_regular;
use super::decode::Record;
use super::parts::{Clerk, Met, PART, by_parts};
use super::reader::{CassetteError, Reader};
use super::usual::Usual;
use crate::exchange::Exchange;
use memchr::memmem;
use std::path::Path;

/// What came of a visit.
#[derive(Debug)]
pub struct Visited<V> {
    /// The visitors, one for each thread.
    pub visitors: Vec<V>,
    /// What a reader should say of the file.
    pub warnings: Vec<String>,
}

/// Has every exchange that is `wanted`, by its number, visited, in whatever order; `visitor` makes a
/// visitor for each thread. `None`, whatever was visited by then, for a cassette that is small, or unusual
/// in any way: a [`Reader`] takes it record by record, and tells what there is to be told.
pub fn visit<V: Send>(
    path: &Path,
    wanted: impl Fn(u64) -> bool + Sync,
    visitor: impl Fn() -> V + Sync,
    visit: impl Fn(&mut V, Exchange) + Sync,
) -> Result<Option<Visited<V>>, CassetteError> {
    visit_by(path, (PART, PART), wanted, visitor, visit)
}

/// The same with these sizes of files that are small, and of parts.
fn visit_by<V: Send>(
    path: &Path,
    (small, part): (u64, u64),
    wanted: impl Fn(u64) -> bool + Sync,
    visitor: impl Fn() -> V + Sync,
    visit: impl Fn(&mut V, Exchange) + Sync,
) -> Result<Option<Visited<V>>, CassetteError> {
    let failed = |cause| CassetteError::File { path: path.to_owned(), cause };
    let file = open_regular(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if !about.is_file() || about.len() <= small {
        return Ok(None);
    }
    let reader = Reader::open(path)?;
    if reader.is_done() {
        return Ok(None);
    }
    let ends = (reader.whole_bytes(), about.len());
    let hire =
        || Visiting { visitor: visitor(), usual: Usual::default(), wanted: &wanted, visit: &visit };
    let Some(taken) = by_parts(&file, ends, part, hire) else { return Ok(None) };
    let (_, _, warnings) = reader.closed(taken.sealed);
    let visitors = taken.clerks.into_iter().map(|clerk| clerk.visitor).collect();
    Ok(Some(Visited { visitors, warnings }))
}

/// Reads records whole, and has them visited.
struct Visiting<'v, V, W, F> {
    visitor: V,
    usual: Usual,
    wanted: &'v W,
    visit: &'v F,
}

impl<V: Send, W: Fn(u64) -> bool + Sync, F: Fn(&mut V, Exchange) + Sync> Clerk
    for Visiting<'_, V, W, F>
{
    type Item = ();

    fn record(&mut self, text: &str, _: u64) -> Option<(Met<()>, usize)> {
        if let Some(number) = number(text)
            && !(self.wanted)(number)
        {
            return Some((Met::Exchange(number, ()), length(text)?));
        }
        if let Some((exchange, length)) = self.usual.exchange(text) {
            let number = exchange.number.0;
            (self.visit)(&mut self.visitor, exchange);
            return Some((Met::Exchange(number, ()), length));
        }
        let length = length(text)?;
        let text = text.get(..length)?;
        let mut is_unusual = false;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let record: Record<'_> =
            serde_ignored::deserialize(&mut deserializer, |_| is_unusual = true).ok()?;
        deserializer.end().ok()?;
        if is_unusual || record.cassette.is_some() {
            return None;
        }
        if record.end == Some(true) {
            return Some((Met::Footer(record.exchanges?), length));
        }
        let number = record.exchange?;
        (self.visit)(&mut self.visitor, record.into_exchange().ok()?);
        Some((Met::Exchange(number, ()), length))
    }
}

/// The length of the record that a text begins with: its first line, or up to a bracket at the begin
/// of a line. Where it has another layout, what is before that is no JSON.
fn length(text: &str) -> Option<usize> {
    let line = memchr::memchr(b'\n', text.as_bytes()).unwrap_or(text.len());
    let line = text[..line].trim_ascii_end();
    if line.ends_with('}') {
        return Some(line.len());
    }
    Some(memmem::find(text.as_bytes(), b"\n}")? + 2)
}

/// The number of an exchange, where its record begins as records are written.
fn number(record: &str) -> Option<u64> {
    let value = record.strip_prefix('{')?.trim_ascii_start().strip_prefix("\"exchange\":")?;
    let value = value.trim_ascii_start();
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    value[digits..].trim_ascii_start().starts_with(',').then(|| value[..digits].parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cassette::{CassetteHeader, Mode, Redacted, Writer};
    use crate::exchange::{Body, ExchangeNumber, Request, Response, Source, Timing};

    /// A cassette of so many exchanges, and its text.
    fn cassette(count: u64) -> (tempfile::TempDir, std::path::PathBuf, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.cassette");
        let writer = Writer::open(&path, &CassetteHeader::new("test"), Mode::Once).unwrap();
        for number in 1..=count {
            let body = format!("{{\"n\":{number},\"of\":[{{}}]}}");
            let exchange = Exchange {
                number: ExchangeNumber(number),
                at: jiff::Timestamp::UNIX_EPOCH,
                source: Source::Live,
                request: Request {
                    method: "GET".into(),
                    target: format!("http://h/{number}"),
                    ..Request::default()
                },
                response: Some(Response {
                    body: Body::from(body.as_str()),
                    status: 200,
                    ..Response::default()
                }),
                timing: Timing::default(),
                error: None,
                redacted: Vec::new(),
                interim: Vec::new(),
                messages: Vec::new(),
                digest: None,
            };
            writer.append(&Redacted::from_cassette(exchange)).unwrap();
        }
        writer.seal().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        (folder, path, text)
    }

    fn visited(
        path: &Path,
        part: u64,
        wanted: impl Fn(u64) -> bool + Sync,
    ) -> Option<Vec<Exchange>> {
        let collect = |all: &mut Vec<Exchange>, exchange| all.push(exchange);
        let visited = visit_by(path, (10, part), wanted, Vec::new, collect).unwrap()?;
        let mut all: Vec<Exchange> = visited.visitors.into_iter().flatten().collect();
        all.sort_by_key(|exchange| exchange.number);
        Some(all)
    }

    #[test]
    fn a_visit_sees_what_a_reader_reads() {
        let (_folder, path, _) = cassette(60);
        let read = crate::cassette::read(&path).unwrap().exchanges;
        for part in [100, 1000, 7000, 1 << 20] {
            assert_eq!(visited(&path, part, |_| true).unwrap(), read, "parts of {part}");
        }
        let some = visited(&path, 1000, |number| number % 3 == 1).unwrap();
        let expected: Vec<Exchange> =
            read.into_iter().filter(|exchange| exchange.number.0 % 3 == 1).collect();
        assert_eq!(some, expected);
    }

    #[test]
    fn what_is_unusual_is_left_to_a_reader() {
        let (_folder, path, text) = cassette(20);
        let middle = text.find("\"exchange\": 9,").unwrap();
        let changed = |from: &str, to: &str| {
            let (before, after) = text.split_at(middle);
            before.to_owned() + &after.replacen(from, to, 1)
        };
        for (what, odd) in [
            ("an unknown key", changed("\"at\"", "\"odd\": 1, \"at\"")),
            ("a number out of turn", changed("\"exchange\": 9,", "\"exchange\": 10,")),
            ("a wrong count", text.replace("\"exchanges\": 20", "\"exchanges\": 21")),
            ("a torn end", text[..text.len() - 90].to_owned()),
            ("no JSON", changed("\"at\":", "\"at\"")),
            ("a time that is none", changed("\"at\": \"1", "\"at\": \"x1")),
            ("another header", text.clone() + &text),
        ] {
            std::fs::write(&path, odd).unwrap();
            assert!(visited(&path, 1000, |_| true).is_none(), "{what}");
        }
    }

    #[test]
    fn what_no_footer_closes_is_told() {
        let (_folder, path, text) = cassette(20);
        let footer = text.rfind('{').unwrap();
        std::fs::write(&path, &text[..footer]).unwrap();
        let visited = visit_by(&path, (10, 1000), |_| true, || 0, |seen, _| *seen += 1);
        let visited = visited.unwrap().unwrap();
        assert_eq!(visited.visitors.iter().sum::<u32>(), 20);
        assert!(visited.warnings[0].starts_with("no footer"), "{:?}", visited.warnings);
    }
}
