//! Misses: each kind of mismatch is told by the field at fault, on one screen, with what settles it.

use crate::support::{Server, exchange, read_response, told};
use crate::{cassette, get, text};
use serde_json::Value;
use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;

/// A request recorded with a body.
fn sent(method: &str, target: &str, headers: &str, body: &str) -> String {
    format!(
        "\"request\": {{\"method\": \"{method}\", \"target\": \"{target}\", \"headers\": [{headers}], \"body\": {body}}}, \"response\": {}",
        text(200, "ok")
    )
}

/// Sends a request as it stands, with the length of its body.
pub fn send(server: &Server, head: &str, body: &[u8]) -> (String, Value) {
    let length = body.len();
    let head = format!(
        "{head}\r\nHost: depot.example\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let answer = exchange(server.address, &[head.as_bytes(), body].concat());
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), serde_json::from_str(body).unwrap_or(Value::Null))
}

/// The blocks of misses in what was told.
fn blocks(told: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    for line in told.lines() {
        if line.starts_with("miss: ") {
            blocks.push(String::new());
        } else if line.contains(" answered, ") {
            break;
        }
        if let Some(block) = blocks.last_mut() {
            block.push_str(line);
            block.push('\n');
        }
    }
    blocks
}

const FORM: &str = "[\"Content-Type\", \"application/x-www-form-urlencoded\"]";
const PARTS: &str = "[\"Content-Type\", \"multipart/form-data; boundary=b\"]";

fn parts(names: &[(&str, &str)]) -> String {
    let part = |(name, content): &(&str, &str)| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
    };
    names.iter().map(part).collect::<String>() + "--b--\r\n"
}

/// Everything that is recorded; each mismatch is to the nearest of these.
fn recordings(folder: &Path) -> String {
    let json =
        "{\"json\": {\"name\": \"a\", \"size\": 1, \"tags\": [1, 2, 3]}, \"style\": \"compact\"}";
    let parts = parts(&[("meta", "m"), ("file", "content")]);
    let lines: Vec<String> =
        parts.split('\n').map(|line| serde_json::to_string(line).unwrap()).collect();
    let exchanges = [
        sent("POST", "https://depot.example/v1/images?dry=1", "", json),
        get("https://depot.example/v1/images/77120934?limit=10", &text(200, "list")),
        sent("POST", "https://depot.example/", "[\"X-Acs-Action\", \"CreateImage\"]", "null"),
        sent("POST", "https://depot.example/form", FORM, "{\"text\": [\"a=1&b=2\"]}"),
        sent(
            "POST",
            "https://depot.example/up",
            PARTS,
            &format!("{{\"text\": [{}]}}", lines.join(", ")),
        ),
        get("https://depot.example/a%2Fb", &text(200, "slash")),
        sent("PUT", "https://depot.example/bin", "", "{\"base64\": \"AAECAwQFBgcICQ==\"}"),
        get("https://depot.example/once", &text(200, "1")),
        get("https://depot.example/once", &text(200, "2")),
    ];
    cassette(folder, "depot", &exchanges)
}

/// What is asked, the first field that differs, words of the reason, and of what settles it.
struct Kind {
    head: &'static str,
    body: Vec<u8>,
    at: &'static str,
    reason: &'static str,
    settle: &'static str,
}

