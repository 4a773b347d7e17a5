//! `check --live`: sends the cassettes' requests anew and judges the fresh answers.

use super::Arguments;
use crate::check::Judge;
use crate::cli::sending::Notebook;
use crate::cli::{Failure, World, secrets};
use crate::exchange::Exchange;
use crate::live::Sent;
use std::path::{Path, PathBuf};

/// What is left of the sending, for reports and for the end.
pub(super) struct Fresh {
    /// The fresh exchanges.
    pub(super) notebook: Notebook,
    /// Why the result is not whole, or can't be.
    pub(super) cut: Option<Failure>,
}

/// Judges fresh answers to the requests of these cassettes.
pub(super) fn judge(
    base: &str,
    cassettes: &[PathBuf],
    judge: &mut Judge<'_>,
    arguments: &Arguments,
    world: &World,
) -> Result<Fresh, Failure> {
    let known = secrets::secrets(&arguments.secret_env, world)?;
    let sending = arguments.sending.ready(("--live", base), &arguments.reach, known, world)?;
    let mut notebook = sending.notebook()?;
    let mut failures = Vec::new();
    let mut take = |cassette: &Path, sent: Sent| {
        let Sent::Answered { recorded, fresh, before } = sent else { return };
        let noted = notebook.answered(cassette, *fresh, before);
        failures.extend(lost(&noted.name, &noted.exchange));
        noted.judge(&recorded, judge);
    };
    let sent = sending.send(cassettes, &mut take);
    let sealed = notebook.seal();
    if let (Ok(count), Some(recording)) = (&sealed, notebook.recording()) {
        world.say(format_args!("note: {}: {count} exchanges recorded", recording.display()));
    }
    let ended = sent?;
    let cut = ended.cut.or(sealed.err()).or_else(|| {
        let first = failures.first()?;
        let more = match failures.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        Some(Failure::world(format!("--live: {first}{more}")))
    });
    Ok(Fresh { notebook, cut })
}

/// What is said of an exchange whose answer did not come, or not whole.
fn lost(name: &str, exchange: &Exchange) -> Option<String> {
    let error = exchange.error.as_ref()?;
    Some(format!("{name} exchange {}: {}", exchange.number, error.message))
}
