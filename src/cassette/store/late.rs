//! Secrets that became known after exchanges were written that hold them: these are written anew.
//!
//! The order that lets nothing slip through: a value is first known to the redactor, then looked for in
//! the file under the writer's lock; and an exchange that is appended under that lock was searched for
//! every value that was known when the lock was taken.

use super::reading::{Reached, in_pieces, pieces};
use super::rewrite::{body_files, cassette_bodies, rewrite};
use super::{State, StoreError, Writer, beside, file_error, target};
use crate::cassette::body::body_folder;
use crate::cassette::encode::{RecordText, record_text};
use crate::cassette::reader::Reader;
use crate::cassette::redact::{Late, Redacted, Redactor, Sliding, Sort, Trace};
use crate::cassette::spool::{Partial, Spooled};
use crate::exchange::{
    Body, BodyFile, ContentCoding, Digest, Exchange, ExchangeNumber, Headers, Redaction,
};
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;
use std::io::Write as _;
use std::path::Path;

/// Bytes that are read to look for late values before a trace of what was written is kept.
const PATIENCE: u64 = 32 * 1024 * 1024;

/// What [`Writer::append_checked`] did.
#[derive(Debug, PartialEq, Eq)]
pub struct Appended {
    /// The number of the exchange.
    pub number: ExchangeNumber,
    /// Earlier exchanges in which secrets were replaced that became known only now.
    pub rewritten: Vec<ExchangeNumber>,
}

/// How far the search for late values has come.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// As many of the redactor's values surely stand nowhere in the file.
    values: usize,
    /// Bytes that were read for it.
    read: u64,
    /// What stands in the file, once that is worth it.
    trace: Option<Trace>,
}

#[cfg(test)]
impl Checked {
    pub(super) const fn has_trace(&self) -> bool {
        self.trace.is_some()
    }
}

impl Writer {
    /// Adds an exchange as [`Writer::append`] does, with those of its bodies that were written apart
    /// from it, and replaces what became known as secret by now in all of these and in what was
    /// written before.
    pub fn append_checked(
        &self,
        mut exchange: Redacted,
        bodies: Vec<Spooled>,
        redactor: &Redactor,
    ) -> Result<Appended, StoreError> {
        let mut record = record_text(exchange.exchange());
        let mut state = self.state();
        if !state.open {
            return Err(StoreError::Closed { path: self.working.clone() });
        }
        // Under the lock: a file that is there already may be removed with a secret of another's.
        self.keep(bodies)?;
        self.keep_bodies(&record)?;
        let mut gone = Vec::new();
        if exchange.known() < redactor.carried() {
            // Another exchange taught something in the meantime, or another part of this one.
            let mut old: Vec<String> = body_files(exchange.exchange()).collect();
            let changed = redactor.renew(&mut exchange);
            if changed | renew_files(exchange.exchange_mut(), &self.path, redactor, false)? {
                let fresh = record_text(exchange.exchange());
                self.keep_bodies(&fresh)?;
                let kept = names(&exchange, &fresh);
                old.extend(record.files.iter().map(|(name, _)| name.clone()));
                gone.extend(old.into_iter().filter(|name| !kept.contains(name)));
                record = fresh;
            }
        }
        let rewritten = self.replace_late(&mut state, redactor, exchange.known())?;
        self.remove_bodies(gone)?;
        let number = self.write_record(&mut state, &record)?;
        if let Some(trace) = &mut state.checked.trace {
            note(trace, exchange.exchange(), &self.path);
        }
        drop(state);
        self.renew_open()?;
        Ok(Appended { number, rewritten })
    }

    /// Removes body files that an exchange had before it was renewed, but for those that another has.
    fn remove_bodies(&self, mut gone: Vec<String>) -> Result<(), StoreError> {
        if gone.is_empty() {
            return Ok(());
        }
        for exchange in Reader::open(&self.working)? {
            let others: Vec<String> = body_files(&exchange?).collect();
            gone.retain(|name| !others.contains(name));
        }
        if self.replaced.is_some() {
            let standing = cassette_bodies(&self.path)?;
            gone.retain(|name| !standing.contains(name));
        }
        gone.iter().try_for_each(|name| remove_body(&self.path, name))
    }

