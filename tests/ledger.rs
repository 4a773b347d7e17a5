//! `check --shard` and `ledger merge` as a user runs them, and sums of results in any order and grouping.

#![expect(clippy::unwrap_used, reason = "a test fails where a value is missing")]

mod support;

use proptest::prelude::*;
use serde_json::Value;
use std::path::Path;
use support::run;
use testimony::cassette::{CassetteHeader, Mode, Redacted, Writer};
use testimony::check::{Judge, Settings, Verdict, sum};
use testimony::exchange::{
    Body, Exchange, ExchangeNumber, Headers, Request, Response, Source, Timing,
};
use testimony::report::{self, Kind, Paint};
use testimony::spec::Spec;

const SPEC: &str = r#"
openapi: 3.1.0
info: {title: Lighthouse, version: "1"}
paths:
  /lamps:
    get:
      operationId: listLamps
      parameters: [{name: colour, in: query, schema: {type: string, enum: [red, white]}}]
      responses:
        "200":
          description: The lamps.
          content:
            application/json:
              schema:
                type: object
                required: [lamps]
                properties: {lamps: {type: array}, next: {type: string}}
        "404": {description: No such coast.}
  /lamps/{lamp}:
    delete:
      operationId: removeLamp
      parameters: [{name: lamp, in: path, required: true, schema: {type: string}}]
      responses: {"204": {description: It is dark.}, "4XX": {description: It is not.}}
"#;

