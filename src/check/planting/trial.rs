use super::answer::{Conforming, conforming};
use super::harmless::variations;
use super::mistake::Mistake;
use super::plant::{Plant, plants};
use crate::check::{Finding, Judge, Location, Rule, Settings};
use crate::exchange::{Exchange, ExchangeNumber, MediaType};
use crate::spec::{Operation, Promise, Route, Spec, route};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Most mistakes of one kind that are planted in one exchange, and most recorded exchanges of one promise.
const OF_A_KIND: usize = 6;
const RECORDED: usize = 3;

/// Most misses and wrong findings that are listed; more are counted.
const LISTED: usize = 200;

/// Plants mistakes in exchanges that keep their promises, and sees whether the judge finds them.
///
/// Whether a planted mistake is one is never asked of the validators that judge: it breaks a keyword of the
/// schema by its making, and a second opinion that shares no code with them ([`super::surely`]) agrees.
#[derive(Debug)]
pub struct Trial<'a> {
    specs: &'a [Spec],
    judge: Judge<'a>,
    seed: u64,
    recorded: HashMap<(usize, usize), usize>,
    result: TrialResult,
    /// What was judged, where it is to be kept.
    shown: Option<Vec<Specimen>>,
}

/// An exchange of a trial, and what is wrong with it.
#[derive(Debug, Clone)]
pub struct Specimen {
    /// What was judged.
    pub exchange: Exchange,
    /// What is planted in it; nothing in one that keeps its promise.
    pub planted: Option<Planted>,
    /// How it was written, or what was done.
    pub what: String,
    /// The promise that it keeps, or breaks.
    pub promise: PromiseName,
}

/// A mistake in an exchange.
#[derive(Debug, Clone)]
pub struct Planted {
    /// What kind.
    pub mistake: Mistake,
    /// The rule that must find it.
    pub rule: Rule,
    /// Where.
    pub at: Location,
}

/// What a trial showed.
#[derive(Debug, Clone, Default)]
pub struct TrialResult {
    /// Planted and found, by kind and by the rule that must find it.
    pub kinds: BTreeMap<(Mistake, Rule), Catch>,
    /// Mistakes that were not found.
    pub missed: Vec<Missed>,
    /// Conforming exchanges that were judged as they are or written otherwise.
    pub unplanted: u64,
    /// How often something was found in these.
    pub wrongly: u64,
    /// What was found in them.
    pub false_findings: Vec<FalseFinding>,
    /// Promises that mistakes were planted against.
    pub promises: usize,
    /// Promises without a conforming exchange, and why.
    pub left_out: Vec<LeftOut>,
    /// Recorded exchanges that mistakes were planted in.
    pub recorded: u64,
    /// Recorded exchanges that do not keep their promise, so that nothing could be planted in them.
    pub not_conforming: u64,
}

/// How many were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Catch {
    /// Planted.
    pub planted: u64,
    /// Of these, found.
    pub caught: u64,
}

/// A planted mistake that was not found.
#[derive(Debug, Clone)]
pub struct Missed {
    /// What kind.
    pub mistake: Mistake,
    /// The rule that must find it.
    pub rule: Rule,
    /// What was done.
    pub what: String,
    /// Where.
    pub at: Location,
    /// Where the promise stands.
    pub promise: PromiseName,
    /// The recording that it was planted in; empty for an exchange that was made.
    pub cassette: Arc<str>,
    /// What was found instead.
    pub instead: Vec<String>,
}

/// Something found where nothing is wrong.
#[derive(Debug, Clone)]
pub struct FalseFinding {
    /// How the exchange was written.
    pub variation: &'static str,
    /// The promise that it keeps.
    pub promise: PromiseName,
    /// The finding.
    pub finding: Finding,
}

/// A promise that nothing could be planted against.
#[derive(Debug, Clone)]
pub struct LeftOut {
    /// Which.
    pub promise: PromiseName,
    /// Why.
    pub why: String,
}

/// A promise by name and place.
#[derive(Debug, Clone)]
pub struct PromiseName {
    /// Path of the spec.
    pub spec: String,
    /// Id of the operation.
    pub operation: String,
    /// The code, or range of codes.
    pub code: String,
    /// JSON pointer into the spec.
    pub pointer: String,
}

