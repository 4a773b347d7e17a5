use super::effect::Effect;
use super::rule::Fault;
use crate::exchange::{Headers, Request, Response, SOURCE_HEADER, Source, reason_phrase};
use crate::net::{Cut, Pace, Reply};
use std::collections::BTreeSet;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What a document has for a status code in answer to a request; why it has nothing as a phrase.
pub type Documented = dyn Fn(&Request, u16) -> Result<Response, String> + Send + Sync;

/// Most notes on what no document has.
const MOST_NOTES: usize = 100;

/// The rules in force.
#[derive(Default)]
pub struct Faults {
    rules: Vec<Fault>,
    /// How often each of them struck.
    struck: Vec<AtomicU64>,
    documented: Option<Box<Documented>>,
    keeps_retry_after: bool,
    seed: u64,
    /// Which rules struck what no document has such a status for.
    undocumented: Mutex<BTreeSet<String>>,
}

/// How many requests of a session counted for each rule.
#[derive(Debug, Default)]
pub struct Counts(Mutex<Vec<u64>>);

/// What one request is struck by, all rules together: delays add up, of bandwidths the narrowest
/// holds, of statuses, cuts and media types the first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Strike {
    /// The status of an answer that comes instead, and the rule that wants it.
    status: Option<(u16, String)>,
    cut: Option<Cut>,
    delay: Duration,
    rate: Option<NonZeroU64>,
    /// What the answer says that its body is.
    media_type: Option<String>,
}

impl Faults {
    /// Faults by these rules. `documented` knows the bodies of statuses; `Retry-After` is 0 unless
    /// it is kept as documented.
    pub fn new(
        rules: Vec<Fault>,
        documented: Option<Box<Documented>>,
        keeps_retry_after: bool,
    ) -> Self {
        let struck = rules.iter().map(|_| AtomicU64::new(0)).collect();
        let undocumented = Mutex::default();
        Self { rules, struck, documented, keeps_retry_after, seed: 0, undocumented }
    }

