//! What a format could not hold: kept by what it is and by the exchanges that it befell, so that a
//! conversion can tell all of it and drop nothing in silence.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// Most kinds of loss that are told apart; what comes after is counted as one.
const KIND_LIMIT: usize = 100;
/// Most runs of exchange numbers that one line lists.
const RUN_LIMIT: usize = 12;

/// The losses of one conversion.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses(BTreeMap<Cow<'static, str>, Vec<u64>>);

/// One kind of loss, with the exchanges that it befell: none where it is the whole file's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss<'a> {
    /// What was lost or taken for something else, in words.
    pub what: &'a str,
    /// Numbers of the exchanges, from 1, ascending.
    pub exchanges: &'a [u64],
}

impl Losses {
    /// Notes a loss of one exchange.
    pub fn of_exchange(&mut self, what: impl Into<Cow<'static, str>>, number: u64) {
        let numbers = self.entry(what.into());
        if numbers.last() != Some(&number) {
            numbers.push(number);
        }
    }

    /// Notes a loss of the whole file.
    pub fn of_file(&mut self, what: impl Into<Cow<'static, str>>) {
        self.entry(what.into());
    }

    /// Notes what another conversion lost.
    pub fn add(&mut self, loss: Loss<'_>) {
        let numbers = self.entry(Cow::Owned(loss.what.to_owned()));
        numbers.extend_from_slice(loss.exchanges);
        numbers.sort_unstable();
        numbers.dedup();
    }

    fn entry(&mut self, what: Cow<'static, str>) -> &mut Vec<u64> {
        let full = self.0.len() >= KIND_LIMIT && !self.0.contains_key(&what);
        self.0.entry(if full { Cow::Borrowed("more of other kinds") } else { what }).or_default()
    }

    /// Every kind of loss, by name.
    pub fn iter(&self) -> impl Iterator<Item = Loss<'_>> {
        self.0.iter().map(|(what, exchanges)| Loss { what, exchanges })
    }

    /// Whether nothing was lost.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Loss<'_> {
    /// `header case: exchanges 1-3, 7 (4)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)?;
        match self.exchanges {
            [] => Ok(()),
            [one] => write!(f, ": exchange {one}"),
            many => {
                f.write_str(": exchanges ")?;
                let runs = runs(many);
                for (index, (first, last)) in runs.iter().take(RUN_LIMIT).enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    match last - first {
                        0 => write!(f, "{comma}{first}")?,
                        _ => write!(f, "{comma}{first}-{last}")?,
                    }
                }
                let more = if runs.len() > RUN_LIMIT { ", …" } else { "" };
                write!(f, "{more} ({})", many.len())
            }
        }
    }
}

/// Ascending numbers as runs of neighbours.
fn runs(numbers: &[u64]) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_told_by_kind_and_by_exchange() {
        let mut losses = Losses::default();
        for number in [1, 2, 2, 3, 7] {
            losses.of_exchange("header case", number);
        }
        losses.of_exchange("trailers", 3);
        losses.of_file("time zone");
        let told: Vec<String> = losses.iter().map(|loss| loss.to_string()).collect();
        assert_eq!(
            told,
            ["header case: exchanges 1-3, 7 (4)", "time zone", "trailers: exchange 3"]
        );
        for number in 0..1000 {
            losses.of_exchange(format!("kind {number}"), number);
        }
        assert!(losses.iter().count() <= KIND_LIMIT + 1);
    }
}
