//! What is named as a cassette and is no file that keeps what is written to it.

use crate::peer::{Recorder, connect};
use crate::support::{run, told};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

/// A folder, a pipe and a socket, and a link to each of them.
fn places(folder: &Path) -> Vec<&'static str> {
    std::fs::create_dir(folder.join("folder.cassette")).unwrap();
    let pipe = folder.join("pipe.cassette");
    assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
    std::os::unix::net::UnixListener::bind(folder.join("socket.cassette")).unwrap();
    for kind in ["folder", "pipe", "socket"] {
        let link = folder.join(format!("link-{kind}.cassette"));
        std::os::unix::fs::symlink(format!("{kind}.cassette"), link).unwrap();
    }
    vec![
        "folder.cassette",
        "pipe.cassette",
        "socket.cassette",
        "link-folder.cassette",
        "link-pipe.cassette",
        "link-socket.cassette",
    ]
}

#[test]
fn what_is_no_file_is_refused_and_stays_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for place in places(folder.path()) {
        let upstream = ["--upstream", "http://127.0.0.1:9", "--", "true"];
        let record =
            |mode| [&["record", "--mode", mode, "--cassette", place][..], &upstream].concat();
        for arguments in [
            record("once"),
            record("new_episodes"),
            record("all"),
            vec!["replay", "--cassette", place, "--", "true"],
            vec!["cassette", "show", place],
            vec!["cassette", "verify", place],
            vec!["cassette", "scan", place],
            vec!["cassette", "redact", place],
            vec!["cassette", "recover", place],
        ] {
            // The others take a folder of cassettes.
            if place.contains("folder") && arguments[1] != "recover" {
                continue;
            }
            let talk = told(&run(folder.path(), &arguments));
            assert!(talk.starts_with("exit 2\n"), "{arguments:?}: {talk}");
            assert!(
                talk.contains("no regular file") && talk.contains("hint: "),
                "{arguments:?}: {talk}"
            );
        }
    }
    let kind =
        |name: &str| std::fs::symlink_metadata(folder.path().join(name)).unwrap().file_type();
    assert!(kind("pipe.cassette").is_fifo() && kind("socket.cassette").is_socket());
    assert!(kind("folder.cassette").is_dir() && kind("link-pipe.cassette").is_symlink());
    let mut left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().flatten().collect();
    // The project's authority is made on first use.
    left.retain(|entry| {
        let name = entry.file_name();
        name != ".testimony" && !name.to_string_lossy().ends_with(".cassette")
    });
    assert!(left.is_empty(), "{left:?}");
}

/// Also where the file that it leads to is written anew: by `redact`, and when a secret shows late.
#[test]
fn a_link_to_a_cassette_stays_a_link() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let mut asked = [0; 4096];
            let length = socket.read(&mut asked).unwrap();
            let token = "{\"access_token\":\"Qx7Rk2Zp9Lm4Xv8T\"}";
            let body = if asked[..length].starts_with(b"GET /login") { token } else { "{}" };
            let length = body.len();
            let _ = write!(
                socket,
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
    let recorder = Recorder::linked(&["--upstream", &upstream]);
    for path in ["/jobs/Qx7Rk2Zp9Lm4Xv8T", "/login"] {
        let mut socket = connect(recorder.address());
        write!(socket, "GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").unwrap();
        socket.read_to_end(&mut Vec::new()).unwrap();
    }
    let folder = recorder.folder;
    let talk = told(&recorder.server.stop());
    assert!(talk.contains("held already"), "{talk}");
    let is_link = || {
        let found = std::fs::symlink_metadata(folder.path().join("c.cassette")).unwrap();
        assert!(found.is_symlink());
        std::fs::read_to_string(folder.path().join("real/c.cassette")).unwrap()
    };
    let text = is_link();
    assert!(!text.contains("Qx7Rk2") && text.contains("/jobs/{{secret:1}}"), "{text}");
    let rule = "[[redact.rule]]\nid = \"x.jobs\"\nregex = 'jobs'\n";
    std::fs::write(folder.path().join("testimony.toml"), rule).unwrap();
    let done = run(folder.path(), &["cassette", "redact", "c.cassette"]);
    assert!(done.status.success(), "{}", told(&done));
    assert!(!is_link().contains("jobs/"), "{}", is_link());
    let done = run(folder.path(), &["cassette", "recover", "c.cassette"]);
    assert!(done.status.success(), "{}", told(&done));
    assert!(is_link().contains("\"exchanges\": 2"));
}
