use crate::exchange::Target;
use crate::spec::model::Server;
use crate::spec::place::Node;

/// The servers of the nearest level that names any (operation, path item, document).
pub fn servers(levels: &[&Node]) -> Vec<Server> {
    levels
        .iter()
        .find_map(|level| {
            let list = level.member("servers")?;
            let found: Vec<Server> = list.items().filter_map(|server| one(&server)).collect();
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

fn one(server: &Node) -> Option<Server> {
    let template = server.text("url")?;
    let variables = server.member("variables");
    let default = |name: &str| {
        let variable = variables.as_ref()?.member(name)?;
        variable.text("default").map(str::to_owned)
    };
    let url = filled(template, |name| default(name).unwrap_or_else(|| format!("{{{name}}}")));
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
    Some(Server { url, host, base_path })
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
