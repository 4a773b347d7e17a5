//! How the end of a message is found.

use crate::row::{Do, Form, Row};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A request without a body, and its response.
fn answered(name: &'static str, path: &str, response: impl AsRef<[u8]>) -> Row {
    Row::of(name).ask(format!("GET /framing/{path} HTTP/1.1\r\nHost: h\r\n\r\n")).answer(response)
}

/// A request that is answered plainly.
fn asked(name: &'static str, path: &str, rest: &str) -> Row {
    Row::of(name).ask(format!("POST /framing/{path} HTTP/1.1\r\nHost: h\r\n{rest}")).answer(OK)
}

pub fn rows() -> Vec<Row> {
    let mut rows = chunks();
    rows.extend(lengths());
    rows.extend(without());
    rows.extend(interim());
    rows
}

fn chunks() -> Vec<Row> {
    let tiny = "1\r\nx\r\n".repeat(500);
    vec![
        answered("chunks with extensions", "extensions", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=1\r\nabc\r\n2 ; b=\"c\"\r\nde\r\n0;last\r\n\r\n"),
        answered("chunk sizes spelled oddly", "sizes", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0000000000000A\r\n0123456789\r\n0b\r\n0123456789a\r\n00000\r\n\r\n"),
        answered("many tiny chunks", "tiny", format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{tiny}0\r\n\r\n")),
        answered("trailers of a response", "trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, x-also\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 9\r\nx-ALSO:  \r\nX-Sum: caf\u{e9}\r\n\r\n"),
        answered("chunks without a piece", "no-chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        answered("`Chunked` in capitals", "caps", "HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: Chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
        answered("chunks win over a length", "both", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
            .got("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
        asked("chunks of a request", "sent", "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3;x\r\nabc\r\n1\r\nd\r\n0\r\nX-Sum: 1\r\nx-b: \r\n\r\n"),
        asked("no chunks of a request", "sent-none", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Row::of("chunks that come byte by byte")
            .ask("GET /framing/bytes HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: 1\r\n\r\n")
            .server(
                [Do::Message].into_iter().chain(
                    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: 1\r\n\r\n"
                        .iter().map(|byte| Do::Send(vec![*byte])))
                    .collect(),
            ),
        Row::of("pieces go on as they come")
            .ask("GET /framing/live HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n")
            .server(vec![
                Do::Message,
                Do::Send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec()),
                Do::Await("head"),
                Do::Send(b"5\r\nfirst\r\n".to_vec()),
                Do::Await("first"),
                Do::Send(b"6\r\nsecond\r\n".to_vec()),
                Do::Await("second"),
                Do::Send(b"0\r\n\r\n".to_vec()),
            ])
            .client(vec![
                Do::Ask(vec![b"GET /framing/live HTTP/1.1\r\nHost: h\r\n\r\n".to_vec()]),
                Do::Until(b"\r\n\r\n".to_vec()),
                Do::Raise("head"),
                Do::Until(b"first".to_vec()),
                Do::Raise("first"),
                Do::Until(b"second".to_vec()),
                Do::Raise("second"),
                Do::Message,
                Do::HalfClose,
                Do::ToEnd,
            ]),
        Row::of("a request goes on as it comes")
            .ask("POST /framing/up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")
            .answer(OK)
            .server(vec![
                Do::Until(b"\r\n\r\n".to_vec()),
                Do::Raise("head"),
                Do::Until(b"one".to_vec()),
                Do::Raise("one"),
                Do::Message,
                Do::Send(OK.into()),
            ])
            .client(vec![
                Do::Ask(vec![b"POST /framing/up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec()]),
                Do::Await("head"),
                Do::Send(b"3\r\none\r\n".to_vec()),
                Do::Await("one"),
                Do::Send(b"3\r\ntwo\r\n0\r\n\r\n".to_vec()),
                Do::Message,
                Do::HalfClose,
                Do::ToEnd,
            ]),
    ]
}

fn lengths() -> Vec<Row> {
    vec![
        answered("a length that comes twice", "twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\nok"),
        answered("a length in a list", "list", "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok"),
        answered("a length with zeros in front", "zeros", "HTTP/1.1 200 OK\r\nContent-Length: 0002\r\n\r\nok"),
        asked("a request's length that comes twice", "asked-twice", "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi"),
        asked("a request's length with zeros in front", "asked-zeros", "Content-Length: 0002\r\n\r\nhi"),
        asked("a request's length of zero", "asked-zero", "Content-Length: 0\r\n\r\n"),
        Row::of("GET with a body")
            .ask("GET /framing/get HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
            .answer(OK),
        Row::of("more than the length said")
            .ask("GET /framing/more HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer(OK)
            .ask("GET /framing/more/next HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer("HTTP/1.1 201 Next\r\nContent-Length: 0\r\n\r\n")
            .server(vec![
                Do::Message,
                Do::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 Smuggled\r\nContent-Length: 0\r\n\r\n".to_vec()),
                // What is too much spoils the connection: the next request comes on another.
                Do::ToEnd,
                Do::Close,
                Do::Message,
                Do::Send(b"HTTP/1.1 201 Next\r\nContent-Length: 0\r\n\r\n".to_vec()),
            ])
            .in_turn(),
        answered("a body that ends with the connection", "close", "HTTP/1.1 200 OK\r\nX: 1\r\n\r\nto the end"),
        answered("a body of an old server", "old", "HTTP/1.0 200 OK\r\nX: 1\r\n\r\nto the end"),
        answered("an empty body that ends with the connection", "empty-close", "HTTP/1.1 200 OK\r\nX: 1\r\n\r\n"),
        Row::of("a body that ends with the connection, in pieces")
            .ask("GET /framing/close-pieces HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\none two")
            .server(vec![
                Do::Message,
                Do::Send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\none ".to_vec()),
                Do::Await("one"),
                Do::Send(b"two".to_vec()),
                Do::Close,
            ])
            .client(vec![
                Do::Ask(vec![b"GET /framing/close-pieces HTTP/1.1\r\nHost: h\r\n\r\n".to_vec()]),
                Do::Until(b"one ".to_vec()),
                Do::Raise("one"),
                Do::ToEnd,
            ]),
        Row::of("an old client and chunks")
            .ask("GET /framing/old-chunks HTTP/1.0\r\nHost: h\r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
            // What is passed on has to suit the one who asks (RFC 9112, section 6.1).
            .got("HTTP/1.1 200 OK\r\n\r\nok"),
        Row::of("a transfer coding before the chunks")
            .ask("GET /framing/coded HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n4\r\n\x01\x02\x03\x04\r\n0\r\n\r\n"),
    ]
}

/// Messages that end with their head, whatever it says.
fn without() -> Vec<Row> {
    let of = |name, method: &str, path: &str, response: &str| {
        Row::of(name)
            .ask(format!("{method} /framing/{path} HTTP/1.1\r\nHost: h\r\n\r\n"))
            .answer(response)
            .ask(format!("GET /framing/{path}/next HTTP/1.1\r\nHost: h\r\n\r\n"))
            .answer(OK)
    };
    vec![
        of("HEAD with a length", "HEAD", "head", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
        of(
            "HEAD with chunks",
            "HEAD",
            "head-chunks",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
        of("HEAD with neither", "HEAD", "head-none", "HTTP/1.1 200 OK\r\nX: 1\r\n\r\n"),
        of("204 without a length", "GET", "204", "HTTP/1.1 204 No Content\r\n\r\n"),
        of(
            "204 with a length",
            "GET",
            "204-length",
            "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
        ),
        of(
            "204 with chunks",
            "GET",
            "204-chunks",
            "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
        of(
            "205 with a length of zero",
            "GET",
            "205",
            "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n",
        ),
        of(
            "304 without a length",
            "GET",
            "304",
            "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n",
        ),
        of(
            "304 with a length",
            "GET",
            "304-length",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
        ),
    ]
}

/// Responses before the response.
fn interim() -> Vec<Row> {
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nlink: </b>\r\n\r\n";
    vec![
        answered("early hints", "103", format!("{hints}{OK}"))
            .server(vec![Do::Message, Do::Send(format!("{hints}{OK}").into())]),
        answered(
            "several interim responses",
            "102",
            format!("HTTP/1.1 102 Processing\r\n\r\n{hints}HTTP/1.1 102 Still\r\nX: 1\r\n\r\n{OK}"),
        )
        .server(vec![
            Do::Message,
            Do::Send(b"HTTP/1.1 102 Processing\r\n\r\n".to_vec()),
            Do::Await("102"),
            Do::Send(hints.into()),
            Do::Send(b"HTTP/1.1 102 Still\r\nX: 1\r\n\r\n".to_vec()),
            Do::Send(OK.into()),
        ])
        .client(vec![
            Do::Ask(vec![b"GET /framing/102 HTTP/1.1\r\nHost: h\r\n\r\n".to_vec()]),
            Do::Until(b" ".to_vec()),
            Do::Raise("102"),
            Do::Message,
            Do::HalfClose,
            Do::ToEnd,
        ]),
        Row::of("a 100 that nobody asked for")
            .ask("POST /framing/100 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
            .answer(format!("HTTP/1.1 100 Continue\r\n\r\n{OK}"))
            .server(vec![
                Do::Message,
                Do::Send(format!("HTTP/1.1 100 Continue\r\n\r\n{OK}").into()),
            ]),
        Row::of("an old client gets no interim response")
            .ask("GET /framing/old-103 HTTP/1.0\r\nHost: h\r\n\r\n")
            .answer(format!("{hints}HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"))
            .server(vec![
                Do::Message,
                Do::Send(format!("{hints}HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok").into()),
            ])
            .got("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
            .only(&Form::ALL),
    ]
}
