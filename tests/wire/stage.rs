//! The two ends of the wire: an upstream and a client that do what a row tells them, step by step,
//! over plain sockets or TLS. Steps wait for one another by named events, never by time.

use super::authority::PrivateAuthority;
use super::http1;
use super::row::{Do, Form};
use super::tls::Pipe;
use std::collections::{HashSet, VecDeque};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often a connection that has nothing to do looks whether its row is over.
const LOOK: Duration = Duration::from_millis(5);

/// How a connection ended for the one who read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As the protocol wants it.
    Clean,
    /// By a reset, or in TLS without its closing words.
    Broken,
    /// It did not, as far as the script went.
    Open,
}

/// What goes on in the row of now.
#[derive(Default)]
struct State {
    row: u64,
    steps: VecDeque<Do>,
    /// What came, by connection.
    seen: Vec<Vec<u8>>,
    raised: HashSet<&'static str>,
    /// Replay has no upstream that could raise events: all have happened.
    all_raised: bool,
    open: usize,
    /// Whether a connection of the upstream is at work; others wait for it.
    busy: bool,
}

/// What both ends share.
#[derive(Default)]
pub struct Stage {
    state: Mutex<State>,
    changed: Condvar,
}

impl Stage {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Begins a row: the upstream will do these steps.
    pub fn begin(&self, steps: &[Do], all_raised: bool) {
        let mut now = self.lock();
        now.steps = steps.iter().cloned().collect();
        now.seen.clear();
        now.raised.clear();
        now.busy = false;
        now.all_raised = all_raised;
    }

    /// Ends a row: closes the upstream's connections; answers with what it saw, and with the steps
    /// that it came not to do.
    pub fn end(&self) -> (Vec<u8>, usize) {
        let mut now = self.lock();
        now.row += 1;
        self.changed.notify_all();
        while now.open > 0 {
            now = self.changed.wait(now).unwrap();
        }
        (now.seen.concat(), now.steps.len())
    }

    fn raise(&self, event: &'static str) {
        self.lock().raised.insert(event);
        self.changed.notify_all();
    }

    fn wait_for(&self, event: &'static str) {
        let (mut now, start) = (self.lock(), Instant::now());
        while !now.all_raised && !now.raised.contains(event) && start.elapsed() < PATIENCE {
            now = self.changed.wait_timeout(now, PATIENCE).unwrap().0;
        }
    }
}

/// A raw server.
pub struct Upstream {
    pub address: SocketAddr,
    pub stage: Arc<Stage>,
}

impl Upstream {
    /// Plain, or with a certificate of `authority`.
    pub fn start(authority: Option<&PrivateAuthority>) -> Self {
        let config = authority.map(|authority| authority.server_config(&["127.0.0.1"]));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stage = Arc::new(Stage::default());
        let shared = Arc::clone(&stage);
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let (stage, config) = (Arc::clone(&shared), config.clone());
                let row = {
                    let mut now = stage.lock();
                    now.open += 1;
                    now.row
                };
                std::thread::spawn(move || {
                    socket.set_nodelay(true).unwrap();
                    socket.set_read_timeout(Some(LOOK)).unwrap();
                    let pipe = match &config {
                        None => Pipe::Plain(socket),
                        Some(config) => Pipe::server(socket, config),
                    };
                    attend(pipe, &stage, row);
                    stage.lock().open -= 1;
                    stage.changed.notify_all();
                });
            }
        });
        Self { address, stage }
    }
}

/// One connection of the upstream.
fn attend(pipe: Pipe, stage: &Stage, row: u64) {
    let mut peer = Peer::new(pipe, stage, Vec::new());
    let over = || stage.lock().row != row;
    while peer.got.is_empty() {
        if over() || !peer.fill() {
            return peer.pipe.close();
        }
    }
    let place = {
        let mut now = stage.lock();
        while now.busy && now.row == row {
            now = stage.changed.wait_timeout(now, PATIENCE).unwrap().0;
        }
        now.busy = true;
        now.seen.push(Vec::new());
        now.seen.len() - 1
    };
    loop {
        let step = stage.lock().steps.pop_front();
        let goes_on = if let Some(step) = step {
            peer.act(&step)
        } else {
            stage.lock().busy = false;
            stage.changed.notify_all();
            !over() && peer.fill()
        };
        stage.lock().seen[place].clone_from(&peer.got);
        if !goes_on {
            break;
        }
    }
    peer.pipe.close();
    stage.lock().busy = false;
    stage.changed.notify_all();
    // What a row says after the end is news of the end.
    loop {
        let mut now = stage.lock();
        match now.steps.front() {
            Some(Do::Raise(event)) => {
                let event = *event;
                now.steps.pop_front();
                drop(now);
                stage.raise(event);
            }
            _ => return,
        }
    }
}

/// What a client got.
#[derive(Debug)]
pub struct Got {
    pub bytes: Vec<u8>,
    pub end: End,
}

