//! Credentials are replaced before an exchange can be written: [`Redactor`] makes the only type that
//! a cassette takes, [`Redacted`].
//!
//! Rules find secrets by place (header, query, form, JSON key), by form (known tokens), and as the
//! user says ([`RuleSet`]). A value once known is replaced everywhere in the session, in the
//! encodings in which it travels, by a numbered placeholder: the same value always has the same
//! number. What was learnt after an exchange was redacted is made up for by [`Redactor::renew`].

mod finding;
mod known;
mod names;
mod parts;
mod policy;
mod readings;
mod secret;
mod sliding;
mod spelling;
mod spread;
mod stream;

use crate::exchange::{Exchange, Redaction, Request};
use known::search::Search;
use known::{Known, Shape};
use parts::{Look, Part, Rewritten};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

pub use finding::Sort;
pub use finding::rules::{DEFAULT_RULES, rule_ids};
pub use finding::ruleset::{CustomRule, RuleError, RuleSet, Scope};
pub(super) use known::Trace;
pub use known::{is_placeholder, placeholder_numbers, unshaped, without_numbers};
pub use policy::Policy;
pub use secret::Secret;
pub use sliding::{HELD_BACK, Sliding};
pub use stream::{Out, REACH, RedactingStream};

/// An exchange in which no known credential is left. Only this can be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Redacted {
    exchange: Exchange,
    /// How many values were looked for in it.
    known: usize,
}

impl Redacted {
    /// What was left after redaction.
    pub fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// An exchange that was read from a cassette: it was redacted when it was written.
    pub fn from_cassette(exchange: Exchange) -> Self {
        Self { exchange, known: usize::MAX }
    }

    /// Takes note that in its body files only so many values were looked for: those that became known
    /// since are looked for when it is appended.
    pub fn looked_for(&mut self, known: usize) {
        self.known = self.known.min(known);
    }

    /// How many values were looked for in it.
    pub(super) fn known(&self) -> usize {
        self.known
    }

    /// The exchange, for the body files that only a store can look into.
    pub(super) fn exchange_mut(&mut self) -> &mut Exchange {
        &mut self.exchange
    }

    /// What was left after redaction.
    pub fn into_exchange(self) -> Exchange {
        self.exchange
    }
}

/// How often an exchange is looked at anew because two readings of one of its bodies held a secret: the
/// first is clean after the first time, unless a placeholder looks like a secret in it.
const READINGS: usize = 3;

/// Values that became known late, to be looked for in what was written before.
pub(super) struct Late {
    search: Search,
    values: Vec<Box<[u8]>>,
}

impl Late {
    fn new<'a>(values: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut late = Self { search: Search::default(), values: Vec::new() };
        for value in values {
            late.search.add(value);
            late.values.push(value.into());
        }
        late
    }

    /// Keeps those that may stand in what was traced.
    pub(super) fn traced(&self, trace: &Trace) -> Self {
        Self::new(self.values.iter().map(|value| &**value).filter(|value| trace.may_hold(value)))
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether one of them stands in an exchange. Body files are not looked into.
    pub(super) fn stands_in(&self, exchange: &Exchange) -> bool {
        let in_part = |part: &Part<'_>| {
            self.stands_in_text(part.text()) || part.joined().any(|text| self.stands_in_text(text))
        };
        texts(exchange).iter().any(in_part)
            || spread::any_in_messages(exchange, |text| self.stands_in_text(text))
            || self.stands_in_text(&names::of(exchange))
    }

    /// Whether one of them stands in a text.
    pub(super) fn stands_in_text(&self, text: &[u8]) -> bool {
        !self.search.hits(text).is_empty()
    }
}

/// The texts of an exchange, decoded.
fn texts(exchange: &Exchange) -> Vec<Part<'_>> {
    parts::of_exchange(exchange, Look::Known)
}

/// Finds and replaces the secrets of one session. Shared by all its connections.
#[derive(Debug, Default)]
pub struct Redactor {
    rules: RuleSet,
    known: RwLock<Known>,
    /// How many values are looked for everywhere: read without the lock.
    carried: AtomicUsize,
}

impl Redactor {
    /// A redactor with the default rules that knows some values from the start (`--secret-env
    /// NAME`), each with its name.
    pub fn new(secrets: Vec<(String, Secret)>) -> Self {
        Self::with_rules(RuleSet::default(), secrets)
    }

    /// The same with rules of the user's.
    pub fn with_rules(rules: RuleSet, secrets: Vec<(String, Secret)>) -> Self {
        let mut known = Known::default();
        for (name, secret) in secrets {
            known.carry(secret.reveal(), format!("env.{name}").into());
        }
        let carried = AtomicUsize::new(known.carried());
        Self { rules, known: RwLock::new(known), carried }
    }

    /// Numbers go on after this one: those up to it stand in the cassette already.
    #[must_use]
    pub fn numbered_after(self, number: u32) -> Self {
        self.known.write().unwrap_or_else(PoisonError::into_inner).start_after(number);
        self
    }

    /// Takes these numbers for those of placeholders that stand in the cassette: digits that were put
    /// in the place of digits are known by them.
    #[must_use]
    pub fn with_placeholders(self, numbers: impl IntoIterator<Item = u32>) -> Self {
        self.known.write().unwrap_or_else(PoisonError::into_inner).reserve(numbers);
        self
    }

