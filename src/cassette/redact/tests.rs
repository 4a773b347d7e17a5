mod properties;

use super::*;
use crate::exchange::{
    Body, ContentCoding, ExchangeNumber, Headers, Interim, Response, Source, Timing,
};
use std::sync::Arc;

fn exchange(target: &str, headers: Headers, body: &str) -> Exchange {
    Exchange {
        interim: Vec::new(),
        number: ExchangeNumber(1),
        at: jiff::Timestamp::UNIX_EPOCH,
        source: Source::Live,
        request: Request {
            method: "POST".to_owned(),
            target: target.to_owned(),
            headers,
            body: Body::from(body),
            ..Request::default()
        },
        response: Some(Response { status: 200, ..Response::default() }),
        timing: Timing::default(),
        error: None,
        redacted: Vec::new(),
        messages: Vec::new(),
        digest: None,
    }
}

fn shown(redacted: &Redacted) -> String {
    let record = crate::cassette::encode::record_text(redacted.exchange());
    let (front, rest) = record.numbered(1);
    String::from_utf8([&front, rest].concat()).unwrap()
}

#[test]
fn interim_responses_have_no_secrets() {
    let mut given = exchange("http://h/", Headers::from([("X-Auth-Token", "MIIFabc123456")]), "");
    given.interim.push(Interim {
        status: 103,
        reason: "Early MIIFabc123456".into(),
        headers: Headers::from([("Link", "</a?t=MIIFabc123456>"), ("Set-Cookie", "s=hunter2112")]),
        ..Interim::default()
    });
    let redacted = Redactor::default().redact(given);
    let early = &redacted.exchange().interim[0];
    assert_eq!(early.reason, "Early {{secret:1}}");
    assert_eq!(early.headers.text("link"), Some("</a?t={{secret:1}}>"));
    assert_eq!(early.headers.text("set-cookie"), Some("s={{secret:2}}"));
    let shown = shown(&redacted);
    assert!(!shown.contains("MIIF") && !shown.contains("hunter2112"), "{shown}");
    for at in ["/interim/0/reason", "/interim/0/headers/0", "/interim/0/headers/1"] {
        assert!(redacted.exchange().redacted.iter().any(|note| note.at == at), "{shown}");
    }
}

#[test]
fn credentials_in_headers_keep_their_shape() {
    let cases = [
        ("X-Auth-Token", "MIIFabc123456", "{{secret:1}}"),
        ("Authorization", "Bearer abc.DEF-123456", "Bearer {{secret:1}}"),
        ("Authorization", "0123456789abcdefXYZ", "{{secret:1}}"),
        ("Authorization", "Basic dXNlcjpodW50ZXIyMQ==", "Basic {{secret:1}}"),
        (
            "Authorization",
            "SDK-HMAC-SHA256 Access=AKQWERTY123, SignedHeaders=host;x-sdk-date, Signature=ab12",
            "SDK-HMAC-SHA256 Access={{secret:1}}, SignedHeaders=host;x-sdk-date, Signature={{secret:2}}",
        ),
        (
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=AKXYZ1234567/20260101/eu/s3/aws4_request,SignedHeaders=host,Signature=ff00",
            "AWS4-HMAC-SHA256 Credential={{secret:1}}/20260101/eu/s3/aws4_request,SignedHeaders=host,Signature={{secret:2}}",
        ),
        (
            "Authorization",
            "Digest username=\"bob1\", realm=\"r, s\", response=\"00ff\"",
            "Digest username=\"{{secret:1}}\", realm=\"r, s\", response=\"{{secret:2}}\"",
        ),
        ("Cookie", "sid=abcdef12345; lang=de", "sid={{secret:1}}; lang={{secret:2}}"),
        ("Location", "/cb?code=1&access_token=Zx9Zx9Zx9", "/cb?code=1&access_token={{secret:1}}"),
        ("X-Api-Secret", "abcdef12345", "{{secret:1}}"),
        ("Api_Key", "abcdef12345", "{{secret:1}}"),
        ("Link", "</x?token=abcdef12345>; rel=next", "</x?token={{secret:1}}>; rel=next"),
        ("X-Other", "nothing", "nothing"),
    ];
    for (name, value, expected) in cases {
        let redacted =
            Redactor::default().redact(exchange("http://h/", Headers::from([(name, value)]), ""));
        let headers = &redacted.exchange().request.headers;
        assert_eq!(headers.text(name), Some(expected), "{name}: {value}");
    }
}

