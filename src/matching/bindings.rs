//! What the variables of a tape are in one session: bound when a request is matched, and from then on
//! one recorded value is one value of the client's, and the other way round.

use super::known::{Known, Scope, Slot};
use super::swaps::{Swaps, TextKind};
use super::variables::{Variable, is_distinctive};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// The bindings of one session.
#[derive(Debug, Default)]
pub(super) struct Bindings {
    /// The client's value of each recorded one, and the how-manieth binding that was.
    bound: HashMap<u32, (Box<str>, u64)>,
    turn: u64,
    /// The recorded value of each of the client's.
    owners: HashMap<(Scope, Box<str>), u32>,
    /// Recorded secrets with a value of the client's that another one owns.
    shared: HashSet<(u32, Box<str>)>,
    /// Those that were shared until the secret had a value of its own: what was answered with them was
    /// answered to somebody else.
    mistaken: HashSet<(u32, Box<str>)>,
    /// From recorded to the client's values, for answers.
    pub(super) forward: Swaps,
    /// From the client's to recorded values, for requests.
    pub(super) backward: Swaps,
}

/// How a request fits the variables of an exchange that is equal otherwise. The better is the lesser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// Every value is bound to just this one, or is the recorded one.
    Same,
    /// Some are not bound yet.
    Fresh,
    /// Some are bound to values that are given up for new ones; the last of them was bound as the
    /// how-manieth.
    Anew(u64),
}

/// How the variables of a request fit those of an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) fit: Fit,
    /// A secret of the client's own that stands for another recorded one, too: good enough where nothing
    /// else can be meant.
    pub(super) shared: Option<Contradiction>,
}

/// A value of a request that is another than it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// Where it stands.
    pub at: String,
    /// What was sent; `None` for a secret.
    pub sent: Option<String>,
    /// What is recorded there.
    pub recorded: String,
    /// What is recorded where this value was taken for something else; `None` where one recorded value
    /// would be two at once.
    pub is: Option<String>,
    /// An exchange (from 0) that has that.
    pub exchange: Option<usize>,
    /// Whether it was taken for this one, too, until that had a value of its own: earlier requests were
    /// answered that should not have been.
    pub was_taken: bool,
}

/// Which exchanges of a group can fit a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead<'a> {
    /// None but these.
    Holders(&'a [u32]),
    /// Any: every value is new, so none fits better than another.
    New,
    /// Any.
    All,
}

/// Whose a value is.
enum Owner {
    /// The value's that it is asked for.
    This,
    Other(u32),
    Nobody,
}

impl Bindings {
    /// How the variables of a request fit those of an exchange.
    pub(super) fn judge(
        &self,
        known: &Known,
        slots: &[Slot],
        asked: &[Variable],
    ) -> Result<Judgement, Contradiction> {
        let (mut fit, mut shared) = (Fit::Same, None);
        let mut new: Vec<(u32, &str)> = Vec::new();
        for (slot, text) in pairs(known, slots, asked) {
            let contradiction = |is: Option<u32>| {
                let holder = is.and_then(|value| known.holders(value).first());
                Contradiction {
                    at: known.place(slot).to_owned(),
                    sent: Some(self.forward.other(text).unwrap_or(text).to_owned()).filter(
                        |text| {
                            !matches!(known.value(slot).scope, Scope::Secret(_))
                                && !text.contains("{{")
                        },
                    ),
                    recorded: known.value(slot).text.to_string(),
                    is: is.map(|value| known.values[value as usize].text.to_string()),
                    exchange: holder.map(|entry| *entry as usize),
                    was_taken: self.mistaken.contains(&(slot.value, text.into())),
                }
            };
            match self.owner(known, slot, text) {
                Owner::This => continue,
                Owner::Other(value) if self.may_share(known, slot, text) => {
                    shared.get_or_insert_with(|| contradiction(Some(value)));
                }
                Owner::Other(value) => return Err(contradiction(Some(value))),
                Owner::Nobody => {}
            }
            for (value, other) in &new {
                // One value at two places is one recorded value at both.
                let scopes = [*value, slot.value].map(|value| known.values[value as usize].scope);
                if scopes[0] != scopes[1] || (*value == slot.value) == (*other == text) {
                    continue;
                }
                let is = Some(*value).filter(|value| *value != slot.value);
                if is.is_none() || !self.may_share(known, slot, text) {
                    return Err(contradiction(is));
                }
                shared.get_or_insert_with(|| contradiction(is));
            }
            new.push((slot.value, text));
            let bound = self.bound.get(&slot.value);
            fit = fit.max(bound.map_or(Fit::Fresh, |(_, turn)| Fit::Anew(*turn)));
        }
        Ok(Judgement { fit, shared })
    }

    /// Whether a value that stands for another recorded secret may stand for this one as well: where tests
    /// have one made-up value for several, but not where it is known by now to be another.
    fn may_share(&self, known: &Known, slot: Slot, text: &str) -> bool {
        let scope = known.value(slot).scope;
        let was_given_out = || known.find(scope, text).is_some();
        matches!(scope, Scope::Secret(_))
            && !was_given_out()
            && !self.bound.contains_key(&slot.value)
    }

