//! Values that stand for others, and texts in which the others are put in their place.
//!
//! A value is found in the spellings in which it travels (as it is, percent-encoded, escaped as in
//! JSON), and only where it stands alone: `test-12` is not found in `test-123`. A value is added without
//! building anything anew, and a text without a find costs about a nanosecond a byte.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;

/// Length of the piece of a spelling that is looked up, in bytes. Shorter spellings are not found.
const PIECE: usize = 6;
/// Most spellings with one piece that are compared: recordings are hostile input.
const MOST_ALIKE: usize = 64;

/// What kind of text a value stands in: it is written so that the text stays what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// A URL, or a form.
    Url,
    /// JSON.
    Json,
    /// XML or HTML.
    Markup,
    /// Anything else.
    Plain,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Plain,
    /// Percent-encoded, a space as `%20`.
    Percent,
    /// Percent-encoded, a space as `+`.
    Form,
    /// Escaped as in JSON, what is not ASCII as it is.
    Json,
    /// Escaped as in JSON, what is not ASCII as `\uXXXX`.
    JsonAscii,
}

/// Finds values in texts.
#[derive(Debug, Clone, Default)]
pub struct Finder {
    needles: Vec<Needle>,
    /// The last needle with each piece; the others hang on it.
    heads: HashMap<u64, u32>,
    /// A bit for the hash of each piece.
    filter: Vec<u64>,
    values: usize,
}

#[derive(Debug, Clone)]
struct Needle {
    text: Box<[u8]>,
    spelling: Spelling,
    value: usize,
    /// Where its piece stands in it.
    at: usize,
    next: Option<u32>,
}

/// A value that stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hit {
    range: Range<usize>,
    value: usize,
    spelling: Spelling,
}

impl Finder {
    /// Looks for a value from now on, too. One that is shorter than six bytes is never
    /// found.
    pub fn add(&mut self, value: &str) {
        let number = self.values;
        self.values += 1;
        for (spelling, text) in spellings(value) {
            let Some(at) = self.rarest(text.as_bytes()) else { continue };
            let piece = piece_at(text.as_bytes(), at);
            let place = u32::try_from(self.needles.len()).unwrap_or(u32::MAX);
            let next = self.heads.insert(piece, place);
            let text = text.into_bytes().into();
            self.needles.push(Needle { text, spelling, value: number, at, next });
            self.mark(piece);
        }
    }

    /// Whether there is no value.
    pub const fn is_empty(&self) -> bool {
        self.needles.is_empty()
    }

    /// Whether a value stands in a text.
    pub fn is_in(&self, text: &[u8]) -> bool {
        !self.hits(text).is_empty()
    }

    /// A place whose piece few others have, the last if it can be: values of one kind begin or end
    /// alike.
    fn rarest(&self, text: &[u8]) -> Option<usize> {
        let last = text.len().checked_sub(PIECE)?;
        let mut best = (usize::MAX, last);
        for at in (0..=last).rev() {
            let mut next = self.heads.get(&piece_at(text, at)).copied();
            let mut shared = 0;
            while let Some(place) = next.filter(|_| shared < 8) {
                shared += 1;
                next = self.needles[place as usize].next;
            }
            if shared < best.0 {
                best = (shared, at);
            }
            if shared <= 1 {
                break;
            }
        }
        Some(best.1)
    }

    fn mark(&mut self, piece: u64) {
        if self.filter.len() * 4 < self.needles.len() {
            self.filter = vec![0; self.needles.len().next_power_of_two().max(64)];
            let pieces: Vec<u64> = self.heads.keys().copied().collect();
            for piece in pieces {
                self.set(piece);
            }
        }
        self.set(piece);
    }

    fn set(&mut self, piece: u64) {
        let (word, bit) = self.place(piece);
        self.filter[word] |= bit;
    }

    fn place(&self, piece: u64) -> (usize, u64) {
        let mixed = piece.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let word = usize::try_from(mixed >> 32).unwrap_or_default() & (self.filter.len() - 1);
        (word, 1 << ((mixed >> 20) & 63))
    }

    /// The values that stand in a text, from its beginning, none over another; of several that begin at
    /// one place the longest.
    fn hits(&self, text: &[u8]) -> Vec<Hit> {
        let mut found = Vec::new();
        if self.filter.is_empty() {
            return found;
        }
        for at in 0..(text.len() + 1).saturating_sub(PIECE) {
            let piece = piece_at(text, at);
            let (word, bit) = self.place(piece);
            if self.filter[word] & bit != 0 {
                self.compare(text, at, piece, &mut found);
            }
        }
        found.sort_by_key(|hit| (hit.range.start, std::cmp::Reverse(hit.range.end)));
        let mut end = 0;
        found.retain(|hit| {
            let free = hit.range.start >= end;
            if free {
                end = hit.range.end;
            }
            free
        });
        found
    }

