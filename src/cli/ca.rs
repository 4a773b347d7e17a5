use super::{Failure, Outcome, World};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// (under construction)
    Show,
}

pub(super) fn run(_command: Command, _world: &World) -> Result<Outcome, Failure> {
    Err(Failure::asked("under construction"))
}
