//! JSON text, token by token, for those who must be fast and may give up: whatever is unusual, or no
//! JSON, is `None`, and a reader that takes everything has its turn.
//!
//! What [`JsonScan`] takes is JSON (RFC 8259) to the letter: nothing is passed over but white space.

use std::borrow::Cow;

/// Deepest nesting that is gone through.
const DEPTH: u32 = 64;

/// A place in a JSON text.
#[derive(Debug, Clone)]
pub struct JsonScan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

/// A string as it stands in a JSON text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScannedText<'a> {
    /// What stands between the quotes.
    pub raw: &'a str,
    /// Whether there are escapes in it, so that it means something else than it says.
    pub escaped: bool,
}

impl<'a> ScannedText<'a> {
    /// What it means. `None` for an escape that is no character.
    pub fn text(self) -> Option<Cow<'a, str>> {
        if !self.escaped {
            return Some(Cow::Borrowed(self.raw));
        }
        serde_json::from_str(&format!("\"{}\"", self.raw)).ok().map(Cow::Owned)
    }
}

impl<'a> JsonScan<'a> {
    /// The begin of a text.
    pub const fn new(text: &'a str) -> Self {
        Self { text, bytes: text.as_bytes(), at: 0 }
    }

    /// How many bytes lie behind.
    pub const fn at(&self) -> usize {
        self.at
    }

