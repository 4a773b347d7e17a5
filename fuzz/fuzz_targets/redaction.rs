//! Redaction of any exchange: nothing panics, what comes out is bounded, and a value that was named
//! as a secret is nowhere in it, in none of the encodings that are looked for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use testimony::cassette::Redactor;
use testimony::cassette::redact::Secret;
use testimony::exchange::{
    Body, Exchange, ExchangeNumber, Headers, Request, Response, Source, Timing,
};

/// The value that must not come through: nothing else looks like it.
const SECRET: &str = "qX7/vB2+nK9=zW4&tR";

fuzz_target!(|input: (&str, &[u8], &[u8], u16)| {
    let (text, before, after, choice) = input;
    let hidden = hidden(choice);
    let body = [before, hidden.as_bytes(), after].concat();
    let media = ["application/json", "text/plain", "application/x-www-form-urlencoded", "x/y"];
    let header: String = text.chars().filter(|c| !c.is_control()).collect();
    let headers = || {
        Headers::from([
            ("Content-Type", media[usize::from(choice >> 8) % 4]),
            ("X-Any", header.as_str()),
            ("X-Holds", hidden.as_str()),
        ])
    };
    let exchange = Exchange {
        number: ExchangeNumber(1),
        at: jiff::Timestamp::UNIX_EPOCH,
        source: Source::Live,
        request: Request {
            method: "POST".to_owned(),
            target: format!("http://h/{}?{}", header.replace(' ', "+"), header.replace(' ', "&")),
            headers: headers(),
            body: Body::from_bytes(body.clone()),
            ..Request::default()
        },
        response: Some(Response {
            status: 200,
            headers: headers(),
            body: Body::from_bytes(body.clone()),
            ..Response::default()
        }),
        timing: Timing::default(),
        error: None,
        redacted: Vec::new(),
        messages: Vec::new(),
        interim: Vec::new(),
        digest: None,
    };
    let redactor = Redactor::new(vec![("env.X".to_owned(), Secret::new(SECRET))]);
    let redacted = redactor.redact(exchange);
    let shown = redacted.exchange();
    let mut all: Vec<u8> = shown.request.target.as_bytes().to_vec();
    let response = shown.response.as_ref().expect("it stays there");
    for (headers, body) in
        [(&shown.request.headers, &shown.request.body), (&response.headers, &response.body)]
    {
        for header in headers {
            all.extend_from_slice(&header.value);
            all.push(b'\n');
        }
        all.extend_from_slice(body.bytes().unwrap_or_default());
        all.push(b'\n');
    }
    let sent = 2 * (body.len() + header.len()) + hidden.len();
    assert!(all.len() <= 64 * sent + 4096, "{} bytes of {sent}", all.len());
    assert!(!holds(&all, hidden.as_bytes()), "{hidden} came through");
});

/// The secret in one of its encodings.
fn hidden(choice: u16) -> String {
    match choice % 4 {
        0 => SECRET.to_owned(),
        1 => SECRET.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D").replace('&', "%26"),
        2 => SECRET.replace('/', "\\/"),
        _ => SECRET.replace('&', "\\u0026"),
    }
}

fn holds(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted)
}
