//! What there is: things by the place that they were made in. Bounded: when there is no more room, what
//! was made first is forgotten first.

use crate::exchange::percent_encoded;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

/// Most things at once.
const THINGS: usize = 10_000;
/// Most bytes that things may take together, about.
const ROOM: usize = 64 << 20;
/// Most bytes of one thing; of a larger one nothing but its id is kept.
const LARGEST: usize = 1 << 20;
/// Most places that are remembered while they are empty, and the longest name of one of them.
const PLACES: usize = 2_000;
const LONGEST: usize = 1_024;

/// A thing.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Thing {
    pub id: String,
    /// Every field that was sent or answered.
    pub known: Map<String, Value>,
    /// The request that made it, where that had no field to tell it by.
    pub sent: Option<Value>,
    /// How often was asked what it has come to.
    pub asked: u32,
    /// The noun and id of what a job is about.
    pub about: Option<(String, String)>,
}

/// The things of one place, by their numbers.
#[derive(Debug, Default)]
struct Place {
    things: BTreeMap<u64, Thing>,
    by_id: HashMap<String, u64>,
    /// Whether it was filled with what the document lists.
    inhabited: bool,
}

/// All places.
#[derive(Debug, Default)]
pub(super) struct World {
    places: HashMap<String, Place>,
    /// In the order in which they were made: place, number, bytes.
    made: VecDeque<(String, u64, usize)>,
    bytes: usize,
    /// How many of them are there no more.
    dead: usize,
    last: u64,
    /// Ids of what nothing in the documents makes, by kind: those that were first asked for.
    given: HashMap<String, HashSet<String>>,
    /// Which operation has asked for which of them: operation and kind.
    asked: HashSet<(String, String)>,
}

impl World {
    /// A number that no thing has had.
    pub fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Adds a thing; one with the same id gives way.
    pub fn put(&mut self, place: &str, number: u64, mut thing: Thing) {
        let mut bytes = 64 + thing.id.len() + place.len() + size(&thing.known);
        bytes += thing.sent.as_ref().map_or(0, |sent| sent.to_string().len());
        if bytes > LARGEST {
            thing.known.clear();
            thing.sent = None;
            bytes = 64;
        }
        self.remove(place, &thing.id);
        let home = self.places.entry(place.to_owned()).or_default();
        home.by_id.insert(thing.id.clone(), number);
        home.things.insert(number, thing);
        self.made.push_back((place.to_owned(), number, bytes));
        self.bytes += bytes;
        if self.bytes > ROOM {
            self.tidy();
        }
        while self.made.len().saturating_sub(self.dead) > THINGS || self.bytes > ROOM {
            let Some((place, number, bytes)) = self.made.pop_front() else { break };
            self.bytes -= bytes;
            let found = self.places.get_mut(&place).and_then(|home| {
                let thing = home.things.remove(&number)?;
                home.by_id.remove(&thing.id)
            });
            if found.is_none() {
                self.dead = self.dead.saturating_sub(1);
            }
        }
    }

    /// Drops the entries of things that are there no more.
    fn tidy(&mut self) {
        let places = &self.places;
        self.made.retain(|(place, number, _)| {
            places.get(place).is_some_and(|place| place.things.contains_key(number))
        });
        self.bytes = self.made.iter().map(|(_, _, bytes)| bytes).sum();
        self.dead = 0;
    }

    /// Whether a thing has this id.
    pub fn has(&self, place: &str, id: &str) -> bool {
        self.places.get(place).is_some_and(|place| place.by_id.contains_key(id))
    }

    /// Whether a thing has this id, or this value in the field of that name.
    pub fn knows(&self, place: &str, id: &str, field: Option<&str>) -> bool {
        self.number_of(place, id, field).is_some()
    }

    fn number_of(&self, place: &str, id: &str, field: Option<&str>) -> Option<u64> {
        let home = self.places.get(place)?;
        home.by_id.get(id).copied().or_else(|| {
            let field = field?;
            let is_it = |thing: &Thing| thing.known.get(field).is_some_and(|v| text(v) == id);
            home.things.iter().find(|(_, thing)| is_it(thing)).map(|(number, _)| *number)
        })
    }

    /// A thing by its id, or by the value of the field of that name.
    pub fn find(&mut self, place: &str, id: &str, field: Option<&str>) -> Option<&mut Thing> {
        let number = self.number_of(place, id, field)?;
        let home = self.places.get_mut(place)?;
        home.things.get_mut(&number)
    }

