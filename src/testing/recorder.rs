use super::error::TestingError;
use super::host::Host;
use super::session::{Session, Sessions};
use super::site::{Ground, Place as Site, reached_at};
use super::{Mode, Pending, Summary};
use crate::admin::{self, Problem};
use crate::cassette::SessionName;
use crate::cassette::redact::{Policy, Secret};
use crate::net::{Client, Limits, Reach, Roots, Stop, run};
use crate::record::{
    Base, Clock, Desk, HostLists, Options, Order, Recorder as Engine, Route, Routes,
    Session as Recording, Sessions as Recordings, Standing, Terms, Unopened, is_cassette_folder,
    prepare_folder, session_of,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Records what a test's clients exchange with an API.
///
/// Each exchange is redacted and on disk before its client has its end; dropped, it seals the
/// cassette, also when the test fails. It panics when that fails, when nothing was recorded, and when nothing
/// but transport failures was; a thread that panics already gets the reason on stderr instead.
pub struct Recorder {
    site: Site,
    url: String,
    cassette: PathBuf,
    allow_idle: bool,
    engine: Arc<Engine>,
    sessions: Arc<Sessions>,
    /// `None` once it was finished.
    host: Option<Host>,
}

/// How a [`Recorder`] is to be.
#[derive(Debug, Clone)]
#[must_use = "`start()` makes a recorder of it"]
pub struct RecorderBuilder {
    pub(super) cassette: PathBuf,
    pub(super) mode: Mode,
    upstream: Option<String>,
    routes: Vec<String>,
    matching: Vec<String>,
    secrets: Vec<(String, Secret)>,
    ca_files: Vec<PathBuf>,
    timeout: Duration,
    allow_idle: bool,
    ground: Ground,
}

impl Default for RecorderBuilder {
    fn default() -> Self {
        Self {
            cassette: PathBuf::new(),
            mode: Mode::Once,
            upstream: None,
            routes: Vec::new(),
            matching: Vec::new(),
            secrets: Vec::new(),
            ca_files: Vec::new(),
            timeout: Duration::from_secs(60),
            allow_idle: false,
            ground: Ground::default(),
        }
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder")
            .field("url", &self.url)
            .field("cassette", &self.cassette)
            .finish_non_exhaustive()
    }
}

reached_at!(Recorder);

impl Recorder {
    /// A recorder, to be told what it is to record where.
    pub fn builder() -> RecorderBuilder {
        RecorderBuilder::default()
    }

    const fn place(&self) -> &Site {
        &self.site
    }

    /// A session of its own, with an address and, in the folder of cassettes, a cassette of its own.
    pub fn session(&self, name: impl Into<String>) -> Pending<Session> {
        Session::start(Arc::clone(&self.sessions), name.into(), false, self.allow_idle)
    }

    /// Lets what is under way end, seals its cassettes and ends: what it came to, or why the test
    /// fails. It does not panic then.
    pub fn finish(mut self) -> Pending<Summary> {
        Pending::run(move || {
            if let Some(mut host) = self.host.take() {
                host.end();
            }
            self.verdict()
        })
    }

    /// What it came to, once its server has ended.
    fn verdict(&self) -> Result<Summary, TestingError> {
        let mut summary = Summary::default();
        for standing in self.engine.sessions().standing() {
            let ended = match standing {
                Standing::Stopped(ended) => ended,
                Standing::Running(_) => return Err(TestingError::Lost),
                Standing::Failed { name, cause: Unopened { message, hint, .. } } => {
                    let problem = Problem::new(500, "session-cassette", message);
                    let problem = Problem { hint, ..problem };
                    return Err(TestingError::Session { name, problem });
                }
            };
            if let Err(error) = &ended.sealed {
                return Err(TestingError::Seal(error.to_string()));
            }
            summary.recorded += ended.written;
            summary.failures += ended.failures;
            summary.answered += ended.answered;
            summary.secrets += ended.secrets;
        }
        let refused = self.engine.sessions().refused();
        if refused.all > 0 {
            return Err(TestingError::Refused(refused));
        }
        // Sessions that were handed out answer for themselves.
        judge(&summary, &self.cassette, self.allow_idle || self.sessions.any())?;
        Ok(summary)
    }
}

impl Drop for Recorder {
    #[track_caller]
    fn drop(&mut self) {
        let Some(mut host) = self.host.take() else { return };
        host.cut();
        super::fail(self.verdict().err());
    }
}

/// Whether a recording is one.
pub(super) fn judge(
    summary: &Summary,
    cassette: &Path,
    allow_idle: bool,
) -> Result<(), TestingError> {
    let Summary { recorded, failures, answered, .. } = *summary;
    if recorded + answered == 0 && !allow_idle {
        return Err(TestingError::Idle(cassette.display().to_string()));
    }
    if recorded > 0 && failures == recorded {
        return Err(TestingError::Failures { cassette: cassette.to_owned(), recorded });
    }
    Ok(())
}

impl RecorderBuilder {
    /// The cassette; a folder (`tests/cassettes/`) has one for each session. A relative path begins at
    /// the working directory: in tests, the package's folder.
    pub fn cassette(mut self, path: impl AsRef<Path>) -> Self {
        path.as_ref().clone_into(&mut self.cassette);
        self
    }

    /// What to do with a cassette that is there; otherwise one that holds exchanges is refused.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Where requests to the base URL go: `https://api.example.com/v2`.
    pub fn upstream(mut self, url: impl Into<String>) -> Self {
        self.upstream = Some(url.into());
        self
    }

    /// Sends requests for a host (`HOST` or `HOST:PORT`) elsewhere; the recording keeps its name.
    pub fn route(mut self, host: &str, url: &str) -> Self {
        self.routes.push(format!("{host}={url}"));
        self
    }

    /// Keeps this value out of the recording, besides all that the rules find.
    pub fn secret(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.secrets.push((name.into(), Secret::new(value.into())));
        self
    }

    /// Adds a matching rule, which the cassette carries from then on: `KEY=VALUE`, or
    /// `METHOD PATH-GLOB: KEY=VALUE` (`docs/matching.md`).
    pub fn match_rule(mut self, rule: impl Into<String>) -> Self {
        self.matching.push(rule.into());
        self
    }

    /// Trusts the certificates of this file (PEM) for upstreams, besides the system's.
    pub fn ca_file(mut self, path: impl AsRef<Path>) -> Self {
        self.ca_files.push(path.as_ref().to_owned());
        self
    }

    /// Longest wait for a connection, and for the next bytes of an upstream; otherwise 60 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Lets a test record nothing at all.
    pub fn allow_idle(mut self) -> Self {
        self.allow_idle = true;
        self
    }

    /// Keeps the certificate authority in this folder; otherwise in the project's, `.testimony/ca`.
    pub fn ca_folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.ground.ca_folder = Some(folder.as_ref().to_owned());
        self
    }

    /// Opens the cassette, binds a free port, and serves.
    pub fn start(self) -> Pending<Recorder> {
        Pending::run(move || self.begin())
    }

    pub(super) fn begin(self) -> Result<Recorder, TestingError> {
        if self.cassette.as_os_str().is_empty() {
            let message = "a recorder has no cassette".to_owned();
            return Err(TestingError::Asked { message, hint: "name one with `cassette(…)`" });
        }
        let directory = Ground::directory()?;
        let (routes, mut roots) = (self.routes()?, Roots::default());
        for file in &self.ca_files {
            roots.add_file(&directory.join(file)).map_err(TestingError::Roots)?;
        }
        let authority = self.ground.authority(&directory)?;
        let config = Ground::config(&directory)?;
        let redaction = config.redaction().map_err(TestingError::Config)?;
        let terms = Terms {
            policy: Policy::new(self.secrets.clone(), redaction),
            rules: Ground::matching(&config, &self.matching)?,
            clock: Clock::set(jiff::Timestamp::now()),
            notices: Ground::notices(),
        };
        let (path, mode, timeout) = (directory.join(&self.cassette), self.mode, self.timeout);
        let making = move |stop: Stop| async move {
            let (listener, site) = Site::bind(authority).await?;
            let limits = Limits::default();
            let client = Client::new(Reach::from(roots), timeout, site.address);
            let recordings = recordings(&path, mode, terms, &stop)?;
            let options = Options { routes, timeout, limits, hosts: HostLists::default() };
            let engine = Arc::new(Engine::new(options, client, recordings, Ground::notices()));
            let intercept = Some(Arc::clone(&site.authority));
            let around = admin::Site {
                proxy: site.address,
                intercept: intercept.clone(),
                limits,
                notices: Ground::notices(),
                stop: stop.clone(),
            };
            let desk = Arc::new(Desk::new(Arc::clone(&engine), around));
            let serving = run(listener, intercept, limits, Arc::clone(&engine), stop);
            let (closed, sealed) = (Arc::clone(&desk), Arc::clone(&engine));
            Ok(((site, desk, engine), async move {
                let _ = serving.await;
                closed.close().await;
                sealed.sessions().stop_all(Duration::ZERO).await;
            }))
        };
        let (host, (site, desk, engine)) = Host::start("testimony-recorder", making)?;
        let sessions = Sessions::of_record(desk, host.handle(), &site);
        let (url, cassette, allow_idle) = (site.url(), self.cassette, self.allow_idle);
        Ok(Recorder { site, url, cassette, allow_idle, engine, sessions, host: Some(host) })
    }

    fn routes(&self) -> Result<Routes, TestingError> {
        let upstream = self.upstream.as_deref().map(Base::parse).transpose();
        let elsewhere: Result<_, _> = self.routes.iter().map(|route| Route::parse(route)).collect();
        Ok(Routes {
            upstream: upstream.map_err(TestingError::Route)?,
            elsewhere: elsewhere.map_err(TestingError::Route)?,
        })
    }
}

/// The sessions of a recorder: one, or one for each name where the path is a folder.
fn recordings(
    path: &Path,
    mode: Mode,
    terms: Terms,
    stop: &Stop,
) -> Result<Recordings, TestingError> {
    if !is_cassette_folder(path) {
        let unsealed = terms.open(path, mode, stop.clone()).map_err(TestingError::Open)?;
        let session = Recording::new(session_of(path), unsealed.opened, stop.clone());
        return Ok(Recordings::one(session));
    }
    let folder = path.to_owned();
    let taken = prepare_folder(&folder)
        .map_err(|cause| TestingError::File { path: folder.clone(), cause })?;
    let opener = move |name: &SessionName, _: &Order, stop: Stop| {
        let unsealed = terms.open(&name.file(&folder), mode, stop);
        unsealed.map(|unsealed| unsealed.opened).map_err(|error| Unopened {
            message: error.to_string(),
            hint: None,
            asked: true,
        })
    };
    Ok(Recordings::many(Arc::new(opener), None, taken, stop.clone()))
}
