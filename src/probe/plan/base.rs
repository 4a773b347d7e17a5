//! Good requests: recorded, from the document's examples, or made up.

use super::Options;
use super::constraints::refers;
use super::links::{Link, links};
use super::moments::in_time;
use crate::cassette::{Methods, resend};
use crate::check::{
    documented_request, form_body, is_of_fields, with_query_text, with_segment, without_query,
};
use crate::exchange::{Body, Exchange, MediaType, Request, Target, pointer_token};
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
    /// What is documented for its body, where that is a form.
    pub form: Option<MediaPromise>,
    /// Names of members of the body whose text may end in other digits.
    pub(in crate::probe) names: Vec<Name>,
    /// Members of the body that name something of another path.
    pub(in crate::probe) links: Vec<Link>,
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
        made_by_others: &[String],
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
        let form = media.filter(|media| is_of_fields(&media.media_type)).cloned();
        let mut body = json_body(&request);
        let generated = |optional| {
            let value = spec.generate(schema.as_ref()?, &wish(optional)).ok()?;
            Some(in_time(spec, schema.as_ref()?, value))
        };
        let full = generated(Optional::All);
        if origin == Origin::Generated && (body.is_some() || form.is_some()) {
            body = generated(Optional::Omitted).filter(|body| form.is_none() || !is_void(body));
            body = body.or_else(|| full.clone()).or_else(|| json_body(&request));
        }
        if let (Some(media), Some(schema), Origin::Generated) = (media, &schema, origin) {
            let keeps = |value: &&Value| keeps(spec, schema, value);
            if let Some(example) = media.examples.iter().find(keeps) {
                (body, origin) = (Some(example.clone()), Origin::Example);
            }
        }
        if let (Some(value), true) = (&body, origin != Origin::Recorded) {
            match &form {
                None => request.body = Body::from_bytes(value.to_string()),
                Some(form) => match form_body(spec, form, value) {
                    Some((_, written)) => request.body = written,
                    None => body = None,
                },
            }
        }
        let mut base = Self {
            request,
            origin,
            schema,
            body,
            full,
            wide: wide.map(Box::new),
            form,
            names: Vec::new(),
            links: Vec::new(),
        };
        base.set_parameters(operation, options);
        if options.authorised {
            strip(spec, operation, options, &mut base.request);
            if let Some(wide) = &mut base.wide {
                strip(spec, operation, options, wide);
            }
        }
        base.names = base.nameable(spec);
        let whole = base.full.as_ref().or(base.body.as_ref());
        base.links =
            whole.map(|whole| links(spec, operation, made_by_others, whole)).unwrap_or_default();
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
                    Place::Cookie => set_cookie(request, name, Some(text)),
                }
            }
        }
    }

    /// The same request with a body with everything that is documented.
    pub(super) fn with_everything(&self, spec: &Spec) -> Option<Request> {
        let full = self.full.as_ref().filter(|full| Some(*full) != self.body.as_ref())?;
        self.body.as_ref()?;
        self.with_body(spec, full)
    }

    /// The same request with another body; `None` for one that its form can't be written with.
    pub(super) fn with_body(&self, spec: &Spec, value: &Value) -> Option<Request> {
        let body = match &self.form {
            Some(form) => form_body(spec, form, value)?.1,
            None => Body::from_bytes(value.to_string()),
        };
        Some(Request { body, ..self.request.clone() })
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

    /// Members whose texts a service may want to be unlike any other: their names say so, or they were made up, and
    /// other digits at their end keep the schema.
    fn nameable(&self, spec: &Spec) -> Vec<Name> {
        let (Some(Value::Object(members)), Some(schema)) = (&self.body, &self.schema) else {
            return Vec::new();
        };
        let words = ["name", "title", "slug", "label", "login", "email", "key", "code", "alias"];
        let named = |name: &&String| {
            let name = name.to_ascii_lowercase();
            let is_made_up = self.origin == Origin::Generated;
            words.iter().any(|word| name.contains(word)) || (is_made_up && !refers(&name))
        };
        let keeps = |name: &String| {
            let written = |letters| Name { name: name.clone(), letters };
            let kept = |name: &Name| {
                let other = self.body.as_ref().map(|body| renamed(body, name, 1_234_567));
                other.is_some_and(|other| keeps(spec, schema, &other))
            };
            [false, true].map(written).into_iter().find(kept)
        };
        // What has a form of its own does not take digits.
        let free = |name: &&String| {
            let pointer = format!("{}/properties/{}", schema.pointer, pointer_token(name));
            let format = spec.schema(&SchemaRef { pointer }).and_then(|one| one.get("format"));
            format.is_none_or(|format| format == "email")
                && members[*name].as_str().is_some_and(|text| !text.contains([':', '/']))
        };
        members.keys().filter(named).filter(free).filter_map(keeps).collect()
    }
}

