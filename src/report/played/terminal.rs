//! The form for people. A miss fits one screen, the field at fault first; colour only repeats what the
//! signs say.

use super::line::{COLUMNS, visible, within, wrapped};
use crate::matching::{Candidate, Differing, Missed, Played, Recorded, Settle};
use crate::report::paint::{Paint, Tone};
use crate::report::wording::counted;
use std::fmt::Write as _;

/// Most differing fields, further candidates, and ways to settle it that a miss shows.
const FIELDS: usize = 3;
const CANDIDATES: usize = 3;
const WAYS: usize = 3;

/// Most lines of one kind in the closing account.
const LINES: usize = 20;

/// One miss.
pub(super) fn miss(missed: &Missed, paint: Paint) -> String {
    let mut out = String::new();
    let Missed { method, target, reason, .. } = missed;
    let asked = within(&visible(&format!("{method} {target}")), COLUMNS - 6);
    let _ = writeln!(out, "{} {asked}", paint.tone(Tone::Bad, "miss:"));
    for line in wrapped(&visible(reason), COLUMNS - 2, 2) {
        let _ = writeln!(out, "  {}", paint.tone(Tone::Strong, &line));
    }
    if let Some(recorded) = &missed.nearest {
        let _ = writeln!(out, "  {}", within(&nearest(recorded), COLUMNS - 2));
    }
    for difference in missed.differences.iter().take(FIELDS) {
        field(&mut out, difference, paint);
    }
    if let Some(more @ 1..) = missed.differences.len().checked_sub(FIELDS) {
        let _ = writeln!(out, "  … and {more} fields more");
    }
    for candidate in missed.candidates.iter().take(CANDIDATES) {
        let line = within(&visible(&not_either(candidate)), COLUMNS - 2);
        let _ = writeln!(out, "  {}", paint.tone(Tone::Quiet, &line));
    }
    for Settle { when, how } in missed.settle.iter().take(WAYS) {
        let _ = writeln!(out, "hint: {}:", within(&visible(when), COLUMNS - 7));
        for line in command(&visible(how)) {
            let _ = writeln!(out, "      {line}");
        }
    }
    out
}

fn nearest(Recorded { cassette, exchange, method, target }: &Recorded) -> String {
    visible(&format!("nearest: {cassette} exchange {exchange}: {method} {target}"))
}

fn not_either(candidate: &Candidate) -> String {
    let Candidate { exchange, method, target, differs, .. } = candidate;
    let shown = differs.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if differs.len() > 3 { ", …" } else { "" };
    // Equal, so it was served before or must wait.
    let shown = if differs.is_empty() { "equal, not due" } else { &*shown };
    let target = within(target, 40);
    format!("nor exchange {exchange} ({shown}{more}): {method} {target}")
}

/// One field: what is recorded, and what was sent.
fn field(out: &mut String, difference: &Differing, paint: Paint) {
    let Differing { at, recorded, sent } = difference;
    let _ = writeln!(out, "  {}", within(&visible(at), COLUMNS - 2));
    let room = COLUMNS - 6;
    let side = |side: &Option<String>| side.as_ref().map(|text| within(&visible(text), room));
    let (ours, theirs) = (side(recorded), side(sent));
    let (mut ours_told, mut theirs_told) = (ours.clone(), theirs.clone());
    if let (Some(ours), Some(theirs)) = (&ours, &theirs) {
        let (before, after) = shared(ours, theirs);
        ours_told = Some(marked(ours, before, after, Tone::Bad, paint));
        theirs_told = Some(marked(theirs, before, after, Tone::Good, paint));
    }
    for (sign, tone, told) in [('-', Tone::Bad, ours_told), ('+', Tone::Good, theirs_told)] {
        let absent = if sign == '-' { "(not recorded)" } else { "(not sent)" };
        let told = told.unwrap_or_else(|| absent.to_owned());
        let _ = writeln!(out, "    {} {told}", paint.tone(tone, &sign.to_string()));
    }
}

/// How many characters two texts share at their beginnings and at their ends.
fn shared(ours: &str, theirs: &str) -> (usize, usize) {
    let before = ours.chars().zip(theirs.chars()).take_while(|(a, b)| a == b).count();
    let left = ours.chars().count().min(theirs.chars().count()) - before;
    let ends = ours.chars().rev().zip(theirs.chars().rev());
    (before, ends.take(left).take_while(|(a, b)| a == b).count())
}

/// A text with what is not shared in a tone.
fn marked(text: &str, before: usize, after: usize, tone: Tone, paint: Paint) -> String {
    let count = text.chars().count();
    let part = |from: usize, to: usize| text.chars().skip(from).take(to - from).collect::<String>();
    let (head, tail) = (part(0, before), part(count - after, count));
    let middle = part(before, count - after);
    if middle.is_empty() {
        text.to_owned()
    } else {
        format!("{head}{}{tail}", paint.tone(tone, &middle))
    }
}

/// A command, over several lines where it is long: broken before an option, as a shell takes it.
fn command(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (index, piece) in text.split(" --").enumerate() {
        let piece = if index == 0 { piece.to_owned() } else { format!("--{piece}") };
        match lines.last_mut() {
            Some(line) if line.chars().count() + piece.chars().count() < COLUMNS - 9 => {
                line.push(' ');
                line.push_str(&piece);
            }
            Some(line) => {
                line.push_str(" \\");
                lines.push(piece);
            }
            None => lines.push(piece),
        }
    }
    lines
}

/// What a replay came to: counts, misses that came more than once, and exchanges that were not used.
pub(super) fn account(played: &Played, paint: Paint) -> String {
    let mut out = String::new();
    let Played { answered, missed, exchanges, unused, sessions } = played;
    let tone = if *missed > 0 { Tone::Bad } else { Tone::Good };
    let misses = if *missed == 1 { "miss" } else { "misses" };
    let counts = format!("{} answered, {missed} {misses}", counted(*answered, "request"));
    let used = exchanges - unused;
    let _ = writeln!(out, "{}; {used} of {exchanges} exchanges used", paint.tone(tone, &counts));
    let misses = sessions.iter().flat_map(|session| &session.misses);
    let again: Vec<String> = misses
        .filter(|missed| missed.times > 1)
        .map(|Missed { method, target, times, .. }| {
            format!("missed {times} times: {method} {target}")
        })
        .collect();
    listed(&mut out, &again, again.len() as u64);
    let one = |place: &Recorded| {
        let Recorded { cassette, exchange, method, target } = place;
        format!("unused: {cassette} exchange {exchange}: {method} {target}")
    };
    let places = sessions.iter().flat_map(|session| &session.unused);
    let places: Vec<String> = places.take(LINES).map(one).collect();
    listed(&mut out, &places, *unused);
    out
}

fn listed(out: &mut String, lines: &[String], all: u64) {
    for line in lines.iter().take(LINES) {
        let _ = writeln!(out, "  {}", visible(line));
    }
    let shown = lines.len().min(LINES) as u64;
    if all > shown {
        let _ = writeln!(out, "  … and {} more", all - shown);
    }
}
