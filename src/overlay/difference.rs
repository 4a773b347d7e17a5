//! What turns one document into another, as actions of an overlay that still fit when the first has changed
//! elsewhere: small targets, items of lists by name.

use super::path::{equal, lasting_path as path, name_and_place};
use crate::exchange::pointer_token;
use serde_json::{Map, Value, json};

/// The actions that turn `before` into `after` below a place of the document; members that `passed_over`
/// names stay as they are in `before`.
pub fn difference(
    before: &Value,
    after: &Value,
    pointer: &str,
    passed_over: &dyn Fn(&str) -> bool,
) -> Vec<Value> {
    let mut differ = Differ { document: before, actions: Vec::new(), passed_over };
    match (before.pointer(pointer), after.pointer(pointer)) {
        (Some(own), Some(other)) => differ.values(own, other, pointer),
        (Some(_), None) => differ.remove(pointer),
        (None, Some(other)) => differ.add(other, pointer),
        (None, None) => {}
    }
    differ.actions
}

struct Differ<'a> {
    document: &'a Value,
    actions: Vec<Value>,
    passed_over: &'a dyn Fn(&str) -> bool,
}

impl Differ<'_> {
    fn remove(&mut self, pointer: &str) {
        self.actions.push(json!({ "target": path(self.document, pointer), "remove": true }));
    }

    fn update(&mut self, pointer: &str, update: Value) {
        self.actions.push(json!({ "target": path(self.document, pointer), "update": update }));
    }

    /// Something new: into the nearest object that there is.
    fn add(&mut self, value: &Value, pointer: &str) {
        let (mut place, mut value) = (pointer, value.clone());
        while let Some((parent, name)) = place.rsplit_once('/') {
            value = json!({ (&*crate::exchange::pointer_name(name)): value });
            place = parent;
            if self.document.pointer(parent).is_some_and(Value::is_object) {
                break;
            }
        }
        self.update(place, value);
    }

    fn values(&mut self, before: &Value, after: &Value, pointer: &str) {
        match (before, after) {
            _ if before == after => {}
            (Value::Object(own), Value::Object(other)) => self.objects(own, other, pointer),
            (Value::Array(own), Value::Array(other)) => self.lists(own, other, pointer),
            _ => self.replace(after, pointer),
        }
    }

    /// Lists are joined and objects merged where both sides have one, so that these go first.
    fn replace(&mut self, after: &Value, pointer: &str) {
        let Some((parent, name)) = pointer.rsplit_once('/') else { return };
        let standing = self.document.pointer(pointer);
        let joins = matches!(
            (standing, after),
            (Some(Value::Array(_)), Value::Array(_)) | (Some(Value::Object(_)), Value::Object(_))
        );
        if joins {
            self.remove(pointer);
        }
        let name = crate::exchange::pointer_name(name).into_owned();
        self.update(parent, json!({ name: after }));
    }

    fn objects(&mut self, own: &Map<String, Value>, other: &Map<String, Value>, pointer: &str) {
        let mut fresh = Map::new();
        for (key, before) in own.iter().filter(|(key, _)| !(self.passed_over)(key)) {
            let below = format!("{pointer}/{}", pointer_token(key));
            match other.get(key) {
                None => self.remove(&below),
                Some(after) if before == after => {}
                Some(after)
                    if before.is_object() && after.is_object()
                        || before.is_array() && after.is_array() =>
                {
                    self.values(before, after, &below);
                }
                Some(after) => drop(fresh.insert(key.clone(), after.clone())),
            }
        }
        let new =
            other.iter().filter(|(key, _)| !own.contains_key(*key) && !(self.passed_over)(key));
        fresh.extend(new.map(|(key, value)| (key.clone(), value.clone())));
        if !fresh.is_empty() {
            self.update(pointer, Value::Object(fresh));
        }
    }

    fn lists(&mut self, own: &[Value], other: &[Value], pointer: &str) {
        if self.sets(own, other, pointer) || self.named(own, other, pointer) {
            return;
        }
        // An item that is called otherwise now could be selected by neither of its names.
        let called_alike = |own: &Value, other: &Value| {
            ["name", "in"].iter().all(|key| own.get(key) == other.get(key))
        };
        let pair = |(own, other): (&Value, &Value)| {
            own.is_object() && other.is_object() && called_alike(own, other)
        };
        let alike = own.len() == other.len() && own.iter().zip(other).all(pair);
        if alike {
            for (at, (own, other)) in own.iter().zip(other).enumerate() {
                self.values(own, other, &format!("{pointer}/{at}"));
            }
        } else {
            self.replace(&json!(other), pointer);
        }
    }

    /// Lists of different texts, such as `required`: what went and what came, where the order of the rest is kept.
    fn sets(&mut self, own: &[Value], other: &[Value], pointer: &str) -> bool {
        let (own, other) = (distinct(own, Value::as_str), distinct(other, Value::as_str));
        let (Some(own), Some(other)) = (own, other) else { return false };
        let has_kept = own.iter().any(|text| other.contains(text));
        if !has_kept || !keeps_order(&own, &other) {
            return false;
        }
        let list = path(self.document, pointer);
        for text in own.iter().filter(|text| !other.contains(text)) {
            let target = format!("{list}{}", equal(text));
            self.actions.push(json!({ "target": target, "remove": true }));
        }
        for text in other.iter().filter(|text| !own.contains(text)) {
            self.update(pointer, json!(text));
        }
        true
    }

    /// Lists of parameters: each by its name and place.
    fn named(&mut self, own: &[Value], other: &[Value], pointer: &str) -> bool {
        let (own_keys, other_keys) =
            (distinct(own, name_and_place), distinct(other, name_and_place));
        let (Some(own_keys), Some(other_keys)) = (own_keys, other_keys) else { return false };
        if !keeps_order(&own_keys, &other_keys) {
            return false;
        }
        for (at, (key, item)) in own_keys.iter().zip(own).enumerate() {
            let below = format!("{pointer}/{at}");
            match other_keys.iter().position(|other| other == key) {
                Some(place) => self.values(item, &other[place], &below),
                None => self.remove(&below),
            }
        }
        for (key, item) in other_keys.iter().zip(other) {
            if !own_keys.contains(key) {
                self.update(pointer, item.clone());
            }
        }
        true
    }
}

