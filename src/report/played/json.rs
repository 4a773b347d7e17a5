//! The JSON form (`docs/replay.md`). Names of sessions' keys are those of the admin API.

use super::{Unused, holds};
use crate::matching::{Played, PlayedSession};
use serde::Serialize;

#[derive(Serialize)]
struct Report<'a> {
    testimony: u32,
    holds: bool,
    totals: Totals,
    sessions: &'a [PlayedSession],
}

#[derive(Serialize)]
struct Totals {
    sessions: usize,
    exchanges: u64,
    answered: u64,
    missed: u64,
    unused: u64,
}

pub(super) fn render(played: &Played, unused: Unused) -> String {
    let report = Report {
        testimony: 1,
        holds: holds(played, unused),
        totals: Totals {
            sessions: played.sessions.len(),
            exchanges: played.exchanges,
            answered: played.answered,
            missed: played.missed,
            unused: played.unused,
        },
        sessions: &played.sessions,
    };
    // Strings, numbers and lists: nothing in it can fail to be written.
    serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
}