#[test]
fn one_value_has_one_number_wherever_it_travels() {
    let secret = "Tk/9+x \"é\" 1234567";
    let redactor = Redactor::new(vec![("TOKEN".to_owned(), Secret::new(secret))]);
    let target =
        "http://h/p?q=Tk%2F9%2Bx%20%22%C3%A9%22%201234567&r=Tk%2f9%2bx%20%22%c3%a9%22%201234567";
    let body = "{\"note\":\"Tk/9+x \\\"é\\\" 1234567\",\"b64\":\"VGsvOSt4ICLDqSIgMTIzNDU2Nw==\"}";
    let redacted = redactor.redact(exchange(target, Headers::from([("X-A", secret)]), body));
    let text = shown(&redacted);
    assert!(!text.contains("1234567") && !text.contains("VGsv"), "{text}");
    assert_eq!(text.matches("{{secret:1}}").count(), 5, "{text}");
    assert!(!text.contains("{{secret:2}}"));
}

#[test]
fn a_token_from_one_exchange_is_replaced_in_the_next() {
    let redactor = Redactor::default();
    let mut first = exchange("http://h/login", Headers::new(), "{\"password\": \"pa55word!\"}");
    first.response.as_mut().unwrap().body = Body::from("{\"access_token\":\"Qq1Qq2Qq3Qq4\"}");
    let first = redactor.redact(first);
    assert!(shown(&first).contains("\"password\": \"{{secret:1}}\""), "{}", shown(&first));
    let second = redactor.redact(exchange(
        "http://h/Qq1Qq2Qq3Qq4",
        Headers::from([("Authorization", "Bearer Qq1Qq2Qq3Qq4")]),
        "pa55word!",
    ));
    let text = shown(&second);
    assert!(
        text.contains("http://h/{{secret:2}}") && text.contains("Bearer {{secret:2}}"),
        "{text}"
    );
    assert!(text.contains("{{secret:1}}") && !text.contains("pa55"), "{text}");
}

#[test]
fn the_length_and_the_coding_still_fit() {
    let plain = b"{\"token\":\"abcdef-123456789\"}";
    let wire = ContentCoding::Gzip.encode(plain).unwrap();
    let headers = Headers::from([
        ("Content-Type", "application/json"),
        ("Content-Encoding", "gzip"),
        ("Content-Length", &wire.len().to_string()),
    ]);
    let mut given = exchange("http://h/", headers, "");
    given.request.body = Body::from_bytes(wire);
    let redacted = Redactor::default().redact(given);
    let request = &redacted.exchange().request;
    let length = request.body.len().to_string();
    assert_eq!(request.headers.text("content-length"), Some(length.as_str()));
    let decoded = request.body.decoded(&request.headers).unwrap().unwrap();
    assert_eq!(&*decoded, b"{\"token\":\"{{secret:1}}\"}");
}

#[test]
fn json_stays_json() {
    let body = "{\"token\": 123456789, \"pwd\": 12, \"id_token\": null, \"secret\": {\"a\": 1}}";
    let redacted = Redactor::default().redact(exchange("http://h/", Headers::new(), body));
    let bytes = redacted.exchange().request.body.bytes().unwrap().to_vec();
    let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(json["token"], 900_000_001);
    assert_eq!(json["pwd"], "{{secret:2}}");
    assert_eq!(json["secret"]["a"], 1);
}

