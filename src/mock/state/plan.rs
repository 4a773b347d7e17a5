//! What the operations of all documents together make of the world: which things can be created,
//! which are only listed, and where jobs are asked for.

use super::names::{Verb, is_job};
use super::role::{Kind, Role};
use crate::spec::{Operation, Spec};
use serde_json::Value;
use std::collections::HashMap;

/// The key of jobs, whatever path asks for them.
pub(super) const JOBS: &str = "jobs";
/// Deepest nesting at which an answer's job is looked for.
const DEPTH: usize = 3;

/// Roles of all operations.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// By the spec's path and the operation's place in it.
    roles: HashMap<String, HashMap<String, Role>>,
    /// What is known of things by the key of their kind.
    kinds: HashMap<String, Means>,
}

/// By what a kind of things is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Means {
    /// Something creates them: what was not created is not there.
    pub made: bool,
    /// Something lists them.
    listed: bool,
    /// Something reads, changes or deletes one.
    touched: bool,
}

impl Means {
    /// Whether the things that there are are those of the documented list.
    pub fn inhabited(self) -> bool {
        !self.made && self.listed && self.touched
    }
}

impl Plan {
    pub fn of(specs: &[Spec]) -> Self {
        let mut plan = Self::default();
        let mut candidates: Vec<(&Spec, &Operation, Role)> = Vec::new();
        let mut gives_jobs = false;
        for spec in specs {
            for operation in &spec.operations {
                gives_jobs |= gives_job(spec, operation);
                let Some(role) = Role::of(spec, operation) else { continue };
                candidates.push((spec, operation, role));
            }
        }
        for (_, operation, role) in &candidates {
            let means = plan.kinds.entry(role.kind.key.clone()).or_default();
            match role.verb {
                Some(Verb::List) => means.listed = true,
                Some(Verb::Read | Verb::Change | Verb::Delete) => means.touched |= role.names_one,
                // A `PUT` to what is not there makes it where 201 is documented.
                Some(Verb::Replace) => {
                    means.touched |= role.names_one;
                    means.made |= may_make(operation);
                }
                Some(Verb::Create) | None => {}
            }
        }
        for (_, operation, role) in &mut candidates {
            if role.verb != Some(Verb::Create) {
                continue;
            }
            let means = plan.kinds.entry(role.kind.key.clone()).or_default();
            if means.listed || means.touched || says_create(operation) {
                means.made = true;
            } else {
                role.verb = None;
            }
        }
        for (spec, operation, mut role) in candidates {
            let is_made = plan.kinds.get(&role.kind.key).is_some_and(|means| means.made);
            if gives_jobs
                && !is_made
                && role.verb == Some(Verb::Read)
                && asks_for_job(operation, &role)
            {
                JOBS.clone_into(&mut role.kind.key);
                role.kind.before.clear();
                plan.kinds.insert(JOBS.to_owned(), Means { made: true, ..Means::default() });
            }
            let roles = plan.roles.entry(spec.path.clone()).or_default();
            roles.insert(operation.pointer.clone(), role);
        }
        plan
    }

    pub fn role(&self, spec: &Spec, operation: &Operation) -> Option<&Role> {
        self.roles.get(&spec.path)?.get(&operation.pointer)
    }

    pub fn means(&self, kind: &Kind) -> Means {
        self.kinds.get(&kind.key).copied().unwrap_or_default()
    }
}

/// Whether a `PUT` may create.
pub(super) fn may_make(operation: &Operation) -> bool {
    operation.promises.iter().any(|promise| promise.code == crate::spec::CodePattern::Code(201))
}

fn says_create(operation: &Operation) -> bool {
    let name = operation.selector.as_ref().map_or(operation.id.as_str(), |s| s.value.as_str());
    let first = super::names::words(name).into_iter().next();
    first.is_some_and(|word| Verb::of(&word) == Some(Verb::Create))
        || operation.promises.iter().any(|p| p.code == crate::spec::CodePattern::Code(201))
}

/// Whether an operation reads what a job has come to.
fn asks_for_job(operation: &Operation, role: &Role) -> bool {
    let by_path = role.kind.variable.as_deref().is_some_and(|name| {
        is_job(name)
            || (is_id(name) && ["job", "task", "operation"].contains(&role.kind.noun.as_str()))
    });
    let by_query = || operation.parameters.iter().any(|p| p.required && is_job(&p.name));
    by_path || (role.kind.variable.is_none() && by_query())
}

fn is_id(name: &str) -> bool {
    super::names::is_id_of(name, "")
}

/// Whether an operation's success names a job.
fn gives_job(spec: &Spec, operation: &Operation) -> bool {
    if operation.method == "GET" {
        return false;
    }
    let success = operation.promises.iter().filter(|promise| match promise.code {
        crate::spec::CodePattern::Code(code) => code / 100 == 2,
        crate::spec::CodePattern::Range(class) => class == 2,
        crate::spec::CodePattern::Default => true,
    });
    let schemas = success.flat_map(|promise| &promise.media).filter_map(|m| m.schema.as_ref());
    schemas.filter_map(|schema| spec.schema(schema)).any(|schema| names_job(spec, schema, DEPTH))
}

fn names_job(spec: &Spec, schema: &Value, depth: usize) -> bool {
    let Some(schema) = spec.resolved(schema) else { return false };
    let members = schema.get("properties").and_then(Value::as_object);
    let parts = schema.get("allOf").and_then(Value::as_array);
    members.is_some_and(|members| members.keys().any(|name| is_job(name)))
        || (depth > 0
            && (members
                .is_some_and(|m| m.values().take(32).any(|m| names_job(spec, m, depth - 1)))
                || parts.is_some_and(|p| p.iter().take(8).any(|p| names_job(spec, p, depth - 1)))))
}
