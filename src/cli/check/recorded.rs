//! Judging what was recorded: small cassettes side by side, each on a thread, large ones in parts by all
//! threads, other tools' files one after the other. What is said of them is said in their order.

use super::part::Part;
use crate::cassette::import::is_cassette;
use crate::cassette::redact::Secret;
use crate::cassette::{CassetteError, Reader, load_bodies, visit};
use crate::check::{Judge, Share, Shares};
use crate::cli::cassette::unreadable;
use crate::cli::{Failure, World, foreign};
use crate::exchange::{Exchange, ExchangeNumber};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Largest body file that is read to be judged.
pub(super) const BODY_LIMIT: u64 = 64 * 1024 * 1024;
/// Largest cassette that one thread takes by itself.
const SMALL: u64 = 4 * 1024 * 1024;
/// Most threads that judge.
const THREADS: usize = 8;

/// What is said of a recording, or why it can't be read.
type Said = Result<Vec<String>, CassetteError>;

/// A recording, and its place among them.
struct Recording<'r> {
    place: usize,
    /// As it is shown.
    name: String,
    path: PathBuf,
    shown: &'r Path,
    bytes: u64,
}

/// Judges what was recorded, or a share of it.
pub(super) fn judge(
    recordings: &[PathBuf],
    share: Option<Share>,
    secrets: &[(String, Secret)],
    judge: &mut Judge<'_>,
    world: &World,
) -> Result<Option<Shares>, Failure> {
    let (part, shares) = Part::of(share, recordings, world)?;
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for (place, shown) in recordings.iter().enumerate().filter(|(place, _)| part.opens(*place)) {
        let path = world.directory.join(shown);
        let is_ours = is_cassette(&path).map_err(|error| unreadable(&error))?;
        let bytes = std::fs::metadata(&path).map_or(0, |about| about.len());
        let name = shown.display().to_string();
        let recording = Recording { place, name, path, shown, bytes };
        if is_ours { ours.push(recording) } else { others.push(recording) }
    }
    for recording in &others {
        judge_foreign(recording, secrets, judge, &part, world)?;
    }
    for said in judge_cassettes(&ours, judge, &part) {
        for line in said.map_err(|error| unreadable(&error))? {
            world.say(line);
        }
    }
    Ok(shares)
}

fn judge_foreign(
    recording: &Recording<'_>,
    secrets: &[(String, Secret)],
    judge: &mut Judge<'_>,
    part: &Part,
    world: &World,
) -> Result<(), Failure> {
    let Recording { place, name, shown, .. } = recording;
    let read = foreign::read(shown, None, secrets.to_vec(), world)?;
    foreign::say(shown, read.kind, &read.losses, world);
    for (number, exchange) in (1..).zip(&read.exchanges) {
        if part.judges(*place, number) {
            judge.exchange(name, exchange.exchange());
        }
    }
    Ok(())
}

/// Judges cassettes, and answers with what is to be said of each, in their order.
fn judge_cassettes<'a>(
    cassettes: &[Recording<'_>],
    judge: &mut Judge<'a>,
    part: &Part,
) -> Vec<Said> {
    let (next, said) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let keep = |place: usize, one: Said| {
        said.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((place, one));
    };
    let small: Vec<&Recording<'_>> = cassettes.iter().filter(|one| one.bytes <= SMALL).collect();
    let work = |mut judge: Judge<'a>| {
        while let Some(one) = small.get(next.fetch_add(1, Ordering::Relaxed)) {
            keep(one.place, judge_small(one, &mut judge, part));
        }
        judge
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let hands = threads.min(THREADS).min(small.len());
    let colleagues: Vec<_> = std::thread::scope(|scope| {
        let hired: Vec<_> =
            (0..hands).map(|_| judge.colleague()).map(|one| scope.spawn(|| work(one))).collect();
        hired.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    for colleague in colleagues {
        match colleague {
            Ok(colleague) => judge.join(colleague),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
    for one in cassettes.iter().filter(|one| one.bytes > SMALL) {
        keep(one.place, judge_large(one, judge, part));
    }
    let mut said = said.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    said.sort_by_key(|(place, _)| *place);
    said.into_iter().map(|(_, one)| one).collect()
}

fn judge_large(cassette: &Recording<'_>, judge: &mut Judge<'_>, part: &Part) -> Said {
    let wanted = |number| part.judges(cassette.place, number);
    let visitor = || (judge.colleague(), Vec::new());
    let look = |(judge, said): &mut (Judge<'_>, Vec<_>), exchange| {
        judge_one(cassette, exchange, judge, said);
    };
    let Some(visited) = visit(&cassette.path, wanted, visitor, look)? else {
        return judge_small(cassette, judge, part);
    };
    let mut said = Vec::new();
    for (colleague, mut lines) in visited.visitors {
        said.append(&mut lines);
        judge.join(colleague);
    }
    said.sort_unstable();
    let warnings = visited.warnings.iter().map(|warning| told(cassette, warning));
    Ok(said.into_iter().map(|(_, line)| line).chain(warnings).collect())
}

fn judge_small(cassette: &Recording<'_>, judge: &mut Judge<'_>, part: &Part) -> Said {
    let mut reader = Reader::open(&cassette.path)?;
    let mut said = Vec::new();
    while let Some(exchange) = reader.next_wanted(|number| part.judges(cassette.place, number)) {
        judge_one(cassette, exchange?, judge, &mut said);
    }
    // One share tells of it, as one run does.
    if let Some(what) = reader.miscount().filter(|_| part.judges(cassette.place, 1)) {
        judge.miscounted(&cassette.name, what);
    }
    let notes = notes_of(&reader, &cassette.name);
    Ok(said.into_iter().map(|(_, line)| line).chain(notes).collect())
}

fn judge_one(
    cassette: &Recording<'_>,
    mut exchange: Exchange,
    judge: &mut Judge<'_>,
    said: &mut Vec<(ExchangeNumber, String)>,
) {
    if let Err(problem) = load_bodies(&cassette.path, &mut exchange, BODY_LIMIT) {
        let line = told(cassette, &format!("exchange {}: {problem}", exchange.number));
        said.push((exchange.number, line));
    }
    judge.exchange(&cassette.name, &exchange);
}

fn told(cassette: &Recording<'_>, what: &str) -> String {
    format!("warning: {}: {what}", cassette.name)
}

/// What a cassette's reader noticed.
pub(in crate::cli) fn notes_of<R: std::io::BufRead>(reader: &Reader<R>, name: &str) -> Vec<String> {
    let mut notes: Vec<String> =
        reader.warnings().iter().map(|warning| format!("warning: {name}: {warning}")).collect();
    if let Some(torn) = reader.torn() {
        let (line, bytes) = (torn.line, torn.bytes);
        notes
            .push(format!("warning: {name}: line {line}: torn: {bytes} bytes are no whole record"));
        notes.push(format!("hint: `testimony cassette recover {name}` cuts them off"));
    }
    notes
}
