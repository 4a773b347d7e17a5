//! Mistakes planted in conforming exchanges.

use super::answer::{Conforming, METHOD, is_sendable};
use super::mistake::Mistake;
use super::surely::Surely;
use super::value::lies;
use super::{envelope, taken};
use crate::check::Location;
use crate::exchange::{Body, Exchange, MediaType, Response};
use crate::spec::{Direction, Promise, Spec};
use serde_json::Value;

/// A page as gateways send it.
const HTML: &str = "<!doctype html><html><body><h1>Bad gateway</h1></body></html>";

/// A media type that nobody documents.
pub(super) const MEDIA: &str = "application/x-planted";

/// Codes to look among for one that is not documented, none of them a gateway's.
const CODES: [u16; 8] = [218, 299, 256, 418, 420, 451, 597, 333];

/// An exchange with one mistake in it.
pub(super) struct Plant {
    pub mistake: Mistake,
    /// Where it must be found, there or on the way.
    pub at: Location,
    /// What was done.
    pub what: String,
    pub exchange: Exchange,
}

/// Every mistake that can be planted in a conforming exchange.
pub(super) fn plants(specs: &[Spec], base: &Conforming<'_>, seed: u64) -> Vec<Plant> {
    let mut plants = Vec::new();
    body(base, seed, &mut plants);
    media(base, &mut plants);
    coding(base, &mut plants);
    envelope::plants(base, &mut plants);
    headers(base, seed, &mut plants);
    status(specs, base, &mut plants);
    taken::plants(specs, base, seed, &mut plants);
    plants
}

fn whole() -> Location {
    Location::Body(String::new())
}

fn header(name: &str) -> Location {
    Location::Header(name.to_owned())
}

/// Mistakes in the value of the body.
fn body(base: &Conforming<'_>, seed: u64, plants: &mut Vec<Plant>) {
    let Some(value) = base.value().filter(|_| base.promise.body_documented) else { return };
    let Some(schema) = base.media.and_then(|media| media.schema.as_ref()) else { return };
    let document = base.spec.document();
    let Some(schema) = document.pointer(&schema.pointer) else { return };
    let surely = Surely::new(document, Direction::Response);
    for lie in lies(&surely, schema, &value, seed) {
        plants.push(Plant {
            mistake: lie.mistake,
            at: Location::Body(lie.at),
            what: lie.what,
            exchange: base.answering(|response| put(response, lie.value.to_string())),
        });
    }
    plants.push(Plant {
        mistake: Mistake::BrokenSyntax,
        at: whole(),
        what: "JSON that ends in the middle".to_owned(),
        exchange: base.answering(|response| put(response, "{\"planted\": ")),
    });
    plants.push(Plant {
        mistake: Mistake::HtmlCalledJson,
        at: whole(),
        what: "an HTML page as the body".to_owned(),
        exchange: base.answering(|response| put(response, HTML)),
    });
    plants.push(Plant {
        mistake: Mistake::NoBody,
        at: whole(),
        what: "no body".to_owned(),
        exchange: base.answering(|response| {
            put(response, "");
            response.headers.remove("content-type");
        }),
    });
}

/// Another body, without a coding.
pub(super) fn put(response: &mut Response, body: impl Into<bytes::Bytes>) {
    for name in ["content-encoding", "content-length", "transfer-encoding"] {
        response.headers.remove(name);
    }
    response.body = Body::from_bytes(body);
}

/// Whether a promise lists nothing that a media type fits.
fn unfit(promise: &Promise, sent: &str) -> bool {
    let Some(sent) = MediaType::parse(sent) else { return false };
    let fits =
        |documented: &str| MediaType::parse(documented).is_none_or(|d| d.fits(&sent).is_some());
    !promise.media.is_empty() && !promise.media.iter().any(|media| fits(&media.media_type))
}

/// Mistakes in the media type.
fn media(base: &Conforming<'_>, plants: &mut Vec<Plant>) {
    if base.media.is_none() || !base.promise.body_documented {
        return;
    }
    let mut plant = |mistake, what: &str, exchange| {
        plants.push(Plant { mistake, at: header("Content-Type"), what: what.to_owned(), exchange });
    };
    if unfit(base.promise, "text/html") {
        let exchange = base.answering(|response| {
            put(response, HTML);
            response.headers.set("Content-Type", "text/html");
        });
        plant(Mistake::HtmlForJson, "an HTML page, called so", exchange);
    }
    if unfit(base.promise, MEDIA) {
        let exchange = base.answering(|response| response.headers.set("Content-Type", MEDIA));
        plant(Mistake::WrongMediaType, MEDIA, exchange);
    }
    if !base.promise.media.iter().any(|media| media.media_type.trim() == "*/*") {
        let exchange = base.answering(|response| response.headers.remove("content-type"));
        plant(Mistake::NoMediaType, "no `Content-Type`", exchange);
    }
}

/// Mistakes in the coding of the body.
fn coding(base: &Conforming<'_>, plants: &mut Vec<Plant>) {
    let Some(value) = base.value() else { return };
    for (mistake, coding) in [(Mistake::WrongCoding, "gzip"), (Mistake::UnknownCoding, "x-planted")]
    {
        let exchange = base.answering(|response| {
            put(response, value.to_string());
            response.headers.set("Content-Encoding", coding);
        });
        let what = format!("`Content-Encoding: {coding}` with a body that is not coded");
        plants.push(Plant { mistake, at: whole(), what, exchange });
    }
}

