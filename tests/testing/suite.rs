//! The library as a dependency of another crate, in whose parallel `#[tokio::test]`s the real reqwest records from a server
//! and replays without it.

use crate::upstream::Upstream;
use std::path::Path;
use std::process::{Command, Output};

/// Everything that an output says.
fn told(output: &Output) -> String {
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{}\n{out}\n{err}", output.status)
}

#[test]
#[ignore = "builds the library and reqwest for another crate, which takes minutes"]
fn reqwest_in_parallel_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reqwest-suite");
    std::fs::create_dir_all(&folder).unwrap();
    let sources = root.join("tests/testing/reqwest");
    let manifest = std::fs::read_to_string(sources.join("Cargo.toml")).unwrap();
    let path = serde_json::to_string(root.to_str().unwrap()).unwrap();
    std::fs::write(folder.join("Cargo.toml"), manifest.replace("\"TESTIMONY\"", &path)).unwrap();
    std::fs::copy(sources.join("lib.rs"), folder.join("lib.rs")).unwrap();
    // The versions of the library's dependencies are those that it is tested with.
    std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let _ = std::fs::remove_dir_all(folder.join("cassettes"));
    let upstream = Upstream::start();
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).current_dir(&folder).env("DEPOT_URL", &upstream.url);
        command.env("CARGO_TARGET_DIR", folder.join("target"));
        command.env("CARGO_PROFILE_DEV_DEBUG", "0").env_remove("CI").env_remove("TESTIMONY_MODE");
        command
    };
    let fetched = cargo(&["fetch", "--quiet"]).output().unwrap();
    if !fetched.status.success() {
        println!("skipped: reqwest can't be had: {}", told(&fetched));
        return;
    }
    let recorded = cargo(&["test", "--quiet", "--offline"]).env("TESTIMONY_MODE", "auto").output();
    let recorded = recorded.unwrap();
    assert!(recorded.status.success(), "{}", told(&recorded));
    let asked = upstream.requests();
    // Seven tests of a POST, four polls, two pages, three tries.
    assert_eq!(asked, 70);
    for _ in 0..3 {
        let mut replayed = cargo(&["test", "--quiet", "--offline"]);
        let replayed = replayed.env("TESTIMONY_MODE", "replay").env("CI", "1").output().unwrap();
        assert!(replayed.status.success(), "{}", told(&replayed));
        assert!(told(&replayed).contains("8 passed"), "{}", told(&replayed));
    }
    assert_eq!(upstream.requests(), asked, "nothing went live");
}
