//! Where two JSON bodies differ, by their canonical spelling: numbers of any length stay what they
//! are, and what the matching rules took out is not seen.

use super::comparison::Comparison;
use super::field::{Field, Step};
use std::collections::HashMap;

/// Longest spelling of a value that is told, in bytes; it is shortened further for people.
const SPELLED: usize = 4 * 1024;

/// A value of canonical JSON, which has no white space and members in order.
struct Node<'a> {
    text: &'a [u8],
    inner: Inner<'a>,
}

enum Inner<'a> {
    Scalar,
    Array(Vec<Node<'a>>),
    /// Names as they are spelled, with their quotes.
    Object(Vec<(&'a [u8], Node<'a>)>),
}

/// Compares two canonical texts; `None` where one is none.
pub(super) fn compare_texts(recorded: &[u8], sent: &[u8], found: &mut Comparison) -> Option<()> {
    let (recorded, sent) = (read_whole(recorded)?, read_whole(sent)?);
    compare(&recorded, &sent, &mut Vec::new(), found);
    Some(())
}

fn read_whole(text: &[u8]) -> Option<Node<'_>> {
    Reading { text, at: 0 }.value(0).filter(|node| node.text == text)
}

fn compare(ours: &Node, theirs: &Node, at: &mut Vec<Step>, found: &mut Comparison) {
    if found.is_full() || ours.text == theirs.text {
        return;
    }
    match (&ours.inner, &theirs.inner) {
        (Inner::Object(ours), Inner::Object(theirs)) => members(ours, theirs, at, found),
        (Inner::Array(ours), Inner::Array(theirs)) => elements(ours, theirs, at, found),
        (Inner::Scalar, Inner::Scalar) if found.fits(ours.text, theirs.text, b"\"") => {}
        _ => differs(at, Some(ours), Some(theirs), found),
    }
}

/// Members by name; those of a name that is repeated, in order.
fn members(
    ours: &[(&[u8], Node)],
    theirs: &[(&[u8], Node)],
    at: &mut Vec<Step>,
    found: &mut Comparison,
) {
    let (mut left, mut right) = (ours.iter().peekable(), theirs.iter().peekable());
    // Both are sorted by their names as read, not as spelled.
    loop {
        let (ours, theirs) = match (left.peek(), right.peek()) {
            (None, None) => return,
            (Some((a, _)), Some((b, _))) if a == b => (left.next(), right.next()),
            (Some((a, _)), Some((b, _))) if read(a) < read(b) => (left.next(), None),
            (Some(_), None) => (left.next(), None),
            _ => (None, right.next()),
        };
        let Some((name, _)) = ours.or(theirs) else { return };
        at.push(Step::Name(read(name)));
        match (ours, theirs) {
            (Some((_, ours)), Some((_, theirs))) => compare(ours, theirs, at, found),
            (ours, theirs) => {
                differs(at, ours.map(|(_, node)| node), theirs.map(|(_, node)| node), found);
            }
        }
        at.pop();
        if found.is_full() {
            return;
        }
    }
}

fn elements(ours: &[Node], theirs: &[Node], at: &mut Vec<Step>, found: &mut Comparison) {
    if same_elements(ours, theirs) {
        let listed = |nodes: &[Node]| {
            let spelled: Vec<String> = nodes.iter().take(100).map(spelled).collect();
            format!("[{}]", spelled.join(","))
        };
        let (ours, theirs) = (listed(ours), listed(theirs));
        let field = Field::JsonOrder(at.clone());
        found.differs(field, Some(&ours), Some(&theirs));
        return;
    }
    // What is equal at both ends was neither added nor left out.
    let alike = |(a, b): (&Node, &Node)| a.text == b.text;
    let first = ours.iter().zip(theirs).take_while(|(a, b)| alike((a, b))).count();
    let rest = (&ours[first..], &theirs[first..]);
    let last = rest.0.iter().rev().zip(rest.1.iter().rev()).take_while(|(a, b)| alike((a, b)));
    let last = last.count();
    let (ours, theirs) = (&rest.0[..rest.0.len() - last], &rest.1[..rest.1.len() - last]);
    for index in 0..ours.len().max(theirs.len()) {
        at.push(Step::Index(first + index));
        match (ours.get(index), theirs.get(index)) {
            (Some(ours), Some(theirs)) => compare(ours, theirs, at, found),
            (ours, theirs) => differs(at, ours, theirs, found),
        }
        at.pop();
        if found.is_full() {
            return;
        }
    }
}

