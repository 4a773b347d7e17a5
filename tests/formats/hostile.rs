//! Foreign files that mean harm: refused or read within bounds, never a panic.

use crate::fixture;
use proptest::prelude::*;
use testimony::cassette::export::{Form, export};
use testimony::cassette::import::{Foreign, ImportError, Kind, import};
use testimony::exchange::Source;

fn read(text: &[u8]) -> Result<usize, ImportError> {
    import(Foreign::alone(text), None).map(|imported| imported.exchanges.len())
}

#[test]
fn tags_make_nothing() {
    let text = "interactions:\n- request:\n    body: !!python/object/apply:os.system ['touch /tmp/owned']\n    headers: {}\n    method: GET\n    uri: http://h/\n  response:\n    body: {string: x}\n    headers: {}\n    status: {code: 200, message: OK}\n";
    let error = read(text.as_bytes()).unwrap_err().to_string();
    assert!(error.starts_with("entry 1: `request.body` is `("), "{error}");
    let unicode = text
        .replace("!!python/object/apply:os.system ['touch /tmp/owned']", "!!python/unicode 'x'");
    assert_eq!(read(unicode.as_bytes()), Ok(1));
}

#[test]
fn bombs_of_aliases_and_of_depth_are_refused() {
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        laughs.push_str(&format!("a{level}: &a{level} [{}]\n", vec![below; 10].join(", ")));
    }
    laughs.push_str("interactions: []\n");
    let error = read(laughs.as_bytes()).unwrap_err();
    assert!(matches!(error, ImportError::Syntax { line: 2.., .. }), "{error}");
    let mut ladder = String::from("a0: &a0 []\n");
    for level in 1..5000 {
        ladder.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert!(read(ladder.as_bytes()).is_err());
    for deep in [
        "[".repeat(100_000),
        "{\"a\":".repeat(100_000),
        "- ".repeat(100_000),
        "a: &a [*a]\n".to_owned(),
    ] {
        assert!(read(deep.as_bytes()).is_err());
    }
    let nested = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    assert!(read(nested.as_bytes()).is_err());
}

#[test]
fn fields_that_would_split_a_head_are_made_harmless() {
    let text = br#"{"log": {"entries": [{"startedDateTime": "2026-11-20T10:00:00Z", "request": {"method": "GET", "url": "http://h/a b"},
        "response": {"status": 200, "statusText": "OK\r\nX-Evil: 1", "headers": [{"name": "X", "value": "a\r\nSet-Cookie: b"}, {"name": "Y: 1\r\nZ", "value": ""}]}}]}}"#;
    let imported = import(Foreign::alone(text), None).unwrap();
    let exchange = &imported.exchanges[0];
    let response = exchange.response.as_ref().unwrap();
    assert_eq!(exchange.request.target, "http://h/a%20b");
    assert_eq!(response.reason, "OKX-Evil: 1");
    assert_eq!(response.headers.len(), 1);
    assert_eq!(response.headers.text("x"), Some("a  Set-Cookie: b"));
    for (wrong, with) in
        [("GET", "G E"), ("http://h/a b", "file:///etc/passwd"), ("200", "99"), ("200", "70000")]
    {
        let text = String::from_utf8_lossy(text).replace(wrong, with);
        assert!(
            matches!(read(text.as_bytes()), Err(ImportError::Entry { entry: 1, .. })),
            "{with}"
        );
    }
}

#[test]
fn messages_keep_secrets_to_themselves() {
    let secret = "tok-4f9d2c7b1e8a6035";
    let cases = [
        format!(
            "interactions:\n- request: {{uri: 'ftp://u:{secret}@h/?t={secret}', method: GET}}\n  response: {{status: {{code: 200}}}}\n"
        ),
        format!(
            "interactions:\n- request: {{uri: http://h/, method: GET, body: {{a: {secret}}}}}\n  response: {{status: {{code: 200}}}}\n"
        ),
        format!(
            r#"{{"log": {{"entries": [{{"request": {{"method": "GET", "url": "http://h/"}}, "response": {{"status": 200, "content": {{"encoding": "base64", "text": "!{secret}"}}}}}}]}}}}"#
        ),
    ];
    for text in cases {
        let error = read(text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("entry 1: ") && !error.contains(secret), "{error}");
    }
}

#[test]
fn errors_name_the_line_or_the_entry() {
    let cases: [(&[u8], &str); 7] = [
        (b"", "not a recording of a known kind"),
        (b"{\"log\": {\"entries\": [\n\n}", "line 3: "),
        (b"interactions:\n- request: [\n", "line "),
        (b"interactions:\n- request: {uri: http://h/}\n", "entry 1: `response` is missing"),
        (b"{\"interactions\": [], \"version\": 99, \"x\": \xff}", "line 1: "),
        (
            b"version: 7\ninteractions:\n- request: {url: http://h/}\n",
            "version 7 of the format is not known",
        ),
        (b"29:7:version;2:99#4:type;4:http;}", "version 99 of the format is not known"),
    ];
    for (text, expected) in cases {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

const FIXTURES: [&str; 12] = [
    "vcrpy.yaml",
    "vcrpy.json",
    "mitmproxy.flows",
    "mitmproxy.har",
    "polly.har",
    "browser.har",
    "go-vcr.yaml",
    "ruby.yml",
    "test-proxy.json",
    "httpmock.yaml",
    "hoverfly.json",
    "wiremock/mappings/crates.json",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Bytes changed, cut out and put in, read as what they are and as what they are not.
    #[test]
    fn mutated_files_never_panic(
        name in prop::sample::select(&FIXTURES[..]),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4_u8, any::<u8>(), 1..200_usize), 1..8),
        kind in prop::option::of(prop::sample::select(&Kind::ALL[..])),
    ) {
        let mut bytes = std::fs::read(fixture(name)).unwrap();
        for (index, what, byte, length) in edits {
            if bytes.is_empty() {
                break;
            }
            let at = index.index(bytes.len());
            let end = (at + length).min(bytes.len());
            match what {
                0 => bytes[at] = byte,
                1 => drop(bytes.drain(at..end)),
                2 => bytes.insert(at, byte),
                _ => {
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        let Ok(imported) = import(Foreign::alone(&bytes), kind) else { return Ok(()) };
        for exchange in &imported.exchanges {
            prop_assert!(exchange.source != Source::Live);
            prop_assert!(!imported.kind.holds_rules() || !exchange.source.is_evidence());
            let answered = exchange.response.iter().flat_map(|response| &response.headers);
            for field in answered.chain(&exchange.request.headers) {
                prop_assert!(!field.value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
            }
        }
        // What could be read can be written, and read again from our own HAR file.
        let written = export(Form::Har, &imported.exchanges);
        let again = import(Foreign::alone(&written.bytes), None);
        prop_assert_eq!(again.unwrap().exchanges.len(), imported.exchanges.len());
    }
}
