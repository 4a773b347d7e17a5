//! `testimony self-test` as a user runs it, on an invented API and on documents from the wild.

use super::{JSON, Project, exchange};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use testimony::exchange::Source;

fn self_test(project: &Project, arguments: &[&str]) -> (i32, Value, String) {
    let arguments = [&["self-test", "--format", "json"], arguments].concat();
    let output = super::support::run(project.path(), &arguments);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap(), value, stderr)
}

/// A document, and cassettes of which one exchange keeps its promise and one does not.
#[test]
fn plants_in_what_is_recorded_and_in_what_is_made() {
    let project = Project::new();
    let body = r#"{"crates": [{"crate_id": "c1", "weight": 3}]}"#;
    let sound = exchange(Source::Live, "/v1/d1/crates", 200, JSON, body);
    let broken = exchange(Source::Live, "/v1/d1/crates", 200, JSON, "{}");
    project.record("cassettes/a.cassette", &[sound, broken]);
    let (code, result, stderr) = self_test(&project, &[]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{result:#}");
    let totals = &result["totals"];
    assert_eq!(totals["planted"], totals["caught"]);
    assert_eq!(totals["false_findings"], 0);
    assert_eq!((&totals["recorded"], &totals["not_conforming"]), (&1.into(), &1.into()));
    assert_eq!((&totals["promises"], &totals["left_out"]), (&3.into(), &0.into()));
    let kinds = result["kinds"].as_array().unwrap();
    let planted = |kind: &str| {
        let of_kind = kinds.iter().filter(|row| row["kind"] == kind);
        of_kind.map(|row| row["planted"].as_u64().unwrap()).sum::<u64>()
    };
    // Two shapes of the made answer and the recorded one have two required members in a crate, and the list.
    assert!(planted("required-field-removed") >= 3, "{result:#}");
    assert_eq!(planted("wrong-discriminator"), 0, "the document has none");
}

/// What is handed to other judges is what was judged here: read back, the sound ones are sound, and of the
/// others something is found.
#[test]
fn exported_exchanges_come_with_the_truth() {
    let project = Project::new();
    std::fs::create_dir_all(project.path().join("none")).unwrap();
    let (code, result, stderr) =
        self_test(&project, &["--cassette", "none", "--export", "out/planted"]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{result:#}");
    let read = |name: &str| -> Value {
        let bytes = std::fs::read(project.path().join("out/planted").join(name)).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    let (har, truth) = (read("exchanges.har"), read("truth.json"));
    let truth = truth["exchanges"].as_array().unwrap();
    assert_eq!(har["log"]["entries"].as_array().unwrap().len(), truth.len());
    let planted = truth.iter().filter(|entry| !entry["kind"].is_null()).count();
    assert_eq!(result["totals"]["planted"], planted);
    assert_eq!(result["totals"]["unplanted"], truth.len() - planted);
    let judged = |keep: &dyn Fn(&Value) -> bool| -> Value {
        let mut part = har.clone();
        let mut kept = truth.iter().map(keep);
        part["log"]["entries"].as_array_mut().unwrap().retain(|_| kept.next().unwrap());
        std::fs::write(project.path().join("part.har"), part.to_string()).unwrap();
        let arguments = ["check", "--cassette", "part.har", "--format", "json"];
        serde_json::from_slice(&super::support::run(project.path(), &arguments).stdout).unwrap()
    };
    let sound = judged(&|entry| entry["kind"].is_null());
    assert_eq!(sound["findings"], serde_json::json!([]));
    assert_eq!(sound["totals"]["judged"], truth.len() - planted);
    let removed = judged(&|entry| entry["kind"] == "required-field-removed");
    assert_eq!(removed["totals"]["exchanges"], removed["totals"]["judged"]);
    let broken: u64 = removed["ledger"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["broken"].as_u64().unwrap())
        .sum();
    assert_eq!(removed["totals"]["exchanges"], broken);
}

#[test]
fn nothing_to_plant_in_is_no_success() {
    let project =
        Project::with_spec("openapi: 3.1.0\ninfo: {title: Empty, version: '1'}\npaths: {}\n");
    let (code, result, stderr) = self_test(&project, &[]);
    assert_eq!(code, 4, "{result:#}");
    assert!(stderr.contains("nothing was planted"), "{stderr}");
    assert_eq!(result["sound"], false);
}

#[test]
fn a_promise_that_is_not_judged_is_told_and_not_rounded_up() {
    let image = r#"
openapi: 3.1.0
info: {title: Depot, version: "1"}
paths:
  /crates/label:
    get:
      responses:
        "200": {description: A label., content: {image/png: {schema: {type: string, maxLength: 3}}}}
        "404": {description: None.}
"#;
    let project = Project::with_spec(image);
    let (code, result, _) = self_test(&project, &[]);
    assert_eq!(code, 0);
    let left_out = result["left_out"].as_array().unwrap();
    assert_eq!(left_out.len(), 1, "{result:#}");
    assert_eq!(left_out[0]["promise"]["code"], "200");
    assert!(left_out[0]["why"].as_str().unwrap().contains("no schema can be held"));
}

/// The examples that `ReadMe` publishes on npm: some eighty documents of all versions.
#[test]
#[ignore = "downloads a package from npm"]
fn documents_from_the_wild() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oas-examples");
    std::fs::create_dir_all(&folder).unwrap();
    let packed = Command::new("npm")
        .args(["install", "--no-save", "--silent", "--prefix", ".", "@readme/oas-examples@8.2.2"])
        .current_dir(&folder)
        .status();
    if !packed.is_ok_and(|status| status.success()) {
        println!("skipped: npm gives no @readme/oas-examples");
        return;
    }
    let mut documents = Vec::new();
    json_files(&folder.join("node_modules/@readme/oas-examples"), &mut documents);
    documents.sort();
    let project = Project::new();
    let (mut planted, mut promises, mut faults) = (0, 0, Vec::new());
    for document in documents {
        let shown = document.to_string_lossy().into_owned();
        // One of half a megabyte has its own turn in `testimony self-test --spec` where there is time.
        if std::fs::metadata(&document).unwrap().len() > 120_000 {
            continue;
        }
        let (code, result, stderr) = self_test(&project, &["--spec", &shown]);
        let totals = &result["totals"];
        planted += totals["planted"].as_u64().unwrap_or(0);
        promises += totals["promises"].as_u64().unwrap_or(0);
        if !matches!(code, 0 | 4) {
            faults.push(format!("{shown}: exit {code}: {stderr}{:#}", result["missed"]));
        }
    }
    println!("{planted} mistakes planted against {promises} promises");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(promises > 400 && planted > 5000, "{promises} {planted}");
}

fn json_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            json_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "json")
            && path.parent().is_some_and(|folder| folder.ends_with("json"))
        {
            found.push(path);
        }
    }
}
