//! The run: good requests first, then all changes that do not hang together side by side, then those that do, and at
//! the end what was made is removed.

use super::cleanup::{Created, Made};
use super::oracle::{Outcome, hung_up, needs_answer, settled};
use super::plan::{Case, Plan};
use super::pool::{self, Pool};
use super::recipe::{Kind, Recipe, Step};
use super::row::{Row, State, Summary};
use super::sending::Making;
use crate::check::Severity;
use crate::exchange::{Exchange, Request};
use crate::live::{Asked, RunError, Shows, Single};
use crate::spec::CodePattern;
use std::collections::BTreeMap;
use std::num::NonZero;
use tokio::task::JoinSet;

/// What a run is allowed, and where it goes.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The URL that paths are appended to, without a closing slash.
    pub base: String,
    /// Whether methods may be sent that change something.
    pub allow_unsafe: bool,
    /// Whether things may be made that no documented request removes.
    pub allow_leftovers: bool,
    /// How many requests at a time.
    pub concurrency: NonZero<usize>,
    /// Whose credentials good requests show.
    pub shows: Shows,
    /// Another number, other made-up names.
    pub seed: u64,
    /// Values of the path's variables that the user gave.
    pub given: BTreeMap<String, String>,
}

/// What happens, as it happens.
#[derive(Debug)]
pub enum Event<'e, 'a> {
    /// A request was answered. Whoever takes this says whether the answer broke its promise.
    Answered {
        /// The operation that it was for.
        case: &'e Case<'a>,
        /// The recipe; `None` for requests that make, find or remove what recipes need.
        recipe: Option<&'e Recipe>,
        /// What it shows.
        outcome: Option<&'e Outcome>,
        /// The last answer.
        exchange: Box<Exchange>,
        /// Those before it, which asked to wait.
        before: Vec<Exchange>,
    },
    /// Something was made, or is gone: to be written down before anything else is sent.
    Created {
        /// Which one, from 0.
        number: usize,
        /// What is known of it.
        created: &'e Created,
    },
}

/// A run of a plan.
pub struct Probe<'p, 'a> {
    pub(super) plan: &'p Plan<'a>,
    pub(super) terms: Terms,
    pub(super) single: Single,
    pub(super) pool: Pool,
    pub(super) created: Vec<Made>,
    /// How each good request was answered.
    pub(super) controls: Vec<Option<u16>>,
    /// The good request as it was sent.
    pub(super) good: Vec<Option<Request>>,
    pub(super) rows: Vec<Vec<Option<Row>>>,
    /// The job that the last answer named, with the values of its path.
    pub(super) job: Option<(String, BTreeMap<String, String>)>,
    pub(super) number: u64,
    pub(super) requests: u64,
    pub(super) failed: Option<RunError>,
    pub(super) sink: &'p mut dyn FnMut(Event<'_, 'a>) -> bool,
}

/// How a recipe's request is sent.
#[derive(Clone, Copy)]
struct Asking {
    shows: Shows,
    /// The code that is wanted.
    wanted: Option<u16>,
    /// Whether it is sent again where the connection was closed in the place of an answer.
    again: bool,
}

impl Asking {
    fn of(recipe: &Recipe) -> Self {
        Self { shows: recipe.shows, wanted: exact(recipe.code), again: needs_answer(recipe.kind) }
    }
}

/// What came of one request.
type Came = Result<Asked, RunError>;

impl Terms {
    /// Why a recipe is not sent, where it is not.
    pub fn refuses(&self, case: &Case<'_>, recipe: &Recipe) -> Option<String> {
        if let Step::Leave(why) = &recipe.step {
            return Some(why.clone());
        }
        if recipe.is_unsafe(case) && !self.allow_unsafe {
            let method = recipe.request().map_or(&case.operation.method, |request| &request.method);
            return Some(format!("{method} may change something: `--allow-unsafe` sends it, too"));
        }
        let makes =
            matches!(recipe.kind, Kind::Documented | Kind::Boundary | Kind::Repeat | Kind::Burst);
        if makes && case.item.is_some() && !case.removable && !self.allow_leftovers {
            return Some(
                "what it makes could not be removed, as no DELETE is documented: `--allow-leftovers` sends it"
                    .to_owned(),
            );
        }
        None
    }
}