/// Whether two arrays have the same elements, as often, whatever their order.
fn same_elements(ours: &[Node], theirs: &[Node]) -> bool {
    let mut counts: HashMap<&[u8], i64> = HashMap::new();
    for (nodes, step) in [(ours, 1), (theirs, -1)] {
        for node in nodes {
            *counts.entry(node.text).or_default() += step;
        }
    }
    ours.len() > 1 && counts.values().all(|count| *count == 0)
}

fn differs(at: &[Step], ours: Option<&Node>, theirs: Option<&Node>, found: &mut Comparison) {
    let (ours, theirs) = (ours.map(spelled), theirs.map(spelled));
    found.differs(Field::Json(at.to_vec()), ours.as_deref(), theirs.as_deref());
}

/// A value as people write it: numbers without the exponent that makes them comparable.
fn spelled(node: &Node) -> String {
    let mut out = String::new();
    spell(node, &mut out);
    out
}

fn spell(node: &Node, out: &mut String) {
    if out.len() > SPELLED {
        return;
    }
    let lossy =
        |text: &[u8]| String::from_utf8_lossy(&text[..text.len().min(SPELLED)]).into_owned();
    match &node.inner {
        Inner::Scalar => match node.text.first() {
            Some(b'-' | b'0'..=b'9') => out.push_str(&plain(&lossy(node.text))),
            _ => out.push_str(&lossy(node.text)),
        },
        Inner::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                spell(element, out);
            }
            out.push(']');
        }
        Inner::Object(members) => {
            out.push('{');
            for (index, (name, value)) in members.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                out.push_str(&lossy(name));
                out.push(':');
                spell(value, out);
            }
            out.push('}');
        }
    }
}

/// A canonical number (`15e-1`) in the usual form, where that is short.
fn plain(number: &str) -> String {
    let Some((digits, exponent)) = number.split_once('e') else { return number.to_owned() };
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    match exponent.parse::<i32>() {
        Ok(exponent @ 0..=20) => {
            format!("{sign}{digits}{}", "0".repeat(exponent.unsigned_abs() as usize))
        }
        Ok(exponent @ -20..=-1) => {
            let places = exponent.unsigned_abs() as usize;
            let padded = format!("{digits:0>width$}", width = places + 1);
            let (whole, fraction) = padded.split_at(padded.len() - places);
            format!("{sign}{whole}.{fraction}")
        }
        _ => number.to_owned(),
    }
}

/// A name without its quotes and escapes.
fn read(name: &[u8]) -> String {
    serde_json::from_slice(name).unwrap_or_else(|_| String::from_utf8_lossy(name).into_owned())
}

/// Reads canonical JSON. Nesting is as deep as the canonical form allows.
struct Reading<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Reading<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn value(&mut self, depth: usize) -> Option<Node<'a>> {
        let start = self.at;
        let inner = match self.peek()? {
            _ if depth > super::json::DEPTH_LIMIT + 1 => return None,
            b'[' => {
                let mut elements = Vec::new();
                self.at += 1;
                while self.peek()? != b']' {
                    self.at += usize::from(self.peek()? == b',');
                    elements.push(self.value(depth + 1)?);
                }
                self.at += 1;
                Inner::Array(elements)
            }
            b'{' => {
                let mut members = Vec::new();
                self.at += 1;
                while self.peek()? != b'}' {
                    self.at += usize::from(self.peek()? == b',');
                    let name = self.scalar()?;
                    self.at += 1;
                    members.push((name, self.value(depth + 1)?));
                }
                self.at += 1;
                Inner::Object(members)
            }
            _ => {
                self.scalar()?;
                Inner::Scalar
            }
        };
        Some(Node { text: &self.text[start..self.at], inner })
    }

    fn scalar(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        if self.peek()? == b'"' {
            self.at += 1;
            while self.peek()? != b'"' {
                self.at += if self.peek()? == b'\\' { 2 } else { 1 };
            }
            self.at += 1;
        } else {
            while self.peek().is_some_and(|b| !matches!(b, b',' | b']' | b'}' | b':')) {
                self.at += 1;
            }
        }
        (self.at > start).then(|| self.text.get(start..self.at))?
    }
}

