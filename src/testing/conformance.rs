use super::error::TestingError;
use super::site::Ground;
use crate::cassette::{Reader, load_bodies};
use crate::check::{End, Excuse, Judge, State, Verdict};
use crate::project::{self, cassettes};
use crate::report::{Evidence, Kind, Paint, Report, render};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Largest body file that is read to be judged.
const BODY_LIMIT: u64 = 64 * 1024 * 1024;

/// Holds recordings to specs, as `testimony check` does, with what `testimony.toml` says.
/// [`assert_conforms!`](crate::assert_conforms) is the short form.
#[derive(Debug, Clone)]
#[must_use = "`assert()` or `judge()` does it"]
pub struct Conformance {
    cassettes: Vec<PathBuf>,
    specs: Vec<PathBuf>,
    require: Option<Vec<State>>,
    excuses: Vec<String>,
    baselines: Vec<PathBuf>,
    max_age: Option<Duration>,
}

impl Conformance {
    /// Holds a cassette, or the cassettes of a folder, to a spec, or the specs of a folder.
    pub fn of(cassette: impl AsRef<Path>, spec: impl AsRef<Path>) -> Self {
        Self {
            cassettes: vec![cassette.as_ref().to_owned()],
            specs: vec![spec.as_ref().to_owned()],
            require: None,
            excuses: Vec::new(),
            baselines: Vec::new(),
            max_age: None,
        }
    }

    /// Requires every documented code to be in one of these states.
    pub fn require(mut self, states: impl IntoIterator<Item = State>) -> Self {
        self.require = Some(states.into_iter().collect());
        self
    }

    /// Excuses a documented code that need not be shown: `OPERATION:CODE=REASON`.
    pub fn excuse(mut self, excuse: impl Into<String>) -> Self {
        self.excuses.push(excuse.into());
        self
    }

    /// Accepts the findings of a baseline.
    pub fn baseline(mut self, path: impl AsRef<Path>) -> Self {
        self.baselines.push(path.as_ref().to_owned());
        self
    }

    /// Takes older proofs for stale.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Judges. A broken promise is no error here: it stands in the verdict.
    pub fn judge(&self) -> Result<Verdict, TestingError> {
        let directory = Ground::directory()?;
        let mut settings = Ground::config(&directory)?.settings().map_err(TestingError::Config)?;
        for path in &self.baselines {
            let baseline = project::read_baseline(&directory, path);
            settings.baseline.extend(baseline.map_err(TestingError::Config)?);
        }
        for text in &self.excuses {
            settings.excuses.push(Excuse::parse(text).ok_or_else(|| TestingError::Asked {
                message: format!("`{text}` is no excuse"),
                hint: "write `OPERATION:CODE=REASON`",
            })?);
        }
        settings.required = self.require.clone().or(settings.required);
        settings.max_age = self.max_age.or(settings.max_age);
        let specs = Ground::specs(&self.specs, &directory)?;
        let mut judge = Judge::new(&specs, &settings);
        for shown in cassettes(&self.cassettes, &directory).map_err(TestingError::Documents)? {
            judge_cassette(&mut judge, &directory, &shown)?;
        }
        Ok(judge.verdict(jiff::Timestamp::now()))
    }

    /// Judges, and fails the test unless all holds.
    ///
    /// # Panics
    ///
    /// With the report of `testimony check`, when something that was asked for does not hold, or when
    /// nothing was judged.
    #[track_caller]
    pub fn assert(&self) {
        if let Err(reason) = self.holds() {
            panic!("{reason}");
        }
    }

    /// The verdict, where all that was asked for holds.
    pub fn holds(&self) -> Result<Verdict, TestingError> {
        let verdict = self.judge()?;
        let evidence = Evidence::default();
        let report = Report { verdict: &verdict, evidence: &evidence, at: None };
        let report = || render(Kind::Terminal, &report, Paint::Plain);
        match verdict.end {
            End::Conforms => Ok(verdict),
            End::Breaks => Err(TestingError::Broken(report())),
            End::NothingJudged => {
                let exchanges = verdict.totals.exchanges;
                Err(TestingError::NothingJudged { exchanges, report: report() })
            }
        }
    }
}

fn judge_cassette(
    judge: &mut Judge<'_>,
    directory: &Path,
    shown: &Path,
) -> Result<(), TestingError> {
    let path = directory.join(shown);
    let name = shown.display().to_string();
    for exchange in Reader::open(&path).map_err(TestingError::Cassette)? {
        let mut exchange = exchange.map_err(TestingError::Cassette)?;
        load_bodies(&path, &mut exchange, BODY_LIMIT).map_err(|cause| TestingError::Body {
            cassette: shown.to_owned(),
            exchange: exchange.number.0,
            cause,
        })?;
        judge.exchange(&name, &exchange);
    }
    Ok(())
}

/// Holds a cassette to a spec: panics with the report of `testimony check` when a promise is broken, a
/// required state is not reached, or nothing was judged.
///
/// After the two paths, any of the options of [`Conformance`](crate::testing::Conformance) by name:
/// `require`, `excuse`, `baseline`, `max_age`.
///
/// ```
/// # use std::fs;
/// # let folder = tempfile::tempdir().unwrap();
/// # let (cassette, spec) = (folder.path().join("c.cassette"), folder.path().join("s.json"));
/// # fs::write(&spec, r#"{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {
/// #     "/ping": {"get": {"operationId": "Ping", "responses": {"204": {"description": "up"}}}}}}"#).unwrap();
/// # fs::write(&cassette, concat!(
/// #     r#"{"cassette": 1, "session": "c", "tool": "t", "specs": [], "rules": {"match": {}, "redact": []}}"#,
/// #     r#"{"exchange": 1, "at": "2026-11-20T10:00:00Z", "source": "mock", "request": {"method": "GET",
/// #     "target": "http://h/ping", "version": "HTTP/1.1", "headers": [["Host", "h"]], "trailers": []},
/// #     "response": {"status": 204, "reason": "No Content", "version": "HTTP/1.1", "headers": [],
/// #     "trailers": []}, "timing": {"first_byte_ms": 1, "end_ms": 1}, "error": null, "redacted": [],
/// #     "digest": ""}"#, r#"{"end": true, "exchanges": 1}"#)).unwrap();
/// use testimony::assert_conforms;
/// use testimony::testing::State;
///
/// assert_conforms!(cassette, spec);
/// assert_conforms!(cassette, spec, require = [State::Proven, State::Simulated]);
/// ```
#[macro_export]
macro_rules! assert_conforms {
    ($cassette:expr, $spec:expr $(, $option:ident = $value:expr)* $(,)?) => {
        $crate::testing::Conformance::of(&$cassette, &$spec)$(.$option($value))*.assert()
    };
}
