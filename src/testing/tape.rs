use super::error::TestingError;
use super::mode::Surroundings;
use super::site::Ground;
use super::{
    Mode, Pending, Recorder, RecorderBuilder, Replayer, ReplayerBuilder, Summary, TapeMode,
};
use crate::cassette::{BODY_FOLDER_SUFFIX, Reader};
use std::io;
use std::path::{Path, PathBuf};

/// A cassette that is replayed where it is there, and recorded where it is not: never in CI.
///
/// `TESTIMONY_MODE` overrules what the test says: `record` records anew, `replay` never does, `auto` is
/// the default. Where `CI` is set (and is neither empty, `0` nor `false`), `auto` is `replay`.
///
/// Dropped, it asserts as [`Replayer`] or [`Recorder`] does. A recording of a test that fails is put
/// aside as `NAME.cassette.failed`, unless it was asked for: half of one is none to replay.
#[derive(Debug)]
pub struct Tape {
    engine: Option<Engine>,
    /// The cassette, where its recording is put aside when the test fails.
    fresh: Option<PathBuf>,
}

#[derive(Debug)]
enum Engine {
    Replay(Replayer),
    Record(Recorder),
}

/// How a [`Tape`] is to be.
#[derive(Debug, Clone)]
#[must_use = "`start()` makes a tape of it"]
pub struct TapeBuilder {
    cassette: PathBuf,
    mode: TapeMode,
    recorder: RecorderBuilder,
    replayer: ReplayerBuilder,
}

impl Tape {
    /// A tape of this cassette. A relative path begins at the working directory: in tests, the
    /// package's folder.
    pub fn builder(cassette: impl AsRef<Path>) -> TapeBuilder {
        let cassette = cassette.as_ref().to_owned();
        TapeBuilder {
            mode: TapeMode::default(),
            recorder: Recorder::builder().cassette(&cassette),
            replayer: Replayer::builder().cassette(&cassette),
            cassette,
        }
    }

    /// Whether it records.
    pub fn is_recording(&self) -> bool {
        matches!(self.engine, Some(Engine::Record(_)))
    }

    /// The base URL for clients that take one, without a slash at its end.
    pub fn url(&self) -> &str {
        self.of(Replayer::url, Recorder::url)
    }

    /// The URL for clients that take a proxy, for `http` and `https` alike.
    pub fn proxy_url(&self) -> &str {
        self.of(Replayer::proxy_url, Recorder::proxy_url)
    }

    /// The certificate that clients of the proxy are to trust, as PEM.
    pub fn ca_pem(&self) -> &str {
        self.of(Replayer::ca_pem, Recorder::ca_pem)
    }

    /// The file of that certificate.
    pub fn ca_path(&self) -> PathBuf {
        match &self.engine {
            Some(Engine::Replay(replayer)) => replayer.ca_path(),
            Some(Engine::Record(recorder)) => recorder.ca_path(),
            None => PathBuf::new(),
        }
    }

    /// Ends it: what it came to, or why the test fails. It does not panic then.
    pub fn finish(mut self) -> Pending<Summary> {
        Pending::run(move || self.end())
    }

    fn end(&mut self) -> Result<Summary, TestingError> {
        let ended = match self.engine.take() {
            Some(Engine::Replay(replayer)) => return replayer.finish().wait(),
            Some(Engine::Record(recorder)) => recorder.finish().wait(),
            None => return Ok(Summary::default()),
        };
        if ended.is_err() {
            self.put_aside();
        }
        ended
    }

    fn put_aside(&mut self) {
        let Some(cassette) = self.fresh.take() else { return };
        match aside(&cassette) {
            Ok(Some(aside)) => super::say(&format!("its recording is {}", aside.display())),
            Ok(None) => {}
            Err(error) => super::say(&format!("{}: {error}", cassette.display())),
        }
    }

    fn of<'a>(
        &'a self,
        replayer: impl Fn(&'a Replayer) -> &'a str,
        recorder: impl Fn(&'a Recorder) -> &'a str,
    ) -> &'a str {
        match &self.engine {
            Some(Engine::Replay(own)) => replayer(own),
            Some(Engine::Record(own)) => recorder(own),
            None => "",
        }
    }
}

