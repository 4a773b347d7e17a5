use super::exercised::{Exercised, Kind};
use super::verdict::LedgerRow;
use crate::spec::CodePattern;
use std::collections::BTreeMap;

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
    pub fn of(specs: &[Exercised], ledger: &[LedgerRow]) -> Self {
        let all = |kind| {
            let mut pair = Pair::default();
            for marks in specs.iter().filter_map(|spec| spec.seen.get(&kind)) {
                pair.seen += marks.seen();
                pair.total += marks.of();
            }
            pair
        };
        let (codes, classes) = codes(ledger);
        let mut coverage = Self {
            operations: all(Kind::Operation),
            codes,
            parameters: all(Kind::Parameter),
            properties: all(Kind::Property),
            enum_values: all(Kind::EnumValue),
            media_types: all(Kind::MediaType),
            level: 0,
        };
        let paths = all(Kind::Path);
        let steps = [
            paths.total > 0 && paths.is_full(),
            coverage.operations.is_full(),
            coverage.media_types.is_full(),
            coverage.parameters.is_full() && classes.is_full(),
            coverage.enum_values.is_full() && coverage.codes.is_full(),
            coverage.properties.is_full(),
        ];
        coverage.level =
            (1..).zip(steps).take_while(|(_, step)| *step).last().map_or(0, |(n, _)| n);
        coverage
    }
}

/// The codes that were seen, and the classes of codes of each operation.
fn codes(ledger: &[LedgerRow]) -> (Pair, Pair) {
    let (mut codes, mut of_operations) = (Pair::default(), Pair::default());
    let mut classes = BTreeMap::new();
    for row in ledger {
        let shown = row.exchanges > 0;
        codes.count(shown);
        let class = match CodePattern::parse(&row.code) {
            Some(CodePattern::Code(code)) => u8::try_from(code / 100).unwrap_or(0),
            Some(CodePattern::Range(class)) => class,
            Some(CodePattern::Default) | None => continue,
        };
        let operation = (&row.spec, &row.method, &row.path, &row.operation);
        *classes.entry((operation, class)).or_default() |= shown;
    }
    for shown in classes.into_values() {
        of_operations.count(shown);
    }
    (codes, of_operations)
}
