use super::catalogue::{Catalogue, Item};
use super::ledger::Cell;
use super::shape::Named;
use crate::spec::CodePattern;
use std::collections::{BTreeMap, HashSet};

/// How much of the documentation the judged exchanges touch, each as seen of total. It says what
/// was exercised, by any source; what was proven is the ledger's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Operations called.
    pub operations: Pair,
    /// Operation × documented code.
    pub codes: Pair,
    /// Parameters, and fields of request bodies.
    pub parameters: Pair,
    /// Fields of response bodies.
    pub properties: Pair,
    /// Values of enumerations, in requests and responses.
    pub enum_values: Pair,
    /// Media types of request and response bodies.
    pub media_types: Pair,
    /// Test coverage level, 0 to 6; see [`Coverage::of`].
    pub level: u8,
}

/// Seen of total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pair {
    /// How many were seen.
    pub seen: usize,
    /// How many there are.
    pub total: usize,
}

impl Pair {
    fn is_full(self) -> bool {
        self.seen == self.total
    }

    fn count(&mut self, seen: bool) {
        self.total += 1;
        self.seen += usize::from(seen);
    }
}

impl Coverage {
    /// Counts. The level follows Martin-Lopez, Segura and Ruiz Cortés ("Test coverage criteria for
    /// `RESTful` web APIs", A-TEST 2019), each needing those before it: 1 every path; 2 every
    /// operation; 3 every media type; 4 every parameter, and every documented class of status codes
    /// of every operation; 5 every value of every enumeration, and every code; 6 every field of
    /// every response. Level 7, sequences of operations, is not defined by a spec and never given.
    pub fn of(catalogue: &Catalogue<'_>, cells: &[Cell], seen: &HashSet<Item>) -> Self {
        let mut coverage = Self::default();
        for item in &catalogue.items {
            coverage.pair_of(item).count(seen.contains(item));
        }
        let mut paths: BTreeMap<(usize, &str), bool> = BTreeMap::new();
        for (position, listed) in catalogue.operations.iter().enumerate() {
            *paths.entry((listed.spec_index, &listed.operation.path)).or_default() |=
                seen.contains(&Item::Operation(position));
        }
        let mut classes: BTreeMap<(usize, u8), bool> = BTreeMap::new();
        for (row, cell) in catalogue.rows.iter().zip(cells) {
            let shown = cell.exchanges > 0;
            coverage.codes.count(shown);
            let class = match row.promise.code {
                CodePattern::Code(code) => u8::try_from(code / 100).unwrap_or(0),
                CodePattern::Range(class) => class,
                CodePattern::Default => continue,
            };
            *classes.entry((row.operation, class)).or_default() |= shown;
        }
        let steps = [
            !paths.is_empty() && paths.values().all(|seen| *seen),
            coverage.operations.is_full(),
            coverage.media_types.is_full(),
            coverage.parameters.is_full() && classes.values().all(|seen| *seen),
            coverage.enum_values.is_full() && coverage.codes.is_full(),
            coverage.properties.is_full(),
        ];
        coverage.level =
            (1..).zip(steps).take_while(|(_, step)| *step).last().map_or(0, |(n, _)| n);
        coverage
    }

    fn pair_of(&mut self, item: &Item) -> &mut Pair {
        match item {
            Item::Operation(_) => &mut self.operations,
            Item::RequestMedia(..) | Item::ResponseMedia(..) => &mut self.media_types,
            Item::Request(_, Named::Value(..)) | Item::Response(_, Named::Value(..)) => {
                &mut self.enum_values
            }
            Item::Parameter(..) | Item::Request(_, Named::Field(..)) => &mut self.parameters,
            Item::Response(_, Named::Field(..)) => &mut self.properties,
        }
    }
}
