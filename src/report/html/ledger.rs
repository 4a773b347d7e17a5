//! The ledger: operations × codes as a table whose cells lead to their exchanges.

use super::escape::{Attribute, Text};
use crate::check::{LedgerRow, State, Verdict};
use crate::report::wording::counted;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Operations that no exchange shows stand in the table up to this many; more are listed below it.
const UNTOUCHED: usize = 25;

/// A row of the ledger with its position.
type Placed<'v> = (usize, &'v LedgerRow);

/// The section.
pub(super) fn write(out: &mut String, verdict: &Verdict) {
    out.push_str("<section id=\"ledger\" aria-labelledby=\"ledger-title\">\n<h2 id=\"ledger-title\">Ledger</h2>\n");
    out.push_str("<p class=\"legend\">");
    for state in State::ALL.into_iter().rev() {
        let _ = write!(
            out,
            "<span class=\"{state}\"><span class=\"mark\" aria-hidden=\"true\">{}</span> {state}</span> ",
            mark(state)
        );
    }
    out.push_str("<span>( ) excused</span></p>\n");
    let rows: Vec<Placed<'_>> = verdict.ledger.iter().enumerate().collect();
    for (index, rows) in rows.chunk_by(|(_, a), (_, b)| a.spec == b.spec).enumerate() {
        spec(out, index, rows);
    }
    if rows.is_empty() {
        out.push_str("<p>No spec documents a code.</p>\n");
    }
    out.push_str("</section>\n");
}

/// The sign of a state.
pub(super) const fn mark(state: State) -> &'static str {
    match state {
        State::Contradicted => "!",
        State::Unproven => "·",
        State::Simulated => "~",
        State::Stale => "○",
        State::Proven => "✓",
    }
}

fn spec(out: &mut String, index: usize, rows: &[Placed<'_>]) {
    let Some((_, first)) = rows.first() else { return };
    let _ = writeln!(
        out,
        "<h3 id=\"spec-{index}\">{} <code>{}</code></h3>",
        Text(&first.title),
        Text(&first.spec)
    );
    let operations: Vec<&[Placed<'_>]> = rows
        .chunk_by(|(_, a), (_, b)| {
            (&a.operation, &a.path, &a.method) == (&b.operation, &b.path, &b.method)
        })
        .collect();
    let touched = |rows: &&[Placed<'_>]| rows.iter().any(|(_, row)| row.exchanges > 0);
    let untouched = operations.iter().filter(|rows| !touched(rows)).count();
    let apart = untouched > UNTOUCHED;
    let (drawn, listed): (Vec<&[Placed<'_>]>, Vec<&[Placed<'_>]>) =
        operations.into_iter().partition(|rows| !apart || touched(rows));
    if !drawn.is_empty() {
        table(out, index, &drawn);
    }
    if !listed.is_empty() {
        list(out, &listed);
    }
}

fn table(out: &mut String, index: usize, operations: &[&[Placed<'_>]]) {
    let codes: BTreeSet<&str> =
        operations.iter().copied().flatten().map(|(_, row)| row.code.as_str()).collect();
    // Who scrolls with the keyboard must be able to reach what scrolls.
    let _ = write!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"spec-{index}\">\
         <table role=\"grid\" aria-labelledby=\"spec-{index}\" aria-describedby=\"ledger-title\"><thead><tr><th scope=\"col\">operation</th>"
    );
    for code in &codes {
        let _ = write!(out, "<th scope=\"col\">{}</th>", Text(code));
    }
    out.push_str("</tr></thead><tbody>\n");
    for rows in operations {
        let Some((_, first)) = rows.first() else { continue };
        let _ = write!(out, "<tr{}>", data(rows));
        name(out, "th scope=\"row\"", first);
        out.push_str("</th>");
        for code in &codes {
            match rows.iter().find(|(_, row)| row.code == **code) {
                Some(placed) => cell(out, placed),
                None => out.push_str("<td></td>"),
            }
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
}

/// What filters look at.
fn data(rows: &[Placed<'_>]) -> String {
    let Some((_, first)) = rows.first() else { return String::new() };
    let states: BTreeSet<&str> = rows.iter().map(|(_, row)| row.state.as_str()).collect();
    let states = states.into_iter().collect::<Vec<_>>().join(" ");
    format!(" data-operation=\"{}\" data-state=\"{states}\"", Attribute(&first.operation))
}

fn name(out: &mut String, tag: &str, row: &LedgerRow) {
    let (method, operation, path) = (Text(&row.method), Text(&row.operation), Text(&row.path));
    let _ = write!(out, "<{tag}><span class=\"op\">{operation}</span>");
    // An operation without a name of its own is called by method and path already.
    if row.operation != format!("{} {}", row.method, row.path) {
        let _ = write!(
            out,
            "<span class=\"path\"><span class=\"method\">{method}</span> {path}</span>"
        );
    }
}

fn cell(out: &mut String, (index, row): &Placed<'_>) {
    let count = if row.exchanges > 1 { compact(row.exchanges) } else { String::new() };
    let (open, close) = if row.excuse.is_some() { ("(", ")") } else { ("", "") };
    let excused = if row.excuse.is_some() { ", excused" } else { "" };
    let unmet = if row.unmet { " unmet" } else { "" };
    let (state, operation, code) = (row.state, Attribute(&row.operation), Attribute(&row.code));
    let shows = counted(row.exchanges, "exchange");
    let mark = mark(state);
    let _ = write!(
        out,
        "<td><a class=\"cell {state}{unmet}\" href=\"#row-{index}\" title=\"{operation} {code}: {state}{excused}, {shows}\" aria-label=\"{operation} {code}: {state}{excused}, {shows}\">{open}{mark}{close}"
    );
    if !count.is_empty() {
        let _ = write!(out, "<small>{count}</small>");
    }
    out.push_str("</a></td>");
}

fn compact(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        1_000..1_000_000 => format!("{}k", count / 1_000),
        _ => format!("{}M", count / 1_000_000),
    }
}

fn list(out: &mut String, operations: &[&[Placed<'_>]]) {
    let count = counted(operations.len() as u64, "operation");
    let _ = writeln!(
        out,
        "<details class=\"untouched\"><summary>{count} that no exchange shows</summary><ul>"
    );
    for rows in operations {
        let Some((_, first)) = rows.first() else { continue };
        name(out, &format!("li{}", data(rows)), first);
        out.push_str(" <span class=\"codes\">");
        for (_, row) in *rows {
            let (open, close) = if row.excuse.is_some() { ("(", ")") } else { ("", "") };
            let _ = write!(out, "{open}{}{close} ", Text(&row.code));
        }
        out.push_str("</span></li>\n");
    }
    out.push_str("</ul></details>\n");
}
