use super::model::{Envelope, Operation, PageSource, Problem, SchemaRef, Spec, UnknownFormat};
use super::place::Node;
use super::routing::Router;
use super::schema::{Direction, Judge, Survey, UnreadablePromise, Violation};
use super::{Files, SpecError, layout, normalise, read, text};
use crate::exchange::{Decimal, Digest};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

impl Spec {
    /// Reads a document from its bytes. `path` is how the file is shown, and its ending tells YAML
    /// from JSON where the text does not.
    pub fn load(path: impl Into<String>, bytes: &[u8]) -> Result<Self, SpecError> {
        Self::load_with(path, bytes, &|_| Err("other files are not read here".to_owned()))
    }

    /// Reads a document and the files that it refers to, which `files` hands over.
    pub fn load_with(
        path: impl Into<String>,
        bytes: &[u8],
        files: &Files<'_>,
    ) -> Result<Self, SpecError> {
        let path = path.into();
        let whole = normalise::normalise(&path, text::value(&path, bytes)?, files)?;
        let document = whole.document;
        let reading = read::read(&document);
        let router = Router::new(&reading.operations);
        let mut problems = whole.problems;
        let known: HashSet<String> = problems.iter().map(|one| one.pointer.clone()).collect();
        let new = |problem: &Problem| !known.contains(&problem.pointer);
        problems.extend(reading.problems.into_iter().filter(new));
        let (schemas, unknown_formats) =
            surveyed(&document, &reading.operations, &reading.envelopes);
        problems.extend(schemas.into_iter().filter(new));
        Ok(Self {
            digest: digest(bytes, &whole.files),
            title: reading.title.unwrap_or_else(|| path.clone()),
            family: reading.family,
            operations: reading.operations,
            problems,
            unknown_formats,
            gateway_codes: reading.gateway_codes,
            envelopes: reading.envelopes,
            security_schemes: reading.security_schemes,
            judge: Judge::new(&document),
            router,
            document,
            path,
        })
    }

    /// The whole document, normalised to 3.1.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// A schema, references at its top followed.
    pub fn schema(&self, schema: &SchemaRef) -> Option<&Value> {
        Some(Node::at(&self.document, &schema.pointer)?.resolved().ok()?.value)
    }

    /// The place in the document as its author wrote it: that of the `discriminator` where a schema of ours
    /// says what one asks for.
    pub fn written_place(&self, pointer: &str) -> String {
        match normalise::as_written(&self.document, pointer) {
            Some((pointer, _)) => pointer.trim_end_matches("/discriminator").to_owned(),
            None => pointer.to_owned(),
        }
    }

    /// Whether a schema asks for an array, by its `type`.
    pub fn is_for_arrays(&self, schema: &SchemaRef) -> bool {
        self.schema(schema).is_some_and(|schema| match &schema["type"] {
            Value::String(kind) => kind == "array",
            Value::Array(kinds) => kinds.iter().any(|kind| kind == "array"),
            _ => false,
        })
    }

    /// What a value found in the document refers to (`$ref`), itself where it is no reference;
    /// `None` where the reference is bad.
    pub fn resolved<'a>(&'a self, value: &'a Value) -> Option<&'a Value> {
        let node = Node { document: &self.document, pointer: String::new(), value };
        Some(node.resolved().ok()?.value)
    }

    /// Every way in which a value breaks a schema; none when it keeps it. At most a hundred.
    pub fn validate(
        &self,
        schema: &SchemaRef,
        instance: &Value,
        direction: Direction,
    ) -> Result<Vec<Violation>, UnreadablePromise> {
        self.judge.violations(&self.document, schema, instance, direction)
    }

    /// [`Spec::validate`] for a value some of whose numbers are there by their digits
    /// ([`crate::exchange::Decimal::written`]).
    pub fn validate_written(
        &self,
        schema: &SchemaRef,
        instance: &Value,
        direction: Direction,
    ) -> Result<Vec<Violation>, UnreadablePromise> {
        if !Decimal::is_in(instance) {
            return self.validate(schema, instance, direction);
        }
        self.judge.violations_written(&self.document, schema, instance, direction)
    }

