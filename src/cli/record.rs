//! `testimony record`: the recording proxy.

use super::cassette::unwritable;
use super::child::{self, Environment};
use super::secrets::secrets;
use super::server::{self, ServerArguments, Signals};
use super::{Failure, Outcome, World, duration, episodes};
use crate::cassette::redact::{DEFAULT_RULES, Secret};
use crate::cassette::{CassetteHeader, Mode, Redactor, Writer};
use crate::net::{Client, Limits, Roots, Stop, run as serve};
use crate::record::{Base, Clock, Journal, Options, Recorder, Route, Routes, Sessions};
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
    /// Cassette to record into
    #[arg(long, value_name = "FILE")]
    cassette: PathBuf,
    /// Where requests go that are addressed to the listener itself
    #[arg(long, value_name = "URL", value_parser = Base::parse)]
    upstream: Option<Base>,
    #[command(flatten)]
    server: ServerArguments,
    /// What to do with a cassette that is there already
    #[arg(long, value_enum, default_value_t = RecordMode::Once)]
    mode: RecordMode,
    /// Certificates (PEM) that upstreams are trusted by, besides the system's
    #[arg(long, value_name = "FILE")]
    ca_file: Vec<PathBuf>,
    /// Longest wait for a connection and for the next bytes of an upstream
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration::parse_positive)]
    timeout: Duration,
    /// Send requests for a host elsewhere; the recording keeps the name that was asked for
    #[arg(long, value_name = "HOST[:PORT]=URL", value_parser = Route::parse)]
    route: Vec<Route>,
    /// Environment variables whose values must not be recorded
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
    /// Command to run through the proxy; recording ends with it
    #[arg(last = true, value_name = "CMD")]
    command: Vec<OsString>,
}

pub(super) fn run(arguments: Arguments, world: &World) -> Result<Outcome, Failure> {
    let roots = roots(&arguments.ca_file, world)?;
    let secrets = secrets(&arguments.secret_env, world)?;
    let runtime = server::runtime()?;
    let outcome = runtime.block_on(record(&arguments, roots, secrets, world));
    // A second signal leaves work behind that is not waited for.
    runtime.shutdown_background();
    outcome
}

async fn record(
    arguments: &Arguments,
    roots: Roots,
    secrets: Vec<(String, Secret)>,
    world: &World,
) -> Result<Outcome, Failure> {
    let authority = arguments.server.authority(world)?;
    let mut signals = Signals::listen()?;
    // Bound before the cassette is touched: a port in use leaves nothing behind.
    let listener = server::bind(arguments.server.listen, world).await?;
    let address = listener.address();
    let stop = Stop::new();
    let redactor = Arc::new(Redactor::new(secrets));
    let path = world.directory.join(&arguments.cassette);
    let before = match arguments.mode {
        RecordMode::NewEpisodes => episodes::recorded(&path, &redactor)?,
        RecordMode::Once | RecordMode::All => None,
    };
    let writer = Writer::open(&path, &header(arguments), arguments.mode.into())
        .map_err(|error| unwritable(&error))?;
    let clock = Clock::set(jiff::Timestamp::now());
    let journal = Arc::new(Journal::new(writer, redactor, clock, stop.clone()));
    let limits = Limits::default();
    let options = Options {
        routes: Routes { upstream: arguments.upstream.clone(), elsewhere: arguments.route.clone() },
        timeout: arguments.timeout,
        limits,
        before,
    };
    let sessions = Sessions::one(Arc::clone(&journal));
    let client = Client::new(roots, arguments.timeout, address);
    let notices = server::notices(world);
    let recorder = Recorder::new(options, client, sessions, notices, stop.clone());
    let environment = match arguments.command.as_slice() {
        [] => None,
        _ => Some(Environment::prepare(address, &authority, world)?),
    };
    server::announce(address, world)?;
    let served = serve(listener, Some(authority), limits, Arc::new(recorder), stop.clone());
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
    finish(&journal, arguments, world)?;
    code.map(|code| if code == 0 { Outcome::Holds } else { Outcome::Child(code) })
}

/// Seals the cassette and says what is in it.
fn finish(journal: &Journal, arguments: &Arguments, world: &World) -> Result<(), Failure> {
    let (written, failures, secrets) = (journal.written(), journal.failures(), journal.secrets());
    let held = journal.seal().map_err(|error| {
        unwritable(&error).hint(format!(
            "{written} exchanges are in the cassette; `testimony cassette recover` closes it"
        ))
    })?;
    let exchanges = |count| if count == 1 { "exchange" } else { "exchanges" };
    let failed = match failures {
        0 => String::new(),
        count => format!(", {count} of them transport failures"),
    };
    let earlier = match held - written.min(held) {
        0 => String::new(),
        count => format!(" after {count} earlier"),
    };
    let redacted = match secrets {
        0 => "no secrets found".to_owned(),
        1 => "1 secret redacted".to_owned(),
        count => format!("{count} secrets redacted"),
    };
    let path = arguments.cassette.display();
    world.say(format!(
        "recorded {written} {}{failed} into {path}{earlier}; {redacted}",
        exchanges(written)
    ));
    if written == 0 && arguments.mode != RecordMode::NewEpisodes {
        world.say(
            "hint: no client came through the proxy: does it read HTTP_PROXY or TESTIMONY_URL?",
        );
    }
    Ok(())
}

/// The header of a new cassette: its session is named as its file is.
fn header(arguments: &Arguments) -> CassetteHeader {
    let name = arguments.cassette.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut header = CassetteHeader::new(name);
    let named = arguments.secret_env.iter().map(|name| format!("env.{name}"));
    header.rules.redact = std::iter::once(DEFAULT_RULES.to_owned()).chain(named).collect();
    header
}

/// Whom to trust towards upstreams: the system's roots and those of these files.
pub(super) fn roots(files: &[PathBuf], world: &World) -> Result<Roots, Failure> {
    let mut roots = Roots::default();
    for file in files {
        roots.add_file(&world.directory.join(file)).map_err(|error| {
            Failure::asked(format!("--ca-file: {error}")).hint("give a file of certificates as PEM")
        })?;
    }
    Ok(roots)
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
