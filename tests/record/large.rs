//! Bodies that are too large for memory: what the recorder and the replayer take of it, and what
//! lies on disk afterwards.

use crate::peer::{PATIENCE, Recorder, connect};
use crate::support::{ReadOn as _, Server, exchange, run, told};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use testimony::cassette::{BODY_FOLDER_SUFFIX, read};
use testimony::exchange::{Body, BodyFile};

const MIB: u64 = 1024 * 1024;
/// What a recorder may take above what it takes when idle.
const ALLOWED: u64 = 64 * MIB;

/// What a body is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Of {
    /// Bytes that do not compress, the same each time.
    Chance,
    /// One line of zeros without an end.
    Zeros,
}

/// Any number of bytes.
struct Noise {
    block: Vec<u8>,
    count: u64,
    of: Of,
}

impl Noise {
    fn new(of: Of) -> Self {
        if of == Of::Zeros {
            return Self { block: vec![0; 1 << 20], count: 0, of };
        }
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let block = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        });
        Self { block: block.take(1 << 17).flatten().collect(), count: 0, of }
    }

    /// The next mebibyte.
    fn next(&mut self) -> &[u8] {
        self.count += 1;
        if self.of == Of::Chance {
            self.block[..8].copy_from_slice(&self.count.to_le_bytes());
        }
        &self.block
    }

    /// Sends that many mebibytes.
    fn send(mut self, to: &mut impl Write, mebibytes: u64) {
        for _ in 0..mebibytes {
            to.write_all(self.next()).unwrap();
        }
    }

    /// Reads that many mebibytes, which must be these.
    fn expect(mut self, from: &mut impl Read, mebibytes: u64) {
        let mut place = vec![0; self.block.len()];
        for number in 0..mebibytes {
            assert!(from.read_exact(&mut place).is_ok(), "mebibyte {number} did not come whole");
            assert!(place == self.next(), "mebibyte {number} is another");
        }
    }
}

/// Reads up to the end of a head.
fn head(from: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        from.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    String::from_utf8(bytes).unwrap()
}

/// Takes uploads and gives downloads of that many mebibytes, each on a connection of its own.
fn upstream(mebibytes: u64, of: Of) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let head = head(&mut socket);
                let mut length = 2;
                if head.starts_with("PUT /broken") {
                    let _ = std::io::copy(&mut socket, &mut std::io::sink());
                    return;
                } else if head.starts_with("PUT") {
                    Noise::new(of).expect(&mut socket, mebibytes);
                } else if head.starts_with("GET /large") {
                    length = mebibytes * MIB;
                }
                write!(socket, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n").unwrap();
                if length == 2 {
                    socket.write_all(b"ok").unwrap();
                } else {
                    Noise::new(of).send(&mut socket, mebibytes);
                }
                // Not before the other side has read it all.
                let _ = socket.read_on(&mut [0]);
            });
        }
    });
    address
}

/// The most memory that a process ever held, in bytes.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

fn upload(address: SocketAddr, mebibytes: u64, of: Of) {
    let mut socket = connect(address);
    write!(
        socket,
        "PUT /up HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        mebibytes * MIB
    )
    .unwrap();
    Noise::new(of).send(&mut socket, mebibytes);
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok"), "{answer}");
}

fn download(address: SocketAddr, mebibytes: u64, of: Of) {
    let mut socket: TcpStream = connect(address);
    socket.set_read_timeout(Some(10 * PATIENCE)).unwrap();
    socket.write_all(b"GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").unwrap();
    assert!(head(&mut socket).starts_with("HTTP/1.1 200"));
    Noise::new(of).expect(&mut socket, mebibytes);
    assert_eq!(socket.read_on(&mut [0]).unwrap(), 0);
}

