//! Modes, expiry and how a recording ends, whatever happens to it.

use crate::peer::{Upstream, get, header, paths, sealed};
use crate::support::{Nobody, Server, exchange, run, told};
use std::process::Output;

fn ask(server: &Server, request: &str) -> String {
    String::from_utf8(exchange(server.address, request.as_bytes())).unwrap()
}

fn ended(output: &Output, code: i32) -> String {
    let told = told(output);
    assert_eq!(output.status.code(), Some(code), "{told}");
    told
}

#[test]
fn a_dead_upstream_costs_no_recording() {
    let upstream = Upstream::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.cassette");
    let arguments = ["record", "--cassette", "c.cassette", "--upstream", &upstream.url()];
    let server = Server::start(folder.path(), &arguments);
    assert!(ask(&server, &get("/good", "")).ends_with("/good"));
    ended(&server.stop(), 0);
    let before = std::fs::read(&path).unwrap();
    let nobody = Nobody::new();
    let dead = nobody.url();
    let anew = ["record", "--cassette", "c.cassette", "--mode", "all", "--upstream", &dead];
    let server = Server::start(folder.path(), &anew);
    assert!(ask(&server, &get("/good", "")).starts_with("HTTP/1.1 502 "));
    let told = ended(&server.stop(), 3);
    assert!(told.contains("c.cassette: not replaced: "), "{told}");
    assert!(told.contains("hint: the failures are in "), "{told}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let aside = sealed(&folder.path().join("c.cassette.failed"));
    assert_eq!(aside.exchanges.len(), 1);
    // A first recording of failures alone is kept, and told.
    let first = ["record", "--cassette", "d.cassette", "--upstream", &dead];
    let server = Server::start(folder.path(), &first);
    assert!(ask(&server, &get("/", "")).starts_with("HTTP/1.1 502 "));
    let told = ended(&server.stop(), 3);
    assert!(told.contains("the recording shows failures alone"), "{told}");
    // The command's own verdict goes before.
    let mut arguments = vec!["record", "--cassette", "e.cassette", "--upstream", &dead, "--"];
    arguments.extend(["sh", "-c", "curl -s -o /dev/null $TESTIMONY_URL; exit 7"]);
    if crate::support::has("curl") {
        ended(&run(folder.path(), &arguments), 7);
    }
}

#[test]
fn a_torn_end_is_told_when_it_is_recorded_over() {
    let upstream = Upstream::start();
    let folder = tempfile::tempdir().unwrap();
    let tapes = folder.path().join("tapes");
    let url = upstream.url();
    let arguments = ["record", "--cassette", "tapes/", "--upstream", &url];
    let server = Server::start(folder.path(), &arguments);
    assert!(ask(&server, &get("/1", &header("one"))).ends_with("/1"));
    server.signal("KILL");
    drop(server);
    let path = tapes.join("one.cassette");
    let mut text = std::fs::read(&path).unwrap();
    text.extend_from_slice(b"{\n  \"exchange\": 2, \"at\": \"2026\"}}]\n");
    std::fs::write(&path, text).unwrap();
    let more = [&arguments[..], &["--mode", "new_episodes"]].concat();
    let server = Server::start(folder.path(), &more);
    assert!(ask(&server, &get("/1", &header("one"))).contains("testimony-source: replay"));
    assert!(ask(&server, &get("/2", &header("one"))).ends_with("/2"));
    let told = ended(&server.stop(), 0);
    assert!(told.contains("warning: ") && told.contains("kept in "), "{told}");
    assert!(tapes.join("one.cassette.torn").exists());
    assert_eq!(paths(&sealed(&path)), ["/1", "/2"]);
}

#[test]
fn two_recorders_never_write_one_cassette() {
    let upstream = Upstream::start();
    let folder = tempfile::tempdir().unwrap();
    let url = upstream.url();
    let arguments = ["record", "--cassette", "tapes/", "--upstream", &url];
    let first = Server::start(folder.path(), &arguments);
    let more = [&arguments[..], &["--mode", "new_episodes"]].concat();
    let second = Server::start(folder.path(), &more);
    assert!(ask(&first, &get("/1", &header("one"))).ends_with("/1"));
    let refused = ask(&second, &get("/2", &header("one")));
    assert!(refused.contains("another recorder is writing this cassette"), "{refused}");
    assert!(ask(&second, &get("/3", &header("two"))).ends_with("/3"));
    ended(&first.stop(), 0);
    // Now it is free.
    assert!(ask(&second, &get("/4", &header("one"))).ends_with("/4"));
    ended(&second.stop(), 2);
    assert_eq!(paths(&sealed(&folder.path().join("tapes/one.cassette"))), ["/1", "/4"]);
}

#[test]
fn what_has_expired_is_told_or_refused() {
    let upstream = Upstream::start();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("tapes")).unwrap();
    let text = "{\"cassette\": 1}\n{\"exchange\": 1, \"at\": \"2020-01-02T03:04:05Z\", \
                \"source\": \"live\", \"request\": {\"method\": \"GET\", \"target\": \"http://h/old\"}, \
                \"response\": {\"status\": 200, \"headers\": [[\"Content-Length\", \"0\"]]}}\n\
                {\"end\": true, \"exchanges\": 1}\n";
    std::fs::write(folder.path().join("tapes/old.cassette"), text).unwrap();
    let age = ["--max-age", "30d"];
    let url = upstream.url();
    let single = ["--cassette", "tapes/old.cassette"];
    let replay = [&["replay"], &single[..], &age[..]].concat();
    let episodes = ["record", "--mode", "new_episodes", "--upstream", &url];
    let record = [&episodes[..], &single[..], &age[..]].concat();
    for arguments in [&replay, &record] {
        let told = ended(&run(folder.path(), arguments), 1);
        assert!(told.contains("tapes/old.cassette: 1 exchanges are older than"), "{told}");
        assert!(told.contains("exchange 1 of 2020-01-02T03:04:05Z\nhint: record it"), "{told}");
        let server =
            Server::start(folder.path(), &[arguments, &["--expired", "warn"][..]].concat());
        assert!(ask(&server, &get("http://h/old", "")).starts_with("HTTP/1.1 200 "));
        assert!(ended(&server.stop(), 0).contains("warning: "));
    }
    let young = [&["replay"], &single[..], &["--max-age", "20000d"][..]].concat();
    let server = Server::start(folder.path(), &young);
    assert!(ask(&server, &get("/old", "")).starts_with("HTTP/1.1 200 "));
    ended(&server.stop(), 0);
    // Of a folder, the session alone is refused.
    let sessions = [&episodes[..], &["--cassette", "tapes/"], &age[..]].concat();
    let server = Server::start(folder.path(), &sessions);
    let refused = ask(&server, &get("http://h/old", &header("old")));
    assert!(refused.contains("older than --max-age allows"), "{refused}");
    assert!(ask(&server, &get("/new", &header("new"))).ends_with("/new"));
    ended(&server.stop(), 2);
    let useless = [&["record"], &["--cassette", "x.cassette"][..], &age[..]].concat();
    assert!(ended(&run(folder.path(), &useless), 2).contains("--max-age: mode `once`"));
}

