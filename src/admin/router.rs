//! Requests of the admin API and their answers.

use super::{Problem, Report, Start, Status, Variable, guard};
use crate::exchange::{Body, Headers, Response, Target, percent_decoded, reason_phrase};
use crate::net::{Answer, Arrived, Form, Limits, Listener, NetError, Reply, Stop};
use serde::Serialize;
use std::sync::Arc;

/// Most bytes of a request's body.
const LONGEST: u64 = 64 * 1024;

/// What has sessions that can be started and stopped.
pub trait Engine: Send + Sync + 'static {
    /// What it is and does.
    fn status(&self) -> Status;

    /// Every session, by name.
    fn list(&self) -> Vec<Report>;

    /// One session.
    fn find(&self, name: &str) -> Option<Report>;

    /// The values that may be others in the next run, of a session or of what names none; `None` where
    /// there is no such session.
    fn variables(&self, _session: Option<&str>) -> Option<Vec<Variable>> {
        Some(Vec::new())
    }

    /// Starts a session that is not running.
    fn start(&self, order: Start) -> impl Future<Output = Result<Report, Problem>> + Send;

    /// Lets what is under way in a session end, and closes it. Of one that is stopped, what it came
    /// to; `None` where there is none.
    fn stop(&self, name: &str) -> impl Future<Output = Option<Report>> + Send;

    /// The same for all.
    fn stop_all(&self) -> impl Future<Output = Vec<Report>> + Send;
}

/// Serves the admin API of an engine until `stop` is requested, which the API can do itself.
pub async fn serve<E: Engine>(
    listener: Listener,
    engine: Arc<E>,
    stop: Stop,
) -> Result<(), NetError> {
    let limits = Limits { body: LONGEST, ..Limits::default() };
    let router = Router { engine, stop: stop.clone() };
    crate::net::serve(listener, None, limits, Arc::new(router), stop).await
}

struct Router<E> {
    engine: Arc<E>,
    stop: Stop,
}

/// What is done well: the status, and JSON.
struct Done {
    status: u16,
    location: Option<String>,
    json: Vec<u8>,
}

impl<E: Engine> Answer for Router<E> {
    type Found = std::convert::Infallible;

    async fn answer(&self, arrived: Arrived) -> Reply {
        let response = match self.done(&arrived).await {
            Ok(done) => done.response(),
            Err(problem) => problem.response(),
        };
        Reply::of(&response, &arrived.request.method)
    }
}

impl<E: Engine> Router<E> {
    async fn done(&self, arrived: &Arrived) -> Result<Done, Problem> {
        let request = &arrived.request;
        if arrived.form != Form::Origin {
            let detail = "this is the admin API; the proxy has another address";
            return Err(Problem::new(421, "not-a-proxy", detail)
                .hint("the proxy's stands in the line `listening on http://…`"));
        }
        guard::check(request)?;
        let path = Target::parse(&request.target).path;
        let method = match request.method.as_str() {
            "HEAD" => "GET",
            method => method,
        };
        let mut parts = path.trim_matches('/').split('/').map(percent_decoded);
        let rest: Vec<String> = match parts.next().as_deref() {
            Some("testimony") => parts.collect(),
            _ => return Err(unknown_path(path)),
        };
        match (rest.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), method) {
            ([] | ["status"], "GET") => Done::of(200, &self.engine.status()),
            (["sessions"], "GET") => list(self.engine.list()),
            (["sessions"], "POST") => self.start(arrived).await,
            (["sessions"], _) => Err(not_allowed("GET, HEAD, POST")),
            (["sessions", name], "GET") => found(name, self.engine.find(name)),
            (["sessions", name], "DELETE") | (["sessions", name, "stop"], "POST") => {
                found(name, self.engine.stop(name).await)
            }
            (["sessions", _], _) => Err(not_allowed("GET, HEAD, DELETE")),
            (["variables"], "GET") => self.variables(&request.target),
            ([] | ["status" | "variables"], _) => Err(not_allowed("GET, HEAD")),
            (["stop"], "POST") => {
                let stopped = list(self.engine.stop_all().await);
                // This answer is under way, and so still goes out.
                self.stop.request();
                stopped
            }
            (["stop"] | ["sessions", _, "stop"], _) => Err(not_allowed("POST")),
            _ => Err(unknown_path(path)),
        }
    }

    fn variables(&self, target: &str) -> Result<Done, Problem> {
        let pairs = Target::parse(target).query_pairs();
        let session = pairs.into_iter().find(|(name, _)| name == "session").map(|(_, name)| name);
        let Some(variables) = self.engine.variables(session.as_deref()) else {
            return Err(no_session(session.as_deref().unwrap_or_default()));
        };
        Done::of(200, &Variables { session, variables })
    }

    async fn start(&self, arrived: &Arrived) -> Result<Done, Problem> {
        let bytes = arrived.request.body.bytes().unwrap_or_default();
        let order: Start = serde_json::from_slice(bytes).map_err(|error| {
            let status = if error.is_data() { 422 } else { 400 };
            Problem::new(status, "bad-request", format!("body: {error}"))
                .hint("send `{\"name\": \"…\"}`, if wished with `cassette`, `mode` and `port`")
        })?;
        let report = self.engine.start(order).await?;
        let location = format!("/testimony/sessions/{}", encoded(&report.name));
        Ok(Done { location: Some(location), ..Done::of(201, &report)? })
    }
}

impl Done {
    fn of(status: u16, value: &impl Serialize) -> Result<Self, Problem> {
        let mut json = serde_json::to_vec_pretty(value)
            .map_err(|error| Problem::new(500, "internal", error.to_string()))?;
        json.push(b'\n');
        Ok(Self { status, location: None, json })
    }

    fn response(self) -> Response {
        let mut headers = Headers::from([("Content-Type", "application/json")]);
        headers.push("Cache-Control", "no-store");
        if let Some(location) = self.location {
            headers.push("Location", location);
        }
        headers.push("Content-Length", self.json.len().to_string());
        Response {
            status: self.status,
            reason: reason_phrase(self.status).into(),
            headers,
            body: Body::from_bytes(self.json),
            ..Response::default()
        }
    }
}

#[derive(Serialize)]
struct Variables {
    session: Option<String>,
    variables: Vec<Variable>,
}

#[derive(Serialize)]
struct List {
    sessions: Vec<Report>,
}

fn list(reports: Vec<Report>) -> Result<Done, Problem> {
    let sessions = reports.into_iter().map(Report::listed).collect();
    Done::of(200, &List { sessions })
}

fn found(name: &str, report: Option<Report>) -> Result<Done, Problem> {
    let report = report.ok_or_else(|| no_session(name))?;
    Done::of(200, &report.listed())
}

fn no_session(name: &str) -> Problem {
    Problem::new(404, "no-session", format!("there is no session `{}`", name.escape_debug()))
        .hint("GET /testimony/sessions lists those that are there")
}

fn unknown_path(path: &str) -> Problem {
    Problem::new(404, "not-found", format!("nothing is at `{}`", path.escape_debug()))
        .hint("what there is begins with /testimony/: status, sessions, variables, stop")
}

fn not_allowed(methods: &'static str) -> Problem {
    let detail = format!("allowed here: {methods}");
    Problem { allow: Some(methods), ..Problem::new(405, "method", detail) }
}

/// A name as one segment of a path (RFC 3986, section 3.3).
fn encoded(name: &str) -> String {
    percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC).to_string()
}
