//! `testimony ledger …`: results of `check`, added up.

use super::format::{self, Format};
use super::{Failure, Outcome, World, check};
use crate::check::{End, Shares, SumError, Verdict, sum};
use crate::exchange::Digest;
use crate::report::{self, Evidence, Kind};
use std::collections::HashMap;
use std::path::PathBuf;

/// Most missing shares that are named.
const NAMED: usize = 10;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Add JSON results of `check` up, those of shares or of different recordings
    Merge(Merge),
}

#[derive(Debug, clap::Args)]
pub(super) struct Merge {
    /// Results of `check --format json`, or sums of them, in any order
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Form of the sum, to stdout or into a file, as of `check` [default: json]
    #[arg(long = "format", value_name = "KIND[=FILE]", value_parser = check::form)]
    formats: Vec<Format<Kind>>,
}

pub(super) fn run(command: Command, world: &World) -> Result<Outcome, Failure> {
    let Command::Merge(arguments) = command;
    format::one_on_stdout(&arguments.formats)?;
    let verdict = added_up(&arguments.files, world)?;
    let evidence = if check::report::shows_evidence(&arguments.formats) {
        check::evidence::still_there(&verdict, world)
    } else {
        Evidence::default()
    };
    check::report::print(&arguments.formats, Some(Kind::Json), &verdict, &evidence, world)?;
    for shares in &verdict.shares {
        world.say(format_args!("error: {}", missing(shares)));
    }
    match (verdict.shares.is_empty(), verdict.end) {
        (true, _) | (_, End::Breaks) => Ok(check::outcome(&verdict, world)),
        (false, _) => {
            world
                .say("hint: this is no whole result: add what `check --shard` gave for the others");
            Ok(Outcome::Broken)
        }
    }
}

fn added_up(files: &[PathBuf], world: &World) -> Result<Verdict, Failure> {
    let mut added: HashMap<Digest, &PathBuf> = HashMap::new();
    let mut whole: Option<Verdict> = None;
    for path in files {
        let shown = path.display();
        let text = std::fs::read(world.directory.join(path))
            .map_err(|error| Failure::asked(format!("{shown}: {error}")))?;
        let verdict = report::read(&text).map_err(|error| {
            Failure::asked(format!("{shown}: {error}"))
                .hint("results are what `testimony check --format json` prints")
        })?;
        if verdict.totals.exchanges > 0
            && let Some(same) = added.insert(Digest::of(&text), path)
        {
            let same = same.display();
            return Err(Failure::asked(format!("{shown}: the same result as {same}"))
                .hint("name each result once"));
        }
        whole = Some(match whole {
            None => verdict,
            Some(whole) => sum(whole, verdict).map_err(|error| {
                let failure = Failure::asked(format!("{shown}: {error}"));
                match hint(&error) {
                    Some(hint) => failure.hint(hint),
                    None => failure,
                }
            })?,
        });
    }
    whole.ok_or_else(|| Failure::asked("no result is named"))
}

const fn hint(error: &SumError) -> Option<&'static str> {
    match error {
        SumError::Settings => {
            Some("run all of them with the same version, `testimony.toml`, baseline and arguments")
        }
        SumError::Spec(_) => Some("judge all recordings by the same state of the spec"),
        SumError::Twice { .. } => Some("name each share once"),
        SumError::Ledger(_) => None,
    }
}

fn missing(shares: &Shares) -> String {
    let missing = shares.of as usize - shares.have.len();
    let named: Vec<String> =
        shares.missing(NAMED).iter().map(|number| format!("{number}/{}", shares.of)).collect();
    let more = if missing > named.len() { ", …" } else { "" };
    format!("{missing} of {} shares are missing: {}{more}", shares.of, named.join(", "))
}
