use super::super::secrets::policy;
use super::super::{Failure, Outcome, World, documents};
use super::unwritable;
use crate::cassette::{Left, audit};
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Cassettes, or folders of them; `cassettes/` when none is named
    #[arg(value_name = "CASSETTE")]
    cassettes: Vec<PathBuf>,
    /// Also look for the value of this environment variable
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
    /// Print the finds as JSON
    #[arg(long)]
    json: bool,
}

/// What the redaction rules still find: a line each, never the value itself; exit 1 if anything.
pub(super) fn run(arguments: Arguments, world: &World) -> Result<Outcome, Failure> {
    let paths = documents::cassettes(&arguments.cassettes, world)?;
    let policy = policy(&arguments.secret_env, world)?;
    let (mut scanned, mut left) = (0_u64, Vec::new());
    for path in &paths {
        let found = audit(path, &policy).map_err(|error| unwritable(&error))?;
        scanned += found.exchanges;
        for find in found.finds {
            if !arguments.json {
                world.print(&line(path, &find))?;
            }
            left.push((path, find));
        }
    }
    if arguments.json {
        let finds: Vec<_> = left
            .iter()
            .map(|(path, Left { exchange, at, rule })| {
                json!({"cassette": path.to_string_lossy(), "exchange": exchange, "at": at, "rule": rule})
            })
            .collect();
        world.print(&format!("{:#}\n", json!({"scanned": scanned, "finds": finds})))?;
    }
    let count = left.len();
    world.say(format!("{scanned} exchanges in {} cassettes scanned, {count} finds", paths.len()));
    Ok(match (scanned, count) {
        (0, 0) => Outcome::NothingJudged,
        (_, 0) => Outcome::Holds,
        _ => Outcome::Broken,
    })
}

/// Where a secret stands, and which rule says so.
pub(super) fn line(path: &Path, Left { exchange, at, rule }: &Left) -> String {
    let path = path.display();
    match exchange {
        Some(number) => format!("{path}: exchange {number}: {at}: {rule}\n"),
        None => format!("{path}: {at}: {rule}\n"),
    }
}
