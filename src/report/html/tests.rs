use super::*;
use crate::check::{
    Acceptance, Coverage, End, Few, Finding, Fingerprint, Judged, LedgerRow, Location,
    PromiseReference, Proof, Rule, Severity, State, Totals, Verdict,
};
use crate::exchange::{Digest, ExchangeNumber};
use crate::report::Evidence;

/// A verdict on so many operations of five codes each, and so many findings.
fn verdict(operations: usize, findings: usize) -> Verdict {
    let codes = ["200", "201", "400", "404", "503"];
    let row = |n: usize| LedgerRow {
        spec: "specs/large.yaml".into(),
        title: "Large".into(),
        operation: format!("Operation{}", n / 5),
        method: "GET".into(),
        path: format!("/things/{}/{{thing_id}}", n / 5),
        code: codes[n % 5].into(),
        state: State::ALL[n % 5],
        exchanges: if n % 20 < 5 { 3 } else { 0 },
        unclear: 0,
        broken: 0,
        simulated: 0,
        proof: Proof::None,
        changed: None,
        newest: None,
        shown: Few::default(),
        excuse: None,
        unmet: false,
    };
    let finding = |n: usize| Judged {
        acceptance: Acceptance::Open,
        finding: Finding {
            rule: Rule::ResponseSchema,
            severity: Severity::Error,
            operation: format!("Operation{}", n % operations),
            code: "200".into(),
            cassette: "cassettes/large.cassette".into(),
            exchange: ExchangeNumber(n as u64 + 1),
            at: Location::Body(format!("/items/{n}/name")),
            promise: PromiseReference::default(),
            expected: "type `string`".into(),
            observed: "x".repeat(200),
            hint: "compare with the documentation".into(),
            blame: None,
            curl: String::new(),
            fingerprint: Fingerprint::of(Rule::ResponseSchema, &[&n.to_string()]),
            exchanges: 1,
            shown: Few::default(),
        },
    };
    Verdict {
        end: End::Breaks,
        totals: Totals::default(),
        ledger: (0..operations * 5).map(row).collect(),
        findings: (0..findings).map(finding).collect(),
        undocumented: Vec::new(),
        inconclusive: Vec::new(),
        unmatched: Vec::new(),
        unmatched_unlisted: 0,
        coverage: Coverage::default(),
        required: None,
        unused_baseline: Vec::new(),
        unused_excuses: Vec::new(),
        specs: Vec::new(),
        settings: Digest::of(b""),
        shares: Vec::new(),
    }
}

fn document(verdict: &Verdict) -> String {
    let evidence = Evidence::of(verdict);
    render(&Report { verdict, evidence: &evidence, at: None })
}

#[test]
fn nothing_closes_style_or_script_from_within() {
    assert!(!STYLE.contains("</"), "a style ends at the first closing tag");
    assert!(!SCRIPT.contains("</") && !SCRIPT.contains("<!--"), "so does a script");
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"), "a style loads nothing");
}

#[test]
fn very_many_findings_and_operations_are_a_file_that_opens() {
    let page = document(&verdict(4_000, 10_000));
    let megabytes = page.len() / (1024 * 1024);
    assert!(megabytes < 12, "{megabytes} MiB");
    assert!(page.contains("3000 operations that no exchange shows"), "they are listed apart");
    assert_eq!(page.matches("<details class=\"finding\"").count(), 1_000);
    assert_eq!(page.matches("class=\"finding brief\"").count(), 9_000);
}

#[test]
fn every_link_leads_somewhere() {
    let page = document(&verdict(40, 30));
    let ids: std::collections::HashSet<&str> =
        page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let links = page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next());
    for link in links {
        assert!(ids.contains(link), "#{link}");
    }
    assert_eq!(page.matches(" id=\"").count(), ids.len(), "each id once");
}
