//! How fast replay is beside its peers, at growing numbers of exchanges, as Markdown.
//!
//! Of each server are told: how long it takes to its first answer, its memory then (the highest), its
//! throughput and CPU time a request when every exchange is asked for again and again, its CPU time
//! a request when each is asked for once, and its memory in the end. Rounds take turns, medians are compared.

use crate::cassette::{self, Names};
use crate::load::Load;
use crate::process::Process;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(1);
const SIZES: [usize; 4] = [1, 1_000, 10_000, 100_000];
/// Most exchanges for peers that look through all of them for each request, or start for minutes.
const FEW: usize = 10_000;
/// Starts with generated ids, of which the median is told.
const STARTS: usize = 5;

/// Who is compared; `None` for what is not installed.
pub struct Programs {
    pub testimony: PathBuf,
    pub mitmdump: Option<PathBuf>,
    /// WireMock's jar.
    pub wiremock: Option<PathBuf>,
}

struct Peer {
    name: &'static str,
    process: Process,
    ready: Duration,
    memory: f64,
    once_us: f64,
    rates: Vec<f64>,
    cpu: Vec<f64>,
}

/// Compares at each size.
pub fn compare(programs: &Programs, sizes: &[usize]) {
    println!(
        "## Replay\n\n{CONNECTIONS} connections, 1 KB of JSON, distinct exchanges; medians of {ROUNDS} rounds of {} s \
         that take turns.",
        ROUND.as_secs()
    );
    for (name, is_there) in
        [("mitmdump", programs.mitmdump.is_some()), ("WireMock", programs.wiremock.is_some())]
    {
        if !is_there {
            println!("{name} is left out: it is not installed.");
        }
    }
    println!("Hoverfly is left out: no registry that is used here has it.");
    let sizes = if sizes.is_empty() { &SIZES } else { sizes };
    let mut first = None;
    for size in sizes {
        let ours = compare_at(programs, *size);
        let first = *first.get_or_insert(ours);
        println!("\ntestimony against its own rate at {}: {:.2}", sizes[0], ours / first);
    }
    for size in sizes.iter().filter(|size| **size >= FEW) {
        with_ids(&programs.testimony, *size);
    }
}

fn compare_at(programs: &Programs, size: usize) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let length =
        cassette::write(&folder.path().join("a.cassette"), size, Names::Numbers) as f64 / 1e6;
    let count = size.to_string();
    let mut peers = vec![
        Peer::start("hyper, a hash map", size, || Process::own(&["table", &count])),
        Peer::start("testimony replay", size, || {
            Process::start(
                &programs.testimony,
                folder.path(),
                &["replay", "--cassette", "a.cassette"],
            )
        }),
    ];
    if size <= FEW {
        peers.push(Peer::start("httpmock", size, || Process::own(&["stubs", &count])));
        if let Some(jar) = &programs.wiremock {
            cassette::write_mappings(folder.path(), size);
            peers.push(Peer::start("WireMock", size, || Process::wiremock(jar, folder.path())));
        }
        if let Some(program) = &programs.mitmdump {
            cassette::write_har(&folder.path().join("a.har"), size);
            peers.push(Peer::start("mitmdump", size, || {
                Process::mitmdump_replay(program, folder.path())
            }));
        }
    }
    let load =
        Load { secure: false, upstream: SocketAddr::from(([127, 0, 0, 1], 80)), paths: size };
    for peer in &mut peers {
        peer.warm(load);
    }
    for _ in 0..ROUNDS {
        for peer in &mut peers {
            peer.round(load);
        }
    }
    report(size, length, &peers)
}

fn report(size: usize, length: f64, peers: &[Peer]) -> f64 {
    let exchanges = if size == 1 { "exchange" } else { "exchanges" };
    println!("\n### {size} {exchanges}, a cassette of {length:.1} MB\n");
    println!(
        "| | req/s | testimony does so often | CPU µs a request | each once, CPU µs | ready, ms | peak then, MB | peak at last, MB |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    let ours = median(&peers[1].rates);
    for peer in peers {
        let (rate, cpu) = (median(&peer.rates), median(&peer.cpu));
        println!(
            "| {} | {rate:.0} | {:.2} | {cpu:.2} | {:.2} | {:.0} | {:.0} | {:.0} |",
            peer.name,
            ours / rate,
            peer.once_us,
            peer.ready.as_secs_f64() * 1e3,
            peer.memory,
            peer.process.peak_memory() / 1e6,
        );
    }
    ours
}

/// How long a start takes where requests have ids that earlier answers may have given.
fn with_ids(testimony: &Path, size: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let length = cassette::write(&folder.path().join("a.cassette"), size, Names::Ids) as f64 / 1e6;
    let (mut ready, mut memory) = (Vec::new(), 0.0_f64);
    for _ in 0..STARTS {
        let start = Instant::now();
        let process =
            Process::start(testimony, folder.path(), &["replay", "--cassette", "a.cassette"]);
        crate::load::ask_once(process.address, &Names::Ids.path(size - 1));
        ready.push(start.elapsed().as_secs_f64() * 1e3);
        memory = memory.max(process.peak_memory() / 1e6);
    }
    println!(
        "\n{size} exchanges whose requests have generated ids ({length:.1} MB): ready in {:.0} ms, peak {memory:.0} MB \
         (median of {STARTS} starts)",
        median(&ready)
    );
}

impl Peer {
    fn start(name: &'static str, size: usize, begin: impl FnOnce() -> Process) -> Self {
        let start = Instant::now();
        let process = begin();
        crate::load::ask_once(process.address, &Names::Numbers.path(size - 1));
        let (ready, memory) = (start.elapsed(), process.peak_memory() / 1e6);
        Self { name, process, ready, memory, once_us: 0.0, rates: Vec::new(), cpu: Vec::new() }
    }

    /// Asks for each exchange once, but for no longer than a round.
    fn warm(&mut self, load: Load) {
        let before = self.process.cpu_seconds();
        let served = load.each_once(self.process.address, CONNECTIONS, ROUND);
        self.once_us = (self.process.cpu_seconds() - before) / served * 1e6;
        load.run(self.process.address, false, CONNECTIONS, ROUND / 4);
    }

    fn round(&mut self, load: Load) {
        let before = self.process.cpu_seconds();
        let rate = load.run(self.process.address, false, CONNECTIONS, ROUND);
        self.cpu.push((self.process.cpu_seconds() - before) / rate.served * 1e6);
        self.rates.push(rate.per_second);
    }
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
