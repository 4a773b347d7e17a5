use super::super::secrets::secrets;
use super::super::{Failure, Outcome, World, documents};
use super::unreadable;
use crate::cassette::{Reader, Redactor};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Cassettes, or folders of them; `cassettes/` when none is named
    #[arg(value_name = "CASSETTE")]
    cassettes: Vec<PathBuf>,
    /// Also look for the value of this environment variable
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
}

/// What the redaction rules still find: a line each, never the value itself; exit 1 if anything.
pub(super) fn run(arguments: Arguments, world: &World) -> Result<Outcome, Failure> {
    let paths = documents::cassettes(&arguments.cassettes, world)?;
    let (mut scanned, mut left) = (0_u64, 0_u64);
    for path in &paths {
        let redactor = Redactor::new(secrets(&arguments.secret_env, world)?);
        for exchange in Reader::open(path).map_err(|error| unreadable(&error))? {
            let exchange = exchange.map_err(|error| unreadable(&error))?;
            let before = exchange.redacted.len();
            let number = exchange.number;
            scanned += 1;
            for note in &redactor.redact(exchange).exchange().redacted[before..] {
                if note.secret > 0 {
                    left += 1;
                    let (path, rule, at) = (path.display(), &note.rule, &note.at);
                    world.print(&format!("{path}: exchange {number}: {at}: {rule}\n"))?;
                }
            }
        }
    }
    world.say(format!("{scanned} exchanges in {} cassettes scanned, {left} finds", paths.len()));
    Ok(match (scanned, left) {
        (0, _) => Outcome::NothingJudged,
        (_, 0) => Outcome::Holds,
        _ => Outcome::Broken,
    })
}
