use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

/// How a command ended that could do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything asked for holds (0).
    Holds,
    /// Findings, a required state not reached, or a miss (1).
    Broken,
    /// Nothing was judged (4).
    NothingJudged,
    /// The exit status of the command that was run (`-- CMD…`).
    Child(u8),
}

impl Outcome {
    /// The process's exit code.
    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Holds => 0,
            Self::Broken => 1,
            Self::NothingJudged => 4,
            Self::Child(code) => code,
        })
    }
}

/// Why a command could not do its work: what is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    code: u8,
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// What was asked is wrong: arguments, configuration, unreadable input (exit code 2). The
    /// message names the file, line or exchange first.
    pub fn asked(message: impl fmt::Display) -> Self {
        Self { code: 2, message: message.to_string(), hint: None }
    }

    /// Something that was required does not hold (exit code 1).
    pub fn broken(message: impl fmt::Display) -> Self {
        Self { code: 1, message: message.to_string(), hint: None }
    }

    /// The world failed: connection, TLS, timeout, disk, a port in use (exit code 3).
    pub fn world(message: impl fmt::Display) -> Self {
        Self { code: 3, message: message.to_string(), hint: None }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub fn next_step(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Whether something else should have been asked for; else the world failed.
    pub const fn is_asked(&self) -> bool {
        self.code < 3
    }

    /// Writes the failure to stderr and answers with its exit code.
    pub fn report(&self) -> ExitCode {
        let _ = writeln!(std::io::stderr(), "{self}");
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}
