//! `replay --format`: what was answered, missed and not used, written however the run ends.

use crate::misses::send;
use crate::support::{Server, has, packages, run, told};
use crate::{cassette, get, text};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

fn two(folder: &Path) -> String {
    let exchanges = [get("http://h/x", &text(200, "1")), get("http://h/y?a=1", &text(200, "2"))];
    cassette(folder, "a", &exchanges)
}

fn json(folder: &Path, name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}

const FORMATS: [&str; 6] =
    ["--format", "json=r.json", "--format", "junit=r.xml", "--format", "terminal=r.txt"];

#[test]
fn misses_and_unused_exchanges_are_reported_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let file = two(folder.path());
    let arguments = [&["replay", "--cassette", file.as_str()][..], &FORMATS].concat();
    let server = Server::start(folder.path(), &arguments);
    send(&server, "GET /x HTTP/1.1", b"");
    send(&server, "GET /y?a=2%00&b=%3Cb%3E HTTP/1.1", b"");
    let output = server.stop();
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    let report = json(folder.path(), "r.json");
    assert_eq!((&report["testimony"], &report["holds"]), (&1.into(), &false.into()));
    let totals = serde_json::json!(
        {"sessions": 1, "exchanges": 2, "answered": 1, "missed": 1, "unused": 1}
    );
    assert_eq!(report["totals"], totals);
    let session = &report["sessions"][0];
    assert_eq!((&session["name"], &session["cassettes"][0]), (&Value::Null, &file.as_str().into()));
    let miss = &session["misses"][0];
    assert_eq!((&miss["miss"], &miss["times"]), (&"no-match".into(), &1.into()));
    assert_eq!(miss["nearest"]["exchange"], 2);
    assert_eq!(
        miss["differences"][0],
        serde_json::json!({"at": "query:a", "recorded": "1", "sent": "2\0"})
    );
    assert_eq!(session["unused"][0]["exchange"], 2);
    let xml = std::fs::read_to_string(folder.path().join("r.xml")).unwrap();
    for part in [
        "<testsuites name=\"testimony replay\" tests=\"2\" failures=\"1\" errors=\"0\">",
        "tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"1\"",
        "name=\"GET /y?a=2%00&amp;b=%3Cb%3E\"",
        "<failure message=\"query:a differs, and 1 field more\" type=\"no-match\">miss: GET ",
        "exchange 2 was never asked for\"/>",
    ] {
        assert!(xml.contains(part), "{part}: {xml}");
    }
    assert!(!xml.contains('\0'));
    let shown = std::fs::read_to_string(folder.path().join("r.txt")).unwrap();
    assert!(shown.starts_with("1 request answered, 1 miss; 1 of 2 exchanges used\n"), "{shown}");
}

#[test]
fn the_forms_of_a_run_in_which_all_is_well() {
    let folder = tempfile::tempdir().unwrap();
    let file = two(folder.path());
    for (more, code, cases) in [
        (&[][..], 0, ["tests=\"2\" failures=\"0\"", "<skipped "]),
        (&["--fail-unused"][..], 1, ["tests=\"2\" failures=\"1\"", "type=\"unused\""]),
    ] {
        let arguments = [&["replay", "--cassette", file.as_str()][..], &FORMATS, more].concat();
        let server = Server::start(folder.path(), &arguments);
        send(&server, "GET /x HTTP/1.1", b"");
        assert_eq!(server.stop().status.code(), Some(code));
        assert_eq!(json(folder.path(), "r.json")["holds"], code == 0);
        let xml = std::fs::read_to_string(folder.path().join("r.xml")).unwrap();
        assert!(xml.contains("name=\"every request was answered\"/>"), "{xml}");
        assert!(cases.iter().all(|part| xml.contains(part)), "{xml}");
    }
}

