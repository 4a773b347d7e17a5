//! `testimony replay`: cassettes served offline.

mod finding;
mod report;

use super::admin::{self, Admin, AdminArguments};
use super::cassette::unreadable;
use super::child::{self, Environment};
use super::expiry::ExpiryArguments;
use super::format::{self, Format};
use super::matchers::MatchArguments;
use super::secrets::{policy, unusable};
use super::server::{self, ServerArguments, Signals};
use super::{Failure, Outcome, World, documents, fault, foreign};
use crate::matching::{Order, Repeat};
use crate::net::{Limits, Stop, serve};
use crate::replay::{
    Dealer, Desk, Preparation, Replayer, Settings, Shelf, ShelfError, Tempo, Waits,
};
use crate::report::PlayedKind;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Cassettes to serve; of a folder, each cassette is also a session of its name
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    cassette: Vec<PathBuf>,
    /// Specs: the status of a miss must not be documented in them; statuses of faults take their
    /// bodies from them; they name the operations of matching rules
    #[arg(long, value_name = "FILE")]
    spec: Vec<PathBuf>,
    #[command(flatten)]
    matching: MatchArguments,
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    admin: AdminArguments,
    /// Status of the answer to a request that is not recorded
    #[arg(long, value_name = "CODE", default_value_t = Settings::default().miss_status,
          value_parser = clap::value_parser!(u16).range(200..1000))]
    miss_status: u16,
    /// What follows when every equal request was answered
    #[arg(long, value_enum, default_value_t = RepeatWord::Last)]
    repeat: RepeatWord,
    /// In which order exchanges may be asked for
    #[arg(long, value_enum, default_value_t = OrderWord::Causal)]
    order: OrderWord,
    /// Serve `Retry-After` as recorded, not as 0
    #[arg(long)]
    keep_retry_after: bool,
    /// When the bytes of an answer go: at once, at the recorded times, or at those by a factor
    #[arg(long, value_name = "none|recorded|FACTOR", default_value_t = Tempo::None)]
    timing: Tempo,
    /// Lay a fault over answers: `METHOD PATH-GLOB[#N] =
    /// 503|reset|cut:CHUNK|delay:MS|slow:BYTES_PER_SECOND|type:MEDIA [@ RATE%]`
    #[arg(long, value_name = "RULE")]
    fault: Vec<String>,
    /// Exit with 1, too, when an exchange was never asked for
    #[arg(long)]
    fail_unused: bool,
    /// Form of the result, to stdout or into a file: `terminal`, `json`, `junit` [default: terminal, on
    /// stderr]
    #[arg(long = "format", value_name = "KIND[=FILE]", value_parser = report::form)]
    formats: Vec<Format<PlayedKind>>,
    #[command(flatten)]
    expiry: ExpiryArguments,
    /// Replace the value of this environment variable in requests, as the recording did
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
    /// Command to run through the replay; it ends with the command
    #[arg(last = true, value_name = "CMD", conflicts_with = "until_eof")]
    command: Vec<OsString>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum RepeatWord {
    /// The last answer stands
    Last,
    /// The answers begin again
    Cycle,
    /// A further request is a miss
    Fail,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum OrderWord {
    /// Who uses a value that an answer gave asks after that answer
    Causal,
    /// In any
    Free,
}

pub(super) fn run(arguments: Arguments, world: &World) -> Result<Outcome, Failure> {
    format::one_on_stdout(&arguments.formats)?;
    format::folders_exist(&arguments.formats, world)?;
    let specs = match arguments.spec.as_slice() {
        [] => Vec::new(),
        given => documents::read_specs(given, world)?,
    };
    report::refuse_documented(arguments.miss_status, &specs, world)?;
    let faults = fault::faults(&arguments.fault, specs, arguments.keep_retry_after)?;
    let shelf = load(&arguments, world)?;
    for warning in shelf.warnings() {
        world.say(format!("warning: {warning}"));
    }
    if shelf.is_empty() {
        return Err(Failure::asked("the cassettes hold no exchange")
            .hint("`testimony record` makes recordings"));
    }
    let dates = shelf.dates();
    for (cassette, dated) in dates {
        arguments.expiry.check(&cassette, dated, world)?;
    }
    let settings = Settings { miss_status: arguments.miss_status };
    let replayer = Replayer::new(shelf, settings, report::teller(world)).with_faults(faults);
    let replayer = Arc::new(replayer);
    let runtime = server::runtime()?;
    let code = runtime.block_on(serve_to_the_end(&arguments, Arc::clone(&replayer), world));
    runtime.shutdown_background();
    // The result is told whatever the command came to.
    let outcome = report::account(&replayer, &arguments, code.is_err(), world);
    Ok(match (code?, outcome?) {
        (0, outcome) => outcome,
        (code, _) => Outcome::Child(code),
    })
}

/// Serves until a signal, or until the command has ended: then the answer is its exit status.
async fn serve_to_the_end(
    arguments: &Arguments,
    replayer: Arc<Replayer>,
    world: &World,
) -> Result<u8, Failure> {
    let authority = arguments.server.authority(world)?;
    let mut signals = Signals::listen(&arguments.server)?;
    let listener = server::bind(arguments.server.listen, world).await?;
    let address = listener.address();
    let admin = Admin::bind(&arguments.admin, world).await?;
    let environment = match arguments.command.as_slice() {
        [] => None,
        _ => Some(Environment::prepare(address, &authority, world)?),
    };
    server::announce(address, world)?;
    admin.announce(world)?;
    let stop = Stop::new();
    let limits = Limits::default();
    let site = admin::site(address, &authority, limits, &stop, world);
    let finder = finding::finder(&arguments.cassette, arguments.expiry, world);
    let desk = Arc::new(Desk::new(Arc::clone(&replayer), site, finder));
    let proxy = serve(listener, Some(authority), limits, replayer, stop.clone());
    let asked = admin.serve(Arc::clone(&desk), stop.clone());
    let served = async move {
        let (served, asked) = tokio::join!(proxy, asked);
        desk.close().await;
        served.and(asked)
    };
    let Some(environment) = environment else {
        server::until_stopped(served, &stop, &mut signals).await?.map_err(Failure::world)?;
        return Ok(0);
    };
    let served = tokio::spawn(served);
    let ended = child::run(&arguments.command, &environment, &mut signals, world).await;
    stop.request();
    let _ = server::until_stopped(served, &stop, &mut signals).await?;
    ended.map(|ended| ended.code)
}

fn load(arguments: &Arguments, world: &World) -> Result<Shelf, Failure> {
    let is_folder = |path: &&PathBuf| world.directory.join(path).is_dir();
    let (folders, files): (Vec<&PathBuf>, Vec<&PathBuf>) =
        arguments.cassette.iter().partition(is_folder);
    let found = |paths: Vec<&PathBuf>| {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        documents::cassettes(&paths.into_iter().cloned().collect::<Vec<_>>(), world)
    };
    let repeat = match arguments.repeat {
        RepeatWord::Last => Repeat::Last,
        RepeatWord::Cycle => Repeat::Cycle,
        RepeatWord::Fail => Repeat::Fail,
    };
    let order = match arguments.order {
        OrderWord::Causal => Order::Causal,
        OrderWord::Free => Order::Free,
    };
    let waits = if arguments.keep_retry_after { Waits::AsRecorded } else { Waits::No };
    let dealer = Dealer {
        repeat,
        order,
        preparation: Preparation { waits, tempo: arguments.timing },
        policy: policy(&arguments.secret_env, world)?,
        rules: arguments.matching.read(&arguments.spec, world)?,
    };
    Shelf::load(&found(files)?, &found(folders)?, dealer).map_err(|error| match error {
        ShelfError::Cassette(error) => unreadable(&error),
        ShelfError::Foreign(error) => foreign::unreadable(&error),
        ShelfError::Rules { path, cause } => {
            unusable(format!("{}: {cause}", path.display()), &cause)
        }
        ShelfError::Matching { ref cause, .. } => {
            let hint = cause.hint();
            Failure::asked(error).hint(hint)
        }
        ShelfError::Twice { .. } => Failure::asked(error).hint("serve the folders apart"),
    })
}
