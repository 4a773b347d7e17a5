//! The command line: arguments, configuration, output; one file per command.
//!
//! The outside world (arguments, environment, directory, terminal, clock) enters here once, as a
//! [`World`], and is passed on as values. stdout is data, stderr is talk.

mod admin;
mod auth;
mod ca;
mod cassette;
mod check;
mod child;
mod documents;
mod drift;
mod expiry;
mod explain;
mod fault;
mod foreign;
mod format;
mod ledger;
mod matchers;
mod mock;
mod outcome;
mod output;
mod probe;
mod reach;
mod record;
mod recordings;
mod replay;
mod secrets;
mod self_test;
mod sending;
mod server;
mod spec;
mod world;

use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

pub use outcome::{Failure, Outcome};
pub use world::{Color, World};

/// Holds an HTTP API to its own documentation: record, replay, judge.
#[derive(Debug, Parser)]
#[command(name = "testimony", version, propagate_version = true, after_help = EXIT_CODES)]
struct Arguments {
    /// When to colour what is printed for people.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    color: Color,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 all holds; 1 findings, a required state not reached, or a \
replay miss; 2 wrong arguments, configuration or input; 3 connection, TLS, timeout, disk or port; \
4 nothing was judged.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge exchanges against specs; print findings and the ledger
    Check(check::Arguments),
    /// Plant mistakes in conforming exchanges, and see whether `check` finds them
    SelfTest(self_test::Arguments),
    /// Proxy requests and record every exchange into a cassette
    Record(record::Arguments),
    /// Serve cassettes offline
    Replay(replay::Arguments),
    /// Serve a spec: any documented code on demand
    Mock(mock::Arguments),
    /// Provoke every documented code on a live endpoint, one change to a good request at a time
    Probe(probe::Arguments),
    /// Documentation pages to OpenAPI, and what a spec promises
    #[command(subcommand)]
    Spec(spec::Command),
    /// Everything one does with a recording
    #[command(subcommand)]
    Cassette(cassette::Command),
    /// Tell what changed since requests were recorded: contract, values, or noise
    Drift(drift::Arguments),
    /// Results of `check`, added up
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// The project's own certificate authority
    #[command(subcommand)]
    Ca(ca::Command),
    /// Print a completion script
    Completions {
        /// Shell to complete for
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Runs the command line of this process and answers with its exit code.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let world = match World::enter(arguments.color) {
        Ok(world) => world,
        Err(failure) => return failure.report(),
    };
    match run(arguments.command, &world) {
        Ok(outcome) => outcome.exit_code(),
        Err(failure) => failure.report(),
    }
}

fn run(command: Command, world: &World) -> Result<Outcome, Failure> {
    match command {
        Command::Check(arguments) => check::run(arguments, world),
        Command::SelfTest(arguments) => self_test::run(arguments, world),
        Command::Record(arguments) => record::run(arguments, world),
        Command::Replay(arguments) => replay::run(arguments, world),
        Command::Mock(arguments) => mock::run(arguments, world),
        Command::Probe(arguments) => probe::run(arguments, world),
        Command::Spec(command) => spec::run(command, world),
        Command::Cassette(command) => cassette::run(command, world),
        Command::Drift(arguments) => drift::run(arguments, world),
        Command::Ledger(command) => ledger::run(command, world),
        Command::Ca(command) => ca::run(command, world),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "testimony", &mut script);
            world.print_bytes(&script)
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command())
                .render(&mut page)
                .map_err(|error| Failure::world(format!("standard output: {error}")))?;
            world.print_bytes(&page)
        }
    }
}
