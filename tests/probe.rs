//! `testimony probe` as a user runs it, against a real service: one that keeps its documentation, and the same with
//! one planted fault each.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails where a value is missing, and says that it was skipped"
)]

mod support;

#[path = "probe/published.rs"]
mod published;
#[path = "clients/tools.rs"]
mod tools;

use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use support::{Server, exchange, testimony, told};

const SPEC: &str = include_str!("probe/crates.yaml");

/// A run of the service.
struct Service {
    child: Child,
    url: String,
}

impl Service {
    fn start(faults: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/probe/service.py");
        let mut command = Command::new("python3");
        command.arg(script).args(faults);
        Self::of(command)
    }

    /// A service that prints its port first.
    fn of(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { child, url: format!("http://127.0.0.1:{}", port.trim()) }
    }

    fn tells(&self, path: &str) -> Vec<Value> {
        let address = self.url.trim_start_matches("http://").parse().unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = String::from_utf8(exchange(address, request.as_bytes())).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("specs")).unwrap();
    std::fs::write(folder.path().join("specs/crates.yaml"), SPEC).unwrap();
    folder
}

/// A command with both identities.
fn probing(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = testimony(folder);
    command
        .args(["probe", "--format", "json", "--timeout", "300s"])
        .args(["--auth", "header:X-Auth-Token=env:OWNER"])
        .args(["--auth-other", "header:X-Auth-Token=env:READER"])
        .args(arguments)
        .env("OWNER", "t0ken-of-the-owner")
        .env("READER", "t0ken-of-a-reader");
    command
}

fn result(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", told(output)))
}

/// `OPERATION CODE RECIPE` of every recipe in a state.
fn in_state(result: &Value, state: &str) -> Vec<String> {
    let rows = result["recipes"].as_array().unwrap().iter().filter(|row| row["state"] == state);
    rows.map(|row| {
        ["operation", "code", "recipe"].map(|name| row[name].as_str().unwrap()).join(" ")
    })
    .collect()
}

fn probed(faults: &[&str]) -> (Value, Output, Vec<Value>, tempfile::TempDir) {
    let folder = project();
    let service = Service::start(faults);
    let arguments = ["--target", &service.url, "--allow-unsafe", "--cassette", "probe.cassette"];
    let output = probing(folder.path(), &arguments).output().unwrap();
    let left = service.tells("/__left");
    assert_eq!(left, Vec::<Value>::new(), "nothing stays behind: {}", told(&output));
    assert!(!folder.path().join("probe.cassette.created.json").exists());
    let cassette = std::fs::read_to_string(folder.path().join("probe.cassette")).unwrap();
    assert!(!cassette.contains("t0ken-of"), "{faults:?}: a secret is in the recording");
    assert!(!told(&output).contains("t0ken-of"), "{faults:?}: {}", told(&output));
    (result(&output), output, service.tells("/__log"), folder)
}

#[test]
fn a_service_that_keeps_its_documentation_shows_every_code() {
    let (result, output, asked, folder) = probed(&[]);
    let wrong = in_state(&result, "contradicted");
    assert!(wrong.is_empty() && result["conforms"] == true, "{wrong:?}\n{}", told(&output));
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let states: Vec<String> = result["ledger"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["state"] != "proven")
        .map(|row| {
            format!("{} {}", row["operation"].as_str().unwrap(), row["code"].as_str().unwrap())
        })
        .collect();
    assert_eq!(states, ["ListCrates 500", "CreateCrate 503"], "{}", told(&output));
    let reached = in_state(&result, "reached");
    for recipe in [
        "CreateCrate 400 missing body:/name",
        "CreateCrate 400 too-long body:/name",
        "CreateCrate 400 out-of-range body:/size",
        "CreateCrate 400 not-a-multiple body:/size",
        "CreateCrate 400 outside-enum body:/kind",
        "CreateCrate 400 extra-field body:/testimony_planted",
        "CreateCrate 400 malformed JSON",
        "CreateCrate 401 no credentials",
        "CreateCrate 401 wrong credentials",
        "CreateCrate 403 another identity",
        "CreateCrate 409 repeat",
        "CreateCrate 415 media type",
        "ListCrates 400 out-of-range query:limit",
        "ListCrates 405 method PUT",
        "ShowCrate 404 absent path:crate_id",
        "DeleteCrate 204 as documented",
    ] {
        assert!(reached.contains(&recipe.to_owned()), "{recipe} of {reached:#?}");
    }
    let skipped = in_state(&result, "skipped");
    assert_eq!(skipped, ["CreateCrate 503 none", "ListCrates 500 none"]);
    // Nothing but the documented paths was asked, and no secret is in the recording.
    assert!(asked.iter().all(|one| one["path"].as_str().unwrap().starts_with("/crates")));
    let cassette = std::fs::read_to_string(folder.path().join("probe.cassette")).unwrap();
    assert!(cassette.trim_end().ends_with('}') && cassette.contains("\"end\": true"));
}

