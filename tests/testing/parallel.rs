//! Tests that run at once and share a server: each has a session, and no test sees another's state.

use crate::Desk;
use crate::clients::Http;
use crate::upstream::Upstream;
use serde_json::json;
use testimony::testing::{Recorder, Replayer, Session};

const TESTS: usize = 8;
const RUNS: usize = 100;

/// Creates, polls, turns pages and retries; what it saw.
async fn test(number: usize, session: Session) -> Vec<String> {
    let (client, base) = (Http::new(), format!("{}/test-{number}", session.url()));
    let mut seen = Vec::new();
    let sent = json!({"number": number}).to_string();
    seen.push(client.ask("POST", format!("{base}/jobs"), &sent).await.text);
    for _ in 0..5 {
        seen.push(client.ask("GET", format!("{base}/jobs/1"), "").await.text);
    }
    let mut next = "items?page=1".to_owned();
    loop {
        let page = client.json("GET", format!("{base}/{next}"), "").await;
        seen.push(page.to_string());
        let Some(more) = page["next"].as_str() else { break };
        more.clone_into(&mut next);
    }
    loop {
        let answer = client.ask("GET", format!("{base}/busy"), "").await;
        seen.push(format!("{} {:?}", answer.status, answer.retry_after));
        if answer.status == 200 {
            break;
        }
    }
    session.finish().await.unwrap();
    seen
}

/// All tests at once, each on a thread and a runtime of its own, as `cargo test` has them.
fn run(order: impl Iterator<Item = usize>, session: impl Fn(usize) -> Session) -> Vec<Vec<String>> {
    let started: Vec<_> = order
        .map(|number| {
            let session = session(number);
            let test = move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.unwrap().block_on(test(number, session))
            };
            (number, std::thread::spawn(test))
        })
        .collect();
    let mut seen: Vec<_> =
        started.into_iter().map(|(number, thread)| (number, thread.join().unwrap())).collect();
    seen.sort();
    seen.into_iter().map(|(_, seen)| seen).collect()
}

fn name(number: usize) -> String {
    format!("suite::test_{number}[a/b]")
}

#[test]
fn eight_tests_share_a_folder_a_hundred_times() {
    let (desk, upstream) = (Desk::new(), Upstream::start());
    let folder = desk.path("cassettes/");
    let recorder = Recorder::builder()
        .cassette(&folder)
        .upstream(&upstream.url)
        .ca_folder(desk.ca())
        .start()
        .wait()
        .unwrap();
    let live = run(0..TESTS, |number| recorder.session(name(number)).wait().unwrap());
    assert_eq!(recorder.finish().wait().unwrap().recorded, (TESTS * 11) as u64);
    assert_eq!(live[3][0], r#"{"job": "test-3-1", "sent": {"number":3}}"#);
    assert_eq!(live[3][8], "503 Some(\"30\")");
    upstream.forget();

    let replayer = Replayer::builder()
        .cassette(&folder)
        .ca_folder(desk.ca())
        .all_used()
        .start()
        .wait()
        .unwrap();
    let expected: Vec<Vec<String>> = live
        .into_iter()
        .map(|seen| seen.into_iter().map(|text| text.replace("\"30\"", "\"0\"")).collect())
        .collect();
    for round in 0..RUNS {
        let order = (0..TESTS).map(|number| (number * 3 + round) % TESTS);
        let seen = run(order, |number| replayer.session(name(number)).wait().unwrap());
        assert_eq!(seen, expected, "round {round}");
    }
    assert_eq!(upstream.requests(), 0);
    replayer.finish().wait().unwrap();
}

#[test]
fn a_miss_fails_the_session_that_it_is_of_and_no_other() {
    let (desk, upstream) = (Desk::new(), Upstream::start());
    let folder = desk.path("cassettes/");
    let recorder =
        Recorder::builder().cassette(&folder).upstream(&upstream.url).ca_folder(desk.ca());
    let recorder = recorder.start().wait().unwrap();
    for name in ["a", "b"] {
        let session = recorder.session(name).wait().unwrap();
        crate::get(session.url(), &format!("/{name}/hello"));
    }
    drop(recorder);
    let replayer = Replayer::builder().cassette(&folder).ca_folder(desk.ca());
    let replayer = replayer.start().wait().unwrap();
    let (first, second) =
        (replayer.session("a").wait().unwrap(), replayer.session("b").wait().unwrap());
    assert!(crate::get(first.url(), "/a/hello").starts_with("HTTP/1.1 200"));
    assert!(crate::get(second.url(), "/a/hello").starts_with("HTTP/1.1 477"));
    assert_eq!(first.finish().wait().unwrap().answered, 1);
    let miss = second.finish().wait().unwrap_err().to_string();
    assert!(miss.contains("(session `b`): 1 request is not recorded\nmiss: GET"), "{miss}");
    let unknown = replayer.session("c").wait().unwrap_err().to_string();
    assert!(unknown.starts_with("session `c`: a cassette of session `c` is in none"), "{unknown}");
    // Who got the miss has heard of it.
    replayer.finish().wait().unwrap();
}
