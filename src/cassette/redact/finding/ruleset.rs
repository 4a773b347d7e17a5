//! The rules of one session: which of the default ones are off, and those that the user added.

use super::members::{self, Member};
use super::rules;
use super::{Find, Sort};
use crate::exchange::{fits_glob_in_any_case as matches, percent_decoded};
use regex::bytes::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json_path::{JsonPath, PathElement};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

/// Most rules of a user's.
const MOST_RULES: usize = 200;
/// Longest id, name, pattern or path, in bytes.
const LONGEST: usize = 1000;
/// Most memory that a compiled pattern may take, in bytes.
const PATTERN_SIZE: usize = 1024 * 1024;
/// Longest body that a JSON path is asked of, in bytes.
const JSON_LIMIT: usize = 16 * 1024 * 1024;

/// A rule of the user's, as it is written in `testimony.toml` and in a cassette's header. One of
/// `header`, `query`, `form`, `json` and `regex` says what is secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomRule {
    /// Its id: letters, digits, `.`, `-` and `_`.
    pub id: String,
    /// Name of a header, `*` for any characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Name of a query parameter, the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Name of a form's field, the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// A `JSONPath` (RFC 9535) into a body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<String>,
    /// Regular expression over every text: the group `secret`, or the whole match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// Only for hosts like this, `*` for any characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Only for paths like this, the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Whether the value is replaced wherever else it stands; so it is unless this is `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carry: Option<bool>,
}

/// Why rules can't be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// There is no rule of this id.
    #[error("no redaction rule has the id `{id}`")]
    Unknown {
        /// The id.
        id: String,
        /// Ids that are spelt like it.
        near: Vec<String>,
    },
    /// An id that can't be one, or that a rule has already.
    #[error(
        "`{0}` is no id for a redaction rule: it is taken, or has other characters than letters, digits, `.`, `-`, `_`"
    )]
    Id(String),
    /// None or several of the keys that say what is secret.
    #[error(
        "redaction rule `{0}` needs exactly one of `header`, `query`, `form`, `json` and `regex`"
    )]
    Kind(String),
    /// A pattern or path that can't be read.
    #[error("redaction rule `{id}`: `{key}`: {cause}")]
    Pattern {
        /// The rule.
        id: String,
        /// Its key.
        key: &'static str,
        /// What is wrong.
        cause: String,
    },
    /// More rules than are taken.
    #[error("more than {MOST_RULES} redaction rules")]
    Many,
}

/// The rules in force besides the default ones, and which of those are not.
#[derive(Debug, Default, Clone)]
pub struct RuleSet {
    off: Vec<String>,
    texts: Vec<CustomRule>,
    custom: Vec<Compiled>,
}

#[derive(Debug, Clone)]
struct Compiled {
    id: String,
    target: Target,
    host: Option<String>,
    path: Option<String>,
    carried: bool,
}

#[derive(Debug, Clone)]
enum Target {
    Header(String),
    Query(String),
    Form(String),
    /// The path, and the name of the member that it leads to.
    Json(JsonPath, Option<String>),
    Regex(Regex),
}

/// What an exchange is about: rules may hold for some hosts and paths only.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope<'a> {
    host: &'a str,
    path: &'a str,
}

impl<'a> Scope<'a> {
    /// The scope of a request target: a whole URL.
    pub fn of(target: &'a str) -> Self {
        let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let host = authority.rsplit('@').next().unwrap_or(authority);
        let host = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        Self { host, path: path.split('?').next().unwrap_or(path) }
    }
}

impl RuleSet {
    /// Rules to switch off, by id, and rules to add.
    pub fn new(off: &[String], custom: &[CustomRule]) -> Result<Self, RuleError> {
        let mut set = Self::default();
        set.add(off, custom)?;
        Ok(set)
    }