    /// The text between two places.
    pub fn between(&self, from: usize, to: usize) -> Option<&'a str> {
        self.text.get(from..to)
    }

    /// The next byte that is no white space; it is not taken.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        if byte > b' ' {
            return Some(byte);
        }
        self.space();
        self.bytes.get(self.at).copied()
    }

    /// Passes over white space: a line end, and what a line is indented by, in strides.
    fn space(&mut self) {
        loop {
            while let Some(chunk) = self.bytes.get(self.at..self.at + 8) {
                let spaces = eight(chunk) ^ of_each(b' ');
                let leading = spaces.trailing_zeros() as usize / 8;
                self.at += leading;
                if leading < 8 {
                    break;
                }
            }
            match self.bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\t' | b'\r') => self.at += 1,
                _ => return,
            }
        }
    }

    /// Takes this byte and white space before it.
    #[inline]
    pub fn take(&mut self, byte: u8) -> Option<()> {
        self.takes(byte).then_some(())
    }

    /// Takes this byte, if it is the next one.
    #[inline]
    pub fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Takes what parts the items of a list: `true` after a comma, `false` after this bracket.
    #[inline]
    pub fn goes_on(&mut self, close: u8) -> Option<bool> {
        match self.peek()? {
            b',' => self.at += 1,
            byte if byte == close => {
                self.at += 1;
                return Some(false);
            }
            _ => return None,
        }
        Some(true)
    }

    /// Takes a string.
    #[inline]
    pub fn string(&mut self) -> Option<ScannedText<'a>> {
        self.take(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.plain();
            match self.bytes.get(self.at)? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.escape()?;
                }
                0..=0x1f => return None,
                _ => self.at += 1,
            }
        }
        let raw = self.text.get(start..self.at)?;
        self.at += 1;
        Some(ScannedText { raw, escaped })
    }

    /// Passes over most of what may stand in a string as it is.
    #[inline]
    fn plain(&mut self) {
        while let Some(chunk) = self.bytes.get(self.at..self.at + 8) {
            let word = eight(chunk);
            // The lowest byte that is marked is marked rightly: what borrows is above it.
            let quote = zero_byte(word ^ of_each(b'"'));
            let backslash = zero_byte(word ^ of_each(b'\\'));
            let control = word.wrapping_sub(of_each(b' ')) & !word & HIGH;
            let special = quote | backslash | control;
            if special != 0 {
                self.at += special.trailing_zeros() as usize / 8;
                return;
            }
            self.at += 8;
        }
    }

    fn escape(&mut self) -> Option<()> {
        match self.bytes.get(self.at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
            b'u' => {
                let digits = self.bytes.get(self.at + 2..self.at + 6)?;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                self.at += 6;
            }
            _ => return None,
        }
        Some(())
    }

    /// Takes a number, as it stands there.
    #[inline]
    pub fn number(&mut self) -> Option<&'a str> {
        self.peek();
        let start = self.at;
        self.at += usize::from(self.bytes.get(self.at) == Some(&b'-'));
        match self.bytes.get(self.at)? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits()?,
            _ => return None,
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            self.at += usize::from(matches!(self.bytes.get(self.at), Some(b'+' | b'-')));
            self.digits()?;
        }
        self.text.get(start..self.at)
    }

    #[inline]
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    /// Takes one of `null`, `true` and `false`.
    pub fn word(&mut self) -> Option<&'static str> {
        let word = match self.peek()? {
            b'n' => "null",
            b't' => "true",
            b'f' => "false",
            _ => return None,
        };
        self.bytes[self.at..].starts_with(word.as_bytes()).then_some(())?;
        self.at += word.len();
        Some(word)
    }

    /// Takes a value, whatever it is.
    pub fn skip(&mut self) -> Option<()> {
        self.walk(None)
    }

    /// Takes a value, and adds it to `out` without the white space between its tokens.
    pub fn compact(&mut self, out: &mut Vec<u8>) -> Option<()> {
        self.walk(Some(out))
    }

    fn walk(&mut self, mut out: Option<&mut Vec<u8>>) -> Option<()> {
        let mut open = Open::default();
        self.peek();
        // What was gone through and not added yet: it ends where white space begins.
        let mut run = self.at;
        macro_rules! next {
            () => {{
                match self.bytes.get(self.at).copied() {
                    Some(byte) if byte > b' ' => byte,
                    _ => {
                        if let Some(out) = out.as_deref_mut() {
                            out.extend_from_slice(self.bytes.get(run..self.at)?);
                        }
                        let byte = self.peek()?;
                        run = self.at;
                        byte
                    }
                }
            }};
        }
        let mut byte = next!();
        loop {
            // A value, which begins with `byte`.
            match byte {
                b'{' | b'[' => {
                    self.at += 1;
                    open.push(byte == b'{')?;
                    byte = next!();
                    if byte != if open.in_object() { b'}' } else { b']' } {
                        if open.in_object() {
                            self.string()?;
                            (next!() == b':').then_some(())?;
                            self.at += 1;
                            byte = next!();
                        }
                        continue;
                    }
                    self.at += 1;
                    open.pop();
                }
                b'"' => {
                    self.string()?;
                }
                b'-' | b'0'..=b'9' => {
                    self.number()?;
                }
                _ => {
                    self.word()?;
                }
            }
            // What follows it.
            loop {
                if open.is_empty() {
                    if let Some(out) = out {
                        out.extend_from_slice(self.bytes.get(run..self.at)?);
                    }
                    return Some(());
                }
                byte = next!();
                self.at += 1;
                match byte {
                    b',' => break,
                    b'}' if open.in_object() => open.pop(),
                    b']' if !open.in_object() => open.pop(),
                    _ => return None,
                }
            }
            byte = next!();
            if open.in_object() {
                self.string()?;
                (next!() == b':').then_some(())?;
                self.at += 1;
                byte = next!();
            }
        }
    }
}

/// The brackets that are open: a bit for each, set for an object's.
#[derive(Default)]
struct Open {
    kinds: u64,
    depth: u32,
}

impl Open {
    fn push(&mut self, is_object: bool) -> Option<()> {
        if self.depth == DEPTH {
            return None;
        }
        self.kinds = self.kinds << 1 | u64::from(is_object);
        self.depth += 1;
        Some(())
    }

    const fn pop(&mut self) {
        self.kinds >>= 1;
        self.depth -= 1;
    }

    const fn is_empty(&self) -> bool {
        self.depth == 0
    }

    const fn in_object(&self) -> bool {
        self.kinds & 1 == 1
    }
}