#[test]
fn every_secret_of_a_body_is_found() {
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    let cases = [
        (json, "{\"access_token\":\"Aa1-first\",\"refresh_token\":\"Bb2-other\"}"),
        (json, "{\"password\": \"Aa1-first\", \"a\": [{\"b\": \"c\", \"secret\": \"Bb2-other\"}]}"),
        (json, "{\"token\":123456789,\"pwd\":\"Bb2-other\"}"),
        (form, "password=Aa1-first&x=1&client_secret=Bb2-other"),
        (json, "{\"log\":\"{\\\"password\\\": \\\"Aa1-first\\\"}\",\"token\":\"Bb2-other\"}"),
        (json, "{\"log\":\"pwd=12 token=Aa1-first\",\"new_password\":\"Bb2-other\"}"),
        // Clients that are not told otherwise call any body a form.
        (form, "{\"access_token\":\"Aa1-first\",\"refresh_token\":\"Bb2-other\"}"),
    ];
    for (media_type, body) in cases {
        let headers = Headers::from([("Content-Type", media_type)]);
        let redacted = Redactor::default().redact(exchange("http://h/", headers, body));
        let text = shown(&redacted);
        for secret in ["Aa1-first", "123456789", "Bb2-other"] {
            assert!(!text.contains(secret), "{body}: {text}");
        }
        let kept = redacted.exchange().request.body.bytes().unwrap();
        let kept: Result<serde_json::Value, _> = serde_json::from_slice(kept);
        assert_eq!(kept.is_ok(), body.starts_with('{'), "{body}: JSON stays JSON");
    }
}

