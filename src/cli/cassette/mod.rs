//! `testimony cassette …`: looking at a recording, and keeping it whole.

mod convert;
mod diff;
mod merge;
mod recover;
mod redact;
mod scan;
mod show;
mod socket;
mod verify;
mod written;

use super::{Failure, Outcome, World};
use crate::cassette::{CassetteError, Cut, StoreError};
use std::io::ErrorKind;
pub(super) use written::rewritten;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List the exchanges of cassettes, or print one as HTTP
    Show(show::Arguments),
    /// Check that cassettes are whole and unedited
    Verify(verify::Arguments),
    /// Look for credentials that are left in cassettes
    Scan(scan::Arguments),
    /// Turn recordings of other tools into cassettes, and cassettes into other formats
    Convert(convert::Arguments),
    /// Join cassettes into one, in the order of their times
    Merge(merge::Arguments),
    /// Show where two recordings of the same requests differ
    Diff(diff::Arguments),
    /// Take what the redaction rules find out of cassettes, in place
    Redact(redact::Arguments),
    /// Cut the torn end off a cassette and close it, in place
    Recover(recover::Arguments),
}

pub(super) fn run(command: Command, world: &World) -> Result<Outcome, Failure> {
    match command {
        Command::Show(arguments) => show::run(arguments, world),
        Command::Verify(arguments) => verify::run(arguments, world),
        Command::Scan(arguments) => scan::run(arguments, world),
        Command::Convert(arguments) => convert::run(arguments, world),
        Command::Merge(arguments) => merge::run(arguments, world),
        Command::Diff(arguments) => diff::run(arguments, world),
        Command::Redact(arguments) => redact::run(arguments, world),
        Command::Recover(arguments) => recover::run(arguments, world),
    }
}

/// What was cut out of a cassette, for people.
pub(super) fn was_cut(cut: &Cut) -> String {
    let Cut { line, bytes, kept } = cut;
    match kept {
        None => format!("a torn end of {bytes} bytes cut off"),
        Some(kept) => format!(
            "{bytes} bytes from line {line} on that are no whole record cut out, kept in {}",
            kept.display()
        ),
    }
}

/// That exchanges were taken in that were open when their recorder was killed, for people.
pub(super) fn was_open(count: u64) -> String {
    let were =
        if count == 1 { "1 exchange that was" } else { &format!("{count} exchanges that were") };
    format!("with {were} still open when the recorder was killed")
}

/// A cassette that can't be read, as a failure of what was asked.
pub(super) fn unreadable(error: &CassetteError) -> Failure {
    let hint = match error {
        CassetteError::File { path, .. }
            if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) =>
        {
            "name a cassette file"
        }
        CassetteError::File { .. } => return Failure::asked(error),
        CassetteError::NotACassette { .. } => "`testimony record` makes cassettes",
        CassetteError::Newer { .. } => "use a newer testimony",
        CassetteError::Record { .. } => "mend the record, or take it out; the others are untouched",
    };
    Failure::asked(error).hint(hint)
}

/// A cassette that can't be written.
pub(super) fn unwritable(error: &StoreError) -> Failure {
    match error {
        StoreError::Holds { path, .. } => Failure::asked(error).hint(format!(
            "record with `--mode new_episodes` to add to it, with `--mode all` to replace it, or remove {}",
            path.display()
        )),
        StoreError::Busy { .. } => Failure::asked(error).hint("stop it, or name another cassette"),
        StoreError::Interrupted { path, .. } => {
            let (left, cassette) = (path.display(), path.with_extension(""));
            Failure::asked(error).hint(format!(
                "`testimony cassette recover {left}` and `mv {left} {}` put it in place; or remove it",
                cassette.display()
            ))
        }
        StoreError::Failures { aside, .. } => Failure::world(error)
            .hint(format!("the failures are in {}; is the upstream running?", aside.display())),
        StoreError::Irregular { .. } => Failure::asked(error).hint("name a cassette file"),
        StoreError::Torn { .. } => {
            Failure::asked(error).hint("`testimony cassette recover` cuts the torn end off")
        }
        StoreError::Rules { cause, path } => {
            super::secrets::unusable(format!("{}: {cause}", path.display()), cause)
        }
        StoreError::Unreadable(cause) => unreadable(cause),
        StoreError::File { cause, .. }
            if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) =>
        {
            Failure::asked(error).hint("name a cassette file")
        }
        StoreError::File { .. } | StoreError::Closed { .. } => Failure::world(error),
    }
}
