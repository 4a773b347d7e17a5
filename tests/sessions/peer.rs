//! An upstream that tells what it was asked, and requests of sessions.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use testimony::cassette::{Cassette, read};

/// Answers every request with its path as the body, and notes the heads that reach it.
pub struct Upstream {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&seen);
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let notes = Arc::clone(&notes);
                std::thread::spawn(move || serve(socket, &notes));
            }
        });
        Self { address, seen }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The heads that reached it.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(socket: TcpStream, notes: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(socket.try_clone().unwrap());
    let mut socket = socket;
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let path = head.split(' ').nth(1).unwrap().to_owned();
        let path = path.find("://").map_or(path.clone(), |at| {
            path[at + 3..]
                .find('/')
                .map_or("/".to_owned(), |slash| path[at + 3 + slash..].to_owned())
        });
        notes.lock().unwrap().push(head);
        let length = path.len();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{path}");
        if socket.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// A request in absolute form with these further lines, each with its line end.
pub fn get(target: &str, lines: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: h\r\n{lines}\r\n")
}

/// Proxy credentials that name a session.
pub fn credentials(session: &str) -> String {
    format!("Proxy-Authorization: Basic {}\r\n", BASE64_STANDARD.encode(format!("{session}:")))
}

/// The header that names a session.
pub fn header(session: &str) -> String {
    format!("testimony-session: {session}\r\n")
}

/// A cassette that must be whole and sealed.
pub fn sealed(path: &Path) -> Cassette {
    let cassette = read(path).unwrap();
    assert!(cassette.sealed && cassette.torn.is_none(), "{}", path.display());
    assert_eq!(cassette.warnings, Vec::<String>::new());
    cassette
}

/// The paths that a cassette's requests asked for, in order.
pub fn paths(cassette: &Cassette) -> Vec<String> {
    let path = |target: &str| {
        let rest = target.split_once("://").unwrap().1;
        rest[rest.find('/').unwrap()..].to_owned()
    };
    cassette.exchanges.iter().map(|exchange| path(&exchange.request.target)).collect()
}
