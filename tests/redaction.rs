//! Planted secrets: some of every kind and in every encoding, through the real recorder and real sockets.
//! They stand nowhere afterwards, and the recording answers the same requests with other secrets.
//!
//! A kind is a line of [`ROWS`]: its name, what the secret looks like, and its exchanges as requests and
//! answers (`redaction/wire.rs`) with marks where the secret stands (`redaction/spellings.rs`).
#![expect(
    clippy::unwrap_used,
    clippy::format_push_string,
    reason = "a test may stop where it stands"
)]

mod support;

#[path = "redaction/foreign.rs"]
mod foreign;
#[path = "redaction/late.rs"]
mod late;
#[path = "redaction/rules.rs"]
mod rules;
#[path = "redaction/spellings.rs"]
mod spellings;
#[path = "redaction/upstream.rs"]
mod upstream;
#[path = "redaction/wire.rs"]
mod wire;

use spellings::{Shape, spellings};
use std::io::Write as _;
use std::path::Path;
use support::{ReadOn as _, Server, run, testimony, told};
use testimony::cassette::{open_body, read};
use testimony::exchange::{Body, Source};
use upstream::Upstream;

type Row = (&'static str, Shape, &'static [(&'static str, &'static str)]);

use Shape::{Digits, Mixed, Plain, Quoted, Token, Uuid};

const OK: &str = "200 OK\n\nok";

