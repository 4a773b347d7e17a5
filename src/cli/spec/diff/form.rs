//! A comparison in the forms that it can be asked for.

use super::Told;
use super::effect::Effect;
use crate::spec::{Change, Impact, Spot, Use};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Most operations that are named of one change.
const USES: usize = 5;

pub(super) fn terminal(told: &Told) -> String {
    let mut out = String::new();
    for change in &told.comparison.changes {
        out.push_str(&lines(change));
    }
    if !told.comparison.changes.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(out, "{}", summary(told));
    for line in told.effect.iter().flat_map(effect) {
        let _ = writeln!(out, "{line}");
    }
    out
}

/// A change with its places, in lines.
pub(in crate::cli::spec) fn lines(change: &Change) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}[{}] {}", change.impact, change.kind, shown(change));
    let _ = writeln!(out, "  in        {}", uses(change).join(", "));
    for (label, spot) in [("was", &change.before), ("is", &change.after)] {
        if let Some(spot) = spot {
            let _ = writeln!(out, "  {label:<9} {}", place(spot));
        }
    }
    out
}

/// What changed, with its place in the value.
fn shown(change: &Change) -> String {
    match change.uses.first() {
        Some(first) if !first.at.is_empty() => format!("{}: {}", first.at, change.what),
        _ => change.what.clone(),
    }
}

fn uses(change: &Change) -> Vec<String> {
    let one = |shown: &Use| match shown.place.as_str() {
        "" => shown.operation.clone(),
        place => format!("{} ({place})", shown.operation),
    };
    let mut found: Vec<String> = change.uses.iter().take(USES).map(one).collect();
    if change.uses.len() > USES {
        found.push(format!("and {} more places", change.uses.len() - USES));
    }
    found
}

/// The page's line where there is one, and the pointer.
fn place(spot: &Spot) -> String {
    match spot.sources.first().map(|source| (source.page.as_deref(), source.line)) {
        Some((Some(page), Some(line))) => format!("{page}:{line}  ({})", spot.pointer),
        Some((Some(page), None)) => format!("{page}  ({})", spot.pointer),
        _ => spot.pointer.clone(),
    }
}

fn summary(told: &Told) -> String {
    let count = |impact| told.comparison.count(impact);
    format!(
        "{} to {}: {} breaking, {} unknown, {} non-breaking changes",
        told.before.path,
        told.after.path,
        count(Impact::Breaking),
        count(Impact::Unknown),
        count(Impact::NonBreaking),
    )
}

/// What becomes of recorded proof, in sentences.
fn effect(effect: &Effect) -> Vec<String> {
    let mut lines =
        vec![format!("{} of {} exchanges now contradict", effect.now_broken, effect.exchanges)];
    let mut named: Vec<String> = effect
        .named
        .iter()
        .map(|(cassette, number)| format!("{cassette} exchange {number}"))
        .collect();
    if (named.len() as u64) < effect.now_broken {
        named.push(format!("and {} more", effect.now_broken - named.len() as u64));
    }
    lines.extend(named.into_iter().map(|one| format!("  {one}")));
    if effect.now_kept > 0 {
        lines.push(format!("{} that contradicted do so no longer", effect.now_kept));
    }
    let codes = |count: usize| if count == 1 { "code".to_owned() } else { "codes".to_owned() };
    lines.push(format!("{} {} lost their only proof", effect.lost.len(), codes(effect.lost.len())));
    for lost in &effect.lost {
        let now = lost.now.map_or("documented no longer", |state| state.as_str());
        lines.push(format!("  {} {}: {now}", lost.operation, lost.code));
    }
    if effect.gained > 0 {
        let count = usize::try_from(effect.gained).unwrap_or(usize::MAX);
        lines.push(format!("{count} {} are proven that were not", codes(count)));
    }
    lines
}

pub(super) fn markdown(told: &Told) -> String {
    let mut out = format!("## {}\n\n{}\n", heading(told), summary(told));
    for impact in Impact::ALL {
        let changes: Vec<&Change> =
            told.comparison.changes.iter().filter(|change| change.impact == impact).collect();
        if changes.is_empty() {
            continue;
        }
        let _ = write!(
            out,
            "\n### {}\n\n| change | where | was | is |\n| --- | --- | --- | --- |\n",
            words(impact)
        );
        for change in changes {
            let spot = |spot: &Option<Spot>| spot.as_ref().map(place).unwrap_or_default();
            let cells =
                [shown(change), uses(change).join(", "), spot(&change.before), spot(&change.after)];
            let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
    }
    if let Some(found) = &told.effect {
        let _ = write!(out, "\n### Recorded proof\n\n");
        for line in effect(found) {
            match line.strip_prefix("  ") {
                Some(inner) => drop(writeln!(out, "  - {inner}")),
                None => drop(writeln!(out, "- {line}")),
            }
        }
    }
    out
}

fn heading(told: &Told) -> String {
    if told.comparison.count(Impact::Breaking) > 0 {
        format!("{}: breaking changes", told.after.title)
    } else {
        format!("{}: no breaking change", told.after.title)
    }
}

fn words(impact: Impact) -> &'static str {
    match impact {
        Impact::Breaking => "Breaking",
        Impact::Unknown => "Unknown",
        Impact::NonBreaking => "Non-breaking",
    }
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;")
}

/// A change as JSON.
pub(in crate::cli::spec) fn change_json(change: &Change) -> Value {
    let spot = |spot: &Option<Spot>| match spot {
        Some(spot) => {
            let source = spot.sources.first();
            json!({
                "pointer": spot.pointer,
                "page": source.and_then(|source| source.page.clone()),
                "line": source.and_then(|source| source.line),
            })
        }
        None => Value::Null,
    };
    let uses: Vec<Value> = change
        .uses
        .iter()
        .map(|one| json!({"operation": one.operation, "place": one.place, "at": one.at}))
        .collect();
    json!({
        "kind": change.kind,
        "impact": change.impact.as_str(),
        "what": change.what,
        "before": spot(&change.before),
        "after": spot(&change.after),
        "uses": uses,
    })
}

pub(super) fn json(told: &Told) -> String {
    let changes: Vec<Value> = told.comparison.changes.iter().map(change_json).collect();
    let side =
        |spec: &crate::spec::Spec| json!({"spec": spec.path, "digest": spec.digest.to_string()});
    let count = |impact| told.comparison.count(impact);
    let whole = json!({
        "testimony": 1,
        "breaking": count(Impact::Breaking) > 0,
        "before": side(&told.before),
        "after": side(&told.after),
        "totals": {
            "breaking": count(Impact::Breaking),
            "unknown": count(Impact::Unknown),
            "non_breaking": count(Impact::NonBreaking),
        },
        "changes": changes,
        "proof": told.effect.as_ref().map(effect_json),
    });
    format!("{whole:#}\n")
}

fn effect_json(effect: &Effect) -> Value {
    let named: Vec<Value> = effect
        .named
        .iter()
        .map(|(cassette, number)| json!({"cassette": cassette, "exchange": number}))
        .collect();
    let lost: Vec<Value> = effect
        .lost
        .iter()
        .map(|lost| {
            let now = lost.now.map(crate::check::State::as_str);
            json!({"operation": lost.operation, "code": lost.code, "now": now})
        })
        .collect();
    json!({
        "exchanges": effect.exchanges,
        "contradict_before": effect.broken_before,
        "contradict_after": effect.broken_after,
        "now_contradict": effect.now_broken,
        "no_longer_contradict": effect.now_kept,
        "exchanges_named": named,
        "lost": lost,
        "gained": effect.gained,
    })
}