impl<'p, 'a> Probe<'p, 'a> {
    /// A run of this plan. `recorded` shows what exists; `sink` is told everything.
    pub fn new(
        plan: &'p Plan<'a>,
        recorded: &[Exchange],
        terms: Terms,
        single: Single,
        sink: &'p mut dyn FnMut(Event<'_, 'a>) -> bool,
    ) -> Self {
        let rows = plan.cases.iter().map(|case| vec![None; case.recipes.len()]).collect();
        Self {
            plan,
            pool: Pool::recorded(plan.specs, recorded),
            number: (terms.seed % 10_000) * 1000,
            terms,
            single,
            created: Vec::new(),
            controls: vec![None; plan.cases.len()],
            good: vec![None; plan.cases.len()],
            rows,
            job: None,
            requests: 0,
            failed: None,
            sink,
        }
    }

    /// Runs it to its end.
    pub async fn run(mut self) -> Summary {
        let all = || 0..self.plan.cases.len();
        let is_last = |case: &Case<'_>| case.operation.method == "DELETE";
        let first: Vec<usize> = all().filter(|case| !is_last(&self.plan.cases[*case])).collect();
        let last: Vec<usize> = all().filter(|case| is_last(&self.plan.cases[*case])).collect();
        for case in first {
            self.documented(case).await;
        }
        self.side_by_side().await;
        self.in_turn().await;
        for case in last {
            self.documented(case).await;
        }
        self.remove_all().await;
        let why = match &self.failed {
            Some(error) => error.to_string(),
            None => "the run was stopped".to_owned(),
        };
        let mut rows = Vec::new();
        for (case, of) in self.rows.into_iter().enumerate() {
            for (recipe, row) in of.into_iter().enumerate() {
                rows.push(row.unwrap_or_else(|| {
                    let code = self.plan.cases[case].recipes[recipe].code;
                    let reason = Some(why.clone());
                    Row { case, recipe, code, state: State::Skipped, requests: 0, reason }
                }));
            }
        }
        let created = self.created.into_iter().map(|made| made.created).collect();
        Summary { rows, created, requests: self.requests, failed: self.failed }
    }

    /// The good requests of an operation.
    async fn documented(&mut self, case: usize) {
        let plan = self.plan;
        for (place, recipe) in plan.cases[case].recipes.iter().enumerate() {
            if recipe.kind == Kind::Documented && self.may(case, place) {
                self.job = None;
                self.one(case, place).await;
                self.follow(case).await;
            }
        }
    }

    /// Everything that hangs on nothing but the good request.
    async fn side_by_side(&mut self) {
        let plan = self.plan;
        let mut under: JoinSet<((usize, usize), Came)> = JoinSet::new();
        let all = plan.cases.iter().enumerate();
        let mut waiting = all
            .flat_map(|(case, of)| (0..of.recipes.len()).map(move |recipe| (case, recipe)))
            .filter(|(case, recipe)| {
                let (case, recipe) = (&plan.cases[*case], &plan.cases[*case].recipes[*recipe]);
                is_independent(case, recipe)
            });
        loop {
            while under.len() < self.terms.concurrency.get() && self.failed.is_none() {
                let Some((case, place)) = waiting.next() else { break };
                if !self.may(case, place) {
                    continue;
                }
                let recipe = &plan.cases[case].recipes[place];
                let Some(request) = self.ready(case, recipe) else { continue };
                let (single, terms) = (self.single.clone(), Asking::of(recipe));
                under.spawn(async move { ((case, place), asked(&single, terms, request).await) });
            }
            match under.join_next().await {
                None => break,
                Some(Ok(((case, place), result))) => self.take_in(case, place, result),
                Some(Err(error)) => drop(self.failed.get_or_insert(RunError::Task(error))),
            }
        }
    }

