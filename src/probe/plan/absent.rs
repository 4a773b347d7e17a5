//! Resources that do not exist: a well-formed id of none, and what is no id.

use super::base::keeps;
use super::constraints::{put, refers};
use super::{Answers, Kind, Making, Recipe, Step};
use crate::exchange::{Target, pointer_token};
use crate::probe::identify::other_like;
use crate::probe::pool;
use crate::spec::{CodePattern, Parameter, Place};
use serde_json::Value;

/// A text in the form of no id.
const MALFORMED: &str = "~testimony~";

impl Making<'_, '_> {
    pub(super) fn absent(&self, recipes: &mut Vec<Recipe>) {
        let variables = self.variables();
        if !self.operation.documents(404) {
            // A service has something to answer for what is not there, documented or not. What a PUT would make
            // instead is nothing to try undocumented.
            if let (Some(last), true) = (variables.last(), self.operation.method != "PUT") {
                self.variable(last, true, recipes);
            }
            return self.linked(recipes);
        }
        for (place, parameter) in variables.iter().rev().enumerate() {
            self.variable(parameter, place == 0, recipes);
        }
        let before = recipes.len();
        if variables.is_empty() {
            self.referred(recipes);
        }
        if variables.is_empty() && recipes.len() == before {
            let why = "neither path nor request names anything that could be missing";
            let (code, kind) = (CodePattern::Code(404), Kind::Unprovoked);
            let step = Step::Leave(why.to_owned());
            recipes.push(self.recipe(code, "absent", "none", kind, step, Answers::default()));
        }
    }

    /// Variables of the path that are whole segments, in its order.
    fn variables(&self) -> Vec<&Parameter> {
        let parameters = &self.operation.parameters;
        let of = |name: &str| parameters.iter().find(|p| p.place == Place::Path && p.name == name);
        pool::variables(&self.operation.path).filter_map(of).collect()
    }

    fn variable(&self, parameter: &Parameter, is_last: bool, recipes: &mut Vec<Recipe>) {
        let name = &parameter.name;
        let step = Step::Send(Box::new(self.base.request.clone()));
        let code = self.pattern(404);
        let is_named = self.operation.documents(404);
        let documented = |code: &u16| self.operation.documents(*code);
        // What stands further left may be a tenant, whom services do not tell apart from those without rights.
        let also: &[u16] = if is_last { &[410] } else { &[410, 403, 401, 400] };
        let answers = Answers {
            wanted: vec![404],
            also: also.iter().copied().filter(documented).collect(),
            unclear: vec![403, 400, 422, 401],
            taken: match (is_last, is_named) {
                (false, _) => Some("the service does not look at this variable"),
                (true, false) => Some("the document does not say that anything may be missing"),
                (true, true) => None,
            },
        };
        let change = format!("`{name}` well-formed, and of nothing that exists");
        let kind = Kind::Absent;
        let mut recipe =
            self.recipe(code, &format!("absent path:{name}"), &change, kind, step, answers);
        recipe.variable = Some(name.clone());
        recipes.push(recipe);
        let mut request = self.base.request.clone();
        let is_text = parameter.schema.as_ref().and_then(|schema| self.spec.schema(schema));
        let is_text =
            is_text.is_none_or(|schema| schema["type"] == "string" || schema["type"].is_null());
        let schema = parameter.schema.as_ref();
        let fits = schema.is_none_or(|schema| keeps(self.spec, schema, &Value::from(MALFORMED)));
        if !(is_last
            && is_named
            && is_text
            && fits
            && put(&mut request, &self.operation.path, parameter, MALFORMED))
        {
            return;
        }
        if self.routed(&request).is_none() {
            return;
        }
        let codes = [404, 400, 422].into_iter().filter(documented).collect();
        let answers = Answers { wanted: codes, unclear: vec![403], ..Answers::default() };
        let step = Step::Send(Box::new(request));
        let change = format!("`{MALFORMED}` as `{name}`");
        let kind = Kind::Malformed;
        let name = format!("malformed path:{name}");
        let mut recipe = self.recipe(code, &name, &change, kind, step, answers);
        recipe.variable = Some(parameter.name.clone());
        recipes.push(recipe);
    }

    /// A member of the body that names something of another path, where no 404 is documented.
    fn linked(&self, recipes: &mut Vec<Recipe>) {
        let (Some(body), Some(link)) = (&self.base.body, self.base.links.first()) else { return };
        let there = body.pointer(&link.at);
        let text = there.and_then(|there| match there {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        let (Some(there), Some(text), Some(schema)) = (there, text, &self.base.schema) else {
            return;
        };
        let other = other_like(&text, self.options.seed.wrapping_add(1));
        let number = there.is_number().then(|| other.parse::<u64>().ok()).flatten();
        let mut changed = body.clone();
        if let Some(place) = changed.pointer_mut(&link.at) {
            *place = number.map_or_else(|| Value::from(other), Value::from);
        }
        let Some(request) = self.base.with_body(self.spec, &changed) else { return };
        if !keeps(self.spec, schema, &changed) {
            return;
        }
        let documented = |code: &u16| self.operation.documents(*code);
        let answers = Answers {
            wanted: vec![404],
            also: [400, 409, 422].into_iter().filter(documented).collect(),
            unclear: vec![403],
            taken: Some("whether what is named exists was not looked at"),
        };
        let change = format!("`{}` of nothing that exists", link.at);
        let (code, step) = (self.pattern(404), Step::Send(Box::new(request)));
        let name = format!("absent body:{}", link.at);
        recipes.push(self.recipe(code, &name, &change, Kind::Absent, step, answers));
    }

    /// What the body or the query refers to.
    fn referred(&self, recipes: &mut Vec<Recipe>) {
        let unclear = vec![400, 403, 409, 422];
        let taken = Some("whether what is named exists was not looked at");
        let answers = Answers { wanted: vec![404], unclear, taken, ..Answers::default() };
        let code = CodePattern::Code(404);
        // What is only there where everything is, is looked for there.
        let whole = self.base.full.as_ref().or(self.base.body.as_ref()).and_then(Value::as_object);
        for (name, value) in whole.into_iter().flatten().filter(|(name, _)| refers(name)) {
            let (Value::String(text), Some(body)) = (value, &self.base.body) else { continue };
            let mut other = body.clone();
            let there = body.get(name).and_then(Value::as_str).unwrap_or(text);
            other[name] = Value::from(other_like(there, self.options.seed));
            let Some(request) = self.base.with_body(self.spec, &other) else { continue };
            let step = Step::Send(Box::new(request));
            let change = format!("`{name}` of nothing that exists");
            let at = format!("absent body:/{}", pointer_token(name));
            recipes.push(self.recipe(code, &at, &change, Kind::Absent, step, answers.clone()));
        }
        for parameter in self.operation.parameters.iter().filter(|p| p.place == Place::Query) {
            let name = &parameter.name;
            let pairs = Target::parse(&self.base.request.target).query_pairs();
            let Some((_, text)) = pairs.iter().find(|(key, _)| key == name && refers(key)) else {
                continue;
            };
            let mut request = self.base.request.clone();
            let other = other_like(text, self.options.seed);
            if put(&mut request, &self.operation.path, parameter, &other) {
                let step = Step::Send(Box::new(request));
                let change = format!("`{name}` of nothing that exists");
                let at = format!("absent query:{name}");
                recipes.push(self.recipe(code, &at, &change, Kind::Absent, step, answers.clone()));
            }
        }
    }
}
