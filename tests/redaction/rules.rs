//! The rules of a project: `testimony.toml`, what a cassette carries of them, and files that exist.

use crate::support::{Server, exchange, run, told};
use crate::upstream::Upstream;
use crate::wire::wire;
use std::path::Path;

const ROWS: &[(&str, &str)] = &[(
    "POST /v1/a?pin=1234&x=1\nX-Plan: gold-{raw}\nContent-Type: application/json\n\n{\"user\":{\"phone\":\"{raw}\",\"n\":7},\"token\":\"kept-Token-77\"}",
    "200 OK\n\nCASE-{raw}-x",
)];
const SECRET: &str = "blue7whale3";
const RULES: &str = r#"
[redact]
off = ["name.token"]

[[redact.rule]]
id = "acme.plan"
header = "x-pl*"
host = "api.example"

[[redact.rule]]
id = "acme.pin"
query = "PIN"
path = "/k0s0/v1/*"
carry = false

[[redact.rule]]
id = "acme.user"
json = "$.user.*"

[[redact.rule]]
id = "acme.case"
regex = "CASE-(?P<secret>[a-z0-9]+)-x"

[[redact.rule]]
id = "acme.elsewhere"
header = "Content-Type"
host = "other.example"
"#;

fn recorded(folder: &Path, more: &[&str]) -> String {
    let upstream = Upstream::start(vec![ROWS], vec![SECRET.to_owned()]);
    let url = upstream.url();
    let arguments = [&["record", "--cassette", "c.cassette", "--upstream", &url], more].concat();
    let recorder = Server::start(folder, &arguments);
    exchange(recorder.address, &wire(ROWS[0].0, SECRET, Some("k0s0")));
    let output = recorder.stop();
    assert!(output.status.success(), "{}", told(&output));
    std::fs::read_to_string(folder.join("c.cassette")).unwrap()
}

#[test]
fn rules_of_a_project_hold_and_travel_with_the_cassette() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("testimony.toml"), RULES).unwrap();
    let text = recorded(folder.path(), &[]);
    assert!(!text.contains(SECRET) && !text.contains("pin=1234"), "{text}");
    assert!(text.contains("kept-Token-77") && text.contains("application/json"), "{text}");
    for rule in ["acme.pin", "acme.user", "acme.case"] {
        assert!(text.contains(&format!("\"rule\": \"{rule}\"")), "{rule}: {text}");
    }
    // The rules are in the cassette: whoever replays it needs no testimony.toml.
    std::fs::remove_file(folder.path().join("testimony.toml")).unwrap();
    let scan = run(folder.path(), &["cassette", "scan", "c.cassette"]);
    assert!(told(&scan).contains(" 0 finds"), "{}", told(&scan));
    let replayer = Server::start(folder.path(), &["replay", "--cassette", "c.cassette"]);
    let other = ROWS[0].0.replace("pin=1234", "pin=99").replace("\"n\":7", "\"n\":12");
    let answer = exchange(replayer.address, &wire(&other, "green4newt9", Some("k0s0")));
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(replayer.stop().status.success());
}

#[test]
fn rules_that_cannot_be_used_are_refused_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("[redact]\noff = [\"name.pasword\"]\n", "did you mean `name.password`"),
        ("[[redact.rule]]\nid = \"a\"\n", "needs exactly one of `header`"),
        ("[[redact.rule]]\nid = \"a\"\nregex = \"(\"\n", "redaction rule `a`: `regex`"),
        ("[[redact.rule]]\nid = \"a\"\njson = \"user\"\n", "redaction rule `a`: `json`"),
        ("[[redact.rule]]\nid = \"name.password\"\nheader = \"x\"\n", "is no id"),
    ];
    for (text, expected) in cases {
        std::fs::write(folder.path().join("testimony.toml"), text).unwrap();
        let output = run(
            folder.path(),
            &["record", "--cassette", "c.cassette", "--upstream", "http://127.0.0.1:1"],
        );
        assert_eq!(output.status.code(), Some(2), "{text}: {}", told(&output));
        assert!(told(&output).contains(expected), "{text}: {}", told(&output));
    }
}

