//! `cassette diff --learn`: matching rules from two recordings of one run.

use super::super::super::{Failure, Outcome, World, documents, matchers};
use super::super::{unreadable, unwritable};
use super::Arguments;
use crate::cassette::import::is_cassette;
use crate::cassette::{Mode, Reader, Writer};
use crate::exchange::Exchange;
use crate::matching::Rules;
use crate::matching::learn::{Confidence, Evidence, Learnt, Proposal, Unsettled, Volatile};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Most places of answers that are listed for people.
const LISTED: usize = 20;

pub(super) fn run(
    arguments: &Arguments,
    left: &[Exchange],
    right: &[Exchange],
    rules: &Rules,
    world: &World,
) -> Result<Outcome, Failure> {
    let specs = match arguments.spec.as_slice() {
        [] => Vec::new(),
        given => documents::read_specs(given, world)?,
    };
    let unusable = |error| matchers::unusable("the learnt rules", &error);
    let learnt = Learnt::from(left, right, rules, &specs).map_err(unusable)?;
    let taken = learnt.rules().map_err(unusable)?;
    let text = if arguments.json {
        format!("{:#}\n", as_json(&learnt, &taken))
    } else {
        as_text(&learnt, &taken)
    };
    world.print(&text)?;
    if arguments.write && !taken.is_empty() {
        write(arguments, &taken, world)?;
    }
    let (asked, missed) = (learnt.asked, learnt.missed.len());
    world.say(format_args!(
        "{} rules proposed, {} of them taken; under them {} of {asked} requests of {} are answered from {}",
        learnt.proposals.len(),
        learnt.proposals.iter().filter(|one| one.confidence > Confidence::Low).count(),
        asked - missed,
        arguments.right.display(),
        arguments.left.display(),
    ));
    if asked == 0 || left.is_empty() {
        return Ok(Outcome::NothingJudged);
    }
    Ok(if missed == 0 { Outcome::Holds } else { Outcome::Broken })
}

/// Adds rules to those that the left cassette carries.
fn write(arguments: &Arguments, taken: &Rules, world: &World) -> Result<(), Failure> {
    let shown = arguments.left.display();
    let path = world.directory.join(&arguments.left);
    if !is_cassette(&path).map_err(|error| unreadable(&error))? {
        return Err(Failure::asked(format!("--write: {shown} is another tool's recording"))
            .hint("`testimony cassette convert` makes a cassette of it; or paste the rules into testimony.toml"));
    }
    let reader = Reader::open(&path).map_err(|error| unreadable(&error))?;
    let mut header = reader.header().clone();
    drop(reader);
    let unusable = |error| matchers::unusable(format_args!("{shown}: rules.match"), &error);
    let (own, _) = Rules::carried(&header.rules.matching).map_err(unusable)?;
    let joined = own.and(taken).map_err(unusable)?;
    joined.note(&mut header.rules.matching);
    let writer =
        Writer::open(&path, &header, Mode::NewEpisodes).map_err(|error| unwritable(&error))?;
    writer.set_header(&header).map_err(|error| unwritable(&error))?;
    world.say(format_args!("{shown}: carries the rules now"));
    Ok(())
}

fn as_text(learnt: &Learnt, taken: &Rules) -> String {
    let mut out = String::new();
    for proposal in &learnt.proposals {
        let Proposal { key, value, kind, confidence, format, echoed, scope, evidence } = proposal;
        let whom = scope.as_deref().unwrap_or("all requests");
        let format = format.as_ref().map(|name| format!(", format {name}")).unwrap_or_default();
        let echo = if *echoed { ", comes back in the answer" } else { "" };
        let _ = writeln!(out, "{key}={value} for {whom}: {confidence} ({kind}{format}{echo})");
        put_evidence(&mut out, evidence);
    }
    for Unsettled { scope, at, why, evidence } in &learnt.unsettled {
        let _ = writeln!(out, "no rule for {at} of {scope}: {why}");
        put_evidence(&mut out, evidence);
    }
    if !learnt.following.is_empty() {
        let _ = writeln!(
            out,
            "{} requests follow from earlier answers and need no rule",
            learnt.following.len()
        );
    }
    if !learnt.volatile.is_empty() {
        let _ = writeln!(out, "answers differ at (no matter for matching):");
        for Volatile { scope, at, kind, evidence } in learnt.volatile.iter().take(LISTED) {
            let Evidence { differ, pairs, .. } = evidence;
            let _ = writeln!(out, "  {at} of {scope} ({kind}, {differ} of {pairs})");
        }
        if learnt.volatile.len() > LISTED {
            let _ = writeln!(out, "  … and {} more places", learnt.volatile.len() - LISTED);
        }
    }
    let toml = toml(learnt, taken);
    if !toml.is_empty() {
        let _ = write!(out, "\n# for testimony.toml\n{toml}");
    }
    out
}

/// The rules as `testimony.toml` takes them; those that are not sure as comments.
fn toml(learnt: &Learnt, taken: &Rules) -> String {
    let mut out = taken.to_toml();
    let mut unsure = Rules::default();
    for proposal in learnt.proposals.iter().filter(|one| one.confidence == Confidence::Low) {
        // It was read once already.
        let _ = unsure.add(&proposal.rule());
    }
    if !unsure.is_empty() {
        out.push_str("\n# these may hide that the runs were not the same:\n");
        for line in unsure.to_toml().lines() {
            let _ = writeln!(out, "# {line}");
        }
    }
    out
}

fn put_evidence(out: &mut String, evidence: &Evidence) {
    let Evidence { exchanges, differ, pairs, left, right } = evidence;
    let numbers: Vec<String> =
        exchanges.iter().map(|(left, right)| format!("{left} and {right}")).collect();
    let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "(absent)".to_owned());
    let _ = writeln!(
        out,
        "  {differ} of {pairs} pairs differ, exchanges {}: {} | {}",
        numbers.join(", "),
        side(left),
        side(right)
    );
}

fn as_json(learnt: &Learnt, taken: &Rules) -> Value {
    let evidence = |found: &Evidence| {
        json!({
            "exchanges": found.exchanges, "differ": found.differ, "pairs": found.pairs,
            "a": found.left, "b": found.right,
        })
    };
    let proposals: Vec<Value> = learnt
        .proposals
        .iter()
        .map(|one| {
            json!({
                "rule": one.rule(), "operation": one.scope, "key": one.key, "value": one.value,
                "kind": one.kind.as_str(), "confidence": one.confidence.as_str(),
                "format": one.format, "echoed": one.echoed,
                "taken": one.confidence > Confidence::Low, "evidence": evidence(&one.evidence),
            })
        })
        .collect();
    let unsettled: Vec<Value> = learnt
        .unsettled
        .iter()
        .map(|one| json!({"operation": one.scope, "at": one.at, "why": one.why, "evidence": evidence(&one.evidence)}))
        .collect();
    let volatile: Vec<Value> = learnt
        .volatile
        .iter()
        .map(|one| json!({"operation": one.scope, "at": one.at, "kind": one.kind.as_str(), "evidence": evidence(&one.evidence)}))
        .collect();
    json!({
        "proposals": proposals, "unsettled": unsettled, "answers": volatile,
        "following": learnt.following, "asked": learnt.asked, "missed": learnt.missed,
        "only_a": learnt.alone, "toml": toml(learnt, taken),
    })
}
