//! Mistakes in JSON values: each is one keyword of a schema that speaks of a place in the value, broken there.

use super::lie;
use super::mistake::Mistake;
use super::surely::{Surely, item_schema, member_schema};
use crate::cassette::redact::is_placeholder;
use crate::exchange::pointer_token;
use serde_json::{Map, Number, Value, json};
use std::collections::HashMap;

/// Most schemas that are taken to speak of one place.
const SCHEMAS: usize = 64;

/// Most places of one value that mistakes are planted at, and deepest.
const PLACES: usize = 400;
const DEPTH: usize = 24;

/// Most mistakes of one kind in one value, and most tries at one.
const OF_A_KIND: usize = 6;
const TRIES: usize = 100;

/// Longest text and array that is made to be too long.
const LONG: u64 = 20_000;

/// The member that nothing names.
pub(super) const EXTRA: &str = "testimony_planted";

/// Text that nothing means.
pub(super) const NONSENSE: &str = "testimony-planted";

/// A value with one mistake in it.
#[derive(Debug, Clone)]
pub(super) struct Lie {
    pub mistake: Mistake,
    /// Where, as a JSON pointer; of a missing member the place where it is missing.
    pub at: String,
    /// What was done.
    pub what: String,
    /// The whole value.
    pub value: Value,
}

/// A place in a value, and every schema that may speak of it.
struct Place<'s> {
    at: String,
    schemas: Vec<&'s Map<String, Value>>,
    depth: usize,
}

/// Mistakes that surely break the schema, a few of each kind, spread over the places of the value by a seed. The
/// value keeps the schema.
pub(super) fn lies<'a>(
    surely: &Surely<'a>,
    schema: &'a Value,
    value: &Value,
    seed: u64,
) -> Vec<Lie> {
    lies_of(surely, schema, value, seed, OF_A_KIND)
}

/// The same, with at most so many of a kind.
pub(super) fn lies_of<'a>(
    surely: &Surely<'a>,
    schema: &'a Value,
    value: &Value,
    seed: u64,
    of_a_kind: usize,
) -> Vec<Lie> {
    let mut places =
        vec![Place { at: String::new(), schemas: spoken(surely, &[schema]), depth: 0 }];
    let mut next = 0;
    while next < places.len() && places.len() < PLACES {
        let place = &places[next];
        if let Some(here) = value.pointer(&place.at).filter(|_| place.depth < DEPTH) {
            let more = below(surely, place, here);
            places.extend(more);
        }
        next += 1;
    }
    let mut found = Found { most: of_a_kind, ..Found::default() };
    for index in scattered(places.len(), seed) {
        let place = &places[index];
        let Some(here) = value.pointer(&place.at) else { continue };
        Wrong { surely, schema, whole: value, place, found: &mut found }.everything(here);
    }
    found.lies
}

/// The numbers below one, each once, neighbours far apart.
fn scattered(length: usize, seed: u64) -> impl Iterator<Item = usize> {
    fn divisor(a: usize, b: usize) -> usize {
        if b == 0 { a } else { divisor(b, a % b) }
    }
    let middle = length * 5 / 8;
    let step =
        (middle.max(1)..=length.max(1)).find(|step| divisor(*step, length) == 1).unwrap_or(1);
    let first = usize::try_from(seed % length.max(1) as u64).unwrap_or(0);
    (0..length).map(move |index| (first + index * step) % length)
}

/// Mistakes so far.
#[derive(Default)]
struct Found {
    lies: Vec<Lie>,
    /// Most of a kind.
    most: usize,
    /// How often a kind was tried, and how often planted.
    tried: HashMap<Mistake, (usize, usize)>,
}

impl Found {
    /// Whether a kind may be tried once more.
    fn wants(&mut self, mistake: Mistake) -> bool {
        let (tried, planted) = self.tried.entry(mistake).or_default();
        *tried += 1;
        *planted < self.most && *tried <= TRIES * self.most / OF_A_KIND
    }

    fn add(&mut self, lie: Lie) {
        self.tried.entry(lie.mistake).or_default().1 += 1;
        self.lies.push(lie);
    }
}

