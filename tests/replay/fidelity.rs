//! What stood on the wire stands there again: bodiless answers, ranges, framings, content codings.

use super::cassette;
use crate::support::{Server, client, has, read_response, told};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

fn recorded(method: &str, path: &str, fields: &str, response: &str) -> String {
    format!(
        "\"request\": {{\"method\": \"{method}\", \"target\": \"http://h{path}\", \"headers\": [{fields}]}}, \"response\": {response}"
    )
}

/// Sends requests on one connection, and reads each answer to its end.
struct Client(TcpStream);

impl Client {
    fn new(server: &Server) -> Self {
        Self(TcpStream::connect(server.address).unwrap())
    }

    fn send(&mut self, method: &str, path: &str, version: &str, fields: &str) {
        write!(self.0, "{method} {path} HTTP/{version}\r\nHost: any\r\n{fields}\r\n").unwrap();
    }

    /// Exactly so many bytes.
    fn exactly(&mut self, expected: &str) {
        let mut got = vec![0; expected.len()];
        self.0.read_exact(&mut got).unwrap();
        assert_eq!(String::from_utf8_lossy(&got), expected);
    }

    fn over(mut self) {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).unwrap();
        assert_eq!(String::from_utf8_lossy(&rest), "");
    }
}

const MARK: &str = "testimony-source: replay\r\n";

#[test]
fn answers_without_a_body_leave_the_connection_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let exchanges = [
        recorded(
            "HEAD",
            "/a",
            "",
            "{\"status\": 200, \"reason\": \"OK\", \"headers\": [[\"Content-Length\", \"1234\"], [\"ETag\", \"\\\"x\\\"\"]]}",
        ),
        recorded(
            "GET",
            "/304",
            "",
            "{\"status\": 304, \"headers\": [[\"Content-Length\", \"77\"]]}",
        ),
        recorded("GET", "/204", "", "{\"status\": 204, \"headers\": []}"),
        recorded(
            "GET",
            "/206",
            "[\"Range\", \"bytes=2-4\"]",
            "{\"status\": 206, \"reason\": \"Part\", \"headers\": [[\"Content-Range\", \"bytes 2-4/10\"], [\"Content-Length\", \"3\"]], \"body\": {\"text\": [\"234\"]}}",
        ),
        recorded(
            "GET",
            "/416",
            "[\"Range\", \"bytes=99-\"]",
            "{\"status\": 416, \"reason\": \"Requested Range Not Satisfiable\", \"headers\": [[\"Content-Length\", \"5\"]]}",
        ),
    ];
    let file = cassette(folder.path(), "a", &exchanges);
    let server = Server::start(folder.path(), &["replay", "--cassette", &file]);
    let mut client = Client::new(&server);
    for (method, path, answer) in [
        ("HEAD", "/a", "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nETag: \"x\"\r\n"),
        ("GET", "/304", "HTTP/1.1 304 \r\nContent-Length: 77\r\n"),
        ("GET", "/204", "HTTP/1.1 204 \r\n"),
        (
            "GET",
            "/206",
            "HTTP/1.1 206 Part\r\nContent-Range: bytes 2-4/10\r\nContent-Length: 3\r\n",
        ),
        ("GET", "/416", "HTTP/1.1 416 Requested Range Not Satisfiable\r\nContent-Length: 5\r\n"),
    ] {
        client.send(method, path, "1.1", "");
        let body = if path == "/206" { "234" } else { "" };
        client.exactly(&format!("{answer}{MARK}\r\n{body}"));
    }
    // A registry says five bytes and sends none: only the end of the connection ends that.
    client.over();
    assert_eq!(server.stop().status.code(), Some(0));
}

#[test]
fn bodies_end_as_they_ended() {
    let folder = tempfile::tempdir().unwrap();
    let exchanges = [
        recorded(
            "GET",
            "/chunked",
            "",
            "{\"status\": 200, \"headers\": [[\"transfer-ENCODING\", \"chunked\"], [\"Trailer\", \"X-Sum\"]], \"body\": {\"text\": [\"abc\"]}, \"trailers\": [[\"X-sum\", \"9\"]]}",
        ),
        recorded(
            "GET",
            "/close",
            "",
            "{\"status\": 200, \"headers\": [[\"Connection\", \"close\"]], \"body\": {\"text\": [\"abc\"]}}",
        ),
        recorded(
            "GET",
            "/old",
            "",
            "{\"status\": 200, \"reason\": \"Old\", \"version\": \"HTTP/1.0\", \"headers\": [[\"X-A\", \"1\"], [\"x-a\", \"2\"]], \"body\": {\"text\": [\"abc\"]}}",
        ),
    ];
    let file = cassette(folder.path(), "a", &exchanges);
    let server = Server::start(folder.path(), &["replay", "--cassette", &file]);
    let head =
        format!("HTTP/1.1 200 \r\ntransfer-ENCODING: chunked\r\nTrailer: X-Sum\r\n{MARK}\r\n");
    let mut client = Client::new(&server);
    client.send("GET", "/chunked", "1.1", "");
    client.exactly(&format!("{head}3\r\nabc\r\n0\r\nX-sum: 9\r\n\r\n"));
    client.send("GET", "/close", "1.1", "");
    client.exactly(&format!("HTTP/1.1 200 \r\nConnection: close\r\n{MARK}\r\nabc"));
    client.over();
    let mut client = Client::new(&server);
    client.send("GET", "/chunked", "1.0", "");
    client.exactly(&format!("HTTP/1.1 200 \r\nTrailer: X-Sum\r\n{MARK}\r\nabc"));
    client.over();
    let mut client = Client::new(&server);
    client.send("GET", "/old", "1.1", "");
    client.exactly(&format!("HTTP/1.0 200 Old\r\nX-A: 1\r\nx-a: 2\r\n{MARK}\r\nabc"));
    client.over();
    assert_eq!(server.stop().status.code(), Some(0));
}

