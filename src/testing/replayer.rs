use super::error::{Misses, TestingError};
use super::host::Host;
use super::session::{Session, Sessions};
use super::site::{Ground, Place as Site, reached_at};
use super::{Pending, Summary, Variable};
use crate::admin;
use crate::cassette::SessionName;
use crate::cassette::redact::{Policy, Secret};
use crate::fault::{Documented, Fault, Faults};
use crate::matching::{Missed, Order, Repeat};
use crate::mock::Mock;
use crate::net::{Limits, Stop, serve};
use crate::project::cassettes;
use crate::replay::{
    Dealer, Desk, Place, Preparation, Replayer as Engine, Settings, Shelf, Tempo, Waits,
    find_cassette,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Serves cassettes to a test, and fails it when it asked for something that they don't hold.
///
/// Dropped, it panics with the report of what was missed, or when no request came at all. A thread
/// that panics already gets the report on stderr instead.
pub struct Replayer {
    site: Site,
    url: String,
    engine: Arc<Engine>,
    sessions: Arc<Sessions>,
    rules: Rules,
    /// `None` once it was finished.
    host: Option<Host>,
}

/// What a test asks of its replay.
#[derive(Debug, Clone, Default)]
struct Rules {
    all_used: bool,
    allow_idle: bool,
    /// What is replayed, for people.
    of: String,
}

/// How a [`Replayer`] is to be.
#[derive(Debug, Clone, Default)]
#[must_use = "`start()` makes a replayer of it"]
pub struct ReplayerBuilder {
    cassettes: Vec<PathBuf>,
    repeat: Repeat,
    order: Order,
    settings: Settings,
    waits: Waits,
    tempo: Tempo,
    faults: Vec<String>,
    matching: Vec<String>,
    specs: Vec<PathBuf>,
    secrets: Vec<(String, Secret)>,
    rules: Rules,
    ground: Ground,
}

impl std::fmt::Debug for Replayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { url, rules, .. } = self;
        f.debug_struct("Replayer").field("url", url).field("rules", rules).finish_non_exhaustive()
    }
}

reached_at!(Replayer);

impl Replayer {
    /// A replayer, to be told what it is to serve.
    pub fn builder() -> ReplayerBuilder {
        ReplayerBuilder::default()
    }

    /// Serves one cassette, or a folder of them, as is usual.
    pub fn start(cassette: impl AsRef<Path>) -> Pending<Self> {
        Self::builder().cassette(cassette).start()
    }

    const fn place(&self) -> &Site {
        &self.site
    }

    /// A session of its own, with an address of its own: the cassette of this name in the folder that
    /// is served, from its beginning. Its misses are its own, and fail the test that holds it.
    pub fn session(&self, name: impl Into<String>) -> Pending<Session> {
        Session::start(
            Arc::clone(&self.sessions),
            name.into(),
            self.rules.all_used,
            self.rules.allow_idle,
        )
    }

    /// The first requests so far that nothing recorded answered, those of sessions included.
    pub fn misses(&self) -> Vec<Missed> {
        self.engine.account().misses()
    }

    /// The values of the recordings that may be others in the next run, and what the clients have in their place by
    /// now: names, keys and ids, but no secrets. Those of sessions are the sessions' own.
    pub fn variables(&self) -> Vec<Variable> {
        self.sessions.variables(None)
    }

    /// The exchanges that were not asked for so far.
    pub fn unused(&self) -> Vec<Place> {
        let marks = self.engine.marks().into_iter();
        marks.filter(|(_, used)| !used).map(|(place, _)| place).collect()
    }

