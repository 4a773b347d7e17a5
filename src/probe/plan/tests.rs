use super::*;
use crate::exchange::{Exchange, ExchangeNumber, Response, Source, Timing};
use crate::probe::{Outcome, settled};
use crate::spec::Direction;
use serde_json::{Value, json};

fn spec(paths: &Value) -> Vec<Spec> {
    let document = json!({
        "openapi": "3.1.0", "info": {"title": "Depot", "version": "1"}, "paths": paths,
        "components": {"securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "X-Token"}}},
    });
    vec![Spec::load("depot.json", document.to_string().as_bytes()).unwrap()]
}

/// One POST of a body with this schema, and these codes.
fn post(schema: &Value, codes: &[&str]) -> Vec<Spec> {
    let responses: serde_json::Map<String, Value> =
        codes.iter().map(|code| ((*code).to_owned(), json!({"description": ""}))).collect();
    let body = json!({"required": true, "content": {"application/json": {"schema": schema}}});
    spec(&json!({"/crates": {"post": {"operationId": "Create", "requestBody": body,
        "responses": responses, "security": [{"token": []}]}}}))
}

/// Names of the recipes for a code.
fn names(specs: &[Spec], options: &Options, code: u16) -> Vec<String> {
    let plan = Plan::of(specs, &[], options);
    let of = |recipe: &&Recipe| recipe.code == CodePattern::Code(code);
    plan.recipes().map(|(_, recipe)| recipe).filter(of).map(|recipe| recipe.name.clone()).collect()
}

#[test]
fn every_mistake_in_a_body_is_one_mistake() {
    let schema = json!({
        "type": "object", "additionalProperties": false, "required": ["name", "size"],
        "properties": {
            "name": {"type": "string", "minLength": 3, "maxLength": 9, "pattern": "^[0-9]+$"},
            "size": {"type": "integer", "minimum": 10, "maximum": 90, "multipleOf": 10},
            "kind": {"type": "string", "enum": ["oak", "pine"]},
            "tags": {"type": "array", "maxItems": 2, "uniqueItems": true, "items": {"type": "string"}},
        },
    });
    let specs = post(&schema, &["201", "400"]);
    let plan = Plan::of(&specs, &[], &Options::default());
    let case = &plan.cases[0];
    let of = case.base.as_ref().unwrap().schema.as_ref().unwrap();
    let mut seen = Vec::new();
    for recipe in case.recipes.iter().filter(|recipe| recipe.kind == Kind::Constraint) {
        let bytes = recipe.request().unwrap().body.bytes().unwrap().to_vec();
        let Ok(value) = serde_json::from_slice::<Value>(&bytes) else { continue };
        let broken = case.spec.validate(of, &value, Direction::Request).unwrap();
        let told: Vec<_> = broken.iter().map(|one| format!("{} {}", one.at, one.keyword)).collect();
        // What is of another type is nothing that an enumeration lists.
        let single = told.len() == 1
            || told.iter().all(|one| one.starts_with(told[0].split(' ').next().unwrap()));
        assert!(!told.is_empty() && single, "{}: {value}: {told:?}", recipe.name);
        let words =
            ["too-long", "too-short", "out-of-range", "not-a-multiple", "pattern", "too-many"];
        if words.iter().any(|word| recipe.name.starts_with(word)) {
            assert_eq!(told.len(), 1, "{}: {value}: {told:?}", recipe.name);
        }
        seen.push(recipe.name.clone());
    }
    for name in [
        "missing body:/name",
        "null body:/size",
        "wrong-type body:/tags",
        "outside-enum body:/kind",
        "too-many-items body:/tags",
        "duplicate-items body:/tags",
        "extra-field body:/testimony_planted",
        "pattern body:/name",
        "not-a-multiple body:/size",
    ] {
        assert!(seen.contains(&name.to_owned()), "{name}: {seen:?}");
    }
    // Mistakes in what is optional have nothing else that is optional with them.
    let recipe = case.recipes.iter().find(|one| one.name == "outside-enum body:/kind").unwrap();
    let value: Value =
        serde_json::from_slice(recipe.request().unwrap().body.bytes().unwrap()).unwrap();
    assert!(value.get("tags").is_none() && value.get("kind").is_some(), "{value}");
}

#[test]
fn conditions_and_exclusions_are_broken_one_at_a_time() {
    let schema = json!({
        "type": "object", "required": ["type"],
        "properties": {"type": {"enum": ["gold", "tin"]}, "code": {"type": "string"}, "a": {"type": "integer"},
            "b": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "object", "required": ["key"],
            "properties": {"key": {"type": "string"}}}, "x-unique-by": "key"}},
        "if": {"properties": {"type": {"const": "gold"}}, "required": ["type"]}, "then": {"required": ["code"]},
        "not": {"required": ["a", "b"]},
    });
    let found = names(&post(&schema, &["201", "400"]), &Options::default(), 400);
    for name in ["conditional body:/code", "exclusive body:/a+b"] {
        assert!(found.contains(&name.to_owned()), "{name}: {found:?}");
    }
}

