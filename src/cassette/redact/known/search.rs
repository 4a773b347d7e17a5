//! The search for many values at once, in the spellings in which they travel. A value is added without
//! building anything anew, and a text without a find costs about a nanosecond a byte.

use crate::cassette::redact::spelling::encodings::{Form, forms, rare_forms};
use crate::cassette::redact::spelling::{escapes, lines};
use std::collections::HashMap;
use std::ops::Range;

/// Length of the piece of a spelling that is looked up, in bytes.
pub const PIECE: usize = 8;
/// Longest run of base64 around a find that is replaced as a whole.
const RUN: usize = 1024;
/// Values that are looked for in rare spellings, too: those of `--secret-env` are among the first.
const RARE: usize = 1000;
/// Filter bits for each piece, at least.
const BITS: usize = 16;

/// A value that stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub range: Range<usize>,
    /// Index of the value, in the order of [`Search::add`].
    pub value: usize,
    /// Whether it stands there as it is, escapes aside.
    pub plain: bool,
}

/// Looks for values.
#[derive(Default)]
pub struct Search {
    needles: Vec<Needle>,
    /// The last needle with each piece; the others hang on it.
    heads: HashMap<u64, u32>,
    /// A bit for the hash of each piece.
    filter: Vec<u64>,
    /// Spellings shorter than a piece: only the user names values so short.
    short: Vec<(Vec<u8>, usize)>,
    values: usize,
}

/// A spelling that is looked for.
struct Needle {
    text: Box<[u8]>,
    form: Form,
    value: usize,
    /// Where its piece stands in it.
    at: usize,
    next: Option<u32>,
}

impl Search {
    /// Looks for a value from now on, too.
    pub fn add(&mut self, value: &[u8]) {
        let index = self.values;
        self.values += 1;
        let rare = if index < RARE { rare_forms(value) } else { Vec::new() };
        for (form, text) in forms(value).into_iter().chain(rare) {
            if text.len() < PIECE {
                self.short.push((text, index));
                continue;
            }
            let at = self.rarest(&text);
            let piece = piece_at(&text, at);
            let place = u32::try_from(self.needles.len()).unwrap_or(u32::MAX);
            let next = self.heads.insert(piece, place);
            self.needles.push(Needle { text: text.into(), form, value: index, at, next });
            self.mark(piece);
        }
    }

    /// Of some places in a spelling the one whose piece the fewest others have: tokens of one kind
    /// begin alike.
    fn rarest(&self, text: &[u8]) -> usize {
        let last = text.len() - PIECE;
        let shared = |at: &usize| {
            let mut next = self.heads.get(&piece_at(text, *at)).copied();
            let mut count = 0;
            while let Some(place) = next.filter(|_| count < 8) {
                count += 1;
                next = self.needles[place as usize].next;
            }
            count
        };
        [last, last / 2, last / 4, 3 * last / 4, 0].into_iter().min_by_key(shared).unwrap_or(0)
    }

    fn mark(&mut self, piece: u64) {
        if self.filter.len() * 64 < self.needles.len() * BITS {
            let words = (self.needles.len() * BITS * 4 / 64).next_power_of_two().max(256);
            self.filter = vec![0; words];
            let pieces: Vec<u64> = self.heads.keys().copied().collect();
            for piece in pieces {
                self.set(piece);
            }
        }
        self.set(piece);
    }

    fn set(&mut self, piece: u64) {
        let (word, bit) = self.place(piece);
        if let Some(found) = self.filter.get_mut(word) {
            *found |= 1 << bit;
        }
    }

    fn place(&self, piece: u64) -> (usize, u32) {
        let hash = hashed(piece);
        let word = usize::try_from(hash >> 32).unwrap_or_default() & (self.filter.len() - 1);
        (word, ((hash >> 20) & 63) as u32)
    }

    /// Every place where one of the values stands. Places may overlap.
    pub fn hits(&self, text: &[u8]) -> Vec<Hit> {
        let mut found = Vec::new();
        if self.values == 0 {
            return found;
        }
        self.layer(text, &mut found);
        // Any character may be escaped, letters and digits, too.
        escapes::for_each_layer(text, |plain, source| {
            let from = found.len();
            self.layer(plain, &mut found);
            for hit in &mut found[from..] {
                hit.range = source(hit.range.start)..source(hit.range.end);
            }
        });
        found
    }

    /// Looks through a text as it is, and without the line ends that its encoding put into it.
    fn layer(&self, text: &[u8], found: &mut Vec<Hit>) {
        self.search(text, found);
        lines::for_each_joined(text, |joined, source| {
            let from = found.len();
            self.search(joined, found);
            for hit in &mut found[from..] {
                hit.range = source(hit.range.start)..source(hit.range.end);
            }
        });
    }

    fn search(&self, text: &[u8], found: &mut Vec<Hit>) {
        if !self.filter.is_empty() {
            for (at, window) in text.windows(PIECE).enumerate() {
                let piece = piece_at(window, 0);
                let (word, bit) = self.place(piece);
                if self.filter[word] >> bit & 1 == 1 {
                    self.compare(text, at, piece, found);
                }
            }
        }
        for (short, value) in &self.short {
            for (at, window) in text.windows(short.len()).enumerate() {
                if window == short.as_slice() {
                    let range = at..at + short.len();
                    found.push(Hit { range, value: *value, plain: true });
                }
            }
        }
    }

