//! `check --live`: sends the cassettes' requests anew and judges the fresh answers.

use super::Arguments;
use super::recorded::{BODY_LIMIT, notes_of};
use crate::cassette::{Methods, Reader, Redactor, Unsendable, load_bodies, resend};
use crate::check::Judge;
use crate::cli::auth::Credentials;
use crate::cli::{Failure, World, server};
use crate::exchange::{Exchange, Header, Request, Response, Source, Target, Timing};
use crate::net::{Answered, Client, ConnectError, Limits, hint};
use crate::record::Clock;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Where requests go, and how.
struct Live<'a> {
    base: &'a str,
    credentials: Vec<Header>,
    /// What is judged is also printed: it passes through the rules that a recording passes through.
    redactor: Redactor,
    methods: Methods,
    client: Client,
    wait: Duration,
    clock: Clock,
    limits: Limits,
}

/// Reads the URL of `--live`: the base that recorded paths are appended to.
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

/// Judges fresh answers to the requests of these cassettes.
pub(super) fn judge(
    base: &str,
    cassettes: &[PathBuf],
    judge: &mut Judge<'_>,
    arguments: &Arguments,
    world: &World,
) -> Result<(), Failure> {
    let Credentials { headers, mut secrets } = match &arguments.auth {
        Some(auth) => auth.read(world)?,
        None => Credentials::default(),
    };
    let (reach, of_reach) = arguments.reach.read(world)?;
    secrets.extend(of_reach);
    let nobody = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let live = Live {
        base,
        credentials: headers,
        redactor: Redactor::with_rules(crate::cli::secrets::rules(world)?, secrets),
        methods: if arguments.allow_unsafe { Methods::Any } else { Methods::Safe },
        client: Client::new(reach, arguments.timeout, nobody),
        wait: arguments.timeout,
        clock: Clock::set(world.now),
        limits: Limits::default(),
    };
    let mut skipped = BTreeMap::new();
    let runtime = server::runtime()?;
    runtime.block_on(async {
        for cassette in cassettes {
            live.cassette(cassette, judge, &mut skipped, world).await?;
        }
        Ok(())
    })?;
    say_skipped(&skipped, world);
    Ok(())
}

impl Live<'_> {
    async fn cassette(
        &self,
        shown: &Path,
        judge: &mut Judge<'_>,
        skipped: &mut BTreeMap<Unsendable, u64>,
        world: &World,
    ) -> Result<(), Failure> {
        let path = world.directory.join(shown);
        let name = shown.display().to_string();
        let mut reader = Reader::open(&path).map_err(Failure::asked)?;
        for exchange in reader.by_ref() {
            let mut exchange = exchange.map_err(Failure::asked)?;
            if let Err(problem) = load_bodies(&path, &mut exchange, BODY_LIMIT) {
                world.say(format_args!("warning: {name}: exchange {}: {problem}", exchange.number));
            }
            match resend(&exchange, self.base, &self.credentials, self.methods) {
                Ok(request) => {
                    let fresh = self.ask(request, &exchange).await?;
                    judge.exchange(&name, &fresh);
                }
                Err(reason) => *skipped.entry(reason).or_default() += 1,
            }
        }
        for note in notes_of(&reader, &name) {
            world.say(note);
        }
        Ok(())
    }

    /// The fresh exchange, with the number of the recorded one.
    async fn ask(&self, request: Request, recorded: &Exchange) -> Result<Exchange, Failure> {
        let started = Instant::now();
        let answered = self.client.ask(&request, &self.limits, self.wait).await;
        let Answered { response, error, first_byte, end } = answered.map_err(unreachable)?;
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        let fresh = Exchange {
            number: recorded.number,
            at: self.clock.at(started),
            source: response.as_ref().map_or(Source::Live, source),
            request,
            response,
            timing: Timing {
                first_byte_ms: first_byte.map(milliseconds),
                end_ms: milliseconds(end),
                chunks: Vec::new(),
            },
            error,
            redacted: Vec::new(),
            messages: Vec::new(),
            interim: Vec::new(),
            digest: None,
        };
        Ok(self.redactor.redact(fresh).exchange().clone())
    }
}

fn source(response: &Response) -> Source {
    Source::of_response(&response.headers)
}

fn unreachable(error: ConnectError) -> Failure {
    let failure = Failure::world(format!("--live: {error}"));
    let hint = match &error {
        ConnectError::Transport(error) => hint(error),
        ConnectError::Loop(_) => None,
    };
    failure.hint(hint.unwrap_or("nothing is judged from a service that is not there"))
}

fn say_skipped(skipped: &BTreeMap<Unsendable, u64>, world: &World) {
    for (reason, times) in skipped {
        let requests = if *times == 1 { "request was" } else { "requests were" };
        world.say(format_args!("note: {times} {requests} not sent: {reason}"));
    }
    if skipped.keys().any(|reason| matches!(reason, Unsendable::Unsafe(_))) {
        world.say("hint: `--allow-unsafe` sends them too");
    }
    if skipped.keys().any(|reason| matches!(reason, Unsendable::Secret(_))) {
        world.say("hint: `--auth` puts credentials in their place");
    }
}
