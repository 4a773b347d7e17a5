//! Messages from short templates: a first line, fields, a blank line, the body. A field whose name begins
//! with `#` says how it goes over the wire.

use super::spellings::filled;
use testimony::exchange::ContentCoding;

/// The bytes of a message; `prefix` goes before the path of a request's target.
pub fn wire(template: &str, secret: &str, prefix: Option<&str>) -> Vec<u8> {
    let (head, body) = template.split_once("\n\n").unwrap_or((template, ""));
    let mut lines = head.lines();
    let first = filled(lines.next().unwrap(), secret);
    let mut body = filled(body, secret).into_bytes();
    let (mut fields, mut chunk, mut trailer, mut cut) = (String::new(), None, String::new(), false);
    for line in lines {
        let line = filled(line, secret);
        match line.split_once(": ") {
            Some(("#chunks", length)) => chunk = Some(length.parse::<usize>().unwrap()),
            Some(("#trailer", field)) => trailer = format!("{field}\r\n"),
            Some(("#coding", coding)) => {
                body = coded(coding, &body);
                fields += &format!("Content-Encoding: {coding}\r\n");
            }
            Some(("#cut", count)) => {
                body.truncate(body.len() - count.parse::<usize>().unwrap());
                cut = true;
            }
            _ => fields += &format!("{}\r\n", line.replace("\\r\\n", "\r\n")),
        }
    }
    let first = match (first.split_once(' '), prefix) {
        (Some((method, target)), Some(prefix)) => match target.split_once("://") {
            Some((scheme, rest)) => {
                let (authority, path) = rest.split_once('/').unwrap();
                format!("{method} {scheme}://{authority}/{prefix}/{path} HTTP/1.1")
            }
            None => format!("{method} /{prefix}{target} HTTP/1.1"),
        },
        _ => format!("HTTP/1.1 {first}"),
    };
    let mut out = format!("{first}\r\n{fields}").into_bytes();
    if prefix.is_some() && !fields.contains("Host:") {
        out.extend_from_slice(b"Host: api.example\r\n");
    }
    if prefix.is_some() {
        out.extend_from_slice(b"Connection: close\r\n");
    }
    match chunk {
        None => {
            let length = body.len() + usize::from(cut) * 5;
            out.extend_from_slice(format!("Content-Length: {length}\r\n\r\n").as_bytes());
            out.extend_from_slice(&body);
        }
        Some(length) => {
            out.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
            for piece in body.chunks(length) {
                out.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
                out.extend_from_slice(piece);
                out.extend_from_slice(b"\r\n");
            }
            out.extend_from_slice(format!("0\r\n{trailer}\r\n").as_bytes());
        }
    }
    out
}

fn coded(coding: &str, body: &[u8]) -> Vec<u8> {
    match coding {
        "gzip" => ContentCoding::Gzip.encode(body).unwrap(),
        "deflate" => ContentCoding::Deflate.encode(body).unwrap(),
        // Twice, as the header says.
        "deflate, gzip" => {
            ContentCoding::Gzip.encode(&ContentCoding::Deflate.encode(body).unwrap()).unwrap()
        }
        // One stored block (RFC 7932, section 9.2).
        "br" => {
            let head = (u32::try_from(body.len()).unwrap() - 1) << 4 | 1 << 20;
            [&head.to_le_bytes()[..3], body, &[3]].concat()
        }
        // One raw block (RFC 8878, section 3.1.1).
        "zstd" => {
            let length = u8::try_from(body.len()).unwrap();
            let block = u32::from(length) << 3 | 1;
            [&[0x28, 0xb5, 0x2f, 0xfd, 0x20, length][..], &block.to_le_bytes()[..3], body].concat()
        }
        other => panic!("no coding {other}"),
    }
}