    fn compare(&self, text: &[u8], at: usize, piece: u64, found: &mut Vec<Hit>) {
        let mut next = self.heads.get(&piece).copied();
        while let Some(needle) = next.and_then(|place| self.needles.get(place as usize)) {
            next = needle.next;
            let Some(start) = at.checked_sub(needle.at) else { continue };
            let end = start + needle.text.len();
            if text.get(start..end) != Some(&*needle.text) {
                continue;
            }
            let range = match needle.form {
                Form::Plain | Form::Hexadecimal => start..end,
                Form::Base64 => run(text, start..end),
            };
            found.push(Hit { range, value: needle.value, plain: needle.form == Form::Plain });
        }
    }
}

/// The run of base64 around a find; where it is long, the find with the characters that hold its
/// first and last bits.
fn run(text: &[u8], range: Range<usize>) -> Range<usize> {
    let in_run = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'_');
    let before = text[..range.start].iter().rev().take(RUN).take_while(in_run).count();
    let rest = &text[range.end..];
    let after = rest.iter().take(RUN).take_while(in_run).count();
    if range.len() + before + after > RUN {
        return range.start - before.min(1)..range.end + after.min(1);
    }
    let padding = rest[after..].iter().take(2).take_while(|byte| **byte == b'=').count();
    range.start - before..range.end + after + padding
}

/// Eight bytes as a number.
pub fn piece_at(text: &[u8], at: usize) -> u64 {
    text.get(at..at + PIECE).and_then(|piece| piece.try_into().ok()).map_or(0, u64::from_le_bytes)
}

pub const fn hashed(piece: u64) -> u64 {
    let mixed = piece.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ (mixed >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &[&str], text: &str) -> Vec<String> {
        let mut search = Search::default();
        for value in values {
            search.add(value.as_bytes());
        }
        search.hits(text.as_bytes()).into_iter().map(|hit| text[hit.range].to_owned()).collect()
    }

    #[test]
    fn values_are_found_in_every_spelling() {
        let value = "p/W+\"é\" & 1234=";
        for text in [
            "p/W+\"é\" & 1234=",
            "p%2FW%2B%22%C3%A9%22%20%26%201234%3D",
            "p%2fw".replace("%2fw", "%2fW%2b%22%c3%a9%22+%26+1234%3d").as_str(),
            "p%252FW%252B%2522%25C3%25A9%2522%2520%2526%25201234%253D",
            r#"p/W+\"é\" & 1234="#,
            r#"p\/W+\"\u00e9\" \u0026 1234="#,
            r#"p\\\/W+\\\"\\u00e9\\\" & 1234="#,
            "p/W+&quot;é&quot; &amp; 1234=",
            "p/W+&#34;&#xE9;&#x22; &amp; 1234&#61;",
            "702f572b22c3a922202620313233343d",
        ] {
            assert_eq!(found(&[value], &format!("..{text}::")), [text], "{text}");
        }
    }

    #[test]
    fn values_without_special_characters_are_found_when_they_are_escaped() {
        for (value, text) in [
            ("AAaA-aa0", "AAaA%2Daa0"),
            ("AAaA.a_0", "AAaA%2ea%5F0"),
            ("Abcdefg1", r"\u0041bcdefg1"),
            ("Abcdefg1", "&#65;bcdefg1"),
            ("Abcdefg1", "%41%62%63%64%65%66%67%31"),
        ] {
            assert_eq!(found(&[value], &format!("..{text}::")), [text], "{text}");
        }
    }

    #[test]
    fn base64_is_found_at_every_place_in_three() {
        use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
        let value = "ab>>?c~12345";
        for before in ["", "u", "us", "use", "user"] {
            for after in ["", "1", "12", "123"] {
                let whole = format!("{before}{value}{after}");
                for text in [BASE64_STANDARD.encode(&whole), BASE64_URL_SAFE_NO_PAD.encode(&whole)]
                {
                    let hits = found(&[value], &format!("{{\"a\":\"{text}\"}}"));
                    assert!(!hits.is_empty(), "{text}");
                }
            }
        }
    }

    #[test]
    fn many_values_that_begin_and_end_alike_are_told_apart() {
        let values: Vec<String> =
            (0..5000).map(|n| format!("eyJhbGciOiJIUzI1NiJ9.{n:08}.zzzzzzzzzz")).collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        assert_eq!(found(&values, values[4321]), [values[4321]]);
        assert!(found(&values, "eyJhbGciOiJIUzI1NiJ9.00005000.zzzzzzzzzz").is_empty());
    }

    #[test]
    fn short_values_are_found_when_named() {
        let mut hits = found(&["a/b"], "xa/bxa%2Fb");
        hits.dedup();
        assert_eq!(hits, ["a/b", "a%2Fb"]);
    }
}