/// The schemas that may speak of the same value: through references and compositions.
fn spoken<'a>(surely: &Surely<'a>, roots: &[&'a Value]) -> Vec<&'a Map<String, Value>> {
    let mut found: Vec<&'a Map<String, Value>> = Vec::new();
    let mut open = roots.to_vec();
    while let Some(schema) = open.pop() {
        let Some(map) = schema.as_object() else { continue };
        if found.len() >= SCHEMAS || found.iter().any(|other| std::ptr::eq(*other, map)) {
            continue;
        }
        found.push(map);
        open.extend(surely.target(schema));
        for word in ["allOf", "anyOf", "oneOf"] {
            open.extend(map.get(word).and_then(Value::as_array).into_iter().flatten());
        }
    }
    found
}

/// The places one step further down, the last first.
fn below<'a>(surely: &Surely<'a>, place: &Place<'a>, value: &Value) -> Vec<Place<'a>> {
    let step = |segment: &str, schemas: Vec<&'a Value>| Place {
        at: format!("{}/{}", place.at, pointer_token(segment)),
        schemas: spoken(surely, &schemas),
        depth: place.depth + 1,
    };
    let mut found: Vec<Place<'a>> = match value {
        Value::Object(members) => members
            .keys()
            .map(|name| {
                let schemas = place.schemas.iter().filter_map(|map| member_schema(map, name));
                step(name, schemas.collect())
            })
            .collect(),
        // The first and the last: others are like them.
        Value::Array(items) => [0, items.len().saturating_sub(1)]
            .into_iter()
            .take(items.len())
            .map(|index| {
                let schemas = place.schemas.iter().filter_map(|map| item_schema(map, index));
                step(&index.to_string(), schemas.collect())
            })
            .collect(),
        _ => Vec::new(),
    };
    found.retain(|place| !place.schemas.is_empty());
    found.reverse();
    found
}

struct Wrong<'w, 'a> {
    surely: &'w Surely<'a>,
    schema: &'a Value,
    whole: &'w Value,
    place: &'w Place<'a>,
    found: &'w mut Found,
}

impl Wrong<'_, '_> {
    fn everything(&mut self, here: &Value) {
        // Text first: it is what the wire can carry in the place of a number.
        let typed = [json!(NONSENSE), json!([]), json!({}), json!(true), json!(0.5)];
        let others = typed.into_iter().filter(|other| kind(other) != kind(here));
        self.first(Mistake::WrongType, others);
        if !here.is_null() {
            self.first(Mistake::NullNotAllowed, [Value::Null]);
        }
        let schemas = self.place.schemas.clone();
        for map in schemas {
            if map.contains_key("enum") {
                self.first(Mistake::EnumValueOut, [foreign(here)]);
            }
            if map.contains_key("const") {
                self.first(Mistake::ConstChanged, [foreign(here)]);
            }
            match here {
                Value::Number(number) => self.number(map, number),
                Value::String(text) if !is_redacted(text) => self.text(map, text),
                Value::Array(items) => self.array(map, items),
                Value::Object(members) => self.object(map, members),
                _ => {}
            }
        }
        if let Value::Object(members) = here {
            self.extra(members);
        }
    }

    /// Plants the first of some values that surely breaks the schema; one that another keyword gave already
    /// is no other mistake.
    fn first(&mut self, mistake: Mistake, values: impl IntoIterator<Item = Value>) {
        let at = self.place.at.clone();
        for value in values {
            let what = format!("{} in its place", shown(&value));
            if self.plant(mistake, at.clone(), what, value) {
                return;
            }
        }
    }

    fn plant(&mut self, mistake: Mistake, at: String, what: String, value: Value) -> bool {
        if !self.found.wants(mistake) {
            // Enough of them: another value of the kind would be as many.
            return true;
        }
        let mut whole = self.whole.clone();
        let Some(here) = whole.pointer_mut(&self.place.at) else { return false };
        *here = value;
        if !self.surely.breaks(self.schema, &whole) {
            return false;
        }
        let same = |lie: &Lie| lie.mistake == mistake && lie.at == at && lie.value == whole;
        if !self.found.lies.iter().any(same) {
            self.found.add(Lie { mistake, at, what, value: whole });
        }
        true
    }

