//! Rules that depend on where an object is used: ranges of one use or another, and prose at the
//! place of use that allows less than the object's own table.

use super::relations::spoken;
use super::rules::{Range, Stated};
use crate::page::Contradiction;
use crate::page::model::{Field, Operation, Side};

/// How much of a field's first line is read for what it is used for.
const TEXT_LIMIT: usize = 400;

/// Settles every rule that the place of use decides.
pub(super) fn settle(operation: &mut Operation, notes: &mut Vec<Contradiction>) {
    ranges(operation, notes);
    unique_keys(operation);
    restrictions(operation, notes);
}

fn bodies(operation: &Operation, side: Side) -> impl Iterator<Item = &Field> {
    let request = operation.body.iter().flat_map(|body| &body.fields);
    let responses = operation.responses.iter().filter_map(|own| own.body.as_ref());
    let response = responses.flat_map(|body| &body.fields);
    let nested = operation.structures.iter().filter(move |own| own.side == side);
    request
        .filter(move |_| side == Side::Request)
        .chain(response.filter(move |_| side == Side::Response))
        .chain(nested.flat_map(|own| &own.fields))
}

/// Where all uses of an object speak of one range's label, that range holds; else the widest.
fn ranges(operation: &mut Operation, notes: &mut Vec<Contradiction>) {
    for at in 0..operation.structures.len() {
        let structure = &operation.structures[at];
        let name = structure.name.clone().unwrap_or_default();
        let uses: Vec<String> = bodies(operation, structure.side)
            .filter(|field| field.shape.structure() == Some(name.as_str()))
            .map(|field| {
                let text = field.text.first().map_or("", |line| line.text.as_str());
                text.chars().take(TEXT_LIMIT).collect::<String>().to_lowercase()
            })
            .collect();
        let page = operation.page.clone();
        for field in &mut operation.structures[at].fields {
            choose(field, &uses, &page, notes);
        }
    }
    let page = operation.page.clone();
    let body = operation.body.iter_mut().flat_map(|body| &mut body.fields);
    let parameters = operation.parameters.iter_mut().map(|(_, field)| field);
    for field in body.chain(parameters) {
        choose(field, &[], &page, notes);
    }
}

fn choose(field: &mut Field, uses: &[String], page: &str, notes: &mut Vec<Contradiction>) {
    let ranges = field.rules.ranges.clone();
    if ranges.is_empty() {
        return;
    }
    let labelled = |words: &str| {
        let mut found = ranges.iter().filter(|own| words.contains(&own.value.label.to_lowercase()));
        found.next().filter(|_| found.next().is_none())
    };
    let chosen: Vec<Option<&Stated<Range>>> = uses.iter().map(|words| labelled(words)).collect();
    let one = chosen.first().copied().flatten();
    let agreed = one.filter(|one| chosen.iter().all(|own| *own == Some(*one)));
    let considered: Vec<&Stated<Range>> = agreed.map_or(ranges.iter().collect(), |one| vec![one]);
    let bound = |of: fn(&Range) -> Option<f64>, better: fn(f64, f64) -> bool| {
        let mut best: Option<Stated<f64>> = None;
        for own in &considered {
            let value = of(&own.value)?;
            if best.as_ref().is_none_or(|best| better(value, best.value)) {
                best = Some(Stated { value, line: own.line });
            }
        }
        best
    };
    let minimum = bound(|range| range.minimum, |new, old| new < old);
    let maximum = bound(|range| range.maximum, |new, old| new > old);
    field.rules.minimum = field.rules.minimum.take().or(minimum);
    field.rules.maximum = field.rules.maximum.take().or(maximum);
    if ranges.len() > 1 {
        let kept = agreed.map_or("the widest".to_owned(), |one| format!("`{}`", one.value.label));
        notes.push(Contradiction {
            page: page.to_owned(),
            kind: "one_schema_two_ranges",
            lines: ranges.iter().map(|own| own.line).collect(),
            what: format!("`{}` has {} ranges by use; {kept} is kept", field.name, ranges.len()),
        });
    }
}

/// Keeps `unique by` where the array's objects have such a member.
fn unique_keys(operation: &mut Operation) {
    let members: Vec<(String, Side, Vec<String>)> = operation
        .structures
        .iter()
        .map(|own| {
            let names = own.fields.iter().map(|field| field.name.clone()).collect();
            (own.name.clone().unwrap_or_default(), own.side, names)
        })
        .collect();
    let body = operation.body.iter_mut().map(|body| (Side::Request, &mut body.fields));
    let responses = operation.responses.iter_mut().filter_map(|own| own.body.as_mut());
    let responses = responses.map(|body| (Side::Response, &mut body.fields));
    let nested = operation.structures.iter_mut().map(|own| (own.side, &mut own.fields));
    for (side, fields) in body.chain(responses).chain(nested) {
        for field in fields {
            let Some(rule) = field.rules.unique_by.clone() else { continue };
            let has = field.shape.structure().is_some_and(|name| {
                members.iter().any(|(own, own_side, names)| {
                    own == name && *own_side == side && names.contains(&rule.value)
                })
            });
            if !has {
                field.rules.unique_by = None;
                field.rules.unique = Some(rule.line);
            }
        }
    }
}

/// Prose that allows fewer values than a nested field lists: noted, the wider list stays.
fn restrictions(operation: &mut Operation, notes: &mut Vec<Contradiction>) {
    let mut found: Vec<(String, u32, Option<Contradiction>)> = Vec::new();
    for side in [Side::Request, Side::Response] {
        for field in bodies(operation, side) {
            let Some(rule) = &field.rules.restricted else { continue };
            let note = narrowed(operation, side, field, rule);
            found.push((field.name.clone(), field.line, note));
        }
    }
    let body = operation.body.iter_mut();
    let responses = operation.responses.iter_mut().filter_map(|own| own.body.as_mut());
    let all = body.chain(responses).chain(operation.structures.iter_mut());
    for field in all.flat_map(|own| &mut own.fields) {
        let own = |(name, line, _): &&(String, u32, Option<Contradiction>)| {
            *name == field.name && *line == field.line
        };
        if found.iter().find(own).is_some_and(|(_, _, note)| note.is_none()) {
            field.rules.restricted = None;
        }
    }
    notes.extend(found.into_iter().filter_map(|(_, _, note)| note));
}

/// The note of a restriction, where the object has the field that the words mean.
fn narrowed(
    operation: &Operation,
    side: Side,
    field: &Field,
    rule: &Stated<(String, Vec<String>)>,
) -> Option<Contradiction> {
    let (words, values) = &rule.value;
    let at = operation.structure(field.shape.structure()?, side)?;
    let fields = &operation.structures[at].fields;
    let described = fields.iter().find(|own| {
        let first = own.text.first().map(|line| line.text.to_lowercase()).unwrap_or_default();
        first.trim_end_matches(['.', ':']) == words.to_lowercase()
    });
    let nested = spoken(fields, words).or(described)?;
    let choices = nested.rules.choices.as_ref()?;
    let fewer = values.iter().all(|value| choices.value.contains(value));
    (fewer && values.len() < choices.value.len()).then(|| Contradiction {
        page: operation.page.clone(),
        kind: "prose_vs_enum",
        lines: vec![rule.line, choices.line],
        what: format!(
            "`{}` allows only {} of the values that `{}` lists; the list is kept",
            field.name,
            values.join(", "),
            nested.name
        ),
    })
}
