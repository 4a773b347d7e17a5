//! The admin API of `record` and `replay`.

use crate::api::{Administered, port_of};
use crate::peer::{Upstream, credentials, get, header, paths, sealed};
use crate::support::{client, exchange, has, told};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;

fn ask(address: SocketAddr, request: &str) -> String {
    String::from_utf8(exchange(address, request.as_bytes())).unwrap()
}

#[test]
fn sessions_of_a_recorder_begin_and_end_while_it_runs() {
    let upstream = Upstream::start();
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["record", "--cassette", "tapes/", "--upstream", &upstream.url()];
    let api = Administered::start(folder.path(), &arguments);
    let proxy = api.server.address;
    // A session with a port of its own takes what comes there, without a name.
    let first = api.begin(r#"{"name": "first", "port": true}"#);
    assert_eq!(first["state"], "running");
    assert_eq!(first["mode"], "once");
    let port = port_of(&first);
    assert_eq!(first["proxy"], format!("http://{port}"));
    assert!(ask(port, &get("/1", "X-Api-Key: of-the-first-1\r\n")).ends_with("/1"));
    assert!(ask(port, &get(&format!("{}/2", upstream.url()), "")).ends_with("/2"));
    assert!(ask(port, &get("/3", &header("second"))).ends_with("/3"), "a name goes before");
    let own = format!("http://{port}/4");
    assert!(ask(port, &get(&own, "")).ends_with("/4"), "absolute form of the port itself");
    let (_, seen) = api.ask("GET", "/testimony/sessions/first", None);
    assert_eq!((&seen["exchanges"], &seen["secrets"]), (&3.into(), &1.into()));
    let (status, again) = api.ask("POST", "/testimony/sessions", Some(r#"{"name": "first"}"#));
    assert_eq!((status, &again["error"]), (409, &"session-running".into()));
    // What was opened by its first exchange is there as well.
    let (_, second) = api.ask("GET", "/testimony/sessions/second", None);
    assert_eq!(second["exchanges"], 1);
    assert_eq!(second["proxy"], format!("http://second@{proxy}"));
    let ended = api.end("first");
    assert_eq!((&ended["state"], &ended["exchanges"]), (&"stopped".into(), &3.into()));
    assert_eq!(ended["port"], serde_json::Value::Null);
    // Sealed while the recorder runs, and its port closed.
    let tape = folder.path().join("tapes/first.cassette");
    assert_eq!(paths(&sealed(&tape)), ["/1", "/2", "/4"]);
    assert!(TcpStream::connect(port).is_err());
    assert_eq!(api.end("first"), ended, "told again");
    // A late request is refused: the cassette is closed.
    let late = ask(proxy, &get("/late", &credentials("first")));
    assert!(late.contains("\r\ntestimony-error: session-stopped\r\n"), "{late}");
    // Started again, by an order of its own.
    let (status, held) = api.ask("POST", "/testimony/sessions", Some(r#"{"name": "first"}"#));
    assert_eq!((status, &held["error"]), (409, &"session-cassette".into()), "{held}");
    assert_eq!(api.ask("GET", "/testimony/sessions/first", None).1, ended, "as it was before");
    api.begin(r#"{"name": "first", "mode": "new_episodes"}"#);
    let answer = ask(proxy, &get("/1", &credentials("first")));
    assert!(answer.contains("\r\ntestimony-source: replay\r\n"), "{answer}");
    assert!(ask(proxy, &get("/5", &credentials("first"))).ends_with("/5"));
    let ended = api.ask("POST", "/testimony/sessions/first/stop", None).1;
    assert_eq!((&ended["exchanges"], &ended["answered"]), (&1.into(), &1.into()));
    assert_eq!(paths(&sealed(&tape)), ["/1", "/2", "/4", "/5"]);
    // A cassette of another name, below the folder.
    api.begin(r#"{"name": "third", "cassette": "deep/er.cassette"}"#);
    assert!(ask(proxy, &get("/6", &header("third"))).ends_with("/6"));
    let (_, status) = api.ask("GET", "/testimony/status", None);
    assert_eq!((&status["engine"], &status["running"]), (&"record".into(), &2.into()));
    assert_eq!((&status["stopped"], &status["refused"]), (&1.into(), &1.into()));
    let (code, all) = api.ask("POST", "/testimony/stop", None);
    let names: Vec<_> =
        all["sessions"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!((code, names), (200, vec!["first", "second", "third"]));
    let mut server = api.server;
    let output = server.wait();
    assert_eq!(output.status.code(), Some(2), "one was refused: {}", told(&output));
    assert_eq!(paths(&sealed(&folder.path().join("tapes/deep/er.cassette"))), ["/6"]);
}

#[test]
fn what_the_admin_api_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let api = Administered::start(folder.path(), &["record", "--cassette", "tapes/"]);
    let long = format!(r#"{{"name": "{}"}}"#, "x".repeat(300));
    let cases = [
        ("GET", "/", None, 404, "not-found"),
        ("GET", "/testimony/else", None, 404, "not-found"),
        ("GET", "/testimony/sessions/none", None, 404, "no-session"),
        ("DELETE", "/testimony/sessions/none", None, 404, "no-session"),
        ("POST", "/testimony/sessions/none/stop", None, 404, "no-session"),
        ("PUT", "/testimony/sessions", None, 405, "method"),
        ("DELETE", "/testimony/stop", None, 405, "method"),
        ("POST", "/testimony/sessions", None, 400, "bad-request"),
        ("POST", "/testimony/sessions", Some("{\"name\": "), 400, "bad-request"),
        ("POST", "/testimony/sessions", Some("{\"name\": 1}"), 422, "bad-request"),
        ("POST", "/testimony/sessions", Some("{\"nam\": \"x\"}"), 422, "bad-request"),
        ("POST", "/testimony/sessions", Some("{\"name\": \" \"}"), 422, "session-name"),
        ("POST", "/testimony/sessions", Some("{\"name\": \"a\\u0000b\"}"), 422, "session-name"),
        ("POST", "/testimony/sessions", Some(&long), 422, "session-name"),
        (
            "POST",
            "/testimony/sessions",
            Some(r#"{"name": "x", "mode": "often"}"#),
            422,
            "bad-request",
        ),
        (
            "POST",
            "/testimony/sessions",
            Some(r#"{"name": "x", "cassette": "../x.cassette"}"#),
            409,
            "session-cassette",
        ),
        (
            "POST",
            "/testimony/sessions",
            Some(r#"{"name": "x", "cassette": "/tmp/x.cassette"}"#),
            409,
            "session-cassette",
        ),
    ];
    for (method, path, body, status, word) in cases {
        let (head, value) = api.ask_whole(method, path, body);
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{method} {path}: {head}");
        assert!(head.contains(&format!("\r\ntestimony-error: {word}\r\n")), "{head}");
        assert_eq!((&value["status"], &value["error"]), (&status.into(), &word.into()));
    }
    // No web page may ask, whatever name it made to lead here.
    let host = api.admin;
    let foreign = [
        ("Host: evil.example", 403),
        (&format!("Host: {host}\r\nOrigin: https://evil.example"), 403),
        (&format!("Host: {host}\r\nSec-Fetch-Site: cross-site"), 403),
        (&format!("Host: {host}\r\nContent-Type: text/plain\r\nContent-Length: 0"), 200),
    ];
    for (lines, status) in foreign {
        let answer = ask(host, &format!("GET /testimony/status HTTP/1.1\r\n{lines}\r\n\r\n"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(!answer.to_ascii_lowercase().contains("access-control"), "{answer}");
    }
    let form = format!(
        "POST /testimony/stop HTTP/1.1\r\nHost: {host}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1\r\n\r\nx"
    );
    assert!(ask(host, &form).starts_with("HTTP/1.1 415 "));
    let proxied = get("http://elsewhere.example/testimony/status", "");
    assert!(ask(host, &proxied).starts_with("HTTP/1.1 421 "));
    // The proxy has no such path: that would shadow the upstream's.
    let own = ask(api.server.address, &get("/testimony/status", ""));
    assert!(own.starts_with("HTTP/1.1 400 ") && own.contains("no-upstream"), "{own}");
    api.stop(0);
    assert!(!folder.path().join("x.cassette").exists());
}

#[test]
fn a_session_is_stopped_when_its_exchanges_have_ended() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["record", "--cassette", "tapes/", "--upstream", &url];
    let api = Administered::start(folder.path(), &arguments);
    let mut client = TcpStream::connect(api.server.address).unwrap();
    client.write_all(get("/slow", &header("slow")).as_bytes()).unwrap();
    let mut upstream = listener.accept().unwrap().0;
    let mut head = [0; 4096];
    assert!(upstream.read(&mut head).unwrap() > 0);
    let mut stopping = TcpStream::connect(api.admin).unwrap();
    let host = api.admin;
    write!(stopping, "DELETE /testimony/sessions/slow HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    // The session takes no more, and still waits for what it has.
    while api.ask("GET", "/testimony/sessions/slow", None).1["state"] != "stopping" {
        std::thread::yield_now();
    }
    let late = ask(api.server.address, &get("/late", &header("slow")));
    assert!(late.contains("session-stopped"), "{late}");
    upstream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
    let answer = crate::support::read_response(&mut client);
    assert!(answer.ends_with(b"\r\n\r\nok"));
    let stopped = String::from_utf8(crate::support::read_response(&mut stopping)).unwrap();
    assert!(stopped.contains("\"exchanges\": 1") && stopped.contains("\"stopped\""), "{stopped}");
    assert_eq!(paths(&sealed(&folder.path().join("tapes/slow.cassette"))), ["/slow"]);
    api.stop(2);
}

#[test]
fn a_single_cassette_has_one_session() {
    let upstream = Upstream::start();
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["record", "--cassette", "one.cassette", "--upstream", &upstream.url()];
    let api = Administered::start(folder.path(), &arguments);
    assert!(ask(api.server.address, &get("/a", &header("whatever"))).ends_with("/a"));
    let (status, refused) = api.ask("POST", "/testimony/sessions", Some(r#"{"name": "x"}"#));
    assert_eq!((status, &refused["error"]), (409, &"single-cassette".into()));
    let ended = api.end("one");
    assert_eq!(ended["exchanges"], 1);
    assert_eq!(paths(&sealed(&folder.path().join("one.cassette"))), ["/a"]);
    assert!(ask(api.server.address, &get("/b", "")).contains("session-stopped"));
    assert_eq!(upstream.seen().len(), 1);
    api.stop(0);
}

/// A cassette in which the same request is answered twice, and another once.
fn polling(folder: &Path, name: &str) {
    let exchange = |number: u32, path: &str, body: &str| {
        format!(
            "{{\"exchange\": {number}, \"at\": \"2026-11-20T10:00:00Z\", \"source\": \"live\", \
             \"request\": {{\"method\": \"GET\", \"target\": \"http://h{path}\"}}, \
             \"response\": {{\"status\": 200, \"headers\": [[\"Content-Length\", \"{}\"]], \
             \"body\": {{\"text\": [\"{body}\"]}}}}}}\n",
            body.len()
        )
    };
    let exchanges =
        [exchange(1, "/job", "pending"), exchange(2, "/job", "done"), exchange(3, "/rest", "x")];
    let text =
        format!("{{\"cassette\": 1}}\n{}{{\"end\": true, \"exchanges\": 3}}\n", exchanges.concat());
    std::fs::write(folder.join(format!("{name}.cassette")), text).unwrap();
}

#[test]
fn sessions_of_a_replay_have_their_own_place_on_the_tape() {
    let folder = tempfile::tempdir().unwrap();
    let tapes = folder.path().join("tapes");
    std::fs::create_dir(&tapes).unwrap();
    polling(&tapes, "job");
    let api = Administered::start(folder.path(), &["replay", "--cassette", "tapes/"]);
    let proxy = api.server.address;
    let first = api.begin(r#"{"name": "first", "cassette": "job.cassette", "port": true}"#);
    let second = api.begin(r#"{"name": "second", "cassette": "job.cassette", "port": true}"#);
    let (one, two) = (port_of(&first), port_of(&second));
    for (body, address) in [("pending", one), ("pending", two), ("done", one), ("done", two)] {
        assert!(ask(address, &get("/job", "")).ends_with(&format!("\r\n\r\n{body}")));
    }
    assert!(ask(one, &get("http://h/rest", "")).ends_with("\r\n\r\nx"));
    let missed = ask(two, &get("/none", ""));
    assert!(missed.starts_with("HTTP/1.1 477 "), "{missed}");
    let mut answered = 3;
    if has("curl") {
        // A stream of HTTP/2 belongs to its port's session as well; credentials name one, too.
        let h2 = ["-s", "--http2-prior-knowledge", &format!("http://{one}/rest")];
        assert_eq!(client("curl").args(h2).output().unwrap().stdout, b"x");
        let named = ["-s", "-x", &format!("http://first@{proxy}"), "http://h/rest"];
        assert_eq!(client("curl").args(named).output().unwrap().stdout, b"x");
        answered += 2;
    }
    let ended = api.end("first");
    assert_eq!((&ended["answered"], &ended["missed"]), (&answered.into(), &0.into()));
    assert_eq!(ended["unused"], serde_json::json!([]));
    let ended = api.end("second");
    assert_eq!((&ended["answered"], &ended["missed"]), (&2.into(), &1.into()));
    assert_eq!(ended["unused"][0]["target"], "http://h/rest");
    assert_eq!(ended["misses"][0]["method"], "GET");
    assert!(ended["misses"][0]["hint"].as_str().unwrap().len() > 10);
    assert!(TcpStream::connect(one).is_err() && TcpStream::connect(two).is_err());
    // Stopped is stopped; started again, the tape is at its beginning.
    let late = ask(proxy, &get("/job", &credentials("first")));
    assert!(late.starts_with("HTTP/1.1 477 ") && late.contains("was stopped"), "{late}");
    api.begin(r#"{"name": "first", "cassette": "job.cassette"}"#);
    assert!(ask(proxy, &get("/job", &credentials("first"))).ends_with("pending"));
    // The folder's own session, and a cassette that came later.
    assert!(ask(proxy, &get("/job", &header("job"))).ends_with("pending"));
    polling(&tapes, "later");
    assert!(ask(proxy, &get("/job", &header("later"))).starts_with("HTTP/1.1 477 "));
    api.begin(r#"{"name": "later"}"#);
    assert!(ask(proxy, &get("/job", &header("later"))).ends_with("pending"));
    for order in [
        r#"{"name": "x", "cassette": "../tapes/job.cassette"}"#,
        r#"{"name": "x", "cassette": "none.cassette"}"#,
        r#"{"name": "unheard"}"#,
    ] {
        let (status, refused) = api.ask("POST", "/testimony/sessions", Some(order));
        assert_eq!((status, &refused["error"]), (404, &"no-cassette".into()), "{order}");
    }
    let (_, status) = api.ask("GET", "/testimony", None);
    assert_eq!((&status["engine"], &status["missed"]), (&"replay".into(), &3.into()));
    let (_, all) = api.ask("POST", "/testimony/stop", None);
    assert_eq!(all["sessions"].as_array().unwrap().len(), 4);
    let mut server = api.server;
    let output = server.wait();
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    let told = told(&output);
    let expected = format!("{} requests answered, 3 misses; 4 of 6 exchanges used", answered + 5);
    assert!(told.contains(&expected), "{told}");
}
