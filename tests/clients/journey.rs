//! Runs a client through a recorder before a real upstream, and again through a replayer without one.
#![allow(dead_code, reason = "each test binary uses a part")]

use crate::support::told;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use testimony::cassette::{Cassette, read};
use testimony::exchange::{Source, TransportErrorKind};

/// The name that clients ask for; no name server knows it, so that nobody gets there past the proxy.
pub const HOST: &str = "depot.example";
/// The number in the first answer that has one.
const VISIT: u32 = 7301;
const CASSETTE: &str = "c.cassette";

/// What each step prints: its name, the status, what was answered.
fn expected() -> Vec<(&'static str, String)> {
    let list = |visit: u32| {
        format!(
            "200 {{\"query\":\"page=1&size=2\",\"items\":[\"screw\",\"Mutter\"],\"visit\":{visit}}}"
        )
    };
    let created = format!(
        "201 {{\"id\":7,\"visit\":{},\"name\":\"räksmörgås\",\"tags\":[\"a\",\"b\"]}}",
        VISIT + 2
    );
    vec![
        ("list", list(VISIT)),
        ("list", list(VISIT + 1)),
        ("create", created),
        ("missing", "404 {\"error\":\"no such item\"}".to_owned()),
        ("moved", "200 {\"id\":7,\"name\":\"räksmörgås\"}".to_owned()),
        ("zipped", format!("200 {{\"zipped\": \"{}\"}}", "squeeze ".repeat(40))),
        ("upload", "200 {\"bytes\":1200000,\"check\":\"bf6a4f36\"}".to_owned()),
        ("stream", "200 one two three".to_owned()),
        ("delete", "204".to_owned()),
        ("head", "200".to_owned()),
        ("plain", "200 plain and simple".to_owned()),
    ]
}

/// A client's way from recording to replay.
pub struct Journey {
    pub folder: tempfile::TempDir,
    command: Vec<String>,
    environment: Vec<(String, String)>,
    without: Vec<&'static str>,
    routes: Vec<String>,
    replays: u32,
    breaks_off: bool,
}

/// What a client left in its folder `result`: contents by path.
type Files = BTreeMap<PathBuf, Vec<u8>>;

impl Journey {
    /// A client that takes every step.
    pub fn of(command: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("home")).unwrap();
        Self {
            folder,
            command: command.iter().map(|part| (*part).to_owned()).collect(),
            environment: Vec::new(),
            without: Vec::new(),
            routes: Vec::new(),
            replays: 1,
            breaks_off: false,
        }
    }

    /// Steps that this client does not take.
    pub fn without(mut self, steps: &[&'static str]) -> Self {
        self.without.extend(steps);
        self
    }

    /// A client with a journey of its own.
    pub fn apart(self) -> Self {
        let all: Vec<&str> = expected().into_iter().map(|(name, _)| name).collect();
        self.without(&all)
    }

    /// What is set before `testimony` starts.
    pub fn environment(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// A further `--route`.
    pub fn route(mut self, route: String) -> Self {
        self.routes.push(route);
        self
    }

    /// Replayed more than once: where chance decides, once proves little.
    pub fn replays(mut self, times: u32) -> Self {
        self.replays = times;
        self
    }

    /// Where a client hangs up in the middle of answers, or a server does.
    pub fn breaks_off(mut self) -> Self {
        self.breaks_off = true;
        self
    }

    /// Records, replays and compares; answers with what was recorded and what the client printed.
    /// What the client notes in the file `differs` must differ from run to run, line by line.
    pub fn run(self, upstream: Upstream) -> (Cassette, String) {
        let ca_file = upstream.ca_file.to_str().unwrap().to_owned();
        let base = format!("https://{HOST}");
        let mut record = self.testimony(&[
            "record",
            "--timeout",
            "300s",
            "--ca-file",
            &ca_file,
            "--upstream",
            &base,
        ]);
        record.args(["--route", &format!("{HOST}=https://127.0.0.1:{}", upstream.depot.port)]);
        for route in &self.routes {
            record.args(["--route", route]);
        }
        let (recorded, files, talk) = self.output(record);
        drop(upstream);
        self.compare_with_expected(&recorded, &talk);
        let cassette = read(&self.folder.path().join(CASSETTE)).unwrap();
        check(&cassette, self.breaks_off);
        for _ in 0..self.replays {
            let (replayed, again, talk) = self.output(self.testimony(&["replay", "--fail-unused"]));
            assert_eq!(replayed, recorded, "{talk}");
            assert_eq!(summary(&again), summary(&files), "{talk}");
            assert!(again == files, "{talk}");
            assert!(talk.contains(", 0 misses; ") && !talk.contains("unused:"), "{talk}");
        }
        self.check_differences();
        println!("{} exchanges, {} replays", cassette.exchanges.len(), self.replays);
        (cassette, recorded)
    }

    /// Clean, but for where programs are, and a home of its own.
    fn testimony(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_testimony"));
        let folder = self.folder.path();
        command.env_clear().current_dir(folder).stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", folder.join("home"));
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.args(arguments).args(["--cassette", CASSETTE]);
        command
    }

    fn check_differences(&self) {
        let Ok(noted) = std::fs::read_to_string(self.folder.path().join("differs")) else { return };
        let mut lines: Vec<&str> = noted.lines().collect();
        lines.sort_unstable();
        let count = lines.len();
        lines.dedup();
        assert!(count > 1 && lines.len() == count, "not by chance: {noted}");
    }

    /// What the client printed and left behind, and all that was said.
    fn output(&self, mut command: Command) -> (String, Files, String) {
        let result = self.folder.path().join("result");
        let _ = std::fs::remove_dir_all(&result);
        let output = command.arg("--").args(&self.command).output().unwrap();
        let talk = told(&output);
        assert!(output.status.success(), "{talk}");
        let printed = String::from_utf8(output.stdout).unwrap();
        let (first, printed) = printed.split_once('\n').unwrap();
        assert!(first.starts_with("listening on http://"), "{talk}");
        let mut files = Files::new();
        read_files(&result, &mut files);
        (printed.to_owned(), files, talk)
    }

    fn compare_with_expected(&self, printed: &str, talk: &str) {
        let expected: Vec<String> = expected()
            .into_iter()
            .filter(|(name, _)| !self.without.contains(name))
            .map(|(name, answer)| format!("{name} {answer}"))
            .collect();
        let lines: Vec<&str> = printed.lines().take(expected.len()).map(str::trim_end).collect();
        assert_eq!(
            lines,
            expected.iter().map(|line| line.trim_end()).collect::<Vec<_>>(),
            "{talk}"
        );
    }
}

/// Reads a folder, as far as there is one.
fn read_files(folder: &Path, files: &mut Files) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_files(&path, files);
        } else {
            files.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
}