impl<'a> Trial<'a> {
    /// A trial of the judge on these specs. The same seed plants the same mistakes. `settings` are the rules'
    /// own: what a user set would hide mistakes.
    pub fn new(specs: &'a [Spec], settings: &'a Settings, seed: u64) -> Self {
        Self {
            specs,
            judge: Judge::new(specs, settings),
            seed,
            recorded: HashMap::new(),
            result: TrialResult::default(),
            shown: None,
        }
    }

    /// The same trial, keeping every exchange that it judges.
    #[must_use]
    pub fn showing(mut self) -> Self {
        self.shown = Some(Vec::new());
        self
    }

    /// Every exchange that was judged since this was last asked, of a trial that keeps them; numbered from 1.
    pub fn take_shown(&mut self) -> Vec<Specimen> {
        let mut shown = self.shown.as_mut().map(std::mem::take).unwrap_or_default();
        for (number, shown) in (1..).zip(&mut shown) {
            shown.exchange.number = ExchangeNumber(number);
        }
        shown
    }

    /// Plants mistakes in a recorded exchange, where it keeps its promise.
    pub fn recorded(&mut self, cassette: &str, exchange: &Exchange) {
        let (findings, whole) = self.judge.alone(exchange);
        let routed = match route(self.specs, &exchange.request) {
            Route::Operation(routed) => routed,
            Route::OtherMethod(_) | Route::Unknown => {
                self.result.not_conforming += 1;
                return;
            }
        };
        let status = exchange.response.as_ref().map(|response| response.status);
        let promise = status.and_then(|status| routed.operation.promise(status));
        let (Some(promise), true, true) = (promise, findings.is_empty(), whole) else {
            self.result.not_conforming += 1;
            return;
        };
        let key =
            (std::ptr::from_ref(routed.operation) as usize, std::ptr::from_ref(promise) as usize);
        let times = self.recorded.entry(key).or_default();
        *times += 1;
        if *times > RECORDED {
            return;
        }
        self.result.recorded += 1;
        let sent =
            exchange.response.as_ref().and_then(|response| response.headers.text("content-type"));
        let sent = sent.and_then(MediaType::parse);
        let media = promise.media.iter().find(|media| {
            let documented = MediaType::parse(&media.media_type);
            media.schema.is_some()
                && documented == sent
                && sent.as_ref().is_some_and(MediaType::is_json)
        });
        let base = Conforming {
            spec: routed.spec,
            operation: routed.operation,
            promise,
            media,
            exchange: exchange.clone(),
            cassette: cassette.into(),
        };
        self.vary(&base);
        self.plant(&base);
    }

    /// Makes conforming exchanges for every promise and plants mistakes in them.
    pub fn made(&mut self) {
        for spec in self.specs {
            for operation in &spec.operations {
                for promise in &operation.promises {
                    self.promise(spec, operation, promise);
                }
            }
        }
    }

    /// What it showed.
    pub fn result(self) -> TrialResult {
        self.result
    }

    fn promise(&mut self, spec: &'a Spec, operation: &'a Operation, promise: &'a Promise) {
        match conforming(self.specs, spec, operation, promise, self.seed) {
            Ok(bases) => {
                let mut planted = 0;
                for base in &bases {
                    let (findings, whole) = self.judge.alone(&base.exchange);
                    if !whole {
                        // The judge itself says that it does not judge this; nothing is rounded up.
                        self.leave_out(base, findings);
                        continue;
                    }
                    self.vary(base);
                    planted += self.plant(base);
                }
                self.result.promises += usize::from(planted > 0);
            }
            Err(why) => {
                self.result.left_out.push(LeftOut { promise: name(spec, operation, promise), why });
            }
        }
    }

