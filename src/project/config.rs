//! `testimony.toml`, searched upwards from the working directory: what a project has decided once. A key that is not known is an error that names
//! its line, since a setting that is not heeded is worse than none.

use super::duration;
use crate::cassette::redact::{CustomRule, RuleError, RuleSet};
use crate::check::{
    Baseline, BaselineError, Excuse, Override, Register, RegisterError, Rule, Settings, Severity,
    State,
};
use crate::matching::Rules;
use serde::{Deserialize, Deserializer, de::Error as _};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Name of the file.
pub const FILE: &str = "testimony.toml";

/// Why a project's settings can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("{}: {cause}", path.display())]
    File {
        /// `testimony.toml`, or a baseline that it names.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{FILE}: line {line}: {message}")]
    Content {
        /// Where, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// The rules of `[redact]` can't be used.
    #[error("{FILE}: [redact]: {0}")]
    Redact(RuleError),
    /// A baseline is none.
    #[error("{}: {cause}", path.display())]
    Baseline {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: BaselineError,
    },
    /// A register can't be read.
    #[error("{}: {cause}", path.display())]
    NoRegister {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A register is none.
    #[error("{}: {cause}", path.display())]
    Register {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: RegisterError,
    },
}

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The folder that it is in; what it names is relative to it.
    #[serde(skip)]
    pub folder: PathBuf,
    /// Settings of `testimony check`.
    #[serde(default)]
    pub check: CheckSection,
    /// Rules of redaction.
    #[serde(default)]
    pub redact: RedactSection,
    /// What `testimony drift` is told.
    #[serde(default)]
    pub drift: DriftSection,
    /// Rules of matching.
    #[serde(default, rename = "match")]
    pub matching: Rules,
}

/// `[redact]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RedactSection {
    /// Default rules that are switched off, by id.
    #[serde(default)]
    pub off: Vec<String>,
    /// Rules of the project's: `[[redact.rule]]`.
    #[serde(default, rename = "rule")]
    pub rules: Vec<CustomRule>,
}

/// `[drift]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DriftSection {
    /// Places whose values are made up for every answer: `header:NAME`, or a path of JSON.
    #[serde(default)]
    pub volatile: Vec<String>,
}

/// `[check]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CheckSection {
    /// Baseline files, relative to the file's folder.
    #[serde(default, deserialize_with = "one_or_many")]
    pub baseline: Vec<PathBuf>,
    /// States that a documented code may be in.
    #[serde(default, deserialize_with = "states")]
    pub require: Option<Vec<State>>,
    /// `OPERATION:CODE=REASON`.
    #[serde(default, deserialize_with = "excuses")]
    pub excuse: Vec<Excuse>,
    /// Age beyond which a proof is stale.
    #[serde(default, deserialize_with = "age")]
    pub max_age: Option<Duration>,
    /// What was promised when, relative to the file's folder.
    pub register: Option<PathBuf>,
    /// Severity by rule.
    #[serde(default, deserialize_with = "severities")]
    pub severity: BTreeMap<Rule, Option<Severity>>,
    /// Severity by rule for a part of the API.
    #[serde(default, rename = "override")]
    pub overrides: Vec<OverrideEntry>,
}

/// `[[check.override]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct OverrideEntry {
    #[serde(deserialize_with = "rule")]
    rule: Rule,
    #[serde(deserialize_with = "severity")]
    severity: Option<Severity>,
    operation: Option<String>,
    #[serde(default, deserialize_with = "code")]
    code: Option<String>,
    path: Option<String>,
}

impl<'de> Deserialize<'de> for OverrideEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // What is derived for a remote type has this name, too.
        let entry = Self::deserialize(deserializer)?;
        if entry.severity.is_none() && !entry.rule.can_be_off() {
            return Err(D::Error::custom(never_off(entry.rule)));
        }
        Ok(entry)
    }
}

impl From<OverrideEntry> for Override {
    fn from(entry: OverrideEntry) -> Self {
        let OverrideEntry { rule, severity, operation, code, path } = entry;
        Self { rule, operation, code, path, severity }
    }
}

impl Config {
    /// Reads the nearest `testimony.toml` in a directory or above it; the default where there is none.
    pub fn read(directory: &Path) -> Result<Self, ConfigError> {
        let Some(folder) = Self::folder(directory) else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(folder.join(FILE))
            .map_err(|cause| ConfigError::File { path: FILE.into(), cause })?;
        Ok(Self { folder: folder.to_owned(), ..Self::parse(&text)? })
    }

    /// The folder of the nearest `testimony.toml`.
    pub fn folder(directory: &Path) -> Option<&Path> {
        directory.ancestors().find(|folder| folder.join(FILE).is_file())
    }

