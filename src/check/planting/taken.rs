//! Wrong requests that the provider took, and right ones that it refused.

use super::answer::Conforming;
use super::mistake::Mistake;
use super::plant::{MEDIA, Plant, wrong_texts};
use super::question::{with_query_text, with_segment, without_query};
use super::surely::Surely;
use super::value::lies;
use crate::check::Location;
use crate::exchange::{Body, Exchange, MediaType, Request, Source};
use crate::spec::{Direction, Parameter, Place, Route, SecurityScheme, Sent, Spec, Style, route};
use serde_json::Value;

pub(super) fn plants(specs: &[Spec], base: &Conforming<'_>, seed: u64, plants: &mut Vec<Plant>) {
    if (200..400).contains(&base.status()) {
        parameters(specs, base, seed, plants);
        body(base, seed, plants);
    }
    credentials(base, plants);
    refused(base, plants);
}

fn parameters(specs: &[Spec], base: &Conforming<'_>, seed: u64, plants: &mut Vec<Plant>) {
    let surely = Surely::new(base.spec.document(), Direction::Request);
    for parameter in &base.operation.parameters {
        if is_of_another_part(base, parameter) {
            continue;
        }
        let name = parameter.name.as_str();
        let at = match parameter.place {
            Place::Path => Location::Path(name.to_owned()),
            Place::Query => Location::Query(name.to_owned()),
            Place::Header => Location::Header(name.to_owned()),
            Place::Cookie => continue,
        };
        let Some(there) = text_of(specs, base, parameter) else { continue };
        if parameter.required && parameter.place != Place::Path {
            plants.push(Plant {
                mistake: Mistake::ParameterMissing,
                at: at.clone(),
                what: format!("the {} parameter `{name}` left out", parameter.place),
                exchange: base.asking(|request| remove(request, parameter)),
            });
        }
        let schema = parameter.schema.as_ref();
        let Some(schema) = schema.and_then(|s| base.spec.document().pointer(&s.pointer)) else {
            continue;
        };
        if parameter.media_type.is_some() {
            continue;
        }
        for (text, what) in wrong_texts(&surely, schema, &there, seed) {
            let mut request = base.exchange.request.clone();
            if replace(&mut request, base, parameter, &text) && is_routed(specs, base, &request) {
                let exchange = Exchange { request, ..base.exchange.clone() };
                let what = format!("`{name}`: {what}");
                plants.push(Plant {
                    mistake: Mistake::ParameterWrong,
                    at: at.clone(),
                    what,
                    exchange,
                });
            }
        }
    }
}

/// Parameters that are credentials, select the operation, or are left to other parts of the document.
fn is_of_another_part(base: &Conforming<'_>, parameter: &Parameter) -> bool {
    let name = parameter.name.as_str();
    let header = |other: &&str| name.eq_ignore_ascii_case(other);
    let selector = base.operation.selector.as_ref();
    let selects = selector.is_some_and(|s| {
        s.query.as_deref() == Some(name) || s.header.as_deref().is_some_and(|h| header(&h))
    });
    // The name may be that of another pair, or of a part of another parameter's value.
    let shared =
        base.operation.parameters.iter().filter(|other| other.place == parameter.place).any(
            |other| {
                !std::ptr::eq(other, parameter)
                    && (other.name == parameter.name || (other.explode && is_spread(base, other)))
            },
        );
    selects
        || shared
        || (parameter.place == Place::Header
            && ["accept", "authorization", "content-type"].iter().any(header))
}

/// Whether an object's members may be pairs of their own.
fn is_spread(base: &Conforming<'_>, parameter: &Parameter) -> bool {
    let schema = parameter.schema.as_ref().and_then(|schema| base.spec.schema(schema));
    schema.is_some_and(|schema| schema["type"] == "object" || !schema["properties"].is_null())
}

/// The text of a parameter that is one text: once in the request.
fn text_of(specs: &[Spec], base: &Conforming<'_>, parameter: &Parameter) -> Option<String> {
    let Route::Operation(routed) = route(specs, &base.exchange.request) else { return None };
    let sent = Sent::of(&routed, &base.exchange.request);
    let plain = matches!(parameter.style, Style::Simple | Style::Form);
    match sent.texts(parameter.place, &parameter.name).as_slice() {
        [text] if plain => Some(text.clone()),
        _ => None,
    }
}

fn remove(request: &mut Request, parameter: &Parameter) {
    match parameter.place {
        Place::Query => request.target = without_query(&request.target, &parameter.name),
        Place::Header => request.headers.remove(&parameter.name),
        Place::Path | Place::Cookie => {}
    }
}

fn replace(
    request: &mut Request,
    base: &Conforming<'_>,
    parameter: &Parameter,
    text: &str,
) -> bool {
    let name = parameter.name.as_str();
    match parameter.place {
        Place::Query => request.target = with_query_text(&request.target, name, text),
        Place::Header => request.headers.set(name, text),
        Place::Path => {
            let Some(target) = with_segment(&request.target, &base.operation.path, name, text)
            else {
                return false;
            };
            request.target = target;
        }
        Place::Cookie => return false,
    }
    true
}

/// Whether the request still goes to the same operation: a changed path may not.
fn is_routed(specs: &[Spec], base: &Conforming<'_>, request: &Request) -> bool {
    matches!(route(specs, request), Route::Operation(routed) if std::ptr::eq(routed.operation, base.operation))
}

