//! JSON texts that say more than a value can hold: rounded numbers, and names that stand twice.

use super::draft::Draft;
use super::{Case, Found};
use crate::check::Location;
use crate::exchange::JsonText;
use crate::spec::{Direction, MediaPromise, Promise, SchemaRef};
use serde_json::Value;

/// Doubles from here on stand for several integers each.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Case<'_, '_> {
    /// Holds a JSON text to a promised schema; what its value does not say is told. Of names that stand
    /// twice both readings are held to it.
    pub fn text(
        &self,
        promise: &Promise,
        media: &MediaPromise,
        (text, bytes): (&JsonText, &[u8]),
        found: &mut Found,
    ) {
        let (Some(doubt), Some(schema)) = (&text.doubt, &media.schema) else {
            return self.value(promise, media, &text.value, found);
        };
        if self.is_certain(schema, &text.value, bytes) {
            return self.value(promise, media, &text.value, found);
        }
        self.doubtful(promise, media, &text.value, found);
        let first = JsonText::with_first_members(bytes).filter(|first| *first != text.value);
        if let Some(first) = first {
            self.doubtful(promise, media, &first, found);
        }
        self.not_judged(promise, "json", doubt, found);
    }

    /// Whether nothing hangs on the digits of a text's rounded numbers, and nothing else of it is in doubt: those
    /// that are less and those that are more are judged as the rounded ones are.
    fn is_certain(&self, schema: &SchemaRef, value: &Value, bytes: &[u8]) -> bool {
        let Some(around) = JsonText::around(bytes) else { return false };
        let spec = self.routed.spec;
        if spec.asks_for_multiples() {
            return false;
        }
        let judged = |value: &Value| {
            let violations = spec.validate(schema, value, Direction::Response).ok()?;
            let broken = violations.into_iter().map(|one| (one.at, one.schema_pointer));
            let broken: Vec<_> = broken.collect();
            // Items that are the same when rounded need not be.
            let alike = |at: &str| at.ends_with("/uniqueItems") || at.ends_with("/x-unique-by");
            (!broken.iter().any(|(_, keyword)| alike(keyword))).then_some(broken)
        };
        let rounded = judged(value);
        rounded.is_some() && around.iter().all(|value| judged(value) == rounded)
    }

    /// Holds a value with rounded numbers to a promised schema: what hangs on their last digits is not told.
    fn doubtful(&self, promise: &Promise, media: &MediaPromise, value: &Value, found: &mut Found) {
        let told = found.drafts.len();
        self.value(promise, media, value, found);
        let rule = self.body_rule();
        let rest = found.drafts.split_off(told);
        let certain = |draft: &Draft| match &draft.at {
            Location::Body(at) if draft.rule == rule => {
                !self.hangs_on_digits(value.pointer(at), &draft.promise.pointer)
            }
            _ => true,
        };
        found.drafts.extend(rest.into_iter().filter(certain));
    }

    /// Whether a keyword compares a number that may be rounded with one that is the same when rounded.
    fn hangs_on_digits(&self, value: Option<&Value>, keyword: &str) -> bool {
        // Items that are the same when rounded need not be.
        if keyword.ends_with("/uniqueItems") || keyword.ends_with("/x-unique-by") {
            return value.is_some_and(may_be_rounded);
        }
        let number = value.and_then(Value::as_number).filter(|number| number.is_f64());
        let Some(number) = number.and_then(serde_json::Number::as_f64) else { return false };
        if number.abs() < EXACT {
            return false;
        }
        let same = |other: &Value| other.as_f64() == Some(number);
        let asked = self.routed.spec.document().pointer(keyword).unwrap_or(&Value::Null);
        keyword.ends_with("/multipleOf")
            || same(asked)
            || asked.as_array().is_some_and(|all| all.iter().any(same))
    }
}

/// Whether a value has a number that may be rounded.
fn may_be_rounded(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(may_be_rounded),
        Value::Object(members) => members.values().any(may_be_rounded),
        Value::Number(number) => {
            number.is_f64() && number.as_f64().is_none_or(|n| n.abs() >= EXACT)
        }
        _ => false,
    }
}