    /// The rules of `[redact]`.
    pub fn redaction(&self) -> Result<RuleSet, ConfigError> {
        RuleSet::new(&self.redact.off, &self.redact.rules).map_err(ConfigError::Redact)
    }

    /// The settings of `[check]`, with the baselines that it names.
    pub fn settings(self) -> Result<Settings, ConfigError> {
        let Self { folder, check, .. } = self;
        let mut baseline = Baseline::default();
        for path in &check.baseline {
            baseline.extend(read_baseline(&folder, path)?);
        }
        let register = check.register.map(|path| read_register(&folder, &path)).transpose()?;
        Ok(Settings {
            register,
            off: check
                .severity
                .iter()
                .filter(|(_, s)| s.is_none())
                .map(|(rule, _)| *rule)
                .collect(),
            severities: check.severity.into_iter().filter_map(|(r, s)| Some((r, s?))).collect(),
            overrides: check.overrides.into_iter().map(Into::into).collect(),
            required: check.require,
            excuses: check.excuse,
            max_age: check.max_age,
            baseline,
        })
    }

    fn parse(text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| {
                let before = text.as_bytes().iter().take(span.start);
                before.filter(|byte| **byte == b'\n').count() + 1
            });
            let message = error.message().lines().collect::<Vec<_>>().join(" ");
            ConfigError::Content { line, message }
        })
    }
}

/// Reads a baseline; `path` may be relative to `folder`.
pub fn read_baseline(folder: &Path, path: &Path) -> Result<Baseline, ConfigError> {
    let bytes = std::fs::read(folder.join(path))
        .map_err(|cause| ConfigError::File { path: path.to_owned(), cause })?;
    Baseline::parse(&bytes).map_err(|cause| ConfigError::Baseline { path: path.to_owned(), cause })
}

/// Reads a register of promises; `path` may be relative to `folder`.
pub fn read_register(folder: &Path, path: &Path) -> Result<Register, ConfigError> {
    let bytes = std::fs::read(folder.join(path))
        .map_err(|cause| ConfigError::NoRegister { path: path.to_owned(), cause })?;
    Register::parse(&bytes).map_err(|cause| ConfigError::Register { path: path.to_owned(), cause })
}

#[derive(Deserialize)]
struct Word(String);

fn read<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    what: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, D::Error> {
    let Word(word) = Word::deserialize(deserializer)?;
    parse(&word).ok_or_else(|| D::Error::custom(format!("`{word}` is not {what}")))
}

const SEVERITY: &str = "a severity: `error`, `warning`, `info` or `off`";
const RULE: &str = "a rule (`testimony check --explain` lists them)";

fn rule<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rule, D::Error> {
    read(deserializer, RULE, Rule::parse)
}

fn severity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Severity>, D::Error> {
    read(deserializer, SEVERITY, severity_or_off)
}

/// A severity; `off` is none.
#[expect(clippy::option_option, reason = "no word of either, and no severity")]
fn severity_or_off(word: &str) -> Option<Option<Severity>> {
    if word == "off" { Some(None) } else { Severity::parse(word).map(Some) }
}

fn never_off(rule: Rule) -> String {
    let can: Vec<&str> =
        Rule::ALL.into_iter().filter(|rule| rule.can_be_off()).map(Rule::id).collect();
    format!("`{rule}` can be `info` and not `off`, which is for {}", can.join(" and "))
}

fn severities<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<Rule, Option<Severity>>, D::Error> {
    let words = BTreeMap::<String, String>::deserialize(deserializer)?;
    let entry = |(id, word): (String, String)| {
        let rule = Rule::parse(&id).ok_or_else(|| format!("`{id}` is not {RULE}"))?;
        let severity =
            severity_or_off(&word).ok_or_else(|| format!("`{word}` is not {SEVERITY}"))?;
        if severity.is_none() && !rule.can_be_off() {
            return Err(never_off(rule));
        }
        Ok((rule, severity))
    };
    words.into_iter().map(entry).collect::<Result<_, String>>().map_err(D::Error::custom)
}

fn states<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<State>>, D::Error> {
    let words = Vec::<String>::deserialize(deserializer)?;
    let state = |word: &String| {
        State::parse(word)
            .ok_or_else(|| D::Error::custom(format!("`{word}` is not a ledger state")))
    };
    words.iter().map(state).collect::<Result<_, _>>().map(Some)
}

fn excuses<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Excuse>, D::Error> {
    let words = Vec::<String>::deserialize(deserializer)?;
    let excuse = |word: &String| {
        let what = "an excuse: `OPERATION:CODE=REASON`";
        Excuse::parse(word).ok_or_else(|| D::Error::custom(format!("`{word}` is not {what}")))
    };
    words.iter().map(excuse).collect()
}

fn age<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let Word(word) = Word::deserialize(deserializer)?;
    duration::parse(&word).map(Some).map_err(D::Error::custom)
}