    /// What it came to so far, or why the test fails. Faults that have not struck yet are such a reason.
    pub fn verify(&self) -> Result<Summary, TestingError> {
        let account = self.engine.account();
        let (misses, asked) = (account.missed(), account.answered() + account.missed());
        // Those of sessions are the sessions' own affair.
        let all = misses.saturating_sub(self.sessions.missed());
        if all > 0 {
            let (of, kept) = (self.rules.of.clone(), account.misses());
            let own = |missed: &&Missed| !self.sessions.answers_for(missed);
            let mut listed: Vec<Missed> = kept.iter().filter(own).cloned().collect();
            if listed.is_empty() {
                // They came when their session was over.
                listed = kept;
            }
            return Err(TestingError::Missed(Misses { of, all, listed }));
        }
        if asked == 0 && !self.rules.allow_idle && !self.sessions.any() {
            return Err(TestingError::Idle(self.rules.of.clone()));
        }
        let idle: Vec<String> = self.engine.faults().idle().map(ToString::to_string).collect();
        if !idle.is_empty() && !self.sessions.any() {
            return Err(TestingError::NoFault(idle));
        }
        let unused = self.unused();
        if self.rules.all_used && !unused.is_empty() && !self.sessions.any() {
            return Err(TestingError::Unused(unused));
        }
        Ok(Summary { answered: account.answered(), unused, ..Summary::default() })
    }

    /// Says beside the test where the spec has no body for a fault.
    fn tell(&self) {
        self.engine.faults().undocumented().iter().for_each(|note| super::say(note));
    }

    /// Ends it: what it came to, or why the test fails. It does not panic then.
    pub fn finish(mut self) -> Pending<Summary> {
        Pending::run(move || {
            if let Some(mut host) = self.host.take() {
                host.end();
            }
            self.tell();
            self.verify()
        })
    }
}

impl Drop for Replayer {
    #[track_caller]
    fn drop(&mut self) {
        let Some(mut host) = self.host.take() else { return };
        host.cut();
        self.tell();
        super::fail(self.verify().err());
    }
}

impl ReplayerBuilder {
    /// Adds a cassette, or a folder in which each is also a session of its name. A relative path
    /// begins at the working directory: in tests, the package's folder.
    pub fn cassette(mut self, path: impl AsRef<Path>) -> Self {
        self.cassettes.push(path.as_ref().to_owned());
        self
    }

