use super::part::Part;
use crate::cassette::import::is_cassette;
use crate::cassette::redact::Secret;
use crate::cassette::{Reader, load_bodies};
use crate::check::{Judge, Share, Shares};
use crate::cli::cassette::unreadable;
use crate::cli::{Failure, World, foreign};
use std::path::{Path, PathBuf};

/// Largest body file that is read to be judged.
pub(super) const BODY_LIMIT: u64 = 64 * 1024 * 1024;

/// Judges what was recorded, or a share of it.
pub(super) fn judge(
    recordings: &[PathBuf],
    share: Option<Share>,
    secrets: &[(String, Secret)],
    judge: &mut Judge<'_>,
    world: &World,
) -> Result<Option<Shares>, Failure> {
    let (part, shares) = Part::of(share, recordings, world)?;
    for (place, path) in recordings.iter().enumerate().filter(|(place, _)| part.opens(*place)) {
        let judges = |exchange| part.judges(place, exchange);
        judge_cassette(path, secrets, judge, &judges, world)?;
    }
    Ok(shares)
}

fn judge_cassette(
    shown: &Path,
    secrets: &[(String, Secret)],
    judge: &mut Judge<'_>,
    judges: &dyn Fn(u64) -> bool,
    world: &World,
) -> Result<(), Failure> {
    let path = world.directory.join(shown);
    let name = shown.display().to_string();
    if !is_cassette(&path).map_err(|error| unreadable(&error))? {
        let recording = foreign::read(shown, None, secrets.to_vec(), world)?;
        foreign::say(shown, recording.kind, &recording.losses, world);
        let numbered = (1..).zip(&recording.exchanges).filter(|(number, _)| judges(*number));
        for (_, exchange) in numbered {
            judge.exchange(&name, exchange.exchange());
        }
        return Ok(());
    }
    let mut reader = Reader::open(&path).map_err(|error| unreadable(&error))?;
    while let Some(exchange) = reader.next_wanted(judges) {
        let mut exchange = exchange.map_err(|error| unreadable(&error))?;
        if let Err(problem) = load_bodies(&path, &mut exchange, BODY_LIMIT) {
            world.say(format_args!("warning: {name}: exchange {}: {problem}", exchange.number));
        }
        judge.exchange(&name, &exchange);
    }
    // One share tells of it, as one run does.
    if let Some(what) = reader.miscount().filter(|_| judges(1)) {
        judge.miscounted(&name, what);
    }
    say_of(&reader, &name, world);
    Ok(())
}

/// Says what a cassette's reader noticed.
pub(super) fn say_of<R: std::io::BufRead>(reader: &Reader<R>, name: &str, world: &World) {
    for warning in reader.warnings() {
        world.say(format_args!("warning: {name}: {warning}"));
    }
    if let Some(torn) = reader.torn() {
        let (line, bytes) = (torn.line, torn.bytes);
        let torn = format_args!("line {line}: torn: {bytes} bytes are no whole record");
        world.say(format_args!("warning: {name}: {torn}"));
        world.say(format_args!("hint: `testimony cassette recover {name}` cuts them off"));
    }
}
