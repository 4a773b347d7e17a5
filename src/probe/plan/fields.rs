//! One field of a form is left out, or breaks its schema whichever way its text is read.

use super::constraints::word;
use super::{Answers, Making, Recipe};
use crate::check::Mistake;
use crate::spec::{CodePattern, SchemaRef};
use serde_json::{Map, Value};

impl Making<'_, '_> {
    pub(super) fn fields(&self, code: CodePattern, answers: &Answers, recipes: &mut Vec<Recipe>) {
        let (Some(schema), Some(Value::Object(body))) = (&self.base.schema, &self.base.body) else {
            return;
        };
        let whole = self.base.full.as_ref().filter(|full| full.is_object());
        let whole = whole.cloned().unwrap_or_else(|| Value::Object(body.clone()));
        let mut add = |name: String, what: &str, members: Map<String, Value>| {
            if let Some(request) = self.base.with_body(self.spec, &Value::Object(members)) {
                recipes.push(self.broken(code, &name, what, request, answers));
            }
        };
        for slip in self.slips.of_value(schema, &Value::Object(body.clone())) {
            let name = slip.at.trim_start_matches('/');
            if slip.mistake == Mistake::RequiredFieldRemoved && body.contains_key(name) {
                let mut members = body.clone();
                members.shift_remove(name);
                add(format!("missing form:{name}"), &slip.what, members);
            }
        }
        let mut known: Vec<(String, String)> = Vec::new();
        for spoken in self.spoken(schema, &whole) {
            let Some(name) = spoken.at.strip_prefix('/').filter(|name| !name.contains('/')) else {
                continue;
            };
            let there = match whole.get(name) {
                Some(Value::String(text)) => text.clone(),
                Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
                _ => continue,
            };
            // What is in a file is nobody's text.
            let is_file = spoken.map.get("format").is_some_and(|format| format == "binary")
                || spoken.map.contains_key("contentMediaType");
            let place = SchemaRef { pointer: spoken.pointer.clone() };
            for (mistake, text) in self.slips.of_text(&place, &there) {
                let at = format!("{} form:{name}", word(mistake));
                if is_file || known.contains(&(at.clone(), text.clone())) {
                    continue;
                }
                let mut members = body.clone();
                members.insert(name.to_owned(), Value::from(text.as_str()));
                known.push((at.clone(), text.clone()));
                let shown: String = text.chars().take(40).collect();
                add(at, &format!("`{shown}` in its place"), members);
            }
        }
    }
}