/// Uploads and downloads through the recorder, then downloads from the replayer; answers with the most
/// memory that each took beyond what it took when idle, in mebibytes.
fn taken(mebibytes: u64, of: Of) -> Option<[u64; 3]> {
    let upstream = upstream(mebibytes, of);
    let recorder = Recorder::start(&["--upstream", &format!("http://{upstream}")]);
    let (address, id) = (recorder.address(), recorder.server.id());
    exchange(address, b"GET /small HTTP/1.1\r\nHost: h\r\n\r\n");
    let idle = peak(id)?;
    upload(address, mebibytes, of);
    let up = peak(id)? - idle;
    download(address, mebibytes, of);
    let down = peak(id)? - idle;
    let (path, folder) = (recorder.cassette_path(), recorder.folder);
    let output = recorder.server.stop();
    assert!(output.status.success(), "{}", told(&output));
    let exchanges = read(&path).unwrap().exchanges;
    assert_eq!(exchanges.len(), 3);
    on_disk(&path, &exchanges[1].request.body, mebibytes, of);
    on_disk(&path, &exchanges[2].response.as_ref().unwrap().body, mebibytes, of);
    // Both are the same bytes, and one file.
    let bodies = std::fs::read_dir(folder.path().join(format!("c.cassette{BODY_FOLDER_SUFFIX}")));
    assert_eq!(bodies.unwrap().count(), 1);
    let verified = run(folder.path(), &["cassette", "verify", "c.cassette"]);
    assert_eq!(told(&verified), "exit 0\nc.cassette: 3 exchanges, ok\n");
    let player = Server::start(folder.path(), &["replay", "--cassette", "c.cassette"]);
    exchange(player.address, b"GET /small HTTP/1.1\r\nHost: h\r\n\r\n");
    let idle = peak(player.id())?;
    download(player.address, mebibytes, of);
    let replayed = peak(player.id())? - idle;
    drop(player);
    a_changed_file_is_never_whole(folder.path(), mebibytes);
    Some([up / MIB, down / MIB, replayed / MIB])
}

/// One byte of the body file becomes another, at its very end.
fn a_changed_file_is_never_whole(folder: &Path, mebibytes: u64) {
    use std::io::{Seek as _, SeekFrom};
    let bodies = std::fs::read_dir(folder.join(format!("c.cassette{BODY_FOLDER_SUFFIX}")));
    let path = bodies.unwrap().flatten().next().unwrap().path();
    let mut file = std::fs::OpenOptions::new().write(true).read(true).open(path).unwrap();
    file.seek(SeekFrom::End(-1)).unwrap();
    let mut last = [0];
    file.read_exact(&mut last).unwrap();
    file.seek(SeekFrom::End(-1)).unwrap();
    file.write_all(&[!last[0]]).unwrap();
    let verified = run(folder, &["cassette", "verify", "c.cassette"]);
    assert!(told(&verified).starts_with("exit 1\nc.cassette: 3 exchanges, NOT OK\n"));
    let player = Server::start(folder, &["replay", "--cassette", "c.cassette"]);
    let mut socket = connect(player.address);
    socket.write_all(b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    assert!(head(&mut socket).starts_with("HTTP/1.1 200"));
    let mut length = 0;
    let mut place = vec![0; 1 << 16];
    while let Ok(count @ 1..) = socket.read_on(&mut place) {
        length += count as u64;
    }
    assert!(length < mebibytes * MIB, "the changed body came whole");
}

fn on_disk(cassette: &Path, body: &Body, mebibytes: u64, of: Of) {
    let Body::File(BodyFile { name, length }) = body else { panic!("in memory") };
    assert_eq!(*length, mebibytes * MIB);
    let folder = format!("{}{BODY_FOLDER_SUFFIX}", cassette.display());
    let mut file = std::fs::File::open(Path::new(&folder).join(name)).unwrap();
    Noise::new(of).expect(&mut file, mebibytes);
}

/// In memory, with room to grow and what is made of it, these bodies would take more than that.
#[test]
fn a_large_body_passes_in_little_memory() {
    little(24);
}

/// `cargo test --release --test record two_gibibytes -- --ignored --nocapture`
#[test]
#[ignore = "moves 12 GiB and needs 2 GiB of disk"]
fn two_gibibytes_pass_in_little_memory() {
    little(2048);
}

fn little(mebibytes: u64) {
    for of in [Of::Chance, Of::Zeros] {
        let Some(taken) = taken(mebibytes, of) else { return println!("skipped: no /proc") };
        println!(
            "{mebibytes} MiB of {of:?}: {taken:?} MiB above idle (upload, then download; replay)"
        );
        assert!(taken.iter().all(|mebibytes| mebibytes * MIB < ALLOWED), "{of:?}: {taken:?}");
    }
}

/// Text with a secret in it, cut in the middle of the secret into two chunks.
#[test]
fn a_secret_in_a_large_body_is_replaced_whatever_the_chunks() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = listener.local_addr().unwrap();
    let line = "{\"colour\": \"green\"}\n";
    let (before, after) = (line.repeat(300_000), line.repeat(50_000));
    let secret = "\"password\": \"Correct-Horse-9\"\n";
    let whole = [&before, secret, &after].concat();
    let sent = whole.clone();
    std::thread::spawn(move || {
        let mut socket = listener.incoming().flatten().next().unwrap();
        head(&mut socket);
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        let (first, second) = sent.split_at(before.len() + 20);
        for piece in first.as_bytes().chunks(99_991).chain(second.as_bytes().chunks(99_991)) {
            write!(socket, "{:x}\r\n", piece.len()).unwrap();
            socket.write_all(piece).unwrap();
            socket.write_all(b"\r\n").unwrap();
        }
        socket.write_all(b"0\r\n\r\n").unwrap();
        let _ = socket.read_on(&mut [0]);
    });
    let recorder = Recorder::start(&["--upstream", &format!("http://{upstream}")]);
    let mut socket = connect(recorder.address());
    socket.write_all(b"GET / HTTP/1.1\r\nHost: h\r\nX-Auth-Token: Token-Token-77\r\n\r\n").unwrap();
    let mut got = Vec::new();
    let mut place = vec![0; 1 << 16];
    while !got.ends_with(b"\r\n0\r\n\r\n") {
        let count = socket.read_on(&mut place).unwrap();
        assert_ne!(count, 0);
        got.extend_from_slice(&place[..count]);
    }
    let path = recorder.cassette_path();
    let cassette = recorder.recorded();
    let response = cassette.exchanges[0].response.as_ref().unwrap();
    let Body::File(file) = &response.body else { panic!("in memory") };
    let bytes = testimony::cassette::open_body(&path, file, u64::MAX).unwrap();
    let expected = whole.replace("Correct-Horse-9", "{{secret:2}}");
    assert!(bytes == expected.as_bytes());
    let rules: Vec<_> = cassette.exchanges[0].redacted.iter().map(|n| (&*n.rule, &*n.at)).collect();
    assert!(rules.contains(&("name.password", "/response/body")), "{rules:?}");
    recorder.end();
}

