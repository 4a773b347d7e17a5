//! What a request does to the world, and what its answer says of it.

use super::job;
use super::lay::{self, Naming, Promised};
use super::page::Page;
use super::world::{Thing, World, graves, text};
use serde_json::{Map, Value};

/// What is done, once the request has been found good.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Act {
    /// One thing, or several at once.
    Create {
        fields: Vec<Map<String, Value>>,
        sent: Option<Value>,
    },
    /// Its id, with which it is made by `PUT`.
    CreateAs {
        id: String,
        fields: Map<String, Value>,
    },
    Show {
        id: String,
    },
    List {
        page: Page,
    },
    /// The fields, and whether others go.
    Change {
        id: String,
        fields: Map<String, Value>,
        whole: bool,
    },
    Delete {
        ids: Vec<String>,
    },
    Job {
        id: String,
    },
    /// Something is done with a thing.
    Use {
        id: Option<String>,
    },
}

/// Where it is done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Deed {
    pub act: Act,
    /// The place of the things.
    pub place: String,
    pub noun: String,
    pub variable: Option<String>,
    /// Whether what is listed fills the place.
    pub inhabits: bool,
    /// Whether what is not made here is there until it is deleted.
    pub is_open: bool,
    /// What each thing of the place is given an id by where no answer has one.
    pub seed: u64,
}

impl Deed {
    /// Does it where the answer has no body that could tell of it.
    pub fn settle(&self, world: &mut World) -> Option<String> {
        let nothing = Promised { keeps: &|_| false, fresh: &|_| None };
        self.lay(world, Value::Null, &nothing).1
    }

    /// Does it, and answers the body that tells of it, with the id of what was made.
    pub fn lay(
        &self,
        world: &mut World,
        body: Value,
        promised: &Promised<'_>,
    ) -> (Value, Option<String>) {
        let naming = Naming { noun: &self.noun, variable: self.variable.as_deref() };
        match &self.act {
            Act::Create { fields, sent } => {
                let mut body = body;
                let mut made = None;
                for fields in fields {
                    let (told, id) = self.create(world, body, fields, sent.as_ref(), promised);
                    (body, made) = (told, Some(id));
                }
                (body, made)
            }
            Act::CreateAs { id, fields } => {
                let mut thing = Thing { id: id.clone(), known: fields.clone(), ..Thing::default() };
                let body = self.told(&naming, body, &mut thing, promised);
                let number = world.number();
                world.put(&self.place, number, thing);
                (body, Some(id.clone()))
            }
            Act::Show { id } => (self.shown(world, id, None, body, promised), None),
            Act::Job { id } => {
                let asked = world.find(&self.place, id, None).map_or(2, |job| {
                    job.asked = job.asked.saturating_add(1);
                    job.asked
                });
                let body = self.shown(world, id, None, body, promised);
                (job::progress(body, asked, promised), None)
            }
            Act::List { page } => (self.listed(world, page, body, promised), None),
            Act::Change { id, fields, whole } => {
                (self.shown(world, id, Some((fields, *whole)), body, promised), None)
            }
            Act::Delete { ids } => {
                for id in ids {
                    let found = world.find(&self.place, id, self.variable.as_deref());
                    let id = &found.map_or_else(|| id.clone(), |thing| thing.id.clone());
                    world.remove(&self.place, id);
                    if self.is_open {
                        let number = world.number();
                        let grave = Thing { id: id.clone(), ..Thing::default() };
                        world.put(&graves(&self.place), number, grave);
                    }
                }
                let about = ids.first().map(String::as_str);
                (self.with_job(world, body, about, &Map::new(), promised), None)
            }
            Act::Use { id } => {
                (self.with_job(world, body, id.as_deref(), &Map::new(), promised), None)
            }
        }
    }

