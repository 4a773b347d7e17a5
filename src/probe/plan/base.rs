//! Good requests: recorded, from the document's examples, or made up.

use super::Options;
use crate::cassette::{Methods, resend};
use crate::check::{documented_request, with_query_text, with_segment, without_query};
use crate::exchange::{Body, Exchange, MediaType, Request, Target};
use crate::spec::{
    Direction, Examples, MediaPromise, Operation, Optional, Place, Route, SchemaRef,
    SecurityScheme, Spec, Wish, route,
};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Headers in which documents that name no security scheme ask for credentials.
const CREDENTIALS: [&str; 6] =
    ["authorization", "x-auth-token", "x-api-key", "api-key", "apikey", "x-access-token"];

/// Where a good request is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A recorded exchange that succeeded.
    Recorded,
    /// The document's own example.
    Example,
    /// Made up by the document's schemas.
    Generated,
}

/// A good request.
#[derive(Debug, Clone)]
pub struct Base {
    /// The request, in origin form, without the base path of the document's servers.
    pub request: Request,
    /// Where it is from.
    pub origin: Origin,
    /// The schema of its JSON body.
    pub schema: Option<SchemaRef>,
    /// Its JSON body: no more than is needed.
    pub body: Option<Value>,
    /// A JSON body with everything that is documented.
    pub full: Option<Value>,
    /// A request with every documented parameter.
    pub wide: Option<Box<Request>>,
    /// Names of members of the body whose text may end in other digits.
    pub names: Vec<String>,
}

/// Recorded exchanges that succeeded, by the operation that they are of.
pub(super) fn recorded<'e>(
    specs: &[Spec],
    recorded: &'e [Exchange],
) -> HashMap<*const Operation, &'e Exchange> {
    let mut found = HashMap::new();
    for exchange in recorded {
        let status = exchange.response.as_ref().map_or(0, |response| response.status);
        if let (true, Route::Operation(routed)) =
            ((200..300).contains(&status), route(specs, &exchange.request))
        {
            found.entry(std::ptr::from_ref(routed.operation)).or_insert(exchange);
        }
    }
    found
}

impl Base {
    pub(super) fn of(
        specs: &[Spec],
        spec: &Spec,
        operation: &Operation,
        recorded: Option<&Exchange>,
        options: &Options,
    ) -> Result<Self, String> {
        let wish = |optional| Wish {
            direction: Direction::Request,
            seed: options.seed,
            optional,
            examples: Examples::First,
        };
        let known = recorded.and_then(|exchange| of_recorded(exchange, spec, operation));
        let made = |optional| {
            let mut request = documented_request(specs, spec, operation, wish(optional))?;
            request.target = without_base_path(operation, &request.target);
            Ok::<_, String>(request)
        };
        let wide = made(Optional::All).ok();
        let (mut request, mut origin) = match known {
            Some(request) => (request, Origin::Recorded),
            None => (made(Optional::Omitted)?, Origin::Generated),
        };
        let media = media_of(operation, &request);
        let schema = media.and_then(|media| media.schema.clone());
        let mut body = json_body(&request);
        let full =
            schema.as_ref().and_then(|schema| spec.generate(schema, &wish(Optional::All)).ok());
        if let (Some(media), Some(schema), Origin::Generated) = (media, &schema, origin) {
            let keeps = |value: &&Value| keeps(spec, schema, value);
            if let Some(example) = media.examples.iter().find(keeps) {
                request.body = Body::from_bytes(example.to_string());
                (body, origin) = (Some(example.clone()), Origin::Example);
            }
        }
        let mut base = Self {
            request,
            origin,
            schema,
            body,
            full,
            wide: wide.map(Box::new),
            names: Vec::new(),
        };
        base.set_parameters(operation, options);
        if options.authorised {
            strip(spec, operation, options, &mut base.request);
            if let Some(wide) = &mut base.wide {
                strip(spec, operation, options, wide);
            }
        }
        base.names = base.nameable(spec);
        Ok(base)
    }

    /// Values that the user gave take the place of made-up ones.
    fn set_parameters(&mut self, operation: &Operation, options: &Options) {
        for (name, text) in &options.parameters {
            let parameter = operation.parameters.iter().find(|one| one.name == *name);
            let Some(parameter) = parameter else { continue };
            for request in [Some(&mut self.request), self.wide.as_deref_mut()].into_iter().flatten()
            {
                match parameter.place {
                    Place::Path => {
                        let target = with_segment(&request.target, &operation.path, name, text);
                        request.target = target.unwrap_or_else(|| request.target.clone());
                    }
                    Place::Query => request.target = with_query_text(&request.target, name, text),
                    Place::Header => request.headers.set(name, text),
                    Place::Cookie => {}
                }
            }
        }
    }

    /// The same request with a body with everything that is documented.
    pub(super) fn with_everything(&self) -> Option<Request> {
        let full = self.full.as_ref().filter(|full| Some(*full) != self.body.as_ref())?;
        self.body.as_ref()?;
        Some(self.with_body(full))
    }

    /// The same request with another body.
    pub(super) fn with_body(&self, value: &Value) -> Request {
        Request { body: Body::from_bytes(value.to_string()), ..self.request.clone() }
    }

