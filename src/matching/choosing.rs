//! Which of several equal exchanges answers, where variables or the order of exchanges matter.

use super::bindings::{Contradiction, Fit, Judgement, Lead};
use super::canonical::Canonical;
use super::causes::Wanting;
use super::holes;
use super::known::{Scope, Slot};
use super::miss::Miss;
use super::session::Session;
use super::tape::{Addressing, Asked, Group, Repeat, Set, Tape, shape};
use super::variables::{Value, Variable};
use std::borrow::Cow;
use std::sync::atomic::Ordering;

/// Most exchanges that were served already that are looked at for one that is repeated.
const MOST_SERVED: usize = 4_096;

/// How good an exchange is: the lesser the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// It was not served, and no value is given up. `unripe`: a value that it uses was not given yet.
    Next { fit: Fit, unripe: bool, index: usize },
    /// It was served. `set`: of exchanges under different rules the first ones' stand.
    Again { set: usize, order: (u32, usize) },
    /// Values are given up for new ones: the oldest first.
    Anew { served: bool, turn: u64, index: usize },
}

/// Why an exchange that is equal does not answer.
#[derive(Debug, Default)]
struct Reasons {
    /// The last exchange, and how many were served.
    exhausted: Option<(usize, usize)>,
    early: Option<(usize, Wanting)>,
    contradicted: Option<(usize, Contradiction)>,
}

/// The best exchange so far.
#[derive(Default)]
struct Best<'a> {
    found: Option<Choice<'a>>,
    /// The best of those for which a secret must stand for several.
    shared: Option<Choice<'a>>,
    /// Whether these mean different secrets.
    is_ambiguous: bool,
    reasons: Reasons,
}

/// An exchange, how good it is, and what its variables are in the request.
type Choice<'a> = (Goodness, usize, Cow<'a, [Variable]>);

/// How unlike it is in what does not count, where that tells the exchanges of its group apart; and its rank. The
/// lesser the better.
type Goodness = (u8, Rank);

impl<'a> Best<'a> {
    /// The exchange that answers. One value for several secrets will do if it can be nothing else: an exchange
    /// that fits but for its order goes before.
    fn chosen(self) -> Result<Choice<'a>, Miss> {
        let Self { found, shared, is_ambiguous, reasons } = self;
        let shared = shared.filter(|_| !is_ambiguous && reasons.early.is_none());
        found.or(shared).ok_or_else(|| missed(reasons))
    }
}

impl Tape {
    pub(super) fn choose(
        &self,
        asked: &[(&Set, Asked)],
        addressing: Addressing,
    ) -> Result<usize, Miss> {
        let mut session = self.session_mut();
        let mut best = Best::default();
        for (set, asked) in asked {
            match set.groups.get(&asked.key) {
                Some(group) => self.of_group(&session, group, asked, addressing, &mut best),
                None => self.of_open(&session, set, asked, addressing, &mut best),
            }
        }
        let (_, index, variables) = best.chosen()?;
        let entry = &self.entries[index];
        entry
            .served
            .store(entry.served.load(Ordering::Acquire).saturating_add(1), Ordering::Release);
        let Session { bindings, seen } = &mut *session;
        bindings.bind(&self.known, self.known.slots(index), &variables);
        self.causes.serve(index, seen);
        Ok(index)
    }

