//! The codes that operations document, and the variables of their paths.

use super::Rule;
use super::flaw::Flaws;
use crate::spec::{CodePattern, Operation, Place, Promise};
use std::collections::{BTreeMap, HashSet};

/// Fewest operations of which the codes can be compared.
const SIBLINGS: usize = 4;

pub(super) fn lint(flaws: &mut Flaws<'_>) {
    let spec = flaws.spec;
    let mut seen = HashSet::new();
    for operation in &spec.operations {
        for promise in &operation.promises {
            if seen.insert(&promise.pointer) {
                body(flaws, operation, promise);
            }
        }
        let documents_errors = operation.promises.iter().any(|promise| is_error(promise.code));
        if !documents_errors {
            let what = format!("{} {} documents no error code", operation.method, operation.path);
            flaws.note(Rule::NoErrorCode, &operation.pointer, &[], what);
        }
        authentication(flaws, operation);
        variables(flaws, operation);
    }
    missing(flaws);
}

const fn is_error(code: CodePattern) -> bool {
    match code {
        CodePattern::Code(code) => code >= 400,
        CodePattern::Range(class) => class >= 4,
        CodePattern::Default => true,
    }
}

fn body(flaws: &mut Flaws<'_>, operation: &Operation, promise: &Promise) {
    if !is_error(promise.code) || operation.method == "HEAD" {
        return;
    }
    let schema = promise.media.iter().any(|media| media.schema.is_some());
    let what = match (schema, promise.body_documented) {
        (true, true) => return,
        (true, false) => {
            format!("no body is described for {}; the family's envelope stands in", promise.code)
        }
        (false, _) => format!("no schema is given for the body of {}", promise.code),
    };
    flaws.note(Rule::NoErrorBody, &promise.pointer, &[], what);
}

fn authentication(flaws: &mut Flaws<'_>, operation: &Operation) {
    let has = |code| operation.promises.iter().any(|promise| promise.code == code);
    let asked = !operation.security.is_empty()
        && operation.security.iter().all(|alternative| !alternative.schemes.is_empty());
    let announced = has(CodePattern::Code(401));
    let covered = announced || has(CodePattern::Range(4)) || has(CodePattern::Default);
    let what = if asked && !covered && operation.promises.iter().any(|one| is_error(one.code)) {
        "authentication is asked for, and 401 is not documented"
    } else if announced && operation.security.is_empty() && !flaws.spec.security_schemes.is_empty()
    {
        "401 is documented, and no authentication is asked for"
    } else {
        return;
    };
    flaws.note(Rule::Unannounced401, &operation.pointer, &[], what.to_owned());
}

fn variables(flaws: &mut Flaws<'_>, operation: &Operation) {
    let template = operation.path.split('?').next().unwrap_or_default();
    let variables = template.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
    // `{name+}` and its like are spellings of gateways.
    let names: Vec<&str> = variables.map(|name| name.trim_end_matches(['+', '*'])).collect();
    let described = |name: &str| {
        let mut own = operation.parameters.iter();
        own.any(|parameter| {
            parameter.place == Place::Path && parameter.name.trim_end_matches(['+', '*']) == name
        })
    };
    for name in names.iter().filter(|name| !described(name)) {
        let what = format!("`{{{name}}}` of {} is no path parameter", operation.path);
        flaws.note(Rule::PathVariable, &operation.pointer, &[], what);
    }
    for parameter in operation.parameters.iter().filter(|parameter| parameter.place == Place::Path)
    {
        if !names.contains(&parameter.name.trim_end_matches(['+', '*'])) {
            let what = format!("{} has no variable `{{{}}}`", operation.path, parameter.name);
            flaws.note(Rule::PathVariable, &parameter.pointer, &[&operation.pointer], what);
        }
    }
}

/// Error codes that at least three quarters of the operations document, and one does not.
fn missing(flaws: &mut Flaws<'_>) {
    let operations = &flaws.spec.operations;
    if operations.len() < SIBLINGS {
        return;
    }
    let mut documented: BTreeMap<u16, usize> = BTreeMap::new();
    for promise in operations.iter().flat_map(|operation| &operation.promises) {
        if let CodePattern::Code(code @ 400..) = promise.code {
            *documented.entry(code).or_default() += 1;
        }
    }
    for (code, count) in documented {
        let nearly_all = count * 4 >= operations.len() * 3 && count < operations.len();
        for operation in operations.iter().filter(|_| nearly_all) {
            if operation.promise(code).is_none() {
                let what =
                    format!("{code} is documented by {count} of {} operations", operations.len());
                flaws.note(Rule::CodeMissing, &operation.pointer, &[], what);
            }
        }
    }
}
