//! What is written in each format, and what comes back of it.

use crate::support::{run, told};
use std::path::Path;
use testimony::cassette::export::{Form, export};
use testimony::cassette::import::{Foreign, Imported, import};
use testimony::cassette::{CassetteHeader, Mode, Redacted, Writer};
use testimony::exchange::{
    Body, ChunkTime, ContentCoding, Exchange, ExchangeNumber, Headers, Redaction, Request,
    Response, Source, Timing, TransportError, TransportErrorKind, Version,
};

fn exchange(number: u64, method: &str, target: &str, response: Option<Response>) -> Exchange {
    Exchange {
        number: ExchangeNumber(number),
        at: "2026-11-20T10:00:00.123Z".parse().unwrap(),
        source: Source::Live,
        request: Request {
            method: method.to_owned(),
            target: target.to_owned(),
            ..Request::default()
        },
        response,
        timing: Timing { first_byte_ms: Some(41.25), end_ms: 57.5, chunks: Vec::new() },
        error: None,
        redacted: Vec::new(),
        messages: Vec::new(),
        interim: Vec::new(),
        digest: None,
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: Body) -> Response {
    let mut response = Response { status, body, ..Response::default() };
    for (name, value) in headers {
        response.headers.push(*name, value);
    }
    response
}

/// Exchanges with everything that an exchange can have.
fn everything() -> Vec<Exchange> {
    let wire = ContentCoding::Gzip.encode(b"{\"packed\": true}").unwrap();
    let mut odd = answer(
        299,
        &[("X-ODD", "1"), ("Set-Cookie", "a=1; Path=/"), ("x-odd", "2")],
        Body::from("é\n"),
    );
    odd.reason = "Quite Odd".into();
    odd.version = Version::Http2;
    odd.headers.push("X-Latin", b"gr\xfc\xdfe");
    odd.trailers = Headers::from([("X-Sum", "0755")]);
    let mut first = exchange(1, "POST", "https://depot.example/crates?b=2&a=%20x&flag", Some(odd));
    first.request.headers = Headers::from([
        ("Host", "depot.example"),
        ("Cookie", "s={{secret:1}}; t=2"),
        ("content-type", "image/png"),
    ]);
    first.request.body = Body::from_bytes(vec![0x89, 0, 0xff, 0x0a]);
    first.request.trailers = Headers::from([("X-After", "yes")]);
    first.redacted = vec![Redaction {
        secret: 1,
        rule: "header.cookie".into(),
        at: "/request/headers/1".to_owned(),
    }];
    first.timing.chunks =
        vec![ChunkTime { at_ms: 41.25, bytes: 1 }, ChunkTime { at_ms: 50.0, bytes: 2 }];
    let packed = answer(
        200,
        &[
            ("Content-Type", "application/json"),
            ("Content-Encoding", "gzip"),
            ("Content-Length", &wire.len().to_string()),
        ],
        Body::from_bytes(wire),
    );
    let mut broken = exchange(
        3,
        "GET",
        "https://depot.example/broken",
        Some(answer(200, &[], Body::from("half"))),
    );
    broken.error = Some(TransportError {
        kind: TransportErrorKind::Reset,
        message: "connection reset".to_owned(),
    });
    let mut refused = exchange(4, "DELETE", "http://depot.example:8080/", None);
    refused.error =
        Some(TransportError { kind: TransportErrorKind::Refused, message: "refused".to_owned() });
    let mut mock = exchange(5, "GET", "http://depot.example/", Some(answer(204, &[], Body::Empty)));
    mock.source = Source::Mock;
    let mut same = exchange(
        6,
        "GET",
        "https://depot.example/packed",
        Some(answer(
            200,
            &[("Content-Type", "application/octet-stream")],
            Body::from_bytes(vec![0, 159, 146, 150]),
        )),
    );
    same.request.version = Version::Http10;
    let lie = answer(200, &[("Content-Encoding", "gzip")], Body::from("not gzip"));
    vec![
        first,
        exchange(2, "GET", "https://depot.example/packed", Some(packed)),
        broken,
        refused,
        mock,
        same,
        exchange(7, "GET", "https://depot.example/lie", Some(lie)),
    ]
}

fn back(form: Form, exchanges: &[Exchange]) -> (Imported, Vec<String>) {
    let exported = export(form, exchanges);
    let told = exported.losses.iter().map(|loss| loss.to_string()).collect();
    (import(Foreign::alone(&exported.bytes), None).unwrap(), told)
}

#[test]
fn har_and_back_is_the_same_but_for_the_source() {
    let exchanges = everything();
    let (read, told) = back(Form::Har, &exchanges);
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(read.losses.iter().count(), 0, "{:?}", read.losses);
    let expected: Vec<Exchange> = exchanges
        .into_iter()
        .map(|mut exchange| {
            if exchange.source == Source::Live {
                exchange.source = Source::Imported;
            }
            exchange
        })
        .collect();
    assert_eq!(read.exchanges, expected);
}

#[test]
fn a_har_file_is_one_for_others_too() {
    let exported = export(Form::Har, &everything());
    let har: serde_json::Value = serde_json::from_slice(&exported.bytes).unwrap();
    let schema = include_str!("har-1.2.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(&har)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert_eq!(faults, Vec::<String>::new());
    let content = &har["log"]["entries"][1]["response"]["content"];
    assert_eq!(content["text"], "{\"packed\": true}");
    assert_eq!(content["size"], 16);
    assert_eq!(har["log"]["entries"][0]["request"]["queryString"][1]["value"], " x");
    assert_eq!(har["log"]["entries"][3]["response"]["status"], 0);
}

#[test]
fn vcrpy_and_back_keeps_messages() {
    let exchanges = everything();
    let (read, told) = back(Form::Vcrpy, &exchanges);
    let whole: Vec<&Exchange> =
        exchanges.iter().filter(|exchange| exchange.response.is_some()).collect();
    assert_eq!(read.exchanges.len(), whole.len());
    // The one whose body is not what its header says is encoded when it is read.
    for (read, written) in read.exchanges.iter().zip(&whole).take(5) {
        assert_eq!(read.request.target, written.request.target);
        assert_eq!(read.request.body, written.request.body);
        let (ours, theirs) = (written.response.as_ref().unwrap(), read.response.as_ref().unwrap());
        assert_eq!((ours.status, &ours.reason), (theirs.status, &theirs.reason));
        let plain = |response: &Response| {
            response.body.decoded(&response.headers).unwrap().unwrap().into_owned()
        };
        assert_eq!(plain(ours), plain(theirs));
        // What was no evidence, or broke off, is none when it comes back.
        let was = written.source.is_evidence() && written.error.is_none();
        assert_eq!(read.source.is_evidence(), was, "{}", written.number);
    }
    for part in [
        "failed exchange without a response: left out: exchange 4",
        "trailers: exchange 1",
        "compressed bytes of the response: decoded, `Content-Encoding` left out: exchange 2",
        "that the response broke off: exchange 3",
        "header values that are no UTF-8: read as ISO 8859-1: exchange 1",
        "order of header fields of one name among others: exchange 1",
        "time of the exchange: exchanges 1-3, 5-7 (6)",
    ] {
        assert!(told.iter().any(|loss| loss == part), "{part}: {told:#?}");
    }
}

#[test]
fn mocks_and_back_are_mocks() {
    let mut exchanges = everything();
    exchanges.push(exchange(
        8,
        "GET",
        "https://depot.example/broken",
        Some(answer(404, &[], Body::Empty)),
    ));
    for form in [Form::WireMock, Form::Hoverfly] {
        let (read, told) = back(form, &exchanges);
        assert!(read.exchanges.iter().all(|exchange| exchange.source == Source::Mock));
        let statuses: Vec<u16> =
            read.exchanges.iter().map(|e| e.response.as_ref().unwrap().status).collect();
        assert_eq!(statuses, [299, 200, 200, 204, 200, 200, 404]);
        assert!(
            told.contains(&"failed exchange without a response: left out: exchange 4".to_owned())
        );
        let text = String::from_utf8(export(form, &exchanges).bytes).unwrap();
        // Equal requests are answered in turn.
        let turns = if form == Form::WireMock {
            "\"requiredScenarioState\": \"answer 2\""
        } else {
            "\"sequence:2\": \"2\""
        };
        assert!(text.contains(turns), "{text}");
    }
}

#[test]
fn curl_sends_what_was_recorded() {
    if !crate::support::has("curl") {
        return;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut odd =
        exchange(1, "POST", &format!("http://{address}/a/../b?x=[1]{{2}}&q='$(id)'"), None);
    odd.request.headers = Headers::from([
        ("Host", "depot.example"),
        ("X-Quote", "it's `$HOME` \"\\"),
        ("X-Empty", ""),
        ("Authorization", "Bearer {{secret:1}}"),
    ]);
    odd.request.body = Body::from("@it's\n$(id) {{secret:2}}\\n");
    let mut binary = exchange(2, "PUT", &format!("http://{address}/bin"), None);
    binary.request.headers = Headers::from([("Content-Type", "image/png")]);
    binary.request.body = Body::from_bytes(vec![0, 0xff, 0x0a, 0x27]);
    let script = export(Form::Curl, &[odd, binary]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.sh");
    std::fs::write(&path, &script.bytes).unwrap();
    let server = std::thread::spawn(move || {
        (0..2)
            .map(|_| {
                let (mut socket, _) = listener.accept().unwrap();
                request_of(&mut socket)
            })
            .collect::<Vec<Vec<u8>>>()
    });
    let mut command = std::process::Command::new("sh");
    command.arg(&path).env("SECRET_1", "s'ec\"ret").env("SECRET_2", "two").env_remove("http_proxy");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    let seen = server.join().unwrap();
    let first = String::from_utf8(seen[0].clone()).unwrap();
    let expected = "POST /a/../b?x=[1]{2}&q='$(id)' HTTP/1.1\r\nHost: depot.example\r\nX-Quote: it's `$HOME` \"\\\r\nX-Empty:\r\nAuthorization: Bearer s'ec\"ret\r\nContent-Length: 22\r\n\r\n@it's\n$(id) two\\n";
    assert_eq!(first.replace("Content-Length: 17", "Content-Length: 22"), expected);
    assert!(seen[1].ends_with(b"\r\n\r\n\x00\xff\x0a'"));
    // Without the secrets it does not run.
    let output =
        std::process::Command::new("sh").arg(&path).env_remove("SECRET_1").output().unwrap();
    assert!(!output.status.success());
}

fn request_of(socket: &mut std::net::TcpStream) -> Vec<u8> {
    use std::io::{Read as _, Write as _};
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = socket.read(&mut buffer).unwrap();
        bytes.extend_from_slice(&buffer[..count]);
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        if bytes.len() >= end + 4 + length.parse::<usize>().unwrap() || count == 0 {
            break;
        }
    }
    socket.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").unwrap();
    bytes
}

/// A cassette of exchanges on disk.
pub fn cassette(path: &Path, exchanges: &[Exchange]) {
    let writer = Writer::open(path, &CassetteHeader::new("t"), Mode::Once).unwrap();
    for exchange in exchanges {
        writer.append(&Redacted::from_cassette(exchange.clone())).unwrap();
    }
    writer.seal().unwrap();
}

#[test]
fn the_command_tells_what_it_did_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    cassette(&folder.path().join("a.cassette"), &everything());
    let convert =
        |arguments: &[&str]| run(folder.path(), &[&["cassette", "convert"], arguments].concat());
    let output = convert(&["a.cassette", "--out", "a.har", "--json"]);
    assert!(output.status.success(), "{}", told(&output));
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&result["exchanges"], &result["to"]),
        (&serde_json::json!(7), &serde_json::json!("har"))
    );
    let output = convert(&["a.har", "--out", "b.cassette"]);
    assert!(
        told(&output).starts_with("exit 0\na.har (har) to b.cassette (cassette): 7 exchanges\n"),
        "{}",
        told(&output)
    );
    let again = convert(&["a.har", "--out", "b.cassette"]);
    assert!(
        told(&again).starts_with("exit 2\nerror: b.cassette: there already\nhint:"),
        "{}",
        told(&again)
    );
    assert!(convert(&["a.har", "--out", "b.cassette", "--force"]).status.success());
    let recorder =
        Writer::open(&folder.path().join("busy.cassette"), &CassetteHeader::new("t"), Mode::Once);
    let busy = convert(&["a.har", "--out", "busy.cassette", "--force"]);
    assert!(
        told(&busy).starts_with("exit 2\n") && told(&busy).contains("another recorder"),
        "{}",
        told(&busy)
    );
    drop(recorder);
    let output = convert(&["a.cassette", "--out", "a.json"]);
    assert!(told(&output).contains("its ending does not tell what to write"), "{}", told(&output));
    for (form, out) in
        [("wiremock", "w.json"), ("hoverfly", "h.json"), ("curl", "c.sh"), ("vcrpy", "v.yaml")]
    {
        let output = convert(&["a.cassette", "--out", out, "--to", form]);
        assert!(told(&output).contains("not kept: "), "{}", told(&output));
    }
    let output = convert(&["a.cassette", "--out", "c.cassette"]);
    assert!(told(&output).contains("a cassette already"), "{}", told(&output));
    let output = convert(&["c.sh", "--out", "x.cassette"]);
    assert!(
        told(&output).starts_with("exit 2\n") && told(&output).contains("hint:"),
        "{}",
        told(&output)
    );
    let names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("part") || name.starts_with('x'))
        .collect();
    assert_eq!(names, Vec::<String>::new(), "nothing half done is left");
}

#[test]
fn a_body_file_that_is_missing_is_no_success() {
    let folder = tempfile::tempdir().unwrap();
    let large = Body::from_bytes(vec![0x80_u8; 100_000]);
    let response = answer(200, &[("Content-Length", "100000")], large);
    let path = folder.path().join("a.cassette");
    cassette(&path, &[exchange(1, "GET", "http://h/a", Some(response))]);
    let convert =
        |out: &str| told(&run(folder.path(), &["cassette", "convert", "a.cassette", "--out", out]));
    assert!(convert("a.har").starts_with("exit 0\n"));
    std::fs::remove_dir_all(folder.path().join("a.cassette.bodies")).unwrap();
    let missing = convert("b.har");
    assert!(missing.starts_with("exit 2\nerror: a.cassette: exchange 1: "), "{missing}");
    assert!(missing.contains("hint: "), "{missing}");
    assert!(!folder.path().join("b.har").exists());
}
