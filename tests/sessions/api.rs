//! A server with its admin API.
#![allow(dead_code, reason = "each test binary uses a part")]

use crate::support::{Server, exchange, testimony, told};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Output;

/// A server whose admin API listens, too.
pub struct Administered {
    pub server: Server,
    pub admin: SocketAddr,
}

impl Administered {
    /// Starts `testimony ARGUMENTS --admin 0`.
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = testimony(folder);
        command.args(arguments).args(["--admin", "0"]);
        let mut server = Server::spawn(command);
        let line = server.line();
        let admin = line.strip_prefix("admin on http://").unwrap_or_else(|| panic!("{line}"));
        Self { admin: admin.parse().unwrap(), server }
    }

    /// Asks the admin API; answers with the status and the JSON.
    pub fn ask(&self, method: &str, path: &str, body: Option<&str>) -> (u16, Value) {
        let (head, value) = self.ask_whole(method, path, body);
        (head[9..12].parse().unwrap(), value)
    }

    pub fn ask_whole(&self, method: &str, path: &str, body: Option<&str>) -> (String, Value) {
        let lines = match body {
            Some(body) => {
                format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
            }
            None => String::new(),
        };
        let host = self.admin;
        let body = body.unwrap_or_default();
        let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n{body}");
        let answer = exchange(self.admin, request.as_bytes());
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}")))
    }

    /// Starts a session.
    pub fn begin(&self, order: &str) -> Value {
        let (status, value) = self.ask("POST", "/testimony/sessions", Some(order));
        assert_eq!(status, 201, "{value}");
        value
    }

    /// Stops a session.
    pub fn end(&self, name: &str) -> Value {
        let (status, value) = self.ask("DELETE", &format!("/testimony/sessions/{name}"), None);
        assert_eq!(status, 200, "{value}");
        value
    }

    /// Asks it to end by a signal.
    pub fn stop(self, code: i32) -> Output {
        let output = self.server.stop();
        assert_eq!(output.status.code(), Some(code), "{}", told(&output));
        output
    }
}

/// The address of the port that a session was given.
pub fn port_of(session: &Value) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], u16::try_from(session["port"].as_u64().unwrap()).unwrap()))
}