#[test]
fn a_report_is_written_whatever_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let file: &'static str = two(folder.path()).leak();
    let start = |command: &[&'static str]| {
        let _ = std::fs::remove_file(folder.path().join("r.json"));
        let _ = std::fs::remove_file(folder.path().join("r.xml"));
        [&["replay", "--cassette", file][..], &FORMATS, command].concat()
    };
    for signal in ["INT", "TERM"] {
        let mut server = Server::start(folder.path(), &start(&[]));
        send(&server, "GET /none HTTP/1.1", b"");
        server.signal(signal);
        assert_eq!(server.wait().status.code(), Some(1), "{signal}");
        assert_eq!(json(folder.path(), "r.json")["totals"]["missed"], 1, "{signal}");
    }
    // A command that can't be started, one that fails, and one that swallows its misses.
    let output = run(folder.path(), &start(&["--", "no-such-program"]));
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert_eq!(json(folder.path(), "r.json")["totals"]["answered"], 0);
    let xml = std::fs::read_to_string(folder.path().join("r.xml")).unwrap();
    assert!(!xml.contains("name=\"every request was answered\"/>"), "{xml}");
    if !has("curl") {
        return;
    }
    let script = |code: u8| format!("curl -sS \"$TESTIMONY_URL/none\" >/dev/null; exit {code}");
    for (code, ends) in [(7, 7), (0, 1)] {
        let script: &'static str = script(code).leak();
        let output = run(folder.path(), &start(&["--", "sh", "-c", script]));
        assert_eq!(output.status.code(), Some(ends), "{}", told(&output));
        assert_eq!(json(folder.path(), "r.json")["totals"]["missed"], 1);
    }
}

#[test]
fn forms_that_can_not_be_written_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = two(folder.path());
    let cases: [(&[&str], &str); 4] = [
        (&["--format", "sarif"], "`sarif` is not a format; the formats are terminal, json, junit"),
        (&["--format", "json", "--format", "junit"], "only one form can go to standard output"),
        (&["--format", "json=none/r.json"], "--format: none/r.json: no such folder"),
        (&["--format", "json="], "no file is named after `=`"),
    ];
    for (arguments, message) in cases {
        let all = [&["replay", "--cassette", file.as_str()][..], arguments].concat();
        let output = run(folder.path(), &all);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", told(&output));
        assert!(told(&output).contains(message), "{arguments:?}: {}", told(&output));
    }
}

#[test]
fn sessions_are_reported_apart() {
    let folder = tempfile::tempdir().unwrap();
    let cassettes = folder.path().join("all");
    std::fs::create_dir(&cassettes).unwrap();
    cassette(&cassettes, "one", &[get("http://h/x", &text(200, "1"))]);
    cassette(&cassettes, "two", &[get("http://h/y", &text(200, "2"))]);
    let arguments = [&["replay", "--cassette", "all/"][..], &FORMATS].concat();
    let server = Server::start(folder.path(), &arguments);
    for (session, path) in [("one", "/x"), ("two", "/z"), ("three", "/x")] {
        send(&server, &format!("GET {path} HTTP/1.1\r\ntestimony-session: {session}"), b"");
    }
    assert_eq!(server.stop().status.code(), Some(1));
    let report = json(folder.path(), "r.json");
    let told: Vec<_> = report["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let count = |key: &str| one[key].as_u64().unwrap();
            let unused = one["unused"].as_array().unwrap().len();
            (one["name"].as_str().unwrap(), count("answered"), count("missed"), unused)
        })
        .collect();
    assert_eq!(told, [("one", 1, 0, 0), ("three", 0, 1, 0), ("two", 0, 1, 1)]);
    let xml = std::fs::read_to_string(folder.path().join("r.xml")).unwrap();
    assert_eq!(xml.matches("<testsuite name=").count(), 3, "{xml}");
}

