use super::catalogue::{Catalogue, Item};
use super::marks::Marks;
use super::shape::Named;
use crate::exchange::Digest;
use std::collections::{BTreeMap, HashSet};

/// A spec of a run, and which of the things that it documents exchanges have shown: numbered in
/// the order of the document, so that results of the same spec can be added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exercised {
    /// Its path.
    pub path: String,
    /// Its title.
    pub title: String,
    /// Digest of its bytes.
    pub digest: Digest,
    /// What was seen of each kind.
    pub seen: BTreeMap<Kind, Marks>,
}

/// Kinds of things that a spec documents, besides the codes, which are the ledger's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Paths.
    Path,
    /// Operations.
    Operation,
    /// Parameters, and fields of request bodies.
    Parameter,
    /// Fields of response bodies.
    Property,
    /// Values of enumerations, in requests and responses.
    EnumValue,
    /// Media types of request and response bodies.
    MediaType,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Path,
        Self::Operation,
        Self::Parameter,
        Self::Property,
        Self::EnumValue,
        Self::MediaType,
    ];

    /// The word used in results.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Path => "paths",
            Self::Operation => "operations",
            Self::Parameter => "parameters",
            Self::Property => "properties",
            Self::EnumValue => "enum_values",
            Self::MediaType => "media_types",
        }
    }

    const fn of(item: &Item) -> Self {
        match item {
            Item::Operation(_) => Self::Operation,
            Item::RequestMedia(..) | Item::ResponseMedia(..) => Self::MediaType,
            Item::Request(_, Named::Value(..)) | Item::Response(_, Named::Value(..)) => {
                Self::EnumValue
            }
            Item::Parameter(..) | Item::Request(_, Named::Field(..)) => Self::Parameter,
            Item::Response(_, Named::Field(..)) => Self::Property,
        }
    }
}

impl Exercised {
    /// What was seen of each spec of a catalogue, in its order.
    pub fn of(catalogue: &Catalogue<'_>, seen: &HashSet<Item>) -> Vec<Self> {
        let mut shown: Vec<Self> = catalogue
            .specs
            .iter()
            .map(|spec| Self {
                path: spec.path.clone(),
                title: spec.title.clone(),
                digest: spec.digest,
                seen: Kind::ALL.into_iter().map(|kind| (kind, Marks::default())).collect(),
            })
            .collect();
        let mut items: Vec<&Item> = catalogue.items.iter().collect();
        items.sort_unstable();
        for item in items {
            shown[catalogue.spec_of(item)].count(Kind::of(item), seen.contains(item));
        }
        let mut paths: BTreeMap<(usize, &str), bool> = BTreeMap::new();
        for (position, listed) in catalogue.operations.iter().enumerate() {
            *paths.entry((listed.spec_index, &listed.operation.path)).or_default() |=
                seen.contains(&Item::Operation(position));
        }
        for ((spec, _), seen) in paths {
            shown[spec].count(Kind::Path, seen);
        }
        shown
    }

    fn count(&mut self, kind: Kind, seen: bool) {
        self.seen.entry(kind).or_default().count(seen);
    }

    /// Adds what another run has seen of the same spec. `None` where it is not the same.
    pub fn unite(&mut self, other: Self) -> Option<()> {
        for (kind, marks) in other.seen {
            self.seen.get_mut(&kind)?.unite(marks)?;
        }
        Some(())
    }
}
