//! For Rust tests: servers that replay or record a cassette in the background, and assert when they
//! are dropped.
//!
//! - [`Replayer`] serves cassettes. A request that nothing recorded answers fails the test.
//! - [`Recorder`] is the recording proxy. It seals its cassette when it is dropped.
//! - [`Tape`] replays a cassette that is there and records one that is not; never in CI.
//! - [`assert_conforms!`](crate::assert_conforms) holds a cassette to a spec.
//!
//! Each server binds a free port on loopback and runs on a thread of its own, so that it answers
//! while a test blocks, in `#[tokio::test]` of any flavour and without a runtime at all. What starts
//! or ends one is a [`Pending`]: `.await` it, or `.wait()` for it. There is no global state; the
//! environment (`TESTIMONY_MODE`, `CI`) is read by [`Tape`] alone (`docs/testing.md`).
//!
//! ```
//! use std::io::{Read, Write};
//! use testimony::testing::{Recorder, Replayer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let (cassette, ca) = (folder.path().join("hello.cassette"), folder.path().join("ca"));
//! # let upstream = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let api = format!("http://{}", upstream.local_addr()?);
//! # std::thread::spawn(move || {
//! #     let (mut socket, _) = upstream.accept().unwrap();
//! #     socket.read(&mut [0; 4096]).unwrap();
//! #     socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").unwrap();
//! # });
//! # let client = |url: &str| -> std::io::Result<String> {
//! #     let mut socket = std::net::TcpStream::connect(url.trim_start_matches("http://"))?;
//! #     socket.write_all(b"GET /greeting HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n")?;
//! #     let mut text = String::new();
//! #     socket.read_to_string(&mut text)?;
//! #     Ok(text)
//! # };
//! // Once, against the API itself:
//! let recorder = Recorder::builder().cassette(&cassette).upstream(&api).ca_folder(&ca).start().wait()?;
//! assert!(client(recorder.url())?.ends_with("hello"));
//! assert_eq!(recorder.finish().wait()?.recorded, 1);
//!
//! // From then on, without it:
//! let replayer = Replayer::builder().cassette(&cassette).ca_folder(&ca).start().wait()?;
//! assert!(client(replayer.url())?.ends_with("hello"));
//! # Ok(())
//! # }
//! ```

mod conformance;
mod error;
mod host;
mod mode;
mod pending;
mod recorder;
mod replayer;
mod session;
mod site;
mod summary;
mod tape;

pub use conformance::Conformance;
pub use error::{Misses, TestingError};
pub use mode::TapeMode;
pub use pending::Pending;
pub use recorder::{Recorder, RecorderBuilder};
pub use replayer::{Replayer, ReplayerBuilder};
pub use session::Session;
pub use summary::Summary;
pub use tape::{Tape, TapeBuilder};

pub use crate::admin::Variable;
pub use crate::cassette::Mode;
pub use crate::check::{State, Verdict};
pub use crate::matching::{Missed, Order, Repeat};
pub use crate::replay::{Place, Tempo};

/// Fails the test that drops a server, with the reason. A thread that panics already has a reason of
/// its own, often because of this one: it is said beside.
#[track_caller]
fn fail(reason: Option<TestingError>) {
    let Some(reason) = reason else { return };
    if std::thread::panicking() {
        say(&reason.to_string());
    } else {
        panic!("{reason}");
    }
}

/// Says something beside the failure of a test; the harness shows it with that.
#[expect(clippy::print_stderr, reason = "what tests print is captured, and shown when they fail")]
fn say(text: &str) {
    eprintln!("testimony: {text}");
}
