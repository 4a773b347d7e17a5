//! One value for a conjunction of schemas: choose branches, build, judge, and try again within bounds.

use super::conjunction::{Choices, Conjunction, Located};
use super::kind::Kind;
use super::pattern::Pattern;
use super::random::Random;
use super::{Examples, GenerateErrorKind, Wish, number};
use crate::spec::Direction;
use serde_json::Value;
use std::collections::HashMap;
use std::rc::Rc;

/// Attempts at one value before it is given up.
const ATTEMPTS: usize = 40;
/// Attempts from which on everything below is drawn at random too.
const WILD: usize = 4;
/// Deepest nesting of values.
const DEPTH: usize = 48;
/// Nesting from which on only what is required is made.
const TERSE: usize = 10;
/// How often a schema may stand inside itself: once more than a value of it needs, so that a branch
/// that ends can be found.
const NESTED: u32 = 3;
/// Steps for one whole value; judging costs [`JUDGING`] of them.
const FUEL: usize = 30_000;
const JUDGING: usize = 8;
/// Most bytes of a whole value.
const ROOM: usize = 4 << 20;

/// Tells whether an instance keeps the schema at a pointer.
pub(super) type Judge<'a> = dyn Fn(&str, &Value) -> bool + 'a;

pub(super) struct Engine<'a> {
    document: &'a Value,
    judge: &'a Judge<'a>,
    pub(super) wish: Wish,
    pub(super) random: Random,
    fuel: usize,
    room: usize,
    depth: usize,
    wild: bool,
    /// How often each schema stands on the way from the root to here.
    open: HashMap<String, u32>,
    /// Expressions already read; `None` for those that cannot be followed.
    patterns: HashMap<&'a str, Option<Rc<Pattern>>>,
}

/// Whether optional parts are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    Full,
    /// Only what is required: deep down, and inside a schema's own recursion.
    Terse,
}

impl<'a> Engine<'a> {
    pub(super) fn new(document: &'a Value, judge: &'a Judge<'a>, wish: Wish, seed: u64) -> Self {
        Self {
            document,
            judge,
            wish,
            random: Random::new(seed),
            fuel: FUEL,
            room: ROOM,
            depth: 0,
            wild: false,
            open: HashMap::new(),
            patterns: HashMap::new(),
        }
    }

