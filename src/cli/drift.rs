//! `testimony drift`: sends recorded requests again, or compares two recordings, and tells what changed.

mod accept;
mod form;

use super::format::{self, Form, Format};
use super::reach::ReachArguments;
use super::sending::{self, SendArguments};
use super::{Failure, Outcome, World, documents, recordings, secrets};
use crate::check::{Judge, Settings, Verdict};
use crate::drift::{Change, Compared, Comparison, Kind, Volatile};
use crate::exchange::{Exchange, ExchangeNumber, Target};
use crate::live::{Sent, paired};
use crate::spec::Spec;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("newer").required(true).args(["target", "against"]))]
pub(super) struct Arguments {
    /// Cassette, or folder of cassettes, with the recorded answers [default: cassettes/]
    #[arg(long = "cassette", value_name = "PATH")]
    cassettes: Vec<PathBuf>,
    /// Send the recorded requests to this URL, and compare the fresh answers
    #[arg(long, value_name = "URL", value_parser = sending::base)]
    target: Option<String>,
    /// Compare with the answers of this recording
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Spec file, or folder of specs, whose promises tell what is contract [default: specs/]
    #[arg(long = "spec", value_name = "PATH")]
    specs: Vec<PathBuf>,
    /// Form of the result, to stdout or into a file: `terminal`, `json`, `markdown`
    /// [default: terminal]
    #[arg(long = "format", value_name = "KIND[=FILE]", value_parser = Form::parse)]
    formats: Vec<Format<Form>>,
    /// Ask for each exchange that changed whether the newer one takes its place in the cassette
    #[arg(long)]
    accept: bool,
    /// Replace the value of this environment variable in what is shown and recorded
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
    #[command(flatten)]
    sending: SendArguments,
    #[command(flatten)]
    reach: ReachArguments,
}

/// A recorded exchange, and what changed.
struct Drifted {
    cassette: PathBuf,
    number: ExchangeNumber,
    /// Method and path.
    request: String,
    changes: Vec<Change>,
    /// The newer exchange, where it may take the recorded one's place.
    newer: Option<Box<Exchange>>,
}

/// Everything that is told.
#[derive(Default)]
struct Told {
    drifted: Vec<Drifted>,
    compared: u64,
    /// Exchanges with an answer that says nothing: what was asked for, what came, the request.
    inconclusive: Vec<(u16, u16, String)>,
    /// Exchanges of which one side has no whole answer.
    unanswered: u64,
    /// Recorded exchanges whose request the other recording lacks.
    missing: u64,
}

impl Told {
    fn count(&self, kind: Kind) -> usize {
        self.drifted.iter().flat_map(|one| &one.changes).filter(|one| one.kind == kind).count()
    }

    /// Takes a pair in.
    fn add(
        &mut self,
        cassette: &Path,
        recorded: &Exchange,
        newer: &Exchange,
        comparison: &mut Comparison<'_>,
        keep: bool,
    ) {
        let path = Target::parse(&recorded.request.target).path;
        let request = format!("{} {path}", recorded.request.method);
        match comparison.compare(recorded, newer) {
            Compared::NoAnswer => self.unanswered += 1,
            Compared::Inconclusive(wanted, came) => self.inconclusive.push((wanted, came, request)),
            Compared::Changes(changes) => {
                self.compared += 1;
                let (cassette, number) = (cassette.to_owned(), recorded.number);
                let newer = keep.then(|| Box::new(newer.clone()));
                self.drifted.push(Drifted { cassette, number, request, changes, newer });
            }
        }
    }
}

pub(super) fn run(arguments: Arguments, world: &World) -> Result<Outcome, Failure> {
    format::one_on_stdout(&arguments.formats)?;
    if arguments.target.is_none() && (arguments.sending.is_given() || !arguments.reach.is_empty()) {
        return Err(Failure::asked("nothing is sent without `--target`")
            .hint("`--target URL`, or leave out what says how requests are sent"));
    }
    let config = world.config()?;
    let mut volatile = Volatile::default();
    for text in &config.drift.volatile {
        volatile.add(text).map_err(|error| {
            Failure::asked(format!("{}: [drift]: {error}", crate::project::FILE))
        })?;
    }
    let settings = Settings { required: None, ..config.settings().map_err(Failure::asked)? };
    let specs = documents::read_specs(&arguments.specs, world)?;
    if specs.is_empty() {
        world.say("note: no spec was found: only another status code is told as contract drift");
    }
    let cassettes = documents::cassettes(&arguments.cassettes, world)?;
    let mut judge = Judge::new(&specs, &settings);
    let comparison = Comparison::new(&specs, judge.colleague(), volatile);
    let (told, cut) = match (&arguments.target, &arguments.against) {
        (Some(base), _) => sent(base, &cassettes, &arguments, comparison, &mut judge, world)?,
        (None, Some(other)) => {
            (compared(other, &cassettes, &arguments, comparison, &mut judge, world)?, None)
        }
        (None, None) => return Err(Failure::asked("name `--target URL` or `--against FILE`")),
    };
    finish(told, cut, &judge.verdict(world.now), &arguments, &specs, world)
}

