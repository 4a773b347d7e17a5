use super::super::{Failure, Outcome, World};
use super::unwritable;
use crate::cassette;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Cassettes to recover
    #[arg(required = true, value_name = "CASSETTE")]
    cassettes: Vec<PathBuf>,
}

pub(super) fn run(arguments: Arguments, world: &World) -> Result<Outcome, Failure> {
    for path in arguments.cassettes {
        let done = cassette::recover(&path).map_err(|error| unwritable(&error))?;
        let (path, count) = (path.display(), done.exchanges);
        world.print(&match &done.cut {
            None => format!("{path}: {count} exchanges, nothing to cut\n"),
            Some(cut) => format!("{path}: {count} exchanges, {}\n", super::was_cut(cut)),
        })?;
    }
    Ok(Outcome::Holds)
}
