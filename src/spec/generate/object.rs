//! Objects: what is required always, what is optional by the wish.

use super::conjunction::{Conjunction, Located};
use super::engine::{Engine, Extent};
use super::pattern::Pattern;
use super::{GenerateErrorKind, Optional};
use serde_json::{Map, Value};
use std::rc::Rc;

/// Draws of a property name before it is given up.
const DRAWS: usize = 32;
/// Length of a name that is made up.
const NAME: usize = 6;
/// Length of a made-up name that a pattern may ask for.
const LONGEST_NAME: usize = 256;
/// Most properties that are made up.
const MOST: usize = 2_000;

impl<'a> Engine<'a> {
    /// An object for which everything holds.
    pub(super) fn object(
        &mut self,
        whole: &Conjunction<'a>,
        extent: Extent,
    ) -> Result<Value, GenerateErrorKind> {
        let plan = self.plan(whole, extent)?;
        let mut map = Map::new();
        for name in &plan.names {
            match self.property(whole, name) {
                Ok(value) => {
                    map.insert((*name).to_owned(), value);
                }
                Err(GenerateErrorKind::Exhausted) => return Err(GenerateErrorKind::Exhausted),
                Err(kind) if plan.required.contains(name) => return Err(kind),
                Err(_) => {}
            }
            self.grow(16 + name.len())?;
        }
        let mut spare = plan.spare.into_iter();
        while map.len() < plan.least {
            let made = match spare.next() {
                Some(name) => self.property(whole, name).map(|value| (name.to_owned(), value)),
                None => self.made_up(whole, &map).and_then(|name| {
                    let value = self.property(whole, &name)?;
                    Ok((name, value))
                }),
            };
            match made {
                Ok((name, value)) => {
                    map.insert(name, value);
                }
                Err(_) if spare.len() > 0 => {}
                Err(kind) => return Err(kind),
            }
        }
        Ok(Value::Object(map))
    }

    fn plan(
        &mut self,
        whole: &Conjunction<'a>,
        extent: Extent,
    ) -> Result<Plan<'a>, GenerateErrorKind> {
        let mut known = names(whole.all("properties"));
        known.truncate(MOST);
        let lists = whole.all("required").filter_map(Value::as_array).flatten();
        let mut required: Vec<&str> = Vec::new();
        for name in lists.filter_map(Value::as_str) {
            if !required.contains(&name) && !self.is_hidden(whole, name) {
                required.push(name);
            }
            if required.len() > MOST {
                return Err(GenerateErrorKind::TooLarge);
            }
        }
        if required.iter().any(|name| whole.forbidden.contains(name)) {
            return Err(GenerateErrorKind::Contradictory);
        }
        let mut optional: Vec<&str> = Vec::new();
        for name in &known {
            let barred = required.contains(name) || whole.forbidden.contains(name);
            if !barred && !self.is_hidden(whole, name) {
                optional.push(name);
            }
        }
        let generous = self.wish.optional == Optional::All && extent == Extent::Full;
        let mut names: Vec<&str> = known
            .iter()
            .copied()
            .filter(|name| required.contains(name) || (generous && optional.contains(name)))
            .collect();
        names.extend(required.iter().filter(|name| !known.contains(name)));
        let least = whole.at_least("minProperties");
        let missing = least.saturating_sub(names.len());
        let more: Vec<&str> =
            optional.iter().copied().filter(|name| !names.contains(name)).take(missing).collect();
        names.extend(more);
        let mut plan = Plan { names, required, least: 0, spare: Vec::new() };
        plan.follow_dependents(whole)?;
        plan.separate(whole)?;
        let most = whole.at_most("maxProperties").unwrap_or(usize::MAX);
        plan.shrink(most)?;
        plan.spare = optional.into_iter().filter(|name| !plan.names.contains(name)).collect();
        let map = generous && known.is_empty() && plan.names.is_empty() && is_map(whole);
        plan.least = least.max(usize::from(map)).min(most);
        if plan.least > MOST {
            return Err(GenerateErrorKind::TooLarge);
        }
        Ok(plan)
    }

    fn property(
        &mut self,
        whole: &Conjunction<'a>,
        name: &str,
    ) -> Result<Value, GenerateErrorKind> {
        let roots = self.property_roots(whole, name);
        for (_, pinned) in whole.pins.iter().filter(|(pin, _)| *pin == name) {
            let value = Value::String(pinned.clone());
            if self.hold(&roots, &value) {
                return Ok(value);
            }
        }
        self.value(&roots)
    }

    /// A name that no property has yet and that a property may have.
    fn made_up(
        &mut self,
        whole: &Conjunction<'a>,
        taken: &Map<String, Value>,
    ) -> Result<String, GenerateErrorKind> {
        let rules: Vec<Located<'a>> =
            whole.members.iter().filter_map(|member| member.child(&["propertyNames"])).collect();
        let patterns: Vec<Rc<Pattern>> = names(whole.all("patternProperties"))
            .iter()
            .filter_map(|name| self.pattern(name))
            .collect();
        for draw in 0..DRAWS {
            let name = if !rules.is_empty() {
                match self.another(&rules)? {
                    Value::String(name) => name,
                    // The rules name no type: any text will do that keeps them.
                    _ => self.random.word(NAME),
                }
            } else if let Some(pattern) = patterns.get(draw % patterns.len().max(1)) {
                pattern.text(&(0..=LONGEST_NAME), &mut self.random)
            } else {
                self.random.word(NAME)
            };
            let roots = self.property_roots(whole, &name);
            let barred = roots.iter().any(|root| root.schema == &Value::Bool(false));
            let rules_kept = rules.is_empty() || self.hold(&rules, &Value::String(name.clone()));
            if !barred && rules_kept && !taken.contains_key(&name) {
                return Ok(name);
            }
        }
        Err(GenerateErrorKind::Contradictory)
    }

    /// The schemas that a property of this name must keep.
    fn property_roots(&mut self, whole: &Conjunction<'a>, name: &str) -> Vec<Located<'a>> {
        let mut roots = Vec::new();
        for member in &whole.members {
            let before = roots.len();
            roots.extend(member.child(&["properties", name]));
            let patterns = member.schema.get("patternProperties").and_then(Value::as_object);
            for pattern in patterns.into_iter().flatten().map(|(pattern, _)| pattern) {
                let parsed = self.pattern(pattern);
                if parsed.and_then(|parsed| parsed.matches(name)) == Some(true) {
                    roots.extend(member.child(&["patternProperties", pattern]));
                }
            }
            if roots.len() == before {
                roots.extend(member.child(&["additionalProperties"]));
            }
        }
        if roots.is_empty() {
            roots.extend(whole.members.iter().filter_map(|m| m.child(&["unevaluatedProperties"])));
        }
        roots
    }

    /// Whether a property of this name has no place in the wish's direction.
    fn is_hidden(&mut self, whole: &Conjunction<'a>, name: &str) -> bool {
        let roots = self.property_roots(whole, name);
        self.hidden(&roots)
    }
}

