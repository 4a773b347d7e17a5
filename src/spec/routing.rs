//! Which operation a request is for. RPC selectors come first, then path templates by specificity;
//! the host counts only where several specs know the request.

mod template;
#[cfg(test)]
mod tests;
mod tree;

use super::model::{Operation, Spec};
use crate::exchange::{Request, Target, query_pairs};
use std::collections::HashMap;
use tree::{Met, Tree};

/// What the specs say of a request's path and method.
#[derive(Debug, Clone)]
pub enum Route<'a> {
    /// This operation.
    Operation(Routed<'a>),
    /// The path is documented, the method is not: the operations of that path.
    OtherMethod(Vec<Routed<'a>>),
    /// Documented nowhere.
    Unknown,
}

/// An operation that a request was routed to.
#[derive(Debug, Clone)]
pub struct Routed<'a> {
    /// The spec that documents it.
    pub spec: &'a Spec,
    /// The operation.
    pub operation: &'a Operation,
    /// Values of the path's variables, percent-encoding undone, in the order of the template.
    pub path_values: Vec<(String, String)>,
}

/// An index of one spec's operations.
#[derive(Debug, Default)]
pub(super) struct Router {
    tree: Tree,
    selectors: Vec<SelectorIndex>,
}

/// Operations by the value of one selector (a pair of header and query name).
#[derive(Debug)]
struct SelectorIndex {
    header: Option<String>,
    query: Option<String>,
    operations: HashMap<String, Vec<usize>>,
}

/// A spec's answer to a request.
enum Answer<'a> {
    Operation(Routed<'a>, Rank),
    OtherMethod(Vec<Routed<'a>>),
}

/// How surely an operation is meant: the greater wins between specs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Path(Vec<Met>),
    Selector,
}

/// Finds the operation for a request among specs. Where several know it, the one whose server has
/// the request's host wins, then the one whose path is the most specific, then the order of `specs`.
pub fn route<'a>(specs: &'a [Spec], request: &Request) -> Route<'a> {
    let target = Target::parse(&request.target);
    let host = host(request, &target);
    let mut best: Option<((bool, Rank), Routed<'a>)> = None;
    let mut others: Vec<(bool, Vec<Routed<'a>>)> = Vec::new();
    for spec in specs {
        match spec.router.answer(spec, request, &target) {
            Some(Answer::Operation(routed, rank)) => {
                // One spec is the usual case: there is nothing to decide then.
                let at_home = specs.len() > 1 && serves(routed.operation, &host);
                let claim = (at_home, rank);
                if best.as_ref().is_none_or(|(settled, _)| claim > *settled) {
                    best = Some((claim, routed));
                }
            }
            Some(Answer::OtherMethod(routed)) => {
                let at_home = routed.iter().any(|routed| serves(routed.operation, &host));
                others.push((at_home, routed));
            }
            None => {}
        }
    }
    if let Some((_, routed)) = best {
        return Route::Operation(routed);
    }
    let any_at_home = others.iter().any(|(at_home, _)| *at_home);
    let others: Vec<Routed<'a>> = others
        .into_iter()
        .filter(|(at_home, _)| *at_home || !any_at_home)
        .flat_map(|(_, routed)| routed)
        .collect();
    if others.is_empty() { Route::Unknown } else { Route::OtherMethod(others) }
}

/// The operations of a more specific path than that of the operation that a request was routed to: one that has the
/// request's path, and not its method.
pub fn nearer<'a>(routed: &Routed<'a>, request: &Request) -> Vec<Routed<'a>> {
    let spec = routed.spec;
    let found = spec.router.tree.find(&Target::parse(&request.target));
    let is_routed = |at: &&tree::Match| {
        let operation: *const Operation = &raw const spec.operations[at.operation];
        std::ptr::eq(operation, routed.operation)
    };
    let (Some(first), Some(own)) = (found.first(), found.iter().find(is_routed)) else {
        return Vec::new();
    };
    let is_nearer = first.shape.len() == own.shape.len() && first.shape > own.shape;
    let nearest = found.iter().filter(|at| is_nearer && at.place == first.place);
    nearest
        .map(|at| Routed {
            spec,
            operation: &spec.operations[at.operation],
            path_values: at.values.clone(),
        })
        .collect()
}

/// The request's host in lower case with its port where one is written.
fn host(request: &Request, target: &Target<'_>) -> String {
    let written = if target.authority.is_empty() {
        request.headers.text("host").unwrap_or_default()
    } else {
        target.authority
    };
    written.rsplit('@').next().unwrap_or_default().to_ascii_lowercase()
}

/// The host that a request was sent to, in lower case and with its port where one is written, where the
/// operation's document names servers and this is none of them.
pub fn foreign_host(operation: &Operation, request: &Request) -> Option<String> {
    if operation.servers.iter().all(|server| server.host.is_none()) {
        return None;
    }
    let host = host(request, &Target::parse(&request.target));
    (!serves(operation, &host)).then_some(host)
}

