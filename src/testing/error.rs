use crate::admin::Problem;
use crate::cassette::{BodyError, CassetteError};
use crate::fault::FaultError;
use crate::matching::{Missed, RulesError};
use crate::net::{AuthorityError, NetError, RootsError};
use crate::project::{ConfigError, DocumentError};
use crate::record::{OpenError, Refused, RouteError};
use crate::replay::{Place, ShelfError};
use crate::report::{Paint, render_miss};
use crate::spec::SpecError;
use std::fmt::{self, Write as _};
use std::io;
use std::path::PathBuf;

/// Most misses and unused exchanges that a message lists.
const LISTED: usize = 20;

/// Why a test has no server, or why what its server saw fails the test.
///
/// `Debug` is what `Display` is, with its `hint:`, since that is what a test that fails shows.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum TestingError {
    /// There is no working directory.
    #[error("working directory: {0}")]
    Directory(io::Error),
    /// `testimony.toml` can't be used.
    #[error(transparent)]
    Config(ConfigError),
    /// The certificate authority can't be had.
    #[error(transparent)]
    Authority(AuthorityError),
    /// Cassettes or specs were not found.
    #[error(transparent)]
    Documents(DocumentError),
    /// Cassettes can't be served.
    #[error(transparent)]
    Shelf(ShelfError),
    /// A cassette can't be read.
    #[error(transparent)]
    Cassette(CassetteError),
    /// A body of an exchange can't be read.
    #[error("{}: exchange {exchange}: {cause}", cassette.display())]
    Body {
        /// The cassette.
        cassette: PathBuf,
        /// The exchange.
        exchange: u64,
        /// Why.
        cause: BodyError,
    },
    /// A cassette can't be recorded into.
    #[error(transparent)]
    Open(OpenError),
    /// A cassette could not be sealed.
    #[error("{0}\nhint: what was recorded is in it; `testimony cassette recover` closes it")]
    Seal(String),
    /// A folder or file can't be used.
    #[error("{}: {cause}", path.display())]
    File {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// No port can be had.
    #[error(transparent)]
    Listen(NetError),
    /// Certificates to trust can't be used.
    #[error(transparent)]
    Roots(RootsError),
    /// A URL or route is none.
    #[error(transparent)]
    Route(RouteError),
    /// A spec can't be read.
    #[error(transparent)]
    Spec(SpecError),
    /// Something was asked for that can't be.
    #[error("{message}\nhint: {hint}")]
    Asked {
        /// What.
        message: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// A cassette is missing where nothing may be recorded.
    #[error(
        "{}: no recording, and none is made {}\nhint: {}", path.display(),
        if *ci { "in CI" } else { "with TESTIMONY_MODE=replay" },
        if *ci {
            "run the test where `CI` is not set and commit the cassette; `TESTIMONY_MODE=record` records in CI, too"
        } else {
            "`TESTIMONY_MODE=auto` records what is missing, `TESTIMONY_MODE=record` records anew"
        }
    )]
    Missing {
        /// The cassette.
        path: PathBuf,
        /// Whether it is for `CI`.
        ci: bool,
    },
    /// Cassettes hold nothing.
    #[error(
        "{0}: no exchange in it\nhint: `Recorder`, `Tape` or `testimony record` make recordings"
    )]
    Empty(String),
    /// A session can't be had.
    #[error("session `{name}`: {}{}", problem.detail, hinted(problem))]
    Session {
        /// The session.
        name: String,
        /// Why.
        problem: Problem,
    },
    /// Requests that nothing recorded answers.
    #[error("{0}")]
    Missed(Misses),
    /// Exchanges that were not asked for, where all should be.
    #[error("{}", unused(.0))]
    Unused(Vec<Place>),
    /// A rule of `fault` is none.
    #[error("fault `{rule}`: {cause}\nhint: {}", FaultError::HINT)]
    Fault {
        /// The rule.
        rule: String,
        /// What is wrong with it.
        cause: FaultError,
    },
    /// A matching rule is none, or does not go with the others.
    #[error("match_rule `{rule}`: {cause}\nhint: {}", cause.hint())]
    Match {
        /// The rule.
        rule: String,
        /// What is wrong with it.
        cause: RulesError,
    },
    /// Faults that never struck.
    #[error("fault `{}`: never struck: no such request was answered", .0.join("`, `"))]
    NoFault(Vec<String>),
    /// No request came at all.
    #[error(
        "{0}: no request came\nhint: does the client use `url()` or `proxy_url()`? Else it spoke to the \
         API itself; `allow_idle()` lets a test ask for nothing"
    )]
    Idle(String),
    /// Requests that were not recorded, since no session takes them.
    #[error(
        "{} requests were refused: no session takes them\nhint: with a folder of cassettes, each test \
         asks by its own `session(…)`", .0.all
    )]
    Refused(Refused),
    /// Nothing but failures was recorded.
    #[error(
        "{}: not one of {recorded} exchanges came to its end: the recording shows failures alone\n\
         hint: is the upstream running, and its address right?", cassette.display()
    )]
    Failures {
        /// The cassette.
        cassette: PathBuf,
        /// How many were recorded.
        recorded: u64,
    },
    /// Promises are broken, or required states are not reached. The report is for people.
    #[error("the cassette does not conform to the spec\n\n{0}")]
    Broken(String),
    /// No exchange was judged.
    #[error(
        "nothing was judged: {exchanges} exchanges were read\nhint: is it the spec of this API?\n\n{report}"
    )]
    NothingJudged {
        /// Exchanges that were read.
        exchanges: u64,
        /// The report.
        report: String,
    },
    /// No thread or runtime can be had.
    #[error("thread: {0}")]
    Thread(io::Error),
    /// The thread of the server ended before its time.
    #[error("the server's thread ended before its time")]
    Lost,
}

/// Requests that nothing recorded answers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Misses {
    /// What was replayed, for people.
    pub of: String,
    /// All of them.
    pub all: u64,
    /// The first that differ, with how often each came.
    pub listed: Vec<Missed>,
}

impl fmt::Debug for TestingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Misses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { of, all, listed } = self;
        let were = if *all == 1 { "1 request is" } else { &format!("{all} requests are") };
        write!(f, "{of}: {were} not recorded")?;
        for missed in listed.iter().take(LISTED) {
            write!(f, "\n{}", render_miss(missed, Paint::Plain).trim_end())?;
        }
        let shown: u64 = listed.iter().take(LISTED).map(|missed| missed.times).sum();
        match all.saturating_sub(shown) {
            0 => Ok(()),
            more => write!(f, "\n… and {more} more"),
        }
    }
}

fn hinted(problem: &Problem) -> String {
    problem.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default()
}

fn unused(places: &[Place]) -> String {
    let mut text = match places.len() {
        1 => "1 exchange was not asked for".to_owned(),
        count => format!("{count} exchanges were not asked for"),
    };
    for Place { cassette, exchange, method, target, .. } in places.iter().take(LISTED) {
        let cassette = cassette.display();
        let _ = write!(text, "\n  {cassette} exchange {exchange}: {method} {target}");
    }
    if let Some(more @ 1..) = places.len().checked_sub(LISTED) {
        let _ = write!(text, "\n  … and {more} more");
    }
    text
}
