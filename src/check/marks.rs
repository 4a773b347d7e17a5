use std::collections::BTreeSet;
use std::fmt;

/// Most numbers that a set of marks may range over: more than any document names.
const LIMIT: usize = 10_000_000;

/// Which of the things that are counted from 0 were seen. Written as ranges: `0-3,7`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks {
    of: usize,
    marked: BTreeSet<usize>,
}

impl Marks {
    /// Counts one more thing.
    pub fn count(&mut self, seen: bool) {
        if seen {
            self.marked.insert(self.of);
        }
        self.of += 1;
    }

    /// How many things there are.
    pub const fn of(&self) -> usize {
        self.of
    }

    /// How many of them were seen.
    pub fn seen(&self) -> usize {
        self.marked.len()
    }

    /// Marks what is marked in the other set. `None` where they are not sets of as many things.
    pub fn unite(&mut self, other: Self) -> Option<()> {
        (self.of == other.of).then(|| self.marked.extend(other.marked))
    }

    /// Reads what [`fmt::Display`] wrote of `of` things.
    pub fn parse(text: &str, of: usize) -> Option<Self> {
        let mut marks = Self { of: Some(of).filter(|of| *of <= LIMIT)?, marked: BTreeSet::new() };
        for range in text.split(',').filter(|range| !range.is_empty()) {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
            if first > last || last >= of {
                return None;
            }
            marks.marked.extend(first..=last);
        }
        Some(marks)
    }
}

impl fmt::Display for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut numbers = self.marked.iter().copied().peekable();
        let mut comma = "";
        while let Some(first) = numbers.next() {
            let mut last = first;
            while numbers.next_if_eq(&(last + 1)).is_some() {
                last += 1;
            }
            write!(f, "{comma}{first}")?;
            if last > first {
                write!(f, "-{last}")?;
            }
            comma = ",";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn faults_are_not_read() {
        for text in ["3", "2-1", "a", "0--1", "-1", "0-3"] {
            assert_eq!(Marks::parse(text, 3), None, "{text}");
        }
        assert_eq!(Marks::parse("", LIMIT + 1), None);
        assert_eq!(Marks::parse("0-2", 3).unwrap().seen(), 3);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(seen in prop::collection::vec(any::<bool>(), 0..60)) {
            let mut marks = Marks::default();
            for seen in &seen {
                marks.count(*seen);
            }
            prop_assert_eq!(marks.seen(), seen.iter().filter(|seen| **seen).count());
            prop_assert_eq!(Marks::parse(&marks.to_string(), seen.len()), Some(marks));
        }
    }
}
