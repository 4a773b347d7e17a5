use super::{Failure, Outcome};
use crate::project::Config;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The outside world as this process found it.
#[derive(Debug, Clone)]
pub struct World {
    /// Working directory.
    pub directory: PathBuf,
    /// Environment variables.
    pub environment: BTreeMap<OsString, OsString>,
    /// Whether stdout may be coloured.
    pub color_stdout: bool,
    /// Whether stderr may be coloured.
    pub color_stderr: bool,
    /// Whether progress may be shown: stderr is a terminal and `CI` is not set.
    pub progress: bool,
    /// The time at which the command started.
    pub now: jiff::Timestamp,
}

impl World {
    /// Reads environment, directory, terminal and clock.
    pub fn enter(color: Color) -> Result<Self, Failure> {
        let directory = std::env::current_dir()
            .map_err(|error| Failure::world(format!("working directory: {error}")))?;
        let environment: BTreeMap<OsString, OsString> = std::env::vars_os().collect();
        let plain = environment.get(&OsString::from("NO_COLOR")).is_some_and(|v| !v.is_empty());
        let decide = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !plain,
        };
        let stderr_terminal = std::io::stderr().is_terminal();
        Ok(Self {
            directory,
            color_stdout: decide(std::io::stdout().is_terminal()),
            color_stderr: decide(stderr_terminal),
            progress: stderr_terminal && !environment.contains_key(&OsString::from("CI")),
            environment,
            now: jiff::Timestamp::now(),
        })
    }

    /// A variable, where it is set, not empty and UTF-8.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(&OsString::from(name))?.to_str().filter(|value| !value.is_empty())
    }

    /// The project's `testimony.toml`; the default where there is none.
    pub fn config(&self) -> Result<Config, Failure> {
        Config::read(&self.directory).map_err(Failure::asked)
    }

    /// Writes data to stdout.
    pub fn print(&self, text: &str) -> Result<Outcome, Failure> {
        self.print_bytes(text.as_bytes())
    }

    /// Writes data to stdout. A reader that went away (`| head`) is no failure.
    pub fn print_bytes(&self, bytes: &[u8]) -> Result<Outcome, Failure> {
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Ok(()) => Ok(Outcome::Holds),
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(Outcome::Holds),
            Err(error) => Err(Failure::world(format!("standard output: {error}"))),
        }
    }

    /// Shows how far it is, in the place of what was shown before; nothing where the text is empty.
    pub fn show(&self, text: &str) {
        let _ = write!(std::io::stderr(), "\r\u{1b}[K{text}");
    }

    /// Writes a line of talk to stderr.
    pub fn say(&self, line: impl std::fmt::Display) {
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}
