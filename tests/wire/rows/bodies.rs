//! Bodies: every form that a cassette keeps them in gives their bytes back.

use crate::row::{Form, Row};

/// A body in a response, and in the request before it.
fn of(name: &'static str, path: &str, media: &str, body: impl AsRef<[u8]>) -> Row {
    let body = body.as_ref();
    let length = body.len();
    let ask = format!(
        "POST /bodies/{path} HTTP/1.1\r\nHost: h\r\nContent-Type: {media}\r\nContent-Length: {length}\r\n\r\n"
    );
    let answer =
        format!("HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nContent-Length: {length}\r\n\r\n");
    Row::of(name).ask([ask.as_bytes(), body].concat()).answer([answer.as_bytes(), body].concat())
}

fn json(name: &'static str, path: &str, body: &str) -> Row {
    of(name, path, "application/json", body)
}

pub fn rows() -> Vec<Row> {
    let mut rows = styles();
    rows.extend(spellings());
    rows.extend(texts());
    rows.extend(large());
    rows
}

/// JSON as serialisers lay it out, and as none does.
fn styles() -> Vec<Row> {
    vec![
        json("compact JSON", "compact", r#"{"a":[1,{"b":null}],"c":{},"d":[]}"#).form("json"),
        json("spaced JSON", "spaced", r#"{"a": [1, {"b": true}], "c": {}, "d": []}"#).form("json"),
        json("JSON indented by two", "two", "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}")
            .form("json"),
        json("JSON indented by four, with a last line feed", "four", "[\n    {\n        \"b\": 2\n    }\n]\n").form("json"),
        json("JSON indented by tabs", "tabs", "{\n\t\"a\": [\n\t\t1\n\t]\n}").form("json"),
        json("JSON of Jackson", "jackson", "{\n  \"a\" : [ 1, {\n    \"b\" : 2\n  } ],\n  \"c\" : { },\n  \"d\" : [ ]\n}")
            .form("json"),
        json("JSON with line ends of CR LF", "crlf", "{\r\n  \"a\": 1\r\n}\r\n").form("text"),
        json("JSON laid out by hand", "hand", "{ \"a\" :1,\n\n   \"b\":[ 2 ]}  ").form("text"),
        json("JSON with a byte order mark", "bom", "\u{feff}{\"a\":1}"),
        json("JSON with two last line feeds", "feeds", "{\"a\":1}\n\n").form("text"),
    ]
}

/// JSON whose meaning a parser would keep and whose bytes it would not.
fn spellings() -> Vec<Row> {
    let deep = format!("{}{}", "[".repeat(140), "]".repeat(140));
    vec![
        json("names that come twice", "twice", r#"{"a":1,"b":2,"a":3,"":4,"a":{"x":1,"x":2}}"#)
            .form("json"),
        json(
            "numbers as they are spelled",
            "numbers",
            "[1.0,1.50,-0,-0.0,1e5,1E+05,0.1e-7,123456789012345678901234567890,9007199254740993]",
        )
        .form("json"),
        json(
            "escapes as they are spelled",
            "escapes",
            r#"{"\u0061":"\u00e9é\/\"\\\b\f\n\r\t\u007f\u2028","pair":"\ud83d\ude00😀"}"#,
        )
        .form("json"),
        json("a number beyond a double", "beyond", r#"{"a":[1e400]}"#).form("text"),
        json("half of a surrogate pair", "half", r#"{"a":"\ud800"}"#).form("text"),
        json("JSON that nests deeply", "deep", &deep),
        json("a lone string", "string", "\"ok\""),
        json("a lone `null`", "null", "null"),
        json("JSON that is none", "broken", "{\"a\": [1, 2"),
        json("several JSON values, a line each", "lines", "{\"a\":1}\n{\"a\":2}\n").form("text"),
        json("a byte in a string that is no UTF-8", "latin", "{\"a\":\"b\"}").form("json"),
        of(
            "JSON with a byte that is no UTF-8",
            "no-utf",
            "application/json",
            b"{\"a\":\"caf\xe9\"}",
        )
        .form("base64"),
        json("a `null` byte spelled out", "nul", r#"{"a":"\u0000"}"#).form("json"),
        of("JSON of another media type", "other", "text/x-unknown", "{\"a\":1}"),
    ]
}

/// Text and bytes.
fn texts() -> Vec<Row> {
    let every: Vec<u8> = (0..=255).cycle().take(2048).collect();
    let utf16: Vec<u8> = "\u{feff}a test\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let parts = b"--line\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--line\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n\x00\x01\xfe\xff\r\n--line--\r\n";
    vec![
        of("text with line ends of every kind", "ends", "text/plain", "a\nb\r\nc\rd\n\r\n\n")
            .form("text"),
        of(
            "text with rare characters",
            "rare",
            "text/plain; charset=utf-8",
            "\t\u{1b}[1m \u{2028}\u{85}\u{feff}\u{fffd}é😀\u{10ffff}",
        ),
        of("text with control characters", "control", "text/plain", "a\x00b\x07c\x7fd")
            .form("base64"),
        of("text of white space alone", "space", "text/plain", " \n\t\n ").form("text"),
        of("one line feed", "feed", "text/plain", "\n").form("text"),
        of("a form", "form", "application/x-www-form-urlencoded", "a=1&b=%20x+y&a=&&c")
            .form("text"),
        of("text of Latin-1", "latin-text", "text/plain; charset=iso-8859-1", b"caf\xe9\n")
            .form("base64"),
        of("text of UTF-16", "utf-16", "text/plain; charset=utf-16", utf16).form("base64"),
        of("all 256 bytes", "bytes", "application/octet-stream", every).form("base64"),
        of(
            "a form of several parts with a file",
            "parts",
            "multipart/form-data; boundary=line",
            parts,
        ),
        of("events", "events", "text/event-stream", "id: 1\ndata: a\n\n:\n\ndata: {\"b\": 2}\n\n")
            .form("text"),
        Row::of("no body at all")
            .ask("POST /bodies/none HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            .form("none"),
        of("a body of length zero", "zero", "application/json", "").form("none"),
    ]
}

/// Bodies that do not fit into a line.
fn large() -> Vec<Row> {
    let noise = |count: usize| -> Vec<u8> {
        let mut state = 1_u32;
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect()
    };
    let text = |count: usize| "a line of text, no more\n".repeat(count / 24);
    let items =
        (0..20_000).map(|n| format!("{{\"n\":{n},\"at\":\"{n:032}\"}}")).collect::<Vec<_>>();
    vec![
        of("just as many bytes as stay in the file", "64k", "image/png", noise(65_536))
            .form("base64"),
        of("one byte more than stays in the file", "64k1", "image/png", noise(65_537)).form("file"),
        of("a quarter of a mebibyte", "256k", "application/octet-stream", noise(256 << 10))
            .form("file"),
        of("a mebibyte of text", "1m-text", "text/plain", text(1 << 20)).form("text"),
        json("a megabyte of JSON", "1m-json", &format!("[{}]", items.join(","))).form("json"),
        of("a mebibyte of bytes", "1m", "application/octet-stream", noise(1 << 20)).form("file"),
        // An unoptimised build takes its time.
        of("six mebibytes of text", "6m-text", "text/plain", text(6 << 20))
            .form("file")
            .only(&[Form::Tunnel]),
    ]
}