    fn number(&mut self, map: &Map<String, Value>, here: &Number) {
        // Beyond a bound by a whole step, so that it stays a multiple where it must be one.
        let step = map.get("multipleOf").and_then(Value::as_i64).filter(|step| *step > 0);
        let step = step.unwrap_or(1);
        let above = ["maximum", "exclusiveMaximum"].iter().filter_map(|word| map.get(*word));
        let below = ["minimum", "exclusiveMinimum"].iter().filter_map(|word| map.get(*word));
        let moved: Vec<Value> = above
            .filter_map(|bound| moved(bound, step))
            .chain(below.filter_map(|bound| moved(bound, -step)))
            .collect();
        for value in moved {
            self.first(Mistake::NumberOutOfRange, [value]);
        }
        let format = map.get("format").and_then(Value::as_str);
        self.first(Mistake::NumberOutOfRange, format.and_then(lie::beyond));
        let multiple = map.get("multipleOf").and_then(Value::as_f64);
        let odd = multiple.and_then(|of| Number::from_f64(of * 1.5)).map(Value::Number);
        // Beside what is there, so that it stays within its bounds; a whole number, where one will do.
        let beside = here.as_i64().filter(|_| step > 1).and_then(|n| n.checked_add(step / 2));
        let below = here.as_i64().filter(|_| step > 1).and_then(|n| n.checked_sub(step / 2));
        let near = [beside, below].into_iter().flatten().filter(|n| !passes_bound(map, *n));
        self.first(Mistake::NotAMultiple, near.map(Value::from).chain(odd));
    }

    fn text(&mut self, map: &Map<String, Value>, here: &str) {
        let bound = |word: &str| map.get(word).and_then(Value::as_u64).filter(|n| *n < LONG);
        // Of the characters that are there, which the pattern takes, as far as they go.
        let last = here.chars().next_back().unwrap_or('a');
        let text = |length: u64| -> Value {
            let length = usize::try_from(length).unwrap_or(0);
            here.chars().chain(std::iter::repeat(last)).take(length).collect::<String>().into()
        };
        self.first(Mistake::StringTooLong, bound("maxLength").map(|most| text(most + 1)));
        let short = bound("minLength").and_then(|least| least.checked_sub(1));
        self.first(Mistake::StringTooShort, short.map(text));
        if map.contains_key("pattern") {
            // One character of what is there first, so that its length stays.
            let kept: String = here.chars().take(here.chars().count().saturating_sub(1)).collect();
            let near = ["~", "!", "A", "a", "0"].map(|last| format!("{kept}{last}"));
            let tries = ["~", "testimony planted!", "", "0", "A", "a-"].map(str::to_owned);
            let tries = near.into_iter().filter(|_| !here.is_empty()).chain(tries);
            self.first(Mistake::PatternBroken, tries.map(Value::from));
        }
        let format = map.get("format").and_then(Value::as_str).unwrap_or_default();
        for text in lie::malformed(format) {
            self.first(Mistake::FormatBroken, [Value::from(*text)]);
        }
    }

    fn array(&mut self, map: &Map<String, Value>, items: &[Value]) {
        let bound = |word: &str| map.get(word).and_then(Value::as_u64).filter(|n| *n < LONG);
        let sized = |length: u64| -> Option<Value> {
            let length = usize::try_from(length).ok()?;
            let last = items.last()?;
            let more = (1..).map(|number| varied(last, number));
            Some(items.iter().cloned().chain(more).take(length).collect())
        };
        self.first(Mistake::ArrayTooLong, bound("maxItems").and_then(|most| sized(most + 1)));
        let short = bound("minItems").and_then(|least| least.checked_sub(1));
        self.first(Mistake::ArrayTooShort, short.and_then(sized));
        if map.get("uniqueItems") == Some(&Value::Bool(true)) {
            let twice = items.last().map(|last| items.iter().chain([last]).cloned().collect());
            self.first(Mistake::DuplicateItems, twice);
        }
    }

    fn object(&mut self, map: &Map<String, Value>, members: &Map<String, Value>) {
        let required = map.get("required").and_then(Value::as_array).into_iter().flatten();
        for name in required.filter_map(Value::as_str) {
            let mut fewer = members.clone();
            if fewer.shift_remove(name).is_some() {
                let at = format!("{}/{}", self.place.at, pointer_token(name));
                let what = format!("`{name}` left out");
                self.plant(Mistake::RequiredFieldRemoved, at, what, Value::Object(fewer));
            }
        }
        let discriminator = map.get("discriminator").and_then(|d| d.get("propertyName")?.as_str());
        if let Some(name) = discriminator.filter(|name| members.contains_key(*name)) {
            let mut other = members.clone();
            other.insert(name.to_owned(), Value::from(NONSENSE));
            let at = format!("{}/{}", self.place.at, pointer_token(name));
            let what = format!("\"{NONSENSE}\" as `{name}`");
            self.plant(Mistake::WrongDiscriminator, at, what, Value::Object(other));
        }
    }

