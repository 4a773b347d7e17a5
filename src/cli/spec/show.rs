use super::super::{Failure, Outcome, World, documents};
use crate::spec::{
    Confidence, HeaderPromise, MediaPromise, Operation, PageSource, Parameter, Promise,
    RequestBody, Selector, Spec,
};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Specs, or folders of them [default: specs/]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The same as FILE
    #[arg(long = "spec", value_name = "PATH")]
    specs: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, world: &World) -> Result<Outcome, Failure> {
    let given: Vec<PathBuf> = arguments.files.iter().chain(&arguments.specs).cloned().collect();
    let specs = documents::read_specs(&given, world)?;
    if specs.is_empty() {
        return Err(Failure::asked("no spec to show").hint("name one, or put it below `specs/`"));
    }
    if arguments.json {
        let shown: Vec<Value> = specs.iter().map(as_json).collect();
        return world.print(&format!("{:#}\n", json!({"specs": shown})));
    }
    let text: Vec<String> = specs.iter().map(as_text).collect();
    world.print(&text.join("\n"))
}

fn as_text(spec: &Spec) -> String {
    let mut out = format!("{}  {}", spec.path, spec.title);
    if let Some(family) = &spec.family {
        let _ = write!(out, ", family {family}");
    }
    let _ = writeln!(out, "\n  {}", spec.digest);
    for operation in &spec.operations {
        operation_text(operation, &mut out);
    }
    if !spec.problems.is_empty() {
        let _ = writeln!(out, "\n  cannot be read:");
    }
    for problem in &spec.problems {
        let _ = writeln!(out, "    {}: {}", problem.pointer, problem.what);
    }
    out
}

fn operation_text(operation: &Operation, out: &mut String) {
    let base = operation.base_paths.first().map_or("", String::as_str);
    let _ = writeln!(out, "\n  {} {base}{}  {}", operation.method, operation.path, operation.id);
    let mut line = |label: &str, text: &str| {
        if !text.is_empty() {
            let _ = writeln!(out, "    {label:<11}{text}");
        }
    };
    line("selector", &operation.selector.as_ref().map(selector_text).unwrap_or_default());
    line("parameters", &listed(&operation.parameters, parameter_text));
    line("body", &operation.body.as_ref().map(body_text).unwrap_or_default());
    line("codes", &listed(&operation.promises, promise_text));
    line("source", &listed(&operation.sources, source_text));
}

fn listed<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    items.iter().map(text).collect::<Vec<_>>().join(", ")
}

fn selector_text(selector: &Selector) -> String {
    let header = selector.header.as_ref().map(|name| format!("header {name}: {}", selector.value));
    let query = selector.query.as_ref().map(|name| format!("query {name}={}", selector.value));
    header.into_iter().chain(query).collect::<Vec<_>>().join(" or ")
}

fn parameter_text(parameter: &Parameter) -> String {
    let mandatory = if parameter.required { "*" } else { "" };
    format!("{} {}{mandatory}", parameter.place, parameter.name)
}

fn body_text(body: &RequestBody) -> String {
    let mandatory = if body.required { "*" } else { "" };
    format!("{}{mandatory}", listed(&body.media, |media| media.media_type.clone()))
}

/// The code, in brackets where the page describes no body for it.
fn promise_text(promise: &Promise) -> String {
    if promise.body_documented && !promise.media.is_empty() {
        promise.code.to_string()
    } else {
        format!("({})", promise.code)
    }
}

fn source_text(source: &PageSource) -> String {
    let mut text = match (&source.page, source.line) {
        (Some(page), Some(line)) => format!("{page}:{line}"),
        (Some(page), None) => page.clone(),
        (None, Some(line)) => format!("line {line}"),
        (None, None) => String::new(),
    };
    for (label, value) in [("family", &source.family), ("flag", &source.flag)] {
        if let Some(value) = value {
            let _ = write!(text, "{}{label} {value}", if text.is_empty() { "" } else { " " });
        }
    }
    if let Some(confidence) = source.confidence {
        let _ = write!(text, " ({})", confidence.as_str());
    }
    text.trim_start().to_owned()
}

fn as_json(spec: &Spec) -> Value {
    let problems: Vec<Value> = spec
        .problems
        .iter()
        .map(|problem| json!({"pointer": problem.pointer, "what": problem.what}))
        .collect();
    json!({
        "path": spec.path,
        "digest": spec.digest.to_string(),
        "title": spec.title,
        "family": spec.family,
        "operations": spec.operations.iter().map(operation_json).collect::<Vec<_>>(),
        "problems": problems,
    })
}