#[test]
fn what_the_wire_makes_right_is_no_mistake() {
    let limit = |schema: Value| {
        spec(&json!({"/crates": {"get": {"operationId": "List",
            "parameters": [{"name": "limit", "in": "query", "schema": schema}],
            "responses": {"200": {"description": ""}, "400": {"description": ""}}}}}))
    };
    let options = Options::default();
    let whole = names(&limit(json!({"type": "integer", "maximum": 50})), &options, 400);
    assert_eq!(whole, ["wrong-type query:limit", "out-of-range query:limit"]);
    assert!(
        names(&limit(json!({"type": "string"})), &options, 400).iter().all(|name| name == "none")
    );
}

#[test]
fn codes_that_nothing_provokes_say_what_a_person_could_run() {
    let specs =
        post(&json!({"type": "object"}), &["201", "401", "403", "418", "429", "500", "503"]);
    let plan = Plan::of(&specs, &[], &Options::default());
    let left = |code: u16| {
        let (_, recipe) =
            plan.recipes().find(|(_, recipe)| recipe.code == CodePattern::Code(code)).unwrap();
        match &recipe.step {
            Step::Leave(why) => why.clone(),
            step => panic!("{code} is sent: {step:?}"),
        }
    };
    assert!(left(500).contains("Prefer: code=500") && left(503).contains("--fault"));
    assert!(left(429).contains("--burst") && left(403).contains("second identity"));
    assert!(left(418).contains("Prefer: code=418"));
    let burst = Options { burst: Some(5), other: true, ..Options::default() };
    let plan = Plan::of(&specs, &[], &burst);
    assert!(plan.recipes().any(|(_, recipe)| recipe.step == Step::Burst(5)));
}

#[test]
fn a_cap_leaves_the_first_recipes_of_each_code() {
    let schema = json!({"type": "object", "required": ["a", "b", "c"], "properties": {
        "a": {"type": "string"}, "b": {"type": "string"}, "c": {"type": "string"}}});
    let specs = post(&schema, &["201", "400", "401", "409"]);
    let mut plan = Plan::of(&specs, &[], &Options::default());
    plan.cap(4);
    let sent = plan.recipes().filter(|(_, recipe)| !matches!(recipe.step, Step::Leave(_)));
    let codes: Vec<String> = sent.map(|(_, recipe)| recipe.code.to_string()).collect();
    assert_eq!(codes, ["201", "400", "401", "409"]);
}