    /// Looks for the values up to the `to`th that were not looked for yet in what is written.
    pub(super) fn replace_late(
        &self,
        state: &mut State,
        redactor: &Redactor,
        to: usize,
    ) -> Result<Vec<ExchangeNumber>, StoreError> {
        let from = state.checked.values;
        if from >= to {
            return Ok(Vec::new());
        }
        // Only after it is done: where it fails, nothing more is written.
        let done = self.replace_values(state, redactor, from, to);
        match &done {
            Ok(_) => state.checked.values = to,
            Err(_) => state.open = false,
        }
        done
    }

    fn replace_values(
        &self,
        state: &mut State,
        redactor: &Redactor,
        from: usize,
        to: usize,
    ) -> Result<Vec<ExchangeNumber>, StoreError> {
        let mut late = redactor.late(from, to);
        self.replace_beside(&late, redactor)?;
        if state.exchanges == 0 {
            return Ok(Vec::new());
        }
        if let Some(trace) = &state.checked.trace {
            late = late.traced(trace);
        }
        if late.is_empty() {
            return Ok(Vec::new());
        }
        let mut trace = None;
        if state.checked.trace.is_none() {
            state.checked.read += state.length;
            trace = (state.checked.read > PATIENCE).then(Trace::new);
        }
        let found = self.search(&late, trace.as_mut())?;
        if trace.is_some() {
            state.checked.trace = trace;
        }
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let cassette = self.path.as_path();
        let rewritten = rewrite(&self.working, cassette, None, |exchange| {
            if !found.contains(&exchange.number) {
                return Ok(false);
            }
            let (changed, _) = redactor.replace_known(exchange);
            Ok(changed | renew_files(exchange, cassette, redactor, false)?)
        })?;
        Ok(rewritten.map_or_else(Vec::new, |rewritten| {
            state.file = rewritten.file;
            state.length = rewritten.length;
            rewritten.changed
        }))
    }

    /// What was cut out of the cassette, and failures that did not replace it, hold what was recorded
    /// before the values were known, too.
    fn replace_beside(&self, late: &Late, redactor: &Redactor) -> Result<(), StoreError> {
        let place = target(&self.path)?;
        let torn = beside(&place, ".torn");
        if let Ok(text) = std::fs::read(&torn)
            && late.stands_in_text(&text)
        {
            let failed = |cause| file_error(&torn, "writing it anew", cause);
            let text = redactor.without_known(&text).unwrap_or(text);
            let folder = body_folder(&place);
            std::fs::create_dir_all(&folder).map_err(failed)?;
            let mut fresh = Partial::create(&folder).map_err(failed)?;
            fresh.put(&text).map_err(failed)?;
            fresh.replace(&torn).map_err(failed)?;
            let _ = std::fs::remove_dir(&folder);
        }
        let failures = beside(&place, ".failed");
        if failures.exists() {
            rewrite(&failures, &self.path, None, |exchange| {
                Ok(late.stands_in(exchange) && redactor.replace_known(exchange).0)
            })?;
        }
        Ok(())
    }

    /// The exchanges in which one of the values stands.
    fn search(
        &self,
        late: &Late,
        mut trace: Option<&mut Trace>,
    ) -> Result<HashSet<ExchangeNumber>, StoreError> {
        let mut found = HashSet::new();
        for exchange in Reader::open(&self.working)? {
            let exchange = exchange?;
            if late.stands_in(&exchange) || stands_in_files(late, &exchange, &self.path)? {
                found.insert(exchange.number);
            }
            if let Some(trace) = &mut trace {
                note(trace, &exchange, &self.path);
            }
        }
        Ok(found)
    }
}

/// Takes an exchange with its body files into a trace.
fn note(trace: &mut Trace, exchange: &Exchange, cassette: &Path) {
    trace.note_exchange(exchange);
    for (file, headers) in files(exchange) {
        // A file that can't be read now can't be read when it is looked into.
        let _ = in_pieces(cassette, file, headers, |piece| {
            trace.note(piece);
            false
        });
    }
}

