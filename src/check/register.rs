//! What was promised when, as far as a project has noted it: a proof that is older than a change of its promise
//! is stale, and a spec alone does not say when it changed.

use super::catalogue::{Catalogue, Row};
use crate::exchange::Digest;
use crate::spec::{Promises, Spec};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// The promises of some specs as they were noted, by digest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Register {
    /// When it was written.
    noted: jiff::Timestamp,
    promises: BTreeMap<Operation, BTreeMap<String, Vec<Entry>>>,
}

/// Of which operation: title of the spec, id, method, path.
type Operation = (String, String, String, String);

/// A promise for a code. A project may have two specs that say different things of one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    promise: Digest,
    since: Option<jiff::Timestamp>,
}

/// A change of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It was then, or before.
    At(jiff::Timestamp),
    /// It came after that moment, and nobody knows when.
    After(jiff::Timestamp),
}

/// Why a text is no register; each message lacks only the file's name.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Not JSON of the right shape.
    #[error("not what `check --write-register` writes: {0}")]
    Shape(#[from] serde_json::Error),
    /// Of a version to come.
    #[error("a register of version {0}, this tool reads version 1")]
    Newer(u32),
    /// A time that is none.
    #[error("`{0}` is not a time such as 2027-01-31T10:00:00Z")]
    Time(String),
    /// A digest that is none.
    #[error("promise {position}: `{promise}` is no `sha256:` and 64 hex digits")]
    Digest {
        /// Position in the list, from 1.
        position: usize,
        /// What stands there.
        promise: String,
    },
}

#[derive(Serialize, Deserialize)]
struct File {
    register: u32,
    noted: String,
    promises: Vec<FileEntry>,
}

#[derive(Serialize, Deserialize)]
struct FileEntry {
    spec: String,
    operation: String,
    method: String,
    path: String,
    code: String,
    promise: String,
    since: Option<String>,
}

impl Change {
    /// Whether what was seen at that moment says nothing of the promise as it is now.
    pub fn outdates(self, seen: jiff::Timestamp) -> bool {
        match self {
            Self::At(change) => seen < change,
            Self::After(_) => true,
        }
    }
}

impl Register {
    /// Reads what [`Register::to_json`] writes. `since: null` is of a promise that was so when it was first noted.
    pub fn parse(bytes: &[u8]) -> Result<Self, RegisterError> {
        let file: File = serde_json::from_slice(bytes)?;
        if file.register != 1 {
            return Err(RegisterError::Newer(file.register));
        }
        let mut register = Self { noted: time(&file.noted)?, promises: BTreeMap::new() };
        for (index, entry) in file.promises.into_iter().enumerate() {
            let Some(promise) = Digest::parse(&entry.promise) else {
                return Err(RegisterError::Digest { position: index + 1, promise: entry.promise });
            };
            let since = entry.since.as_deref().map(time).transpose()?;
            let operation = (entry.spec, entry.operation, entry.method, entry.path);
            let codes = register.promises.entry(operation).or_default();
            codes.entry(entry.code).or_default().push(Entry { promise, since });
        }
        Ok(register)
    }

    /// The register as JSON, a promise in a line, in one order.
    pub fn to_json(&self) -> String {
        let mut lines = Vec::new();
        for ((spec, operation, method, path), codes) in &self.promises {
            for (code, entries) in codes {
                for Entry { promise, since } in entries {
                    let entry = FileEntry {
                        spec: spec.clone(),
                        operation: operation.clone(),
                        method: method.clone(),
                        path: path.clone(),
                        code: code.clone(),
                        promise: promise.to_string(),
                        since: since.map(|since| since.to_string()),
                    };
                    // Strings and a time: nothing in it can fail to be written.
                    lines.push(serde_json::to_string(&entry).unwrap_or_default());
                }
            }
        }
        let noted = self.noted;
        format!(
            "{{\"register\": 1, \"noted\": \"{noted}\", \"promises\": [\n{}\n]}}\n",
            lines.join(",\n")
        )
    }

