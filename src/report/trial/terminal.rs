//! The form for people: the share caught of each kind, and what was not.

use crate::check::{Catch, FalseFinding, LeftOut, Missed, Mistake, PromiseName, Rule, TrialResult};
use crate::report::paint::{Paint, Tone};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Most misses, wrong findings and reasons that are shown.
const LINES: usize = 20;

pub(super) fn render(result: &TrialResult, paint: Paint) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{:<27} {:<23} {:>8} {:>8}", "planted", "found by", "planted", "caught");
    for mistake in Mistake::ALL {
        let shares = result.kinds.iter().filter(|((other, _), _)| *other == mistake);
        let shares: Vec<(Rule, Catch)> = shares.map(|((_, rule), share)| (*rule, *share)).collect();
        if shares.is_empty() {
            let line = format!("{:<27} {:<23} {:>8}", mistake.id(), "-", 0);
            let _ = writeln!(out, "{}", paint.tone(Tone::Quiet, &line));
        }
        for (rule, share) in shares {
            row(&mut out, mistake.id(), rule, share, paint);
        }
    }
    let _ = writeln!(out);
    for (rule, share) in result.rules() {
        row(&mut out, "", rule, share, paint);
    }
    missed(&mut out, &result.missed, paint);
    wrongly(&mut out, result, paint);
    left_out(&mut out, &result.left_out);
    closing(&mut out, result, paint);
    out
}

fn row(out: &mut String, kind: &str, rule: Rule, share: Catch, paint: Paint) {
    let Catch { planted, caught } = share;
    let all = planted == caught;
    let line = format!("{kind:<27} {:<23} {planted:>8} {caught:>8}", rule.id());
    let sign = if all { String::new() } else { format!("  {} missed", planted - caught) };
    let tone = if all { Tone::Good } else { Tone::Bad };
    let _ = writeln!(out, "{line}{}", paint.tone(tone, &sign));
}

fn missed(out: &mut String, missed: &[Missed], paint: Paint) {
    for missed in missed.iter().take(LINES) {
        let kind = paint.tone(Tone::Bad, &format!("missed: {}", missed.mistake));
        let _ = writeln!(out, "\n{kind} at `{}`: {}", missed.at, missed.what);
        let _ = writeln!(out, "  {}", place(&missed.promise));
        if !missed.cassette.is_empty() {
            let _ = writeln!(out, "  in an exchange of {}", missed.cassette);
        }
        let instead = match missed.instead.as_slice() {
            [] => "nothing".to_owned(),
            found => found.join(", "),
        };
        let _ = writeln!(out, "  {} should have found it; found: {instead}", missed.rule);
    }
    if let Some(more @ 1..) = missed.len().checked_sub(LINES) {
        let _ = writeln!(out, "… and {more} more");
    }
}

fn wrongly(out: &mut String, result: &TrialResult, paint: Paint) {
    for FalseFinding { variation, promise, finding } in result.false_findings.iter().take(LINES) {
        let kind = paint.tone(Tone::Bad, &format!("found wrongly: {}", finding.rule));
        let _ = writeln!(out, "\n{kind} at `{}` ({variation})", finding.at);
        let _ = writeln!(out, "  {}", place(promise));
        let _ = writeln!(out, "  expected {}; observed {}", finding.expected, finding.observed);
    }
    if let Some(more @ 1..) = result.false_findings.len().checked_sub(LINES) {
        let _ = writeln!(out, "… and {more} more");
    }
}

/// Promises that nothing could be planted against, by reason.
fn left_out(out: &mut String, left_out: &[LeftOut]) {
    let mut reasons: BTreeMap<&str, Vec<&PromiseName>> = BTreeMap::new();
    for LeftOut { promise, why } in left_out {
        reasons.entry(why).or_default().push(promise);
    }
    for (why, promises) in reasons.iter().take(LINES) {
        let _ = writeln!(out, "\nnothing planted: {why}");
        for promise in promises.iter().take(3) {
            let _ = writeln!(out, "  {}", place(promise));
        }
        if let Some(more @ 1..) = promises.len().checked_sub(3) {
            let _ = writeln!(out, "  and {more} more");
        }
    }
    if let Some(more @ 1..) = reasons.len().checked_sub(LINES) {
        let _ = writeln!(out, "… and {more} reasons more");
    }
}

fn closing(out: &mut String, result: &TrialResult, paint: Paint) {
    let Catch { planted, caught } = result.total();
    let sound = result.is_sound();
    let tone = if sound { Tone::Good } else { Tone::Bad };
    let share = format!("{caught} of {planted} planted mistakes caught");
    let _ = writeln!(
        out,
        "\n{}, {} findings in {} conforming exchanges",
        paint.tone(tone, &share),
        result.wrongly,
        result.unplanted
    );
    let _ = writeln!(
        out,
        "{} promises, {} without anything to plant in; {} recorded exchanges, {} that do not conform",
        result.promises,
        result.left_out.len(),
        result.recorded,
        result.not_conforming
    );
}

fn place(PromiseName { spec, operation, code, pointer }: &PromiseName) -> String {
    format!("{operation} {code} ({spec}#{pointer})")
}
