//! Rust's clients, in a crate of their own (`clients/reqwest`) that is built once.

use crate::journey::{Journey, Upstream, programs};
use crate::support::told;
use std::process::Command;

/// The program; without a registry there is none, but one that does not compile fails.
fn built() -> Option<String> {
    let manifest = programs().join("../reqwest/Cargo.toml");
    let target = crate::tools::folder("reqwest");
    let cargo = |what: &str| {
        let mut command = Command::new(env!("CARGO"));
        command.args([what, "--quiet", "--locked", "--manifest-path"]).arg(&manifest);
        command.env("CARGO_TARGET_DIR", &target).env_remove("CARGO_PROFILE_DEV_DEBUG");
        command.output().unwrap()
    };
    let fetched = cargo("fetch");
    if !fetched.status.success() {
        println!("skipped: reqwest can't be had: {}", told(&fetched));
        return None;
    }
    let done = cargo("build");
    assert!(done.status.success(), "{}", told(&done));
    Some(target.join("debug/depot-reqwest").to_str().unwrap().to_owned())
}

#[test]
fn reqwest() {
    let Some(program) = built() else { return };
    let Some(upstream) = Upstream::start() else { return };
    Journey::of(&[&program]).run(upstream);
}
