//! (M1)
use super::Contradiction;
use super::model::{Field, Operation, Scalar, Shape, Side, Structure};
use serde_json::{Map, Value};

#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    pub(super) optional: Option<u32>,
    pub(super) internal: Option<u32>,
}
impl Rules {
    pub(super) fn write(&self, _: &Shape, _: Side, _: &mut Map<String, Value>) {}
    pub(super) fn write_meanings(&self, _: &mut Map<String, Value>) {}
    pub(super) fn contradicted_keywords(&self) -> (Map<String, Value>, Vec<u32>) {
        (Map::new(), Vec::new())
    }
    pub(super) fn lines(&self) -> Vec<u32> {
        Vec::new()
    }
    pub(super) fn allow(&self, _: &Shape, _: &Value) -> bool {
        true
    }
}
pub(super) fn read(_: &mut Field, _: &mut Vec<(u32, String)>) {}
pub(super) fn settle(_: &mut Operation) -> Vec<Contradiction> {
    Vec::new()
}
pub(super) fn write_relations(_: &Structure, _: &mut Map<String, Value>) {}
/// A text as a value of a shape.
pub(super) fn typed(shape: &Shape, text: &str) -> Option<Value> {
    match shape {
        Shape::Scalar(Scalar::String) => Some(Value::from(text)),
        Shape::Unknown => None,
        _ => serde_json::from_str(text).ok(),
    }
}