fn kinds() -> Vec<Kind> {
    let kind = |head, body: &str, at, reason, settle| Kind {
        head,
        body: body.as_bytes().to_vec(),
        at,
        reason,
        settle,
    };
    let images = "POST /v1/images?dry=1 HTTP/1.1";
    let form = "POST /form HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
    let up = "POST /up HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b";
    let record = "testimony record --mode new_episodes --cassette";
    let mut all = vec![
        kind("GET /v1/imagos/77120934?limit=10 HTTP/1.1", "", "path", "path differs", record),
        kind(
            "GET /v1/images/77120934?limit=20 HTTP/1.1",
            "",
            "query:limit",
            "query:limit differs",
            "--match 'GET /v1/images/*: ignore-query=limit'",
        ),
        kind(
            "GET /v1/images/77120934?limit=10&ts=9 HTTP/1.1",
            "",
            "query:ts",
            "query:ts was sent and is not recorded",
            "--match 'GET /v1/images/*: ignore-query=ts'",
        ),
        kind(
            "POST / HTTP/1.1\r\nx-acs-action: DeleteImage",
            "",
            "header:x-acs-action",
            "header:x-acs-action differs",
            "--match 'POST /: ignore-header=x-acs-action'",
        ),
        kind(
            images,
            "{\"name\":\"b\",\"size\":1,\"tags\":[1,2,3]}",
            "body:/name",
            "body:/name differs",
            "--match 'POST /v1/images: ignore-json=$.name'",
        ),
        kind(
            images,
            "{\"name\":\"a\",\"size\":1,\"tags\":[2,1,3]}",
            "body:/tags",
            "body:/tags: the same elements in another order",
            "--match 'POST /v1/images: unordered-json=$.tags'",
        ),
        kind(
            images,
            "{\"name\":\"a\",\"size\":\"1\",\"tags\":[1,2,3]}",
            "body:/size",
            "body:/size is recorded as a number, and was sent as a string",
            "ignore-json=$.size",
        ),
        kind(
            images,
            "{\"name\":\"a\",\"size\":1,\"tags\":[1,2,3],\"new\":null}",
            "body:/new",
            "body:/new was sent and is not recorded",
            "ignore-json=$.new",
        ),
        kind(
            images,
            "{\"name\":\"a\",\"tags\":[1,2,3]}",
            "body:/size",
            "body:/size is recorded and was not sent",
            "ignore-json=$.size",
        ),
        kind(
            "PUT /v1/images?dry=1 HTTP/1.1",
            "{\"name\":\"a\",\"size\":1,\"tags\":[1,2,3]}",
            "method",
            "recorded with POST, asked with PUT",
            "send POST, not PUT",
        ),
        kind(
            "GET http://other.example/once HTTP/1.1",
            "",
            "host",
            "recorded for host https://depot.example:443, asked for http://other.example:80",
            "send it to https://depot.example:443",
        ),
        kind(form, "a=1&b=3", "form:b", "form:b differs", "--match 'POST /form: ignore-form=b'"),
        kind("GET /a/b HTTP/1.1", "", "path", "path differs", record),
        kind(
            images,
            "{\"name\":\"a\",\"size\":",
            "body",
            "sent 19 bytes that are no JSON (EOF while",
            record,
        ),
        kind(
            "POST /form HTTP/1.1\r\nContent-Type: text/plain",
            "a=1&b=2",
            "header:content-type",
            "the same body, sent as text of 7 bytes, recorded as a form of 2 fields",
            "--match 'POST /form: body=text'",
        ),
        kind(images, "", "body", "sent no body, recorded a JSON object", record),
    ];
    all.push(Kind {
        head: up,
        body: parts(&[("meta", "m")]).into_bytes(),
        at: "part:file",
        reason: "part:file is recorded and was not sent",
        settle: "--match 'POST /up: ignore-part=file'",
    });
    all.push(Kind {
        head: "PUT /bin HTTP/1.1",
        body: vec![0, 1, 2, 3, 0xff, 5, 6, 7, 8, 9],
        at: "body:byte 5",
        reason: "body:byte 5 differs",
        settle: "body=ignore",
    });
    let packed = testimony::exchange::ContentCoding::Gzip
        .encode(b"{\"name\":\"z\",\"size\":1,\"tags\":[1,2,3]}")
        .unwrap();
    all.push(Kind {
        head: "POST /v1/images?dry=1 HTTP/1.1\r\nContent-Encoding: gzip",
        body: packed,
        at: "body:/name",
        reason: "body:/name differs",
        settle: "ignore-json=$.name",
    });
    all
}

