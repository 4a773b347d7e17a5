//! Bodies in a cassette: as JSON where that is exact, as lines of text, as base64 where small, else
//! in a file of their own. Every form gives the wire bytes back.

use super::anywhere::is_read_everywhere;
use super::layout::{Style, lay_out};
use crate::exchange::{
    Body, BodyFile, ContentCoding, DECODED_LIMIT, Digest, Exchange, Headers, Request,
};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// What is added to a cassette's name for the folder of its body files.
pub const BODY_FOLDER_SUFFIX: &str = ".bodies";

/// Longest body that is kept as JSON or text inside the cassette, in bytes.
const TEXT_LIMIT: usize = 4 * 1024 * 1024;
/// Longest body that is kept as base64 inside the cassette, in bytes.
const BASE64_LIMIT: usize = 64 * 1024;

/// Why a body in a cassette can't be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// None, or more than one, of `json`, `text`, `base64` and `file`.
    #[error("a body has exactly one of `json`, `text`, `base64` and `file`, not {0}")]
    Forms(usize),
    /// A style that this version does not know.
    #[error("unknown JSON style `{0}`")]
    Style(String),
    /// JSON nested too deeply.
    #[error("JSON is nested too deeply")]
    Depth,
    /// Not base64.
    #[error("`{key}` is not base64: {cause}")]
    Base64 {
        /// The key.
        key: &'static str,
        /// What the decoder said.
        cause: base64::DecodeError,
    },
    /// A content coding that this version does not know.
    #[error("unknown `encoding` `{0}`")]
    Encoding(String),
    /// The view that people read and the bytes that are served differ.
    #[error(
        "the decoded view and the `wire` bytes disagree ({0}); to edit, change the view and delete `wire`"
    )]
    Disagree(String),
    /// A coding that can be read but not written, without its wire bytes.
    #[error("`{0}` bodies need their `wire` bytes")]
    NoWire(&'static str),
    /// A name that is not a plain SHA-256 file name: nothing outside the body folder is opened.
    #[error("`file` is `{0}`, not the name of a body file (64 hexadecimal digits)")]
    FileName(String),
    /// A body file without `bytes`.
    #[error("`file` needs `bytes`, the file's length")]
    NoLength,
    /// The body file can't be read.
    #[error("{path}: {cause}")]
    File {
        /// The body file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The body file is not what its name says.
    #[error("{0}: content does not have the digest that is its name")]
    Digest(PathBuf),
}

/// A body as JSON text for the record, and a file to be written before the record is.
#[derive(Debug, PartialEq)]
pub(super) struct BodyText {
    pub(super) json: Vec<u8>,
    pub(super) file: Option<(String, bytes::Bytes)>,
}

impl BodyText {
    fn inline(json: Vec<u8>) -> Self {
        Self { json, file: None }
    }
}

/// Writes a body as the value of `body`, its lines indented by `margin` spaces.
pub(super) fn body_text(body: &Body, headers: &Headers, margin: usize) -> BodyText {
    let bytes = match body {
        Body::Empty => return BodyText::inline(b"null".to_vec()),
        Body::File(file) => return BodyText::inline(file_text(&file.name, file.length, None)),
        Body::Bytes(bytes) => bytes,
    };
    let coding = ContentCoding::of(headers).ok().flatten();
    // A coded body is shown decoded only when it can be, and stays small.
    let view = coding.map(|coding| (coding, coding.decode(bytes)));
    match &view {
        None => match view_text(bytes, margin, None) {
            Some(json) => BodyText::inline(json),
            None => opaque_text(bytes, None),
        },
        Some((coding, Ok(decoded))) if bytes.len() <= BASE64_LIMIT => {
            match view_text(decoded, margin, Some((*coding, bytes))) {
                Some(json) => BodyText::inline(json),
                None => opaque_text(bytes, None),
            }
        }
        Some((coding, decoded)) => opaque_text(bytes, decoded.is_ok().then_some(*coding)),
    }
}

/// A readable view: JSON in a style, or lines of text; `None` when there is none.
fn view_text(view: &[u8], margin: usize, wire: Option<(ContentCoding, &[u8])>) -> Option<Vec<u8>> {
    if view.len() > TEXT_LIMIT || view.is_empty() {
        return None;
    }
    let text = std::str::from_utf8(view).ok()?;
    let inner = " ".repeat(margin + 2);
    let mut out = Vec::with_capacity(view.len() + view.len() / 4 + 64);
    let put = |out: &mut Vec<u8>, texts: &[&str]| {
        for text in texts {
            out.extend_from_slice(text.as_bytes());
        }
    };
    put(&mut out, &["{\n", &inner]);
    if let Some((style, json)) = embedded(text, margin + 2) {
        out.extend_from_slice(b"\"json\": ");
        out.extend_from_slice(&json);
        put(&mut out, &[",\n", &inner, "\"style\": \"", &style.to_string(), "\""]);
    } else if is_readable(text) {
        out.extend_from_slice(b"\"text\": [");
        for (index, line) in text.split('\n').enumerate() {
            out.extend_from_slice(if index == 0 { b"\n" } else { b",\n" });
            out.extend_from_slice(inner.as_bytes());
            out.extend_from_slice(b"  ");
            put_quoted(&mut out, line);
        }
        out.extend_from_slice(format!("\n{inner}]").as_bytes());
    } else {
        return None;
    }
    if let Some((coding, wire)) = wire {
        let (name, wire) = (coding.as_str(), BASE64_STANDARD.encode(wire));
        let more = format!(",\n{inner}\"encoding\": \"{name}\",\n{inner}\"wire\": \"{wire}\"");
        out.extend_from_slice(more.as_bytes());
    }
    put(&mut out, &["\n", &inner[2..], "}"]);
    Some(out)
}

/// An object or array whose bytes come back exactly from a named style.
fn embedded(text: &str, margin: usize) -> Option<(Style, Vec<u8>)> {
    if !matches!(text.trim_start().as_bytes().first(), Some(b'{' | b'[')) {
        return None;
    }
    if !is_read_everywhere(text) {
        return None;
    }
    let style = Style::detect(text.as_bytes())?;
    Some((style, lay_out(text.as_bytes(), Style::indented(), margin)?))
}

/// Whether a person can read it: no control characters but white space.
fn is_readable(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{1b}'))
}

fn opaque_text(bytes: &bytes::Bytes, coding: Option<ContentCoding>) -> BodyText {
    if bytes.len() <= BASE64_LIMIT {
        let json = format!("{{\"base64\": \"{}\"}}", BASE64_STANDARD.encode(bytes));
        return BodyText::inline(json.into_bytes());
    }
    let name = Digest::of(bytes).hex();
    let json = file_text(&name, bytes.len() as u64, coding);
    BodyText { json, file: Some((name, bytes.clone())) }
}

fn file_text(name: &str, length: u64, coding: Option<ContentCoding>) -> Vec<u8> {
    let encoding = match coding {
        Some(coding) => format!(", \"encoding\": \"{}\"", coding.as_str()),
        None => String::new(),
    };
    format!("{{\"file\": \"{name}\", \"bytes\": {length}{encoding}}}").into_bytes()
}

/// Adds a text as a JSON string.
pub(super) fn put_quoted(out: &mut Vec<u8>, text: &str) {
    // Most are names and values without anything to escape.
    if text.bytes().all(|byte| byte >= b' ' && !matches!(byte, b'"' | b'\\')) {
        out.reserve(text.len() + 2);
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        return out.push(b'"');
    }
    // Writing to memory can't fail, and any text is a JSON string.
    let _ = serde_json::to_writer(out, text);
}

/// A body as it stands in a record.
#[derive(Debug, Deserialize)]
pub(super) struct BodyRecord<'a> {
    #[serde(borrow, default)]
    json: Option<&'a RawValue>,
    #[serde(borrow, default)]
    style: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    text: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow, default)]
    base64: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    file: Option<Cow<'a, str>>,
    #[serde(default)]
    bytes: Option<u64>,
    #[serde(borrow, default)]
    encoding: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    wire: Option<Cow<'a, str>>,
}

