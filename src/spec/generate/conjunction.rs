//! A schema taken apart: everything that must hold of one value at once, with each `$ref`, `allOf`
//! and chosen branch as a member of its own.

use super::GenerateErrorKind;
use super::random::Random;
use crate::exchange::pointer_token;
use serde_json::Value;
use std::collections::HashSet;

/// Most members that one value's schema may fall apart into.
const MEMBERS: usize = 4_096;

/// A schema with its place in the document.
#[derive(Debug, Clone)]
pub(super) struct Located<'a> {
    /// JSON pointer in the document.
    pub(super) pointer: String,
    pub(super) schema: &'a Value,
    /// Whether breaking it is only an advice disregarded (`x-contradicted`).
    pub(super) advisory: bool,
}

impl<'a> Located<'a> {
    pub(super) fn new(pointer: impl Into<String>, schema: &'a Value) -> Self {
        Self { pointer: pointer.into(), schema, advisory: false }
    }

    /// The schema below a keyword, where there is one.
    pub(super) fn child(&self, path: &[&str]) -> Option<Self> {
        let mut schema = self.schema;
        let mut pointer = self.pointer.clone();
        for token in path {
            schema = match schema {
                Value::Object(map) => map.get(*token)?,
                Value::Array(items) => items.get(token.parse::<usize>().ok()?)?,
                _ => return None,
            };
            pointer.push('/');
            pointer.push_str(&pointer_token(token));
        }
        Some(Self { pointer, schema, advisory: self.advisory })
    }

    /// The schemas of a list under a keyword.
    fn list(&self, keyword: &str) -> Vec<Self> {
        let count = self.schema.get(keyword).and_then(Value::as_array).map_or(0, Vec::len);
        (0..count).filter_map(|index| self.child(&[keyword, &index.to_string()])).collect()
    }

    /// What a `$ref` of this schema points to; `None` when it has none.
    pub(super) fn referred(
        &self,
        document: &'a Value,
    ) -> Option<Result<Located<'a>, GenerateErrorKind>> {
        let reference = ["$ref", "$dynamicRef"]
            .into_iter()
            .find_map(|keyword| self.schema.get(keyword).and_then(Value::as_str))?;
        let pointer = reference.strip_prefix('#').map(crate::exchange::percent_decoded);
        let found = pointer.and_then(|pointer| {
            let schema = document.pointer(&pointer)?;
            Some(Self { pointer, schema, advisory: self.advisory })
        });
        Some(found.ok_or_else(|| GenerateErrorKind::Dangling(reference.to_owned())))
    }
}

/// The branches taken in one attempt. Attempts count through the combinations, then guess.
pub(super) struct Choices {
    counter: usize,
    guess: bool,
    random: Random,
    /// How many choices there were; with none, another attempt cannot end otherwise.
    pub(super) met: usize,
}

impl Choices {
    /// Attempts below this number count, later ones guess.
    const COUNTED: usize = 16;

    pub(super) fn new(attempt: usize, wild: bool, random: Random) -> Self {
        Self { counter: attempt, guess: wild || attempt >= Self::COUNTED, random, met: 0 }
    }

    pub(super) fn choose(&mut self, options: usize) -> usize {
        if options < 2 {
            return 0;
        }
        self.met += 1;
        if self.guess {
            return self.random.below(options);
        }
        let taken = self.counter % options;
        self.counter /= options;
        taken
    }
}

/// What must hold of one value.
#[derive(Default)]
pub(super) struct Conjunction<'a> {
    /// The schemas as they were given; they hold if all members do.
    pub(super) roots: Vec<Located<'a>>,
    pub(super) members: Vec<Located<'a>>,
    /// Whether a keyword was met that no construction guarantees, so that the value must be judged.
    pub(super) judged: bool,
    /// Properties that the chosen branches rule out.
    pub(super) forbidden: Vec<&'a str>,
    /// Sets of properties of which one at least must be absent (`not: {required: [...]}`).
    pub(super) never_together: Vec<Vec<&'a str>>,
    /// Property values that a chosen branch stands for (`discriminator`).
    pub(super) pins: Vec<(&'a str, String)>,
}

