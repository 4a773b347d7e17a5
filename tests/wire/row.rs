//! A row of the table: what both ends do, and what each of them, the cassette and its replay must
//! then hold. What is not said follows from the requests and responses themselves.

use super::http1;
use super::stage::End;

/// How the client reaches the upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Recorder as a server.
    Reverse,
    /// Recorder as a proxy, plain.
    Absolute,
    /// Recorder as a proxy, TLS on both sides.
    Tunnel,
}

impl Form {
    pub const ALL: [Self; 3] = [Self::Reverse, Self::Absolute, Self::Tunnel];
}

/// A step of one end.
#[derive(Debug, Clone)]
pub enum Do {
    /// Sends whole requests in one write, in the client's form.
    Ask(Vec<Vec<u8>>),
    /// Sends bytes.
    Send(Vec<u8>),
    /// Reads until these bytes came.
    Until(Vec<u8>),
    /// Reads a whole request (upstream), or a final response (client).
    Message,
    /// Reads a head, and sends these bytes only if it is a 100.
    OnLeave(Vec<u8>),
    Raise(&'static str),
    Await(&'static str),
    HalfClose,
    /// Reads to the end.
    ToEnd,
    /// Closes in the way of the protocol; the upstream's next steps are its next connection's.
    Close,
    /// Closes by a reset.
    Reset,
}

/// What a client gets.
#[derive(Debug, Clone)]
pub enum Gets {
    Bytes(Vec<u8>),
    /// These responses, then an answer of ours with this status, as problem details.
    Problem(Vec<u8>, u16),
    Nothing,
}

/// What a client gets from the replay.
#[derive(Debug, Clone)]
enum Replayed {
    AsGot,
    /// What is to be told apart can't be asked of a replayer.
    NotAtAll,
}

/// What the cassette holds of an exchange.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub request: Vec<u8>,
    pub response: Option<Vec<u8>>,
    /// Interim responses, where no response followed them.
    pub interim: Vec<u8>,
    pub error: Option<&'static str>,
    /// The decoded view of the response's body.
    pub view: Option<Vec<u8>>,
    /// The form of the response's body.
    pub form: Option<&'static str>,
}

/// A row of the table.
#[derive(Debug, Clone)]
pub struct Row {
    pub name: &'static str,
    pub forms: Vec<Form>,
    pub requests: Vec<Vec<u8>>,
    pub responses: Vec<Vec<u8>>,
    client: Option<Vec<Do>>,
    server: Option<Vec<Do>>,
    seen: Option<Vec<u8>>,
    got: Option<Gets>,
    replayed: Replayed,
    records: Option<Vec<Wanted>>,
    view: Option<Vec<u8>>,
    form: Option<&'static str>,
    pub end: Option<End>,
    /// Fields whose values are secrets: only their names are compared in what was recorded.
    pub secret: Vec<&'static str>,
}

impl Row {
    pub fn of(name: &'static str) -> Self {
        Self {
            name,
            forms: Form::ALL.to_vec(),
            requests: Vec::new(),
            responses: Vec::new(),
            client: None,
            server: None,
            seen: None,
            got: None,
            replayed: Replayed::AsGot,
            records: None,
            view: None,
            form: None,
            end: None,
            secret: Vec::new(),
        }
    }

    /// A request, whole.
    pub fn ask(mut self, request: impl AsRef<[u8]>) -> Self {
        self.requests.push(request.as_ref().to_vec());
        self
    }

    /// The response to it, whole.
    pub fn answer(mut self, response: impl AsRef<[u8]>) -> Self {
        self.responses.push(response.as_ref().to_vec());
        self
    }

    pub fn client(mut self, steps: Vec<Do>) -> Self {
        self.client = Some(steps);
        self
    }

    pub fn server(mut self, steps: Vec<Do>) -> Self {
        self.server = Some(steps);
        self
    }

    /// Each request is sent when the response before it is there.
    pub fn in_turn(mut self) -> Self {
        let mut steps = Vec::new();
        for request in &self.requests {
            steps.extend([Do::Ask(vec![request.clone()]), Do::Message]);
        }
        steps.extend([Do::HalfClose, Do::ToEnd]);
        self.client = Some(steps);
        self
    }

    /// What the upstream sees, where it is not the requests.
    pub fn seen(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.seen = Some(bytes.as_ref().to_vec());
        self
    }

    /// What the client gets, where it is not the responses.
    pub fn got(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.got = Some(Gets::Bytes(bytes.as_ref().to_vec()));
        self
    }

    pub fn gets(mut self, gets: Gets) -> Self {
        self.got = Some(gets);
        self
    }