#[test]
fn known_tokens_are_found_anywhere() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl";
    let akia = format!("AKIA{}", "ABCDEFGHIJKLMNOP");
    let body = format!("<p>denied for {akia}: postgres://bob:hunt3r22@db/x {jwt}</p>");
    let redacted = Redactor::default().redact(exchange("http://h/", Headers::new(), &body));
    let text = shown(&redacted);
    for secret in [jwt, &akia, "hunt3r22"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn redacting_twice_changes_nothing() {
    let headers = Headers::from([("X-Auth-Token", "abcd1234efgh")]);
    let first = Redactor::default().redact(exchange("http://h/?token=zzz1", headers, ""));
    let again = Redactor::default().redact(first.exchange().clone());
    assert_eq!(first.exchange(), again.exchange());
}

#[test]
fn secrets_are_not_printed() {
    assert_eq!(format!("{:?}", Secret::new("hidden")), "***");
    let redactor = Redactor::new(vec![("A".to_owned(), Secret::new("hidden-value"))]);
    assert!(!format!("{redactor:?}").contains("hidden"));
}

#[test]
fn what_is_no_secret_stays() {
    let image = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let bodies = [
        format!(
            "{{\"id\":\"3f2c9a4e-1b7d-4c8e-9f0a-6d5b4c3a2e1f\",\"sha256\":\"{}\",\"image\":\"{image}\"}}",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
        ),
        "{\"created_at\":\"2026-11-20T10:00:00.123Z\",\"etag\":\"W/\\\"686897696a7c876b7e\\\"\",\"n\":1763632800}"
            .to_owned(),
        "{\"usage\":{\"prompt_tokens\":12,\"total_tokens\":34},\"next_page_token\":\"CAUQAA9x8y7w6v5u4t3s\"}".to_owned(),
        "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"auth\":\"basic\",\"password_policy\":\"strict\"}".to_owned(),
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a1b2c3\"}],\"key\":\"a/b/c.png\",\"partition_key\":\"u1o2x3a4b5c6d7e8\"}"
            .to_owned(),
        "<Contents><Key>photos/2026/a.jpg</Key><ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag></Contents>".to_owned(),
        "{\"code\":0,\"state\":\"ok\",\"author\":\"k\",\"design\":\"x=1\",\"monkey\":\"see\",\"assign\":true}".to_owned(),
        "Error: the token has expired; see https://docs.example/auth#tokens?page=2".to_owned(),
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB".to_owned(),
        "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUJ\n-----END CERTIFICATE-----".to_owned(),
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGk1 user@host".to_owned(),
        "{\"public_key\":\"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7x\",\"ssh_public_key\":\"ssh-rsa AAAAB3Nza\"}".to_owned(),
    ];
    for body in bodies {
        let headers = Headers::from([
            ("Content-Type", "application/json"),
            ("ETag", "\"686897696a7c876b7e\""),
            ("X-Request-Id", "9b2c7d1e4f6a8b0c2d4e6f8a0b1c2d3e"),
            ("Date", "Fri, 20 Nov 2026 10:00:00 GMT"),
            ("Idempotency-Key", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
            ("X-Next-Page-Token", "CAUQAA9x8y7w6v5u4t3s"),
            ("User-Agent", "client/1.2.3 (linux; x86_64)"),
            ("WWW-Authenticate", "Bearer realm=\"r\", error=\"invalid_token\""),
        ]);
        let given = exchange(
            "http://h/v1/items/3f2c9a4e?limit=10&sort=key&page_token=CAUQAA",
            headers,
            &body,
        );
        let redacted = Redactor::default().redact(given.clone());
        assert_eq!(redacted.exchange(), &given, "{body}");
    }
}

#[test]
fn what_only_begins_as_another_encoding_is_looked_through_as_it_is() {
    let secret = "qX7/vB2+nK9=zW4&tR";
    let zlib = ContentCoding::Deflate.encode(b"hello").unwrap();
    let gzip = ContentCoding::Gzip.encode(b"hello").unwrap();
    for before in [
        &b"\xfe\xff\xff\xdf"[..],
        b"\xff\xfea\0",
        b"{\0\"\0",
        &zlib,
        &gzip,
        b"x\x9c",
        b"\x1f\x8b\x08",
    ] {
        let redactor = Redactor::new(vec![("V".to_owned(), Secret::new(secret))]);
        let mut given = exchange("http://h/", Headers::new(), "");
        given.request.body = Body::from_bytes([before, secret.as_bytes()].concat());
        let redacted = redactor.redact(given);
        let left = redacted.exchange().request.body.bytes().unwrap().to_vec();
        let is_left = left.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!is_left, "{before:?}");
    }
}

/// A session whose rules have one `JSONPath`.
fn with_path(path: &str) -> Arc<Redactor> {
    let rule = CustomRule { id: "p".into(), json: Some(path.into()), ..CustomRule::default() };
    Arc::new(Redactor::with_rules(RuleSet::new(&[], &[rule]).unwrap(), Vec::new()))
}

#[test]
fn paths_into_json_that_is_not_whole() {
    let cases = [
        (
            "{\"user\": {\"phone\": \"Moby-4711\", \"age\"",
            "{\"user\": {\"phone\": \"{{secret:1}}\", \"age\"",
        ),
        ("{\"user\": {\"phone\": \"Moby-47", "{\"user\": {\"phone\": \"{{secret:1}}"),
        (
            "{\"phone\": \"Moby-4711\"}\n{\"phone\": 1}\n",
            "{\"phone\": \"{{secret:1}}\"}\n{\"phone\": \"{{secret:2}}\"}\n",
        ),
        ("data: {\"phone\" : \"Moby-4711\"}\n\n", "data: {\"phone\" : \"{{secret:1}}\"}\n\n"),
    ];
    for (body, expected) in cases {
        let headers = Headers::from([("Content-Type", "application/json")]);
        let given = exchange("http://h/", headers, body);
        let done = with_path("$..phone").redact(given).into_exchange();
        let text = String::from_utf8_lossy(done.request.body.bytes().unwrap()).into_owned();
        assert!(text.starts_with(expected), "{body}: {text}");
    }
}

#[test]
fn paths_into_json_that_is_too_large_for_memory() {
    let redactor = with_path("$.items[*].phone");
    let filler = "{\"name\": \"green\"}, ".repeat(60_000);
    let text = format!("{{\"items\": [{filler}{{\"phone\": \"Moby-4711\"}}, {filler}1]}}");
    for step in [1000, 70_001, text.len()] {
        let mut stream = redactor.stream("http://h/", Some("application/json"));
        let mut out = Vec::new();
        let mut keep = |bytes: &[u8]| {
            out.extend_from_slice(bytes);
            Ok(())
        };
        for piece in text.as_bytes().chunks(step) {
            stream.push(piece, &mut keep).unwrap();
        }
        stream.end(&mut keep).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(out == text.replace("Moby-4711", "{{secret:1}}"), "{step}");
    }
}

#[test]
fn bodies_of_other_codings_that_no_header_names() {
    let text = "{\"password\": \"Moby-4711\", \"name\": \"\u{e9}\"}";
    let clean = text.replace("Moby-4711", "{{secret:1}}");
    let wide = |text: &str| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    let zlib = |text: &str| ContentCoding::Deflate.encode(text.as_bytes()).unwrap();
    for (body, expected) in [(wide(text), wide(&clean)), (zlib(text), zlib(&clean))] {
        let mut given = exchange("http://h/", Headers::new(), "");
        given.request.body = Body::from_bytes(body);
        let done = Redactor::default().redact(given).into_exchange();
        assert_eq!(done.request.body.bytes().unwrap(), expected);
        assert_eq!(done.redacted.len(), 1);
    }
}

/// What is left of a body whose head says this much of it.
fn left(redactor: &Redactor, headers: Headers, body: Vec<u8>) -> Request {
    let mut given = exchange("http://h/", headers, "");
    given.request.body = Body::from_bytes(body);
    redactor.redact(given).into_exchange().request
}

fn stands(secret: &[u8], request: &Request) -> bool {
    request.body.bytes().unwrap().windows(secret.len()).any(|window| window == secret)
}

#[test]
fn what_a_coding_hides_is_looked_through() {
    let secret = b"qX7/vB2+nK9=zW4&tR";
    let plain = b"{\"a\":\"nothing at all\"}".repeat(9);
    let gzip = ContentCoding::Gzip.encode(&plain).unwrap();
    let zstd = ruzstd::encoding::compress_to_vec(
        plain.as_slice(),
        ruzstd::encoding::CompressionLevel::Fastest,
    );
    let brotli = vec![0x0b, 0x02, 0x80, b'h', b'e', b'l', b'l', b'o', 0x03];
    let named = {
        let mut encoder = flate2::GzBuilder::new()
            .comment(secret.as_slice())
            .write(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, &plain).unwrap();
        encoder.finish().unwrap()
    };
    let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 18, 0, 0, 0][..], secret, &zstd].concat();
    let token = format!("ghp_{}", "aB3".repeat(12));
    for (coding, body) in [
        ("gzip", [&gzip[..], secret].concat()),
        ("gzip", [&gzip[..gzip.len() - 9], secret].concat()),
        ("gzip", named),
        ("zstd", [&zstd[..], secret].concat()),
        ("zstd", skipped),
        ("br", [&brotli[..], secret].concat()),
        ("deflate, gzip", [&gzip[..], secret].concat()),
        ("br", [&brotli[..], token.as_bytes()].concat()),
    ] {
        let redactor = Redactor::new(vec![("V".to_owned(), Secret::new(secret))]);
        let headers = Headers::from([("Content-Encoding", coding)]);
        let request = left(&redactor, headers, body);
        assert!(!stands(secret, &request), "{coding}");
        assert!(!stands(token.as_bytes(), &request), "{coding}");
    }
    // The second frame belongs to the body as the first does.
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    let second = ruzstd::encoding::compress_to_vec(&b"{\"password\":\"Moby-4711\"}"[..], level);
    let headers = Headers::from([("Content-Encoding", "zstd")]);
    let request = left(&Redactor::default(), headers, [&zstd[..], &second].concat());
    assert!(stands(b"{\"password\":\"{{secret:1}}\"}", &request));
    assert!(!request.headers.contains("content-encoding"));
}