/// What each item of a list is known by, where all have that and no two the same.
fn distinct<'v, K: Ord + Copy>(
    list: &'v [Value],
    key: impl Fn(&'v Value) -> Option<K>,
) -> Option<Vec<K>> {
    let keys: Vec<K> = list.iter().map(key).collect::<Option<_>>()?;
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    sorted.dedup();
    (sorted.len() == keys.len()).then_some(keys)
}

/// Whether a list is what was kept of another, in its order, with what came behind.
fn keeps_order<K: PartialEq>(own: &[K], other: &[K]) -> bool {
    let kept = own.iter().filter(|key| other.contains(key));
    kept.chain(other.iter().filter(|key| !own.contains(key))).eq(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::Overlay;
    use proptest::prelude::*;

    fn turned(before: &Value, after: &Value) -> (Value, Vec<Value>) {
        let actions = difference(before, after, "", &|_| false);
        let overlay = json!({"overlay": "1.0.0", "actions": actions.clone()});
        let mut document = before.clone();
        let applied = Overlay::read(&overlay).unwrap().apply(&mut document);
        assert!(
            applied.iter().all(|own| own.effect == crate::overlay::Effect::Changed),
            "{applied:?}"
        );
        (document, actions)
    }

    #[test]
    fn small_changes_have_small_targets() {
        let before = json!({"paths": {"/a": {"get": {
            "parameters": [{"name": "x", "in": "query", "schema": {"type": "string"}}, {"name": "y", "in": "path"}],
            "required": ["a", "b"], "x-source": {"line": 3}
        }}}});
        let mut after = before.clone();
        let get = &mut after["paths"]["/a"]["get"];
        get["parameters"][0]["schema"] = json!({"type": "string", "maxLength": 9});
        get["required"] = json!(["a", "c"]);
        let (document, actions) = turned(&before, &after);
        assert_eq!(document, after);
        let get = "$['paths']['/a']['get']";
        assert_eq!(
            json!(actions),
            json!([
                {"target": format!("{get}['parameters'][?@.name=='x' && @.in=='query']['schema']"), "update": {"maxLength": 9}},
                {"target": format!("{get}['required'][?@=='b']"), "remove": true},
                {"target": format!("{get}['required']"), "update": "c"},
            ])
        );
        after["paths"]["/a"]["get"]["x-source"] = json!({"line": 4});
        let kept = difference(&before, &after, "/paths/~1a/get", &|key| key == "x-source");
        assert_eq!(kept.len(), 3, "{kept:?}");
    }

    /// Two items that change their names for each other's, beside one that has none.
    #[test]
    fn names_that_are_exchanged_do_not_meet() {
        let before = json!({"a": [{"name": "x", "in": "q", "b": 1}, {"name": "y", "in": "q"}, {}]});
        let after = json!({"a": [{"name": "y", "in": "q", "b": 1}, {"name": "x", "in": "q"}, {}]});
        assert_eq!(turned(&before, &after).0, after);
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..3_i64).prop_map(Value::from),
            "[ab'\\\\/~]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("(name|in|[ab'~/])", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_document_can_be_reached(before in value(), after in value()) {
            let (before, after) = (json!({"a": before}), json!({"a": after}));
            prop_assert_eq!(turned(&before, &after).0, after);
        }
    }
}
