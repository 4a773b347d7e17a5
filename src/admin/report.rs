//! What the admin API tells and takes, as JSON. Names stay; more may be added.

use crate::matching::{Missed, Recorded};
use serde::{Deserialize, Serialize};

/// Most misses and unused exchanges that are listed.
pub(super) const LISTED: usize = 100;

/// What a server is and does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Version of the tool.
    pub testimony: &'static str,
    /// `record` or `replay`.
    pub engine: &'static str,
    /// URL of the proxy.
    pub proxy: String,
    /// Sessions that are running.
    pub running: usize,
    /// Sessions that were stopped.
    pub stopped: usize,
    /// Sessions whose cassette could not be opened.
    pub failed: usize,
    /// Requests that were refused because no session takes them.
    pub refused: u64,
    /// Requests that nothing recorded answers.
    pub missed: u64,
}

/// How a session stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It takes requests.
    #[default]
    Running,
    /// It takes no more, and those under way end.
    Stopping,
    /// Its cassette could not be opened.
    Failed,
    /// It is closed.
    Stopped,
}

/// One session. Every key is always there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// Its cassette.
    pub cassette: Option<String>,
    /// What a recorder does with a cassette that is there already; `null` in replay.
    pub mode: Option<&'static str>,
    /// The proxy's URL for its clients; `null` once it is stopped.
    pub proxy: Option<String>,
    /// Its own port, where it has one.
    pub port: Option<u16>,
    /// Exchanges that it recorded, or that its cassette holds in replay.
    pub exchanges: u64,
    /// Those of them that ended in a transport failure.
    pub failures: u64,
    /// Requests that its cassette answered.
    pub answered: u64,
    /// Requests that nothing recorded answers.
    pub missed: u64,
    /// Different secrets that were replaced.
    pub secrets: u32,
    /// The first of those requests that differ.
    pub misses: Vec<Missed>,
    /// Exchanges of a replay that were not asked for, the first of them.
    pub unused: Vec<Recorded>,
    /// What went wrong with its cassette.
    pub error: Option<String>,
}

/// A value that may be another in the next run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Variable {
    /// Where it stands in the request: `query:NAME`, `header:NAME`, `form:NAME`, `json:/pointer` or
    /// `path:N of PATH`.
    pub at: String,
    /// What was recorded.
    pub recorded: String,
    /// What the client has in its place; `null` as long as it has nothing.
    pub actual: Option<String>,
    /// The cassette.
    pub cassette: String,
    /// Number of the first exchange that has it.
    pub exchange: u64,
    /// Method of that exchange's request.
    pub method: String,
    /// URL of that exchange's request.
    pub target: String,
}

/// A session that is to be started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Its name.
    pub name: String,
    /// Its cassette, where that is not named as it is: a path below the folder of cassettes.
    #[serde(default)]
    pub cassette: Option<String>,
    /// What to do with a cassette that is there already, in `record`.
    #[serde(default)]
    pub mode: Option<String>,
    /// Whether it is to have a port of its own.
    #[serde(default)]
    pub port: bool,
}

impl Report {
    /// Keeps lists to what a person reads; the counts beside them are whole.
    pub(super) fn listed(mut self) -> Self {
        self.misses.truncate(LISTED);
        self.unused.truncate(LISTED);
        self
    }
}
