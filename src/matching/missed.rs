//! A miss as it is told, and what a replay came to: the same facts, under the same names, to the client,
//! on the terminal, in reports and by the admin API. All texts have passed redaction.

use crate::diff::Difference;
use serde::Serialize;

/// A request that nothing recorded answers. Every key is always there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missed {
    /// Why, in a word that does not change: the value of the header `testimony-miss`.
    pub miss: &'static str,
    /// Method.
    pub method: String,
    /// URL.
    pub target: String,
    /// Session that the request named.
    pub session: Option<String>,
    /// How often it came.
    pub times: u64,
    /// Why nothing answers it, the field at fault first.
    pub reason: String,
    /// The recorded exchange that comes nearest.
    pub nearest: Option<Recorded>,
    /// Where that and the request differ.
    pub differences: Vec<Differing>,
    /// Further exchanges that come near, and why each does not answer.
    pub candidates: Vec<Candidate>,
    /// What would settle it.
    pub settle: Vec<Settle>,
    /// The first of these as a sentence.
    pub hint: String,
}

/// An exchange of a cassette, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// Its cassette.
    pub cassette: String,
    /// Its number there.
    pub exchange: u64,
    /// Method of its request.
    pub method: String,
    /// URL of its request.
    pub target: String,
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Differing {
    /// Which: `query:NAME`, `body:/pointer` and the like.
    pub at: String,
    /// What is recorded, shortened; `null` where there is nothing.
    pub recorded: Option<String>,
    /// What was sent.
    pub sent: Option<String>,
}

/// An exchange that comes near.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Its cassette.
    pub cassette: String,
    /// Its number there.
    pub exchange: u64,
    /// Method of its request.
    pub method: String,
    /// URL of its request.
    pub target: String,
    /// The fields that differ.
    pub differs: Vec<String>,
}

/// One way to settle a miss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settle {
    /// Where it is the right one.
    pub when: String,
    /// What to give on a command line.
    pub how: String,
}

/// What a replay came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Played {
    /// Requests that were answered from a recording.
    pub answered: u64,
    /// Requests that were not.
    pub missed: u64,
    /// Exchanges that were served from.
    pub exchanges: u64,
    /// Those of them that no session was served.
    pub unused: u64,
    /// What its sessions came to: first that of the requests that named none.
    pub sessions: Vec<PlayedSession>,
}

/// What one session of a replay came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PlayedSession {
    /// Its name; `None` for the requests that named none.
    pub name: Option<String>,
    /// Its cassettes.
    pub cassettes: Vec<String>,
    /// Exchanges that they hold.
    pub exchanges: u64,
    /// Requests that were answered.
    pub answered: u64,
    /// Requests that were not.
    pub missed: u64,
    /// The first of these that differ, with how often each came.
    pub misses: Vec<Missed>,
    /// Its exchanges that no session was served.
    pub unused: Vec<Recorded>,
}

impl Missed {
    /// The same with why, and with what would settle it.
    #[must_use]
    pub fn settled(self, miss: &'static str, reason: String, settle: Vec<Settle>) -> Self {
        let hint = settle.first().map(|Settle { when, how }| format!("{when}: `{how}`"));
        Self { miss, reason, settle, hint: hint.unwrap_or_default(), ..self }
    }
}

impl From<Difference> for Differing {
    fn from(Difference { at, left, right }: Difference) -> Self {
        Self { at, recorded: left, sent: right }
    }
}

impl PlayedSession {
    /// What it is called: by its name, or by its cassettes.
    pub fn title(&self) -> String {
        match (&self.name, self.cassettes.as_slice()) {
            (Some(name), _) => name.clone(),
            (None, []) => "no session".to_owned(),
            (None, [one]) => one.clone(),
            (None, [first, rest @ ..]) => format!("{first} and {} more", rest.len()),
        }
    }
}
