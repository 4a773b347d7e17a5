//! Parameters of a request: where each stands, and whether its value keeps the documentation.

use super::body::is_redacted;
use super::draft::{Draft, reference};
use super::request::Heard;
use super::{Case, Found};
use crate::check::catalogue::Item;
use crate::check::{Location, Rule, Severity};
use crate::exchange::{Decimal, Headers};
use crate::spec::{Direction, Parameter, Place, Sent, Style};

/// Header parameters that OpenAPI 3.1 (section 4.8.12.1) leaves to other parts of a document.
const NOT_PARAMETERS: [&str; 3] = ["accept", "authorization", "content-type"];

impl Case<'_, '_> {
    /// Holds one parameter to its documentation.
    pub fn parameter(
        &self,
        index: usize,
        sent: &Sent<'_, '_>,
        heard: &mut Heard,
        found: &mut Found,
    ) {
        let (spec, operation) = (self.routed.spec, self.routed.operation);
        let parameter = &operation.parameters[index];
        let name = parameter.name.as_str();
        if parameter.place == Place::Header
            && NOT_PARAMETERS.iter().any(|word| name.eq_ignore_ascii_case(word))
        {
            return;
        }
        if self.parameter_keeps_plainly(index, sent, found) {
            return;
        }
        let Some(written) = sent.parameter_written(parameter) else {
            let selects =
                operation.selector.as_ref().and_then(|s| s.query.as_deref()) == Some(name);
            if parameter.required && !selects {
                let expected = format!("the required {} parameter `{name}`", parameter.place);
                let draft = self.of_parameter(parameter).because(expected, "absent");
                heard.drafts.push(draft.suggesting(self.optional(&parameter.pointer)));
            }
            return;
        };
        found.seen.push(Item::Parameter(self.position, index));
        let Some(schema) = &parameter.schema else { return };
        if let Some((style, text)) = sent.out_of_style(parameter) {
            let draft = self.of_parameter(parameter).because(style, format!("`{text}`"));
            let place = format!("{} style", draft.place);
            heard.drafts.push(draft.known_by(place));
        }
        let value = Decimal::rounded(&written);
        if spec.takes_empty(parameter, &value) {
            return;
        }
        self.see_request(schema, &value, found);
        match spec.validate_written(schema, &written, Direction::Request) {
            Ok(violations) => {
                for violation in violations {
                    if is_redacted(&value, &violation.at) {
                        heard.whole = false;
                        continue;
                    }
                    let edits = self.loosened(&violation, &value);
                    let mut draft = self.of_parameter(parameter).suggesting(edits);
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

    /// Whether a parameter is one text that keeps its schema beyond doubt; what it shows is noted then.
    fn parameter_keeps_plainly(
        &self,
        index: usize,
        sent: &Sent<'_, '_>,
        found: &mut Found,
    ) -> bool {
        let parameter = &self.routed.operation.parameters[index];
        let is_plain = matches!(parameter.style, Style::Simple | Style::Form)
            && parameter.media_type.is_none();
        let schema = parameter.schema.as_ref().filter(|_| is_plain);
        let (Some(schema), Some(text)) = (schema, sent.only_text(parameter)) else { return false };
        let (spec_index, spec) = (self.spec_index(), self.routed.spec);
        let plain = self.catalogue.plain(spec_index, schema, Direction::Request);
        let keeps = found.plainly(plain, |plain, marks| {
            plain.keeps_scalar(spec, &self.catalogue.shapes[spec_index], text, marks)
        });
        if keeps {
            found.seen.push(Item::Parameter(self.position, index));
        }
        keeps
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
