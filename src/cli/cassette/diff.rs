//! `cassette diff`: what two recordings of the same requests were answered, field by field.

mod answers;
mod learn;

use super::super::matchers::MatchArguments;
use super::super::secrets::secrets;
use super::super::{Failure, Outcome, World, matchers, recordings};
use crate::diff::Difference;
use crate::exchange::Exchange;
use crate::matching::Pairs;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Most differences of a nearest request that are shown.
const NEAREST: usize = 3;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The one recording: a cassette, or another tool's
    #[arg(value_name = "A")]
    left: PathBuf,
    /// The other
    #[arg(value_name = "B")]
    right: PathBuf,
    /// A place that does not count, such as `header:date` or `body:/request_id`
    #[arg(long, value_name = "PLACE")]
    ignore: Vec<String>,
    #[command(flatten)]
    matching: MatchArguments,
    /// Value of this environment variable that counts as redacted in other tools' recordings
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
    /// Propose matching rules from what differs between the requests of two recordings of one run
    #[arg(long, conflicts_with = "ignore")]
    learn: bool,
    /// Write the learnt rules into the header of A
    #[arg(long, requires = "learn")]
    write: bool,
    /// Specs whose formats tell what differs from run to run
    #[arg(long, value_name = "FILE", requires = "learn")]
    spec: Vec<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Two exchanges of equal requests whose answers differ.
struct Differing<'a> {
    left: &'a Exchange,
    right: &'a Exchange,
    differences: Vec<Difference>,
}

pub(super) fn run(arguments: Arguments, world: &World) -> Result<Outcome, Failure> {
    let secrets = secrets(&arguments.secret_env, world)?;
    let left = recordings::exchanges(&arguments.left, secrets.clone(), world)?;
    let right = recordings::exchanges(&arguments.right, secrets, world)?;
    let own = recordings::carried(&arguments.left)?;
    let rules = own
        .and(&arguments.matching.read(&arguments.spec, world)?)
        .map_err(|error| matchers::unusable(arguments.left.display(), &error))?;
    if arguments.learn {
        return learn::run(&arguments, &left, &right, &rules, world);
    }
    let pairs = Pairs::of(&left, &right, &rules);
    let mut differing = Vec::new();
    for (ours, theirs) in &pairs.both {
        let (left, right) = (&left[*ours], &right[*theirs]);
        let mut differences = answers::differences(left, right);
        differences.retain(|found| !is_ignored(&found.at, &arguments.ignore));
        if !differences.is_empty() {
            differing.push(Differing { left, right, differences });
        }
    }
    let text = if arguments.json {
        format!("{:#}\n", as_json(&pairs, &differing, &left, &right))
    } else {
        as_text(&pairs, &differing, &left, &right)
    };
    world.print(&text)?;
    let (both, alone) = (pairs.both.len(), pairs.left.len() + pairs.right.len());
    world.say(format_args!(
        "{both} pairs, {} of them differ; {} only in {}, {} only in {}",
        differing.len(),
        pairs.left.len(),
        arguments.left.display(),
        pairs.right.len(),
        arguments.right.display(),
    ));
    Ok(match (both + alone, differing.len() + alone) {
        (0, _) => Outcome::NothingJudged,
        (_, 0) => Outcome::Holds,
        _ => Outcome::Broken,
    })
}

/// Whether a place, or one above it in a body, is not to count.
fn is_ignored(at: &str, ignore: &[String]) -> bool {
    ignore.iter().any(|place| {
        at.strip_prefix(place.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

fn as_text(
    pairs: &Pairs,
    differing: &[Differing<'_>],
    left: &[Exchange],
    right: &[Exchange],
) -> String {
    let mut out = String::new();
    for Differing { left, right, differences } in differing {
        let (ours, theirs) = (left.number, right.number);
        let _ = writeln!(out, "exchange {ours} and {theirs}: {}", asked(left));
        put_differences(&mut out, differences);
    }
    for index in &pairs.left {
        let exchange = &left[*index];
        let _ = writeln!(out, "only in A: exchange {}: {}", exchange.number, asked(exchange));
    }
    for (index, nearest) in &pairs.right {
        let exchange = &right[*index];
        let _ = writeln!(out, "only in B: exchange {}: {}", exchange.number, asked(exchange));
        if let Some(nearest) = nearest {
            let _ = writeln!(out, "  nearest in A: exchange {}", left[nearest.index].number);
            let differences = nearest.differences();
            put_differences(&mut out, &differences[..differences.len().min(NEAREST)]);
        }
    }
    out
}

fn put_differences(out: &mut String, differences: &[Difference]) {
    for Difference { at, left, right } in differences {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "(absent)".to_owned());
        let _ = writeln!(out, "  {at}: {} | {}", side(left), side(right));
    }
}

fn asked(exchange: &Exchange) -> String {
    format!("{} {}", exchange.request.method, exchange.request.target)
}

fn as_json(
    pairs: &Pairs,
    differing: &[Differing<'_>],
    left: &[Exchange],
    right: &[Exchange],
) -> Value {
    let place = |exchange: &Exchange| {
        let request = &exchange.request;
        json!({"exchange": exchange.number.0, "method": request.method, "target": request.target})
    };
    let listed = |differences: &[Difference]| -> Value {
        let one = |found: &Difference| json!({"at": found.at, "a": found.left, "b": found.right});
        differences.iter().map(one).collect()
    };
    let changed: Vec<Value> = differing
        .iter()
        .map(|found| {
            let request = &found.left.request;
            json!({
                "a": found.left.number.0, "b": found.right.number.0,
                "method": request.method, "target": request.target,
                "differences": listed(&found.differences),
            })
        })
        .collect();
    json!({
        "pairs": pairs.both.len(),
        "differing": changed,
        "only_a": pairs.left.iter().map(|index| place(&left[*index])).collect::<Vec<_>>(),
        "only_b": pairs.right.iter().map(|(index, _)| place(&right[*index])).collect::<Vec<_>>(),
    })
}