impl Drop for Tape {
    #[track_caller]
    fn drop(&mut self) {
        if self.engine.is_none() {
            return;
        }
        let reason = self.end().err();
        if std::thread::panicking() {
            self.put_aside();
        }
        super::fail(reason);
    }
}

impl TapeBuilder {
    /// When it records, where `TESTIMONY_MODE` does not say.
    pub fn mode(mut self, mode: TapeMode) -> Self {
        self.mode = mode;
        self
    }

    /// Where requests to the base URL go while recording: `https://api.example.com/v2`.
    pub fn upstream(mut self, url: impl Into<String>) -> Self {
        self.recorder = self.recorder.upstream(url);
        self
    }

    /// Keeps this value out of the recording, and finds it in requests of a replay.
    pub fn secret(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.recorder = self.recorder.secret(name.clone(), value.clone());
        self.replayer = self.replayer.secret(name, value);
        self
    }

    /// Adds a matching rule on both sides: `KEY=VALUE`, or `METHOD PATH-GLOB: KEY=VALUE`
    /// (`docs/matching.md`).
    pub fn match_rule(mut self, rule: impl Into<String>) -> Self {
        let rule = rule.into();
        self.recorder = self.recorder.match_rule(rule.clone());
        self.replayer = self.replayer.match_rule(rule);
        self
    }

    /// Keeps the certificate authority in this folder; otherwise in the project's, `.testimony/ca`.
    pub fn ca_folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.recorder = self.recorder.ca_folder(&folder);
        self.replayer = self.replayer.ca_folder(folder);
        self
    }

    /// What else is to be said of the recorder.
    pub fn recording(mut self, change: impl FnOnce(RecorderBuilder) -> RecorderBuilder) -> Self {
        self.recorder = change(self.recorder);
        self
    }

    /// What else is to be said of the replayer.
    pub fn replaying(mut self, change: impl FnOnce(ReplayerBuilder) -> ReplayerBuilder) -> Self {
        self.replayer = change(self.replayer);
        self
    }

    /// Replays or records.
    pub fn start(self) -> Pending<Tape> {
        Pending::run(move || self.begin(Surroundings::read()?))
    }

    fn begin(self, around: Surroundings) -> Result<Tape, TestingError> {
        let path = Ground::directory()?.join(&self.cassette);
        let there = is_recorded(&path)?;
        let mode = around.mode.unwrap_or(self.mode);
        let records = match mode {
            TapeMode::Record => true,
            TapeMode::Auto => !there && !around.ci,
            TapeMode::Replay => false,
        };
        if !records && !there {
            let ci = mode == TapeMode::Auto;
            return Err(TestingError::Missing { path: self.cassette, ci });
        }
        if !records {
            let engine = Some(Engine::Replay(self.replayer.begin()?));
            return Ok(Tape { engine, fresh: None });
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|cause| TestingError::File { path: folder.to_owned(), cause })?;
        }
        let (how, fresh) = match mode {
            // The old recording stands until the new one is whole.
            TapeMode::Record => (Mode::All, None),
            TapeMode::Auto | TapeMode::Replay => (Mode::Once, Some(path)),
        };
        let engine = Some(Engine::Record(self.recorder.mode(how).begin()?));
        Ok(Tape { engine, fresh })
    }
}

/// Whether a cassette holds an exchange. What can't be read is not taken for missing.
fn is_recorded(path: &Path) -> Result<bool, TestingError> {
    if !path.try_exists().map_err(|cause| TestingError::File { path: path.to_owned(), cause })? {
        return Ok(false);
    }
    let mut reader = Reader::open(path).map_err(TestingError::Cassette)?;
    reader.next().transpose().map(|first| first.is_some()).map_err(TestingError::Cassette)
}

/// Puts a cassette and its body files aside; `None` when there is none.
fn aside(cassette: &Path) -> io::Result<Option<PathBuf>> {
    let named = |path: &Path, ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let failed = named(cassette, ".failed");
    let (bodies, kept) = (named(cassette, BODY_FOLDER_SUFFIX), named(&failed, BODY_FOLDER_SUFFIX));
    if !cassette.try_exists()? {
        return Ok(None);
    }
    if kept.is_dir() {
        std::fs::remove_dir_all(&kept)?;
    }
    std::fs::rename(cassette, &failed)?;
    if bodies.is_dir() {
        std::fs::rename(&bodies, &kept)?;
    }
    Ok(Some(failed))
}