    /// A member more: where every schema that may speak of the object lists its members and none says that
    /// others may come.
    fn extra(&mut self, members: &Map<String, Value>) {
        const OPEN: [&str; 6] = [
            "patternProperties",
            "propertyNames",
            "if",
            "not",
            "dependentSchemas",
            "dependentRequired",
        ];
        let lists = |map: &&Map<String, Value>| {
            let named =
                map.get("properties").and_then(Value::as_object).is_some_and(|p| !p.is_empty());
            let composed =
                ["$ref", "allOf", "anyOf", "oneOf"].iter().any(|word| map.contains_key(*word));
            if map.get("type").is_some_and(|kinds| !mentions(kinds, "object")) {
                return true;
            }
            let closed = ["additionalProperties", "unevaluatedProperties"]
                .iter()
                .all(|word| map.get(*word).is_none_or(|value| value == &Value::Bool(false)));
            (named || composed) && closed && OPEN.iter().all(|word| !map.contains_key(*word))
        };
        if !self.place.schemas.iter().all(lists) || self.place.schemas.len() >= SCHEMAS {
            return;
        }
        if !self.found.wants(Mistake::ExtraField) {
            return;
        }
        let mut more = members.clone();
        more.insert(EXTRA.to_owned(), json!(1));
        let mut value = self.whole.clone();
        if let Some(here) = value.pointer_mut(&self.place.at) {
            *here = Value::Object(more);
            let at = format!("{}/{EXTRA}", self.place.at);
            let what = format!("`{EXTRA}` added");
            self.found.add(Lie { mistake: Mistake::ExtraField, at, what, value });
        }
    }
}

/// An item like this one and yet another, as far as a text in it can be changed.
fn varied(item: &Value, number: usize) -> Value {
    match item {
        Value::String(text) => Value::from(format!("{text}{number}")),
        Value::Number(_) => Value::from(number),
        Value::Object(members) => {
            let text = members.iter().find(|(_, member)| member.is_string());
            let mut other = members.clone();
            if let Some((name, member)) = text {
                other.insert(name.clone(), varied(member, number));
            }
            Value::Object(other)
        }
        other => other.clone(),
    }
}

/// Whether a whole number is beyond a bound.
fn passes_bound(map: &Map<String, Value>, number: i64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "bounds of this size are not told apart")]
    let number = number as f64;
    let bound = |word: &str| map.get(word).and_then(Value::as_f64);
    bound("maximum").is_some_and(|most| number > most)
        || bound("minimum").is_some_and(|least| number < least)
        || bound("exclusiveMaximum").is_some_and(|most| number >= most)
        || bound("exclusiveMinimum").is_some_and(|least| number <= least)
}

/// Whether `type` allows this one.
fn mentions(kinds: &Value, kind: &str) -> bool {
    kinds == kind || kinds.as_array().is_some_and(|kinds| kinds.iter().any(|one| one == kind))
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

/// A value of the same type that no document lists.
fn foreign(value: &Value) -> Value {
    match value {
        Value::Number(_) => json!(-987_654_321),
        Value::Bool(flag) => json!(!flag),
        Value::Array(_) => json!([NONSENSE]),
        Value::Object(_) => json!({EXTRA: 1}),
        Value::String(_) | Value::Null => json!(NONSENSE),
    }
}

/// A bound, and one more or less.
fn moved(bound: &Value, by: i64) -> Option<Value> {
    if let Some(whole) = bound.as_i64() {
        return whole.checked_add(by).map(Value::from);
    }
    #[expect(clippy::cast_precision_loss, reason = "one, or minus one")]
    let moved = bound.as_f64()? + by as f64 * bound.as_f64()?.abs().max(1.0);
    as_written(moved)
}

/// A number, without a point where it is a whole one: documents write `1000.0` for a whole bound, which readers
/// of whole numbers may refuse for its point alone.
pub fn as_written(number: f64) -> Option<Value> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole, and below 2^53")]
        return Some(Value::from(number as i64));
    }
    Number::from_f64(number).map(Value::Number)
}

/// Text that redaction put there: what it was, nobody knows.
fn is_redacted(text: &str) -> bool {
    text.contains("{{secret:") || is_placeholder(text)
}

/// A value as a report shows it.
pub(super) fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