    /// What hangs on what was done before.
    async fn in_turn(&mut self) {
        let plan = self.plan;
        for (index, case) in plan.cases.iter().enumerate() {
            for (place, recipe) in case.recipes.iter().enumerate() {
                if is_independent(case, recipe) || recipe.kind == Kind::Documented {
                    continue;
                }
                if self.may(index, place) {
                    self.one(index, place).await;
                }
            }
        }
    }

    /// Whether a recipe is to be sent; says why not.
    fn may(&mut self, case: usize, place: usize) -> bool {
        let of = &self.plan.cases[case];
        if self.failed.is_some() {
            return false;
        }
        match self.terms.refuses(of, &of.recipes[place]) {
            Some(why) => {
                self.skip(case, place, 0, why);
                false
            }
            None => true,
        }
    }

    async fn one(&mut self, case: usize, place: usize) {
        let plan = self.plan;
        let recipe = &plan.cases[case].recipes[place];
        let needs_own = plan.cases[case].operation.method == "DELETE"
            && !matches!(recipe.kind, Kind::Absent | Kind::Malformed);
        if needs_own {
            self.ensure(case).await;
        }
        match &recipe.step {
            Step::Burst(times) => self.burst(case, place, *times).await,
            Step::Send(_) | Step::Again => {
                if recipe.kind == Kind::Documented && needs_own && !self.is_there(case) {
                    let why = "it would remove what the run did not make itself, and nothing could be made";
                    return self.skip(case, place, 0, why.to_owned());
                }
                let Some(request) = self.ready(case, recipe) else {
                    let why = "the good request did not succeed, so that it can't be repeated";
                    return self.skip(case, place, 0, why.to_owned());
                };
                if recipe.kind == Kind::Documented && self.good[case].is_none() {
                    self.good[case] = Some(request.clone());
                }
                let result = asked(&self.single, Asking::of(recipe), request).await;
                self.take_in(case, place, result);
            }
            Step::Leave(why) => self.skip(case, place, 0, why.clone()),
        }
    }

    async fn burst(&mut self, case: usize, place: usize, times: u32) {
        let recipe = &self.plan.cases[case].recipes[place];
        let mut under: JoinSet<Came> = JoinSet::new();
        let base = self.plan.cases[case].base.as_ref().map(|base| base.request.clone());
        for _ in 0..times {
            let Ok(planned) = &base else { break };
            let request = self.made(case, planned, None, false);
            let (single, shows) = (self.single.clone(), recipe.shows);
            under.spawn(async move { single.ask(request, shows, Some(429)).await });
        }
        let mut best: Option<Row> = None;
        while let Some(result) = under.join_next().await {
            let Ok(result) = result else { continue };
            self.take_in(case, place, result);
            let row = self.rows[case][place].take();
            let reached = row.as_ref().is_some_and(|row| row.state == State::Reached);
            if reached || best.is_none() {
                best = row;
            }
        }
        if let Some(row) = &mut best {
            row.requests = u64::from(times);
        }
        self.rows[case][place] = best;
    }

    /// A recipe's request, ready to be sent.
    fn ready(&mut self, case: usize, recipe: &Recipe) -> Option<Request> {
        match &recipe.step {
            Step::Send(planned) => {
                let absent = recipe.kind == Kind::Absent;
                Some(self.made(case, planned, recipe.variable.as_deref(), absent))
            }
            Step::Again => {
                let is_good =
                    self.controls[case].is_some_and(|status| (200..300).contains(&status));
                self.good[case].clone().filter(|_| is_good)
            }
            Step::Burst(_) | Step::Leave(_) => None,
        }
    }

    pub(super) fn made(
        &mut self,
        case: usize,
        planned: &Request,
        variable: Option<&str>,
        absent: bool,
    ) -> Request {
        self.number += 1;
        let of = &self.plan.cases[case];
        let own = !crate::cassette::is_safe(&planned.method) && of.item.is_none();
        let spec = pool::place(self.plan.specs, of.spec);
        let thing = self.pool.of(spec, &of.operation.path, own);
        self.making(case).request(of, planned, thing, variable, absent)
    }

