//! `record --cassette FOLDER/`: a cassette for each session.

use crate::peer::{Upstream, credentials, get, header, paths, sealed};
use crate::support::{Server, exchange, run, told};
use std::io::Write as _;
use std::path::Path;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn ask(server: &Server, request: &str) -> String {
    text(&exchange(server.address, request.as_bytes()))
}

#[test]
fn each_session_has_its_own_cassette() {
    let upstream = Upstream::start();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["record", "--cassette", "tapes/"]);
    let url = upstream.url();
    // By credentials, by header, by credentials of a tunnel; the header wins.
    assert!(ask(&server, &get(&format!("{url}/a"), &credentials("one"))).ends_with("\r\n\r\n/a"));
    assert!(ask(&server, &get(&format!("{url}/b"), &header("two"))).ends_with("\r\n\r\n/b"));
    let both = credentials("one") + &header("two");
    assert!(ask(&server, &get(&format!("{url}/c"), &both)).ends_with("\r\n\r\n/c"));
    let mut tunnel = std::net::TcpStream::connect(server.address).unwrap();
    let host = upstream.address;
    write!(tunnel, "CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n{}\r\n", credentials("one"))
        .unwrap();
    let granted = "HTTP/1.1 200 Connection established\r\n\r\n";
    let mut got = vec![0; granted.len()];
    std::io::Read::read_exact(&mut tunnel, &mut got).unwrap();
    assert_eq!(text(&got), granted);
    write!(tunnel, "GET /d HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    assert!(text(&crate::support::read_response(&mut tunnel)).ends_with("\r\n\r\n/d"));
    drop(tunnel);
    let output = server.stop();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let tape = |name: &str| sealed(&folder.path().join(format!("tapes/{name}.cassette")));
    assert_eq!(paths(&tape("one")), ["/a", "/d"]);
    assert_eq!(paths(&tape("two")), ["/b", "/c"]);
    assert_eq!(tape("one").header.session, "one");
    for head in upstream.seen() {
        let head = head.to_ascii_lowercase();
        assert!(!head.contains("testimony-session") && !head.contains("proxy-auth"), "{head}");
    }
    let all = std::fs::read_to_string(folder.path().join("tapes/two.cassette")).unwrap();
    assert!(!all.to_ascii_lowercase().contains("testimony-session"), "{all}");
    assert!(told(&output).contains("tapes: 2 sessions, 4 exchanges"), "{}", told(&output));
}

#[test]
fn a_request_without_a_session_is_refused_unless_there_is_one_for_such() {
    let upstream = Upstream::start();
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["record", "--cassette", "tapes/", "--upstream", &upstream.url()];
    let server = Server::start(folder.path(), &arguments);
    let answer = ask(&server, &get("/a", ""));
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\ntestimony-error: no-session\r\n"));
    assert!(answer.contains("hint: name it"), "{answer}");
    assert_eq!(upstream.seen(), [""; 0], "nothing goes on that is not recorded");
    let output = server.stop();
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    let named = [&arguments[..], &["--session", "rest"]].concat();
    let server = Server::start(folder.path(), &named);
    assert!(ask(&server, &get("/a", "")).ends_with("\r\n\r\n/a"));
    assert!(ask(&server, &get("/b", &header("own"))).ends_with("\r\n\r\n/b"));
    assert_eq!(server.stop().status.code(), Some(0));
    assert_eq!(paths(&sealed(&folder.path().join("tapes/rest.cassette"))), ["/a"]);
    let single = ["record", "--cassette", "one.cassette", "--session", "x"];
    assert!(told(&run(folder.path(), &single)).starts_with("exit 2\nerror: --session x: "));
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn names_stay_in_the_folder_and_apart() {
    let upstream = Upstream::start();
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["record", "--cassette", "tapes/", "--upstream", &upstream.url()];
    let server = Server::start(folder.path(), &arguments);
    let refused = [
        ("x".repeat(201), "422", "session-name"),
        ("%2F".repeat(80), "422", "session-name"),
        ("One".to_owned(), "409", "session-name"),
        ("a\u{85}b".to_owned(), "422", "session-name"),
    ];
    assert!(ask(&server, &get("/", &header("one"))).starts_with("HTTP/1.1 200 "));
    for (name, status, word) in refused {
        let answer = ask(&server, &get("/", &header(&name)));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains(&format!("\r\ntestimony-error: {word}\r\n")), "{answer}");
    }
    // Encoded by the client, or not: the same session.
    for name in ["../../up", "..%2F..%2Fup"] {
        assert!(ask(&server, &get("/", &credentials(name))).starts_with("HTTP/1.1 200 "));
    }
    for name in [".", "..", "/etc/passwd", "nul", "C:\\x", "test_a.py::test[1]", "ü"] {
        assert!(ask(&server, &get("/", &header(name))).starts_with("HTTP/1.1 200 "), "{name}");
    }
    assert_eq!(server.stop().status.code(), Some(2), "requests were refused");
    let expected = [
        "%2E.%2F..%2Fup.cassette",
        "%2E..cassette",
        "%2E.cassette",
        "%2Fetc%2Fpasswd.cassette",
        "%6Eul.cassette",
        "%C3%BC.cassette",
        "C%3A%5Cx.cassette",
        "one.cassette",
        "test_a.py%3A%3Atest%5B1%5D.cassette",
    ];
    assert_eq!(names(&folder.path().join("tapes")), expected);
    assert_eq!(names(folder.path()), [".testimony", "tapes"]);
    // Replay finds them by their names.
    let server = Server::start(folder.path(), &["replay", "--cassette", "tapes/"]);
    for name in ["../../up", "test_a.py::test[1]", "nul", "ü"] {
        assert!(ask(&server, &get("/", &header(name))).starts_with("HTTP/1.1 200 "), "{name}");
    }
    assert_eq!(server.stop().status.code(), Some(0));
}

