//! Holds requests to what there is, and hands out what is to be done.

use super::asked::Asked;
use super::deed::{Act, Deed};
use super::lay::Promised;
use super::names::Verb;
use super::owner;
use super::page::Page;
use super::plan::{JOBS, Plan, may_make};
use super::world::{World, graves};
use crate::mock::refusal::{Fault, Refusal};
use crate::spec::{Routed, Sent, Spec};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is remembered between requests.
#[derive(Debug)]
pub(in crate::mock) struct State {
    plan: Plan,
    seed: u64,
    /// Whether every identity, and every id of what nothing makes, is taken.
    takes_strangers: bool,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    world: World,
    /// Who was first served, by the spec's path.
    owners: HashMap<String, String>,
}

/// A request that was taken, and what comes of it.
#[derive(Debug)]
pub(in crate::mock) struct Begun<'s> {
    inner: MutexGuard<'s, Inner>,
    deed: Option<Deed>,
    /// Whether a `PUT` makes something (201) or changes it; `None` for what is neither.
    makes: Option<bool>,
    is_told: bool,
    made: Option<String>,
}

impl State {
    /// What these specs let a client make, and nothing of it yet.
    pub(in crate::mock) fn new(specs: &[Spec], seed: u64, takes_strangers: bool) -> Self {
        Self { plan: Plan::of(specs), seed, takes_strangers, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The refusal of another identity than the one that was served first, where 403 is documented.
    pub(in crate::mock) fn stranger(
        &self,
        routed: &Routed<'_>,
        sent: &Sent<'_, '_>,
    ) -> Option<Refusal> {
        if self.takes_strangers || !routed.operation.documents(403) {
            return None;
        }
        let who = owner::identity(routed, sent)?;
        let inner = self.lock();
        let owner = inner.owners.get(&routed.spec.path)?;
        let what = "credentials: of another identity than the one that was served first";
        (*owner != who).then(|| Refusal::new(Fault::Rights, what))
    }

    /// Holds a good request to what there is.
    pub(in crate::mock) fn begin<'a>(
        &self,
        routed: &Routed<'a>,
        sent: &Sent<'a, '_>,
    ) -> Result<Begun<'_>, Refusal> {
        let mut inner = self.lock();
        let mut begun = None;
        if let Some(role) = self.plan.role(routed.spec, routed.operation) {
            let asked = Asked { routed, sent, role };
            self.hold_through(&asked, &mut inner.world)?;
            begun = self.act(&asked, &inner.world)?;
        }
        if let Some(who) = owner::identity(routed, sent) {
            inner.owners.entry(routed.spec.path.clone()).or_insert(who);
        }
        let makes = begun.as_ref().and_then(|deed| match &deed.act {
            Act::CreateAs { .. } => Some(true),
            Act::Change { whole: true, .. } => Some(false),
            _ => None,
        });
        Ok(Begun { inner, deed: begun, makes, is_told: false, made: None })
    }

    /// Whose things these are must be there, too.
    fn hold_through(&self, asked: &Asked<'_, '_>, world: &mut World) -> Result<(), Refusal> {
        let operation = format!("{} {}", asked.routed.spec.path, asked.routed.operation.pointer);
        let mut given = Vec::new();
        for kind in &asked.role.through {
            let Some(name) = &kind.variable else { continue };
            let Some(id) = asked.variable(name) else { continue };
            let place = asked.place(kind);
            let means = self.plan.means(kind);
            if means.made || (means.inhabited() && world.is_inhabited(&place)) {
                if world.find(&place, id, Some(name)).is_none() {
                    return Err(missing(name, id));
                }
            } else if world.has(&graves(&place), id) {
                return Err(missing(name, id));
            } else if !self.takes_strangers {
                let is_strange = world.is_strange(&operation, &place, id);
                if is_strange && asked.routed.operation.documents(404) {
                    return Err(missing(name, id));
                }
                given.push((place, id));
            }
        }
        for (place, id) in given {
            world.give(&operation, &place, id);
        }
        Ok(())
    }

