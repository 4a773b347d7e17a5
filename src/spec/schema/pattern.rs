//! Patterns: ECMA-262 with the flag `u` (JSON Schema 2020-12, core, section 6.4), as far as authors
//! keep to it, in the words of the engine, whose classes, boundaries and line ends are others. What
//! only ECMA's annex B allows (a brace without a quantifier) is read as there; the anchors of Python
//! and Ruby as what their authors meant.

use std::fmt::Write as _;

/// ECMA's `\s` (sections 12.2 and 12.3), inside a class.
const SPACE: &str =
    r"\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}";
const NO_SPACE: &str = concat!(
    r"\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}",
    r"\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}",
);
const WORD: &str = "0-9A-Za-z_";
const NO_WORD: &str = r"\x{0}-\x{2f}\x{3a}-\x{40}\x{5b}-\x{5e}\x{60}\x{7b}-\x{10ffff}";
const DIGIT: &str = "0-9";
const NO_DIGIT: &str = r"\x{0}-\x{2f}\x{3a}-\x{10ffff}";

/// ECMA's `\b` and `\B`: its words are of ASCII alone.
const BORDER: &str = "(?:(?=[0-9A-Za-z_])(?<![0-9A-Za-z_])|(?<=[0-9A-Za-z_])(?![0-9A-Za-z_]))";
const NO_BORDER: &str = "(?:(?=[0-9A-Za-z_])(?<=[0-9A-Za-z_])|(?![0-9A-Za-z_])(?<![0-9A-Za-z_]))";

/// A class that no character is of, and one that every character is of.
const NONE: &str = r"[^\x{0}-\x{10ffff}]";
const ANY: &str = r"[\x{0}-\x{10ffff}]";

/// The engine's pattern; `None` for what is broken, or means nothing in ECMA.
pub(super) fn translated(pattern: &str) -> Option<String> {
    let mut reader = Reader { rest: pattern.chars().collect(), at: 0, out: String::new() };
    while let Some(character) = reader.next() {
        match character {
            '\\' => reader.escape()?,
            '[' => reader.class()?,
            '.' => reader.out.push_str(r"[^\n\r\x{2028}\x{2029}]"),
            '{' if reader.quantifier().is_none() => reader.out.push_str(r"\{"),
            '{' => {
                let end = reader.quantifier()?;
                let inside: String = reader.rest[reader.at..=end].iter().collect();
                reader.at = end + 1;
                reader.out.push('{');
                reader.out.push_str(&inside);
            }
            '}' => reader.out.push_str(r"\}"),
            ']' => reader.out.push_str(r"\]"),
            other => reader.out.push(other),
        }
    }
    Some(reader.out)
}

struct Reader {
    rest: Vec<char>,
    at: usize,
    out: String,
}

/// A member of a class.
enum Member {
    One(u32),
    /// What the engine writes inside of a class.
    Set(&'static str),
    /// `\p{…}`, which stands in a class and outside of it.
    Property(String),
    /// A surrogate alone, which is no character, though a range may begin or end with it.
    Surrogate(u32),
}

impl Reader {
    fn next(&mut self) -> Option<char> {
        let character = self.rest.get(self.at).copied();
        self.at += usize::from(character.is_some());
        character
    }

    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn takes(&mut self, text: &str) -> bool {
        let fits = text
            .chars()
            .enumerate()
            .all(|(index, one)| self.rest.get(self.at + index) == Some(&one));
        self.at += if fits { text.chars().count() } else { 0 };
        fits
    }

