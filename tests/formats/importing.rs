//! What is read of each format.

use crate::fixture;
use crate::support::{run, told};
use testimony::cassette::import::{Foreign, Imported, Kind, import};
use testimony::cassette::read;
use testimony::exchange::{Exchange, Source};

fn imported(name: &str) -> Imported {
    let bytes = std::fs::read(fixture(name)).unwrap();
    import(Foreign::alone(&bytes), None).unwrap()
}

fn line(exchange: &Exchange) -> String {
    let answer = match (&exchange.response, &exchange.error) {
        (Some(response), _) => format!("{} {}", response.status, response.version),
        (None, Some(error)) => error.kind.to_string(),
        (None, None) => unreachable!(),
    };
    let Exchange { request, source, .. } = exchange;
    format!("{source} {} {} {answer}", request.method, request.target)
}

fn lines(imported: &Imported) -> Vec<String> {
    imported.exchanges.iter().map(line).collect()
}

fn losses(imported: &Imported) -> Vec<String> {
    imported.losses.iter().map(|loss| loss.to_string()).collect()
}

fn body(exchange: &Exchange) -> String {
    let response = exchange.response.as_ref().unwrap();
    let decoded = response.body.decoded(&response.headers).unwrap().unwrap();
    String::from_utf8_lossy(&decoded).into_owned()
}

