//! What documentation gets wrong by itself, before any request is sent: examples against schemas, schemas
//! that nothing can keep, one name with two meanings, codes without bodies. Works on every spec; what an
//! import found on pages ([`crate::page::Contradiction`]) is told in the same form.

mod across;
mod codes;
mod examples;
mod flaw;
mod masked;
mod pages;
mod rule;
mod schemas;
#[cfg(test)]
mod tests;

pub use flaw::Flaw;
pub use rule::Rule;

use crate::spec::Spec;
use flaw::Flaws;
use serde_json::{Map, Value};

/// Most flaws that are told of one spec.
const LIMIT: usize = 10_000;

/// The schemas of a spec with their places.
type Schemas<'a> = [(String, &'a Map<String, Value>)];

/// Everything that is wrong with a spec by itself, worst first, then in the order of the document.
pub fn lint(spec: &Spec) -> Vec<Flaw> {
    let mut flaws = Flaws::new(spec);
    for problem in &spec.problems {
        flaws.note(Rule::Unreadable, &problem.pointer, &[], problem.what.clone());
    }
    let all = spec.schemas();
    schemas::lint(&mut flaws, &all);
    examples::lint(&mut flaws, &all);
    codes::lint(&mut flaws);
    across::lint(&mut flaws, &all);
    pages::lint(&mut flaws, &all);
    let mut list = flaws.list;
    list.sort_by_key(|flaw| (std::cmp::Reverse(flaw.severity()), flaw.rule));
    list.truncate(LIMIT);
    list
}
