//! Exchanges that break: what came is kept, and nobody takes it for a whole response.

use crate::row::{Do, Gets, Row, Wanted};
use crate::stage::End;

fn bytes(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn ask(path: &str) -> String {
    format!("GET /broken/{path} HTTP/1.1\r\nHost: h\r\n\r\n")
}

/// The upstream sends `part`, then ends its connection so.
fn part(name: &'static str, path: &str, part: &str, end: Do) -> Row {
    Row::of(name)
        .ask(ask(path))
        .server(vec![Do::Message, Do::Send(bytes(part)), Do::Await("got"), end])
        .client(vec![
            Do::Ask(vec![ask(path).into()]),
            Do::Until(bytes(part.rsplit("\r\n").next().unwrap())),
            Do::Raise("got"),
            Do::ToEnd,
        ])
        .breaks_off(part, "reset")
}

/// The upstream sends something that is no response.
fn nonsense(name: &'static str, path: &str, wire: &str) -> Row {
    let row = Row::of(name).ask(ask(path)).fails(502, "protocol");
    row.server(vec![Do::Message, Do::Send(bytes(wire)), Do::ToEnd, Do::Close])
}

pub fn rows() -> Vec<Row> {
    // A recording of failures alone is a failure itself.
    let mut rows = vec![
        Row::of("what is whole among what is broken")
            .ask(ask("not"))
            .answer("HTTP/1.1 204 No Content\r\n\r\n"),
    ];
    rows.extend(upstreams());
    rows.extend(heads());
    rows.extend(clients());
    rows
}

fn upstreams() -> Vec<Row> {
    let sized = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n";
    let open = "HTTP/1.1 200 OK\r\nX: 1\r\n\r\nhalf";
    let registry = "HTTP/1.1 416 Requested Range Not Satisfiable\r\nContent-Length: 5\r\nContent-Range: bytes */10\r\n\r\n";
    let in_chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf";
    vec![
        part("closed within a body of known length", "sized", sized, Do::Close),
        part("reset within a body of known length", "sized-reset", sized, Do::Reset),
        part("closed between chunks", "chunked", chunked, Do::Close),
        part("reset between chunks", "chunked-reset", chunked, Do::Reset),
        part("closed within a chunk", "in-chunk", in_chunk, Do::Close),
        part(
            "closed before the trailers' end",
            "trailers",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\nX: 1\r\n",
            Do::Close,
        )
        .client(vec![
            Do::Ask(vec![ask("trailers").into()]),
            Do::Until(bytes("half")),
            Do::Raise("got"),
            Do::ToEnd,
        ])
        .breaks_off("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "reset"),
        part("reset within a body that ends with the connection", "open-reset", open, Do::Reset)
            .ends(End::Broken),
        part("a length without its body", "registry", registry, Do::Close).client(vec![
            Do::Ask(vec![ask("registry").into()]),
            Do::Until(bytes("\r\n\r\n")),
            Do::Raise("got"),
            Do::ToEnd,
        ]),
        Row::of("a malformed chunk")
            .ask(ask("bad-chunk"))
            .server(vec![
                Do::Message,
                Do::Send([chunked, "xyz\r\n"].concat().into()),
                Do::ToEnd,
                Do::Close,
            ])
            .client(vec![Do::Ask(vec![ask("bad-chunk").into()]), Do::ToEnd])
            .breaks_off(chunked, "protocol"),
        Row::of("closed before a response")
            .ask(ask("nothing"))
            .fails(502, "reset")
            .server(vec![Do::Message, Do::Close]),
        Row::of("reset before a response")
            .ask(ask("nothing-reset"))
            .fails(502, "reset")
            .server(vec![Do::Message, Do::Reset]),
        Row::of("closed within a head").ask(ask("in-head")).fails(502, "reset").server(vec![
            Do::Message,
            Do::Send(bytes("HTTP/1.1 200 OK\r\nX: 1")),
            Do::Close,
        ]),
        Row::of("closed after an interim response")
            .ask(ask("interim"))
            .records(vec![
                Wanted::of(ask("interim").as_bytes())
                    .after(b"HTTP/1.1 103 Hints\r\nX: 1\r\n\r\n")
                    .error("reset"),
            ])
            .server(vec![
                Do::Message,
                Do::Send(bytes("HTTP/1.1 103 Hints\r\nX: 1\r\n\r\n")),
                Do::Close,
            ])
            .gets(Gets::Problem(bytes("HTTP/1.1 103 Hints\r\nX: 1\r\n\r\n"), 502)),
    ]
}

/// What begins like a response and is none.
fn heads() -> Vec<Row> {
    vec![
        nonsense("another protocol", "ssh", "SSH-2.0-OpenSSH_9\r\n\r\n"),
        nonsense(
            "a response's field without a colon",
            "colon",
            "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        ),
        nonsense("a status of two digits", "digits", "HTTP/1.1 20 OK\r\n\r\n"),
        nonsense("a status below 100", "below", "HTTP/1.1 003 OK\r\nContent-Length: 0\r\n\r\n"),
        nonsense("HTTP/3.0 in text", "version", "HTTP/3.0 200 OK\r\n\r\n"),
        nonsense("a NUL in a field", "nul", "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"),
        nonsense(
            "lengths that differ",
            "lengths",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
        )
        .records(vec![
            Wanted::of(ask("lengths").as_bytes())
                .answered(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n")
                .error("protocol"),
        ]),
        nonsense(
            "another protocol, unasked",
            "101",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        )
        .records(vec![
            Wanted::of(ask("101").as_bytes())
                .answered(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")
                .error("protocol"),
        ]),
    ]
}

fn clients() -> Vec<Row> {
    let head = |path: &str| {
        format!("POST /broken/{path} HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n")
    };
    let short = head("gone") + "01234";
    let reset = head("gone-reset") + "01234";
    let malformed = "POST /broken/chunk HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n";
    vec![
        Row::of("the client leaves within its request")
            .ask(&short)
            .client(vec![
                Do::Ask(vec![short.clone().into()]),
                Do::Await("seen"),
                Do::HalfClose,
                Do::ToEnd,
            ])
            .server(vec![Do::Until(bytes("01234")), Do::Raise("seen"), Do::ToEnd, Do::Close])
            .gets(Gets::Nothing)
            .records(vec![Wanted::of(short.as_bytes()).error("client-gone")]),
        Row::of("the client resets within its request")
            .ask(&reset)
            .client(vec![Do::Ask(vec![reset.clone().into()]), Do::Await("seen"), Do::Reset])
            .server(vec![Do::Until(bytes("01234")), Do::Raise("seen"), Do::ToEnd, Do::Close])
            .gets(Gets::Nothing)
            .records(vec![Wanted::of(reset.as_bytes()).error("client-gone")]),
        Row::of("the client resets while it waits")
            .ask(ask("impatient"))
            .client(vec![Do::Ask(vec![ask("impatient").into()]), Do::Await("seen"), Do::Reset])
            .server(vec![Do::Message, Do::Raise("seen"), Do::ToEnd, Do::Close])
            .gets(Gets::Nothing)
            .records(vec![Wanted::of(ask("impatient").as_bytes()).error("client-gone")])
            .not_replayed(),
        Row::of("a malformed chunk of a request").ask(malformed).answered_by_us(400).records(vec![
            Wanted::of(malformed.strip_suffix("zz\r\n").unwrap().as_bytes()).error("protocol"),
        ]),
    ]
}
