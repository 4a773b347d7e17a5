//! What counts as the same request and what does not, over raw sockets: XML by meaning, media types, made-up
//! secrets, identifiers in paths, and equalities that must not be.

use crate::support::{Server, told};
use crate::{cassette, get, misses, text};
use serde_json::Value;
use std::path::Path;

const XML: &str = "text/xml; charset=utf-8";

fn posted(target: &str, media: &str, body: &str, answer: &str) -> String {
    let lines: Vec<Value> =
        body.split_inclusive('\n').map(|line| line.trim_end_matches('\n').into()).collect();
    format!(
        "\"request\": {{\"method\": \"POST\", \"target\": \"http://h{target}\", \"headers\": [[\"Content-Type\", \"{media}\"]], \
         \"body\": {{\"text\": {}}}}}, \"response\": {}",
        Value::from(lines),
        text(200, answer)
    )
}

fn post(server: &Server, target: &str, media: &str, body: &str) -> (String, Value) {
    let head = format!("POST {target} HTTP/1.1\r\nContent-Type: {media}");
    misses::send(server, &head, body.as_bytes())
}

fn replay(folder: &Path, exchanges: &[String], more: &[&str]) -> Server {
    let file = cassette(folder, "a", exchanges);
    Server::start(folder, &[&["replay", "--cassette", &file], more].concat())
}

fn is_answered(answer: &(String, Value)) -> bool {
    answer.0.starts_with("HTTP/1.1 200 ")
}