    /// Adds to the rules: a cassette's own and the project's are in force together. A rule that is
    /// there already is not added again.
    pub fn add(&mut self, off: &[String], custom: &[CustomRule]) -> Result<(), RuleError> {
        let known = rules::rule_ids();
        for rule in custom {
            if self.texts.contains(rule) {
                continue;
            }
            if self.texts.len() >= MOST_RULES {
                return Err(RuleError::Many);
            }
            let taken =
                known.contains(&rule.id) || self.texts.iter().any(|other| other.id == rule.id);
            if taken || !is_id(&rule.id) {
                return Err(RuleError::Id(rule.id.chars().take(80).collect()));
            }
            self.custom.push(compiled(rule)?);
            self.texts.push(rule.clone());
        }
        for id in off {
            let own = self.texts.iter().any(|rule| rule.id == *id);
            if !own && !known.contains(id) {
                return Err(RuleError::Unknown {
                    id: id.chars().take(80).collect(),
                    near: nearest(id, &known),
                });
            }
            if !self.off.contains(id) {
                self.off.push(id.clone());
            }
        }
        Ok(())
    }

    /// The ids of the rules that are switched off.
    pub fn off(&self) -> &[String] {
        &self.off
    }

    /// The user's rules.
    pub fn custom(&self) -> &[CustomRule] {
        &self.texts
    }

    /// Whether a rule of the user's needs a whole body to find anything in it.
    pub fn needs_whole(&self, scope: Scope<'_>) -> bool {
        let needs = |rule: &Compiled| matches!(rule.target, Target::Json(..)) && rule.is_for(scope);
        self.custom.iter().any(needs)
    }

    /// Adds what the user's rules find, and takes away what rules found that are off.
    pub(super) fn apply(
        &self,
        text: &[u8],
        sort: Sort<'_>,
        scope: Scope<'_>,
        found: &mut Vec<Find>,
    ) {
        for rule in self.custom.iter().filter(|rule| rule.is_for(scope)) {
            rule.find(text, sort, found);
        }
        if !self.off.is_empty() {
            found.retain(|find| !self.off.iter().any(|id| *id == find.rule));
        }
    }
}

impl Compiled {
    fn is_for(&self, scope: Scope<'_>) -> bool {
        let fits =
            |glob: &Option<String>, text| glob.as_ref().is_none_or(|glob| matches(glob, text));
        fits(&self.host, scope.host) && fits(&self.path, scope.path)
    }

    fn find(&self, text: &[u8], sort: Sort<'_>, found: &mut Vec<Find>) {
        match (&self.target, sort) {
            (Target::Header(glob), Sort::Header(name)) if matches(glob, name) => {
                self.push(text.to_vec(), 0..text.len(), false, found);
            }
            (Target::Query(glob), Sort::Target) => {
                let start =
                    text.iter().position(|byte| *byte == b'?').map_or(text.len(), |at| at + 1);
                self.pairs(glob, text, start, found);
            }
            (Target::Form(glob), Sort::Form) => self.pairs(glob, text, 0, found),
            (Target::Form(glob), Sort::Json) => self.parts(glob, text, found),
            (Target::Json(path, name), Sort::Json | Sort::Form) => {
                if !self.json(path, text, found)
                    && let Some(name) = name
                {
                    self.members(name, text, found);
                }
            }
            (Target::Regex(pattern), _) => {
                for hit in pattern.captures_iter(text) {
                    let Some(secret) = hit.name("secret").or_else(|| hit.get(0)) else { continue };
                    self.push(secret.as_bytes().to_vec(), secret.range(), false, found);
                }
            }
            _ => {}
        }
    }

    fn push(&self, value: Vec<u8>, range: Range<usize>, bare: bool, found: &mut Vec<Find>) {
        if !range.is_empty() {
            let rule = Cow::Owned(self.id.clone());
            found.push(Find { range, value, rule, carried: self.carried, bare });
        }
    }

    fn pairs(&self, glob: &str, text: &[u8], start: usize, found: &mut Vec<Find>) {
        let decode =
            |bytes: &[u8]| percent_decoded(&String::from_utf8_lossy(bytes).replace('+', " "));
        let mut at = start;
        for pair in text[start..].split(|byte| *byte == b'&') {
            if let Some(equals) = pair.iter().position(|byte| *byte == b'=')
                && matches(glob, &decode(&pair[..equals]))
            {
                let value = decode(&pair[equals + 1..]).into_bytes();
                self.push(value, at + equals + 1..at + pair.len(), false, found);
            }
            at += pair.len() + 1;
        }
    }

    /// Parts of a multipart form.
    fn parts(&self, glob: &str, text: &[u8], found: &mut Vec<Find>) {
        for (name, range) in super::inline::parts(text) {
            if matches(glob, &name) {
                self.push(text[range.clone()].to_vec(), range, false, found);
            }
        }
    }

