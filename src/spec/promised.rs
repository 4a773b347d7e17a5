//! What is promised for a code, as a digest: the same as long as the promise is. Of media types, headers and
//! schemas counts what answers are held to, and not how it is worded, named or ordered.

use super::layout::Keyword;
use super::model::{HeaderPromise, MediaPromise, Promise, Spec};
use super::place::{Node, local};
use super::schema::asserts;
use crate::exchange::Digest;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt::Write as _;

/// Makes digests of a spec's promises; schemas that several lead to are read once.
#[derive(Debug)]
pub struct Promises<'a> {
    spec: &'a Spec,
    schemas: HashMap<String, Schema>,
}

/// A schema object with what it leads to.
#[derive(Debug)]
struct Schema {
    /// Its own words, a reference without its target.
    own: Digest,
    /// Pointers of what its references lead to, in the order of the words.
    leads: Vec<String>,
}

impl Spec {
    /// For digests of its promises.
    pub fn promises(&self) -> Promises<'_> {
        Promises { spec: self, schemas: HashMap::new() }
    }
}

impl Promises<'_> {
    /// The digest of one promise. Schemas are told apart by what they say and lead to: one that has
    /// another name or description is the same, one that is written in place of a reference is not.
    pub fn digest(&mut self, promise: &Promise) -> Digest {
        let mut text = format!("body {}\n", promise.body_documented);
        let mut order = Order::default();
        let mut media: Vec<&MediaPromise> = promise.media.iter().collect();
        media.sort_by_key(|media| media.media_type.to_ascii_lowercase());
        for media in media {
            let name = media.media_type.replace(' ', "").to_ascii_lowercase();
            let schema = media.schema.as_ref().map(|schema| order.number(&schema.pointer));
            let _ = writeln!(text, "media {name} {schema:?}");
        }
        let mut headers: Vec<&HeaderPromise> = promise.headers.iter().collect();
        headers.sort_by_key(|header| header.name.to_ascii_lowercase());
        for header in headers {
            let (name, written) = (header.name.to_ascii_lowercase(), &header.parameter);
            let schema = written.schema.as_ref().map(|schema| order.number(&schema.pointer));
            let (required, explode, media) =
                (header.required, written.explode, &written.media_type);
            let _ = writeln!(text, "header {name} {required} {explode} {media:?} {schema:?}");
        }
        let mut next = 0;
        while let Some(pointer) = order.places.get(next).cloned() {
            let schema = self.schema(pointer);
            let leads: Vec<usize> = schema.leads.iter().map(|to| order.number(to)).collect();
            let _ = writeln!(text, "schema {next} {} {leads:?}", schema.own);
            next += 1;
        }
        Digest::of(text.as_bytes())
    }

    fn schema(&mut self, pointer: String) -> &Schema {
        let document = self.spec.document();
        self.schemas.entry(pointer).or_insert_with_key(|pointer| {
            let mut words = Words::default();
            match Node::at(document, pointer) {
                Some(node) => words.schema(node.value),
                None => words.text.push_str("nothing"),
            }
            Schema { own: Digest::of(words.text.as_bytes()), leads: words.leads }
        })
    }
}

/// Numbers for places, in the order in which they are met.
#[derive(Default)]
struct Order {
    places: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Order {
    fn number(&mut self, pointer: &str) -> usize {
        if let Some(number) = self.numbers.get(pointer) {
            return *number;
        }
        let number = self.places.len();
        self.numbers.insert(pointer.to_owned(), number);
        self.places.push(pointer.to_owned());
        number
    }
}

/// The words of a schema in one order. The depth is that of the document, which the parser bounds.
#[derive(Default)]
struct Words {
    text: String,
    leads: Vec<String>,
}

impl Words {
    fn schema(&mut self, schema: &Value) {
        let Value::Object(map) = schema else { return self.data(schema) };
        let counts = |key: &str, value: &Value| {
            asserts(key) || matches!((key, value), ("readOnly" | "writeOnly", Value::Bool(true)))
        };
        let mut members: Vec<_> = map.iter().filter(|(key, value)| counts(key, value)).collect();
        members.sort_unstable_by_key(|(key, _)| *key);
        self.text.push('{');
        for (key, value) in members {
            // Only what references lead to counts of definitions.
            if matches!(key.as_str(), "$defs" | "definitions") {
                continue;
            }
            let _ = write!(self.text, "{key:?}:");
            match (key.as_str(), value, Keyword::of(key)) {
                ("$ref", Value::String(reference), _) => match local(reference) {
                    Ok(pointer) => self.leads.push(pointer),
                    Err(_) => self.data(value),
                },
                (_, _, Keyword::Schema(_)) => self.schemas(value, false),
                (_, _, Keyword::Schemas(_)) => self.schemas(value, true),
                ("required" | "enum" | "type", Value::Array(items), _) => self.set(items),
                _ => self.data(value),
            }
            self.text.push(',');
        }
        self.text.push('}');
    }

