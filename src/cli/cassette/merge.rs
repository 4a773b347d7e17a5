//! `cassette merge`: several cassettes as one, in the order of their times.

use super::super::{Failure, Outcome, World};
use super::unreadable;
use super::written::{self, Overwrite};
use crate::cassette::{CassetteHeader, Redacted, highest_secret, open_body, raised, read};
use crate::exchange::{Body, DECODED_LIMIT, Exchange};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Cassettes to join
    #[arg(required = true, value_name = "CASSETTE")]
    cassettes: Vec<PathBuf>,
    /// Cassette to write
    #[arg(long, value_name = "OUT")]
    out: PathBuf,
    /// Name of its session [default: as the file is named]
    #[arg(long, value_name = "NAME")]
    session: Option<String>,
    /// Replace OUT if it is there
    #[arg(long)]
    force: bool,
}

/// An exchange, and which of the cassettes it is of.
struct Piece {
    exchange: Exchange,
    cassette: usize,
}

pub(super) fn run(arguments: Arguments, world: &World) -> Result<Outcome, Failure> {
    let overwrite = if arguments.force { Overwrite::Replace } else { Overwrite::Refuse };
    written::refuse_standing(&arguments.out, overwrite, world)?;
    let mut header = CassetteHeader::new(session(&arguments));
    let mut pieces = Vec::new();
    // Numbers of the secrets of each cassette begin after those of the ones before.
    let mut secrets = Vec::with_capacity(arguments.cassettes.len());
    let mut highest: u32 = 0;
    for (index, shown) in arguments.cassettes.iter().enumerate() {
        let cassette = read(shown).map_err(|error| unreadable(&error))?;
        join_header(&mut header, &cassette.header, index == 0, shown)?;
        for warning in &cassette.warnings {
            world.say(format_args!("warning: {}: {warning}", shown.display()));
        }
        if let Some(torn) = &cassette.torn {
            let (line, bytes) = (torn.line, torn.bytes);
            world.say(format_args!(
                "warning: {}: line {line}: torn end of {bytes} bytes",
                shown.display()
            ));
        }
        secrets.push(highest);
        let mut own: u32 = 0;
        for exchange in cassette.exchanges {
            own = own.max(highest_secret(&with_bodies(shown, exchange.clone())?));
            // Body files are read again when they are written: all at once may be more than memory.
            pieces.push(Piece { exchange, cassette: index });
        }
        // A reader takes nine digits for a number; with more, two values could have the same.
        highest = own.checked_add(highest).filter(|sum| *sum < 1_000_000_000).ok_or_else(|| {
            Failure::asked(format!(
                "{}: the secrets would be numbered beyond 999999999",
                shown.display()
            ))
        })?;
    }
    // Stable: what has the same time stays in the order of the files.
    pieces.sort_by_key(|piece| piece.exchange.at);
    let exchanges = pieces.into_iter().map(|Piece { exchange, cassette }| {
        let shown = &arguments.cassettes[cassette];
        let exchange = with_bodies(shown, exchange)?;
        Ok(Redacted::from_cassette(raised(exchange, secrets[cassette])))
    });
    let count = written::cassette(&arguments.out, &header, exchanges, world)?;
    let (out, of) = (arguments.out.display(), arguments.cassettes.len());
    world.say(format_args!("{out}: {count} exchanges of {of} cassettes, {highest} secrets"));
    Ok(if count == 0 { Outcome::NothingJudged } else { Outcome::Holds })
}

fn session(arguments: &Arguments) -> String {
    let stem = arguments.out.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    arguments.session.clone().unwrap_or(stem)
}

/// Adds the specs and rules of a cassette. What is matched by other rules can't be served as one.
fn join_header(
    header: &mut CassetteHeader,
    other: &CassetteHeader,
    is_first: bool,
    shown: &Path,
) -> Result<(), Failure> {
    if is_first {
        header.rules.matching.clone_from(&other.rules.matching);
    } else if header.rules.matching != other.rules.matching {
        return Err(Failure::asked(format!(
            "{}: its matching rules are others than those of the first cassette",
            shown.display()
        ))
        .hint(
            "merge cassettes of equal rules, or serve them side by side with `testimony replay`",
        ));
    }
    for spec in &other.specs {
        if !header.specs.contains(spec) {
            header.specs.push(spec.clone());
        }
    }
    for rule in &other.rules.redact {
        if !header.rules.redact.contains(rule) {
            header.rules.redact.push(rule.clone());
        }
    }
    Ok(())
}

/// The exchange with its bodies in memory: a merged cassette needs no file of the others.
fn with_bodies(cassette: &Path, mut exchange: Exchange) -> Result<Exchange, Failure> {
    let number = exchange.number;
    let response = exchange.response.as_mut().map(|response| &mut response.body);
    for body in [Some(&mut exchange.request.body), response].into_iter().flatten() {
        if let Body::File(file) = &*body {
            let bytes = open_body(cassette, file, DECODED_LIMIT).map_err(|error| {
                Failure::asked(format!("{}: exchange {number}: {error}", cassette.display()))
                    .hint("`testimony cassette verify` lists what a cassette lacks")
            })?;
            *body = Body::from_bytes(bytes);
        }
    }
    Ok(exchange)
}
