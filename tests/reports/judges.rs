//! What others say of each form.

use super::Project;
use super::support::{packages, run};
use serde_json::{Value, json};
use std::process::Command;

#[test]
fn json_is_what_its_schema_says() {
    let schema = include_str!("../../docs/schemas/check.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let judge = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    let project = Project::new();
    let result = project.json("json");
    let faults = |value: &Value| -> Vec<String> {
        judge
            .iter_errors(value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    };
    assert_eq!(faults(&result), Vec::<String>::new());
    // What other commands add, as the contract has it.
    let mut more = result.clone();
    more["recipes"] = json!([{"operation": "ListBerths", "code": "400", "recipe": "quay", "state": "planned", "requests": 0, "reason": null}]);
    more["drift"] = json!([{"kind": "value", "cassette": "a", "exchange": 1, "at": "/a", "recorded": "1", "observed": "2"}]);
    assert_eq!(faults(&more), Vec::<String>::new());
    // A schema that takes everything would say nothing.
    for (pointer, wrong) in [
        ("/conforms", json!("no")),
        ("/ledger/0/state", json!("fine")),
        ("/findings/0/promise/line", json!(0)),
        ("/findings/0/severity", json!("fatal")),
        ("/totals/states", json!({})),
        ("/coverage/codes", json!([1])),
        ("/ledger/0/newest", json!("yesterday")),
    ] {
        let mut broken = result.clone();
        *broken.pointer_mut(pointer).unwrap() = wrong;
        assert_ne!(faults(&broken), Vec::<String>::new(), "{pointer}");
    }
}

/// `SARIF`'s own validator, by its makers: the schema, and rules beyond it. GitHub's, too.
#[test]
fn sarif_is_valid() {
    let package = "@microsoft/sarif-multitool-linux@5.7.0";
    let Some(modules) = packages::node_modules("reports-sarif", &[package]) else { return };
    let validator = modules.join("@microsoft/sarif-multitool-linux/Sarif.Multitool");
    let project = Project::new();
    let path = project.path().join("report.sarif");
    let sarif = project.report("sarif");
    let validate = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let mut command = Command::new("sh");
        command.args([
            "-c",
            "chmod +x \"$1\" && \"$1\" validate \"$2\" --rule-kind \"Sarif;Ghas\"",
            "sh",
        ]);
        command.arg(&validator).arg(&path).env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1");
        let output = command.output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let told = validate(&sarif);
    if !told.contains("1 files scanned") {
        println!("skipped: the validator does not run here: {told}");
        return;
    }
    assert!(!told.contains(": error "), "{told}");
    let lint = run(project.path(), &["spec", "lint", "--format", "sarif"]);
    let told = validate(&String::from_utf8(lint.stdout).unwrap());
    assert!(told.contains("1 files scanned") && !told.contains(": error "), "{told}");
    let broken = validate(&sarif.replace("\"startLine\": ", "\"startLine\": -"));
    assert!(broken.contains(": error "), "it judges: {broken}");
}

#[test]
fn sarif_says_what_was_found() {
    let project = Project::new();
    let sarif = project.json("sarif");
    let json = project.json("json");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let findings = json["findings"].as_array().unwrap();
    assert_eq!(results.len(), findings.len());
    let cassette = std::fs::read_to_string(project.path().join("cassettes/day.cassette")).unwrap();
    let spec = std::fs::read_to_string(project.path().join("specs/harbour.yaml")).unwrap();
    let line = |text: &str, place: &Value| {
        let line = place["physicalLocation"]["region"]["startLine"].as_u64().unwrap();
        text.lines().nth(usize::try_from(line).unwrap() - 1).unwrap().trim().to_owned()
    };
    let mut lines = Vec::new();
    for (result, finding) in results.iter().zip(findings) {
        assert_eq!(result["ruleId"], finding["rule"]);
        let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][rule]["id"], finding["rule"]);
        assert_eq!(result["partialFingerprints"]["testimony/v1"], finding["fingerprint"]);
        let suppressed = result["suppressions"][0]["justification"].clone();
        assert_eq!(suppressed, finding["accepted"]);
        let shown = line(&cassette, &result["locations"][0]);
        let promised = result["relatedLocations"]
            .as_array()
            .map_or(String::new(), |related| line(&spec, &related[0]));
        lines.push((finding["rule"].as_str().unwrap(), shown, promised));
    }
    let expected = [
        (
            "request-parameter",
            "\"target\": \"https://harbour.example/v2/berths?limit=99&quay=north\",",
            "- {name: limit,",
        ),
        ("response-schema", "\"metres\": \"</script>", "metres: {type: integer"),
        ("response-schema", "\"state\": \"sunk\"", "state: {type: string, enum: [free, taken]"),
        ("request-schema", "\"json\": {", "required: [ship, metres]"),
        ("error-body", "\"json\": {", "required: [reason]"),
        ("undocumented-status", "\"status\": 418,", "delete:"),
    ];
    for (rule, shown, promised) in expected {
        let found = lines.iter().any(|(is, cassette, spec)| {
            *is == rule && cassette.starts_with(shown) && spec.starts_with(promised)
        });
        assert!(found, "{rule} {shown}: {lines:#?}");
    }
}