/// Each byte 1.
const ONES: u64 = u64::MAX / 255;
/// The high bit of each byte.
const HIGH: u64 = ONES << 7;

/// Each byte this one.
#[inline]
fn of_each(byte: u8) -> u64 {
    ONES * u64::from(byte)
}

#[inline]
fn eight(chunk: &[u8]) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(chunk);
    u64::from_le_bytes(word)
}

/// The high bit of each byte that is zero, and maybe of some above the lowest of them.
#[inline]
const fn zero_byte(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    /// A value that is all of a text, as it was gone through.
    fn compacted(text: &str) -> Option<String> {
        let mut scan = JsonScan::new(text);
        let mut out = Vec::new();
        scan.compact(&mut out)?;
        scan.peek().is_none().then(|| String::from_utf8(out).unwrap())
    }

    #[test]
    fn tokens_are_taken() {
        let mut scan = JsonScan::new("{ \"a\\n\" :\n        \"1234567890ä\", \"c\": -1.5e+3}");
        scan.take(b'{').unwrap();
        let name = scan.string().unwrap();
        assert_eq!((name.raw, name.escaped), ("a\\n", true));
        assert_eq!(name.text().unwrap(), "a\n");
        scan.take(b':').unwrap();
        assert_eq!(scan.string().unwrap().raw, "1234567890ä");
        assert_eq!(scan.goes_on(b'}'), Some(true));
        scan.skip().unwrap();
        scan.take(b':').unwrap();
        assert_eq!(scan.number(), Some("-1.5e+3"));
        assert_eq!(scan.goes_on(b'}'), Some(false));
        assert_eq!(scan.peek(), None);
    }

    #[test]
    fn what_is_no_json_is_not_taken() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\"}",
            "{1:2}",
            "[1 2]",
            "01",
            "-",
            "1.",
            "1e",
            "+1",
            ".5",
            "nul",
            "truE",
            "\"\u{1}\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"",
            "\"\\\"",
            "[}",
            "{]",
            "]",
            "\u{a0}1",
            "[\u{b}1]",
            "1 2",
            "{\"a\":1 \"b\":2}",
            "[,1]",
            "{,}",
            "{\"a\"::1}",
        ] {
            assert_eq!(compacted(text), None, "{text:?}");
        }
        let deep = |levels| "[".repeat(levels) + &"]".repeat(levels);
        assert!(compacted(&deep(64)).is_some());
        assert_eq!(compacted(&deep(65)), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn what_is_taken_is_what_serde_takes(
            text in r#"[\[\]{}:," a1\\\n\t\r0.eE+\-nulltrue/\x00ä\u{7f}]{0,24}"#,
        ) {
            let read = serde_json::from_str::<IgnoredAny>(&text).is_ok();
            prop_assert_eq!(compacted(&text).is_some(), read, "{:?}", text);
        }

        #[test]
        fn white_space_alone_goes(
            parts in proptest::collection::vec(r#"(\[|\]|\{|\}|:|,|"[a\\"]{0,12}"|"a b": |1|-0\.5e1|true|null|[ \n\t\r]{1,12})"#, 0..14),
        ) {
            let text = parts.concat();
            let read = serde_json::from_str::<IgnoredAny>(&text).is_ok();
            let taken = compacted(&text);
            prop_assert_eq!(taken.is_some(), read, "{:?}", text);
            if let Some(taken) = taken {
                let style = crate::exchange::scan::tests::without_space(&text);
                prop_assert_eq!(taken, style);
            }
        }
    }

    /// The same, the plain way.
    fn without_space(text: &str) -> String {
        let (mut out, mut in_string, mut escaped) = (String::new(), false, false);
        for c in text.chars() {
            if in_string {
                in_string = escaped || c != '"';
                escaped = !escaped && c == '\\';
            } else if c.is_ascii_whitespace() {
                continue;
            } else {
                in_string = c == '"';
            }
            out.push(c);
        }
        out
    }
}
