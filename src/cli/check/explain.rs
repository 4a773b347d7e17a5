use crate::check::Rule;
use crate::cli::{Failure, Outcome, World};
use std::fmt::Write as _;

/// Prints what a rule is; every rule for the empty id.
pub(super) fn run(id: &str, world: &World) -> Result<Outcome, Failure> {
    if id.is_empty() {
        return world.print(&list());
    }
    let Some(rule) = Rule::parse(id) else {
        let ids: Vec<&str> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        return Err(Failure::asked(format!("`{id}` is not a rule"))
            .hint(format!("the rules are {}", ids.join(", "))));
    };
    let (severity, summary) = (rule.default_severity(), rule.summary());
    world.print(&format!("{rule} ({severity}): {summary}\n\n{}\n", rule.explanation()))
}

fn list() -> String {
    Rule::ALL.iter().fold(String::new(), |mut out, rule| {
        let (id, severity) = (rule.id(), rule.default_severity().as_str());
        let _ = writeln!(out, "{id:<24} {severity:<8} {}", rule.summary());
        out
    })
}
