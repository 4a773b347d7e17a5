//! What an import left in the document: what pages say twice and differently, and what could not be read.

use super::flaw::{Flaw, Flaws};
use super::{Rule, Schemas};
use crate::check::quoted;
use crate::spec::{PageSource, Place};
use serde_json::{Map, Value};

pub(super) fn lint(flaws: &mut Flaws<'_>, schemas: &Schemas<'_>) {
    let spec = flaws.spec;
    let info = spec.document().get("info");
    let list = |key: &str| info.and_then(|info| info.get(key)).and_then(Value::as_array);
    for (index, entry) in list("x-losses").into_iter().flatten().enumerate() {
        let line = entry.get("line").and_then(Value::as_u64);
        let lines: Vec<u32> = line.into_iter().filter_map(|line| line.try_into().ok()).collect();
        noted(flaws, Rule::NotRead, &format!("/info/x-losses/{index}"), entry, "reason", &lines);
    }
    for (pointer, schema) in schemas {
        if let Some(Value::Object(written)) = schema.get("x-contradicted") {
            loosened(flaws, pointer, schema, written);
        }
        truncated(flaws, pointer, schema);
    }
    for operation in &spec.operations {
        for parameter in operation.parameters.iter().filter(|one| one.place != Place::Path) {
            if let Some(Value::Object(described)) = spec.document().pointer(&parameter.pointer) {
                truncated(flaws, &parameter.pointer, described);
            }
        }
    }
    for (index, entry) in list("x-contradictions").into_iter().flatten().enumerate() {
        let lines: Vec<u32> = entry
            .get("lines")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|line| u32::try_from(line.as_u64()?).ok())
            .collect();
        let pointer = format!("/info/x-contradictions/{index}");
        if !joined(flaws, entry, &lines) {
            noted(flaws, Rule::Contradiction, &pointer, entry, "what", &lines);
        }
    }
}

/// A rule as it is written beside the one that holds instead.
fn loosened(
    flaws: &mut Flaws<'_>,
    pointer: &str,
    schema: &Map<String, Value>,
    written: &Map<String, Value>,
) {
    for (keyword, rule) in written.iter().filter(|(keyword, _)| *keyword != "x-source") {
        let token = crate::exchange::pointer_token(keyword);
        let place = format!("{pointer}/x-contradicted/{token}");
        let holds = schema.get(keyword).map_or_else(
            || format!("no `{keyword}` holds"),
            |value| format!("`{keyword}` is {}", quoted(&value.to_string())),
        );
        let what =
            format!("the page contradicts its own rule `{keyword}` {}", quoted(&rule.to_string()));
        flaws.put(Flaw {
            also: vec![format!("{pointer}/{token}")],
            resolved: Some(holds),
            ..flaws.flaw(Rule::Contradiction, &place, what)
        });
    }
}

/// Gives what an import noted of some lines to the flaw that has them and a place in a schema.
fn joined(flaws: &mut Flaws<'_>, entry: &Value, lines: &[u32]) -> bool {
    let page = entry.get("page").and_then(Value::as_str);
    let is_it = |flaw: &Flaw| {
        let has = |source: &PageSource| {
            source.page.as_deref() == page && source.line.is_some_and(|line| lines.contains(&line))
        };
        flaw.rule == Rule::Contradiction && flaw.resolved.is_some() && flaw.sources.iter().any(has)
    };
    let (mut those, others) = std::mem::take(&mut flaws.list).into_iter().partition(is_it);
    flaws.list = others;
    let first = those.len().min(1);
    let rest = those.split_off(first);
    let Some(mut flaw) = those.pop() else { return false };
    if let Some(what) = entry.get("what").and_then(Value::as_str) {
        what.clone_into(&mut flaw.what);
    }
    for line in lines {
        if !flaw.sources.iter().any(|source| source.line == Some(*line)) {
            flaw.sources.push(source(page, *line));
        }
    }
    // One contradiction may touch several keywords.
    for more in rest {
        flaw.also.push(more.pointer);
        flaw.also.extend(more.also);
        flaw.resolved =
            flaw.resolved.into_iter().chain(more.resolved).reduce(|a, b| format!("{a}; {b}"));
    }
    flaws.list.push(flaw);
    true
}

fn noted(
    flaws: &mut Flaws<'_>,
    rule: Rule,
    pointer: &str,
    entry: &Value,
    key: &str,
    lines: &[u32],
) {
    let page = entry.get("page").and_then(Value::as_str);
    let what = entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut sources: Vec<PageSource> = lines.iter().map(|line| source(page, *line)).collect();
    for other in entry.get("also").and_then(Value::as_array).into_iter().flatten() {
        let page = other.get("page").and_then(Value::as_str);
        let line = other.pointer("/lines/0").and_then(Value::as_u64);
        sources.extend(line.and_then(|line| Some(source(page, line.try_into().ok()?))));
    }
    let resolved = entry.get("resolved").and_then(Value::as_str).map(str::to_owned);
    flaws.put(Flaw {
        rule,
        spec: flaws.spec.path.clone(),
        pointer: pointer.to_owned(),
        also: Vec::new(),
        operation: String::new(),
        sources,
        what,
        resolved,
    });
}

fn source(page: Option<&str>, line: u32) -> PageSource {
    PageSource { page: page.map(str::to_owned), line: Some(line), ..PageSource::default() }
}

/// A description that ends in a colon, with nothing behind it that could be what it announces.
fn truncated(flaws: &mut Flaws<'_>, pointer: &str, described: &Map<String, Value>) {
    let text = described.get("description").and_then(Value::as_str).unwrap_or_default().trim_end();
    let rest = text.strip_suffix([':', '：']);
    let lists = ["enum", "pattern", "oneOf", "anyOf", "properties", "x-contradicted"];
    if rest.is_some_and(|rest| !rest.is_empty())
        && !lists.iter().any(|key| described.contains_key(*key))
    {
        let tail = text.char_indices().rev().nth(40).map_or(text, |(at, _)| &text[at..]);
        let what = format!("the description ends with “…{}”", tail.trim());
        let lines = flaws.spec.source_of(pointer);
        let told = |flaw: &Flaw| {
            let here = |source: &PageSource| {
                lines.iter().any(|own| own.page == source.page && own.line == source.line)
            };
            flaw.rule == Rule::NotRead && flaw.sources.iter().any(here)
        };
        if flaws.list.iter().any(told) {
            return;
        }
        flaws.note(Rule::TruncatedRule, &format!("{pointer}/description"), &[], what);
    }
}
