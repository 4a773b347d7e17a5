//! `testimony spec diff`: what changed between two specs, what that means to clients, and what it
//! does to recorded proof.

mod effect;
pub(super) mod form;

use super::super::secrets::secrets;
use super::super::{Failure, Outcome, World, documents, format, recordings};
use crate::cli::format::{Form, Format};
use crate::project;
use crate::spec::{Comparison, Impact, Spec, compare};
use effect::Effect;
use std::path::PathBuf;

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
    #[arg(long = "format", value_name = "KIND[=FILE]", value_parser = Form::parse)]
    formats: Vec<Format<Form>>,
    /// Value of this environment variable that counts as redacted in other tools' recordings
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
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
    let before = documents::read_spec(&arguments.before, world)?;
    let after = documents::read_spec(&arguments.after, world)?;
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
        Form::Terminal => form::terminal(&told),
        Form::Json => form::json(&told),
        Form::Markdown => form::markdown(&told),
    };
    format::print(&arguments.formats, Some(Form::Terminal), render, world)?;
    let breaking = told.comparison.count(Impact::Breaking) > 0
        || told.effect.as_ref().is_some_and(Effect::breaks);
    Ok(if breaking { Outcome::Broken } else { Outcome::Holds })
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
        recordings::each(path, secrets.clone(), world, |exchange| {
            effect.exchange(&name, &exchange);
        })?;
    }
    Ok(Some(effect.result(world.now)))
}
