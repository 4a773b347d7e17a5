//! The user's own rules and named values hold for other tools' recordings as they do for our own.

use crate::support::{run, testimony, told};
use std::path::Path;

const RULES: &str =
    "[[redact.rule]]\nid = \"acme.case\"\nregex = \"CASE-(?P<secret>[a-z0-9]+)-x\"\n";
const RULED: &str = "blue7whale3";
const NAMED: &str = "correct horse 9";

fn har(folder: &Path) {
    let text = format!(
        r#"{{"log": {{"version": "1.2", "creator": {{"name": "t", "version": "1"}}, "entries": [
        {{"startedDateTime": "2026-11-20T10:00:00Z", "request": {{"method": "GET", "url": "http://h/a?q={NAMED}", "httpVersion": "HTTP/1.1", "headers": []}},
        "response": {{"status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "headers": [{{"name": "Content-Type", "value": "application/json"}}],
        "content": {{"size": 50, "mimeType": "application/json", "text": "{{\"id\": \"CASE-{RULED}-x\", \"n\": \"{NAMED}\"}}"}}}}}}]}}}}"#
    );
    std::fs::write(folder.join("a.har"), text).unwrap();
}

fn clean(what: &str, text: &str) {
    for secret in [RULED, NAMED, "correct%20horse", "correct+horse"] {
        assert!(!text.contains(secret), "{what}: {secret} in {text}");
    }
}

#[test]
fn own_rules_and_named_values_reach_every_command_that_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("testimony.toml"), RULES).unwrap();
    har(folder.path());
    let spec = r#"{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {"operationId": "a",
        "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"type": "object",
        "properties": {"id": {"enum": ["x"]}, "n": {"enum": ["y"]}}}}}}}}}}}"#;
    std::fs::write(folder.path().join("s.json"), spec).unwrap();
    let tell = |arguments: &[&str]| {
        let mut command = testimony(folder.path());
        let output = command.env("HORSE", NAMED).args(arguments).args(["--secret-env", "HORSE"]);
        told(&output.output().unwrap())
    };
    let convert = ["cassette", "convert", "a.har", "--out"];
    for out in ["a.cassette", "b.har", "c.yaml"] {
        let said = tell(&[&convert[..], &[out]].concat());
        assert!(said.starts_with("exit 0\n"), "{said}");
        clean(out, &std::fs::read_to_string(folder.path().join(out)).unwrap());
    }
    for arguments in [
        &["cassette", "show", "a.har"][..],
        &["cassette", "show", "-n", "1", "a.har"],
        &["cassette", "diff", "a.har", "a.cassette"],
        &["check", "--spec", "s.json", "--cassette", "a.har"],
        &["check", "--spec", "s.json", "--cassette", "a.har", "--format", "json"],
    ] {
        let said = tell(arguments);
        assert!(!said.starts_with("exit 2\n") && !said.contains("panicked"), "{said}");
        clean(&arguments.join(" "), &said);
    }
    // The rule travels with the cassette that was made.
    std::fs::remove_file(folder.path().join("testimony.toml")).unwrap();
    let text = std::fs::read_to_string(folder.path().join("a.cassette")).unwrap();
    assert!(text.contains("acme.case") && text.contains("env.HORSE"), "{text}");
}

#[test]
fn rules_that_came_later_hold_for_what_is_exported() {
    let folder = tempfile::tempdir().unwrap();
    har(folder.path());
    let plain = run(folder.path(), &["cassette", "convert", "a.har", "--out", "a.cassette"]);
    assert!(plain.status.success(), "{}", told(&plain));
    let text = std::fs::read_to_string(folder.path().join("a.cassette")).unwrap();
    assert!(text.contains(RULED), "nobody has said that it is one");
    std::fs::write(folder.path().join("testimony.toml"), RULES).unwrap();
    for (form, out) in
        [("har", "b.har"), ("vcrpy", "b.yaml"), ("curl", "b.sh"), ("wiremock", "b.json")]
    {
        let mut command = testimony(folder.path());
        command.env("HORSE", NAMED).args(["cassette", "convert", "a.cassette", "--out", out]);
        let output = command.args(["--to", form, "--secret-env", "HORSE"]).output().unwrap();
        assert!(output.status.success(), "{}", told(&output));
        clean(out, &std::fs::read_to_string(folder.path().join(out)).unwrap());
    }
}
