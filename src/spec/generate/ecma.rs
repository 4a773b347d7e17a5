//! ECMA-262 regular expressions, the dialect of JSON Schema (section 6.4), in the words of
//! `regex-syntax`. Look-around, which that cannot say, is cut out and reported.

use std::fmt::Write as _;

/// A pattern in the other dialect.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Translation {
    pub(super) pattern: String,
    /// What positive look-aheads asked for, in order.
    pub(super) ahead: Vec<String>,
    /// Whether look-around was cut out: then a match of `pattern` is not yet a match of the whole.
    pub(super) cut: bool,
}

/// Translates; `None` for what no automaton can match (back references) or what is broken.
pub(super) fn translate(pattern: &str) -> Option<Translation> {
    let mut reader =
        Reader { chars: pattern.chars().collect(), at: 0, out: Translation::default() };
    while let Some(c) = reader.take() {
        match c {
            '\\' => reader.escape(false)?,
            '[' => reader.class()?,
            '(' => reader.group()?,
            '{' if !reader.is_quantifier() => reader.out.pattern.push_str("\\{"),
            '}' if !reader.closes_quantifier() => reader.out.pattern.push_str("\\}"),
            _ => reader.out.pattern.push(c),
        }
    }
    Some(reader.out)
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    out: Translation,
}

impl Reader {
    fn take(&mut self) -> Option<char> {
        let c = self.chars.get(self.at).copied();
        self.at += usize::from(c.is_some());
        c
    }

