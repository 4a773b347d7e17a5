//! A planned request as it is sent: with real ids, names of its own, and the fields of the transport.

use super::identify::other_like;
use super::plan::{Case, Origin, renamed};
use super::pool::{self, Thing};
use crate::check::with_segment;
use crate::exchange::{Body, Request, Target};
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
        if request.method == "POST" {
            self.rename(case, &mut request);
        }
        self.framed(request)
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

    /// Gives names that may have to be unlike any other digits of their own, where they are not the change.
    fn rename(&self, case: &Case<'_>, request: &mut Request) {
        let Ok(base) = &case.base else { return };
        let (Some(good), false) = (&base.body, base.names.is_empty()) else { return };
        let bytes = request.body.bytes().unwrap_or_default();
        let Ok(mut value) = serde_json::from_slice::<Value>(bytes) else { return };
        for name in &base.names {
            if value.get(name) == good.get(name) {
                value = renamed(&value, name, self.number);
            }
        }
        // What was padded, or written in another way, stays so.
        if bytes.len() < 1024 * 1024 {
            request.body = Body::from_bytes(value.to_string());
        }
    }

    /// The request with a whole URL and the fields that sending wants.
    pub(super) fn framed(&self, mut request: Request) -> Request {
        request.target = format!("{}{}", self.base, request.target);
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
}
