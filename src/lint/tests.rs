use super::{Flaw, Rule, lint};
use crate::spec::Spec;

const DEPOT: &str = r##"
openapi: 3.1.0
info:
  title: Depot
  version: "1"
  x-losses: [{page: crates.txt, line: 44, reason: "what the text announces does not follow"}]
  x-contradictions:
    - {page: crates.txt, kind: example_breaks_rule, lines: [12, 80], what: "`name` has an example that breaks it"}
    - {page: crates.txt, kind: prose_vs_enum, lines: [20], what: "prose lists fewer values"}
components:
  securitySchemes: {token: {type: apiKey, in: header, name: X-Token}}
  schemas:
    Crate:
      type: object
      required: [id, wieght]
      properties:
        id: {type: string, maxLength: 4, example: tolong}
        weight: {type: integer, minLength: 3, minimum: 9, maximum: 2}
        kind: {type: string, enum: [box, 7, sack]}
        none: {type: string, enum: []}
        size: {type: string, default: 5}
        state: {type: string, enum: [open, shut]}
        label: {type: string, description: "One of the following:"}
        name:
          type: string
          pattern: "^[a-z ]*$"
          x-contradicted: {pattern: "^[a-z]*$", x-source: [{page: crates.txt, line: 12}, {page: crates.txt, line: 80}]}
paths:
  /crates/{crate_id}/{gone}:
    get:
      operationId: ShowCrate
      security: [{token: []}]
      parameters:
        - {name: crate_id, in: path, required: true, schema: {type: string}}
        - {name: extra, in: path, required: true, schema: {type: string}}
        - {name: limit, in: query, schema: {type: integer}, example: ten}
        - {name: X-Trace, in: header, required: true, schema: {type: string}, example: "<trace>"}
      responses:
        200:
          description: d
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Crate"}
              examples: {good: {value: {id: a, wieght: 1}}, bad: {value: {id: [], wieght: 1}}}
        404: {description: d}
    put:
      operationId: StoreCrate
      parameters:
        - {name: crate_id, in: path, required: true, schema: {type: string}}
        - {name: gone, in: path, required: true, schema: {type: string}}
        - {name: limit, in: query, required: true, schema: {type: string}}
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: state, in: query, schema: {type: string, enum: [open, shut, lost]}}
      responses: {204: {description: d}}
"##;

fn flaws() -> Vec<Flaw> {
    lint(&Spec::load("depot.yaml", DEPOT.as_bytes()).unwrap())
}

fn of(rule: Rule) -> Vec<(String, String)> {
    let flaws = flaws().into_iter().filter(|flaw| flaw.rule == rule);
    flaws.map(|flaw| (flaw.pointer, flaw.what)).collect()
}

fn one(rule: Rule) -> (String, String) {
    let mut found = of(rule);
    assert_eq!(found.len(), 1, "{rule}: {found:#?}");
    found.remove(0)
}

#[test]
fn every_rule_finds_what_it_is_for_and_nothing_else() {
    let crate_ = "/components/schemas/Crate";
    let pointer = |rest: &str| format!("{crate_}{rest}");
    assert_eq!(one(Rule::UndeclaredRequired).0, pointer("/required/1"));
    assert_eq!(one(Rule::DefaultBreaksSchema).0, pointer("/properties/size/default"));
    assert_eq!(one(Rule::MisplacedKeyword).0, pointer("/properties/weight/minLength"));
    assert_eq!(one(Rule::UnreachableValue).0, pointer("/properties/kind/enum/1"));
    assert_eq!(one(Rule::TruncatedRule).0, pointer("/properties/label/description"));
    let impossible: Vec<String> = of(Rule::ImpossibleSchema).into_iter().map(|one| one.0).collect();
    assert_eq!(
        impossible,
        [pointer("/properties/weight/minimum"), pointer("/properties/none/enum")]
    );
    let examples: Vec<String> =
        of(Rule::ExampleBreaksSchema).into_iter().map(|one| one.0).collect();
    let get = "/paths/~1crates~1{crate_id}~1{gone}/get";
    assert_eq!(
        examples,
        [
            format!("{get}/parameters/2/example"),
            format!("{get}/responses/200/content/application~1json/examples/bad/value/id"),
            pointer("/properties/id/example"),
        ]
    );
    assert_eq!(one(Rule::MaskedExample).0, format!("{get}/parameters/3/example"));
    assert_eq!(one(Rule::NoErrorBody).0, format!("{get}/responses/404"));
    assert_eq!(one(Rule::Unannounced401).0, get);
    assert!(one(Rule::NoErrorCode).0.ends_with("/put"));
    assert!(
        one(Rule::ParameterTypesDiffer)
            .1
            .contains("`limit` is number in one place, string in one place")
    );
    let duties: Vec<String> = of(Rule::RequiredDiffers).into_iter().map(|one| one.1).collect();
    assert!(duties[0].starts_with("header `X-Trace`"), "{duties:?}");
    assert!(duties[1].starts_with("query `limit`"), "{duties:?}");
    assert_eq!(one(Rule::EnumsDiffer).1, "`state` lists different values: only here: \"lost\"");
    let variables: Vec<String> = of(Rule::PathVariable).into_iter().map(|one| one.1).collect();
    assert_eq!(variables.len(), 2, "{variables:?}");
    assert!(of(Rule::Unreadable).is_empty());
}

