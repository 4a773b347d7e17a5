//! A validator's errors in our words: each with its place in the whole value and in the document.

use super::court::Court;
use super::cut::{Cuts, PART};
use super::exact::EXACT;
use super::nearest::{choice, fitting};
use super::violation::{LIMIT, quoted};
use super::wording;
use crate::spec::place::join;
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;

/// Most schemas that are asked again what is wrong with a part of a value.
const QUESTIONS: usize = 2000;

/// Stands in a message of [`EXACT`] between the keyword and what it asks for.
pub(super) const BETWEEN: char = '\u{1f}';

/// Stands there for a keyword that was given up.
pub(super) const UNDECIDED: &str = "undecided";

/// One thing that is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Pointer into the whole value.
    pub at: String,
    /// Pointer to the keyword.
    pub pointer: String,
    pub keyword: String,
    pub expected: String,
    pub observed: String,
    pub sort: Sort,
}

/// What a fault says of the alternative that it was found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sort {
    /// The value's type is another.
    Type,
    /// The value is none of those that are fixed.
    Fixed,
    /// This member is missing.
    Missing(String),
    /// Anything else.
    Other,
}

/// Reads errors. Those of schemas that were judged for themselves say no more than that there are
/// some, so those schemas are asked again.
pub(super) struct Reader<'a> {
    court: &'a Court,
    questions: usize,
    /// Why it can't be told whether the value keeps the schema.
    pub undecided: Option<&'static str>,
}

impl<'a> Reader<'a> {
    pub fn new(court: &'a Court) -> Self {
        Self { court, questions: QUESTIONS, undecided: None }
    }

    /// What is wrong with the part of a value at `above`, by the errors of one schema. At most
    /// [`LIMIT`].
    pub fn read<'e>(
        &mut self,
        above: &str,
        errors: impl IntoIterator<Item = impl std::borrow::Borrow<ValidationError<'e>>>,
    ) -> Vec<Fault> {
        let mut faults = Vec::new();
        for error in errors {
            if faults.len() >= LIMIT {
                break;
            }
            self.one(above, error.borrow(), &mut faults);
        }
        faults.truncate(LIMIT);
        faults
    }

    fn one(&mut self, above: &str, error: &ValidationError<'_>, faults: &mut Vec<Fault>) {
        let at = format!("{above}{}", error.instance_path());
        let name = |at: &str, name: &str| join(at, name);
        match error.kind() {
            Kind::Custom { keyword, message } if keyword == PART => {
                faults.extend(self.part(&at, message, error));
            }
            Kind::Custom { message, .. } if message.starts_with(UNDECIDED) => {
                self.undecided = Some("a pattern takes too long on this value");
            }
            Kind::BacktrackLimitExceeded { .. } => {
                self.undecided = Some("a pattern takes too long on this value");
            }
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                let mut forms: Vec<Vec<Fault>> =
                    context.iter().map(|errors| self.read(above, errors)).collect();
                match choice(&at, &forms) {
                    Some(choice) if choice.only => faults.append(&mut forms[choice.index]),
                    Some(choice) => {
                        let expected = wording::nearest(&at, &forms, choice.index);
                        faults.push(Fault { expected, ..fault(&at, error) });
                    }
                    None => faults.push(fault(&at, error)),
                }
            }
            Kind::OneOfMultipleValid { context } => {
                let expected = wording::several(context.len(), &fitting(context));
                faults.push(Fault { expected, ..fault(&at, error) });
            }
            Kind::AdditionalProperties { unexpected }
            | Kind::UnevaluatedProperties { unexpected } => {
                for member in unexpected.iter().take(LIMIT) {
                    let value = error.instance().get(member);
                    let observed = value.map(quoted).unwrap_or_default();
                    faults.push(Fault { observed, ..fault(&name(&at, member), error) });
                }
            }
            Kind::Required { property } => {
                let member = property.as_str().unwrap_or_default().to_owned();
                let (observed, sort) = ("absent".to_owned(), Sort::Missing(member.clone()));
                faults.push(Fault { observed, sort, ..fault(&name(&at, &member), error) });
            }
            _ => faults.push(fault(&at, error)),
        }
    }

    fn part(&mut self, at: &str, pointer: &str, error: &ValidationError<'_>) -> Vec<Fault> {
        let unit = self.court.unit(pointer);
        let left = self.questions.checked_sub(1);
        let (Ok(validator), Some(left)) = (unit.as_ref(), left) else {
            let expected = format!("what `{pointer}` asks for");
            let pointer = pointer.to_owned();
            return vec![Fault { pointer, expected, ..fault(at, error) }];
        };
        self.questions = left;
        self.read(at, validator.iter_errors(error.instance()))
    }
}

/// A fault of which there is nothing more to say than what every error says.
fn fault(at: &str, error: &ValidationError<'_>) -> Fault {
    let mut pointer = Cuts::without_marks(error.schema_path().as_str());
    let mut keyword = error.kind().keyword().to_owned();
    // Number formats are judged by a keyword of ours.
    if let Some(place) = pointer.strip_suffix(super::prepare::NUMBER_FORMAT) {
        pointer = format!("{place}format");
        "format".clone_into(&mut keyword);
    }
    let mut expected = wording::expected(error);
    if let Some((place, word)) = pointer.split_once(EXACT) {
        let known = expected.split_once(BETWEEN);
        let known = known.map(|(word, rest)| (word.to_owned(), rest.to_owned()));
        keyword = match (known, word) {
            (Some((word, rest)), _) => {
                expected = rest;
                word
            }
            (None, "x-number-format") => "format".to_owned(),
            (None, word) => word.to_owned(),
        };
        pointer = format!("{place}{keyword}");
    }
    let sort = match (error.kind(), keyword.as_str()) {
        (Kind::Type { .. }, _) | (Kind::Custom { .. }, "type") => Sort::Type,
        (Kind::Constant { .. } | Kind::Enum { .. }, _)
        | (Kind::Custom { .. }, "const" | "enum") => Sort::Fixed,
        _ => Sort::Other,
    };
    Fault {
        at: at.to_owned(),
        pointer,
        keyword,
        expected,
        observed: quoted(error.instance()),
        sort,
    }
}
