//! The places of a request where variables stand: each is emptied, so that what is compared is what two
//! runs share, and what stood there is noted.

use super::path::{JsonPath, Progress, Step};
use super::rules::{Bind, InForce};
use super::variables::{BOUND, Variable, blanked, blanked_text, is_key_name};
use crate::exchange::pointer_token;
use std::borrow::Cow;

/// Deepest nesting that is looked into; what is canonical nests no deeper.
const DEEPEST: usize = 110;

/// A path, without the segments that rules bind and without the numbers of secrets.
pub(super) fn of_path(path: &str, rules: &InForce<'_>, found: &mut Vec<Variable>) -> String {
    let mut bound: Vec<usize> = rules
        .binds()
        .filter_map(|bind| if let Bind::Path(number) = bind { Some(number.get()) } else { None })
        .collect();
    if bound.is_empty() {
        return blanked_text(path, "path", found);
    }
    bound.sort_unstable();
    let mut out = String::with_capacity(path.len());
    for (number, segment) in path.split('/').enumerate() {
        if number > 0 {
            out.push('/');
        }
        if number > 0 && bound.binary_search(&number).is_ok() && !segment.is_empty() {
            // What is short belongs to this path alone.
            found.push(Variable::new(format!("path:{number} of {out}*"), segment));
            out.push_str(BOUND);
        } else {
            out.push_str(&blanked_text(segment, "path", found));
        }
    }
    out
}

/// Whether rules bind a parameter of the query, or it is a key of the request.
pub(super) fn binds_query(rules: &InForce<'_>, name: &str) -> bool {
    is_key_name(name)
        || rules.binds().any(|bind| matches!(bind, Bind::Query(known) if known.fits(name)))
}

/// The same for a field of a form.
pub(super) fn binds_form(rules: &InForce<'_>, name: &str) -> bool {
    is_key_name(name)
        || rules.binds().any(|bind| matches!(bind, Bind::Form(known) if known.fits(name)))
}

/// Pairs, sorted, without the values that are bound and without the numbers of secrets.
pub(super) fn of_pairs(
    kind: &str,
    pairs: &mut Vec<(String, String)>,
    is_bound: impl Fn(&str) -> bool,
    found: &mut Vec<Variable>,
) {
    let mut noted: Vec<((String, String), Vec<Variable>)> = pairs
        .drain(..)
        .map(|(name, value)| {
            let mut own = Vec::new();
            let value = if is_bound(&name) {
                own.push(Variable::new(format!("{kind}:{name}"), &value));
                BOUND.to_owned()
            } else if value.contains("0000") || value.contains("{{") {
                blanked_text(&value, &format!("{kind}:{name}"), &mut own)
            } else {
                value
            };
            ((name, value), own)
        })
        .collect();
    // Pairs are sorted as they are compared: the values that were taken out say nothing.
    noted.sort_by(|a, b| a.0.cmp(&b.0));
    for (pair, own) in noted {
        pairs.push(pair);
        found.extend(own);
    }
}

/// A canonical JSON text, which stands at `at`, without the values that are bound and without the numbers
/// of secrets.
pub(super) fn of_json(
    text: Vec<u8>,
    at: &str,
    rules: &InForce<'_>,
    found: &mut Vec<Variable>,
) -> Vec<u8> {
    let paths: Vec<&JsonPath> = rules
        .binds()
        .filter_map(|bind| if let Bind::Json(path) = bind { Some(path) } else { None })
        .collect();
    let keyed = has_key_name(&text);
    let text = if paths.is_empty() && !keyed {
        text
    } else {
        let mut scan = Scan { text: &text, at: 0, out: Vec::new(), copied: 0, paths, found };
        let start = vec![Progress::START; scan.paths.len()];
        match scan.value(&start, &mut String::new(), 0) {
            Some(()) => {
                scan.out.extend_from_slice(&text[scan.copied..]);
                scan.out
            }
            None => text,
        }
    };
    match blanked(&text, at, found) {
        Cow::Borrowed(_) => text,
        Cow::Owned(left) => left,
    }
}

