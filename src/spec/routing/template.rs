//! One segment of a path template against one segment of a path.

use std::cmp::Ordering;

/// A segment of a path template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Text alone, percent-encoding undone.
    Literal(String),
    /// One variable and nothing else.
    Variable(String),
    /// Text and variables (`{name}.{format}`, `{id}:cancel`).
    Mixed(Vec<Part>),
}

/// A part of a mixed segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text, percent-encoding undone.
    Text(String),
    /// A variable's name.
    Variable(String),
}

impl Segment {
    /// Reads a segment of a template. A brace without its twin is text.
    pub fn parse(template: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            let Some(length) = rest[open..].find('}') else { break };
            if open > 0 {
                parts.push(Part::Text(crate::exchange::percent_decoded(&rest[..open])));
            }
            parts.push(Part::Variable(rest[open + 1..open + length].to_owned()));
            rest = &rest[open + length + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(crate::exchange::percent_decoded(rest)));
        }
        match (parts.pop(), parts.is_empty()) {
            (None, _) => Self::Literal(String::new()),
            (Some(Part::Text(text)), true) => Self::Literal(text),
            (Some(Part::Variable(name)), true) => Self::Variable(name),
            (Some(last), false) => {
                parts.push(last);
                Self::Mixed(parts)
            }
        }
    }
}

/// How much of a mixed segment is text: more comes first.
pub fn by_text(a: &[Part], b: &[Part]) -> Ordering {
    let text = |parts: &[Part]| -> usize {
        parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.len(),
                Part::Variable(_) => 0,
            })
            .sum()
    };
    text(b).cmp(&text(a)).then(a.len().cmp(&b.len()))
}

/// The values of a mixed segment's variables, none of them empty; `None` when the text does not fit.
/// A variable takes as little as it can, the last one what is left.
pub fn values(parts: &[Part], decoded: &str) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let mut rest = decoded;
    for (index, part) in parts.iter().enumerate() {
        match (part, parts.get(index + 1)) {
            (Part::Text(text), next) => {
                rest = rest.strip_prefix(text.as_str())?;
                if next.is_none() && !rest.is_empty() {
                    return None;
                }
            }
            (Part::Variable(_), Some(Part::Text(text))) => {
                let first = rest.chars().next()?.len_utf8();
                // The closing text of a template must stand at the end.
                let end = if index + 2 == parts.len() {
                    rest.len()
                        .checked_sub(text.len())
                        .filter(|at| rest.ends_with(text) && *at >= first)?
                } else {
                    first + rest[first..].find(text.as_str())?
                };
                values.push(rest[..end].to_owned());
                rest = &rest[end..];
            }
            (Part::Variable(_), Some(Part::Variable(_))) => {
                let first = rest.chars().next()?.len_utf8();
                values.push(rest[..first].to_owned());
                rest = &rest[first..];
            }
            (Part::Variable(_), None) => {
                if rest.is_empty() {
                    return None;
                }
                values.push(rest.to_owned());
                rest = "";
            }
        }
    }
    rest.is_empty().then_some(values)
}

/// Whether a host fits a pattern in which `*` stands for one or more characters other than `/`.
pub fn host_fits(pattern: &str, host: &str) -> bool {
    let pieces: Vec<&str> = pattern.split('*').collect();
    let Some((first, rest)) = pieces.split_first() else { return false };
    let Some(mut left) = host.strip_prefix(first) else { return false };
    let Some((last, middle)) = rest.split_last() else { return left.is_empty() };
    for piece in middle {
        let Some(skipped) = left.char_indices().nth(1).map(|(at, _)| at) else { return false };
        let Some(at) = left[skipped..].find(piece) else { return false };
        left = &left[skipped + at + piece.len()..];
    }
    left.len() > last.len() && left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixed_segments_give_their_values() {
        let cases: [(&str, &str, Option<&[&str]>); 11] = [
            ("{name}.{format}", "plan.json", Some(&["plan", "json"])),
            ("{name}.{format}", "a.b.c", Some(&["a", "b.c"])),
            ("{id}:cancel", "7:cancel", Some(&["7"])),
            ("{id}:cancel", "7:cancel:cancel", Some(&["7:cancel"])),
            ("{id}:cancel", ":cancel", None),
            ("{id}:cancel", "7:start", None),
            ("v{version}", "v12", Some(&["12"])),
            ("v{version}", "v", None),
            ("v{version}", "w1", None),
            ("{a}{b}", "äxy", Some(&["ä", "xy"])),
            ("({a},{b})", "(1,2)", Some(&["1", "2"])),
        ];
        for (template, text, expected) in cases {
            let Segment::Mixed(parts) = Segment::parse(template) else { panic!("{template}") };
            let found = values(&parts, text);
            let expected = expected.map(|e| e.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>());
            assert_eq!(found, expected, "{template} {text}");
        }
    }

    #[test]
    fn plain_segments() {
        assert_eq!(Segment::parse("a%20b"), Segment::Literal("a b".into()));
        assert_eq!(Segment::parse("{id}"), Segment::Variable("id".into()));
        assert_eq!(Segment::parse("{id"), Segment::Literal("{id".into()));
        assert_eq!(Segment::parse(""), Segment::Literal(String::new()));
    }

    #[test]
    fn hosts_fit_patterns() {
        let cases = [
            ("depot.example", "depot.example", true),
            ("depot.example", "depot.example.org", false),
            ("*.depot.example", "north.depot.example", true),
            ("*.depot.example", ".depot.example", false),
            ("ims.*.depot.*", "ims.north-4.depot.example", true),
            ("ims.*.depot.*", "ims.depot.example", false),
            ("*", "anything", true),
            ("", "", true),
        ];
        for (pattern, host, expected) in cases {
            assert_eq!(host_fits(pattern, host), expected, "{pattern} {host}");
        }
    }
}