fn stands_in_files(late: &Late, exchange: &Exchange, cassette: &Path) -> Result<bool, StoreError> {
    for (file, headers) in files(exchange) {
        if in_pieces(cassette, file, headers, |piece| late.stands_in_text(piece))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The body files of an exchange, each with its message's headers.
fn files(exchange: &Exchange) -> impl Iterator<Item = (&BodyFile, &Headers)> {
    let request = Some((&exchange.request.body, &exchange.request.headers));
    let response = exchange.response.as_ref().map(|response| (&response.body, &response.headers));
    [request, response].into_iter().flatten().filter_map(|(body, headers)| match body {
        Body::File(file) => Some((file, headers)),
        Body::Empty | Body::Bytes(_) => None,
    })
}

/// Replaces what is known by now in the body files of an exchange, and where `rules` look at them, too,
/// what these find; whether anything was. The new
/// bodies lie in files of their own, and the old ones are still there.
pub(super) fn renew_files(
    exchange: &mut Exchange,
    cassette: &Path,
    redactor: &Redactor,
    rules: bool,
) -> Result<bool, StoreError> {
    if body_files(exchange).next().is_none() {
        return Ok(false);
    }
    let mut notes = Vec::new();
    let target = exchange.request.target.clone();
    let request = (&mut exchange.request.body, &mut exchange.request.headers, "/request");
    let response = exchange.response.as_mut();
    let response =
        response.map(|response| (&mut response.body, &mut response.headers, "/response"));
    for (body, headers, side) in [Some(request), response].into_iter().flatten() {
        let Body::File(file) = &*body else { continue };
        let content_type = headers.text("content-type").map(ToOwned::to_owned);
        let sort = Sort::of_body(content_type.as_deref());
        let sliding = || {
            if rules { Sliding::new(redactor, sort, &target) } else { Sliding::for_known(redactor) }
        };
        let at = format!("{side}/body");
        let mut done = renewed(cassette, file, headers, sliding(), &at)?;
        let coded = matches!(ContentCoding::of(headers), Ok(Some(_)));
        let torn = done.reached == Reached::Torn;
        if torn && done.found.is_empty() {
            // What can be decoded holds nothing: it is looked at as it is, and stays coded as far as it was.
            done = renewed(cassette, file, &Headers::new(), sliding(), &at)?;
        } else if torn {
            // What follows the place is gone with its coding.
            done.found.push(Redaction {
                secret: 0,
                rule: super::redact::UNDECODABLE.to_owned(),
                at: at.clone(),
            });
        }
        let Renewed { body: fresh, found, reached } = done;
        if found.is_empty() {
            continue;
        }
        if coded && !(torn && reached == Reached::End) {
            headers.remove("content-encoding");
        }
        if headers.contains("content-length") {
            headers.set("content-length", fresh.len().to_string());
        }
        *body = fresh;
        notes.extend(found);
    }
    let any = !notes.is_empty();
    exchange.redacted.extend(notes);
    Ok(any)
}

/// A copy of a body file.
struct Renewed {
    /// The file itself, where nothing was found.
    body: Body,
    found: Vec<Redaction>,
    reached: Reached,
}

/// Copies a body file of any size, decoded, without its secrets into a new one.
fn renewed(
    cassette: &Path,
    file: &BodyFile,
    headers: &Headers,
    mut sliding: Sliding<'_>,
    at: &str,
) -> Result<Renewed, StoreError> {
    let folder = body_folder(cassette);
    let path = folder.join(&file.name);
    let failed = |cause| file_error(&path, "writing it anew", cause);
    let mut new = tempfile::NamedTempFile::new_in(&folder).map_err(failed)?;
    let (mut hash, mut length) = (Sha256::new(), 0);
    let mut out = Vec::new();
    let mut put = |out: &mut Vec<u8>| {
        hash.update(&*out);
        length += out.len() as u64;
        let done = new.write_all(out);
        out.clear();
        done.map_err(failed)
    };
    let reached = pieces(&path, headers, |piece| {
        sliding.push(piece, &mut out);
        put(&mut out).map(|()| false)
    })?;
    let found = sliding.finish(at, &mut out);
    put(&mut out)?;
    if found.is_empty() {
        return Ok(Renewed { body: Body::File(file.clone()), found, reached });
    }
    let name = Digest::from(<[u8; 32]>::from(hash.finalize())).hex();
    new.as_file().sync_all().map_err(failed)?;
    new.persist(folder.join(&name)).map_err(|error| failed(error.error))?;
    Ok(Renewed { body: Body::File(BodyFile { name, length }), found, reached })
}

/// The names of all body files that an exchange has, as it is and as it is written.
fn names(exchange: &Redacted, record: &RecordText) -> HashSet<String> {
    let written = record.files.iter().map(|(name, _)| name.clone());
    body_files(exchange.exchange()).chain(written).collect()
}

/// Removes a body file, where it is there.
pub(super) fn remove_body(cassette: &Path, name: &str) -> Result<(), StoreError> {
    let path = body_folder(cassette).join(name);
    match std::fs::remove_file(&path) {
        // Two exchanges may have had it, and the other was first.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => done.map_err(|cause| file_error(&path, "removing", cause)),
    }
}