/// Compares fresh answers.
fn sent(
    base: &str,
    cassettes: &[PathBuf],
    arguments: &Arguments,
    mut comparison: Comparison<'_>,
    judge: &mut Judge<'_>,
    world: &World,
) -> Result<(Told, Option<Failure>), Failure> {
    if cassettes.len() > 1 {
        for cassette in cassettes {
            comparison.begin_run();
            for recorded in recordings::exchanges(cassette, Vec::new(), world)? {
                comparison.learn(&recorded);
            }
        }
    }
    let known = secrets::secrets(&arguments.secret_env, world)?;
    let sending = arguments.sending.ready(("--target", base), &arguments.reach, known, world)?;
    let mut notebook = sending.notebook()?;
    let mut told = Told::default();
    let mut take = |cassette: &Path, sent: Sent| {
        let Sent::Answered { recorded, fresh, before } = sent else { return };
        let noted = notebook.answered(cassette, *fresh, before);
        told.add(cassette, &recorded, &noted.exchange, &mut comparison, arguments.accept);
        noted.judge(&recorded, judge);
    };
    let ended = sending.send(cassettes, &mut take);
    let sealed = notebook.seal();
    let cut = ended?.cut.or(sealed.err());
    Ok((told, cut))
}

/// Compares with another recording.
fn compared(
    other: &Path,
    cassettes: &[PathBuf],
    arguments: &Arguments,
    mut comparison: Comparison<'_>,
    judge: &mut Judge<'_>,
    world: &World,
) -> Result<Told, Failure> {
    let known = secrets::secrets(&arguments.secret_env, world)?;
    let newer = recordings::exchanges(other, known.clone(), world)?;
    let name = other.display().to_string();
    for exchange in &newer {
        judge.exchange(&name, exchange);
    }
    if !cassettes.is_empty() && cassettes.iter().all(|cassette| cassette == other) {
        return Err(Failure::asked(format!("{name}: is compared with itself"))
            .hint("name an older recording with `--cassette`, or a newer one with `--against`"));
    }
    let mut told = Told::default();
    let mut runs = Vec::new();
    for cassette in cassettes.iter().filter(|cassette| *cassette != other) {
        let recorded = recordings::exchanges(cassette, known.clone(), world)?;
        comparison.begin_run();
        for exchange in &recorded {
            comparison.learn(exchange);
        }
        runs.push((cassette, recorded));
    }
    for (cassette, recorded) in runs {
        let rules = recordings::carried(cassette)?;
        let rules = rules.and(&world.config()?.matching).map_err(Failure::asked)?;
        let pairs = paired(&recorded, &newer, &rules);
        told.missing += (recorded.len() - pairs.len()) as u64;
        for (ours, theirs) in pairs {
            let (ours, theirs) = (&recorded[ours], &newer[theirs]);
            told.add(cassette, ours, theirs, &mut comparison, arguments.accept);
        }
    }
    Ok(told)
}

fn finish(
    mut told: Told,
    cut: Option<Failure>,
    verdict: &Verdict,
    arguments: &Arguments,
    specs: &[Spec],
    world: &World,
) -> Result<Outcome, Failure> {
    let render = |kind, _| match kind {
        Form::Terminal => form::terminal(&told),
        Form::Json => form::json(&told, verdict),
        Form::Markdown => form::markdown(&told, specs.is_empty()),
    };
    format::print(&arguments.formats, Some(Form::Terminal), render, world)?;
    if told.missing > 0 {
        let missing = told.missing;
        world.say(format_args!("note: {missing} requests are not in the other recording"));
    }
    if arguments.accept && cut.is_none() {
        accept::review(&mut told, world)?;
    }
    let broken = told.count(Kind::Contract) > 0;
    match cut {
        Some(cut) if broken => {
            world.say(cut);
            Ok(Outcome::Broken)
        }
        Some(cut) => Err(cut),
        None if broken => Ok(Outcome::Broken),
        None if told.unanswered > 0 => Err(Failure::world(format!(
            "{} exchanges have no whole answer: they were not compared",
            told.unanswered
        ))),
        None if told.compared == 0 => {
            world.say("error: nothing was compared");
            world.say(
                "hint: name cassettes with `--cassette` whose requests can be sent, or are in both",
            );
            Ok(Outcome::NothingJudged)
        }
        None => Ok(Outcome::Holds),
    }
}