/// Mistakes in promised headers.
fn headers(base: &Conforming<'_>, seed: u64, plants: &mut Vec<Plant>) {
    let document = base.spec.document();
    let surely = Surely::new(document, Direction::Response);
    for promised in &base.promise.headers {
        let name = promised.name.as_str();
        let there = base.exchange.response.as_ref().and_then(|r| r.headers.text(name));
        let Some(there) = there.filter(|_| !name.eq_ignore_ascii_case("content-type")) else {
            continue;
        };
        if promised.required && !name.eq_ignore_ascii_case("allow") {
            plants.push(Plant {
                mistake: Mistake::HeaderMissing,
                at: header(name),
                what: format!("`{name}` left out"),
                exchange: base.answering(|response| response.headers.remove(name)),
            });
        }
        let schema = promised.parameter.schema.as_ref();
        let Some(schema) = schema.and_then(|schema| document.pointer(&schema.pointer)) else {
            continue;
        };
        for (text, what) in wrong_texts(&surely, schema, there, seed) {
            plants.push(Plant {
                mistake: Mistake::HeaderWrong,
                at: header(name),
                what,
                exchange: base.answering(|response| response.headers.set(name, &text)),
            });
        }
    }
    if base.status() == 405 {
        plants.push(Plant {
            mistake: Mistake::AllowMissing,
            at: header("Allow"),
            what: "`Allow` left out".to_owned(),
            exchange: base.answering(|response| response.headers.remove("allow")),
        });
    }
}

/// Texts that surely break the schema of a value that is written as plain text, whichever way they are read, and
/// what was done.
pub(super) fn wrong_texts<'a>(
    surely: &Surely<'a>,
    schema: &'a Value,
    there: &str,
    seed: u64,
) -> Vec<(String, String)> {
    let told = |(mistake, text): (Mistake, String)| {
        let what = format!("{mistake}: `{text}`");
        (text, what)
    };
    wrong_values(surely, schema, there, seed).into_iter().map(told).collect()
}

/// The same, with the kind of mistake.
pub(super) fn wrong_values<'a>(
    surely: &Surely<'a>,
    schema: &'a Value,
    there: &str,
    seed: u64,
) -> Vec<(Mistake, String)> {
    let read: Value = serde_json::from_str(there)
        .ok()
        .filter(|value: &Value| value.is_number() || value.is_boolean())
        .filter(|value| surely.breaks(schema, &Value::from(there)) && !surely.breaks(schema, value))
        .unwrap_or_else(|| Value::from(there));
    let mut texts: Vec<(Mistake, String)> = Vec::new();
    for lie in lies(surely, schema, &read, seed) {
        let text = match &lie.value {
            Value::String(text) => text.clone(),
            value @ (Value::Number(_) | Value::Bool(_)) => value.to_string(),
            _ => continue,
        };
        // What a list, or another type, may be read from is no mistake without a doubt.
        let plain = is_sendable(&text) && !text.contains(',');
        let readings = [Some(Value::from(text.as_str())), serde_json::from_str(&text).ok()];
        let broken = readings.iter().flatten().all(|value| surely.breaks(schema, value));
        let listed = surely.breaks(schema, &serde_json::json!([text]));
        if plain && broken && listed && !texts.iter().any(|(_, known)| *known == text) {
            texts.push((lie.mistake, text));
        }
    }
    texts
}

/// Codes, paths and methods that are not documented.
fn status(specs: &[Spec], base: &Conforming<'_>, plants: &mut Vec<Plant>) {
    let operation = base.operation;
    let gateway = |code: &u16| base.spec.gateway_codes.contains(code);
    let code = CODES.iter().find(|code| operation.promise(**code).is_none() && !gateway(code));
    if let (Some(code), false) = (code, base.status() == 405) {
        plants.push(Plant {
            mistake: Mistake::UndocumentedStatus,
            at: Location::Status,
            what: format!("status {code}"),
            exchange: base.answering(|response| response.status = *code),
        });
    }
    if base.status() == 405 || operation.selector.is_some() {
        return;
    }
    plants.push(Plant {
        mistake: Mistake::UnknownMethod,
        at: Location::Status,
        what: format!("method {METHOD}"),
        exchange: base.asking(|request| METHOD.clone_into(&mut request.method)),
    });
    // More segments than any template has.
    let templates = specs.iter().flat_map(|spec| &spec.operations);
    let segments = |path: &str| path.matches('/').count();
    let longest = templates
        .map(|o| segments(&o.path) + o.base_paths.iter().map(|b| segments(b)).max().unwrap_or(0));
    let more = "/planted".repeat(longest.max().unwrap_or(0) + 2);
    plants.push(Plant {
        mistake: Mistake::UnknownPath,
        at: Location::Status,
        what: "a path that is documented nowhere".to_owned(),
        exchange: base.asking(|request| {
            let (path, query) = match request.target.split_once('?') {
                Some((path, query)) => (path, format!("?{query}")),
                None => (request.target.as_str(), String::new()),
            };
            request.target = format!("{}{more}{query}", path.trim_end_matches('/'));
        }),
    });
}