    /// The pointer of a part that a schema leads to and that [`Spec::validate`] passes over: a
    /// `discriminator` that says more than the schemas beside it.
    pub fn unjudged(&self, schema: &SchemaRef) -> Option<String> {
        self.judge.unjudged(&self.document, schema)
    }

    /// Every schema object of the document, with its pointer, the upper ones first.
    pub fn schemas(&self) -> Vec<(String, &serde_json::Map<String, Value>)> {
        layout::schemas(&self.document)
    }

    /// The pages that a part of the document was read from: the nearest `x-source` at a pointer or
    /// above it.
    pub fn source_of(&self, pointer: &str) -> Vec<PageSource> {
        read::source_of(&self.document, pointer)
    }
}

/// The digest of a document's bytes; where it is several files, of all their names and bytes.
fn digest(bytes: &[u8], files: &[(String, Vec<u8>)]) -> Digest {
    if files.is_empty() {
        return Digest::of(bytes);
    }
    let mut all = bytes.to_vec();
    for (name, bytes) in files {
        for part in [name.as_bytes(), bytes] {
            all.extend_from_slice(&part.len().to_be_bytes());
            all.extend_from_slice(part);
        }
    }
    Digest::of(&all)
}

/// What is wrong with the schemas that promises lead to, and which of their formats nobody knows.
fn surveyed(
    document: &Value,
    operations: &[Operation],
    envelopes: &[Envelope],
) -> (Vec<Problem>, Vec<UnknownFormat>) {
    let known = HashMap::new();
    let mut survey = Survey::new(document, &known);
    let mut walked = HashSet::new();
    let schemas = operations.iter().flat_map(Operation::schemas);
    for schema in schemas.chain(envelopes.iter().map(|envelope| &envelope.schema)) {
        if walked.insert(&schema.pointer) {
            survey.walk(&schema.pointer);
        }
    }
    let unknown = survey.unknown_formats.into_iter();
    let unknown = unknown.map(|(name, pointer)| UnknownFormat { name: name.to_owned(), pointer });
    (survey.problems, unknown.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Headers, Request};
    use crate::spec::{CodePattern, Confidence, Place, Route, route};
    use serde_json::json;

    const DEPOT: &str = r##"
openapi: 3.1.0
info: {title: Depot, version: "1"}
x-family: depot
x-gateway-codes: [413, 502]
servers: [{url: "https://{region}.depot.example/v1", variables: {region: {default: north}}}]
paths:
  /crates/{crate_id}:
    parameters:
      - {name: crate_id, in: path, required: true, schema: {type: string, format: uuid}}
    get:
      operationId: ShowCrate
      x-source: {page: crates.txt, line: 12, confidence: stated}
      parameters:
        - {$ref: "#/components/parameters/Limit"}
      responses:
        200:
          description: A crate
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Crate"}
              example: {id: a, weight: 3}
        4XX: {$ref: "#/components/responses/Refused"}
  /:
    post:
      operationId: StartLift
      x-selector: {header: x-depot-action, query: Action, value: StartLift}
      responses: {default: {description: anything}}
components:
  parameters:
    Limit: {name: limit, in: query, schema: {type: integer, maximum: 100}}
  responses:
    Refused:
      description: Refused
      x-no-body-documented: true
      x-source: {family: depot}
  schemas:
    Crate:
      type: object
      required: [id, weight]
      x-source: [{page: crates.txt, line: 30}]
      properties:
        id: {type: string}
        weight: {type: number, minimum: 0, x-source: {page: crates.txt, line: 33, confidence: derived}}
"##;

    fn depot() -> Spec {
        let spec = Spec::load("depot.yaml", DEPOT.as_bytes()).unwrap();
        assert_eq!(spec.problems, []);
        spec
    }

    #[test]
    fn a_document_is_read_into_operations_and_promises() {
        let spec = depot();
        assert_eq!((spec.title.as_str(), spec.family.as_deref()), ("Depot", Some("depot")));
        assert_eq!(spec.gateway_codes, [413, 502]);
        let [show, start] = &spec.operations[..] else { panic!("{:?}", spec.operations) };
        assert_eq!((show.id.as_str(), show.method.as_str()), ("ShowCrate", "GET"));
        assert_eq!(show.base_paths, ["/v1"]);
        assert_eq!(show.servers[0].url, "https://north.depot.example/v1");
        assert_eq!(show.servers[0].host.as_deref(), Some("*.depot.example"));
        assert_eq!(show.sources[0].line, Some(12));
        let names: Vec<_> =
            show.parameters.iter().map(|p| (p.name.as_str(), p.place, p.required)).collect();
        assert_eq!(names, [("limit", Place::Query, false), ("crate_id", Place::Path, true)]);
        assert_eq!(show.parameters[0].pointer, "/components/parameters/Limit");
        let promise = show.promise(200).unwrap();
        assert_eq!(promise.media[0].examples, [json!({"id": "a", "weight": 3})]);
        assert!(promise.body_documented);
        let refused = show.promise(404).unwrap();
        assert_eq!(refused.code, CodePattern::Range(4));
        assert_eq!(refused.sources[0].family.as_deref(), Some("depot"));
        assert!(!refused.body_documented);
        assert_eq!(show.promise(500), None);
        assert_eq!(start.selector.as_ref().unwrap().value, "StartLift");
        assert_eq!(start.promise(418).unwrap().code, CodePattern::Default);
    }

    #[test]
    fn values_are_judged_and_sources_found() {
        let spec = depot();
        let schema = spec.operations[0].promise(200).unwrap().media[0].schema.clone().unwrap();
        let judge = |value| spec.validate(&schema, &value, Direction::Response).unwrap();
        assert_eq!(judge(json!({"id": "a", "weight": 0.5})), []);
        let found = judge(json!({"id": "a", "weight": -1}));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].at, "/weight");
        assert_eq!(found[0].schema_pointer, "/components/schemas/Crate/properties/weight/minimum");
        let source = spec.source_of(&found[0].schema_pointer);
        assert_eq!(source[0].line, Some(33));
        assert_eq!(source[0].confidence, Some(Confidence::Derived));
        assert_eq!(spec.source_of("/components/schemas/Crate/properties/id")[0].line, Some(30));
    }

    #[test]
    fn requests_find_their_operation() {
        let specs = [depot()];
        let routed = |method: &str, target: &str, headers: Headers| {
            let request = Request {
                method: method.into(),
                target: target.into(),
                headers,
                ..Request::default()
            };
            match route(&specs, &request) {
                Route::Operation(routed) => routed.operation.id.to_string(),
                Route::OtherMethod(others) => format!("other {}", others[0].operation.id),
                Route::Unknown => "unknown".to_owned(),
            }
        };
        let none = Headers::new;
        assert_eq!(routed("GET", "https://north.depot.example/v1/crates/7", none()), "ShowCrate");
        assert_eq!(routed("GET", "http://127.0.0.1:9/crates/7?limit=1", none()), "ShowCrate");
        assert_eq!(routed("PUT", "/v1/crates/7", none()), "other ShowCrate");
        assert_eq!(routed("GET", "/v1/crates/7/8", none()), "unknown");
        let action = || Headers::from([("X-Depot-Action", "StartLift")]);
        assert_eq!(routed("POST", "http://h/", action()), "StartLift");
        assert_eq!(routed("GET", "http://h/?Action=StartLift", none()), "StartLift");
        assert_eq!(routed("POST", "http://h/", none()), "unknown");
    }
}
