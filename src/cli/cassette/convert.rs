//! `cassette convert`: recordings of other tools to cassettes, and cassettes to other tools' formats.

use super::super::secrets::{policy, secrets, unusable};
use super::super::{Failure, Outcome, World, foreign, output};
use super::unreadable;
use super::written::{self, Overwrite};
use crate::cassette::export::{Form, export};
use crate::cassette::import::{Kind, Recording, is_cassette};
use crate::cassette::redact::Policy;
use crate::cassette::{Losses, Reader, Redacted, highest_secret, open_body};
use crate::exchange::{Body, DECODED_LIMIT, Exchange};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Recording to read: a cassette, or another tool's
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// File to write
    #[arg(long, value_name = "OUT")]
    out: PathBuf,
    /// What IN is: `cassette`, `har`, `vcrpy`, `vcr`, `go-vcr`, `test-proxy`, `httpmock`, `mitmproxy`,
    /// `hoverfly`, `wiremock` [default: what its content shows]
    #[arg(long, value_name = "KIND", value_parser = from)]
    from: Option<From>,
    /// What OUT becomes: `cassette`, `har`, `vcrpy`, `curl`, `wiremock`, `hoverfly` [default: by the
    /// ending of OUT]
    #[arg(long, value_name = "KIND", value_parser = to)]
    to: Option<To>,
    /// Replace the value of this environment variable, too
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
    /// Replace OUT if it is there
    #[arg(long)]
    force: bool,
    /// Print what was done and lost as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    Cassette,
    Foreign(Kind),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    Cassette,
    Foreign(Form),
}

fn from(word: &str) -> Result<From, String> {
    if word == "cassette" {
        return Ok(From::Cassette);
    }
    let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    let wrong = || format!("not one of cassette, {}", words.join(", "));
    Kind::parse(word).map(From::Foreign).ok_or_else(wrong)
}

fn to(word: &str) -> Result<To, String> {
    if word == "cassette" {
        return Ok(To::Cassette);
    }
    let words: Vec<&str> = Form::ALL.iter().map(|form| form.as_str()).collect();
    let wrong = || format!("not one of cassette, {}", words.join(", "));
    Form::parse(word).map(To::Foreign).ok_or_else(wrong)
}

/// What was done, for the closing words.
struct Done {
    from: &'static str,
    to: &'static str,
    exchanges: u64,
    losses: Losses,
    rules: Option<Kind>,
}

pub(super) fn run(arguments: Arguments, world: &World) -> Result<Outcome, Failure> {
    let to = wanted(&arguments)?;
    let overwrite = if arguments.force { Overwrite::Replace } else { Overwrite::Refuse };
    written::refuse_standing(&arguments.out, overwrite, world)?;
    let path = arguments.input.as_path();
    let from_cassette = match arguments.from {
        Some(from) => from == From::Cassette,
        None => is_cassette(path).map_err(|error| unreadable(&error))?,
    };
    let done = match (from_cassette, to) {
        (true, To::Cassette) => {
            return Err(Failure::asked(format!(
                "{}: a cassette already",
                arguments.input.display()
            ))
            .hint("name a kind with `--to`; `testimony cassette merge` copies cassettes"));
        }
        (true, To::Foreign(form)) => exported(&arguments, path, form, world)?,
        (false, _) => imported(&arguments, to, world)?,
    };
    tell(&arguments, &done, world)?;
    Ok(if done.exchanges == 0 { Outcome::NothingJudged } else { Outcome::Holds })
}

fn wanted(arguments: &Arguments) -> Result<To, Failure> {
    if let Some(to) = arguments.to {
        return Ok(to);
    }
    let ending = arguments.out.extension().unwrap_or_default().to_string_lossy().into_owned();
    if ending == "cassette" {
        return Ok(To::Cassette);
    }
    Form::of_ending(&ending).map(To::Foreign).ok_or_else(|| {
        let out = arguments.out.display();
        Failure::asked(format!("{out}: its ending does not tell what to write"))
            .hint("name it with `--to`: cassette, har, vcrpy, curl, wiremock or hoverfly")
    })
}

