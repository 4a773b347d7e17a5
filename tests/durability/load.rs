//! Both ends of the load: an upstream whose answers follow from the path, and clients that note
//! which of them they got whole.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(300);

/// An upstream.
pub fn upstream() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            std::thread::spawn(move || attend(socket));
        }
    });
    address
}

fn attend(mut socket: TcpStream) -> Option<()> {
    socket.set_nodelay(true).unwrap();
    let mut buffer = Vec::new();
    loop {
        let head = next_head(&mut socket, &mut buffer)?;
        let text = String::from_utf8(head).unwrap();
        let path = text.split(' ').nth(1).unwrap();
        socket.write_all(&answer(path)).ok()?;
    }
}

/// Start of the paths where a value is told first as a note, and later as a secret.
pub const LATE: &str = "/late/";

/// The secret that the answer to a request tells.
pub fn token(number: u64) -> String {
    let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("Zt{mixed:016x}{:016x}", mixed.rotate_left(29))
}

/// The secret that is known from the answer to a path on.
pub fn told_by(path: &str) -> Option<String> {
    let number = number_of(path);
    (path.starts_with(LATE) && number % 250 == 7).then(|| token(number))
}

/// The body that belongs to a path: mostly JSON, sometimes bytes that get a file of their own.
pub fn body(path: &str) -> Vec<u8> {
    let number = number_of(path);
    if path.starts_with(LATE) && matches!(number % 250, 5 | 7) {
        let (name, token) = if number % 250 == 5 {
            ("note", token(number + 2))
        } else {
            ("access_token", token(number))
        };
        return format!("{{\"path\":\"{path}\",\"{name}\":\"{token}\"}}").into_bytes();
    }
    if number % 97 == 3 {
        // Past what stays inside of the cassette.
        let seed = u8::try_from(number % 251).unwrap();
        return (0..66_000_u32).map(|at| seed.wrapping_add((at % 255) as u8) | 0x80).collect();
    }
    let more = "x".repeat(usize::try_from(number % 900).unwrap());
    format!("{{\"path\":\"{path}\",\"more\":\"{more}\"}}").into_bytes()
}

fn number_of(path: &str) -> u64 {
    path.rsplit('/').next().unwrap().parse().unwrap()
}

fn answer(path: &str) -> Vec<u8> {
    let (number, body) = (number_of(path), body(path));
    let head = format!("HTTP/1.1 200 OK\r\nX-Number: {number}\r\n");
    if number % 3 == 1 {
        let (one, two) = body.split_at(body.len() / 2);
        let chunk =
            |part: &[u8]| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat();
        let head = head + "Transfer-Encoding: chunked\r\n\r\n";
        return [head.as_bytes(), &chunk(one), &chunk(two), b"0\r\n\r\n"].concat();
    }
    let head = format!("{head}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), &body].concat()
}

/// Reads a head, and leaves what is after it.
fn next_head(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            return Some(buffer.drain(..end + 4).collect());
        }
        fill(socket, buffer)?;
    }
}

fn fill(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<()> {
    let mut piece = [0; 16 * 1024];
    loop {
        match socket.read(&mut piece) {
            Ok(0) => return None,
            Ok(count) => {
                buffer.extend_from_slice(&piece[..count]);
                return Some(());
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

/// What all clients of a round share.
pub struct Load {
    pub recorder: SocketAddr,
    /// Names of sessions that the clients take turns with; none for recorders of one cassette.
    pub sessions: u64,
    /// Exchanges that have ended.
    pub ended: AtomicU64,
    /// Number of the next request.
    pub next: AtomicU64,
    pub most: u64,
    /// Start of the paths that are asked for.
    pub prefix: &'static str,
}

/// One client; answers with the requests whose responses it got whole, with their sessions.
pub fn client(load: &Arc<Load>, name: u64) -> Vec<(String, String)> {
    let mut ended = Vec::new();
    let Ok(mut socket) = TcpStream::connect(load.recorder) else { return ended };
    socket.set_nodelay(true).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut buffer = Vec::new();
    loop {
        let number = load.next.fetch_add(1, Ordering::SeqCst);
        if number >= load.most {
            return ended;
        }
        let path = format!("{}{name}/{number}", load.prefix);
        let (session, field) = match load.sessions {
            0 => (String::new(), String::new()),
            count => {
                let session = format!("s{}", number % count);
                (session.clone(), format!("testimony-session: {session}\r\n"))
            }
        };
        let ask = format!("GET {path} HTTP/1.1\r\nHost: h\r\n{field}\r\n");
        if socket.write_all(ask.as_bytes()).is_err() {
            return ended;
        }
        let Some(got) = response(&mut socket, &mut buffer) else { return ended };
        assert_eq!(got, body(&path), "{path}");
        ended.push((session, path));
        load.ended.fetch_add(1, Ordering::SeqCst);
    }
}

/// The body of a response; `None` where the connection ended before its end.
fn response(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    let head = String::from_utf8(next_head(socket, buffer)?).unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    if let Some(length) = length {
        return exactly(socket, buffer, length.parse().unwrap());
    }
    let mut body = Vec::new();
    loop {
        let line = loop {
            if let Some(end) = buffer.windows(2).position(|pair| pair == b"\r\n") {
                break buffer.drain(..end + 2).collect::<Vec<_>>();
            }
            fill(socket, buffer)?;
        };
        let digits = std::str::from_utf8(&line).unwrap().trim();
        let size = usize::from_str_radix(digits, 16).unwrap();
        body.extend(exactly(socket, buffer, size)?);
        assert_eq!(exactly(socket, buffer, 2)?, b"\r\n");
        if size == 0 {
            return Some(body);
        }
    }
}

fn exactly(socket: &mut TcpStream, buffer: &mut Vec<u8>, count: usize) -> Option<Vec<u8>> {
    while buffer.len() < count {
        fill(socket, buffer)?;
    }
    Some(buffer.drain(..count).collect())
}
