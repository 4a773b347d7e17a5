//! The upstream of the planted secrets: answers `/kROWsSTEP/…` as the row says.

use super::wire::wire;
use crate::support::ReadOn as _;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub struct Upstream {
    address: SocketAddr,
    faults: Arc<Mutex<Vec<String>>>,
}

type Steps = &'static [(&'static str, &'static str)];

impl Upstream {
    pub fn start(rows: Vec<Steps>, secrets: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let faults = Arc::new(Mutex::new(Vec::new()));
        let (told, rows) = (Arc::clone(&faults), Arc::new((rows, secrets)));
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let (told, rows) = (Arc::clone(&told), Arc::clone(&rows));
                std::thread::spawn(move || {
                    if let Err(fault) = serve(socket, &rows.0, &rows.1) {
                        told.lock().unwrap().push(fault);
                    }
                });
            }
        });
        Self { address, faults }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What went wrong; what arrived must be what was sent.
    pub fn faults(&self) -> Vec<String> {
        self.faults.lock().unwrap().clone()
    }
}

fn serve(mut socket: TcpStream, rows: &[Steps], secrets: &[String]) -> Result<(), String> {
    socket.set_read_timeout(Some(Duration::from_secs(300))).unwrap();
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let Some(end) = whole(&bytes) else {
            match socket.read_on(&mut piece) {
                Ok(0) | Err(_) => return Ok(()),
                Ok(count) => bytes.extend_from_slice(&piece[..count]),
            }
            continue;
        };
        let request: Vec<u8> = bytes.drain(..end).collect();
        let line = String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned();
        let place = line.split("/k").nth(1).and_then(|rest| rest.split(['/', '?']).next());
        let place = place.and_then(|place| place.split_once('s'));
        let (row, step) = place.ok_or_else(|| format!("no row: {line}"))?;
        let (row, step): (usize, usize) = (row.parse().unwrap(), step.parse().unwrap());
        let (asked, answer) = rows[row][step];
        // The recorder must hand on the secret as it came, whatever it writes down.
        if asked.contains("{raw}") && !asked.contains("#coding") && !asked.contains("#chunks") {
            let secret = secrets[row].as_bytes();
            if !request.windows(secret.len()).any(|window| window == secret) {
                return Err(format!("changed on its way: {line}"));
            }
        }
        socket.write_all(&wire(answer, &secrets[row], None)).map_err(|error| error.to_string())?;
        if answer.contains("#cut") {
            return Ok(());
        }
    }
}

/// Length of the request that the bytes begin with, once it is whole.
fn whole(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    if head.contains("transfer-encoding: chunked") {
        let last = bytes[end..].windows(5).position(|window| window == b"0\r\n\r\n")?;
        return Some(end + last + 5);
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.map_or(0, |digits| digits.trim().parse().unwrap());
    (bytes.len() >= end + length).then_some(end + length)
}
