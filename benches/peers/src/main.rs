//! How fast recording and replay are beside their peers, as ratios within one run.
//!
//! `benches/peers.sh` builds everything and starts this. Each role is a process of its own, so that
//! its CPU time can be told: an upstream, a hyper proxy that records nothing, httpmock's recorder,
//! `mitmdump -w`, and `testimony record`. Rounds take turns, medians are compared; plain first, then
//! intercepted (`CONNECT`, TLS on both sides). Absolute numbers depend on the machine, which load
//! and upstream share.

mod bare;
mod cassette;
mod load;
mod process;
mod replay;
mod table;
mod tls;
mod upstream;

use load::{Load, Rate};
use process::Process;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);

/// One who is measured.
struct Peer {
    name: &'static str,
    /// `None` for the way without anybody between.
    process: Option<Process>,
    address: SocketAddr,
    rates: Vec<Rate>,
    waits: Vec<f64>,
    cpu: f64,
    served: f64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["upstream", folder] => upstream::serve(Some(Path::new(folder))),
        ["upstream"] => upstream::serve(None),
        ["bare", upstream] => bare::reverse(upstream.parse().expect("an address")),
        ["bare-tls", folder] => bare::intercepting(Path::new(folder)),
        ["httpmock", upstream] => httpmock(upstream),
        ["table", paths] => table::serve(paths.parse().expect("a number")),
        ["stubs", paths] => stubs(paths.parse().expect("a number")),
        ["replay", testimony, mitmdump, wiremock, ref sizes @ ..] => {
            let there = |path: &str| Some(PathBuf::from(path)).filter(|path| path.exists());
            let (mitmdump, wiremock) = (there(mitmdump), there(wiremock));
            let programs =
                replay::Programs { testimony: PathBuf::from(testimony), mitmdump, wiremock };
            let sizes: Vec<usize> = sizes.iter().map(|s| s.parse().expect("a number")).collect();
            replay::compare(&programs, &sizes);
        }
        ["all", testimony, ..] => {
            let mitmdump = words.get(2).map(PathBuf::from);
            for secure in [false, true] {
                compare(secure, Path::new(testimony), mitmdump.as_deref());
            }
        }
        _ => panic!(
            "peers all TESTIMONY [MITMDUMP] | replay TESTIMONY MITMDUMP|- WIREMOCK|- [EXCHANGES]…"
        ),
    }
}

/// httpmock's recorder before an upstream.
fn httpmock(upstream: &str) {
    let server = httpmock::MockServer::start();
    server.forward_to(format!("http://{upstream}"), |rule| {
        rule.filter(|when| {
            when.any_request();
        });
    });
    let _recording = server.record(|rule| {
        rule.filter(|when| {
            when.any_request();
        });
    });
    process::announce(*server.address());
    loop {
        std::thread::park();
    }
}

/// httpmock with a stub for each path.
fn stubs(paths: usize) {
    let server = httpmock::MockServer::start();
    for path in 0..paths {
        server.mock(|when, then| {
            when.method("GET").path(format!("/p/{path}"));
            then.status(200).header("Content-Type", "application/json").body(cassette::body());
        });
    }
    process::announce(*server.address());
    loop {
        std::thread::park();
    }
}

fn compare(secure: bool, testimony: &Path, mitmdump: Option<&Path>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a name of text");
    let upstream = match secure {
        true => Process::own(&["upstream", path]),
        false => Process::own(&["upstream"]),
    };
    let mut peers = vec![Peer::new("nobody between", None, upstream.address)];
    peers.extend(started(secure, folder.path(), upstream.address, testimony, mitmdump));
    let load = Load { secure, upstream: upstream.address, paths: 10_000 };
    for peer in &mut peers {
        load.run(peer.address, peer.process.is_some(), CONNECTIONS, ROUND / 4);
        peer.cpu = peer.cpu_seconds();
    }
    for _ in 0..ROUNDS {
        for peer in &mut peers {
            let rate = load.run(peer.address, peer.process.is_some(), CONNECTIONS, ROUND);
            peer.served += rate.served;
            peer.rates.push(rate);
        }
    }
    for peer in &mut peers {
        peer.cpu = (peer.cpu_seconds() - peer.cpu) / peer.served * 1e6;
    }
    for _ in 0..ROUNDS {
        for peer in &mut peers {
            let rate = load.run(peer.address, peer.process.is_some(), 1, ROUND / 2);
            peer.waits.push(rate.median_us);
        }
    }
    report(secure, &peers);
}

