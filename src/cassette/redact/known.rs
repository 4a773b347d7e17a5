//! The secrets of a session: their numbers, and the search for those that are carried from place
//! to place.

use super::encodings::spellings;
use super::finds::{Find, Sort};
use super::placeholder::{is_placeholder, placeholder};
use crate::exchange::Digest;
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::HashMap;
use std::fmt;

/// Shortest value that is looked for elsewhere.
const CARRIED_LENGTH: usize = 8;
/// Most values that are looked for; beyond it, new ones are replaced only where rules find them.
const CARRIED_LIMIT: usize = 10_000;

#[derive(Default)]
pub(super) struct Known {
    /// Number of each value, by its digest.
    numbers: HashMap<Digest, u32>,
    carried: Vec<Carried>,
    /// Spellings of all carried values, each with the index of its value.
    search: Option<(AhoCorasick, Vec<usize>)>,
    /// The search lacks values that were learnt since it was built.
    outdated: bool,
}

struct Carried {
    number: u32,
    rule: String,
    value: Vec<u8>,
}

/// A text after replacement, and which secret was replaced by which rule.
pub(super) struct Replaced {
    pub(super) text: Vec<u8>,
    pub(super) notes: Vec<(u32, String)>,
}

impl Known {
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.numbers.len()).unwrap_or(u32::MAX)
    }

    /// Takes note of what a rule found.
    pub(super) fn learn(&mut self, find: &Find) {
        let Find { value, rule, carried, .. } = find;
        if *carried && value.len() >= CARRIED_LENGTH && tells(value) {
            self.carry(value, rule);
        } else {
            self.number(value);
        }
    }

    /// Looks for a value everywhere from now on.
    pub(super) fn carry(&mut self, value: &[u8], rule: &str) {
        let fresh = !self.carried.iter().any(|carried| carried.value == value);
        if value.is_empty() || !fresh || is_placeholder(&String::from_utf8_lossy(value)) {
            return;
        }
        let number = self.number(value);
        if self.carried.len() < CARRIED_LIMIT {
            self.carried.push(Carried { number, rule: rule.to_owned(), value: value.to_vec() });
            self.outdated = true;
        }
    }

    fn number(&mut self, value: &[u8]) -> u32 {
        let next = self.count() + 1;
        *self.numbers.entry(Digest::of(value)).or_insert(next)
    }

    fn refresh(&mut self) {
        if !self.outdated {
            return;
        }
        let mut texts = Vec::new();
        let mut owners = Vec::new();
        for (index, carried) in self.carried.iter().enumerate() {
            for spelling in spellings(&carried.value) {
                texts.push(spelling);
                owners.push(index);
            }
        }
        let built = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(texts);
        self.search = built.ok().map(|search| (search, owners));
        self.outdated = false;
    }

    /// Replaces what the rules found here and every carried value; `None` where nothing was.
    pub(super) fn replace(&mut self, text: &[u8], finds: &[Find], sort: &Sort) -> Option<Replaced> {
        self.refresh();
        let mut spots = self.spots(text, finds);
        if spots.is_empty() {
            return None;
        }
        spots.sort_by_key(|spot| (spot.start, std::cmp::Reverse(spot.end)));
        let mut replaced = Replaced { text: Vec::with_capacity(text.len()), notes: Vec::new() };
        let mut done = 0;
        for spot in spots {
            if spot.start < done {
                continue;
            }
            replaced.text.extend_from_slice(&text[done..spot.start]);
            let mark = placeholder(&spot.value, spot.number);
            // A number in JSON is replaced by a number or by a string, never by bare braces.
            let bare = *sort == Sort::Json
                && spot.value.iter().all(u8::is_ascii_digit)
                && (spot.start == 0
                    || matches!(text[spot.start - 1], b':' | b' ' | b'\t' | b'\n' | b'\r'))
                && !mark.bytes().all(|byte| byte.is_ascii_digit());
            let mark = if bare { format!("\"{mark}\"") } else { mark };
            replaced.text.extend_from_slice(mark.as_bytes());
            replaced.notes.push((spot.number, spot.rule));
            done = spot.end;
        }
        replaced.text.extend_from_slice(&text[done..]);
        Some(replaced)
    }

    fn spots(&mut self, text: &[u8], finds: &[Find]) -> Vec<Spot> {
        let mut spots = Vec::new();
        for find in finds.iter().filter(|find| !find.range.is_empty()) {
            if is_placeholder(&String::from_utf8_lossy(&find.value)) {
                continue;
            }
            spots.push(Spot {
                start: find.range.start,
                end: find.range.end,
                number: self.number(&find.value),
                value: find.value.clone(),
                rule: find.rule.clone(),
            });
        }
        if let Some((search, owners)) = &self.search {
            for hit in search.find_iter(text) {
                let carried = &self.carried[owners[hit.pattern().as_usize()]];
                spots.push(Spot {
                    start: hit.start(),
                    end: hit.end(),
                    number: carried.number,
                    value: carried.value.clone(),
                    rule: carried.rule.clone(),
                });
            }
        }
        spots
    }
}

struct Spot {
    start: usize,
    end: usize,
    number: u32,
    value: Vec<u8>,
    rule: String,
}

/// Whether a value is unlikely to stand elsewhere by chance: `password` is a word, not a secret.
fn tells(value: &[u8]) -> bool {
    !value.iter().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_' | b' '))
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Known({} secrets)", self.numbers.len())
    }
}