    fn create(
        &self,
        world: &mut World,
        body: Value,
        fields: &Map<String, Value>,
        sent: Option<&Value>,
        promised: &Promised<'_>,
    ) -> (Value, String) {
        let naming = Naming { noun: &self.noun, variable: self.variable.as_deref() };
        let number = world.number();
        let subject = naming.subject(&body).unwrap_or_default();
        let object = body.pointer(&subject).and_then(Value::as_object);
        let key = object.and_then(|object| naming.key(object)).cloned();
        let given = naming.key(fields).map(|key| text(&fields[key]));
        let mut body = body;
        let id = match (&key, given) {
            (_, Some(given)) if !given.is_empty() => given,
            (Some(key), _) => {
                let place = format!("{subject}/{}", crate::exchange::pointer_token(key));
                let taken = |id: &str| world.has(&self.place, id);
                lay::unused(&mut body, &place, self.seed ^ number, promised, &taken)
                    .unwrap_or_else(|| number.to_string())
            }
            (None, _) => made_up(self.seed, number),
        };
        let mut thing = Thing {
            id: id.clone(),
            known: fields.clone(),
            sent: sent.cloned(),
            ..Thing::default()
        };
        let body = self.told(&naming, body, &mut thing, promised);
        world.put(&self.place, number, thing);
        (self.with_job(world, body, Some(&id), fields, promised), id)
    }