/// Whether a text may have a member by whose name it is a key: that is quicker found out than its shape.
fn has_key_name(text: &[u8]) -> bool {
    let like = |word: &[u8], wanted: &[u8]| word.eq_ignore_ascii_case(wanted);
    text.windows(5).enumerate().any(|(at, word)| {
        (like(word, b"token")
            || like(word, b"y_key")
            || like(word, b"cykey")
            || like(word, b"y-key"))
            && text.get(at + 5) == Some(&b'"')
    })
}

/// A walk over a canonical JSON text: no white space, and valid.
struct Scan<'a, 'f> {
    text: &'a [u8],
    at: usize,
    out: Vec<u8>,
    /// Up to where the text was copied.
    copied: usize,
    paths: Vec<&'a JsonPath>,
    found: &'f mut Vec<Variable>,
}

impl Scan<'_, '_> {
    fn value(&mut self, progress: &[Progress], pointer: &mut String, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        let ends = self.paths.iter().zip(progress).any(|(path, progress)| path.ends(*progress));
        if ends {
            return self.take(pointer);
        }
        let close = match self.text.get(self.at)? {
            b'{' => b'}',
            b'[' => b']',
            _ => return self.skip(),
        };
        self.at += 1;
        let mut index = 0;
        while *self.text.get(self.at)? != close {
            if self.text[self.at] == b',' {
                self.at += 1;
            }
            let length = pointer.len();
            let below: Vec<Progress>;
            if close == b'}' {
                let start = self.at;
                self.skip()?;
                let name: String = serde_json::from_slice(&self.text[start..self.at]).ok()?;
                // The colon.
                self.at += 1;
                below = self.step(progress, Step::Name(&name));
                pointer.push('/');
                pointer.push_str(&pointer_token(&name));
                if is_key_name(&name) && self.text.get(self.at) == Some(&b'"') {
                    self.take(pointer)?;
                    pointer.truncate(length);
                    continue;
                }
            } else {
                below = self.step(progress, Step::Index(index));
                pointer.push('/');
                pointer.push_str(&index.to_string());
                index += 1;
            }
            self.value(&below, pointer, depth + 1)?;
            pointer.truncate(length);
        }
        self.at += 1;
        Some(())
    }

    fn step(&self, progress: &[Progress], step: Step<'_>) -> Vec<Progress> {
        self.paths.iter().zip(progress).map(|(path, above)| path.step(*above, step)).collect()
    }

    /// Takes a value out and notes it.
    fn take(&mut self, pointer: &str) -> Option<()> {
        let start = self.at;
        self.skip()?;
        let value = &self.text[start..self.at];
        let text = match value.first()? {
            b'"' => serde_json::from_slice(value).ok()?,
            b'-' | b'0'..=b'9' => digits(value),
            _ => String::from_utf8_lossy(value).into_owned(),
        };
        self.found.push(Variable::new(format!("json:{pointer}"), &text));
        self.out.extend_from_slice(&self.text[self.copied..start]);
        self.out.extend_from_slice(format!("\"{BOUND}\"").as_bytes());
        self.copied = self.at;
        Some(())
    }

    /// Goes over a value.
    fn skip(&mut self) -> Option<()> {
        let mut open = 0_usize;
        loop {
            match *self.text.get(self.at)? {
                b'"' => {
                    self.at += 1;
                    while *self.text.get(self.at)? != b'"' {
                        self.at += if self.text[self.at] == b'\\' { 2 } else { 1 };
                    }
                    self.at += 1;
                }
                b'{' | b'[' => {
                    open += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    open = open.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' => self.at += 1,
                _ => {
                    let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b':');
                    let rest = &self.text[self.at..];
                    self.at += rest.iter().position(ends).unwrap_or(rest.len());
                }
            }
            if open == 0 {
                return Some(());
            }
        }
    }
}

