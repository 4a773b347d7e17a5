//! Rules as they are written: in TOML, where what is not known is an error with its line; in a
//! cassette's header, where it is kept and told; on a command line.

use super::Rules;
use super::matchers::{ALL, Key, Matchers};
use super::words::{BadValue, Scope};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt::{self, Write as _};

/// The keys of rules.
pub const KEYS: &[&str] = &[
    "ignore-header",
    "require-header",
    "present-header",
    "ignore-query",
    "ignore-form",
    "ignore-json",
    "unordered-json",
    "ignore-xml",
    "ignore-part",
    "ignore-text",
    "body",
    "bind",
];
/// The key of a scope, and of the list of rules with one.
const OPERATION: &str = "operation";

/// Why rules can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// There is no such key.
    #[error("`{0}` is no matching rule")]
    Key(String),
    /// A value that its key does not take.
    #[error("`{key}`: {cause}")]
    Value {
        /// The key.
        key: String,
        /// What is wrong.
        cause: BadValue,
    },
    /// A value of another kind than its key takes.
    #[error("`{0}` must be a text or a list of texts")]
    Shape(String),
    /// A text that is not of the form `KEY=VALUE` or `METHOD PATH-GLOB: KEY=VALUE`.
    #[error("`{0}` is no rule")]
    Form(String),
    /// More rules than are taken.
    #[error("more than {} matching rules", super::MOST_RULES)]
    Many,
}

impl RulesError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Key(_) => format!("the rules are `{}` (docs/matching.md)", KEYS.join("`, `")),
            Self::Value { key, .. } => match key.as_str() {
                "ignore-json" | "unordered-json" | "bind" => {
                    "JSON places are written as JSONPath, such as `$.items[*].id` or `$..nonce`: \
                     names, indices, slices and `*`, without filters"
                        .to_owned()
                }
                "ignore-xml" => {
                    "XML places are written as `/Envelope/Header`, `//Timestamp` or `//Order/@id`: \
                     names and `*`"
                        .to_owned()
                }
                "ignore-text" => "patterns are those of Rust's `regex`".to_owned(),
                _ => "docs/matching.md tells what each rule takes".to_owned(),
            },
            Self::Shape(_) => "docs/matching.md tells what each rule takes".to_owned(),
            Self::Form(_) => {
                "write `KEY=VALUE`, or `METHOD PATH-GLOB: KEY=VALUE` for some requests, such as \
                 `POST /v1/*: ignore-json=$.nonce`"
                    .to_owned()
            }
            Self::Many => "join names with `*`".to_owned(),
        }
    }
}

fn key(word: &str) -> Option<Key> {
    ALL.iter().find(|(known, _)| *known == word).map(|(_, key)| *key)
}

impl Matchers {
    fn put_word(&mut self, word: &str, value: &str) -> Result<(), RulesError> {
        let shown = || word.chars().take(80).collect();
        let key = key(word).ok_or_else(|| RulesError::Key(shown()))?;
        self.put(key, value).map_err(|cause| RulesError::Value { key: shown(), cause })
    }

    fn write(&self, out: &mut Map<String, Value>) {
        for (word, key) in ALL {
            let mut values: Vec<Value> = self.values(key).into_iter().map(Value::from).collect();
            match (key, values.is_empty()) {
                (_, true) => {}
                (Key::Body, false) => {
                    out.insert(word.to_owned(), values.swap_remove(0));
                }
                (_, false) => {
                    out.insert(word.to_owned(), Value::Array(values));
                }
            }
        }
    }
}

impl Rules {
    /// Adds a rule of a command line: `KEY=VALUE`, `METHOD PATH-GLOB: KEY=VALUE` or
    /// `OPERATION-ID: KEY=VALUE`.
    pub fn add(&mut self, text: &str) -> Result<(), RulesError> {
        let form = || RulesError::Form(text.chars().take(80).collect());
        let (head, value) = text.split_once('=').ok_or_else(form)?;
        match head.rsplit_once(':') {
            None if head.contains(char::is_whitespace) => Err(form()),
            None => self.general.put_word(head, value),
            Some((scope, word)) => {
                let bad = |cause| RulesError::Value { key: OPERATION.to_owned(), cause };
                let scope: Scope = scope.parse().map_err(bad)?;
                self.scoped(&scope).put_word(word.trim(), value)
            }
        }?;
        std::mem::take(self).measured().map(|measured| *self = measured)
    }