const ROWS: &[Row] = &[
    ("bearer", Mixed, &[("GET /a\nAuthorization: Bearer {raw}", OK)]),
    (
        "basic, then alone",
        Mixed,
        &[("GET /a\nAuthorization: Basic {basic}", OK), ("GET /b?q={pct}", "200 OK\n\n{html}")],
    ),
    (
        "digest",
        Plain,
        &[(
            "GET /a\nAuthorization: Digest username=\"u\", realm=\"r\", nonce=\"n\", response=\"{raw}\"",
            OK,
        )],
    ),
    ("ntlm", Plain, &[("GET /a\nAuthorization: NTLM {b64}", OK)]),
    ("negotiate", Plain, &[("GET /a", "401 Unauthorized\nWWW-Authenticate: Negotiate {raw}\n\n")]),
    (
        "sigv4 credential",
        Plain,
        &[(
            "GET /a\nAuthorization: AWS4-HMAC-SHA256 Credential={raw}/20261120/eu/s3/aws4_request, SignedHeaders=host, Signature=00ff",
            OK,
        )],
    ),
    (
        "sdk access key",
        Plain,
        &[(
            "GET /a\nAuthorization: SDK-HMAC-SHA256 Access={raw}, SignedHeaders=host, Signature=00",
            OK,
        )],
    ),
    (
        "oauth 1",
        Plain,
        &[("GET /a\nAuthorization: OAuth oauth_consumer_key=\"{raw}\", oauth_version=\"1.0\"", OK)],
    ),
    (
        "token header",
        Mixed,
        &[("GET /a\nX-Auth-Token: {raw}", "200 OK\nX-Subject-Token: {raw}\n\n")],
    ),
    ("unknown token header", Plain, &[("GET /a\nX-My-Token: {raw}", OK)]),
    ("cookie", Mixed, &[("GET /a\nCookie: lang=de; sid={raw}", OK)]),
    (
        "set-cookie, then in a path",
        Plain,
        &[
            ("GET /a", "200 OK\nSet-Cookie: sid={raw}; Path=/; HttpOnly\n\n"),
            ("GET /s/{raw}/x", OK),
        ],
    ),
    ("folded header", Plain, &[("GET /a", "200 OK\nX-Auth-Token: {raw}\\r\\n and-more\n\n")]),
    (
        "proxy credentials",
        Mixed,
        &[("GET http://api.example/a\nProxy-Authorization: Basic {basic}", OK)],
    ),
    ("query auth", Plain, &[("GET /a?auth={raw}&b=1", OK)]),
    ("query access_token", Mixed, &[("GET /a?x=1&access_token={pct}", "200 OK\n\n{pct2}")]),
    (
        "signed url",
        Plain,
        &[("GET /a?X-Amz-Credential={raw}%2F20261120&X-Amz-Signature={raw}", OK)],
    ),
    ("sas", Plain, &[("GET /a?sv=2024&sig={raw}%3D", OK)]),
    ("session in the path", Plain, &[("GET /a;jsessionid={raw}?x=1", OK)]),
    (
        "form",
        Mixed,
        &[(
            "POST /a\nContent-Type: application/x-www-form-urlencoded\n\nuser=u&password={pct}&x=1",
            OK,
        )],
    ),
    (
        "json in a form",
        Quoted,
        &[("POST /a\nContent-Type: application/x-www-form-urlencoded\n\npayload={pctjson}", OK)],
    ),
    (
        "oauth code",
        Plain,
        &[(
            "POST /a\nContent-Type: application/x-www-form-urlencoded\n\ngrant_type=authorization_code&code={raw}&x=1",
            OK,
        )],
    ),
    (
        "oauth verifier",
        Plain,
        &[(
            "POST /a\nContent-Type: application/x-www-form-urlencoded\n\ngrant_type=authorization_code&code_verifier={raw}",
            OK,
        )],
    ),
    (
        "oauth answer",
        Mixed,
        &[
            (
                "POST /a",
                "200 OK\nContent-Type: application/json\n\n{\"token_type\":\"Bearer\",\"access_token\":\"{json}\",\"expires_in\":3600}",
            ),
            ("GET /b\nAuthorization: Bearer {raw}", "401 Unauthorized\n\nno such token: {raw}"),
        ],
    ),
    (
        "device code",
        Plain,
        &[("POST /a", "200 OK\n\n{\"device_code\":\"{raw}\",\"user_code\":\"ABCD\"}")],
    ),
    (
        "json member",
        Quoted,
        &[(
            "POST /a\nContent-Type: application/json\n\n{\"user\":\"u\",\"password\":\"{json}\"}",
            OK,
        )],
    ),
    ("json array", Mixed, &[("POST /a\n\n{\"tokens\":[\"{raw}\",\"x\"],\"n\":1}", OK)]),
    ("name and value", Mixed, &[("POST /a\n\n[{\"name\":\"password\",\"value\":\"{raw}\"}]", OK)]),
    (
        "value and key",
        Mixed,
        &[("POST /a\n\n{\"env\":[{\"value\":\"{raw}\",\"key\":\"db_password\"}]}", OK)],
    ),
    ("json digits", Digits, &[("POST /a\n\n{\"token\": {raw}, \"n\": 1}", OK)]),
    ("uuid", Uuid, &[("POST /a\n\n{\"token\":\"{raw}\"}", "200 OK\n\n{\"seen\":\"{raw}\"}")]),
    ("json in json", Quoted, &[("POST /a\n\n{\"log\":\"{json2}\",\"n\":1}", OK)]),
    (
        "json in json in json",
        Mixed,
        &[("POST /a\n\n{\"log\":\"{\\\"inner\\\":\\\"{json3}\\\"}\"}", OK)],
    ),
    ("base64 json in json", Mixed, &[("POST /a\n\n{\"data\":\"{b64json}\"}", OK)]),
    ("basic in json", Mixed, &[("POST /a\n\n{\"auths\":{\"h\":{\"auth\":\"{basic}\"}}}", OK)]),
    (
        "base64 secret",
        Mixed,
        &[(
            "POST /a\n\n{\"kind\":\"Secret\",\"data\":{\"password\":\"{b64}\"}}",
            "200 OK\n\nit is {raw}",
        )],
    ),
    (
        "headers echoed",
        Mixed,
        &[("GET /a", "200 OK\n\n{\"headers\":{\"Authorization\":\"Bearer {json}\"}}")],
    ),
    ("single quotes", Mixed, &[("POST /a\n\n{'user': 'u', 'password': '{raw}'}", OK)]),
    (
        "xml element",
        Plain,
        &[("POST /a\nContent-Type: application/xml\n\n<r><a:Password>{raw}</a:Password></r>", OK)],
    ),
    ("xml cdata", Mixed, &[("POST /a\n\n<r><SecretKey><![CDATA[{raw}]]></SecretKey></r>", OK)]),
    ("xml attribute", Mixed, &[("POST /a\n\n<user name=\"u\" password=\"{html}\"/>", OK)]),
    (
        "xml name and value",
        Plain,
        &[("POST /a\n\n<P><Name>DbPassword</Name><Value>{raw}</Value></P>", OK)],
    ),
    (
        "html input",
        Plain,
        &[(
            "GET /a",
            "200 OK\nContent-Type: text/html\n\n<input type=\"hidden\" name=\"csrf_token\" value=\"{raw}\">",
        )],
    ),
    ("yaml", Plain, &[("POST /a\n\ndb:\n  user: u\n  password: {raw}\n  port: 1\n", OK)]),
    ("ini", Plain, &[("POST /a\n\n[db]\nuser = u\npassword = {raw}\n", OK)]),
    (
        "connection string",
        Mixed,
        &[("POST /a\n\nServer=db;User Id=sa;Password={raw};Encrypt=true", OK)],
    ),
    (
        "multipart",
        Mixed,
        &[(
            "POST /a\nContent-Type: multipart/form-data; boundary=b\n\n--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n{raw}\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n{\"secret\":\"{raw}\"}\r\n--b--\r\n",
            OK,
        )],
    ),
    (
        "gzip",
        Mixed,
        &[(
            "GET /a",
            "200 OK\nContent-Type: application/json\n#coding: gzip\n\n{\"access_token\":\"{raw}\"}",
        )],
    ),
    ("deflate", Mixed, &[("GET /a", "200 OK\n#coding: deflate\n\n{\"access_token\":\"{raw}\"}")]),
    ("br", Mixed, &[("GET /a", "200 OK\n#coding: br\n\n{\"access_token\":\"{raw}\"}")]),
    ("zstd", Mixed, &[("GET /a", "200 OK\n#coding: zstd\n\n{\"access_token\":\"{raw}\"}")]),
    (
        "twice compressed",
        Mixed,
        &[("GET /a", "200 OK\n#coding: deflate, gzip\n\n{\"access_token\":\"{raw}\"}")],
    ),
    ("gzip in a request", Mixed, &[("POST /a\n#coding: gzip\n\n{\"password\":\"{raw}\"}", OK)]),
    (
        "gzip broken off",
        Mixed,
        &[(
            "GET /a",
            "200 OK\n#coding: gzip\n#cut: 5\n\n{\"access_token\":\"{raw}\"} and more text",
        )],
    ),
    (
        "split over chunks",
        Mixed,
        &[("GET /a", "200 OK\n#chunks: 3\n\n{\"access_token\":\"{raw}\"}")],
    ),
    (
        "split over chunks of a request",
        Mixed,
        &[("POST /a\n#chunks: 4\n\n{\"password\":\"{raw}\"}", OK)],
    ),
    (
        "events",
        Plain,
        &[(
            "GET /a",
            "200 OK\nContent-Type: text/event-stream\n#chunks: 20\n\ndata: {\"token\":\"{raw}\"}\n\n",
        )],
    ),
    (
        "trailer",
        Plain,
        &[(
            "GET /a",
            "200 OK\nTrailer: X-Auth-Token\n#chunks: 9\n#trailer: X-Auth-Token: {raw}\n\nbody",
        )],
    ),
    (
        "reason phrase",
        Plain,
        &[("GET /a\nAuthorization: Bearer {raw}", "401 {raw} is no good\n\n")],
    ),
    (
        "late, in a path",
        Plain,
        &[("GET /keys/{raw}", OK), ("POST /a", "200 OK\n\n{\"secret_key\":\"{raw}\"}")],
    ),
    (
        "late, in a body",
        Mixed,
        &[
            ("POST /a\n\n{\"note\":\"{raw}\"}", OK),
            ("POST /b", "200 OK\n\n{\"password\":\"{json}\"}"),
        ],
    ),
    (
        "late, in a gzipped answer",
        Mixed,
        &[
            ("GET /a", "200 OK\n#coding: gzip\n\nit is {raw}."),
            ("POST /b\n\n{\"password\":\"{json}\"}", OK),
        ],
    ),
    ("its own answer tells", Plain, &[("GET /v3/tokens/{raw}", "200 OK\n\n{\"token\":\"{raw}\"}")]),
    (
        "location",
        Mixed,
        &[("GET /a", "302 Found\nLocation: https://app.example/cb?x=1&access_token={pct}\n\n")],
    ),
    (
        "location with a fragment",
        Mixed,
        &[("GET /a", "302 Found\nLocation: https://app.example/cb#access_token={pct}&x=1\n\n")],
    ),
    (
        "location with a code",
        Plain,
        &[
            ("GET /a", "302 Found\nLocation: https://app.example/cb?code={raw}&state=1\n\n"),
            ("GET /b/{raw}", OK),
        ],
    ),
    (
        "link",
        Plain,
        &[("GET /a", "200 OK\nLink: <https://h/x?page=2&token={raw}>; rel=\"next\"\n\n")],
    ),
    ("referer", Plain, &[("GET /a\nReferer: https://h/x?api_key={raw}", OK)]),
    ("password in a url", Mixed, &[("POST /a\n\n{\"dsn\":\"postgres://u:{pct}@db/x\"}", OK)]),
    ("hexadecimal", Mixed, &[("GET /a\nX-Api-Key: {raw}", "200 OK\n\nhash of nothing: {hex}")]),
    (
        "escaped otherwise",
        Mixed,
        &[(
            "GET /a\nX-Api-Key: {raw}",
            "403 Forbidden\n\n{\"m\":\"{json}\",\"u\":\"{pct2}\",\"v\":\"{url64}\",\"w\":\"{basic}\"}",
        )],
    ),
    (
        "a known value in a nested url",
        Mixed,
        &[("GET /a\nX-Api-Key: {raw}", OK), ("GET /b?next=http%3A%2F%2Fh%2F%3Fk%3D{pct2}", OK)],
    ),
    ("github token", Token("ghp_", 36, ""), &[("POST /a\n\nuse {raw} please", OK)]),
    ("gitlab token", Token("glpat-", 20, ""), &[("GET /a/{raw}", OK)]),
    (
        "aws key",
        Token("AKIA", 16, ""),
        &[("GET /a", "403 Forbidden\n\n<Message>key {raw} is not active</Message>")],
    ),
    ("google key", Token("AIza", 35, ""), &[("GET /a?k={raw}", OK)]),
    ("slack token", Token("xoxb-", 24, ""), &[("POST /a\n\n{\"t\":\"{raw}\"}", OK)]),
    ("openai key", Token("sk-", 40, ""), &[("POST /a\n\n[\"{raw}\"]", OK)]),
    ("npm token", Token("npm_", 36, ""), &[("POST /a\n\n//registry/:x={raw}", OK)]),
    (
        "jwt",
        Token("eyJhbGciOiJIUzI1NiJ9.eyJz", 30, ".c2lnbmF0dXJl"),
        &[("POST /a\n\n{\"x\":\"{raw}\"}", OK)],
    ),
    (
        "private key",
        Token("-----BEGIN PRIVATE KEY-----\n", 64, "\n-----END PRIVATE KEY-----"),
        &[("POST /a\n\n{raw}", OK), ("POST /b\n\n{\"pem\":\"{json}\"}", OK)],
    ),
    (
        "base64 of base64",
        Mixed,
        &[
            ("GET /a\nAuthorization: Bearer {raw}", "200 OK\n\nit is {b64b64}."),
            ("GET /b\nX-Seen: {b64b64}", OK),
        ],
    ),
    (
        "bytes with something between",
        Plain,
        &[
            ("GET /a\nAuthorization: Bearer {raw}", "200 OK\n\nit is {colons}"),
            ("GET /b\nX-Seen: {dashes}", OK),
        ],
    ),
    (
        "an address in a parameter",
        Mixed,
        &[("GET /a?next={url}", OK), ("GET /b?x=1", "302 Found\nLocation: /c?next={url2}\n\n")],
    ),
    ("an address in a parameter, once more", Mixed, &[("GET /a?next={url2}&x=1", OK)]),
    ("an address in JSON", Mixed, &[("POST /a\n\n{\"next\":\"{url}\",\"n\":1}", OK)]),
    (
        "json in json in a form",
        Quoted,
        &[(
            "POST /a\nContent-Type: application/x-www-form-urlencoded\n\nx=1&payload={pctjson2}",
            OK,
        )],
    ),
    (
        "a part in quoted-printable",
        Mixed,
        &[
            (
                "POST /a\nContent-Type: multipart/form-data; boundary=b\n\n--b\r\nContent-Disposition: form-data; name=\"password\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{quoted}\r\n--b--\r\n",
                "200 OK\n\nit is {raw}",
            ),
            (
                "POST /b\nContent-Type: multipart/mixed; boundary=b\n\n--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\nit is {quoted}\r\n--b--\r\n",
                OK,
            ),
        ],
    ),
    (
        "base64 in lines",
        Mixed,
        &[
            ("GET /a\nAuthorization: Bearer {raw}", "200 OK\n\n--b\r\n\r\n{lines64}\r\n--b--"),
            ("POST /b\n\n{lines64}\r\n", OK),
        ],
    ),
    (
        "a part of several lines",
        Plain,
        &[(
            "POST /a\nContent-Type: multipart/form-data; boundary=b\n\n--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nfirst\r\n{raw}\r\n--b--\r\n",
            OK,
        )],
    ),
    (
        "in pieces of an event stream",
        Plain,
        &[
            (
                "GET /a\nAuthorization: Bearer {raw}",
                "200 OK\nContent-Type: text/event-stream\n\ndata: {\"c\":[{\"d\":\"it is {head}\"}]}\n\ndata: {\"c\":[{\"d\":\"{tail} \"}]}\n\ndata: [DONE]\n\n",
            ),
            (
                "GET /b",
                "200 OK\nContent-Type: text/event-stream\n\nevent: x\ndata: it is {head}\ndata: {tail}\n\n",
            ),
            (
                "GET /c",
                "200 OK\nContent-Type: application/x-ndjson\n\n{\"m\":{\"t\":\"{head}\"}}\n{\"m\":{\"t\":\"{tail}\"}}\n",
            ),
        ],
    ),
    (
        "a token in pieces",
        Token("ghp_", 36, ""),
        &[(
            "GET /a",
            "200 OK\nContent-Type: text/event-stream\n\ndata: {\"d\":\"{head}\"}\n\ndata: {\"d\":\"{tail}\"}\n\n",
        )],
    ),
    ("chance beside a telling name", Plain, &[("POST /a\n\n{\"deploy_token\":\"{raw}\"}", OK)]),
    (
        "secret of another length",
        Plain,
        &[(
            "POST /a\n\n{\"client_secret\":\"{raw}\"}",
            "400 Bad Request\n\n{\"echo\":{\"x\":\"client_secret={raw}\"}}",
        )],
    ),
];

