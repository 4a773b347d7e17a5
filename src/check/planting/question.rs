//! Requests that keep the documentation of an operation, and what is changed in them.

use super::form::{form_body, is_of_fields};
use crate::exchange::{Body, Headers, Request, Target, percent_encoded, query_pairs};
use crate::spec::{
    Direction, Examples, MediaPromise, Operation, Optional, Parameter, Place, SchemaRef,
    SecurityScheme, Spec, Style, Wish,
};
use serde_json::{Map, Value};

/// Host of requests to APIs that name none.
const HOST: &str = "https://api.example";

/// What stands where credentials do.
const CREDENTIAL: &str = "planted";

/// Header parameters that OpenAPI 3.1 (section 4.8.12.1) leaves to other parts of a document.
const NOT_PARAMETERS: [&str; 3] = ["accept", "authorization", "content-type"];

/// A request in the making.
struct Question<'a> {
    spec: &'a Spec,
    operation: &'a Operation,
    wish: Wish,
    path: String,
    query: Vec<(String, String)>,
    headers: Headers,
    cookies: Vec<String>,
}

/// A request that keeps the documentation, credentials included; says why none could be made.
pub(super) fn request(spec: &Spec, operation: &Operation, wish: Wish) -> Result<Request, String> {
    let wish = Wish { direction: Direction::Request, ..wish };
    let mut question = Question {
        spec,
        operation,
        wish,
        path: operation.path.clone(),
        query: Vec::new(),
        headers: Headers::new(),
        cookies: Vec::new(),
    };
    for parameter in &operation.parameters {
        question.parameter(parameter)?;
    }
    question.credentials();
    if let Some(selector) = &operation.selector {
        if let Some(name) = &selector.header {
            question.headers.set(name, &selector.value);
        }
        if let Some(name) = &selector.query {
            question.query.retain(|(key, _)| key != name);
            question.query.push((name.clone(), selector.value.clone()));
        }
    }
    let body = question.body()?;
    Ok(question.asked(body))
}

