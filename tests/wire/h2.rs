//! The rows of HTTP/2: what a server of the `h2` crate saw and sent, what a client of it sent and
//! got, what the cassette holds, and what its replay serves.

use crate::authority::PrivateAuthority;
use crate::cassette::{self, Record, Told};
use crate::http2_peer::{Answer, Came, Http2, client, fields, plain, send, tunnel, whole};
use crate::support::{Server, run, told};
use bytes::Bytes;
use h2::SendStream;
use h2::client::SendRequest;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use std::collections::HashMap;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

type Fields = Vec<(&'static str, Vec<u8>)>;

/// A message: fields, pieces of a body, trailers.
#[derive(Clone, Default)]
struct Message {
    fields: Fields,
    pieces: Vec<Vec<u8>>,
    trailers: Fields,
}

struct Row {
    name: &'static str,
    method: &'static str,
    path: String,
    request: Message,
    /// Statuses and fields of responses before the response.
    interim: Vec<(u16, Fields)>,
    status: u16,
    response: Message,
}

/// A head: first words, fields.
type Head = (String, Vec<(String, String)>);

/// What one end had of the other: heads before the message, first words, fields, body, trailers.
#[derive(Debug, Clone, PartialEq)]
struct Had {
    interim: Vec<Head>,
    start: String,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
    trailers: Vec<(String, String)>,
}

fn row(name: &'static str, method: &'static str, path: &str, status: u16) -> Row {
    let (request, response) = (Message::default(), Message::default());
    Row { name, method, path: path.to_owned(), request, interim: Vec::new(), status, response }
}

impl Row {
    fn asks(mut self, fields: &[(&'static str, &str)], pieces: &[&[u8]]) -> Self {
        self.request = message(fields, pieces);
        self
    }

    fn answers(mut self, fields: &[(&'static str, &str)], pieces: &[&[u8]]) -> Self {
        self.response = message(fields, pieces);
        self
    }

    fn hints(mut self, status: u16, fields: &[(&'static str, &str)]) -> Self {
        self.interim.push((status, message(fields, &[]).fields));
        self
    }

    /// The response as either end is to have it.
    fn had(&self) -> Had {
        let heads = self.interim.iter();
        let interim = heads.map(|(status, of)| (status.to_string(), fields(&map(of)))).collect();
        Had { interim, ..self.response.had(self.status.to_string()) }
    }

    fn with_trailers(
        mut self,
        asked: &[(&'static str, &str)],
        got: &[(&'static str, &str)],
    ) -> Self {
        self.request.trailers = message(asked, &[]).fields;
        self.response.trailers = message(got, &[]).fields;
        self
    }
}

fn message(fields: &[(&'static str, &str)], pieces: &[&[u8]]) -> Message {
    let fields = fields.iter().map(|(name, value)| (*name, value.as_bytes().to_vec())).collect();
    let pieces = pieces.iter().map(|piece| piece.to_vec()).collect();
    Message { fields, pieces, trailers: Vec::new() }
}

fn rows() -> Vec<Row> {
    let latin = |mut row: Row| {
        row.response.fields.push(("x-latin", b"caf\xe9".to_vec()));
        row
    };
    let long = "v".repeat(9000);
    let many: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let json: &[u8] = b"{\"a\": [1.0, {\"b\": null}], \"a\": \"\\u00e9\"}";
    let zipped =
        [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0xcf, 6, 0, 0x47, 0xdd, 0xdc, 0x79, 2, 0, 0, 0];
    vec![
        row("the barest exchange", "GET", "/bare", 200),
        row("repeats and their order", "GET", "/repeats?b=1&a=%2F&b", 200)
            .asks(&[("x-b", "1"), ("x-a", "2"), ("x-b", "3"), ("accept", "*/*")], &[])
            .answers(&[("x-z", "1"), ("vary", "a"), ("x-z", "2"), ("vary", "b")], &[b"ok"]),
        row("empty values and values of UTF-8", "GET", "/values", 200)
            .asks(&[("x-none", ""), ("x-utf", "caf\u{e9} \u{65e5}")], &[])
            .answers(&[("x-none", ""), ("x-utf", "\u{2713}")], &[b"ok"]),
        latin(row("values of Latin-1", "GET", "/latin", 200)),
        row("a long field", "GET", "/long", 200)
            .asks(&[("x-long", &long)], &[])
            .answers(&[("x-long", &long)], &[]),
        row("a status that nobody assigned", "GET", "/299", 299).answers(&[], &[b"ok"]),
        row("a status beyond 599", "GET", "/799", 799).answers(&[], &[b"ok"]),
        row("a method of its own", "PROPFIND", "/method", 207).answers(&[], &[b"ok"]),
        row("oddities of a path", "GET", "/a%2Fb//c/..;/d?&&=&%zz&x=http://h/", 200),
        row("a body with its length", "POST", "/length", 201)
            .asks(&[("content-length", "5"), ("content-type", "text/plain")], &[b"hello"])
            .answers(&[("content-length", "2")], &[b"ok"]),
        row("a body in pieces", "POST", "/pieces", 200)
            .asks(&[], &[b"one ", b"two ", b"", b"three"])
            .answers(&[], &[b"1", b"", b"2", b"3"]),
        row("trailers both ways", "POST", "/trailers", 200)
            .asks(&[("te", "trailers")], &[b"x"])
            .answers(&[("trailer", "x-sum")], &[b"ok"])
            .with_trailers(
                &[("x-check", "1"), ("x-check", "2")],
                &[("x-sum", "9"), ("grpc-status", "0")],
            ),
        row("trailers without a body", "POST", "/trailers-alone", 200)
            .with_trailers(&[("x-check", "1")], &[("grpc-status", "5")]),
        row("JSON as it is spelled", "PUT", "/json", 200)
            .asks(&[("content-type", "application/json")], &[json])
            .answers(&[("content-type", "application/json")], &[json]),
        row("bytes that get a file", "POST", "/bytes", 200)
            .asks(&[], &[&many])
            .answers(&[], &[&many]),
        row("gzip", "GET", "/gzip", 200).answers(&[("content-encoding", "gzip")], &[&zipped]),
        row("HEAD with a length", "HEAD", "/head", 200).answers(&[("content-length", "99")], &[]),
        row("responses before the response", "GET", "/hints", 200)
            .hints(103, &[("link", "</a>"), ("x-b", "1"), ("link", "</b>")])
            .hints(102, &[])
            .answers(&[], &[b"ok"]),
        row("204", "DELETE", "/204", 204),
        row("304 with a length", "GET", "/304", 304)
            .answers(&[("etag", "\"1\""), ("content-length", "7")], &[]),
        row("`date`, `via` and `server` as they came", "GET", "/via", 200)
            .asks(&[("via", "2 before"), ("date", "never")], &[])
            .answers(&[("date", "yesterday"), ("via", "1.1 x"), ("server", "s")], &[]),
    ]
}

fn map(fields: &Fields) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in fields {
        map.append(HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap());
    }
    map
}

impl Message {
    fn had(&self, start: String) -> Had {
        let (fields_, trailers) = (fields(&map(&self.fields)), fields(&map(&self.trailers)));
        let (interim, body) = (Vec::new(), self.pieces.concat());
        Had { interim, start, fields: fields_, body, trailers }
    }

    /// Whether nothing comes after the head.
    fn is_head(&self) -> bool {
        self.pieces.is_empty() && self.trailers.is_empty()
    }

    async fn send_after_head(&self, mut out: SendStream<Bytes>) {
        let last = self.pieces.len();
        for (number, piece) in self.pieces.iter().enumerate() {
            if number + 1 == last && self.trailers.is_empty() && piece.len() < 10_000 {
                out.send_data(piece.clone().into(), true).unwrap();
                return;
            }
            send(&mut out, piece.clone().into()).await;
        }
        if self.trailers.is_empty() {
            out.send_data(Bytes::new(), true).unwrap();
        } else {
            out.send_trailers(map(&self.trailers)).unwrap();
        }
    }
}

type Seen = Arc<Mutex<HashMap<String, Had>>>;

/// Answers by the table, and notes what it saw.
async fn answer(rows: Arc<Vec<Row>>, seen: Seen, request: Came, mut answer: Answer) {
    let (head, mut body) = request.into_parts();
    let path = head.uri.path_and_query().unwrap().to_string();
    let Ok((bytes, trailers)) = whole(&mut body).await else { return };
    let start = format!("{} {}", head.method, head.uri);
    let (fields_, trailers) = (fields(&head.headers), fields(&trailers));
    let asked = Had { interim: Vec::new(), start, fields: fields_, body: bytes, trailers };
    seen.lock().unwrap().insert(path.clone(), asked);
    let row = rows.iter().find(|row| row.path == path).unwrap();
    for (status, of) in &row.interim {
        let mut early = Response::builder().status(*status).body(()).unwrap();
        *early.headers_mut() = map(of);
        answer.send_informational(early).unwrap();
    }
    let mut response = Response::builder().status(row.status).body(()).unwrap();
    *response.headers_mut() = map(&row.response.fields);
    let out = answer.send_response(response, row.response.is_head()).unwrap();
    if !row.response.is_head() {
        row.response.send_after_head(out).await;
    }
}

/// Asks one row; what came.
async fn ask(sender: &SendRequest<Bytes>, base: &str, row: &Row) -> Had {
    let url = format!("{base}{}", row.path);
    let mut request = Request::builder().method(row.method).uri(url).body(()).unwrap();
    *request.headers_mut() = map(&row.request.fields);
    let mut sender = sender.clone().ready().await.unwrap();
    let (mut response, out) = sender.send_request(request, row.request.is_head()).unwrap();
    if !row.request.is_head() {
        row.request.send_after_head(out).await;
    }
    let mut interim = Vec::new();
    while let Some(Ok(early)) = poll_fn(|context| response.poll_informational(context)).await {
        interim.push((early.status().as_u16().to_string(), fields(early.headers())));
    }
    let (head, mut body) = response.await.unwrap().into_parts();
    let (bytes, trailers) = whole(&mut body).await.unwrap();
    Had {
        interim,
        start: head.status.as_u16().to_string(),
        fields: fields(&head.headers),
        body: bytes,
        trailers: fields(&trailers),
    }
}

fn recorded(message: &Told) -> Had {
    let pairs = |pairs: &[(String, Vec<u8>)]| {
        pairs.iter().map(|(n, v)| (n.clone(), String::from_utf8_lossy(v).into_owned())).collect()
    };
    Had {
        interim: Vec::new(),
        start: message.start.join(" "),
        fields: pairs(&message.headers),
        body: message.body.clone(),
        trailers: pairs(&message.trailers),
    }
}

fn same(row: &Row, where_: &str, wanted: &Had, had: &Had, faults: &mut Vec<String>) {
    if wanted != had {
        let cut = |had: &Had| format!("{had:?}").chars().take(700).collect::<String>();
        faults.push(format!("{}: {where_}: wanted {}\n  had {}", row.name, cut(wanted), cut(had)));
    }
}

async fn connected(
    secure: bool,
    to: SocketAddr,
    authority: &str,
    folder: &Path,
) -> SendRequest<Bytes> {
    if !secure {
        return plain(to).await;
    }
    let (stream, chosen) = tunnel(to, authority, folder, &["h2", "http/1.1"]).await;
    assert_eq!(chosen.as_deref(), Some("h2"));
    client(stream).await
}

async fn judge(secure: bool) {
    let rows = Arc::new(rows());
    let folder = tempfile::tempdir().unwrap();
    let config = secure.then(|| {
        let authority = PrivateAuthority::new();
        authority.write(folder.path());
        let mut config = (*authority.server_config(&["127.0.0.1"])).clone();
        config.alpn_protocols = vec![b"h2".to_vec()];
        Arc::new(config)
    });
    let seen: Seen = Arc::default();
    let (table, notes) = (Arc::clone(&rows), Arc::clone(&seen));
    let handler = move |request, out| answer(Arc::clone(&table), Arc::clone(&notes), request, out);
    let server = Http2::serve(config, handler).await;
    let scheme = if secure { "https" } else { "http" };
    let authority = server.address.to_string();
    let base = format!("{scheme}://{authority}");
    let mut arguments = vec!["record", "--cassette", "c.cassette"];
    arguments.extend(if secure { ["--ca-file", "private.pem"] } else { ["--upstream", &base] });
    let recorder = Server::start(folder.path(), &arguments);
    let mut faults = Vec::new();
    let sender = connected(secure, recorder.address, &authority, folder.path()).await;
    for row in rows.iter() {
        let got = ask(&sender, &base, row).await;
        same(row, "client", &row.had(), &got, &mut faults);
        let wanted = row.request.had(format!("{} {base}{}", row.method, row.path));
        let had = seen.lock().unwrap().remove(&row.path).unwrap();
        same(row, "upstream", &wanted, &had, &mut faults);
    }
    drop(sender);
    assert!(recorder.stop().status.success());
    let verified = told(&run(folder.path(), &["cassette", "verify", "c.cassette"]));
    assert!(verified.starts_with("exit 0\n"), "{verified}");
    let (records, sealed) = cassette::read(&folder.path().join("c.cassette"));
    assert!(sealed && records.len() == rows.len());
    for (row, record) in rows.iter().zip(&records) {
        in_cassette(row, record, &base, &mut faults);
    }
    let replayer =
        Server::start(folder.path(), &["replay", "--cassette", "c.cassette", "--keep-retry-after"]);
    let sender = connected(secure, replayer.address, &authority, folder.path()).await;
    for row in rows.iter() {
        let mut got = ask(&sender, &base, row).await;
        let before = got.fields.len();
        got.fields.retain(|(name, _)| name != "testimony-source");
        assert_eq!(got.fields.len() + 1, before, "{}: {got:?}", row.name);
        same(row, "replay", &row.had(), &got, &mut faults);
    }
    drop(sender);
    let output = told(&replayer.stop());
    assert!(output.starts_with("exit 0\n"), "{output}");
    assert!(seen.lock().unwrap().is_empty(), "the replayer opened a connection");
    println!("HTTP/2, {scheme}: {} situations", rows.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn in_cassette(row: &Row, record: &Record, base: &str, faults: &mut Vec<String>) {
    assert_eq!((record.error.as_deref(), record.source.as_str()), (None, "live"));
    let start = format!("{} {base}{} HTTP/2", row.method, row.path);
    same(row, "cassette", &row.request.had(start), &recorded(&record.request), faults);
    let start = format!("{}  HTTP/2", row.status);
    let response = record.response.as_ref().unwrap();
    let early = |told: &Told| (told.start.join("").trim().to_owned(), recorded(told).fields);
    let interim = record.interim.iter().map(early).collect();
    let wanted = Had { start, ..row.had() };
    same(row, "cassette", &wanted, &Had { interim, ..recorded(response) }, faults);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn in_the_clear() {
    runtime().block_on(judge(false));
}

#[test]
fn tunnel_in_tls() {
    runtime().block_on(judge(true));
}
