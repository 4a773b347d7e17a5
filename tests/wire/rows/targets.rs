//! Request targets: what stands in them is nobody's to mend.

use crate::row::Row;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A row for one target.
fn of(name: &'static str, target: &str) -> Row {
    Row::of(name).ask(format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n")).answer(OK)
}

pub fn rows() -> Vec<Row> {
    vec![
        of("an encoded slash", "/targets/a%2Fb%2fc"),
        of("slashes side by side", "//targets//a//"),
        of("dots", "/targets/../a/./b/..;/c"),
        of("parameters of a path", "/targets;v=1/a;b=2,3;c"),
        of("a question mark alone", "/targets/q?"),
        of("several question marks", "/targets/qq?a?b?"),
        of("odd pairs of a query", "/targets/pairs?&&=&a&=b&c==&d=%7e%7E+%20&a"),
        of("escapes that need not be", "/targets/%41%7a%2D%5f"),
        of("escapes that are none", "/targets/%zz%4%"),
        of("characters that should be escaped", "/targets/{a}|b^c`\"<d>[e]\\f"),
        of(
            "a long target",
            &format!("/targets/long/{}?{}", "a/".repeat(6000), "b=1&".repeat(4000)),
        ),
        of("an address in the query", "/targets/url?to=http://other.example:8/x@y#z"),
        Row::of("`OPTIONS *`")
            .ask("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer("HTTP/1.1 204 No Content\r\nAllow: GET\r\n\r\n"),
        Row::of("`OPTIONS` of a path")
            .ask("OPTIONS /targets/options HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer("HTTP/1.1 204 No Content\r\nAllow: GET\r\n\r\n"),
        Row::of("bytes of UTF-8 in a target")
            .ask("GET /targets/caf\u{e9} HTTP/1.1\r\nHost: h\r\n\r\n")
            .answer(OK),
    ]
}
