//! The library for Rust tests, against real clients and a real upstream.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "testing/assertions.rs"]
mod assertions;
#[path = "testing/clients.rs"]
mod clients;
#[path = "testing/conformance.rs"]
mod conformance;
#[path = "testing/parallel.rs"]
mod parallel;
#[path = "testing/suite.rs"]
mod suite;
mod support;
#[path = "testing/tape.rs"]
mod tape;
#[path = "testing/upstream.rs"]
mod upstream;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use testimony::testing::{Recorder, Replayer};
use upstream::Upstream;

/// A folder with an authority and a cassette of its own.
pub(crate) struct Desk {
    pub(crate) folder: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn ca(&self) -> PathBuf {
        self.path("ca")
    }

    /// A recording of one request for `/a/hello`.
    pub(crate) fn recorded(upstream: &Upstream) -> Self {
        let desk = Self::new();
        let recorder = Recorder::builder()
            .cassette(desk.path("one.cassette"))
            .upstream(&upstream.url)
            .ca_folder(desk.ca())
            .start()
            .wait()
            .unwrap();
        assert!(get(recorder.url(), "/a/hello").ends_with(r#"{"hello": "a"}"#));
        recorder.finish().wait().unwrap();
        desk
    }

    pub(crate) fn replayer(&self) -> Replayer {
        Replayer::builder()
            .cassette(self.path("one.cassette"))
            .ca_folder(self.ca())
            .start()
            .wait()
            .unwrap()
    }
}

/// A request by a client without a runtime: it blocks its thread until it is answered.
pub(crate) fn get(url: &str, path: &str) -> String {
    let mut socket = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    text
}

/// What a closure panics with.
pub(crate) fn panic_of(work: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let panic = std::panic::catch_unwind(work).expect_err("it did not panic");
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(other) => (*other.downcast::<&str>().unwrap()).to_owned(),
    }
}

pub(crate) fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
