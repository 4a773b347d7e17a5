//! Start lines and fields.

use crate::row::Row;

/// A plain answer.
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

pub fn rows() -> Vec<Row> {
    let mut rows = vec![
        Row::of("case, order and repeats of fields")
            .ask("GET /heads/1 HTTP/1.1\r\nx-B: 1\r\nhOST: api.example:99\r\nX-a: 2\r\nX-b: 3\r\nx-B: 1\r\nACCEPT: */*\r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\nx-ODD: 1\r\nVary: a\r\nX-Odd: 2\r\nvary: b\r\ncontent-LENGTH: 2\r\nx-ODD: 1\r\n\r\nok"),
        Row::of("nothing is added to the barest message")
            .ask("GET /heads/bare HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        Row::of("empty values")
            .ask("GET /heads/empty HTTP/1.1\r\nHost: h\r\nX-None:\r\nX-Space: \r\nX-Many:   \t \r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\nX-None:\r\nX-Space: \r\nContent-Length: 2\r\n\r\nok"),
        Row::of("white space around and inside of values")
            .ask("GET /heads/wide HTTP/1.1\r\nHost: h\r\nX-None:v\r\nX-Tab:\tv\r\nX-Wide: \t a \t b  \r\nX-Colon: a: b:c\r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\nX-None:v\r\nX-Tab:\tv\r\nX-Wide: \t a \t b  \r\nContent-Length: 2\r\n\r\nok"),
        Row::of("values of UTF-8 and of Latin-1")
            .ask(b"GET /heads/text HTTP/1.1\r\nHost: h\r\nX-Utf: caf\xc3\xa9 \xe2\x9c\x93\r\nX-Latin: caf\xe9\r\nX-High: \xff\x80\r\n\r\n")
            .answer(b"HTTP/1.1 200 OK\r\nX-Utf: \xe6\x97\xa5\r\nX-Latin: caf\xe9\r\nContent-Length: 2\r\n\r\nok"),
        Row::of("a name of every character that a token may have")
            .ask("GET /heads/token HTTP/1.1\r\nHost: h\r\n!#$%&'*+-.^_`|~09AZaz: 1\r\nx: 2\r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\n!#$%&'*+-.^_`|~09AZaz: 1\r\nContent-Length: 2\r\n\r\nok"),
        Row::of("a very long field")
            .ask(format!("GET /heads/long HTTP/1.1\r\nHost: h\r\nX-Long: {}\r\n\r\n", "abc ".repeat(8000) + "."))
            .answer(format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\nContent-Length: 2\r\n\r\nok", "0123,".repeat(6000))),
        Row::of("two hundred fields")
            .ask(format!("GET /heads/many HTTP/1.1\r\nHost: h\r\n{}\r\n", numbered(200)))
            .answer(format!("HTTP/1.1 200 OK\r\n{}Content-Length: 2\r\n\r\nok", numbered(200))),
        Row::of("a folded field of a response is unfolded")
            .ask("GET /heads/fold HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\nX-Fold: one\r\n  two\r\n\tthree\r\nContent-Length: 2\r\n\r\nok")
            .server(serve("HTTP/1.1 200 OK\r\nX-Fold: one\r\n  two\r\n\tthree\r\nContent-Length: 2\r\n\r\nok"))
            .got(UNFOLDED)
            .records(vec![crate::row::Wanted::of(b"GET /heads/fold HTTP/1.1\r\nHost: h\r\n\r\n").answered(UNFOLDED.as_bytes())]),
        Row::of("an odd reason phrase")
            .ask("GET /heads/reason HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer("HTTP/1.1 200 All  is (well)!? 200; \"yes\"\r\nContent-Length: 2\r\n\r\nok"),
        Row::of("a reason phrase with white space at its ends")
            .ask("GET /heads/reason-space HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer("HTTP/1.1 200  \tspaced \t\r\nContent-Length: 2\r\n\r\nok"),
        Row::of("a reason phrase of UTF-8")
            .ask("GET /heads/reason-utf HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer("HTTP/1.1 200 Très bien ✓\r\nContent-Length: 2\r\n\r\nok"),
        Row::of("an empty reason phrase")
            .ask("GET /heads/reason-empty HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer("HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok"),
        Row::of("no reason phrase at all")
            .ask("GET /heads/reason-none HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok"),
        Row::of("a reason phrase of Latin-1")
            .ask("GET /heads/reason-latin HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer(b"HTTP/1.1 200 Tr\xe8s bien\r\nContent-Length: 2\r\n\r\nok"),
        Row::of("cookies that are set one by one")
            .ask("GET /heads/cookies HTTP/1.1\r\nHost: h\r\nCookie: a=1; b=2\r\nCookie: c=3\r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nX: 1\r\nset-cookie: b=2\r\nSet-Cookie: a=3\r\nContent-Length: 2\r\n\r\nok")
            .secret(&["cookie", "set-cookie"]),
        Row::of("`Host` as the client wrote it")
            .ask("GET /heads/host HTTP/1.1\r\nHost: API.Example.:8443\r\n\r\n")
            .answer(OK),
        Row::of("no `Host` from an old client")
            .ask("GET /heads/no-host HTTP/1.0\r\nX: 1\r\n\r\n")
            .answer("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        Row::of("an empty `Host`")
            .ask("GET /heads/empty-host HTTP/1.1\r\nHost:\r\n\r\n")
            .answer(OK),
        Row::of("`Date`, `Via` and `Server` as they came")
            .ask("GET /heads/date HTTP/1.1\r\nHost: h\r\nVia: 1.0 before\r\nDate: never\r\nX-Forwarded-For: me\r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\nDate: yesterday\r\nServer: x\r\nVia: 1.1 behind\r\nAge: 3\r\nContent-Length: 2\r\n\r\nok"),
        Row::of("what is meant for the proxy stays with it")
            .ask("GET /heads/proxy HTTP/1.1\r\nHost: h\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic eDp5\r\nProxy: kept\r\nX: 1\r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\nProxy-Authenticate: Basic\r\nProxy-Authentication-Info: a\r\nProxied: kept\r\nContent-Length: 2\r\n\r\nok")
            .seen("GET /heads/proxy HTTP/1.1\r\nHost: h\r\nProxy: kept\r\nX: 1\r\n\r\n")
            .got("HTTP/1.1 200 OK\r\nProxied: kept\r\nContent-Length: 2\r\n\r\nok"),
        Row::of("fields that `Connection` lists")
            .ask("GET /heads/listed HTTP/1.1\r\nHost: h\r\nX-Hop: 1\r\nConnection: x-hop, keep-alive\r\nKeep-Alive: 5\r\nX-End: 2\r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\nConnection: X-Mine\r\nX-mine: 1\r\nKeep-Alive: max=3\r\nX-End: 2\r\nContent-Length: 2\r\n\r\nok")
            .seen("GET /heads/listed HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\nX-End: 2\r\n\r\n")
            .got("HTTP/1.1 200 OK\r\nX-End: 2\r\nContent-Length: 2\r\n\r\nok"),
        Row::of("`Connection` can't take away what a message needs")
            .ask("POST /heads/needed HTTP/1.1\r\nHost: h\r\nConnection: host, content-length, close\r\nContent-Length: 2\r\n\r\nhi")
            .answer("HTTP/1.1 200 OK\r\nConnection: content-length, close\r\nContent-Length: 2\r\n\r\nok")
            .seen("POST /heads/needed HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi")
            .got("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"),
        Row::of("`TE: trailers` crosses, other codings do not")
            .ask("GET /heads/te HTTP/1.1\r\nHost: h\r\nTE: gzip;q=0.5, trailers\r\nConnection: TE\r\n\r\n")
            .answer("HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 2\r\n\r\n")
            .seen("GET /heads/te HTTP/1.1\r\nHost: h\r\nTE: trailers\r\nConnection: TE\r\n\r\n"),
        Row::of("line feeds alone end lines")
            .ask("GET /heads/lf HTTP/1.1\nHost: h\nX: 1\n\n")
            .seen("GET /heads/lf HTTP/1.1\r\nHost: h\r\nX: 1\r\n\r\n")
            .answer(OK)
            .records(vec![crate::row::Wanted::of(b"GET /heads/lf HTTP/1.1\r\nHost: h\r\nX: 1\r\n\r\n").answered(OK.as_bytes())]),
        Row::of("an empty line before the request")
            .ask("\r\nGET /heads/crlf HTTP/1.1\r\nHost: h\r\n\r\n")
            .seen("GET /heads/crlf HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer(OK)
            .records(vec![crate::row::Wanted::of(b"GET /heads/crlf HTTP/1.1\r\nHost: h\r\n\r\n").answered(OK.as_bytes())]),
    ];
    let mut statuses = Row::of("status codes that nobody assigned");
    for status in [201, 226, 299, 399, 418, 451, 477, 499, 511, 599, 600, 799, 999] {
        statuses = statuses
            .ask(format!("GET /heads/status/{status} HTTP/1.1\r\nHost: h\r\n\r\n"))
            .answer(format!("HTTP/1.1 {status} S{status}\r\nContent-Length: 2\r\n\r\nok"));
    }
    rows.push(statuses.in_turn());
    let mut methods = Row::of("methods that few servers know");
    for method in ["get", "pAtCh", "PROPFIND", "M-SEARCH", "QUERY", "X", "a!#$%&'*+.^_`|~9", "PRI"]
    {
        methods = methods
            .ask(format!("{method} /heads/method HTTP/1.1\r\nHost: h\r\n\r\n"))
            .answer(format!("HTTP/1.1 200 OK\r\nX-Of: {method}\r\nContent-Length: 2\r\n\r\nok"));
    }
    rows.push(methods.in_turn());
    rows
}

const UNFOLDED: &str = "HTTP/1.1 200 OK\r\nX-Fold: one two three\r\nContent-Length: 2\r\n\r\nok";

fn serve(response: &str) -> Vec<crate::row::Do> {
    vec![crate::row::Do::Message, crate::row::Do::Send(response.into())]
}

fn numbered(count: u32) -> String {
    let line = |number| format!("X-{number}: {}\r\n", number * 7);
    (0..count).map(line).collect::<Vec<_>>().concat()
}