/// Plays a client against the listener at `address`.
pub fn play(
    stage: &Stage,
    form: Form,
    address: SocketAddr,
    upstream: SocketAddr,
    folder: &Path,
    steps: &[Do],
    methods: Vec<String>,
) -> Got {
    let socket = TcpStream::connect(address).unwrap();
    socket.set_nodelay(true).unwrap();
    socket.set_read_timeout(Some(LOOK)).unwrap();
    let pipe = match form {
        Form::Reverse | Form::Absolute => Pipe::Plain(socket),
        Form::Tunnel => Pipe::through(socket, upstream, &folder.join(".testimony/ca/ca.pem")),
    };
    let mut peer = Peer::new(pipe, stage, methods);
    peer.rewrite = (form == Form::Absolute).then(|| format!("http://{upstream}"));
    for step in steps {
        if !peer.act(step) {
            break;
        }
    }
    let got = Got { bytes: std::mem::take(&mut peer.got), end: peer.end };
    peer.pipe.close();
    got
}

/// One side of a connection.
struct Peer<'s> {
    pipe: Pipe,
    stage: &'s Stage,
    got: Vec<u8>,
    /// How much of `got` was taken as messages.
    taken: usize,
    /// Methods that a client asked with; a server has none.
    methods: VecDeque<String>,
    client: bool,
    rewrite: Option<String>,
    end: End,
}

impl<'s> Peer<'s> {
    fn new(pipe: Pipe, stage: &'s Stage, methods: Vec<String>) -> Self {
        Self {
            pipe,
            stage,
            got: Vec::new(),
            taken: 0,
            client: !methods.is_empty(),
            methods: methods.into(),
            rewrite: None,
            end: End::Open,
        }
    }

    /// Reads what is there; false at the end.
    fn fill(&mut self) -> bool {
        let mut piece = [0; 16 * 1024];
        match self.pipe.read(&mut piece) {
            Ok(0) => self.end = End::Clean,
            Ok(count) => self.got.extend_from_slice(&piece[..count]),
            Err(error) if is_pause(&error) => {}
            Err(_) => self.end = End::Broken,
        }
        self.end == End::Open
    }

    /// Reads until `done`, or the end.
    fn until(&mut self, done: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !done(self) && self.fill() {
            assert!(
                start.elapsed() < PATIENCE,
                "waited too long after {}",
                http1::shown(&self.got)
            );
        }
    }

    /// Does a step; false when the connection is over by it.
    fn act(&mut self, step: &Do) -> bool {
        match step {
            Do::Ask(requests) => {
                let wire: Vec<u8> = requests.iter().flat_map(|r| self.addressed(r)).collect();
                self.send(&wire);
            }
            Do::Send(bytes) => self.send(bytes),
            Do::Until(bytes) => self.until(|peer| contains(&peer.got[peer.taken..], bytes)),
            Do::Message => self.message(),
            Do::OnLeave(body) => {
                self.until(|peer| contains(&peer.got[peer.taken..], b"\r\n\r\n"));
                if contains(&self.got[self.taken..], b" 100 ") {
                    self.send(body);
                }
            }
            Do::Raise(event) => self.stage.raise(event),
            Do::Await(event) => self.stage.wait_for(event),
            Do::HalfClose => self.pipe.half_close(),
            Do::ToEnd => self.until(|_| false),
            Do::Close => return false,
            Do::Reset => {
                self.pipe.will_reset();
                return false;
            }
        }
        true
    }

    fn send(&mut self, bytes: &[u8]) {
        // What can't be sent because the other side is gone shows in what it got.
        let mut rest = bytes;
        let start = Instant::now();
        while !rest.is_empty() && start.elapsed() < PATIENCE {
            match self.pipe.write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(error) if is_pause(&error) => {}
                Err(_) => return,
            }
        }
        let _ = self.pipe.flush();
    }

    /// Reads one more whole request, or one more final response with the interim ones before it.
    fn message(&mut self) {
        // Long bodies are not to be looked at again and again.
        let enough = std::cell::Cell::new(0);
        if !self.client {
            let length = |peer: &Self| {
                if peer.got.len() < enough.get() {
                    return None;
                }
                let (message, rest) = http1::request(&peer.got[peer.taken..])?;
                enough.set(peer.got.len() + message.missing);
                message.whole.then(|| peer.got.len() - rest.len())
            };
            self.until(|peer| length(peer).is_some());
            self.taken = length(self).unwrap_or(self.got.len());
            return;
        }
        let method = self.methods.pop_front().unwrap();
        loop {
            let next = |peer: &Self| {
                if peer.got.len() < enough.get() {
                    return None;
                }
                let (message, rest) = http1::response(&method, &peer.got[peer.taken..])?;
                enough.set(peer.got.len() + message.missing);
                let open = message.framing == http1::Framing::Close && peer.end == End::Open;
                (message.whole && !open).then(|| (message.status(), peer.got.len() - rest.len()))
            };
            self.until(|peer| next(peer).is_some());
            let Some((status, taken)) = next(self) else { return };
            self.taken = taken;
            if status >= 200 || status == 101 {
                return;
            }
        }
    }

    /// The request in the form that this client uses.
    fn addressed(&self, request: &[u8]) -> Vec<u8> {
        let Some(origin) = &self.rewrite else { return request.to_vec() };
        let at = request.windows(2).position(|pair| pair == b" /" || pair == b" *").unwrap() + 1;
        let rest = if request[at] == b'*' { &request[at + 1..] } else { &request[at..] };
        [&request[..at], origin.as_bytes(), rest].concat()
    }
}

fn is_pause(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    wanted.is_empty() || bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Ends the direction of a plain socket.
pub fn end_direction(socket: &TcpStream) {
    let _ = socket.shutdown(Shutdown::Write);
}
