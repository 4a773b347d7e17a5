use super::*;
use crate::exchange::{Body, ContentCoding, ExchangeNumber, Headers, Response, Source, Timing};

fn exchange(target: &str, headers: Headers, body: &str) -> Exchange {
    Exchange {
        number: ExchangeNumber(1),
        at: jiff::Timestamp::UNIX_EPOCH,
        source: Source::Live,
        request: Request {
            method: "POST".to_owned(),
            target: target.to_owned(),
            headers,
            body: Body::from(body),
            ..Request::default()
        },
        response: Some(Response { status: 200, ..Response::default() }),
        timing: Timing::default(),
        error: None,
        redacted: Vec::new(),
        digest: None,
    }
}

fn shown(redacted: &Redacted) -> String {
    let record = crate::cassette::encode::record_text(redacted.exchange());
    let (front, rest) = record.numbered(1);
    String::from_utf8([&front, rest].concat()).unwrap()
}

#[test]
fn credentials_in_headers_keep_their_shape() {
    let cases = [
        ("X-Auth-Token", "MIIFabc123456", "{{secret:1}}"),
        ("Authorization", "Bearer abc.DEF-123456", "Bearer {{secret:1}}"),
        ("Authorization", "0123456789abcdefXYZ", "{{secret:1}}"),
        ("Authorization", "Basic dXNlcjpodW50ZXIyMQ==", "Basic {{secret:1}}"),
        (
            "Authorization",
            "SDK-HMAC-SHA256 Access=AKQWERTY123, SignedHeaders=host;x-sdk-date, Signature=ab12",
            "SDK-HMAC-SHA256 Access={{secret:1}}, SignedHeaders=host;x-sdk-date, Signature={{secret:2}}",
        ),
        (
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=AKXYZ1234567/20260101/eu/s3/aws4_request,SignedHeaders=host,Signature=ff00",
            "AWS4-HMAC-SHA256 Credential={{secret:1}}/20260101/eu/s3/aws4_request,SignedHeaders=host,Signature={{secret:2}}",
        ),
        (
            "Authorization",
            "Digest username=\"bob1\", realm=\"r, s\", response=\"00ff\"",
            "Digest username=\"{{secret:1}}\", realm=\"r, s\", response=\"{{secret:2}}\"",
        ),
        ("Cookie", "sid=abcdef12345; lang=de", "sid={{secret:1}}; lang={{secret:2}}"),
        ("Location", "/cb?code=1&access_token=Zx9Zx9Zx9", "/cb?code=1&access_token={{secret:1}}"),
        ("X-Api-Secret", "abcdef12345", "{{secret:1}}"),
        ("Api_Key", "abcdef12345", "{{secret:1}}"),
        ("Link", "</x?token=abcdef12345>; rel=next", "</x?token={{secret:1}}>; rel=next"),
        ("X-Other", "nothing", "nothing"),
    ];
    for (name, value, expected) in cases {
        let redacted =
            Redactor::default().redact(exchange("http://h/", Headers::from([(name, value)]), ""));
        let headers = &redacted.exchange().request.headers;
        assert_eq!(headers.text(name), Some(expected), "{name}: {value}");
    }
}

#[test]
fn one_value_has_one_number_wherever_it_travels() {
    let secret = "Tk/9+x \"é\" 1234567";
    let redactor = Redactor::new(vec![("TOKEN".to_owned(), Secret::new(secret))]);
    let target =
        "http://h/p?q=Tk%2F9%2Bx%20%22%C3%A9%22%201234567&r=Tk%2f9%2bx%20%22%c3%a9%22%201234567";
    let body = "{\"note\":\"Tk/9+x \\\"é\\\" 1234567\",\"b64\":\"VGsvOSt4ICLDqSIgMTIzNDU2Nw==\"}";
    let redacted = redactor.redact(exchange(target, Headers::from([("X-A", secret)]), body));
    let text = shown(&redacted);
    assert!(!text.contains("1234567") && !text.contains("VGsv"), "{text}");
    assert_eq!(text.matches("{{secret:1}}").count(), 5, "{text}");
    assert!(!text.contains("{{secret:2}}"));
}

