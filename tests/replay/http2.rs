//! Recorded answers over HTTP/2, and those of one version for clients of the other.

use super::{cassette, get, text};
use crate::http2_peer::{ask, client, fields, plain, tunnel};
use crate::support::{Server, told};
use http::Request;
use std::path::Path;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

fn get2(target: &str, response: &str) -> String {
    format!(
        "\"request\": {{\"method\": \"GET\", \"target\": \"{target}\", \"version\": \"HTTP/2\"}}, {response}"
    )
}

/// A replayer of answers of both versions.
fn replayer(folder: &Path) -> Server {
    let hello = "\"response\": {\"status\": 200, \"version\": \"HTTP/2\", \"headers\": [[\"x-b\", \"1\"], [\"x-a\", \"2\"]], \"body\": {\"text\": [\"hello\"]}, \"trailers\": [[\"grpc-status\", \"0\"]]}";
    let part = "\"response\": {\"status\": 200, \"version\": \"HTTP/2\", \"headers\": [], \"body\": {\"text\": [\"part\"]}}, \"error\": {\"kind\": \"reset\", \"message\": \"m\"}";
    let none = "\"response\": null, \"error\": {\"kind\": \"timeout\", \"message\": \"m\"}";
    let file = cassette(
        folder,
        "a",
        &[
            get2("https://new.example/hello", hello),
            get2("https://new.example/part", part),
            get2("https://new.example/none", none),
            get("https://old.example/one", &text(203, "one")),
        ],
    );
    Server::start(folder, &["replay", "--cassette", &file])
}

fn pairs(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn url(text: &str) -> Request<()> {
    Request::get(text).body(()).unwrap()
}

#[test]
fn what_was_recorded_in_http2_is_served_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = replayer(folder.path());
    runtime().block_on(async {
        let both = ["h2", "http/1.1"];
        let (stream, chosen) =
            tunnel(server.address, "new.example:443", folder.path(), &both).await;
        assert_eq!(chosen.as_deref(), Some("h2"));
        let sender = client(stream).await;
        let (head, (body, trailers)) =
            ask(&sender, url("https://new.example/hello"), "").await.unwrap().into_parts();
        assert_eq!((head.status.as_u16(), body.as_slice()), (200, b"hello".as_slice()));
        let expected = [("x-b", "1"), ("x-a", "2"), ("testimony-source", "replay")];
        assert_eq!(fields(&head.headers), pairs(&expected));
        assert_eq!(fields(&trailers), pairs(&[("grpc-status", "0")]));
        // What broke off breaks off again; what failed fails as the recorder told it.
        let broken = ask(&sender, url("https://new.example/part"), "").await.unwrap_err();
        assert_eq!(broken.reason(), Some(h2::Reason::INTERNAL_ERROR));
        let failed = ask(&sender, url("https://new.example/none"), "").await.unwrap();
        assert_eq!(failed.status(), 504);
        assert_eq!(failed.headers()["testimony-error"], "timeout");
        let missed = ask(&sender, url("https://new.example/other"), "").await.unwrap();
        assert_eq!(
            (missed.status().as_u16(), &missed.headers()["testimony-miss"]),
            (477, &"no-match".parse().unwrap())
        );
    });
    let output = server.stop();
    assert!(told(&output).contains("3 requests answered, 1 miss"), "{}", told(&output));
}

#[test]
fn clients_are_answered_in_the_version_they_speak() {
    let folder = tempfile::tempdir().unwrap();
    let server = replayer(folder.path());
    runtime().block_on(async {
        // HTTP/2 that was recorded, for a client of HTTP/1.1.
        let (mut stream, chosen) =
            tunnel(server.address, "new.example:443", folder.path(), &["http/1.1"]).await;
        assert_eq!(chosen.as_deref(), Some("http/1.1"));
        stream.write_all(b"GET /hello HTTP/1.1\r\nHost: new.example\r\n\r\n").await.unwrap();
        let expected = "HTTP/1.1 200 OK\r\nx-b: 1\r\nx-a: 2\r\ntestimony-source: replay\r\n\
                        transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\ngrpc-status: 0\r\n\r\n";
        let mut got = vec![0; expected.len()];
        stream.read_exact(&mut got).await.unwrap();
        assert_eq!(String::from_utf8(got).unwrap(), expected);
        // What was recorded in HTTP/1.1 is not offered in HTTP/2 ...
        let both = ["h2", "http/1.1"];
        let (_, chosen) = tunnel(server.address, "old.example:443", folder.path(), &both).await;
        assert_eq!(chosen.as_deref(), Some("http/1.1"));
        // ... but to a client that speaks nothing else.
        let (stream, chosen) =
            tunnel(server.address, "old.example:443", folder.path(), &["h2"]).await;
        assert_eq!(chosen.as_deref(), Some("h2"));
        let answer = ask(&client(stream).await, url("https://old.example/one"), "").await.unwrap();
        let expected =
            [("x-z", "1"), ("x-z", "2"), ("content-length", "3"), ("testimony-source", "replay")];
        assert_eq!(fields(answer.headers()), pairs(&expected));
        assert_eq!((answer.status().as_u16(), answer.body().0.as_slice()), (203, b"one".as_slice()));
        // In the clear, addressed as a server.
        let sender = plain(server.address).await;
        let address = format!("http://{}/one", server.address);
        assert_eq!(ask(&sender, url(&address), "").await.unwrap().body().0, b"one");
    });
    drop(server);
}