/// The rows with the secrets of a run.
fn secrets(run: usize) -> Vec<String> {
    ROWS.iter().enumerate().map(|(row, (_, shape, _))| shape.make(row, run)).collect()
}

/// Sends a request that asks for the connection's end, and reads to it: a broken one ends it, too.
fn ask(server: &Server, request: &[u8]) -> Vec<u8> {
    let mut socket = std::net::TcpStream::connect(server.address).unwrap();
    socket.set_read_timeout(Some(std::time::Duration::from_secs(300))).unwrap();
    socket.write_all(request).unwrap();
    let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        match socket.read_on(&mut piece) {
            Ok(count) if count > 0 => answer.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                panic!("no end after {}", String::from_utf8_lossy(&answer))
            }
            Ok(_) | Err(_) => return answer,
        }
    }
}

/// Sends every request with the secrets of a run; the answers' first lines.
fn send_all(server: &Server, secrets: &[String]) -> Vec<(String, String)> {
    let mut answers = Vec::new();
    for (row, (name, _, steps)) in ROWS.iter().enumerate() {
        for (step, (request, _)) in steps.iter().enumerate() {
            let bytes = wire::wire(request, &secrets[row], Some(&format!("k{row}s{step}")));
            let answer = String::from_utf8_lossy(&ask(server, &bytes)).into_owned();
            let first = answer.lines().next().unwrap_or("(nothing)").to_owned();
            answers.push(((*name).to_owned(), first));
        }
    }
    answers
}