/// Whether a value has nothing in it that a form could have.
fn is_void(value: &Value) -> bool {
    value.as_object().is_none_or(Map::is_empty)
}

/// Puts another text in the place of a cookie, or takes it out.
pub(super) fn set_cookie(request: &mut Request, name: &str, text: Option<&str>) {
    let there = request.headers.text("cookie").unwrap_or_default().to_owned();
    let pairs = there.split(';').map(str::trim).filter(|pair| !pair.is_empty());
    let others = pairs.filter(|pair| pair.split('=').next() != Some(name));
    let own = text.map(|text| format!("{name}={text}"));
    let cookies: Vec<String> = others.map(str::to_owned).chain(own).collect();
    request.headers.remove("cookie");
    if !cookies.is_empty() {
        request.headers.set("Cookie", cookies.join("; "));
    }
}

/// A member whose text may end in other signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::probe) struct Name {
    /// What it is called.
    pub(in crate::probe) name: String,
    /// Whether these are letters: where the schema has no place for digits.
    letters: bool,
}

/// The body with other digits, or letters, at the end of a text.
pub(in crate::probe) fn renamed(body: &Value, name: &Name, number: u64) -> Value {
    let mut other = body.clone();
    if let Some(Value::String(text)) = other.get_mut(&name.name) {
        let digits = format!("{:07}", number % 10_000_000);
        let (local, host) = match text.split_once('@') {
            Some((local, host)) => (local.to_owned(), format!("@{host}")),
            None => (text.clone(), String::new()),
        };
        let own = local.trim_end_matches(|c: char| c.is_ascii_digit());
        let most = if own.chars().count() > 14 { 7 } else { 14 };
        let kept: String = own.chars().take(most).collect();
        *text = if name.letters {
            let first = if own.ends_with(|c: char| c.is_ascii_uppercase()) { b'A' } else { b'a' };
            let letter = |digit: u8| char::from(first + (digit - b'0'));
            let letters: String = digits.bytes().map(letter).collect();
            let length = local.chars().count();
            let kept: String = own.chars().take(length.saturating_sub(letters.len())).collect();
            let skipped = letters.len().saturating_sub(length);
            format!("{kept}{}{host}", &letters[skipped..])
        } else {
            format!("{kept}{digits}{host}")
        };
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
    let documented = |cookie: &str| {
        operation.parameters.iter().any(|p| p.place == Place::Cookie && p.name == cookie)
            && !cookies_of_schemes(spec, operation).any(|name| name == cookie)
    };
    let cookies = request.headers.text("cookie").map(|cookies| {
        let kept = cookies.split(';').map(str::trim);
        let kept = kept.filter(|pair| documented(pair.split('=').next().unwrap_or_default()));
        kept.collect::<Vec<_>>().join("; ")
    });
    let is_credential = options.credential_headers.iter().any(|name| name == "cookie");
    request.headers.retain(|header| !names().any(|name| header.is(name)));
    if let Some(cookies) = cookies.filter(|cookies| !cookies.is_empty() && !is_credential) {
        request.headers.set("Cookie", cookies);
    }
    let alternatives = operation.security.iter().flat_map(|alternative| &alternative.schemes);
    for name in alternatives {
        if let Some(SecurityScheme::ApiKey { place: Place::Query, name }) =
            spec.security_schemes.get(name)
        {
            request.target = without_query(&request.target, name);
        }
    }
}

/// The cookies in which schemes look for credentials.
fn cookies_of_schemes<'s>(
    spec: &'s Spec,
    operation: &'s Operation,
) -> impl Iterator<Item = &'s str> {
    let alternatives = operation.security.iter().flat_map(|alternative| &alternative.schemes);
    alternatives.filter_map(|scheme| match spec.security_schemes.get(scheme) {
        Some(SecurityScheme::ApiKey { place: Place::Cookie, name }) => Some(name.as_str()),
        _ => None,
    })
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
