//! A planned request as it is sent: with real ids, names of its own, and the fields of the transport.

use super::identify::other_like;
use super::plan::{Base, Case, Link, Name, Origin, renamed};
use super::pool::{self, Pool, Thing};
use crate::check::with_segment;
use crate::exchange::{Body, Request, Target, percent_encoded, query_pairs};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a request is made ready with.
pub(super) struct Making<'m> {
    /// The URL that paths are appended to.
    pub base: &'m str,
    pub seed: u64,
    /// Another for each request.
    pub number: u64,
    /// Values that the user gave.
    pub given: &'m BTreeMap<String, String>,
    /// What exists.
    pub pool: &'m Pool,
    /// Position of the case's spec.
    pub spec: usize,
}

/// Largest body that is filled in, in bytes.
const LARGEST: usize = 1024 * 1024;

/// An id in the form of what stands there: a number where that is one.
fn named(there: &Value, id: &str) -> Value {
    let number = there.is_number().then(|| id.parse::<u64>().ok()).flatten();
    number.map_or_else(|| Value::from(id), Value::from)
}

impl Making<'_> {
    /// A planned request, bound to a resource. `variable` is the one of the path that is not; `absent` that it is
    /// to name nothing.
    pub(super) fn request(
        &self,
        case: &Case<'_>,
        planned: &Request,
        thing: Option<&Thing>,
        variable: Option<&str>,
        absent: bool,
    ) -> Request {
        let mut request = planned.clone();
        let path = case.operation.path.as_str();
        let bound = thing.map(|thing| &thing.values);
        if let Some(values) = bound {
            pool::bind(&mut request, path, values, variable.filter(|_| !absent));
        }
        let is_made_up = case.base.as_ref().is_ok_and(|base| base.origin != Origin::Recorded)
            && request.method != "GET";
        for name in pool::variables(path) {
            let is_bound = bound.is_some_and(|values| values.contains_key(name));
            let stays = is_bound || self.given.contains_key(name) || variable == Some(name);
            let is_absent = absent && variable == Some(name);
            if is_absent || (is_made_up && !stays) {
                self.replace(&mut request, path, name);
            }
        }
        self.fill_in(case, &mut request);
        match_version(case, planned, thing, &mut request);
        request.target = format!("{}{}", self.base, request.target);
        framed(request)
    }

    /// Puts an id of nothing in the place of the one that is there.
    fn replace(&self, request: &mut Request, path: &str, name: &str) {
        let whole = Target::parse(&request.target).path.to_owned();
        let variable = format!("{{{name}}}");
        let Some(from_end) = path.rsplit('/').position(|segment| segment == variable) else {
            return;
        };
        let Some(there) = whole.rsplit('/').nth(from_end) else { return };
        let other = other_like(&crate::exchange::percent_decoded(there), self.seed);
        if let Some(target) = with_segment(&request.target, path, name, &other) {
            request.target = target;
        }
    }

    /// Gives names that may have to be unlike any other digits of their own, and puts ids of what the run made in
    /// the place of made-up ones, where they are not the change.
    fn fill_in(&self, case: &Case<'_>, request: &mut Request) {
        let Ok(base) = &case.base else { return };
        let names = if request.method == "POST" { base.names.as_slice() } else { &[] };
        let linked: Vec<(&Link, &str)> = base
            .links
            .iter()
            .filter_map(|link| {
                let thing = self.pool.of(self.spec, &link.item, true).filter(|one| one.is_own)?;
                let id = thing.values.get(pool::variables(&link.item).last()?)?;
                Some((link, id.as_str()))
            })
            .collect();
        let (Some(good), false) = (&base.body, names.is_empty() && linked.is_empty()) else {
            return;
        };
        let bytes = request.body.bytes().unwrap_or_default();
        // What was padded, or written in another way, stays so.
        if bytes.len() >= LARGEST {
            return;
        }
        if base.form.is_some() {
            return self.fill_in_form(base, names, &linked, request);
        }
        let Ok(mut value) = serde_json::from_slice::<Value>(bytes) else { return };
        for name in names {
            if value.get(&name.name) == good.get(&name.name) {
                value = renamed(&value, name, self.number);
            }
        }
        for (link, id) in linked {
            let Some(there) = value.pointer_mut(&link.at) else { continue };
            let made_up = [Some(good), base.full.as_ref()].into_iter().flatten();
            if made_up.filter_map(|body| body.pointer(&link.at)).any(|made_up| made_up == there) {
                *there = named(there, id);
            }
        }
        request.body = Body::from_bytes(value.to_string());
    }

    /// The same for the fields of a form, which are found by what they are written as.
    fn fill_in_form(
        &self,
        base: &Base,
        names: &[Name],
        linked: &[(&Link, &str)],
        request: &mut Request,
    ) {
        let (Some(good), Some(bytes)) = (&base.body, request.body.bytes()) else { return };
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        let new = names.iter().filter_map(|name| {
            let other = renamed(good, name, self.number);
            let text = |body: &Value| Some(body.get(&name.name)?.as_str()?.to_owned());
            Some((name.name.as_str(), text(good)?, text(&other)?))
        });
        let ids = linked.iter().filter_map(|(link, id)| {
            let name = link.at.trim_start_matches('/');
            let there = match good.get(name)? {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            Some((name, there, (*id).to_owned()))
        });
        for (name, old, new) in new.chain(ids) {
            let part = |text: &str| format!("name=\"{name}\"\r\n\r\n{text}\r\n");
            if text.starts_with("--") {
                text = text.replacen(&part(&old), &part(&new), 1);
                continue;
            }
            let is_it = |pair: &str| query_pairs(pair) == [(name.to_owned(), old.clone())];
            let written = format!("{}={}", percent_encoded(name), percent_encoded(&new));
            let pairs: Vec<&str> =
                text.split('&').map(|pair| if is_it(pair) { &*written } else { pair }).collect();
            text = pairs.join("&");
        }
        request.body = Body::from_bytes(text);
    }
}

/// Puts the tag of the version that is there in the place of a made-up one (RFC 9110, section 13.1.1).
fn match_version(case: &Case<'_>, planned: &Request, thing: Option<&Thing>, request: &mut Request) {
    let good = case.base.as_ref().ok().and_then(|base| base.request.headers.text("if-match"));
    if good.is_none() || planned.headers.text("if-match") != good {
        return;
    }
    let tag = thing.and_then(|thing| thing.tag.as_deref());
    request.headers.set("If-Match", tag.unwrap_or("*"));
}

/// A request to a whole URL with the fields that sending wants.
pub fn framed(mut request: Request) -> Request {
    let authority = Target::parse(&request.target).authority.to_owned();
    let mut headers = crate::exchange::Headers::from([("Host", authority.as_str())]);
    headers.push("User-Agent", concat!("testimony/", env!("CARGO_PKG_VERSION")));
    if !request.headers.contains("accept") {
        headers.push("Accept", "*/*");
    }
    for header in &request.headers {
        headers.push(header.name.as_str(), &header.value);
    }
    if !request.body.is_empty() || matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") {
        headers.push("Content-Length", request.body.len().to_string());
    }
    request.headers = headers;
    request
}