    /// The register after these specs were read, at the moment `now`: what has changed has changed then, unless the
    /// spec says when (`x-changed`). What is of other specs stays.
    #[must_use]
    pub fn renewed(&self, specs: &[Spec], now: jiff::Timestamp) -> Self {
        let catalogue = Catalogue::of(specs);
        let changes = changes(&catalogue, Some(self));
        let mut renewed: BTreeMap<Operation, BTreeMap<String, Vec<Entry>>> = BTreeMap::new();
        for ((row, change), promise) in catalogue.rows.iter().zip(changes).zip(digests(&catalogue))
        {
            let (operation, code) = (key(&catalogue, row), row.promise.code.to_string());
            let since = match change {
                Some(Change::At(change)) => Some(change),
                Some(Change::After(_)) => Some(now),
                None => None,
            };
            let entries = renewed.entry(operation).or_default().entry(code).or_default();
            if !entries.iter().any(|entry| entry.promise == promise) {
                entries.push(Entry { promise, since });
            }
        }
        for (operation, codes) in &self.promises {
            renewed.entry(operation.clone()).or_insert_with(|| codes.clone());
        }
        Self { noted: now, promises: renewed }
    }

    /// How many operations of these specs it has nothing of.
    pub fn lacking(&self, specs: &[Spec]) -> usize {
        let operations =
            specs.iter().flat_map(|spec| spec.operations.iter().map(move |o| (spec, o)));
        let name = |(spec, operation): (&Spec, &crate::spec::Operation)| {
            let (id, method) = (operation.id.to_string(), operation.method.clone());
            (spec.title.clone(), id, method, operation.path.clone())
        };
        operations.map(name).filter(|name| !self.promises.contains_key(name)).count()
    }

    /// The change of a promise, by what is noted of it.
    fn change(&self, operation: &Operation, code: &str, promise: Digest) -> Option<Change> {
        // Of what is new altogether nothing is known.
        let codes = self.promises.get(operation)?;
        let entries = codes.get(code).map_or(&[][..], Vec::as_slice);
        match entries.iter().find(|entry| entry.promise == promise) {
            Some(entry) => entry.since.map(Change::At),
            None => Some(Change::After(self.noted)),
        }
    }
}

/// The last change of each promise, in the order of the ledger.
pub(super) fn changes(
    catalogue: &Catalogue<'_>,
    register: Option<&Register>,
) -> Vec<Option<Change>> {
    let stated = |row: &Row<'_>| row.promise.changed.map(Change::At);
    let Some(register) = register else { return catalogue.rows.iter().map(stated).collect() };
    let rows = catalogue.rows.iter().zip(digests(catalogue));
    rows.map(|(row, promise)| {
        let code = row.promise.code.to_string();
        let noted = register.change(&key(catalogue, row), &code, promise);
        match (noted, row.promise.changed) {
            // The spec says when that was which the register does not know.
            (Some(Change::After(noted)), Some(stated)) if stated > noted => {
                Some(Change::At(stated))
            }
            (Some(Change::After(noted)), _) => Some(Change::After(noted)),
            (noted, stated) => noted.max(stated.map(Change::At)),
        }
    })
    .collect()
}

/// The digest of each promise, in the order of the ledger.
fn digests(catalogue: &Catalogue<'_>) -> Vec<Digest> {
    let mut specs: HashMap<usize, Promises<'_>> = HashMap::new();
    let digest = |row: &Row<'_>| {
        let listed = catalogue.operations[row.operation];
        let promises = specs.entry(listed.spec_index).or_insert_with(|| listed.spec.promises());
        promises.digest(row.promise)
    };
    catalogue.rows.iter().map(digest).collect()
}

fn time(text: &str) -> Result<jiff::Timestamp, RegisterError> {
    text.parse().map_err(|_| RegisterError::Time(text.to_owned()))
}

