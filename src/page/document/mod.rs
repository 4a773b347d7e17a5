//! Operations to one OpenAPI 3.1 document (<https://spec.openapis.org/oas/v3.1.1>). Every promise
//! says in `x-source` where it was read, or which family or flag it comes from; keys keep the order
//! of the pages, so that the same pages give the same bytes.

mod components;
mod fields;
mod operation;
mod responses;
mod source;

use super::families::Family;
use super::model::{Operation, Origin};
use super::options::Text;
use super::{Clash, Contradiction, Loss};
use components::Components;
use serde_json::{Map, Value, json};

/// An operation with what the document says of it beyond its page.
pub(super) struct Entry {
    pub(super) operation: Operation,
    pub(super) id: (String, Origin),
    /// The operation's name on the wire, for RPC families, and the API's version.
    pub(super) selected: Option<Selected>,
}

/// How an RPC operation is selected.
pub(super) struct Selected {
    pub(super) name: (String, Origin),
    pub(super) version: (String, Origin),
    /// The family's code of the product, where it is known.
    pub(super) product: Option<&'static str>,
}

/// Facts of the whole document.
pub(super) struct Whole<'a> {
    pub(super) entries: &'a [Entry],
    pub(super) family: Option<&'static Family>,
    /// Names and digests of the pages.
    pub(super) pages: &'a [(String, String)],
    pub(super) title: Option<(String, String)>,
    pub(super) version: Option<(String, String)>,
    pub(super) losses: &'a [Loss],
    pub(super) contradictions: &'a [Contradiction],
    pub(super) text: Text,
}

/// Writes the document; tells which objects of one name its pages describe differently.
pub(super) fn write(whole: &Whole<'_>) -> (Value, Vec<Clash>) {
    let components = Components::gather(whole);
    let clashes = components.clashes();
    let mut document = Map::new();
    document.insert("openapi".to_owned(), json!("3.1.1"));
    document.insert("info".to_owned(), info(whole, &clashes));
    if let Some(family) = whole.family {
        document.insert("x-family".to_owned(), json!(family.name));
    }
    document.insert("servers".to_owned(), servers(whole));
    document.insert("paths".to_owned(), paths(whole, &components));
    let parts = components.write(whole);
    if !parts.is_empty() {
        document.insert("components".to_owned(), Value::Object(parts));
    }
    if let Some(family) = whole.family {
        if !family.security.is_empty() {
            let alternatives = family.security.iter().map(|scheme| json!({ scheme.name(): [] }));
            document.insert("security".to_owned(), alternatives.collect());
        }
        if !family.gateway_codes.is_empty() {
            document.insert("x-gateway-codes".to_owned(), json!(family.gateway_codes));
        }
        if !family.envelopes.is_empty() {
            let envelopes = family.envelopes.iter().map(|envelope| {
                json!({
                    "name": envelope.name,
                    "schema": { "$ref": components::reference(envelope.name) },
                    "x-source": { "family": family.name },
                })
            });
            document.insert("x-envelopes".to_owned(), envelopes.collect());
        }
    }
    (Value::Object(document), clashes)
}

fn info(whole: &Whole<'_>, clashes: &[Clash]) -> Value {
    let mut info = Map::new();
    let ids: Vec<&str> = whole.entries.iter().map(|entry| entry.id.0.as_str()).collect();
    let derived = || {
        let shown = ids.iter().take(4).copied().collect::<Vec<_>>().join(", ");
        let family = whole.family.map_or("", |family| family.name);
        let more = ids.len().saturating_sub(4);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{family}: {shown}{more}").trim_start_matches(": ").to_owned()
    };
    let title = whole.title.as_ref().map_or_else(derived, |(title, _)| title.clone());
    info.insert("title".to_owned(), json!(title));
    let first = whole.entries.first();
    let (version, source) = match (&whole.version, first) {
        (Some((version, flag)), _) => (version.clone(), json!({ "flag": flag })),
        (None, Some(Entry { selected: Some(selected), operation, .. })) => {
            let (version, origin) = &selected.version;
            (version.clone(), source::of(&operation.page, whole.family, origin))
        }
        (None, Some(entry)) => {
            let (path, origin) = &entry.operation.path;
            let origin = match origin {
                Origin::Stated(line) => Origin::Derived(*line),
                other => other.clone(),
            };
            let page = &entry.operation.page;
            (version_of(path), source::of(page, whole.family, &origin))
        }
        (None, None) => ("unknown".to_owned(), json!([])),
    };
    info.insert("version".to_owned(), json!(version));
    info.insert("x-source".to_owned(), source);
    let pages = whole.pages.iter().map(|(page, digest)| json!({ "page": page, "sha256": digest }));
    info.insert("x-pages".to_owned(), pages.collect());
    if !whole.losses.is_empty() {
        let losses = whole
            .losses
            .iter()
            .map(|loss| json!({ "page": loss.page, "line": loss.line, "reason": loss.reason }));
        info.insert("x-losses".to_owned(), losses.collect());
    }
    let told = whole.contradictions.iter().map(
        |own| json!({ "page": own.page, "kind": own.kind, "lines": own.lines, "what": own.what }),
    );
    let told: Vec<Value> = told.chain(clashes.iter().map(clash)).collect();
    if !told.is_empty() {
        info.insert("x-contradictions".to_owned(), Value::Array(told));
    }
    Value::Object(info)
}

/// What pages say differently of one object: the first page's place, and the others'.
fn clash(clash: &Clash) -> Value {
    let place = |(page, line, _): &(String, u32, String)| json!({ "page": page, "lines": [line] });
    let mut told = clash.places.first().map(place).unwrap_or_default();
    told["kind"] = json!("one_name_two_objects");
    told["what"] = json!(clash.what());
    told["also"] = clash.places.iter().skip(1).map(place).collect();
    told
}

/// The version in a path's first segment (`/v1/…`); `unversioned` where there is none.
fn version_of(path: &str) -> String {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let digits = first.strip_prefix(['v', 'V']).unwrap_or_default();
    let numeric = digits.starts_with(|c: char| c.is_ascii_digit());
    if numeric { first.to_owned() } else { "unversioned".to_owned() }
}

/// One server whose host is the reader's to give: pages name endpoints elsewhere, if at all.
fn servers(whole: &Whole<'_>) -> Value {
    let endpoint = json!({ "default": "endpoint.invalid" });
    let mut server = json!({ "url": "https://{endpoint}", "variables": { "endpoint": endpoint } });
    if let Some(family) = whole.family {
        server["x-source"] = json!({ "family": family.name });
    }
    json!([server])
}

fn paths(whole: &Whole<'_>, components: &Components) -> Value {
    let mut paths = Map::new();
    for (index, entry) in whole.entries.iter().enumerate() {
        let mut key = entry.operation.path.0.clone();
        let method = entry.operation.method.0.to_lowercase();
        let taken = paths.get(&key).is_some_and(|item: &Value| item.get(&method).is_some());
        if let Some(selected) = entry.selected.as_ref().filter(|_| taken) {
            key = format!("{key}?Action={}", selected.name.0);
        }
        let item = paths.entry(key).or_insert_with(|| json!({}));
        item[method] = operation::write(whole, index, components);
    }
    Value::Object(paths)
}
