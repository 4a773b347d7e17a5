//! The layout of Swagger 2.0 to that of OpenAPI 3 (schemas themselves are rewritten afterwards).

mod parameter;
mod response;

use crate::spec::layout::{Role, led_to, meet_each};
use crate::spec::place::{escaped, fragment};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

type Object = Map<String, Value>;

/// Keys of a path item that hold operations.
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

/// What a document says once for all of its operations.
pub struct Defaults {
    consumes: Vec<String>,
    produces: Vec<String>,
    /// Shared parameters by name, as written.
    parameters: Object,
    /// Shared responses by name, as written.
    responses: Object,
}

/// A whole document, and what its operations in other files need of it.
pub fn converted(mut root: Object) -> (Object, Defaults) {
    let defaults = Defaults {
        consumes: media_types(root.shift_remove("consumes")),
        produces: media_types(root.shift_remove("produces")),
        parameters: object(root.shift_remove("parameters")),
        responses: object(root.shift_remove("responses")),
    };
    let mut out = Object::new();
    out.insert("openapi".to_owned(), Value::from("3.1.0"));
    out.insert("servers".to_owned(), servers(&mut root));
    let components = components(&mut root, &defaults);
    for (key, mut value) in root {
        if key == "swagger" {
            continue;
        }
        if key == "paths"
            && let Value::Object(paths) = &mut value
        {
            for (path, item) in paths.iter_mut() {
                if let Value::Object(item) = item {
                    path_item(item, &defaults, &format!("#/paths/{}", escaped(path)));
                }
            }
        }
        out.insert(key, value);
    }
    out.insert("components".to_owned(), Value::Object(components));
    let mut document = Value::Object(out);
    redirect(&mut document);
    (object(Some(document)), defaults)
}

/// Parts of other files, in place: path items, parameters and responses that references of the document lead to.
pub fn convert_gathered(document: &mut Value, defaults: &Defaults) {
    let mut done = HashSet::new();
    let mut found = meet_each(Role::Root, "", document, &mut |_, _, _| {});
    loop {
        let next = led_to(&mut found, &mut done);
        if next.is_empty() {
            break;
        }
        for (pointer, role) in next {
            let Some(value) = document.pointer_mut(&pointer) else { continue };
            let place = fragment(&pointer);
            match (role, &mut *value) {
                (Role::PathItem, Value::Object(item)) => path_item(item, defaults, &place),
                (Role::Parameter, value) => parameter::convert(value),
                (Role::Response, value) => response::convert(value, &defaults.produces, &place),
                _ => {}
            }
            found.extend(meet_each(role, &pointer, value, &mut |_, _, _| {}));
        }
    }
    redirect(document);
}

fn servers(root: &mut Object) -> Value {
    let text = |value: Option<Value>| match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let base = text(root.shift_remove("basePath")).unwrap_or_default();
    let base = base.trim_end_matches('/');
    let schemes = media_types(root.shift_remove("schemes"));
    let Some(host) = text(root.shift_remove("host")) else {
        return json!([{"url": if base.is_empty() { "/" } else { base }}]);
    };
    let schemes = if schemes.is_empty() { vec!["https".to_owned()] } else { schemes };
    schemes.iter().map(|scheme| json!({"url": format!("{scheme}://{host}{base}")})).collect()
}

fn components(root: &mut Object, defaults: &Defaults) -> Object {
    let mut components = Object::new();
    components
        .insert("schemas".to_owned(), Value::Object(object(root.shift_remove("definitions"))));
    let mut responses = defaults.responses.clone();
    for (name, response) in &mut responses {
        let place = format!("#/components/responses/{}", escaped(name));
        response::convert(response, &defaults.produces, &place);
    }
    components.insert("responses".to_owned(), Value::Object(responses));
    // A shared body goes into each operation that uses it: what it consumes is said there.
    let mut parameters = defaults.parameters.clone();
    parameters.retain(|_, parameter| !parameter::is_body(parameter));
    parameters.values_mut().for_each(parameter::convert);
    components.insert("parameters".to_owned(), Value::Object(parameters));
    let mut schemes = object(root.shift_remove("securityDefinitions"));
    schemes.values_mut().for_each(security_scheme);
    components.insert("securitySchemes".to_owned(), Value::Object(schemes));
    components
}

fn security_scheme(scheme: &mut Value) {
    if scheme.get("type").is_some_and(|kind| kind == "basic")
        && let Value::Object(scheme) = scheme
    {
        scheme.insert("type".to_owned(), Value::from("http"));
        scheme.insert("scheme".to_owned(), Value::from("basic"));
    }
}

