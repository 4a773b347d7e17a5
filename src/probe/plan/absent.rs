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
        if !self.operation.documents(404) {
            return;
        }
        let variables = self.variables();
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
        let code = CodePattern::Code(404);
        let documented = |code: &u16| self.operation.documents(*code);
        // What stands further left may be a tenant, whom services do not tell apart from those without rights.
        let also: &[u16] = if is_last { &[410] } else { &[410, 403, 401, 400] };
        let answers = Answers {
            wanted: vec![404],
            also: also.iter().copied().filter(documented).collect(),
            unclear: vec![403, 400, 422, 401],
            taken: (!is_last).then_some("the service does not look at this variable"),
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

    /// What the body or the query refers to.
    fn referred(&self, recipes: &mut Vec<Recipe>) {
        let unclear = vec![400, 403, 409, 422];
        let taken = Some("whether what is named exists was not looked at");
        let answers = Answers { wanted: vec![404], unclear, taken, ..Answers::default() };
        let code = CodePattern::Code(404);
        let members = self.base.body.as_ref().and_then(Value::as_object);
        for (name, value) in members.into_iter().flatten().filter(|(name, _)| refers(name)) {
            let (Value::String(text), Some(body)) = (value, &self.base.body) else { continue };
            let mut other = body.clone();
            other[name] = Value::from(other_like(text, self.options.seed));
            let step = Step::Send(Box::new(self.base.with_body(&other)));
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
