//! Constraints between members: conditions that are not met, members that exclude each other, items with one key.

use super::constraints::REFUSED;
use super::{Answers, Kind, Making, Recipe, Step, base};
use crate::exchange::pointer_token;
use crate::spec::{Direction, Examples, Optional, SchemaRef, Wish};
use serde_json::{Map, Value};

/// Deepest member that is looked at, and most schemas.
const DEPTH: usize = 6;
const SCHEMAS: usize = 200;

/// A schema that speaks of a place in the body.
pub(super) struct Spoken<'s> {
    /// Where in the body, as a JSON pointer.
    pub(super) at: String,
    /// Where in the document.
    pub(super) pointer: String,
    pub(super) map: &'s Map<String, Value>,
}

impl Making<'_, '_> {
    pub(super) fn relations(&self, recipes: &mut Vec<Recipe>) {
        let (Some(schema), Some((code, answers))) = (&self.base.schema, self.aim(&REFUSED)) else {
            return;
        };
        let whole = self.base.full.as_ref().or(self.base.body.as_ref());
        // In a form a list of one is a text, and numbers are: what relates them may be met all the same.
        let Some(whole) = whole.filter(|_| self.base.form.is_none()) else { return };
        let answers = Answers { unclear: vec![403, 404, 409, 413], ..answers };
        let mut add = |name: String, change: String, right: &Value, wrong: &Value| {
            if base::keeps(self.spec, schema, right) && !base::keeps(self.spec, schema, wrong) {
                let Some(request) = self.base.with_body(self.spec, wrong) else { return };
                let step = Step::Send(Box::new(request));
                let kind = Kind::Constraint;
                recipes.push(self.recipe(code, &name, &change, kind, step, answers.clone()));
            }
        };
        for spoken in self.spoken(schema, whole) {
            self.conditions(&spoken, whole, &mut add);
            self.exclusions(&spoken, whole, &mut add);
            unique(&spoken, whole, &mut add);
            prefixes(&spoken, whole, &mut add);
        }
    }