impl BodyRecord<'_> {
    /// The body with its wire bytes.
    pub(super) fn body(&self) -> Result<Body, BodyError> {
        let forms =
            [self.json.is_some(), self.text.is_some(), self.base64.is_some(), self.file.is_some()];
        let given = forms.into_iter().filter(|given| *given).count();
        if given != 1 {
            return Err(BodyError::Forms(given));
        }
        if let Some(name) = &self.file {
            if !is_body_name(name) {
                return Err(BodyError::FileName(name.chars().take(80).collect()));
            }
            let length = self.bytes.ok_or(BodyError::NoLength)?;
            return Ok(Body::File(BodyFile { name: name.to_string(), length }));
        }
        if let Some(text) = &self.base64 {
            return Ok(Body::from_bytes(decode_base64("base64", text)?));
        }
        let view = self.view()?;
        let Some(encoding) = &self.encoding else { return Ok(Body::from_bytes(view)) };
        let coding = ContentCoding::parse(encoding)
            .ok_or_else(|| BodyError::Encoding(encoding.to_string()))?;
        let Some(wire) = &self.wire else {
            let wire = coding.encode(&view).ok_or(BodyError::NoWire(coding.as_str()))?;
            return Ok(Body::from_bytes(wire));
        };
        let wire = decode_base64("wire", wire)?;
        match coding.decode(&wire) {
            Ok(decoded) if decoded == view => Ok(Body::from_bytes(wire)),
            Ok(_) => Err(BodyError::Disagree("different content".to_owned())),
            Err(error) => Err(BodyError::Disagree(error.to_string())),
        }
    }

    fn view(&self) -> Result<Vec<u8>, BodyError> {
        if let Some(lines) = &self.text {
            return Ok(lines.join("\n").into_bytes());
        }
        let name = self.style.as_deref().unwrap_or("compact");
        let style = Style::parse(name).ok_or_else(|| BodyError::Style(name.to_owned()))?;
        let json = self.json.map_or("null", RawValue::get);
        lay_out(json.as_bytes(), style, 0).ok_or(BodyError::Depth)
    }
}