#[test]
fn a_cassette_that_exists_is_scanned_and_redacted_in_place() {
    let folder = tempfile::tempdir().unwrap();
    recorded(folder.path(), &[]);
    let path = folder.path().join("c.cassette");
    // Now it is known: as the value of a variable.
    let tell = |arguments: &[&str]| {
        let mut command = crate::support::testimony(folder.path());
        command.env("WHALE", SECRET).args(["cassette"]).args(arguments).output().unwrap()
    };
    let named = ["c.cassette", "--secret-env", "WHALE"];
    let scan = tell(&[&["scan", "--json"], &named[..]].concat());
    assert_eq!(scan.status.code(), Some(1), "{}", told(&scan));
    let finds: serde_json::Value = serde_json::from_slice(&scan.stdout).unwrap();
    let places: Vec<&str> = finds["finds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|find| find["at"].as_str().unwrap())
        .collect();
    assert_eq!(places, ["/request/body", "/request/headers/0", "/response/body"], "{finds}");
    assert!(!told(&scan).contains(SECRET));
    let before = std::fs::read(&path).unwrap();
    assert_eq!(tell(&[&["redact", "--check"], &named[..]].concat()).status.code(), Some(1));
    assert_eq!(std::fs::read(&path).unwrap(), before, "--check changes nothing");
    let done = tell(&[&["redact"], &named[..]].concat());
    assert!(done.status.success() && told(&done).contains("3 replaced"), "{}", told(&done));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains(SECRET) && text.contains("\"env.WHALE\""), "{text}");
    let verified = run(folder.path(), &["cassette", "verify", "c.cassette"]);
    assert!(verified.status.success(), "{}", told(&verified));
    let again = tell(&[&["redact"], &named[..]].concat());
    assert!(told(&again).contains("0 replaced"), "{}", told(&again));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "idempotent");

    // What a person changed stays known as changed.
    std::fs::write(&path, text.replace("CASE-", &format!("{SECRET}-"))).unwrap();
    assert!(tell(&[&["redact"], &named[..]].concat()).status.success());
    let verified = run(folder.path(), &["cassette", "verify", "c.cassette"]);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"source\": \"edited\"") && !text.contains(SECRET), "{text}");
    assert!(verified.status.code() == Some(1) || told(&verified).contains("ok"));
}

#[test]
fn new_episodes_go_on_with_the_numbers_of_the_cassette() {
    let folder = tempfile::tempdir().unwrap();
    let rows: &[&[(&str, &str)]] = &[
        &[("GET /a\nAuthorization: Bearer {raw}", "200 OK\n\nok")],
        &[("GET /b\nAuthorization: Bearer {raw}", "200 OK\n\nok")],
    ];
    let secrets = vec!["First1Token22abc".to_owned(), "Other7Token33def".to_owned()];
    let upstream = Upstream::start(rows.iter().copied().map(leaked).collect(), secrets.clone());
    let url = upstream.url();
    for row in 0..2 {
        let arguments =
            ["record", "--cassette", "c.cassette", "--upstream", &url, "--mode", "new_episodes"];
        let recorder = Server::start(folder.path(), &arguments);
        let request = wire(rows[row][0].0, &secrets[row], Some(&format!("k{row}s0")));
        exchange(recorder.address, &request);
        assert!(recorder.stop().status.success());
    }
    let text = std::fs::read_to_string(folder.path().join("c.cassette")).unwrap();
    assert!(text.contains("Bearer {{secret:1}}") && text.contains("Bearer {{secret:2}}"), "{text}");
}

fn leaked(steps: &[(&'static str, &'static str)]) -> &'static [(&'static str, &'static str)] {
    Box::leak(steps.to_vec().into_boxed_slice())
}
