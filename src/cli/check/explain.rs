use crate::check::Rule;
use crate::cli::explain::{self, Explained};
use crate::cli::{Failure, Outcome, World};

/// Prints what a rule is; every rule for the empty id.
pub(super) fn run(id: &str, world: &World) -> Result<Outcome, Failure> {
    let rules = Rule::ALL.map(|rule| Explained {
        id: rule.id(),
        severity: rule.default_severity().as_str(),
        summary: rule.summary(),
        explanation: rule.explanation(),
    });
    explain::run(id, &rules, world)
}