/// What every recorder of the Python client saw of the same journey.
fn assert_journey(imported: &Imported, base: &str) {
    let journey = [
        "GET /crates?page=1&kind=pear%20box 200",
        "POST /crates 201",
        "POST /crates 201",
        "GET /packed 200",
        "GET /label.png 200",
        "POST /echo 200",
        "GET /umlaut 200",
        "GET /nothing 404",
    ];
    let expected: Vec<String> = journey
        .iter()
        .map(|line| {
            let (method, rest) = line.split_once(' ').unwrap();
            format!("imported {method} {base}{rest} HTTP/1.1")
        })
        .collect();
    assert_eq!(lines(imported)[..8], expected);
    let exchanges = &imported.exchanges;
    // Twenty digits, a number with a zero in front, YAML's `no` and clock times stay as they are.
    assert_eq!(body(&exchanges[0]), r#"{"crates": [{"id": 20000000000000000001, "weight": 1.0}]}"#);
    let first = exchanges[0].response.as_ref().unwrap();
    assert_eq!(first.headers.text("x-rate-left"), Some("0755"));
    let cookies: Vec<&[u8]> = first.headers.all("set-cookie").collect();
    assert_eq!(cookies, [&b"basket=b4sk3t-0f-p34rs"[..], b"lang=en"]);
    let posted = exchanges[1].request.body.bytes().unwrap();
    assert_eq!(posted, br#"{"name": "pears", "count": 3}"#);
    let form = exchanges[2].request.body.bytes().unwrap();
    assert_eq!(form, b"name=apples+%26+pears&count=0755");
    assert_eq!(body(&exchanges[3]), r#"{"packed": true, "note": "no"}"#);
    let label = exchanges[4].response.as_ref().unwrap().body.bytes().unwrap();
    assert_eq!(label, b"\x89PNG\r\n\x1a\n\x00\x01\x02\x03\xff\xfe");
    assert_eq!(body(&exchanges[6]), "Grüße, 12:30\nyes\n");
    assert!(exchanges.iter().take(8).all(|e| e.at.as_second() > 1_700_000_000));
}

#[test]
fn vcrpy() {
    let read = imported("vcrpy.yaml");
    assert_eq!(read.kind, Kind::Vcrpy);
    assert_journey(&read, "http://depot.example");
    let echoed = read.exchanges[5].request.body.bytes().unwrap();
    assert_eq!(echoed, b"\x89PNG\r\n\x1a\n\x00\x01\x02\x03\xff\xfe");
    // The body was kept decoded beside a header that says gzip: it is gzip again.
    let packed = read.exchanges[3].response.as_ref().unwrap();
    assert!(packed.body.bytes().unwrap().starts_with(&[0x1f, 0x8b]));
    assert_eq!(packed.headers.text("content-encoding"), Some("gzip"));
    let told = losses(&read);
    assert!(
        told.contains(&"gzip bytes of a body kept decoded: encoded anew: exchange 4".to_owned())
    );
    assert!(
        told.contains(&"HTTP version: taken for HTTP/1.1: exchanges 1-8 (8)".to_owned()),
        "{told:?}"
    );
    assert_journey(&imported("vcrpy-decoded.yaml"), "http://depot.example");
    let json = imported("vcrpy.json");
    assert_eq!(json.kind, Kind::Vcrpy);
    assert_eq!(body(&json.exchanges[1]), "Grüße, 12:30\nyes\n");
}

#[test]
fn mitmproxy_flows_and_har() {
    let address = std::fs::read_to_string(fixture("mitmproxy.address")).unwrap();
    let flows = imported("mitmproxy.flows");
    assert_eq!(flows.kind, Kind::Mitmproxy);
    assert_journey(&flows, &format!("http://{}", address.trim()));
    assert_eq!(losses(&flows), Vec::<String>::new());
    let har = imported("mitmproxy.har");
    assert_eq!(har.kind, Kind::Har);
    assert_journey(&har, "http://depot.example");
    for read in [&flows, &har] {
        assert!(lines(read)[8].ends_with("/gone reset"), "{:?}", lines(read));
        assert!(lines(read)[9].ends_with("/refused refused"), "{:?}", lines(read));
    }
    // A flow has the bytes of the wire, and of every message its own time.
    let packed = flows.exchanges[3].response.as_ref().unwrap();
    assert_eq!(packed.headers.text("content-length").unwrap(), packed.body.len().to_string());
    assert!(flows.exchanges.windows(2).all(|pair| pair[0].at <= pair[1].at));
    assert!(flows.exchanges[0].timing.first_byte_ms.unwrap() > 0.0);
    // Python's text of a binary request has lost bytes, and that is told.
    let told = losses(&har);
    assert!(
        told.iter().any(|loss| loss.contains("another length than was sent: exchange 6")),
        "{told:?}"
    );
}

#[test]
fn a_torn_flow_file_is_read_to_its_tear() {
    let bytes = std::fs::read(fixture("mitmproxy.flows")).unwrap();
    let read = import(Foreign::alone(&bytes[..bytes.len() - 100]), None).unwrap();
    assert_eq!(read.exchanges.len(), 9);
    assert!(losses(&read)[0].starts_with("flow 10: torn: "), "{:?}", losses(&read));
}

#[test]
fn polly() {
    let read = imported("polly.har");
    let expected = [
        "imported GET http://depot.example/packed?page=1 200 HTTP/1.1",
        "imported GET http://depot.example/label.png 200 HTTP/1.1",
        "imported POST http://depot.example/crates 201 HTTP/1.1",
        "imported GET http://depot.example/nothing 404 HTTP/1.1",
    ];
    assert_eq!(lines(&read), expected);
    assert_eq!(body(&read.exchanges[0]), r#"{"packed": true, "note": "no"}"#);
    let label = read.exchanges[1].response.as_ref().unwrap().body.bytes().unwrap();
    assert_eq!(label, b"\x89PNG\xff\xfe\x00\x01");
    assert_eq!(losses(&read), Vec::<String>::new());
}

#[test]
fn what_a_browser_leaves_out_proves_nothing() {
    let read = imported("browser.har");
    let expected = [
        "imported GET https://depot.example/crates?page=1 200 HTTP/2",
        "edited GET https://depot.example/large 200 HTTP/1.1",
        "replay GET https://depot.example/crates 200 HTTP/1.1",
        "imported POST https://depot.example/crates refused",
    ];
    assert_eq!(lines(&read), expected);
    assert_eq!(read.exchanges[0].at.to_string(), "2026-11-20T10:00:00.123Z");
    let first = read.exchanges[0].response.as_ref().unwrap();
    assert!(!first.headers.contains("content-encoding"), "brotli can't be written: kept plain");
    assert_eq!(first.headers.text("content-length"), Some("14"));
    assert_eq!(read.exchanges[3].request.body.bytes().unwrap(), b"name=a%20pear");
    let told = losses(&read);
    for part in ["HTTP/3", "br bytes", "does not have", "browser itself", "form told apart"] {
        assert!(told.iter().any(|loss| loss.contains(part)), "{part}: {told:?}");
    }
}

#[test]
fn an_answer_that_no_server_gave_proves_nothing() {
    let entry = |creator: &str, more: &str, headers: &str| {
        format!(
            r#"{{"log": {{"creator": {{"name": "{creator}"}}, "entries": [{{"startedDateTime": "2026-11-20T10:00:00Z", {more}
            "request": {{"method": "GET", "url": "http://h/"}},
            "response": {{"status": 200, "headers": [{headers}], "content": {{"text": ""}}}}}}]}}}}"#
        )
    };
    let length = r#"{"name": "Content-Length", "value": "12"}"#;
    for (text, expected) in [
        (entry("mitmproxy", r#""serverIPAddress": "192.0.2.1","#, ""), Source::Imported),
        (entry("mitmproxy", "", ""), Source::Mock),
        (entry("a browser", "", ""), Source::Imported),
        (entry("a browser", "", length), Source::Edited),
    ] {
        let read = import(Foreign::alone(text.as_bytes()), None).unwrap();
        assert_eq!(read.exchanges[0].source, expected, "{text}");
    }
}

#[test]
fn what_a_browser_had_kept_proves_nothing() {
    let entry = |creator: &str, cache: &str, answer: &str| {
        format!(
            r#"{{"log": {{"creator": {{"name": "{creator}"}}, "entries": [{{"startedDateTime": "2026-11-20T10:00:00Z", "cache": {cache},
            "request": {{"method": "GET", "url": "http://h/"}},
            "response": {{"status": 200, "headers": [], "content": {{"size": 2, "text": "ok"}}, {answer}}}}}]}}}}"#
        )
    };
    let (chrome, firefox) = ("WebInspector", "Firefox");
    for (text, expected) in [
        (entry(chrome, "{}", r#""bodySize": -1, "_transferSize": 210"#), Source::Imported),
        (entry(chrome, "{}", r#""bodySize": -1, "_transferSize": 0"#), Source::Replay),
        (entry(chrome, "{}", r#""bodySize": 0"#), Source::Replay),
        (entry(firefox, "{}", r#""bodySize": 2"#), Source::Imported),
        (entry(firefox, r#"{"afterRequest": null}"#, r#""bodySize": 2"#), Source::Replay),
        (
            entry(firefox, r#"{"afterRequest": {"hitCount": 1}}"#, r#""bodySize": 2"#),
            Source::Replay,
        ),
        // A validation that went over the wire.
        (
            entry(chrome, "{}", r#""bodySize": 0, "_transferSize": 90"#).replace("200", "304"),
            Source::Imported,
        ),
    ] {
        let read = import(Foreign::alone(text.as_bytes()), None).unwrap();
        assert_eq!(read.exchanges[0].source, expected, "{text}");
    }
}

#[test]
fn go_vcr_of_every_version() {
    let read = imported("go-vcr.yaml");
    assert_eq!(read.kind, Kind::GoVcr);
    let expected = [
        "imported POST https://depot.example/crates?x=1 201 HTTP/2",
        "imported GET https://depot.example/label 200 HTTP/1.1",
    ];
    assert_eq!(lines(&read), expected);
    let first = read.exchanges[0].response.as_ref().unwrap();
    assert_eq!(first.reason, "Created");
    assert_eq!(first.trailers.text("x-sum"), Some("0755"));
    assert_eq!(first.headers.all("vary").count(), 2);
    assert_eq!(body(&read.exchanges[0]), r#"{"id":20000000000000000001,"ok":"no"}"#);
    assert!((read.exchanges[0].timing.end_ms - 62_500.0).abs() < 1e-6);
    assert_eq!(read.exchanges[0].at.to_string(), "2026-11-20T10:00:00Z");
    let label = read.exchanges[1].response.as_ref().unwrap().body.bytes().unwrap();
    assert_eq!(label, b"\x89PNG\r\n\x1a\n\xff\xfe");
    let old = imported("go-vcr-v1.yaml");
    assert_eq!(lines(&old), ["imported GET http://depot.example/crates 404 HTTP/1.1"]);
    assert_eq!(old.exchanges[0].response.as_ref().unwrap().reason, "Not Found");
    assert_eq!(old.exchanges[0].at.as_second(), 0);
}

#[test]
fn ruby_vcr() {
    let read = imported("ruby.yml");
    assert_eq!(read.kind, Kind::RubyVcr);
    let expected = [
        "imported POST https://depot.example/crates?dry=yes 409 HTTP/1.1",
        "imported GET https://depot.example/label 200 HTTP/1.1",
    ];
    assert_eq!(lines(&read), expected);
    assert_eq!(
        read.exchanges[0].request.body.bytes().unwrap(),
        br#"{"name":"pears","weight":0755}"#
    );
    let first = read.exchanges[0].response.as_ref().unwrap();
    assert_eq!(first.headers.text("x-request-count"), Some("0007"));
    assert_eq!(read.exchanges[1].at.to_string(), "2026-11-20T10:00:01Z");
    assert_eq!(body(&read.exchanges[1]).as_bytes()[1..4], *b"\xbf\xbdP");
}

#[test]
fn test_proxy() {
    let read = imported("test-proxy.json");
    assert_eq!(read.kind, Kind::Azure);
    let sent = read.exchanges[0].request.body.bytes().unwrap();
    assert_eq!(sent, br#"{"name":"pears","weight":1.0,"serial":20000000000000000001}"#);
    assert_eq!(body(&read.exchanges[0]), r#"[{"id":7},{"id":1e2}]"#);
    assert_eq!(body(&read.exchanges[1]), "first\nsecond\n");
    let label = read.exchanges[2].response.as_ref().unwrap().body.bytes().unwrap();
    assert_eq!(label, b"\x89PNG\r\n\x1a\n\xff\xfe");
    assert!(losses(&read).contains(&"`Variables` of the test".to_owned()));
}

#[test]
fn rules_are_read_as_mocks() {
    for (name, kind, expected) in [
        (
            "httpmock.yaml",
            Kind::Httpmock,
            &[
                "mock POST http://httpmock.invalid/crates?kind=pear%20box 201 HTTP/1.1",
                "mock GET http://httpmock.invalid/crates 404 HTTP/1.1",
            ][..],
        ),
        (
            "hoverfly.json",
            Kind::Hoverfly,
            &["mock POST https://depot.example/crates?kind=pear%20box 201 HTTP/1.1"][..],
        ),
    ] {
        let read = imported(name);
        assert_eq!(read.kind, kind);
        assert_eq!(lines(&read), expected);
        assert!(read.exchanges.iter().all(|exchange| !exchange.source.is_evidence()));
    }
    let mock = imported("httpmock.yaml");
    assert_eq!(body(&mock.exchanges[1]), r#"{"error":"0755","retry":"no"}"#);
}

#[test]
fn wiremock_reads_bodies_of_its_folder_only() {
    let folder = tempfile::tempdir().unwrap();
    let mappings = fixture("wiremock/mappings/crates.json");
    let out = folder.path().join("w.cassette");
    let arguments =
        ["cassette", "convert", mappings.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let output = run(folder.path(), &arguments);
    assert!(
        told(&output).contains("mapping 3: its URL fits more than one request"),
        "{}",
        told(&output)
    );
    let cassette = read(&out).unwrap();
    assert_eq!(body(&cassette.exchanges[0]), "{\"crates\": []}\n");
    assert_eq!(
        body(&cassette.exchanges[1]),
        r#"{"error":"there already","serial":20000000000000000001}"#
    );
    assert!(cassette.exchanges.iter().all(|exchange| exchange.source == Source::Mock));
    // A path that leaves the folder, plainly or by a link, is refused.
    std::fs::create_dir(folder.path().join("__files")).unwrap();
    std::fs::write(folder.path().join("secret.txt"), "not yours").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret.txt", folder.path().join("__files/link")).unwrap();
    for name in ["../secret.txt", "/etc/passwd", "link", "a/../../secret.txt"] {
        let text = format!(
            r#"{{"request": {{"method": "GET", "url": "/"}}, "response": {{"bodyFileName": "{name}"}}}}"#
        );
        std::fs::write(folder.path().join("m.json"), text).unwrap();
        let output = run(folder.path(), &["cassette", "convert", "m.json", "--out", "x.cassette"]);
        let told = told(&output);
        assert!(told.starts_with("exit 2\n"), "{name}: {told}");
        assert!(
            told.contains("m.json: entry 1: body file") && told.contains("leaves its folder"),
            "{told}"
        );
        assert!(!folder.path().join("x.cassette").exists());
    }
}

#[test]
fn our_own_marks_are_heeded_in_foreign_files() {
    let entry = |header: &str, notes: &str| {
        format!(
            r#"{{"log": {{"entries": [{{"startedDateTime": "2026-11-20T10:00:00Z", {notes}
            "request": {{"method": "GET", "url": "http://h/"}},
            "response": {{"status": 200, "headers": [{{"name": "{header}", "value": "mock"}}], "content": {{"size": 0}}}}}}]}}}}"#
        )
    };
    let cases = [
        ("x", "", Source::Imported),
        ("Testimony-Source", "", Source::Mock),
        ("x", r#""_testimony": {"source": "live"},"#, Source::Imported),
        ("x", r#""_testimony": {"source": "edited"},"#, Source::Edited),
        ("x", r#""_testimony": {"source": "fault"},"#, Source::Fault),
    ];
    for (header, notes, expected) in cases {
        let text = entry(header, notes);
        let read = import(Foreign::alone(text.as_bytes()), None).unwrap();
        assert_eq!(read.exchanges[0].source, expected, "{text}");
    }
}

#[test]
fn an_import_is_redacted_before_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "vcrpy.yaml",
        "mitmproxy.flows",
        "mitmproxy.har",
        "polly.har",
        "ruby.yml",
        "go-vcr.yaml",
        "test-proxy.json",
    ] {
        let out = folder.path().join(format!("{name}.cassette"));
        let input = fixture(name);
        let mut command = crate::support::testimony(folder.path());
        command.args(["cassette", "convert", input.to_str().unwrap(), "--secret-env", "CRATE"]);
        let output = command.arg("--out").arg(&out).env("CRATE", "no such crate").output().unwrap();
        assert!(output.status.success(), "{}", told(&output));
        let text = std::fs::read_to_string(&out).unwrap();
        for secret in ["tok-4f9d2c7b1e8a6035", "b4sk3t-0f-p34rs", "no such crate"] {
            assert!(!text.contains(secret), "{name}: {secret}");
        }
        assert!(text.contains("\"env.CRATE\""));
        let verified = run(folder.path(), &["cassette", "verify", out.to_str().unwrap()]);
        assert!(told(&verified).contains("ok\n"), "{}", told(&verified));
        let scanned = run(folder.path(), &["cassette", "scan", out.to_str().unwrap()]);
        assert!(told(&scanned).starts_with("exit 0\n"), "{}", told(&scanned));
        assert!(!told(&output).contains("tok-4f9d"));
    }
}

#[test]
fn replay_and_show_take_foreign_files_as_they_are() {
    use crate::support::{Server, exchange};
    let folder = tempfile::tempdir().unwrap();
    let har = fixture("mitmproxy.har");
    let har = har.to_str().unwrap();
    let server = Server::start(folder.path(), &["replay", "--cassette", har]);
    let ask = |line: &str, token: &str| {
        let request = format!(
            "{line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        );
        String::from_utf8(exchange(server.address, request.as_bytes())).unwrap()
    };
    let found = ask("GET /crates?kind=pear%20box&page=1", "another-0b1c2d3e4f5a6978");
    assert!(
        found.starts_with("HTTP/1.1 200 OK\r\n") && found.contains("\"weight\": 1.0"),
        "{found}"
    );
    assert!(!found.contains("b4sk3t-0f-p34rs"), "{found}");
    let missed = ask("GET /crates?page=2", "another-0b1c2d3e4f5a6978");
    assert!(missed.starts_with("HTTP/1.1 477 "), "{missed}");
    let output = told(&server.stop());
    assert!(
        output.contains("read as har: ") && output.contains("1 request answered, 1 miss"),
        "{output}"
    );
    let shown = told(&run(folder.path(), &["cassette", "show", har]));
    assert!(
        shown.contains("har file\n     1  200  imported GET     http://depot.example/crates"),
        "{shown}"
    );
    assert!(!shown.contains("tok-4f9d2c7b1e8a6035"));
    let one = told(&run(folder.path(), &["cassette", "show", "-n", "4", har]));
    assert!(one.contains("{\"packed\": true"), "{one}");
}

#[test]
fn check_reads_foreign_files_and_counts_only_recordings() {
    let folder = tempfile::tempdir().unwrap();
    let spec = r#"{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/crates": {"post": {"operationId": "add",
        "responses": {"201": {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}}}}}}"#;
    std::fs::write(folder.path().join("s.json"), spec).unwrap();
    let state = |name: &str| {
        let input = fixture(name);
        let arguments = [
            "check",
            "--spec",
            "s.json",
            "--format",
            "json",
            "--cassette",
            input.to_str().unwrap(),
        ];
        let output = run(folder.path(), &arguments);
        let result: serde_json::Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", told(&output)));
        let ledger = result["ledger"].as_array().unwrap();
        let row = ledger.iter().find(|row| row["code"] == "201").unwrap();
        (row["state"].clone(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(state("vcrpy.yaml").0, "proven");
    assert_eq!(state("mitmproxy.flows").0, "proven");
    let (made_up, said) = state("httpmock.yaml");
    assert_eq!(made_up, "simulated");
    assert!(said.contains("httpmock files hold rules for a mock, not recordings"), "{said}");
}