    /// Where a quantifier ends whose brace was read: `{2}`, `{2,}`, `{2,3}`.
    fn quantifier(&self) -> Option<usize> {
        let end = self.at + self.rest[self.at..].iter().take(24).position(|one| *one == '}')?;
        let inside: String = self.rest[self.at..end].iter().collect();
        let (low, high) = inside.split_once(',').unwrap_or((&inside, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        (self.at > 1 && !low.is_empty() && digits(low) && digits(high)).then_some(end)
    }

    fn escape(&mut self) -> Option<()> {
        match self.peek()? {
            'b' | 'B' => {
                let border = if self.next() == Some('b') { BORDER } else { NO_BORDER };
                self.out.push_str(border);
            }
            'A' => {
                self.at += 1;
                self.out.push('^');
            }
            'z' | 'Z' => {
                self.at += 1;
                self.out.push('$');
            }
            // References to groups.
            digit @ '1'..='9' => {
                self.at += 1;
                self.out.push('\\');
                self.out.push(digit);
                while let Some(digit) = self.peek().filter(char::is_ascii_digit) {
                    self.at += 1;
                    self.out.push(digit);
                }
            }
            'k' => {
                self.at += 1;
                let number = self.takes("<").then(|| self.group()).flatten()?;
                let _ = write!(self.out, "\\{number}");
            }
            _ => match self.atom()? {
                Member::One(code) => literal(&mut self.out, code),
                Member::Property(text) => self.out.push_str(&text),
                Member::Set(set) => {
                    let _ = write!(self.out, "[{set}]");
                }
                Member::Surrogate(_) => self.out.push_str(NONE),
            },
        }
        Some(())
    }

    /// The number of the group whose name follows, up to `>`.
    fn group(&mut self) -> Option<usize> {
        let end = self.at + self.rest[self.at..].iter().position(|one| *one == '>')?;
        let name = self.rest[self.at..end].to_vec();
        self.at = end + 1;
        let (mut number, mut in_class, mut at) = (0, false, 0);
        while let Some(character) = self.rest.get(at) {
            let follows = |text: &str| {
                text.chars()
                    .enumerate()
                    .all(|(index, one)| self.rest.get(at + 1 + index) == Some(&one))
            };
            match character {
                '\\' => at += 1,
                '[' => in_class = true,
                ']' => in_class = false,
                '(' if !in_class && !follows("?") => number += 1,
                '(' if !in_class && follows("?<") && !follows("?<=") && !follows("?<!") => {
                    number += 1;
                    let named = self.rest.get(at + 3..at + 3 + name.len()) == Some(&name[..]);
                    if named && self.rest.get(at + 3 + name.len()) == Some(&'>') {
                        return Some(number);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// What follows a backslash, in a class and outside of it.
    fn atom(&mut self) -> Option<Member> {
        let set = |text| Some(Member::Set(text));
        let one = |code: u32| Some(Member::One(code));
        match self.next()? {
            'd' => set(DIGIT),
            'w' => set(WORD),
            's' => set(SPACE),
            'D' => set(NO_DIGIT),
            'W' => set(NO_WORD),
            'S' => set(NO_SPACE),
            'n' => one(10),
            'r' => one(13),
            't' => one(9),
            'v' => one(11),
            'f' => one(12),
            '0' => one(0),
            'c' => {
                let letter = self.next().filter(char::is_ascii_alphabetic)?;
                one(u32::from(letter) % 32)
            }
            'x' => {
                let code = self.hex(2)?;
                one(code)
            }
            'u' => self.unicode(),
            letter @ ('p' | 'P') => {
                let mut text = format!("\\{letter}");
                if self.peek() == Some('{') {
                    while let Some(character) = self.next() {
                        text.push(character);
                        if character == '}' {
                            break;
                        }
                    }
                } else {
                    text.push(self.next()?);
                }
                Some(java(&text).map_or(Member::Property(text), Member::Set))
            }
            other if other.is_ascii_alphanumeric() => None,
            other => one(u32::from(other)),
        }
    }

    /// `\uXXXX`, a pair of them for one character, or `\u{X}`.
    fn unicode(&mut self) -> Option<Member> {
        if self.takes("{") {
            let end = self.rest[self.at..].iter().take(8).position(|one| *one == '}')?;
            let code = self.hex(end)?;
            self.at += 1;
            return char::from_u32(code).map(|one| Member::One(u32::from(one)));
        }
        let first = self.hex(4)?;
        if !(0xd800..=0xdfff).contains(&first) {
            return Some(Member::One(first));
        }
        let before = self.at;
        if first < 0xdc00 && self.takes("\\u") {
            match self.hex(4) {
                Some(second) if (0xdc00..=0xdfff).contains(&second) => {
                    return Some(Member::One(
                        0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00),
                    ));
                }
                _ => self.at = before,
            }
        }
        Some(Member::Surrogate(first))
    }

    fn hex(&mut self, digits: usize) -> Option<u32> {
        let text: String = self.rest.get(self.at..self.at + digits)?.iter().collect();
        let code = u32::from_str_radix(&text, 16).ok().filter(|_| !text.starts_with('+'))?;
        self.at += digits;
        Some(code)
    }

    /// A class whose bracket was read.
    fn class(&mut self) -> Option<()> {
        let negated = self.takes("^");
        let mut inside = String::new();
        loop {
            match self.peek()? {
                ']' => {
                    self.at += 1;
                    break;
                }
                _ => self.member(&mut inside)?,
            }
        }
        match (inside.is_empty(), negated) {
            (true, false) => self.out.push_str(NONE),
            (true, true) => self.out.push_str(ANY),
            (false, _) => {
                let sign = if negated { "^" } else { "" };
                let _ = write!(self.out, "[{sign}{inside}]");
            }
        }
        Some(())
    }

    /// A member of a class, or a range of them.
    fn member(&mut self, inside: &mut String) -> Option<()> {
        let first = self.class_atom()?;
        let range =
            self.peek() == Some('-') && self.rest.get(self.at + 1).is_some_and(|next| *next != ']');
        if !range {
            put(inside, &first);
            return Some(());
        }
        self.at += 1;
        let last = self.class_atom()?;
        let code = |member: &Member| match member {
            Member::One(code) | Member::Surrogate(code) => Some(*code),
            Member::Set(_) | Member::Property(_) => None,
        };
        match (code(&first), code(&last)) {
            (Some(low), Some(high)) if low > high => return None,
            (Some(low), Some(high)) => {
                let low = if (0xd800..=0xdfff).contains(&low) { 0xe000 } else { low };
                let high = if (0xd800..=0xdfff).contains(&high) { 0xd7ff } else { high };
                if low <= high {
                    bound(inside, low);
                    inside.push('-');
                    bound(inside, high);
                }
            }
            // No range: the sign means itself (annex B).
            _ => {
                put(inside, &first);
                inside.push_str(r"\-");
                put(inside, &last);
            }
        }
        Some(())
    }

    fn class_atom(&mut self) -> Option<Member> {
        match self.next()? {
            // Octal, as annex B has it; `\0` alone is that, too.
            '\\' if self.peek().is_some_and(|one| ('0'..='7').contains(&one)) => {
                let digits = self.rest[self.at..].iter().take(3);
                let text: String = digits.take_while(|one| ('0'..='7').contains(*one)).collect();
                self.at += text.len();
                u32::from_str_radix(&text, 8).ok().filter(|code| *code < 256).map(Member::One)
            }
            '\\' if self.takes("b") => Some(Member::One(8)),
            '\\' if self.takes("-") => Some(Member::One(u32::from('-'))),
            '\\' => self.atom(),
            other => Some(Member::One(u32::from(other))),
        }
    }
}

/// Java's classes that ECMA has no name for: they stand in documents made from Java.
fn java(property: &str) -> Option<&'static str> {
    Some(match property {
        r"\p{XDigit}" => "0-9A-Fa-f",
        r"\p{Punct}" => r"!-/:-@\[-`{-\~",
        r"\p{Alnum}" => "0-9A-Za-z",
        r"\p{Digit}" => "0-9",
        r"\p{Graph}" => r"!-\~",
        r"\p{Print}" => r"\x{20}-\~",
        r"\p{Cntrl}" => r"\x{0}-\x{1f}\x{7f}",
        r"\p{Blank}" => r"\x{20}\t",
        r"\p{LD}" => r"\p{L}\p{Nd}",
        r"\p{all}" => r"\x{0}-\x{10ffff}",
        _ => return None,
    })
}

fn put(out: &mut String, member: &Member) {
    match member {
        Member::One(code) => bound(out, *code),
        Member::Set(set) => out.push_str(set),
        Member::Property(text) => out.push_str(text),
        Member::Surrogate(_) => {}
    }
}

/// A character in a class.
fn bound(out: &mut String, code: u32) {
    match char::from_u32(code) {
        Some(one) if r"[]^&~-\".contains(one) => out.extend(['\\', one]),
        Some(one) if one.is_ascii_graphic() || code > 0xff => out.push(one),
        _ => {
            let _ = write!(out, "\\x{{{code:x}}}");
        }
    }
}

/// A character outside of a class.
fn literal(out: &mut String, code: u32) {
    match char::from_u32(code) {
        Some(one) if r"\.+*?()|[]{}^$#&-~".contains(one) => out.extend(['\\', one]),
        Some(one) if !one.is_control() => out.push(one),
        _ => {
            let _ = write!(out, "\\x{{{code:x}}}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn validator(pattern: &str) -> jsonschema::Validator {
        let pattern = translated(pattern).unwrap_or_else(|| panic!("{pattern}"));
        jsonschema::options()
            .build(&json!({"pattern": pattern}))
            .unwrap_or_else(|error| panic!("{pattern}: {error}"))
    }

    #[test]
    fn patterns_mean_what_they_mean_in_ecma() {
        let cases: [(&str, &[&str], &[&str]); 44] = [
            (r"^\d+$", &["12"], &["१२", "1\n"]),
            (r"^\w+$", &["a_1"], &["é"]),
            (r"^\W$", &["é"], &["a"]),
            (r"^\s$", &[" ", "\u{feff}", "\u{2003}", "\n"], &["\u{85}", "\u{180e}"]),
            (r"^\S$", &["\u{85}", "a"], &["\u{a0}"]),
            (r"^[\s\S]$", &["\n", "a", "é"], &["ab"]),
            (r"^.$", &["a", "\u{85}"], &["\r", "\n", "\u{2028}"]),
            (r"\bat\b", &["at", "éat", "at-"], &["cat", "at_"]),
            (r"^a\Bb", &["ab"], &["a"]),
            (r"a$", &["a"], &["a\n"]),
            (r"\Aab\Z", &["ab"], &["cab", "abc"]),
            (r"^a\/b\-c$", &["a/b-c"], &["ab-c"]),
            (r"^\cJ$", &["\n"], &["J"]),
            (r"^[\cA\b]$", &["\u{1}", "\u{8}"], &["b"]),
            (r"^\x41\u0042\u{43}$", &["ABC"], &["ABD"]),
            (r"^\uD83D\uDE00$", &["😀"], &["x"]),
            (r"^[\uD83D\uDE00-\uD83D\uDE02]$", &["😁"], &["😀😀", "a"]),
            (
                r"^[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*$",
                &["a😀\n"],
                &["\u{1}"],
            ),
            (r"^[\ud800-\udbff]$", &[], &["a", "-"]),
            (r"^{id}$", &["{id}"], &["id"]),
            (r"^a{,3}$", &["a{,3}"], &["aa"]),
            (r"^a{2,3}$", &["aa", "aaa"], &["a", "a{2,3}"]),
            (r"^(?:{[0-9a-f]{2}}|[0-9a-f]{2})$", &["{0a}", "0a"], &["{0a"]),
            (r"^a]$", &["a]"], &["a"]),
            (r"^[^]$", &["\n"], &[""]),
            (r"^[]$", &[], &["", "a"]),
            (r"^[a\]b]$", &["]", "b"], &["c"]),
            (r"^[[a&&b]$", &["[", "&", "a"], &["c", ""]),
            (r"^[\w-]+$", &["a-b"], &["a+b"]),
            (r"^[\w-z]+$", &["a-z"], &["+"]),
            (r"^[+--]$", &["+", ",", "-"], &["."]),
            (r"^[a-]$", &["a", "-"], &["b"]),
            (r"^[^\d\s]$", &["a"], &["1", " "]),
            (r"^[\D]$", &["a"], &["1"]),
            (r"^\p{L}+$", &["aé"], &["1"]),
            (r"^[\p{Lu}_]+$", &["É_"], &["é"]),
            (r"^\p{Script=Greek}$", &["α"], &["a"]),
            (r"^(?!x)(?=.*\d)[a-z\d]+$", &["a1"], &["x1", "ab"]),
            (r"^(?<year>\d{4})-\k<year>$", &["2020-2020"], &["2020-2021"]),
            (r"^(a|b)\1$", &["aa"], &["ab"]),
            (r"^[^/\000-\037]$", &["a", " "], &["/", "\u{1f}", "\u{0}"]),
            (r"^\p{XDigit}{2}$", &["aF"], &["ag"]),
            (r"^(\p{LD}|\p{Punct}| )+$", &["é1 !~"], &["\n"]),
            (r"^[\p{all}]*$", &["\n😀"], &[]),
        ];
        for (pattern, good, bad) in cases {
            let validator = validator(pattern);
            for text in good {
                assert!(validator.is_valid(&json!(text)), "{pattern} {text:?}");
            }
            for text in bad {
                assert!(!validator.is_valid(&json!(text)), "{pattern} {text:?}");
            }
        }
    }

    #[test]
    fn what_is_broken_is_none() {
        for pattern in [r"\", r"[a", r"\q", r"[z-a]", r"\u12", r"\x4", r"\c1", r"[\k]"] {
            assert_eq!(translated(pattern), None, "{pattern}");
        }
    }
}
