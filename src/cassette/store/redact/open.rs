//! The same for exchanges that were open when their recorder was killed.

use super::super::unfinished::{self, Line};
use super::super::{StoreError, file_error, keep_body};
use super::{Left, in_exchange};
use crate::cassette::encode::record_text;
use crate::cassette::redact::Redactor;
use crate::exchange::Exchange;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

/// Looks for what the rules find in the exchanges that are open beside a cassette; answers how many.
pub(super) fn look(
    cassette: &Path,
    redactor: &Redactor,
    finds: &mut BTreeSet<Left>,
) -> Result<u64, StoreError> {
    let mut count = 0;
    for path in unfinished::files(cassette) {
        let Some(exchange) = read(&path)? else { continue };
        let mut of_it = BTreeSet::new();
        in_exchange(cassette, exchange, redactor, &mut of_it)?;
        finds.extend(of_it.into_iter().map(|left| told(&path, left.at, left.rule)));
        count += 1;
    }
    Ok(count)
}

/// Applies the rules to them, and lists what was replaced.
pub(super) fn redact(
    cassette: &Path,
    redactor: &Redactor,
    finds: &mut BTreeSet<Left>,
) -> Result<(), StoreError> {
    for path in unfinished::files(cassette) {
        let Some(mut exchange) = read(&path)? else { continue };
        let notes = std::mem::take(&mut exchange.redacted);
        let mut done = redactor.redact(exchange.clone()).into_exchange();
        let fresh = std::mem::replace(&mut done.redacted, notes);
        if fresh.is_empty() {
            continue;
        }
        for note in fresh {
            if note.secret > 0 {
                finds.insert(told(&path, note.at.clone(), note.rule.clone()));
            }
            if !done.redacted.contains(&note) {
                done.redacted.push(note);
            }
        }
        write(&path, cassette, &done)?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Option<Exchange>, StoreError> {
    unfinished::read(path).map_err(|cause| file_error(path, "reading", cause))
}

/// Puts the file anew in its place.
fn write(path: &Path, cassette: &Path, exchange: &Exchange) -> Result<(), StoreError> {
    let failed = |cause| file_error(path, "writing it anew", cause);
    let record = record_text(exchange);
    for (name, bytes) in &record.files {
        keep_body(cassette, name, bytes)?;
    }
    let (front, rest) = record.numbered(0);
    let mut fresh =
        tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
    for part in [Line::Whole.text().as_bytes(), &front, rest] {
        fresh.write_all(part).map_err(failed)?;
    }
    fresh.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

fn told(path: &Path, at: String, rule: String) -> Left {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Left { exchange: None, at: format!("open exchange {name}: {at}"), rule }
}

#[cfg(test)]
mod tests {
    use crate::cassette::redact::{Policy, RuleSet, Secret};
    use crate::cassette::{CassetteHeader, Mode, Redactor, Writer, audit, redact_file};
    use crate::exchange::{Exchange, ExchangeNumber, Request, Source, Timing};
    use std::sync::Arc;

    #[test]
    fn open_exchanges_are_looked_at_and_redacted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.cassette");
        let header = CassetteHeader::new("c");
        let writer = Writer::open(&path, &header, Mode::Once).unwrap();
        let redactor: Arc<Redactor> = Arc::default();
        let exchange = Exchange {
            number: ExchangeNumber(0),
            at: jiff::Timestamp::UNIX_EPOCH,
            source: Source::Live,
            request: Request { target: "http://h/Wh4le-Song".to_owned(), ..Request::default() },
            interim: Vec::new(),
            response: None,
            timing: Timing::default(),
            error: None,
            redacted: Vec::new(),
            messages: Vec::new(),
            digest: None,
        };
        let record = writer.open_record(&redactor, exchange, false).unwrap();
        record.add(crate::cassette::Side::Request, 1.0, b"{\"x\": \"Wh4le-Song\"}\n").unwrap();
        drop((record, writer));
        let known = vec![("WHALE".to_owned(), Secret::new("Wh4le-Song"))];
        let policy = Policy::new(known, RuleSet::default());
        let found = audit(&path, &policy).unwrap();
        let places: Vec<&str> =
            found.finds.iter().map(|left| left.at.rsplit(": ").next().unwrap()).collect();
        assert_eq!((found.exchanges, places), (1, vec!["/request/body", "/request/target"]));
        assert_eq!(redact_file(&path, &policy).unwrap().finds.len(), 2);
        assert!(audit(&path, &policy).unwrap().finds.is_empty());
        let writer = Writer::open(&path, &header, Mode::NewEpisodes).unwrap();
        assert_eq!((writer.unfinished(), writer.exchanges()), (1, 1));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("http://h/{{secret:1}}") && !text.contains("Wh4le"), "{text}");
    }
}