impl Question<'_> {
    fn parameter(&mut self, parameter: &Parameter) -> Result<(), String> {
        let name = parameter.name.as_str();
        let named_elsewhere = parameter.place == Place::Header
            && NOT_PARAMETERS.iter().any(|other| name.eq_ignore_ascii_case(other));
        let wanted = parameter.required
            || (self.wish.optional == Optional::All && !parameter.internal && !parameter.reserved);
        if named_elsewhere || !wanted {
            return Ok(());
        }
        match self.value(parameter) {
            Some(value) if self.put(parameter, &value) => Ok(()),
            _ if parameter.required => Err(format!(
                "no value could be written for the {} parameter `{name}`",
                parameter.place
            )),
            _ => Ok(()),
        }
    }

    fn value(&self, parameter: &Parameter) -> Option<Value> {
        let Some(schema) = &parameter.schema else { return Some(Value::from("planted")) };
        let wish = match parameter.place {
            // What an example stands for in a path, another path may be documented for.
            Place::Path => Wish { examples: Examples::Ignored, ..self.wish },
            _ => self.wish,
        };
        (0..4).find_map(|turn| {
            let wish = Wish { seed: wish.seed.wrapping_add(turn), ..wish };
            let value = self.spec.generate(schema, &wish).ok()?;
            (!text(&value)?.is_empty()).then_some(value)
        })
    }

    /// Writes a value in the parameter's style (OpenAPI 3.1, section 4.8.12.2); `false` for one that no text
    /// stands for without a doubt.
    fn put(&mut self, parameter: &Parameter, value: &Value) -> bool {
        let name = parameter.name.as_str();
        if let Some(media) = &parameter.media_type {
            if parameter.place != Place::Query || !media.contains("json") {
                return false;
            }
            self.query.push((name.to_owned(), value.to_string()));
            return true;
        }
        if parameter.place == Place::Query {
            let Some(pairs) = pairs(parameter, value) else { return false };
            self.query.extend(pairs);
            return true;
        }
        let Some(text) = text(value).filter(|text| !text.is_empty()) else { return false };
        match parameter.place {
            Place::Path => {
                let lead = match (parameter.style, value) {
                    // Where several values go, versions of OpenAPI differ.
                    (Style::Label | Style::Matrix, Value::Array(_) | Value::Object(_)) => {
                        return false;
                    }
                    (Style::Label, _) => ".".to_owned(),
                    (Style::Matrix, _) => format!(";{name}="),
                    _ => String::new(),
                };
                let written = format!("{lead}{}", percent_encoded(&text).replace("%2C", ","));
                let there = self.path.contains(&format!("{{{name}}}"));
                self.path = self.path.replace(&format!("{{{name}}}"), &written);
                there && !matches!(text.as_str(), "." | "..")
            }
            Place::Header => {
                let fits =
                    text.is_ascii() && text.trim() == text && !text.contains(char::is_control);
                if fits {
                    self.headers.set(name, &text);
                }
                fits
            }
            Place::Cookie => {
                let fits = text.bytes().all(|b| b.is_ascii_graphic() && !b"\";,\\".contains(&b));
                if fits {
                    self.cookies.push(format!("{name}={text}"));
                }
                fits
            }
            Place::Query => false,
        }
    }

    /// Something in every place where a scheme looks for credentials.
    fn credentials(&mut self) {
        let schemes = self.operation.security.first().map(|alternative| &alternative.schemes);
        for name in schemes.into_iter().flatten() {
            match self.spec.security_schemes.get(name) {
                Some(SecurityScheme::ApiKey { place: Place::Header, name }) => {
                    self.headers.set(name, CREDENTIAL);
                }
                Some(SecurityScheme::ApiKey { place: Place::Query, name }) => {
                    self.query.retain(|(key, _)| key != name);
                    self.query.push((name.clone(), CREDENTIAL.to_owned()));
                }
                Some(SecurityScheme::ApiKey { place: Place::Cookie, name }) => {
                    self.cookies.push(format!("{name}={CREDENTIAL}"));
                }
                Some(SecurityScheme::Http { scheme }) => {
                    self.headers.set("Authorization", format!("{scheme} {CREDENTIAL}"));
                }
                Some(_) => self.headers.set("Authorization", format!("Bearer {CREDENTIAL}")),
                None => {}
            }
        }
    }

    fn body(&mut self) -> Result<Body, String> {
        let Some(body) = &self.operation.body else { return Ok(Body::Empty) };
        let json = |media: &&MediaPromise| {
            super::answer::concrete(&media.media_type).is_some_and(|m| m.is_json())
        };
        let form = |media: &&MediaPromise| is_of_fields(&media.media_type);
        let made = match (body.media.iter().find(json), body.media.iter().find(form)) {
            (Some(media), _) => self.json(media),
            (None, Some(media)) => self.form(media),
            (None, None) => None,
        };
        match made {
            Some(body) => Ok(body),
            None if body.required && !body.media.is_empty() => {
                Err("no request body could be made".to_owned())
            }
            None => Ok(Body::Empty),
        }
    }

    fn json(&mut self, media: &MediaPromise) -> Option<Body> {
        let value = match &media.schema {
            Some(schema) => self.spec.generate(schema, &self.wish).ok()?,
            None => Value::Object(Map::new()),
        };
        let named = super::answer::concrete(&media.media_type)?;
        self.headers.set("Content-Type", named.to_string());
        Some(Body::from_bytes(value.to_string()))
    }

    fn form(&mut self, media: &MediaPromise) -> Option<Body> {
        let schema: &SchemaRef = media.schema.as_ref()?;
        let written = |optional| {
            let value = self.spec.generate(schema, &Wish { optional, ..self.wish }).ok()?;
            form_body(self.spec, media, &value)
        };
        // Where nothing is required of a form that is, something has to stand in it all the same.
        let (content_type, body) =
            written(self.wish.optional).or_else(|| written(Optional::All))?;
        self.headers.set("Content-Type", content_type);
        Some(body)
    }

    fn asked(mut self, body: Body) -> Request {
        if !self.cookies.is_empty() {
            self.headers.set("Cookie", self.cookies.join("; "));
        }
        let server = self.operation.servers.first();
        let url = server.map_or("", |server| server.url.as_str());
        let named = Target::parse(url);
        let origin = match named.scheme {
            "http" | "https" => format!("{}://{}", named.scheme, named.authority),
            _ => HOST.to_owned(),
        };
        let base = server.map_or("", |server| server.base_path.as_str());
        let query =
            if self.query.is_empty() { String::new() } else { format!("?{}", joined(&self.query)) };
        Request {
            method: self.operation.method.clone(),
            target: format!("{origin}{base}{}{query}", self.path),
            headers: self.headers,
            body,
            ..Request::default()
        }
    }
}