fn serves(operation: &Operation, host: &str) -> bool {
    let bare = |text: &str| match text.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name.to_owned(),
        _ => text.to_owned(),
    };
    operation.servers.iter().filter_map(|server| server.host.as_deref()).any(|pattern| {
        let pattern_has_port = pattern.rsplit_once(':').is_some_and(|(_, port)| {
            !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit() || b == b'*')
        });
        if pattern_has_port {
            template::host_fits(pattern, host)
        } else {
            template::host_fits(pattern, &bare(host))
        }
    })
}

impl Router {
    /// Indexes operations; their positions are what the index answers with.
    pub fn new(operations: &[Operation]) -> Self {
        let mut router = Self::default();
        for (index, operation) in operations.iter().enumerate() {
            match &operation.selector {
                Some(_) => router.add_selector(index, operation),
                None => router.tree.add(index, operation),
            }
        }
        router
    }

    fn add_selector(&mut self, index: usize, operation: &Operation) {
        let Some(selector) = &operation.selector else { return };
        let known = self
            .selectors
            .iter()
            .position(|known| known.header == selector.header && known.query == selector.query);
        let at = known.unwrap_or_else(|| {
            self.selectors.push(SelectorIndex {
                header: selector.header.clone(),
                query: selector.query.clone(),
                operations: HashMap::new(),
            });
            self.selectors.len() - 1
        });
        self.selectors[at].operations.entry(selector.value.clone()).or_default().push(index);
    }

    fn answer<'a>(
        &self,
        spec: &'a Spec,
        request: &Request,
        target: &Target<'_>,
    ) -> Option<Answer<'a>> {
        self.by_selector(spec, request, target).or_else(|| self.by_path(spec, request, target))
    }

    fn by_selector<'a>(
        &self,
        spec: &'a Spec,
        request: &Request,
        target: &Target<'_>,
    ) -> Option<Answer<'a>> {
        let mut pairs: Option<Vec<(String, String)>> = None;
        for index in &self.selectors {
            let header = index.header.as_deref().and_then(|name| request.headers.text(name));
            if let Some(known) = header.and_then(|value| index.operations.get(value.trim())) {
                return Some(select(spec, known, &request.method));
            }
            // The query's name (`Action`) is no rare word: it selects at the documented path only.
            let Some(name) = &index.query else { continue };
            let pairs = pairs.get_or_insert_with(|| selecting_pairs(request, target));
            let values = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
            for value in values {
                let Some(known) = index.operations.get(value) else { continue };
                let here: Vec<usize> = known
                    .iter()
                    .copied()
                    .filter(|at| at_path(&spec.operations[*at], target.path))
                    .collect();
                if !here.is_empty() {
                    return Some(select(spec, &here, &request.method));
                }
            }
        }
        None
    }

    fn by_path<'a>(
        &self,
        spec: &'a Spec,
        request: &Request,
        target: &Target<'_>,
    ) -> Option<Answer<'a>> {
        let found = self.tree.find(target);
        let routed = |at: &tree::Match| Routed {
            spec,
            operation: &spec.operations[at.operation],
            path_values: at.values.clone(),
        };
        if let Some(at) =
            found.iter().find(|at| spec.operations[at.operation].method == request.method)
        {
            return Some(Answer::Operation(routed(at), Rank::Path(at.shape.clone())));
        }
        let place = found.first()?.place;
        Some(Answer::OtherMethod(found.iter().filter(|at| at.place == place).map(routed).collect()))
    }
}

/// Among operations of one selector value, the one of that method. An RPC operation is served by GET
/// and POST alike, whichever of them is documented.
fn select<'a>(spec: &'a Spec, known: &[usize], method: &str) -> Answer<'a> {
    let rpc = |method: &str| method == "GET" || method == "POST";
    let operation = |at: usize| &spec.operations[at];
    let routed = |at: usize| Routed { spec, operation: operation(at), path_values: Vec::new() };
    let exact = known.iter().copied().find(|at| operation(*at).method == method);
    let alike = || known.iter().copied().find(|at| rpc(method) && rpc(&operation(*at).method));
    match exact.or_else(alike) {
        Some(at) => Answer::Operation(routed(at), Rank::Selector),
        None => Answer::OtherMethod(known.iter().copied().map(routed).collect()),
    }
}

/// Pairs in which a selector may stand: the query's, then a form body's.
fn selecting_pairs(request: &Request, target: &Target<'_>) -> Vec<(String, String)> {
    let mut pairs = target.query_pairs();
    let form = request
        .headers
        .text("content-type")
        .is_some_and(|media| media.trim_start().to_ascii_lowercase().starts_with(FORM));
    if form && let Some(Ok(text)) = request.body.bytes().map(std::str::from_utf8) {
        pairs.extend(query_pairs(text));
    }
    pairs
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Whether an RPC operation is offered at a path: that of the document (its query left out), with or
/// without the server's.
fn at_path(operation: &Operation, path: &str) -> bool {
    let documented = operation.path.split(['?', '#']).next().unwrap_or_default();
    let same = |whole: &str| whole.trim_end_matches('/') == path.trim_end_matches('/');
    same(documented) || operation.base_paths.iter().any(|base| same(&format!("{base}{documented}")))
}
