//! Python's clients.

use crate::journey::{Journey, Peer, Upstream, program};
use crate::tools::python;
use std::process::{Command, Stdio};

fn journey(script: &str) {
    let Some(python) = python() else { return };
    let Some(upstream) = Upstream::start() else { return };
    Journey::of(&[&python, "-B", &program(script)]).run(upstream);
}

#[test]
fn requests() {
    journey("requests_session.py");
}

#[test]
fn httpx() {
    journey("httpx_sync.py");
}

#[test]
fn httpx_async() {
    journey("httpx_async.py");
}

#[test]
fn aiohttp() {
    journey("aiohttp_session.py");
}

#[test]
fn urllib() {
    journey("urllib_opener.py");
}

#[test]
fn httplib2() {
    journey("httplib2_http.py");
}

#[test]
fn boto3() {
    let Some(python) = python() else { return };
    let server =
        Peer::start(Command::new(&python).arg(program("moto_server.py")).stderr(Stdio::null()));
    let (Some(server), Some(upstream)) = (server, Upstream::start()) else { return };
    let (cassette, printed) = Journey::of(&[&python, "-B", &program("boto3_s3.py")])
        .apart()
        .route(format!("s3.depot.example=http://127.0.0.1:{}", server.port))
        .run(upstream.and(server));
    assert!(printed.ends_with("presigned b'the only part'\n"), "{printed}");
    let chunked = cassette.exchanges.iter().filter(|exchange| {
        exchange.request.headers.has_token("Content-Encoding", "aws-chunked")
            && exchange.request.headers.contains("x-amz-trailer")
    });
    assert!(chunked.count() >= 2);
    assert!(!format!("{cassette:?}").contains("AKIADEPOTDEPOTDEPOT1"));
}