#[test]
fn a_token_from_one_exchange_is_replaced_in_the_next() {
    let redactor = Redactor::default();
    let mut first = exchange("http://h/login", Headers::new(), "{\"password\": \"pa55word!\"}");
    first.response.as_mut().unwrap().body = Body::from("{\"access_token\":\"Qq1Qq2Qq3Qq4\"}");
    let first = redactor.redact(first);
    assert!(shown(&first).contains("\"password\": \"{{secret:1}}\""), "{}", shown(&first));
    let second = redactor.redact(exchange(
        "http://h/Qq1Qq2Qq3Qq4",
        Headers::from([("Authorization", "Bearer Qq1Qq2Qq3Qq4")]),
        "pa55word!",
    ));
    let text = shown(&second);
    assert!(
        text.contains("http://h/{{secret:2}}") && text.contains("Bearer {{secret:2}}"),
        "{text}"
    );
    assert!(text.contains("{{secret:1}}") && !text.contains("pa55"), "{text}");
}

#[test]
fn the_length_and_the_coding_still_fit() {
    let plain = b"{\"token\":\"abcdef-123456789\"}";
    let wire = ContentCoding::Gzip.encode(plain).unwrap();
    let headers = Headers::from([
        ("Content-Type", "application/json"),
        ("Content-Encoding", "gzip"),
        ("Content-Length", &wire.len().to_string()),
    ]);
    let mut given = exchange("http://h/", headers, "");
    given.request.body = Body::from_bytes(wire);
    let redacted = Redactor::default().redact(given);
    let request = &redacted.exchange().request;
    let length = request.body.len().to_string();
    assert_eq!(request.headers.text("content-length"), Some(length.as_str()));
    let decoded = request.body.decoded(&request.headers).unwrap().unwrap();
    assert_eq!(&*decoded, b"{\"token\":\"{{secret:1}}\"}");
}

#[test]
fn json_stays_json() {
    let body = "{\"token\": 123456789, \"pwd\": 12, \"id_token\": null, \"secret\": {\"a\": 1}}";
    let redacted = Redactor::default().redact(exchange("http://h/", Headers::new(), body));
    let bytes = redacted.exchange().request.body.bytes().unwrap().to_vec();
    let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(json["token"], 900_000_001);
    assert_eq!(json["pwd"], "{{secret:2}}");
    assert_eq!(json["secret"]["a"], 1);
}

#[test]
fn every_secret_of_a_body_is_found() {
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    let cases = [
        (json, "{\"access_token\":\"Aa1-first\",\"refresh_token\":\"Bb2-other\"}"),
        (json, "{\"password\": \"Aa1-first\", \"a\": [{\"b\": \"c\", \"secret\": \"Bb2-other\"}]}"),
        (json, "{\"token\":123456789,\"pwd\":\"Bb2-other\"}"),
        (form, "password=Aa1-first&x=1&client_secret=Bb2-other"),
        (json, "{\"log\":\"{\\\"password\\\": \\\"Aa1-first\\\"}\",\"token\":\"Bb2-other\"}"),
        (json, "{\"log\":\"pwd=12 token=Aa1-first\",\"new_password\":\"Bb2-other\"}"),
        // Clients that are not told otherwise call any body a form.
        (form, "{\"access_token\":\"Aa1-first\",\"refresh_token\":\"Bb2-other\"}"),
    ];
    for (media_type, body) in cases {
        let headers = Headers::from([("Content-Type", media_type)]);
        let redacted = Redactor::default().redact(exchange("http://h/", headers, body));
        let text = shown(&redacted);
        for secret in ["Aa1-first", "123456789", "Bb2-other"] {
            assert!(!text.contains(secret), "{body}: {text}");
        }
        let kept = redacted.exchange().request.body.bytes().unwrap();
        let kept: Result<serde_json::Value, _> = serde_json::from_slice(kept);
        assert_eq!(kept.is_ok(), body.starts_with('{'), "{body}: JSON stays JSON");
    }
}

#[test]
fn known_tokens_are_found_anywhere() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl";
    let akia = format!("AKIA{}", "ABCDEFGHIJKLMNOP");
    let body = format!("<p>denied for {akia}: postgres://bob:hunt3r22@db/x {jwt}</p>");
    let redacted = Redactor::default().redact(exchange("http://h/", Headers::new(), &body));
    let text = shown(&redacted);
    for secret in [jwt, &akia, "hunt3r22"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn redacting_twice_changes_nothing() {
    let headers = Headers::from([("X-Auth-Token", "abcd1234efgh")]);
    let first = Redactor::default().redact(exchange("http://h/?token=zzz1", headers, ""));
    let again = Redactor::default().redact(first.exchange().clone());
    assert_eq!(first.exchange(), again.exchange());
}

#[test]
fn secrets_are_not_printed() {
    assert_eq!(format!("{:?}", Secret::new("hidden")), "***");
    let redactor = Redactor::new(vec![("A".to_owned(), Secret::new("hidden-value"))]);
    assert!(!format!("{redactor:?}").contains("hidden"));
}
