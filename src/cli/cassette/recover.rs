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
        let cut = match &done.cut {
            None => "nothing to cut".to_owned(),
            Some(cut) => super::was_cut(cut),
        };
        let open = match done.unfinished {
            0 => String::new(),
            open => format!(", {}", super::was_open(open)),
        };
        world.print(&format!("{path}: {count} exchanges, {cut}{open}\n"))?;
    }
    Ok(Outcome::Holds)
}