/// Whether a style is one that this version can lay JSON out in.
pub(super) fn is_known_style(name: Option<&str>) -> bool {
    name.is_none_or(|name| Style::parse(name).is_some())
}

fn decode_base64(key: &'static str, text: &str) -> Result<Vec<u8>, BodyError> {
    BASE64_STANDARD.decode(text).map_err(|cause| BodyError::Base64 { key, cause })
}

pub(super) fn is_body_name(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Reads a body file of the cassette at `cassette`, at most `limit` bytes, and checks that it is what
/// its name says.
pub fn open_body(cassette: &Path, file: &BodyFile, limit: u64) -> Result<Vec<u8>, BodyError> {
    use std::io::Read as _;
    if !is_body_name(&file.name) {
        return Err(BodyError::FileName(file.name.clone()));
    }
    let path = body_folder(cassette).join(&file.name);
    let failed = |cause| BodyError::File { path: path.clone(), cause };
    let mut bytes = Vec::new();
    let opened = open_regular(&path).map_err(failed)?;
    opened.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(failed(std::io::Error::other(format!("larger than {limit} bytes"))));
    }
    if Digest::of(&bytes).hex() != file.name {
        return Err(BodyError::Digest(path));
    }
    Ok(bytes)
}

/// Brings bodies that lie in files of their own into memory, each of at most `limit` bytes. One that
/// can't be had is left as it is.
pub fn load_bodies(cassette: &Path, exchange: &mut Exchange, limit: u64) -> Result<(), BodyError> {
    let response = exchange.response.as_mut().map(|response| &mut response.body);
    for body in [Some(&mut exchange.request.body), response].into_iter().flatten() {
        if let Body::File(file) = body {
            if file.length > limit {
                let path = body_folder(cassette).join(&file.name);
                let cause = std::io::Error::other(format!("larger than {limit} bytes"));
                return Err(BodyError::File { path, cause });
            }
            *body = Body::from_bytes(open_body(cassette, file, limit)?);
        }
    }
    Ok(())
}

/// Opens a cassette or a body file. A pipe would be waited for and a device may have no end: neither is opened.
pub(super) fn open_regular(path: &Path) -> std::io::Result<std::fs::File> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("no regular file"));
    }
    std::fs::File::open(path)
}

/// Where a body file of the cassette at `cassette` is and which digest it must have. It is there and
/// has its length; its content was not looked at.
pub fn find_body(cassette: &Path, file: &BodyFile) -> Result<(PathBuf, Digest), BodyError> {
    let digest = Digest::parse(&format!("sha256:{}", file.name));
    let Some(digest) = digest.filter(|_| is_body_name(&file.name)) else {
        return Err(BodyError::FileName(file.name.clone()));
    };
    let path = body_folder(cassette).join(&file.name);
    match std::fs::metadata(&path) {
        Ok(there) if there.is_file() && there.len() == file.length => Ok((path, digest)),
        Ok(_) => Err(BodyError::Digest(path)),
        Err(cause) => Err(BodyError::File { path, cause }),
    }
}

