//! What counts when requests are compared, as a project, a cassette or a command line has it.
//!
//! [`Rules`] are layered: defaults, a cassette's header, `testimony.toml`, the command line. Later
//! layers add; of what can't be added the later one stands. Rules for an operation go before those
//! for all. What is in a [`Rules`] is known to be usable.

mod document;
mod force;
mod matchers;
mod words;

pub use document::{KEYS, RulesError};
pub(super) use force::HeaderRole;
pub use force::InForce;
pub use matchers::Matchers;
pub use words::{BadValue, Bind, BodyKind, Name, Pattern, Scope, XmlPath};

use crate::spec::Spec;
use std::sync::Arc;

/// Most rules together: a cassette is hostile input.
const MOST_RULES: usize = 500;

/// Matching rules; the default are none but those that always hold.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Rules for all requests.
    pub general: Matchers,
    /// Rules for some requests, in order.
    pub operations: Vec<(Scope, Matchers)>,
    specs: Arc<[Spec]>,
}

impl PartialEq for Rules {
    fn eq(&self, other: &Self) -> bool {
        self.general == other.general && self.operations == other.operations
    }
}

impl Rules {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.general.is_empty() && self.operations.is_empty()
    }

    /// Knows operations by their ids.
    #[must_use]
    pub fn knowing(mut self, specs: Arc<[Spec]>) -> Self {
        self.specs = specs;
        self
    }

    /// Scopes that are an operation's id which no spec has: their rules are not heeded.
    pub fn unknown_operations(&self) -> impl Iterator<Item = &Scope> {
        let known = |scope: &Scope| {
            let mut ids = self.specs.iter().flat_map(|spec| &spec.operations);
            ids.any(|operation| operation.id.as_str() == scope.as_str())
        };
        self.operations.iter().map(|(scope, _)| scope).filter(move |s| s.is_id() && !known(s))
    }

    /// These rules with a later layer on top.
    pub fn and(&self, later: &Self) -> Result<Self, RulesError> {
        let mut joined = self.clone();
        joined.general.add(&later.general);
        for (scope, matchers) in &later.operations {
            joined.scoped(scope).add(matchers);
        }
        if !later.specs.is_empty() {
            joined.specs = Arc::clone(&later.specs);
        }
        joined.measured()
    }

    /// The matchers of a scope.
    pub(super) fn scoped(&mut self, scope: &Scope) -> &mut Matchers {
        let known = self.operations.iter().position(|(known, _)| known == scope);
        let at = known.unwrap_or_else(|| {
            self.operations.push((scope.clone(), Matchers::default()));
            self.operations.len() - 1
        });
        &mut self.operations[at].1
    }

    fn measured(self) -> Result<Self, RulesError> {
        let all = self.operations.iter().map(|(_, matchers)| matchers).chain([&self.general]);
        let count: usize = all.map(|matchers| matchers.len() + 1).sum();
        if count > MOST_RULES + 1 { Err(RulesError::Many) } else { Ok(self) }
    }
}
