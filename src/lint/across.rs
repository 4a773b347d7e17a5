//! One name in several places: types, lists of values and duties that differ.

use super::flaw::Flaws;
use super::schemas::types;
use super::{Rule, Schemas};
use crate::spec::Place;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Most names that are kept of a document.
const NAMES: usize = 50_000;

/// One place that a name is described at.
struct Site<'a> {
    pointer: String,
    types: String,
    listed: Option<BTreeSet<String>>,
    place: Option<Place>,
    path: &'a str,
    required: bool,
}

pub(super) fn lint(flaws: &mut Flaws<'_>, schemas: &Schemas<'_>) {
    let spec = flaws.spec;
    let mut sites: BTreeMap<&str, Vec<Site<'_>>> = BTreeMap::new();
    for operation in &spec.operations {
        for parameter in &operation.parameters {
            let schema = parameter.schema.as_ref().and_then(|schema| spec.schema(schema));
            let known = sites.entry(&parameter.name).or_default();
            // A shared parameter is one description.
            if let Some(Value::Object(schema)) = schema
                && !known.iter().any(|site| site.pointer == parameter.pointer)
            {
                known.push(Site {
                    pointer: parameter.pointer.clone(),
                    types: kinds(schema),
                    listed: listed(schema),
                    place: Some(parameter.place),
                    path: &operation.path,
                    required: parameter.required,
                });
            }
        }
    }
    for (pointer, schema) in schemas {
        let Some(Value::Object(properties)) = schema.get("properties") else { continue };
        for (name, property) in properties {
            let Some(Value::Object(property)) = spec.resolved(property) else { continue };
            if sites.len() < NAMES || sites.contains_key(name.as_str()) {
                sites.entry(name).or_default().push(Site {
                    pointer: format!(
                        "{pointer}/properties/{}",
                        crate::exchange::pointer_token(name)
                    ),
                    types: kinds(property),
                    listed: listed(property),
                    place: None,
                    path: "",
                    required: false,
                });
            }
        }
    }
    for (name, sites) in &sites {
        types_differ(flaws, name, sites);
        lists_differ(flaws, name, sites);
        duties_differ(flaws, name, sites);
    }
}

/// The types of a schema as one word; a number is a number, whole or not.
fn kinds(schema: &Map<String, Value>) -> String {
    let named = types(schema).unwrap_or_default().into_iter().filter(|of| *of != "null");
    let mut types: Vec<&str> =
        named.map(|of| if of == "integer" { "number" } else { of }).collect();
    types.sort_unstable();
    types.dedup();
    types.join(" or ")
}

fn listed(schema: &Map<String, Value>) -> Option<BTreeSet<String>> {
    let values = schema.get("enum")?.as_array()?;
    Some(values.iter().filter(|value| !value.is_null()).map(Value::to_string).collect())
}

fn types_differ(flaws: &mut Flaws<'_>, name: &str, sites: &[Site<'_>]) {
    for parameters in [true, false] {
        let mut by_type: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let of_kind = sites.iter().filter(|site| site.place.is_some() == parameters);
        for site in of_kind.filter(|site| !site.types.is_empty()) {
            by_type.entry(&site.types).or_default().push(&site.pointer);
        }
        if by_type.len() > 1 {
            let told: Vec<String> = by_type
                .iter()
                .map(|(types, places)| format!("{types} in {}", counted(places.len())))
                .collect();
            let places: Vec<&str> = by_type.values().map(|places| places[0]).collect();
            let rule = if parameters { Rule::ParameterTypesDiffer } else { Rule::TypesDiffer };
            flaws.note(rule, places[0], &places[1..], format!("`{name}` is {}", told.join(", ")));
        }
    }
}

fn counted(count: usize) -> String {
    if count == 1 { "one place".to_owned() } else { format!("{count} places") }
}

/// Lists that have something in common, and differ.
fn lists_differ(flaws: &mut Flaws<'_>, name: &str, sites: &[Site<'_>]) {
    let with = |site: &&Site<'_>| site.listed.as_ref().is_some_and(|listed| listed.len() > 1);
    let listing: Vec<&Site<'_>> = sites.iter().filter(with).collect();
    let Some((first, rest)) = listing.split_first() else { return };
    let Some(values) = &first.listed else { return };
    for other in rest {
        let Some(others) = &other.listed else { continue };
        let common = values.intersection(others).count();
        if values != others && common * 2 >= values.len().min(others.len()) {
            let list =
                |set: BTreeSet<&String>| set.into_iter().cloned().collect::<Vec<_>>().join(", ");
            let only: Vec<String> = [
                ("here", values.difference(others).collect::<BTreeSet<_>>()),
                ("there", others.difference(values).collect()),
            ]
            .into_iter()
            .filter(|(_, set)| !set.is_empty())
            .map(|(side, set)| format!("only {side}: {}", list(set)))
            .collect();
            let what = format!("`{name}` lists different values: {}", only.join("; "));
            flaws.note(Rule::EnumsDiffer, &first.pointer, &[&other.pointer], what);
            return;
        }
    }
}

/// A header anywhere, a query parameter at one path: mandatory in one place, optional in the other.
fn duties_differ(flaws: &mut Flaws<'_>, name: &str, sites: &[Site<'_>]) {
    let mut groups: BTreeMap<(Place, &str), Vec<&Site<'_>>> = BTreeMap::new();
    for site in sites {
        match site.place {
            Some(Place::Header) => groups.entry((Place::Header, "")).or_default().push(site),
            Some(Place::Query) => groups.entry((Place::Query, site.path)).or_default().push(site),
            _ => {}
        }
    }
    for ((place, _), group) in groups {
        let must = group.iter().find(|site| site.required);
        let may = group.iter().find(|site| !site.required);
        if let (Some(must), Some(may)) = (must, may) {
            let what =
                format!("{place} `{name}` is mandatory in one operation, optional in another");
            flaws.note(Rule::RequiredDiffers, &must.pointer, &[&may.pointer], what);
        }
    }
}