fn key(catalogue: &Catalogue<'_>, row: &Row<'_>) -> Operation {
    let listed = catalogue.operations[row.operation];
    let operation = listed.operation;
    let (id, method) = (operation.id.to_string(), operation.method.clone());
    (listed.spec.title.clone(), id, method, operation.path.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = r#"{"openapi": "3.1.0", "info": {"title": "Depot", "version": "1"}, "paths": {"/crates": {
        "get": {"responses": {
            "200": {"description": "", "content": {"application/json": {"schema": {"type": "array"}}}},
            "404": {"description": ""}, "default": {"description": ""}}}}}}"#;

    fn specs(from: &str, to: &str) -> [Spec; 1] {
        assert!(SPEC.contains(from));
        [Spec::load("depot.json", SPEC.replace(from, to).as_bytes()).unwrap()]
    }

    fn moment(text: &str) -> jiff::Timestamp {
        text.parse().unwrap()
    }

    fn changed(specs: &[Spec], register: Option<&Register>) -> Vec<Option<Change>> {
        changes(&Catalogue::of(specs), register)
    }

    #[test]
    fn a_change_is_known_by_what_was_noted_before() {
        let [first, second] = ["2026-11-01T00:00:00Z", "2026-11-08T00:00:00Z"].map(moment);
        let old = specs("array", "array");
        let register = Register::default().renewed(&old, first);
        assert_eq!(Register::parse(register.to_json().as_bytes()).unwrap(), register);
        assert_eq!(changed(&old, None), [None, None]);
        assert_eq!(changed(&old, Some(&register)), [None, None]);
        assert_eq!(register.lacking(&old), 0);

        let new = specs("array", "object");
        assert_eq!(changed(&new, Some(&register)), [Some(Change::After(first)), None]);
        let renewed = register.renewed(&new, second);
        assert_eq!(changed(&new, Some(&renewed)), [Some(Change::At(second)), None]);
        // What was noted once stays so.
        let again = renewed.renewed(&new, moment("2026-12-01T00:00:00Z"));
        assert_eq!(changed(&new, Some(&again)), [Some(Change::At(second)), None]);
        // The old promise again is a change as well.
        assert!(matches!(changed(&old, Some(&again))[..], [Some(Change::After(_)), None]));
        // A code that is new to an operation that was noted.
        let code = specs(r#""404""#, r#""409": {"description": ""}, "404""#);
        let found = changed(&code, Some(&register));
        assert_eq!(found, [None, Some(Change::After(first)), None]);
        // An operation that was not.
        let other = specs("/crates", "/boxes");
        assert_eq!(changed(&other, Some(&register)), [None, None]);
        assert_eq!(register.lacking(&other), 1);
        // What is of other specs stays.
        let both = register.renewed(&other, second);
        assert_eq!((both.lacking(&old), both.lacking(&other)), (0, 0));
    }

    #[test]
    fn a_spec_may_say_when_it_changed() {
        let first = moment("2026-11-01T00:00:00Z");
        let register = Register::default().renewed(&specs("array", "array"), first);
        let dated = |date: &str| {
            let text = SPEC
                .replace("array", "object")
                .replace(r#""200": {"#, &format!(r#""200": {{"x-changed": "{date}", "#));
            [Spec::load("depot.json", text.as_bytes()).unwrap()]
        };
        let later = Some(Change::At(moment("2026-11-06T00:00:00Z")));
        assert_eq!(changed(&dated("2026-11-05"), None), [later, None]);
        assert_eq!(changed(&dated("2026-11-05"), Some(&register)), [later, None]);
        // A date before the register was written is of another change.
        let after = Some(Change::After(first));
        assert_eq!(changed(&dated("2026-10-05"), Some(&register)), [after, None]);
        let bad = dated("soon");
        assert_eq!(bad[0].problems[0].pointer, "/paths/~1crates/get/responses/200/x-changed");
    }

    #[test]
    fn a_change_outdates_what_was_seen_before_it() {
        let [before, at] = ["2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"].map(moment);
        assert!(Change::At(at).outdates(before) && !Change::At(at).outdates(at));
        // Nobody knows when that was: nothing counts.
        assert!(Change::After(before).outdates(at));
    }

    #[test]
    fn faults_are_named() {
        let cases = [
            ("[]", "not what `check --write-register` writes"),
            (r#"{"register": 2, "noted": "2026-11-01T00:00:00Z", "promises": []}"#, "version 2"),
            (
                r#"{"register": 1, "noted": "2026-11-01T00:00:00Z", "promises": [{"spec": "", "operation": "",
                    "method": "", "path": "", "code": "200", "promise": "sha256:12", "since": null}]}"#,
                "promise 1: `sha256:12` is no",
            ),
        ];
        for (text, expected) in cases {
            let error = Register::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