fn path_item(item: &mut Object, defaults: &Defaults, place: &str) {
    let shared = list(item.shift_remove("parameters"));
    for (method, operation) in item.iter_mut() {
        if !METHODS.contains(&method.as_str()) {
            continue;
        }
        let Value::Object(operation) = operation else { continue };
        convert_operation(operation, &shared, defaults, &format!("{place}/{method}"));
    }
    let kept: Vec<Value> = shared
        .into_iter()
        .filter(|parameter| !parameter::is_body(defaults.followed(parameter)))
        .map(|mut parameter| {
            parameter::convert(&mut parameter);
            parameter
        })
        .collect();
    if !kept.is_empty() {
        item.insert("parameters".to_owned(), Value::Array(kept));
    }
}

fn convert_operation(operation: &mut Object, shared: &[Value], defaults: &Defaults, place: &str) {
    let own = |value: Option<Value>, otherwise: &[String]| match value {
        Some(value) => media_types(Some(value)),
        None => otherwise.to_vec(),
    };
    let consumes = own(operation.shift_remove("consumes"), &defaults.consumes);
    let produces = own(operation.shift_remove("produces"), &defaults.produces);
    let parameters = list(operation.shift_remove("parameters"));
    let mut kept = Vec::new();
    let mut body: Vec<&Object> = Vec::new();
    for parameter in &parameters {
        match defaults.followed(parameter).as_object() {
            Some(described) if parameter::is_body(defaults.followed(parameter)) => {
                body.push(described);
            }
            _ => {
                let mut parameter = parameter.clone();
                parameter::convert(&mut parameter);
                kept.push(parameter);
            }
        }
    }
    for parameter in shared {
        let described = defaults.followed(parameter);
        if parameter::is_body(described)
            && let Some(described) = described.as_object()
            && !body.iter().any(|own| parameter::overrides(own, described))
        {
            body.push(described);
        }
    }
    if let Some(request_body) = parameter::request_body(&body, &consumes, place) {
        operation.insert("requestBody".to_owned(), request_body);
    }
    if !kept.is_empty() {
        operation.insert("parameters".to_owned(), Value::Array(kept));
    }
    if let Some(Value::Object(responses)) = operation.get_mut("responses") {
        for (code, response) in responses.iter_mut() {
            // A shared response is given in what the operation produces.
            if produces != defaults.produces {
                defaults.written_out(response);
            }
            response::convert(response, &produces, &format!("{place}/responses/{}", escaped(code)));
        }
    }
}

impl Defaults {
    /// A shared response in the place of a reference to it, where it has a body.
    fn written_out(&self, response: &mut Value) {
        let name = response.get("$ref").and_then(Value::as_str);
        let name = name.and_then(|reference| reference.strip_prefix("#/responses/"));
        let name = name.map(crate::exchange::percent_decoded);
        let shared =
            name.and_then(|name| self.responses.get(&*crate::spec::place::unescaped(&name)));
        if let Some(shared) = shared.filter(|shared| shared.get("schema").is_some()) {
            *response = shared.clone();
        }
    }

    /// What a parameter refers to, where it is a shared one.
    fn followed<'a>(&'a self, parameter: &'a Value) -> &'a Value {
        let mut here = parameter;
        // A chain of references between shared parameters; longer ones are left as they are.
        for _ in 0..8 {
            let name = here
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|reference| reference.strip_prefix("#/parameters/"));
            let Some(next) = name.and_then(|name| {
                let name = crate::exchange::percent_decoded(name);
                self.parameters.get(&*crate::spec::place::unescaped(&name))
            }) else {
                return here;
            };
            here = next;
        }
        here
    }
}

/// References into 2.0's places to the places of 3. Data that only looks like a reference is changed
/// too, where it stands in an example: its text is no promise.
fn redirect(value: &mut Value) {
    const MOVED: [(&str, &str); 3] = [
        ("#/definitions/", "#/components/schemas/"),
        ("#/parameters/", "#/components/parameters/"),
        ("#/responses/", "#/components/responses/"),
    ];
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get_mut("$ref") {
                for (old, new) in MOVED {
                    if let Some(rest) = reference.strip_prefix(old) {
                        *reference = format!("{new}{rest}");
                        break;
                    }
                }
            }
            map.values_mut().for_each(redirect);
        }
        Value::Array(items) => items.iter_mut().for_each(redirect),
        _ => {}
    }
}

fn object(value: Option<Value>) -> Object {
    match value {
        Some(Value::Object(map)) => map,
        _ => Object::new(),
    }
}

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

fn media_types(value: Option<Value>) -> Vec<String> {
    let texts = list(value).into_iter().filter_map(|item| match item {
        Value::String(text) => Some(text),
        _ => None,
    });
    let mut found: Vec<String> = Vec::new();
    for text in texts {
        if !found.contains(&text) && found.len() < 64 {
            found.push(text);
        }
    }
    found
}
