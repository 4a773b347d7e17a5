//! One round: record, kill, look.

use crate::cassette::{self, Record};
use crate::load::{LATE, Load, body, client, told_by, upstream};
use crate::support::{Server, run, told};
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const CONNECTIONS: u64 = 64;
const SESSIONS: u64 = 5;
/// Start of the paths that are asked for.
const KILL: &str = "/kill/";

/// How the recorder is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Once,
    NewEpisodes,
    All,
    Sessions,
    /// With values that turn out to be secrets when exchanges with them were written before.
    LateSecrets,
}

impl Mode {
    pub const ALL: [Self; 5] =
        [Self::Once, Self::NewEpisodes, Self::All, Self::Sessions, Self::LateSecrets];

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Once | Self::LateSecrets => &["--cassette", "c.cassette"],
            Self::NewEpisodes => &["--cassette", "c.cassette", "--mode", "new_episodes"],
            Self::All => &["--cassette", "c.cassette", "--mode", "all"],
            Self::Sessions => &["--cassette", "many/"],
        }
    }
}

/// A small generator of numbers (xorshift), so that a round can be played again.
pub struct Random(u64);

impl Random {
    pub fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// What a round came to.
pub struct Outcome {
    pub ended: u64,
    pub torn: bool,
}

/// Plays a round with at most so many exchanges.
pub fn play(mode: Mode, random: &mut Random, exchanges: u64) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let address = upstream();
    let base = format!("http://{address}");
    let before = match mode {
        Mode::NewEpisodes | Mode::All => recorded_before(folder.path(), &base),
        Mode::Once | Mode::LateSecrets => Vec::new(),
        Mode::Sessions => {
            std::fs::create_dir(folder.path().join("many")).unwrap();
            Vec::new()
        }
    };
    let kill_after = random.below(exchanges * 9 / 10) + 1;
    let recorder = Server::start(
        folder.path(),
        &[&["record", "--upstream", &base], mode.arguments()].concat(),
    );
    let (ended, left) = loaded(&recorder, mode, exchanges, kill_after, random);
    drop(recorder);
    assert!(ended.len() as u64 >= kill_after);
    let mut torn = false;
    for (session, paths) in by_session(&ended) {
        let file = match mode {
            Mode::All => folder.path().join("c.cassette.recording"),
            Mode::Sessions => folder.path().join(format!("many/{session}.cassette")),
            _ => folder.path().join("c.cassette"),
        };
        torn |= look(&file, &base, &paths, mode);
    }
    if mode == Mode::All {
        let now = std::fs::read(folder.path().join("c.cassette")).unwrap();
        assert!(now == before, "the recording before this one was touched");
    }
    if mode == Mode::LateSecrets {
        let known: Vec<String> = ended.iter().filter_map(|(_, path)| told_by(path)).collect();
        hidden(folder.path(), &known);
    }
    println!("  {} ended, {left} requests were under way or to come", ended.len());
    Outcome { ended: ended.len() as u64, torn }
}

/// A few exchanges that were recorded and sealed before; answers with the file.
fn recorded_before(folder: &Path, base: &str) -> Vec<u8> {
    let first = ["record", "--upstream", base, "--cassette", "c.cassette"];
    let recorder = Server::start(folder, &first);
    let load = Arc::new(shared(recorder.address, 0, 20, KILL));
    // The same names as one of the clients that come later: `new_episodes` answers these.
    let ended = client(&load, 0);
    assert_eq!(ended.len(), 20);
    let output = recorder.stop();
    assert!(output.status.success(), "{}", told(&output));
    std::fs::read(folder.join("c.cassette")).unwrap()
}

fn shared(recorder: SocketAddr, sessions: u64, most: u64, prefix: &'static str) -> Load {
    let zero = || AtomicU64::new(0);
    Load { recorder, sessions, ended: zero(), next: zero(), most, prefix }
}