/// `junitparser`, and Python's own strict parser of XML.
#[test]
fn junit_is_read_by_others() {
    let Some(python) = packages::python("reports-junit", &["junitparser==5.0.3"]) else { return };
    let project = Project::new();
    let path = project.path().join("report.xml");
    std::fs::write(&path, project.report("junit")).unwrap();
    let program = "
import sys, xml.etree.ElementTree, xml.sax
from junitparser import JUnitXml
xml.sax.parse(sys.argv[1], xml.sax.ContentHandler())
root = JUnitXml.fromfile(sys.argv[1])
for suite in root:
    cases = list(suite)
    assert suite.tests == len(cases), (suite.tests, len(cases))
    assert suite.failures == sum(any(r._tag == 'failure' for r in c.result) for c in cases)
    assert suite.skipped == sum(any(r._tag == 'skipped' for r in c.result) for c in cases)
    for case in cases:
        print(case.classname, '|', case.name, '|', ' '.join(r._tag + ': ' + r.message.splitlines()[0][:60] for r in case.result))
";
    let output = Command::new(python).args(["-c", program]).arg(&path).output().unwrap();
    let told = super::told(&output);
    assert!(output.status.success(), "{told}");
    for line in [
        "Harbour.ListBerths | GET /berths → 400 | \n",
        "Harbour.ShowBerth | GET /berths/{berth_id} → 200 | \n",
        "Harbour.ReserveBerth | POST /berths → 201 | skipped: contradicted; accepted: told the harbour master, case 7 | <b>",
        "Harbour.ReserveBerth | POST /berths → 400 | failure: is unproven; required is proven or simulated or contradicted\n",
        "Harbour.ReserveBerth | POST /berths → 409 | skipped: simulated: only mocks, faults, replays or edited exchanges show it",
        "Harbour.FreeBerth | DELETE /berths/{berth_id} → 204 | skipped: unproven; excused: no berth to spare\n",
        "FreeBerth | undocumented-status FreeBerth 418: 418 | failure: status: 418\n",
    ] {
        assert!(told.contains(line.get(..80).unwrap_or(line)), "{line}: {told}");
    }
}

/// As GitHub's dialect is read: what was recorded is text in the comment, and the ledger a table.
#[test]
fn markdown_is_one_table_and_no_markup_of_others() {
    let named = ["micromark@4.0.3", "micromark-extension-gfm@3.0.0"];
    let Some(modules) = packages::node_modules("reports-markdown", &named) else { return };
    let project = Project::new();
    let path = project.path().join("report.md");
    std::fs::write(&path, project.report("markdown")).unwrap();
    let program = "
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { readFileSync } from 'node:fs';
const at = (name) => import(pathToFileURL(`${process.argv[1]}/${name}/index.js`));
const { micromark } = await at('micromark');
const { gfm, gfmHtml } = await at('micromark-extension-gfm');
const text = readFileSync(process.argv[2], 'utf8');
process.stdout.write(micromark(text, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true }));
";
    let arguments = ["--input-type=module", "-e", program, "--"];
    let output = Command::new("node").args(arguments).arg(&modules).arg(&path).output().unwrap();
    let html = super::told(&output);
    assert!(output.status.success(), "{html}");
    assert_eq!(html.matches("<table>").count(), 1, "{html}");
    assert_eq!(html.matches("<tr>").count(), 5, "{html}");
    for tag in ["<script", "<img", "<b>", "<em>", "<a "] {
        assert!(!html.contains(tag), "{tag}: {html}");
    }
    assert!(html.contains("&lt;/script&gt;"), "{html}");
}
