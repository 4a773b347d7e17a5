//! What a request carries, as an operation reads it: the values of its parameters and of its body.

use super::form::{self, Field};
use super::model::{MediaPromise, Parameter, Place, SchemaRef, Style};
use super::routing::Routed;
use crate::exchange::{
    Decimal, JsonText, JsonTextError, MediaType, Request, Target, media_closeness, query_pairs,
};
use serde_json::Value;

/// A request before the operation that it was routed to.
pub struct Sent<'a, 'r> {
    routed: &'r Routed<'a>,
    request: &'r Request,
    media_type: Option<MediaType>,
    /// The query's pairs; for an RPC operation, which takes its parameters from both, the form's too.
    pairs: Vec<(String, String)>,
    cookies: Vec<(String, String)>,
}

/// A request's body as far as a schema can be held to it.
#[derive(Debug, Clone, PartialEq)]
pub enum SentBody {
    /// Its value.
    Value(Value),
    /// Its value, some of whose numbers are there by their digits ([`crate::exchange::Decimal::written`]).
    Written(Value),
    /// It is not what its media type says; in words.
    Malformed(String),
    /// It is of a type, or in a coding, that no schema can be held to; in words.
    Opaque(String),
}

impl<'a, 'r> Sent<'a, 'r> {
    /// Takes a request apart.
    pub fn of(routed: &'r Routed<'a>, request: &'r Request) -> Self {
        let media_type = request.headers.text("content-type").and_then(MediaType::parse);
        let mut pairs = Target::parse(&request.target).query_pairs();
        if routed.operation.selector.is_some()
            && let Some(form) = form_pairs(request, media_type.as_ref())
        {
            pairs.extend(form);
        }
        Self { routed, request, media_type, pairs, cookies: cookies(request) }
    }

    /// The pairs of a form body; `None` where the body is no form, or can't be read.
    pub fn form(&self) -> Option<Vec<(String, String)>> {
        form_pairs(self.request, self.media_type.as_ref())
    }

    /// The media type of the body, where the request names one that can be read.
    pub fn media_type(&self) -> Option<&MediaType> {
        self.media_type.as_ref()
    }

    /// The value of a parameter; `None` when it is absent.
    pub fn parameter(&self, parameter: &Parameter) -> Option<Value> {
        self.parameter_written(parameter).map(|value| Decimal::rounded(&value))
    }

    /// The same with numbers by their digits where they would be rounded ([`Decimal::written`]).
    pub fn parameter_written(&self, parameter: &Parameter) -> Option<Value> {
        let spec = self.routed.spec;
        if parameter.place == Place::Query {
            return spec.query_value(parameter, &self.pairs);
        }
        let texts = self.texts(parameter.place, &parameter.name);
        (!texts.is_empty()).then(|| spec.parameter_value(parameter, &texts))
    }

