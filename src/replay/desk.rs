//! The replayer's side of the admin API.

use super::Replayer;
use super::deck::Place;
use super::scene::{Over, Scene};
use super::stage::Act;
use crate::admin::{Engine, Ports, Problem, Report, Site, Start, State, Status, Variable};
use crate::cassette::SessionName;
use crate::matching::{Recorded, Travelling};
use crate::net::serve;
use std::path::PathBuf;
use std::sync::Arc;

/// Finds the file of a session, or of the cassette that was asked for.
pub type Finder = dyn Fn(&SessionName, Option<&str>) -> Result<PathBuf, Problem> + Send + Sync;

/// Starts and stops the sessions of a replayer.
pub struct Desk {
    replayer: Arc<Replayer>,
    site: Site,
    ports: Ports,
    finder: Arc<Finder>,
}

impl Desk {
    /// The desk of a replayer that is served at a site; `finder` knows where cassettes are.
    pub fn new(replayer: Arc<Replayer>, site: Site, finder: Arc<Finder>) -> Self {
        Self { replayer, site, ports: Ports::default(), finder }
    }

    /// Closes the ports of sessions.
    pub async fn close(&self) {
        self.ports.close_all().await;
    }

    fn playing(&self, scene: &Scene) -> Report {
        let port = self.ports.of(&scene.name);
        let user = SessionName::parse(&scene.name).map(|name| name.in_url().to_owned());
        let proxy = self.site.proxy(user.as_deref().unwrap_or(&scene.name), port);
        Report { state: State::Running, proxy: Some(proxy), port, ..told(&scene.so_far()) }
    }

    fn report(&self, act: &Act) -> Report {
        match act {
            Act::Playing(scene) => self.playing(scene),
            Act::Over(over) => told(over),
        }
    }

    async fn scene(&self, name: &SessionName, cassette: Option<String>) -> Result<Scene, Problem> {
        let path = (self.finder)(name, cassette.as_deref())?;
        let (replayer, name) = (Arc::clone(&self.replayer), name.as_str().to_owned());
        let reading = tokio::task::spawn_blocking(move || replayer.shelf().open(name, &path));
        match reading.await {
            Ok(read) => read.map_err(|error| {
                Problem::new(409, "session-cassette", error.to_string())
                    .hint("`testimony cassette verify` tells what is wrong with it")
            }),
            Err(_) => Err(Problem::new(503, "stopping", "the replay stops")),
        }
    }
}

fn told(over: &Over) -> Report {
    Report {
        name: over.name.clone(),
        state: State::Stopped,
        cassette: Some(over.cassette.display().to_string()),
        exchanges: over.exchanges,
        answered: over.answered,
        missed: over.missed,
        secrets: over.secrets,
        misses: over.misses.clone(),
        unused: over.unused.iter().map(Recorded::from).collect(),
        ..Report::default()
    }
}

impl Engine for Desk {
    fn status(&self) -> Status {
        let acts = self.replayer.acts();
        let running = acts.iter().filter(|act| matches!(act, Act::Playing(_))).count();
        Status {
            testimony: env!("CARGO_PKG_VERSION"),
            engine: "replay",
            proxy: format!("http://{}", self.site.proxy),
            running,
            stopped: acts.len() - running,
            missed: self.replayer.account().missed(),
            ..Status::default()
        }
    }

    fn list(&self) -> Vec<Report> {
        self.replayer.acts().iter().map(|act| self.report(act)).collect()
    }

    fn find(&self, name: &str) -> Option<Report> {
        self.replayer.act(name).map(|act| self.report(&act))
    }

    fn variables(&self, session: Option<&str>) -> Option<Vec<Variable>> {
        let scene = match session.map(|name| self.replayer.act(name)) {
            None => None,
            Some(Some(Act::Playing(scene))) => Some(scene),
            Some(_) => return None,
        };
        let deck = scene.as_ref().map_or(self.replayer.shelf().unnamed(), |scene| &scene.deck);
        let told = |(found, place): (Travelling, &Place)| Variable {
            at: found.at,
            recorded: found.recorded,
            actual: found.actual,
            cassette: place.cassette.display().to_string(),
            exchange: place.exchange,
            method: place.method.to_string(),
            target: place.target.to_string(),
        };
        Some(deck.variables().into_iter().map(told).collect())
    }

    async fn start(&self, order: Start) -> Result<Report, Problem> {
        let name = SessionName::parse(&order.name)
            .map_err(|error| Problem::new(422, "session-name", error.to_string()))?;
        if order.mode.is_some() {
            return Err(Problem::new(
                422,
                "bad-request",
                "`mode` says how to record; this replays",
            ));
        }
        let scene = Arc::new(self.scene(&name, order.cassette).await?);
        if !self.replayer.stage().start(Arc::clone(&scene)) {
            let detail = format!("session `{name}` is running already");
            return Err(Problem::new(409, "session-running", detail)
                .hint("stop it first, or take another name"));
        }
        if order.port {
            let (intercept, limits) = (self.site.intercept.clone(), self.site.limits);
            let replayer = Arc::clone(&self.replayer);
            let opened = self.ports.open(&scene.name, &self.site, |listener, stop| {
                serve(listener, intercept, limits, replayer, stop)
            });
            if let Err(error) = opened.await {
                let _ = self.replayer.stop(&scene.name);
                return Err(Problem::new(500, "port", error.to_string()));
            }
        }
        Ok(self.playing(&scene))
    }

    async fn stop(&self, name: &str) -> Option<Report> {
        // What has come by its port still gets its answer.
        self.ports.close(name).await;
        self.replayer.stop(name).map(|over| told(&over))
    }

    async fn stop_all(&self) -> Vec<Report> {
        self.ports.close_all().await;
        let acts = self.replayer.acts();
        let names = acts.iter().map(|act| match act {
            Act::Playing(scene) => scene.name.as_str(),
            Act::Over(over) => over.name.as_str(),
        });
        names.filter_map(|name| self.replayer.stop(name)).map(|over| told(&over)).collect()
    }
}
