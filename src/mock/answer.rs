use super::body::{self, Made, Want};
use super::prefer::Preferences;
use super::refusal::{Fault, Refusal};
use super::state::{Begun, State};
use super::{credentials, header, request};
use crate::exchange::{
    Body, ERROR_HEADER, Headers, Request, Response, SOURCE_HEADER, Source, Version, reason_phrase,
};
use crate::net::Reply;
use crate::spec::{CodePattern, Operation, Promise, Route, Routed, Sent, Spec, route};
use std::cell::RefCell;

/// Answers requests as specs document it.
#[derive(Debug)]
pub struct Mock {
    specs: Vec<Spec>,
    seed: u64,
    /// Whether bodies are made up where the document has examples.
    dynamic: bool,
    state: Option<State>,
}

/// Who and what a mock that remembers takes for known beside what was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strangers {
    /// Where 403 is documented, the identity that was served first; where 404 is, the first id that an
    /// operation is asked for of what nothing in the documents makes (a project, say).
    Refused,
    /// Everybody and everything.
    Taken,
}

/// What a documented answer is given for.
struct Occasion<'o, 's> {
    request: &'o Request,
    preferences: &'o Preferences,
    /// What was wrong with the request, where something was.
    mistake: Option<String>,
    memory: Option<&'o RefCell<Begun<'s>>>,
}

impl Mock {
    /// A mock of these specs. The same seed gives the same made-up values.
    pub fn new(specs: Vec<Spec>, seed: u64) -> Self {
        Self { specs, seed, dynamic: false, state: None }
    }

    /// The same mock, which makes bodies up where the document has examples, unless a client prefers these.
    #[must_use]
    pub fn dynamic(self) -> Self {
        Self { dynamic: true, ..self }
    }

    /// The same mock, which remembers what is created, changed and deleted. Its memory is bounded: what was
    /// made first is forgotten first.
    #[must_use]
    pub fn stateful(self, strangers: Strangers) -> Self {
        let state = State::new(&self.specs, self.seed, strangers == Strangers::Taken);
        Self { state: Some(state), ..self }
    }

    /// The answer to a request: the same one to the same request, always marked as a mock's.
    pub fn respond(&self, request: &Request) -> Response {
        let mut response = self.decide(request);
        response.headers.set(SOURCE_HEADER, Source::Mock.as_str());
        response
    }

    /// What a document has for a code in answer to a request, whatever is wrong with the request;
    /// why there is nothing, where no document has the code for it, or a body can't be made.
    pub fn promised(&self, request: &Request, code: u16) -> Result<Response, String> {
        let Route::Operation(routed) = route(&self.specs, request) else {
            let path = crate::exchange::Target::parse(&request.target).path;
            return Err(format!("no spec documents `{} {path}`", request.method));
        };
        let operation = routed.operation;
        let promise = operation.promise(code).ok_or_else(|| {
            let codes: Vec<String> =
                operation.promises.iter().map(|promise| promise.code.to_string()).collect();
            format!("`{}` documents {}, not {code}", operation.id.as_str(), codes.join(", "))
        })?;
        let preferences = Preferences::default();
        let occasion = Occasion { request, preferences: &preferences, mistake: None, memory: None };
        let response = self.documented(&routed, code, promise, &occasion);
        if response.status == code && !response.headers.contains(ERROR_HEADER) {
            return Ok(response);
        }
        Err(format!("no body of `{}` can be made for {code}", operation.id.as_str()))
    }

    fn decide(&self, request: &Request) -> Response {
        let query = crate::exchange::Target::parse(&request.target).query_pairs();
        let preferences = match Preferences::of(&request.headers, &query, self.dynamic) {
            Ok(preferences) => preferences,
            Err(error) => return own(400, "preference", &error.to_string()),
        };
        let got = Request { method: "GET".to_owned(), ..request.clone() };
        let routed = match route(&self.specs, request) {
            // A resource that can be read can be asked for its head (RFC 9110, section 9.3.2).
            Route::OtherMethod(others) if request.method == "HEAD" => {
                match route(&self.specs, &got) {
                    Route::Operation(routed) => Ok(routed),
                    _ => Err(others),
                }
            }
            Route::Operation(routed) => Ok(routed),
            Route::OtherMethod(others) => Err(others),
            Route::Unknown => {
                let target = crate::exchange::Target::parse(&request.target);
                let detail = format!("no spec documents `{} {}`", request.method, target.path);
                let occasion =
                    Occasion { request, preferences: &preferences, mistake: None, memory: None };
                return match self.nameless(request, target.path) {
                    Some(routed) => {
                        self.refused(&routed, &Refusal::new(Fault::Missing, detail), occasion)
                    }
                    None => own(404, "unknown-path", &detail),
                };
            }
        };
        let occasion = Occasion { request, preferences: &preferences, mistake: None, memory: None };
        match routed {
            Ok(routed) => self.operation(&routed, occasion),
            Err(others) => self.other_method(&others, occasion),
        }
    }