    /// How many different secrets were found so far.
    pub fn found(&self) -> u32 {
        self.known().count()
    }

    /// Replaces every secret of an exchange and notes what was replaced where.
    pub fn redact(&self, mut exchange: Exchange) -> Redacted {
        let mut rounds = 0..READINGS;
        loop {
            let look = Look::Rules(&self.rules, Scope::of(&exchange.request.target));
            let parts = parts::of_exchange(&exchange, look);
            let (rewritten, known) = self.rewritten(&parts, Shape::Kept);
            drop(parts);
            let again = parts::put(&mut exchange, rewritten);
            if !again || rounds.next().is_none() {
                spread::redact_messages(self, &mut exchange);
                names::redact(self, &mut exchange);
                return Redacted { exchange, known };
            }
        }
    }

    /// Replaces the values that were learnt since the exchange was redacted; whether there were any
    /// in it.
    pub fn renew(&self, redacted: &mut Redacted) -> bool {
        if redacted.known >= self.carried() {
            return false;
        }
        let changed = self.replace_known(&mut redacted.exchange);
        redacted.known = changed.1;
        changed.0
    }

    /// Replaces what is known already, and learns nothing: whether anything was replaced, and how
    /// many values were looked for.
    pub(super) fn replace_known(&self, exchange: &mut Exchange) -> (bool, usize) {
        let (mut any, mut rounds) = (false, 0..READINGS);
        loop {
            let parts = parts::of_exchange(exchange, Look::Known);
            let (rewritten, known) = self.rewritten(&parts, Shape::Kept);
            drop(parts);
            any |= !rewritten.is_empty();
            let again = parts::put(exchange, rewritten);
            if !again || rounds.next().is_none() {
                any |= spread::redact_messages(self, exchange);
                any |= names::redact(self, exchange);
                return (any, known);
            }
        }
    }

    /// Whether anything in a text may be a secret: a sign of one that is known by its form, or a value
    /// that is known.
    fn may_hold(&self, text: &[u8]) -> bool {
        finding::tokens::signs(text).any() || self.known().ranges(text).next().is_some()
    }

    /// A text without what is known already; `None` where nothing of that stands in it.
    pub(super) fn without_known(&self, text: &[u8]) -> Option<Vec<u8>> {
        self.known().replace(text, &[], Shape::Kept).map(|replaced| replaced.text)
    }

    /// Replaces every secret of a request, as [`Redactor::redact`] does: what arrives in replay
    /// passes through the rules that the recording passed through. Placeholders have no other shape
    /// than `{{secret:N}}` here: what is compared is compared by that ([`unshaped`]).
    pub fn redact_request(&self, request: &mut Request) {
        let mut rounds = 0..READINGS;
        loop {
            let scope = Scope::of(&request.target);
            let parts = parts::of_request(request, Look::Rules(&self.rules, scope));
            let (rewritten, _) = self.rewritten(&parts, Shape::Plain);
            drop(parts);
            let again = parts::put_request(request, rewritten);
            if !again || rounds.next().is_none() {
                names::redact_request(self, request);
                return;
            }
        }
    }

    /// Replaces the secrets of one text that belongs to an exchange, such as a message of a
    /// WebSocket; `None` where it has none. What was replaced is noted as standing at `at`.
    pub fn redact_text(
        &self,
        text: &[u8],
        sort: Sort<'_>,
        scope: Scope<'_>,
        at: &str,
        notes: &mut Vec<Redaction>,
    ) -> Option<Vec<u8>> {
        let finds = finding::find(text, sort, &self.rules, scope);
        self.learn(&finds.iter().collect::<Vec<_>>());
        let replaced = self.known().replace(text, &finds, Shape::Kept)?;
        for (secret, rule) in replaced.notes {
            let note = Redaction { secret, rule: rule.into_owned(), at: at.to_owned() };
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        Some(replaced.text)
    }

    /// Whether a rule finds something only in the whole of a body, for a request with this target.
    pub(super) fn needs_whole(&self, target: &str) -> bool {
        self.rules.needs_whole(Scope::of(target))
    }

    /// The values that came to be looked for from the `from`th to before the `to`th, as a search of
    /// their own.
    pub(super) fn late(&self, from: usize, to: usize) -> Late {
        Late::new(self.known().values(from, to))
    }

    /// How many values are looked for everywhere by now; it only grows.
    pub fn carried(&self) -> usize {
        self.carried.load(Ordering::Acquire)
    }

    /// First every secret becomes known, then each part is rewritten: the order in which a value
    /// appears does not matter. Answers how many values were looked for, too.
    fn rewritten(&self, parts: &[Part<'_>], shape: Shape) -> (Vec<Rewritten>, usize) {
        let finds: Vec<_> = parts.iter().flat_map(|part| &part.finds).collect();
        self.learn(&finds);
        let known = self.known();
        let rewritten = parts.iter().filter_map(|part| part.rewritten(&known, shape)).collect();
        (rewritten, known.carried())
    }

    fn learn(&self, finds: &[&finding::Find]) {
        if finds.is_empty() || !finds.iter().any(|find| self.known().is_news(find)) {
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for find in finds {
            known.learn(find);
        }
        self.carried.store(known.carried(), Ordering::Release);
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
