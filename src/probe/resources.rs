//! What a run finds, makes and removes: the resources that recipes need.

use super::cleanup::{Created, Made};
use super::identify;
use super::plan::is_deletable;
use super::pool::{self, Thing};
use super::run::{Event, Probe};
use crate::exchange::{Exchange, Request, percent_encoded};
use crate::live::Asked;
use std::collections::BTreeMap;
use std::time::Duration;

/// How often a job is asked for, and how long is waited in between.
const POLLS: usize = 60;
const POLL: Duration = Duration::from_secs(1);

impl Probe<'_, '_> {
    /// Notes what an answer shows to exist now, or to be gone.
    pub(super) fn learn(&mut self, case: usize, exchange: &Exchange) {
        let of = &self.plan.cases[case];
        let Some(response) = exchange.response.as_ref().filter(|r| (200..300).contains(&r.status))
        else {
            return;
        };
        let spec = pool::place(self.plan.specs, of.spec);
        let mut values = self.values(&exchange.request);
        let request = &exchange.request;
        for scope in &of.scopes {
            let within = |name: &String| pool::variables(scope).any(|variable| variable == name);
            let values = values.clone().into_iter().filter(|(name, _)| within(name)).collect();
            // What a mock has is nobody's.
            self.pool.add(
                spec,
                scope,
                Thing { values, is_own: !exchange.source.is_evidence(), tag: None },
            );
        }
        if let (Some(tag), false) = (response.headers.text("etag"), values.is_empty()) {
            self.pool.tag(spec, &of.operation.path, &values, tag);
        }
        if request.method != "GET" {
            self.job = identify::job(response).map(|job| (job, values.clone()));
        }
        match request.method.as_str() {
            "POST" => {
                let Some(item) = &of.item else { return };
                let id = identify::made(response, item);
                if let (Some(id), Some(variable)) = (&id, pool::variables(item).last()) {
                    values.insert(variable.to_owned(), id.clone());
                }
                self.note(case, (spec, item), values.clone(), id.is_some(), None);
                if let Some(tag) = response.headers.text("etag") {
                    self.pool.tag(spec, item, &values, tag);
                }
            }
            "PUT" if response.status == 201 => {
                let path = &of.operation.path;
                self.note(case, (spec, path), values, true, None);
            }
            "DELETE" => self.gone(spec, &of.operation.path, &values),
            "GET" => {
                let Some(item) = &of.listed else { return };
                let is_own = !exchange.source.is_evidence();
                let variable = pool::variables(item).last().unwrap_or_default().to_owned();
                for id in identify::listed(response, item) {
                    let mut values = values.clone();
                    values.insert(variable.clone(), id);
                    self.pool.add(spec, item, Thing { values, is_own, tag: None });
                }
            }
            _ => {}
        }
    }

    /// The values of the path's variables in a request that was sent.
    fn values(&self, request: &Request) -> BTreeMap<String, String> {
        let rest = request.target.strip_prefix(&self.terms.base).unwrap_or(&request.target);
        pool::values(self.plan.specs, &Request { target: rest.to_owned(), ..request.clone() })
    }

    /// Notes what was made. Where its id came later than the answer, `unknown` is what stands for it on the list.
    fn note(
        &mut self,
        case: usize,
        (spec, item): (usize, &str),
        values: BTreeMap<String, String>,
        is_known: bool,
        unknown: Option<usize>,
    ) {
        let of = &self.plan.cases[case];
        // What is there already was not made another time, whatever the service says.
        if is_known && self.created.iter().any(|made| made.is_here(spec, item, &values)) {
            if let Some(number) = unknown {
                self.strike_out(number);
            }
            return;
        }
        let path = is_known.then(|| filled(item, &values));
        let url = path.map(|path| format!("{}{path}", self.terms.base));
        let is_removable = is_known && is_deletable(of.spec, item);
        let operation = of.operation.id.as_str().to_owned();
        if is_known {
            self.pool.add(spec, item, Thing { values: values.clone(), is_own: true, tag: None });
        }
        let created = Created { operation, url, is_removable, is_gone: false };
        let made = Made { spec, item: item.to_owned(), values, created };
        let number = unknown.unwrap_or(self.created.len());
        match self.created.get_mut(number) {
            Some(place) => *place = made,
            None => self.created.push(made),
        }
        self.write_down(number);
    }

    fn gone(&mut self, spec: usize, item: &str, values: &BTreeMap<String, String>) {
        self.pool.remove(spec, item, values);
        let here = self.created.iter().position(|made| made.is_here(spec, item, values));
        if let Some(number) = here {
            self.strike_out(number);
        }
    }

    fn strike_out(&mut self, number: usize) {
        self.created[number].created.is_gone = true;
        self.write_down(number);
    }

    fn write_down(&mut self, number: usize) {
        let created = &self.created[number].created;
        (self.sink)(Event::Created { number, created });
    }

    /// Whether there is a resource of the run's own where the operation works.
    pub(super) fn is_there(&self, case: usize) -> bool {
        let of = &self.plan.cases[case];
        self.pool.has(pool::place(self.plan.specs, of.spec), &of.operation.path, true)
    }