/// Five hundred operations are planned, each code of each.
#[test]
fn large_documents_are_planned() {
    let body = json!({"required": true, "content": {"application/json": {"schema": {"type": "object",
        "required": ["name"], "properties": {"name": {"type": "string", "maxLength": 20}, "size": {"type": "integer"}}}}}});
    let codes: serde_json::Map<String, Value> = ["201", "400", "401", "404", "405", "500"]
        .map(|code| (code.to_owned(), json!({"description": ""})))
        .into_iter()
        .collect();
    let path = |number: usize| {
        let parameter =
            json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}});
        let post = json!({"operationId": format!("Act{number}"), "parameters": [parameter],
            "requestBody": body, "responses": codes});
        (format!("/v1/things{number}/{{id}}/act"), json!({"post": post}))
    };
    let specs = spec(&Value::Object((0..500).map(path).collect()));
    let plan = Plan::of(&specs, &[], &Options::default());
    assert_eq!(plan.cases.len(), 500);
    for case in &plan.cases {
        let codes: std::collections::BTreeSet<_> =
            case.recipes.iter().map(|recipe| recipe.code).collect();
        assert_eq!(codes.len(), 6, "{:?}", case.operation.id);
    }
}

#[test]
fn answers_mean_what_is_documented() {
    let schema =
        json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}});
    let outcome = |codes: &[&str], recipe: &str, control: Option<u16>, status: u16| {
        let specs = post(&schema, codes);
        let plan = Plan::of(&specs, &[], &Options::default());
        let case = &plan.cases[0];
        let recipe = case.recipes.iter().find(|one| one.name == recipe).unwrap();
        let exchange = Exchange {
            number: ExchangeNumber(1),
            at: jiff::Timestamp::UNIX_EPOCH,
            source: Source::Live,
            request: recipe.request().unwrap().clone(),
            interim: Vec::new(),
            response: Some(Response { status, ..Response::default() }),
            timing: Timing::default(),
            messages: Vec::new(),
            error: None,
            redacted: Vec::new(),
            digest: None,
        };
        match settled(case, recipe, control, &exchange) {
            Outcome::Reached { code, .. } => format!("reached {code}"),
            Outcome::Contradicted { rule, severity, .. } => format!("{severity} {rule}"),
            Outcome::Nothing(_) => "nothing".to_owned(),
        }
    };
    let all = &["201", "400", "401", "403", "404", "409", "415", "422", "500"][..];
    let (missing, none) = ("missing body:/name", "no credentials");
    let good = Some(201);
    for (codes, recipe, control, status, expected) in [
        (all, missing, good, 400, "reached 400"),
        (all, missing, good, 422, "reached 422"),
        (all, missing, good, 201, "error wrong-status"),
        (all, missing, good, 500, "error wrong-status"),
        (all, missing, good, 404, "error wrong-status"),
        (all, missing, good, 403, "nothing"),
        (all, missing, good, 429, "nothing"),
        (all, missing, good, 503, "nothing"),
        (all, missing, Some(404), 404, "nothing"),
        (all, missing, Some(500), 500, "nothing"),
        (all, missing, None, 201, "error wrong-status"),
        (&["201", "400"], missing, good, 422, "error wrong-status"),
        (&["201", "4XX"], missing, good, 422, "reached 4XX"),
        (&["201", "default"], missing, good, 500, "error wrong-status"),
        (all, none, good, 401, "reached 401"),
        (all, none, good, 403, "reached 403"),
        (all, none, good, 201, "error wrong-status"),
        (all, "media type", good, 415, "reached 415"),
        (all, "media type", good, 400, "reached 400"),
        (all, "media type", good, 500, "error wrong-status"),
        (all, "as documented", None, 201, "reached 201"),
        (all, "as documented", None, 400, "warning undeserved-error"),
        (all, "as documented", None, 401, "nothing"),
    ] {
        assert_eq!(
            outcome(codes, recipe, control, status),
            expected,
            "{recipe} {control:?} {status}"
        );
    }
}

#[test]
fn what_a_default_covers_is_documented_for_the_same_mistake() {
    let schema =
        json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}});
    for (codes, expected) in
        [(&["201", "422", "default"][..], vec![400]), (&["201", "422"], vec![])]
    {
        let specs = post(&schema, codes);
        let plan = Plan::of(&specs, &[], &Options::default());
        let recipes = plan.cases[0].recipes.iter();
        let broken: Vec<_> = recipes.filter(|one| one.name == "missing body:/name").collect();
        assert_eq!(broken[0].answers.wanted, [422]);
        assert_eq!(broken[0].answers.also, expected, "{codes:?}");
    }
}