    /// The body that tells of a thing; what it says beyond what is known is known from then on.
    fn told(
        &self,
        naming: &Naming<'_>,
        body: Value,
        thing: &mut Thing,
        promised: &Promised<'_>,
    ) -> Value {
        let Some(subject) = naming.subject(&body) else { return body };
        let named = (promised.fresh)(self.seed);
        let mut fields = thing.known.clone();
        let object = body.pointer(&subject).and_then(Value::as_object);
        let shape =
            named.as_ref().and_then(|named| named.pointer(&subject)).and_then(Value::as_object);
        let key = object.and_then(|object| naming.key(object));
        if let Some(key) = key.or_else(|| shape.and_then(|shape| naming.key(shape))) {
            let now = object.and_then(|object| object.get(key));
            let number = now.is_some_and(Value::is_number);
            let id = thing.id.parse::<i64>().ok().filter(|_| number).map(Value::from);
            fields
                .entry(key.clone())
                .or_insert_with(|| id.unwrap_or_else(|| thing.id.clone().into()));
        }
        let body = lay::lay(body, &subject, &fields, named.as_ref(), promised.keeps);
        if let Some(object) = body.pointer(&subject).and_then(Value::as_object) {
            for (key, value) in object {
                thing.known.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        body
    }

    fn shown(
        &self,
        world: &mut World,
        id: &str,
        change: Option<(&Map<String, Value>, bool)>,
        body: Value,
        promised: &Promised<'_>,
    ) -> Value {
        let naming = Naming { noun: &self.noun, variable: self.variable.as_deref() };
        let mut stranger = Thing { id: id.to_owned(), ..Thing::default() };
        let found = world.find(&self.place, id, self.variable.as_deref());
        let about = found.as_ref().and_then(|thing| thing.about.clone());
        let thing = match found {
            Some(thing) => thing,
            None => &mut stranger,
        };
        if let Some((fields, whole)) = change {
            if whole {
                thing.known.retain(|key, _| is_own(key, &naming));
            }
            merge(&mut thing.known, fields);
        }
        let body = self.told(&naming, body, thing, promised);
        let Some((noun, id)) = about else { return body };
        // What a job has made is named in what it tells.
        let made = Naming { noun: &noun, variable: None };
        let job = self.variable.as_deref();
        let Some(place) = made.subject(&body) else { return body };
        let object = body.pointer(&place).and_then(Value::as_object);
        let key = object.and_then(|object| made.key(object)).cloned();
        let Some(key) = key.filter(|key| Some(key.as_str()) != job && key != "id") else {
            return body;
        };
        let is_number = object.is_some_and(|object| object[&key].is_number());
        let number = id.parse::<i64>().ok().filter(|_| is_number).map(Value::from);
        let fields = Map::from_iter([(key, number.unwrap_or_else(|| id.into()))]);
        lay::lay(body, &place, &fields, None, promised.keeps)
    }

    /// The answer to something done with a thing: it names a job of its own where it names one.
    fn with_job(
        &self,
        world: &mut World,
        body: Value,
        about: Option<&str>,
        sent: &Map<String, Value>,
        promised: &Promised<'_>,
    ) -> Value {
        let Some(place) = lay::job(&body, sent) else { return body };
        let mut body = body;
        let number = world.number();
        let taken = |id: &str| world.has(super::plan::JOBS, id);
        let id = lay::unused(&mut body, &place, self.seed ^ number, promised, &taken);
        if let Some(id) = id {
            let about = about.map(|about| (self.noun.clone(), about.to_owned()));
            world.put(super::plan::JOBS, number, Thing { id, about, ..Thing::default() });
        }
        body
    }

    fn listed(
        &self,
        world: &mut World,
        page: &Page,
        body: Value,
        promised: &Promised<'_>,
    ) -> Value {
        let naming = Naming { noun: &self.noun, variable: self.variable.as_deref() };
        let named = (promised.fresh)(self.seed);
        let from = |body: &Value| {
            naming.list(body).map(|place| (place.clone(), body.pointer(&place).cloned()))
        };
        let found = from(&body).or_else(|| named.as_ref().and_then(from));
        let Some((place, Some(Value::Array(pattern)))) = found else { return body };
        if self.inhabits && world.inhabit(&self.place) {
            for item in &pattern {
                let Value::Object(object) = item else { continue };
                let number = world.number();
                let id =
                    naming.key(object).map_or_else(|| number.to_string(), |key| text(&object[key]));
                world.put(
                    &self.place,
                    number,
                    Thing { id, known: object.clone(), ..Thing::default() },
                );
            }
        }
        let shape = named.as_ref().and_then(|n| n.pointer(&place)).and_then(|list| list.get(0));
        let pattern = pattern.first().cloned().unwrap_or_default();
        let total = world.things(&self.place).filter(|thing| page.takes(thing)).count();
        let mut body = body;
        if body.pointer(&place).is_none() {
            let Some(named) = named.clone() else { return body };
            body = named;
        }
        let mut bare = body.clone();
        lay::set(&mut bare, &place, Value::Array(Vec::new()));
        // What the list does not take of a thing is left out of it.
        let taken = |item: &Value| {
            let mut alone = bare.clone();
            lay::set(&mut alone, &place, Value::Array(vec![item.clone()]));
            (promised.keeps)(&alone)
        };
        let of_one = Promised { keeps: &taken, fresh: &|_| shape.cloned() };
        let mut items = Vec::new();
        for thing in page.cut(world.things_mut(&self.place).filter(|thing| page.takes(thing))) {
            items.push(match &pattern {
                Value::String(_) => Value::from(thing.id.clone()),
                pattern => self.told(&naming, pattern.clone(), thing, &of_one),
            });
        }
        while !lay::put(&mut body, &place, Value::Array(items.clone()), promised.keeps) {
            if items.is_empty() {
                return body;
            }
            items.truncate(items.len() / 2);
        }
        lay::count(body, &place, total, promised.keeps)
    }
}

/// Whether a field is the provider's own, so that it stays when all others are replaced.
fn is_own(key: &str, naming: &Naming<'_>) -> bool {
    let words = super::names::words(key);
    let last = words.last().map_or("", String::as_str);
    super::names::is_id_of(key, naming.noun)
        || naming.variable == Some(key)
        || ["at", "time", "created", "href", "links", "url"].contains(&last)
}

/// Merges fields as RFC 7396 has it, to one level.
fn merge(known: &mut Map<String, Value>, fields: &Map<String, Value>) {
    for (key, value) in fields {
        match (known.get_mut(key), value) {
            (Some(Value::Object(known)), Value::Object(fields)) => {
                known.extend(fields.iter().map(|(key, value)| (key.clone(), value.clone())));
            }
            _ => {
                known.insert(key.clone(), value.clone());
            }
        }
    }
}

/// An id for what no answer names.
fn made_up(seed: u64, number: u64) -> String {
    let mixed =
        (seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let low = mixed.rotate_left(31).wrapping_mul(0x94d0_49bb_1331_11eb);
    let (a, b) = (format!("{mixed:016x}"), format!("{low:016x}"));
    format!("{}-{}-4{}-a{}-{}", &a[..8], &a[8..12], &a[13..16], &b[1..4], &b[4..])
}