    /// What the path leads to; `false` where the text can't be read as JSON.
    fn json(&self, path: &JsonPath, text: &[u8], found: &mut Vec<Find>) -> bool {
        if text.len() > JSON_LIMIT {
            return false;
        }
        let Ok(value) = serde_json::from_slice::<serde_json::Value>(text) else { return false };
        for node in path.query_located(&value) {
            let way: Vec<&PathElement<'_>> = node.location().iter().collect();
            let Some(range) = located(text, &way) else { continue };
            let raw = &text[range.clone()];
            match node.node() {
                serde_json::Value::String(string) => {
                    let inner = range.start + 1..range.end - 1;
                    self.push(string.clone().into_bytes(), inner, false, found);
                }
                serde_json::Value::Null => {}
                _ => self.push(raw.to_vec(), range, true, found),
            }
        }
        true
    }

    /// Of JSON that broke off, a part of a large one, or several in a row, nobody knows where a path
    /// leads: every member of the name that it ends with counts.
    fn members(&self, name: &str, text: &[u8], found: &mut Vec<Find>) {
        for Member { value, range, bare, is_whole } in members::named(name, text) {
            // The beginning of a value is not looked for elsewhere.
            let carried = self.carried && is_whole;
            let rule = Cow::Owned(self.id.clone());
            found.push(Find { range, value, rule, carried, bare });
        }
    }
}

/// Where in a JSON text the value stands to which this way leads.
fn located(text: &[u8], way: &[&PathElement<'_>]) -> Option<Range<usize>> {
    let mut raw: &RawValue = serde_json::from_slice(text).ok()?;
    for step in way {
        raw = match step {
            PathElement::Name(name) => {
                let members: HashMap<Cow<'_, str>, &RawValue> =
                    serde_json::from_str(raw.get()).ok()?;
                members.get(*name).copied()?
            }
            PathElement::Index(index) => {
                let items: Vec<&RawValue> = serde_json::from_str(raw.get()).ok()?;
                items.get(*index).copied()?
            }
        };
    }
    let start = (raw.get().as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let range = start..start + raw.get().len();
    (range.end <= text.len()).then_some(range)
}

fn compiled(rule: &CustomRule) -> Result<Compiled, RuleError> {
    let id = &rule.id;
    let failed = |key, cause: String| RuleError::Pattern { id: id.clone(), key, cause };
    let texts =
        [&rule.header, &rule.query, &rule.form, &rule.json, &rule.regex, &rule.host, &rule.path];
    if texts.into_iter().flatten().any(|text| text.is_empty() || text.len() > LONGEST) {
        return Err(failed("rule", format!("a text is empty or longer than {LONGEST} bytes")));
    }
    let target = match (&rule.header, &rule.query, &rule.form, &rule.json, &rule.regex) {
        (Some(name), None, None, None, None) => Target::Header(name.clone()),
        (None, Some(name), None, None, None) => Target::Query(name.clone()),
        (None, None, Some(name), None, None) => Target::Form(name.clone()),
        (None, None, None, Some(path), None) => {
            let parsed =
                JsonPath::parse(path).map_err(|error| failed("json", error.to_string()))?;
            Target::Json(parsed, members::last_name(path))
        }
        (None, None, None, None, Some(pattern)) => Target::Regex(
            RegexBuilder::new(pattern)
                .size_limit(PATTERN_SIZE)
                .dfa_size_limit(PATTERN_SIZE)
                .build()
                .map_err(|error| failed("regex", error.to_string()))?,
        ),
        _ => return Err(RuleError::Kind(id.clone())),
    };
    let (host, path) = (rule.host.clone(), rule.path.clone());
    Ok(Compiled { id: id.clone(), target, host, path, carried: rule.carry.unwrap_or(true) })
}

fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

/// The ids that share most with one that is not known.
fn nearest(id: &str, known: &[String]) -> Vec<String> {
    let mut scored: Vec<(f32, &String)> = known
        .iter()
        .map(|other| (similar::TextDiff::from_chars(id, other.as_str()).ratio(), other))
        .filter(|(score, _)| *score > 0.6)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(3).map(|(_, id)| id.clone()).collect()
}