    /// Removes a thing and all that is below it.
    pub fn remove(&mut self, place: &str, id: &str) -> bool {
        let Some(home) = self.places.get_mut(place) else { return false };
        let Some(number) = home.by_id.remove(id) else { return false };
        home.things.remove(&number);
        let below = below(place, id);
        let mut dead = 1;
        self.places.retain(|name, home| {
            let stays = !name.starts_with(&below);
            dead += if stays { 0 } else { home.things.len() };
            stays
        });
        // Entries in `made` stay until they are half of it, so that nothing is searched for one.
        self.dead += dead;
        if self.dead > 64 && self.dead > self.made.len() / 2 {
            self.tidy();
        }
        true
    }

    /// The things of a place, the oldest first.
    pub fn things(&self, place: &str) -> impl Iterator<Item = &Thing> {
        self.places.get(place).into_iter().flat_map(|place| place.things.values())
    }

    /// The same, to be changed.
    pub fn things_mut(&mut self, place: &str) -> impl Iterator<Item = &mut Thing> {
        self.places.get_mut(place).into_iter().flat_map(|place| place.things.values_mut())
    }

    /// Notes that a place is filled with what the document lists; whether it was not before.
    pub fn inhabit(&mut self, place: &str) -> bool {
        if self.places.len() > PLACES {
            self.places.retain(|_, place| !place.things.is_empty());
        }
        place.len() <= LONGEST
            && !std::mem::replace(
                &mut self.places.entry(place.to_owned()).or_default().inhabited,
                true,
            )
    }

    /// Whether it is.
    pub fn is_inhabited(&self, place: &str) -> bool {
        self.places.get(place).is_some_and(|place| place.inhabited)
    }

    /// Whether an id of what nothing makes is another one than those that were first asked for.
    pub fn is_strange(&self, operation: &str, kind: &str, id: &str) -> bool {
        self.asked.contains(&(operation.to_owned(), kind.to_owned()))
            && self.given.get(kind).is_none_or(|ids| !ids.contains(id))
    }

    /// Notes the first such id that an operation asks for.
    pub fn give(&mut self, operation: &str, kind: &str, id: &str) {
        if self.asked.insert((operation.to_owned(), kind.to_owned())) {
            self.given.entry(kind.to_owned()).or_default().insert(id.to_owned());
        }
    }
}

/// The beginning of the names of places that are a thing's own.
fn below(place: &str, id: &str) -> String {
    format!("{place}/{}/", percent_encoded(id))
}

/// Where things are that are gone, where everything is there that was never deleted.
pub(super) fn graves(place: &str) -> String {
    format!("gone from {place}")
}

/// A value as it stands in a path.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn size(known: &Map<String, Value>) -> usize {
    known.iter().map(|(key, value)| key.len() + value.to_string().len() + 32).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(world: &mut World, id: usize) {
        let number = world.number();
        world.put("h/tree", number, Thing { id: id.to_string(), ..Thing::default() });
    }

    #[test]
    fn what_was_made_first_is_forgotten_first() {
        let mut world = World::default();
        for id in 0..THINGS + 5 {
            put(&mut world, id);
        }
        let first = world.things("h/tree").next().map(|thing| thing.id.clone());
        assert_eq!((world.things("h/tree").count(), first), (THINGS, Some("5".to_owned())));
        // What comes and goes does not push out what stays.
        for _ in 0..3 * THINGS {
            assert!(world.remove("h/tree", "7000"));
            put(&mut world, 7000);
        }
        assert!(world.has("h/tree", "5") && world.things("h/tree").count() == THINGS);
    }

    #[test]
    fn large_things_are_known_by_their_id_alone() {
        let mut world = World::default();
        let known = Map::from_iter([("a".to_owned(), Value::from("x".repeat(LARGEST)))]);
        world.put("h/tree", 1, Thing { id: "1".to_owned(), known, ..Thing::default() });
        assert!(world.things("h/tree").next().is_some_and(|thing| thing.known.is_empty()));
    }

    #[test]
    fn what_is_below_goes_too() {
        let mut world = World::default();
        put(&mut world, 1);
        put(&mut world, 11);
        for place in ["h/tree/1/leaf", "h/tree/11/leaf"] {
            let number = world.number();
            world.put(place, number, Thing { id: "l".to_owned(), ..Thing::default() });
        }
        assert!(world.remove("h/tree", "1"));
        assert!(!world.has("h/tree/1/leaf", "l") && world.has("h/tree/11/leaf", "l"));
    }
}