#[test]
fn a_status_within_a_documented_range_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = two(folder.path());
    let spec = |code: &str| {
        format!(
            "{{\"openapi\": \"3.1.0\", \"info\": {{\"title\": \"t\", \"version\": \"1\"}}, \"paths\": {{\"/x\": {{\"get\": {{\"operationId\": \"GetX\", \"responses\": {{\"{code}\": {{\"description\": \"d\"}}}}}}}}}}}}"
        )
    };
    std::fs::write(folder.path().join("range.json"), spec("4XX")).unwrap();
    std::fs::write(folder.path().join("any.json"), spec("default")).unwrap();
    for (name, told_of) in [("range.json", true), ("any.json", false)] {
        let server = Server::start(folder.path(), &["replay", "--cassette", &file, "--spec", name]);
        send(&server, "GET /x HTTP/1.1", b"");
        let output = server.stop();
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        let note = "note: `GetX` document 4XX, and 477 is one of these";
        assert_eq!(told(&output).contains(note), told_of, "{}", told(&output));
    }
    let arguments = ["replay", "--cassette", &file, "--spec", "range.json", "--miss-status", "577"];
    let server = Server::start(folder.path(), &arguments);
    let (head, _) = send(&server, "GET /none HTTP/1.1", b"");
    assert!(head.starts_with("HTTP/1.1 577 "), "{head}");
    assert!(!told(&server.stop()).contains("note: "));
}

/// Python with what reads `JUnit` reports and validates them.
fn python() -> Option<PathBuf> {
    if !has("python3") {
        return None;
    }
    let folder = packages::home("replay-junit");
    // The schema is part of pytest's sources.
    let (readers, sources) = (["junitparser==5.0.3", "lxml==6.1.3"], "pytest==8.3.4");
    let mut download = packages::pip(&folder);
    download.args(["download", "-q", "--no-deps", "--no-binary", "pytest", sources, "-d"]);
    download.arg(folder.join("sources"));
    let [environment, install] = packages::environment(&folder, &readers);
    let wanted = [readers[0], readers[1], sources];
    packages::filled(&folder, &wanted, &[environment, install, download])
        .then(|| folder.join("bin/python"))
}

#[test]
fn junit_reports_fit_the_schema_and_are_read_by_others() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = two(folder.path());
    let arguments = [&["replay", "--cassette", file.as_str()][..], &FORMATS].concat();
    let server = Server::start(folder.path(), &arguments);
    let (answer, _) = send(&server, "GET /x HTTP/1.1", b"");
    assert!(answer.starts_with("HTTP/1.1 200 "));
    send(&server, "POST /y?a=%1b%5b31m%ef%bf%bf%00%5d%5d%3e&b=<> HTTP/1.1", b"\x01\xff\"'<&>]]>");
    server.stop();
    let program = r#"
import glob, sys, tarfile
from junitparser import Failure, JUnitXml, Skipped
from lxml import etree
path, sources = sys.argv[1:]
with tarfile.open(glob.glob(sources + "/pytest-*.tar.gz")[0]) as archive:
    name = next(n for n in archive.getnames() if n.endswith("/junit-10.xsd"))
    schema = etree.XMLSchema(etree.parse(archive.extractfile(name)))
schema.assertValid(etree.parse(path))
for suite in JUnitXml.fromfile(path):
    print(suite.tests, suite.failures, suite.skipped)
    for case in suite:
        print(case.name, [type(result).__name__ for result in case.result])
"#;
    let sources = packages::home("replay-junit").join("sources");
    let output = Command::new(&python)
        .args(["-c", program])
        .arg(folder.path().join("r.xml"))
        .arg(&sources)
        .output()
        .unwrap();
    let xml = std::fs::read_to_string(folder.path().join("r.xml")).unwrap();
    assert_eq!(
        told(&output),
        "exit 0\n2 1 1\nPOST /y?a=%1b%5b31m%ef%bf%bf%00%5d%5d%3e&b=<> ['Failure']\nexchange 2: GET /y?a=1 ['Skipped']\n",
        "{xml}"
    );
}
