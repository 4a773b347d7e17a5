//! Several exchanges on a connection, and how connections begin and end.

use crate::row::{Do, Form, Row, Wanted};
use crate::stage::End;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const LEAVE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

fn bytes(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

pub fn rows() -> Vec<Row> {
    let mut rows =
        vec![pipelined("two requests at once", 2), pipelined("ten requests at once", 10)];
    rows.extend(closing());
    rows.extend(expecting());
    rows.extend(early());
    rows.extend(upgrades());
    rows
}

fn pipelined(name: &'static str, count: usize) -> Row {
    let mut row = Row::of(name);
    for number in 0..count {
        let body = "x".repeat(number);
        row = row
            .ask(format!("POST /connections/ahead-{count}/{number} HTTP/1.1\r\nHost: h\r\nContent-Length: {number}\r\n\r\n{body}"))
            .answer(format!("HTTP/1.1 20{} N{number}\r\nContent-Length: {number}\r\n\r\n{body}", number % 3));
    }
    row
}

fn closing() -> Vec<Row> {
    let ask = |path: &str, more: &str| {
        format!("GET /connections/{path} HTTP/1.1\r\nHost: h\r\n{more}\r\n")
    };
    vec![
        Row::of("the client closes")
            .ask(ask("client", "Connection: close\r\n"))
            .answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"),
        Row::of("the client closes, the upstream says nothing of it")
            .ask(ask("client-alone", "Connection: Close\r\n"))
            .answer(OK)
            .client(vec![
                Do::Ask(vec![ask("client-alone", "Connection: Close\r\n").into()]),
                Do::ToEnd,
            ])
            .ends(End::Clean),
        Row::of("the upstream closes")
            .ask(ask("upstream", ""))
            .answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
            .client(vec![Do::Ask(vec![ask("upstream", "").into()]), Do::ToEnd])
            .ends(End::Clean),
        Row::of("the upstream closes without a word, and the client asks again")
            .ask(ask("silent/1", ""))
            .answer(OK)
            .ask(ask("silent/2", ""))
            .answer(OK)
            .ask(ask("silent/3", ""))
            .answer(OK)
            .server(
                ["closed 1", "closed 2", "closed 3"]
                    .iter()
                    .flat_map(|event| {
                        [Do::Message, Do::Send(bytes(OK)), Do::Close, Do::Raise(event)]
                    })
                    .collect(),
            )
            .client(
                [("silent/1", "closed 1"), ("silent/2", "closed 2"), ("silent/3", "closed 3")]
                    .iter()
                    .flat_map(|(path, event)| {
                        [Do::Ask(vec![ask(path, "").into()]), Do::Message, Do::Await(event)]
                    })
                    .collect(),
            ),
        Row::of("an old client on a connection that is kept")
            .ask("GET /connections/old-kept/1 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
            .answer("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok")
            .ask("GET /connections/old-kept/2 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
            .answer("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok")
            .in_turn(),
        Row::of("an old client on a connection that is not")
            .ask("GET /connections/old HTTP/1.0\r\n\r\n")
            .answer("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
            .client(vec![Do::Ask(vec![bytes("GET /connections/old HTTP/1.0\r\n\r\n")]), Do::ToEnd])
            .ends(End::Clean),
        Row::of("a client that has ended its direction gets its answer")
            .ask(ask("half", ""))
            .answer(OK)
            .client(vec![
                Do::Ask(vec![ask("half", "").into()]),
                Do::HalfClose,
                Do::Raise("ended"),
                Do::ToEnd,
            ])
            .server(vec![Do::Message, Do::Await("ended"), Do::Send(bytes(OK))]),
        Row::of("a head in many pieces")
            .ask(ask("pieces", "X-A: 1\r\n"))
            .answer(OK)
            .only(&[Form::Reverse, Form::Tunnel])
            .client(
                ask("pieces", "X-A: 1\r\n")
                    .bytes()
                    .map(|byte| Do::Send(vec![byte]))
                    .chain([Do::Message, Do::HalfClose, Do::ToEnd])
                    .collect(),
            ),
    ]
}

/// Clients that wait for leave to send their body.
fn expecting() -> Vec<Row> {
    let head = |path: &str| {
        format!(
            "POST /connections/{path} HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
        )
    };
    let whole = |path: &str| head(path) + "hello";
    let polite = |path: &str| {
        vec![
            Do::Ask(vec![head(path).into()]),
            Do::OnLeave(bytes("hello")),
            Do::Message,
            Do::HalfClose,
            Do::ToEnd,
        ]
    };
    let refusal =
        "HTTP/1.1 417 Expectation Failed\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno";
    let early = "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno";
    vec![
        Row::of("leave is granted")
            .ask(whole("leave"))
            .answer(format!("{LEAVE}{OK}"))
            .client(polite("leave"))
            .server(vec![
                Do::Until(bytes("\r\n\r\n")),
                Do::Send(bytes(LEAVE)),
                Do::Message,
                Do::Send(bytes(OK)),
            ]),
        Row::of("leave is refused with 417")
            .ask(head("417"))
            .answer(refusal)
            .client(polite("417"))
            .server(vec![
                Do::Until(bytes("\r\n\r\n")),
                Do::Send(bytes(refusal)),
                Do::ToEnd,
                Do::Close,
            ]),
        Row::of("the answer comes instead of leave")
            .ask(head("413"))
            .answer(early)
            .client(polite("413"))
            .server(vec![
                Do::Until(bytes("\r\n\r\n")),
                Do::Send(bytes(early)),
                Do::ToEnd,
                Do::Close,
            ]),
        Row::of("a client that does not wait for leave")
            .ask(whole("impatient"))
            .answer(format!("{LEAVE}{OK}"))
            .server(vec![
                Do::Until(bytes("\r\n\r\n")),
                Do::Send(bytes(LEAVE)),
                Do::Message,
                Do::Send(bytes(OK)),
            ]),
        Row::of("an upstream that never gives leave but waits for the body")
            .ask(whole("no-leave"))
            .answer(OK)
            .server(vec![
                Do::Until(bytes("\r\n\r\n")),
                Do::Raise("head"),
                Do::Message,
                Do::Send(bytes(OK)),
            ])
            .client(vec![
                Do::Ask(vec![head("no-leave").into()]),
                Do::Await("head"),
                Do::Send(bytes("hello")),
                Do::Message,
                Do::HalfClose,
                Do::ToEnd,
            ]),
    ]
}

/// Responses that come before their request has ended.
fn early() -> Vec<Row> {
    let head = |path: &str| {
        format!("POST /connections/{path} HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n")
    };
    let refusal = "HTTP/1.1 401 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno";
    vec![
        Row::of("the response is whole before the request is, which goes on")
            .ask(head("early") + "0123456789")
            .answer(OK)
            .server(vec![
                Do::Until(bytes("01234")),
                Do::Send(bytes(OK)),
                Do::Raise("answered"),
                Do::Message,
            ])
            .client(vec![
                Do::Ask(vec![(head("early") + "01234").into()]),
                Do::Await("answered"),
                Do::Send(bytes("56789")),
                Do::Message,
                Do::HalfClose,
                Do::ToEnd,
            ]),
        Row::of("the response begins before the request ends")
            .ask(head("begun") + "0123456789")
            .answer(OK)
            .server(vec![
                Do::Until(bytes("01234")),
                Do::Send(bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")),
                Do::Message,
                Do::Send(bytes("k")),
            ])
            .client(vec![
                Do::Ask(vec![(head("begun") + "01234").into()]),
                Do::Until(bytes("\r\n\r\no")),
                Do::Send(bytes("56789")),
                Do::Message,
                Do::HalfClose,
                Do::ToEnd,
            ])
            // Whoever serves a recording has to see the request before the answer.
            .not_replayed(),
        Row::of("a refusal before the body, and the client stops")
            .ask(head("refusal") + "01234")
            .answer(refusal)
            .server(vec![Do::Until(bytes("01234")), Do::Send(bytes(refusal)), Do::ToEnd, Do::Close])
            .client(vec![
                Do::Ask(vec![(head("refusal") + "01234").into()]),
                Do::Message,
                Do::HalfClose,
                Do::ToEnd,
            ])
            .records(vec![
                Wanted::of((head("refusal") + "01234").as_bytes()).answered(refusal.as_bytes()),
            ])
            .not_replayed(),
    ]
}

fn upgrades() -> Vec<Row> {
    let ask = "GET /connections/switch HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: chat/1\r\n\r\n";
    let switch =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat/1\r\n\r\n";
    let refused = "GET /connections/stay HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: chat/1\r\n\r\n";
    let old = "GET /connections/h2c HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n";
    vec![
        Row::of("another protocol is refused").ask(refused).answer(OK),
        Row::of("another protocol is spoken")
            .ask(ask)
            .answer(switch)
            .server(vec![
                Do::Message,
                Do::Send(bytes(switch)),
                Do::Until(bytes("\0ping")),
                Do::Send(b"\xffpong".to_vec()),
                Do::ToEnd,
                Do::Close,
            ])
            .client(vec![
                Do::Ask(vec![bytes(ask)]),
                Do::Message,
                Do::Send(b"\0ping".to_vec()),
                Do::Until(b"\xffpong".to_vec()),
                Do::HalfClose,
                Do::ToEnd,
            ])
            .seen([ask.as_bytes(), b"\0ping"].concat())
            .got([switch.as_bytes(), b"\xffpong"].concat())
            .not_replayed(),
        Row::of("HTTP/2 inside of HTTP/1 is not asked for")
            .ask(old)
            .seen("GET /connections/h2c HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer(OK),
    ]
}
