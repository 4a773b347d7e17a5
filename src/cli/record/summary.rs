//! What a recording came to: a line for each session, and how the command ends.

use crate::cassette::StoreError;
use crate::cli::cassette::unwritable;
use crate::cli::{Failure, World};
use crate::record::{Ended, Refused, Standing};
use std::path::Path;

/// Most sessions that have a line of their own.
const LINES: usize = 20;

/// Tells what was recorded; `passed` is whether something went through unrecorded, `folder` is there when each session has its own cassette. Answers with
/// the failure that the command ends with, where there is one.
pub(super) fn tell(
    standing: &[Standing],
    refused: Refused,
    passed: bool,
    folder: Option<&Path>,
    world: &World,
) -> Result<(), Failure> {
    let ended: Vec<&Ended> = standing.iter().filter_map(ended).collect();
    let whole = |one: &&&Ended| one.sealed.is_ok();
    for one in ended.iter().filter(whole).take(LINES) {
        world.say(line(one, &shown(&one.cassette, world)));
    }
    if let Some(more @ 1..) = ended.iter().filter(whole).count().checked_sub(LINES) {
        world.say(format!("… and {more} more sessions"));
    }
    // The first of these is what the command ends with.
    for error in ended.iter().filter_map(|one| one.sealed.as_ref().err()).skip(1).take(LINES) {
        world.say(unwritable(error));
    }
    if let Some(folder) = folder {
        world.say(total(&ended, &shown(folder, world)));
    }
    let written: u64 = ended.iter().map(|one| one.written).sum();
    let answered: u64 = ended.iter().map(|one| one.answered).sum();
    if written + answered + refused.all == 0 && !passed {
        world.say(
            "hint: no client came through the proxy: does it read HTTP_PROXY or TESTIMONY_URL?",
        );
    }
    verdict(standing, &ended, refused)
}

/// Tells what went through unrecorded.
pub(super) fn aside(hosts: &[(String, u64)], world: &World) {
    const SHOWN: usize = 10;
    if hosts.is_empty() {
        return;
    }
    let plural = if hosts.len() == 1 { "host" } else { "hosts" };
    let shown: Vec<String> = hosts
        .iter()
        .take(SHOWN)
        .map(|(host, times)| match times {
            1 => host.clone(),
            times => format!("{host} ({times} times)"),
        })
        .collect();
    let more = hosts.len().saturating_sub(SHOWN);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let count = hosts.len();
    world.say(format!("{count} {plural} passed through unrecorded: {}{more}", shown.join(", ")));
}

/// Whether a cassette could not be written.
pub(super) fn is_unwritten(standing: &[Standing]) -> bool {
    standing.iter().filter_map(ended).any(|one| one.sealed.is_err())
}

fn ended(standing: &Standing) -> Option<&Ended> {
    match standing {
        Standing::Stopped(ended) => Some(ended),
        Standing::Running(_) | Standing::Failed { .. } => None,
    }
}

/// A path as a person would give it here.
fn shown(path: &Path, world: &World) -> String {
    path.strip_prefix(&world.directory).unwrap_or(path).display().to_string()
}

fn line(ended: &Ended, cassette: &str) -> String {
    let Ended { written, failures, secrets, .. } = ended;
    let failed = match failures {
        0 => String::new(),
        count => format!(", {count} of them transport failures"),
    };
    let held = *ended.sealed.as_ref().unwrap_or(written);
    let earlier = match held.saturating_sub(*written) {
        0 => String::new(),
        count => format!(" after {count} earlier"),
    };
    let answered = match ended.answered {
        0 => String::new(),
        count => format!("; {count} answered from it"),
    };
    let (written, redacted) = (exchanges(*written), redacted(u64::from(*secrets)));
    format!("recorded {written}{failed} into {cassette}{earlier}{answered}; {redacted}")
}

fn total(ended: &[&Ended], folder: &str) -> String {
    let sum = |count: fn(&Ended) -> u64| ended.iter().map(|one| count(one)).sum::<u64>();
    let failed = match sum(|one| one.failures) {
        0 => String::new(),
        count => format!(", {count} of them transport failures"),
    };
    let sessions = match ended.len() {
        1 => "1 session".to_owned(),
        count => format!("{count} sessions"),
    };
    let (written, secrets) = (exchanges(sum(|one| one.written)), sum(|one| u64::from(one.secrets)));
    format!("{folder}: {sessions}, {written}{failed}; {}", redacted(secrets))
}

fn exchanges(count: u64) -> String {
    format!("{count} {}", if count == 1 { "exchange" } else { "exchanges" })
}

fn redacted(secrets: u64) -> String {
    match secrets {
        0 => "no secrets found".to_owned(),
        1 => "1 secret redacted".to_owned(),
        count => format!("{count} secrets redacted"),
    }
}

/// What is not as it was asked for, worst first.
fn verdict(standing: &[Standing], ended: &[&Ended], refused: Refused) -> Result<(), Failure> {
    for one in ended {
        if let Err(error @ StoreError::Failures { .. }) = &one.sealed {
            return Err(unwritable(error));
        }
        if let Err(error) = &one.sealed {
            return Err(unwritable(error).hint(format!(
                "{} exchanges are in the cassette; `testimony cassette recover` closes it",
                one.written
            )));
        }
    }
    for one in standing {
        if let Standing::Failed { name, cause } = one {
            let message = format!("session `{name}` was not recorded: {cause}");
            let failure =
                if cause.asked { Failure::asked(message) } else { Failure::world(message) };
            return Err(match &cause.hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            });
        }
    }
    if refused.all > 0 {
        let message = match refused.all {
            1 => "1 request was refused: no session takes it".to_owned(),
            count => format!("{count} requests were refused: no session takes them"),
        };
        return Err(if refused.asked > 0 {
            Failure::asked(message).hint("each was told above, with what to do about it")
        } else {
            Failure::world(message)
        });
    }
    let written: u64 = ended.iter().map(|one| one.written).sum();
    let failures: u64 = ended.iter().map(|one| one.failures).sum();
    if written > 0 && written == failures {
        return Err(Failure::world(format!(
            "not one of {} came to its end: the recording shows failures alone",
            exchanges(written)
        ))
        .hint("is the upstream running, and its address right?"));
    }
    Ok(())
}
