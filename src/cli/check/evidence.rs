//! What reports show beside the verdict: cassettes and specs are gone through once more, for the few
//! exchanges and lines that are shown.

use super::recorded::BODY_LIMIT;
use crate::cassette::import::is_cassette;
use crate::cassette::redact::Secret;
use crate::cassette::{Reader, load_bodies};
use crate::check::Verdict;
use crate::cli::{World, foreign};
use crate::exchange::ExchangeNumber;
use crate::report::{Evidence, Record};
use crate::spec::Spec;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The evidence for a verdict on these cassettes. What can't be read any more is not shown.
pub(super) fn gather(
    verdict: &Verdict,
    specs: &[Spec],
    cassettes: &[PathBuf],
    secrets: &[(String, Secret)],
    world: &World,
) -> Evidence {
    let mut evidence = Evidence::of(verdict);
    of_specs(&mut evidence, verdict, specs, world);
    for shown in cassettes {
        let name: Arc<str> = shown.display().to_string().into();
        if evidence.wants_cassette(&name) {
            let told = of_cassette(&mut evidence, verdict, shown, &name, secrets, world);
            if told.is_none() {
                world.say(format_args!("warning: {name}: changed while it was judged"));
            }
        }
    }
    evidence
}

/// What specs say where findings are promised.
pub(super) fn of_specs(evidence: &mut Evidence, verdict: &Verdict, specs: &[Spec], world: &World) {
    for spec in specs {
        if let Ok(text) = std::fs::read_to_string(world.directory.join(&spec.path)) {
            evidence.spec(&spec.path, &text, verdict);
        }
    }
}

fn of_cassette(
    evidence: &mut Evidence,
    verdict: &Verdict,
    shown: &Path,
    name: &Arc<str>,
    secrets: &[(String, Secret)],
    world: &World,
) -> Option<()> {
    let path = world.directory.join(shown);
    if !is_cassette(&path).ok()? {
        let recording = foreign::read(shown, None, secrets.to_vec(), world).ok()?;
        for exchange in &recording.exchanges {
            evidence.exchange(name, exchange.exchange(), None, verdict);
        }
        return Some(());
    }
    let mut reader = Reader::open(&path).ok()?;
    while let Some(exchange) =
        reader.next_wanted(|number| evidence.wants(name, ExchangeNumber(number)))
    {
        let mut exchange = exchange.ok()?;
        // A body that can't be loaded was told when it was judged.
        let _ = load_bodies(&path, &mut exchange, BODY_LIMIT);
        let record = Record { line: reader.record_line(), text: reader.record_text() };
        evidence.exchange(name, &exchange, Some(record), verdict);
    }
    Some(())
}
