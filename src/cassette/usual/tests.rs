//! What is read in one pass is read the same by [`Record`], which tells what is wrong: of records of every form,
//! whole, and changed in one place.

use super::*;
use crate::cassette::decode::Record;
use crate::cassette::encode::record_text;
use crate::exchange::{ContentCoding, Interim};

/// The exchange of a record, the plain way; `None` where anything is to be told of it.
fn slowly(text: &str) -> Option<Exchange> {
    let mut is_unusual = false;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let record: Record<'_> =
        serde_ignored::deserialize(&mut deserializer, |_| is_unusual = true).ok()?;
    deserializer.end().ok()?;
    let is_exchange = record.end.is_none() && record.cassette.is_none() && !is_unusual;
    is_exchange.then(|| record.into_exchange().ok())?
}

fn exchange(body: Body, headers: Headers) -> Exchange {
    Exchange {
        number: ExchangeNumber(7),
        at: "2026-11-20T10:00:00.123Z".parse().unwrap(),
        source: Source::Live,
        request: Request {
            method: "POST".into(),
            target: "https://h.example/a?b=%20c".into(),
            headers: Headers::from([("Host", "h.example"), ("X-Quoted", "a \"b\" \\ é")]),
            body: Body::from("{\"a\": [1, 2], \"b\": {}}"),
            ..Request::default()
        },
        response: Some(Response {
            status: 200,
            reason: "OK".into(),
            headers,
            body,
            trailers: Headers::from([("X-Sum", "1")]),
            ..Response::default()
        }),
        timing: Timing {
            first_byte_ms: Some(1.25),
            end_ms: 3.0,
            chunks: vec![ChunkTime { at_ms: 1.5, bytes: 4 }],
        },
        error: None,
        redacted: vec![Redaction { secret: 1, rule: "header.x".into(), at: "/a/1".into() }],
        interim: Vec::new(),
        messages: Vec::new(),
        digest: None,
    }
}

/// Records of every form, and whether each is a usual one.
fn records() -> Vec<(String, bool)> {
    let plain = |body: &str| exchange(Body::from(body), Headers::new());
    let bytes = |bytes: Vec<u8>| exchange(Body::from_bytes(bytes), Headers::new());
    let failed = TransportError { kind: TransportErrorKind::Reset, message: "reset\n".into() };
    let packed = ContentCoding::Gzip.encode(b"{\"a\":1}").unwrap();
    let early = Interim { at_ms: 1.0, status: 103, reason: "".into(), headers: Headers::new() };
    let all = [
        (plain("{\"a\":1.0,\"ä\":[{},[],null,true,-1e5,\"\\u00e9\\n\"],\"a\":2}"), true),
        (plain("[]\n"), true),
        (plain("{\n    \"a\": [\n        1\n    ]\n}\n"), true),
        (plain("{\n  \"a\" : [ 1, 2 ]\n}"), true),
        (plain("a line\nanother \"line\"\r\n"), true),
        (plain(""), true),
        (bytes(vec![0, 255, 1]), true),
        (exchange(Body::File(BodyFile { name: "0".repeat(64), length: 9 }), Headers::new()), true),
        (Exchange { response: None, error: Some(failed), ..plain("") }, true),
        (exchange(Body::from_bytes(packed), Headers::from([("content-encoding", "gzip")])), false),
        (Exchange { interim: vec![early], ..plain("") }, false),
        (exchange(Body::Empty, Headers::from_iter([Header::new("X", [0xff_u8])])), false),
    ];
    let text = |exchange: &Exchange| {
        let record = record_text(exchange);
        let (begin, rest) = record.numbered(exchange.number.0);
        String::from_utf8([&begin, rest].concat()).unwrap().trim_end().to_owned()
    };
    all.iter().map(|(exchange, usual)| (text(exchange), *usual)).collect()
}

#[test]
fn usual_records_are_read_in_one_pass() {
    for (text, is_usual) in records() {
        let read = Usual::default().exchange(&text);
        assert_eq!(read.is_some(), is_usual, "{text}");
        let Some((exchange, length)) = read else { continue };
        assert_eq!(length, text.len());
        assert_eq!(exchange.source, Source::Live);
        assert_eq!(Some(exchange), slowly(&text), "{text}");
        let edited = text.replacen("h.example", "g.example", 1);
        assert_eq!(Usual::default().exchange(&edited).unwrap().0.source, Source::Edited);
    }
}

/// Numbers that look random and come again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

#[test]
fn changed_records_are_read_alike_or_left() {
    let odd = [
        "",
        " ",
        "\n",
        ",",
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        "null",
        "0",
        "-",
        "1e999",
        "1.5",
        "\\",
        "\\u12",
        "\\ud800",
        "\"json\": {}, ",
        "\"text\": [\"a\"], ",
        "\"odd\": 1,",
        "\"style\": \"spaced\",",
        "[]",
        "{}",
        "\"interim\": null,",
        "\"at\": \"2026-11-20T10:00:00Z\",",
        "é",
        "\u{1}",
        "true",
        "999999",
        "\"compact\"",
    ];
    let (mut dice, mut usual) = (Dice(11), Usual::default());
    let (mut read_in_one_pass, mut broken) = (0, 0);
    let lines = ["\"end\": true,", "\"cassette\": 1,", "\"exchange\": 8,", "\"digest\": null,"];
    for (text, _) in records() {
        for _ in 0..1500 {
            let mut text = text.clone();
            for _ in 0..=dice.roll(2) {
                let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
                let from = dice.roll(places.len());
                let to = places[(from + dice.roll(9)).min(places.len() - 1)];
                let pick = dice.roll(odd.len() + lines.len());
                let new = odd.get(pick).unwrap_or_else(|| &lines[pick - odd.len()]);
                // At the begin of a line, a key is likely to fit.
                let from = match text[..places[from]].rfind('\n') {
                    Some(line) if new.ends_with(',') => line + 1,
                    _ => places[from],
                };
                let to = if new.ends_with(',') { from } else { to };
                text.replace_range(from..to, new);
            }
            match usual.exchange(&text) {
                Some((exchange, length)) => {
                    assert_eq!(Some(exchange), slowly(&text[..length]), "{text}");
                    read_in_one_pass += 1;
                }
                None => broken += 1,
            }
        }
    }
    println!("{read_in_one_pass} in one pass, {broken} left");
    assert!(read_in_one_pass > 500 && broken > 1000, "{read_in_one_pass} {broken}");
}
