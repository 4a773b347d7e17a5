use super::super::secrets::policy;
use super::super::{Failure, Outcome, World, documents};
use super::scan::line;
use super::unwritable;
use crate::cassette::{audit, redact_file};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Cassettes to redact, in place, or folders of them
    #[arg(required = true, value_name = "CASSETTE")]
    cassettes: Vec<PathBuf>,
    /// Also take out the value of this environment variable
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
    /// Change nothing; exit 1 where something would be replaced
    #[arg(long)]
    check: bool,
}

/// Applies the rules to cassettes, and lists what was replaced: a line each, never the value itself.
pub(super) fn run(arguments: Arguments, world: &World) -> Result<Outcome, Failure> {
    let paths = documents::cassettes(&arguments.cassettes, world)?;
    let policy = policy(&arguments.secret_env, world)?;
    let (mut exchanges, mut count) = (0, 0);
    for path in &paths {
        let apply = if arguments.check { audit } else { redact_file };
        let done = apply(path, &policy).map_err(|error| unwritable(&error))?;
        exchanges += done.exchanges;
        count += done.finds.len();
        for find in &done.finds {
            world.print(&line(path, find))?;
        }
    }
    let verb = if arguments.check { "to replace" } else { "replaced" };
    world.say(format!("{exchanges} exchanges in {} cassettes: {count} {verb}", paths.len()));
    Ok(if arguments.check && count > 0 { Outcome::Broken } else { Outcome::Holds })
}
