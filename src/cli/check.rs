//! `testimony check`: judges exchanges against specs, prints findings and the ledger.

pub(super) mod evidence;
mod explain;
mod live;
mod part;
mod recorded;
pub(super) mod report;
mod settings;
mod suggest;

use super::format::{self, Format};
use super::reach::ReachArguments;
use super::secrets::secrets;
use super::sending::{self, SendArguments};
use super::{Failure, Outcome, World, documents};
use crate::check::{End, Excuse, Judge, Share, State, Verdict};
use crate::project;
use crate::report::{Evidence, Kind};
pub(super) use recorded::notes_of;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Spec file, or folder of specs [default: specs/]
    #[arg(long = "spec", value_name = "PATH")]
    specs: Vec<PathBuf>,
    /// Cassette, folder of cassettes, or another tool's recording [default: cassettes/]
    #[arg(long = "cassette", value_name = "PATH")]
    cassettes: Vec<PathBuf>,
    /// Form of the result, to stdout or into a file, any number: `terminal`, `json`, `junit`, `sarif`,
    /// `html`, `markdown`, `github` [default: terminal]
    #[arg(long = "format", value_name = "KIND[=FILE]", value_parser = form)]
    formats: Vec<Format<Kind>>,
    /// Known findings that do not fail, each with its reason
    #[arg(long = "baseline", value_name = "FILE")]
    baselines: Vec<PathBuf>,
    /// Write a baseline that accepts the errors and warnings of this run; reasons are to be filled in
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
    /// Fail while a documented code is in any other state
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = settings::state)]
    require: Vec<State>,
    /// A documented code that need not be shown, and why
    #[arg(long = "excuse", value_name = "OPERATION:CODE=REASON", value_parser = settings::excuse)]
    excuses: Vec<Excuse>,
    /// Age beyond which a proof is stale, such as `30d` or `12h`
    #[arg(long, value_name = "AGE", value_parser = project::parse_duration)]
    max_age: Option<Duration>,
    /// What was promised when: proofs of before a promise changed are stale
    #[arg(long, value_name = "FILE")]
    register: Option<PathBuf>,
    /// Note in FILE what is promised now, and since when
    #[arg(long, value_name = "FILE")]
    write_register: Option<PathBuf>,
    /// Judge a share of the exchanges, `2/3` the second of three; `ledger merge` adds the results up
    #[arg(long, value_name = "I/N", conflicts_with_all = ["live", "write_baseline"], value_parser = share)]
    shard: Option<Share>,
    /// Print the smallest change to the spec that documents what was observed: JSON Patch, or an
    /// overlay where FILE ends in `.overlay.yaml` or `.overlay.json`
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-", conflicts_with = "shard")]
    suggest: Option<PathBuf>,
    /// Send the cassettes' requests to this URL, and judge the fresh answers
    #[arg(long, value_name = "URL", value_parser = sending::base)]
    live: Option<String>,
    /// Replace the value of this environment variable in what is shown of other tools' recordings, and in
    /// what `--live` brings
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
    /// Explain a rule, or list all of them, and do nothing else
    #[arg(long, value_name = "RULE", num_args = 0..=1, default_missing_value = "")]
    explain: Option<String>,
    #[command(flatten)]
    sending: SendArguments,
    #[command(flatten)]
    reach: ReachArguments,
}

pub(super) fn form(text: &str) -> Result<Format<Kind>, String> {
    Format::parse(text, &Kind::ALL, Kind::as_str)
}

fn share(text: &str) -> Result<Share, String> {
    Share::parse(text).ok_or_else(|| format!("`{text}` is not `I/N` with I from 1 to N"))
}