    /// Looks through the exchanges of a group.
    fn of_group<'a>(
        &self,
        session: &Session,
        group: &Group,
        Asked { request, variables, .. }: &'a Asked,
        addressing: Addressing,
        best: &mut Best<'a>,
    ) {
        let Some(first) = group.entries.first() else { return };
        let lead = session.bindings.lead(&self.known, self.known.slots(*first), variables);
        let of_group = |index: &usize| {
            self.entries[*index].group == group.number
                && self.is_at_home(*index, request, addressing)
        };
        let held: Vec<usize> = match lead {
            Lead::Holders(holders) => {
                holders.iter().map(|index| *index as usize).filter(of_group).collect()
            }
            Lead::New | Lead::All => Vec::new(),
        };
        // Where nothing in the group has a value that is known, all of it says why.
        let entries = if held.is_empty() { &group.entries } else { &held };
        let from = if held.is_empty() { self.first_unserved(group) } else { 0 };
        let unserved = |index: &&usize| of_group(index) && !self.entries[**index].is_served();
        for index in entries[from..].iter().filter(unserved) {
            let found = self.consider(session, *index, (request, Cow::Borrowed(variables)), best);
            let is_best = match found {
                Some((1.., _)) => false,
                Some((_, Rank::Next { fit: Fit::Same, unripe: false, .. })) => true,
                // Where every value is new, none fits better.
                Some((_, Rank::Next { fit: Fit::Fresh, unripe: false, .. })) => lead == Lead::New,
                _ => false,
            };
            if is_best {
                return;
            }
        }
        if matches!(best.found, Some(((0, Rank::Next { .. }), ..))) {
            return;
        }
        let served = |index: &&usize| of_group(index) && self.entries[**index].is_served();
        for index in entries.iter().rev().filter(served).take(MOST_SERVED) {
            self.consider(session, *index, (request, Cow::Borrowed(variables)), best);
        }
    }

    /// Where in a group the exchanges begin that are not all served.
    pub(super) fn first_unserved(&self, group: &Group) -> usize {
        let from = group.cursor.load(Ordering::Acquire).min(group.entries.len());
        let is_served = |index: &&usize| self.entries[**index].is_served();
        let from = from + group.entries[from..].iter().take_while(is_served).count();
        group.cursor.store(from, Ordering::Release);
        from
    }

    /// Looks through the exchanges that were recorded with placeholders where the request may have
    /// anything.
    fn of_open<'a>(
        &self,
        session: &Session,
        set: &Set,
        Asked { request, variables, .. }: &'a Asked,
        addressing: Addressing,
        best: &mut Best<'a>,
    ) {
        let open = set.open.get(&shape(request)).map_or(&[][..], |open| open);
        for index in open.iter().filter(|index| self.is_at_home(**index, request, addressing)) {
            if let Some(found) = holes::fit(&self.entries[*index].request, request) {
                let variables = self.filled(*index, variables, found);
                self.consider(session, *index, (request, Cow::Owned(variables)), best);
            }
        }
    }

    /// The variables of a request with what it has in place of an exchange's placeholders.
    fn filled(&self, index: usize, variables: &[Variable], found: Vec<String>) -> Vec<Variable> {
        let (mut rest, mut found) = (variables.to_vec(), found.into_iter());
        let slots = self.known.slots(index).iter();
        let variable = |slot: &Slot| {
            let at = self.known.place(*slot);
            let is_secret = matches!(self.known.value(*slot).scope, Scope::Secret(_));
            if is_secret && !at.starts_with("header:") {
                let text = found.next()?;
                if text != "{{secret}}" {
                    return Some(Variable { at: at.to_owned(), value: Value::Text(text) });
                }
            }
            let place = rest.iter().position(|variable| variable.at == at)?;
            Some(rest.remove(place))
        };
        slots.filter_map(variable).collect()
    }

    /// Takes an exchange that is equal into account.
    fn consider<'a>(
        &self,
        session: &Session,
        index: usize,
        (request, variables): (&Canonical, Cow<'a, [Variable]>),
        best: &mut Best<'a>,
    ) -> Option<Goodness> {
        let slots = self.known.slots(index);
        let Judgement { fit, shared } = match session.bindings.judge(&self.known, slots, &variables)
        {
            Ok(judgement) => judgement,
            Err(contradiction) => {
                best.reasons.contradicted.get_or_insert((index, contradiction));
                return None;
            }
        };
        let served = self.entries[index].served.load(Ordering::Acquire);
        if let Some(contradiction) = shared.clone() {
            best.reasons.contradicted.get_or_insert((index, contradiction));
        }
        if served == 0
            && let Some(wanting) = self.causes.wanting(index, &session.seen)
        {
            best.reasons.early.get_or_insert((index, wanting));
            return None;
        }
        if served > 0 && self.repeat == Repeat::Fail {
            let (last, count) = best.reasons.exhausted.unwrap_or((index, 0));
            best.reasons.exhausted = Some((last.max(index), count + 1));
            return None;
        }
        let rank = match fit {
            Fit::Anew(turn) => Rank::Anew { served: served > 0, turn, index },
            _ if served == 0 => {
                let unripe = !self.causes.is_ripe(index, &session.seen);
                Rank::Next { fit, unripe, index }
            }
            _ if self.repeat == Repeat::Cycle => {
                Rank::Again { set: self.entries[index].set, order: (served, index) }
            }
            _ => Rank::Again { set: self.entries[index].set, order: (0, usize::MAX - index) },
        };
        let entry = &self.entries[index];
        let unlike = if entry.is_mixed { entry.request.beside.unlike(&request.beside) } else { 0 };
        let rank = (unlike, rank);
        let Best { found, shared: sharing, is_ambiguous, .. } = best;
        let place = if shared.is_none() {
            found
        } else {
            let others = sharing.as_ref().map(|(_, other, _)| *other);
            *is_ambiguous |= others.is_some_and(|other| !self.means_the_same(index, other));
            sharing
        };
        if place.as_ref().is_none_or(|(best, ..)| rank < *best) {
            *place = Some((rank, index, variables));
        }
        shared.is_none().then_some(rank)
    }

    /// Whether two exchanges have the same secrets.
    fn means_the_same(&self, one: usize, other: usize) -> bool {
        let secrets = |index| {
            let slots = self.known.slots(index).iter();
            let is_secret =
                |slot: &&Slot| matches!(self.known.value(**slot).scope, Scope::Secret(_));
            slots.filter(is_secret).map(|slot| slot.value)
        };
        secrets(one).eq(secrets(other))
    }
}

fn missed(reasons: Reasons) -> Miss {
    match reasons {
        Reasons { exhausted: Some((index, count)), .. } => Miss::exhausted(index, count, count + 1),
        Reasons { early: Some((index, wanting)), .. } => Miss::early(index, wanting),
        Reasons { contradicted: Some((index, contradiction)), .. } => {
            Miss::contradicted(index, Box::new(contradiction))
        }
        _ => Miss::unequal(),
    }
}

#[cfg(test)]
mod tests;