    /// An exchange that was not judged wholly; what was found in it beside that is found wrongly.
    fn leave_out(&mut self, base: &Conforming<'_>, findings: Vec<Finding>) {
        let says_so =
            |finding: &Finding| matches!(finding.rule, Rule::NotJudged | Rule::PromiseUnreadable);
        let (told, others): (Vec<Finding>, Vec<Finding>) = findings.into_iter().partition(says_so);
        let why = told.first().map_or_else(
            || "not judged wholly".to_owned(),
            |finding| format!("{}: {}", finding.rule, finding.observed),
        );
        let promise = name(base.spec, base.operation, base.promise);
        self.result.left_out.push(LeftOut { promise, why });
        self.found_wrongly(base, "as it is", others);
    }

    fn found_wrongly(
        &mut self,
        base: &Conforming<'_>,
        variation: &'static str,
        findings: Vec<Finding>,
    ) {
        self.result.wrongly += findings.len() as u64;
        for finding in findings {
            if self.result.false_findings.len() < LISTED {
                let promise = name(base.spec, base.operation, base.promise);
                self.result.false_findings.push(FalseFinding { variation, promise, finding });
            }
        }
    }

    /// What breaks nothing must not be found.
    fn vary(&mut self, base: &Conforming<'_>) {
        for (variation, exchange) in variations(base) {
            self.result.unplanted += 1;
            let (findings, _) = self.judge.alone(&exchange);
            if let Some(shown) = &mut self.shown {
                let promise = name(base.spec, base.operation, base.promise);
                shown.push(Specimen {
                    exchange,
                    planted: None,
                    what: variation.to_owned(),
                    promise,
                });
            }
            self.found_wrongly(base, variation, findings);
        }
    }

    fn plant(&mut self, base: &Conforming<'_>) -> u64 {
        let mut by_kind: BTreeMap<Mistake, Vec<Plant>> = BTreeMap::new();
        for plant in plants(self.specs, base, self.seed) {
            by_kind.entry(plant.mistake).or_default().push(plant);
        }
        let mut planted = 0;
        for plants in by_kind.into_values() {
            for plant in some(plants, self.seed) {
                planted += 1;
                self.try_one(base, plant);
            }
        }
        planted
    }

    fn try_one(&mut self, base: &Conforming<'_>, plant: Plant) {
        let status = plant.exchange.response.as_ref().map_or(0, |response| response.status);
        let rule = plant.mistake.rule(status);
        let (findings, _) = self.judge.alone(&plant.exchange);
        if let Some(shown) = &mut self.shown {
            shown.push(Specimen {
                exchange: plant.exchange,
                planted: Some(Planted { mistake: plant.mistake, rule, at: plant.at.clone() }),
                what: plant.what.clone(),
                promise: name(base.spec, base.operation, base.promise),
            });
        }
        let caught = findings.iter().any(|finding| {
            let by_rule = finding.rule == rule
                || (plant.mistake == Mistake::ExtraField
                    && matches!(finding.rule, Rule::ResponseSchema | Rule::ErrorBody));
            by_rule
                && finding.severity >= rule.default_severity()
                && is_there(&plant.at, &finding.at)
        });
        let share = self.result.kinds.entry((plant.mistake, rule)).or_default();
        share.planted += 1;
        share.caught += u64::from(caught);
        if !caught && self.result.missed.len() < LISTED {
            self.result.missed.push(Missed {
                mistake: plant.mistake,
                rule,
                what: plant.what,
                at: plant.at,
                promise: name(base.spec, base.operation, base.promise),
                cassette: Arc::clone(&base.cassette),
                instead: findings
                    .iter()
                    .map(|f| format!("{} {} at `{}`", f.severity, f.rule, f.at))
                    .collect(),
            });
        }
    }
}

impl TrialResult {
    /// All that was planted.
    pub fn total(&self) -> Catch {
        self.kinds.values().fold(Catch::default(), |sum, share| Catch {
            planted: sum.planted + share.planted,
            caught: sum.caught + share.caught,
        })
    }

    /// Planted and found, by the rule that must find it.
    pub fn rules(&self) -> BTreeMap<Rule, Catch> {
        let mut rules: BTreeMap<Rule, Catch> = BTreeMap::new();
        for ((_, rule), share) in &self.kinds {
            let sum = rules.entry(*rule).or_default();
            sum.planted += share.planted;
            sum.caught += share.caught;
        }
        rules
    }