    pub fn not_replayed(mut self) -> Self {
        self.replayed = Replayed::NotAtAll;
        self
    }

    /// The proxy refuses it by itself, and nothing is recorded.
    pub fn refused(mut self, status: u16) -> Self {
        self.records = Some(Vec::new());
        self.answered_by_us(status)
    }

    /// The proxy answers it by itself.
    pub fn answered_by_us(mut self, status: u16) -> Self {
        self.seen.get_or_insert_default();
        self.server.get_or_insert_default();
        self.got = Some(Gets::Problem(Vec::new(), status));
        self
    }

    /// The upstream sees it; what it does makes the proxy answer.
    pub fn fails(mut self, status: u16, error: &'static str) -> Self {
        self.got = Some(Gets::Problem(Vec::new(), status));
        let wanted = Wanted::of(&self.requests[0]).error(error);
        self.records(vec![wanted])
    }

    pub fn records(mut self, records: Vec<Wanted>) -> Self {
        self.records = Some(records);
        self
    }

    /// The client gets a part and then a broken connection; that is what is recorded.
    pub fn breaks_off(mut self, part: impl AsRef<[u8]>, error: &'static str) -> Self {
        let part = part.as_ref();
        let wanted = Wanted::of(&self.requests[0]).answered(part).error(error);
        self.got = Some(Gets::Bytes(part.to_vec()));
        self.records(vec![wanted])
    }

    pub fn view(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.view = Some(bytes.as_ref().to_vec());
        self
    }

    pub fn form(mut self, form: &'static str) -> Self {
        self.form = Some(form);
        self
    }

    pub fn ends(mut self, end: End) -> Self {
        self.end = Some(end);
        self
    }

    pub fn secret(mut self, names: &[&'static str]) -> Self {
        self.secret = names.to_vec();
        self
    }

    pub fn only(mut self, forms: &[Form]) -> Self {
        self.forms = forms.to_vec();
        self
    }

    pub fn methods(&self) -> Vec<String> {
        let word = |request: &Vec<u8>| {
            let text = request.trim_ascii_start();
            String::from_utf8_lossy(text.split(|b| *b == b' ').next().unwrap()).into_owned()
        };
        self.requests.iter().map(word).collect()
    }

    pub fn client_steps(&self) -> Vec<Do> {
        self.client.clone().unwrap_or_else(|| {
            let mut steps = vec![Do::Ask(self.requests.clone())];
            steps.extend(self.requests.iter().map(|_| Do::Message));
            steps.extend([Do::HalfClose, Do::ToEnd]);
            steps
        })
    }

    pub fn server_steps(&self) -> Vec<Do> {
        self.server.clone().unwrap_or_else(|| {
            let mut steps = Vec::new();
            for (response, method) in self.responses.iter().zip(self.methods()) {
                steps.extend([Do::Message, Do::Send(response.clone())]);
                let (message, _) = http1::response(&method, response).unwrap();
                let last =
                    message.field("connection").is_some_and(|v| v.eq_ignore_ascii_case(b"close"));
                if last || message.framing == http1::Framing::Close {
                    steps.push(Do::Close);
                }
            }
            steps
        })
    }

    pub fn wanted_seen(&self) -> Vec<u8> {
        self.seen.clone().unwrap_or_else(|| self.requests.concat())
    }

    pub fn wanted_got(&self) -> Gets {
        self.got.clone().unwrap_or_else(|| Gets::Bytes(self.responses.concat()))
    }

    pub fn wanted_replayed(&self) -> Option<Gets> {
        match &self.replayed {
            Replayed::AsGot => Some(self.wanted_got()),
            Replayed::NotAtAll => None,
        }
    }

    pub fn wanted_records(&self) -> Vec<Wanted> {
        self.records.clone().unwrap_or_else(|| {
            let pairs = self.requests.iter().zip(&self.responses);
            pairs
                .map(|(request, response)| Wanted {
                    view: self.view.clone(),
                    form: self.form,
                    ..Wanted::of(request).answered(response)
                })
                .collect()
        })
    }
}

impl Wanted {
    pub fn of(request: &[u8]) -> Self {
        Self {
            request: request.to_vec(),
            response: None,
            interim: Vec::new(),
            error: None,
            view: None,
            form: None,
        }
    }

    pub fn answered(mut self, response: &[u8]) -> Self {
        self.response = Some(response.to_vec());
        self
    }

    pub fn after(mut self, interim: &[u8]) -> Self {
        self.interim = interim.to_vec();
        self
    }

    pub fn error(mut self, error: &'static str) -> Self {
        self.error = Some(error);
        self
    }
}