    /// An operation of a path whose operations are told by name, for a request that names none of them: its
    /// service answers as it does otherwise.
    fn nameless(&self, request: &Request, path: &str) -> Option<Routed<'_>> {
        let all = self.specs.iter().flat_map(|spec| spec.operations.iter().map(move |o| (spec, o)));
        let mut here = all.filter(|(_, operation)| {
            operation.selector.is_some()
                && operation.method == request.method
                && operation.path.split('?').next() == Some(path)
                && operation.promise(404).is_some()
        });
        let (spec, operation) = here.next()?;
        Some(Routed { spec, operation, path_values: Vec::new() })
    }

    fn operation(&self, routed: &Routed<'_>, occasion: Occasion<'_, '_>) -> Response {
        if let Some(code) = occasion.preferences.code {
            return self.wanted(routed, code, &occasion);
        }
        let sent = Sent::of(routed, occasion.request);
        let refusal = credentials::refusal(routed, &sent)
            .or_else(|| self.state.as_ref()?.stranger(routed, &sent))
            .or_else(|| request::refusal(routed, occasion.request, &sent));
        if let Some(refusal) = refusal {
            return self.refused(routed, &refusal, occasion);
        }
        let state = self.state.as_ref().filter(|_| occasion.preferences.example.is_none());
        match state.map(|state| state.begin(routed, &sent)).transpose() {
            Err(refusal) => self.refused(routed, &refusal, occasion),
            Ok(None) => self.success(routed, &occasion),
            Ok(Some(begun)) => {
                let memory = RefCell::new(begun);
                let occasion = Occasion {
                    request: occasion.request,
                    preferences: occasion.preferences,
                    mistake: None,
                    memory: Some(&memory),
                };
                self.success(routed, &occasion)
            }
        }
    }

    /// The success that is documented.
    fn success(&self, routed: &Routed<'_>, occasion: &Occasion<'_, '_>) -> Response {
        let memory = occasion.memory;
        let prefers = |code: u16| memory.is_none_or(|memory| memory.borrow().prefers(code));
        let Some((code, promise)) = success(routed.operation, &prefers) else {
            let detail = format!("`{}` documents no success", routed.operation.id);
            return own(501, "no-success", &detail);
        };
        if body::acceptable(promise, &occasion.request.headers) {
            return self.documented(routed, code, promise, occasion);
        }
        let types: Vec<&str> = promise.media.iter().map(|m| m.media_type.as_str()).collect();
        let mistake = format!("Accept: takes none of {}", types.join(", "));
        let Occasion { request, preferences, .. } = *occasion;
        let occasion = Occasion { request, preferences, mistake: None, memory: None };
        self.refused(routed, &Refusal::new(Fault::Accept, mistake), occasion)
    }

    /// The code that the client asked for.
    fn wanted(&self, routed: &Routed<'_>, code: u16, occasion: &Occasion<'_, '_>) -> Response {
        if code < 200 {
            return own(400, "preference", &format!("{code} is no final answer"));
        }
        if let Some(promise) = routed.operation.promise(code) {
            return self.documented(routed, code, promise, occasion);
        }
        let codes = routed.operation.promises.iter().map(|promise| promise.code.to_string());
        let codes = codes.collect::<Vec<_>>().join(", ");
        let id = &routed.operation.id;
        own(404, "undocumented-code", &format!("`{id}` does not document {code}; it does {codes}"))
    }

    fn refused(
        &self,
        routed: &Routed<'_>,
        refusal: &Refusal,
        occasion: Occasion<'_, '_>,
    ) -> Response {
        let code = refusal.code(routed.operation);
        let mistake = refusal.to_string();
        let mut response = match routed.operation.promise(code) {
            Some(promise) => {
                let occasion = Occasion { mistake: Some(mistake), ..occasion };
                self.documented(routed, code, promise, &occasion)
            }
            None => own(code, refusal.word(), &mistake),
        };
        if code == 401 && !response.headers.contains("www-authenticate") {
            for challenge in credentials::challenges(routed) {
                response.headers.push("WWW-Authenticate", challenge);
            }
        }
        response
    }

    /// A path that is documented for other methods.
    fn other_method(&self, others: &[Routed<'_>], occasion: Occasion<'_, '_>) -> Response {
        let allowed = others.iter().map(|other| other.operation.method.as_str());
        let allowed = allowed.collect::<Vec<_>>().join(", ");
        let method = &occasion.request.method;
        let mistake = format!("{method} is not documented for this path; {allowed} is");
        let mut response = match others.iter().find_map(|o| Some((o, o.operation.promise(405)?))) {
            Some((routed, promise)) => {
                let occasion = Occasion { mistake: Some(mistake), ..occasion };
                self.documented(routed, 405, promise, &occasion)
            }
            None => own(405, "undocumented-method", &mistake),
        };
        response.headers.set("Allow", allowed);
        response
    }

    fn documented(
        &self,
        routed: &Routed<'_>,
        code: u16,
        promise: &Promise,
        occasion: &Occasion<'_, '_>,
    ) -> Response {
        let want = Want {
            code,
            headers: &occasion.request.headers,
            preferences: occasion.preferences,
            mistake: occasion.mistake.as_deref(),
            seed: self.seed,
            memory: occasion.memory,
        };
        let made = match body::make(routed.spec, promise, &want) {
            Ok(made) => made,
            Err(error) => return own(error.status(), error.word(), &error.to_string()),
        };
        let mut headers = Headers::new();
        if let Made::Bytes { media_type, .. } = &made {
            headers.push("Content-Type", media_type);
        }
        if let Err(error) = header::promised(routed.spec, promise, self.seed, &mut headers) {
            return own(501, "cannot-generate", &error.to_string());
        }
        let told = occasion.memory.and_then(|memory| memory.borrow_mut().settle());
        if let Some(id) = told
            && let Some(place) =
                promise.headers.iter().find(|h| h.name.eq_ignore_ascii_case("location"))
        {
            headers.set(&place.name, location(occasion.request, &id));
        }
        if code == 405 {
            headers.set("Allow", other_methods(routed, occasion.request));
        }
        let body = match made {
            Made::Nothing => Body::Empty,
            Made::Bytes { bytes, .. } => Body::from_bytes(bytes),
        };
        if !matches!(code, 204 | 304) {
            headers.push("Content-Length", body.len().to_string());
        }
        Response {
            status: code,
            reason: reason_phrase(code).into(),
            version: Version::Http11,
            headers,
            body,
            trailers: Headers::new(),
        }
    }
}

