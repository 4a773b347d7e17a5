//! Node's clients, with each Node that can be had: only the newer ones heed the proxy's variables.

use crate::journey::{Journey, Upstream, program};
use crate::tools::{node_modules, nodes};

fn journey(script: &str, arguments: &[&str], nodes: &[String]) {
    let modules = node_modules();
    for node in nodes {
        println!("{node} {script}");
        let Some(upstream) = Upstream::start() else { return };
        let script = program(script);
        let mut journey = Journey::of(&[&[node, &*script], arguments].concat());
        if let Some(modules) = &modules {
            journey = journey.environment("DEPOT_MODULES", modules.to_str().unwrap());
        }
        journey.run(upstream);
    }
}

/// One that does not heed the variables, and one that does.
fn ends() -> Vec<String> {
    let nodes = nodes();
    let mut ends: Vec<String> = nodes.first().into_iter().chain(nodes.last()).cloned().collect();
    ends.dedup();
    ends
}

#[test]
fn fetch() {
    journey("fetch.mjs", &[], &nodes());
}

#[test]
fn https() {
    journey("https.mjs", &["global"], &nodes());
}

#[test]
fn https_with_an_agent_of_its_own() {
    journey("https.mjs", &["own"], &ends());
}

#[test]
fn axios() {
    if node_modules().is_some() {
        journey("axios.mjs", &[], &ends());
    }
}

#[test]
fn undici() {
    if node_modules().is_some() {
        journey("undici.mjs", &[], &ends());
    }
}

#[test]
fn whatever_a_program_starts_is_led() {
    let Some(node) = nodes().into_iter().next() else { return };
    let Some(upstream) = Upstream::start() else { return };
    let (_, printed) = Journey::of(&[&node, &program("reach.mjs")]).apart().run(upstream);
    let expected = [
        "base 404",
        "base 200",
        "worker 200",
        "child 200",
        "credentials alpha:b c",
        "127.0.0.1: no tunnel to other.example:443: 407",
        "exempt ENOTFOUND",
        "exempt ENOTFOUND",
        "not exempt 200",
    ];
    assert_eq!(printed.lines().collect::<Vec<_>>(), expected);
}
