//! Arrays: prefixes, lengths, uniqueness, `contains`.

use super::GenerateErrorKind;
use super::conjunction::{Conjunction, Located};
use super::engine::{Engine, Extent, same};
use serde_json::Value;

/// Draws of one item before uniqueness is given up.
const DRAWS: usize = 32;
/// Longest array that is made.
const LONGEST: usize = 10_000;

impl<'a> Engine<'a> {
    /// An array for which everything holds.
    pub(super) fn array(
        &mut self,
        whole: &Conjunction<'a>,
        extent: Extent,
    ) -> Result<Value, GenerateErrorKind> {
        let least = whole.at_least("minItems");
        let most = whole.at_most("maxItems").unwrap_or(usize::MAX);
        let wanted: Vec<(Located<'a>, usize)> =
            whole.members.iter().filter_map(contained).collect();
        let asked: usize = wanted.iter().map(|(_, times)| times).sum();
        if least > most {
            return Err(GenerateErrorKind::Contradictory);
        }
        if least > LONGEST || asked > LONGEST {
            return Err(GenerateErrorKind::TooLarge);
        }
        let usual = match extent {
            Extent::Full => prefixes(whole).max(1),
            Extent::Terse => 0,
        };
        let length = least.max(usual).max(asked).min(most);
        let mut contained =
            wanted.iter().flat_map(|(schema, times)| std::iter::repeat_n(schema, *times));
        let unique = Unique::of(whole);
        let mut items: Vec<Value> = Vec::new();
        for index in 0..length {
            let mut roots = item_roots(whole, index);
            // What must be contained stands behind the prefix, where there is room.
            let behind = index >= prefixes(whole) || length - index <= asked;
            roots.extend(if behind { contained.next().cloned() } else { None });
            match self.item(&roots, &unique, &items) {
                Ok(item) => items.push(item),
                Err(GenerateErrorKind::Exhausted) => return Err(GenerateErrorKind::Exhausted),
                Err(_) if index >= least.max(asked) => break,
                Err(kind) => return Err(kind),
            }
        }
        let value = Value::Array(items);
        if asked > 0 && !self.hold(&whole.roots, &value) {
            return Err(GenerateErrorKind::Contradictory);
        }
        Ok(value)
    }

    fn item(
        &mut self,
        roots: &[Located<'a>],
        unique: &Unique<'a>,
        before: &[Value],
    ) -> Result<Value, GenerateErrorKind> {
        let mut item = self.value(roots)?;
        for _ in 0..DRAWS {
            if before.iter().all(|other| unique.differ(&item, other)) {
                return Ok(item);
            }
            item = self.another(roots)?;
        }
        Err(GenerateErrorKind::Contradictory)
    }
}

/// In what the items of an array must differ.
struct Unique<'a> {
    whole: bool,
    by: Vec<&'a str>,
}

impl<'a> Unique<'a> {
    fn of(whole: &Conjunction<'a>) -> Self {
        let by = whole.all("x-unique-by").filter_map(Value::as_str).collect();
        Self { whole: whole.says("uniqueItems"), by }
    }

    fn differ(&self, left: &Value, right: &Value) -> bool {
        let in_field = |name: &&str| match (left.get(*name), right.get(*name)) {
            (Some(left), Some(right)) => !same(left, right),
            _ => true,
        };
        (!self.whole || !same(left, right)) && self.by.iter().all(in_field)
    }
}

fn prefixes(whole: &Conjunction<'_>) -> usize {
    whole.all("prefixItems").filter_map(Value::as_array).map(Vec::len).max().unwrap_or(0)
}

fn item_roots<'a>(whole: &Conjunction<'a>, index: usize) -> Vec<Located<'a>> {
    let position = index.to_string();
    let mut roots: Vec<Located<'a>> = whole
        .members
        .iter()
        .filter_map(|member| {
            member.child(&["prefixItems", &position]).or_else(|| member.child(&["items"]))
        })
        .collect();
    if roots.is_empty() {
        roots.extend(whole.members.iter().filter_map(|m| m.child(&["unevaluatedItems"])));
    }
    roots
}

/// What a member wants contained, and how often (`contains`, `minContains`).
fn contained<'a>(member: &Located<'a>) -> Option<(Located<'a>, usize)> {
    let schema = member.child(&["contains"])?;
    let times = member.schema.get("minContains").and_then(Value::as_u64).unwrap_or(1);
    Some((schema, usize::try_from(times).unwrap_or(usize::MAX).min(LONGEST + 1)))
}
