use super::{
    BlameForm, ChangeForm, CoverageForm, FindingForm, InconclusiveForm, MarksForm, PromiseForm,
    Report, RequiredForm, RowForm, SharesForm, ShownBy, ShownForm, SpecForm, StatesForm, Text,
    TotalsForm, UndocumentedForm, UnmatchedForm,
};
use crate::check::{
    Acceptance, Change, Coverage, Exercised, Few, Judged, Kind, LedgerRow, Marks, Pair, Proof,
    Shares, Shown, State, Totals, Verdict,
};

/// The result as indented JSON.
pub(in crate::report) fn render(verdict: &Verdict) -> String {
    let report = Report {
        testimony: 1,
        conforms: verdict.conforms(),
        totals: totals(&verdict.totals),
        ledger: verdict.ledger.iter().map(row).collect(),
        findings: verdict.findings.iter().map(finding).collect(),
        undocumented: verdict
            .undocumented
            .iter()
            .map(|entry| UndocumentedForm {
                operation: text(&entry.operation),
                code: entry.code.to_string().into(),
                exchanges: entry.exchanges,
            })
            .collect(),
        unmatched: verdict
            .unmatched
            .iter()
            .map(|entry| UnmatchedForm {
                method: text(&entry.method),
                path: text(&entry.path),
                exchanges: entry.exchanges,
            })
            .collect(),
        inconclusive: verdict
            .inconclusive
            .iter()
            .map(|entry| InconclusiveForm {
                operation: text(&entry.operation),
                wanted: entry.wanted.to_string().into(),
                code: entry.code.to_string().into(),
                exchanges: entry.exchanges,
            })
            .collect(),
        coverage: coverage(&verdict.coverage),
        required: verdict.required.as_ref().map(|states| RequiredForm {
            states: states.iter().map(|state| text(state.as_str())).collect(),
            unmet: verdict.totals.unmet,
        }),
        unmatched_unlisted: verdict.unmatched_unlisted,
        specs: verdict.specs.iter().map(spec).collect(),
        settings: verdict.settings.hex().into(),
        shares: verdict.shares.iter().map(shares).collect(),
    };
    // Strings, numbers and lists: nothing in it can fail to be written.
    serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
}

fn totals(totals: &Totals) -> TotalsForm<'_> {
    let state = |state| totals.states.get(&state).copied().unwrap_or_default();
    TotalsForm {
        exchanges: totals.exchanges,
        judged: totals.judged,
        errors: totals.errors,
        warnings: totals.warnings,
        states: StatesForm {
            proven: state(State::Proven),
            simulated: state(State::Simulated),
            stale: state(State::Stale),
            unproven: state(State::Unproven),
            contradicted: state(State::Contradicted),
        },
        infos: totals.infos,
        accepted: totals.accepted,
        failed: totals.failed,
        unlisted: totals.unlisted.iter().map(|(level, n)| (text(level.as_str()), *n)).collect(),
    }
}

fn row(row: &LedgerRow) -> RowForm<'_> {
    RowForm {
        operation: text(&row.operation),
        method: text(&row.method),
        path: text(&row.path),
        code: text(&row.code),
        state: text(row.state.as_str()),
        exchanges: row.exchanges,
        newest: row.newest.as_ref().map(|newest| newest.at.to_string().into()),
        reason: row.excuse.as_deref().map(text),
        spec: text(&row.spec),
        shown_by: row.newest.as_ref().map(|newest| ShownBy {
            cassette: text(&newest.cassette),
            exchange: newest.exchange.0,
        }),
        unclear: row.unclear,
        broken: row.broken,
        simulated: row.simulated,
        proof: proof(row.proof).map(text),
        changed: row.changed.map(|change| match change {
            Change::At(at) => ChangeForm { at: at.to_string().into(), known: true },
            Change::After(at) => ChangeForm { at: at.to_string().into(), known: false },
        }),
        shown: shown(&row.shown),
    }
}

fn finding(judged: &Judged) -> FindingForm<'_> {
    let finding = &judged.finding;
    FindingForm {
        rule: text(finding.rule.id()),
        severity: text(finding.severity.as_str()),
        operation: text(&finding.operation),
        code: text(&finding.code),
        cassette: text(&finding.cassette),
        exchange: finding.exchange.0,
        at: finding.at.to_string().into(),
        promise: PromiseForm {
            spec: text(&finding.promise.spec),
            pointer: text(&finding.promise.pointer),
            page: finding.promise.page.as_deref().map(text),
            line: finding.promise.line,
        },
        expected: text(&finding.expected),
        observed: text(&finding.observed),
        hint: text(&finding.hint),
        fingerprint: text(finding.fingerprint.as_str()),
        exchanges: finding.exchanges,
        accepted: match &judged.acceptance {
            Acceptance::Accepted(reason) => Some(text(reason)),
            Acceptance::Open | Acceptance::Expired(_) => None,
        },
        expired: match &judged.acceptance {
            Acceptance::Expired(reason) => Some(text(reason)),
            Acceptance::Open | Acceptance::Accepted(_) => None,
        },
        shown: shown(&finding.shown),
        blame: finding.blame.as_ref().map(|blame| BlameForm {
            on: text(blame.on.as_str()),
            evidence: text(&blame.evidence),
        }),
        curl: text(&finding.curl),
    }
}

fn coverage(coverage: &Coverage) -> CoverageForm {
    let pair = |pair: Pair| [pair.seen, pair.total];
    CoverageForm {
        operations: pair(coverage.operations),
        codes: pair(coverage.codes),
        parameters: pair(coverage.parameters),
        properties: pair(coverage.properties),
        enum_values: pair(coverage.enum_values),
        media_types: pair(coverage.media_types),
        level: coverage.level,
    }
}

fn spec(spec: &Exercised) -> SpecForm<'_> {
    let marks = |(kind, marks): (&Kind, &Marks)| {
        (text(kind.as_str()), MarksForm { of: marks.of(), at: marks.to_string().into() })
    };
    SpecForm {
        path: text(&spec.path),
        title: text(&spec.title),
        sha256: spec.digest.hex().into(),
        seen: spec.seen.iter().map(marks).collect(),
    }
}

fn shown(few: &Few) -> Vec<ShownForm<'_>> {
    few.as_slice().iter().map(one_shown).collect()
}

fn one_shown(shown: &Shown) -> ShownForm<'_> {
    ShownForm {
        cassette: text(&shown.cassette),
        exchange: shown.exchange.0,
        source: text(shown.source.as_str()),
        bearing: text(shown.bearing.as_str()),
    }
}

fn shares(shares: &Shares) -> SharesForm<'_> {
    SharesForm {
        work: shares.work.hex().into(),
        of: shares.of,
        have: shares.have.iter().copied().collect(),
    }
}

/// The word for a proof.
pub(super) const fn proof(proof: Proof) -> Option<&'static str> {
    match proof {
        Proof::None => None,
        Proof::Stale => Some("stale"),
        Proof::Fresh => Some("fresh"),
    }
}

fn text(text: &str) -> Text<'_> {
    Text::Borrowed(text)
}
