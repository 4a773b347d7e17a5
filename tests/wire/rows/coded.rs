//! Compressed bodies: the bytes of the wire, and the view that a person reads.

use crate::row::Row;
use std::io::Write as _;

const TEXT: &[u8] = b"{\"name\":\"a crate\",\"sizes\":[1,2,3]}";

fn of(name: &'static str, path: &str, coding: &str, body: impl AsRef<[u8]>) -> Row {
    let body = body.as_ref();
    let length = body.len();
    let ask = format!("GET /coded/{path} HTTP/1.1\r\nHost: h\r\nAccept-Encoding: {coding}\r\n\r\n");
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n"
    );
    Row::of(name).ask(ask).answer([answer.as_bytes(), body].concat())
}

pub fn rows() -> Vec<Row> {
    let zipped = gzip(TEXT);
    let sent = [
        format!("POST /coded/sent HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", zipped.len()).as_bytes(),
        &zipped,
    ]
    .concat();
    let chunks: Vec<u8> = zipped
        .chunks(7)
        .flat_map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat())
        .chain(*b"0\r\n\r\n")
        .collect();
    let in_chunks = [
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
            .as_slice(),
        &chunks,
    ]
    .concat();
    vec![
        of("gzip", "gzip", "gzip", &zipped).view(TEXT).form("json"),
        of("gzip by its old name", "x-gzip", "x-gzip", &zipped).view(TEXT),
        of("gzip in capitals", "caps", "GZip", &zipped).view(TEXT),
        of("gzip of two members", "members", "gzip", [gzip(b"one "), gzip(b"two")].concat())
            .view(b"one two"),
        of("gzip of nothing", "nothing", "gzip", gzip(b"")),
        of("gzip that was cut off", "cut", "gzip", &zipped[..zipped.len() - 9]).form("base64"),
        of("gzip with bytes after it", "after", "gzip", [&zipped, b"more".as_slice()].concat()),
        of("gzip with a wrong sum", "sum", "gzip", flipped(&zipped)).form("base64"),
        of("text that says it is gzip", "lie", "gzip", TEXT),
        of("gzip twice", "double", "gzip, gzip", gzip(&zipped)).form("base64"),
        of("an unknown coding", "unknown", "lzma-x", b"\x00\x01\x02"),
        of("the coding of nothing", "identity", "identity", TEXT),
        of("gzip of bytes", "bytes", "gzip", gzip(&[0, 1, 2, 255, 254])),
        of("gzip of 12 megabytes", "bomb", "gzip", gzip(&vec![b' '; 12_000_000])),
        of("deflate with the wrapping of zlib", "deflate", "deflate", zlib(TEXT)).view(TEXT),
        of("deflate without it", "raw", "deflate", raw_deflate(TEXT)).view(TEXT),
        of("brotli", "br", "br", brotli(TEXT)).view(TEXT),
        of("brotli that is none", "no-br", "br", b"\xff\xff\xff\xff").form("base64"),
        of("zstd", "zstd", "zstd", zstd(TEXT)).view(TEXT),
        of("zstd that is none", "no-zstd", "zstd", b"not zstd at all"),
        Row::of("gzip in chunks")
            .ask("GET /coded/chunks HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer(in_chunks)
            .view(TEXT),
        Row::of("gzip in a request")
            .ask(sent)
            .answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        Row::of("HEAD of a compressed body")
            .ask("HEAD /coded/head HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\n"),
    ]
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    coder.write_all(bytes).unwrap();
    coder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut coder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    coder.write_all(bytes).unwrap();
    coder.finish().unwrap()
}

fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut coder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    coder.write_all(bytes).unwrap();
    coder.finish().unwrap()
}

/// One stored meta-block (RFC 7932, section 9.2), then the empty last one.
fn brotli(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len() - 1).unwrap();
    let bits = length << 4 | 1 << 20;
    [&bits.to_le_bytes()[..3], bytes, &[3]].concat()
}

/// One raw block (RFC 8878, section 3.1.1).
fn zstd(bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap();
    let block = u32::from(length) << 3 | 1;
    [&[0x28, 0xb5, 0x2f, 0xfd, 0x20, length], &block.to_le_bytes()[..3], bytes].concat()
}

fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = bytes.len() - 6;
    bytes[at] ^= 0xff;
    bytes
}