#[test]
fn each_kind_of_mismatch_is_explained_on_one_screen_by_the_field_at_fault() {
    let folder = tempfile::tempdir().unwrap();
    let file = recordings(folder.path());
    let server = Server::start(folder.path(), &["replay", "--cassette", &file]);
    let kinds = kinds();
    for Kind { head, body, at, reason, settle } in &kinds {
        let (answer, problem) = send(&server, head, body);
        assert!(answer.starts_with("HTTP/1.1 477 "), "{head}: {answer}");
        assert!(answer.contains("\r\ntestimony-miss: no-match\r\n"), "{head}: {answer}");
        assert!(answer.contains("\r\nContent-Type: application/problem+json\r\n"), "{answer}");
        assert_eq!(problem["differences"][0]["at"], *at, "{head}: {problem:#}");
        let why = problem["reason"].as_str().unwrap();
        assert!(why.contains(reason), "{head}: {why}");
        let ways = problem["settle"].to_string();
        assert!(ways.contains(settle), "{head}: {ways}");
        assert!(ways.contains("testimony record --mode new_episodes --cassette"), "{ways}");
        assert!(problem["nearest"]["exchange"].is_u64(), "{problem:#}");
    }
    let output = server.stop();
    assert_eq!(output.status.code(), Some(1));
    let text = told(&output);
    let blocks = blocks(&text);
    assert_eq!(blocks.len(), kinds.len(), "{text}");
    for (block, Kind { at, reason, settle, .. }) in blocks.iter().zip(&kinds) {
        assert!(block.lines().count() <= 24, "{block}");
        assert!(block.lines().all(|line| line.chars().count() <= 100), "{block}");
        let fault = block.lines().skip(1).take(2).map(str::trim).collect::<Vec<_>>().join(" ");
        assert!(fault.starts_with(reason) || fault.contains(reason), "{reason}: {block}");
        assert!(block.lines().any(|line| line.trim() == *at), "{at}: {block}");
        assert!(block.contains("hint: ") && block.contains(settle), "{settle}: {block}");
    }
}

#[test]
fn further_candidates_are_named_with_why_each_fails() {
    let folder = tempfile::tempdir().unwrap();
    let file = recordings(folder.path());
    let server = Server::start(folder.path(), &["replay", "--cassette", &file]);
    let (_, problem) = send(&server, "GET /once?x=1 HTTP/1.1", b"");
    assert_eq!(problem["nearest"]["exchange"], 8);
    let candidates = problem["candidates"].as_array().unwrap();
    assert!((1..=4).contains(&candidates.len()), "{problem:#}");
    // The same request recorded twice is one candidate.
    assert!(candidates.iter().all(|one| one["exchange"] != 9), "{problem:#}");
    assert!(candidates.iter().all(|one| !one["differs"].as_array().unwrap().is_empty()));
    let text = told(&server.stop());
    assert!(text.contains("  nor exchange "), "{text}");
}

#[test]
fn what_was_answered_as_often_as_recorded_is_exhausted() {
    let folder = tempfile::tempdir().unwrap();
    let file = recordings(folder.path());
    let arguments = ["replay", "--cassette", &file, "--repeat", "fail"];
    let server = Server::start(folder.path(), &arguments);
    for _ in 0..2 {
        assert!(send(&server, "GET /once HTTP/1.1", b"").0.starts_with("HTTP/1.1 200 "));
    }
    let (head, problem) = send(&server, "GET /once HTTP/1.1", b"");
    assert!(head.contains("\r\ntestimony-miss: exhausted\r\n"), "{head}");
    assert_eq!(problem["reason"], "it was recorded 2 times, and is asked for the 3rd time");
    assert_eq!(problem["settle"][0]["how"], "--repeat last");
    assert_eq!(problem["nearest"]["exchange"], 9);
    let text = told(&server.stop());
    assert!(blocks(&text)[0].lines().count() <= 24, "{text}");
}

#[test]
fn requests_are_counted_once_when_they_come_in_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let file = recordings(folder.path());
    let arguments = ["replay", "--cassette", &file, "--repeat", "fail"];
    let server = Server::start(folder.path(), &arguments);
    let mut socket = TcpStream::connect(server.address).unwrap();
    let mut ask = || {
        socket.write_all(b"GET /once HTTP/1.1\r\nHost: depot.example\r\n\r\n").unwrap();
        String::from_utf8(read_response(&mut socket)).unwrap()
    };
    assert!([(); 2].into_iter().all(|()| ask().starts_with("HTTP/1.1 200 ")));
    for _ in 0..2 {
        let miss = ask();
        let reason = "it was recorded 2 times, and is asked for the 3rd time";
        assert!(miss.contains(reason), "{miss}");
    }
    drop(socket);
    let text = told(&server.stop());
    assert!(text.contains("2 requests answered, 2 misses"), "{text}");
    // Equal exchanges among the next ones differ in no field.
    assert!(!text.contains(" ():"), "{text}");
}