    fn compare(&self, text: &[u8], at: usize, piece: u64, found: &mut Vec<Hit>) {
        let mut next = self.heads.get(&piece).copied();
        for _ in 0..MOST_ALIKE {
            let Some(needle) = next.and_then(|place| self.needles.get(place as usize)) else {
                break;
            };
            next = needle.next;
            let Some(start) = at.checked_sub(needle.at) else { continue };
            let range = start..start + needle.text.len();
            if text.get(range.clone()) == Some(&*needle.text) && stands_alone(text, &range) {
                found.push(Hit { range, value: needle.value, spelling: needle.spelling });
            }
        }
    }
}

/// Whether no letter or digit goes on before or after a place. One that ends an escape (`%2F`, `\n`,
/// `\u0022`) is none.
fn stands_alone(text: &[u8], range: &Range<usize>) -> bool {
    let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let (first, last) = (text.get(range.start), text.get(range.end.wrapping_sub(1)));
    if is_word(last) && is_word(text.get(range.end)) {
        return false;
    }
    let before = &text[..range.start];
    if !is_word(first) || !is_word(before.last()) {
        return true;
    }
    let hexadecimal = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    match before {
        [.., b'%', a, b] if hexadecimal(&[*a, *b]) => true,
        [.., b'\\', b'u', a, b, c, d] if hexadecimal(&[*a, *b, *c, *d]) => true,
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f'] => true,
        _ => false,
    }
}

/// Values and what is put in their place.
#[derive(Debug, Clone, Default)]
pub struct Swaps {
    finder: Finder,
    numbers: HashMap<Box<str>, usize>,
    others: Vec<Box<str>>,
}

impl Swaps {
    /// Puts `other` in the place of a value from now on.
    pub fn put(&mut self, value: &str, other: &str) {
        if let Some(number) = self.numbers.get(value) {
            self.others[*number] = other.into();
            return;
        }
        self.finder.add(value);
        self.numbers.insert(value.into(), self.others.len());
        self.others.push(other.into());
    }

    /// Whether nothing is swapped.
    pub const fn is_empty(&self) -> bool {
        self.finder.is_empty()
    }

    /// What is put in the place of a value that is the whole text.
    pub fn other(&self, value: &str) -> Option<&str> {
        self.numbers.get(value).map(|number| &*self.others[*number])
    }

    /// A text with every value swapped; `None` where it has none.
    pub fn swapped(&self, text: &[u8], kind: TextKind) -> Option<Vec<u8>> {
        let hits = self.finder.hits(text);
        if hits.is_empty() {
            return None;
        }
        let (mut out, mut done) = (Vec::with_capacity(text.len() + 64), 0);
        for hit in hits {
            out.extend_from_slice(&text[done..hit.range.start]);
            let other = &self.others[hit.value];
            let written = match hit.spelling {
                Spelling::Plain => fitting(other, kind, &text[hit.range.clone()]),
                spelling => spelled(other, spelling),
            };
            out.extend_from_slice(written.as_bytes());
            done = hit.range.end;
        }
        out.extend_from_slice(&text[done..]);
        Some(out)
    }

    /// [`Swaps::swapped`] of a text.
    pub fn swapped_text(&self, text: &str, kind: TextKind) -> Option<String> {
        self.swapped(text.as_bytes(), kind).map(|text| String::from_utf8_lossy(&text).into_owned())
    }
}

/// A value as it is written in a text of a kind, in the place of one that needed no encoding there.
fn fitting(value: &str, kind: TextKind, place: &[u8]) -> String {
    match kind {
        TextKind::Plain => value.to_owned(),
        TextKind::Json => spelled(value, Spelling::Json),
        TextKind::Markup => value
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;"),
        TextKind::Url => percent(value, |byte| {
            is_unreserved(byte) || (place.contains(&byte) && byte.is_ascii_graphic())
        }),
    }
}

/// The spellings of a value, each once.
fn spellings(value: &str) -> Vec<(Spelling, String)> {
    use Spelling::{Form, Json, JsonAscii, Percent, Plain};
    let mut found: Vec<(Spelling, String)> = Vec::with_capacity(5);
    for spelling in [Plain, Percent, Form, Json, JsonAscii] {
        let text = spelled(value, spelling);
        if found.iter().all(|(_, known)| *known != text) {
            found.push((spelling, text));
        }
    }
    found
}

