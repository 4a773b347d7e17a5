//! Values that travel, and the order of exchanges: raw sockets, and a client with names and keys of its
//! own against a service with a state, live and replayed.

use crate::api::Administered;
use crate::support::{Server, exchange, told};
use crate::{ask, cassette, get, programs};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

fn answered(server: &Server, method: &str, target: &str, lines: &str, body: &str) -> String {
    let length = body.len();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: any\r\nContent-Length: {length}\r\n{lines}\r\n{body}"
    );
    String::from_utf8_lossy(&exchange(server.address, request.as_bytes())).into_owned()
}

fn sent(method: &str, target: &str, body: &str, response: &str) -> String {
    let body = serde_json::Value::from(body);
    format!(
        "\"request\": {{\"method\": \"{method}\", \"target\": \"http://h{target}\", \"body\": {{\"text\": [{body}]}}}}, \"response\": {response}"
    )
}

fn response(headers: &str, body: &str) -> String {
    let body = serde_json::Value::from(body);
    format!(
        "{{\"status\": 200, \"reason\": \"OK\", \"headers\": [{headers}], \"body\": {{\"text\": [{body}]}}}}"
    )
}

#[test]
fn answers_hold_the_clients_own_values() {
    let folder = tempfile::tempdir().unwrap();
    let made = "{\"name\":\"thing-a1b2\",\"size\":\"10\",\"self\":\"/things/thing-a1b2\",\"not\":\"thing-a1b29\"}";
    let length =
        format!("[\"Content-Length\", \"{}\"], [\"Location\", \"/things/thing-a1b2\"]", made.len());
    let chunked = "[\"Transfer-Encoding\", \"chunked\"], [\"Content-Type\", \"text/plain\"]";
    let file = cassette(
        folder.path(),
        "a",
        &[
            sent(
                "POST",
                "/things",
                "{\"name\":\"thing-a1b2\",\"size\":\"10\"}",
                &response(&length, made),
            ),
            sent("GET", "/things/thing-a1b2", "", &response(chunked, "thing-a1b2\n10")),
        ],
    );
    let rules = ["--match", "bind=json:$.name", "--match", "bind=json:$.size"];
    let arguments = [&["replay", "--cassette", file.as_str()], &rules[..]].concat();
    let server = Administered::start(folder.path(), &arguments);
    let (status, before) = server.ask("GET", "/testimony/variables", None);
    assert_eq!(status, 200);
    assert_eq!(before["variables"][0]["recorded"], "thing-a1b2", "{before}");
    assert_eq!(before["variables"][0]["at"], "json:/name");
    assert_eq!(before["variables"][0]["actual"], serde_json::Value::Null);
    let answer = answered(
        &server.server,
        "POST",
        "/things",
        "",
        "{\"size\": \"77\", \"name\": \"é x-y9z8\"}",
    );
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    // What is too common to be told from others stays; so does what only begins alike.
    let expected = "{\"name\":\"é x-y9z8\",\"size\":\"10\",\"self\":\"/things/é x-y9z8\",\"not\":\"thing-a1b29\"}";
    assert_eq!(body, expected);
    assert!(head.contains("\r\nLocation: /things/%C3%A9%20x-y9z8\r\n"), "{head}");
    assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", expected.len())), "{head}");
    let later = answered(&server.server, "GET", "/things/%C3%A9%20x-y9z8", "", "");
    assert!(later.ends_with("\r\n\r\nc\r\né x-y9z8\n10\r\n0\r\n\r\n"), "{later}");
    let (_, after) = server.ask("GET", "/testimony/variables", None);
    let actual: Vec<_> = after["variables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| found["actual"].clone())
        .collect();
    assert_eq!(actual, ["é x-y9z8", "77"], "{after}");
    assert_eq!(server.ask("GET", "/testimony/variables?session=none", None).0, 404);
    let output = server.server.stop();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
}

#[test]
fn two_tokens_are_told_apart_and_neither_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let me = |secret: u32, name: &str| {
        get(
            &format!("http://h/me?access_token={{{{secret:{secret}}}}}"),
            &response(&format!("[\"Content-Length\", \"{}\"]", name.len()), name),
        )
    };
    let file = cassette(folder.path(), "a", &[me(1, "ann"), me(2, "bob"), me(1, "ann again")]);
    let server = Server::start(folder.path(), &["replay", "--cassette", &file, "--repeat", "fail"]);
    let (ann, bob) = ("AnnSecret9f86d081a7c4", "BobSecret5c3e11f0b2d9");
    let tell = |token: &str| ask(&server, &format!("/me?access_token={token}"));
    assert!(tell(ann).ends_with("\r\n\r\nann"));
    assert!(tell(bob).ends_with("\r\n\r\nbob"));
    assert!(tell(ann).ends_with("\r\n\r\nann again"));
    let miss = tell(bob);
    assert!(
        miss.starts_with("HTTP/1.1 477 ") && miss.contains("testimony-miss: exhausted"),
        "{miss}"
    );
    let output = server.stop();
    let all = format!("{miss}{}", told(&output));
    assert!(!all.contains(ann) && !all.contains(bob), "{all}");
}

