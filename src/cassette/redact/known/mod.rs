//! The secrets of a session: their numbers, and the search for those that are carried from place
//! to place.

mod placeholder;
pub(super) mod search;
mod trace;

use super::finding::Find;
use super::spread::View;
use crate::exchange::Digest;
use placeholder::{digits_number, numbered, placeholder};
pub use placeholder::{is_placeholder, placeholder_numbers, unshaped, without_numbers};
use search::Search;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;
pub use trace::Trace;

/// Shortest value that is looked for elsewhere.
const CARRIED_LENGTH: usize = 8;
/// Longest value that is: as far as large bodies are searched at once. A longer one is no credential
/// but the rest of a text, and would cost as much time in each spelling.
const CARRIED_LONGEST: usize = 64 * 1024;
/// Shortest value of lower-case letters alone that is.
const WORDS_LENGTH: usize = 20;
/// Shortest value of a cookie that is.
const COOKIE_LENGTH: usize = 12;
/// Most values that are looked for; beyond it, new ones are replaced only where rules find them.
const CARRIED_LIMIT: usize = 100_000;

#[derive(Default)]
pub(super) struct Known {
    /// What is known of each value, by its digest.
    values: HashMap<Digest, Entry>,
    /// The highest number given.
    highest: u32,
    carried: Vec<Carried>,
    /// Those of several lines.
    tall: Vec<usize>,
    search: Search,
    /// Numbers of the placeholders that stand in the texts already.
    reserved: HashSet<u32>,
}

/// Whether placeholders keep the shape of what they stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Digits stay digits.
    Kept,
    /// All are alike.
    Plain,
}

#[derive(Clone, Copy)]
struct Entry {
    number: u32,
    carried: bool,
}

struct Carried {
    number: u32,
    rule: Cow<'static, str>,
    value: Box<[u8]>,
}

/// A text after replacement, and which secret was replaced by which rule.
#[derive(Debug)]
pub(super) struct Replaced {
    pub(super) text: Vec<u8>,
    pub(super) notes: Vec<(u32, Cow<'static, str>)>,
}

impl Known {
    /// Numbers go on after this one.
    pub(super) fn start_after(&mut self, number: u32) {
        self.highest = self.highest.max(number);
    }

    /// Takes digits with these numbers for placeholders.
    pub(super) fn reserve(&mut self, numbers: impl IntoIterator<Item = u32>) {
        self.reserved.extend(numbers);
    }

