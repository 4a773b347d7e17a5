//! What is said over a WebSocket between the ends of an independent library, `websockets` for Python,
//! which compresses by default.

use crate::peer::{PrivateAuthority, Recorder};
use crate::support::{packages, run, told};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::LazyLock;
use testimony::cassette::redact::without_numbers;
use testimony::exchange::{
    Exchange, SocketKind, SocketMessage, SocketPayload, SocketPeer, TransportErrorKind,
};

/// One end, which is ended with the test.
struct End {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl End {
    fn start(python: &Path, arguments: &[&str]) -> Self {
        let mut command = script(python, arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// Waits until it has ended.
    fn rest(mut self) {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn script(python: &Path, arguments: &[&str]) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/record/sockets.py");
    let mut command = Command::new(python);
    command.arg(script).args(arguments);
    command
}

/// A Python with `websockets`.
fn python() -> Option<PathBuf> {
    packages::python("record-sockets", &["websockets==17.4"])
}

/// What the library sends in the big message.
fn big() -> &'static str {
    static BIG: LazyLock<String> = LazyLock::new(|| {
        let numbers: Vec<String> = (0..60_000).map(|number| format!("{number:x},")).collect();
        numbers.concat()
    });
    &BIG
}

/// What the client printed, where all went well.
fn seen_by_client(extensions: &str) -> String {
    format!(
        "exit 0\n{extensions}\n\"hello!\"\n\"hello!\"\n\"hex 0001ff\"\n\"in three pieces\"\n\
         \"see ghp_0123456789abcdefghijABCDEFGHIJ012345;!\"\n{}\n[4001, \"as you said\"]\n",
        crc32(big().as_bytes())
    )
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc: u32, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

fn line(message: &SocketMessage) -> String {
    let payload = match &message.payload {
        SocketPayload::Kept(bytes) if **bytes == *big().as_bytes() => "the big one".to_owned(),
        SocketPayload::Kept(bytes) => without_numbers(bytes).escape_ascii().to_string(),
        SocketPayload::Omitted(bytes) => format!("{bytes} bytes"),
    };
    let code = message.code.map_or_else(String::new, |code| format!(" {code}"));
    format!("{} {}{code} {payload}", message.from.as_str(), message.kind.as_str())
}

/// The messages of the client's usual talk are all there, in order, and nothing else is.
fn is_whole_talk(exchange: &Exchange, compressed: bool) {
    assert_eq!(exchange.error, None);
    assert_eq!(exchange.response.as_ref().unwrap().status, 101);
    let messages = &exchange.messages;
    assert!(messages.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms));
    assert!(messages.iter().all(|m| m.at_ms <= exchange.timing.end_ms));
    for message in messages {
        let data = matches!(message.kind, SocketKind::Text | SocketKind::Binary);
        assert_eq!(message.compressed, data && compressed, "{message:?}");
    }
    let told: Vec<String> = messages.iter().map(line).collect();
    let expected = [
        "client text hello",
        "server text hello!",
        "client text hello",
        "server text hello!",
        "client binary \\x00\\x01\\xff",
        "server binary \\x00\\x01\\xff",
        "client text stream",
        "server text in three pieces",
        "client text see {{secret}};",
        "server text see {{secret}};!",
        "client ping are you there",
        "server pong are you there",
        "client text big",
        "server text the big one",
        "client text bye",
        "server close 4001 as you said",
        "client close 4001 as you said",
    ];
    assert_eq!(told, expected);
}

/// Scans the cassette in the recorder's folder, and has one exchange shown.
fn scanned(folder: &Path) {
    let output = told(&run(folder, &["cassette", "scan", "c.cassette"]));
    assert!(output.starts_with("exit 0\n") && output.contains(" 0 finds"), "{output}");
    let shown = told(&run(folder, &["cassette", "show", "-n", "1", "c.cassette"]));
    assert!(shown.contains(" ms  client text: hello\n"), "{shown}");
    assert!(shown.contains(" ms  server close 4001: as you said\n"), "{shown}");
}

#[test]
fn both_ends_see_what_is_recorded() {
    let Some(python) = python() else { return };
    let mut server = End::start(&python, &["serve"]);
    let port = server.line();
    let recorder = Recorder::start(&["--upstream", &format!("http://127.0.0.1:{port}")]);
    let url = format!("ws://{}/talk", recorder.address());
    for (compression, extensions) in [("deflate", "[\"deflate\"]"), ("none", "[]")] {
        let output = script(&python, &["talk", &url, "", "", compression]).output().unwrap();
        assert_eq!(told(&output), seen_by_client(extensions));
        // The client has heard the end: the exchange is on disk.
        let exchange = recorder.recorded().exchanges.pop().unwrap();
        is_whole_talk(&exchange, compression == "deflate");
    }
    let folder = recorder.folder.path().to_owned();
    let text = std::fs::read_to_string(recorder.cassette_path()).unwrap();
    assert!(!text.contains("ghp_"));
    scanned(&folder);
    assert_eq!(recorder.end().exchanges.len(), 2);
}

#[test]
fn through_the_proxy_and_inside_tls() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let authority = PrivateAuthority::new();
    authority.write(folder.path());
    let (certificate, key) = authority.leaf(&["localhost"]);
    let (cert_file, key_file) = (folder.path().join("leaf.pem"), folder.path().join("leaf.key"));
    std::fs::write(&cert_file, certificate).unwrap();
    std::fs::write(&key_file, key).unwrap();
    let files = [cert_file.to_str().unwrap(), key_file.to_str().unwrap()];
    let mut server = End::start(&python, &["serve", files[0], files[1]]);
    let port = server.line();
    let recorder = Recorder::start_in(folder, &["--ca-file", "private.pem"]);
    let ca = recorder.folder.path().join(".testimony/ca/ca.pem");
    let url = format!("wss://localhost:{port}/talk");
    let talk = ["talk", &url, &recorder.server.url(), ca.to_str().unwrap()];
    let output = script(&python, &talk).output().unwrap();
    assert_eq!(told(&output), seen_by_client("[\"deflate\"]"));
    let exchange = recorder.end().exchanges.remove(0);
    assert_eq!(exchange.request.target, format!("https://localhost:{port}/talk"));
    is_whole_talk(&exchange, true);
}

/// What was recorded of a socket that was opened and then ended in this way.
fn ended(how: &str) -> Option<Exchange> {
    let python = python()?;
    let mut server = End::start(&python, &["serve"]);
    let port = server.line();
    let recorder = Recorder::start(&["--upstream", &format!("http://127.0.0.1:{port}")]);
    let url = format!("ws://{}/", recorder.address());
    let mut client = End::start(&python, &["open", &url, how]);
    assert_eq!(client.line(), "\"hello!\"");
    if how != "stay" {
        client.rest();
    }
    // A recording of this alone is one of failures.
    let exchange = recorder.end().exchanges.remove(0);
    let said: Vec<String> = exchange.messages.iter().take(2).map(line).collect();
    assert_eq!(said, ["client text hello", "server text hello!"]);
    Some(exchange)
}

#[test]
fn a_socket_that_ends_without_goodbyes_is_a_failure() {
    for (how, kind) in [
        ("stay", TransportErrorKind::Stopped),
        ("leave", TransportErrorKind::ClientGone),
        ("break", TransportErrorKind::Reset),
    ] {
        let Some(exchange) = ended(how) else { return };
        let error = exchange.error.unwrap();
        assert_eq!(error.kind, kind, "{how}: {}", error.message);
        assert_eq!(exchange.response.unwrap().status, 101);
        assert!(
            exchange
                .messages
                .iter()
                .all(|said| said.from == SocketPeer::Client || said.kind == SocketKind::Text)
        );
    }
}
