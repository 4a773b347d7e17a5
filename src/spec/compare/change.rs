use crate::spec::model::{PageSource, Spec};
use std::collections::HashMap;
use std::fmt;

/// What two documents differ in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Breaking changes first, then unknown ones; in the order of the documents.
    pub changes: Vec<Change>,
}

impl Comparison {
    /// How many changes have an impact.
    pub fn count(&self, impact: Impact) -> usize {
        self.changes.iter().filter(|change| change.impact == impact).count()
    }
}

/// What a change means to a client that was written by the first document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Impact {
    /// It may fail.
    Breaking,
    /// That depends on what the documents do not say.
    Unknown,
    /// It works as before.
    NonBreaking,
}

impl Impact {
    /// Every impact, worst news first.
    pub const ALL: [Self; 3] = [Self::Breaking, Self::Unknown, Self::NonBreaking];

    /// The word of reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Unknown => "unknown",
            Self::NonBreaking => "non-breaking",
        }
    }
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One change, wherever it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What kind it is (`enum-value-removed`).
    pub kind: &'static str,
    /// What it means.
    pub impact: Impact,
    /// What changed, in words.
    pub what: String,
    /// Where it stands in the first document; `None` for what is new.
    pub before: Option<Spot>,
    /// Where it stands in the second document; `None` for what is gone.
    pub after: Option<Spot>,
    /// Where it shows: never empty.
    pub uses: Vec<Use>,
}

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// JSON pointer.
    pub pointer: String,
    /// Pages that it was read from.
    pub sources: Vec<PageSource>,
}

/// Where a change shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Use {
    /// Id of the operation; as the first document has it, where that has it.
    pub operation: String,
    /// Part of the exchange: `query:limit`, `request application/json`, `200 header:ETag`.
    pub place: String,
    /// Pointer into the value there, items as `*`.
    pub at: String,
}

/// Changes as they are found.
#[derive(Debug, Default)]
pub(super) struct Changes {
    list: Vec<Found>,
    known: HashMap<Found, usize>,
    uses: Vec<Vec<Use>>,
}

/// A change without its uses. Pointers where there are any.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Found {
    pub kind: &'static str,
    pub impact: Impact,
    pub what: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// Most changes that are told, and most uses of one.
const MOST: usize = 10_000;

impl Changes {
    pub fn len(&self) -> usize {
        self.uses.iter().map(Vec::len).sum()
    }

    pub fn note(&mut self, found: Found, shown: Use) {
        let at = match self.known.get(&found) {
            Some(at) => *at,
            None if self.list.len() >= MOST => return,
            None => {
                self.known.insert(found.clone(), self.list.len());
                self.list.push(found);
                self.uses.push(Vec::new());
                self.list.len() - 1
            }
        };
        let uses = &mut self.uses[at];
        if uses.len() < MOST && !uses.contains(&shown) {
            uses.push(shown);
        }
    }

    pub fn told(self, before: &Spec, after: &Spec) -> Comparison {
        let spot = |spec: &Spec, pointer: Option<String>| {
            pointer.map(|pointer| Spot { sources: spec.source_of(&pointer), pointer })
        };
        let change = |(found, uses): (Found, Vec<Use>)| Change {
            kind: found.kind,
            impact: found.impact,
            what: found.what,
            before: spot(before, found.before),
            after: spot(after, found.after),
            uses,
        };
        let mut changes: Vec<Change> = self.list.into_iter().zip(self.uses).map(change).collect();
        changes.sort_by_key(|change| change.impact);
        Comparison { changes }
    }
}
