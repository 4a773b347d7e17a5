//! The rules applied to a cassette that is there already: what is left in it, and taking that out.

mod open;

use super::late::renew_files;
use super::reading::{Reached, pieces};
use super::rewrite::{body_files, rewrite};
use super::{StoreError, file_error, lock, regular};
use crate::cassette::body::body_folder;
use crate::cassette::model::CassetteHeader;
use crate::cassette::reader::Reader;
use crate::cassette::redact::{Policy, Redactor, Scope, Sliding, Sort};
use crate::exchange::{Body, Exchange, Headers, Redaction as Note};
use std::collections::{BTreeSet, HashSet};
use std::fs::OpenOptions;
use std::path::Path;

/// A secret that a cassette holds, or held: where, and by which rule; never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Left {
    /// The exchange; `None` for the header, the footer, and files that belong to no exchange.
    pub exchange: Option<u64>,
    /// JSON pointer into the record, or the name of a file.
    pub at: String,
    /// Id of the rule.
    pub rule: String,
}

/// What was found in a cassette, or replaced in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Redaction {
    /// Exchanges that were looked at.
    pub exchanges: u64,
    /// What was found.
    pub finds: Vec<Left>,
}

/// What stands in a cassette before it is looked at with the rules.
struct Standing {
    header: CassetteHeader,
    policy: Policy,
    numbers: HashSet<u32>,
}

impl Standing {
    fn read(path: &Path, policy: &Policy) -> Result<Self, StoreError> {
        let mut reader = Reader::open(path)?;
        let mut numbers = HashSet::new();
        for exchange in reader.by_ref() {
            numbers.extend(exchange?.redacted.iter().map(|note| note.secret));
        }
        let header = reader.header().clone();
        let policy = policy
            .with(&header.rules)
            .map_err(|cause| StoreError::Rules { path: path.to_owned(), cause })?;
        Ok(Self { header, policy, numbers })
    }

    fn redactor(&self) -> Redactor {
        let highest = self.numbers.iter().copied().max().unwrap_or(0);
        let redactor = self.policy.redactor().numbered_after(highest);
        redactor.with_placeholders(self.numbers.iter().copied())
    }
}

/// Looks for what the rules still find in a cassette: exchanges, those that are open beside it, body files, names of headers, keys
/// that are not read, the header, and files in the body folder that no exchange has.
pub fn audit(path: &Path, policy: &Policy) -> Result<Redaction, StoreError> {
    let standing = Standing::read(path, policy)?;
    let redactor = standing.redactor();
    // Twice: what one exchange teaches is looked for in all.
    look(path, &redactor)?;
    look(path, &redactor)
}

fn look(path: &Path, redactor: &Redactor) -> Result<Redaction, StoreError> {
    let mut found = Redaction::default();
    let mut finds = BTreeSet::new();
    let mut reader = Reader::open(path)?;
    let mut files = HashSet::new();
    strange(redactor, None, reader.record_text(), "", &mut finds);
    while let Some(exchange) = reader.next() {
        let exchange = exchange?;
        found.exchanges += 1;
        strange(redactor, Some(exchange.number.0), reader.record_text(), "", &mut finds);
        files.extend(body_files(&exchange));
        in_exchange(path, exchange, redactor, &mut finds)?;
    }
    let folder = body_folder(path);
    for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_file() && !files.contains(&name) {
            let sliding = || Sliding::new(redactor, Sort::Json, "");
            let rules = slide(&entry.path(), &Headers::new(), sliding, "")?;
            finds.extend(rules.into_iter().map(|note| Left {
                exchange: None,
                at: format!("body file {name} (no exchange has it)"),
                rule: note.rule,
            }));
        }
    }
    found.exchanges += open::look(path, redactor, &mut finds)?;
    found.finds = finds.into_iter().collect();
    Ok(found)
}

fn in_exchange(
    path: &Path,
    exchange: Exchange,
    redactor: &Redactor,
    finds: &mut BTreeSet<Left>,
) -> Result<(), StoreError> {
    let number = exchange.number;
    let scope = Scope::of(&exchange.request.target);
    let mut notes = Vec::new();
    let response = exchange.response.as_ref();
    let names = exchange.request.headers.iter().map(|header| ("/request/headers", header));
    let of_response = response.into_iter().flat_map(|response| response.headers.iter());
    for (place, header) in names.chain(of_response.map(|header| ("/response/headers", header))) {
        redactor.redact_text(header.name.as_bytes(), Sort::Text, scope, place, &mut notes);
    }
    let method = exchange.request.method.as_bytes();
    redactor.redact_text(method, Sort::Text, scope, "/request/method", &mut notes);
    let request = Some((&exchange.request.body, &exchange.request.headers, "/request/body"));
    let response = response.map(|response| (&response.body, &response.headers, "/response/body"));
    for (body, headers, at) in [request, response].into_iter().flatten() {
        if let Body::File(file) = body {
            let sort = Sort::of_body(headers.text("content-type"));
            let sliding = || Sliding::new(redactor, sort, &exchange.request.target);
            notes.extend(slide(&body_folder(path).join(&file.name), headers, sliding, at)?);
        }
    }
    // Told as if it were a secret: what can't be looked at may be one.
    let torn = notes.iter().filter(|note| note.rule == UNDECODABLE);
    finds.extend(torn.map(|note| Left {
        exchange: Some(number.0),
        at: note.at.clone(),
        rule: note.rule.clone(),
    }));
    // Without its notes: a new one may be the same as one there is.
    let bare = Exchange { redacted: Vec::new(), ..exchange };
    notes.extend(redactor.redact(bare).into_exchange().redacted);
    let left = notes.into_iter().filter(|note| note.secret > 0);
    finds.extend(left.map(|note| Left { exchange: Some(number.0), at: note.at, rule: note.rule }));
    Ok(())
}

