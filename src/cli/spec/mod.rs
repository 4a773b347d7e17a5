//! `testimony spec`: one file per subcommand.

mod diff;
mod import;
mod lint;
mod score;
mod show;

use super::{Failure, Outcome, World};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Read documentation pages into one OpenAPI 3.1 document
    Import(import::Arguments),
    /// Tell what changed between two specs, and what that does to recorded proof
    Diff(diff::Arguments),
    /// Tell what specs or pages get wrong by themselves: examples against schemas, contradictions, gaps
    Lint(lint::Arguments),
    /// Score an imported document against one that is taken for true: precision and recall
    Score(score::Arguments),
    /// Print what specs promise: operations, parameters, codes, and the pages they come from
    Show(show::Arguments),
}

pub(super) fn run(command: Command, world: &World) -> Result<Outcome, Failure> {
    match command {
        Command::Import(arguments) => import::run(&arguments, world),
        Command::Diff(arguments) => diff::run(&arguments, world),
        Command::Lint(arguments) => lint::run(&arguments, world),
        Command::Score(arguments) => score::run(&arguments, world),
        Command::Show(arguments) => show::run(&arguments, world),
    }
}
