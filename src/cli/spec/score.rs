//! `testimony spec score`: how well an imported document tells what a true one tells.

use super::super::{Failure, Outcome, World, documents, format};
use crate::cli::format::{Format, Plain};
use crate::spec::{FactKind, Fault, Score, Tally, score};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The document that is taken for true: OpenAPI 2.0, 3.0 or 3.1
    #[arg(long, value_name = "OPENAPI")]
    truth: PathBuf,
    /// The document to score
    #[arg(value_name = "IMPORTED")]
    imported: PathBuf,
    /// Form of the result, to stdout or into a file: `terminal`, `json` [default: terminal]
    #[arg(long = "format", value_name = "KIND[=FILE]", value_parser = Plain::parse)]
    formats: Vec<Format<Plain>>,
}

pub(super) fn run(arguments: &Arguments, world: &World) -> Result<Outcome, Failure> {
    format::one_on_stdout(&arguments.formats)?;
    let truth = documents::read_spec(&arguments.truth, world)?;
    let imported = documents::read_spec(&arguments.imported, world)?;
    let score = score(&truth, &imported);
    let matched = score.tallies.get(&FactKind::Operation).is_some_and(|tally| tally.right > 0);
    let render = |kind, _| match kind {
        Plain::Terminal => terminal(&score),
        Plain::Json => format!("{:#}\n", as_json(&score)),
    };
    format::print(&arguments.formats, Some(Plain::Terminal), render, world)?;
    Ok(if matched { Outcome::Holds } else { Outcome::NothingJudged })
}

fn terminal(score: &Score) -> String {
    let mut out = String::new();
    for fault in &score.faults {
        let Fault { kind, operation, place, .. } = fault;
        let _ = write!(out, "{:<9} {kind} {operation}", fault.what());
        if !place.is_empty() {
            let _ = write!(out, ": {place}");
        }
        for (label, told) in [("true", &fault.truth), ("found", &fault.found)] {
            if let Some(told) = told.as_ref().filter(|told| !told.is_empty()) {
                let _ = write!(out, ", {label} {told}");
            }
        }
        out.push('\n');
    }
    if !score.faults.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(
        out,
        "{:<18}{:>7}{:>9}{:>7}{:>11}{:>11}{:>8}",
        "", "right", "missing", "extra", "different", "precision", "recall"
    );
    let mut line = |name: &str, tally: Tally| {
        let _ = writeln!(
            out,
            "{name:<18}{:>7}{:>9}{:>7}{:>11}{:>11.3}{:>8.3}",
            tally.right,
            tally.missing,
            tally.extra,
            tally.different,
            tally.precision(),
            tally.recall()
        );
    };
    for (kind, tally) in score.tallies.iter().filter(|(kind, _)| kind.keyword().is_none()) {
        line(kind.as_str(), *tally);
    }
    line("constraints", score.constraints());
    for (kind, tally) in &score.tallies {
        if let Some(keyword) = kind.keyword() {
            line(&format!("  {keyword}"), *tally);
        }
    }
    out
}

fn as_json(score: &Score) -> Value {
    let counted = |kind: &str, keyword: Option<&str>, tally: Tally| {
        json!({
            "kind": kind, "keyword": keyword,
            "right": tally.right, "missing": tally.missing,
            "extra": tally.extra, "different": tally.different,
            "precision": tally.precision(), "recall": tally.recall(),
        })
    };
    let mut kinds: Vec<Value> = score
        .tallies
        .iter()
        .map(|(kind, tally)| counted(kind.as_str(), kind.keyword(), *tally))
        .collect();
    kinds.push(counted("constraints", None, score.constraints()));
    let faults: Vec<Value> = score
        .faults
        .iter()
        .map(|fault| {
            json!({
                "what": fault.what(), "kind": fault.kind.as_str(), "keyword": fault.kind.keyword(),
                "operation": fault.operation, "place": fault.place,
                "truth": fault.truth, "found": fault.found,
            })
        })
        .collect();
    json!({ "score": 1, "kinds": kinds, "faults": faults })
}
