//! `testimony spec diff` as a user runs it.

use crate::support::{run, told};
use serde_json::{Value, json};
use std::path::Path;

const BEFORE: &str = "
openapi: 3.1.0
info: {title: Depot, version: '1'}
paths:
  /crates/{crate_id}:
    get:
      operationId: ShowCrate
      parameters: [{name: crate_id, in: path, required: true, schema: {type: string}}]
      responses:
        200:
          description: the crate
          content: {application/json: {schema: {$ref: '#/components/schemas/Crate'}}}
        404:
          description: no such crate
          content: {application/json: {schema: {type: object}}}
components:
  schemas:
    Crate:
      type: object
      required: [id]
      properties:
        id: {type: string}
        state: {enum: [open, shut], x-source: {page: crates.md, line: 7}}
";

fn folder(after: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("a.yaml", BEFORE);
    write("b.yaml", after);
    let entry = |status: u16, body: Value| {
        json!({
            "startedDateTime": "2026-03-01T10:00:00.000Z", "time": 1, "cache": {},
            "timings": {"send": 0, "wait": 1, "receive": 0},
            "request": {"method": "GET", "url": "https://depot.example/crates/7", "httpVersion": "HTTP/1.1",
                "cookies": [], "headers": [], "queryString": [], "headersSize": -1, "bodySize": 0},
            "response": {"status": status, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [],
                "headers": [{"name": "Content-Type", "value": "application/json"}],
                "content": {"size": -1, "mimeType": "application/json", "text": body.to_string()},
                "redirectURL": "", "headersSize": -1, "bodySize": -1},
        })
    };
    let entries = [
        entry(200, json!({"id": "a", "state": "open"})),
        entry(200, json!({"id": "b", "state": "shut"})),
        entry(404, json!({"why": "gone"})),
    ];
    let har = json!({"log": {"version": "1.2", "creator": {"name": "a", "version": "1"}, "entries": entries}});
    write("seen.har", &har.to_string());
    folder
}

fn diff(folder: &Path, more: &[&str]) -> String {
    let mut arguments = vec!["spec", "diff", "a.yaml", "b.yaml"];
    arguments.extend(more);
    told(&run(folder, &arguments))
}

#[test]
fn what_breaks_is_told_with_its_place_and_its_proof() {
    let after = BEFORE.replace("[open, shut]", "[open, sealed]").replace(
        "        404:\n          description: no such crate\n          content: {application/json: {schema: {type: object}}}\n",
        "",
    );
    let folder = folder(&after);
    assert_eq!(
        diff(folder.path(), &["--cassette", "seen.har"]),
        "exit 1
breaking[enum-value-added] /state: value `sealed` is new
  in        ShowCrate (200 application/json)
  was       crates.md:7  (/components/schemas/Crate/properties/state/enum)
  is        crates.md:7  (/components/schemas/Crate/properties/state/enum)
unknown[code-removed] `404` is gone
  in        ShowCrate (404)
  was       /paths/~1crates~1{crate_id}/get/responses/404
  is        /paths/~1crates~1{crate_id}/get
non-breaking[enum-value-removed] /state: value `shut` is gone
  in        ShowCrate (200 application/json)
  was       crates.md:7  (/components/schemas/Crate/properties/state/enum)
  is        crates.md:7  (/components/schemas/Crate/properties/state/enum)

a.yaml to b.yaml: 1 breaking, 1 unknown, 1 non-breaking changes
2 of 3 exchanges now contradict
  seen.har exchange 2
  seen.har exchange 3
2 codes lost their only proof
  ShowCrate 200: contradicted
  ShowCrate 404: documented no longer
"
    );
    let output = run(
        folder.path(),
        &["spec", "diff", "a.yaml", "b.yaml", "--format", "json", "--cassette", "seen.har"],
    );
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["totals"], json!({"breaking": 1, "unknown": 1, "non_breaking": 1}));
    assert_eq!(result["changes"][0]["before"]["line"], 7);
    assert_eq!(result["proof"]["now_contradict"], 2);
    assert_eq!(
        result["proof"]["lost"][1],
        json!({"operation": "ShowCrate", "code": "404", "now": null})
    );
    let markdown = diff(folder.path(), &["--format", "markdown"]);
    assert!(markdown.starts_with("exit 1\n## Depot: breaking changes\n"), "{markdown}");
    assert!(
        markdown.contains(
            "| /state: value `sealed` is new | ShowCrate (200 application/json) | crates.md:7"
        ),
        "{markdown}"
    );
}

#[test]
fn what_breaks_nothing_is_a_success() {
    let more =
        BEFORE.replace("id: {type: string}", "id: {type: string}\n        weight: {type: integer}");
    let found = folder(&more);
    let told_of = diff(found.path(), &["--cassette", "seen.har"]);
    assert!(
        told_of.starts_with("exit 0\nnon-breaking[member-added] /weight: member `weight` is new\n"),
        "{told_of}"
    );
    assert!(
        told_of.ends_with("0 of 3 exchanges now contradict\n0 codes lost their only proof\n"),
        "{told_of}"
    );
    let same = folder(BEFORE);
    assert_eq!(
        diff(same.path(), &[]),
        "exit 0\na.yaml to b.yaml: 0 breaking, 0 unknown, 0 non-breaking changes\n"
    );
    let missing = told(&run(same.path(), &["spec", "diff", "a.yaml", "c.yaml"]));
    assert!(missing.starts_with("exit 2\nerror: c.yaml: no such file"), "{missing}");
}

#[test]
fn a_spec_may_be_many_files() {
    let one = folder(BEFORE);
    let parts = BEFORE.replace("$ref: '#/components/schemas/Crate'", "$ref: 'schemas/crate.yaml'");
    std::fs::create_dir(one.path().join("schemas")).unwrap();
    let schema = "type: object\nrequired: [id]\nproperties:\n  id: {type: integer}\n  state: {enum: [open, shut]}\n";
    std::fs::write(one.path().join("schemas/crate.yaml"), schema).unwrap();
    std::fs::write(one.path().join("b.yaml"), parts).unwrap();
    let found = diff(one.path(), &[]);
    assert!(found.contains("/id: is `string` no longer"), "{found}");
    assert!(found.contains("/x-files/schemas~1crate.yaml/properties/id/type"), "{found}");
    let outside = BEFORE.replace("$ref: '#/components/schemas/Crate'", "$ref: '/etc/hostname'");
    std::fs::write(one.path().join("b.yaml"), outside).unwrap();
    let found = diff(one.path(), &[]);
    assert!(found.contains("leads to another document: it is outside of"), "{found}");
}