#[test]
fn what_an_import_noted_is_told_with_its_lines_once() {
    let flaws = flaws();
    let told: Vec<&Flaw> = flaws.iter().filter(|flaw| flaw.rule == Rule::Contradiction).collect();
    let [rule, prose] = &told[..] else { panic!("{told:#?}") };
    assert_eq!(rule.pointer, "/components/schemas/Crate/properties/name/x-contradicted/pattern");
    assert_eq!(rule.what, "`name` has an example that breaks it");
    let lines: Vec<Option<u32>> = rule.sources.iter().map(|source| source.line).collect();
    assert_eq!(lines, [Some(12), Some(80)]);
    assert!(rule.resolved.as_ref().is_some_and(|text| text.contains("^[a-z ]*$")), "{rule:?}");
    assert_eq!((prose.sources[0].line, prose.resolved.as_deref()), (Some(20), None));
    let lost = flaws.iter().find(|flaw| flaw.rule == Rule::NotRead).unwrap();
    assert_eq!(lost.sources[0].line, Some(44));
}

#[test]
fn a_sound_document_has_no_flaw() {
    let sound = r##"
openapi: 3.1.0
info: {title: t, version: "1"}
components:
  securitySchemes: {token: {type: apiKey, in: header, name: X-Token}}
  schemas:
    Base: {type: object, required: [id], properties: {id: {type: string, format: uuid}}}
    Crate:
      allOf: [{$ref: "#/components/schemas/Base"}, {required: [id], properties: {weight: {type: [integer, "null"], minimum: 0}}}]
      example: {id: 0b403f6a-1c11-4e8e-bd80-e9d4ab2cdf44, weight: null}
    Error: {type: object, required: [code], properties: {code: {type: string, readOnly: true}}, example: {code: E1}}
security: [{token: []}]
paths:
  /crates/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}, examples: {a: {value: abc}}}]
      responses:
        200: {description: d, content: {application/json: {schema: {$ref: "#/components/schemas/Crate"}}}}
        401: {description: d, content: {application/json: {schema: {$ref: "#/components/schemas/Error"}, example: {code: E2}}}}
        4XX: {description: d, content: {application/xml: {schema: {$ref: "#/components/schemas/Error"}, example: "<a/>"}}}
    head:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {200: {description: d}, 401: {description: d}}
"##;
    assert_eq!(lint(&Spec::load("s.yaml", sound.as_bytes()).unwrap()), []);
}

#[test]
fn what_normalising_adds_is_not_looked_at() {
    let family = r##"
openapi: 3.1.0
info: {title: t, version: "1"}
components:
  schemas:
    Box: {type: object, properties: {kind: {type: string}}}
    Sack: {type: object, properties: {kind: {type: string}}}
    Base: {type: object, discriminator: {propertyName: kind}, properties: {kind: {type: string}}}
    Crate: {allOf: [{$ref: "#/components/schemas/Base"}, {properties: {weight: {type: integer}}}]}
    Pallet: {allOf: [{$ref: "#/components/schemas/Base"}, {properties: {height: {type: integer}}}]}
paths:
  /a:
    get:
      responses:
        200:
          description: d
          content:
            application/json:
              schema:
                oneOf: [{$ref: "#/components/schemas/Box"}, {$ref: "#/components/schemas/Sack"}, {$ref: "#/components/schemas/Base"}]
                discriminator: {propertyName: kind, mapping: {box: Box}}
        default: {description: d, content: {application/json: {schema: {$ref: "#/components/schemas/Base"}}}}
"##;
    assert_eq!(lint(&Spec::load("s.yaml", family.as_bytes()).unwrap()), []);
}

#[test]
fn each_rule_has_an_id_of_its_own_and_a_text() {
    for (index, rule) in Rule::ALL.into_iter().enumerate() {
        assert_eq!(Rule::parse(rule.id()), Some(rule));
        assert!(rule.explanation().ends_with('.') && !rule.summary().ends_with('.'), "{rule}");
        assert!(
            Rule::ALL[..index].iter().all(|other| other.severity() >= rule.severity()),
            "{rule}"
        );
    }
}
