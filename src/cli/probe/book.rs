//! What comes is written down, redacted, and judged, at once.

use super::list::CreatedList;
use crate::check::{Judge, Provoked, Verdict};
use crate::cli::check::evidence;
use crate::cli::sending::{Notebook, Noted};
use crate::cli::{Failure, World};
use crate::exchange::{Exchange, ExchangeNumber, Request};
use crate::probe::{Case, Created, Event, Kind, Outcome, Plan, Recipe, Row};
use crate::report::Evidence;
use crate::spec::{CodePattern, Route, Routed, Spec, route};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often progress is shown at most.
const SHOWN_EACH: Duration = Duration::from_millis(100);

pub(super) struct Book<'p, 'a> {
    plan: &'p Plan<'a>,
    judge: &'p mut Judge<'a>,
    notebook: Notebook,
    pub(super) list: CreatedList<'p>,
    base: String,
    world: &'p World,
    count: u64,
    shown: Option<Instant>,
    planned: usize,
    /// Why the result is not whole.
    pub(super) cut: Option<Failure>,
}

impl<'p, 'a> Book<'p, 'a> {
    pub(super) fn new(
        plan: &'p Plan<'a>,
        judge: &'p mut Judge<'a>,
        notebook: Notebook,
        list: CreatedList<'p>,
        base: &str,
        world: &'p World,
    ) -> Self {
        let planned = plan.recipes().map(|(_, recipe)| recipe.cost()).sum();
        Self {
            plan,
            judge,
            notebook,
            list,
            base: base.to_owned(),
            world,
            count: 0,
            shown: None,
            planned,
            cut: None,
        }
    }

    /// Takes an event in; answers whether an answer broke its promise.
    pub(super) fn take(&mut self, event: Event<'_, 'a>) -> bool {
        match event {
            Event::Created { number, created } => {
                let created = self.shown_created(created);
                self.list.write(number, &created);
                false
            }
            Event::Answered { case, recipe, outcome, mut exchange, before } => {
                self.show();
                // Where no cassette gives it one of its own.
                exchange.number = ExchangeNumber(self.count);
                let target = PathBuf::from(&self.base);
                let noted = self.notebook.answered(&target, *exchange, before);
                self.judge(case, recipe, outcome, noted)
            }
        }
    }

    fn judge(
        &mut self,
        case: &Case<'a>,
        recipe: Option<&Recipe>,
        outcome: Option<&Outcome>,
        noted: Noted,
    ) -> bool {
        let Noted { exchange, name } = noted;
        let before = self.judge.tally().broken;
        let is_method = recipe.is_some_and(|recipe| recipe.kind == Kind::Method);
        let status = exchange.response.as_ref().map_or(0, |response| response.status);
        let judged = self.routable(&exchange);
        // A method that is not documented is no operation's: only its refusal says something of one.
        if !is_method || status == 405 {
            let wanted = match recipe.map(|recipe| recipe.code) {
                Some(CodePattern::Code(code)) => Some(code),
                _ => None,
            };
            match wanted {
                Some(wanted) => self.judge.fresh(&name, &judged, wanted),
                None => self.judge.exchange(&name, &judged),
            }
        }
        let broke = self.judge.tally().broken > before;
        if let (Some(recipe), Some(Outcome::Contradicted { rule, severity, expected, observed })) =
            (recipe, outcome)
        {
            let routed =
                Routed { spec: case.spec, operation: case.operation, path_values: Vec::new() };
            // No mistake is named where many show the same: which answer came first is chance.
            let (place, expected) = match sibling(recipe, status) {
                Some(wanted) => (
                    format!("probe {status} for {wanted}"),
                    format!("{wanted}: a request that can't be understood"),
                ),
                None => (format!("probe {}", recipe.name), expected.clone()),
            };
            let provoked = Provoked {
                routed: &routed,
                wanted: recipe.code,
                rule: *rule,
                severity: *severity,
                place,
                expected: self.notebook.without_secrets(&expected),
                observed: self.notebook.without_secrets(observed),
            };
            self.judge.provoked(&name, &exchange, &provoked);
        }
        broke
    }

    /// The exchange as specs know its path: where the target's own path is none that they name, without it.
    fn routable(&self, exchange: &Exchange) -> Exchange {
        if !matches!(route(self.plan.specs, &exchange.request), Route::Unknown) {
            return exchange.clone();
        }
        let rest = exchange.request.target.strip_prefix(&self.base);
        let origin = self.base.split('/').take(3).collect::<Vec<_>>().join("/");
        let target =
            rest.map_or_else(|| exchange.request.target.clone(), |rest| format!("{origin}{rest}"));
        let request = Request { target, ..exchange.request.clone() };
        Exchange { request, ..exchange.clone() }
    }

    /// What was made, without secrets: an id may be a token.
    pub(super) fn shown_created(&self, created: &Created) -> Created {
        let hide = |url: &String| self.notebook.without_secrets(url);
        Created { url: created.url.as_ref().map(hide), ..created.clone() }
    }

    /// What became of recipes, without secrets: reasons quote what the service said.
    pub(super) fn shown_rows(&self, rows: Vec<Row>) -> Vec<Row> {
        let shown = |row: Row| {
            let reason = row.reason.map(|reason| self.notebook.without_secrets(&reason));
            Row { reason, ..row }
        };
        rows.into_iter().map(shown).collect()
    }

    /// What everything so far has shown.
    pub(super) fn verdict(&self) -> Verdict {
        self.judge.verdict(self.world.now)
    }

    /// Shows how far it is, on a terminal.
    fn show(&mut self) {
        self.count += 1;
        if self.world.progress && self.shown.is_none_or(|shown| shown.elapsed() > SHOWN_EACH) {
            self.shown = Some(Instant::now());
            self.world.show(&format!("{} of {} requests", self.count, self.planned));
        }
    }

    pub(super) fn clear(&mut self) {
        if self.shown.take().is_some() {
            self.world.show("");
        }
    }

    /// Seals the cassette.
    pub(super) fn seal(&self) -> Result<(), Failure> {
        let count = self.notebook.seal()?;
        if let Some(recording) = self.notebook.recording() {
            self.world
                .say(format_args!("note: {}: {count} exchanges recorded", recording.display()));
        }
        Ok(())
    }

    /// What reports show beside the verdict.
    pub(super) fn evidence(
        &self,
        verdict: &Verdict,
        specs: &[Spec],
        cassette: Option<&Path>,
        world: &World,
    ) -> Evidence {
        let recordings: Vec<PathBuf> = cassette.map(ToOwned::to_owned).into_iter().collect();
        let mut evidence = evidence::gather(verdict, specs, &recordings, &[], world);
        evidence::of_notebook(&mut evidence, verdict, &self.notebook);
        evidence
    }
}

/// The other one of 400 and 422 where one is wanted: one fault, however many mistakes show it.
fn sibling(recipe: &Recipe, status: u16) -> Option<u16> {
    match recipe.code {
        CodePattern::Code(wanted @ (400 | 422)) if matches!(status, 400 | 422) => Some(wanted),
        _ => None,
    }
}
