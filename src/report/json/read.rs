use super::{
    BlameForm, ChangeForm, FindingForm, Report, RowForm, SharesForm, ShownForm, SpecForm, Text,
    write,
};
use crate::check::{
    Acceptance, Bearing, Blame, Change, Coverage, End, Exercised, Few, Finding, Fingerprint,
    Inconclusive, Judged, Kind, LedgerRow, Location, Marks, Party, PromiseReference, Proof, Rule,
    Severity, Shares, Shown, Sighting, State, Totals, Undocumented, Unmatched, Verdict,
};
use crate::exchange::{Digest, ExchangeNumber, Source};

/// Why a text is no result; each message lacks only the file's name.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not JSON of the right shape.
    #[error("not a result of `check --format json`: {0}")]
    Shape(#[from] serde_json::Error),
    /// Of a version to come.
    #[error("a result of version {0}, this tool reads version 1")]
    Newer(u32),
    /// A word or number that has no meaning.
    #[error("not a result of `check --format json`: {member}: `{value}` is none")]
    Value {
        /// Where it stands.
        member: &'static str,
        /// What stands there.
        value: String,
    },
}

/// Reads what [`super::render`] wrote.
pub(in crate::report) fn read(text: &[u8]) -> Result<Verdict, ReadError> {
    let report: Report<'_> = serde_json::from_slice(text)?;
    if report.testimony != 1 {
        return Err(ReadError::Newer(report.testimony));
    }
    let states = |words: Vec<Text<'_>>| words.iter().map(state).collect::<Result<_, _>>();
    let specs = report.specs.iter().map(spec).collect::<Result<Vec<_>, _>>()?;
    let row = |form| row(form, &specs);
    let verdict = Verdict {
        end: End::NothingJudged,
        totals: totals(&report)?,
        ledger: report.ledger.iter().map(row).collect::<Result<_, _>>()?,
        findings: report.findings.iter().map(finding).collect::<Result<_, _>>()?,
        undocumented: report
            .undocumented
            .iter()
            .map(|entry| {
                Ok(Undocumented {
                    operation: entry.operation.to_string(),
                    code: number("undocumented.code", &entry.code)?,
                    exchanges: entry.exchanges,
                })
            })
            .collect::<Result<_, ReadError>>()?,
        unmatched: report
            .unmatched
            .iter()
            .map(|entry| Unmatched {
                method: entry.method.to_string(),
                path: entry.path.to_string(),
                exchanges: entry.exchanges,
            })
            .collect(),
        inconclusive: report
            .inconclusive
            .iter()
            .map(|entry| {
                Ok(Inconclusive {
                    operation: entry.operation.to_string(),
                    wanted: number("inconclusive.wanted", &entry.wanted)?,
                    code: number("inconclusive.code", &entry.code)?,
                    exchanges: entry.exchanges,
                })
            })
            .collect::<Result<_, ReadError>>()?,
        unmatched_unlisted: report.unmatched_unlisted,
        coverage: Coverage::default(),
        required: report.required.map(|required| states(required.states)).transpose()?,
        unused_baseline: Vec::new(),
        unused_excuses: Vec::new(),
        settings: digest("settings", &report.settings)?,
        shares: report.shares.iter().map(shares).collect::<Result<_, _>>()?,
        specs,
    };
    Ok(verdict.settled())
}

fn totals(report: &Report<'_>) -> Result<Totals, ReadError> {
    let totals = &report.totals;
    let unlisted = totals.unlisted.iter().map(|(word, times)| Ok((severity(word)?, *times)));
    Ok(Totals {
        exchanges: totals.exchanges,
        judged: totals.judged,
        failed: totals.failed,
        unlisted: unlisted.collect::<Result<_, ReadError>>()?,
        ..Totals::default()
    })
}

fn row(form: &RowForm<'_>, specs: &[Exercised]) -> Result<LedgerRow, ReadError> {
    let newest = match (&form.newest, &form.shown_by) {
        (Some(at), Some(by)) => Some(Sighting {
            at: at.parse().map_err(|_| wrong("ledger.newest", at))?,
            cassette: (*by.cassette).into(),
            exchange: ExchangeNumber(by.exchange),
        }),
        _ => None,
    };
    let proof = [Proof::None, Proof::Stale, Proof::Fresh]
        .into_iter()
        .find(|proof| write::proof(*proof) == form.proof.as_deref());
    let spec = specs.iter().find(|spec| spec.path == form.spec);
    Ok(LedgerRow {
        title: spec.ok_or_else(|| wrong("ledger.spec", &form.spec))?.title.clone(),
        spec: form.spec.to_string(),
        operation: form.operation.to_string(),
        method: form.method.to_string(),
        path: form.path.to_string(),
        code: form.code.to_string(),
        state: state(&form.state)?,
        proof: proof.ok_or_else(|| wrong("ledger.proof", form.proof.as_deref().unwrap_or("")))?,
        changed: form.changed.as_ref().map(changed).transpose()?,
        exchanges: form.exchanges,
        broken: form.broken,
        simulated: form.simulated,
        unclear: form.unclear,
        newest,
        shown: shown(&form.shown)?,
        excuse: form.reason.as_deref().map(str::to_owned),
        unmet: false,
    })
}

