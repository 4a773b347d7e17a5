//! What a replay tells: each miss when it happens, and in the end what it came to.

use super::Arguments;
use crate::cli::format::{self, Format};
use crate::cli::{Failure, Outcome, World, fault};
use crate::matching::{Missed, Played};
use crate::replay::Replayer;
use crate::report::{Paint, PlayedKind, Unused, render_miss, render_played};
use crate::spec::{CodePattern, Spec};

/// Reads `--format`.
pub(super) fn form(text: &str) -> Result<Format<PlayedKind>, String> {
    Format::parse(text, &PlayedKind::ALL, PlayedKind::as_str)
}

/// Tells of misses on stderr.
pub(super) fn teller(world: &World) -> impl Fn(&Missed) + Send + Sync + use<> {
    let world = world.clone();
    move |missed| world.say(render_miss(missed, Paint::when(world.color_stderr)).trim_end())
}

/// Writes the result in every form asked for, and answers how it ended. When the replay `failed` before
/// anything was asked, there is nothing to tell but in files: who waits for them must find them.
pub(super) fn account(
    replayer: &Replayer,
    arguments: &Arguments,
    failed: bool,
    world: &World,
) -> Result<Outcome, Failure> {
    let played = replayer.played();
    let unused = if arguments.fail_unused { Unused::Fails } else { Unused::Told };
    let render = |kind, paint| render_played(kind, &played, unused, paint);
    if !failed || played.answered + played.missed > 0 {
        let told = render(PlayedKind::Terminal, Paint::when(world.color_stderr));
        world.say(told.trim_end());
        fault::account(replayer.faults(), world);
    }
    format::print(&arguments.formats, None, render, world)?;
    Ok(outcome(&played, unused))
}

fn outcome(played: &Played, unused: Unused) -> Outcome {
    let unused = unused == Unused::Fails && played.unused > 0;
    if played.missed > 0 || unused { Outcome::Broken } else { Outcome::Holds }
}

/// A miss must not look like an answer that the API documents (`docs/decisions/0015-misses.md`): its
/// status must not be documented, and where it is within a documented range, that is told.
pub(super) fn refuse_documented(status: u16, specs: &[Spec], world: &World) -> Result<(), Failure> {
    let mut ranges = Vec::new();
    for spec in specs {
        for operation in &spec.operations {
            match operation.promise(status).map(|promise| promise.code) {
                Some(CodePattern::Code(_)) => {
                    return Err(Failure::asked(format!(
                        "--miss-status {status}: `{}` documents {status} ({})",
                        operation.id, spec.path
                    ))
                    .hint("take a status that no operation documents; the default is 477"));
                }
                Some(range @ CodePattern::Range(_)) => ranges.push((operation.id.clone(), range)),
                Some(CodePattern::Default) | None => {}
            }
        }
    }
    if let Some((id, range)) = ranges.first() {
        let more = match ranges.len() {
            1 => String::new(),
            count => format!(" and {} operations more", count - 1),
        };
        world.say(format_args!(
            "note: `{id}`{more} document {range}, and {status} is one of these: a client may take a miss \
             for an error of the API; the exit status and the header `testimony-miss` tell"
        ));
    }
    Ok(())
}
