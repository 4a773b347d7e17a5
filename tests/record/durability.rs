//! What is on disk, whatever happens to the recorder.

use crate::peer::{Recorder, Then, Upstream, connect, say};
use crate::support::{ReadOn as _, Server, exchange, read_response, run, testimony, told};
use std::collections::HashSet;
use std::io::Write as _;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use testimony::cassette::read;

const GET: &str = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/// Echoes the path: sized, chunked or to the end of the connection, by turns.
fn echo() -> Upstream {
    Upstream::start(|request, wire| {
        let path = request.split(' ').nth(1).unwrap();
        let (kind, text) = (path.len() % 3, format!("{{\"path\": \"{path}\"}}"));
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
        let sent = match kind {
            0 => write!(wire, "{head}Content-Length: {}\r\n\r\n{text}", text.len()),
            1 => write!(
                wire,
                "{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{text}\r\n0\r\n\r\n",
                text.len()
            ),
            _ => write!(wire, "{head}Connection: close\r\n\r\n{text}"),
        };
        if sent.is_err() || kind == 2 { Then::Close } else { Then::Next }
    })
}

#[test]
fn a_killed_recorder_has_lost_no_exchange_that_had_ended() {
    const CONNECTIONS: usize = 16;
    const KILLED_AFTER: usize = 600;
    let upstream = echo();
    let recorder = Recorder::before(&upstream);
    let address = recorder.address();
    let ended = Arc::new(Mutex::new(HashSet::new()));
    let count = Arc::new(AtomicUsize::new(0));
    let killing = Arc::new(AtomicBool::new(false));
    std::thread::scope(|scope| {
        for client in 0..CONNECTIONS {
            let (ended, count) = (Arc::clone(&ended), Arc::clone(&count));
            let killing = Arc::clone(&killing);
            scope.spawn(move || {
                'connections: loop {
                    let Ok(mut socket) = std::net::TcpStream::connect(address) else { return };
                    loop {
                        let number = count.fetch_add(1, Ordering::SeqCst);
                        let path = format!("/{client}/{number}");
                        let wire = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
                        if socket.write_all(wire.as_bytes()).is_err() {
                            continue 'connections;
                        }
                        let Some(whole) = response(&mut socket) else { return };
                        assert!(whole.text.contains(&path), "{}", whole.text);
                        // A process that is killed closes its connections, too: the end of a body
                        // without a length may be that.
                        if whole.closed && killing.load(Ordering::SeqCst) {
                            return;
                        }
                        ended.lock().unwrap().insert(path);
                        if whole.closed {
                            continue 'connections;
                        }
                    }
                }
            });
        }
        while ended.lock().unwrap().len() < KILLED_AFTER {
            std::thread::yield_now();
        }
        killing.store(true, Ordering::SeqCst);
        recorder.server.signal("KILL");
    });
    let cassette = recorder.recorded();
    let written: HashSet<String> = cassette
        .exchanges
        .iter()
        .filter(|exchange| exchange.error.is_none())
        .map(|exchange| exchange.request.target.replace(&upstream.url(), ""))
        .collect();
    let ended = ended.lock().unwrap();
    assert!(ended.len() >= KILLED_AFTER && !cassette.sealed);
    let lost: Vec<_> = ended.difference(&written).collect();
    assert!(lost.is_empty(), "{} of {} lost: {lost:?}", lost.len(), ended.len());
    // Every one of them keeps what was sent.
    for exchange in &cassette.exchanges {
        let path = exchange.request.target.replace(&upstream.url(), "");
        let body = exchange.response.as_ref().unwrap().body.bytes().unwrap();
        assert_eq!(String::from_utf8_lossy(body), format!("{{\"path\": \"{path}\"}}"));
    }
}

struct Whole {
    text: String,
    closed: bool,
}

/// Reads a response; `None` when it did not end. One that has no length ends with the connection,
/// unless that was reset.
fn response(socket: &mut std::net::TcpStream) -> Option<Whole> {
    let (mut bytes, mut place) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
            let ended = match length {
                Some(digits) => body.len() == digits.parse::<usize>().unwrap(),
                None => head.contains("chunked") && body.ends_with("\r\n0\r\n\r\n"),
            };
            if ended {
                return Some(Whole { text, closed: false });
            }
        }
        match socket.read_on(&mut place) {
            Ok(0) => {
                let whole = text.contains("Connection: close") && text.ends_with("\"}");
                return whole.then_some(Whole { text, closed: true });
            }
            Ok(length) => bytes.extend_from_slice(&place[..length]),
            Err(_) => return None,
        }
    }
}