#[test]
fn every_planted_fault_is_found_by_its_recipe() {
    let cases = [
        ("long-name", "CreateCrate 400 too-long body:/name", "wrong-status"),
        ("500-for-400", "CreateCrate 400 malformed JSON", "wrong-status"),
        ("no-token", "ListCrates 401 no credentials", "wrong-status"),
        ("404-for-405", "ListCrates 405 method PUT", "wrong-status"),
        ("html-403", "CreateCrate 403 another identity", "content-type"),
        ("empty-409", "CreateCrate 409 repeat", "error-body"),
        ("short-limit", "CreateCrate 201 longest body:/name", "undeserved-error"),
    ];
    for (fault, recipe, rule) in cases {
        let (result, output, ..) = probed(&[fault]);
        assert_eq!(output.status.code(), Some(1), "{fault}: {}", told(&output));
        let wrong = in_state(&result, "contradicted");
        assert!(wrong.contains(&recipe.to_owned()), "{fault}: {wrong:?}\n{}", told(&output));
        let findings = result["findings"].as_array().unwrap();
        let found: Vec<&Value> = findings.iter().filter(|one| one["rule"] == rule).collect();
        assert!(!found.is_empty(), "{fault}: {findings:#?}");
        assert!(found.iter().all(|one| one["curl"].as_str().unwrap().starts_with("curl ")));
        let [operation, code] = [0, 1].map(|at| recipe.split(' ').nth(at).unwrap());
        let row = result["ledger"].as_array().unwrap().iter();
        let row = row.filter(|row| row["operation"] == operation && row["code"] == code);
        assert!(row.clone().all(|row| row["state"] == "contradicted"), "{fault}: {row:?}");
    }
}