/// Checks that a body file of the cassette at `cassette` is what its name says, piece by piece.
pub fn verify_body(cassette: &Path, file: &BodyFile) -> Result<(), BodyError> {
    use sha2::Digest as _;
    use std::io::Read as _;
    let (path, expected) = find_body(cassette, file)?;
    let failed = |cause| BodyError::File { path: path.clone(), cause };
    let mut opened = open_regular(&path).map_err(failed)?;
    let (mut hash, mut piece) = (sha2::Sha256::new(), vec![0; 256 * 1024]);
    loop {
        match opened.read(&mut piece).map_err(failed)? {
            0 => break,
            length => hash.update(&piece[..length]),
        }
    }
    let found = Digest::from(<[u8; 32]>::from(hash.finalize()));
    if found == expected { Ok(()) } else { Err(BodyError::Digest(path)) }
}

/// Reads a request's body into memory where it lies in a file: requests are matched and sent by
/// their bytes.
pub fn open_request_body(cassette: &Path, request: &mut Request) -> Result<(), BodyError> {
    if let Body::File(file) = &request.body {
        request.body = Body::from_bytes(open_body(cassette, file, DECODED_LIMIT)?);
    }
    Ok(())
}

/// `NAME.cassette.bodies`, beside the cassette. A recording that is to replace it (or was cut off
/// before it could) has its bodies there already.
pub(super) fn body_folder(cassette: &Path) -> PathBuf {
    let mut name = match cassette.extension() {
        Some(extension) if extension == "recording" => cassette.with_extension("").into_os_string(),
        _ => cassette.as_os_str().to_owned(),
    };
    name.push(BODY_FOLDER_SUFFIX);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round_trip(body: &Body, headers: &Headers) -> (String, Body) {
        let text = String::from_utf8(body_text(body, headers, 4).json).unwrap();
        let read: Option<BodyRecord> = serde_json::from_str(&text).unwrap();
        (text.clone(), read.map_or(Body::Empty, |record| record.body().unwrap()))
    }

    #[test]
    fn each_form_gives_the_bytes_back() {
        let plain = Headers::new();
        let cases: [(&[u8], &str); 8] = [
            (b"{\"a\":1.0}", "json"),
            (b"{\"a\": 1,\"b\":2}", "text"),
            (b"a\r\nb\n", "text"),
            (b"{\"broken\":", "text"),
            (b"\"scalar\"", "text"),
            (b"\x00\x01", "base64"),
            (b"\xff", "base64"),
            ("{\"ä\":\"中\"}\n".as_bytes(), "json"),
        ];
        for (bytes, form) in cases {
            let body = Body::from_bytes(bytes.to_vec());
            let (text, read) = round_trip(&body, &plain);
            assert!(text.contains(&format!("\"{form}\":")), "{text}");
            assert_eq!(read, body, "{text}");
        }
    }

    #[test]
    fn a_compressed_body_keeps_wire_and_view() {
        let wire = ContentCoding::Gzip.encode(b"{\"job_id\":\"7\"}").unwrap();
        let headers = Headers::from([("content-encoding", "gzip")]);
        let body = Body::from_bytes(wire);
        let (text, read) = round_trip(&body, &headers);
        assert!(text.contains("\"job_id\": \"7\"") && text.contains("\"wire\""), "{text}");
        assert_eq!(read, body);
        let edited = text.replace("\"7\"", "\"8\"");
        let record: BodyRecord = serde_json::from_str(&edited).unwrap();
        assert!(matches!(record.body(), Err(BodyError::Disagree(_))));
    }

    #[test]
    fn a_large_binary_body_gets_a_file() {
        let bytes = bytes::Bytes::from(vec![0xfe; BASE64_LIMIT + 1]);
        let text = body_text(&Body::Bytes(bytes.clone()), &Headers::new(), 0);
        let (name, content) = text.file.unwrap();
        assert_eq!((name.as_str(), content), (Digest::of(&bytes).hex().as_str(), bytes));
    }

    #[test]
    fn no_path_leads_out_of_the_body_folder() {
        for name in ["../x", "/etc/passwd", "a", &"A".repeat(64)] {
            let text = serde_json::json!({"file": name, "bytes": 1}).to_string();
            let record: BodyRecord = serde_json::from_str(&text).unwrap();
            assert!(matches!(record.body(), Err(BodyError::FileName(_))), "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_survive(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let body = Body::from_bytes(bytes);
            prop_assert_eq!(round_trip(&body, &Headers::new()).1, body);
        }

        #[test]
        fn any_text_survives(text in "[\\PC\r\n\t]{0,60}") {
            let body = Body::from_bytes(text.into_bytes());
            prop_assert_eq!(round_trip(&body, &Headers::new()).1, body);
        }
    }
}
