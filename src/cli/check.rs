//! `testimony check`: judges exchanges against specs, prints findings and the ledger.

mod explain;
mod live;
mod settings;

use super::auth::Auth;
use super::cassette::unreadable;
use super::format::{self, Format};
use super::reach::ReachArguments;
use super::secrets::secrets;
use super::{Failure, Outcome, World, documents, foreign};
use crate::cassette::import::is_cassette;
use crate::cassette::redact::Secret;
use crate::cassette::{Reader, load_bodies};
use crate::check::{End, Excuse, Judge, State, Verdict};
use crate::project;
use crate::report::{Kind, render};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Largest body file that is read to be judged.
const BODY_LIMIT: u64 = 64 * 1024 * 1024;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Spec file, or folder of specs [default: specs/]
    #[arg(long = "spec", value_name = "PATH")]
    specs: Vec<PathBuf>,
    /// Cassette, folder of cassettes, or another tool's recording [default: cassettes/]
    #[arg(long = "cassette", value_name = "PATH")]
    cassettes: Vec<PathBuf>,
    /// Form of the result, to stdout or into a file: `terminal`, `json` [default: terminal]
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
    /// Send the cassettes' requests to this URL, and judge the fresh answers
    #[arg(long, value_name = "URL", value_parser = live::base)]
    live: Option<String>,
    /// Credentials for `--live`, as `bearer`, `basic` or `header:NAME`
    #[arg(long, value_name = "SCHEME=env:NAME", requires = "live", value_parser = Auth::parse)]
    auth: Option<Auth>,
    /// With `--live`, send requests that may change something, too
    #[arg(long, requires = "live")]
    allow_unsafe: bool,
    #[command(flatten)]
    reach: ReachArguments,
    /// With `--live`, longest wait for a connection and for the next bytes
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = project::parse_positive_duration)]
    timeout: Duration,
    /// Replace the value of this environment variable in what is shown of other tools' recordings
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
    /// Explain a rule, or list all of them, and do nothing else
    #[arg(long, value_name = "RULE", num_args = 0..=1, default_missing_value = "")]
    explain: Option<String>,
}

fn form(text: &str) -> Result<Format<Kind>, String> {
    Format::parse(text, &Kind::ALL, Kind::as_str)
}

pub(super) fn run(arguments: Arguments, world: &World) -> Result<Outcome, Failure> {
    if let Some(rule) = &arguments.explain {
        return explain::run(rule, world);
    }
    format::one_on_stdout(&arguments.formats)?;
    if arguments.live.is_none() && !arguments.reach.is_empty() {
        return Err(Failure::asked("nothing is sent without `--live`")
            .hint("`--live URL`, or leave out what says how upstreams are reached"));
    }
    let settings = settings::of(&arguments, world)?;
    let specs = documents::read_specs(&arguments.specs, world)?;
    let mut judge = Judge::new(&specs, &settings);
    if specs.is_empty() {
        world.say("note: no spec was found: name one with `--spec`, or put it in specs/");
    } else {
        let cassettes = documents::cassettes(&arguments.cassettes, world)?;
        let secrets = secrets(&arguments.secret_env, world)?;
        match &arguments.live {
            Some(base) => live::judge(base, &cassettes, &mut judge, &arguments, world)?,
            None => {
                for path in &cassettes {
                    judge_cassette(path, &secrets, &mut judge, world)?;
                }
            }
        }
    }
    let verdict = judge.verdict(world.now);
    settings::notes(&verdict, world);
    if let Some(path) = &arguments.write_baseline {
        settings::write_baseline(path, &verdict, &settings.baseline, world)?;
    }
    let render = |kind, paint| render(kind, &verdict, paint);
    format::print(&arguments.formats, Some(Kind::Terminal), render, world)?;
    Ok(outcome(&verdict, world))
}

fn judge_cassette(
    shown: &Path,
    secrets: &[(String, Secret)],
    judge: &mut Judge<'_>,
    world: &World,
) -> Result<(), Failure> {
    let path = world.directory.join(shown);
    let name = shown.display().to_string();
    if !is_cassette(&path).map_err(|error| unreadable(&error))? {
        let recording = foreign::read(shown, None, secrets.to_vec(), world)?;
        foreign::say(shown, recording.kind, &recording.losses, world);
        for exchange in &recording.exchanges {
            judge.exchange(&name, exchange.exchange());
        }
        return Ok(());
    }
    let mut reader = Reader::open(&path).map_err(|error| unreadable(&error))?;
    for exchange in reader.by_ref() {
        let mut exchange = exchange.map_err(|error| unreadable(&error))?;
        if let Err(problem) = load_bodies(&path, &mut exchange, BODY_LIMIT) {
            world.say(format_args!("warning: {name}: exchange {}: {problem}", exchange.number));
        }
        judge.exchange(&name, &exchange);
    }
    say_of(&reader, &name, world);
    Ok(())
}

/// Says what a cassette's reader noticed.
fn say_of<R: std::io::BufRead>(reader: &Reader<R>, name: &str, world: &World) {
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

fn outcome(verdict: &Verdict, world: &World) -> Outcome {
    match verdict.end {
        End::Conforms => Outcome::Holds,
        End::Breaks => Outcome::Broken,
        End::NothingJudged => {
            let exchanges = verdict.totals.exchanges;
            world.say(format_args!("error: nothing was judged: {exchanges} exchanges were read"));
            world.say(
                "hint: name cassettes with `--cassette`, and the specs of their API with `--spec`",
            );
            Outcome::NothingJudged
        }
    }
}
