//! What fails a test, and what does not.

use crate::support::Nobody;
use crate::upstream::Upstream;
use crate::{Desk, get, panic_of, text};
use std::panic::AssertUnwindSafe;
use testimony::testing::{Mode, Recorder, Replayer};

#[test]
fn a_miss_panics_when_the_replayer_is_dropped() {
    let desk = Desk::recorded(&Upstream::start());
    let replayer = desk.replayer();
    assert!(get(replayer.url(), "/a/hello").ends_with(r#"{"hello": "a"}"#));
    let missed = get(replayer.url(), "/a/hallo");
    assert!(missed.starts_with("HTTP/1.1 477"), "{missed}");
    assert_eq!(replayer.misses().len(), 1);
    let panic = panic_of(AssertUnwindSafe(move || drop(replayer)));
    assert!(panic.contains("one.cassette: 1 request is not recorded"), "{panic}");
    assert!(panic.contains("/a/hallo") && panic.contains("hint:"), "{panic}");
}

#[test]
fn a_result_is_an_alternative_to_a_panic() {
    let desk = Desk::recorded(&Upstream::start());
    let replayer = desk.replayer();
    get(replayer.url(), "/other");
    let early = replayer.verify().unwrap_err().to_string();
    assert!(early.contains("/other"), "{early}");
    assert_eq!(replayer.finish().wait().unwrap_err().to_string(), early);
}

#[test]
fn a_test_that_panics_already_keeps_its_reason() {
    let desk = Desk::recorded(&Upstream::start());
    let panic = panic_of(AssertUnwindSafe(|| {
        let replayer = desk.replayer();
        get(replayer.url(), "/other");
        panic!("the test's own");
    }));
    assert_eq!(panic, "the test's own");
}

#[test]
fn a_client_that_went_past_is_noticed() {
    let desk = Desk::recorded(&Upstream::start());
    let replayer = desk.replayer();
    let panic = panic_of(AssertUnwindSafe(move || drop(replayer)));
    assert!(panic.contains("no request came\nhint: does the client use `url()`"), "{panic}");
    let idle = Replayer::builder().cassette(desk.path("one.cassette")).ca_folder(desk.ca());
    assert_eq!(idle.allow_idle().start().wait().unwrap().finish().wait().unwrap().answered, 0);
    let recorder = Recorder::builder().cassette(desk.path("none.cassette")).ca_folder(desk.ca());
    let error = recorder.start().wait().unwrap().finish().wait().unwrap_err().to_string();
    assert!(error.contains("none.cassette: no request came"), "{error}");
}

#[test]
fn unused_exchanges_fail_on_request() {
    let (desk, upstream) = (Desk::new(), Upstream::start());
    let cassette = desk.path("two.cassette");
    let recorder = Recorder::builder().cassette(&cassette).upstream(&upstream.url);
    let recorder = recorder.ca_folder(desk.ca()).start().wait().unwrap();
    get(recorder.url(), "/a/hello");
    get(recorder.url(), "/b/hello");
    drop(recorder);
    let start = |all: bool| {
        let builder = Replayer::builder().cassette(&cassette).ca_folder(desk.ca());
        let builder = if all { builder.all_used() } else { builder };
        let replayer = builder.start().wait().unwrap();
        get(replayer.url(), "/b/hello");
        replayer.finish().wait()
    };
    assert_eq!(start(false).unwrap().unused[0].exchange, 1);
    let error = start(true).unwrap_err().to_string();
    assert!(error.starts_with("1 exchange was not asked for\n"), "{error}");
    assert!(error.contains("exchange 1: GET"), "{error}");
}

#[test]
fn a_recorder_seals_when_it_is_dropped_even_by_a_panic() {
    let (desk, upstream) = (Desk::new(), Upstream::start());
    let cassette = desk.path("dropped.cassette");
    let start = || {
        let recorder = Recorder::builder().cassette(&cassette).upstream(&upstream.url);
        recorder.secret("KEY", "a-secret-of-the-test").ca_folder(desk.ca()).start().wait()
    };
    let panic = panic_of(AssertUnwindSafe(|| {
        let recorder = start().unwrap();
        get(recorder.url(), "/a/hello?key=a-secret-of-the-test");
        panic!("the test's own");
    }));
    assert_eq!(panic, "the test's own");
    let recorded = text(&cassette);
    assert!(recorded.ends_with("{\"end\": true, \"exchanges\": 1}\n"), "{recorded}");
    assert!(!recorded.contains("a-secret-of-the-test"), "{recorded}");
    let again = start().unwrap_err().to_string();
    assert!(again.contains("holds 1 exchanges already"), "{again}");
}

#[test]
fn an_upstream_that_is_not_there_makes_no_recording() {
    let desk = Desk::new();
    let dead = Nobody::new();
    let recorder = Recorder::builder()
        .cassette(desk.path("dead.cassette"))
        .upstream(dead.url())
        .mode(Mode::Once)
        .ca_folder(desk.ca())
        .start()
        .wait()
        .unwrap();
    assert!(get(recorder.url(), "/").starts_with("HTTP/1.1 502"));
    let error = recorder.finish().wait().unwrap_err().to_string();
    assert!(error.contains("not one of 1 exchanges came to its end"), "{error}");
}

#[test]
fn what_was_asked_wrongly_is_said_with_a_hint() {
    let desk = Desk::new();
    let missing = Replayer::start(desk.path("none.cassette")).wait().unwrap_err().to_string();
    assert!(missing.contains("none.cassette: no such file or folder"), "{missing}");
    let none = Recorder::builder().start().wait().unwrap_err().to_string();
    assert!(none.contains("hint: name one with `cassette(…)`"), "{none}");
    let status = Replayer::builder().miss_status(42).start().wait().unwrap_err().to_string();
    assert!(status.contains("hint: take one from 200 to 999"), "{status}");
    let upstream = Recorder::builder().cassette("x.cassette").upstream("example.com").start();
    assert!(upstream.wait().unwrap_err().to_string().contains("`example.com` is not a URL"));
}

#[test]
fn a_fault_strikes_or_fails_the_test() {
    let desk = Desk::recorded(&Upstream::start());
    let start = || {
        let replayer = Replayer::builder().cassette(desk.path("one.cassette")).ca_folder(desk.ca());
        replayer.fault("GET /*/hello#1 = 503").start().wait().unwrap()
    };
    let replayer = start();
    assert!(get(replayer.url(), "/a/hello").starts_with("HTTP/1.1 503"));
    assert!(get(replayer.url(), "/a/hello").starts_with("HTTP/1.1 200"));
    replayer.finish().wait().unwrap();
    let late = Replayer::builder().cassette(desk.path("one.cassette")).ca_folder(desk.ca());
    let late = late.fault("GET /*/hello#2 = reset").start().wait().unwrap();
    get(late.url(), "/a/hello");
    let idle = late.finish().wait().unwrap_err().to_string();
    assert!(idle.contains("never struck"), "{idle}");
    let wrong = Replayer::builder().cassette(desk.path("one.cassette")).fault("GET 503");
    let wrong = wrong.start().wait().unwrap_err().to_string();
    assert!(wrong.starts_with("fault `GET 503`: ") && wrong.contains("\nhint: "), "{wrong}");
}

#[test]
fn a_matching_rule_makes_a_field_invisible() {
    let desk = Desk::recorded(&Upstream::start());
    let replayer = Replayer::builder().cassette(desk.path("one.cassette")).ca_folder(desk.ca());
    let replayer = replayer.match_rule("ignore-query=nonce").start().wait().unwrap();
    assert!(get(replayer.url(), "/a/hello?nonce=77").starts_with("HTTP/1.1 200"));
    replayer.finish().wait().unwrap();
    let wrong = Replayer::builder().cassette(desk.path("one.cassette")).match_rule("ignore=x");
    let wrong = wrong.start().wait().unwrap_err().to_string();
    assert!(
        wrong.starts_with("match_rule `ignore=x`: `ignore` is no matching rule\nhint:"),
        "{wrong}"
    );
}
