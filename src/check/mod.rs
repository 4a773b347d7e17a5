//! Judges exchanges against what specs promise: rules, findings, ledger, baseline. Pure.
//!
//! A [`Judge`] takes exchanges one at a time and adds up what they show in a [`Tally`], which merges
//! in any order; a [`Verdict`] is the tally with a user's [`Settings`] applied, ready to be rendered.
//! Findings are data and never errors. Any exchange can be judged, wherever it comes from:
//!
//! ```
//! use testimony::check::{Judge, Settings, State};
//! use testimony::exchange::{
//!     Body, Exchange, ExchangeNumber, Headers, Request, Response, Source, Timing,
//! };
//! use testimony::spec::Spec;
//!
//! let document = r#"{"openapi": "3.1.0", "info": {"title": "Depot", "version": "1"}, "paths": {"/crates": {"get": {
//!     "operationId": "ListCrates", "responses": {"200": {"description": "All.", "content": {"application/json": {
//!         "schema": {"type": "array", "items": {"type": "string"}}}}}}}}}}"#;
//! let specs = [Spec::load("depot.json", document.as_bytes())?];
//! let exchange = Exchange {
//!     number: ExchangeNumber(1),
//!     at: "2026-11-20T10:00:00Z".parse()?,
//!     // Only `Live` and `Imported` are evidence of what the provider does.
//!     source: Source::Imported,
//!     request: Request {
//!         method: "GET".to_owned(),
//!         target: "https://depot.example/crates".to_owned(),
//!         ..Request::default()
//!     },
//!     response: Some(Response {
//!         status: 200,
//!         headers: Headers::from([("Content-Type", "application/json")]),
//!         body: Body::from(r#"["oak", 7]"#),
//!         ..Response::default()
//!     }),
//!     timing: Timing::default(),
//!     error: None,
//!     redacted: Vec::new(),
//!     messages: Vec::new(),
//!     interim: Vec::new(),
//!     digest: None,
//! };
//! let settings = Settings::default();
//! let mut judge = Judge::new(&specs, &settings);
//! judge.exchange("my traffic", &exchange);
//! let verdict = judge.verdict("2026-11-21T10:00:00Z".parse()?);
//! assert_eq!(verdict.ledger[0].state, State::Contradicted);
//! assert_eq!(verdict.findings[0].finding.at.to_string(), "/1");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod baseline;
mod bounded;
mod catalogue;
mod coverage;
mod exercised;
mod finding;
mod fingerprint;
mod judge;
mod ledger;
mod location;
mod marks;
mod plain;
mod planting;
mod register;
mod rule;
mod settings;
mod severity;
mod shape;
mod share;
mod shown;
mod suggest;
mod tally;
mod verdict;

pub use baseline::{Baseline, BaselineError};
pub use coverage::{Coverage, Pair};
pub use exercised::{Exercised, Kind};
pub use finding::{Blame, Finding, Party, PromiseReference, quoted};
pub use fingerprint::Fingerprint;
pub use judge::{Judge, Provoked};
pub use ledger::{Bearing, Proof, Sighting, State};
pub use location::{Location, without_indexes};
pub use marks::Marks;
pub use planting::{
    Catch, FalseFinding, LeftOut, Missed, Mistake, Planted, PromiseName, Slip, Slips, Specimen,
    Trial, TrialResult, as_written, documented_request, form_body, is_of_fields, with_query_text,
    with_segment, without_query,
};
pub use register::{Change, Register, RegisterError};
pub use rule::Rule;
pub use settings::{Excuse, Override, Settings, Subject};
pub use severity::Severity;
pub use share::{Deal, Share, Shares};
pub use shown::{Few, Shown};
pub use suggest::{Form, Suggestions};
pub use tally::Tally;
pub use verdict::{
    Acceptance, End, Inconclusive, Judged, LedgerRow, SumError, Totals, Undocumented, Unmatched,
    Verdict, sum,
};