fn changed(form: &ChangeForm<'_>) -> Result<Change, ReadError> {
    let at = form.at.parse().map_err(|_| wrong("ledger.changed", &form.at))?;
    Ok(if form.known { Change::At(at) } else { Change::After(at) })
}

fn finding(form: &FindingForm<'_>) -> Result<Judged, ReadError> {
    let acceptance = match (&form.accepted, &form.expired) {
        (Some(reason), _) => Acceptance::Accepted(reason.to_string()),
        (None, Some(reason)) => Acceptance::Expired(reason.to_string()),
        (None, None) => Acceptance::Open,
    };
    let promise = &form.promise;
    let fingerprint = Fingerprint::parse(&form.fingerprint)
        .ok_or_else(|| wrong("findings.fingerprint", &form.fingerprint))?;
    let finding = Finding {
        rule: Rule::parse(&form.rule).ok_or_else(|| wrong("findings.rule", &form.rule))?,
        severity: severity(&form.severity)?,
        operation: form.operation.to_string(),
        code: form.code.to_string(),
        cassette: (*form.cassette).into(),
        exchange: ExchangeNumber(form.exchange),
        at: Location::parse(&form.at),
        promise: PromiseReference {
            spec: promise.spec.to_string(),
            pointer: promise.pointer.to_string(),
            page: promise.page.as_deref().map(str::to_owned),
            line: promise.line,
        },
        expected: form.expected.to_string(),
        observed: form.observed.to_string(),
        hint: form.hint.to_string(),
        blame: form.blame.as_ref().map(blame).transpose()?,
        curl: form.curl.to_string(),
        fingerprint,
        exchanges: form.exchanges,
        shown: shown(&form.shown)?,
    };
    Ok(Judged { finding, acceptance })
}

fn blame(form: &BlameForm<'_>) -> Result<Blame, ReadError> {
    let on = Party::ALL.into_iter().find(|party| party.as_str() == form.on);
    let on = on.ok_or_else(|| wrong("findings.blame.on", &form.on))?;
    Ok(Blame { on, evidence: form.evidence.to_string() })
}

fn spec(form: &SpecForm<'_>) -> Result<Exercised, ReadError> {
    let mut seen = std::collections::BTreeMap::new();
    for kind in Kind::ALL {
        let marks = form.seen.get(kind.as_str());
        let marks = marks.ok_or_else(|| wrong("specs.seen", kind.as_str()))?;
        let read = Marks::parse(&marks.at, marks.of);
        seen.insert(kind, read.ok_or_else(|| wrong("specs.seen", &marks.at))?);
    }
    Ok(Exercised {
        path: form.path.to_string(),
        title: form.title.to_string(),
        digest: digest("specs.sha256", &form.sha256)?,
        seen,
    })
}

fn shown(forms: &[ShownForm<'_>]) -> Result<Few, ReadError> {
    let mut few = Few::default();
    for form in forms {
        let bearing = [Bearing::Breaks, Bearing::Unclear, Bearing::Keeps]
            .into_iter()
            .find(|bearing| bearing.as_str() == form.bearing);
        few.add(Shown {
            bearing: bearing.ok_or_else(|| wrong("shown.bearing", &form.bearing))?,
            cassette: (*form.cassette).into(),
            exchange: ExchangeNumber(form.exchange),
            source: Source::parse(&form.source)
                .ok_or_else(|| wrong("shown.source", &form.source))?,
        });
    }
    Ok(few)
}

fn shares(form: &SharesForm<'_>) -> Result<Shares, ReadError> {
    let work = digest("shares.work", &form.work)?;
    let shares = Shares::of_work(work, form.of, form.have.iter().copied());
    shares.ok_or_else(|| wrong("shares.have", &format!("{:?} of {}", form.have, form.of)))
}

fn state(word: &Text<'_>) -> Result<State, ReadError> {
    State::parse(word).ok_or_else(|| wrong("state", word))
}

fn severity(word: &str) -> Result<Severity, ReadError> {
    Severity::parse(word).ok_or_else(|| wrong("severity", word))
}

fn digest(member: &'static str, hex: &str) -> Result<Digest, ReadError> {
    Digest::parse(&format!("sha256:{hex}")).ok_or_else(|| wrong(member, hex))
}

fn number(member: &'static str, text: &str) -> Result<u16, ReadError> {
    text.parse().map_err(|_| wrong(member, text))
}

fn wrong(member: &'static str, value: &str) -> ReadError {
    let value = value.chars().take(80).flat_map(char::escape_default).collect();
    ReadError::Value { member, value }
}
