//! The path template and the table of path parameters: each variable is a parameter, each parameter
//! a variable (OpenAPI 3.1, section 4.8.8).

use crate::page::model::{Field, Operation, Place, Scalar, Shape, Side, Structure};
use std::collections::BTreeSet;

/// Adds the variables that no table lists, and takes out parameters that the path does not have.
pub(super) fn agree(operation: &mut Operation, losses: &mut Vec<(u32, String)>) {
    let line = operation.path.1.line().unwrap_or(1);
    let variables = variables(&operation.path.0);
    operation.parameters.retain(|(place, field)| {
        let kept = *place != Place::Path || variables.contains(&field.name.as_str());
        if !kept {
            losses.push((field.line, format!("`{}` is no variable of the path", field.name)));
        }
        kept
    });
    let mut known: BTreeSet<(&'static str, String)> = BTreeSet::new();
    operation.parameters.retain(|(place, field)| {
        let name = match place {
            Place::Header => field.name.to_ascii_lowercase(),
            _ => field.name.clone(),
        };
        let new = known.insert((place.as_str(), name));
        if !new {
            losses.push((field.line, format!("`{}` is listed twice", field.name)));
        }
        new
    });
    for name in &variables {
        let listed = operation
            .parameters
            .iter()
            .any(|(place, field)| *place == Place::Path && field.name == *name);
        if !listed {
            losses.push((line, format!("the path's `{name}` is in no table")));
            let shape = Shape::Scalar(Scalar::String);
            let field = Field { mandatory: Some(true), ..Field::implied(name, line, shape) };
            operation.parameters.push((Place::Path, field));
        }
    }
}

/// What an example request shows in its body is sent there, whatever heading its table stands under.
pub(super) fn move_to_body(operation: &mut Operation) {
    let shown = |name: &str| {
        let objects = operation.request_examples.iter().filter_map(|own| own.value.as_object());
        objects.into_iter().any(|object| object.contains_key(name))
    };
    let query = |place: &Place| *place == Place::Query;
    let own = operation.parameters.iter();
    if !own.clone().any(|(place, field)| query(place) && shown(&field.name)) {
        return;
    }
    let (moved, kept): (Vec<_>, Vec<_>) =
        std::mem::take(&mut operation.parameters).into_iter().partition(|(place, _)| query(place));
    operation.parameters = kept;
    let fields: Vec<Field> = moved.into_iter().map(|(_, field)| field).collect();
    let line = fields.first().map_or(0, |field| field.line);
    operation.body = Some(Structure::of(fields, line, Side::Request));
}

/// A request's table that no caption places is the body's where an example request shows its fields
/// at the top, whatever the method.
pub(super) fn adopt_body(operation: &mut Operation) {
    let examples = operation.request_examples.iter().filter_map(|own| own.value.as_object());
    let names: BTreeSet<&String> = examples.flat_map(|object| object.keys()).collect();
    let shown = |own: &Structure| {
        own.side == Side::Request
            && own.name.is_none()
            && own.fields.iter().any(|field| names.contains(&field.name))
    };
    if let Some(at) = operation.structures.iter().position(shown) {
        operation.body = Some(operation.structures.remove(at));
    }
}

/// The names between braces, each once.
fn variables(path: &str) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for part in path.split('{').skip(1) {
        if let Some((name, _)) = part.split_once('}')
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_stand_between_braces() {
        assert_eq!(variables("/v1/{site}/depots/{depot_id}/{site}"), ["site", "depot_id"]);
        assert!(variables("/v1/depots").is_empty());
    }
}
