//! HAR files as browsers write them, judged as they are.

use super::{Project, state};
use serde_json::{Value, json};

fn entry(path: &str, status: u16, body: &str) -> Value {
    json!({
        "startedDateTime": "2026-11-20T10:00:00.000+01:00", "time": 12,
        "request": {
            "method": "GET", "url": format!("https://depot.example{path}"), "httpVersion": "http/2.0",
            "headers": [{"name": ":authority", "value": "depot.example"}], "queryString": [], "cookies": [],
            "headersSize": -1, "bodySize": 0
        },
        "response": {
            "status": status, "statusText": "", "httpVersion": "http/2.0", "cookies": [],
            "headers": [{"name": "content-type", "value": "application/json"}, {"name": "content-encoding", "value": "br"}],
            "content": {"size": body.len(), "mimeType": "application/json", "text": body},
            "redirectURL": "", "headersSize": -1, "bodySize": -1
        },
        "cache": {}, "timings": {"send": 0, "wait": 12, "receive": 0}
    })
}

#[test]
fn entries_are_judged_and_numbered_from_one() {
    let project = Project::new();
    let entries = json!([
        entry("/v1/d1/crates", 200, r#"{"crates": [{"crate_id": "a", "weight": 1}]}"#),
        entry("/v1/d1/crates", 404, r#"{"error_code": 7}"#),
        entry("/v1/d1/crates", 0, ""),
    ]);
    let har = json!({"log": {"version": "1.2", "creator": {"name": "WebInspector", "version": "537.36"},
        "entries": entries}});
    project.write("browser.har", &har.to_string());
    let (code, result) = project.json(&["--cassette", "browser.har"]);
    assert_eq!(code, 1);
    assert_eq!(
        (state(&result, "200").as_str(), state(&result, "404").as_str()),
        ("proven", "contradicted")
    );
    let findings = result["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(
        (&findings[0]["cassette"], &findings[0]["exchange"]),
        (&json!("browser.har"), &json!(2))
    );
    assert_eq!(findings[0]["at"], "/error_code");
    assert_eq!(
        (&result["totals"]["exchanges"], &result["totals"]["judged"]),
        (&json!(3), &json!(2))
    );
    assert_eq!(result["totals"]["failed"], 1);
}

#[test]
fn a_body_that_the_file_does_not_have_is_no_empty_body() {
    // As Firefox writes without "save response bodies", and as tools do that know no sizes.
    let contents = [
        json!({"size": 44, "mimeType": "application/json"}),
        json!({"size": -1, "mimeType": "application/json"}),
        json!({"mimeType": "application/json", "comment": "too large"}),
    ];
    for content in contents {
        let project = Project::new();
        let mut entry = entry("/v1/d1/crates", 200, "");
        entry["response"]["content"] = content.clone();
        let har = json!({"log": {"version": "1.2", "creator": {"name": "Firefox", "version": "1"}, "entries": [entry]}});
        project.write("browser.har", &har.to_string());
        let (code, result) = project.json(&["--cassette", "browser.har"]);
        assert_eq!(state(&result, "200"), "unproven", "{content}");
        let found = result["findings"].as_array().unwrap();
        let rules: Vec<_> = found.iter().map(|finding| &finding["rule"]).collect();
        assert_eq!(rules, ["not-judged"], "{content}: {found:#?}");
        assert!(
            found[0]["observed"].as_str().unwrap().contains("does not have the response's body")
        );
        assert_eq!((code, &result["totals"]["judged"]), (4, &json!(0)), "{content}");
    }
    // One that says that there was none is believed.
    let project = Project::new();
    let har = json!({"log": {"version": "1.2", "creator": {"name": "Firefox", "version": "1"},
        "entries": [entry("/v1/d1/crates", 200, "")]}});
    project.write("browser.har", &har.to_string());
    assert_eq!(state(&project.json(&["--cassette", "browser.har"]).1, "200"), "contradicted");
}
