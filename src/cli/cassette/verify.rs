use super::super::{Failure, Outcome, World, documents};
use super::unreadable;
use crate::cassette::{Reader, verify_body};
use crate::exchange::{Body, Exchange, Source};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Cassettes, or folders of them; `cassettes/` when none is named
    #[arg(value_name = "CASSETTE")]
    cassettes: Vec<PathBuf>,
}

/// Whole, unedited and with every body file: one line a cassette, exit 1 if any is not.
pub(super) fn run(arguments: Arguments, world: &World) -> Result<Outcome, Failure> {
    let paths = documents::cassettes(&arguments.cassettes, world)?;
    let mut sound = true;
    for path in &paths {
        let faults = faults(path)?;
        sound &= faults.1.is_empty();
        let verdict = if faults.1.is_empty() { "ok" } else { "NOT OK" };
        world.print(&format!("{}: {} exchanges, {verdict}\n", path.display(), faults.0))?;
        for fault in faults.1 {
            world.print(&format!("  {fault}\n"))?;
        }
    }
    if paths.is_empty() {
        world.say("error: there is no cassette to verify");
        world.say("hint: name one, or put it in cassettes/");
    }
    Ok(match (paths.is_empty(), sound) {
        (true, _) => Outcome::NothingJudged,
        (_, true) => Outcome::Holds,
        (_, false) => Outcome::Broken,
    })
}

fn faults(path: &Path) -> Result<(u64, Vec<String>), Failure> {
    let mut reader = Reader::open(path).map_err(|error| unreadable(&error))?;
    let (mut count, mut faults) = (0, Vec::new());
    for exchange in reader.by_ref() {
        let exchange = exchange.map_err(|error| unreadable(&error))?;
        count += 1;
        if exchange.source == Source::Edited {
            faults.push(format!("exchange {}: changed since it was recorded", exchange.number));
        }
        faults.extend(missing_bodies(path, &exchange));
    }
    if let Some(torn) = reader.torn() {
        faults.push(format!(
            "line {}: torn: {} bytes of an unfinished exchange (`testimony cassette recover` cuts them)",
            torn.line, torn.bytes
        ));
    }
    faults.extend(reader.warnings().iter().cloned());
    Ok((count, faults))
}

fn missing_bodies<'a>(path: &'a Path, exchange: &'a Exchange) -> impl Iterator<Item = String> + 'a {
    let bodies = [Some(&exchange.request.body), exchange.response.as_ref().map(|r| &r.body)];
    bodies
        .into_iter()
        .flatten()
        .filter_map(move |body| match body {
            Body::File(file) => verify_body(path, file).err(),
            Body::Empty | Body::Bytes(_) => None,
        })
        .map(move |error| format!("exchange {}: {error}", exchange.number))
}
