//! The recorder's side of the admin API.

use super::refusal::Refusal;
use super::session::Ended;
use super::sessions::Standing;
use super::{Order, Recorder};
use crate::admin::{Engine, Ports, Problem, Report, Site, Start, State, Status};
use crate::cassette::{Mode, SessionName};
use crate::net::run;
use std::sync::Arc;

/// Starts and stops the sessions of a recorder.
pub struct Desk {
    recorder: Arc<Recorder>,
    site: Site,
    ports: Ports,
}

impl Desk {
    /// The desk of a recorder that is served at a site.
    pub fn new(recorder: Arc<Recorder>, site: Site) -> Self {
        Self { recorder, site, ports: Ports::default() }
    }

    /// Closes the ports of sessions.
    pub async fn close(&self) {
        self.ports.close_all().await;
    }

    fn report(&self, standing: &Standing) -> Report {
        match standing {
            Standing::Running(session) => {
                let name = session.name();
                let port = self.ports.of(name);
                let user = SessionName::parse(name).map(|name| name.in_url().to_owned());
                let proxy = self.site.proxy(user.as_deref().unwrap_or(name), port);
                let error = session.trouble();
                let state = if session.is_closing() { State::Stopping } else { State::Running };
                Report { state, proxy: Some(proxy), port, error, ..told(&session.so_far()) }
            }
            Standing::Stopped(ended) => Report {
                state: State::Stopped,
                error: ended.sealed.as_ref().err().map(ToString::to_string),
                ..told(ended)
            },
            Standing::Failed { name, cause } => Report {
                name: name.clone(),
                state: State::Failed,
                error: Some(cause.to_string()),
                ..Report::default()
            },
        }
    }
}

fn told(ended: &Ended) -> Report {
    Report {
        name: ended.name.clone(),
        cassette: Some(ended.cassette.display().to_string()),
        mode: Some(ended.mode),
        exchanges: ended.written,
        failures: ended.failures,
        answered: ended.answered,
        secrets: ended.secrets,
        ..Report::default()
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let problem = Self::new(refusal.status(), refusal.word(), refusal.to_string());
        match refusal.hint() {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }
}

impl Engine for Desk {
    fn status(&self) -> Status {
        let sessions = self.recorder.sessions();
        let standing = sessions.standing();
        let count = |which: fn(&Standing) -> bool| standing.iter().filter(|one| which(one)).count();
        Status {
            testimony: env!("CARGO_PKG_VERSION"),
            engine: "record",
            proxy: format!("http://{}", self.site.proxy),
            running: count(|one| matches!(one, Standing::Running(_))),
            stopped: count(|one| matches!(one, Standing::Stopped(_))),
            failed: count(|one| matches!(one, Standing::Failed { .. })),
            refused: sessions.refused().all,
            missed: 0,
        }
    }

    fn list(&self) -> Vec<Report> {
        let standing = self.recorder.sessions().standing();
        standing.iter().map(|one| self.report(one)).collect()
    }

    fn find(&self, name: &str) -> Option<Report> {
        self.recorder.sessions().find(name).map(|standing| self.report(&standing))
    }

    async fn start(&self, order: Start) -> Result<Report, Problem> {
        let name = SessionName::parse(&order.name).map_err(Refusal::Name)?;
        if let Some(word) = &order.mode
            && !Mode::ALL.iter().any(|mode| mode.as_str() == word)
        {
            let shown: String = word.chars().take(80).collect();
            let wrong = format!("mode `{shown}` is none of `once`, `new_episodes`, `all`");
            return Err(Problem::new(422, "bad-request", wrong)
                .hint("leave `mode` out for that of the recorder"));
        }
        let with = Order { cassette: order.cassette, mode: order.mode };
        let session = self.recorder.sessions().start(name, with).await?;
        if order.port {
            let (intercept, limits) = (self.site.intercept.clone(), self.site.limits);
            let recorder = Arc::clone(&self.recorder);
            let opened = self.ports.open(session.name(), &self.site, |listener, stop| {
                run(listener, intercept, limits, recorder, stop)
            });
            if let Err(error) = opened.await {
                let _ = self.recorder.sessions().stop(session.name(), self.site.limits.drain).await;
                return Err(Problem::new(500, "port", error.to_string()));
            }
        }
        Ok(self.report(&Standing::Running(session)))
    }

    async fn stop(&self, name: &str) -> Option<Report> {
        // No more of it comes by its port, and what has come ends.
        self.ports.request(name);
        let stopped = self.recorder.sessions().stop(name, self.site.limits.drain).await?;
        self.ports.close(name).await;
        Some(self.report(&stopped))
    }

    async fn stop_all(&self) -> Vec<Report> {
        let stopped = self.recorder.sessions().stop_all(self.site.limits.drain).await;
        self.ports.close_all().await;
        stopped.iter().map(|one| self.report(one)).collect()
    }
}
