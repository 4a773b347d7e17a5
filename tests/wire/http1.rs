//! A small reader of HTTP/1 messages, for judging: strict, whole texts only, and sharing no code
//! with the product.

use std::fmt;

/// A message with what may change on its way through a proxy taken out: white space at the end of
/// a field's line, and how a chunked body was cut.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    pub start: Vec<u8>,
    /// Field lines as they stood, but for white space at their end.
    pub fields: Vec<Vec<u8>>,
    pub framing: Framing,
    pub body: Vec<u8>,
    pub trailers: Vec<Vec<u8>>,
    /// Whether its end was there.
    pub whole: bool,
    /// Bytes that are known to lack.
    pub missing: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    None,
    Length,
    Chunked,
    /// To the end of the connection.
    Close,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = if self.whole { "" } else { ", cut off" };
        writeln!(f, "{} [{:?}{whole}]", shown(&self.start), self.framing)?;
        for line in &self.fields {
            writeln!(f, "  {}", shown(line))?;
        }
        writeln!(f, "  body of {} bytes: {}", self.body.len(), shown(&self.body))?;
        for line in &self.trailers {
            writeln!(f, "  trailer {}", shown(line))?;
        }
        Ok(())
    }
}

/// Bytes for people, cut where they are long.
pub fn shown(bytes: &[u8]) -> String {
    let most = bytes.len().min(600);
    let more = if most < bytes.len() { "…" } else { "" };
    format!("{}{more}", bytes[..most].escape_ascii())
}

/// What stood in front of some bytes, and the bytes after it.
pub type Taken<'a> = Option<(Message, &'a [u8])>;

impl Message {
    /// The first value of a field.
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        pairs(&self.fields).into_iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v)
    }

    /// Status of a response.
    pub fn status(&self) -> u16 {
        let code = self.start.get(9..12).unwrap_or_default();
        std::str::from_utf8(code).unwrap().parse().unwrap()
    }

    pub fn method(&self) -> &str {
        std::str::from_utf8(self.start.split(|b| *b == b' ').next().unwrap()).unwrap()
    }
}

/// Name and value of each field line; white space around a value is no part of it.
pub fn pairs(lines: &[Vec<u8>]) -> Vec<(&str, &[u8])> {
    lines
        .iter()
        .map(|line| {
            let colon = line.iter().position(|byte| *byte == b':').unwrap();
            (std::str::from_utf8(&line[..colon]).unwrap(), trimmed(&line[colon + 1..]))
        })
        .collect()
}

fn trimmed(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// Takes a request off the front; `None` while its head is not whole.
pub fn request(bytes: &[u8]) -> Taken<'_> {
    let (start, fields, rest) = head(bytes)?;
    let coded = has(&fields, "transfer-encoding");
    let framing = match length(&fields) {
        _ if coded => Framing::Chunked,
        Some(1..) => Framing::Length,
        _ => Framing::None,
    };
    Some(body(start, fields, framing, rest))
}

/// Takes a response to a request with this method off the front; `None` while its head is not
/// whole. A body that ends with the connection takes all there is.
pub fn response<'a>(method: &str, bytes: &'a [u8]) -> Taken<'a> {
    let (start, fields, rest) = head(bytes)?;
    let status: u16 = std::str::from_utf8(&start[9..12]).unwrap().parse().unwrap();
    let framing = match length(&fields) {
        _ if method == "HEAD" || status < 200 || matches!(status, 204 | 304) => Framing::None,
        _ if has(&fields, "transfer-encoding") => Framing::Chunked,
        Some(0) => Framing::None,
        Some(_) => Framing::Length,
        None => Framing::Close,
    };
    Some(body(start, fields, framing, rest))
}

fn has(fields: &[Vec<u8>], name: &str) -> bool {
    pairs(fields).iter().any(|(n, _)| n.eq_ignore_ascii_case(name))
}

fn length(fields: &[Vec<u8>]) -> Option<usize> {
    let found = pairs(fields).into_iter().find(|(n, _)| n.eq_ignore_ascii_case("content-length"));
    let first = found?.1.split(|byte| *byte == b',').next().unwrap();
    Some(std::str::from_utf8(first).unwrap().trim().parse().unwrap())
}

type Head<'a> = (Vec<u8>, Vec<Vec<u8>>, &'a [u8]);

fn head(bytes: &[u8]) -> Option<Head<'_>> {
    let (start, mut rest) = line(bytes)?;
    let mut fields = Vec::new();
    loop {
        let (field, after) = line(rest)?;
        rest = after;
        if field.is_empty() {
            return Some((start.to_vec(), fields, rest));
        }
        assert!(field.contains(&b':'), "no field: {}", shown(field));
        fields.push(field.trim_ascii_end().to_vec());
    }
}

/// A line without its CR LF.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    Some((&bytes[..end], &bytes[end + 2..]))
}

fn body(start: Vec<u8>, fields: Vec<Vec<u8>>, framing: Framing, bytes: &[u8]) -> (Message, &[u8]) {
    let (mut body, mut trailers, mut missing) = (Vec::new(), Vec::new(), 0);
    let rest = match framing {
        Framing::None => Some(bytes),
        Framing::Close => {
            body = bytes.to_vec();
            Some(&bytes[bytes.len()..])
        }
        Framing::Length => {
            let length = length(&fields).unwrap();
            body = bytes[..length.min(bytes.len())].to_vec();
            missing = length - body.len();
            bytes.get(length..)
        }
        Framing::Chunked => chunks(bytes, &mut body, &mut trailers),
    };
    let whole = rest.is_some();
    let message = Message { start, fields, framing, body, trailers, whole, missing };
    (message, rest.unwrap_or_default())
}

/// Takes a chunked body; answers with what is after it, where its end was there.
fn chunks<'a>(
    bytes: &'a [u8],
    body: &mut Vec<u8>,
    trailers: &mut Vec<Vec<u8>>,
) -> Option<&'a [u8]> {
    let mut rest = bytes;
    loop {
        let (size, after) = line(rest)?;
        let digits = size.split(|byte| *byte == b';').next().unwrap().trim_ascii();
        let size = usize::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap();
        if size == 0 {
            rest = after;
            break;
        }
        body.extend_from_slice(&after[..size.min(after.len())]);
        rest = after.get(size..)?.strip_prefix(b"\r\n")?;
    }
    loop {
        let (field, after) = line(rest)?;
        rest = after;
        if field.is_empty() {
            return Some(rest);
        }
        trailers.push(field.trim_ascii_end().to_vec());
    }
}

/// All requests in some bytes, the last maybe cut off, and what is no request at their end.
pub fn requests(mut bytes: &[u8]) -> (Vec<Message>, Vec<u8>) {
    let mut all = Vec::new();
    while let Some((message, rest)) = request(bytes) {
        all.push(message);
        bytes = rest;
    }
    (all, bytes.to_vec())
}

/// All responses to requests with these methods, the last maybe cut off, and what is none of them
/// at their end.
pub fn responses(methods: &[String], mut bytes: &[u8]) -> (Vec<Message>, Vec<u8>) {
    let mut all = Vec::new();
    let mut methods = methods.iter().peekable();
    while let Some(method) = methods.peek() {
        let Some((message, rest)) = response(method, bytes) else { break };
        let status = message.status();
        if status >= 200 {
            methods.next();
        }
        all.push(message);
        bytes = rest;
        if status == 101 {
            break;
        }
    }
    (all, bytes.to_vec())
}