#[test]
fn a_full_disk_stops_its_session_alone() {
    let upstream = Upstream::start();
    let folder = tempfile::tempdir().unwrap();
    let program = crate::support::testimony(folder.path());
    let mut command = std::process::Command::new("sh");
    // The shell's limit on file sizes stands for a disk that is full: writing fails.
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh"])
        .arg(program.get_program())
        .args(["record", "--cassette", "tapes/", "--upstream", &upstream.url()])
        .current_dir(folder.path())
        .stdin(std::process::Stdio::null());
    let server = Server::spawn(command);
    let mut whole = 0;
    let refused = loop {
        let answer = ask(&server, &get("/much", &header("much")));
        match answer.starts_with("HTTP/1.1 200 ") {
            true => whole += 1,
            // The exchange that found no room: its end never came.
            false if answer.is_empty() => {}
            false => break answer,
        }
    };
    assert!(refused.starts_with("HTTP/1.1 500 "), "{refused}");
    assert!(refused.contains("\r\ntestimony-error: session-cassette\r\n"), "{refused}");
    assert!(refused.contains("much.cassette: writing: "), "{refused}");
    assert!(ask(&server, &get("/little", &header("little"))).ends_with("/little"));
    let told = ended(&server.stop(), 3);
    assert!(told.contains("much.cassette: writing: "), "{told}");
    assert_eq!(paths(&sealed(&folder.path().join("tapes/little.cassette"))), ["/little"]);
    let much = testimony::cassette::read(&folder.path().join("tapes/much.cassette")).unwrap();
    assert_eq!((much.exchanges.len(), much.sealed), (whole, false));
    assert!(whole > 0);
}
