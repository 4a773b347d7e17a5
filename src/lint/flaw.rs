use super::Rule;
use crate::check::Severity;
use crate::spec::{Operation, PageSource, Spec};

/// Most places that are named beside the first.
const ALSO: usize = 5;

/// Something that documentation gets wrong by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Which rule.
    pub rule: Rule,
    /// File of the spec; empty where a page was read.
    pub spec: String,
    /// JSON pointer into the spec as it is read (3.1); empty where only a page has a place.
    pub pointer: String,
    /// Further places of the spec that it is about: what an example breaks, where a name is used
    /// otherwise.
    pub also: Vec<String>,
    /// Id of the operation that it stands in; empty where it stands in none, or in several.
    pub operation: String,
    /// The pages' lines that it is about.
    pub sources: Vec<PageSource>,
    /// What is wrong.
    pub what: String,
    /// What the spec holds instead of what the page says, where the two differ.
    pub resolved: Option<String>,
}

impl Flaw {
    /// How much it weighs.
    pub const fn severity(&self) -> Severity {
        self.rule.severity()
    }
}

/// Flaws of one spec as they are found.
pub(super) struct Flaws<'a> {
    pub spec: &'a Spec,
    pub list: Vec<Flaw>,
}

impl<'a> Flaws<'a> {
    pub const fn new(spec: &'a Spec) -> Self {
        Self { spec, list: Vec::new() }
    }

    /// Notes a flaw at a place, each but once.
    pub fn note(&mut self, rule: Rule, pointer: &str, also: &[&str], what: String) {
        let mut flaw = self.flaw(rule, pointer, what);
        for other in also.iter().take(ALSO) {
            for source in self.sources(other) {
                if !flaw.sources.contains(&source) {
                    flaw.sources.push(source);
                }
            }
            flaw.also.push((*other).to_owned());
        }
        self.put(flaw);
    }

    /// A flaw at a place.
    pub fn flaw(&self, rule: Rule, pointer: &str, what: String) -> Flaw {
        Flaw {
            rule,
            spec: self.spec.path.clone(),
            pointer: pointer.to_owned(),
            also: Vec::new(),
            operation: operation_at(self.spec, pointer).unwrap_or_default(),
            sources: self.sources(pointer),
            what,
            resolved: None,
        }
    }

    fn sources(&self, pointer: &str) -> Vec<PageSource> {
        let mut sources = self.spec.source_of(pointer);
        sources.retain(|source| source.page.is_some());
        sources
    }

    /// Adds a flaw, once.
    pub fn put(&mut self, flaw: Flaw) {
        let known = |other: &Flaw| {
            (other.rule, &other.pointer, &other.what, &other.sources)
                == (flaw.rule, &flaw.pointer, &flaw.what, &flaw.sources)
        };
        // Those that are one stand close together: a shared component is met once.
        if !self.list.iter().rev().take(64).any(known) {
            self.list.push(flaw);
        }
    }
}

/// Id of the operation that a place stands in.
fn operation_at(spec: &Spec, pointer: &str) -> Option<String> {
    let inside = |operation: &&Operation| {
        let rest = pointer.strip_prefix(operation.pointer.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    Some(spec.operations.iter().find(inside)?.id.to_string())
}
