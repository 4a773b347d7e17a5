//! Operations × codes at a glance, one character for each state.

use super::paint::{Paint, Tone};
use crate::check::{LedgerRow, State};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Most operations that are drawn while nothing is known of them; the rest is counted.
const UNTOUCHED: usize = 40;

/// Widest operation name that is drawn whole.
const NAME: usize = 40;

/// The mark of a state. Excused rows are in parentheses.
pub(super) const fn mark(state: State) -> char {
    match state {
        State::Contradicted => '!',
        State::Unproven => '.',
        State::Simulated => '~',
        State::Stale => 'o',
        State::Proven => '+',
    }
}

/// What the marks mean.
pub(super) const LEGEND: &str =
    "+ proven  ~ simulated  o stale  . unproven  ! contradicted  ( ) excused";

/// Draws the rows of one spec.
pub(super) fn draw(rows: &[&LedgerRow], paint: Paint) -> String {
    let codes: BTreeSet<&str> = rows.iter().map(|row| row.code.as_str()).collect();
    let operations: Vec<&[&LedgerRow]> = rows
        .chunk_by(|a, b| (&a.operation, &a.path, &a.method) == (&b.operation, &b.path, &b.method))
        .collect();
    let touched = |rows: &[&LedgerRow]| rows.iter().any(|row| row.exchanges > 0);
    let mut untouched = 0;
    let shown: Vec<&[&LedgerRow]> = operations
        .into_iter()
        .filter(|rows| {
            untouched += usize::from(!touched(rows));
            touched(rows) || untouched <= UNTOUCHED
        })
        .collect();
    let width = shown.iter().map(|rows| name(rows).chars().count()).max().unwrap_or(0);
    let mut out = format!("  {:width$}", "");
    for code in &codes {
        let _ = write!(out, "  {code:>3}");
    }
    out.push('\n');
    for rows in shown {
        let shown = name(rows);
        let _ = write!(out, "  {shown:width$}");
        for code in &codes {
            out.push_str(&cell(rows.iter().find(|row| row.code == **code), paint));
        }
        let end = out.trim_end_matches(' ').len();
        out.truncate(end);
        out.push('\n');
    }
    if untouched > UNTOUCHED {
        let more = untouched - UNTOUCHED;
        let _ = writeln!(out, "  and {more} operations more that no exchange shows");
    }
    out
}

fn cell(row: Option<&&LedgerRow>, paint: Paint) -> String {
    let Some(row) = row else { return "     ".to_owned() };
    let tone = match row.state {
        State::Contradicted => Tone::Bad,
        State::Stale => Tone::Doubtful,
        State::Proven => Tone::Good,
        State::Unproven => Tone::Quiet,
        State::Simulated => Tone::Strong,
    };
    let mark = mark(row.state);
    if row.excuse.is_some() {
        format!("  {}", paint.tone(tone, &format!("({mark})")))
    } else {
        format!("   {} ", paint.tone(tone, &mark.to_string()))
    }
}

fn name(rows: &[&LedgerRow]) -> String {
    let name = rows.first().map_or("", |row| row.operation.as_str());
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    name.chars().take(NAME - 1).chain(['…']).collect()
}