/// Rule of what follows a place in a body file that can't be decoded: it was looked at as it is alone.
pub(super) const UNDECODABLE: &str = "undecodable";

/// Hands a file to a sliding window, decoded where its headers name a coding; where it can't be decoded to its
/// end, as it is, too, which is noted.
fn slide<'a>(
    path: &Path,
    headers: &Headers,
    sliding: impl Fn() -> Sliding<'a>,
    at: &str,
) -> Result<Vec<Note>, StoreError> {
    let look = |headers: &Headers| {
        let (mut sliding, mut out) = (sliding(), Vec::new());
        let reached = pieces(path, headers, |piece| {
            sliding.push(piece, &mut out);
            out.clear();
            Ok(false)
        })?;
        Ok::<_, StoreError>((sliding.finish(at, &mut out), reached))
    };
    let (mut notes, reached) = look(headers)?;
    if reached == Reached::Torn {
        notes.extend(look(&Headers::new())?.0);
        notes.push(Note { secret: 0, rule: UNDECODABLE.to_owned(), at: at.to_owned() });
    }
    Ok(notes)
}

/// What of a record no reader reads: keys that are not known. The header is looked at whole.
fn strange(
    redactor: &Redactor,
    exchange: Option<u64>,
    record: &[u8],
    at: &str,
    finds: &mut BTreeSet<Left>,
) {
    const KNOWN: [&str; 11] = [
        "exchange", "at", "source", "request", "interim", "response", "timing", "messages",
        "error", "redacted", "digest",
    ];
    let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(record) else { return };
    for (key, value) in members {
        if exchange.is_some() && KNOWN.contains(&key.as_str()) {
            continue;
        }
        let text = serde_json::json!({ &*key: value }).to_string();
        // The rules that it carries are no secrets, though they speak of them.
        let sort = if exchange.is_some() { Sort::Json } else { Sort::Header("x") };
        let place = format!("{at}/{key}");
        let mut notes = Vec::new();
        redactor.redact_text(text.as_bytes(), sort, Scope::default(), &place, &mut notes);
        finds.extend(notes.into_iter().map(|note| Left { exchange, at: note.at, rule: note.rule }));
    }
}

/// Applies the rules to a cassette in place. What was replaced is answered; where there was nothing,
/// the file keeps its bytes. An exchange whose digest was right gets a fresh one and keeps its
/// source, an edited one stays edited.
pub fn redact(path: &Path, policy: &Policy) -> Result<Redaction, StoreError> {
    regular(path)?;
    let file = OpenOptions::new().read(true).append(true).open(path);
    let file = file.map_err(|cause| file_error(path, "opening", cause))?;
    lock(&file, path)?;
    let standing = Standing::read(path, policy)?;
    let redactor = standing.redactor();
    // What is in the body files is learnt here, too.
    let found = look(path, &redactor)?;
    let mut finds = BTreeSet::new();
    let mut header = standing.header.clone();
    standing.policy.note(&mut header.rules);
    let changes = |exchange: &mut Exchange| {
        let before = exchange.clone();
        let notes = std::mem::take(&mut exchange.redacted);
        let changed = renew_files(exchange, path, &redactor, true)?;
        let done = redactor.redact(exchange.clone()).into_exchange();
        let fresh = done.redacted.clone();
        *exchange = done;
        exchange.redacted = notes;
        let same = !changed && before == *exchange;
        if !same {
            let number = before.number.0;
            finds.extend(fresh.iter().filter(|note| note.secret > 0).map(|note| Left {
                exchange: Some(number),
                at: note.at.clone(),
                rule: note.rule.clone(),
            }));
            for note in fresh {
                if !exchange.redacted.contains(&note) {
                    exchange.redacted.push(note);
                }
            }
        }
        Ok(!same)
    };
    let header = (header != standing.header).then_some(header);
    rewrite(path, path, header.as_ref(), changes)?;
    open::redact(path, &redactor, &mut finds)?;
    Ok(Redaction { exchanges: found.exchanges, finds: finds.into_iter().collect() })
}
