//! `testimony spec`: one file per subcommand.

mod show;

use super::{Failure, Outcome, World};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Print what specs promise: operations, parameters, codes, and the pages they come from
    Show(show::Arguments),
}

pub(super) fn run(command: Command, world: &World) -> Result<Outcome, Failure> {
    match command {
        Command::Show(arguments) => show::run(&arguments, world),
    }
}
