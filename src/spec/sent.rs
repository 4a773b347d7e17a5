//! What a request carries, as an operation reads it: the values of its parameters and of its body.

use super::model::{MediaPromise, Parameter, Place, SchemaRef, Style};
use super::routing::Routed;
use crate::exchange::{
    JsonText, JsonTextError, MediaType, Request, Target, media_closeness, query_pairs,
};
use serde_json::{Map, Value};

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
            && let Some(form) = form(request, media_type.as_ref())
        {
            pairs.extend(form);
        }
        Self { routed, request, media_type, pairs, cookies: cookies(request) }
    }

    /// The pairs of a form body; `None` where the body is no form, or can't be read.
    pub fn form(&self) -> Option<Vec<(String, String)>> {
        form(self.request, self.media_type.as_ref())
    }

    /// The media type of the body, where the request names one that can be read.
    pub fn media_type(&self) -> Option<&MediaType> {
        self.media_type.as_ref()
    }

    /// The value of a parameter; `None` when it is absent.
    pub fn parameter(&self, parameter: &Parameter) -> Option<Value> {
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

    /// The body's value as a schema sees it, read as JSON or as a form.
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
                Ok(JsonText { doubt: Some(what), .. }) | Err(JsonTextError::Beyond(what)) => {
                    SentBody::Opaque(what)
                }
                Err(JsonTextError::Malformed(what)) => {
                    SentBody::Malformed(format!("not JSON: {what}"))
                }
            };
        }
        if media_type.is_form() {
            let pairs = query_pairs(&String::from_utf8_lossy(&bytes));
            return SentBody::Value(self.form_value(schema, &pairs));
        }
        SentBody::Opaque(format!("a body of type {media_type}, which a schema can't be held to"))
    }

    /// A form as the object that its schema describes.
    fn form_value(&self, schema: &SchemaRef, pairs: &[(String, String)]) -> Value {
        let whole = Parameter {
            name: String::new(),
            place: Place::Query,
            required: false,
            schema: Some(schema.clone()),
            media_type: None,
            style: Style::Form,
            explode: true,
            internal: false,
            reserved: false,
            pointer: schema.pointer.clone(),
            sources: Vec::new(),
            examples: Vec::new(),
        };
        let value = self.routed.spec.query_value(&whole, pairs);
        value.unwrap_or_else(|| Value::Object(Map::new()))
    }
}

fn form(request: &Request, media_type: Option<&MediaType>) -> Option<Vec<(String, String)>> {
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