    /// The rules that a cassette's header carries, and what of it is not understood.
    pub fn carried(map: &Map<String, Value>) -> Result<(Self, Vec<String>), RulesError> {
        let (mut rules, mut unknown) = (Self::default(), Vec::new());
        for (word, value) in map {
            if word != OPERATION {
                carried(&mut rules.general, word, value, "", &mut unknown)?;
                continue;
            }
            let shape = || RulesError::Shape(OPERATION.to_owned());
            for (index, entry) in value.as_array().ok_or_else(shape)?.iter().enumerate() {
                let entry = entry.as_object().ok_or_else(shape)?;
                let scope = entry.get(OPERATION).and_then(Value::as_str).ok_or_else(shape)?;
                let bad = |cause| RulesError::Value { key: OPERATION.to_owned(), cause };
                let scope: Scope = scope.parse().map_err(bad)?;
                rules = rules.measured()?;
                let matchers = rules.scoped(&scope);
                for (word, value) in entry.iter().filter(|(word, _)| *word != OPERATION) {
                    let place = format!("{OPERATION}.{index}.");
                    carried(matchers, word, value, &place, &mut unknown)?;
                }
            }
        }
        Ok((rules.measured()?, unknown))
    }

    /// Writes the rules into a cassette's header; what is there and not understood stays.
    pub fn note(&self, map: &mut Map<String, Value>) {
        for (word, _) in ALL {
            map.shift_remove(word);
        }
        self.general.write(map);
        let old = match map.shift_remove(OPERATION) {
            Some(Value::Array(entries)) => entries,
            _ => Vec::new(),
        };
        let entry = |(scope, matchers): &(Scope, Matchers)| {
            let mut entry = Map::new();
            entry.insert(OPERATION.to_owned(), scope.as_str().into());
            matchers.write(&mut entry);
            let of_scope = old.iter().filter(|old| old[OPERATION] == scope.as_str());
            for (word, value) in of_scope.filter_map(Value::as_object).flatten() {
                if key(word).is_none() {
                    entry.insert(word.clone(), value.clone());
                }
            }
            Value::Object(entry)
        };
        let entries: Vec<Value> = self.operations.iter().map(entry).collect();
        if !entries.is_empty() {
            map.insert(OPERATION.to_owned(), Value::Array(entries));
        }
    }

    /// The rules as `testimony.toml` has them.
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        let put = |out: &mut String, matchers: &Matchers| {
            let mut map = Map::new();
            matchers.write(&mut map);
            for (word, value) in map {
                // What is valid in a JSON text without control characters is so in TOML.
                let _ = writeln!(out, "{word} = {}", value.to_string().replace("\",\"", "\", \""));
            }
        };
        if !self.general.is_empty() {
            out.push_str("[match]\n");
            put(&mut out, &self.general);
        }
        for (scope, matchers) in &self.operations {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str("[[match.operation]]\n");
            let _ = writeln!(out, "{OPERATION} = {}", Value::from(scope.as_str()));
            put(&mut out, matchers);
        }
        out
    }
}

fn carried(
    matchers: &mut Matchers,
    word: &str,
    value: &Value,
    place: &str,
    unknown: &mut Vec<String>,
) -> Result<(), RulesError> {
    if key(word).is_none() {
        unknown.push(format!("rules.match.{place}{word}"));
        return Ok(());
    }
    let shape = || RulesError::Shape(word.to_owned());
    match value {
        Value::Null => Ok(()),
        Value::String(text) => matchers.put_word(word, text),
        Value::Array(texts) if texts.len() > super::MOST_RULES => Err(RulesError::Many),
        Value::Array(texts) => texts
            .iter()
            .try_for_each(|text| matchers.put_word(word, text.as_str().ok_or_else(shape)?)),
        _ => Err(shape()),
    }
}