impl<'a> Conjunction<'a> {
    /// Takes the schemas apart, with a choice at each fork. Time and size are bounded by the
    /// document: no schema is a member twice.
    pub(super) fn of(
        document: &'a Value,
        roots: &[Located<'a>],
        choices: &mut Choices,
    ) -> Result<Self, GenerateErrorKind> {
        let mut whole = Self { roots: roots.to_vec(), ..Self::default() };
        let mut seen = HashSet::new();
        let mut open: Vec<Located<'a>> = roots.iter().rev().cloned().collect();
        while let Some(member) = open.pop() {
            if !seen.insert(member.pointer.clone()) {
                continue;
            }
            if seen.len() > MEMBERS {
                return Err(GenerateErrorKind::TooLarge);
            }
            match member.schema {
                Value::Bool(false) => return Err(GenerateErrorKind::Contradictory),
                Value::Object(_) => {}
                _ => continue,
            }
            if let Some(target) = member.referred(document) {
                open.push(target?);
            }
            open.extend(member.list("allOf").into_iter().rev());
            whole.fork(&member, choices, &mut open);
            whole.conditions(&member, choices, &mut open);
            whole.negation(&member);
            open.extend(advice(&member, choices));
            whole.members.push(member);
        }
        Ok(whole)
    }

    fn fork(&mut self, member: &Located<'a>, choices: &mut Choices, open: &mut Vec<Located<'a>>) {
        for keyword in ["oneOf", "anyOf"] {
            let branches = member.list(keyword);
            if branches.is_empty() {
                continue;
            }
            self.judged = true;
            let Some(branch) = branches.into_iter().nth(choices.choose(count(member, keyword)))
            else {
                continue;
            };
            self.pin(member.schema, branch.schema);
            open.push(branch);
        }
    }

    /// The value by which a discriminator tells this branch (OpenAPI 3.1, section 4.8.25).
    fn pin(&mut self, schema: &'a Value, branch: &'a Value) {
        let name = schema.pointer("/discriminator/propertyName").and_then(Value::as_str);
        let reference = branch.get("$ref").and_then(Value::as_str);
        let (Some(name), Some(reference)) = (name, reference) else { return };
        let last = reference.rsplit('/').next().unwrap_or(reference);
        let mapped =
            schema.pointer("/discriminator/mapping").and_then(Value::as_object).and_then(|map| {
                map.iter()
                    .find(|(_, target)| {
                        target.as_str().is_some_and(|target| target == reference || target == last)
                    })
                    .map(|(value, _)| value.clone())
            });
        self.pins.push((name, mapped.unwrap_or_else(|| last.to_owned())));
    }

    fn conditions(
        &mut self,
        member: &Located<'a>,
        choices: &mut Choices,
        open: &mut Vec<Located<'a>>,
    ) {
        let (then, otherwise) = (member.child(&["then"]), member.child(&["else"]));
        if let Some(condition) = member.child(&["if"])
            && (then.is_some() || otherwise.is_some())
        {
            self.judged = true;
            if choices.choose(2) == 0 {
                open.extend(otherwise);
            } else {
                open.push(condition);
                open.extend(then);
            }
        }
        let dependent = member.schema.get("dependentSchemas").and_then(Value::as_object);
        for name in dependent.into_iter().flatten().map(|(name, _)| name.as_str()) {
            self.judged = true;
            if choices.choose(2) == 0 {
                open.extend(member.child(&["dependentSchemas", name]));
            } else {
                self.forbidden.push(name);
            }
        }
        let only_judged =
            ["unevaluatedProperties", "unevaluatedItems", "propertyNames", "dependentRequired"];
        self.judged |= only_judged.iter().any(|keyword| member.schema.get(*keyword).is_some());
    }

    fn negation(&mut self, member: &Located<'a>) {
        let Some(negated) = member.schema.get("not") else { return };
        self.judged = true;
        let alternatives = match negated.get("anyOf").and_then(Value::as_array) {
            Some(branches) => branches.iter().collect(),
            None => vec![negated],
        };
        for alternative in alternatives {
            let Some(map) = alternative.as_object() else { continue };
            let plain = map.keys().all(|key| key == "required" || key == "type");
            if let (true, Some(Value::Array(names))) = (plain, map.get("required")) {
                self.never_together.push(names.iter().filter_map(Value::as_str).collect());
            }
        }
    }

    /// The values of a keyword in all members.
    pub(super) fn all(&self, keyword: &'a str) -> impl Iterator<Item = &'a Value> + '_ {
        self.members.iter().filter_map(move |member| member.schema.get(keyword))
    }

    /// The largest of a keyword that counts (`minLength`, `minItems`…); 0 without one.
    pub(super) fn at_least(&self, keyword: &'a str) -> usize {
        self.all(keyword).filter_map(as_count).max().unwrap_or(0)
    }

    /// The smallest of a keyword that counts (`maxLength`, `maxItems`…).
    pub(super) fn at_most(&self, keyword: &'a str) -> Option<usize> {
        self.all(keyword).filter_map(as_count).min()
    }

    /// Whether a keyword is `true` in any member.
    pub(super) fn says(&self, keyword: &'a str) -> bool {
        self.all(keyword).any(|value| value == &Value::Bool(true))
    }
}

/// The rule as written beside a loosened keyword: it is kept where that is possible.
fn advice<'a>(member: &Located<'a>, choices: &mut Choices) -> Option<Located<'a>> {
    let mut advice = member.child(&["x-contradicted"])?;
    advice.advisory = true;
    (choices.choose(2) == 0).then_some(advice)
}

fn count(member: &Located<'_>, keyword: &str) -> usize {
    member.schema.get(keyword).and_then(Value::as_array).map_or(0, Vec::len)
}

/// A count as schemas write it: `3` or `3.0`.
fn as_count(value: &Value) -> Option<usize> {
    if let Some(count) = value.as_u64() {
        return Some(usize::try_from(count).unwrap_or(usize::MAX));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, and a negative count means none"
    )]
    value.as_f64().map(|count| count.ceil() as usize)
}
