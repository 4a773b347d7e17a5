//! Why a request is not forwarded: its session takes no exchange.

use crate::cassette::SessionNameError;
use std::path::PathBuf;

/// A cassette can't be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unopened {
    /// What is wrong with which file.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether something else should have been asked for; else the world failed.
    pub asked: bool,
}

/// Why a session takes no exchange.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request names no session, and there is no cassette for such.
    #[error("the request names no session, and each session has its own cassette here")]
    Unnamed,
    /// It names something that can't be a session.
    #[error("{0}")]
    Name(#[from] SessionNameError),
    /// There is one whose file would be the same on some systems.
    #[error("session `{name}` differs from session `{other}` in the case of letters only")]
    Case {
        /// The name.
        name: String,
        /// The one that was there before.
        other: String,
    },
    /// It has ended.
    #[error("session `{name}` was stopped")]
    Stopped {
        /// The session.
        name: String,
    },
    /// It is open already.
    #[error("session `{name}` is running already")]
    Running {
        /// The session.
        name: String,
    },
    /// As many as can be are open.
    #[error("{most} sessions are open, and no more can be")]
    TooMany {
        /// How many.
        most: usize,
    },
    /// There is one cassette for everything.
    #[error("everything is recorded into {}: there are no sessions apart", cassette.display())]
    Single {
        /// The cassette.
        cassette: PathBuf,
    },
    /// Its cassette can't be opened.
    #[error("session `{name}`: {cause}")]
    Unopened {
        /// The session.
        name: String,
        /// Why.
        cause: Unopened,
    },
}

impl Refusal {
    /// The word for the header `testimony-error`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Unnamed => "no-session",
            Self::Name(_) | Self::Case { .. } => "session-name",
            Self::Stopped { .. } => "session-stopped",
            Self::Running { .. } => "session-running",
            Self::TooMany { .. } => "too-many-sessions",
            Self::Single { .. } => "single-cassette",
            Self::Unopened { .. } => "session-cassette",
        }
    }

    /// The status that a client is answered with. A cassette that can't be written for want of room or
    /// rights is no fault of the request.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Unnamed => 400,
            Self::Name(_) => 422,
            Self::Case { .. }
            | Self::Stopped { .. }
            | Self::Running { .. }
            | Self::Single { .. } => 409,
            Self::TooMany { .. } => 503,
            Self::Unopened { cause, .. } if cause.asked => 409,
            Self::Unopened { .. } => 500,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        Some(match self {
            Self::Unnamed => {
                "name it: `http://SESSION@HOST:PORT` as the proxy, or the header `testimony-session`; \
                 `--session NAME` takes what names none"
            }
            Self::Name(_) => "a test's name will do: letters, digits, and most signs",
            Self::Case { .. } => {
                "their cassettes would be one file on many systems: take another name"
            }
            Self::Stopped { .. } => "start it again through the admin API, or take another name",
            Self::Running { .. } => "stop it first, or take another name",
            Self::TooMany { .. } => "stop those that have ended through the admin API",
            Self::Single { .. } => {
                "record with `--cassette FOLDER/` to have a cassette for each session"
            }
            Self::Unopened { cause, .. } => return cause.hint.as_deref(),
        })
    }

    /// Whether something else should have been asked for; else the world failed.
    pub const fn is_asked(&self) -> bool {
        match self {
            Self::Unopened { cause, .. } => cause.asked,
            Self::TooMany { .. } => false,
            _ => true,
        }
    }
}