#[test]
fn a_request_of_another_session_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let cassettes = folder.path().join("all");
    std::fs::create_dir(&cassettes).unwrap();
    cassette(&cassettes, "one", &[get("http://h/x", &text(200, "x"))]);
    cassette(&cassettes, "two", &[get("http://h/y", &text(200, "y"))]);
    let server = Server::start(folder.path(), &["replay", "--cassette", "all/"]);
    let (head, problem) = send(&server, "GET /y HTTP/1.1\r\ntestimony-session: one", b"");
    assert!(head.contains("\r\ntestimony-miss: wrong-session\r\n"), "{head}");
    assert_eq!(
        problem["reason"],
        "session `one` has its cassette all/one.cassette; this request is recorded in session `two` (all/two.cassette exchange 1)"
    );
    assert_eq!(problem["settle"][0]["how"], "name session two");
    let (head, problem) = send(&server, "GET /y HTTP/1.1\r\ntestimony-session: three", b"");
    assert!(head.contains("\r\ntestimony-miss: unknown-session\r\n"), "{head}");
    let reason = problem["reason"].as_str().unwrap();
    assert!(
        reason.starts_with(
            "there is no cassette of session `three`; this request is recorded in session `two`"
        ),
        "{reason}"
    );
    assert_eq!(problem["settle"][1]["how"], "testimony record --cassette all/ …");
    assert!(problem["settle"][1]["when"].to_string().contains("all/three.cassette"));
    let text = told(&server.stop());
    for block in blocks(&text) {
        assert!(
            block.lines().count() <= 24 && block.lines().all(|line| line.chars().count() <= 100),
            "{block}"
        );
    }
}

#[test]
fn a_client_that_asks_again_and_again_is_told_once_and_counted_in_full() {
    let folder = tempfile::tempdir().unwrap();
    let file = recordings(folder.path());
    let arguments = ["replay", "--cassette", &file, "--format", "json=result.json"];
    let server = Server::start(folder.path(), &arguments);
    let mut socket = std::net::TcpStream::connect(server.address).unwrap();
    for index in 0..1_000 {
        // A signed request differs every time.
        let request = format!("GET /none?Signature={index} HTTP/1.1\r\nHost: h\r\n\r\n");
        socket.write_all(request.as_bytes()).unwrap();
        let answer = crate::support::read_response(&mut socket);
        assert!(answer.starts_with(b"HTTP/1.1 477 "));
    }
    drop(socket);
    let text = told(&server.stop());
    assert_eq!(text.matches("miss: GET").count(), 1, "{text}");
    assert!(text.contains("0 requests answered, 1000 misses"), "{text}");
    assert!(text.contains("  missed 1000 times: GET "), "{text}");
    let result = std::fs::read_to_string(folder.path().join("result.json")).unwrap();
    let result: Value = serde_json::from_str(&result).unwrap();
    assert_eq!(result["totals"]["missed"], 1_000);
    assert_eq!(result["sessions"][0]["misses"].as_array().unwrap().len(), 1);
    assert_eq!(result["sessions"][0]["misses"][0]["times"], 1_000);
}

#[test]
fn difference_is_coloured_where_asked_and_readable_without() {
    let folder = tempfile::tempdir().unwrap();
    let file = recordings(folder.path());
    let shown = |color: &str| {
        let server =
            Server::start(folder.path(), &["--color", color, "replay", "--cassette", &file]);
        send(&server, "GET /v1/images/77120934?limit=1%1b%5b2J0 HTTP/1.1", b"");
        told(&server.stop())
    };
    let plain = shown("never");
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    assert!(plain.contains("    - 10\n    + 1\\u{1b}[2J0\n"), "{plain}");
    let coloured = shown("always");
    assert!(
        coloured.contains("\u{1b}[32m+\u{1b}[0m 1\u{1b}[32m\\u{1b}[2J\u{1b}[0m0\n"),
        "{coloured:?}"
    );
    assert!(!coloured.contains("\u{1b}[2J"), "what is foreign commands nothing: {coloured:?}");
    assert_eq!(shown("auto"), plain, "no terminal, no colour");
}