#[test]
fn who_uses_an_id_asks_after_the_answer_that_gave_it() {
    let folder = tempfile::tempdir().unwrap();
    let id = "9f86d081a7c4";
    let given = format!("{{\"id\":\"{id}\"}}");
    let length = format!("[\"Content-Length\", \"{}\"]", given.len());
    let file = cassette(
        folder.path(),
        "a",
        &[
            sent("POST", "/things", "", &response(&length, &given)),
            sent(
                "DELETE",
                &format!("/things/{id}"),
                "",
                &response("[\"Content-Length\", \"2\"]", "ok"),
            ),
        ],
    );
    let delete = |server: &Server| answered(server, "DELETE", &format!("/things/{id}"), "", "");
    let server = Server::start(folder.path(), &["replay", "--cassette", &file]);
    let miss = delete(&server);
    assert!(
        miss.starts_with("HTTP/1.1 477 ") && miss.contains("testimony-miss: too-early"),
        "{miss}"
    );
    for told in [id, "exchange 1 (POST http://h/things)", "--order free"] {
        assert!(miss.contains(told), "{told}: {miss}");
    }
    assert!(answered(&server, "POST", "/things", "", "").ends_with(&given));
    assert!(delete(&server).ends_with("ok"));
    assert_eq!(server.stop().status.code(), Some(1));
    let free = Server::start(folder.path(), &["replay", "--cassette", &file, "--order", "free"]);
    assert!(delete(&free).ends_with("ok"));
    assert_eq!(free.stop().status.code(), Some(0));
}

#[test]
fn a_request_that_contradicts_another_is_a_miss_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let done = "{\"status\": 204}";
    let exchanges = ["PUT /x?ClientToken=key-0001-aaaa", "PUT /y?ClientToken=key-0002-bbbb"]
        .map(|line| line.split_once(' ').unwrap())
        .map(|(method, target)| sent(method, target, "", done));
    let file = cassette(folder.path(), "a", &exchanges);
    let server = Server::start(folder.path(), &["replay", "--cassette", &file]);
    let put = |target: &str| answered(&server, "PUT", target, "Connection: close\r\n", "");
    assert!(put("/x?ClientToken=mine-0001").starts_with("HTTP/1.1 204 "));
    let miss = put("/y?ClientToken=mine-0001");
    assert!(miss.contains("testimony-miss: contradicted"), "{miss}");
    assert!(miss.contains("query:ClientToken: `mine-0001` stands for `key-0001-aaaa`"), "{miss}");
    assert!(miss.contains("exchange 1: PUT http://h/x"), "{miss}");
    assert!(put("/y?ClientToken=mine-0002").starts_with("HTTP/1.1 204 "));
}

/// A program of Python that prints its port, killed when it is dropped.
struct Service(Child, String);

impl Service {
    fn start(python: &Path) -> Self {
        let mut child = Command::new(python)
            .args(["-B", &script("things_server.py")])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self(child, format!("http://127.0.0.1:{}", line.trim()))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn script(name: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replay").join(name);
    path.to_str().unwrap().to_owned()
}

fn client(python: &Path, arguments: &[&str]) -> String {
    let output = Command::new(python)
        .args(["-B", &script("things_client.py")])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", told(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn eight_tests_at_once_come_to_the_same_live_and_a_hundred_times_replayed() {
    let Some(python) = programs::python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (service, file) = (Service::start(&python), folder.path().join("all/things.cassette"));
    std::fs::create_dir(folder.path().join("all")).unwrap();
    let live = client(&python, &[&service.1]);
    let file = file.to_str().unwrap();
    let arguments =
        ["record", "--cassette", file, "--upstream", &service.1, "--match", "bind=json:$.name"];
    let recorder = Server::start(folder.path(), &arguments);
    assert_eq!(client(&python, &[&recorder.url()]), live);
    let output = recorder.stop();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    drop(service);
    // The rule is in the cassette.
    let replayer = Administered::start(folder.path(), &["replay", "--cassette", "all/"]);
    let (url, admin) = (replayer.server.url(), format!("http://{}", replayer.admin));
    let again = client(&python, &[&url, "100", &admin, "things.cassette"]);
    assert_eq!(again, live, "every run came to the same");
    let output = replayer.server.stop();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
}
