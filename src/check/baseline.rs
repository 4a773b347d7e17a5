//! Findings that are known and accepted, by fingerprint, each with a reason and, if wished, an end.

use super::Fingerprint;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The accepted findings of one or several baseline files.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    entries: BTreeMap<Fingerprint, Entry>,
}

/// One accepted finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Why it is accepted.
    pub reason: String,
    /// From when on it is accepted no more.
    pub expires: Option<jiff::Timestamp>,
}

/// Why a baseline could not be read; each message lacks only the file's name.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Not JSON of the right shape.
    #[error("{0}")]
    Shape(#[from] serde_json::Error),
    /// A fingerprint that is none.
    #[error("finding {position}: `{fingerprint}` is not a fingerprint of 16 hex digits")]
    Fingerprint {
        /// Position in the list, from 1.
        position: usize,
        /// What stands there.
        fingerprint: String,
    },
    /// An entry that does not say why.
    #[error("finding {position}: `{fingerprint}` has no reason")]
    Reason {
        /// Position in the list, from 1.
        position: usize,
        /// Which entry.
        fingerprint: String,
    },
    /// A date that is none.
    #[error("finding {position}: `expires` is `{expires}`, not a date such as 2027-01-31")]
    Expires {
        /// Position in the list, from 1.
        position: usize,
        /// What stands there.
        expires: String,
    },
}

#[derive(Deserialize)]
struct File {
    findings: Vec<FileEntry>,
}

#[derive(Deserialize)]
struct FileEntry {
    fingerprint: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    expires: Option<String>,
}

impl Baseline {
    /// Reads `{"findings": [{"fingerprint": "", "reason": "", "expires": null}]}`. `expires` is a
    /// date, of which the whole day (UTC) still counts, or a timestamp. Other keys are left alone.
    pub fn parse(bytes: &[u8]) -> Result<Self, BaselineError> {
        let file: File = serde_json::from_slice(bytes)?;
        let mut entries = BTreeMap::new();
        for (index, entry) in file.findings.into_iter().enumerate() {
            let position = index + 1;
            let Some(fingerprint) = Fingerprint::parse(&entry.fingerprint) else {
                let fingerprint = entry.fingerprint;
                return Err(BaselineError::Fingerprint { position, fingerprint });
            };
            if entry.reason.trim().is_empty() {
                let fingerprint = entry.fingerprint;
                return Err(BaselineError::Reason { position, fingerprint });
            }
            let expires = match entry.expires {
                None => None,
                Some(text) => match expiry(&text) {
                    Some(end) => Some(end),
                    None => return Err(BaselineError::Expires { position, expires: text }),
                },
            };
            entries.insert(fingerprint, Entry { reason: entry.reason, expires });
        }
        Ok(Self { entries })
    }

    /// Adds the entries of another file; those win where both have one.
    pub fn extend(&mut self, other: Self) {
        self.entries.extend(other.entries);
    }

    /// The entry for a finding, expired or not.
    pub fn entry(&self, fingerprint: &Fingerprint) -> Option<&Entry> {
        self.entries.get(fingerprint)
    }

    /// Every entry, by fingerprint.
    pub fn iter(&self) -> impl Iterator<Item = (&Fingerprint, &Entry)> {
        self.entries.iter()
    }
}

impl Entry {
    /// Whether the entry still accepts its finding.
    pub fn holds(&self, now: jiff::Timestamp) -> bool {
        self.expires.is_none_or(|end| now < end)
    }
}

fn expiry(text: &str) -> Option<jiff::Timestamp> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(moment);
    }
    let day: jiff::civil::Date = text.parse().ok()?;
    Some(day.tomorrow().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> jiff::Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_expiry_day_still_counts() {
        let baseline = Baseline::parse(
            br#"{"findings": [
                {"fingerprint": "00112233445566AA", "reason": "known", "expires": "2026-11-20"},
                {"fingerprint": "0000000000000001", "reason": "for good", "expires": null, "x": 1}
            ]}"#,
        )
        .unwrap();
        let entry =
            |text| baseline.entry(&Fingerprint::parse(text).unwrap()).expect("is in the file");
        let until = entry("00112233445566aa");
        assert!(until.holds(moment("2026-11-20T23:59:59Z")));
        assert!(!until.holds(moment("2026-11-21T00:00:00Z")));
        assert!(entry("0000000000000001").holds(moment("2999-01-01T00:00:00Z")));
        assert_eq!(baseline.iter().count(), 2);
    }

    #[test]
    fn faults_name_the_entry() {
        let cases = [
            (r#"{"findings": [{"fingerprint": "12", "reason": "r"}]}"#, "finding 1: `12` is not"),
            (r#"{"findings": [{"fingerprint": "0000000000000001"}]}"#, "has no reason"),
            (
                r#"{"findings": [{"fingerprint": "0000000000000001", "reason": "r", "expires": "soon"}]}"#,
                "finding 1: `expires` is `soon`",
            ),
            (r#"{"found": []}"#, "missing field `findings`"),
            ("[", "EOF"),
        ];
        for (text, expected) in cases {
            let error = Baseline::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