/// `{"zipped":true}` under each coding, as other tools made it.
const BODIES: [(&str, &str); 4] = [
    ("gzip", "H4sIAAAAAAACA6tWqsosKEhNUbIqKSpNrQUAhCi8CA8AAAA="),
    ("deflate", "eJyrVqrKLChITVGyKikqTa0FAC0XBcM="),
    ("br", "CweAeyJ6aXBwZWQiOnRydWV9Aw=="),
    ("zstd", "KLUv/QRYeQAAeyJ6aXBwZWQiOnRydWV9r4uH4Q=="),
];
const PLAIN: &str = "{\"zipped\":true}";

fn coded(accepts: bool) -> Vec<String> {
    let accept = if accepts { "[\"Accept-Encoding\", \"gzip, deflate, br, zstd\"]" } else { "" };
    let each = BODIES.iter().map(|(coding, body)| {
        recorded("GET", &format!("/{coding}"), accept, &format!(
            "{{\"status\": 200, \"headers\": [[\"Content-Encoding\", \"{coding}\"], [\"Content-Length\", \"{}\"], [\"Vary\", \"Accept-Encoding\"], [\"ETag\", \"\\\"v1\\\"\"], [\"Content-MD5\", \"x\"]], \"body\": {{\"base64\": \"{body}\"}}}}",
            length(body)
        ))
    });
    each.collect()
}

fn length(base64: &str) -> usize {
    base64.len() / 4 * 3 - base64.bytes().filter(|byte| *byte == b'=').count()
}

#[test]
fn a_coding_that_is_not_taken_is_undone() {
    let folder = tempfile::tempdir().unwrap();
    let file = cassette(folder.path(), "a", &coded(true));
    let server = Server::start(folder.path(), &["replay", "--cassette", &file]);
    for (coding, body) in BODIES {
        let ask = |fields: &str| {
            let mut client = Client::new(&server);
            client.send("GET", &format!("/{coding}"), "1.1", fields);
            read_response(&mut client.0)
        };
        for taken in
            [coding, "*", &format!("{coding};q=0.1, identity"), &format!("*;q=0, {coding}")]
        {
            let answer = ask(&format!("Accept-Encoding: {taken}\r\n"));
            let text = String::from_utf8_lossy(&answer).into_owned();
            assert!(
                text.contains(&format!("\r\nContent-Encoding: {coding}\r\n")),
                "{taken}: {text}"
            );
            assert!(
                text.contains("\r\nETag: \"v1\"\r\n") && text.contains("\r\nContent-MD5: x\r\n")
            );
            let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
            assert_eq!(answer.len() - end, length(body), "{taken}");
        }
        let plain = format!(
            "HTTP/1.1 200 \r\nContent-Length: 15\r\nVary: Accept-Encoding\r\nETag: W/\"v1\"\r\n{MARK}\r\n{PLAIN}"
        );
        let refused = format!("{coding};q=0, *");
        for taken in ["identity", "", "x-other", &refused, "*;q=0"] {
            let answer = ask(&format!("Accept-Encoding: {taken}\r\n"));
            assert_eq!(String::from_utf8_lossy(&answer), plain, "{coding} for `{taken}`");
        }
        // The server chose by what was said then, and nothing is said now.
        assert_eq!(String::from_utf8_lossy(&ask("")), plain, "{coding}");
    }
    if has("curl") {
        let output =
            client("curl").args(["-sS", &format!("{}/br", server.url())]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), PLAIN, "{}", told(&output));
    }
    assert_eq!(server.stop().status.code(), Some(0));
}

#[test]
fn a_coding_that_nobody_chose_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut exchanges = coded(false);
    let zipped = BODIES[0].1;
    let head = "[\"Content-Encoding\", \"gzip\"]";
    exchanges.push(recorded(
        "HEAD",
        "/head",
        "[\"Accept-Encoding\", \"gzip\"]",
        &format!("{{\"status\": 200, \"headers\": [{head}, [\"Content-Length\", \"39\"]]}}"),
    ));
    exchanges.push(recorded("GET", "/part", "[\"Accept-Encoding\", \"gzip\"]", &format!("{{\"status\": 206, \"headers\": [{head}, [\"Content-Length\", \"{}\"]], \"body\": {{\"base64\": \"{zipped}\"}}}}", length(zipped))));
    exchanges.push(recorded("GET", "/lie", "[\"Accept-Encoding\", \"gzip\"]", &format!("{{\"status\": 200, \"headers\": [{head}, [\"Content-Length\", \"4\"]], \"body\": {{\"text\": [\"text\"]}}}}")));
    let file = cassette(folder.path(), "a", &exchanges);
    let server = Server::start(folder.path(), &["replay", "--cassette", &file]);
    let mut client = Client::new(&server);
    client.send("GET", "/gzip", "1.1", "");
    assert!(
        String::from_utf8_lossy(&read_response(&mut client.0))
            .contains("\r\nContent-Encoding: gzip\r\n")
    );
    // Nobody knows how long the body would be.
    client.send("HEAD", "/head", "1.1", "Accept-Encoding: identity\r\n");
    client.exactly(&format!("HTTP/1.1 200 \r\n{MARK}\r\n"));
    // A part can't be decoded, nor can what is not coded.
    for path in ["/part", "/lie"] {
        client.send("GET", path, "1.1", "Accept-Encoding: identity\r\n");
        let answer = read_response(&mut client.0);
        assert!(
            String::from_utf8_lossy(&answer).contains("\r\nContent-Encoding: gzip\r\n"),
            "{path}"
        );
    }
    assert_eq!(server.stop().status.code(), Some(0));
}