fn operation_json(operation: &Operation) -> Value {
    let selector = operation.selector.as_ref().map(|selector| {
        json!({"header": selector.header, "query": selector.query, "value": selector.value})
    });
    let body = operation.body.as_ref().map(|body| {
        json!({
            "required": body.required,
            "media": media_json(&body.media),
            "sources": sources_json(&body.sources),
        })
    });
    json!({
        "id": operation.id.as_str(),
        "method": operation.method,
        "path": operation.path,
        "base_paths": operation.base_paths,
        "selector": selector,
        "summary": operation.summary,
        "pointer": operation.pointer,
        "parameters": operation.parameters.iter().map(parameter_json).collect::<Vec<_>>(),
        "body": body,
        "codes": operation.promises.iter().map(promise_json).collect::<Vec<_>>(),
        "sources": sources_json(&operation.sources),
    })
}

fn parameter_json(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "in": parameter.place.as_str(),
        "required": parameter.required,
        "schema": parameter.schema.as_ref().map(|schema| &schema.pointer),
        "pointer": parameter.pointer,
        "sources": sources_json(&parameter.sources),
    })
}

fn promise_json(promise: &Promise) -> Value {
    json!({
        "code": promise.code.to_string(),
        "media": media_json(&promise.media),
        "headers": promise.headers.iter().map(header_json).collect::<Vec<_>>(),
        "body_documented": promise.body_documented,
        "pointer": promise.pointer,
        "sources": sources_json(&promise.sources),
    })
}

fn header_json(header: &HeaderPromise) -> Value {
    json!({"name": header.name, "required": header.required})
}

fn media_json(media: &[MediaPromise]) -> Value {
    media
        .iter()
        .map(|media| {
            let schema = media.schema.as_ref().map(|schema| &schema.pointer);
            json!({"media_type": media.media_type, "schema": schema})
        })
        .collect()
}

fn sources_json(sources: &[PageSource]) -> Value {
    let source = |source: &PageSource| {
        json!({
            "page": source.page,
            "line": source.line,
            "confidence": source.confidence.map(Confidence::as_str),
            "family": source.family,
            "flag": source.flag,
        })
    };
    sources.iter().map(source).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPOT: &str = r##"
openapi: 3.1.0
info: {title: Depot}
x-family: depot
servers: [{url: "https://depot.example/v1"}]
paths:
  /crates/{crate_id}:
    put:
      operationId: StoreCrate
      x-source: [{page: crates.txt, line: 12, confidence: stated}, {family: depot}]
      parameters:
        - {name: crate_id, in: path, schema: {type: string}}
        - {name: dry, in: query, schema: {type: boolean}}
      requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
      responses:
        204: {description: Stored}
        4XX: {description: No, content: {application/json: {schema: {$ref: "#/nowhere"}}}}
  /:
    post:
      x-selector: {header: x-depot-action, query: Action, value: StartLift}
      responses: {}
"##;

    #[test]
    fn a_spec_is_shown_to_people() {
        let spec = Spec::load("depot.yaml", DEPOT.as_bytes()).unwrap();
        let text = as_text(&spec).replace(&spec.digest.hex(), "(digest)");
        insta::assert_snapshot!(text, @r"
        depot.yaml  Depot, family depot
          sha256:(digest)

          PUT /v1/crates/{crate_id}  StoreCrate
            parameters path crate_id*, query dry
            body       application/json*
            codes      (204), 4XX
            source     crates.txt:12 (stated), family depot

          POST /v1/  POST /
            selector   header x-depot-action: StartLift or query Action=StartLift

          cannot be read:
            /paths/~1crates~1{crate_id}/put/responses/4XX/content/application~1json/schema: `$ref: #/nowhere` leads nowhere
        ");
    }

    #[test]
    fn a_spec_is_shown_to_scripts() {
        let spec = Spec::load("depot.yaml", DEPOT.as_bytes()).unwrap();
        let shown = as_json(&spec);
        let operation = &shown["operations"][0];
        assert_eq!(operation["id"], "StoreCrate");
        assert_eq!(operation["parameters"][0]["required"], true);
        assert_eq!(operation["body"]["media"][0]["media_type"], "application/json");
        assert_eq!(operation["codes"][1]["code"], "4XX");
        assert_eq!(operation["sources"][0]["line"], 12);
        assert_eq!(shown["operations"][1]["selector"]["value"], "StartLift");
        assert_eq!(shown["problems"].as_array().unwrap().len(), 1);
    }
}