/// A cassette in another form.
fn exported(
    arguments: &Arguments,
    path: &Path,
    form: Form,
    world: &World,
) -> Result<Done, Failure> {
    let mut exchanges = Vec::new();
    let mut losses = Losses::default();
    let mut reader = Reader::open(path).map_err(|error| unreadable(&error))?;
    for exchange in reader.by_ref() {
        let mut exchange = exchange.map_err(|error| unreadable(&error))?;
        load_bodies(arguments, path, &mut exchange, &mut losses)?;
        exchanges.push(exchange);
    }
    if let Some(torn) = reader.torn() {
        losses.of_file(format!("line {}: torn end of {} bytes", torn.line, torn.bytes));
    }
    let policy = policy(&arguments.secret_env, world)?.with(&reader.header().rules);
    let policy = policy
        .map_err(|error| unusable(format!("{}: {error}", arguments.input.display()), &error))?;
    let exchanges = without_secrets(exchanges, &policy);
    let exported = export(form, &exchanges);
    output::write(&arguments.out, &exported.bytes, world)?;
    for loss in exported.losses.iter() {
        losses.add(loss);
    }
    let exchanges = exchanges.len() as u64;
    Ok(Done { from: "cassette", to: form.as_str(), exchanges, losses, rules: None })
}

/// The rules may have become more since it was recorded. What a later exchange shows to be secret is
/// replaced in earlier ones, too.
fn without_secrets(exchanges: Vec<Exchange>, policy: &Policy) -> Vec<Exchange> {
    let numbers: Vec<u32> = exchanges.iter().map(highest_secret).collect();
    let redactor = policy.redactor().numbered_after(numbers.iter().copied().max().unwrap_or(0));
    let redactor = redactor.with_placeholders(
        exchanges.iter().flat_map(|exchange| &exchange.redacted).map(|note| note.secret),
    );
    for exchange in &exchanges {
        redactor.redact(exchange.clone());
    }
    exchanges.into_iter().map(|exchange| redactor.redact(exchange).into_exchange()).collect()
}

/// Takes the bodies that lie in files of their own into memory, but for those that are too large.
fn load_bodies(
    arguments: &Arguments,
    cassette: &Path,
    exchange: &mut Exchange,
    losses: &mut Losses,
) -> Result<(), Failure> {
    let response = exchange.response.as_mut().map(|response| &mut response.body);
    for body in [Some(&mut exchange.request.body), response].into_iter().flatten() {
        let Body::File(file) = &*body else { continue };
        match open_body(cassette, file, DECODED_LIMIT) {
            Ok(bytes) => *body = Body::from_bytes(bytes),
            Err(error) if file.length > DECODED_LIMIT => {
                losses.of_exchange(format!("body: {error}"), exchange.number.0);
            }
            Err(error) => {
                let input = arguments.input.display();
                let failure = format!("{input}: exchange {}: {error}", exchange.number);
                return Err(Failure::asked(failure)
                    .hint("`testimony cassette verify` checks body files; record it again"));
            }
        }
    }
    Ok(())
}

/// Another tool's recording as a cassette, or in a third form.
fn imported(arguments: &Arguments, to: To, world: &World) -> Result<Done, Failure> {
    let kind = match arguments.from {
        Some(From::Foreign(kind)) => Some(kind),
        _ => None,
    };
    let secrets = secrets(&arguments.secret_env, world)?;
    let recording = foreign::read(&arguments.input, kind, secrets, world)?;
    let Recording { kind, exchanges, mut losses } = recording;
    let count = exchanges.len() as u64;
    let to = match to {
        To::Cassette => {
            let mut header = written::header(&arguments.out);
            policy(&arguments.secret_env, world)?.note(&mut header.rules);
            written::cassette(&arguments.out, &header, exchanges.into_iter().map(Ok), world)?;
            "cassette"
        }
        To::Foreign(form) => {
            let bare = exchanges.iter().map(Redacted::exchange).cloned().collect::<Vec<_>>();
            let exported = export(form, &bare);
            output::write(&arguments.out, &exported.bytes, world)?;
            for loss in exported.losses.iter() {
                losses.add(loss);
            }
            form.as_str()
        }
    };
    Ok(Done {
        from: kind.as_str(),
        to,
        exchanges: count,
        losses,
        rules: Some(kind).filter(|kind| kind.holds_rules()),
    })
}

fn tell(arguments: &Arguments, done: &Done, world: &World) -> Result<(), Failure> {
    let Done { from, to, exchanges, losses, rules } = done;
    let (input, out) = (arguments.input.display(), arguments.out.display());
    world.say(format_args!("{input} ({from}) to {out} ({to}): {exchanges} exchanges"));
    if let Some(kind) = rules {
        world.say(format_args!("note: {}", foreign::rules(*kind)));
    }
    for loss in losses.iter() {
        world.say(format_args!("not kept: {loss}"));
    }
    if arguments.json {
        let losses: Vec<serde_json::Value> = losses
            .iter()
            .map(|loss| serde_json::json!({"what": loss.what, "exchanges": loss.exchanges}))
            .collect();
        let told = serde_json::json!({
            "from": from, "to": to, "exchanges": exchanges, "evidence": rules.is_none(), "losses": losses,
        });
        world.print(&format!("{told:#}\n"))?;
    }
    Ok(())
}