    /// What follows when every equal request was answered; otherwise, the last answer stands.
    pub fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }

    /// In which order exchanges may be asked for; otherwise who uses a value that an answer gave asks after
    /// that answer.
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// The status of a miss; otherwise 477.
    pub fn miss_status(mut self, status: u16) -> Self {
        self.settings.miss_status = status;
        self
    }

    /// Serves `Retry-After` as recorded; otherwise it says 0.
    pub fn keep_retry_after(mut self) -> Self {
        self.waits = Waits::AsRecorded;
        self
    }

    /// Sends the bytes of answers when they were sent while recording, or a factor of that; otherwise
    /// at once.
    pub fn timing(mut self, tempo: Tempo) -> Self {
        self.tempo = tempo;
        self
    }

    /// Lays a fault over answers: `METHOD PATH-GLOB[#N] = 503|reset|cut:CHUNK|delay:MS|slow:BYTES_PER_SECOND`.
    /// One that never struck fails the test.
    pub fn fault(mut self, rule: impl Into<String>) -> Self {
        self.faults.push(rule.into());
        self
    }

    /// Adds a matching rule, above those of the cassette and of `testimony.toml`: `KEY=VALUE`, or
    /// `METHOD PATH-GLOB: KEY=VALUE` (`docs/matching.md`).
    pub fn match_rule(mut self, rule: impl Into<String>) -> Self {
        self.matching.push(rule.into());
        self
    }

    /// A spec, or a folder of them: statuses of faults take their documented bodies from it, and
    /// matching rules may name its operations.
    pub fn spec(mut self, path: impl AsRef<Path>) -> Self {
        self.specs.push(path.as_ref().to_owned());
        self
    }

    /// Replaces this value in requests as the recording did.
    pub fn secret(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.secrets.push((name.into(), Secret::new(value.into())));
        self
    }

    /// Fails the test, too, when an exchange was not asked for.
    pub fn all_used(mut self) -> Self {
        self.rules.all_used = true;
        self
    }

    /// Lets a test ask for nothing at all.
    pub fn allow_idle(mut self) -> Self {
        self.rules.allow_idle = true;
        self
    }

    /// Keeps the certificate authority in this folder; otherwise in the project's, `.testimony/ca`.
    pub fn ca_folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.ground.ca_folder = Some(folder.as_ref().to_owned());
        self
    }

    /// Reads the cassettes, binds a free port, and serves.
    pub fn start(self) -> Pending<Replayer> {
        Pending::run(move || self.begin())
    }

    pub(super) fn begin(mut self) -> Result<Replayer, TestingError> {
        if !(200..1000).contains(&self.settings.miss_status) {
            let message = format!(
                "miss_status: {} is no status of a final answer",
                self.settings.miss_status
            );
            return Err(TestingError::Asked {
                message,
                hint: "take one from 200 to 999; the default is 477",
            });
        }
        let directory = Ground::directory()?;
        let shown: Vec<String> =
            self.cassettes.iter().map(|path| path.display().to_string()).collect();
        self.rules.of = shown.join(", ");
        let cassettes = self.shelf(&directory)?;
        if cassettes.is_empty() {
            return Err(TestingError::Empty(self.rules.of));
        }
        let authority = self.ground.authority(&directory)?;
        let faults = self.faults(&directory)?;
        let engine = Engine::new(cassettes, self.settings, |_| {}).with_faults(faults);
        let engine = Arc::new(engine);
        let (served, given) = (Arc::clone(&engine), self.cassettes);
        let (host, (site, desk)) =
            Host::start("testimony-replayer", move |stop: Stop| async move {
                let (listener, site) = Site::bind(authority).await?;
                let around = admin::Site {
                    proxy: site.address,
                    intercept: Some(Arc::clone(&site.authority)),
                    limits: Limits::default(),
                    notices: Ground::notices(),
                    stop: stop.clone(),
                };
                let finder = Arc::new(move |name: &SessionName, path: Option<&str>| {
                    find_cassette(&given, &directory, name, path)
                });
                let desk = Arc::new(Desk::new(Arc::clone(&served), around, finder));
                let intercept = Some(Arc::clone(&site.authority));
                let serving = serve(listener, intercept, Limits::default(), served, stop);
                let closed = Arc::clone(&desk);
                Ok(((site, desk), async move {
                    let _ = serving.await;
                    closed.close().await;
                }))
            })?;
        let sessions = Sessions::of_replay(desk, Arc::clone(&engine), host.handle(), &site);
        let url = site.url();
        Ok(Replayer { site, url, engine, sessions, rules: self.rules, host: Some(host) })
    }

    fn faults(&self, directory: &Path) -> Result<Faults, TestingError> {
        let read = |rule: &String| {
            rule.parse::<Fault>().map_err(|cause| TestingError::Fault { rule: rule.clone(), cause })
        };
        let rules: Vec<Fault> = self.faults.iter().map(read).collect::<Result<_, _>>()?;
        if rules.is_empty() {
            return Ok(Faults::default());
        }
        let keeps = self.waits == Waits::AsRecorded;
        if self.specs.is_empty() {
            return Ok(Faults::new(rules, None, keeps));
        }
        let mock = Mock::new(Ground::specs(&self.specs, directory)?, 0);
        let documented: Box<Documented> =
            Box::new(move |request, status| mock.promised(request, status));
        Ok(Faults::new(rules, Some(documented), keeps))
    }

    fn shelf(&self, directory: &Path) -> Result<Shelf, TestingError> {
        let config = Ground::config(directory)?;
        let policy =
            Policy::new(self.secrets.clone(), config.redaction().map_err(TestingError::Config)?);
        let mut rules = Ground::matching(&config, &self.matching)?;
        if !self.specs.is_empty() {
            rules = rules.knowing(Ground::specs(&self.specs, directory)?.into());
        }
        let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) =
            self.cassettes.iter().cloned().partition(|path| directory.join(path).is_dir());
        let found = |paths: Vec<PathBuf>| match paths.as_slice() {
            [] => Ok(Vec::new()),
            paths => cassettes(paths, directory).map_err(TestingError::Documents),
        };
        let preparation = Preparation { waits: self.waits, tempo: self.tempo };
        let dealer = Dealer { repeat: self.repeat, order: self.order, preparation, policy, rules };
        Shelf::load(&found(files)?, &found(folders)?, dealer).map_err(TestingError::Shelf)
    }
}