/// Files by name and length: short enough for a message.
fn summary(files: &Files) -> Vec<(&PathBuf, usize)> {
    files.iter().map(|(path, bytes)| (path, bytes.len())).collect()
}

/// The recording is whole, true, and under the names that were asked for.
fn check(cassette: &Cassette, breaks_off: bool) {
    assert!(cassette.sealed && cassette.torn.is_none() && cassette.warnings.is_empty());
    assert!(cassette.exchanges.len() >= 3, "{} exchanges", cassette.exchanges.len());
    for exchange in &cassette.exchanges {
        let target = &exchange.request.target;
        let error = exchange.error.as_ref();
        let error = error.filter(|error| {
            let broken = [TransportErrorKind::ClientGone, TransportErrorKind::Reset];
            !(breaks_off && exchange.response.is_some() && broken.contains(&error.kind))
        });
        assert_eq!((exchange.source, error), (Source::Live, None), "{target}");
        assert!(target.contains(HOST), "{target}");
    }
}

/// A server in Python that prints its port; it ends when it is dropped.
pub struct Peer {
    child: Child,
    pub port: u16,
}

impl Peer {
    pub fn start(command: &mut Command) -> Option<Self> {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child =
            child.inspect_err(|error| println!("skipped: {command:?}: {error}")).ok()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Some(Self { child, port: line.trim().parse().unwrap() })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What is behind the recorder: the depot or another server, behind TLS, and what else a client needs.
pub struct Upstream {
    depot: Peer,
    others: Vec<Peer>,
    /// What vouches for it.
    pub ca_file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Upstream {
    pub fn start() -> Option<Self> {
        Self::with(None)
    }

    /// With a folder of git repositories below `/git/`.
    pub fn with(repositories: Option<&Path>) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let files = certificates(folder.path());
        let depot = Peer::start(
            Command::new("python3")
                .arg("-B")
                .arg(programs().join("../upstream.py"))
                .args(&files)
                .arg(VISIT.to_string())
                .args(repositories),
        )?;
        Some(Self { depot, others: Vec::new(), ca_file: files[0].clone(), _folder: folder })
    }

    /// Another server that prints its port, behind TLS in front of it.
    pub fn fronted(server: &mut Command) -> Option<Self> {
        let server = Peer::start(server)?;
        let front = programs().join("../../journeys/servers/front.py");
        let port = server.port.to_string();
        let upstream = Self::secured(|[certificate, key]| {
            let mut command = Command::new("python3");
            command.arg("-B").arg(front).args([certificate, key]).arg(port);
            command
        });
        Some(upstream?.and(server))
    }

    /// Another server that does TLS itself, with a certificate and its key.
    pub fn secured(server: impl FnOnce(&[PathBuf; 2]) -> Command) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let files = certificates(folder.path());
        let depot = Peer::start(&mut server(&files))?;
        Some(Self { depot, others: Vec::new(), ca_file: files[0].clone(), _folder: folder })
    }

    /// Where it is, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.depot.port
    }

    /// Besides, a server that ends with it.
    pub fn and(mut self, other: Peer) -> Self {
        self.others.push(other);
        self
    }
}

/// A certificate for 127.0.0.1 that vouches for itself, and its key.
fn certificates(folder: &Path) -> [PathBuf; 2] {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = params.self_signed(&key).unwrap();
    let issuer = rcgen::Issuer::new(params, key);
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let leaf = params.signed_by(&key, &issuer).unwrap();
    let files = [folder.join("chain.pem"), folder.join("key.pem")];
    std::fs::write(&files[0], leaf.pem() + &authority.pem()).unwrap();
    std::fs::write(&files[1], key.serialize_pem()).unwrap();
    files
}

/// Where the clients' programs are.
pub fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/programs")
}

/// One of them, as an argument.
pub fn program(name: &str) -> String {
    programs().join(name).to_str().unwrap().to_owned()
}
