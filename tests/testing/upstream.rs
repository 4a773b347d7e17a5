//! An API whose answers to one request differ with time: a job that is polled, a list in pages, a
//! service that is busy at first. Each client (the first part of the path) has a state of its own.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

pub struct Upstream {
    pub url: String,
    /// How often each client asked for each path.
    asked: Arc<Mutex<HashMap<String, u32>>>,
}

impl Upstream {
    /// Listens until the process ends.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<HashMap<String, u32>>> = Arc::default();
        let counts = Arc::clone(&asked);
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                let counts = Arc::clone(&counts);
                std::thread::spawn(move || serve(&socket.unwrap(), &counts));
            }
        });
        Self { url, asked }
    }

    /// Requests that it got.
    pub fn requests(&self) -> u32 {
        self.asked.lock().unwrap().values().sum()
    }

    /// As if it had just been started.
    pub fn forget(&self) {
        self.asked.lock().unwrap().clear();
    }
}

fn serve(socket: &TcpStream, counts: &Mutex<HashMap<String, u32>>) {
    let mut reader = BufReader::new(socket);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if line == "\r\n" {
                break;
            }
            head.push(line.trim_end().to_owned());
        }
        let length = head.iter().find_map(|line| {
            line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok()
        });
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body).unwrap();
        let key = head[0].clone();
        let times = {
            let mut counts = counts.lock().unwrap();
            let times = counts.entry(key.clone()).or_default();
            *times += 1;
            *times
        };
        let (status, more, text) = answer(&key, times, &body);
        let length = text.len();
        let text = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{more}Content-Length: {length}\r\n\r\n{text}"
        );
        if (&*socket).write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

fn answer(key: &str, times: u32, body: &[u8]) -> (u16, &'static str, String) {
    let mut words = key.split_whitespace();
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let (client, rest) = target[1..].split_once('/').unwrap_or((&target[1..], ""));
    match (method, rest) {
        ("POST", "jobs") => {
            let sent = String::from_utf8_lossy(body).into_owned();
            (202, "", format!(r#"{{"job": "{client}-1", "sent": {sent}}}"#))
        }
        ("GET", "jobs/1") if times < 4 => (200, "", r#"{"state": "running"}"#.to_owned()),
        ("GET", "jobs/1") => (200, "", format!(r#"{{"state": "done", "by": "{client}"}}"#)),
        ("GET", "items?page=1") => {
            (200, "", r#"{"items": [1, 2], "next": "items?page=2"}"#.to_owned())
        }
        ("GET", "items?page=2") => (200, "", r#"{"items": [3], "next": null}"#.to_owned()),
        ("GET", "busy") if times < 3 => (503, "Retry-After: 30\r\n", "{}".to_owned()),
        ("GET", "busy" | "hello") => (200, "", format!(r#"{{"hello": "{client}"}}"#)),
        _ => (404, "", r#"{"error": "none"}"#.to_owned()),
    }
}