    /// The same faults, of which rates draw by this number.
    #[must_use]
    pub fn seeded(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Whether there is no rule.
    pub const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Counts a request, and answers what it is struck by.
    pub fn strike(&self, request: &Request, counts: &Counts) -> Option<Strike> {
        if self.rules.is_empty() {
            return None;
        }
        let mut counts = counts.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.resize(self.rules.len(), 0);
        let mut strike = None;
        for (index, rule) in self.rules.iter().enumerate() {
            if !rule.wants(request) {
                continue;
            }
            counts[index] += 1;
            if rule.strikes(counts[index], self.seed) {
                self.struck[index].fetch_add(1, Ordering::Relaxed);
                strike.get_or_insert_with(Strike::default).add(rule);
            }
        }
        strike
    }

    /// Lays a strike over an answer.
    pub fn lay(&self, strike: Strike, request: &Request, reply: Reply) -> Reply {
        let Strike { status, cut, delay, rate, media_type } = strike;
        let reply = match status {
            Some((status, rule)) => {
                Reply::of(&self.response(request, status, &rule), &request.method)
            }
            None => reply.marked(SOURCE_HEADER, Source::Fault.as_str()),
        };
        let reply = match media_type {
            Some(media_type) => reply.marked("Content-Type", &media_type),
            None => reply,
        };
        if cut.is_none() && delay.is_zero() && rate.is_none() {
            return reply;
        }
        let pace = reply.pace().cloned().unwrap_or_default().later(delay);
        reply.paced(Pace { rate, cut, ..pace })
    }

    /// The documented response, else problem details; either says that it is a fault's.
    fn response(&self, request: &Request, status: u16, rule: &str) -> Response {
        let documented = self.documented.as_ref().and_then(|known| {
            let noted = |why| self.note(format!("`{rule}`: {why}; answered with problem details"));
            known(request, status).map_err(noted).ok()
        });
        let mut response = documented.unwrap_or_else(|| {
            let (reason, detail) = (reason_phrase(status), format!("laid over by `{rule}`"));
            Reply::problem(status, reason, reason, &detail, Headers::new())
        });
        let names_it = response.headers.contains("retry-after");
        // Documents seldom say that it is always there.
        let wants_one = matches!(status, 429 | 503) && !names_it;
        if wants_one || (names_it && !self.keeps_retry_after) {
            response.headers.set("Retry-After", "0");
        }
        response.headers.remove(SOURCE_HEADER);
        response.headers.push(SOURCE_HEADER, Source::Fault.as_str());
        response
    }

    fn note(&self, note: String) {
        let mut notes = self.undocumented.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.len() < MOST_NOTES {
            notes.insert(note);
        }
    }

    /// Where a status was wanted that the documents do not have for the request: rule and reason.
    pub fn undocumented(&self) -> Vec<String> {
        let notes = self.undocumented.lock().unwrap_or_else(PoisonError::into_inner);
        notes.iter().cloned().collect()
    }

    /// How often a fault struck.
    pub fn struck(&self) -> u64 {
        self.struck.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// The rules that never struck.
    pub fn idle(&self) -> impl Iterator<Item = &Fault> {
        let counted = self.rules.iter().zip(&self.struck);
        counted.filter(|(_, count)| count.load(Ordering::Relaxed) == 0).map(|(rule, _)| rule)
    }
}

impl Strike {
    fn add(&mut self, rule: &Fault) {
        match rule.effect() {
            Effect::Status(status) => {
                self.status.get_or_insert_with(|| (*status, rule.to_string()));
            }
            Effect::Cut(cut) => {
                self.cut.get_or_insert(*cut);
            }
            Effect::Delay(delay) => self.delay = self.delay.saturating_add(*delay),
            Effect::Slow(rate) => {
                self.rate = Some(self.rate.map_or(*rate, |narrower| narrower.min(*rate)));
            }
            Effect::Type(media_type) => {
                self.media_type.get_or_insert_with(|| media_type.clone());
            }
        }
    }

    /// Whether another answer comes in the place of the server's: what was asked for does not happen.
    pub fn replaces(&self) -> bool {
        self.status.is_some() || self.cut == Some(Cut::Reset)
    }
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Faults").field("rules", &self.rules).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(rules: &[&str]) -> Faults {
        Faults::new(rules.iter().map(|rule| rule.parse().unwrap()).collect(), None, false)
    }

    fn get(path: &str) -> Request {
        Request { method: "GET".into(), target: format!("http://h{path}"), ..Request::default() }
    }

    #[test]
    fn requests_count_for_each_rule_and_session() {
        let faults = faults(&["GET /a#2 = 503", "* *#2-3 = delay:5", "GET /b = reset"]);
        let (one, other) = (Counts::default(), Counts::default());
        assert_eq!(faults.strike(&get("/a"), &one), None);
        assert_eq!(faults.strike(&get("/a"), &other), None);
        let second = faults.strike(&get("/a"), &one).unwrap();
        assert_eq!(second.status, Some((503, "GET /a#2 = 503".to_owned())));
        assert_eq!(second.delay, Duration::from_millis(5));
        let third = faults.strike(&get("/a"), &one).unwrap();
        assert_eq!((third.status, third.delay), (None, Duration::from_millis(5)));
        assert_eq!(faults.strike(&get("/a"), &one), None);
        let idle: Vec<String> = faults.idle().map(ToString::to_string).collect();
        assert_eq!((idle, faults.struck()), (vec!["GET /b = reset".to_owned()], 3));
    }

    #[test]
    fn a_status_without_a_document_is_problem_details() {
        let faults = faults(&["GET /a = 503"]);
        let struck = faults.strike(&get("/a"), &Counts::default()).unwrap();
        let recorded = Response { status: 200, ..Response::default() };
        let reply = faults.lay(struck, &get("/a"), Reply::of(&recorded, "GET"));
        let (response, is_whole) = reply.message("GET");
        assert!(is_whole && response.status == 503);
        assert_eq!(response.headers.text("retry-after"), Some("0"));
        assert_eq!(Source::of_response(&response.headers), Source::Fault);
        let body = String::from_utf8_lossy(response.body.bytes().unwrap_or_default()).into_owned();
        assert!(body.contains("laid over by `GET /a = 503`"), "{body}");
    }

    #[test]
    fn who_is_sent_away_is_told_when_to_come_back_whatever_the_document_requires() {
        let rules = ["GET /a#1 = 503", "GET /a#2 = 429", "GET /a#3 = 409"];
        let rules = rules.iter().map(|rule| rule.parse().unwrap()).collect();
        let bare = |_: &Request, status| Ok(Response { status, ..Response::default() });
        let faults = Faults::new(rules, Some(Box::new(bare)), false);
        let counts = Counts::default();
        let told = [Some("0"), Some("0"), None];
        for told in told {
            let struck = faults.strike(&get("/a"), &counts).unwrap();
            let recorded = Response { status: 200, ..Response::default() };
            let reply = faults.lay(struck, &get("/a"), Reply::of(&recorded, "GET"));
            assert_eq!(reply.message("GET").0.headers.text("retry-after"), told);
        }
    }

    #[test]
    fn an_answer_may_say_that_it_is_something_else() {
        let faults = faults(&["GET /a = type:text/html"]);
        let struck = faults.strike(&get("/a"), &Counts::default()).unwrap();
        assert!(!struck.replaces());
        let headers =
            Headers::from([("content-type", "application/json"), ("Content-Length", "2")]);
        let recorded = Response { status: 200, headers, body: "{}".into(), ..Response::default() };
        let (response, _) =
            faults.lay(struck, &get("/a"), Reply::of(&recorded, "GET")).message("GET");
        assert_eq!(response.headers.text("content-type"), Some("text/html"));
        assert_eq!(Source::of_response(&response.headers), Source::Fault);
        assert_eq!(response.body.bytes(), Some("{}".as_bytes()));
    }

    #[test]
    fn a_delayed_answer_is_the_recorded_one_but_for_its_mark() {
        let faults = faults(&["GET /a = delay:7", "GET /a = slow:9", "GET /a = slow:3"]);
        let struck = faults.strike(&get("/a"), &Counts::default()).unwrap();
        let headers =
            Headers::from([("X-a", "1"), ("Testimony-Source", "replay"), ("Content-Length", "2")]);
        let recorded = Response {
            status: 200,
            reason: "Fine".into(),
            headers,
            body: "hi".into(),
            ..Response::default()
        };
        let reply = faults.lay(struck, &get("/a"), Reply::of(&recorded, "GET"));
        let expected =
            "HTTP/1.1 200 Fine\r\nX-a: 1\r\nContent-Length: 2\r\ntestimony-source: fault\r\n\r\nhi";
        assert_eq!(reply.bytes, expected);
        let pace = reply.pace().unwrap();
        assert_eq!((pace.head, pace.rate), (Duration::from_millis(7), NonZeroU64::new(3)));
    }
}