fn code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let is_code = |word: &str| {
        let digit = |b: u8| b.is_ascii_digit();
        let bytes = word.as_bytes();
        let range = bytes.len() == 3 && digit(bytes[0]) && word[1..].eq_ignore_ascii_case("XX");
        (range || (bytes.len() == 3 && word.bytes().all(digit))).then(|| word.to_owned())
    };
    read(deserializer, "a status code or a range such as `5XX`", is_code).map(Some)
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PathBuf>, D::Error> {
    struct Paths;
    impl<'de> serde::de::Visitor<'de> for Paths {
        type Value = Vec<PathBuf>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a file name, or a list of them")
        }
        fn visit_str<E>(self, word: &str) -> Result<Self::Value, E> {
            Ok(vec![PathBuf::from(word)])
        }
        fn visit_seq<A: serde::de::SeqAccess<'de>>(
            self,
            mut items: A,
        ) -> Result<Self::Value, A::Error> {
            let mut paths = Vec::new();
            while let Some(path) = items.next_element()? {
                paths.push(path);
            }
            Ok(paths)
        }
    }
    deserializer.deserialize_any(Paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_read() {
        let config = Config::parse(
            r#"
[check]
baseline = "known.json"
require = ["proven", "simulated"]
excuse = ["ListCrates:503=cannot be provoked"]
max-age = "30d"
register = "specs/promises.json"

[check.severity]
undocumented-field = "error"

[[check.override]]
rule = "error-body"
operation = "ListCrates"
code = "5xx"
path = "/v1/*"
severity = "warning"
"#,
        )
        .unwrap()
        .check;
        assert_eq!(config.baseline, [PathBuf::from("known.json")]);
        assert_eq!(config.require, Some(vec![State::Proven, State::Simulated]));
        assert_eq!(config.excuse[0].reason, "cannot be provoked");
        assert_eq!(config.register.as_deref(), Some(Path::new("specs/promises.json")));
        assert_eq!(config.max_age, Some(Duration::from_secs(30 * 86_400)));
        assert_eq!(config.severity[&Rule::UndocumentedField], Some(Severity::Error));
        let particular = Override::from(config.overrides.into_iter().next().unwrap());
        assert_eq!(particular.code.as_deref(), Some("5xx"));
        assert_eq!(particular.severity, Some(Severity::Warning));
    }

    #[test]
    fn what_is_not_known_is_named_with_its_line() {
        let cases = [
            ("[check]\nbaselines = 1\n", "line 2: unknown field `baselines`"),
            ("\n\n[chek]\n", "line 3: unknown field `chek`"),
            ("[check]\nrequire = [\"perfect\"]\n", "line 2: `perfect` is not a ledger state"),
            ("[check]\nmax-age = \"30 days\"\n", "line 2: `30 days` is not a time"),
            ("[check.severity]\nrule-66 = \"error\"\n", "`rule-66` is not a rule"),
            ("[check.severity]\nerror-body = \"fatal\"\n", "`fatal` is not a severity"),
            (
                "[check.severity]\nerror-body = \"off\"\n",
                "`error-body` can be `info` and not `off`",
            ),
            (
                "[[check.override]]\nrule = \"error-body\"\nseverity = \"off\"\n",
                "`error-body` can be `info` and not `off`",
            ),
            ("[check]\nexcuse = [\"x\"]\n", "line 2: `x` is not an excuse"),
            ("[[check.override]]\nrule = \"error-body\"\n", "missing field `severity`"),
            (
                "[[check.override]]\nrule = \"error-body\"\nseverity = \"info\"\ncode = \"4\"\n",
                "line 4: `4` is not a status code",
            ),
            ("[redact]\nof = []\n", "line 2: unknown field `of`"),
            ("[[redact.rule]]\nid = \"a\"\nheadr = \"x\"\n", "line 3: unknown field `headr`"),
            ("[match]\nignore-querry = [\"a\"]\n", "line 2: unknown field `ignore-querry`"),
            ("[match]\nignore-query = 1\n", "line 2: invalid type: integer `1`"),
            (
                "[match]\nignore-json = [\n  \"$.a\",\n  \"$.b[\"]\n",
                "line 4: `ignore-json`: `$.b[` is no JSONPath",
            ),
            ("[match]\nbody = \"yaml\"\n", "line 2: `body`: `yaml` is no kind of body"),
            ("[[match.operation]]\nbody = \"json\"\n", "missing field `operation`"),
            ("[[match.operation]]\noperation = \"get /x\"\n", "line 2: `get /x` is no operation"),
            ("[check\n", "line 1"),
        ];
        for (text, expected) in cases {
            let failure = Config::parse(text).unwrap_err().to_string();
            assert!(failure.contains(expected), "{text}: {failure}");
            assert!(failure.starts_with("testimony.toml: line "), "{failure}");
        }
    }
}