#[test]
fn soap_is_compared_by_meaning_and_told_by_element() {
    let folder = tempfile::tempdir().unwrap();
    let envelope = |header: &str, id: &str| {
        format!(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header>{header}</s:Header>\
             <s:Body><Get a='1' b='2'><Id>{id}</Id><Id>second</Id><Flag/></Get></s:Body></s:Envelope>"
        )
    };
    let recorded = [posted("/soap", XML, &envelope("<T>12:00</T>", "x-1"), "got")];
    let server = replay(folder.path(), &recorded, &[]);
    let spelled = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<s:Envelope  xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">\n \
        <s:Header><T>12:00</T></s:Header>\n <!-- here --><s:Body>\n  <Get b=\"2\" a=\"1\">\n   <Id>x&#45;1</Id>\n   \
        <Id><![CDATA[second]]></Id><Flag></Flag>\n  </Get>\n </s:Body>\n</s:Envelope>\n";
    assert!(is_answered(&post(&server, "/soap", XML, spelled)));
    let (_, problem) = post(&server, "/soap", XML, &envelope("<T>12:01</T>", "x-2"));
    let at: Vec<&str> = problem["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["at"].as_str().unwrap())
        .collect();
    assert_eq!(
        at,
        ["body:/s:Envelope/s:Body/Get/Id", "body:/s:Envelope/s:Header/T"],
        "{problem:#}"
    );
    let how = problem["settle"][0]["how"].as_str().unwrap();
    assert!(how.contains("--match 'POST /soap: ignore-xml=/s:Envelope/s:Header/T'"), "{how}");
    let longer = envelope("<T>12:00</T>", "x-1").replace("<Flag/>", "<Flag/><More/>");
    let (_, problem) = post(&server, "/soap", XML, &longer);
    assert_eq!(problem["reason"], "body:/s:Envelope/s:Body/Get/More was sent and is not recorded");
    let turned =
        envelope("<T>12:00</T>", "x-1").replace("<Id>second</Id><Flag/>", "<Flag/><Id>second</Id>");
    let (_, problem) = post(&server, "/soap", XML, &turned);
    assert_eq!(
        problem["reason"],
        "body:/s:Envelope/s:Body/Get/#order: sent in the order \"Id Flag Id\", recorded in the order \"Id Id Flag\""
    );
    let with_dtd = format!("<!DOCTYPE s:Envelope>{}", envelope("<T>12:00</T>", "x-1"));
    assert!(!is_answered(&post(&server, "/soap", XML, &with_dtd)), "compared byte for byte");
    assert_eq!(server.stop().status.code(), Some(1));
    let rule = ["--match", "ignore-xml=//Header", "--match", "POST /soap: ignore-text=12:\\d\\d"];
    let server = replay(folder.path(), &recorded, &rule);
    assert!(is_answered(&post(&server, "/soap", XML, &envelope("<T>12:01</T>", "x-1"))));
    assert!(!is_answered(&post(&server, "/soap", XML, &envelope("<T>12:01</T>", "x-2"))));
}

#[test]
fn a_body_of_another_kind_is_told_by_its_media_type_first() {
    let folder = tempfile::tempdir().unwrap();
    let form = "application/x-www-form-urlencoded";
    let recorded = [
        posted("/form", form, "a=1&b=2", "form"),
        posted("/json", "application/json", "{\"a\": \"1+1\"}", "json"),
    ];
    let server = replay(folder.path(), &recorded, &[]);
    let (_, problem) = post(&server, "/form", "application/json", "{\"a\":1,\"b\":2}");
    assert_eq!(problem["differences"][0]["at"], "header:content-type", "{problem:#}");
    assert_eq!(problem["differences"][0]["recorded"], form);
    assert_eq!(problem["differences"][1]["at"], "body");
    let reason = problem["reason"].as_str().unwrap();
    assert!(
        reason.starts_with(&format!(
            "header:content-type: sent as application/json, recorded as {form}"
        )),
        "{reason}"
    );
    assert_eq!(problem["settle"][0]["how"], format!("send it as {form}"));
    // What curl does to JSON that is given no type.
    assert!(is_answered(&post(&server, "/json", form, "{ \"a\":\"1+1\" }")));
    assert!(!is_answered(&post(&server, "/json", form, "{ \"a\":\"1 1\" }")));
}

#[test]
fn an_identifier_in_a_path_is_proposed_to_be_bound_and_then_travels() {
    let folder = tempfile::tempdir().unwrap();
    let recorded = [get("http://h/v1/things/7712093456/state", &text(200, "of 7712093456"))];
    let server = replay(folder.path(), &recorded, &[]);
    let (_, problem) = misses::send(&server, "GET /v1/things/9912093499/state HTTP/1.1", b"");
    let how = problem["settle"][0]["how"].as_str().unwrap();
    assert_eq!(how, "--match 'GET /v1/things/*/state: bind=path:3'", "{problem:#}");
    let (_, problem) = misses::send(&server, "GET /v1/users/7712093456/state HTTP/1.1", b"");
    assert!(!problem["settle"].to_string().contains("bind"), "{problem:#}");
    drop(server);
    let server =
        replay(folder.path(), &recorded, &["--match", "GET /v1/things/*/state: bind=path:3"]);
    let answer = crate::ask(&server, "/v1/things/9912093499/state");
    assert!(answer.ends_with("\r\n\r\nof 9912093499"), "{answer}");
}

#[test]
fn one_dummy_is_taken_for_every_secret_where_nothing_else_can_be_meant() {
    let folder = tempfile::tempdir().unwrap();
    let login = |user: &str, secret: &str, answer: &str| {
        posted(
            "/login",
            "application/json",
            &format!("{{\"user\": \"{user}\", \"password\": \"{secret}\"}}"),
            answer,
        )
    };
    let recorded = [login("ann", "{{secret:1}}", "ann"), login("bob", "{{secret:2}}", "bob")];
    let server = replay(folder.path(), &recorded, &["--fail-unused"]);
    for user in ["ann", "bob", "ann", "bob"] {
        let body = format!("{{\"password\": \"dummy\", \"user\": \"{user}\"}}");
        assert!(is_answered(&post(&server, "/login", "application/json", &body)), "{user}");
    }
    assert_eq!(server.stop().status.code(), Some(0));
    let server = replay(folder.path(), &recorded, &[]);
    let send = |user: &str, password: &str| {
        post(
            &server,
            "/login",
            "application/json",
            &format!("{{\"password\": \"{password}\", \"user\": \"{user}\"}}"),
        )
    };
    assert!(is_answered(&send("ann", "of-ann-4711")) && is_answered(&send("bob", "of-bob-4712")));
    let confused = send("bob", "of-ann-4711");
    assert!(confused.0.contains("\r\ntestimony-miss: contradicted\r\n"), "{confused:?}");
    assert!(!confused.1.to_string().contains("4711"), "{confused:?}");
}

#[test]
fn an_identifier_from_elsewhere_needs_no_earlier_answer_if_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let recorded = [
        posted("/things", "application/json", "{}", "id 9f86d081a7c4"),
        get("http://h/things/9f86d081a7c4", &text(200, "thing")),
    ];
    let server = replay(folder.path(), &recorded, &[]);
    let (head, problem) = misses::send(&server, "GET /things/9f86d081a7c4 HTTP/1.1", b"");
    assert!(head.contains("\r\ntestimony-miss: too-early\r\n"), "{head}");
    assert_eq!(problem["settle"][0]["how"], "--order free");
    assert!(told(&server.stop()).contains("--order free"));
    let server = replay(folder.path(), &recorded, &["--order", "free"]);
    assert!(is_answered(&misses::send(&server, "GET /things/9f86d081a7c4 HTTP/1.1", b"")));
}

