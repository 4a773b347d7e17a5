//! Recorded requests sent again by a command: how fast, with which credentials, what is said meanwhile, and
//! where the fresh exchanges are written down.

mod hosts;
mod notebook;

use super::auth::{self, Auth};
use super::cassette::unreadable;
use super::reach::ReachArguments;
use super::server::{self, Signals};
use super::{Failure, World};
use crate::cassette::import::is_cassette;
use crate::cassette::redact::{Policy, Redactor, Secret};
use crate::cassette::{CassetteError, Methods, Reader, Unsendable, load_bodies};
use crate::exchange::{Exchange, ExchangeNumber, Target};
use crate::live::{Rate, Run, RunError, Sent, Skip, Terms};
use crate::net::{Client, ConnectError, Limits, Stop, hint};
use crate::project;
use crate::record::Clock;
pub(super) use notebook::{LIVE, Notebook, Noted};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Largest body file that is read to be sent or compared.
const BODY_LIMIT: u64 = 64 * 1024 * 1024;
/// Most exchanges that are named of those that were not sent for one reason.
const NAMED: usize = 10;
/// How often progress is shown at most.
const SHOWN_EACH: Duration = Duration::from_millis(100);

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Sending")]
pub(super) struct SendArguments {
    /// Credentials: `bearer`, `basic`, `header:NAME`, `huawei`, `acs3`, `alibaba-rpc`,
    /// `sigv4:REGION/SERVICE` or `oauth2:TOKEN_URL`, with values from `env:NAME` or `file:PATH`
    #[arg(long, value_name = "SCHEME=env:NAME[,env:NAME]", value_parser = Auth::parse)]
    auth: Option<Auth>,
    /// Send requests that may change something, too
    #[arg(long)]
    allow_unsafe: bool,
    /// With `--allow-unsafe`, send DELETE to what no request of the run made, too
    #[arg(long, requires = "allow_unsafe")]
    delete_standing: bool,
    /// Send what was recorded of this host, where cassettes are of several
    #[arg(long, value_name = "HOST")]
    only_host: Option<String>,
    /// Requests a second at most [default: as many as can be]
    #[arg(long, value_name = "N")]
    rate: Option<Rate>,
    /// Requests under way at the same time; what changes something goes alone
    #[arg(long, value_name = "N", default_value = "1")]
    concurrency: NonZero<u16>,
    /// Longest wait for a connection and for the next bytes
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = project::parse_positive_duration)]
    timeout: Duration,
    /// Record the fresh exchanges into this cassette
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

/// What is sent, and where to.
pub(super) struct Sending<'w> {
    /// The option that names the base.
    option: &'static str,
    world: &'w World,
    run: Run,
    stop: Stop,
    /// What is shown and written passes through it.
    redactor: Arc<Redactor>,
    policy: Policy,
    clock: Clock,
    record: Option<PathBuf>,
    only_host: Option<String>,
    skipped: RefCell<BTreeMap<String, Skipped>>,
    shown: RefCell<(u64, Option<Instant>)>,
}

/// Requests that were not sent, for one reason.
#[derive(Default)]
struct Skipped {
    times: usize,
    named: Vec<String>,
    hint: Option<&'static str>,
}

/// What is left to say when all is sent.
pub(super) struct Ended {
    /// Why the result is not whole.
    pub(super) cut: Option<Failure>,
}

