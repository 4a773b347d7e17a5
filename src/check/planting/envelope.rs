//! Bodies of other promises, and bodies where nothing is promised.

use super::answer::Conforming;
use super::mistake::Mistake;
use super::plant::{Plant, put};
use super::surely::Surely;
use crate::check::Location;
use crate::exchange::response_has_body;
use crate::spec::{Direction, Examples, Optional, SchemaRef, Wish};
use serde_json::{Value, json};

/// Most error bodies of other codes that are tried.
const OTHERS: usize = 4;

pub(super) fn plants(base: &Conforming<'_>, plants: &mut Vec<Plant>) {
    swapped(base, plants);
    unpromised(base, plants);
}

/// The error body of another code, or of a gateway, where it surely breaks what is promised.
fn swapped(base: &Conforming<'_>, plants: &mut Vec<Plant>) {
    let Some(schema) = base.media.and_then(|media| media.schema.as_ref()) else { return };
    if base.status() < 400 || !base.promise.body_documented || base.value().is_none() {
        return;
    }
    let document = base.spec.document();
    let surely = Surely::new(document, Direction::Response);
    let Some(own) = document.pointer(&schema.pointer) else { return };
    let wish = Wish {
        direction: Direction::Response,
        seed: 0,
        optional: Optional::All,
        examples: Examples::First,
    };
    let mut others: Vec<&SchemaRef> = base
        .operation
        .promises
        .iter()
        .flat_map(|promise| &promise.media)
        .filter_map(|media| media.schema.as_ref())
        .chain(base.spec.envelopes.iter().map(|envelope| &envelope.schema))
        .filter(|other| *other != schema)
        .collect();
    others.dedup();
    let of_others = others.into_iter().take(OTHERS).filter_map(|other| {
        Some((base.spec.generate(other, &wish).ok()?, format!("the body of {}", other.pointer)))
    });
    let gateways = [
        json!({"error": {"code": "PLANTED.0001", "message": "planted"}}),
        json!({"error_code": "PLANTED.0001", "error_msg": "planted"}),
        json!({"fault": {"faultstring": "planted"}}),
    ];
    let of_gateways = gateways.into_iter().map(|value| (value, "a gateway's body".to_owned()));
    for (value, what) in of_others.chain(of_gateways) {
        if surely.breaks(own, &value) {
            plants.push(Plant {
                mistake: Mistake::EnvelopeSwapped,
                at: Location::Body(String::new()),
                what,
                exchange: base.answering(|response| put(response, value.to_string())),
            });
        }
    }
}

/// A body where nothing that it could be held to is documented.
fn unpromised(base: &Conforming<'_>, plants: &mut Vec<Plant>) {
    let promise = base.promise;
    let takes_body =
        response_has_body(&base.operation.method, base.status()) && base.status() != 205;
    let body = json!({"planted": true});
    let document = base.spec.document();
    let surely = Surely::new(document, Direction::Response);
    let refused = |schema: &SchemaRef| {
        document.pointer(&schema.pointer).is_some_and(|schema| surely.breaks(schema, &body))
    };
    let schemas: Vec<&SchemaRef> =
        promise.media.iter().filter_map(|media| media.schema.as_ref()).collect();
    let nothing_said = if promise.body_documented {
        promise.media.is_empty()
    } else {
        schemas.into_iter().all(refused)
            && base.spec.envelopes.iter().all(|envelope| refused(&envelope.schema))
    };
    if takes_body && nothing_said {
        let text: Value = body.clone();
        plants.push(Plant {
            mistake: Mistake::UnpromisedBody,
            at: Location::Body(String::new()),
            what: "a body of which nothing is documented".to_owned(),
            exchange: base.answering(|response| {
                put(response, text.to_string());
                response.headers.set("Content-Type", "application/json");
            }),
        });
    }
}
