//! The variables of a tape: which recorded values stand where.

use super::variables::{Value, Variable, is_distinctive};
use std::collections::HashMap;

/// Most variables that are held; further ones may be anything.
const MOST: usize = 1_000_000;

/// Where a value is one and the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// Everywhere: a distinctive value.
    Everywhere,
    /// At one place, by its number.
    Place(u32),
    /// A secret, in one recording.
    Secret(u32),
}

/// A variable of an exchange: its place and its value, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) place: u32,
    pub(super) value: u32,
}

/// A recorded value.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) text: Box<str>,
    pub(super) scope: Scope,
}

/// The variables of a tape.
#[derive(Debug, Default)]
pub(super) struct Known {
    places: Vec<Box<str>>,
    places_by_name: HashMap<Box<str>, u32>,
    pub(super) values: Vec<Recorded>,
    values_by_text: HashMap<(Scope, Box<str>), u32>,
    slots: HashMap<u32, Box<[Slot]>>,
    /// The exchanges that have a value, in order.
    holders: Vec<Vec<u32>>,
}

impl Known {
    /// Takes note of the variables of an exchange.
    pub(super) fn add(&mut self, entry: usize, recording: u32, variables: &[Variable]) {
        let Ok(entry) = u32::try_from(entry) else { return };
        if variables.is_empty() || self.values.len() >= MOST {
            return;
        }
        let slots: Box<[Slot]> =
            variables.iter().map(|variable| self.slot(variable, recording)).collect();
        for slot in &slots {
            let holders = &mut self.holders[slot.value as usize];
            if holders.last() != Some(&entry) {
                holders.push(entry);
            }
        }
        self.slots.insert(entry, slots);
    }

    fn slot(&mut self, variable: &Variable, recording: u32) -> Slot {
        let known = self.places_by_name.get(variable.at.as_str()).copied();
        let place = known.unwrap_or_else(|| {
            let place = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
            self.places.push(variable.at.as_str().into());
            self.places_by_name.insert(variable.at.as_str().into(), place);
            place
        });
        let (text, scope) = match &variable.value {
            Value::Secret(text) => (text.clone(), Scope::Secret(recording)),
            Value::Text(text) if is_distinctive(text) => (text.clone(), Scope::Everywhere),
            Value::Text(text) => (text.clone(), Scope::Place(place)),
        };
        let key = (scope, text.as_str().into());
        let value = self.values_by_text.get(&key).copied().unwrap_or_else(|| {
            let value = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
            self.values.push(Recorded { text: text.into(), scope });
            self.holders.push(Vec::new());
            self.values_by_text.insert(key, value);
            value
        });
        Slot { place, value }
    }

    /// Whether there is no variable.
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The variables of an exchange, in the order of their places.
    pub(super) fn slots(&self, entry: usize) -> &[Slot] {
        let slots = u32::try_from(entry).ok().and_then(|entry| self.slots.get(&entry));
        slots.map_or(&[], |slots| slots)
    }

    /// The name of a place.
    pub(super) fn place(&self, slot: Slot) -> &str {
        &self.places[slot.place as usize]
    }

    /// The value of a variable.
    pub(super) fn value(&self, slot: Slot) -> &Recorded {
        &self.values[slot.value as usize]
    }

    /// The exchanges that have a value, in order.
    pub(super) fn holders(&self, value: u32) -> &[u32] {
        &self.holders[value as usize]
    }

    /// The recorded value that is this text, in a scope.
    pub(super) fn find(&self, scope: Scope, text: &str) -> Option<u32> {
        // The map's key is owned; there are no more look-ups than variables in a request.
        self.values_by_text.get(&(scope, text.into())).copied()
    }

    /// The values that are the same everywhere.
    pub(super) fn distinctive(&self) -> impl Iterator<Item = &str> {
        let distinctive = self.values.iter().filter(|value| value.scope == Scope::Everywhere);
        distinctive.map(|value| &*value.text)
    }
}