    /// Whether every mistake was found, and nothing else.
    pub fn is_sound(&self) -> bool {
        let Catch { planted, caught } = self.total();
        planted > 0 && planted == caught && self.wrongly == 0
    }
}

/// Some of many, spread over all of them; which ones depends on the seed.
fn some(plants: Vec<Plant>, seed: u64) -> impl Iterator<Item = Plant> {
    let length = plants.len();
    let step = length.div_ceil(OF_A_KIND).max(1);
    let first = usize::try_from(seed % step as u64).unwrap_or(0);
    plants.into_iter().skip(first).step_by(step)
}

/// Whether a finding is at the place of a mistake, or on the way to it or below it.
fn is_there(planted: &Location, found: &Location) -> bool {
    match (planted, found) {
        (Location::Body(planted), Location::Body(found)) => {
            let within = |outer: &str, inner: &str| {
                inner
                    .strip_prefix(outer)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            within(found, planted) || within(planted, found)
        }
        (Location::Header(planted), Location::Header(found)) => planted.eq_ignore_ascii_case(found),
        _ => planted == found,
    }
}

fn name(spec: &Spec, operation: &Operation, promise: &Promise) -> PromiseName {
    PromiseName {
        spec: spec.path.clone(),
        operation: operation.id.to_string(),
        code: promise.code.to_string(),
        pointer: promise.pointer.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Severity, State};

    const DEPOT: &str = include_str!("depot.yaml");

    fn trial(settings: &Settings) -> TrialResult {
        let specs = [Spec::load("depot.yaml", DEPOT.as_bytes()).unwrap()];
        assert_eq!(specs[0].problems, []);
        let mut trial = Trial::new(&specs, settings, 1);
        trial.made();
        trial.result()
    }

    #[test]
    fn every_kind_is_planted_and_caught_and_nothing_else_is_found() {
        let result = trial(&Settings::default());
        for mistake in Mistake::ALL {
            let planted = result.kinds.keys().any(|(other, _)| *other == mistake);
            assert!(planted, "{mistake} is not planted");
        }
        assert!(result.missed.is_empty(), "{:#?}", result.missed);
        assert!(result.false_findings.is_empty(), "{:#?}", result.false_findings);
        assert!(result.left_out.is_empty(), "{:#?}", result.left_out);
        assert!(result.is_sound());
    }

    /// A judge that looks away, in as far as settings make it, is found out.
    #[test]
    fn a_judge_that_looks_away_is_found_out() {
        for rule in Rule::ALL.into_iter().filter(|rule| rule.default_severity() > Severity::Info) {
            let mut settings = Settings::default();
            settings.severities.insert(rule, Severity::Info);
            settings.required = Some(vec![State::Proven]);
            let result = trial(&settings);
            // What a spec lacks is told of no exchange, and so not planted in one.
            let planted = result.rules().contains_key(&rule);
            assert_eq!(!result.is_sound(), planted, "{rule}");
            assert!(result.missed.iter().all(|missed| missed.rule == rule), "{rule}");
            assert_eq!(planted, rule != Rule::PromiseUnreadable, "{rule}");
        }
    }

    #[test]
    fn the_same_seed_plants_the_same() {
        let (once, again) = (trial(&Settings::default()), trial(&Settings::default()));
        assert_eq!(once.kinds, again.kinds);
    }

    #[test]
    fn a_finding_elsewhere_is_no_catch() {
        let body = |pointer: &str| Location::Body(pointer.to_owned());
        assert!(is_there(&body("/a/b"), &body("/a")));
        assert!(is_there(&body("/a"), &body("/a/b")));
        assert!(is_there(&body("/a"), &body("")));
        assert!(!is_there(&body("/a"), &body("/ab")));
        assert!(!is_there(&body("/a/b"), &body("/a/c")));
        assert!(!is_there(&body("/a"), &Location::Status));
        let header = |name: &str| Location::Header(name.to_owned());
        assert!(is_there(&header("allow"), &header("Allow")));
        assert!(!is_there(&header("allow"), &header("ETag")));
    }
}