#[test]
fn utf_16_of_any_language_is_read() {
    let text = "{\"\u{540d}\u{524d}\":\"\u{4e2d}\u{6587}\u{6587}\u{5b57}\u{2d2d}\u{2e2e}\",\"password\":\"Moby-4711\"}";
    let clean = text.replace("Moby-4711", "{{secret:1}}");
    for (charset, little) in [("utf-16le", true), ("utf-16be", false)] {
        for mark in ["", "\u{feff}", "\u{6587}"] {
            let wide = |text: &str| -> Vec<u8> {
                let units = mark.encode_utf16().chain(text.encode_utf16());
                let bytes =
                    |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
                units.flat_map(bytes).collect()
            };
            assert!(wide(text).windows(3).any(|three| three.iter().all(u8::is_ascii_graphic)));
            let media_type = format!("application/json; charset={charset}");
            let headers = Headers::from([("Content-Type", media_type.as_str())]);
            let request = left(&Redactor::default(), headers, wide(text));
            assert!(request.body.bytes().unwrap() == wide(&clean), "{charset} {mark:?}");
        }
    }
    // Both readings hold one.
    let token = format!("ghp_{}", "aB3".repeat(12));
    let mut both: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    both.extend_from_slice(token.as_bytes());
    let request = left(&Redactor::default(), Headers::new(), both);
    let narrow: Vec<u8> =
        request.body.bytes().unwrap().iter().copied().filter(|byte| *byte != 0).collect();
    let seen = String::from_utf8_lossy(&narrow);
    assert!(!seen.contains("Moby") && !seen.contains(&token), "{seen}");
}

