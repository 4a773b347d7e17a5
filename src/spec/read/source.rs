use crate::spec::model::{Confidence, PageSource};
use crate::spec::place::unescaped;
use serde_json::{Map, Value};

/// The nearest `x-source` at a place or above it; empty when there is none. Of a name in a schema's
/// `required`, the one that stands at the property of that name, where there is one.
pub fn source_of(document: &Value, pointer: &str) -> Vec<PageSource> {
    if let Some(found) = required_property(document, pointer).and_then(own) {
        return found;
    }
    // One walk down, keeping the last `x-source` passed: pointers come from hostile documents too,
    // and a walk per ancestor would be quadratic.
    let mut here = document;
    let mut nearest = own(here);
    for segment in pointer.split('/').skip(1) {
        let next = match here {
            Value::Object(map) => map.get(&*unescaped(segment)),
            Value::Array(items) => segment.parse().ok().and_then(|index: usize| items.get(index)),
            _ => None,
        };
        let Some(next) = next else { break };
        here = next;
        if let Some(found) = own(here) {
            nearest = Some(found);
        }
    }
    nearest.unwrap_or_default()
}

/// The property that an item of `required` names: `…/required/0` to `…/properties/NAME`.
fn required_property<'a>(document: &'a Value, pointer: &str) -> Option<&'a Value> {
    let (list, index) = pointer.rsplit_once('/')?;
    let schema = document.pointer(list.strip_suffix("/required")?)?;
    let name = schema.get("required")?.get(index.parse::<usize>().ok()?)?.as_str()?;
    schema.get("properties")?.get(name)
}

/// The `x-source` of a value itself.
pub fn own(value: &Value) -> Option<Vec<PageSource>> {
    let found: Vec<PageSource> = match value.as_object()?.get("x-source")? {
        Value::Object(map) => vec![one(map)],
        Value::Array(items) => items.iter().filter_map(Value::as_object).map(one).collect(),
        _ => return None,
    };
    (!found.is_empty()).then_some(found)
}

fn one(map: &Map<String, Value>) -> PageSource {
    let text = |key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
    PageSource {
        page: text("page"),
        line: map.get("line").and_then(Value::as_u64).and_then(|line| u32::try_from(line).ok()),
        confidence: match map.get("confidence").and_then(Value::as_str) {
            Some("stated") => Some(Confidence::Stated),
            Some("derived") => Some(Confidence::Derived),
            _ => None,
        },
        family: text("family"),
        flag: text("flag"),
    }
}