impl<'de> Deserialize<'de> for Rules {
    /// Reads `[match]` of `testimony.toml`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Section { matchers, operations, .. } =
            deserializer.deserialize_map(Sections { scoped: false })?;
        let mut rules = Self { general: matchers, ..Self::default() };
        for Scoped(scope, matchers) in operations {
            rules.scoped(&scope).add(&matchers);
        }
        rules.measured().map_err(D::Error::custom)
    }
}

/// What one table holds.
#[derive(Default)]
struct Section {
    scope: Option<Scope>,
    matchers: Matchers,
    operations: Vec<Scoped>,
}

struct Scoped(Scope, Matchers);

impl<'de> Deserialize<'de> for Scoped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let section = deserializer.deserialize_map(Sections { scoped: true })?;
        let scope = section.scope.ok_or_else(|| D::Error::missing_field(OPERATION))?;
        Ok(Self(scope, section.matchers))
    }
}

struct Sections {
    scoped: bool,
}

impl<'de> Visitor<'de> for Sections {
    type Value = Section;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of matching rules")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Section, A::Error> {
        let mut section = Section::default();
        while let Some(word) = map.next_key::<Word>()? {
            match word {
                Word::Operation if self.scoped => {
                    let Parsed(scope) = map.next_value()?;
                    section.scope = Some(scope);
                }
                Word::Operation => section.operations = map.next_value()?,
                Word::Key(word, key) => {
                    let Texts(texts) = map.next_value_seed(Values { word, key })?;
                    for text in texts {
                        section.matchers.put(key, &text).map_err(A::Error::custom)?;
                    }
                }
            }
        }
        Ok(section)
    }
}

/// A key of a table.
enum Word {
    Operation,
    Key(&'static str, Key),
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;
        impl Visitor<'_> for Words {
            type Value = Word;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a matching rule")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Word, E> {
                if text == OPERATION {
                    return Ok(Word::Operation);
                }
                let known = ALL.iter().find(|(word, _)| *word == text);
                known
                    .map(|(word, key)| Word::Key(word, *key))
                    .ok_or_else(|| E::unknown_field(text, KEYS))
            }
        }
        deserializer.deserialize_identifier(Words)
    }
}

struct Parsed<T>(T);

impl<'de, T: std::str::FromStr<Err = BadValue>> Deserialize<'de> for Parsed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}

/// The texts of one key: one, or a list. Each is tried where it stands, so that an error knows its line.
#[derive(Clone, Copy)]
struct Values {
    word: &'static str,
    key: Key,
}

struct Texts(Vec<String>);

impl Values {
    fn tried<E: serde::de::Error>(self, text: &str) -> Result<String, E> {
        let tried = Matchers::default().put(self.key, text);
        tried.map_err(|cause| E::custom(format!("`{}`: {cause}", self.word)))?;
        Ok(text.to_owned())
    }
}

