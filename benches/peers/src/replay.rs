//! How fast replay is beside its peers, at growing numbers of exchanges.
//!
//! Of each server are told: how long it takes to its first answer, its memory then (the highest), its
//! throughput and CPU time a request when every exchange is asked for again and again, and its CPU
//! time a request when each is asked for once. Rounds take turns, medians are compared.

use crate::cassette;
use crate::load::Load;
use crate::process::Process;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(1);
const SIZES: [usize; 4] = [1, 1_000, 10_000, 100_000];
/// Most exchanges for peers that look through all of them for each request, or start for minutes.
const FEW: usize = 10_000;

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
pub fn compare(testimony: &Path, mitmdump: Option<&Path>, sizes: &[usize]) {
    println!(
        "replay: {CONNECTIONS} connections, 1 KB of JSON, distinct exchanges, medians of {ROUNDS} \
         rounds of {} s that take turns",
        ROUND.as_secs()
    );
    if mitmdump.is_none() {
        println!("mitmdump is left out: it is not installed");
    }
    println!("WireMock and Hoverfly are left out: neither is in a registry that is used here");
    let sizes = if sizes.is_empty() { &SIZES } else { sizes };
    let mut first = None;
    for size in sizes {
        let ours = compare_at(testimony, mitmdump, *size);
        let first = *first.get_or_insert(ours);
        println!("  testimony against its own rate at {} exchange(s): {:.2}\n", sizes[0], ours / first);
    }
}

fn compare_at(testimony: &Path, mitmdump: Option<&Path>, size: usize) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let length = cassette::write(&folder.path().join("a.cassette"), size) as f64 / 1e6;
    let count = size.to_string();
    let mut peers = vec![
        Peer::start("hyper, a hash map", size, || Process::own(&["table", &count])),
        Peer::start("testimony replay", size, || {
            Process::start(testimony, folder.path(), &["replay", "--cassette", "a.cassette"])
        }),
    ];
    if size <= FEW {
        peers.push(Peer::start("httpmock", size, || Process::own(&["stubs", &count])));
        if let Some(program) = mitmdump {
            cassette::write_har(&folder.path().join("a.har"), size);
            peers.push(Peer::start("mitmdump", size, || {
                Process::mitmdump_replay(program, folder.path())
            }));
        }
    }
    let load = Load { secure: false, upstream: SocketAddr::from(([127, 0, 0, 1], 80)), paths: size };
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
    println!("{size} exchange(s), a cassette of {length:.1} MB");
    println!(
        "{:>20} {:>9} {:>7} {:>11} {:>7} {:>12} {:>10} {:>9}",
        "", "req/s", "ratio", "CPU us/req", "ratio", "once, us/req", "ready, ms", "peak, MB"
    );
    let bare = (median(&peers[0].rates), median(&peers[0].cpu));
    for peer in peers {
        let (rate, cpu) = (median(&peer.rates), median(&peer.cpu));
        println!(
            "{:>20} {rate:>9.0} {:>7.2} {cpu:>11.2} {:>7.2} {:>12.2} {:>10.0} {:>9.0}",
            peer.name,
            rate / bare.0,
            cpu / bare.1,
            peer.once_us,
            peer.ready.as_secs_f64() * 1e3,
            peer.memory,
        );
    }
    median(&peers[1].rates)
}

impl Peer {
    fn start(name: &'static str, size: usize, begin: impl FnOnce() -> Process) -> Self {
        let start = Instant::now();
        let process = begin();
        crate::load::ask_once(process.address, size - 1);
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
