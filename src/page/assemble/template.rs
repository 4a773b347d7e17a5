//! The path template and the table of path parameters: each variable is a parameter, each parameter
//! a variable (OpenAPI 3.1, section 4.8.8).

use crate::page::model::{Field, Operation, Place, Scalar, Shape};
use crate::page::prose::Rules;

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
    for name in &variables {
        let listed = operation
            .parameters
            .iter()
            .any(|(place, field)| *place == Place::Path && field.name == *name);
        if !listed {
            losses.push((line, format!("the path's `{name}` is in no table")));
            operation.parameters.push((Place::Path, implied(name, line)));
        }
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

fn implied(name: &str, line: u32) -> Field {
    Field {
        name: name.to_owned(),
        line,
        shape: Shape::Scalar(Scalar::String),
        mandatory: Some(true),
        place: None,
        text: Vec::new(),
        example: None,
        rules: Rules::default(),
        items: None,
        derived: true,
    }
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
