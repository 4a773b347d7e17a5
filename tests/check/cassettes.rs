//! What a cassette says of itself: exchanges taken out of it by hand are no success.

use super::{CRATES, GOOD, HEADER, JSON, Project, by_hand, exchange, good, rules, support};
use serde_json::json;
use testimony::exchange::Source;

fn text(body: &str) -> serde_json::Value {
    json!({"text": [body]})
}

#[test]
fn an_exchange_that_was_taken_out_fails_the_run() {
    let project = Project::new();
    let not_found = exchange(Source::Live, CRATES, 404, JSON, r#"{"error_code": "D.1"}"#);
    project.record("cassettes/a.cassette", &[good(Source::Live), not_found, good(Source::Live)]);
    let (code, result) = project.json(&[]);
    assert_eq!((code, rules(&result)), (0, vec![]));
    // The second record goes, the footer stays.
    let path = project.path().join("cassettes/a.cassette");
    let whole = std::fs::read_to_string(&path).unwrap();
    let records: Vec<&str> = whole.split_inclusive("\n}\n").collect();
    assert_eq!(records.len(), 5, "header, three exchanges, footer");
    let without = |left_out: &[usize]| -> String {
        let kept = records.iter().enumerate().filter(|(at, _)| !left_out.contains(at));
        kept.map(|(_, record)| *record).collect()
    };
    for left_out in [&[2][..], &[3], &[1, 2, 3]] {
        std::fs::write(&path, without(left_out)).unwrap();
        let (code, result) = project.json(&[]);
        assert_eq!(code, 1, "{left_out:?}");
        let finding = &result["findings"][0];
        assert_eq!(
            (&finding["rule"], &finding["severity"]),
            (&json!("not-judged"), &json!("error"))
        );
        assert_eq!(finding["cassette"], "cassettes/a.cassette");
        assert!(finding["observed"].as_str().unwrap().contains("line "), "{finding}");
        assert_eq!(result["conforms"], false);
    }
    // The footer goes too: the numbers tell. Taken off the end, nothing can tell it from a recorder that was killed.
    std::fs::write(&path, without(&[2, 4])).unwrap();
    let (code, result) = project.json(&[]);
    assert_eq!(code, 1);
    assert!(
        result["findings"][0]["observed"]
            .as_str()
            .unwrap()
            .contains("exchange 3 stands at place 2")
    );
    std::fs::write(&path, without(&[3, 4])).unwrap();
    assert_eq!(project.json(&[]).0, 0);
}

/// Whoever answers, what is recorded counts; that the document does not name the host is told.
#[test]
fn answers_of_a_host_that_the_document_does_not_name_are_told() {
    let project = Project::new();
    let spec = std::fs::read_to_string(project.path().join("specs/depot.yaml")).unwrap();
    project.record("cassettes/a.cassette", &[good(Source::Live)]);
    assert_eq!(project.check(&[]).stderr, "");
    for (servers, told) in [
        ("[{url: 'https://depot.example'}]", false),
        ("[{url: 'https://{zone}.example', variables: {zone: {default: a}}}]", false),
        ("[{url: /}]", false),
        ("[{url: 'https://other.example'}]", true),
    ] {
        project.write("specs/depot.yaml", &format!("servers: {servers}{spec}"));
        let answer = project.check(&[]);
        assert_eq!(answer.code, 0);
        let note = "note: specs/depot.yaml: 1 exchange is of depot.example, which is none of its servers\n";
        assert_eq!(answer.stderr, if told { note } else { "" }, "{servers}");
    }
    std::fs::remove_file(project.path().join("cassettes/a.cassette")).unwrap();
    project.record("cassettes/a.cassette", &[good(Source::Mock)]);
    assert_eq!(project.check(&[]).stderr, "", "a mock proves nothing of anybody");
}

#[test]
fn shares_of_a_cassette_that_miscounts_add_up() {
    let project = Project::new();
    let records: String = (1..=4).map(|n| by_hand(n, CRATES, 200, JSON, &text(GOOD))).collect();
    let cassette = format!("{HEADER}{records}{{\"end\": true, \"exchanges\": 9}}\n");
    project.write("cassettes/a.cassette", &cassette);
    let whole = project.check(&["--format", "json"]);
    assert_eq!(whole.code, 1);
    let mut parts = Vec::new();
    for share in ["1/2", "2/2"] {
        let file = format!("{}.json", share.replace('/', "-"));
        project.check(&["--shard", share, "--format", &format!("json={file}")]);
        parts.push(file);
    }
    let merged = support::run(project.path(), &["ledger", "merge", &parts[1], &parts[0]]);
    assert_eq!(String::from_utf8_lossy(&merged.stdout), whole.stdout);
}