fn started(
    secure: bool,
    folder: &Path,
    upstream: SocketAddr,
    testimony: &Path,
    mitmdump: Option<&Path>,
) -> Vec<Peer> {
    let base = format!("http://{upstream}");
    let authority = folder.join("ca.pem");
    let authority = authority.to_str().expect("a name of text");
    let path = folder.to_str().expect("a name of text");
    let mut peers = Vec::new();
    let mut add = |name, process: Process| {
        let address = process.address;
        peers.push(Peer::new(name, Some(process), address));
    };
    if secure {
        add(
            "testimony record",
            Process::start(
                testimony,
                folder,
                &["record", "--cassette", "p.cassette", "--ca-file", authority],
            ),
        );
        add("hyper, records nothing", Process::own(&["bare-tls", path]));
    } else {
        add(
            "testimony record",
            Process::start(
                testimony,
                folder,
                &["record", "--cassette", "p.cassette", "--upstream", &base],
            ),
        );
        let known = known();
        let known: Vec<&str> = known.iter().flat_map(|name| ["--secret-env", name]).collect();
        let plain = ["record", "--cassette", "k.cassette", "--upstream", &base];
        let arguments: Vec<&str> = plain.into_iter().chain(known).collect();
        add("testimony record, 16 secrets known", Process::start(testimony, folder, &arguments));
        add("hyper, records nothing", Process::own(&["bare", &upstream.to_string()]));
        add("httpmock, in memory", Process::own(&["httpmock", &upstream.to_string()]));
    }
    if let Some(mitmdump) = mitmdump {
        let mode = format!("reverse:{base}");
        let mode = if secure { "regular" } else { &mode };
        add("mitmdump -w", Process::mitmdump(mitmdump, folder, mode));
    }
    peers
}

/// Names of sixteen environment variables.
fn known() -> Vec<String> {
    (0..16).map(|index| format!("PEERS_SECRET_{index}")).collect()
}

impl Peer {
    fn new(name: &'static str, process: Option<Process>, address: SocketAddr) -> Self {
        Self { name, process, address, rates: Vec::new(), waits: Vec::new(), cpu: 0.0, served: 0.0 }
    }

    fn cpu_seconds(&self) -> f64 {
        self.process.as_ref().map_or(0.0, Process::cpu_seconds)
    }

    fn rate(&self) -> f64 {
        median(self.rates.iter().map(|rate| rate.per_second).collect())
    }
}

fn report(secure: bool, peers: &[Peer]) {
    let kind = if secure { "intercepted, TLS on both sides" } else { "plain, as a reverse proxy" };
    println!("## Recording, {kind}\n");
    println!(
        "{CONNECTIONS} connections, 1 KB of JSON; medians of {ROUNDS} rounds that take turns.\n"
    );
    println!(
        "| | req/s | testimony does so often | CPU µs a request | one connection: a request, µs | added, µs |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    let ours = peers[1].rate();
    let direct = median(peers[0].waits.clone());
    for peer in peers {
        let (rate, wait) = (peer.rate(), median(peer.waits.clone()));
        println!(
            "| {} | {rate:.0} | {:.2} | {:.1} | {wait:.1} | {:.1} |",
            peer.name,
            ours / rate,
            peer.cpu,
            wait - direct,
        );
    }
    println!();
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