/// A recorder that dies leaves the file of a body that was not whole; the next one removes it.
#[test]
fn what_a_killed_recorder_left_is_removed() {
    let upstream = upstream(64, Of::Chance);
    let recorder = Recorder::start(&["--upstream", &format!("http://{upstream}")]);
    let mut socket = connect(recorder.address());
    write!(socket, "PUT /broken HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", 64 * MIB)
        .unwrap();
    Noise::new(Of::Chance).send(&mut socket, 16);
    let bodies = recorder.folder.path().join(format!("c.cassette{BODY_FOLDER_SUFFIX}"));
    let is_partial = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.unwrap().file_name().to_string_lossy().starts_with(".partial-")
    };
    let held = || {
        std::fs::read_dir(&bodies).map_or(0, |found| found.map(is_partial).filter(|is| *is).count())
    };
    while held() == 0 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    recorder.server.signal("KILL");
    let mut server = recorder.server;
    server.wait();
    assert_eq!(held(), 1);
    let recovered = run(recorder.folder.path(), &["cassette", "recover", "c.cassette"]);
    assert!(recovered.status.success(), "{}", told(&recovered));
    assert_eq!(held(), 0);
}

/// What came of a body that broke off is kept.
#[test]
fn a_large_body_that_breaks_off_is_kept_as_far_as_it_came() {
    let upstream = upstream(64, Of::Chance);
    let recorder = Recorder::start(&["--upstream", &format!("http://{upstream}")]);
    let mut socket = connect(recorder.address());
    write!(socket, "PUT /broken HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", 64 * MIB)
        .unwrap();
    Noise::new(Of::Chance).send(&mut socket, 16);
    drop(socket);
    while recorder.recorded().exchanges.is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let path = recorder.cassette_path();
    let exchange = recorder.recorded().exchanges.remove(0);
    assert!(exchange.error.is_some() && exchange.response.is_none());
    on_disk(&path, &exchange.request.body, 16, Of::Chance);
    recorder.end();
}