#[test]
fn secrets_of_a_missed_request_show_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let cassettes = folder.path().join("all");
    std::fs::create_dir(&cassettes).unwrap();
    let recorded = "\"request\": {\"method\": \"POST\", \"target\": \"https://h/t/{{secret:4}}/x?key=pre-{{secret:5}}&n=1\", \"headers\": [[\"X-Auth-Token\", \"{{secret:1}}\"]], \"body\": {\"json\": {\"password\": \"{{secret:2}}\", \"note\": \"{{secret:3}}\", \"user\": \"u\"}, \"style\": \"compact\"}}, \"response\": {\"status\": 204}";
    cassette(&cassettes, "one", &[recorded.to_owned()]);
    let arguments = [
        "replay",
        "--cassette",
        "all/",
        "--repeat",
        "fail",
        "--admin",
        "0",
        "--format",
        "json=r.json",
        "--format",
        "junit=r.xml",
    ];
    let mut server = Server::start(folder.path(), &arguments);
    let admin = server.line().strip_prefix("admin on http://").unwrap().parse().unwrap();
    // Values that no rule knows stand where the recording has placeholders; one stands elsewhere, too.
    let body = "{\"password\":\"Pa55word-sent\",\"note\":\"plain/note+sent\",\"user\":\"v\"}";
    let mut answers = String::new();
    for session in ["one", "nobody"] {
        for (path, token) in [
            ("/t/in%2Dpath-sent/x?key=pre-query%2Fsent&n=2", "tok-sent-1"),
            ("/t/in%2Dpath-sent/y?key=post-query%2Fsent&n=1&api_key=named-sent", "tok-sent-2"),
            ("/t/in-path-sent/x/y?key=pre-a&n=plain/note%2bsent&token=named-sent", "tok-sent-3"),
        ] {
            let head = format!(
                "POST {path} HTTP/1.1\r\nX-Auth-Token: {token}\r\ntestimony-session: {session}\r\nAuthorization: Bearer bear-sent"
            );
            let (answer, problem) = send(&server, &head, body.as_bytes());
            assert!(answer.starts_with("HTTP/1.1 477 "), "{answer}");
            answers.push_str(&format!("{answer}\n{problem}\n"));
        }
    }
    // The last of these is a miss because the recording is exhausted.
    let fits = "POST /t/in-path-sent/x?key=pre-query%2Fsent&n=1 HTTP/1.1\r\ntestimony-session: one";
    let body = body.replace("\"v\"", "\"u\"");
    let (answer, problem) = send(&server, fits, body.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}\n{problem}");
    let (answer, problem) = send(&server, fits, body.as_bytes());
    assert!(answer.contains("testimony-miss: exhausted"), "{answer}");
    answers.push_str(&format!("{answer}\n{problem}\n"));
    let ask =
        format!("GET /testimony/sessions HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\n\r\n");
    answers.push_str(&String::from_utf8(exchange(admin, ask.as_bytes())).unwrap());
    answers.push_str(&told(&server.stop()));
    for file in ["r.json", "r.xml"] {
        answers.push_str(&std::fs::read_to_string(folder.path().join(file)).unwrap());
    }
    assert!(answers.contains("body:/user"), "{answers}");
    let secrets = [
        "tok-sent",
        "bear-sent",
        "Pa55word",
        "named-sent",
        "path-sent",
        "query/sent",
        "query%2Fsent",
        "note+sent",
        "note%2bsent",
    ];
    for secret in secrets {
        let shown: Vec<&str> = answers.lines().filter(|line| line.contains(secret)).collect();
        assert!(shown.is_empty(), "{secret}: {shown:#?}");
    }
}
