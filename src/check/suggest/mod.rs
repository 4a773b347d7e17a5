//! The smallest change to a spec that makes documented what a provider was seen to do.
//!
//! A [`Suggestions`] takes [`Edit`]s, one for each fault of each exchange, and folds those of one place into
//! one: the union of what was seen. Evidence alone counts; what a mock answered is nobody's conduct.

mod edit;
mod infer;
mod overlay;
mod patch;

pub use edit::{Edit, Kind};

use serde_json::Value;
use std::collections::BTreeMap;

/// Most places of all specs that changes are suggested for.
const PLACES: usize = 2_000;

/// Changes by spec and place.
#[derive(Debug, Clone, Default)]
pub struct Suggestions {
    edits: BTreeMap<(usize, String), Kind>,
}

/// In what form changes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON Patch (RFC 6902).
    Patch,
    /// `OpenAPI` Overlay 1.0.
    Overlay,
}

impl Suggestions {
    /// Takes an edit of the spec at a position in.
    pub fn add(&mut self, spec: usize, edit: Edit) {
        self.fold((spec, edit.pointer), edit.kind);
    }

    /// Takes what another has noted of the same specs in.
    pub fn join(&mut self, other: Self) {
        for (key, kind) in other.edits {
            self.fold(key, kind);
        }
    }

    fn fold(&mut self, key: (usize, String), kind: Kind) {
        if let Some(known) = self.edits.get_mut(&key) {
            known.fold(kind);
        } else if self.edits.len() < PLACES {
            self.edits.insert(key, kind);
        }
    }

    /// Positions of the specs that changes are suggested for.
    pub fn specs(&self) -> Vec<usize> {
        let mut specs: Vec<usize> = self.edits.keys().map(|(spec, _)| *spec).collect();
        specs.dedup();
        specs
    }

    /// The changes to one spec, whose document is normalised to 3.1.
    pub fn render(&self, spec: usize, document: &Value, form: Form) -> Value {
        let edits = self.edits.iter().filter(|((of, _), _)| *of == spec);
        let edits: Vec<(&str, &Kind)> =
            edits.map(|((_, pointer), kind)| (pointer.as_str(), kind)).collect();
        let operations = patch::operations(document, &edits);
        match form {
            Form::Patch => patch::render(&operations),
            Form::Overlay => overlay::render(document, &operations),
        }
    }
}

pub use edit::for_keyword;
pub use infer::schema as schema_of;
