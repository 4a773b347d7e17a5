//! Types of JSON Schema (2020-12 core, section 4.2.1, and `integer`), and which of them a value may
//! have.

use super::conjunction::Conjunction;
use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Boolean,
    Integer,
    Number,
    Text,
    Array,
    Object,
}

impl Kind {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "null" => Self::Null,
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "string" => Self::Text,
            "array" => Self::Array,
            "object" => Self::Object,
            _ => return None,
        })
    }

    /// The types that all members allow, `null` last; guessed from their keywords where none names
    /// one.
    pub(super) fn possible(whole: &Conjunction<'_>) -> Vec<Self> {
        let mut allowed: Option<Vec<Self>> = None;
        for said in whole.all("type") {
            let named: Vec<Self> = match said {
                Value::String(word) => Self::parse(word).into_iter().collect(),
                Value::Array(words) => {
                    words.iter().filter_map(Value::as_str).filter_map(Self::parse).collect()
                }
                _ => continue,
            };
            allowed = Some(match allowed {
                None => named,
                Some(before) => before.into_iter().filter_map(|kind| kind.meet(&named)).collect(),
            });
        }
        let mut kinds = allowed.unwrap_or_else(|| Self::guessed(whole));
        // A stable sort: the order of the document stays.
        kinds.sort_by_key(|kind| *kind == Self::Null);
        kinds
    }

    /// What is left of this type where only `others` are allowed.
    fn meet(self, others: &[Self]) -> Option<Self> {
        match self {
            kind if others.contains(&kind) => Some(kind),
            Self::Number if others.contains(&Self::Integer) => Some(Self::Integer),
            Self::Integer if others.contains(&Self::Number) => Some(Self::Integer),
            _ => None,
        }
    }

    fn guessed(whole: &Conjunction<'_>) -> Vec<Self> {
        const SIGNS: &[(Kind, &[&str])] = &[
            (
                Kind::Object,
                &[
                    "properties",
                    "required",
                    "additionalProperties",
                    "patternProperties",
                    "minProperties",
                    "maxProperties",
                    "propertyNames",
                    "dependentRequired",
                ],
            ),
            (
                Kind::Array,
                &["items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"],
            ),
            (
                Kind::Number,
                &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
            ),
            (Kind::Text, &["pattern", "format", "minLength", "maxLength", "contentEncoding"]),
        ];
        let found: Vec<Self> = SIGNS
            .iter()
            .filter(|(_, keywords)| {
                keywords.iter().any(|keyword| whole.all(keyword).next().is_some())
            })
            .map(|(kind, _)| *kind)
            .collect();
        if !found.is_empty() && whole.all("enum").chain(whole.all("const")).next().is_none() {
            return found;
        }
        let mut any = vec![Self::Text];
        any.extend([
            Self::Object,
            Self::Integer,
            Self::Boolean,
            Self::Array,
            Self::Number,
            Self::Null,
        ]);
        any
    }

    /// Whether a value is of this type; 3.0 is an integer.
    pub(super) fn includes(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Null, Value::Null)
            | (Self::Boolean, Value::Bool(_))
            | (Self::Number, Value::Number(_))
            | (Self::Text, Value::String(_))
            | (Self::Array, Value::Array(_))
            | (Self::Object, Value::Object(_)) => true,
            (Self::Integer, Value::Number(number)) => {
                number.as_f64().is_some_and(|number| number.fract() == 0.0)
            }
            _ => false,
        }
    }
}
