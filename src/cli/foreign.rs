//! Recordings of other tools on the command line: how they are read, and what is said of them.

use super::secrets;
use super::{Failure, World};
use crate::cassette::import::{ForeignError, ImportError, Kind, Recording, WrongEntry, open};
use crate::cassette::redact::Secret;
use crate::cassette::{Losses, Redactor};
use std::path::Path;

/// Reads a file of `kind`, or of the kind that it shows; `shown` is how the user named it.
pub(super) fn read(
    shown: &Path,
    kind: Option<Kind>,
    named: Vec<(String, Secret)>,
    world: &World,
) -> Result<Recording, Failure> {
    open(shown, kind, Redactor::with_rules(secrets::rules(world)?, named))
        .map_err(|error| unreadable(&error))
}

/// A foreign file that can't be read.
pub(super) fn unreadable(error: &ForeignError) -> Failure {
    let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    let ForeignError::Content { cause, .. } = error else { return Failure::asked(error) };
    let hint = match cause {
        ImportError::Unknown | ImportError::OtherKind { .. } => {
            format!("`cassette convert --from` names its kind: one of {}", kinds.join(", "))
        }
        ImportError::Version { .. } => {
            "write it with an older version of its tool, or as HAR".to_owned()
        }
        ImportError::Entry { cause: WrongEntry::BodyFile { .. }, .. } => {
            "put it into the folder `__files` beside the mappings".to_owned()
        }
        ImportError::TooLarge(_) | ImportError::TooMany(_) => "split the file".to_owned(),
        _ => "mend what is named, or take it out".to_owned(),
    };
    Failure::asked(error).hint(hint)
}

/// Says what a file is, and what it could not tell.
pub(super) fn say(shown: &Path, kind: Kind, losses: &Losses, world: &World) {
    let shown = shown.display();
    if kind.holds_rules() {
        world.say(format_args!("note: {shown}: {}", rules(kind)));
    }
    for loss in losses.iter() {
        world.say(format_args!("note: {shown}: {loss}"));
    }
}

/// That files of a kind are no recordings.
pub(super) fn rules(kind: Kind) -> String {
    format!("{kind} files hold rules for a mock, not recordings: they prove nothing of a provider")
}
