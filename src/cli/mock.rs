//! `testimony mock`: specs served.

use super::server::{self, ServerArguments, Signals};
use super::{Failure, Outcome, World, documents, fault};
use crate::mock::{self, Mock};
use crate::net::{Limits, Stop};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Specs to serve, files or folders; those in specs/ when none is named
    #[arg(long, value_name = "FILE", num_args = 1..)]
    spec: Vec<PathBuf>,
    #[command(flatten)]
    server: ServerArguments,
    /// Number that made-up values follow from: the same one, the same values
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    /// Make bodies up where the document has examples, as `Prefer: dynamic=true` does
    #[arg(long)]
    dynamic: bool,
    /// Lay a fault over answers: `METHOD PATH-GLOB[#N] =
    /// 503|reset|cut:CHUNK|delay:MS|slow:BYTES_PER_SECOND|type:MEDIA [@ RATE%]`; rates draw by `--seed`
    #[arg(long, value_name = "RULE")]
    fault: Vec<String>,
    /// Serve `Retry-After` of faults as documented, not as 0
    #[arg(long, requires = "fault")]
    keep_retry_after: bool,
    /// Remember what is created, changed and deleted, and let jobs end
    #[arg(long)]
    stateful: bool,
    /// With `--stateful`: whether identities are served, and ids taken that nothing in the specs makes, beside those
    /// that came first
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Strangers::Refused, requires = "stateful")]
    strangers: Strangers,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Strangers {
    Refused,
    Taken,
}

impl From<Strangers> for mock::Strangers {
    fn from(strangers: Strangers) -> Self {
        match strangers {
            Strangers::Refused => Self::Refused,
            Strangers::Taken => Self::Taken,
        }
    }
}

pub(super) fn run(arguments: Arguments, world: &World) -> Result<Outcome, Failure> {
    let specs = documents::read_specs(&arguments.spec, world)?;
    if specs.is_empty() {
        return Err(Failure::asked("there is no spec to serve")
            .hint("name one with `--spec`, or put it in specs/"));
    }
    for spec in &specs {
        for problem in &spec.problems {
            world.say(format!("warning: {}: `{}`: {}", spec.path, problem.pointer, problem.what));
        }
    }
    let again = if arguments.fault.is_empty() {
        Vec::new()
    } else {
        documents::read_specs(&arguments.spec, world)?
    };
    let faults = fault::faults(&arguments.fault, again, arguments.keep_retry_after)?;
    let faults = Arc::new(faults.seeded(arguments.seed));
    let authority = arguments.server.authority(world)?;
    let mock = Mock::new(specs, arguments.seed);
    let mock = if arguments.dynamic { mock.dynamic() } else { mock };
    let mock = if arguments.stateful { mock.stateful(arguments.strangers.into()) } else { mock };
    server::runtime()?.block_on(async {
        let mut signals = Signals::listen(&arguments.server)?;
        let listener = server::bind(arguments.server.listen, world).await?;
        server::announce(listener.address(), world)?;
        let stop = Stop::new();
        let struck = (mock, Arc::clone(&faults));
        let limits = Limits::default();
        let served = mock::serve(listener, Some(authority), limits, struck, stop.clone());
        server::until_stopped(served, &stop, &mut signals).await?.map_err(Failure::world)
    })?;
    fault::account(&faults, world);
    Ok(Outcome::Holds)
}
