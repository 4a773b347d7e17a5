//! `testimony record`: the recording proxy.

mod opening;
mod summary;

use super::admin::{self, Admin, AdminArguments};
use super::child::{self, Environment};
use super::expiry::ExpiryArguments;
use super::matchers::MatchArguments;
use super::reach::{HostArguments, ReachArguments};
use super::server::{self, ServerArguments, Signals};
use super::{Failure, Outcome, World};
use crate::cassette::{Mode, SessionName};
use crate::net::{Client, Limits, Reach, Stop, run as serve};
use crate::project;
use crate::record::{Base, Desk, Options, Recorder, Route, Routes};
use opening::Opening;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What to do with a cassette that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum RecordMode {
    /// Refuse a cassette that already holds exchanges
    Once,
    /// Answer what the cassette has, record the rest
    NewEpisodes,
    /// Record anew, replacing the old file when sealed
    All,
}

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Cassette to record into; a folder (`FOLDER/`) has one for each session
    #[arg(long, value_name = "FILE")]
    cassette: PathBuf,
    /// Session of requests that name none, where the cassette is a folder
    #[arg(long, value_name = "NAME", value_parser = SessionName::parse)]
    session: Option<SessionName>,
    /// Where requests go that are addressed to the listener itself
    #[arg(long, value_name = "URL", value_parser = Base::parse)]
    upstream: Option<Base>,
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    admin: AdminArguments,
    /// What to do with a cassette that is there already
    #[arg(long, value_enum, default_value_t = RecordMode::Once)]
    mode: RecordMode,
    #[command(flatten)]
    expiry: ExpiryArguments,
    #[command(flatten)]
    matching: MatchArguments,
    /// Environment variables whose values must not be recorded
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
    #[command(flatten)]
    reach: ReachArguments,
    #[command(flatten)]
    hosts: HostArguments,
    /// Longest wait for a connection and for the next bytes of an upstream
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = project::parse_positive_duration)]
    timeout: Duration,
    /// Send requests for a host elsewhere; the recording keeps the name that was asked for
    #[arg(long, value_name = "HOST[:PORT]=URL", value_parser = Route::parse)]
    route: Vec<Route>,
    /// Command to run through the proxy; recording ends with it
    #[arg(last = true, value_name = "CMD", conflicts_with = "until_eof")]
    command: Vec<OsString>,
}

pub(super) fn run(arguments: Arguments, world: &World) -> Result<Outcome, Failure> {
    let (reach, secrets) = arguments.reach.read(world)?;
    let opening = Opening::new(&arguments, secrets, world)?;
    let runtime = server::runtime()?;
    let outcome = runtime.block_on(record(&arguments, reach, opening, world));
    // A second signal leaves work behind that is not waited for.
    runtime.shutdown_background();
    outcome
}

async fn record(
    arguments: &Arguments,
    reach: Reach,
    opening: Opening,
    world: &World,
) -> Result<Outcome, Failure> {
    let authority = arguments.server.authority(world)?;
    let mut signals = Signals::listen(&arguments.server)?;
    // Bound before the cassette is touched: a port in use leaves nothing behind.
    let listener = server::bind(arguments.server.listen, world).await?;
    let address = listener.address();
    let admin = Admin::bind(&arguments.admin, world).await?;
    let stop = Stop::new();
    let folder = opening.folder().map(ToOwned::to_owned);
    let sessions = opening.sessions(&arguments.cassette, arguments.session.as_ref(), &stop)?;
    let limits = Limits::default();
    let options = Options {
        routes: Routes { upstream: arguments.upstream.clone(), elsewhere: arguments.route.clone() },
        timeout: arguments.timeout,
        limits,
        hosts: arguments.hosts.lists(),
    };
    let client = Client::new(reach, arguments.timeout, address);
    let notices = server::notices(world);
    let recorder = Arc::new(Recorder::new(options, client, sessions, notices));
    let environment = match arguments.command.as_slice() {
        [] => None,
        _ => Some(Environment::prepare(address, &authority, world)?),
    };
    server::announce(address, world)?;
    admin.announce(world)?;
    let site = admin::site(address, &authority, limits, &stop, world);
    let desk = Arc::new(Desk::new(Arc::clone(&recorder), site));
    let proxy = serve(listener, Some(authority), limits, Arc::clone(&recorder), stop.clone());
    let asked = admin.serve(Arc::clone(&desk), stop.clone());
    let served = async move {
        let (served, asked) = tokio::join!(proxy, asked);
        desk.close().await;
        served.and(asked)
    };
    let code = match environment {
        None => server::until_stopped(served, &stop, &mut signals)
            .await?
            .map(|()| 0)
            .map_err(Failure::world),
        Some(environment) => {
            let served = tokio::spawn(served);
            let ended = child::run(&arguments.command, &environment, &mut signals, world).await;
            stop.request();
            let _ = server::until_stopped(served, &stop, &mut signals).await?;
            ended.map(|ended| ended.code)
        }
    };
    let standing = recorder.sessions().stop_all(Duration::ZERO).await;
    let passed = recorder.aside().hosts();
    summary::aside(&passed, world);
    let refused = recorder.sessions().refused();
    let told = summary::tell(&standing, refused, !passed.is_empty(), folder.as_deref(), world);
    match code {
        // The command's own verdict comes first; a cassette that could not be written, before it.
        Ok(code) if code != 0 && !summary::is_unwritten(&standing) => {
            if let Err(failure) = told {
                world.say(failure);
            }
            Ok(Outcome::Child(code))
        }
        code => {
            told?;
            code.map(|_| Outcome::Holds)
        }
    }
}

impl From<RecordMode> for Mode {
    fn from(mode: RecordMode) -> Self {
        match mode {
            RecordMode::Once => Self::Once,
            RecordMode::NewEpisodes => Self::NewEpisodes,
            RecordMode::All => Self::All,
        }
    }
}
