//! `--explain [RULE]`: what the rules of `check` and of `spec lint` are.

use super::{Failure, Outcome, World};
use std::fmt::Write as _;

/// A rule as people are told of it.
pub(super) struct Explained {
    pub(super) id: &'static str,
    pub(super) severity: &'static str,
    pub(super) summary: &'static str,
    pub(super) explanation: &'static str,
}

/// Prints what a rule is; every rule for the empty id.
pub(super) fn run(id: &str, rules: &[Explained], world: &World) -> Result<Outcome, Failure> {
    if id.is_empty() {
        let list = rules.iter().fold(String::new(), |mut out, rule| {
            let _ = writeln!(out, "{:<24} {:<8} {}", rule.id, rule.severity, rule.summary);
            out
        });
        return world.print(&list);
    }
    let Some(rule) = rules.iter().find(|rule| rule.id == id) else {
        let ids: Vec<&str> = rules.iter().map(|rule| rule.id).collect();
        return Err(Failure::asked(format!("`{id}` is not a rule"))
            .hint(format!("the rules are {}", ids.join(", "))));
    };
    let Explained { id, severity, summary, explanation } = rule;
    world.print(&format!("{id} ({severity}): {summary}\n\n{explanation}\n"))
}
