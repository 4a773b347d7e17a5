//! Killed recorders: whatever had ended for a client is on disk, whole and readable.
//!
//! Each round starts a recorder, loads it with 64 connections, and kills it (SIGKILL) at a random
//! moment. Every response that a client had whole must then be in the file, with its body; the file
//! must be readable but for a torn tail, and be recovered to a sealed one. The seed is printed;
//! `TESTIMONY_SEED=N` plays a round again. `cargo test --test durability -- --ignored` plays a
//! hundred rounds of ten thousand exchanges (`TESTIMONY_ROUNDS` for another number).

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(clippy::print_stdout, reason = "a test says with which seed it ran")]

mod support;

#[path = "wire/cassette.rs"]
#[allow(dead_code, reason = "each test binary uses a part")]
mod cassette;
#[path = "wire/json.rs"]
mod json;
#[path = "durability/load.rs"]
mod load;
#[path = "durability/round.rs"]
mod round;

use round::{Mode, Random};

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn rounds(count: u64, exchanges: u64, seed: u64) {
    let first = number("TESTIMONY_SEED").unwrap_or(seed);
    let count = number("TESTIMONY_ROUNDS").unwrap_or(count);
    let (mut ended, mut torn) = (0, 0);
    for round in 0..count {
        let seed = first + round;
        let mode = Mode::ALL[usize::try_from(seed).unwrap() % Mode::ALL.len()];
        println!("TESTIMONY_SEED={seed}: {mode:?}");
        let outcome = round::play(mode, &mut Random::of(seed), exchanges);
        ended += outcome.ended;
        torn += u64::from(outcome.torn);
    }
    println!("{count} rounds: {ended} ended exchanges, none lost; {torn} torn tails");
}

#[test]
fn no_ended_exchange_is_lost_to_a_kill() {
    // The same values in every run, so that a failure says something of the change.
    rounds(Mode::ALL.len() as u64, 1_000, 1);
}

#[test]
#[ignore = "takes minutes"]
fn no_ended_exchange_is_lost_to_a_hundred_kills() {
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    rounds(100, 10_000, clock.as_secs());
}