    /// Makes a resource for an operation that wants one of its own.
    pub(super) async fn ensure(&mut self, case: usize) {
        let plan = self.plan;
        let path = &plan.cases[case].operation.path;
        let spec = plan.cases[case].spec;
        let maker = plan.cases.iter().position(|other| {
            std::ptr::eq(other.spec, spec) && other.item.as_ref() == Some(path) && other.removable
        });
        let Some(maker) = maker.filter(|_| !self.is_there(case) && self.terms.allow_unsafe) else {
            return;
        };
        let is_good = self.controls[maker].is_some_and(|status| (200..300).contains(&status));
        if let (Ok(base), true) = (&plan.cases[maker].base, is_good) {
            let request = self.made(maker, &base.request, None, false);
            self.aside(maker, request).await;
        }
    }

    /// Sends what is no recipe.
    async fn aside(&mut self, case: usize, request: Request) -> Option<Exchange> {
        let result = self.single.ask(request, self.terms.shows, None).await;
        let mut answers = match result {
            Ok(Asked::Answers(answers)) => answers,
            Ok(Asked::Skipped(_)) => return None,
            Err(error) => {
                self.failed.get_or_insert(error);
                return None;
            }
        };
        self.requests += answers.len() as u64;
        let exchange = answers.pop()?;
        let (of, taken) = (&self.plan.cases[case], Box::new(exchange.clone()));
        (self.sink)(Event::Answered {
            case: of,
            recipe: None,
            outcome: None,
            exchange: taken,
            before: answers,
        });
        self.learn(case, &exchange);
        Some(exchange)
    }

    /// Asks for the job that an answer named until it has ended, where the document says how. What it made is noted.
    pub(super) async fn follow(&mut self, case: usize) {
        let Some((job, mut values)) = self.job.take() else { return };
        let plan = self.plan;
        let spec = plan.cases[case].spec;
        let asks = plan.cases.iter().position(|other| {
            std::ptr::eq(other.spec, spec)
                && other.operation.method == "GET"
                && other.base.is_ok()
                && pool::variables(&other.operation.path).last().is_some_and(identify::is_job)
        });
        let Some(asks) = asks else { return };
        let asked = &plan.cases[asks];
        let Ok(base) = &asked.base else { return };
        let variable = pool::variables(&asked.operation.path).last().unwrap_or_default();
        values.insert(variable.to_owned(), job);
        let thing = Thing { values: values.clone(), is_own: true, tag: None };
        let place = pool::place(plan.specs, spec);
        self.pool.add(place, &asked.operation.path, thing.clone());
        for _ in 0..POLLS {
            let request =
                self.making(asks).request(asked, &base.request, Some(&thing), None, false);
            let Some(exchange) = self.aside(asks, request).await else { return };
            let Some(response) = exchange.response.filter(|response| response.status == 200) else {
                return;
            };
            if !identify::is_running(&response) {
                if let Some(item) = &plan.cases[case].item
                    && let Some(id) = identify::made(&response, item)
                    && let Some(name) = pool::variables(item).last()
                {
                    values.remove(variable);
                    let operation = plan.cases[case].operation.id.as_str();
                    let unknown = self.created.iter().rposition(|Made { created, .. }| {
                        !created.is_gone && created.url.is_none() && created.operation == operation
                    });
                    values.insert(name.to_owned(), id);
                    let spec = pool::place(plan.specs, spec);
                    self.note(case, (spec, item), values, true, unknown);
                }
                return;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Removes what was made, the newest first.
    pub(super) async fn remove_all(&mut self) {
        for place in (0..self.created.len()).rev() {
            let Made { spec, item, values, created } = &self.created[place];
            if created.is_gone || !created.is_removable {
                continue;
            }
            let (spec, item, values) = (*spec, item.clone(), values.clone());
            let plan = self.plan;
            let remover = plan.cases.iter().position(|other| {
                pool::place(plan.specs, other.spec) == spec
                    && other.operation.method == "DELETE"
                    && other.operation.path == item
            });
            let Some(remover) = remover.filter(|_| self.failed.is_none()) else { continue };
            let Ok(base) = &plan.cases[remover].base else { continue };
            let thing = Thing { values: values.clone(), is_own: true, tag: None };
            let request = self.making(remover).request(
                &plan.cases[remover],
                &base.request,
                Some(&thing),
                None,
                false,
            );
            let answered = self.aside(remover, request).await;
            let status =
                answered.and_then(|exchange| exchange.response).map(|response| response.status);
            // What is not there any more is gone, too.
            if matches!(status, Some(404 | 410)) {
                self.gone(spec, &item, &values);
            }
        }
    }
}

/// A template with values for its variables.
fn filled(template: &str, values: &BTreeMap<String, String>) -> String {
    values.iter().fold(template.to_owned(), |path, (name, text)| {
        path.replace(&format!("{{{name}}}"), &percent_encoded(text))
    })
}