/// The methods that the path documents beside the one that is refused. None is a list, too
/// (RFC 9110, section 10.2.1).
fn other_methods(routed: &Routed<'_>, request: &Request) -> String {
    let operation = routed.operation;
    let siblings = routed.spec.operations.iter().filter(|other| other.path == operation.path);
    let methods = siblings.map(|other| other.method.as_str());
    methods.filter(|method| *method != request.method).collect::<Vec<_>>().join(", ")
}

/// Where a thing is that a request to its collection made, or one to itself.
fn location(request: &Request, id: &str) -> String {
    let path = crate::exchange::Target::parse(&request.target).path;
    let id = crate::exchange::percent_encoded(id);
    if path.rsplit('/').next() == Some(&id) {
        return path.to_owned();
    }
    format!("{}/{id}", path.trim_end_matches('/'))
}

/// The code of success, and what is promised for it: the lowest 2xx of those preferred, else the lowest,
/// else the lowest 3xx, else 200 where `default` promises it, else the first that is documented.
fn success<'o>(
    operation: &'o Operation,
    prefers: &dyn Fn(u16) -> bool,
) -> Option<(u16, &'o Promise)> {
    let lowest = |class: u16| {
        let named = operation.promises.iter().filter_map(move |promise| match promise.code {
            CodePattern::Code(code) if code / 100 == class => Some((code, promise)),
            CodePattern::Range(range) if u16::from(range) == class => Some((class * 100, promise)),
            _ => None,
        });
        named.min_by_key(|(code, _)| (!prefers(*code), *code))
    };
    let first = || operation.promises.first().map(|promise| (lowest_of(promise.code), promise));
    lowest(2).or_else(|| lowest(3)).or_else(|| Some((200, operation.promise(200)?))).or_else(first)
}

const fn lowest_of(pattern: CodePattern) -> u16 {
    match pattern {
        CodePattern::Code(code) => code,
        CodePattern::Range(class) => class as u16 * 100,
        CodePattern::Default => 200,
    }
}

/// An answer that no document has: problem details of our own.
fn own(status: u16, word: &str, detail: &str) -> Response {
    let headers = Headers::from([(ERROR_HEADER, word)]);
    let phrase = reason_phrase(status);
    Reply::problem(status, phrase, phrase, detail, headers)
}
