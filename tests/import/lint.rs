//! `spec lint`: the seeds' contradictions by their lines, and the command on specs and pages.

use crate::{json, reference, support};
use serde_json::Value;
use std::path::Path;
use support::{run, told};

const SPEC: &str = r#"openapi: 3.1.0
info: {title: Depot, version: "1"}
paths:
  /shelves:
    get:
      operationId: ListShelves
      responses:
        200:
          description: d
          content:
            application/json:
              schema: {type: object, properties: {count: {type: integer, maximum: 9}}}
              example: {count: 10}
        400: {description: d, content: {application/json: {schema: {type: object}}}}
"#;

fn lint(folder: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
    let mut all = vec!["spec", "lint", "--format", "json"];
    all.extend(arguments);
    let output = run(folder, &all);
    let result = serde_json::from_slice(&output.stdout);
    (output.status.code(), result.unwrap_or_else(|_| panic!("{}", told(&output))))
}

/// What the careful reading of the seeds calls a contradiction of a page with itself, as far as it is one
/// that no reader settles without saying so.
const TO_BE_TOLD: &[&str] = &[
    "example_breaks_rule",
    "null_for_string",
    "prose_vs_enum",
    "one_schema_two_ranges",
    "wrong_keyword",
    "reserved_with_default",
    "masked_example",
    "truncated_rules",
    "schema_missing",
    "truncated_description",
    "null_word",
];

#[test]
fn every_contradiction_of_the_seeds_is_told_with_its_lines() {
    let Some(folder) = reference("seeds") else { return };
    let scratch = tempfile::tempdir().unwrap();
    let (code, result) = lint(scratch.path(), &[folder.to_str().unwrap()]);
    assert_eq!(code, Some(0));
    let mut told: Vec<(String, u64)> = Vec::new();
    for finding in result["findings"].as_array().unwrap() {
        for page in finding["pages"].as_array().unwrap() {
            let name = page["page"].as_str().unwrap().rsplit('/').next().unwrap();
            told.push((name[..3].to_owned(), page["line"].as_u64().unwrap()));
        }
    }
    let contract = json(&folder.join("contract.json"));
    let mut count = 0;
    for trap in contract["contradictions_and_traps"].as_array().unwrap() {
        let (seed, kind) = (trap["seed"].as_str().unwrap(), trap["kind"].as_str().unwrap());
        if !TO_BE_TOLD.contains(&kind) {
            continue;
        }
        count += 1;
        // A table's text is told where its row begins, at most this far above the words themselves.
        let near =
            |line: u64| told.iter().any(|(page, own)| page == seed && own.abs_diff(line) <= 20);
        let lines = trap["lines"].as_array().unwrap();
        let found = lines.iter().filter(|line| near(line.as_u64().unwrap())).count();
        assert!(found > 0, "{seed} {kind} {lines:?}: {told:?}");
    }
    assert!(count >= 14, "{count}");
}

#[test]
fn specs_are_looked_at_and_errors_fail() {
    let scratch = tempfile::tempdir().unwrap();
    std::fs::create_dir(scratch.path().join("specs")).unwrap();
    std::fs::write(scratch.path().join("specs/depot.yaml"), SPEC).unwrap();
    let (code, result) = lint(scratch.path(), &[]);
    assert_eq!(code, Some(1));
    let finding = &result["findings"][0];
    assert_eq!(finding["rule"], "example-breaks-schema");
    assert_eq!((&finding["at"]["line"], &finding["also"][0]["line"]), (&13.into(), &12.into()));
    assert_eq!(finding["operation"], "ListShelves");
    assert_eq!(result["totals"]["errors"], 1);

    let (code, result) =
        lint(scratch.path(), &["--off", "example-breaks-schema", "--fail-on", "warning"]);
    assert_eq!((code, &result["totals"]["off"]), (Some(0), &1.into()));

    let output = run(
        scratch.path(),
        &["spec", "lint", "--format", "terminal", "--format", "sarif=l.sarif", "specs/depot.yaml"],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("error[example-breaks-schema]"), "{}", told(&output));
    let sarif = json(&scratch.path().join("l.sarif"));
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "specs/depot.yaml");
    assert_eq!(place["region"]["startLine"], 13);
}

#[test]
fn what_is_asked_wrongly_is_said() {
    let scratch = tempfile::tempdir().unwrap();
    let end = |arguments: &[&str]| {
        let output = run(scratch.path(), arguments);
        (output.status.code(), told(&output))
    };
    let (code, text) = end(&["spec", "lint"]);
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("nothing to look at"), "{text}");
    let (code, text) = end(&["spec", "lint", "none.yaml"]);
    assert_eq!(code, Some(2), "{text}");
    let (code, text) = end(&["spec", "lint", "--explain", "masked-example"]);
    assert!(code == Some(0) && text.contains("Stars, angle brackets"), "{text}");
    let (code, text) = end(&["spec", "lint", "--off", "spelling"]);
    assert!(code == Some(2) && text.contains("`spelling` is not a rule"), "{text}");
}
