//! Record what is missing. The environment belongs to a process: each case is a run of this binary, in
//! which `child` alone is the test.

use crate::upstream::Upstream;
use crate::{Desk, get, text};
use std::path::Path;
use std::process::Command;
use testimony::testing::Tape;

/// The test of a user; it does nothing unless a parent asks for it.
#[test]
fn child() {
    let variable = |name: &str| std::env::var(name).ok();
    let Some(cassette) = variable("TAPE_CASSETTE") else { return };
    let folder = Path::new(&cassette).parent().unwrap().join("ca");
    let tape = Tape::builder(&cassette)
        .upstream(variable("TAPE_UPSTREAM").unwrap())
        .ca_folder(folder)
        .start()
        .wait()
        .unwrap();
    println!("recording: {}", tape.is_recording());
    for path in variable("TAPE_PATHS").unwrap().split(',').filter(|path| !path.is_empty()) {
        println!("{}", get(tape.url(), path));
    }
    assert!(variable("TAPE_FAILS").is_none(), "the test's own");
}

/// Runs the user's test; whether it passed, and what it printed.
fn run(
    desk: &Desk,
    upstream: &Upstream,
    paths: &str,
    environment: &[(&str, &str)],
) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "tape::child", "--nocapture"]);
    command.env_remove("CI").env_remove("TESTIMONY_MODE").env_remove("TAPE_FAILS");
    command.env("TAPE_CASSETTE", desk.path("tape.cassette")).env("TAPE_UPSTREAM", &upstream.url);
    command.env("TAPE_PATHS", paths).envs(environment.iter().copied());
    let output = command.output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&told).into_owned())
}

#[test]
fn what_is_missing_is_recorded_and_then_replayed() {
    let (desk, upstream) = (Desk::new(), Upstream::start());
    let (passed, told) = run(&desk, &upstream, "/a/hello", &[("CI", "false")]);
    assert!(passed && told.contains("recording: true"), "{told}");
    let recorded = text(&desk.path("tape.cassette"));
    assert!(recorded.ends_with("{\"end\": true, \"exchanges\": 1}\n"), "{recorded}");
    for ci in ["", "true"] {
        let (passed, told) = run(&desk, &upstream, "/a/hello", &[("CI", ci)]);
        assert!(passed && told.contains("recording: false"), "{told}");
    }
    assert_eq!(upstream.requests(), 1);
    let (passed, told) = run(&desk, &upstream, "/a/else", &[]);
    assert!(!passed && told.contains("1 request is not recorded"), "{told}");
    assert_eq!(upstream.requests(), 1);
}

#[test]
fn in_ci_a_missing_recording_is_an_error() {
    let (desk, upstream) = (Desk::new(), Upstream::start());
    let (passed, told) = run(&desk, &upstream, "/a/hello", &[("CI", "true")]);
    assert!(!passed, "{told}");
    assert!(
        told.contains("tape.cassette: no recording, and none is made in CI\nhint: run"),
        "{told}"
    );
    assert!(!desk.path("tape.cassette").exists());
    let never = [("TESTIMONY_MODE", "replay")];
    let (passed, told) = run(&desk, &upstream, "/a/hello", &never);
    assert!(!passed && told.contains("none is made with TESTIMONY_MODE=replay\nhint:"), "{told}");
    assert_eq!(upstream.requests(), 0);
    let asked = [("CI", "true"), ("TESTIMONY_MODE", "record")];
    let (passed, told) = run(&desk, &upstream, "/a/hello", &asked);
    assert!(passed && told.contains("recording: true"), "{told}");
    let (passed, told) = run(&desk, &upstream, "/a/hello", &[("TESTIMONY_MODE", "reply")]);
    assert!(!passed && told.contains("TESTIMONY_MODE: `reply` is no mode\nhint:"), "{told}");
}

#[test]
fn recording_anew_replaces_what_is_there() {
    let (desk, upstream) = (Desk::new(), Upstream::start());
    run(&desk, &upstream, "/a/hello,/b/hello", &[]);
    let (passed, told) = run(&desk, &upstream, "/c/hello", &[("TESTIMONY_MODE", "record")]);
    assert!(passed, "{told}");
    let recorded = text(&desk.path("tape.cassette"));
    assert!(recorded.contains("/c/hello") && !recorded.contains("/a/hello"), "{recorded}");
}

#[test]
fn half_a_recording_is_put_aside() {
    let (desk, upstream) = (Desk::new(), Upstream::start());
    let (passed, told) = run(&desk, &upstream, "/a/hello", &[("TAPE_FAILS", "1")]);
    assert!(!passed && told.contains("the test's own"), "{told}");
    assert!(told.contains("testimony: its recording is"), "{told}");
    assert!(!desk.path("tape.cassette").exists());
    assert!(text(&desk.path("tape.cassette.failed")).contains("/a/hello"));
    // A client that went past recorded nothing: no cassette is left that would be replayed.
    let (passed, told) = run(&desk, &upstream, "", &[]);
    assert!(!passed && told.contains("tape.cassette: no request came"), "{told}");
    assert!(!desk.path("tape.cassette").exists());
    let (passed, told) = run(&desk, &upstream, "/a/hello", &[]);
    assert!(passed, "{told}");
}
