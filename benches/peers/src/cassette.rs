//! The recording that is replayed: distinct exchanges with 1 KB of JSON each, laid out as the recorder
//! does.

use std::fmt::Write as _;
use std::path::Path;

/// The body of every answer.
pub fn body() -> String {
    format!("{{\"name\":\"{}\"}}", "x".repeat(1000))
}

/// What the paths of a recording end with.
#[derive(Clone, Copy, PartialEq)]
pub enum Names {
    /// Numbers from 0.
    Numbers,
    /// Ids that look made up by a server: a replay looks for who gave them.
    Ids,
}

impl Names {
    /// The path of an exchange (from 0).
    pub fn path(self, number: usize) -> String {
        match self {
            Self::Numbers => format!("/p/{number}"),
            Self::Ids => {
                let mixed = number.wrapping_mul(2_654_435_761) & 0xFFFF_FFFF;
                format!("/p/{mixed:08x}-7a1b-4c2d-9e8f-{number:012x}")
            }
        }
    }
}

/// Writes a cassette of so many exchanges; answers with its length.
pub fn write(path: &Path, exchanges: usize, names: Names) -> u64 {
    let body = body();
    let (length, inner) = (body.len(), "x".repeat(1000));
    let mut text = String::from("{\n  \"cassette\": 1,\n  \"session\": \"speed\"\n}\n");
    for number in 1..=exchanges {
        let path = names.path(number - 1);
        write!(
            text,
            r#"{{
  "exchange": {number},
  "at": "2026-01-01T00:00:00.000Z",
  "source": "live",
  "request": {{
    "method": "GET",
    "target": "http://h{path}",
    "version": "HTTP/1.1",
    "headers": [
      ["Host", "h"]
    ],
    "body": null,
    "trailers": []
  }},
  "response": {{
    "status": 200,
    "reason": "OK",
    "version": "HTTP/1.1",
    "headers": [
      ["Content-Type", "application/json"],
      ["Content-Length", "{length}"]
    ],
    "body": {{
      "json": {{
        "name": "{inner}"
      }},
      "style": "compact"
    }},
    "trailers": []
  }},
  "timing": {{"first_byte_ms": 0.2, "end_ms": 0.3}},
  "error": null,
  "redacted": [],
  "digest": "sha256:0000000000000000000000000000000000000000000000000000000000000000"
}}
"#
        )
        .expect("memory");
    }
    writeln!(text, "{{\"end\": true, \"exchanges\": {exchanges}}}").expect("memory");
    std::fs::write(path, &text).expect("a file");
    text.len() as u64
}

/// Writes the same as a HAR, which mitmproxy reads.
pub fn write_har(path: &Path, exchanges: usize) {
    let body = body().replace('"', "\\\"");
    let length = self::body().len();
    let mut text = String::from(
        "{\"log\": {\"version\": \"1.2\", \"creator\": {\"name\": \"peers\", \"version\": \"1\"}, \"entries\": [",
    );
    for number in 0..exchanges {
        let comma = if number == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"startedDateTime": "2026-01-01T00:00:00.000Z", "time": 1,
"request": {{"method": "GET", "url": "http://h/p/{number}", "httpVersion": "HTTP/1.1", "cookies": [],
"headers": [{{"name": "Host", "value": "h"}}], "queryString": [], "headersSize": -1, "bodySize": 0}},
"response": {{"status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "cookies": [],
"headers": [{{"name": "Content-Type", "value": "application/json"}}, {{"name": "Content-Length", "value": "{length}"}}],
"content": {{"size": {length}, "mimeType": "application/json", "text": "{body}"}}, "redirectURL": "",
"headersSize": -1, "bodySize": {length}}}, "cache": {{}}, "timings": {{"send": 0, "wait": 1, "receive": 0}}}}"#
        )
        .expect("memory");
    }
    text.push_str("]}}");
    std::fs::write(path, text).expect("a file");
}

/// Writes the same as WireMock's mappings, into the folder that it looks into.
pub fn write_mappings(root: &Path, exchanges: usize) {
    let body = body().replace('"', "\\\"");
    let length = self::body().len();
    let mut text = String::from("{\"mappings\": [");
    for number in 0..exchanges {
        let comma = if number == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"request": {{"method": "GET", "urlPath": "/p/{number}"}},
"response": {{"status": 200, "body": "{body}", "headers": {{"Content-Type": "application/json", "Content-Length": "{length}"}}}}}}"#
        )
        .expect("memory");
    }
    text.push_str("]}");
    let folder = root.join("mappings");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("all.json"), text).expect("a file");
}
