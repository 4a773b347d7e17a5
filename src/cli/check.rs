use super::{Failure, Outcome, World};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(_arguments: Arguments, _world: &World) -> Result<Outcome, Failure> {
    Err(Failure::asked("under construction"))
}
