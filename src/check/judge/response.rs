//! Status, headers and media type of a response.

use super::draft::{Draft, reference};
use super::{Case, Found};
use crate::check::{Location, PromiseReference, Rule, Severity};
use crate::exchange::Decimal;
use crate::spec::{Direction, HeaderPromise, Promise, Spec};

/// Codes that gateways in front of any API give, documented or not.
const GATEWAY_CODES: [u16; 7] = [413, 414, 429, 431, 494, 502, 504];

/// Whether a code is one that gateways give whatever they stand before.
pub(super) fn is_of_any_gateway(status: u16) -> bool {
    GATEWAY_CODES.contains(&status)
}

/// Whether a code is one that gateways give in front of an API, whatever was asked.
pub(super) fn is_of_gateways(status: u16, spec: &Spec) -> bool {
    is_of_any_gateway(status) || spec.gateway_codes.contains(&status)
}

impl Case<'_, '_> {
    /// Holds the response to the promise for its code.
    pub fn response(&self, promise: &Promise, found: &mut Found) {
        if self.catalogue.is_unreadable(self.spec_index(), &promise.pointer) {
            // What could not be read is found already; it is not kept by passing over it.
            found.unclear = true;
        }
        for header in &promise.headers {
            self.response_header(promise, header, found);
        }
        if self.response.status == 405 {
            found.drafts.extend(self.allow(promise));
        }
        if let Some(error) = &self.exchange.error {
            let observed = format!("the response broke off: {}", error.message);
            self.not_judged(promise, "broken-off", &observed, found);
        } else {
            self.response_body(promise, found);
        }
    }

    /// A code that the operation does not document.
    pub fn undocumented_status(&self) -> Draft {
        let operation = self.routed.operation;
        let status = self.response.status;
        let known = is_of_gateways(status, self.routed.spec);
        let severity = if known { Severity::Warning } else { Severity::Error };
        let codes: Vec<String> =
            operation.promises.iter().map(|promise| promise.code.to_string()).collect();
        let expected = match codes.as_slice() {
            [] => "an operation that documents its codes".to_owned(),
            codes => format!("one of {}", codes.join(", ")),
        };
        let whose = if known { ", which gateways are known to give" } else { "" };
        Draft::new(Rule::UndocumentedStatus, Location::Status, self.of_operation())
            .weighing(severity)
            .because(expected, format!("{status}{whose}"))
    }

    /// The operation, as what was promised.
    pub fn of_operation(&self) -> PromiseReference {
        let operation = self.routed.operation;
        reference(self.routed.spec, &operation.pointer, &operation.sources)
    }

    /// A place in the document, as what was promised for the code.
    pub fn of_promise(&self, promise: &Promise, pointer: &str) -> PromiseReference {
        let sources = [promise.sources.as_slice(), &self.routed.operation.sources].concat();
        reference(self.routed.spec, pointer, &sources)
    }

    /// States that a part of the response could not be judged.
    pub fn not_judged(&self, promise: &Promise, place: &str, observed: &str, found: &mut Found) {
        found.unclear = true;
        let reference = self.of_promise(promise, &promise.pointer);
        let draft = Draft::new(Rule::NotJudged, Location::Body(String::new()), reference);
        found.drafts.push(draft.known_by(place).because("a response that can be judged", observed));
    }

    /// A 405 that names no methods, or among them the one that it refuses.
    fn allow(&self, promise: &Promise) -> Option<Draft> {
        let values = super::parameter::header_texts(&self.response.headers, "allow");
        let method = self.exchange.request.method.as_str();
        let names_it = |value: &String| value.split(',').any(|allowed| allowed.trim() == method);
        let (expected, observed) = if values.is_empty() {
            ("the methods that the path takes (RFC 9110, section 15.5.6)", "no `Allow`".to_owned())
        } else if values.iter().any(names_it) {
            ("methods other than the refused one", format!("`{}`", values.join(", ")))
        } else {
            return None;
        };
        let documented =
            promise.headers.iter().any(|h| h.required && h.name.eq_ignore_ascii_case("allow"));
        let severity = if documented { Severity::Error } else { Severity::Warning };
        let at = Location::Header("Allow".to_owned());
        let draft = Draft::new(Rule::AllowHeader, at, self.of_promise(promise, &promise.pointer));
        Some(draft.weighing(severity).because(expected, observed))
    }

    fn response_header(&self, promise: &Promise, header: &HeaderPromise, found: &mut Found) {
        let name = header.name.as_str();
        // OpenAPI 3.1, section 4.8.21: a header named `Content-Type` is left to `content`.
        if name.eq_ignore_ascii_case("content-type") {
            return;
        }
        let reference = || self.of_promise(promise, &header.pointer);
        let at = || Location::Header(name.to_owned());
        let values = super::parameter::header_texts(&self.response.headers, name);
        if values.is_empty() {
            // Its absence from a 405 is the business of `allow-header`.
            if header.required && !name.eq_ignore_ascii_case("allow") {
                let draft = Draft::new(Rule::ResponseHeader, at(), reference());
                let draft = draft.because(format!("the header `{name}`"), "no such header");
                found.drafts.push(draft.suggesting(self.optional(&header.pointer)));
            }
            return;
        }
        let Some(schema) = &header.parameter.schema else { return };
        let spec = self.routed.spec;
        let written = spec.parameter_value(&header.parameter, &values);
        let value = Decimal::rounded(&written);
        match spec.validate_written(schema, &written, Direction::Response) {
            Ok(violations) => {
                let violations =
                    violations.into_iter().filter(|v| !super::body::is_redacted(&value, &v.at));
                found.drafts.extend(violations.map(|violation| {
                    let mut draft = Draft::new(Rule::ResponseHeader, at(), reference())
                        .suggesting(self.loosened(&violation, &value));
                    if violation.advisory {
                        draft.severity = Severity::Warning;
                    }
                    draft
                        .known_by(format!("header:{name} {}", violation.keyword))
                        .because(violation.expected, violation.observed)
                }));
            }
            Err(unreadable) => self.unreadable(&unreadable, found),
        }
    }
}
