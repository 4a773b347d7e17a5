//! Keywords that JSON Schema does not have: `x-unique-by`, `x-forbidden-prefixes`, number formats.

use super::court::Court;
use super::cut::{PART, Part};
use super::prepare::NUMBER_FORMAT;
use super::{exact, format};
use jsonschema::paths::Location;
use jsonschema::{Draft, Keyword, PatternOptions, ValidationError, ValidationOptions};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::sync::Weak;

type Made<'a> = Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>>;

/// Steps after which a pattern's match is given up.
const BACKTRACKS: usize = 200_000;

/// Bytes that a compiled pattern may take: authors repeat classes of many characters 65,536 times.
const PATTERN_SIZE: usize = 128 * 1024 * 1024;

/// Options for what is said of texts.
pub(super) fn for_texts() -> ValidationOptions<'static> {
    let patterns = PatternOptions::fancy_regex();
    let options = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(patterns.backtrack_limit(BACKTRACKS).size_limit(PATTERN_SIZE))
        .should_validate_formats(true);
    with_formats(options)
}

/// Options with our keywords.
pub(super) fn with_ours<'o, R: Clone>(
    options: ValidationOptions<'o, R>,
    court: &Weak<Court>,
) -> ValidationOptions<'o, R> {
    let court = Weak::clone(court);
    let options = options
        .with_keyword(PART, move |_: &_, value: &_, _| Ok(Part::made(&court, value)))
        .with_keyword("x-unique-by", unique_by)
        .with_keyword("x-forbidden-prefixes", forbidden_prefixes)
        .with_keyword(NUMBER_FORMAT, number_format);
    exact::with_exact(options)
}

/// Options with our formats.
fn with_formats<R: Clone>(options: ValidationOptions<'_, R>) -> ValidationOptions<'_, R> {
    let mut options = options
        .with_format("byte", format::is_base64)
        .with_format("base64url", format::is_base64url)
        .with_format("idn-email", format::is_idn_email)
        .with_format("idn-hostname", format::is_idn_hostname);
    for name in format::NUMBERS {
        options = options.with_format(name, move |text: &str| format::is_integer(name, text));
    }
    options
}

/// `x-unique-by: key`: no two objects of an array have the same value there.
struct UniqueBy(String);

fn unique_by<'a>(_: &'a Map<String, Value>, value: &'a Value, _: Location) -> Made<'a> {
    match value.as_str() {
        Some(key) => Ok(Box::new(UniqueBy(key.to_owned()))),
        None => Err(ValidationError::schema("`x-unique-by` names a member")),
    }
}

impl UniqueBy {
    /// The first value that stands twice.
    fn repeated<'i>(&self, instance: &'i Value) -> Option<&'i Value> {
        let mut seen = HashSet::new();
        let items = instance.as_array()?;
        items
            .iter()
            .filter_map(|item| item.get(&self.0))
            .find(|value| !seen.insert(exact::canonical(value)))
    }
}

impl<'i> Keyword<'i> for UniqueBy {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        match self.repeated(instance) {
            Some(value) => Err(ValidationError::custom(format!(
                "items that differ in `{}`; {} stands twice",
                self.0,
                super::violation::quoted(value)
            ))),
            None => Ok(()),
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        self.repeated(instance).is_none()
    }
}

/// `x-forbidden-prefixes`: text that begins with none of these.
struct ForbiddenPrefixes(Vec<String>);

fn forbidden_prefixes<'a>(_: &'a Map<String, Value>, value: &'a Value, _: Location) -> Made<'a> {
    let prefixes: Option<Vec<String>> = value
        .as_array()
        .and_then(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect());
    match prefixes {
        Some(prefixes) => Ok(Box::new(ForbiddenPrefixes(prefixes))),
        None => Err(ValidationError::schema("`x-forbidden-prefixes` is a list of text")),
    }
}

impl ForbiddenPrefixes {
    fn broken(&self, instance: &Value) -> Option<&str> {
        let text = instance.as_str()?;
        self.0.iter().map(String::as_str).find(|prefix| text.starts_with(prefix))
    }
}

impl<'i> Keyword<'i> for ForbiddenPrefixes {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        match self.broken(instance) {
            Some(prefix) => {
                Err(ValidationError::custom(format!("text that does not begin with `{prefix}`")))
            }
            None => Ok(()),
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        self.broken(instance).is_none()
    }
}

/// `format: int32` and its like, of numbers.
struct NumberFormat {
    name: String,
    range: RangeInclusive<i128>,
}

fn number_format<'a>(_: &'a Map<String, Value>, value: &'a Value, _: Location) -> Made<'a> {
    let name = value.as_str().unwrap_or_default();
    match format::range(name) {
        Some(range) => Ok(Box::new(NumberFormat { name: name.to_owned(), range })),
        None => Err(ValidationError::schema("no number format")),
    }
}

impl NumberFormat {
    fn holds(&self, instance: &Value) -> bool {
        let Value::Number(number) = instance else { return true };
        if let Some(number) = number.as_i64() {
            return self.range.contains(&i128::from(number));
        }
        if let Some(number) = number.as_u64() {
            return self.range.contains(&i128::from(number));
        }
        // `1.0` is an integer to JSON Schema.
        let number = number.as_f64().unwrap_or(f64::NAN);
        #[expect(clippy::cast_possible_truncation, reason = "beyond the range stays beyond it")]
        let whole = number as i128;
        number.fract() == 0.0 && self.range.contains(&whole)
    }
}

impl<'i> Keyword<'i> for NumberFormat {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if self.holds(instance) {
            Ok(())
        } else {
            Err(ValidationError::custom(format!("format `{}`", self.name)))
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        self.holds(instance)
    }
}