impl<'de> serde::de::DeserializeSeed<'de> for Values {
    type Value = Texts;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Texts, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values {
    type Value = Texts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a list of texts")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Texts, E> {
        self.tried(text).map(|text| Texts(vec![text]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Texts, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = items.next_element_seed(One(self))? {
            texts.push(text);
        }
        Ok(Texts(texts))
    }
}

/// One text of a list.
struct One(Values);

impl<'de> serde::de::DeserializeSeed<'de> for One {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for One {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<String, E> {
        self.0.tried(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn carried(value: &Value) -> Result<(Rules, Vec<String>), RulesError> {
        Rules::carried(value.as_object().unwrap())
    }

    #[test]
    fn every_spelling_says_the_same() {
        let header = json!({
            "ignore-header": ["x-acs-action"], "require-header": ["Accept"],
            "present-header": ["authorization"], "ignore-query": ["_*", "ts"],
            "ignore-form": ["nonce"], "ignore-json": ["$.nonce", "$..ts"],
            "unordered-json": ["$.tags"], "ignore-part": ["stamp"], "ignore-text": ["t=\\d+"],
            "body": "json", "bind": ["json:$.name", "path:2"],
            "operation": [{"operation": "POST /v1/*", "ignore-query": ["x"]}],
        });
        let (rules, unknown) = carried(&header).unwrap();
        assert!(unknown.is_empty());
        let mut map = Map::new();
        rules.note(&mut map);
        assert_eq!(Value::Object(map), header);
        let toml: Map<String, Value> = toml::from_str(&rules.to_toml()).unwrap();
        let section: Rules = serde_json::from_value(toml["match"].clone()).unwrap();
        assert_eq!(section, rules);
        assert_eq!(toml["match"], header);
        let mut given = Rules::default();
        for (word, value) in header.as_object().unwrap() {
            for value in value.as_array().unwrap_or(&vec![value.clone()]) {
                match value.as_str() {
                    Some(text) => given.add(&format!("{word}={text}")).unwrap(),
                    None => given.add("POST /v1/*: ignore-query=x").unwrap(),
                }
            }
        }
        assert_eq!(given, rules);
        assert_eq!(ALL.map(|(word, _)| word), KEYS);
    }

    #[test]
    fn what_a_header_says_that_is_not_understood_is_told_and_kept() {
        let header = json!({
            "ignore-query": "a", "future": {"x": 1},
            "operation": [{"operation": "GET /a", "body": "bytes", "more": true}],
        });
        let (rules, unknown) = carried(&header).unwrap();
        assert_eq!(unknown, ["rules.match.future", "rules.match.operation.0.more"]);
        let mut map = header.as_object().unwrap().clone();
        rules.note(&mut map);
        assert_eq!(map["future"], json!({"x": 1}));
        assert_eq!(map["operation"][0]["more"], true);
        for bad in [
            json!({"ignore-json": ["$["]}),
            json!({"ignore-query": 1}),
            json!({"ignore-query": [1]}),
            json!({"operation": {}}),
            json!({"operation": [{"body": "json"}]}),
            json!({"ignore-query": vec!["a"; 501]}),
            json!({"operation": (0..300).map(|n| json!({"operation": format!("GET /{n}"), "body": "json"})).collect::<Vec<_>>()}),
        ] {
            assert!(carried(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn later_layers_add_and_override() {
        let rules = |texts: &[&str]| {
            let mut rules = Rules::default();
            for text in texts {
                rules.add(text).unwrap();
            }
            rules
        };
        let below =
            rules(&["require-header=Accept", "body=json", "ignore-query=a", "GET /x: body=text"]);
        let above = rules(&[
            "ignore-header=accept",
            "body=text",
            "ignore-query=b",
            "GET /x: ignore-query=c",
        ]);
        let joined = below.and(&above).unwrap();
        let expected = rules(&[
            "ignore-header=accept",
            "body=text",
            "ignore-query=a",
            "ignore-query=b",
            "GET /x: body=text",
            "GET /x: ignore-query=c",
        ]);
        assert_eq!(joined, expected);
    }

    #[test]
    fn a_rule_of_a_command_line_that_is_none_is_told() {
        for (text, expected) in [
            ("ignore-query", "`ignore-query` is no rule"),
            ("POST /x body=json", "`POST /x body=json` is no rule"),
            ("ignore=x", "`ignore` is no matching rule"),
            ("post /x: body=json", "`operation`: `post /x` is no operation"),
            ("POST /v1/x:cancel: body=jsn", "`body`: `jsn` is no kind of body"),
            ("ignore-json=$.a[", "`ignore-json`: `$.a[` is no JSONPath"),
            ("ignore-text=(", "`ignore-text`: `(` is no regular expression"),
        ] {
            let told = Rules::default().add(text).unwrap_err().to_string();
            assert!(told.starts_with(expected), "{text}: {told}");
        }
        let mut rules = Rules::default();
        rules.add("POST /v1/x:cancel: ignore-json=$.a['=']").unwrap();
        rules.add("CreateImage: body=ignore").unwrap();
        assert_eq!(rules.operations[0].0.as_str(), "POST /v1/x:cancel");
        assert_eq!(rules.unknown_operations().count(), 1);
    }
}
