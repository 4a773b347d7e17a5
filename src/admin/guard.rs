//! Who may ask: programs on this machine, and no web page that a browser here has open.
//!
//! A page can send simple requests anywhere (CSRF), and can make a name of its own lead to us (DNS
//! rebinding). So a request must name us by an address or as `localhost`, must not come from a page,
//! and a body must be JSON, which a page can't send without asking first.

use super::Problem;
use crate::exchange::{Authority, MediaType, Request};
use std::net::IpAddr;

/// Refuses what a program on purpose would not send.
pub(super) fn check(request: &Request) -> Result<(), Problem> {
    let headers = &request.headers;
    let host = headers.text("host").and_then(|text| Authority::parse(text, 80));
    if !host.is_some_and(|host| is_local(host.bare_host())) {
        let detail = "`Host` is neither an address nor `localhost`";
        return Err(Problem::new(403, "forbidden-host", detail)
            .hint("ask by the address that stands in the line `admin on http://…`"));
    }
    let fetched = headers.text("sec-fetch-site").is_some_and(|site| site != "none");
    if headers.contains("origin") || fetched {
        return Err(Problem::new(403, "cross-origin", "the admin API is not for web pages"));
    }
    let json = headers
        .text("content-type")
        .and_then(MediaType::parse)
        .is_some_and(|media| media.is_json());
    if !request.body.is_empty() && !json {
        return Err(Problem::new(415, "content-type", "the body's `Content-Type` is not JSON")
            .hint("send `Content-Type: application/json`"));
    }
    Ok(())
}

fn is_local(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host.parse::<IpAddr>().is_ok() || host.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Body, Headers};

    #[test]
    fn pages_are_refused_and_programs_are_not() {
        let word = |lines: &[(&str, &str)], body: &str| {
            let mut headers = Headers::new();
            for (name, value) in lines {
                headers.push(*name, value);
            }
            let request = Request { headers, body: Body::from(body), ..Request::default() };
            check(&request).err().map(|problem| problem.word)
        };
        for host in ["127.0.0.1:9", "localhost:9", "LOCALHOST", "[::1]:9", "10.1.2.3:9"] {
            assert_eq!(word(&[("Host", host)], ""), None, "{host}");
        }
        for host in ["evil.example", "evil.example:9", "localhost.evil.example", "127.0.0.1.x", ""]
        {
            assert_eq!(word(&[("Host", host)], ""), Some("forbidden-host"), "{host}");
        }
        let here = ("Host", "127.0.0.1:9");
        assert_eq!(word(&[], ""), Some("forbidden-host"));
        assert_eq!(word(&[here, ("Origin", "null")], ""), Some("cross-origin"));
        assert_eq!(word(&[here, ("Sec-Fetch-Site", "same-site")], ""), Some("cross-origin"));
        assert_eq!(word(&[here, ("Sec-Fetch-Site", "none")], ""), None);
        assert_eq!(word(&[here, ("Content-Type", "text/plain")], "{}"), Some("content-type"));
        assert_eq!(word(&[here], "{}"), Some("content-type"));
        let json = ("Content-Type", "application/json; charset=utf-8");
        assert_eq!(word(&[here, json], "{}"), None);
    }
}