    fn owner(&self, known: &Known, slot: Slot, text: &str) -> Owner {
        let value = known.value(slot);
        if *value.text == *text {
            return Owner::This;
        }
        let owner = self.recorded(known, value.scope, slot.place, text);
        match owner {
            Some(owner) if owner == slot.value => Owner::This,
            Some(_) if self.shared.contains(&(slot.value, text.into())) => Owner::This,
            Some(owner) => Owner::Other(owner),
            None => Owner::Nobody,
        }
    }

    /// The recorded value that a client's value at a place is.
    fn recorded(&self, known: &Known, scope: Scope, place: u32, text: &str) -> Option<u32> {
        let scopes = match scope {
            Scope::Secret(_) => [scope, scope],
            Scope::Everywhere | Scope::Place(_) => [Scope::Everywhere, Scope::Place(place)],
        };
        let owned = |scope| self.owners.get(&(scope, text.into())).copied();
        scopes
            .into_iter()
            .find_map(owned)
            .or_else(|| scopes.into_iter().find_map(|scope| known.find(scope, text)))
    }

    /// Which exchanges of a group can fit a request at all; `slots` are those of one of the group.
    pub(super) fn lead<'a>(
        &self,
        known: &'a Known,
        slots: &[Slot],
        asked: &[Variable],
    ) -> Lead<'a> {
        let mut lead = Lead::New;
        for (slot, text) in pairs(known, slots, asked) {
            let scope = known.value(slot).scope;
            // Numbers of secrets are those of one recording: in another it may be another value.
            if matches!(scope, Scope::Secret(_)) {
                if lead == Lead::New {
                    lead = Lead::All;
                }
                continue;
            }
            if let Some(value) = self.recorded(known, scope, slot.place, text) {
                let holders = known.holders(value);
                match lead {
                    Lead::Holders(fewest) if fewest.len() <= holders.len() => {}
                    _ => lead = Lead::Holders(holders),
                }
            }
        }
        lead
    }

    /// Binds the variables of an exchange to the values of the request that it answers.
    pub(super) fn bind(&mut self, known: &Known, slots: &[Slot], asked: &[Variable]) {
        for (slot, text) in pairs(known, slots, asked) {
            let value = known.value(slot);
            let is_recorded = *value.text == *text;
            if self.bound.contains_key(&slot.value)
                && (is_recorded || matches!(self.owner(known, slot, text), Owner::This))
            {
                continue;
            }
            // A part of it may have been turned back into what is recorded.
            let own = self.forward.swapped_text(text, TextKind::Plain);
            let own = own.filter(|_| !is_recorded);
            let own: Box<str> = own.as_deref().unwrap_or(text).into();
            if let Owner::Other(_) = self.owner(known, slot, text) {
                self.shared.insert((slot.value, text.into()));
            } else {
                if matches!(value.scope, Scope::Secret(_)) {
                    self.set_apart(slot.value, value.scope);
                }
                self.owners.insert((value.scope, text.into()), slot.value);
            }
            if value.scope == Scope::Everywhere && !is_recorded && !own.contains("{{secret") {
                self.owners.insert((value.scope, own.clone()), slot.value);
                let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
                if !digits(&value.text) || (digits(&own) && !own.starts_with('0')) {
                    self.forward.put(&value.text, &own);
                }
                if is_distinctive(&own) {
                    self.backward.put(&own, &value.text);
                }
            }
            self.turn += 1;
            self.bound.insert(slot.value, (own, self.turn));
        }
    }

    /// A secret gets a value of its own: what stood for it and for another one was the other one's.
    fn set_apart(&mut self, secret: u32, scope: Scope) {
        let Some((before, _)) = self.bound.get(&secret) else { return };
        let was_shared = (secret, before.clone());
        if self.shared.remove(&was_shared) {
            self.mistaken.insert(was_shared);
            return;
        }
        let Some(owner) = self.owners.get_mut(&(scope, before.clone())) else { return };
        let others = self.shared.iter().filter(|(_, text)| text == before);
        let Some(other) = others.map(|(other, _)| *other).min() else { return };
        *owner = other;
        self.shared.remove(&(other, before.clone()));
        self.mistaken.insert(was_shared);
    }

    /// The client's value of a recorded one.
    pub(super) fn bound(&self, value: u32) -> Option<&str> {
        self.bound.get(&value).map(|(text, _)| &**text)
    }
}

/// The variables of an exchange with the values that a request has at their places. Both have the
/// same ones, but for headers.
fn pairs<'a>(
    known: &'a Known,
    slots: &'a [Slot],
    asked: &'a [Variable],
) -> impl Iterator<Item = (Slot, &'a str)> {
    let mut next = 0;
    slots.iter().filter_map(move |slot| {
        let place = known.place(*slot);
        let found = asked[next..].iter().position(|variable| variable.at == place)?;
        next += found + 1;
        Some((*slot, asked[next - 1].text()))
    })
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, sent, recorded, is, was_taken, .. } = self;
        match sent {
            Some(sent) => write!(f, "{at}: `{sent}`")?,
            None => write!(f, "{at}: the secret that was sent")?,
        }
        match is {
            Some(is) => write!(f, " stands for `{is}`, and so not for `{recorded}`")?,
            None => write!(f, " and another value can't both stand for `{recorded}`")?,
        }
        if *was_taken {
            f.write_str(" (as which it was sent before, too, and answered)")?;
        }
        Ok(())
    }
}