#[test]
fn a_dry_run_sends_nothing_and_tells_what_it_would() {
    let folder = project();
    let output = probing(folder.path(), &["--dry-run"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let result = result(&output);
    let rows = result["recipes"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["state"] == "planned"));
    let of = |name: &str| rows.iter().find(|row| row["recipe"] == name).unwrap();
    let repeat = of("repeat");
    assert_eq!((&repeat["requests"], &repeat["may_create"]), (&Value::from(0), &Value::Bool(true)));
    assert!(repeat["reason"].as_str().unwrap().contains("--allow-unsafe"));
    assert_eq!(of("out-of-range query:limit")["requests"], 1);
    let table =
        testimony(folder.path()).args(["probe", "--dry-run", "--allow-unsafe"]).output().unwrap();
    let table = told(&table);
    assert!(
        table.contains("CreateCrate  POST /crates") && table.contains("removed by DELETE"),
        "{table}"
    );
    assert!(table.contains("[unsafe, may create]"), "{table}");
}

#[test]
fn without_leave_nothing_is_changed() {
    let folder = project();
    let service = Service::start(&[]);
    let output = probing(folder.path(), &["--target", &service.url]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let asked = service.tells("/__log");
    assert!(!asked.is_empty() && asked.iter().all(|one| one["method"] == "GET"), "{asked:#?}");
}

#[test]
fn a_mock_shows_what_a_client_can_provoke_and_proves_nothing() {
    let folder = project();
    let mock = Server::start(folder.path(), &["mock"]);
    let output =
        probing(folder.path(), &["--target", &mock.url(), "--allow-unsafe"]).output().unwrap();
    let result = result(&output);
    let wrong = in_state(&result, "contradicted");
    assert!(wrong.is_empty(), "{wrong:?} {}", told(&output));
    let states = &result["totals"]["states"];
    assert_eq!(states["proven"], 0, "{states}");
    assert!(states["simulated"].as_u64().unwrap() >= 12, "{states} {}", told(&output));
}

/// The specs that were read from vendors' pages, and a mock that remembers.
#[test]
fn of_imported_pages_every_code_is_reached_that_a_client_can_provoke() {
    // One page documents a 404 for a request that names nothing which could be missing.
    let none = &[][..];
    for (provider, auth, unreachable) in [
        ("huawei-ims", "header:X-Auth-Token", &["CreateDataImage 404 unproven"][..]),
        ("huawei-workspace", "header:X-Auth-Token", none),
        ("alibaba-wuying", "acs3", none),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs").join(provider);
        let spec = spec.join("openapi.yaml").display().to_string();
        let mock = Server::start(folder.path(), &["mock", "--stateful", "--spec", &spec]);
        let pair = |name: &str| match auth {
            "acs3" => format!("acs3=env:{name},env:SECRET"),
            auth => format!("{auth}=env:{name}"),
        };
        let mut command = testimony(folder.path());
        command
            .args(["probe", "--format", "json", "--spec", &spec, "--target", &mock.url()])
            .args(["--allow-unsafe", "--auth", &pair("OWNER"), "--auth-other", &pair("READER")])
            .envs([
                ("OWNER", "t0ken-of-the-owner"),
                ("READER", "t0ken-of-a-reader"),
                ("SECRET", "s3cret-key"),
            ]);
        let output = command.output().unwrap();
        let result = result(&output);
        let wrong = in_state(&result, "contradicted");
        assert!(wrong.is_empty(), "{provider}: {wrong:?} {}", told(&output));
        let rows = result["ledger"].as_array().unwrap().iter();
        let missing: Vec<String> = rows
            .filter(|row| {
                row["state"] != "simulated" && !row["code"].as_str().unwrap().starts_with('5')
            })
            .map(|row| {
                ["operation", "code", "state"].map(|name| row[name].as_str().unwrap()).join(" ")
            })
            .collect();
        assert_eq!(missing, unreachable, "{provider}: {}", told(&output));
        // By the recipe that is for it, not by the way.
        let recipes = result["recipes"].as_array().unwrap();
        let codes = |states: &[&str]| -> BTreeSet<String> {
            let of_state = recipes.iter().filter(|recipe| {
                let is_fault = recipe["code"].as_str().unwrap().starts_with('5');
                !is_fault && states.contains(&recipe["state"].as_str().unwrap())
            });
            let name = |recipe: &Value, name: &str| recipe[name].as_str().unwrap().to_owned();
            of_state.map(|one| name(one, "operation") + " " + &name(one, "code")).collect()
        };
        let (all, reached) = (codes(&["reached", "skipped"]), codes(&["reached"]));
        assert_eq!(all.difference(&reached).count(), unreachable.len(), "{reached:?}");
    }
}

#[test]
fn an_interrupted_run_leaves_a_sealed_cassette_and_the_list() {
    let folder = project();
    let service = Service::start(&[]);
    let arguments = ["--target", &service.url, "--allow-unsafe", "--cassette", "probe.cassette"];
    let mut command = probing(folder.path(), &arguments);
    command.args(["--rate", "5"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let list = folder.path().join("probe.cassette.created.json");
    while !list.exists() {
        std::thread::yield_now();
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    let cassette = std::fs::read_to_string(folder.path().join("probe.cassette")).unwrap();
    assert!(cassette.contains("\"end\": true"), "it is sealed");
    let listed: Value = serde_json::from_str(&std::fs::read_to_string(&list).unwrap()).unwrap();
    let left = service.tells("/__left");
    assert_eq!(listed["created"].as_array().unwrap().len(), left.len(), "{listed} {left:?}");
    let removal = listed["created"][0]["remove"].as_str().unwrap();
    assert_eq!(removal, format!("DELETE {}/crates/{}", service.url, left[0]["id"]));
    assert!(told(&output).contains("probe.cassette.created.json"), "{}", told(&output));
}

#[test]
fn versions_quotas_and_jobs_are_heeded() {
    let folder = project();
    std::fs::write(folder.path().join("specs/crates.yaml"), include_str!("probe/versions.yaml"))
        .unwrap();
    let service = Service::start(&["versions"]);
    let arguments = ["--target", &service.url, "--allow-unsafe", "--burst", "30"];
    let output = probing(folder.path(), &arguments).output().unwrap();
    let result = result(&output);
    let wrong = in_state(&result, "contradicted");
    assert!(wrong.is_empty() && result["conforms"] == true, "{wrong:?} {}", told(&output));
    let reached = in_state(&result, "reached");
    for recipe in [
        "ReplaceNote 200 as documented",
        "ReplaceNote 412 stale version",
        "ReplaceNote 428 unconditional",
        "DeleteNote 204 as documented",
        "Ask 429 burst",
        "CreateReport 202 as documented",
        "ShowReport 200 as documented",
        "DeleteReport 204 as documented",
        "ShowJob 200 as documented",
        "ShowJob 404 absent path:job_id",
    ] {
        assert!(reached.contains(&recipe.to_owned()), "{recipe} of {reached:#?} {}", told(&output));
    }
    assert_eq!(service.tells("/__left"), Vec::<Value>::new(), "{}", told(&output));
    // The report that the job made was removed, and nothing else was asked for.
    let burst = result["recipes"].as_array().unwrap().iter();
    let burst: Vec<&Value> = burst.filter(|row| row["recipe"] == "burst").collect();
    assert_eq!(burst[0]["requests"], 30);
}

#[test]
fn what_a_killed_run_left_is_removed_by_its_list() {
    let folder = project();
    let service = Service::start(&[]);
    let arguments = ["--target", &service.url, "--allow-unsafe", "--cassette", "probe.cassette"];
    let mut command = probing(folder.path(), &arguments);
    command.args(["--rate", "20"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let list = folder.path().join("probe.cassette.created.json");
    while !list.exists() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let text = std::fs::read_to_string(&list).unwrap();
    let listed: Value = serde_json::from_str(&text).unwrap();
    let listed = listed["created"].as_array().unwrap().len();
    assert!(listed > 0);
    let before = service.tells("/__left").len();
    // What the killed run recorded can be read.
    let recover =
        testimony(folder.path()).args(["cassette", "recover", "probe.cassette"]).output().unwrap();
    assert_eq!(recover.status.code(), Some(0), "{}", told(&recover));
    let shown =
        testimony(folder.path()).args(["cassette", "verify", "probe.cassette"]).output().unwrap();
    assert_eq!(shown.status.code(), Some(0), "{}", told(&shown));

    let clean_up = |target: &str, more: &[&str]| {
        testimony(folder.path())
            .args(["probe", "--clean-up", "probe.cassette.created.json", "--target", target])
            .args(["--auth", "header:X-Auth-Token=env:OWNER"])
            .args(more)
            .env("OWNER", "t0ken-of-the-owner")
            .output()
            .unwrap()
    };
    // Not without leave, and not at another host.
    let refused = clean_up(&service.url, &[]);
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
    let elsewhere = clean_up("http://127.0.0.1:9", &["--allow-unsafe"]);
    assert_eq!(elsewhere.status.code(), Some(3), "{}", told(&elsewhere));
    assert!(told(&elsewhere).contains("not below http://127.0.0.1:9"), "{}", told(&elsewhere));
    assert_eq!(service.tells("/__left").len(), before);

    let output = clean_up(&service.url, &["--allow-unsafe"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert_eq!(service.tells("/__left").len(), before - listed, "{}", told(&output));
    assert!(!list.exists());
    let again = clean_up(&service.url, &["--allow-unsafe"]);
    assert_eq!(again.status.code(), Some(2), "{}", told(&again));
}