/// Reads a URL that recorded paths are appended to.
pub(super) fn base(text: &str) -> Result<String, String> {
    let target = Target::parse(text);
    let known = ["http", "https"].iter().any(|word| target.scheme.eq_ignore_ascii_case(word));
    if !known || target.authority().is_none() || target.authority.contains('@') {
        return Err(format!("`{text}` is not a URL with scheme `http` or `https` and a host"));
    }
    if target.query.is_some() || text.contains('#') {
        return Err(format!("`{text}` has a query or fragment, to which no path can be appended"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

impl SendArguments {
    /// Whether anything was said of what is sent.
    pub(super) const fn is_given(&self) -> bool {
        self.auth.is_some()
            || self.allow_unsafe
            || self.only_host.is_some()
            || self.rate.is_some()
            || self.record.is_some()
    }

    /// Makes ready to send to a base.
    pub(super) fn ready<'w>(
        &self,
        (option, base): (&'static str, &str),
        reach: &ReachArguments,
        mut secrets: Vec<(String, Secret)>,
        world: &'w World,
    ) -> Result<Sending<'w>, Failure> {
        let credentials = self.auth.as_ref().map(|auth| auth.read(world)).transpose()?;
        secrets.extend(credentials.iter().flat_map(auth::secrets));
        let (reach, of_reach) = reach.read(world)?;
        secrets.extend(of_reach);
        let policy = Policy::new(secrets, super::secrets::rules(world)?);
        // There is no listener of our own that a request could go to.
        let nobody = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let client = Client::new(reach, self.timeout, nobody);
        let clock = Clock::set(world.now);
        let terms = Terms {
            base: base.to_owned(),
            credentials,
            methods: if self.allow_unsafe { Methods::Any } else { Methods::Safe },
            delete_standing: self.delete_standing,
            rate: self.rate,
            concurrency: self.concurrency.into(),
            timeout: self.timeout,
            limits: Limits::default(),
            clock,
            seed: format!("{} {}", world.now.as_nanosecond(), std::process::id()),
        };
        let stop = Stop::new();
        Ok(Sending {
            option,
            world,
            run: Run::new(terms, client, server::notices(world), stop.clone()),
            stop,
            redactor: Arc::new(policy.redactor()),
            policy,
            clock,
            record: self.record.clone(),
            only_host: self.only_host.as_deref().map(hosts::plain),
            skipped: RefCell::default(),
            shown: RefCell::default(),
        })
    }
}

impl Sending<'_> {
    /// Where fresh exchanges are written down: the cassette that was asked for, or one that nobody sees.
    pub(super) fn notebook(&self) -> Result<Notebook, Failure> {
        Notebook::open(
            self.record.as_deref(),
            &self.policy,
            Arc::clone(&self.redactor),
            self.clock,
            &self.stop,
            self.world,
        )
    }

    /// Sends the requests of these cassettes. `take` is handed each with its cassette; the first signal ends the
    /// sending, and what was under way is waited for.
    pub(super) fn send(
        &self,
        cassettes: &[PathBuf],
        take: &mut dyn FnMut(&Path, Sent),
    ) -> Result<Ended, Failure> {
        if self.only_host.is_none() {
            hosts::one(self.option, cassettes, self.world)?;
        }
        let runtime = server::runtime()?;
        let sent = runtime.block_on(async {
            let mut signals = Signals::only()?;
            let all = async {
                for cassette in cassettes {
                    if let Some(cut) = self.cassette(cassette, take).await? {
                        return Ok(Some(cut));
                    }
                }
                Ok(None)
            };
            server::until_stopped(all, &self.stop, &mut signals).await?
        });
        runtime.shutdown_background();
        self.clear();
        let cut = sent?;
        self.say_skipped();
        let stopped = || {
            Failure::world("stopped before every request was sent")
                .hint("what is told is of the requests that were sent")
        };
        Ok(Ended { cut: cut.or_else(|| self.stop.is_requested().then(stopped)) })
    }

    async fn cassette(
        &self,
        shown: &Path,
        take: &mut dyn FnMut(&Path, Sent),
    ) -> Result<Option<Failure>, Failure> {
        let path = self.world.directory.join(shown);
        let name = shown.display().to_string();
        if !is_cassette(&path).map_err(|error| unreadable(&error))? {
            let recorded = super::recordings::exchanges(shown, Vec::new(), self.world)?;
            let mut sink = |sent: Sent| self.took(shown, sent, take);
            let recorded = recorded.into_iter().filter(|exchange| self.is_wanted(exchange));
            let recorded = recorded.map(Ok::<_, std::convert::Infallible>);
            let sent = self.run.send(recorded, &mut sink).await;
            return Ok(sent.err().map(|error| failed(self.option, &error)));
        }
        let mut reader = Reader::open(&path).map_err(|error| unreadable(&error))?;
        let wanted = |read: &Result<Exchange, CassetteError>| {
            read.as_ref().map_or(true, |exchange| self.is_wanted(exchange))
        };
        let recorded = reader.by_ref().filter(wanted).map(|exchange| {
            let mut exchange = exchange?;
            if let Err(problem) = load_bodies(&path, &mut exchange, BODY_LIMIT) {
                self.say(format_args!("warning: {name}: exchange {}: {problem}", exchange.number));
            }
            Ok(exchange)
        });
        let mut sink = |sent: Sent| self.took(shown, sent, take);
        let sent = self.run.send(recorded, &mut sink).await;
        match sent {
            Ok(read) => read.map_err(|error: CassetteError| unreadable(&error))?,
            Err(error) => return Ok(Some(failed(self.option, &error))),
        }
        for note in super::check::notes_of(&reader, &name) {
            self.say(note);
        }
        Ok(None)
    }

    /// Whether an exchange is of the host that was asked for.
    fn is_wanted(&self, exchange: &Exchange) -> bool {
        let host = || hosts::of(&exchange.request);
        self.only_host.as_ref().is_none_or(|wanted| host().is_none_or(|host| host == *wanted))
    }

    fn took(&self, cassette: &Path, sent: Sent, take: &mut dyn FnMut(&Path, Sent)) {
        self.show();
        if let Sent::Skipped { recorded, why } = &sent {
            self.skip(&cassette.display().to_string(), recorded.number, why);
        }
        take(cassette, sent);
    }

    /// Says a line where progress may stand.
    fn say(&self, line: impl std::fmt::Display) {
        self.clear();
        self.world.say(line);
    }

    /// Shows how far it is, on a terminal.
    fn show(&self) {
        let (count, last) = &mut *self.shown.borrow_mut();
        *count += 1;
        if self.world.progress && last.is_none_or(|last| last.elapsed() > SHOWN_EACH) {
            *last = Some(Instant::now());
            self.world.show(&format!("{count} requests"));
        }
    }

    fn clear(&self) {
        if self.shown.borrow_mut().1.take().is_some() {
            self.world.show("");
        }
    }

    fn skip(&self, cassette: &str, number: ExchangeNumber, why: &Skip) {
        let mut skipped = self.skipped.borrow_mut();
        let skipped = skipped.entry(why.to_string()).or_default();
        skipped.times += 1;
        if skipped.named.len() < NAMED {
            skipped.named.push(format!("{cassette} {number}"));
        }
        skipped.hint = match why {
            Skip::Unsendable(Unsendable::Unsafe(_)) => Some("`--allow-unsafe` sends them too"),
            Skip::Standing => Some("`--delete-standing` sends them too"),
            Skip::Unsendable(Unsendable::Secret(_)) => {
                Some("`--auth` puts credentials in their place")
            }
            _ => None,
        };
    }

    fn say_skipped(&self) {
        let skipped = self.skipped.borrow();
        for (reason, Skipped { times, named, .. }) in skipped.iter() {
            let requests = if *times == 1 { "request was" } else { "requests were" };
            let more = if *times > named.len() { ", …" } else { "" };
            let named = named.join(", ");
            self.world
                .say(format_args!("note: {times} {requests} not sent: {reason} ({named}{more})"));
        }
        let hints: std::collections::BTreeSet<&str> =
            skipped.values().filter_map(|skipped| skipped.hint).collect();
        for hint in hints {
            self.world.say(format_args!("hint: {hint}"));
        }
    }
}

/// Why nothing more is sent to what `option` names.
fn failed(option: &str, error: &RunError) -> Failure {
    match error {
        RunError::Unreachable(cause) => {
            let hint = match cause {
                ConnectError::Transport(error) => hint(error),
                ConnectError::Loop(_) => None,
            };
            Failure::world(format!("{option}: {error}"))
                .hint(hint.unwrap_or("nothing is judged from a service that is not there"))
        }
        RunError::Token(_) | RunError::TokenLost => Failure::world(format!("--auth: {error}")),
        RunError::Task(_) => Failure::world(error),
    }
}
