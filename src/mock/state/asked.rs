//! What one request says of the things that it is about.

use super::lay::Naming;
use super::names::{is_id_of, is_job, is_name_of};
use super::plan::JOBS;
use super::role::{Kind, Role};
use super::world::{World, text};
use crate::exchange::{Decimal, MediaType, percent_encoded};
use crate::spec::{Place, Routed, Sent, SentBody};
use serde_json::{Map, Value};

/// Most things that one request creates.
const AT_ONCE: usize = 100;

/// A request before the operation that it was routed to.
pub(super) struct Asked<'a, 'r> {
    pub routed: &'r Routed<'a>,
    pub sent: &'r Sent<'a, 'r>,
    pub role: &'r Role,
}

impl Asked<'_, '_> {
    pub fn naming(&self) -> Naming<'_> {
        let Kind { noun, variable, .. } = &self.role.kind;
        Naming { noun, variable: variable.as_deref() }
    }

    /// The value of one of the path's variables.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let values = &self.routed.path_values;
        values.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Where things of a kind are: its key with the path's values.
    pub fn place(&self, kind: &Kind) -> String {
        let mut parts = kind.key.split("{}");
        let mut place = parts.next().unwrap_or_default().to_owned();
        for (part, name) in parts.zip(&kind.before) {
            place.push_str(&percent_encoded(self.variable(name).unwrap_or_default()));
            place.push_str(part);
        }
        place
    }

    /// The body as a value, where it is JSON or a form.
    pub fn body(&self) -> Option<Value> {
        let wanted = self.routed.operation.body.as_ref()?;
        let media = self.sent.media(&wanted.media).or(wanted.media.first())?;
        let schema = media.schema.as_ref()?;
        let named = self.sent.media_type().cloned();
        let media_type = named.or_else(|| MediaType::parse(&media.media_type))?;
        match self.sent.body(&media_type, schema) {
            SentBody::Value(value) => Some(value),
            SentBody::Written(value) => Some(Decimal::rounded(&value)),
            SentBody::Malformed(_) | SentBody::Opaque(_) => None,
        }
    }

    /// The documented parameters of the query, or form, that came.
    pub fn parameters(&self) -> Vec<(String, Value)> {
        let query = self.routed.operation.parameters.iter().filter(|p| p.place == Place::Query);
        query.filter_map(|p| Some((p.name.clone(), self.sent.parameter(p)?))).collect()
    }

    /// What is sent of each thing: for operations without a path of their own, parameters too.
    pub fn fields(&self) -> Vec<Map<String, Value>> {
        match self.body() {
            Some(Value::Object(object)) => {
                let mut fields = self.naming().unwrapped(&object).clone();
                if self.routed.operation.selector.is_some() {
                    fields.extend(self.parameters());
                }
                vec![fields]
            }
            Some(Value::Array(items)) => {
                let objects = items.into_iter().filter_map(|item| match item {
                    Value::Object(object) => Some(object),
                    _ => None,
                });
                objects.take(AT_ONCE).collect()
            }
            _ => vec![self.parameters().into_iter().collect()],
        }
    }

    /// The ids of the things that are meant: by the path, else by parameters or fields.
    pub fn ids(&self) -> Vec<String> {
        if let Some(name) = &self.role.kind.variable {
            return self.variable(name).map(str::to_owned).into_iter().collect();
        }
        let noun = &self.role.kind.noun;
        let is_job = |name: &str| self.role.kind.key == JOBS && is_job(name);
        let mut sent = self.parameters();
        if let Some(Value::Object(object)) = self.body() {
            sent.extend(object);
        }
        let of = |wanted: &dyn Fn(&str) -> bool| {
            let found = sent.iter().find(|(name, _)| wanted(name));
            found.map(|(_, value)| match value {
                Value::Array(items) => items.iter().take(AT_ONCE).map(text).collect(),
                value => vec![text(value)],
            })
        };
        of(&|name| is_job(name) || is_id_of(name, noun))
            .or_else(|| of(&|name| is_name_of(name, noun)))
            .unwrap_or_default()
    }

    /// The thing that is there already with what no two may share: its id, its name, or all of what is sent.
    pub fn twin(&self, world: &World, place: &str, fields: &Map<String, Value>) -> Option<String> {
        let naming = self.naming();
        let said = |value: &Value| !value.is_null() && value != "";
        if let Some(key) = naming.key(fields).filter(|key| said(&fields[*key])) {
            let id = text(&fields[key]);
            return world.has(place, &id).then(|| format!("{key}: there is `{id}` already"));
        }
        let names = fields.iter().filter(|(key, value)| {
            value.is_string() && said(value) && is_name_of(key, naming.noun)
        });
        // `name` says it before `title` does.
        let name = names.min_by_key(|(key, _)| !key.to_lowercase().ends_with("name"));
        if let Some((key, value)) = name {
            let taken = world.things(place).any(|thing| thing.known.get(key) == Some(value));
            return taken.then(|| format!("{key}: there is one called `{}` already", text(value)));
        }
        let whole = Value::Object(fields.clone());
        let is_same = |sent: &Option<Value>| sent.as_ref() == Some(&whole);
        let taken = !fields.is_empty() && world.things(place).any(|thing| is_same(&thing.sent));
        taken.then(|| "body: the same was made already".to_owned())
    }
}