    fn rest_starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(index, c)| self.chars.get(self.at + index) == Some(&c))
    }

    fn escape(&mut self, in_class: bool) -> Option<()> {
        let c = self.take()?;
        let plain = match c {
            'd' => {
                if in_class {
                    "0-9"
                } else {
                    "[0-9]"
                }
            }
            'w' => {
                if in_class {
                    "0-9A-Za-z_"
                } else {
                    "[0-9A-Za-z_]"
                }
            }
            'b' if in_class => "\\x08",
            '0' => "\\x00",
            'A' if !in_class => "^",
            'z' | 'Z' if !in_class => "$",
            '1'..='9' | 'k' => return None,
            'D' | 'W' | 's' | 'S' | 'b' | 'B' | 'n' | 'r' | 't' | 'f' | 'v' | 'x' | 'p' | 'P' => {
                self.out.pattern.push('\\');
                self.out.pattern.push(c);
                return Some(());
            }
            'u' => return self.unicode(),
            'c' => {
                let letter = self.take().filter(char::is_ascii_alphabetic)?;
                let _ = write!(self.out.pattern, "\\x{:02x}", letter as u32 % 32);
                return Some(());
            }
            other => {
                if other.is_ascii_punctuation() {
                    self.out.pattern.push('\\');
                }
                self.out.pattern.push(other);
                return Some(());
            }
        };
        self.out.pattern.push_str(plain);
        Some(())
    }

    /// `\uXXXX`, a pair of them for one character, or `\u{X}`.
    fn unicode(&mut self) -> Option<()> {
        if self.rest_starts_with("{") {
            self.out.pattern.push_str("\\u");
            return Some(());
        }
        let first = self.four_hex()?;
        let code = match first {
            0xd800..=0xdbff if self.rest_starts_with("\\u") => {
                self.at += 2;
                let second = self.four_hex().filter(|low| (0xdc00..=0xdfff).contains(low))?;
                0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            }
            0xd800..=0xdfff => return None,
            code => code,
        };
        let _ = write!(self.out.pattern, "\\u{{{code:x}}}");
        Some(())
    }

    fn four_hex(&mut self) -> Option<u32> {
        let digits: String = self.chars.get(self.at..self.at + 4)?.iter().collect();
        self.at += 4;
        u32::from_str_radix(&digits, 16).ok()
    }

    /// A character class; the set notation of Rust (`[`, `&&`, `~~`) is escaped in it.
    fn class(&mut self) -> Option<()> {
        if self.rest_starts_with("^]") {
            self.at += 2;
            self.out.pattern.push_str("[\\s\\S]");
            return Some(());
        }
        self.out.pattern.push('[');
        loop {
            match self.take()? {
                ']' => break,
                '\\' => self.escape(true)?,
                c @ ('[' | '&' | '~') => {
                    self.out.pattern.push('\\');
                    self.out.pattern.push(c);
                }
                '-' if self.rest_starts_with("-") => self.out.pattern.push_str("\\-"),
                c => self.out.pattern.push(c),
            }
        }
        self.out.pattern.push(']');
        Some(())
    }

    fn group(&mut self) -> Option<()> {
        let look = ["?=", "?!", "?<=", "?<!"].into_iter().find(|mark| self.rest_starts_with(mark));
        let Some(mark) = look else {
            self.out.pattern.push('(');
            return Some(());
        };
        self.at += mark.len();
        let start = self.at;
        let end = self.closing()?;
        if mark == "?=" {
            self.out.ahead.push(self.chars[start..end].iter().collect());
        }
        self.at = end + 1;
        self.out.cut = true;
        // An empty group in its place, so that a quantifier behind it has something to stand on.
        self.out.pattern.push_str("(?:)");
        Some(())
    }

    /// Where the group that is open here closes.
    fn closing(&self) -> Option<usize> {
        let (mut depth, mut at, mut in_class) = (0_usize, self.at, false);
        loop {
            match *self.chars.get(at)? {
                '\\' => at += 1,
                '[' => in_class = true,
                ']' => in_class = false,
                '(' if !in_class => depth += 1,
                ')' if !in_class && depth == 0 => return Some(at),
                ')' if !in_class => depth -= 1,
                _ => {}
            }
            at += 1;
        }
    }

    /// Whether a quantifier's inside follows an opening brace: digits, perhaps a comma and digits.
    fn is_quantifier(&self) -> bool {
        let inside = self.chars[self.at..].iter().take_while(|c| **c != '}');
        let text: String = inside.take(24).collect();
        let closed = self.chars.get(self.at + text.chars().count()) == Some(&'}');
        let (low, high) = text.split_once(',').unwrap_or((&text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        closed && !low.is_empty() && digits(low) && digits(high)
    }

    /// Whether the brace just read closes a quantifier.
    fn closes_quantifier(&self) -> bool {
        let before = &self.chars[..self.at - 1];
        let inside = before.iter().rev().take_while(|c| c.is_ascii_digit() || **c == ',').count();
        let open = before.len() - inside;
        inside > 0
            && open > 0
            && before[open - 1] == '{'
            && before.get(open) != Some(&',')
            && (open < 2 || before[open - 2] != '\\')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialects_differ_here() {
        let cases = [
            (r"^\d{2}$", r"^[0-9]{2}$"),
            (r"[\w-]", r"[0-9A-Za-z_-]"),
            (r"a\/b\-c", r"a\/b\-c"),
            (r"[[&&]", r"[\[\&\&]"),
            (r"^[^]$", r"^[\s\S]$"),
            (r"{id}", r"\{id\}"),
            (r"a{,3}", r"a\{,3\}"),
            (r"\u00e9\uD83D\uDE00", r"\u{e9}\u{1f600}"),
            (r"\cA\_", r"\x01\_"),
            (r"(?:a|b){1,}", r"(?:a|b){1,}"),
        ];
        for (from, to) in cases {
            let translation = translate(from).unwrap();
            assert_eq!(translation.pattern, to, "{from}");
            assert!(!translation.cut);
            assert!(regex_syntax::parse(to).is_ok(), "{to}");
        }
    }

    #[test]
    fn look_around_is_cut_out_and_reported() {
        let translation = translate(r"^(?!http:\/\/|x[)])(?=.*\d)(?=.*[a-z]).{8,}$").unwrap();
        assert_eq!(translation.pattern, "^(?:)(?:)(?:).{8,}$");
        assert_eq!(translation.ahead, [r".*\d", ".*[a-z]"]);
        assert!(translation.cut);
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        for pattern in [r"(a)\1", r"\k<x>", "[a", r"\", r"\ud800", "(?=a"] {
            assert_eq!(translate(pattern), None, "{pattern}");
        }
    }
}
