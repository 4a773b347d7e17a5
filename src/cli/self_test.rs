//! `testimony self-test`: plants mistakes in conforming exchanges and sees whether the judge finds them.

use super::format::{self, Format};
use super::{Failure, Outcome, World, documents, recordings};
use crate::cassette::export::{Form, export};
use crate::check::{Settings, Specimen, Trial, TrialResult};
use crate::report::{TrialKind, render_trial, render_truth};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Spec file, or folder of specs [default: specs/]
    #[arg(long = "spec", value_name = "PATH")]
    specs: Vec<PathBuf>,
    /// Cassette, folder of cassettes, or another tool's recording, to plant in [default: cassettes/]
    #[arg(long = "cassette", value_name = "PATH")]
    cassettes: Vec<PathBuf>,
    /// Which values are made and which mistakes are planted where there are many
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Form of the result, to stdout or into a file: `terminal`, `json` [default: terminal]
    #[arg(long = "format", value_name = "KIND[=FILE]", value_parser = form)]
    formats: Vec<Format<TrialKind>>,
    /// Write every exchange that is judged to FOLDER/exchanges.har, and what is wrong with each to FOLDER/truth.json
    #[arg(long, value_name = "FOLDER")]
    export: Option<PathBuf>,
}

fn form(text: &str) -> Result<Format<TrialKind>, String> {
    Format::parse(text, &TrialKind::ALL, TrialKind::as_str)
}

pub(super) fn run(arguments: Arguments, world: &World) -> Result<Outcome, Failure> {
    format::one_on_stdout(&arguments.formats)?;
    format::folders_exist(&arguments.formats, world)?;
    let specs = documents::read_specs(&arguments.specs, world)?;
    // The rules' own severities: what a project has turned down is no less to be found.
    let settings = Settings::default();
    let mut trial = Trial::new(&specs, &settings, arguments.seed);
    if arguments.export.is_some() {
        trial = trial.showing();
    }
    for path in documents::cassettes(&arguments.cassettes, world)? {
        let name = path.display().to_string();
        recordings::each(&path, Vec::new(), world, |exchange| {
            trial.recorded(&name, &exchange);
        })?;
    }
    trial.made();
    if let Some(folder) = &arguments.export {
        write_out(folder, &trial.take_shown(), world)?;
    }
    let result = trial.result();
    let render = |kind, paint| render_trial(kind, &result, paint);
    format::print(&arguments.formats, Some(TrialKind::Terminal), render, world)?;
    Ok(outcome(&result, world))
}

/// For other judges: the exchanges in a form that they read, and the truth about them.
fn write_out(folder: &Path, shown: &[Specimen], world: &World) -> Result<(), Failure> {
    let exchanges: Vec<_> = shown.iter().map(|shown| shown.exchange.clone()).collect();
    let failed =
        |path: &Path, error: std::io::Error| Failure::world(format!("{}: {error}", path.display()));
    let whole = world.directory.join(folder);
    std::fs::create_dir_all(&whole).map_err(|error| failed(folder, error))?;
    let har = export(Form::Har, &exchanges).bytes;
    for (name, bytes) in [("exchanges.har", har), ("truth.json", render_truth(shown).into_bytes())]
    {
        std::fs::write(whole.join(name), bytes)
            .map_err(|error| failed(&folder.join(name), error))?;
    }
    Ok(())
}

fn outcome(result: &TrialResult, world: &World) -> Outcome {
    if result.is_sound() {
        return Outcome::Holds;
    }
    if result.total().planted == 0 && result.wrongly == 0 {
        world.say("error: nothing was planted: no promise has an exchange that keeps it");
        world.say("hint: name specs with `--spec`; what could not be made is listed");
        return Outcome::NothingJudged;
    }
    Outcome::Broken
}
