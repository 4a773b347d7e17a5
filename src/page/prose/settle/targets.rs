//! The targets of a page's example requests against its path and query parameters: each value that
//! an example shows is kept as the parameter's example.

use super::loosen::loosen;
use crate::exchange::{percent_decoded, query_pairs};
use crate::page::Contradiction;
use crate::page::model::{Field, Line, Operation, Place, Shape};
use crate::page::prose::typed;

/// Loosens the parameters' rules as far as the example requests need.
pub(super) fn settle(operation: &mut Operation, notes: &mut Vec<Contradiction>) {
    let page = operation.page.clone();
    let template = operation.path.0.clone();
    for target in &operation.request_targets {
        let shown = shown(&template, &target.text);
        for (place, field) in &mut operation.parameters {
            let own = |(of, name, _): &&(Place, String, String)| of == place && *name == field.name;
            let values: Vec<&String> =
                shown.iter().filter(own).map(|(_, _, value)| value).collect();
            for value in values {
                let line = Line { number: target.number, text: value.clone() };
                judge(field, line, &page, notes);
            }
        }
    }
}

/// Names and values in a target, by place.
fn shown(template: &str, target: &str) -> Vec<(Place, String, String)> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = path
        .split_once("://")
        .map_or(path, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    let mut shown = Vec::new();
    let own: Vec<&str> = template.split('/').collect();
    let given: Vec<&str> = path.split('/').collect();
    if own.len() == given.len() {
        for (own, given) in own.iter().zip(given) {
            let name = own.strip_prefix('{').and_then(|own| own.strip_suffix('}'));
            // An example that repeats the template shows no value.
            if let Some(name) = name.filter(|_| !given.contains('{')) {
                let value = percent_decoded(given);
                shown.push((Place::Path, name.to_owned(), value));
            }
        }
    }
    for (name, value) in query_pairs(query) {
        shown.push((Place::Query, name, value));
    }
    shown
}

fn judge(field: &mut Field, line: Line, page: &str, notes: &mut Vec<Contradiction>) {
    if matches!(field.shape, Shape::Array(_) | Shape::Object(_)) {
        return;
    }
    let mut note = |lines: Vec<u32>, what: String| {
        notes.push(Contradiction {
            page: page.to_owned(),
            kind: "example_breaks_rule",
            lines,
            what,
        });
    };
    let Some(value) = typed(&field.shape, &line.text) else {
        let what = format!("`{}` has an example that is not of its type", field.name);
        note(vec![field.line, line.number], what);
        return;
    };
    for loosened in loosen(&mut field.rules, &field.shape, &value, (field.line, line.number)) {
        let mut lines = loosened.lines;
        lines.push(line.number);
        let what = format!(
            "`{}` has an example that breaks its `{}`; the rule is loosened that far",
            field.name, loosened.keyword
        );
        note(lines, what);
    }
    field.example.get_or_insert(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_out_of_targets() {
        let found = shown("/v1/{site}/depots", "https://h/v1/a%20b/depots?limit=5");
        let found: Vec<(&str, &str)> =
            found.iter().map(|(_, name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, [("site", "a b"), ("limit", "5")]);
        assert!(shown("/v1/{site}/depots", "/v1/{site}/depots").is_empty());
        assert!(shown("/v1/{site}/depots", "/depots").is_empty());
    }
}
