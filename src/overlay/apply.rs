//! Applying an overlay: actions in their order, each at every place that its target selects by then. Objects
//! are merged, lists joined, all else replaced.

use super::read::{Change, Overlay};
use crate::exchange::pointer_name;
use serde_json::Value;

/// What an action did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// It changed something.
    Changed,
    /// Its target selects nothing.
    Unmatched,
    /// What it wants is so already.
    Needless,
    /// Its update does not go with what the target selects.
    Unfit(&'static str),
}

/// An action, and what it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Which, from 1.
    pub number: usize,
    /// Its target.
    pub target: String,
    /// What it did.
    pub effect: Effect,
}

impl Overlay {
    /// Applies all actions; tells what each did.
    pub fn apply(&self, document: &mut Value) -> Vec<Applied> {
        let mut applied = Vec::with_capacity(self.actions.len());
        for (number, action) in (1..).zip(&self.actions) {
            let located = action.path.query_located(document);
            let places: Vec<String> =
                located.iter().map(|node| node.location().to_json_pointer()).collect();
            let effect = match &action.change {
                Change::Remove => remove(document, places),
                Change::Update(update) => update_all(document, &places, update),
            };
            applied.push(Applied { number, target: action.target.clone(), effect });
        }
        applied
    }
}

fn remove(document: &mut Value, mut places: Vec<String>) -> Effect {
    if places.is_empty() {
        return Effect::Unmatched;
    }
    if places.iter().any(String::is_empty) {
        return Effect::Unfit("the whole document cannot be removed");
    }
    // The last items of a list go first, so that the others keep their places.
    places.sort_by(|one, other| order(other).cmp(&order(one)));
    places.dedup();
    for place in places {
        let Some((parent, name)) = place.rsplit_once('/') else { continue };
        match document.pointer_mut(parent) {
            Some(Value::Object(map)) => drop(map.shift_remove(&*pointer_name(name))),
            Some(Value::Array(items)) => {
                if let Some(at) = name.parse().ok().filter(|at: &usize| *at < items.len()) {
                    items.remove(at);
                }
            }
            _ => {}
        }
    }
    Effect::Changed
}

/// Places in an order in which numbers count as such.
fn order(place: &str) -> Vec<(usize, &str)> {
    place.split('/').map(|name| (name.parse().unwrap_or(0), name)).collect()
}

fn update_all(document: &mut Value, places: &[String], update: &Value) -> Effect {
    let mut effect = Effect::Unmatched;
    for place in places {
        let Some(node) = document.pointer_mut(place) else { continue };
        let own = match (&mut *node, update) {
            (Value::Object(_), Value::Object(_)) => changed(merge(node, update)),
            (Value::Array(items), _) if items.contains(update) => Effect::Needless,
            (Value::Array(items), _) => {
                items.push(update.clone());
                Effect::Changed
            }
            (Value::Object(_), _) => Effect::Unfit("an object is updated with an object"),
            _ => Effect::Unfit("what is neither object nor list is updated through what holds it"),
        };
        effect = match (effect, own) {
            (unfit @ Effect::Unfit(_), _) | (_, unfit @ Effect::Unfit(_)) => unfit,
            (Effect::Changed, _) | (_, Effect::Changed) => Effect::Changed,
            (_, own) => own,
        };
    }
    effect
}

fn changed(changed: bool) -> Effect {
    if changed { Effect::Changed } else { Effect::Needless }
}

/// Merges a value into another; answers whether that changed it.
fn merge(own: &mut Value, update: &Value) -> bool {
    match (own, update) {
        (Value::Object(own), Value::Object(update)) => {
            let mut changed = false;
            for (key, value) in update {
                changed |= if let Some(inner) = own.get_mut(key) {
                    merge(inner, value)
                } else {
                    own.insert(key.clone(), value.clone());
                    true
                };
            }
            changed
        }
        (Value::Array(own), Value::Array(more)) => {
            own.extend(more.iter().cloned());
            !more.is_empty()
        }
        (own, update) if own == update => false,
        (own, update) => {
            *own = update.clone();
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Effect::{Changed, Needless, Unfit, Unmatched};
    use super::*;
    use serde_json::json;

    fn applied(document: Value, actions: Value) -> (Value, Vec<Effect>) {
        let overlay = Overlay::read(&json!({"overlay": "1.0.0", "actions": actions})).unwrap();
        let mut document = document;
        let effects = overlay.apply(&mut document).into_iter().map(|own| own.effect).collect();
        (document, effects)
    }

    #[test]
    fn objects_merge_lists_join_and_all_else_is_replaced() {
        let (document, effects) = applied(
            json!({"a": {"b": 1, "list": [1], "c": {"d": 1}}, "e": [{"n": 1}, {"n": 2}, {"n": 1}]}),
            json!([
                {"target": "$.a", "update": {"b": 2, "list": [2], "c": {"x": 1}}},
                {"target": "$.e[?@.n==1]", "remove": true},
                {"target": "$.e", "update": {"n": 3}},
                {"target": "$.e[*]", "update": {"seen": true}},
                {"target": "$.gone", "update": {"a": 1}},
                {"target": "$.a", "update": {"b": 2}},
                {"target": "$.a.b", "update": 3},
                {"target": "$", "remove": true},
                {"target": "$.e", "update": {"n": 3, "seen": true}},
                {"target": "$.a.c.d", "remove": true}
            ]),
        );
        assert_eq!(
            document,
            json!({
                "a": {"b": 2, "list": [1, 2], "c": {"x": 1}},
                "e": [{"n": 2, "seen": true}, {"n": 3, "seen": true}],
            })
        );
        assert!(
            matches!(
                effects[..],
                [
                    Changed,
                    Changed,
                    Changed,
                    Changed,
                    Unmatched,
                    Needless,
                    Unfit(_),
                    Unfit(_),
                    Needless,
                    Changed
                ]
            ),
            "{effects:?}"
        );
    }

    #[test]
    fn many_items_are_removed_in_the_right_order() {
        let items: Vec<u32> = (0..25).collect();
        let (document, _) =
            applied(json!({"a": items}), json!([{"target": "$.a[?@>=2]", "remove": true}]));
        assert_eq!(document, json!({"a": [0, 1]}));
    }
}
