//! Requests on which two readers could disagree, or that are none: they reach nobody.

use crate::row::{Do, Form, Row};

/// A head that is refused with this status, whatever comes after it.
fn of(name: &'static str, status: u16, wire: impl AsRef<[u8]>) -> Row {
    let wire = wire.as_ref().to_vec();
    Row::of(name)
        .ask(&wire)
        .client(vec![Do::Ask(vec![wire]), Do::HalfClose, Do::ToEnd])
        .refused(status)
}

fn post(name: &'static str, status: u16, fields: &str, body: &str) -> Row {
    of(name, status, format!("POST /refused HTTP/1.1\r\nHost: h\r\n{fields}\r\n{body}"))
}

pub fn rows() -> Vec<Row> {
    let smuggled = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
    vec![
        // A recording of nothing can't be replayed.
        Row::of("what is right among what is refused")
            .ask("GET /refused/not HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer("HTTP/1.1 204 No Content\r\n\r\n"),
        post(
            "a length and chunks",
            400,
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            smuggled,
        ),
        post(
            "chunks and a length",
            400,
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            smuggled,
        ),
        post("two lengths", 400, "Content-Length: 5\r\nContent-Length: 6\r\n", "abcdef"),
        post("two lengths in a list", 400, "Content-Length: 5, 6\r\n", "abcdef"),
        post("a negative length", 400, "Content-Length: -1\r\n", ""),
        post("a length with a sign", 400, "Content-Length: +5\r\n", "hello"),
        post("a length in hexadecimal digits", 400, "Content-Length: 0x5\r\n", "hello"),
        post("a length in words", 400, "Content-Length: five\r\n", "hello"),
        post("an empty length", 400, "Content-Length:\r\n", ""),
        post("a length beyond all numbers", 400, "Content-Length: 18446744073709551616\r\n", "x"),
        post(
            "chunks twice",
            501,
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            smuggled,
        ),
        post("chunks and no coding", 501, "Transfer-Encoding: chunked, identity\r\n", smuggled),
        post("a coding that hides chunks", 501, "Transfer-Encoding: xchunked\r\n", smuggled),
        post("gzip as a transfer coding", 501, "Transfer-Encoding: gzip, chunked\r\n", smuggled),
        post("a vertical tab before chunks", 400, "Transfer-Encoding:\x0bchunked\r\n", smuggled),
        post("a space before the colon", 400, "Transfer-Encoding : chunked\r\n", smuggled),
        post("a folded field", 400, "X: a\r\n b\r\n", ""),
        post("a field that begins with white space", 400, " X: a\r\n", ""),
        post("a field without a name", 400, ": a\r\n", ""),
        post("a field without a colon", 400, "X\r\n", ""),
        post("a NUL in a value", 400, "X: a\0b\r\n", ""),
        post("a NUL in a name", 400, "X\0: a\r\n", ""),
        post("a bare carriage return in a value", 400, "X: a\rY: b\r\n", ""),
        post("two `Host`", 400, "Host: other\r\n", ""),
        of("no `Host`", 400, "GET /refused HTTP/1.1\r\n\r\n").only(&[Form::Reverse, Form::Tunnel]),
        of("a `Host` with a path", 400, "GET /refused HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        of("a `Host` with a name before it", 400, "GET /refused HTTP/1.1\r\nHost: a@b\r\n\r\n"),
        of("a `Host` with a space", 400, "GET /refused HTTP/1.1\r\nHost: a b\r\n\r\n"),
        of(
            "chunks of an old client",
            400,
            "POST /refused HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        of("HTTP/0.9", 400, "GET /refused\r\n"),
        of("HTTP/1.2", 505, "GET /refused HTTP/1.2\r\nHost: h\r\n\r\n"),
        of("HTTP/2.0 in text", 505, "GET /refused HTTP/2.0\r\nHost: h\r\n\r\n"),
        of("a version in small letters", 505, "GET /refused http/1.1\r\nHost: h\r\n\r\n"),
        of("two spaces in the first line", 400, "GET  /refused HTTP/1.1\r\nHost: h\r\n\r\n"),
        of("a space in the target", 505, "GET /refused now HTTP/1.1\r\nHost: h\r\n\r\n"),
        of("a tab for a space", 400, "GET\t/refused HTTP/1.1\r\nHost: h\r\n /\r\n")
            .only(&[Form::Reverse, Form::Tunnel]),
        of("a NUL in the target", 400, "GET /ref\0used HTTP/1.1\r\nHost: h\r\n\r\n"),
        of("a method that is no token", 400, "G(T /refused HTTP/1.1\r\nHost: h\r\n\r\n"),
        of("a target without a slash", 400, "GET refused HTTP/1.1\r\nHost: h\r\nX: /\r\n\r\n")
            .only(&[Form::Reverse, Form::Tunnel]),
        of("a scheme of another kind", 400, "GET ftp://h/refused HTTP/1.1\r\nHost: h\r\n\r\n")
            .only(&[Form::Reverse, Form::Tunnel]),
        of(
            "a head without an end",
            431,
            format!("GET /refused HTTP/1.1\r\nHost: h\r\nX: {}", "x".repeat(70_000)),
        ),
        of(
            "ten thousand fields",
            431,
            format!("GET /refused HTTP/1.1\r\nHost: h\r\n{}\r\n", "a: 1\r\n".repeat(10_000)),
        ),
    ]
}
