//! The JSON-Schema-Test-Suite for draft 2020-12, through our loading, normalising and judging. The
//! suite comes with the source distribution of the Python package `jsonschema`; `docs/schemas.md`
//! lists what differs, and why.

use crate::packages;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use testimony::check::{Judge, Rule, Settings};
use testimony::exchange::{
    Body, Exchange, ExchangeNumber, Headers, Request, Response, Source, Timing,
};
use testimony::spec::{Direction, Spec};

const PACKAGE: &str = "jsonschema==4.25.1";

/// Files and cases (`*` for all) that come out otherwise than the suite says, and how.
const DIFFERENCES: &[(&str, &str, Came)] = &[
    // The schema of schemas is not fetched.
    ("defs.json", "*", Came::Unreadable),
    ("ref.json", "remote ref, containing refs itself", Came::Unreadable),
    // What `$dynamicRef` leads to depends on the way there.
    ("dynamicRef.json", "*", Came::Unreadable),
    ("optional/dynamicRef.json", "*", Came::Unreadable),
    ("unevaluatedItems.json", "unevaluatedItems with $dynamicRef", Came::Unreadable),
    ("unevaluatedProperties.json", "unevaluatedProperties with $dynamicRef", Came::Unreadable),
    // Formats assert: OpenAPI documents mean them to.
    ("format.json", "*", Came::Other),
    // Two internationalised formats do not.
    ("optional/format/idn-email.json", "*", Came::Other),
    ("optional/format/idn-hostname.json", "*", Came::Other),
    // Other dialects and vocabularies are read as 2020-12.
    ("optional/cross-draft.json", "*", Came::Other),
    (
        "vocabulary.json",
        "schema that uses custom metaschema with with no validation vocabulary",
        Came::Other,
    ),
    // An `$id` counts wherever a schema may be, below words of one's own too.
    (
        "optional/unknownKeyword.json",
        "$id inside an unknown keyword is not a real identifier",
        Came::Other,
    ),
];

/// What came of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Came {
    Same,
    Other,
    Unreadable,
}

fn case(schema: &Value, remotes: &Path) -> Spec {
    let document = json!({"openapi": "3.1.0", "paths": {"/": {"get": {"responses": {"200":
        {"description": "", "content": {"application/json": {"schema": {"$ref": "schema.json"}}}}}}}}});
    let files = |name: &str| {
        if name == "schema.json" {
            return Ok(schema.to_string().into_bytes());
        }
        let path = name.strip_prefix("http://localhost:1234/").ok_or("it is not fetched")?;
        std::fs::read(remotes.join(path)).map_err(|error| error.to_string())
    };
    Spec::load_with("suite.json", document.to_string().as_bytes(), &files).unwrap()
}

/// An answer with a value as its body.
fn answer(value: &Value) -> Exchange {
    Exchange {
        number: ExchangeNumber(1),
        at: "2026-11-20T10:00:00Z".parse().unwrap(),
        source: Source::Live,
        request: Request {
            method: "GET".to_owned(),
            target: "https://suite.example/".to_owned(),
            ..Request::default()
        },
        response: Some(Response {
            status: 200,
            headers: Headers::from([("Content-Type", "application/json")]),
            body: Body::from(value.to_string().as_str()),
            ..Response::default()
        }),
        timing: Timing::default(),
        error: None,
        redacted: Vec::new(),
        messages: Vec::new(),
        interim: Vec::new(),
        digest: None,
    }
}

/// Whether the judge finds that a value breaks the schema, from the text of an answer and by whichever way is the
/// quickest; `None` where it does not say.
fn broken_as_answer(judge: &mut Judge<'_>, value: &Value) -> Option<bool> {
    let (findings, _) = judge.alone(&answer(value));
    let has = |rule| findings.iter().any(|finding| finding.rule == rule);
    let is_told = !has(Rule::NotJudged) && !has(Rule::PromiseUnreadable);
    is_told.then(|| has(Rule::ResponseSchema))
}

#[test]
fn draft_2020_12() {
    let Some(root) = packages::python_source(PACKAGE) else { return };
    let (tests, remotes) = (root.join("json/tests/draft2020-12"), root.join("json/remotes"));
    let mut counts: BTreeMap<Came, usize> = BTreeMap::new();
    let mut odd = Vec::new();
    let settings = Settings::default();
    let mut as_answers = 0;
    for file in packages::files(&tests, &["json"]) {
        let name = file.strip_prefix(&tests).unwrap().to_string_lossy().into_owned();
        let cases: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        for one in cases.as_array().unwrap() {
            let specs = [case(&one["schema"], &remotes)];
            let spec = &specs[0];
            let mut judge = Judge::new(&specs, &settings);
            let media = &spec.operations[0].promise(200).unwrap().media[0];
            let schema = media.schema.as_ref().unwrap();
            let described = one["description"].as_str().unwrap();
            for test in one["tests"].as_array().unwrap() {
                let judged = spec.validate(schema, &test["data"], Direction::Response);
                let came = match &judged {
                    Ok(found) if found.is_empty() == test["valid"].as_bool().unwrap() => Came::Same,
                    Ok(_) => Came::Other,
                    Err(_) => Came::Unreadable,
                };
                *counts.entry(came).or_default() += 1;
                if let (Ok(found), Some(broken)) =
                    (&judged, broken_as_answer(&mut judge, &test["data"]))
                {
                    let what = test["description"].as_str().unwrap();
                    assert_ne!(
                        found.is_empty(),
                        broken,
                        "{name}: {described}: {what}: {:?}",
                        test["data"]
                    );
                    as_answers += 1;
                }
                let known = DIFFERENCES.iter().any(|(file, case, how)| {
                    *file == name && ["*", described].contains(case) && *how == came
                });
                if came != Came::Same && !known {
                    let why = judged.err().map(|error| error.to_string()).unwrap_or_default();
                    odd.push(format!(
                        "{name}: {described}: {}: {came:?} {why}",
                        test["description"].as_str().unwrap()
                    ));
                }
            }
        }
    }
    println!("{counts:?}, {as_answers} as answers");
    assert!(as_answers * 10 > counts.values().sum::<usize>() * 9, "{as_answers}");
    assert!(odd.is_empty(), "{} differ:\n{}", odd.len(), odd.join("\n"));
}
