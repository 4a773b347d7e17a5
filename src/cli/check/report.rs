//! The reports of a run: every form that was asked for, and the summary of a step of GitHub Actions.

use crate::check::Verdict;
use crate::cli::format::{self, Format};
use crate::cli::{Failure, World};
use crate::report::{Evidence, Kind, Report, render, render_summary};
use std::io::Write as _;
use std::path::Path;

/// What GitHub takes as the summary of one step, in bytes.
const SUMMARY: u64 = 1024 * 1024;

/// Whether a form is asked for that shows more than the verdict.
pub(in crate::cli) fn shows_evidence(formats: &[Format<Kind>]) -> bool {
    formats.iter().any(|format| format.kind().shows_evidence())
}

/// Writes the result in every form asked for, `otherwise`, if any, on stdout when none is.
pub(in crate::cli) fn print(
    formats: &[Format<Kind>],
    otherwise: Option<Kind>,
    verdict: &Verdict,
    evidence: &Evidence,
    world: &World,
) -> Result<(), Failure> {
    let report = Report { verdict, evidence, at: Some(world.now) };
    let written =
        format::print(formats, otherwise, |kind, paint| render(kind, &report, paint), world);
    let github = formats.iter().any(|format| format.kind() == Kind::Github);
    let summary = match world.variable("GITHUB_STEP_SUMMARY").filter(|_| github) {
        Some(file) => summarise(&report, &world.directory.join(file)),
        None => Ok(()),
    };
    written.and(summary)
}

/// Appends to the summary of the step, which other commands may have written to: what would not be
/// taken as a whole is not taken at all.
fn summarise(report: &Report<'_>, file: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::world(format!("GITHUB_STEP_SUMMARY: {}: {error}", file.display()))
    };
    let mut file =
        std::fs::OpenOptions::new().create(true).append(true).open(file).map_err(failed)?;
    let there = file.metadata().map_err(failed)?.len();
    let room = usize::try_from(SUMMARY.saturating_sub(there)).unwrap_or(0);
    let text = format!("\n{}", render_summary(report, room.saturating_sub(2)));
    if text.len() <= room {
        file.write_all(text.as_bytes()).map_err(failed)?;
    }
    Ok(())
}