/// The pairs of a query that stand for a value.
fn pairs(parameter: &Parameter, value: &Value) -> Option<Vec<(String, String)>> {
    let name = &parameter.name;
    let one = |value: &Value| scalar(value).filter(|text| !text.is_empty());
    match (value, parameter.style) {
        (Value::Array(items), Style::Indexed) => {
            let items = items.iter().enumerate();
            items.map(|(n, item)| Some((format!("{name}.{}", n + 1), one(item)?))).collect()
        }
        (Value::Array(items), Style::Form) if parameter.explode => {
            items.iter().map(|item| Some((name.clone(), one(item)?))).collect()
        }
        (Value::Array(items), style) => {
            let separator = match style {
                Style::SpaceDelimited => " ",
                Style::PipeDelimited => "|",
                Style::TabDelimited => "\t",
                _ => ",",
            };
            let texts: Option<Vec<String>> = items
                .iter()
                .map(|item| one(item).filter(|text| !text.contains(separator)))
                .collect();
            let texts = texts.filter(|texts| !texts.is_empty())?;
            Some(vec![(name.clone(), texts.join(separator))])
        }
        (Value::Object(members), Style::DeepObject) => {
            let members = members.iter();
            members.map(|(key, value)| Some((format!("{name}[{key}]"), one(value)?))).collect()
        }
        (Value::Object(_), _) => None,
        (value, _) => Some(vec![(name.clone(), one(value)?)]),
    }
    .filter(|pairs: &Vec<_>| !pairs.is_empty())
}

/// A value in simple style; `None` for one that no text stands for without a doubt.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => {
            let texts: Option<Vec<String>> = items
                .iter()
                .map(|item| scalar(item).filter(|text| !text.is_empty() && !text.contains(',')))
                .collect();
            Some(texts?.join(","))
        }
        Value::Object(_) => None,
        value => scalar(value),
    }
}

pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

pub(super) fn joined(pairs: &[(String, String)]) -> String {
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", percent_encoded(name), percent_encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// The same target without a query parameter.
pub fn without_query(target: &str, name: &str) -> String {
    with_query(target, |pairs| pairs.retain(|(key, _)| key != name))
}

/// The same target with another text for a query parameter.
pub fn with_query_text(target: &str, name: &str, text: &str) -> String {
    with_query(target, |pairs| {
        pairs.retain(|(key, _)| key != name);
        pairs.push((name.to_owned(), text.to_owned()));
    })
}

fn with_query(target: &str, change: impl FnOnce(&mut Vec<(String, String)>)) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut pairs = query_pairs(query);
    change(&mut pairs);
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", joined(&pairs)) }
}

/// The same target with another text for a variable of the path that is a segment of its own.
pub fn with_segment(target: &str, template: &str, name: &str, text: &str) -> Option<String> {
    let (whole, query) = match target.split_once('?') {
        Some((whole, query)) => (whole, Some(query)),
        None => (target, None),
    };
    let variable = format!("{{{name}}}");
    let from_end = template.rsplit('/').position(|segment| segment == variable)?;
    let mut segments: Vec<&str> = whole.split('/').collect();
    let at = segments.len().checked_sub(from_end + 1)?;
    let text = percent_encoded(text);
    *segments.get_mut(at)? = &text;
    let path = segments.join("/");
    Some(query.map_or(path.clone(), |query| format!("{path}?{query}")))
}