    fn act(&self, asked: &Asked<'_, '_>, world: &World) -> Result<Option<Deed>, Refusal> {
        let role = asked.role;
        let place = asked.place(&role.kind);
        let means = self.plan.means(&role.kind);
        let is_closed = means.made || (means.inhabited() && world.is_inhabited(&place));
        let act = match role.verb {
            Some(Verb::Create) => create(asked, world, &place)?,
            Some(Verb::List) => {
                Act::List { page: Page::of(asked.parameters().into_iter(), &role.kind.noun) }
            }
            verb if role.names_one => {
                let ids = asked.ids();
                let Some(first) = ids.first().cloned() else { return Ok(None) };
                let field = role.kind.variable.as_deref();
                let is_there = |id: &String| {
                    if is_closed {
                        world.knows(&place, id, field)
                    } else {
                        !world.has(&graves(&place), id)
                    }
                };
                let fields = || asked.fields().into_iter().next().unwrap_or_default();
                if let Some(id) = ids.iter().find(|id| !is_there(id)) {
                    if verb == Some(Verb::Replace) && may_make(asked.routed.operation) {
                        let act = Act::CreateAs { id: id.clone(), fields: fields() };
                        return Ok(Some(self.deed(asked, place, act, is_closed)));
                    }
                    return Err(missing(field.unwrap_or(&role.kind.noun), id));
                }
                match verb {
                    Some(Verb::Read) if role.kind.key == JOBS => Act::Job { id: first },
                    Some(Verb::Read) => Act::Show { id: first },
                    Some(Verb::Replace) => Act::Change { id: first, fields: fields(), whole: true },
                    Some(Verb::Change) => Act::Change { id: first, fields: fields(), whole: false },
                    Some(Verb::Delete) => Act::Delete { ids },
                    Some(Verb::Create | Verb::List) | None => Act::Use { id: Some(first) },
                }
            }
            _ => {
                let above = role.through.last().and_then(|kind| kind.variable.as_deref());
                Act::Use { id: above.and_then(|name| asked.variable(name)).map(str::to_owned) }
            }
        };
        Ok(Some(self.deed(asked, place, act, is_closed)))
    }

    fn deed(&self, asked: &Asked<'_, '_>, place: String, act: Act, is_closed: bool) -> Deed {
        let kind = &asked.role.kind;
        let above = asked.role.through.last().filter(|_| matches!(act, Act::Use { .. }));
        let noun = above.filter(|_| !asked.role.names_one).map_or(&kind.noun, |above| &above.noun);
        Deed {
            act,
            place,
            noun: noun.clone(),
            variable: kind.variable.clone(),
            inhabits: self.plan.means(kind).inhabited(),
            is_open: !is_closed,
            seed: self.seed,
        }
    }
}

impl Begun<'_> {
    /// The code of success, where several are documented: what a `PUT` makes is a 201, what it changes
    /// is none.
    pub(in crate::mock) fn prefers(&self, code: u16) -> bool {
        self.makes.is_none_or(|makes| makes == (code == 201))
    }

    /// The body that tells of it, and it is done.
    pub(in crate::mock) fn tell(&mut self, body: Value, promised: &Promised<'_>) -> Value {
        let Some(deed) = &self.deed else { return body };
        self.is_told = true;
        let (body, made) = deed.lay(&mut self.inner.world, body, promised);
        self.made = made;
        body
    }

    /// It is done, if no body has told of it; the id of what was made.
    pub(in crate::mock) fn settle(&mut self) -> Option<String> {
        if !self.is_told
            && let Some(deed) = &self.deed
        {
            self.made = deed.settle(&mut self.inner.world);
        }
        self.made.take()
    }
}

/// What is made, unless there is something already that no two may share.
fn create(asked: &Asked<'_, '_>, world: &World, place: &str) -> Result<Act, Refusal> {
    let fields = asked.fields();
    if asked.routed.operation.documents(409) {
        let twin = fields.iter().find_map(|fields| asked.twin(world, place, fields));
        if let Some(what) = twin {
            return Err(Refusal::new(Fault::Conflict, what));
        }
    }
    let sent = fields.first().filter(|_| fields.len() == 1).cloned().map(Value::Object);
    let fields = if fields.is_empty() { vec![Map::new()] } else { fields };
    Ok(Act::Create { fields, sent })
}

fn missing(name: &str, id: &str) -> Refusal {
    let id: String = id.chars().take(80).collect();
    Refusal::new(Fault::Missing, format!("{name}: there is no `{id}`"))
}
