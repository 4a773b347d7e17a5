//! What a user decides about judging: severities, what must be shown, what is excused and accepted.

use super::{Baseline, Register, Rule, Severity, State};
use crate::exchange::{Digest, fits_glob};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Everything that a run can be told. The default judges by the rules' own severities and requires
/// no state.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Severity of a rule in place of its default.
    pub severities: BTreeMap<Rule, Severity>,
    /// Rules that find nothing: of those that are information by default, the ones switched off.
    pub off: BTreeSet<Rule>,
    /// Severities for a part of the API; the last that fits wins, over `severities` too.
    pub overrides: Vec<Override>,
    /// The states that a documented code may be in; `None` requires nothing.
    pub required: Option<Vec<State>>,
    /// Codes that need not be shown.
    pub excuses: Vec<Excuse>,
    /// Older proofs are stale.
    pub max_age: Option<Duration>,
    /// Known findings.
    pub baseline: Baseline,
    /// What was promised when; proofs of before a promise's change are stale.
    pub register: Option<Register>,
}

/// A severity for some findings of a rule. What is `None` fits all.
#[derive(Debug, Clone)]
pub struct Override {
    /// Which rule.
    pub rule: Rule,
    /// Id of the operation.
    pub operation: Option<String>,
    /// Status code, or a range such as `5XX`.
    pub code: Option<String>,
    /// Path template of the operation, in which `*` stands for any characters.
    pub path: Option<String>,
    /// The severity; `None` finds nothing, which only rules that are information by default can be told.
    pub severity: Option<Severity>,
}

/// A documented code that need not be shown, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excuse {
    /// Id of the operation; `*` for all.
    pub operation: String,
    /// The code as the ledger writes it.
    pub code: String,
    /// Why.
    pub reason: String,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Id of the operation; empty where there is none.
    pub operation: &'a str,
    /// Method of the operation, or of the request where there is none.
    pub method: &'a str,
    /// Path template, or the request's path where there is no operation.
    pub path: &'a str,
    /// Status code; empty where there is none.
    pub code: &'a str,
}

impl Subject<'_> {
    /// A spec, and no exchange.
    pub const NONE: Self = Self { operation: "", method: "", path: "", code: "" };
}

impl Settings {
    /// The severity of a finding: `natural` unless something else was set.
    pub fn severity(&self, rule: Rule, natural: Severity, subject: Subject<'_>) -> Severity {
        let particular = self.overrides.iter().rev().find(|o| o.fits(rule, subject));
        match particular {
            Some(particular) => particular.severity.unwrap_or(natural),
            None => self.severities.get(&rule).copied().unwrap_or(natural),
        }
    }

    /// Whether nothing is to be found by a rule here. What is an error or a warning by default can be
    /// milder, and is never silent.
    pub fn is_off(&self, rule: Rule, subject: Subject<'_>) -> bool {
        let particular = self.overrides.iter().rev().find(|o| o.fits(rule, subject));
        let off = match particular {
            Some(particular) => particular.severity.is_none(),
            None => self.off.contains(&rule) && !self.severities.contains_key(&rule),
        };
        off && rule.can_be_off()
    }

    /// What tells whether two results were come to in the same way: the digest of these settings and
    /// of the version that judges by them.
    pub fn digest(&self) -> Digest {
        // The debug form names every setting, also those that are yet to come.
        Digest::of(format!("{} {self:?}", env!("CARGO_PKG_VERSION")).as_bytes())
    }

    /// The excuse for a ledger row.
    pub fn excuse(&self, operation: &str, code: &str) -> Option<&Excuse> {
        self.excuses.iter().find(|excuse| excuse.fits(operation, code))
    }
}

impl Override {
    fn fits(&self, rule: Rule, subject: Subject<'_>) -> bool {
        let is = |wanted: &Option<String>, test: &dyn Fn(&str) -> bool| {
            wanted.as_deref().is_none_or(test)
        };
        self.rule == rule
            && is(&self.operation, &|operation| operation == subject.operation)
            && is(&self.code, &|code| code_fits(code, subject.code))
            && is(&self.path, &|path| fits_glob(path, subject.path))
    }
}

