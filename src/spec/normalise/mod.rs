//! Every version of OpenAPI to 3.1, once, so that nothing else has to know of versions.
//!
//! The result is a JSON value in the layout of 3.1; what its author wrote stays where it was as far
//! as the layouts agree (2.0 keeps its definitions elsewhere).

mod forms;
mod old_schema;
mod sequence;
mod swagger;
#[cfg(test)]
mod tests;

use super::gather::{Files, Gathered, gathered};
use super::layout::each_schema;
use super::{SpecError, place};
use serde_json::{Map, Value};

/// Which version a document says it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    /// Swagger 2.0.
    V2,
    /// OpenAPI 3.0.
    V30,
    /// OpenAPI 3.1, or 3.2, which only adds to it.
    V31,
}

pub(super) use forms::as_written;

/// The document in 3.1, with what it refers to in other files.
pub(super) fn normalise(
    file: &str,
    document: Value,
    files: &Files<'_>,
) -> Result<Gathered, SpecError> {
    let Value::Object(root) = document else {
        return Err(SpecError::NotAnObject { file: file.to_owned(), found: kind(&document) });
    };
    let version = version(file, &root)?;
    let (root, defaults) = match version {
        Version::V2 => {
            let (root, defaults) = swagger::converted(root);
            (root, Some(defaults))
        }
        Version::V30 | Version::V31 => (root, None),
    };
    if !["paths", "webhooks"].iter().any(|key| root.get(*key).is_some_and(Value::is_object)) {
        return Err(SpecError::NoPaths { file: file.to_owned() });
    }
    let mut whole = gathered(file, Value::Object(root), version == Version::V31, files);
    let document = &mut whole.document;
    if let Some(defaults) = &defaults {
        swagger::convert_gathered(document, defaults);
    }
    let written = document.get("openapi").and_then(Value::as_str);
    if version == Version::V31 && written.is_some_and(|written| written.starts_with("3.2")) {
        sequence::items_as_arrays(document);
    }
    let mut discriminated = false;
    if version == Version::V31 {
        each_schema(document, &mut |_, schema| {
            old_schema::exclusive_limits(schema);
            old_schema::dependencies(schema);
            discriminated |= schema.contains_key("discriminator");
        });
    } else {
        each_schema(document, &mut |_, schema| {
            discriminated |= schema.contains_key("discriminator");
            old_schema::rewrite(schema);
        });
    }
    if discriminated {
        forms::spell_out(document);
    }
    if let Some(written) = document.get_mut("openapi") {
        *written = Value::from("3.1.0");
    }
    Ok(whole)
}

fn version(file: &str, root: &Map<String, Value>) -> Result<Version, SpecError> {
    let written = |key: &str| match root.get(key)? {
        // YAML reads an unquoted `2.0` as a number.
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        other => Some(place::shortened(&other.to_string()).into_owned()),
    };
    let unsupported = |key: &'static str, version: &str| SpecError::Version {
        file: file.to_owned(),
        key,
        version: place::shortened(version).into_owned(),
    };
    let part_of = |version: &str, minor: &str| {
        version.strip_prefix(minor).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    match (written("openapi"), written("swagger")) {
        (Some(version), _) if part_of(&version, "3.1") || part_of(&version, "3.2") => {
            Ok(Version::V31)
        }
        (Some(version), _) if part_of(&version, "3.0") => Ok(Version::V30),
        (Some(version), _) => Err(unsupported("openapi", &version)),
        (None, Some(version)) if version == "2.0" => Ok(Version::V2),
        (None, Some(version)) => Err(unsupported("swagger", &version)),
        (None, None) => Err(SpecError::NoVersion { file: file.to_owned() }),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