fn body(base: &Conforming<'_>, seed: u64, plants: &mut Vec<Plant>) {
    let Some(documented) = &base.operation.body else { return };
    let request = &base.exchange.request;
    let whole = Location::Body(String::new());
    if request.body.is_empty() {
        return;
    }
    let form = request.headers.text("content-type").is_some_and(|text| text.contains("form"));
    // A form may carry the parameters of an RPC operation.
    if documented.required && !(form && base.operation.selector.is_some()) {
        plants.push(Plant {
            mistake: Mistake::RequestBodyMissing,
            at: whole.clone(),
            what: "no request body".to_owned(),
            exchange: base.asking(|request| {
                request.body = Body::Empty;
                request.headers.remove("content-type");
            }),
        });
    }
    let Some(sent) = request.headers.text("content-type").and_then(MediaType::parse) else {
        return;
    };
    let planted = MediaType::parse(MEDIA);
    let ranged = |documented: &str| {
        let documented = MediaType::parse(documented);
        documented.is_none_or(|d| planted.as_ref().is_none_or(|planted| d.fits(planted).is_some()))
    };
    if !documented.media.is_empty() && !documented.media.iter().any(|m| ranged(&m.media_type)) {
        plants.push(Plant {
            mistake: Mistake::RequestMediaType,
            at: Location::Header("Content-Type".to_owned()),
            what: format!("a request body of type {MEDIA}"),
            exchange: base.asking(|request| request.headers.set("Content-Type", MEDIA)),
        });
    }
    let named = |text: &str| super::answer::concrete(text).is_some_and(|media| media == sent);
    let media = documented.media.iter().find(|media| named(&media.media_type));
    let schema = media.and_then(|media| media.schema.as_ref());
    let schema = schema.and_then(|schema| base.spec.document().pointer(&schema.pointer));
    let bytes = request.body.decoded(&request.headers).ok().flatten();
    let value: Option<Value> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let (Some(schema), Some(value), true) = (schema, value, sent.is_json()) else { return };
    let surely = Surely::new(base.spec.document(), Direction::Request);
    for lie in lies(&surely, schema, &value, seed) {
        // A member that nothing names is nobody's business in a request, unless the schema forbids it.
        if !surely.breaks(schema, &lie.value) {
            continue;
        }
        plants.push(Plant {
            mistake: Mistake::RequestBodyWrong,
            at: Location::Body(lie.at),
            what: format!("{}: {}", lie.mistake, lie.what),
            exchange: base.asking(|request| put(request, lie.value.to_string())),
        });
    }
    plants.push(Plant {
        mistake: Mistake::RequestBodyWrong,
        at: whole,
        what: "JSON that ends in the middle".to_owned(),
        exchange: base.asking(|request| put(request, "{\"planted\": ".to_owned())),
    });
}

fn put(request: &mut Request, text: String) {
    for name in ["content-encoding", "content-length", "transfer-encoding"] {
        request.headers.remove(name);
    }
    request.body = Body::from_bytes(text);
}

/// A 2xx to a request from which all credentials were taken.
fn credentials(base: &Conforming<'_>, plants: &mut Vec<Plant>) {
    let security = &base.operation.security;
    let asked = !security.is_empty() && security.iter().all(|one| !one.schemes.is_empty());
    let names = security.iter().flat_map(|alternative| &alternative.schemes);
    let schemes: Option<Vec<&SecurityScheme>> =
        names.map(|name| base.spec.security_schemes.get(name)).collect();
    let Some(schemes) = schemes.filter(|_| asked && (200..300).contains(&base.status())) else {
        return;
    };
    let visible = |scheme: &&SecurityScheme| {
        !matches!(scheme, SecurityScheme::MutualTls | SecurityScheme::Other(_))
    };
    let request = &base.exchange.request;
    let form = request.headers.text("content-type").is_some_and(|text| text.contains("form"));
    let hidden =
        request.target.contains("access_token") || form || !base.exchange.redacted.is_empty();
    if base.exchange.source != Source::Live || hidden || !schemes.iter().all(visible) {
        return;
    }
    let exchange = base.asking(|request| {
        for name in ["authorization", "cookie"] {
            request.headers.remove(name);
        }
        for scheme in &schemes {
            match scheme {
                SecurityScheme::ApiKey { place: Place::Header, name } => {
                    request.headers.remove(name);
                }
                SecurityScheme::ApiKey { place: Place::Query, name } => {
                    request.target = without_query(&request.target, name);
                }
                _ => {}
            }
        }
    });
    let what = "a request without credentials".to_owned();
    let mistake = Mistake::TakenWithoutCredentials;
    plants.push(Plant { mistake, at: Location::Status, what, exchange });
}

/// Refusals of what is documented.
fn refused(base: &Conforming<'_>, plants: &mut Vec<Plant>) {
    let operation = base.operation;
    let evidence = base.exchange.source.is_evidence() && base.cassette.is_empty();
    if !evidence || !(200..300).contains(&base.status()) {
        return;
    }
    let last = operation.path.rsplit('/').next().unwrap_or_default();
    if operation.selector.is_none() && !last.contains('{') {
        plants.push(Plant {
            mistake: Mistake::RefusedMethod,
            at: Location::Status,
            what: "405 to the documented method".to_owned(),
            exchange: base.answering(|response| {
                response.status = 405;
                response.headers.set("Allow", "OPTIONS");
            }),
        });
    }
    let request = &base.exchange.request;
    let named = request.headers.text("content-type").and_then(MediaType::parse);
    let documented = operation.body.iter().flat_map(|body| &body.media);
    let is_documented = documented
        .filter_map(|media| MediaType::parse(&media.media_type))
        .any(|m| Some(m) == named);
    if !request.body.is_empty() && is_documented {
        plants.push(Plant {
            mistake: Mistake::RefusedMediaType,
            at: Location::Status,
            what: "415 to a documented media type".to_owned(),
            exchange: base.answering(|response| response.status = 415),
        });
    }
}
