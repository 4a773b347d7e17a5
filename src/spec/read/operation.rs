use super::{Problems, body, parameter, response, security, server, sources};
use crate::spec::layout::METHODS;
use crate::spec::model::{Operation, OperationId, Selector};
use crate::spec::place::{Node, shortened};
use std::collections::HashSet;

/// Every operation under `paths`.
pub fn operations(root: &Node, problems: &mut Problems) -> Vec<Operation> {
    let mut operations = Vec::new();
    let mut names = HashSet::new();
    let paths = root.member("paths");
    for (path, used) in paths.iter().flat_map(Node::members) {
        if path.starts_with("x-") {
            continue;
        }
        if !path.starts_with('/') {
            let what = format!("path `{}` does not begin with `/`", shortened(path));
            problems.note(used.pointer, what);
            continue;
        }
        for (item, method, node) in of_item(&used, problems) {
            let mut operation = one(root, path, &item, &method, &node, problems);
            if !names.insert(operation.id.clone()) {
                let what = format!(
                    "`operationId: {}` stands twice; this one is called `{} {path}`",
                    shortened(operation.id.as_str()),
                    operation.method,
                );
                problems.note(&*node.pointer, what);
                operation.id = OperationId(format!("{} {path}", operation.method));
                names.insert(operation.id.clone());
            }
            operations.push(operation);
        }
    }
    operations
}

/// The operations of a path item: each with the item that it stands in and its method. What stands
/// beside a `$ref` counts too, and comes first (3.1 leaves open what it means, section 4.8.9).
fn of_item<'a>(used: &Node<'a>, problems: &mut Problems) -> Vec<(Node<'a>, String, Node<'a>)> {
    let mut items = vec![used.clone()];
    if used.text("$ref").is_some() {
        items.extend(problems.resolved(used.clone()));
    } else if !used.value.is_object() {
        problems.note(&*used.pointer, "an object is expected here");
    }
    let mut found: Vec<(Node<'a>, String, Node<'a>)> = Vec::new();
    for item in items {
        let additional = item.member("additionalOperations");
        let usual = item.members().filter(|(key, _)| METHODS.contains(key));
        let usual = usual.map(|(key, node)| (key.to_ascii_uppercase(), node));
        // Methods of one's own are written as they are sent (OpenAPI 3.2, section 4.8.2).
        let more = additional.iter().flat_map(Node::members);
        for (method, node) in usual.chain(more.map(|(key, node)| (key.to_owned(), node))) {
            if !node.value.is_object() {
                problems.note(node.pointer, "an operation is an object");
            } else if !found.iter().any(|(_, known, _)| *known == method) {
                found.push((item.clone(), method, node));
            }
        }
    }
    found
}

fn one(
    root: &Node,
    path: &str,
    item: &Node,
    method: &str,
    node: &Node,
    problems: &mut Problems,
) -> Operation {
    let method = method.to_owned();
    let servers = server::servers(&[node, item, root]);
    let name = node.text("operationId").filter(|id| !id.is_empty());
    Operation {
        id: OperationId(name.map_or_else(|| format!("{method} {path}"), str::to_owned)),
        path: path.to_owned(),
        base_paths: server::base_paths(&servers),
        servers,
        selector: selector(node, problems),
        parameters: parameter::parameters(node, item, problems),
        body: body::request_body(node, problems),
        promises: response::promises(node, problems),
        summary: node.text("summary").map(str::to_owned),
        security: security::alternatives(&[node, root]),
        deprecated: node.flag("deprecated"),
        sources: sources(node, node),
        pointer: node.pointer.clone(),
        method,
    }
}

fn selector(operation: &Node, problems: &mut Problems) -> Option<Selector> {
    let node = operation.member("x-selector")?;
    let selector = Selector {
        header: node.text("header").map(str::to_owned),
        query: node.text("query").map(str::to_owned),
        value: node.text("value").unwrap_or_default().to_owned(),
    };
    if selector.value.is_empty() || (selector.header.is_none() && selector.query.is_none()) {
        problems.note(node.pointer, "`x-selector` wants a `value`, and a `header` or a `query`");
        return None;
    }
    Some(selector)
}
