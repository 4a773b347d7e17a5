//! A client that polls, turns pages and tries again, in eight tests at once: the same result in every run, recorded
//! and replayed, in whatever order the tests run, as one session and as eight.

use crate::journey::Upstream;
use crate::support::{Server, told};
use crate::tools::python;
use crate::{program, server};
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Requests of each test, retries included.
const REQUESTS: usize = 20;

/// Whether all tests are one session, or each is one.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Shared,
    Apart,
}

/// The client: one process for all runs, since starting it takes longer than a run.
struct Client {
    child: Child,
    stdin: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    runs: u32,
}

impl Client {
    fn start(folder: &Path) -> Option<Self> {
        let bundle = folder.join(".testimony/ca/ca.pem");
        let mut command = Command::new(python()?);
        command.arg("-B").arg(program("at_once.py")).arg(bundle);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        Some(Self { child, stdin, answers, runs: 0 })
    }

    /// One run of the eight tests, in an order that no run before had: what they came to.
    fn run(&mut self, proxy: &str, way: Way) -> String {
        self.runs += 1;
        let way = if way == Way::Shared { "shared" } else { "apart" };
        writeln!(self.stdin, "{proxy} {} {way}", self.runs).unwrap();
        self.answers.next().unwrap().unwrap()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a result says without what the server made up: ids and cursors.
fn without_ids(result: &str) -> String {
    let made_up = regex::Regex::new("[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}|/[0-9a-f]{8}\"");
    made_up.unwrap().replace_all(result, "#").into_owned()
}

/// Records so many runs, and replays each so many times; the server is gone when the first is replayed.
fn runs(way: Way, recordings: usize, replays: usize) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let Some(upstream) = Upstream::fronted(&mut server("python3", "jobs.py")) else { return };
    let ca_file = upstream.ca_file.to_str().unwrap().to_owned();
    let route = format!("depot.example=https://127.0.0.1:{}", upstream.port());
    let cassette = |number: usize| match way {
        Way::Shared => format!("{number}.cassette"),
        Way::Apart => format!("{number}/"),
    };
    let mut client: Option<Client> = None;
    let mut recorded = Vec::new();
    for number in 0..recordings {
        let arguments =
            ["record", "--cassette", &cassette(number), "--ca-file", &ca_file, "--route", &route];
        let proxy = Server::start(folder, &arguments);
        if client.is_none() {
            client = Client::start(folder);
        }
        let Some(client) = &mut client else { return };
        let result = client.run(&proxy.url(), way);
        let output = proxy.stop();
        assert!(output.status.success(), "{}", told(&output));
        assert_eq!(result.matches("SUCCEEDED").count(), 16, "{result}");
        recorded.push(result);
    }
    drop(upstream);
    let Some(mut client) = client else { return };
    for (number, live) in recorded.iter().enumerate() {
        assert_eq!(without_ids(live), without_ids(&recorded[0]), "live runs differ");
        for _ in 0..replays {
            let arguments = ["replay", "--fail-unused", "--cassette", &cassette(number)];
            let proxy = Server::start(folder, &arguments);
            let again = client.run(&proxy.url(), way);
            let output = proxy.stop();
            let said = told(&output);
            assert!(output.status.success(), "run {}: {said}\n{live}\n{again}", client.runs);
            assert_eq!(again, *live, "run {}: {said}", client.runs);
            let summary = format!("{} requests answered, 0 misses", 8 * REQUESTS);
            assert!(said.contains(&summary), "{said}");
        }
    }
    println!("{recordings} recordings, {} replays: one result", recordings * replays);
}

#[test]
fn eight_tests_at_once_in_one_session() {
    runs(Way::Shared, 2, 10);
}

#[test]
fn eight_tests_at_once_in_eight_sessions() {
    runs(Way::Apart, 2, 10);
}

/// Each of a hundred live runs is replayed: some minutes.
#[test]
#[ignore = "takes minutes"]
fn a_hundred_runs() {
    runs(Way::Shared, 50, 2);
    runs(Way::Apart, 50, 2);
}