/// A canonical number (`17e8`) as digits where it is a whole one of usual size.
fn digits(number: &[u8]) -> String {
    let text = String::from_utf8_lossy(number);
    let whole = text.split_once('e').and_then(|(mantissa, exponent)| {
        let zeros: usize = exponent.parse().ok()?;
        (zeros <= 40).then(|| format!("{mantissa}{}", "0".repeat(zeros)))
    });
    whole.unwrap_or_else(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::json::Shape;
    use super::super::rules::Rules;
    use super::*;
    use crate::exchange::Request;

    fn noted(bind: &str, json: &str) -> (String, Vec<String>) {
        let mut rules = Rules::default();
        if !bind.is_empty() {
            rules.add(&format!("bind={bind}")).unwrap();
        }
        let request = Request::default();
        let mut found = Vec::new();
        let text = super::super::json::canonical(json.as_bytes(), &Shape::default()).unwrap();
        let left = of_json(text, "body", &rules.in_force(&request, "/"), &mut found);
        let found = found.iter().map(|found| format!("{}={}", found.at, found.text())).collect();
        (String::from_utf8(left).unwrap(), found)
    }

    #[test]
    fn places_of_json_are_emptied() {
        let text = r#"{"name": "x\"y", "items": [{"id": 1700}, {"id": [1, "a"]}], "n": true}"#;
        let cases: [(&str, &str, &[&str]); 4] = [
            ("json:$.name", r#""name":"{{bound}}""#, &["json:/name=x\"y"]),
            (
                "json:$.items[*].id",
                r#"[{"id":"{{bound}}"},{"id":"{{bound}}"}]"#,
                &["json:/items/0/id=1700", "json:/items/1/id=[1e0,\"a\"]"],
            ),
            ("json:$.n", r#""n":"{{bound}}""#, &["json:/n=true"]),
            ("json:$.none", r#""n":true"#, &[]),
        ];
        for (bind, left, found) in cases {
            let (text, noted) = noted(bind, text);
            assert!(text.contains(left), "{bind}: {text}");
            assert_eq!(noted, found, "{bind}");
        }
    }

    #[test]
    fn keys_of_requests_are_variables_without_a_rule() {
        let (text, found) = noted("", r#"{"clientToken": "abc", "deep": {"clientToken": "def"}}"#);
        assert_eq!(text, r#"{"clientToken":"{{bound}}","deep":{"clientToken":"{{bound}}"}}"#);
        assert_eq!(found, ["json:/clientToken=abc", "json:/deep/clientToken=def"]);
        let (_, found) = noted("", r#"{"idempotency_key": "abc", "token": "{{secret:4}}"}"#);
        assert_eq!(found, ["json:/idempotency_key=abc", "body={{secret:4}}"]);
    }

    #[test]
    fn pairs_are_sorted_by_what_is_compared() {
        let bound = |order: [&str; 3]| {
            let mut pairs: Vec<(String, String)> = order
                .iter()
                .map(|pair| pair.split_once('=').unwrap())
                .map(|(a, b)| (a.into(), b.into()))
                .collect();
            let mut found = Vec::new();
            of_pairs("query", &mut pairs, |name| name == "n", &mut found);
            (pairs, found.iter().map(|found| found.text().to_owned()).collect::<Vec<_>>())
        };
        let (pairs, found) = bound(["t={{secret:2}}", "n=z", "a=1"]);
        assert_eq!(pairs, bound(["n=y", "a=1", "t={{secret:9}}"]).0);
        assert_eq!(found, ["z", "{{secret:2}}"]);
    }

    #[test]
    fn segments_are_bound_by_number() {
        let mut rules = Rules::default();
        rules.add("bind=path:2").unwrap();
        let mut found = Vec::new();
        let request = Request::default();
        let left = of_path("/things/7/{{secret:1}}", &rules.in_force(&request, "/"), &mut found);
        assert_eq!(left, "/things/{{bound}}/{{secret}}");
        assert_eq!(found[0].at, "path:2 of /things/*");
    }
}
