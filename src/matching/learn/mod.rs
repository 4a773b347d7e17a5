//! Learning matching rules from two recordings of one run: what differs between them and is no
//! input.
//!
//! The exchanges are put side by side in their order; where a request of the right run uses what an
//! answer told it, it is compared as it would be sent if that answer had been the left run's. What
//! then still differs is proposed as a rule ([`Proposal`]), as narrow and as sure as the values,
//! their echo in answers and the spec allow. Nothing is proposed for hosts, methods and plain words.

mod format;
mod gather;
mod kind;
mod known;
mod partner;
mod spots;

pub use format::format_of;
pub use kind::{Confidence, Kind};

use super::canonical::Canonical;
use super::rules::{Rules, RulesError};
use super::tape::{Addressing, Repeat, Tape};
use crate::diff::shortened;
use crate::exchange::{Exchange, Target};
use crate::spec::Spec;
use gather::Gatherer;
use known::Known;
use partner::Partners;

/// What two recordings teach.
#[derive(Debug, Default)]
pub struct Learnt {
    /// Rules, the surest first.
    pub proposals: Vec<Proposal>,
    /// Exchanges whose request follows from an earlier answer: they need no rule.
    pub following: Vec<(u64, u64)>,
    /// What differs, and no rule can or should settle.
    pub unsettled: Vec<Unsettled>,
    /// Places of answers that differ: for comparing answers, not requests.
    pub volatile: Vec<Volatile>,
    /// Requests of the right run.
    pub asked: usize,
    /// Numbers of those that a replay of the left under the learnt rules does not answer.
    pub missed: Vec<u64>,
    /// Numbers of exchanges on the left that have no counterpart.
    pub alone: Vec<u64>,
}

/// A rule, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The requests it is for: `METHOD PATH-GLOB`, or an operation's id; `None` for all.
    pub scope: Option<String>,
    /// Its key.
    pub key: &'static str,
    /// Its value.
    pub value: String,
    /// What the values look like.
    pub kind: Kind,
    /// How sure it is.
    pub confidence: Confidence,
    /// The spec's format of the place, where it has one.
    pub format: Option<String>,
    /// Whether the answers echo the value.
    pub echoed: bool,
    /// What shows it.
    pub evidence: Evidence,
}

/// What shows that a place differs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    /// Numbers of the exchanges on both sides, the first few.
    pub exchanges: Vec<(u64, u64)>,
    /// How many pairs differ there.
    pub differ: usize,
    /// Of how many pairs.
    pub pairs: usize,
    /// The first pair's value on the left, shortened.
    pub left: Option<String>,
    /// The same on the right.
    pub right: Option<String>,
}

/// A difference of requests for which no rule is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// The requests.
    pub scope: String,
    /// The place.
    pub at: String,
    /// Why there is no rule.
    pub why: &'static str,
    /// What shows it.
    pub evidence: Evidence,
}

/// A place of answers that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volatile {
    /// The requests.
    pub scope: String,
    /// `header:NAME` or `body:$.path`.
    pub at: String,
    /// What the values look like.
    pub kind: Kind,
    /// What shows it.
    pub evidence: Evidence,
}

impl Proposal {
    /// The rule as a command line has it.
    pub fn rule(&self) -> String {
        let Self { key, value, .. } = self;
        match &self.scope {
            Some(scope) => format!("{scope}: {key}={value}"),
            None => format!("{key}={value}"),
        }
    }
}

impl Learnt {
    /// Learns from two recordings that are compared under rules; specs say what is a time or a UUID.
    pub fn from(
        left: &[Exchange],
        right: &[Exchange],
        rules: &Rules,
        specs: &[Spec],
    ) -> Result<Self, RulesError> {
        let moved = moved(left, right);
        let right = moved.as_deref().unwrap_or(right);
        let (mut known, mut gatherer) = (Known::default(), Gatherer::new(specs));
        let mut partners = Partners::new(left, rules);
        let mut learnt = Self { asked: right.len(), ..Self::default() };
        let mut asked = Vec::with_capacity(right.len());
        for theirs in right {
            let plain = Canonical::of(&theirs.request, rules);
            let told = known.told(&theirs.request);
            let as_told = told.as_ref().map(|request| Canonical::of(request, rules));
            let found = partners.take(&plain, as_told.as_ref());
            asked.push(told);
            let Some((place, apart, follows)) = found else { continue };
            let ours = &left[place];
            if follows {
                learnt.following.push((ours.number.0, theirs.number.0));
            }
            gatherer.add(ours, theirs, apart);
            if let (Some(ours), Some(theirs)) = (&ours.response, &theirs.response) {
                known.learn(ours, theirs);
            }
        }
        learnt.alone = partners.left().map(|place| left[place].number.0).collect();
        gatherer.finish(&mut learnt);
        learnt.missed = learnt.missed_under(left, right, &asked, rules)?;
        Ok(learnt)
    }

    /// The rules that are sure enough to be taken.
    pub fn rules(&self) -> Result<Rules, RulesError> {
        let mut rules = Rules::default();
        for proposal in self.proposals.iter().filter(|one| one.confidence > Confidence::Low) {
            rules.add(&proposal.rule())?;
        }
        Ok(rules)
    }

    /// The requests of the right run that a replay of the left would not answer.
    fn missed_under(
        &self,
        left: &[Exchange],
        right: &[Exchange],
        told: &[Option<crate::exchange::Request>],
        rules: &Rules,
    ) -> Result<Vec<u64>, RulesError> {
        let tape = Tape::new(left, Repeat::Last, &rules.and(&self.rules()?)?);
        let answers = |request| tape.answer(request, Addressing::Forward).is_ok();
        let missed = right.iter().zip(told).filter(|(exchange, told)| {
            !told.as_ref().is_some_and(answers) && !answers(&exchange.request)
        });
        Ok(missed.map(|(exchange, _)| exchange.number.0).collect())
    }
}

/// The right run as one of the left's server, where each run asked one, and not the same: a server that is
/// started for a test has another port in every run, and its clients know it by their base URL.
fn moved(left: &[Exchange], right: &[Exchange]) -> Option<Vec<Exchange>> {
    let only = |run: &[Exchange]| -> Option<String> {
        let mut origins = run.iter().map(|exchange| origin(&exchange.request.target));
        let first = origins.next()?;
        origins.all(|other| other == first).then(|| first.to_owned())
    };
    let (ours, theirs) = (only(left)?, only(right)?);
    if ours == theirs || ours.is_empty() {
        return None;
    }
    let moved = |exchange: &Exchange| {
        let mut moved = exchange.clone();
        moved.request.target = format!("{ours}{}", &exchange.request.target[theirs.len()..]);
        moved
    };
    Some(right.iter().map(moved).collect())
}

/// Scheme and authority of a URL as they are written.
fn origin(target: &str) -> &str {
    let Target { scheme, authority, .. } = Target::parse(target);
    if authority.is_empty() { "" } else { &target[..scheme.len() + 3 + authority.len()] }
}

/// A value for people.
fn shown(value: Option<&String>) -> Option<String> {
    value.map(|text| shortened(&text.replace(['\n', '\r'], " ")))
}