    /// Every schema that speaks of an object of the body, through references and `allOf`.
    pub(super) fn spoken<'s>(&'s self, schema: &SchemaRef, whole: &Value) -> Vec<Spoken<'s>> {
        let document = self.spec.document();
        let mut found: Vec<Spoken<'s>> = Vec::new();
        let mut open = vec![(String::new(), schema.pointer.clone())];
        while let Some((at, pointer)) = open.pop() {
            let Some(map) = document.pointer(&pointer).and_then(Value::as_object) else { continue };
            let known = found.iter().any(|one| one.at == at && std::ptr::eq(one.map, map));
            if known || found.len() >= SCHEMAS || at.matches('/').count() > DEPTH {
                continue;
            }
            let target = map.get("$ref").and_then(Value::as_str);
            open.extend(
                target.and_then(|target| self.spec.target(target)).map(|to| (at.clone(), to)),
            );
            for (index, _) in
                map.get("allOf").and_then(Value::as_array).into_iter().flatten().enumerate()
            {
                open.push((at.clone(), format!("{pointer}/allOf/{index}")));
            }
            match whole.pointer(&at) {
                Some(Value::Object(members)) => {
                    for name in members.keys() {
                        let token = pointer_token(name);
                        let below = format!("{pointer}/properties/{token}");
                        open.push((format!("{at}/{token}"), below));
                    }
                }
                Some(Value::Array(items)) if !items.is_empty() => {
                    open.push((format!("{at}/0"), format!("{pointer}/items")));
                }
                _ => {}
            }
            found.push(Spoken { at, pointer, map });
        }
        found
    }

    /// `if` a member has a value, `then` others are required; `dependentRequired`.
    fn conditions(
        &self,
        spoken: &Spoken<'_>,
        whole: &Value,
        add: &mut dyn FnMut(String, String, &Value, &Value),
    ) {
        let condition = spoken.map.get("if").and_then(|one| one.get("properties")?.as_object());
        let wanted = spoken.map.get("then").and_then(|one| one.get("required")?.as_array());
        let mut met: Map<String, Value> = Map::new();
        for (name, one) in condition.into_iter().flatten() {
            let value = one.get("const").or_else(|| one.get("enum")?.as_array()?.first());
            met.extend(value.map(|value| (name.clone(), value.clone())));
        }
        let dependent = spoken.map.get("dependentRequired").and_then(Value::as_object);
        let dependent = dependent.into_iter().flatten().filter_map(|(name, wanted)| {
            Some((Map::from_iter([(name.clone(), self.member(spoken, name)?)]), wanted.as_array()?))
        });
        let conditional = wanted.filter(|_| !met.is_empty()).map(|wanted| (met, wanted));
        for (met, wanted) in conditional.into_iter().chain(dependent) {
            let names: Vec<&str> = wanted.iter().filter_map(Value::as_str).collect();
            let right = changed(whole, &spoken.at, |members| {
                members.extend(met.clone());
                for name in &names {
                    if !members.contains_key(*name) {
                        members.extend(
                            self.member(spoken, name).map(|value| ((*name).to_owned(), value)),
                        );
                    }
                }
            });
            let told: Vec<String> =
                met.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let told = told.join(", ");
            for name in names {
                let wrong = changed(&right, &spoken.at, |members| drop(members.shift_remove(name)));
                let at = format!("{}/{}", spoken.at, pointer_token(name));
                let change = format!("`{name}` left out though {told}");
                add(format!("conditional body:{at}"), change, &right, &wrong);
            }
        }
    }

    /// `not: {required: [a, b]}`: members that exclude each other.
    fn exclusions(
        &self,
        spoken: &Spoken<'_>,
        whole: &Value,
        add: &mut dyn FnMut(String, String, &Value, &Value),
    ) {
        let mut nots: Vec<&Value> = spoken.map.get("not").into_iter().collect();
        for list in nots.clone() {
            nots.extend(list.get("anyOf").and_then(Value::as_array).into_iter().flatten());
        }
        for not in nots {
            let names = not.get("required").and_then(Value::as_array).into_iter().flatten();
            let names: Vec<&str> = names.filter_map(Value::as_str).collect();
            let Some((last, rest)) = names.split_last().filter(|(_, rest)| !rest.is_empty()) else {
                continue;
            };
            let with = |value: &Value, name: &str| {
                changed(value, &spoken.at, |members| {
                    if !members.contains_key(name) {
                        members.extend(
                            self.member(spoken, name).map(|value| (name.to_owned(), value)),
                        );
                    }
                })
            };
            let right = changed(whole, &spoken.at, |members| drop(members.shift_remove(*last)));
            let right = rest.iter().fold(right, |value, name| with(&value, name));
            let wrong = with(&right, last);
            let change = format!("`{}` given together", names.join("` and `"));
            add(
                format!("exclusive body:{}/{}", spoken.at, names.join("+")),
                change,
                &right,
                &wrong,
            );
        }
    }

    /// A value for a member.
    fn member(&self, spoken: &Spoken<'_>, name: &str) -> Option<Value> {
        let pointer = format!("{}/properties/{}", spoken.pointer, pointer_token(name));
        let wish = Wish {
            direction: Direction::Request,
            seed: self.options.seed,
            optional: Optional::Omitted,
            examples: Examples::First,
        };
        self.spec.generate(&SchemaRef { pointer }, &wish).ok()
    }
}

/// `x-unique-by`: two items with one key.
fn unique(spoken: &Spoken<'_>, whole: &Value, add: &mut dyn FnMut(String, String, &Value, &Value)) {
    let Some(key) = spoken.map.get("x-unique-by") else { return };
    let Some(Value::Array(items)) = whole.pointer(&spoken.at) else { return };
    let Some(item) = items.last() else { return };
    let mut wrong = whole.clone();
    if let Some(Value::Array(items)) = wrong.pointer_mut(&spoken.at) {
        items.push(item.clone());
    }
    add(
        format!("not-unique body:{}", spoken.at),
        format!("two items with the same {key}"),
        whole,
        &wrong,
    );
}

/// `x-forbidden-prefixes`: a text that begins with one.
fn prefixes(
    spoken: &Spoken<'_>,
    whole: &Value,
    add: &mut dyn FnMut(String, String, &Value, &Value),
) {
    let prefixes = spoken.map.get("x-forbidden-prefixes").and_then(Value::as_array);
    let Some(Value::String(text)) = whole.pointer(&spoken.at) else { return };
    for prefix in prefixes.into_iter().flatten().filter_map(Value::as_str) {
        let most = spoken.map.get("maxLength").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut wrong = whole.clone();
        if let Some(here) = wrong.pointer_mut(&spoken.at) {
            *here = format!("{prefix}{text}").chars().take(most).collect::<String>().into();
        }
        let change = format!("it begins with `{prefix}`");
        add(format!("forbidden-prefix body:{}", spoken.at), change, whole, &wrong);
    }
}

/// The same with an object in it changed.
fn changed(whole: &Value, at: &str, change: impl FnOnce(&mut Map<String, Value>)) -> Value {
    let mut other = whole.clone();
    if let Some(Value::Object(members)) = other.pointer_mut(at) {
        change(members);
    }
    other
}