#[test]
fn names_and_methods_hold_no_known_value() {
    let redactor = Redactor::new(vec![("V".to_owned(), Secret::new("hunter2-hunter2"))]);
    let token = format!("ghp_{}", "aB3".repeat(12));
    let name = format!("X-{token}");
    let mut given = exchange(
        "http://h/",
        Headers::from([("X-hunter2-hunter2-Y", "1"), (name.as_str(), "2"), ("X-User", "3")]),
        "",
    );
    given.request.method = "hunter2-hunter2".to_owned();
    given.response.as_mut().unwrap().trailers.push("hunter2-hunter2", "4");
    let redacted = redactor.redact(given);
    let shown = shown(&redacted);
    assert!(!shown.contains("hunter2") && !shown.contains(&token), "{shown}");
    let request = &redacted.exchange().request;
    assert_eq!(request.method, "{{secret:1}}");
    assert_eq!(request.headers.text("X-{{secret:1}}-Y"), Some("1"));
    assert_eq!(request.headers.text("X-User"), Some("3"));
    for at in ["/request/method", "/request/headers/0", "/response/trailers/0"] {
        assert!(redacted.exchange().redacted.iter().any(|note| note.at == at), "{shown}");
    }
}

#[test]
fn what_is_spread_over_messages_is_found() {
    use crate::exchange::{SocketKind, SocketMessage, SocketPayload, SocketPeer};
    let secret = "qX7vB2nK9zW4tR1m";
    let message = |from, text: &str| SocketMessage {
        from,
        at_ms: 0.0,
        kind: SocketKind::Text,
        code: None,
        payload: SocketPayload::Kept(text.to_owned().into()),
        compressed: false,
    };
    let (client, server) = (SocketPeer::Client, SocketPeer::Server);
    let messages = || {
        vec![
            message(server, "{\"n\":1,\"delta\":\"say qX7vB2\"}"),
            message(client, "go on"),
            message(server, "{\"n\":2,\"delta\":\"nK9zW4\"}"),
            message(server, "{\"n\":3,\"delta\":\"tR1m now\"}"),
            message(client, "qX7vB2nK"),
            message(client, "9zW4tR1m"),
        ]
    };
    let expected = [
        "{\"n\":1,\"delta\":\"say {{secret:1}}\"}",
        "go on",
        "{\"n\":2,\"delta\":\"\"}",
        "{\"n\":3,\"delta\":\" now\"}",
        "{{secret:1}}",
        "",
    ];
    let payloads = |exchange: &Exchange| -> Vec<String> {
        let payload = |message: &SocketMessage| match &message.payload {
            SocketPayload::Kept(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            SocketPayload::Omitted(_) => panic!("not kept"),
        };
        exchange.messages.iter().map(payload).collect()
    };
    let redactor = Redactor::new(vec![("V".to_owned(), Secret::new(secret))]);
    let given = Exchange { messages: messages(), ..exchange("http://h/", Headers::new(), "") };
    let redacted = redactor.redact(given.clone()).into_exchange();
    assert_eq!(payloads(&redacted), expected);
    assert!(redacted.redacted.iter().any(|note| note.at == "/messages/3"));
    // And where it becomes known later.
    let redactor = Redactor::default();
    let mut early = redactor.redact(given);
    redactor.redact(exchange("http://h/", Headers::from([("X-Auth-Token", secret)]), ""));
    let late = redactor.late(0, redactor.carried());
    assert!(late.stands_in(early.exchange()));
    let mut trace = Trace::new();
    trace.note_exchange(early.exchange());
    assert!(!late.traced(&trace).is_empty());
    assert!(redactor.renew(&mut early));
    assert_eq!(payloads(early.exchange()), expected);
}