    /// A value for which all of the schemas hold.
    pub(super) fn value(&mut self, roots: &[Located<'a>]) -> Result<Value, GenerateErrorKind> {
        let mut last = GenerateErrorKind::Contradictory;
        for attempt in 0..ATTEMPTS {
            self.spend(1)?;
            let mut choices = Choices::new(attempt, self.wild, Random::new(self.random.next()));
            let whole = Conjunction::of(self.document, roots, &mut choices);
            let judged = whole.as_ref().is_ok_and(|whole| whole.judged);
            match whole.and_then(|whole| self.attempt(&whole, attempt, &mut choices)) {
                Ok(value) => return Ok(value),
                Err(GenerateErrorKind::Exhausted) => return Err(GenerateErrorKind::Exhausted),
                Err(kind) => last = kind,
            }
            if !judged && choices.met == 0 {
                break;
            }
        }
        Err(last)
    }

    /// Like [`Engine::value`], drawn at random from the start: for a value unlike an earlier one.
    pub(super) fn another(&mut self, roots: &[Located<'a>]) -> Result<Value, GenerateErrorKind> {
        let wild = std::mem::replace(&mut self.wild, true);
        let made = self.value(roots);
        self.wild = wild;
        made
    }

    fn attempt(
        &mut self,
        whole: &Conjunction<'a>,
        attempt: usize,
        choices: &mut Choices,
    ) -> Result<Value, GenerateErrorKind> {
        if self.depth >= DEPTH {
            return Err(GenerateErrorKind::Endless);
        }
        let plain = attempt == 0 && !self.wild && self.wish.examples == Examples::First;
        if let Some(example) = plain.then(|| self.example(whole)).flatten() {
            return Ok(example);
        }
        let nested = whole.members.iter().filter_map(|m| self.open.get(&m.pointer)).max().copied();
        if nested.is_some_and(|times| times >= NESTED) {
            return Err(GenerateErrorKind::Endless);
        }
        let extent = match nested {
            None if self.depth < TERSE => Extent::Full,
            _ => Extent::Terse,
        };
        for member in &whole.members {
            *self.open.entry(member.pointer.clone()).or_default() += 1;
        }
        let wild = self.wild;
        self.wild |= attempt >= WILD;
        self.depth += 1;
        let made = self.build(whole, extent, choices);
        self.depth -= 1;
        self.wild = wild;
        for member in &whole.members {
            if let Some(times) = self.open.get_mut(&member.pointer) {
                *times -= 1;
                if *times == 0 {
                    self.open.remove(&member.pointer);
                }
            }
        }
        let made = made?;
        if whole.judged && !self.hold(&whole.roots, &made) {
            return Err(GenerateErrorKind::Contradictory);
        }
        Ok(made)
    }

    fn build(
        &mut self,
        whole: &Conjunction<'a>,
        extent: Extent,
        choices: &mut Choices,
    ) -> Result<Value, GenerateErrorKind> {
        let kinds = Kind::possible(whole);
        if let Some(candidates) = enumerated(whole, &kinds) {
            return self.one_of(&candidates, whole, choices);
        }
        let Some(kind) = kinds.get(choices.choose(kinds.len())) else {
            return Err(GenerateErrorKind::Contradictory);
        };
        self.grow(16)?;
        match kind {
            Kind::Null => Ok(Value::Null),
            Kind::Boolean => Ok(Value::Bool(choices.choose(2) == 0)),
            Kind::Integer => number::integer(whole, &mut self.random),
            Kind::Number => number::number(whole, &mut self.random),
            Kind::Text => self.text(whole),
            Kind::Array => self.array(whole, extent),
            Kind::Object => self.object(whole, extent),
        }
    }

    /// One of the listed values that keeps all else that is said.
    fn one_of(
        &mut self,
        candidates: &[&Value],
        whole: &Conjunction<'a>,
        choices: &mut Choices,
    ) -> Result<Value, GenerateErrorKind> {
        let plain = whole.members.iter().all(|member| only_lists(member.schema));
        let first = choices.choose(candidates.len());
        for index in 0..candidates.len() {
            let candidate = candidates[(first + index) % candidates.len()];
            if plain || self.hold(&whole.roots, candidate) {
                self.grow(size(candidate))?;
                return Ok(candidate.clone());
            }
        }
        Err(GenerateErrorKind::Contradictory)
    }

    /// The schemas' own example or default, if it keeps what they say.
    fn example(&mut self, whole: &Conjunction<'a>) -> Option<Value> {
        let lists = whole.all("examples").filter_map(Value::as_array).flatten();
        let candidates: Vec<&Value> =
            lists.chain(whole.all("example")).chain(whole.all("default")).collect();
        let found = candidates.into_iter().find(|candidate| self.hold(&whole.roots, candidate))?;
        self.grow(size(found)).ok()?;
        Some(found.clone())
    }

    /// Whether an instance keeps all of the schemas, advice aside.
    pub(super) fn hold(&mut self, schemas: &[Located<'a>], instance: &Value) -> bool {
        self.fuel = self.fuel.saturating_sub(JUDGING);
        let judge = self.judge;
        schemas.iter().filter(|root| !root.advisory).all(|root| judge(&root.pointer, instance))
    }

    /// Whether values of these schemas have no place in this direction (`readOnly` in a request,
    /// `writeOnly` in a response).
    pub(super) fn hidden(&self, schemas: &[Located<'a>]) -> bool {
        let keyword = match self.wish.direction {
            Direction::Request => "readOnly",
            Direction::Response => "writeOnly",
        };
        schemas.iter().any(|root| {
            let mut schema = root.clone();
            for _ in 0..8 {
                if schema.schema.get(keyword) == Some(&Value::Bool(true)) {
                    return true;
                }
                match schema.referred(self.document) {
                    Some(Ok(target)) => schema = target,
                    _ => return false,
                }
            }
            false
        })
    }

    /// An expression, read once; `None` for one that cannot be followed.
    pub(super) fn pattern(&mut self, text: &'a str) -> Option<Rc<Pattern>> {
        self.patterns.entry(text).or_insert_with(|| Pattern::parse(text).map(Rc::new)).clone()
    }

    /// Takes steps from what one value may cost.
    fn spend(&mut self, steps: usize) -> Result<(), GenerateErrorKind> {
        self.fuel = self.fuel.checked_sub(steps).ok_or(GenerateErrorKind::Exhausted)?;
        if self.fuel == 0 { Err(GenerateErrorKind::Exhausted) } else { Ok(()) }
    }

    /// Takes bytes from what one value may hold.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), GenerateErrorKind> {
        self.room = self.room.checked_sub(bytes).ok_or(GenerateErrorKind::Exhausted)?;
        Ok(())
    }
}

/// The values that every `enum` and `const` allows; `None` where there is none of them.
fn enumerated<'a>(whole: &Conjunction<'a>, kinds: &[Kind]) -> Option<Vec<&'a Value>> {
    let mut lists: Vec<Vec<&Value>> =
        whole.all("enum").filter_map(Value::as_array).map(|list| list.iter().collect()).collect();
    lists.extend(whole.all("const").map(|value| vec![value]));
    let (first, others) = lists.split_first()?;
    let allowed = first.iter().copied().filter(|value| {
        kinds.iter().any(|kind| kind.includes(value))
            && others.iter().all(|list| list.iter().any(|other| same(value, other)))
    });
    Some(allowed.collect())
}

/// Whether a schema says nothing of a value but its type and the list it comes from.
fn only_lists(schema: &Value) -> bool {
    const SAID: &[&str] = &[
        "type",
        "enum",
        "const",
        "$ref",
        "title",
        "description",
        "default",
        "example",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "$comment",
    ];
    schema.as_object().is_none_or(|map| {
        map.keys().all(|key| SAID.contains(&key.as_str()) || key.starts_with("x-"))
    })
}

/// Equality of JSON values as schemas mean it: 1 and 1.0 are the same.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => left == right,
    }
}

/// About how many bytes a value takes.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| 16 + size(item)).sum(),
        Value::Object(map) => map.iter().map(|(key, value)| 16 + key.len() + size(value)).sum(),
        _ => 8,
    }
}
