//! What a run made, and whether it is gone again.

use std::collections::BTreeMap;

/// Something that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The operation that made it.
    pub operation: String,
    /// Its URL, where its path is documented.
    pub url: Option<String>,
    /// Whether the document has a DELETE of that URL.
    pub is_removable: bool,
    /// Whether it was removed.
    pub is_gone: bool,
}

impl Created {
    /// The documented request that removes it, as `DELETE URL`; `None` where the document has none.
    pub fn removal(&self) -> Option<String> {
        let url = self.url.as_ref().filter(|_| self.is_removable)?;
        Some(format!("DELETE {url}"))
    }
}

/// What was made, and where in the documents it belongs.
pub(super) struct Made {
    /// The position of the spec.
    pub(super) spec: usize,
    /// The template of its path.
    pub(super) item: String,
    /// Values of the template's variables.
    pub(super) values: BTreeMap<String, String>,
    pub(super) created: Created,
}

impl Made {
    /// Whether it is what a path leads to, and not gone.
    pub(super) fn is_here(
        &self,
        spec: usize,
        item: &str,
        values: &BTreeMap<String, String>,
    ) -> bool {
        self.spec == spec && self.item == item && self.values == *values && !self.created.is_gone
    }
}