#[test]
fn what_only_looks_alike_is_not_answered() {
    let folder = tempfile::tempdir().unwrap();
    let all = [
        "/q?a=%25FF",
        "/q?a=%2B",
        "/q?a=1;b=2",
        "/q?a=1&a=1",
        "/p/a%2Fb",
        "/p/a%3Bb",
        "/p/c/",
        "/p//d",
        "/p/e/./f",
        "/p/%25FF",
    ];
    let mut recorded: Vec<String> =
        all.iter().map(|target| get(&format!("http://h{target}"), &text(200, "x"))).collect();
    let bodies = [
        ("/version", "text/plain", "1.10"),
        ("/null", "application/json", "{\"a\": null}"),
        ("/big", "application/json", "[9007199254740993, 1]"),
        ("/twice", "application/json", "{\"a\": 1, \"a\": 2}"),
        ("/plus", "application/x-www-form-urlencoded", "a=%2B"),
    ];
    recorded.extend(bodies.map(|(target, media, body)| posted(target, media, body, "x")));
    let server = replay(folder.path(), &recorded, &[]);
    for target in all {
        assert!(crate::ask(&server, target).starts_with("HTTP/1.1 200 "), "{target}");
    }
    for (target, media, body) in bodies {
        assert!(is_answered(&post(&server, target, media, body)), "{target}");
    }
    for target in [
        "/q?a=%FF",
        "/q?a=+",
        "/q?a=1&b=2",
        "/q?a=1",
        "/p/a/b",
        "/p/a;b",
        "/p/c",
        "/p/d",
        "/p/e/f",
        "/p/%FF",
    ] {
        assert!(crate::ask(&server, target).starts_with("HTTP/1.1 477 "), "{target}");
    }
    for (target, media, body) in [
        ("/version", "text/plain", "1.1"),
        ("/null", "application/json", "{}"),
        ("/big", "application/json", "[9007199254740992, 1]"),
        ("/big", "application/json", "[9007199254740993, \"1\"]"),
        ("/twice", "application/json", "{\"a\": 2}"),
        ("/twice", "application/json", "{\"a\": 2, \"a\": 1}"),
        ("/plus", "application/x-www-form-urlencoded", "a=+"),
        ("/null", "application/json", ""),
        ("/null", "application/json", "null"),
    ] {
        assert!(!is_answered(&post(&server, target, media, body)), "{target} {body}");
    }
    for (target, media, body) in [
        ("/null", "application/json", "{\"a\":null}"),
        ("/big", "application/json", "[9007199254740993.0,10e-1]"),
        ("/plus", "application/x-www-form-urlencoded", "&a=%2b"),
    ] {
        assert!(is_answered(&post(&server, target, media, body)), "{target} {body}");
    }
}

#[test]
fn parts_of_a_file_are_those_that_are_asked_for_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let part = |range: &str, body: &str| {
        format!(
            "\"request\": {{\"method\": \"GET\", \"target\": \"http://h/file\", \"headers\": [[\"Range\", \"bytes={range}\"]]}}, \
             \"response\": {{\"status\": 206, \"headers\": [[\"Content-Range\", \"bytes {range}/10\"], [\"Content-Length\", \"5\"]], \"body\": {{\"text\": [\"{body}\"]}}}}"
        )
    };
    let server = replay(folder.path(), &[part("0-4", "first"), part("5-9", "other")], &[]);
    for (range, body) in [("5-9", "other"), ("0-4", "first"), ("5-9", "other")] {
        let head = format!("GET /file HTTP/1.1\r\nRange: bytes={range}");
        let request = format!("{head}\r\nHost: h\r\nConnection: close\r\n\r\n");
        let answer = crate::support::exchange(server.address, request.as_bytes());
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.contains(&format!("\r\nContent-Range: bytes {range}/10\r\n")), "{answer}");
        assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{answer}");
    }
    assert_eq!(server.stop().status.code(), Some(0));
}
