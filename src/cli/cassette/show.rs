use super::super::secrets::secrets;
use super::super::{Failure, Outcome, World, documents, foreign};
use super::{socket, unreadable};
use crate::cassette::import::is_cassette;
use crate::cassette::redact::Secret;
use crate::cassette::{Reader, Redacted};
use crate::exchange::{Body, Exchange, Headers, Target, request_head, response_head};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Cassettes, folders of them, or other tools' recordings; `cassettes/` when none is named
    #[arg(value_name = "CASSETTE")]
    cassettes: Vec<PathBuf>,
    /// Print the exchange of this number as HTTP, bodies decoded
    #[arg(long, short = 'n', value_name = "N")]
    exchange: Option<u64>,
    /// Replace the value of this environment variable in other tools' recordings
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
}

pub(super) fn run(arguments: Arguments, world: &World) -> Result<Outcome, Failure> {
    let paths = documents::cassettes(&arguments.cassettes, world)?;
    let secrets = secrets(&arguments.secret_env, world)?;
    if let Some(number) = arguments.exchange {
        let [path] = paths.as_slice() else {
            return Err(Failure::asked("--exchange needs exactly one cassette"));
        };
        return one(path, number, secrets, world);
    }
    for path in &paths {
        list(path, &secrets, world)?;
    }
    if paths.is_empty() {
        world.say("error: there is no cassette to show");
        world.say("hint: name one, or put it in cassettes/");
        return Ok(Outcome::NothingJudged);
    }
    Ok(Outcome::Holds)
}

fn list(path: &Path, secrets: &[(String, Secret)], world: &World) -> Result<(), Failure> {
    if !is_cassette(path).map_err(|error| unreadable(&error))? {
        let recording = foreign::read(path, None, secrets.to_vec(), world)?;
        world.print(&format!("{}  {} file\n", path.display(), recording.kind))?;
        for exchange in &recording.exchanges {
            world.print(&format!("{}\n", line(exchange.exchange())))?;
        }
        return Ok(());
    }
    let mut reader = Reader::open(path).map_err(|error| unreadable(&error))?;
    let header = reader.header();
    let (session, tool) = (&header.session, &header.tool);
    world.print(&format!("{}  session `{session}`, {tool}\n", path.display()))?;
    for exchange in reader.by_ref() {
        let exchange = exchange.map_err(|error| unreadable(&error))?;
        world.print(&format!("{}\n", line(&exchange)))?;
    }
    if let Some(torn) = reader.torn() {
        world.say(format!("{}: line {}: torn end", path.display(), torn.line));
    }
    Ok(())
}

fn line(exchange: &Exchange) -> String {
    let answer = match (&exchange.response, &exchange.error) {
        (Some(response), None) => response.status.to_string(),
        (Some(response), Some(error)) => format!("{} then {}", response.status, error.kind),
        (None, Some(error)) => error.kind.to_string(),
        (None, None) => "-".to_owned(),
    };
    let Exchange { number, source, request, .. } = exchange;
    let size = exchange.response.as_ref().map_or(0, |response| response.body.len());
    let target = &request.target;
    format!("{number:>6}  {answer:<4} {source:<8} {:<7} {target}  {size} bytes", request.method)
}

fn one(
    path: &Path,
    number: u64,
    secrets: Vec<(String, Secret)>,
    world: &World,
) -> Result<Outcome, Failure> {
    if !is_cassette(path).map_err(|error| unreadable(&error))? {
        let recording = foreign::read(path, None, secrets, world)?;
        let mut exchanges = recording.exchanges.iter().map(Redacted::exchange);
        return match exchanges.find(|exchange| exchange.number.0 == number) {
            Some(exchange) => world.print_bytes(&as_http(exchange)),
            None => Err(Failure::asked(format!("{}: no exchange {number}", path.display()))),
        };
    }
    for exchange in Reader::open(path).map_err(|error| unreadable(&error))? {
        let exchange = exchange.map_err(|error| unreadable(&error))?;
        if exchange.number.0 == number {
            return world.print_bytes(&as_http(&exchange));
        }
    }
    Err(Failure::asked(format!("{}: no exchange {number}", path.display())))
}

fn as_http(exchange: &Exchange) -> Vec<u8> {
    let request = &exchange.request;
    let mut out = request_head(request, &Target::parse(&request.target).path_and_query());
    put_body(&mut out, &request.body, &request.headers);
    for early in &exchange.interim {
        let version = exchange.response.as_ref().map_or(request.version, |r| r.version);
        out.extend_from_slice(&response_head(&early.response(version)));
    }
    if let Some(response) = &exchange.response {
        out.extend_from_slice(&response_head(response));
        put_body(&mut out, &response.body, &response.headers);
    }
    for message in &exchange.messages {
        let (at, told) = (message.at_ms, socket::told(message));
        out.extend_from_slice(format!("{at:>10.1} ms  {told}\n").as_bytes());
    }
    if let Some(error) = &exchange.error {
        out.extend_from_slice(format!("{}: {}\n", error.kind, error.message).as_bytes());
    }
    out
}

fn put_body(out: &mut Vec<u8>, body: &Body, headers: &Headers) {
    match body.decoded(headers) {
        Ok(Some(bytes)) => out.extend_from_slice(&bytes),
        Ok(None) => out.extend_from_slice(format!("({} bytes in a file)", body.len()).as_bytes()),
        Err(error) => out.extend_from_slice(format!("({error})").as_bytes()),
    }
    if !out.ends_with(b"\n") {
        out.push(b'\n');
    }
    out.push(b'\n');
}
