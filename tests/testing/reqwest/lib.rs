//! Tests as somebody writes them who tests a client with reqwest: they run at once, each with a cassette of its own,
//! against the API that `DEPOT_URL` names or against its recording, whichever `TESTIMONY_MODE` says.
#![cfg(test)]

use reqwest::{Client, Proxy, StatusCode};
use serde_json::{Value, json};
use testimony::testing::{Misses, Replayer, Tape, TestingError};

fn upstream() -> String {
    std::env::var("DEPOT_URL").unwrap()
}

async fn tape(name: &str) -> Tape {
    // The recordings of tests may begin at once.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let tape = Tape::builder(format!("cassettes/{name}.cassette")).upstream(upstream());
    tape.start().await.unwrap()
}

/// Creates a job and polls it, turns pages, and retries what is busy.
async fn journey(client: &Client, base: &str, name: &str) {
    let get = async |path: &str| client.get(format!("{base}/{name}/{path}")).send().await.unwrap();
    let made = client.post(format!("{base}/{name}/jobs")).json(&json!({"of": name}));
    let made: Value = made.send().await.unwrap().json().await.unwrap();
    assert_eq!(made, json!({"job": format!("{name}-1"), "sent": {"of": name}}));
    let mut polls = 0;
    loop {
        polls += 1;
        let state: Value = get("jobs/1").await.json().await.unwrap();
        if state["state"] == "done" {
            assert_eq!(state["by"], name);
            break;
        }
    }
    assert_eq!(polls, 4);
    let mut items = Vec::new();
    let mut next = Some("items?page=1".to_owned());
    while let Some(path) = next {
        let page: Value = get(&path).await.json().await.unwrap();
        items.extend(page["items"].as_array().unwrap().clone());
        next = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(Value::from(items), json!([1, 2, 3]));
    let mut refused = 0;
    while get("busy").await.status() == StatusCode::SERVICE_UNAVAILABLE {
        refused += 1;
    }
    assert_eq!(refused, 2);
}

macro_rules! journeys {
    ($($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            let tape = tape(stringify!($name)).await;
            journey(&Client::new(), tape.url(), stringify!($name)).await;
            tape.finish().await.unwrap();
        }
    )*};
}

journeys! { ann bob cid dee eve fay }

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_proxy() {
    let tape = tape("by_proxy").await;
    let client = Client::builder().proxy(Proxy::all(tape.proxy_url()).unwrap()).build().unwrap();
    journey(&client, &upstream(), "by_proxy").await;
}

#[tokio::test]
async fn tests_share_a_server() {
    if std::env::var("TESTIMONY_MODE").as_deref() != Ok("replay") {
        return;
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = Replayer::start("cassettes/").await.unwrap();
    let (ann, bob) = (server.session("ann").await.unwrap(), server.session("bob").await.unwrap());
    let client = Client::new();
    tokio::join!(journey(&client, ann.url(), "ann"), journey(&client, bob.url(), "bob"));
    let missed = client.get(format!("{}/bob/jobs/1", ann.url())).send().await.unwrap();
    assert_eq!(missed.status().as_u16(), 477);
    let failed = ann.finish().await.unwrap_err();
    assert!(matches!(failed, TestingError::Missed(Misses { all: 1, .. })), "{failed}");
    bob.finish().await.unwrap();
}
