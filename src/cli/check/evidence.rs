//! What reports show beside the verdict: cassettes and specs are gone through once more, for the few
//! exchanges and lines that are shown.

use super::recorded::BODY_LIMIT;
use crate::cassette::import::is_cassette;
use crate::cassette::redact::Secret;
use crate::cassette::{Reader, load_bodies};
use crate::check::Verdict;
use crate::cli::sending::{LIVE, Notebook};
use crate::cli::{World, foreign};
use crate::exchange::ExchangeNumber;
use crate::report::{Evidence, Record};
use crate::spec::Spec;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The evidence for a verdict on these cassettes. What can't be read any more is not shown.
pub(in crate::cli) fn gather(
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

/// What fresh exchanges are like that are in no cassette that stays.
pub(in crate::cli) fn of_notebook(evidence: &mut Evidence, verdict: &Verdict, notebook: &Notebook) {
    if notebook.recording().is_some() {
        return;
    }
    let mut found = Vec::new();
    let wants = |name: &Arc<str>, number| evidence.wants(name, number);
    notebook.again(wants, |name, exchange| found.push((Arc::clone(name), exchange.clone())));
    for (name, exchange) in &found {
        evidence.exchange(name, exchange, None, verdict);
    }
}

/// What specs say where findings are promised.
pub(super) fn of_specs(evidence: &mut Evidence, verdict: &Verdict, specs: &[Spec], world: &World) {
    for spec in specs {
        of_spec(evidence, verdict, &spec.path, world);
    }
}

/// The evidence for a verdict that was come to elsewhere or before, as far as it is still in the cassettes and specs
/// that the verdict names.
pub(in crate::cli) fn still_there(verdict: &Verdict, world: &World) -> Evidence {
    let mut evidence = Evidence::of(verdict);
    for spec in verdict.specs.iter().filter(|spec| is_below(Path::new(&spec.path))) {
        of_spec(&mut evidence, verdict, &spec.path, world);
    }
    for name in evidence.cassettes() {
        // Fresh exchanges that were recorded nowhere are not in the cassette whose requests were sent.
        if name.starts_with(LIVE) {
            continue;
        }
        let shown = PathBuf::from(&*name);
        if !is_below(&shown)
            || of_cassette(&mut evidence, verdict, &shown, &name, &[], world).is_none()
        {
            world.say(format_args!(
                "note: {name}: can't be read here: reports don't show its exchanges"
            ));
        }
    }
    evidence
}

/// Whether a path stays below the working directory: a result is foreign text, and names no file elsewhere.
fn is_below(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}

fn of_spec(evidence: &mut Evidence, verdict: &Verdict, path: &str, world: &World) {
    if let Ok(text) = std::fs::read_to_string(world.directory.join(path)) {
        evidence.spec(path, &text, verdict);
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
