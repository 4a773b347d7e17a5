//! Tables that list objects and their fields one below the other: nested by marks of depth, by rows
//! that name an array's element, and by what the page's own example shows.

use super::nesting::refer;
use crate::page::model::{Field, Nesting, Operation, Shape, Side, Structure};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Deepest nesting that is read.
const DEPTH_LIMIT: usize = 12;

/// Nests the fields of every body whose table is flat.
pub(super) fn nest(operation: &mut Operation) {
    let mut made = Vec::new();
    if let Some(body) = &mut operation.body {
        let shown = operation.request_examples.iter().find_map(|own| own.value.as_object());
        body_of(body, shown, &mut made);
    }
    for response in &mut operation.responses {
        let shown = response.examples.iter().find_map(|own| own.value.as_object());
        if let Some(body) = &mut response.body {
            body_of(body, shown, &mut made);
        }
    }
    operation.structures.extend(made);
}

fn body_of(body: &mut Structure, shown: Option<&Map<String, Value>>, made: &mut Vec<Structure>) {
    if body.fields.iter().all(|field| field.nesting == Nesting::default()) {
        return;
    }
    let marked = body.fields.iter().any(|field| field.nesting.depth > 0);
    let mut flat =
        Flat { rows: std::mem::take(&mut body.fields), at: 0, side: body.side, marked, made };
    body.fields = flat.fields(&mut Vec::new(), shown, 0);
}

struct Flat<'a> {
    rows: Vec<Field>,
    at: usize,
    side: Side,
    /// Whether marks tell the depth.
    marked: bool,
    made: &'a mut Vec<Structure>,
}

type Shown<'e> = Option<&'e Map<String, Value>>;

impl Flat<'_> {
    /// The fields of one object: all rows from here on that belong to it.
    fn fields<'e>(
        &mut self,
        outer: &mut Vec<Shown<'e>>,
        shown: Shown<'e>,
        depth: usize,
    ) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        let mut names: BTreeSet<String> = BTreeSet::new();
        while let Some(row) = self.rows.get(self.at) {
            let inner = !outer.is_empty();
            let ends = if self.marked {
                row.nesting.depth < depth
            } else {
                inner && leaves(row, &fields, &names, shown, outer)
            };
            if ends {
                break;
            }
            let mut field = row.clone();
            self.at += 1;
            names.insert(field.name.clone());
            if outer.len() < DEPTH_LIMIT {
                outer.push(shown);
                self.below(&mut field, outer, shown, depth);
                outer.pop();
            }
            field.nesting = Nesting::default();
            if !fields.iter().any(|own| own.name == field.name) {
                fields.push(field);
            }
        }
        fields
    }

    /// Reads what lies in a field: the rows below it.
    fn below<'e>(
        &mut self,
        field: &mut Field,
        outer: &mut Vec<Shown<'e>>,
        shown: Shown<'e>,
        depth: usize,
    ) {
        let holds = matches!(field.shape, Shape::Array(_) | Shape::Object(_) | Shape::Map(_));
        let Some(next) = self.rows.get(self.at).filter(|_| holds) else { return };
        let value = shown.and_then(|shown| shown.get(&field.name));
        if next.nesting.element && !field.nesting.element {
            let element = next.clone();
            self.at += 1;
            // On the wire the array may lie in an object that has nothing else.
            let wrapped = value.and_then(|value| value.get(&element.name));
            let fields = self.fields(outer, object(wrapped.or(value)), depth + 1);
            let name = self.make(&element.name, &field.name, element.line, fields);
            let array = Shape::Array(Some(Box::new(Shape::Object(Some(name)))));
            if wrapped.is_some_and(Value::is_array) {
                let inner = Field {
                    shape: array,
                    derived: false,
                    ..Field::implied(&element.name, element.line, Shape::Unknown)
                };
                let frame = self.make(&field.name, "", field.line, vec![inner]);
                field.shape = Shape::Object(Some(frame));
            } else {
                field.shape = if matches!(field.shape, Shape::Object(_)) {
                    array_or_object(&array, value)
                } else {
                    array
                };
            }
            return;
        }
        let deeper = if self.marked {
            next.nesting.depth > depth
        } else {
            let inside = object(value).is_some_and(|own| own.contains_key(&next.name));
            inside && !shown.is_some_and(|shown| shown.contains_key(&next.name))
        };
        if deeper {
            let fields = self.fields(outer, object(value), depth + 1);
            let named = field.shape.structure().unwrap_or(&field.name).to_owned();
            let name = self.make(&named, &field.name, field.line, fields);
            match &mut field.shape {
                Shape::Array(inner @ None) => *inner = Some(Box::new(Shape::Object(Some(name)))),
                Shape::Object(own) => *own = Some(name),
                other => refer(other, &name),
            }
        }
    }

    /// Adds a structure, under a name of its own.
    fn make(&mut self, name: &str, holder: &str, line: u32, fields: Vec<Field>) -> String {
        let taken = |name: &str| {
            self.made.iter().any(|own| own.name.as_deref() == Some(name) && own.side == self.side)
        };
        let mut own = name.to_owned();
        if taken(&own) && !holder.is_empty() {
            own = format!("{holder}.{name}");
        }
        let stem = own.clone();
        let mut number = 2_usize;
        while taken(&own) {
            own = format!("{stem}{number}");
            number += 1;
        }
        let structure = Structure::of(fields, line, self.side);
        self.made.push(Structure { name: Some(own.clone()), ..structure });
        own
    }
}