    /// One schema, or several: in a list, or by name.
    fn schemas(&mut self, value: &Value, several: bool) {
        match value {
            Value::Array(items) => {
                self.text.push('[');
                for item in items {
                    self.schema(item);
                    self.text.push(',');
                }
                self.text.push(']');
            }
            Value::Object(map) if several => {
                let mut members: Vec<_> = map.iter().collect();
                members.sort_unstable_by_key(|(name, _)| *name);
                self.text.push('{');
                for (name, schema) in members {
                    let _ = write!(self.text, "{name:?}:");
                    self.schema(schema);
                    self.text.push(',');
                }
                self.text.push('}');
            }
            _ => self.schema(value),
        }
    }

    /// Items whose order says nothing.
    fn set(&mut self, items: &[Value]) {
        let mut words: Vec<String> = items.iter().map(written).collect();
        words.sort_unstable();
        words.dedup();
        let _ = write!(self.text, "{words:?}");
    }

    fn data(&mut self, value: &Value) {
        self.text.push_str(&written(value));
    }
}

/// A value with its members in order of their names.
fn written(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(written).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(map) => {
            let mut members: Vec<String> =
                map.iter().map(|(name, value)| format!("{name:?}:{}", written(value))).collect();
            members.sort_unstable();
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document with one promise, whose schema leads to a cyclic one.
    const BASE: &str = r##"
openapi: 3.1.0
info: {title: Depot, version: "1"}
paths:
  /crates:
    get:
      responses:
        "200":
          description: All.
          headers: {X-Count: {required: true, schema: {type: integer}}}
          content:
            application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Crate"}}}
components:
  schemas:
    Crate:
      type: object
      description: A crate.
      required: [id, kind]
      properties:
        id: {type: string, maxLength: 9}
        kind: {enum: [oak, pine]}
        description: {type: string}
        inner: {$ref: "#/components/schemas/Crate"}
    Other: {type: integer}
"##;

    fn digest(text: &str) -> Digest {
        let spec = Spec::load("depot.yaml", text.as_bytes()).unwrap();
        assert_eq!(spec.problems, []);
        spec.promises().digest(&spec.operations[0].promises[0])
    }

    #[test]
    fn what_answers_are_not_held_to_changes_nothing() {
        for (from, to) in [
            ("A crate.", "A box."),
            ("All.", "Every crate."),
            ("[id, kind]", "[kind, id, kind]"),
            ("[oak, pine]", "[pine, oak]"),
            ("Other: {type: integer}", "Other: {type: string}"),
            ("Crate", "Box"),
            ("application/json", "Application/JSON"),
            ("X-Count", "x-count"),
            ("maxLength: 9", "maxLength: 9, example: a, x-source: {page: p, line: 1}"),
            ("id: {type: string, maxLength: 9}", "id: {maxLength: 9, type: string}"),
        ] {
            assert!(BASE.contains(from), "{from}");
            assert_eq!(digest(&BASE.replace(from, to)), digest(BASE), "{from} to {to}");
        }
    }

    #[test]
    fn what_answers_are_held_to_changes_it() {
        let mut all = vec![digest(BASE)];
        for (from, to) in [
            ("maxLength: 9", "maxLength: 10"),
            ("[id, kind]", "[id]"),
            ("[oak, pine]", "[oak, pine, elm]"),
            ("description: {type: string}", "description: {type: integer}"),
            ("description: {type: string}", "note: {type: string}"),
            (
                "inner: {$ref: \"#/components/schemas/Crate\"}",
                "inner: {$ref: \"#/components/schemas/Other\"}",
            ),
            ("required: true", "required: false"),
            ("X-Count: {required: true, schema: {type: integer}}", ""),
            ("{type: integer}}}", "{type: string}}}"),
            ("application/json", "application/xml"),
            ("{type: array, items:", "{items:"),
            ("kind: {enum", "kind: {writeOnly: true, enum"),
        ] {
            assert!(BASE.contains(from), "{from}");
            let changed = digest(&BASE.replace(from, to));
            assert!(!all.contains(&changed), "{from} to {to}");
            all.push(changed);
        }
    }
}