    /// Whether a value is a placeholder already.
    fn is_replaced(&self, value: &[u8]) -> bool {
        std::str::from_utf8(value).is_ok_and(is_placeholder)
            || digits_number(value).is_some_and(|number| self.reserved.contains(&number))
    }

    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.values.len()).unwrap_or(u32::MAX)
    }

    /// How many values are looked for everywhere.
    pub(super) fn carried(&self) -> usize {
        self.carried.len()
    }

    /// The values that came to be looked for from the `from`th to before the `to`th.
    pub(super) fn values(&self, from: usize, to: usize) -> impl Iterator<Item = &[u8]> {
        self.carried.iter().take(to).skip(from).map(|carried| &*carried.value)
    }

    /// Where carried values stand in a text.
    pub(super) fn ranges(&self, text: &[u8]) -> impl Iterator<Item = Range<usize>> {
        self.search.hits(text).into_iter().map(|hit| hit.range)
    }

    /// Where a carried value of several lines begins whose first lines a text ends with.
    pub(super) fn begun(&self, text: &[u8]) -> Option<usize> {
        let begins = |tall: &usize| {
            let value = &*self.carried[*tall].value;
            let lines = value.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
            lines
                .map(|(at, _)| &value[..=at])
                .filter(|start| text.ends_with(start))
                .map(<[u8]>::len)
                .max()
        };
        self.tall.iter().filter_map(begins).max().map(|length| text.len() - length)
    }

    /// Whether [`Known::learn`] would learn something.
    pub(super) fn is_news(&self, find: &Find) -> bool {
        match self.values.get(&Digest::of(&find.value)) {
            None => !self.is_replaced(&find.value),
            Some(entry) => !entry.carried && is_carried(find),
        }
    }

    /// Takes note of what a rule found.
    pub(super) fn learn(&mut self, find: &Find) {
        if is_carried(find) {
            self.carry(&find.value, find.rule.clone());
        } else if !self.is_replaced(&find.value) {
            self.entry(&find.value);
        }
    }

    /// Looks for a value everywhere from now on.
    pub(super) fn carry(&mut self, value: &[u8], rule: Cow<'static, str>) {
        if value.is_empty() || self.is_replaced(value) {
            return;
        }
        let full = self.carried.len() >= CARRIED_LIMIT;
        let entry = self.entry(value);
        if entry.carried || full {
            return;
        }
        entry.carried = true;
        let number = entry.number;
        self.search.add(value);
        if value.contains(&b'\n') {
            self.tall.push(self.carried.len());
        }
        self.carried.push(Carried { number, rule, value: value.into() });
    }

    fn entry(&mut self, value: &[u8]) -> &mut Entry {
        let highest = &mut self.highest;
        self.values.entry(Digest::of(value)).or_insert_with(|| {
            *highest = highest.saturating_add(1);
            Entry { number: *highest, carried: false }
        })
    }

    /// Replaces what the rules found here and every carried value; `None` where nothing was.
    pub(super) fn replace(&self, text: &[u8], finds: &[Find], shape: Shape) -> Option<Replaced> {
        self.replace_spread(text, finds, &[], shape)
    }

    /// [`Known::replace`], and what is spread over pieces of the text.
    pub(super) fn replace_spread(
        &self,
        text: &[u8],
        finds: &[Find],
        views: &[View],
        shape: Shape,
    ) -> Option<Replaced> {
        let mut spots = self.spots(text, finds, shape);
        spots.extend(self.spread(views, shape).into_iter().flatten());
        if spots.is_empty() {
            return None;
        }
        spots.sort_by_key(|spot| (spot.start, std::cmp::Reverse(spot.end)));
        let mut replaced = Replaced { text: Vec::with_capacity(text.len()), notes: Vec::new() };
        let mut done = 0;
        for spot in spots {
            let Some(kept) = text.get(done..spot.start) else {
                // Where a find lies over the one before, the rest of it goes with that.
                done = done.max(spot.end);
                continue;
            };
            replaced.text.extend_from_slice(kept);
            replaced.text.extend_from_slice(spot.mark.as_bytes());
            replaced.notes.push((spot.number, spot.rule));
            done = spot.end;
        }
        replaced.text.extend_from_slice(&text[done.min(text.len())..]);
        Some(replaced)
    }

    fn spots(&self, text: &[u8], finds: &[Find], shape: Shape) -> Vec<Spot> {
        let mut spots = Vec::new();
        let shaped = |value: &[u8], number| match shape {
            Shape::Kept => placeholder(value, number),
            Shape::Plain => numbered(number),
        };
        for find in finds.iter().filter(|find| !find.range.is_empty()) {
            let Some(entry) = self.values.get(&Digest::of(&find.value)) else { continue };
            let number = entry.number;
            let mark = shaped(&find.value, number);
            // A number in JSON is replaced by a number or by a string, never by bare braces.
            let is_number = mark.bytes().all(|byte| byte.is_ascii_digit());
            let mark = if find.bare && !is_number { format!("\"{mark}\"") } else { mark };
            spots.push(Spot {
                start: find.range.start,
                end: find.range.end,
                number,
                mark,
                rule: find.rule.clone(),
            });
        }
        spots.extend(self.hits(text, shape).map(|(_, spot)| spot));
        spots
    }

    /// Where carried values stand in a text, and what takes their place.
    pub(super) fn hits(
        &self,
        text: &[u8],
        shape: Shape,
    ) -> impl Iterator<Item = (Range<usize>, Spot)> {
        self.search.hits(text).into_iter().map(move |hit| {
            let Carried { number, rule, value } = &self.carried[hit.value];
            let mark = match shape {
                Shape::Kept if hit.plain => placeholder(value, *number),
                _ => numbered(*number),
            };
            let Range { start, end } = hit.range;
            (start..end, Spot { start, end, number: *number, mark, rule: rule.clone() })
        })
    }
}

/// A place in a text, and what takes the place of what stands there.
pub(super) struct Spot {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) number: u32,
    pub(super) mark: String,
    pub(super) rule: Cow<'static, str>,
}

/// Whether a find is looked for elsewhere. It must be unlikely to stand there by chance:
/// `password` is a word, and many a cookie holds a date or a language.
fn is_carried(find: &Find) -> bool {
    let value = &find.value;
    if !find.carried || !(CARRIED_LENGTH..=CARRIED_LONGEST).contains(&value.len()) {
        return false;
    }
    let are_words =
        value.iter().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_' | b' '));
    if are_words {
        return value.len() >= WORDS_LENGTH;
    }
    let has = |is: fn(&u8) -> bool| value.iter().any(is);
    let mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    !find.rule.ends_with("cookie") || (value.len() >= COOKIE_LENGTH && mixed)
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Known({} secrets)", self.values.len())
    }
}
