//! Going through a text beside the nodes of a schema.

use super::{Marks, Members, Node, Plain, kind};
use crate::check::catalogue::Item;
use crate::check::shape::{Named, Shapes};
use crate::exchange::{JsonScan, JsonText};
use crate::spec::{Direction, SchemaRef, Spec};
use serde_json::Value;

/// Deepest nesting that is gone through.
const DEPTH: usize = 60;
/// Most members of an object whose names no schema has.
const OTHERS: usize = 256;
/// Most characters of a number that a double holds exactly.
const DIGITS: usize = 15;

struct Run<'r, 'a, 't> {
    plain: &'r Plain,
    spec: &'r Spec,
    shapes: &'r Shapes<'a>,
    scan: JsonScan<'t>,
    seen: Vec<u64>,
    /// What the validators' part of the text shows.
    items: Vec<Item>,
    /// Names of members that no schema has, of each object that is open.
    names: Vec<&'t str>,
    deepest: usize,
}

/// Goes through a text; `None` where it does not plainly keep the promise.
pub(super) fn run(
    plain: &Plain,
    spec: &Spec,
    shapes: &Shapes<'_>,
    text: &str,
    marks: &mut Marks,
) -> Option<Vec<Item>> {
    let mut run = Run::new(plain, spec, shapes, text);
    run.value(0, 0)?;
    let is_all = run.scan.peek().is_none() && plain.affordable.at(run.deepest);
    is_all.then(|| run.new_to(marks))
}

/// Holds a parameter's text to its schema: as it is where that takes text alone, or the number that it writes.
pub(super) fn run_scalar(
    plain: &Plain,
    spec: &Spec,
    shapes: &Shapes<'_>,
    text: &str,
    marks: &mut Marks,
) -> Option<Vec<Item>> {
    let node = plain.nodes.first()?;
    let mut run = Run::new(plain, spec, shapes, text);
    match node.kinds {
        kind::STRING => run.characters(node, text)?,
        kind::INTEGER | kind::NUMBER => {
            let is_foreign = |byte: u8| !matches!(byte, b'0'..=b'9' | b'-' | b'.');
            (!text.is_empty() && !text.bytes().any(is_foreign)).then_some(())?;
            run.number(node)?;
            run.scan.peek().is_none().then_some(())?;
        }
        _ => return None,
    }
    plain.affordable.at(0).then(|| run.new_to(marks))
}

impl<'r, 'a, 't> Run<'r, 'a, 't> {
    fn new(plain: &'r Plain, spec: &'r Spec, shapes: &'r Shapes<'a>, text: &'t str) -> Self {
        let seen = vec![0; plain.items.len().div_ceil(64)];
        let scan = JsonScan::new(text);
        let (items, names) = (Vec::new(), Vec::new());
        Self { plain, spec, shapes, scan, seen, items, names, deepest: 0 }
    }

    /// What was seen and is not marked yet. It is now.
    fn new_to(self, marks: &mut Marks) -> Vec<Item> {
        let mut new = self.items;
        marks.0.resize(self.seen.len(), 0);
        for ((known, seen), word) in marks.0.iter_mut().zip(self.seen).zip(0..) {
            let mut bits = seen & !*known;
            *known |= seen;
            while bits != 0 {
                new.push(self.plain.items[word * 64 + bits.trailing_zeros() as usize]);
                bits &= bits - 1;
            }
        }
        new
    }

    fn value(&mut self, node: usize, depth: usize) -> Option<()> {
        let node = &self.plain.nodes[node];
        if let Some(schema) = &node.whole {
            return self.whole(node, schema, depth);
        }
        match self.scan.peek()? {
            b'{' => self.object(node, depth),
            b'[' => self.array(node, depth),
            b'"' => self.text(node),
            b'-' | b'0'..=b'9' => self.number(node),
            _ => self.word(node),
        }
    }

    fn see(&mut self, mark: u32) {
        self.seen[mark as usize / 64] |= 1 << (mark % 64);
    }

    /// What can be said of a value that is no object and no array.
    fn scalar(&mut self, node: &Node, is: impl Fn(&Value) -> bool) -> Option<()> {
        if let Some(allowed) = &node.allowed {
            allowed.iter().any(&is).then_some(())?;
        }
        for (_, mark) in node.named.iter().filter(|(value, _)| is(value)) {
            self.see(*mark);
        }
        Some(())
    }

    fn word(&mut self, node: &Node) -> Option<()> {
        let (kind, value) = match self.scan.word()? {
            "null" => (kind::NULL, Value::Null),
            word => (kind::BOOLEAN, Value::Bool(word == "true")),
        };
        (node.kinds & kind != 0).then_some(())?;
        self.scalar(node, |other| *other == value)
    }

    fn number(&mut self, node: &Node) -> Option<()> {
        let token = self.scan.number()?;
        // To some, `-0` is no integer.
        if token.len() > DIGITS || token == "-0" {
            return None;
        }
        // With a fraction it may be an integer all the same, and equal one: the validators know.
        let whole = if token.contains(['.', 'e', 'E']) {
            let is_plain = node.kinds & kind::NUMBER != 0
                && node.allowed.is_none()
                && node.named.is_empty()
                && !token.contains(['e', 'E']);
            is_plain.then_some(())?;
            None
        } else {
            (node.kinds & (kind::INTEGER | kind::NUMBER) != 0).then_some(())?;
            Some(token.parse::<i64>().ok()?)
        };
        if let Some((least, most)) = node.range {
            let number: f64 = token.parse().ok()?;
            (least <= number && number <= most).then_some(())?;
        }
        match whole {
            Some(whole) => self.scalar(node, |other| other.as_i64() == Some(whole)),
            None => Some(()),
        }
    }