#[test]
fn a_signal_seals_the_cassette() {
    let upstream = Upstream::answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    for signal in ["TERM", "INT"] {
        let mut recorder = Recorder::before(&upstream);
        let mut idle = connect(recorder.address());
        idle.write_all(GET.replace("Host", "X-Auth-Token: MIIabcdefgh12345\r\nHost").as_bytes())
            .unwrap();
        assert!(read_response(&mut idle).ends_with(b"ok"));
        recorder.server.signal(signal);
        let output = recorder.server.wait();
        assert_eq!(
            told(&output),
            "exit 0\nrecorded 1 exchange into c.cassette; 1 secret redacted\n"
        );
        let text = std::fs::read_to_string(recorder.cassette_path()).unwrap();
        assert!(!text.contains("MIIabcdefgh12345"));
        assert!(read(&recorder.cassette_path()).unwrap().sealed);
    }
}

#[test]
fn a_recording_is_not_recorded_over() {
    let upstream = Upstream::answering("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none");
    let later = Upstream::answering("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo");
    let recorder = Recorder::before(&upstream);
    say(recorder.address(), GET);
    assert!(recorder.server.stop().status.success());
    let folder = recorder.folder;
    let arguments = ["record", "--cassette", "c.cassette", "--upstream", &later.url()];
    let refused = told(&run(folder.path(), &arguments));
    assert!(refused.starts_with("exit 2\n") && refused.contains("holds 1 exchange"), "{refused}");
    assert!(refused.contains("hint: "), "{refused}");

    // `all`: the old one stands until the new one is sealed.
    let recorder = Recorder::start_in(folder, &["--upstream", &later.url(), "--mode", "all"]);
    say(recorder.address(), GET);
    let bodies = |cassette: testimony::cassette::Cassette| {
        let body =
            |e: testimony::exchange::Exchange| e.response.unwrap().body.bytes().unwrap().to_vec();
        cassette.exchanges.into_iter().map(body).collect::<Vec<_>>()
    };
    assert_eq!(bodies(recorder.recorded()), [b"one"]);
    assert!(recorder.server.stop().status.success());
    assert_eq!(bodies(read(&recorder.folder.path().join("c.cassette")).unwrap()), [b"two"]);

    // `new_episodes`: what is there is answered, what is not is added.
    let third = Upstream::answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nthree");
    let arguments = ["--upstream", &later.url(), "--mode", "new_episodes"];
    let recorder = Recorder::start_in(recorder.folder, &arguments);
    let known = say(recorder.address(), GET);
    assert!(known.ends_with("two") && known.contains("testimony-source: replay\r\n"), "{known}");
    let other = say(
        recorder.address(),
        &format!("POST {}/new HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n!", third.url()),
    );
    assert!(other.ends_with("three"), "{other}");
    assert_eq!(later.seen().len(), 1);
    assert_eq!(third.seen()[0], "POST /new HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n!");
    assert_eq!(bodies(recorder.end()), [b"two".to_vec(), b"three".to_vec()]);
}

