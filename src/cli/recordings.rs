//! Recordings of any kind, cassettes and foreign ones.

use super::cassette::unreadable;
use super::matchers::unusable;
use super::{Failure, World, foreign};
use crate::cassette::import::is_cassette;
use crate::cassette::redact::Secret;
use crate::cassette::{Reader, Redacted, open_body};
use crate::exchange::{Body, Exchange};
use crate::matching::Rules;
use std::path::Path;

/// Largest body file that is read to be compared.
const BODY_LIMIT: u64 = 64 * 1024 * 1024;

/// The exchanges of a recording, bodies in memory where they can be had.
pub(super) fn exchanges(
    shown: &Path,
    secrets: Vec<(String, Secret)>,
    world: &World,
) -> Result<Vec<Exchange>, Failure> {
    let mut all = Vec::new();
    each(shown, secrets, world, |exchange| all.push(exchange))?;
    Ok(all)
}

/// Takes the exchanges of a recording one after the other, bodies in memory where they can be had. Of a cassette
/// no more than one is held at a time.
pub(super) fn each(
    shown: &Path,
    secrets: Vec<(String, Secret)>,
    world: &World,
    mut take: impl FnMut(Exchange),
) -> Result<(), Failure> {
    if !is_cassette(shown).map_err(|error| unreadable(&error))? {
        let recording = foreign::read(shown, None, secrets, world)?;
        foreign::say(shown, recording.kind, &recording.losses, world);
        recording.exchanges.into_iter().map(Redacted::into_exchange).for_each(take);
        return Ok(());
    }
    let mut reader = Reader::open(shown).map_err(|error| unreadable(&error))?;
    for exchange in reader.by_ref() {
        let mut exchange = exchange.map_err(|error| unreadable(&error))?;
        with_bodies(&mut exchange, shown, world)?;
        take(exchange);
    }
    let shown = shown.display();
    for warning in reader.warnings() {
        world.say(format_args!("warning: {shown}: {warning}"));
    }
    if let Some(torn) = reader.torn() {
        let (line, bytes) = (torn.line, torn.bytes);
        world.say(format_args!("warning: {shown}: line {line}: torn end of {bytes} bytes"));
    }
    Ok(())
}

fn with_bodies(exchange: &mut Exchange, shown: &Path, world: &World) -> Result<(), Failure> {
    let response = exchange.response.as_mut().map(|response| &mut response.body);
    for body in [Some(&mut exchange.request.body), response].into_iter().flatten() {
        let Body::File(file) = &*body else { continue };
        let (path, number) = (shown, exchange.number);
        let shown = path.display();
        match open_body(path, file, BODY_LIMIT) {
            Ok(bytes) => *body = Body::from_bytes(bytes),
            // Its name tells it apart from others.
            Err(error) if file.length > BODY_LIMIT => {
                world.say(format_args!("warning: {shown}: exchange {number}: {error}"));
            }
            Err(error) => {
                let failure = format!("{shown}: exchange {number}: {error}");
                return Err(Failure::asked(failure)
                    .hint("`testimony cassette verify` checks body files; record it again"));
            }
        }
    }
    Ok(())
}

/// The matching rules that a recording carries; another tool's carries none.
pub(super) fn carried(shown: &Path) -> Result<Rules, Failure> {
    if !is_cassette(shown).map_err(|error| unreadable(&error))? {
        return Ok(Rules::default());
    }
    let reader = Reader::open(shown).map_err(|error| unreadable(&error))?;
    let (rules, _) = Rules::carried(&reader.header().rules.matching)
        .map_err(|error| unusable(format_args!("{}: rules.match", shown.display()), &error))?;
    Ok(rules)
}