    fn text(&mut self, node: &Node) -> Option<()> {
        let text = self.scan.string()?.text()?;
        self.characters(node, &text)
    }

    fn characters(&mut self, node: &Node, text: &str) -> Option<()> {
        (node.kinds & kind::STRING != 0).then_some(())?;
        if let Some((fewest, most)) = node.length {
            let is_within = |count: usize| (fewest..=most).contains(&count);
            // A character is one to four bytes.
            let surely = text.len().div_ceil(4) >= fewest && text.len() <= most;
            (surely || is_within(text.chars().count())).then_some(())?;
        }
        if let Some((form, schema)) = &node.form
            && !form.surely(text)
        {
            self.judged(schema, &Value::from(text))?;
        }
        self.scalar(node, |other| other.as_str() == Some(text))
    }

    fn array(&mut self, node: &Node, depth: usize) -> Option<()> {
        self.enter(node, kind::ARRAY, depth)?;
        self.scan.take(b'[')?;
        let mut count = 0;
        if !self.scan.takes(b']') {
            loop {
                count += 1;
                self.value(node.array.node, depth + 1)?;
                if !self.scan.goes_on(b']')? {
                    break;
                }
            }
        }
        within(count, node.array.count)
    }

    /// Begins what has parts.
    fn enter(&mut self, node: &Node, kind: u8, depth: usize) -> Option<()> {
        self.deepest = self.deepest.max(depth + 1);
        let is_plain = node.kinds & kind != 0 && node.allowed.is_none() && depth < DEPTH;
        // A documented value with parts may be this one.
        let has_parts = |(value, _): &(Value, u32)| value.is_object() || value.is_array();
        (is_plain && !node.named.iter().any(has_parts)).then_some(())
    }

    fn object(&mut self, node: &'r Node, depth: usize) -> Option<()> {
        self.enter(node, kind::OBJECT, depth)?;
        self.scan.take(b'{')?;
        let (mut met, mut next, mut count) = (0_u128, 0, 0);
        let others = self.names.len();
        if !self.scan.takes(b'}') {
            loop {
                let name = self.scan.string().filter(|name| !name.escaped)?.raw;
                self.scan.take(b':')?;
                count += 1;
                let child = match node.object.find(name, next) {
                    Some(at) => {
                        (met & (1 << at) == 0).then_some(())?;
                        met |= 1 << at;
                        next = at + 1;
                        let property = &node.object.properties[at];
                        property.marks.iter().for_each(|mark| self.see(*mark));
                        property.node
                    }
                    None => self.other(&node.object, name, others)?,
                };
                self.value(child, depth + 1)?;
                if !self.scan.goes_on(b'}')? {
                    break;
                }
            }
        }
        self.names.truncate(others);
        (met & node.object.required == node.object.required).then_some(())?;
        within(count, node.object.count)
    }

    /// A member that no schema names.
    fn other(&mut self, members: &Members, name: &'t str, others: usize) -> Option<usize> {
        let known = &self.names[others..];
        if known.len() >= OTHERS || known.contains(&name) {
            return None;
        }
        self.names.push(name);
        members.others
    }

    /// Has a part of the text judged by the validators.
    fn whole(&mut self, node: &Node, schema: &SchemaRef, depth: usize) -> Option<()> {
        self.scan.peek()?;
        let start = self.scan.at();
        self.scan.skip()?;
        let text = self.scan.between(start, self.scan.at())?;
        let JsonText { value, doubt: None } = JsonText::read(text.as_bytes()).ok()? else {
            return None;
        };
        self.judged(schema, &value)?;
        self.deepest = self.deepest.max(depth + levels(&value));
        let walked = self.shapes.walk_part(&node.shapes, &value, depth);
        walked.unnamed.is_empty().then_some(())?;
        let (direction, spec) = (self.plain.direction, self.plain.spec_index);
        self.items.extend(walked.seen.into_iter().map(|named: Named| match direction {
            Direction::Request => Item::Request(spec, named),
            Direction::Response => Item::Response(spec, named),
        }));
        Some(())
    }

    fn judged(&self, schema: &SchemaRef, value: &Value) -> Option<()> {
        let violations = self.spec.validate(schema, value, self.plain.direction).ok()?;
        violations.is_empty().then_some(())
    }
}

impl Members {
    /// The position of a property, most likely the `next` one.
    fn find(&self, name: &str, next: usize) -> Option<usize> {
        if let Some(property) = self.properties.get(next)
            && *property.name == *name
        {
            return Some(next);
        }
        let name_at = |at: &u16| &*self.properties[usize::from(*at)].name;
        let found = self.by_name.binary_search_by(|at| name_at(at).cmp(name)).ok()?;
        Some(usize::from(self.by_name[found]))
    }
}

fn within(count: usize, limits: Option<(usize, usize)>) -> Option<()> {
    limits.is_none_or(|(fewest, most)| (fewest..=most).contains(&count)).then_some(())
}

/// How deep a value is nested, which its parser bounds.
fn levels(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(levels).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(levels).max().unwrap_or(0),
        _ => 0,
    }
}