#[test]
fn a_recording_of_nothing_replaces_nothing() {
    let upstream = Upstream::answering("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none");
    let recorder = Recorder::before(&upstream);
    say(recorder.address(), GET);
    assert!(recorder.server.stop().status.success());
    let path = recorder.folder.path().join("c.cassette");
    let before = std::fs::read(&path).unwrap();
    let recorder = Recorder::start_in(recorder.folder, &["--mode", "all"]);
    let output = told(&recorder.server.stop());
    assert!(output.contains("recorded 0 exchanges into c.cassette after 1 earlier"), "{output}");
    assert!(output.contains("hint: no client came"), "{output}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert!(!path.with_extension("cassette.recording").exists());
}

#[test]
fn new_episodes_answers_large_bodies_as_well() {
    let large = vec![0xfe; 70_000];
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n";
    let upstream = Upstream::answering([head.as_bytes(), &large].concat());
    let recorder = Recorder::before(&upstream);
    let ask = b"GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    let first = exchange(recorder.address(), ask);
    assert!(first.ends_with(&large));
    assert!(recorder.server.stop().status.success());
    let arguments = ["--upstream", &upstream.url(), "--mode", "new_episodes"];
    let recorder = Recorder::start_in(recorder.folder, &arguments);
    let second = exchange(recorder.address(), ask);
    assert!(second.ends_with(&large));
    assert_eq!(recorder.end().exchanges.len(), 1, "the second was answered from the first");
    assert_eq!(upstream.seen().len(), 1);
}

#[test]
fn new_episodes_compares_large_requests() {
    let upstream = Upstream::answering("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok");
    let recorder = Recorder::before(&upstream);
    let head = "POST /up HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer Moby-4711-Moby\r\nConnection: close\r\n";
    let ask = |boundary: &str, byte: u8, chunked: bool| {
        let open = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n");
        let mut body = [open.as_bytes(), b"Moby-4711-Moby "].concat();
        body.resize((4 << 20) + 1, byte);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let kind = format!("Content-Type: multipart/form-data; boundary={boundary}\r\n");
        let length = body.len();
        if chunked {
            let head = format!("{head}{kind}Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n");
            [head.as_bytes(), &body, b"\r\n0\r\n\r\n"].concat()
        } else {
            [format!("{head}{kind}Content-Length: {length}\r\n\r\n").as_bytes(), &body].concat()
        }
    };
    let first = exchange(recorder.address(), &ask("one", 0xfe, false));
    assert!(recorder.server.stop().status.success());
    let arguments = ["--upstream", &upstream.url(), "--mode", "new_episodes"];
    let recorder = Recorder::start_in(recorder.folder, &arguments);
    let again = exchange(recorder.address(), &ask("two", 0xfe, true));
    let again = String::from_utf8(again).unwrap();
    assert!(again.contains("testimony-source: replay"), "{again}");
    let other = exchange(recorder.address(), &ask("two", 0xfd, true));
    assert_eq!(other, first, "another body is forwarded");
    let cassette = recorder.end();
    assert_eq!((cassette.exchanges.len(), upstream.seen().len()), (2, 2));
    assert!(cassette.exchanges.iter().all(|e| e.request.body.len() > 4 << 20));
}

#[test]
fn known_answers_reach_old_clients_without_chunks() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    let upstream = Upstream::answering(chunked);
    let recorder = Recorder::before(&upstream);
    exchange(recorder.address(), b"GET /c HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert!(recorder.server.stop().status.success());
    let arguments = ["--upstream", &upstream.url(), "--mode", "new_episodes"];
    let recorder = Recorder::start_in(recorder.folder, &arguments);
    let old = exchange(recorder.address(), b"GET /c HTTP/1.0\r\nHost: h\r\n\r\n");
    let old = String::from_utf8(old).unwrap();
    assert!(old.ends_with("\r\n\r\nok") && !old.contains("chunked"), "{old}");
    recorder.end();
}

#[test]
fn a_port_in_use_leaves_nothing_behind() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["record", "--cassette", "c.cassette", "--listen", &address];
    let output = told(&run(folder.path(), &arguments));
    assert!(output.starts_with(&format!("exit 3\nerror: {address}: ")), "{output}");
    assert!(output.contains("hint: "), "{output}");
    assert!(!folder.path().join("c.cassette").exists());
}

#[test]
fn a_full_disk_is_never_a_complete_response() {
    let text = "x".repeat(3000);
    let upstream = Upstream::answering(format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    ));
    let folder = tempfile::tempdir().unwrap();
    // The shell's limit on file sizes stands for a disk that is full: writing fails.
    let program = testimony(folder.path());
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 40; exec \"$@\"", "sh"])
        .arg(program.get_program())
        .args(["record", "--cassette", "c.cassette", "--upstream", &upstream.url()])
        .current_dir(folder.path())
        .stdin(std::process::Stdio::null());
    let mut server = Server::spawn(command);
    let mut whole = 0_usize;
    loop {
        let Ok(mut socket) = std::net::TcpStream::connect(server.address) else { break };
        if socket.write_all(GET.as_bytes()).is_err() {
            break;
        }
        match response(&mut socket) {
            Some(_) => whole += 1,
            None => break,
        }
    }
    let output = told(&server.wait());
    assert!(output.starts_with("exit 3\nerror: "), "{output}");
    assert!(output.contains("c.cassette: writing: "), "{output}");
    let cassette = read(&folder.path().join("c.cassette")).unwrap();
    assert!(whole > 0 && !cassette.sealed);
    assert_eq!(cassette.exchanges.len(), whole);
}