    /// The text that carries a parameter, where it is one and not empty.
    pub fn only_text(&self, parameter: &Parameter) -> Option<&str> {
        fn only<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
            found.next().filter(|_| found.next().is_none())
        }
        let named = |pairs: &'r [(String, String)]| {
            let found = pairs.iter().filter(|(key, _)| *key == parameter.name);
            only(found).map(|(_, value)| value.as_str())
        };
        let text = match parameter.place {
            Place::Path => named(&self.routed.path_values)?,
            Place::Header => {
                let values = self.request.headers.iter().filter(|field| field.is(&parameter.name));
                std::str::from_utf8(&only(values)?.value).ok()?
            }
            Place::Query => {
                let found = self.pairs.iter().filter(|(key, _)| *key == parameter.name);
                only(found)?.1.as_str()
            }
            Place::Cookie => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// What a path parameter's style has in front of a value (RFC 6570, sections 3.2.5 and 3.2.7), and the text that is
    /// without.
    pub fn out_of_style(&self, parameter: &Parameter) -> Option<(String, String)> {
        let sign = match parameter.style {
            Style::Label => '.',
            Style::Matrix => ';',
            _ => return None,
        };
        let text = self.texts(parameter.place, &parameter.name).into_iter().next()?;
        (!text.starts_with(sign)).then(|| (format!("`{sign}` in front of the value"), text))
    }

    /// Every text that stands at a place under a name, percent-encoding undone.
    pub fn texts(&self, place: Place, name: &str) -> Vec<String> {
        let named = |pairs: &[(String, String)]| -> Vec<String> {
            let found = pairs.iter().filter(|(key, _)| key == name);
            found.map(|(_, value)| value.clone()).collect()
        };
        match place {
            Place::Query => named(&self.pairs),
            Place::Path => named(&self.routed.path_values),
            Place::Cookie => named(&self.cookies),
            Place::Header => {
                let values = self.request.headers.all(name);
                values.map(|value| String::from_utf8_lossy(value).into_owned()).collect()
            }
        }
    }

    /// The documented media type that the body is sent as, the closest where ranges overlap.
    pub fn media<'m>(&self, documented: &'m [MediaPromise]) -> Option<&'m MediaPromise> {
        let sent = self.request.headers.text("content-type")?;
        let closeness = |media: &MediaPromise| media_closeness(&media.media_type, sent);
        let fitting = documented.iter().rev().filter(|media| closeness(media).is_some());
        fitting.max_by_key(|media| closeness(media))
    }

    /// The body's value as a schema sees it, read as JSON or as a form, of pairs or of parts.
    pub fn body(&self, media_type: &MediaType, schema: &SchemaRef) -> SentBody {
        let bytes = match self.request.body.decoded(&self.request.headers) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return SentBody::Opaque("a body file that was not read".to_owned()),
            Err(error) => return SentBody::Opaque(error.to_string()),
        };
        let sequence = media_type.sequence().filter(|_| self.routed.spec.is_for_arrays(schema));
        if media_type.is_json() || sequence.is_some() {
            let read = match sequence {
                Some(sequence) => JsonText::read_sequence(sequence, &bytes),
                None => JsonText::read(&bytes),
            };
            return match read {
                Ok(JsonText { value, doubt: None }) => SentBody::Value(value),
                Ok(JsonText { doubt: Some(mut doubt), .. }) => match doubt.readings.pop() {
                    Some(value) if doubt.is_settled => SentBody::Written(value),
                    _ => SentBody::Opaque(doubt.what),
                },
                Err(JsonTextError::Beyond(what)) => SentBody::Opaque(what),
                Err(JsonTextError::Malformed(what)) => {
                    SentBody::Malformed(format!("not JSON: {what}"))
                }
            };
        }
        if media_type.is_text()
            && self.routed.spec.is_for_text(schema)
            && let Ok(text) = std::str::from_utf8(&bytes)
        {
            return SentBody::Value(Value::from(text));
        }
        let fields = if media_type.is_form() {
            let pairs = query_pairs(&String::from_utf8_lossy(&bytes));
            pairs.into_iter().map(Field::of_pair).collect()
        } else if is_of_parts(media_type) {
            let content_type = self.request.headers.text("content-type").unwrap_or_default();
            match form::fields(content_type, &bytes) {
                Ok(fields) => fields,
                Err(what) => return SentBody::Malformed(format!("no form of parts: {what}")),
            }
        } else {
            let what = format!("a body of type {media_type}, which a schema can't be held to");
            return SentBody::Opaque(what);
        };
        let value = self.routed.spec.form_value(schema, &fields, &|name| self.is_foreign(name));
        if Decimal::is_in(&value) { SentBody::Written(value) } else { SentBody::Value(value) }
    }

    /// Whether a field of a form is a parameter of an RPC operation, or names it.
    fn is_foreign(&self, name: &str) -> bool {
        let operation = self.routed.operation;
        let selects = |name: &str| {
            operation.selector.as_ref().is_some_and(|s| s.query.as_deref() == Some(name))
        };
        let parameters = operation.parameters.iter().filter(|one| one.place == Place::Query);
        operation.selector.is_some()
            && (selects(name)
                || parameters.map(|one| one.name.as_str()).any(|known| {
                    name.strip_prefix(known)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
                }))
    }
}

/// Whether a media type is that of forms of parts (RFC 7578).
fn is_of_parts(media_type: &MediaType) -> bool {
    media_type.to_string().eq_ignore_ascii_case("multipart/form-data")
}

fn form_pairs(request: &Request, media_type: Option<&MediaType>) -> Option<Vec<(String, String)>> {
    let bytes = request.body.decoded(&request.headers).ok()??;
    media_type?.is_form().then(|| query_pairs(&String::from_utf8_lossy(&bytes)))
}

fn cookies(request: &Request) -> Vec<(String, String)> {
    let mut cookies = Vec::new();
    for value in request.headers.all("cookie") {
        for pair in String::from_utf8_lossy(value).split(';') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            cookies.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    cookies
}
