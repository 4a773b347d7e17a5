use crate::exchange::Target;
use crate::spec::model::Server;
use crate::spec::place::Node;
use std::collections::BTreeMap;

/// The servers of the nearest level that names any (operation, path item, document).
pub fn servers(levels: &[&Node]) -> Vec<Server> {
    levels
        .iter()
        .find_map(|level| {
            let list = level.member("servers")?;
            let found: Vec<Server> = list.items().flat_map(|server| each(&server)).collect();
            (!found.is_empty()).then_some(found)
        })
        .unwrap_or_default()
}

/// The servers' base paths without repeats, `""` when there are no servers.
pub fn base_paths(servers: &[Server]) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for server in servers {
        if !paths.contains(&server.base_path) {
            paths.push(server.base_path.clone());
        }
    }
    if paths.is_empty() {
        paths.push(String::new());
    }
    paths
}

/// Most values of variables that are tried together.
const VALUES: usize = 64;

/// A server for every base path that the listed values of its variables make, that of the defaults first.
fn each(server: &Node) -> Vec<Server> {
    let Some(template) = server.text("url") else { return Vec::new() };
    let variables = server.member("variables");
    let mut chosen: Vec<BTreeMap<&str, &str>> = vec![BTreeMap::new()];
    for (name, variable) in variables.iter().flat_map(Node::members) {
        let default = variable.text("default");
        let listed = variable.member("enum");
        let listed = listed.iter().flat_map(Node::items).filter_map(|value| value.value.as_str());
        let mut values: Vec<&str> = default.into_iter().collect();
        values.extend(listed.filter(|value| Some(*value) != default));
        if values.is_empty() || !template.contains(&format!("{{{name}}}")) {
            continue;
        }
        // The first value of each comes first, so that the defaults stand together at the front.
        let longer = values.iter().flat_map(|value| {
            chosen.iter().map(|known| {
                let mut known = known.clone();
                known.insert(name, value);
                known
            })
        });
        chosen = longer.take(VALUES).collect();
    }
    let mut servers: Vec<Server> = Vec::new();
    for values in chosen {
        let server = one(template, &values);
        if !servers.iter().any(|known| known.base_path == server.base_path) {
            servers.push(server);
        }
    }
    servers
}

fn one(template: &str, values: &BTreeMap<&str, &str>) -> Server {
    let value =
        |name: &str| values.get(name).map_or_else(|| format!("{{{name}}}"), |v| (*v).to_owned());
    let url = filled(template, value);
    let pattern = filled(template, |_| "*".to_owned());
    let host = if template.contains("://") || template.starts_with("//") {
        let start = pattern.find("//").map_or(0, |at| at + 2);
        let rest = &pattern[start..];
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let host = rest[..end].rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
        (!host.is_empty()).then_some(host)
    } else {
        None
    };
    let whole = if url.starts_with("//") { format!("https:{url}") } else { url.clone() };
    let path = Target::parse(&whole).path.trim_end_matches('/').to_owned();
    let base_path =
        if path.is_empty() || path.starts_with('/') { path } else { format!("/{path}") };
    Server { url, host, base_path }
}

/// A URL template with each `{name}` replaced.
fn filled(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else { break };
        out.push_str(&rest[..open]);
        out.push_str(&value(&rest[open + 1..open + length]));
        rest = &rest[open + length + 1..];
    }
    out.push_str(rest);
    out
}
