//! Proofs that a change of their promise outdates: recorded from a real service, before and after.

use super::live::{SPEC, recorded};
use super::{Answer, Project, Value};

const REGISTER: [&str; 2] = ["--register", "promises.json"];

fn state(result: &Value, operation: &str) -> String {
    let rows = result["ledger"].as_array().unwrap();
    let row = rows.iter().find(|row| row["operation"] == operation).unwrap();
    row["state"].as_str().unwrap().to_owned()
}

fn rewrite(project: &Project, from: &str, to: &str) {
    assert!(SPEC.contains(from));
    project.write("specs/depot.yaml", &SPEC.replace(from, to));
}

fn succeeds(answer: &Answer) {
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
}

#[test]
fn a_changed_promise_makes_older_proof_stale_until_it_is_recorded_anew() {
    let project = Project::with_spec(SPEC);
    recorded(&project);
    succeeds(&project.check(&["--write-register", "promises.json"]));
    let before = project.json(&REGISTER).1;
    assert_eq!(state(&before, "CreateJob"), "proven");
    assert_eq!(before["ledger"][0]["changed"], Value::Null);

    // Other words and other names promise nothing else.
    rewrite(&project, "description: Any.", "description: Whatever comes.");
    assert_eq!(state(&project.json(&REGISTER).1, "CreateJob"), "proven");

    // What was recorded keeps the new promise as well, and was never asked about it.
    let one = r##"CreateJob, responses: {"201": {$ref: "#/components/responses/Any"}}"##;
    let other = r#"CreateJob, responses: {"201": {description: Made., content: {application/json: {schema: {type: object, maxProperties: 90}}}}}"#;
    rewrite(&project, one, other);
    assert_eq!(state(&project.json(&[]).1, "CreateJob"), "proven", "nothing is noted");
    let changed = project.json(&REGISTER).1;
    assert_eq!(state(&changed, "CreateJob"), "stale");
    assert_eq!(state(&changed, "Login"), "proven");
    assert_eq!(project.check(&[&REGISTER[..], &["--require", "proven,unproven"]].concat()).code, 1);
    let told = project.check(&REGISTER);
    assert!(
        told.stdout.contains("stale     CreateJob 201: the newest proof is of "),
        "{}",
        told.stdout
    );
    assert!(told.stdout.contains("and the promise is not what it was on "), "{}", told.stdout);

    // Noted, it has a time, and stays stale until a newer exchange shows it.
    project.write("testimony.toml", "[check]\nregister = \"promises.json\"\n");
    succeeds(&project.check(&["--write-register", "promises.json"]));
    let noted = project.json(&[]).1;
    assert_eq!(state(&noted, "CreateJob"), "stale");
    assert_eq!(
        noted["ledger"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["changed"] != Value::Null)
            .count(),
        1
    );
    std::fs::remove_file(project.path().join("cassettes/jobs.cassette")).unwrap();
    recorded(&project);
    assert_eq!(state(&project.json(&[]).1, "CreateJob"), "proven");
}

#[test]
fn a_date_in_the_spec_makes_older_proof_stale() {
    let project = Project::with_spec(SPEC);
    recorded(&project);
    let dated = |date: &str| {
        rewrite(
            &project,
            "operationId: Login,",
            &format!("operationId: Login, x-changed: {date},"),
        );
        state(&project.json(&[]).1, "Login")
    };
    assert_eq!(dated("2019-01-31"), "proven");
    assert_eq!(dated("\"2099-01-31T10:00:00Z\""), "stale");
    let told = project.check(&["--format", "junit"]).stdout;
    assert!(told.contains("and the promise changed on 2099-01-31T10:00:00Z"), "{told}");
}

#[test]
fn shares_know_of_changes_and_add_up() {
    let project = Project::with_spec(SPEC);
    recorded(&project);
    succeeds(&project.check(&["--write-register", "promises.json"]));
    rewrite(&project, "schema: {type: object}", "schema: {type: object, maxProperties: 90}");
    let whole = project.check(&[&REGISTER[..], &["--format", "json"]].concat());
    for share in ["1/2", "2/2"] {
        let file = format!("json={}.json", &share[..1]);
        project.check(&[&REGISTER[..], &["--shard", share, "--format", &file]].concat());
    }
    let sum = super::support::run(project.path(), &["ledger", "merge", "2.json", "1.json"]);
    assert_eq!(String::from_utf8(sum.stdout).unwrap(), whole.stdout);
    assert!(whole.stdout.contains("\"stale\""), "{}", whole.stdout);
}

#[test]
fn a_register_that_is_none_is_named() {
    let project = Project::new();
    project.write("promises.json", "{}");
    let answer = project.check(&REGISTER);
    assert_eq!(answer.code, 2);
    assert!(
        answer.stderr.contains("promises.json: not what `check --write-register` writes"),
        "{}",
        answer.stderr
    );
    // Of what it has nothing of, that is told.
    project.write(
        "promises.json",
        r#"{"register": 1, "noted": "2026-11-01T00:00:00Z", "promises": []}"#,
    );
    let answer = project.check(&REGISTER);
    assert!(
        answer.stderr.contains("note: register: nothing is noted of 1 operation\n"),
        "{}",
        answer.stderr
    );
    // The project's file may name one before it is there.
    let project = Project::new();
    project.write("testimony.toml", "[check]\nregister = \"promises.json\"\n");
    let answer = project.check(&[]);
    assert_eq!(answer.code, 2, "{}", answer.stderr);
    assert!(answer.stderr.contains("hint: `testimony check --write-register"), "{}", answer.stderr);
    project.check(&["--write-register", "promises.json"]);
    assert!(project.path().join("promises.json").is_file());
    assert_ne!(project.check(&[]).code, 2);
}
