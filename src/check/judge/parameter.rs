//! Parameters of a request: where each stands, and whether its value keeps the documentation.

use super::body::is_redacted;
use super::draft::{Draft, reference};
use super::request::Heard;
use super::{Case, Found};
use crate::check::catalogue::Item;
use crate::check::{Location, Rule, Severity};
use crate::exchange::{Headers, Target, query_pairs};
use crate::spec::{Direction, Parameter, Place};
use serde_json::Value;

/// Header parameters that OpenAPI 3.1 (section 4.8.12.1) leaves to other parts of a document.
const NOT_PARAMETERS: [&str; 3] = ["accept", "authorization", "content-type"];

/// Where parameters stand in a request.
pub(super) struct Wire {
    pairs: Vec<(String, String)>,
    cookies: Vec<(String, String)>,
}

impl Case<'_, '_> {
    /// The pairs of a request that parameters are read from.
    pub fn wire(&self) -> Wire {
        let request = &self.exchange.request;
        let mut pairs = Target::parse(&request.target).query_pairs();
        // An RPC operation takes its parameters from the query and from a form alike.
        if self.routed.operation.selector.is_some()
            && let Some(form) = self.form()
        {
            pairs.extend(form);
        }
        let mut cookies = Vec::new();
        for value in request.headers.all("cookie") {
            for pair in String::from_utf8_lossy(value).split(';') {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                cookies.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
        Wire { pairs, cookies }
    }

    /// The pairs of a form body; `None` where the body is no form, or can't be read.
    pub fn form(&self) -> Option<Vec<(String, String)>> {
        let request = &self.exchange.request;
        let media = super::request::sent_media(request)?;
        let bytes = request.body.decoded(&request.headers).ok()??;
        media.is_form().then(|| query_pairs(&String::from_utf8_lossy(&bytes)))
    }

    /// Holds one parameter to its documentation.
    pub fn parameter(&self, index: usize, wire: &Wire, heard: &mut Heard, found: &mut Found) {
        let (spec, operation) = (self.routed.spec, self.routed.operation);
        let parameter = &operation.parameters[index];
        let name = parameter.name.as_str();
        if parameter.place == Place::Header
            && NOT_PARAMETERS.iter().any(|word| name.eq_ignore_ascii_case(word))
        {
            return;
        }
        let Some(value) = self.parameter_value(parameter, wire) else {
            let selects =
                operation.selector.as_ref().and_then(|s| s.query.as_deref()) == Some(name);
            if parameter.required && !selects {
                let expected = format!("the required {} parameter `{name}`", parameter.place);
                heard.drafts.push(self.of_parameter(parameter).because(expected, "absent"));
            }
            return;
        };
        found.seen.push(Item::Parameter(self.position, index));
        let Some(schema) = &parameter.schema else { return };
        self.see_request(schema, &value, found);
        match spec.validate(schema, &value, Direction::Request) {
            Ok(violations) => {
                for violation in violations {
                    if is_redacted(&value, &violation.at) {
                        heard.whole = false;
                        continue;
                    }
                    let mut draft = self.of_parameter(parameter);
                    if violation.advisory {
                        draft.severity = Severity::Warning;
                    }
                    let place = format!("{} {} {}", draft.place, violation.at, violation.keyword);
                    let draft = draft.known_by(place);
                    heard.drafts.push(draft.because(violation.expected, violation.observed));
                }
            }
            Err(unreadable) => {
                heard.whole = false;
                heard.drafts.push(Draft::unreadable(spec, &unreadable.pointer, &unreadable.what));
            }
        }
    }

    fn parameter_value(&self, parameter: &Parameter, wire: &Wire) -> Option<Value> {
        let spec = self.routed.spec;
        let of_pairs = |pairs: &[(String, String)]| -> Vec<String> {
            let named = pairs.iter().filter(|(name, _)| *name == parameter.name);
            named.map(|(_, value)| value.clone()).collect()
        };
        let texts = match parameter.place {
            Place::Query => return spec.query_value(parameter, &wire.pairs),
            Place::Path => of_pairs(&self.routed.path_values),
            Place::Cookie => of_pairs(&wire.cookies),
            Place::Header => header_texts(&self.exchange.request.headers, &parameter.name),
        };
        (!texts.is_empty()).then(|| spec.parameter_value(parameter, &texts))
    }

    fn of_parameter(&self, parameter: &Parameter) -> Draft {
        let name = parameter.name.clone();
        let at = match parameter.place {
            Place::Path => Location::Path(name),
            Place::Query => Location::Query(name),
            Place::Header => Location::Header(name),
            Place::Cookie => Location::Header("Cookie".to_owned()),
        };
        let sources = [parameter.sources.as_slice(), &self.routed.operation.sources].concat();
        let promise = reference(self.routed.spec, &parameter.pointer, &sources);
        Draft::new(Rule::RequestParameter, at, promise)
            .known_by(format!("{}:{}", parameter.place, parameter.name))
    }
}

/// The values of a header, bytes that are not UTF-8 as U+FFFD.
pub(super) fn header_texts(headers: &Headers, name: &str) -> Vec<String> {
    headers.all(name).map(|value| String::from_utf8_lossy(value).into_owned()).collect()
}