/// Which properties are made.
struct Plan<'a> {
    names: Vec<&'a str>,
    required: Vec<&'a str>,
    least: usize,
    spare: Vec<&'a str>,
}

impl<'a> Plan<'a> {
    /// Adds what a chosen property needs beside it (`dependentRequired`).
    fn follow_dependents(&mut self, whole: &Conjunction<'a>) -> Result<(), GenerateErrorKind> {
        let dependents: Vec<(&str, &Vec<Value>)> = whole
            .all("dependentRequired")
            .filter_map(Value::as_object)
            .flatten()
            .filter_map(|(name, needed)| Some((name.as_str(), needed.as_array()?)))
            .collect();
        let mut changed = true;
        while changed {
            changed = false;
            for (name, needed) in &dependents {
                if !self.names.contains(name) {
                    continue;
                }
                let missing: Vec<&str> = needed
                    .iter()
                    .filter_map(Value::as_str)
                    .filter(|name| !self.names.contains(name))
                    .collect();
                let firm = self.required.contains(name);
                if missing.iter().any(|name| whole.forbidden.contains(name)) {
                    if firm {
                        return Err(GenerateErrorKind::Contradictory);
                    }
                    self.names.retain(|kept| kept != name);
                    changed = true;
                    continue;
                }
                changed |= !missing.is_empty();
                if firm {
                    self.required.extend(&missing);
                }
                self.names.extend(missing);
            }
        }
        Ok(())
    }

    /// Leaves one out of each set that must not be there together.
    fn separate(&mut self, whole: &Conjunction<'a>) -> Result<(), GenerateErrorKind> {
        for set in &whole.never_together {
            if set.iter().all(|name| self.names.contains(name)) {
                let spared = set.iter().rev().find(|name| !self.required.contains(name));
                let spared = *spared.ok_or(GenerateErrorKind::Contradictory)?;
                self.names.retain(|name| *name != spared);
            }
        }
        Ok(())
    }

    /// Leaves optional ones out, the last first, until there are no more than allowed.
    fn shrink(&mut self, most: usize) -> Result<(), GenerateErrorKind> {
        while self.names.len() > most {
            let last = self.names.iter().rposition(|name| !self.required.contains(name));
            self.names.remove(last.ok_or(GenerateErrorKind::Contradictory)?);
        }
        Ok(())
    }
}

/// Keys of some objects, each once, in order.
fn names<'a>(objects: impl Iterator<Item = &'a Value>) -> Vec<&'a str> {
    let mut seen = std::collections::HashSet::new();
    objects
        .filter_map(Value::as_object)
        .flat_map(|map| map.keys())
        .map(String::as_str)
        .filter(|name| seen.insert(*name))
        .collect()
}

/// Whether the object is a map from made-up names to values of one schema.
fn is_map(whole: &Conjunction<'_>) -> bool {
    let schema = |value: &Value| value.as_object().is_some_and(|map| !map.is_empty());
    whole.all("additionalProperties").any(schema) || whole.all("patternProperties").any(schema)
}