#[test]
fn a_session_that_can_not_be_recorded_is_refused_and_others_go_on() {
    let upstream = Upstream::start();
    let folder = tempfile::tempdir().unwrap();
    let tapes = folder.path().join("tapes");
    let arguments = ["record", "--cassette", "tapes/", "--upstream", &upstream.url()];
    let server = Server::start(folder.path(), &arguments);
    assert!(ask(&server, &get("/1", &header("first"))).ends_with("/1"));
    assert_eq!(server.stop().status.code(), Some(0));
    std::fs::create_dir(tapes.join("folder.cassette")).unwrap();
    std::fs::write(tapes.join("other.cassette"), "something else").unwrap();
    let made = std::process::Command::new("mkfifo").arg(tapes.join("pipe.cassette")).status();
    let pipe = made.is_ok_and(|status| status.success());
    let before = std::fs::read(tapes.join("first.cassette")).unwrap();
    let server = Server::start(folder.path(), &arguments);
    let wrong =
        [("first", "holds 1 exchange"), ("folder", "no regular file"), ("other", "not a cassette")];
    for (name, why) in wrong.into_iter().chain(pipe.then_some(("pipe", "no regular file"))) {
        let answer = ask(&server, &get("/2", &header(name)));
        assert!(answer.contains("\r\ntestimony-error: session-cassette\r\n"), "{answer}");
        assert!(answer.contains(why), "{answer}");
    }
    assert!(ask(&server, &get("/3", &header("second"))).ends_with("/3"));
    let output = server.stop();
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert_eq!(paths(&sealed(&tapes.join("second.cassette"))), ["/3"]);
    assert_eq!(std::fs::read(tapes.join("first.cassette")).unwrap(), before);
    assert_eq!(upstream.seen().len(), 2, "what is refused is not forwarded");
}

#[test]
fn hundreds_of_sessions_at_once() {
    const SESSIONS: usize = 200;
    const EACH: usize = 12;
    let upstream = Upstream::start();
    let folder = tempfile::tempdir().unwrap();
    let mut command = crate::support::testimony(folder.path());
    command
        .args(["record", "--cassette", "tapes", "--upstream", &upstream.url()])
        .args(["--secret-env", "TOKEN"])
        .env("TOKEN", "everybodys-secret-1");
    std::fs::create_dir(folder.path().join("tapes")).unwrap();
    let server = Server::spawn(command);
    std::thread::scope(|scope| {
        // Each client goes through all sessions, from a place of its own.
        for client in 0..EACH {
            let address = server.address;
            scope.spawn(move || {
                let mut socket = std::net::TcpStream::connect(address).unwrap();
                for step in 0..SESSIONS {
                    let session = (step + client * 17) % SESSIONS;
                    let own = format!("X-Api-Key: key-of-{session}-{session}\r\n");
                    let lines = header(&format!("s{session}")) + &own;
                    let path = format!("/{session}/{client}?token=everybodys-secret-1");
                    socket.write_all(get(&path, &lines).as_bytes()).unwrap();
                    let answer = text(&crate::support::read_response(&mut socket));
                    assert!(answer.ends_with(&format!("\r\n\r\n{path}")), "{answer}");
                }
            });
        }
    });
    let output = server.stop();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    for session in 0..SESSIONS {
        let file = folder.path().join(format!("tapes/s{session}.cassette"));
        let cassette = sealed(&file);
        let mut found: Vec<usize> = paths(&cassette)
            .iter()
            .map(|path| {
                let rest = path.strip_prefix(&format!("/{session}/")).unwrap();
                rest.split('?').next().unwrap().parse().unwrap()
            })
            .collect();
        found.sort_unstable();
        assert_eq!(found, (0..EACH).collect::<Vec<_>>(), "session {session}");
        let all = std::fs::read_to_string(&file).unwrap();
        assert!(!all.contains("everybodys-secret"), "{all}");
        // Numbered in each session by itself: its own key is one of two.
        let numbers: std::collections::BTreeSet<u32> = cassette
            .exchanges
            .iter()
            .flat_map(|exchange| exchange.redacted.iter().map(|note| note.secret))
            .filter(|number| *number > 0)
            .collect();
        assert_eq!(numbers.into_iter().collect::<Vec<_>>(), [1, 2], "session {session}");
    }
    let told = told(&output);
    assert!(told.contains("… and 180 more sessions"), "{told}");
    assert!(told.contains("200 sessions, 2400 exchanges; 400 secrets redacted"), "{told}");
}