    pub(super) fn making(&self, case: usize) -> Making<'_> {
        Making {
            pool: &self.pool,
            spec: pool::place(self.plan.specs, self.plan.cases[case].spec),
            base: self.terms.base.as_str(),
            seed: self.terms.seed,
            number: self.number,
            given: &self.terms.given,
        }
    }

    /// Takes in what came of a recipe.
    fn take_in(&mut self, case: usize, place: usize, result: Came) {
        let of = &self.plan.cases[case];
        let recipe = &of.recipes[place];
        let mut answers = match result {
            Ok(Asked::Answers(answers)) => answers,
            Ok(Asked::Skipped(why)) => return self.skip(case, place, 0, why.to_string()),
            Err(error) => {
                self.skip(case, place, 0, error.to_string());
                self.failed.get_or_insert(error);
                return;
            }
        };
        let requests = answers.len() as u64;
        self.requests += requests;
        let Some(exchange) = answers.pop() else { return };
        let status = exchange.response.as_ref().map(|response| response.status);
        let control = self.controls[case];
        if recipe.kind == Kind::Documented && control.is_none() {
            self.controls[case] = status;
        }
        let outcome = settled(of, recipe, control, &exchange);
        let learnt = exchange.clone();
        let event = Event::Answered {
            case: of,
            recipe: Some(recipe),
            outcome: Some(&outcome),
            exchange: Box::new(exchange),
            before: answers,
        };
        let broke = (self.sink)(event);
        // After it was written down: by then its secrets are known, and can be kept out of the list of what was made.
        self.learn(case, &learnt);
        let (code, state, reason) = match outcome {
            Outcome::Reached { code, .. } if broke => {
                let status = status.unwrap_or_default();
                let why = match of.operation.promise(status) {
                    Some(_) => format!("{status} came, and its promise is broken"),
                    None => format!("{status} came, which is not documented"),
                };
                (code, State::Contradicted, Some(why))
            }
            Outcome::Reached { code, reason } => (code, State::Reached, reason),
            Outcome::Contradicted { severity: Severity::Warning, expected, observed, .. } => {
                (recipe.code, State::Skipped, Some(format!("expected {expected}; came {observed}")))
            }
            Outcome::Contradicted { expected, observed, .. } => (
                recipe.code,
                State::Contradicted,
                Some(format!("expected {expected}; came {observed}")),
            ),
            Outcome::Nothing(why) => (recipe.code, State::Skipped, Some(why)),
        };
        self.rows[case][place] = Some(Row { case, recipe: place, code, state, requests, reason });
    }

    fn skip(&mut self, case: usize, place: usize, requests: u64, why: String) {
        let code = self.plan.cases[case].recipes[place].code;
        let (state, reason) = (State::Skipped, Some(why));
        self.rows[case][place] = Some(Row { case, recipe: place, code, state, requests, reason });
    }
}

/// Asks, and asks again where the connection was closed in the place of an answer: once may be by chance.
async fn asked(single: &Single, Asking { shows, wanted, again }: Asking, request: Request) -> Came {
    let kept = again.then(|| request.clone());
    let first = single.ask(request, shows, wanted).await?;
    let Asked::Answers(mut answers) = first else { return Ok(first) };
    if let Some(request) = kept
        && answers.last().is_some_and(hung_up)
        && let Asked::Answers(more) = single.ask(request, shows, wanted).await?
    {
        answers.extend(more);
    }
    Ok(Asked::Answers(answers))
}

/// Whether a recipe hangs on nothing but the good request, so that it may be sent beside others.
fn is_independent(case: &Case<'_>, recipe: &Recipe) -> bool {
    let alone = matches!(
        recipe.kind,
        Kind::Documented | Kind::Repeat | Kind::Burst | Kind::Unprovoked | Kind::Size
    );
    let changes = recipe.is_unsafe(case)
        && (case.operation.method == "DELETE"
            || matches!(recipe.kind, Kind::Precondition | Kind::Method));
    !alone && !changes
}

/// The code, where it is just one.
fn exact(code: CodePattern) -> Option<u16> {
    match code {
        CodePattern::Code(code) => Some(code),
        CodePattern::Range(_) | CodePattern::Default => None,
    }
}