/// An element's array, or the element itself where the example shows no array.
fn array_or_object(array: &Shape, value: Option<&Value>) -> Shape {
    match array {
        Shape::Array(Some(inner)) if value.is_some_and(Value::is_object) => (**inner).clone(),
        other => other.clone(),
    }
}

/// An object, or the first of an array.
fn object(value: Option<&Value>) -> Shown<'_> {
    let value = value?;
    value.as_object().or_else(|| value.get(0)?.as_object())
}

/// Whether a row belongs to an object further out: the example decides; where it is silent, names in
/// order stay together.
fn leaves(
    row: &Field,
    fields: &[Field],
    names: &BTreeSet<String>,
    shown: Shown<'_>,
    outer: &[Shown<'_>],
) -> bool {
    let here = shown.is_some_and(|shown| shown.contains_key(&row.name));
    let outside = outer.iter().flatten().any(|shown| shown.contains_key(&row.name));
    if here {
        return names.contains(&row.name);
    }
    if outside || names.contains(&row.name) {
        return true;
    }
    let falls = |last: &Field| last.name.to_lowercase() > row.name.to_lowercase();
    fields.last().is_some_and(falls)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::model::Scalar;
    use serde_json::json;

    fn row(name: &str, shape: Shape, depth: usize, element: bool) -> Field {
        Field { nesting: Nesting { depth, element }, ..Field::implied(name, 1, shape) }
    }

    fn told(rows: Vec<Field>, shown: &Value) -> Vec<String> {
        let mut body = Structure::of(rows, 1, Side::Response);
        let mut made = Vec::new();
        body_of(&mut body, shown.as_object(), &mut made);
        let line = |name: &str, fields: &[Field]| {
            let names: Vec<String> = fields
                .iter()
                .map(|field| match field.shape.structure() {
                    Some(inner) => format!("{}>{inner}", field.name),
                    None => field.name.clone(),
                })
                .collect();
            format!("{name}: {}", names.join(" "))
        };
        let mut all = vec![line("", &body.fields)];
        all.extend(
            made.iter().map(|own| line(own.name.as_deref().unwrap_or_default(), &own.fields)),
        );
        all
    }

    #[test]
    fn elements_and_examples_nest_rows() {
        let text = || Shape::Scalar(Scalar::String);
        let rows = || {
            vec![
                row("Depots", Shape::Array(None), 0, false),
                row("Depot", Shape::Object(None), 0, true),
                row("Colour", text(), 0, false),
                row("Name", text(), 0, false),
                row("Count", text(), 0, false),
                row("Name", text(), 0, false),
            ]
        };
        let wrapped =
            json!({"Depots": {"Depot": [{"Colour": "", "Name": ""}]}, "Count": 1, "Name": ""});
        assert_eq!(
            told(rows(), &wrapped),
            [": Depots>Depots Count Name", "Depot: Colour Name", "Depots: Depot>Depot"]
        );
        let bare = json!({"Depots": [{"Colour": "", "Name": ""}], "Count": 1, "Name": ""});
        assert_eq!(told(rows(), &bare), [": Depots>Depot Count Name", "Depot: Colour Name"]);
        // Without an example the order of names tells.
        assert_eq!(told(rows(), &json!({})), [": Depots>Depot Count Name", "Depot: Colour Name"]);
    }

    #[test]
    fn marks_nest_rows() {
        let text = || Shape::Scalar(Scalar::String);
        let rows = vec![
            row("a", Shape::Array(None), 0, false),
            row("b", Shape::Object(None), 1, false),
            row("c", text(), 2, false),
            row("d", text(), 1, false),
            row("e", text(), 0, false),
        ];
        assert_eq!(told(rows, &Value::Null), [": a>a e", "b: c", "a: b>b d"]);
    }
}