#[cfg(test)]
mod tests {
    use super::super::field::Mismatch;
    use super::*;
    use crate::diff::DIFFERENCE_LIMIT;
    use proptest::prelude::*;

    fn differences(recorded: &[u8], sent: &[u8]) -> Vec<Mismatch> {
        let mut found = Comparison::default();
        compare_texts(recorded, sent, &mut found).unwrap();
        found.into_parts().0
    }

    fn told(recorded: &str, sent: &str) -> Vec<String> {
        let canonical = |text: &str| {
            super::super::json::canonical(text.as_bytes(), &super::super::json::Shape::default())
                .unwrap()
        };
        let side = |side: Option<String>| side.unwrap_or_else(|| "-".to_owned());
        differences(&canonical(recorded), &canonical(sent))
            .into_iter()
            .map(|m| {
                let order = if matches!(m.field, Field::JsonOrder(_)) { " order" } else { "" };
                format!("{}{order} {} {}", m.field, side(m.recorded), side(m.sent))
            })
            .collect()
    }

    #[test]
    fn the_field_at_fault_is_named() {
        let cases: &[(&str, &str, &[&str])] = &[
            ("{\"a\":1}", "{\"a\":\"1\"}", &["body:/a 1 \"1\""]),
            ("{\"a\":1.50}", "{\"a\":-0.05}", &["body:/a 1.5 -0.05"]),
            ("{\"a\":100}", "{\"a\":1e30}", &["body:/a 100 1e30"]),
            (
                "{\"n\":12345678901234567890123}",
                "{\"n\":12345678901234567890124}",
                &["body:/n 12345678901234567890123 12345678901234567890124"],
            ),
            ("{\"t\":[1,2,3]}", "{\"t\":[3,1,2]}", &["body:/t order [1,2,3] [3,1,2]"]),
            ("[1,2,3]", "[1,3]", &["body:/1 2 -"]),
            ("[1,2]", "[0,1,2]", &["body:/0 - 0"]),
            ("[{\"a\":1},{\"a\":2}]", "[{\"a\":1},{\"a\":3}]", &["body:/1/a 2 3"]),
            ("{\"a\":1}", "{\"a\":1,\"b\":{\"c\":[1]}}", &["body:/b - {\"c\":[1]}"]),
            ("{\"a\":1,\"a\":2}", "{\"a\":1}", &["body:/a 2 -"]),
            ("{\"a b\":null}", "{\"a/b\":null}", &["body:/a b null -", "body:/a~1b - null"]),
            ("{}", "[]", &["body: {} []"]),
            ("\"x\"", "\"x \"", &["body: \"x\" \"x \""]),
        ];
        for (recorded, sent, expected) in cases {
            assert_eq!(told(recorded, sent), *expected, "{recorded} {sent}");
        }
    }

    #[test]
    fn a_placeholder_is_filled_by_any_value() {
        let recorded = "{\"k\":\"{{secret}}\",\"n\":1}";
        assert_eq!(told(recorded, "{\"k\":\"abc\",\"n\":2}"), ["body:/n 1 2"]);
        let hidden = told(recorded, "{\"k\":[\"abcd\"],\"n\":1}");
        assert_eq!(hidden.len(), 1);
        assert!(!hidden[0].contains("abcd"), "{hidden:?}");
    }

    #[test]
    fn many_differences_are_bounded() {
        let many = |from: usize| {
            let numbers: Vec<String> = (from..from + 10_000).map(|n| n.to_string()).collect();
            format!("[{}]", numbers.join(","))
        };
        assert_eq!(told(&many(0), &many(20_000)).len(), DIFFERENCE_LIMIT);
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            ".*".prop_map(serde_json::Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::vec((".{0,3}", inner), 0..5)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Two bodies are told apart wherever they differ, and never where they do not.
        #[test]
        fn differing_bodies_have_a_difference(ours in value(), theirs in value()) {
            let text = |value: &serde_json::Value| super::super::json::canonical(value.to_string().as_bytes(), &super::super::json::Shape::default());
            let (Some(ours), Some(theirs)) = (text(&ours), text(&theirs)) else { return Ok(()) };
            prop_assert_eq!(differences(&ours, &theirs).is_empty(), ours == theirs);
            prop_assert!(differences(&ours, &ours).is_empty());
        }
    }
}