fn spelled(value: &str, spelling: Spelling) -> String {
    match spelling {
        Spelling::Plain => value.to_owned(),
        Spelling::Percent => percent(value, is_unreserved),
        Spelling::Form => {
            percent(value, |byte| is_unreserved(byte) || byte == b' ').replace(' ', "+")
        }
        Spelling::Json | Spelling::JsonAscii => {
            let quoted = serde_json::Value::from(value).to_string();
            let inner = &quoted[1..quoted.len() - 1];
            if spelling == Spelling::Json {
                return inner.to_owned();
            }
            let mut out = String::with_capacity(inner.len());
            for c in inner.chars() {
                if c.is_ascii() {
                    out.push(c);
                } else {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        let _ = write!(out, "\\u{unit:04x}");
                    }
                }
            }
            out
        }
    }
}

/// RFC 3986, section 2.3.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn percent(value: &str, stays: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if stays(byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Six bytes as a number.
fn piece_at(text: &[u8], at: usize) -> u64 {
    let mut bytes = [0; 8];
    if let Some(piece) = text.get(at..at + PIECE) {
        bytes[..PIECE].copy_from_slice(piece);
    }
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn swapped(pairs: &[(&str, &str)], text: &str, kind: TextKind) -> String {
        let mut swaps = Swaps::default();
        for (value, other) in pairs {
            swaps.put(value, other);
        }
        swaps.swapped_text(text, kind).unwrap_or_else(|| "as it was".to_owned())
    }

    #[test]
    fn values_are_swapped_where_they_stand_alone() {
        let pair = [("name-x7f3", "name-a1b2")];
        let cases = [
            ("/things/name-x7f3?n=name-x7f3", "/things/name-a1b2?n=name-a1b2"),
            ("to=http%3A%2F%2Fh%2Fname-x7f3", "to=http%3A%2F%2Fh%2Fname-a1b2"),
            ("name-x7f3-copy.name-x7f3.example", "name-a1b2-copy.name-a1b2.example"),
            (r#"{"a":"\nname-x7f3\u0022name-x7f3\""}"#, r#"{"a":"\nname-a1b2\u0022name-a1b2\""}"#),
            ("name-x7f34", "as it was"),
            ("myname-x7f3", "as it was"),
            ("name-x7f", "as it was"),
            ("", "as it was"),
        ];
        for (text, expected) in cases {
            assert_eq!(swapped(&pair, text, TextKind::Plain), expected, "{text}");
        }
    }

    #[test]
    fn the_longest_goes_first_and_nothing_is_swapped_twice() {
        let pairs = [("name-x7f3", "name-x7f3-key"), ("name-x7f3-key", "name-x7f3")];
        let text = "name-x7f3 name-x7f3-key";
        assert_eq!(swapped(&pairs, text, TextKind::Plain), "name-x7f3-key name-x7f3");
    }

    #[test]
    fn a_value_is_written_as_the_one_before() {
        let pair = [("my thing é-12", "a \"b\" & ü/34")];
        let cases = [
            (TextKind::Url, "/my%20thing%20%C3%A9-12", "/a%20%22b%22%20%26%20%C3%BC%2F34"),
            (TextKind::Url, "?n=my+thing+%C3%A9-12", "?n=a+%22b%22+%26+%C3%BC%2F34"),
            (TextKind::Json, "[\"my thing é-12\"]", "[\"a \\\"b\\\" & ü/34\"]"),
            (TextKind::Json, "[\"my thing \\u00e9-12\"]", "[\"a \\\"b\\\" & \\u00fc/34\"]"),
            (TextKind::Markup, "<n>my thing é-12</n>", "<n>a &quot;b&quot; &amp; ü/34</n>"),
            (TextKind::Plain, "my thing é-12", "a \"b\" & ü/34"),
        ];
        for (kind, text, expected) in cases {
            assert_eq!(swapped(&pair, text, kind), expected, "{text}");
        }
        let simple = [("name-x7f3", "a b/c")];
        assert_eq!(swapped(&simple, "/t/name-x7f3", TextKind::Url), "/t/a%20b%2Fc");
    }

    #[test]
    fn a_value_that_is_put_again_is_put_anew() {
        let pairs = [("name-x7f3", "name-a1b2"), ("name-x7f3", "name-c3d4")];
        assert_eq!(swapped(&pairs, "name-x7f3", TextKind::Plain), "name-c3d4");
    }

    #[test]
    fn many_values_that_begin_and_end_alike_are_told_apart() {
        let mut swaps = Swaps::default();
        for number in 0..5000 {
            swaps.put(&format!("bucket-{number:08}-test"), &format!("b{number}"));
        }
        let text = swaps.swapped_text("/bucket-00004321-test", TextKind::Url);
        assert_eq!(text.as_deref(), Some("/b4321"));
        assert_eq!(swaps.swapped_text("/bucket-00005000-test", TextKind::Url), None);
    }
}