    /// The good body with one member as it is in another value: absent where it is absent there.
    pub(super) fn spliced(&self, member: &str, from: &Value) -> Option<Value> {
        let mut members: Map<String, Value> = self.body.as_ref()?.as_object()?.clone();
        match from.get(member) {
            Some(value) => drop(members.insert(member.to_owned(), value.clone())),
            None => drop(members.shift_remove(member)?),
        }
        Some(Value::Object(members))
    }

    /// Members whose texts a service may want to be unlike any other: their names say so, and other digits at their
    /// end keep the schema.
    fn nameable(&self, spec: &Spec) -> Vec<String> {
        let (Some(Value::Object(members)), Some(schema)) = (&self.body, &self.schema) else {
            return Vec::new();
        };
        let words = ["name", "title", "slug", "label", "login", "email", "key"];
        let named = |name: &&String| {
            let name = name.to_ascii_lowercase();
            words.iter().any(|word| name.contains(word))
        };
        let keeps = |name: &&String| {
            let other = self.body.as_ref().map(|body| renamed(body, name, 1_234_567));
            other.is_some_and(|other| keeps(spec, schema, &other))
        };
        members.keys().filter(named).filter(keeps).cloned().collect()
    }
}

/// The body with other digits at the end of a text.
pub(in crate::probe) fn renamed(body: &Value, name: &str, number: u64) -> Value {
    let mut other = body.clone();
    if let Some(Value::String(text)) = other.get_mut(name) {
        let digits = format!("{:07}", number % 10_000_000);
        let (local, host) = match text.split_once('@') {
            Some((local, host)) => (local.to_owned(), format!("@{host}")),
            None => (text.clone(), String::new()),
        };
        let kept: String =
            local.chars().take(if local.chars().count() > 14 { 7 } else { 14 }).collect();
        *text = format!("{kept}{digits}{host}");
    }
    other
}

/// Whether a value keeps a schema in a request.
pub(super) fn keeps(spec: &Spec, schema: &SchemaRef, value: &Value) -> bool {
    let broken = spec.validate(schema, value, Direction::Request);
    broken.is_ok_and(|broken| broken.iter().all(|violation| violation.advisory))
}

/// A recorded request that can be sent again, and routes to its operation without the servers' base path.
fn of_recorded(exchange: &Exchange, spec: &Spec, operation: &Operation) -> Option<Request> {
    let names = credential_headers(spec, operation);
    let replaced: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut request = resend(exchange, "http://host", &replaced, Methods::Any).ok()?;
    request.target = without_base_path(operation, &request.target);
    for name in ["host", "content-length", "user-agent"] {
        request.headers.remove(name);
    }
    Some(request)
}

/// Headers that carry the operation's credentials.
fn credential_headers(spec: &Spec, operation: &Operation) -> Vec<String> {
    let mut names: Vec<String> = CREDENTIALS.iter().map(|name| (*name).to_owned()).collect();
    names.push("cookie".to_owned());
    let alternatives = operation.security.iter().flat_map(|alternative| &alternative.schemes);
    for name in alternatives {
        if let Some(SecurityScheme::ApiKey { place: Place::Header, name }) =
            spec.security_schemes.get(name)
        {
            names.push(name.clone());
        }
    }
    names
}

/// Takes every credential out of a request.
pub(super) fn strip(spec: &Spec, operation: &Operation, options: &Options, request: &mut Request) {
    let names = credential_headers(spec, operation);
    let names = || names.iter().chain(&options.credential_headers);
    let cookies =
        options.authorised || operation.parameters.iter().all(|p| p.place != Place::Cookie);
    request
        .headers
        .retain(|header| !names().any(|name| header.is(name) && (cookies || name != "cookie")));
    let alternatives = operation.security.iter().flat_map(|alternative| &alternative.schemes);
    for name in alternatives {
        if let Some(SecurityScheme::ApiKey { place: Place::Query, name }) =
            spec.security_schemes.get(name)
        {
            request.target = without_query(&request.target, name);
        }
    }
}

/// The target in origin form, as the operation's path has it.
fn without_base_path(operation: &Operation, target: &str) -> String {
    let path = Target::parse(target).path_and_query();
    let bases = operation.base_paths.iter().filter(|base| !base.is_empty());
    let rest = bases.filter_map(|base| path.strip_prefix(base.as_str()));
    let rest = rest.filter(|rest| rest.starts_with('/')).max_by_key(|rest| path.len() - rest.len());
    rest.unwrap_or(&path).to_owned()
}

/// What is documented for the body of a request.
fn media_of<'o>(operation: &'o Operation, request: &Request) -> Option<&'o MediaPromise> {
    let sent = request.headers.text("content-type").and_then(MediaType::parse)?;
    let media = &operation.body.as_ref()?.media;
    let fits = |media: &&MediaPromise| {
        MediaType::parse(&media.media_type)
            .is_some_and(|documented| documented.fits(&sent).is_some())
    };
    media.iter().find(fits)
}

fn json_body(request: &Request) -> Option<Value> {
    let is_json = request.headers.text("content-type").and_then(MediaType::parse)?.is_json();
    let bytes = request.body.bytes().filter(|bytes| is_json && !bytes.is_empty())?;
    serde_json::from_slice(bytes).ok()
}