impl Excuse {
    /// Reads `OPERATION:CODE=REASON`; `None` when a part is missing.
    pub fn parse(text: &str) -> Option<Self> {
        let (place, reason) = text.split_once('=')?;
        let (operation, code) = place.rsplit_once(':')?;
        let [operation, code, reason] = [operation.trim(), code.trim(), reason.trim()];
        let whole = !operation.is_empty() && !code.is_empty() && !reason.is_empty();
        whole.then(|| Self {
            operation: operation.to_owned(),
            code: code.to_owned(),
            reason: reason.to_owned(),
        })
    }

    /// Whether the excuse is for this ledger row.
    pub fn fits(&self, operation: &str, code: &str) -> bool {
        (self.operation == "*" || self.operation == operation)
            && self.code.eq_ignore_ascii_case(code)
    }
}

/// Whether a code is the one wanted, or in the wanted range (`4XX`).
fn code_fits(wanted: &str, code: &str) -> bool {
    wanted.eq_ignore_ascii_case(code)
        || (wanted.len() == 3
            && code.len() == 3
            && wanted[1..].eq_ignore_ascii_case("XX")
            && wanted.as_bytes()[0] == code.as_bytes()[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBJECT: Subject<'_> =
        Subject { operation: "ListCrates", method: "GET", path: "/v1/{depot}/crates", code: "404" };

    fn particular(operation: &str, code: &str, path: &str) -> Override {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Override {
            rule: Rule::ErrorBody,
            operation: some(operation),
            code: some(code),
            path: some(path),
            severity: Some(Severity::Info),
        }
    }

    #[test]
    fn the_last_that_fits_wins() {
        let mut settings = Settings::default();
        let severity =
            |settings: &Settings| settings.severity(Rule::ErrorBody, Severity::Error, SUBJECT);
        assert_eq!(severity(&settings), Severity::Error);
        settings.severities.insert(Rule::ErrorBody, Severity::Warning);
        assert_eq!(severity(&settings), Severity::Warning);
        settings.overrides.push(particular("", "4xx", ""));
        assert_eq!(severity(&settings), Severity::Info);
        let error =
            Override { severity: Some(Severity::Error), ..particular("ListCrates", "", "") };
        settings.overrides.push(error);
        assert_eq!(severity(&settings), Severity::Error);
    }

    #[test]
    fn only_information_can_be_switched_off() {
        let mut settings = Settings::default();
        let off = |rule, path: &str| Override { rule, severity: None, ..particular("", "", path) };
        settings.overrides.push(off(Rule::UndocumentedField, "/v1/*"));
        settings.overrides.push(off(Rule::ErrorBody, ""));
        assert!(settings.is_off(Rule::UndocumentedField, SUBJECT));
        assert!(!settings.is_off(Rule::UndocumentedField, Subject { path: "/v2", ..SUBJECT }));
        assert!(!settings.is_off(Rule::ErrorBody, SUBJECT));
        assert_eq!(settings.severity(Rule::ErrorBody, Severity::Error, SUBJECT), Severity::Error);
        settings.off.insert(Rule::NoPromise);
        assert!(settings.is_off(Rule::NoPromise, SUBJECT));
    }

    #[test]
    fn what_an_override_fits() {
        for (operation, code, path, fits) in [
            ("", "", "", true),
            ("ListCrates", "404", "/v1/{depot}/crates", true),
            ("ListCrate", "", "", false),
            ("", "5XX", "", false),
            ("", "", "/v1/*", true),
            ("", "", "*crates", true),
            ("", "", "/*/{depot}/*", true),
            ("", "", "/v1/*/boxes", false),
            ("", "", "/v1", false),
        ] {
            let fitted = particular(operation, code, path).fits(Rule::ErrorBody, SUBJECT);
            assert_eq!(fitted, fits, "{operation} {code} {path}");
        }
        assert!(!particular("", "", "").fits(Rule::ContentType, SUBJECT));
    }

    #[test]
    fn excuses() {
        let excuse = Excuse::parse("GET /x:cancel:503=cannot be provoked = really").unwrap();
        assert_eq!(excuse.operation, "GET /x:cancel");
        assert_eq!(
            (excuse.code.as_str(), excuse.reason.as_str()),
            ("503", "cannot be provoked = really")
        );
        assert!(Excuse::parse("*:5xx=r").unwrap().fits("Any", "5XX"));
        for text in ["A:404", "A=r", ":404=r", "A:=r", "A:404= "] {
            assert_eq!(Excuse::parse(text), None, "{text}");
        }
    }
}