/// Loads the recorder, and kills it when so many exchanges have ended, or a little later. Answers
/// with what had ended, and how many requests had not.
fn loaded(
    recorder: &Server,
    mode: Mode,
    exchanges: u64,
    kill_after: u64,
    random: &mut Random,
) -> (Vec<(String, String)>, u64) {
    let sessions = if mode == Mode::Sessions { SESSIONS } else { 0 };
    let prefix = if mode == Mode::LateSecrets { LATE } else { KILL };
    let load = Arc::new(shared(recorder.address, sessions, exchanges, prefix));
    let spins = random.below(50_000);
    let ended: Vec<_> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|name| {
                let load = Arc::clone(&load);
                scope.spawn(move || client(&load, name))
            })
            .collect();
        while load.ended.load(Ordering::SeqCst) < kill_after {
            let all_gone = clients.iter().all(std::thread::ScopedJoinHandle::is_finished);
            assert!(!all_gone || load.ended.load(Ordering::SeqCst) >= kill_after, "no answers");
            // The cores are for those who are at work.
            std::thread::sleep(Duration::from_micros(200));
        }
        for _ in 0..spins {
            std::hint::spin_loop();
        }
        recorder.signal("KILL");
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    let left = exchanges.saturating_sub(ended.len() as u64);
    (ended, left)
}

/// None of these values is in any file below a folder.
fn hidden(folder: &Path, secrets: &[String]) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            hidden(&path, secrets);
            continue;
        }
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        let left: Vec<_> = secrets.iter().filter(|secret| text.contains(*secret)).collect();
        assert!(left.is_empty(), "{}: {} of {}", path.display(), left.len(), secrets.len());
    }
}

fn by_session(ended: &[(String, String)]) -> HashMap<String, Vec<String>> {
    let mut sessions: HashMap<String, Vec<String>> = HashMap::new();
    for (session, path) in ended {
        sessions.entry(session.clone()).or_default().push(path.clone());
    }
    sessions
}

/// Looks whether a file holds these exchanges, whole; and mends it. Answers whether it was torn.
fn look(file: &Path, base: &str, paths: &[String], mode: Mode) -> bool {
    let (records, sealed) = cassette::read(file);
    assert!(!sealed, "{}: closed by a recorder that was killed", file.display());
    let mut held = HashSet::new();
    for record in &records {
        let Some(response) = &record.response else { continue };
        assert_eq!(record.error, None, "{record:?}");
        let path = record.request.start[1].strip_prefix(base).unwrap();
        if mode == Mode::LateSecrets && response.body.len() < 200 {
            // A note that was a secret is replaced, if that was known.
            let text = String::from_utf8(response.body.clone()).unwrap();
            assert!(text.contains(path), "{path}: {text}");
        } else {
            assert_eq!(response.body, body(path), "{path}");
        }
        assert!(held.insert(path.to_owned()) || mode == Mode::NewEpisodes, "{path} twice");
    }
    let lost: Vec<_> = paths.iter().filter(|path| !held.contains(*path)).collect();
    assert!(lost.is_empty(), "{} of {} lost: {lost:?}", lost.len(), paths.len());
    // Whole records are kept by `recover`, and what it leaves is right.
    let (folder, name) = (file.parent().unwrap(), file.file_name().unwrap().to_str().unwrap());
    let recovered = told(&run(folder, &["cassette", "recover", name]));
    assert!(recovered.starts_with("exit 0\n"), "{recovered}");
    let (again, sealed) = cassette::read(file);
    // Those that were open for a second are added, as the failures that they are.
    let (whole, open) = again.split_at(records.len());
    let is_same = |(one, two): (&Record, &Record)| one.request.start == two.request.start;
    assert!(sealed && whole.iter().zip(&records).all(is_same));
    assert!(open.iter().all(|record| record.error.is_some()), "{open:?}");
    let verified = told(&run(folder, &["cassette", "verify", name]));
    assert!(verified.starts_with("exit 0\n"), "{verified}");
    recovered.contains("cut off")
}
