//! One spelling for all JSON texts that mean the same: members sorted by name, numbers by value,
//! no white space. Numbers are compared by their digits, so 20-digit identifiers stay apart.

use super::path::{JsonPath, Progress, Step};
use super::rules::Pattern;
use crate::cassette::redact::without_numbers;
use std::borrow::Cow;

/// Deepest nesting that is compared by meaning.
pub(super) const DEPTH_LIMIT: usize = 100;

/// What of a JSON text does not count.
#[derive(Default)]
pub(super) struct Shape<'a> {
    /// Places that are left out.
    pub(super) ignored: Vec<&'a JsonPath>,
    /// Arrays that are sorted.
    pub(super) unordered: Vec<&'a JsonPath>,
    /// What is taken out of strings.
    pub(super) invisible: Vec<&'a Pattern>,
}

/// How far a place has come along the paths: the ignored ones, then the unordered ones.
type Place = Vec<Progress>;

impl Shape<'_> {
    fn paths(&self) -> impl Iterator<Item = &JsonPath> {
        self.ignored.iter().chain(&self.unordered).copied()
    }

    fn root(&self) -> Place {
        self.paths().map(|_| Progress::START).collect()
    }

    fn below(&self, place: &Place, step: Step<'_>) -> Place {
        // Without paths nothing is allocated.
        self.paths().zip(place).map(|(path, progress)| path.step(*progress, step)).collect()
    }

    fn is_ignored(&self, place: &Place) -> bool {
        self.ignored.iter().zip(place).any(|(path, progress)| path.ends(*progress))
    }

    fn is_unordered(&self, place: &Place) -> bool {
        let progress = place.iter().skip(self.ignored.len());
        self.unordered.iter().zip(progress).any(|(path, progress)| path.ends(*progress))
    }
}

/// The canonical spelling of a JSON text; `None` when it is not valid JSON or nests too deeply.
pub(super) fn canonical(text: &[u8], shape: &Shape<'_>) -> Option<Vec<u8>> {
    serde_json::from_slice::<serde::de::IgnoredAny>(text).ok()?;
    let mut walk = Walk { text, at: 0, shape };
    let mut out = Vec::with_capacity(text.len());
    let root = shape.root();
    walk.value(&mut out, 0, &root)?;
    if shape.is_ignored(&root) {
        out.clear();
    }
    Some(out)
}

/// A walk over a text that is known to be valid JSON.
struct Walk<'a> {
    text: &'a [u8],
    at: usize,
    shape: &'a Shape<'a>,
}

