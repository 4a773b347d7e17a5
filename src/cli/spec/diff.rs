//! `testimony spec diff`: what changed between two specs, what that means to clients, and what it
//! does to recorded proof.

mod effect;
mod form;

use super::super::secrets::secrets;
use super::super::{Failure, Outcome, World, documents, format, recordings};
use crate::cli::format::Format;
use crate::project;
use crate::spec::{Comparison, Impact, Spec, compare};
use effect::Effect;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The spec as it was
    #[arg(value_name = "A")]
    before: PathBuf,
    /// The spec as it is now
    #[arg(value_name = "B")]
    after: PathBuf,
    /// Recordings to judge by both: a cassette, folder of cassettes, or another tool's recording
    #[arg(long = "cassette", value_name = "PATH")]
    cassettes: Vec<PathBuf>,
    /// Form of the result, to stdout or into a file: `terminal`, `json`, `markdown`
    /// [default: terminal]
    #[arg(long = "format", value_name = "KIND[=FILE]", value_parser = form_of)]
    formats: Vec<Format<Kind>>,
    /// Value of this environment variable that counts as redacted in other tools' recordings
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
}

/// The forms that a comparison can be given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Terminal,
    Json,
    Markdown,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Terminal, Self::Json, Self::Markdown];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Json => "json",
            Self::Markdown => "markdown",
        }
    }
}

fn form_of(text: &str) -> Result<Format<Kind>, String> {
    Format::parse(text, &Kind::ALL, Kind::as_str)
}

/// Everything that is told.
struct Told {
    before: Spec,
    after: Spec,
    comparison: Comparison,
    effect: Option<Effect>,
}

pub(super) fn run(arguments: &Arguments, world: &World) -> Result<Outcome, Failure> {
    format::one_on_stdout(&arguments.formats)?;
    let before = read(&arguments.before, world)?;
    let after = read(&arguments.after, world)?;
    for spec in [&before, &after] {
        for problem in &spec.problems {
            let (path, pointer) = (&spec.path, &problem.pointer);
            let what = &problem.what;
            world.say(format_args!("warning: {path}#{pointer}: not compared: {what}"));
        }
    }
    let comparison = compare(&before, &after);
    let effect = effect(arguments, &before, &after, world)?;
    let told = Told { before, after, comparison, effect };
    let render = |kind, _| match kind {
        Kind::Terminal => form::terminal(&told),
        Kind::Json => form::json(&told),
        Kind::Markdown => form::markdown(&told),
    };
    format::print(&arguments.formats, Some(Kind::Terminal), render, world)?;
    let breaking = told.comparison.count(Impact::Breaking) > 0
        || told.effect.as_ref().is_some_and(Effect::breaks);
    Ok(if breaking { Outcome::Broken } else { Outcome::Holds })
}

fn read(path: &Path, world: &World) -> Result<Spec, Failure> {
    if world.directory.join(path).is_dir() {
        let what = format!("{}: a folder, where one spec is compared", path.display());
        return Err(Failure::asked(what).hint("name a file of it"));
    }
    let mut found = documents::read_specs(&[path.to_owned()], world)?;
    found.pop().ok_or_else(|| Failure::asked(format!("{}: no spec", path.display())))
}

/// Judges recordings by both specs; `None` when none were named.
fn effect(
    arguments: &Arguments,
    before: &Spec,
    after: &Spec,
    world: &World,
) -> Result<Option<Effect>, Failure> {
    if arguments.cassettes.is_empty() {
        return Ok(None);
    }
    let settings = world.config()?.settings().map_err(Failure::asked)?;
    let secrets = secrets(&arguments.secret_env, world)?;
    let found =
        project::cassettes(&arguments.cassettes, &world.directory).map_err(Failure::asked)?;
    let mut effect = effect::Weighing::new(before, after, &settings);
    for path in &found {
        let name = path.display().to_string();
        for exchange in recordings::exchanges(path, secrets.clone(), world)? {
            effect.exchange(&name, &exchange);
        }
    }
    Ok(Some(effect.result(world.now)))
}