pub(super) fn run(arguments: Arguments, world: &World) -> Result<Outcome, Failure> {
    if let Some(rule) = &arguments.explain {
        return explain::run(rule, world);
    }
    format::one_on_stdout(&arguments.formats)?;
    if arguments.live.is_none() && (arguments.sending.is_given() || !arguments.reach.is_empty()) {
        return Err(Failure::asked("nothing is sent without `--live`")
            .hint("`--live URL`, or leave out what says how requests are sent"));
    }
    let settings = settings::of(&arguments, world)?;
    let specs = documents::read_specs(&arguments.specs, world)?;
    settings::say_lacking(&settings, &specs, world);
    let mut judge = Judge::new(&specs, &settings);
    if let Some(file) = &arguments.suggest {
        suggest::possible(file, &arguments.formats, world)?;
        judge = judge.suggesting();
    }
    let mut shares = None;
    let (mut recordings, mut fresh) = (Vec::new(), None);
    let secrets = secrets(&arguments.secret_env, world)?;
    let cassettes = documents::cassettes(&arguments.cassettes, world)?;
    if specs.is_empty() {
        // Read all the same: one that can't be read is worse news than that nothing was judged.
        let mut unjudged = Judge::new(&specs, &settings);
        recorded::judge(&cassettes, arguments.shard, &secrets, &mut unjudged, world)?;
        let exchanges = unjudged.verdict(world.now).totals.exchanges;
        world.say(format_args!(
            "note: no spec was found, {exchanges} exchanges are not judged: name one with `--spec`, \
             or put it in specs/"
        ));
    } else if let Some(base) = &arguments.live {
        let judged = live::judge(base, &cassettes, &mut judge, &arguments, world)?;
        recordings.extend(judged.notebook.recording().map(ToOwned::to_owned));
        fresh = Some(judged);
    } else {
        shares = recorded::judge(&cassettes, arguments.shard, &secrets, &mut judge, world)?;
        recordings = cassettes;
    }
    settings::say_unknown_formats(&specs, world);
    settings::say_elsewhere(&judge, world);
    let mut verdict = judge.verdict(world.now);
    if let Some(shares) = shares {
        verdict = verdict.of_share(shares);
    }
    settings::notes(&verdict, world);
    if let Some(path) = &arguments.write_baseline {
        settings::write_baseline(path, &verdict, &settings.baseline, world)?;
    }
    if let Some(path) = &arguments.write_register {
        settings::write_register(path, settings.register.as_ref(), &specs, world)?;
    }
    let evidence = if report::shows_evidence(&arguments.formats) {
        let mut evidence = evidence::gather(&verdict, &specs, &recordings, &secrets, world);
        if let Some(live::Fresh { notebook, .. }) = &fresh {
            evidence::of_notebook(&mut evidence, &verdict, notebook);
        }
        evidence
    } else {
        Evidence::default()
    };
    let otherwise = suggest::is_to_file(arguments.suggest.as_deref()).then_some(Kind::Terminal);
    report::print(&arguments.formats, otherwise, &verdict, &evidence, world)?;
    if let Some(file) = &arguments.suggest {
        suggest::write(file, &judge, &specs, world)?;
    }
    match fresh.and_then(|fresh| fresh.cut) {
        // What is broken is so, whatever else would have come.
        Some(cut) if verdict.end == End::Breaks => {
            world.say(cut);
            Ok(Outcome::Broken)
        }
        Some(cut) => Err(cut),
        None => Ok(outcome(&verdict, world)),
    }
}

pub(super) fn outcome(verdict: &Verdict, world: &World) -> Outcome {
    match verdict.end {
        End::Conforms => Outcome::Holds,
        End::Breaks => Outcome::Broken,
        End::NothingJudged => {
            let exchanges = verdict.totals.exchanges;
            let read = if verdict.specs.is_empty() {
                "there is no spec".to_owned()
            } else {
                format!("{exchanges} exchanges were read")
            };
            world.say(format_args!("error: nothing was judged: {read}"));
            world.say(
                "hint: name cassettes with `--cassette`, and the specs of their API with `--spec`",
            );
            Outcome::NothingJudged
        }
    }
}
