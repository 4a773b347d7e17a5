use super::error::{Misses, TestingError};
use super::host::Host;
use super::site::{Place as Site, reached_at};
use super::{Pending, Summary, Variable};
use crate::admin::{Engine as _, Problem, Report, Start};
use crate::matching::Missed;
use crate::record;
use crate::replay::{self, Replayer as Replaying};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Handle;

/// One session of a [`Replayer`](super::Replayer) or [`Recorder`](super::Recorder) that several tests
/// share: a cassette, an address and an account of its own. Ends when dropped, and asserts then as the
/// server that it is of.
#[derive(Debug)]
pub struct Session {
    name: String,
    url: String,
    of: Arc<Sessions>,
    all_used: bool,
    allow_idle: bool,
    ended: bool,
}

/// The sessions of a server.
#[derive(Debug)]
pub(super) struct Sessions {
    desk: Desk,
    handle: Handle,
    site: Site,
    /// Whether one was ever asked for.
    any: AtomicBool,
    /// Those that answer for their own misses, and how many these are.
    settled: Mutex<BTreeSet<String>>,
    missed: AtomicU64,
}

enum Desk {
    Replay(Arc<replay::Desk>, Arc<Replaying>),
    Record(Arc<record::Desk>),
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Replay(..) => "Replay",
            Self::Record(_) => "Record",
        })
    }
}

reached_at!(Session);

impl Session {
    pub(super) fn start(
        of: Arc<Sessions>,
        name: String,
        all_used: bool,
        allow_idle: bool,
    ) -> Pending<Self> {
        of.any.store(true, Ordering::Relaxed);
        Pending::run(move || {
            let report = of.start(&name)?;
            let url = report.proxy.unwrap_or_default();
            Ok(Self { name, url, of, all_used, allow_idle, ended: false })
        })
    }

    /// The values of its recording that may be others in the next run, and what its client has in their place by
    /// now: names, keys and ids, but no secrets. A test that sends the recorded ones needs no substitution. None of a
    /// recording that is being made.
    pub fn variables(&self) -> Vec<Variable> {
        self.of.variables(Some(&self.name))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn place(&self) -> &Site {
        &self.of.site
    }

    /// Ends it: what it came to, or why the test fails. It does not panic then.
    pub fn finish(mut self) -> Pending<Summary> {
        Pending::run(move || self.end())
    }

    fn end(&mut self) -> Result<Summary, TestingError> {
        self.ended = true;
        self.of.stop(&self.name, self.all_used, self.allow_idle)
    }
}

impl Drop for Session {
    #[track_caller]
    fn drop(&mut self) {
        if !self.ended {
            super::fail(self.end().err());
        }
    }
}

impl Sessions {
    pub(super) fn of_replay(
        desk: Arc<replay::Desk>,
        engine: Arc<Replaying>,
        handle: &Handle,
        site: &Site,
    ) -> Arc<Self> {
        Self::new(Desk::Replay(desk, engine), handle, site)
    }

    pub(super) fn of_record(desk: Arc<record::Desk>, handle: &Handle, site: &Site) -> Arc<Self> {
        Self::new(Desk::Record(desk), handle, site)
    }

    fn new(desk: Desk, handle: &Handle, site: &Site) -> Arc<Self> {
        Arc::new(Self {
            desk,
            handle: handle.clone(),
            site: site.clone(),
            any: AtomicBool::new(false),
            settled: Mutex::default(),
            missed: AtomicU64::new(0),
        })
    }

    /// Whether one was ever asked for.
    pub(super) fn any(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    /// What travels in a session's recording, or in that of the requests without one.
    pub(super) fn variables(&self, name: Option<&str>) -> Vec<Variable> {
        match &self.desk {
            Desk::Replay(desk, _) => desk.variables(name).unwrap_or_default(),
            Desk::Record(_) => Vec::new(),
        }
    }

    /// Misses that sessions have answered for.
    pub(super) fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    /// Whether a session has answered for this miss.
    pub(super) fn answers_for(&self, missed: &Missed) -> bool {
        let settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        missed.session.as_ref().is_some_and(|name| settled.contains(name))
    }

    fn start(&self, name: &str) -> Result<Report, TestingError> {
        let order = Start { name: name.to_owned(), port: true, ..Start::default() };
        let started = match &self.desk {
            Desk::Replay(desk, _) => {
                let desk = Arc::clone(desk);
                Host::ask(&self.handle, async move { desk.start(order).await })
            }
            Desk::Record(desk) => {
                let desk = Arc::clone(desk);
                Host::ask(&self.handle, async move { desk.start(order).await })
            }
        };
        let failed = |problem| TestingError::Session { name: name.to_owned(), problem };
        started.ok_or(TestingError::Lost)?.map_err(failed)
    }

    fn stop(&self, name: &str, all_used: bool, allow_idle: bool) -> Result<Summary, TestingError> {
        let named = name.to_owned();
        match &self.desk {
            Desk::Replay(desk, engine) => {
                let desk = Arc::clone(desk);
                let _ = Host::ask(&self.handle, async move { desk.stop(&named).await });
                // A server that has ended knows what its sessions came to.
                let over = engine.over(name).ok_or(TestingError::Lost)?;
                self.settle(name, over.missed);
                let of = format!("{} (session `{name}`)", over.cassette.display());
                judge(&over, of, all_used, allow_idle)
            }
            Desk::Record(desk) => {
                let stopping = Arc::clone(desk);
                let stopped = Host::ask(&self.handle, async move { stopping.stop(&named).await });
                // A server that has ended has ended its sessions, too.
                let report = stopped.flatten().or_else(|| desk.find(name));
                let report = report.ok_or(TestingError::Lost)?;
                recorded(name, report, allow_idle)
            }
        }
    }

    fn settle(&self, name: &str, misses: u64) {
        self.missed.fetch_add(misses, Ordering::Relaxed);
        self.settled.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
    }
}

/// What a session of a replay came to.
fn judge(
    over: &replay::Over,
    of: String,
    all_used: bool,
    allow_idle: bool,
) -> Result<Summary, TestingError> {
    if over.missed > 0 {
        let misses = Misses { of, all: over.missed, listed: over.misses.clone() };
        return Err(TestingError::Missed(misses));
    }
    if over.answered == 0 && !allow_idle {
        return Err(TestingError::Idle(of));
    }
    if all_used && !over.unused.is_empty() {
        return Err(TestingError::Unused(over.unused.clone()));
    }
    Ok(Summary { answered: over.answered, unused: over.unused.clone(), ..Summary::default() })
}

/// What a session of a recording came to.
fn recorded(name: &str, report: Report, allow_idle: bool) -> Result<Summary, TestingError> {
    let Report { exchanges, failures, answered, secrets, error, cassette, .. } = report;
    if let Some(error) = error {
        let problem = Problem::new(500, "session-cassette", error);
        return Err(TestingError::Session { name: name.to_owned(), problem });
    }
    let cassette = cassette.unwrap_or_default();
    let summary = Summary { recorded: exchanges, failures, answered, secrets, unused: Vec::new() };
    super::recorder::judge(&summary, cassette.as_ref(), allow_idle).map(|()| summary)
}