/// Every text that a recording consists of: the file, its body files, and bodies decoded.
fn texts(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let path = folder.join("c.cassette");
    let mut texts = vec![("the cassette".to_owned(), std::fs::read(&path).unwrap())];
    for entry in std::fs::read_dir(folder.join("c.cassette.bodies")).into_iter().flatten() {
        let path = entry.unwrap().path();
        texts.push((path.display().to_string(), std::fs::read(&path).unwrap()));
    }
    for exchange in read(&path).unwrap().exchanges {
        assert_eq!(
            exchange.source,
            Source::Live,
            "exchange {}: its digest is right",
            exchange.number
        );
        let request = (&exchange.request.body, &exchange.request.headers);
        let response =
            exchange.response.as_ref().map(|response| (&response.body, &response.headers));
        for (body, headers) in [Some(request), response].into_iter().flatten() {
            let decoded = match body {
                Body::File(file) => open_body(&path, file, 1 << 30).unwrap(),
                body => {
                    body.decoded(headers).map_or_else(|_| Vec::new(), |b| b.unwrap().into_owned())
                }
            };
            texts.push((format!("the body of exchange {}", exchange.number), decoded));
        }
    }
    texts
}

#[test]
fn planted_secrets_stand_nowhere_and_the_recording_answers_other_ones() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (secrets(1), secrets(2));
    let upstream = Upstream::start(ROWS.iter().map(|row| row.2).collect(), first.clone());
    let recorder = Server::start(
        folder.path(),
        &[
            "record",
            "--cassette",
            "c.cassette",
            "--upstream",
            &upstream.url(),
            "--route",
            &format!("api.example={}", upstream.url()),
        ],
    );
    let first_answers = send_all(&recorder, &first);
    let output = recorder.stop();
    let talk = told(&output);
    assert!(output.status.success(), "{talk}");
    assert_eq!(upstream.faults(), Vec::<String>::new());

    let mut texts = texts(folder.path());
    texts.push(("the terminal".to_owned(), talk.into_bytes()));
    let mut leaks = Vec::new();
    for ((name, ..), secret) in ROWS.iter().zip(&first) {
        for spelling in spellings(secret) {
            for (place, text) in &texts {
                if let Some(at) =
                    text.windows(spelling.len()).position(|w| w == spelling.as_bytes())
                {
                    let around = &text[at.saturating_sub(80)..text.len().min(at + 120)];
                    leaks.push(format!(
                        "{name}: `{spelling}` in {place}: {}",
                        String::from_utf8_lossy(around)
                    ));
                }
            }
        }
    }
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n---\n"));

    let scan = run(folder.path(), &["cassette", "scan", "c.cassette"]);
    assert!(scan.status.success() && told(&scan).contains(" 0 finds"), "{}", told(&scan));
    let again = run(folder.path(), &["cassette", "redact", "--check", "c.cassette"]);
    assert!(again.status.success(), "{}", told(&again));

    let replayer = Server::spawn({
        let mut command = testimony(folder.path());
        command.args(["replay", "--cassette", "c.cassette", "--fail-unused"]);
        command
    });
    let second_answers = send_all(&replayer, &second);
    let output = replayer.stop();
    let missed: Vec<_> = second_answers.iter().filter(|(_, line)| line.contains(" 477")).collect();
    assert!(missed.is_empty(), "{missed:?}\n{}", told(&output));
    assert!(output.status.success() && told(&output).contains(", 0 misses;"), "{}", told(&output));
    let codes = |lines: &[(String, String)]| -> Vec<(String, String)> {
        let code = |line: &str| line.split(' ').nth(1).unwrap_or_default().to_owned();
        lines.iter().map(|(name, line)| (name.clone(), code(line))).collect()
    };
    assert_eq!(codes(&first_answers), codes(&second_answers));
}

#[test]
fn there_are_enough_kinds_and_no_two_share_a_secret() {
    assert!(ROWS.len() >= 40);
    let all: std::collections::HashSet<String> = secrets(1).into_iter().chain(secrets(2)).collect();
    assert_eq!(all.len(), ROWS.len() * 2);
}
