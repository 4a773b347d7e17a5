//! Jobs that run on after the answer: running when they are first asked for, then done.

use super::lay::Promised;
use super::names::words;
use crate::exchange::pointer_token;
use serde_json::Value;

const RUNNING: [&str; 11] = [
    "running",
    "processing",
    "in_progress",
    "in progress",
    "inprogress",
    "pending",
    "executing",
    "started",
    "queued",
    "waiting",
    "init",
];
const DONE: [&str; 9] = [
    "success",
    "succeeded",
    "succeed",
    "successful",
    "finished",
    "finish",
    "completed",
    "complete",
    "done",
];
/// Deepest nesting at which a state is looked for.
const DEPTH: usize = 2;

/// The body that tells how far a job is that was asked for so often.
pub(super) fn progress(body: Value, asked: u32, promised: &Promised<'_>) -> Value {
    let is_done = asked > 1;
    let mut body = body;
    let mut places = Vec::new();
    states(&body, String::new(), DEPTH, &mut places);
    for place in places {
        let Some(now) = body.pointer(&place).cloned() else { continue };
        for value in wanted(&now, is_done) {
            if super::lay::put(&mut body, &place, value, promised.keeps) {
                break;
            }
        }
    }
    body
}

/// What a state may be, best first, in the spelling of the one that stands there.
fn wanted(now: &Value, is_done: bool) -> Vec<Value> {
    let Value::String(now) = now else {
        return if now.is_boolean() { vec![Value::from(is_done)] } else { Vec::new() };
    };
    let known: &[&str] = if is_done { &DONE } else { &RUNNING };
    let mut spelled = Vec::new();
    if is_done && known.contains(&now.to_lowercase().as_str()) {
        spelled.push(now.clone());
    }
    let lower: Vec<String> = known.iter().map(|word| (*word).to_owned()).collect();
    let upper: Vec<String> = known.iter().map(|word| word.to_uppercase()).collect();
    let title: Vec<String> = known.iter().map(|word| titled(word)).collect();
    let is_lower = now.chars().all(|c| !c.is_uppercase());
    let is_upper = now.chars().all(|c| !c.is_lowercase());
    let order = match (is_upper, is_lower) {
        (false, true) => [lower, upper, title],
        (false, false) => [title, upper, lower],
        _ => [upper, lower, title],
    };
    spelled.extend(order.into_iter().flatten());
    spelled.into_iter().map(Value::from).collect()
}

fn titled(word: &str) -> String {
    let parts = word.split(['_', ' ']).map(|part| {
        let (first, rest) = part.split_at(1);
        first.to_uppercase() + rest
    });
    parts.collect()
}

fn states(value: &Value, place: String, depth: usize, places: &mut Vec<String>) {
    let Value::Object(object) = value else { return };
    for (key, value) in object {
        let place = format!("{place}/{}", pointer_token(key));
        let words = words(key);
        let last = words.last().map_or("", String::as_str);
        let is_state = value.is_string() && ["status", "state", "phase"].contains(&last);
        let is_flag = value.is_boolean() && ["done", "finished", "completed"].contains(&last);
        if is_state || is_flag {
            places.push(place);
        } else if depth > 0 {
            states(value, place, depth - 1, places);
        }
    }
}
