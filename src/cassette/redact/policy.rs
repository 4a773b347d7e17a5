use super::finding::rules::{DEFAULT_RULES, rule_ids};
use super::{Redactor, RuleError, RuleSet, Secret};
use crate::cassette::Rules;

/// Most entries of a list in a cassette's header that are heeded: it is hostile input.
const MOST_OFF: usize = 1000;

/// What is to be kept out of recordings: the values that the user named, and the rules in force.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    secrets: Vec<(String, Secret)>,
    /// Secrets besides those that the user named.
    others: Vec<(String, Secret)>,
    rules: RuleSet,
}

impl Policy {
    /// A policy of named values (`--secret-env`) and rules (`testimony.toml`).
    pub fn new(secrets: Vec<(String, Secret)>, rules: RuleSet) -> Self {
        Self { secrets, others: Vec::new(), rules }
    }

    /// The same with secrets that no cassette need name.
    #[must_use]
    pub fn knowing(mut self, others: Vec<(String, Secret)>) -> Self {
        self.others.extend(others);
        self
    }

    /// The same with the rules that a cassette carries in force as well. Ids that this version does not
    /// know are passed over where they switch a rule off: more is redacted then, not less.
    pub fn with(&self, carried: &Rules) -> Result<Self, RuleError> {
        let known = rule_ids();
        let own = |id: &String| carried.redact_custom.iter().any(|rule| rule.id == *id);
        let off = carried.redact_off.iter().take(MOST_OFF);
        let off: Vec<String> = off.filter(|id| known.contains(id) || own(id)).cloned().collect();
        let mut rules = self.rules.clone();
        rules.add(&off, &carried.redact_custom)?;
        Ok(Self { rules, ..self.clone() })
    }

    /// Writes the rules in force down, for a cassette's header: no values.
    pub fn note(&self, rules: &mut Rules) {
        let named = self.secrets.iter().map(|(name, _)| format!("env.{name}"));
        for id in std::iter::once(DEFAULT_RULES.to_owned()).chain(named) {
            if !rules.redact.contains(&id) {
                rules.redact.push(id);
            }
        }
        rules.redact_off = self.rules.off().to_vec();
        rules.redact_custom = self.rules.custom().to_vec();
    }

    /// A redactor for one session.
    pub fn redactor(&self) -> Redactor {
        let secrets = self.secrets.iter().chain(&self.others).cloned().collect();
        Redactor::with_rules(self.rules.clone(), secrets)
    }
}
