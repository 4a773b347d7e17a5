//! The forms of a plan and of what came of it.

use crate::check::Verdict;
use crate::cli::format::{self, Format};
use crate::cli::{Failure, World};
use crate::probe::{Case, Created, Plan, Recipe, Row, State};
use crate::report::{self as reports, Evidence, Kind, Paint, Report};
use crate::spec::CodePattern;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Longest reason in a table, in characters.
const REASON: usize = 150;

/// What is shown.
pub(super) struct Shown<'s, 'a> {
    pub plan: &'s Plan<'a>,
    pub rows: &'s [Row],
    pub created: &'s [Created],
    /// Requests that were sent.
    pub requests: u64,
    /// Whether nothing was sent.
    pub dry: bool,
}

impl<'s, 'a> Shown<'s, 'a> {
    fn of(&self, row: &Row) -> (&'s Case<'a>, &'s Recipe) {
        let case = &self.plan.cases[row.case];
        (case, &case.recipes[row.recipe])
    }
}

/// Prints it in every form that is asked for.
pub(super) fn print(
    formats: &[Format<Kind>],
    shown: &Shown<'_, '_>,
    verdict: &Verdict,
    evidence: &Evidence,
    world: &World,
) -> Result<(), Failure> {
    let report = Report { verdict, evidence, at: Some(world.now) };
    let render = |kind, paint| match kind {
        Kind::Terminal if shown.dry => plan(shown),
        Kind::Terminal => format!("{}\n{}", reports::render(kind, &report, paint), recipes(shown)),
        Kind::Json => json(shown, &report),
        other => reports::render(other, &report, paint),
    };
    format::print(formats, Some(Kind::Terminal), render, world)
}

/// The result of `check`, with `recipes` in it.
fn json(shown: &Shown<'_, '_>, report: &Report<'_>) -> String {
    let text = reports::render(Kind::Json, report, Paint::Plain);
    let mut result: Value = serde_json::from_str(&text).unwrap_or_default();
    result["recipes"] = shown.rows.iter().map(|row| recipe(shown, row)).collect();
    result["requests"] = shown.requests.into();
    result["created"] = shown
        .created
        .iter()
        .map(|one| json!({"operation": one.operation, "url": one.url, "removed": one.is_gone}))
        .collect();
    serde_json::to_string_pretty(&result).unwrap_or_default() + "\n"
}

fn recipe(shown: &Shown<'_, '_>, row: &Row) -> Value {
    let (case, recipe) = shown.of(row);
    json!({
        "operation": case.operation.id.as_str(),
        "code": row.code.to_string(),
        "recipe": recipe.name,
        "state": row.state.as_str(),
        "requests": row.requests,
        "reason": row.reason,
        "change": recipe.change,
        "method": recipe.request().map_or(&case.operation.method, |request| &request.method),
        "target": recipe.request().map(|request| &request.target),
        "unsafe": recipe.is_unsafe(case),
        "may_create": recipe.may_create(case),
        "needs": recipe.needs,
    })
}

/// What would be sent.
fn plan(shown: &Shown<'_, '_>) -> String {
    let mut out = String::new();
    let (mut requests, mut left, mut last) = (0, 0, usize::MAX);
    for row in shown.rows {
        let (case, recipe) = shown.of(row);
        if row.case != last {
            last = row.case;
            let operation = case.operation;
            let _ = writeln!(out, "\n{}  {} {}", operation.id, operation.method, operation.path);
            if let Some(item) = case.item.as_ref() {
                let removed = if case.removable { "removed by DELETE" } else { "not removable" };
                let _ = writeln!(out, "  makes {item}, {removed}");
            }
        }
        requests += row.requests;
        left += u64::from(row.requests == 0);
        let mut marks = Vec::new();
        if recipe.is_unsafe(case) {
            marks.push("unsafe");
        }
        if recipe.may_create(case) {
            marks.push("may create");
        }
        let marks =
            if marks.is_empty() { String::new() } else { format!(" [{}]", marks.join(", ")) };
        let _ = writeln!(
            out,
            "  {:<7} {:<34} {}{marks}",
            row.code,
            recipe.name,
            one_line(&recipe.change)
        );
        if let Some(reason) = &row.reason {
            let _ = writeln!(out, "          not sent: {}", one_line(reason));
        } else if !recipe.needs.is_empty() {
            let _ = writeln!(out, "          needs {}", recipe.needs.join(", "));
        }
    }
    let recipes = shown.rows.len();
    let _ = writeln!(out, "\n{recipes} recipes, {requests} requests; {left} would not be sent");
    out
}

/// What came of each recipe: all that is contradicted, of the others one line for each code.
fn recipes(shown: &Shown<'_, '_>) -> String {
    let mut out = String::from("Recipes\n");
    let mut counts: BTreeMap<State, usize> = BTreeMap::new();
    let mut groups: BTreeMap<(usize, CodePattern), Vec<&Row>> = BTreeMap::new();
    for row in shown.rows {
        *counts.entry(row.state).or_default() += 1;
        groups.entry((row.case, row.code)).or_default().push(row);
    }
    for ((case, code), rows) in &groups {
        let operation = shown.plan.cases[*case].operation;
        let of = |state| rows.iter().filter(move |row| row.state == state);
        let (reached, wrong) = (of(State::Reached).count(), of(State::Contradicted).count());
        let skipped = of(State::Skipped).count();
        let _ = writeln!(
            out,
            "  {} {code}: {reached} reached, {wrong} contradicted, {skipped} skipped",
            operation.id
        );
        for row in of(State::Contradicted) {
            let reason = row.reason.as_deref().unwrap_or_default();
            let _ =
                writeln!(out, "    contradicted  {}: {}", shown.of(row).1.name, one_line(reason));
        }
        if reached == 0 && wrong == 0 {
            for row in of(State::Skipped).take(3) {
                let reason = row.reason.as_deref().unwrap_or_default();
                let _ =
                    writeln!(out, "    skipped  {}: {}", shown.of(row).1.name, one_line(reason));
            }
        }
    }
    let count = |state| counts.get(&state).copied().unwrap_or(0);
    let _ = writeln!(
        out,
        "{} recipes: {} reached, {} contradicted, {} skipped; {} requests",
        shown.rows.len(),
        count(State::Reached),
        count(State::Contradicted),
        count(State::Skipped),
        shown.requests
    );
    out
}

/// Foreign text in one bounded line.
fn one_line(text: &str) -> String {
    let mut line: String =
        text.chars().take(REASON).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(REASON).is_some() {
        line.push('…');
    }
    line
}