impl Walk<'_> {
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at)?.is_ascii_whitespace() {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn value(&mut self, out: &mut Vec<u8>, depth: usize, place: &Place) -> Option<()> {
        if depth > DEPTH_LIMIT {
            return None;
        }
        match self.peek()? {
            b'{' => self.object(out, depth, place),
            b'[' => self.array(out, depth, place),
            b'"' => {
                let mut text = self.string()?;
                for pattern in &self.shape.invisible {
                    if let Cow::Owned(left) = pattern.regex().replace_all(text.as_bytes(), &b""[..])
                    {
                        text = String::from_utf8_lossy(&left).into_owned();
                    }
                }
                out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
                Some(())
            }
            _ => {
                let token = self.token();
                match token.first()? {
                    b'-' | b'0'..=b'9' => out.extend_from_slice(&number(token)),
                    _ => out.extend_from_slice(token),
                }
                Some(())
            }
        }
    }

    fn object(&mut self, out: &mut Vec<u8>, depth: usize, place: &Place) -> Option<()> {
        self.at += 1;
        let mut members: Vec<(String, Vec<u8>)> = Vec::new();
        while self.peek()? != b'}' {
            if self.peek()? == b',' {
                self.at += 1;
                continue;
            }
            let name = self.string()?;
            self.peek()?;
            self.at += 1;
            let below = self.shape.below(place, Step::Name(&name));
            let mut value = Vec::new();
            self.value(&mut value, depth + 1, &below)?;
            if !self.shape.is_ignored(&below) {
                members.push((name, value));
            }
        }
        self.at += 1;
        // A stable sort: repeated names keep their order, and so count.
        members.sort_by(|a, b| a.0.cmp(&b.0));
        out.push(b'{');
        for (index, (name, value)) in members.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(serde_json::Value::from(name.as_str()).to_string().as_bytes());
            out.push(b':');
            out.extend_from_slice(value);
        }
        out.push(b'}');
        Some(())
    }

    fn array(&mut self, out: &mut Vec<u8>, depth: usize, place: &Place) -> Option<()> {
        let unordered = self.shape.is_unordered(place);
        self.at += 1;
        out.push(b'[');
        let start = out.len();
        let mut items: Vec<Vec<u8>> = Vec::new();
        let mut index = 0;
        while self.peek()? != b']' {
            if self.peek()? == b',' {
                self.at += 1;
                continue;
            }
            let below = self.shape.below(place, Step::Index(index));
            index += 1;
            let before = out.len();
            if before > start {
                out.push(b',');
            }
            let item = out.len();
            self.value(out, depth + 1, &below)?;
            if self.shape.is_ignored(&below) {
                out.truncate(before);
            } else if unordered {
                // Numbers of secrets must not decide.
                items.push(without_numbers(&out[item..]).into_owned());
                out.truncate(before);
            }
        }
        self.at += 1;
        items.sort();
        out.extend_from_slice(&items.join(&b','));
        out.push(b']');
        Some(())
    }

    fn string(&mut self) -> Option<String> {
        self.peek()?;
        let start = self.at;
        self.at += 1;
        loop {
            match self.text.get(self.at)? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        // Lone surrogates are no Rust string: such a body is compared as bytes.
        serde_json::from_slice(&self.text[start..self.at]).ok()
    }

    fn token(&mut self) -> &[u8] {
        let rest = &self.text[self.at..];
        let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }
}

/// A number as sign, digits without outer zeros, and exponent: `1`, `1.0` and `10e-1` are one.
fn number(token: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(token).to_ascii_lowercase();
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (negative, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    let trimmed = significant.trim_end_matches('0');
    if trimmed.is_empty() {
        return b"0".to_vec();
    }
    let Ok(exponent) = exponent.parse::<i64>() else { return token.to_vec() };
    let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
    let shift = length(significant) - length(trimmed) - length(fraction);
    let sign = if negative { "-" } else { "" };
    format!("{sign}{trimmed}e{}", exponent.saturating_add(shift)).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &[u8]) -> Option<Vec<u8>> {
        super::canonical(text, &Shape::default())
    }

    fn same(left: &str, right: &str) -> bool {
        canonical(left.as_bytes()).unwrap() == canonical(right.as_bytes()).unwrap()
    }

    #[test]
    fn meaning_counts_and_spelling_does_not() {
        let equal = [
            ("{\"a\":1,\"b\":2}", " { \"b\" : 2 , \"a\" : 1.0 } "),
            ("[1e2,0.5,-0]", "[100,5E-1,0.0]"),
            ("\"\\u00e9\\/\"", "\"é/\""),
            ("{}", "{ }"),
        ];
        for (left, right) in equal {
            assert!(same(left, right), "{left} and {right}");
        }
        let unequal = [
            ("[1,2]", "[2,1]"),
            ("1", "\"1\""),
            ("812345678901234567123", "812345678901234567124"),
            ("{\"a\":1}", "{\"a\":1,\"a\":1}"),
            ("null", "false"),
            ("1", "-1"),
            ("[[]]", "[{}]"),
        ];
        for (left, right) in unequal {
            assert!(!same(left, right), "{left} and {right}");
        }
    }

    #[test]
    fn what_is_not_json_is_not_compared_as_json() {
        for text in ["", "{", "{'a':1}", "1 2", "\"\\ud800\""] {
            assert_eq!(canonical(text.as_bytes()), None, "{text}");
        }
        let deep = format!("{}{}", "[".repeat(120), "]".repeat(120));
        assert_eq!(canonical(deep.as_bytes()), None);
    }
}
