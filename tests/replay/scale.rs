//! Recordings so large that their responses stay in the file, and requests that come again.

use super::{Server, ask, cassette, exchange, get, text, told};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::path::Path;

/// More than is read whole at the start.
const MANY: usize = 2_500;

/// A cassette of 5 MB, in which one answer is what `odd` says.
fn large(folder: &Path, odd: (usize, &str)) -> String {
    let filler = "x".repeat(2_000);
    let exchanges: Vec<String> = (0..MANY)
        .map(|number| match odd {
            (at, response) if at == number => get(&format!("http://h/{number}"), response),
            _ => get(&format!("http://h/{number}"), &text(200, &format!("{number} {filler}"))),
        })
        .collect();
    let file = cassette(folder, "large", &exchanges);
    assert!(std::fs::metadata(&file).unwrap().len() > 4 * 1024 * 1024);
    file
}

#[test]
fn a_broken_answer_is_told_when_it_is_asked_for_and_no_sooner() {
    let folder = tempfile::tempdir().unwrap();
    let broken = "{\"status\": 200, \"headers\": [], \"body\": {\"base64\": \"*\"}}";
    let file = large(folder.path(), (2_000, broken));
    let server = Server::start(folder.path(), &["replay", "--cassette", &file]);
    for number in [0, 1_999, 2_001, MANY - 1] {
        let answer = ask(&server, &format!("/{number}"));
        assert!(
            answer.starts_with("HTTP/1.1 200 ") && answer.contains(&format!("\r\n\r\n{number} x"))
        );
    }
    for _ in 0..2 {
        let miss = ask(&server, "/2000");
        assert!(
            miss.starts_with("HTTP/1.1 477 ") && miss.contains("\r\ntestimony-miss: "),
            "{miss}"
        );
        assert!(
            miss.contains("line 2002: record 2002: response body: `base64` is not base64"),
            "{miss}"
        );
    }
    let output = server.stop();
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(told(&output).contains("4 requests answered, 2 misses"), "{}", told(&output));
}

#[test]
fn what_is_no_record_is_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    for (odd, expected) in [
        ("{\"status\": 20, \"headers\": []}", "line 2002: record 2002: `status` is `20`"),
        ("{\"status\": 200, \"headers\": [[1]]}", "line 2002: record 2002: "),
        ("{\"status\": 200, \"headers\": []", "line 2002: record 2002: "),
    ] {
        let file = large(folder.path(), (2_000, odd));
        let output = super::run(folder.path(), &["replay", "--cassette", &file]);
        assert_eq!(output.status.code(), Some(2), "{odd}: {}", told(&output));
        assert!(told(&output).contains(expected), "{odd}: {}", told(&output));
    }
}

#[test]
fn a_recording_that_was_changed_is_served_as_it_was_or_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = large(folder.path(), (MANY, ""));
    let server = Server::start(folder.path(), &["replay", "--cassette", &file]);
    // Another file in its place is not what is served.
    let other = folder.path().join("other");
    std::fs::write(&other, "{\"cassette\": 1}\n").unwrap();
    let kept = folder.path().join("kept");
    std::fs::hard_link(&file, &kept).unwrap();
    std::fs::rename(&other, &file).unwrap();
    assert!(ask(&server, "/7").contains("\r\n\r\n7 x"));
    // Cut off in place: what was not served before is gone, and says so.
    std::fs::OpenOptions::new().write(true).open(&kept).unwrap().set_len(100_000).unwrap();
    assert!(ask(&server, "/7").contains("\r\n\r\n7 x"));
    let miss = ask(&server, "/2000");
    assert!(miss.starts_with("HTTP/1.1 477 "), "{miss}");
    assert_eq!(server.stop().status.code(), Some(1));
}

#[test]
fn requests_in_the_same_bytes_get_their_answers_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let states = ["queued", "queued", "running", "done"];
    let exchanges: Vec<String> = (0..40)
        .map(|index| match index % 10 {
            0 => get("http://h/job", &text(200, states[index / 10])),
            other => get(&format!("http://h/{other}"), &text(200, &format!("{other} {index}"))),
        })
        .collect();
    let file = cassette(folder.path(), "a", &exchanges);
    let server = Server::start(folder.path(), &["replay", "--cassette", &file, "--repeat", "fail"]);
    let wire = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: any\r\n\r\n");
    let all = |targets: &[&str]| {
        let wires: String = targets.iter().map(|target| wire(target)).collect();
        let mut socket = TcpStream::connect(server.address).unwrap();
        socket.write_all(wires.as_bytes()).unwrap();
        socket.shutdown(Shutdown::Write).unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).unwrap();
        text
    };
    // Over one connection and others, some of them pipelined.
    let first = all(&["/job", "/1", "/job", "/1"]);
    let second = all(&["/job", "/1"]);
    let told_by = |text: &str| -> Vec<String> {
        text.split("\r\n\r\n")
            .skip(1)
            .map(|part| part.split("HTTP/1.1").next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(told_by(&first), ["queued", "1 1", "queued", "1 11"]);
    assert_eq!(told_by(&second), ["running", "1 21"]);
    // As a proxy for another host, the same bytes ask for something else.
    let other = wire("http://other/job");
    let text = String::from_utf8(exchange(server.address, other.as_bytes())).unwrap();
    assert!(text.starts_with("HTTP/1.1 477 "), "{text}");
    assert_eq!(told_by(&all(&["http://h/job", "http://h/1"])), ["done", "1 31"]);
    for target in ["/job", "/1", "/job"] {
        assert!(ask(&server, target).starts_with("HTTP/1.1 477 "), "{target}");
    }
    let output = server.stop();
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("8 requests answered, 4 misses"), "{}", told(&output));
}
