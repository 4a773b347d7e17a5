//! `-- CMD…`: a command whose HTTP clients go through our listener, because every variable that one
//! of them may read is set for it.

mod clients;
mod environment;
mod material;
mod options;
mod truststore;

use super::server::Signals;
use super::{Failure, World};
use std::ffi::{OsStr, OsString};
use std::process::ExitStatus;
use std::time::Duration;
use tokio::process::Child;

pub(super) use clients::CLIENTS;
pub(super) use environment::Environment;
pub(super) use material::Material;

/// How long a command may take to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended {
    /// Its exit status as a shell would give it: 128 and the signal's number where one killed it.
    pub(super) code: u8,
}

/// Runs a command to its end. A signal to us is passed on to it; where it does not end then, it is
/// killed. What it leaves running is ended with it, where it has a process group of its own: that
/// is, when no terminal is attached.
pub(super) async fn run(
    command: &[OsString],
    environment: &Environment,
    signals: &mut Signals,
    world: &World,
) -> Result<Ended, Failure> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(Failure::asked("no command after `--`"));
    };
    let mut builder = tokio::process::Command::new(program);
    builder.args(arguments).current_dir(&world.directory).kill_on_drop(true);
    for (name, value) in environment.variables() {
        builder.env(name, value);
    }
    let grouped = own_group(&mut builder);
    let mut child = builder.spawn().map_err(|error| unstartable(program, &error))?;
    let family = Family { process: child.id(), grouped };
    let status = tokio::select! {
        status = child.wait() => status,
        () = signals.next() => stopped(&mut child, family, signals).await,
    };
    family.end();
    let status =
        status.map_err(|error| Failure::world(format!("{}: {error}", program.display())))?;
    Ok(Ended { code: code(status) })
}

async fn stopped(
    child: &mut Child,
    family: Family,
    signals: &mut Signals,
) -> std::io::Result<ExitStatus> {
    family.terminate();
    tokio::select! {
        status = child.wait() => return status,
        () = signals.next() => {}
        () = tokio::time::sleep(PATIENCE) => {}
    }
    child.start_kill()?;
    child.wait().await
}

fn unstartable(program: &OsStr, error: &std::io::Error) -> Failure {
    let failure = Failure::asked(format!("{}: cannot be started: {error}", program.display()));
    match error.kind() {
        std::io::ErrorKind::NotFound => failure.hint("name a program that is on `PATH`"),
        _ => failure,
    }
}

fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    status.code().map_or(1, |code| u8::try_from(code & 0xff).unwrap_or(1))
}

/// Puts the command into a process group of its own, unless a terminal is attached: there the
/// command must stay in the foreground group, and gets the terminal's signals itself.
fn own_group(builder: &mut tokio::process::Command) -> bool {
    use std::io::IsTerminal as _;
    let grouped = cfg!(unix) && !std::io::stdin().is_terminal();
    #[cfg(unix)]
    if grouped {
        builder.process_group(0);
    }
    grouped
}

/// The command with what it started.
#[derive(Debug, Clone, Copy)]
struct Family {
    process: Option<u32>,
    grouped: bool,
}

#[cfg(unix)]
impl Family {
    /// Asks all of them to end.
    fn terminate(self) {
        let Some(process) = self.id() else { return };
        let signal = rustix::process::Signal::TERM;
        let _ = if self.grouped {
            rustix::process::kill_process_group(process, signal)
        } else {
            rustix::process::kill_process(process, signal)
        };
    }

    /// Asks what the command left behind to end.
    fn end(self) {
        if let Some(process) = self.id().filter(|_| self.grouped) {
            let _ = rustix::process::kill_process_group(process, rustix::process::Signal::TERM);
        }
    }

    fn id(self) -> Option<rustix::process::Pid> {
        self.process
            .and_then(|process| i32::try_from(process).ok())
            .and_then(rustix::process::Pid::from_raw)
    }
}

#[cfg(not(unix))]
impl Family {
    fn terminate(self) {}
    fn end(self) {}
}