/// Exchange of a kind from 0 to 11: what keeps a promise, breaks one, is documented nowhere, or failed.
fn exchange(kind: u8, number: u64) -> Exchange {
    let json = |status, body: &str| (status, "application/json", body.to_owned());
    let (method, path, (status, media, body), source) = match kind {
        0 => ("GET", "/lamps", json(200, r#"{"lamps":[]}"#), Source::Live),
        1 => ("GET", "/lamps?colour=red", json(200, r#"{"lamps":[],"next":"n"}"#), Source::Mock),
        2 => ("GET", "/lamps?colour=white", json(200, r#"{"lamps":7}"#), Source::Live),
        3 => ("GET", "/lamps", json(200, "{}"), Source::Live),
        4 => ("GET", "/lamps", (404, "", String::new()), Source::Mock),
        5 => ("GET", "/lamps", json(500, "{}"), Source::Live),
        6 => ("GET", "/buoys", json(200, "{}"), Source::Live),
        7 => ("DELETE", "/lamps/1", (204, "", String::new()), Source::Live),
        8 => ("DELETE", "/lamps/2", (409, "", String::new()), Source::Edited),
        9 => ("GET", "/lamps?colour=blue", json(200, r#"{"lamps":[]}"#), Source::Live),
        10 => ("GET", "/lamps", (200, "text/html", "<p>".to_owned()), Source::Live),
        _ => ("GET", "/lamps", (0, "", String::new()), Source::Live),
    };
    let mut headers = Headers::new();
    if !media.is_empty() {
        headers.push("Content-Type", media);
    }
    let response =
        Response { status, headers, body: Body::from(body.as_str()), ..Response::default() };
    let second = 1_795_000_000 + (number % 5).cast_signed();
    Exchange {
        number: ExchangeNumber(number),
        at: jiff::Timestamp::from_second(second).unwrap(),
        source,
        request: Request {
            method: method.into(),
            target: format!("https://coast.example{path}"),
            headers: Headers::from([("Host", "coast.example")]),
            ..Request::default()
        },
        response: (status > 0).then_some(response),
        timing: Timing::default(),
        error: None,
        redacted: Vec::new(),
        interim: Vec::new(),
        messages: Vec::new(),
        digest: None,
    }
}

fn spec() -> Vec<Spec> {
    vec![Spec::load("specs/coast.yaml".to_owned(), SPEC.as_bytes()).unwrap()]
}

fn json(verdict: &Verdict) -> String {
    let evidence = report::Evidence::default();
    let report = report::Report { verdict, evidence: &evidence, at: None };
    report::render(Kind::Json, &report, Paint::Plain)
}

/// Through the text, as between machines.
fn carried(verdict: &Verdict) -> Verdict {
    let text = json(verdict);
    let read = report::read(text.as_bytes()).unwrap();
    assert_eq!(json(&read), text, "what is written is read whole");
    read
}

proptest! {
    #[test]
    fn results_add_up_in_any_order_and_grouping(
        exchanges in prop::collection::vec((0u8..12, 0usize..3), 0..40),
    ) {
        let specs = spec();
        let settings = Settings::default();
        let now = "2026-11-21T00:00:00Z".parse().unwrap();
        let verdict = |wanted: &dyn Fn(usize) -> bool| {
            let mut judge = Judge::new(&specs, &settings);
            for (number, (kind, part)) in (1..).zip(&exchanges) {
                if wanted(*part) {
                    judge.exchange("cassettes/a.cassette", &exchange(*kind, number));
                }
            }
            judge.verdict(now)
        };
        let whole = json(&verdict(&|_| true));
        let [a, b, c] = [0, 1, 2].map(|n| carried(&verdict(&|part| part == n)));
        let of = |left: &Verdict, right: &Verdict| carried(&sum(left.clone(), right.clone()).unwrap());
        prop_assert_eq!(&json(&of(&of(&a, &b), &c)), &whole);
        prop_assert_eq!(&json(&of(&a, &of(&b, &c))), &whole);
        prop_assert_eq!(&json(&of(&c, &of(&b, &a))), &whole);
    }
}

struct Coast {
    folder: tempfile::TempDir,
}

impl Coast {
    /// A project with cassettes of so many exchanges.
    fn new(cassettes: &[u64]) -> Self {
        let coast = Self { folder: tempfile::tempdir().unwrap() };
        let path = |name: &str| coast.path().join(name);
        for folder in ["specs", "cassettes"] {
            std::fs::create_dir(path(folder)).unwrap();
        }
        std::fs::write(path("specs/coast.yaml"), SPEC).unwrap();
        for (cassette, exchanges) in cassettes.iter().enumerate() {
            let path = path(&format!("cassettes/{cassette}.cassette"));
            let writer = Writer::open(&path, &CassetteHeader::new("test"), Mode::Once).unwrap();
            for number in 1..=*exchanges {
                let kind = u8::try_from((number * 7 + cassette as u64) % 12).unwrap();
                writer.append(&Redacted::from_cassette(exchange(kind, number))).unwrap();
            }
            writer.seal().unwrap();
        }
        coast
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command: its exit code, and what it prints on both streams.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = run(self.path(), arguments);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// Judges every share of so many, each into a file, and names the files.
    fn shares(&self, of: usize) -> Vec<String> {
        let share = |number| {
            let (file, shard) = (format!("{number}.json"), format!("{number}/{of}"));
            let format = format!("json={file}");
            let (code, _, said) = self.run(&["check", "--shard", &shard, "--format", &format]);
            assert!([0, 1, 4].contains(&code), "{code}: {said}");
            file
        };
        (1..=of).map(share).collect()
    }

    fn merge(&self, files: &[&str]) -> (i32, String, String) {
        self.run(&[&["ledger", "merge"], files].concat())
    }
}

#[test]
fn shares_add_up_to_the_whole_byte_for_byte() {
    // One large cassette is dealt out by exchanges, small ones by files; a share may get nothing.
    for cassettes in [&[60][..], &[1, 2, 3, 4, 5, 6, 7, 8], &[40, 1, 1, 2], &[2]] {
        let coast = Coast::new(cassettes);
        let (code, whole, _) = coast.run(&["check", "--format", "json"]);
        for of in [1, 2, 3, 5] {
            let files = coast.shares(of);
            let mut files: Vec<&str> = files.iter().map(String::as_str).collect();
            for _ in 0..of {
                files.rotate_left(1);
                let (merged_code, merged, said) = coast.merge(&files);
                assert_eq!(merged, whole, "{cassettes:?} in {of}: {said}");
                assert_eq!(merged_code, code);
            }
        }
    }
}

#[test]
fn a_large_cassette_is_judged_in_parts_as_record_by_record() {
    let coast = Coast::new(&[]);
    let path = coast.path().join("cassettes/large.cassette");
    let writer = Writer::open(&path, &CassetteHeader::new("test"), Mode::Once).unwrap();
    let specs = spec();
    let settings = Settings::default();
    let mut judge = Judge::new(&specs, &settings);
    for number in 1..=4_000 {
        let mut exchange = exchange(u8::try_from(number % 12).unwrap(), number);
        exchange.request.headers.push("Note", "x".repeat(1000));
        judge.exchange("cassettes/large.cassette", &exchange);
        writer.append(&Redacted::from_cassette(exchange)).unwrap();
    }
    writer.seal().unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() > 5 << 20, "it has parts");
    let expected = json(&judge.verdict("2026-11-21T00:00:00Z".parse().unwrap()));
    assert_eq!(coast.run(&["check", "--format", "json"]).1, expected);
    let files = coast.shares(3);
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    assert_eq!(coast.merge(&files).1, expected);
}

#[test]
fn every_share_judges_some_of_a_large_cassette() {
    let coast = Coast::new(&[61]);
    let judged = |file: &String| {
        let text = std::fs::read(coast.path().join(file)).unwrap();
        let result: Value = serde_json::from_slice(&text).unwrap();
        result["totals"]["exchanges"].as_u64().unwrap()
    };
    assert_eq!(coast.shares(3).iter().map(judged).collect::<Vec<_>>(), [21, 20, 20]);
}

#[test]
fn a_sum_that_lacks_a_share_never_conforms() {
    let coast = Coast::new(&[0]);
    let good = (1..=6).map(|number| exchange(0, number)).collect::<Vec<_>>();
    let path = coast.path().join("cassettes/good.cassette");
    let writer = Writer::open(&path, &CassetteHeader::new("test"), Mode::Once).unwrap();
    for exchange in &good {
        writer.append(&Redacted::from_cassette(exchange.clone())).unwrap();
    }
    writer.seal().unwrap();
    let files = coast.shares(3);
    let (code, sum, said) = coast.merge(&[&files[2], &files[0]]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("1 of 3 shares are missing: 2/3"), "{said}");
    assert!(sum.contains("\"conforms\": false"), "{sum}");
    // Sums of sums, and the last share makes it whole.
    std::fs::write(coast.path().join("13.json"), &sum).unwrap();
    let (code, sum, said) = coast.merge(&[&files[1], "13.json"]);
    assert_eq!((code, said.as_str()), (0, ""));
    assert_eq!(sum, coast.run(&["check", "--format", "json"]).1);
    // A required state is that of the whole, not of a share.
    let require = ["check", "--require", "proven,unproven", "--shard", "2/3"];
    assert_eq!(coast.run(&require).0, 0);
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let coast = Coast::new(&[30]);
    let files = coast.shares(3);
    let refused = |files: &[&str], what: &str| {
        let (code, sum, said) = coast.merge(files);
        assert_eq!((code, sum.as_str()), (2, ""), "{said}");
        assert!(said.contains(what), "{said}");
        assert!(said.contains(files[files.len() - 1]), "{said}");
    };
    refused(&[&files[0], &files[0]], "the same result as 1.json");
    let again = ["check", "--shard", "1/3", "--format", "json=again.json"];
    std::fs::write(coast.path().join("1.json.old"), "{}").unwrap();
    coast.run(&again);
    let text = std::fs::read_to_string(coast.path().join("again.json")).unwrap();
    std::fs::write(coast.path().join("spaced.json"), text + "\n").unwrap();
    refused(&[&files[0], "spaced.json"], "share 1/3 was added already");
    refused(&["1.json.old"], "not a result of `check --format json`: missing field");
    coast.run(&["check", "--shard", "2/3", "--max-age", "3d", "--format", "json=other.json"]);
    refused(&[&files[0], "other.json"], "other settings");
    std::fs::write(coast.path().join("specs/coast.yaml"), SPEC.replace("No such", "Not a"))
        .unwrap();
    coast.run(&["check", "--shard", "2/3", "--format", "json=changed.json"]);
    refused(&[&files[0], "changed.json"], "specs/coast.yaml: another state of this spec");
}

#[test]
fn results_of_different_apis_add_up() {
    let coast = Coast::new(&[12]);
    std::fs::create_dir(coast.path().join("other")).unwrap();
    let other = SPEC.replace("Lamp", "Buoy").replace("lamp", "buoy");
    std::fs::write(coast.path().join("other/buoys.yaml"), other).unwrap();
    coast.run(&["check", "--format", "json=coast.json"]);
    coast.run(&["check", "--spec", "other", "--format", "json=buoys.json"]);
    let (_, sum, said) = coast.merge(&["coast.json", "buoys.json"]);
    assert_eq!(coast.merge(&["buoys.json", "coast.json"]).1, sum);
    let sum: Value = serde_json::from_str(&sum).unwrap_or_else(|error| panic!("{error}: {said}"));
    assert_eq!(sum["ledger"].as_array().unwrap().len(), 8);
    assert_eq!(sum["totals"]["exchanges"], 24);
    assert_eq!(sum["coverage"]["operations"][1], 4);
    let shown =
        coast.run(&["ledger", "merge", "coast.json", "buoys.json", "--format", "terminal"]).1;
    assert!(shown.contains("removeBuoy") && shown.contains("removeLamp"), "{shown}");
}
