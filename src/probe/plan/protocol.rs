//! What HTTP itself refuses: bodies that can't be read, methods, media types, preconditions, sizes.

use super::constraints::REFUSED;
use super::{Answers, Kind, Making, Recipe, Step};
use crate::check::with_query_text;
use crate::exchange::{Body, Request};
use crate::spec::{CodePattern, Place, Route, route};

/// A media type that nobody documents.
const MEDIA: &str = "application/x-testimony";
/// Methods that may not be documented, those first that change nothing.
const METHODS: [&str; 4] = ["GET", "PUT", "PATCH", "POST"];
/// Most methods that one path is asked with.
const MOST_METHODS: usize = 3;
/// Size of a body, of a query and of a header that are too large, in bytes.
const LARGE_BODY: usize = 8 * 1024 * 1024;
const LARGE_QUERY: usize = 48 * 1024;
const LARGE_HEADER: usize = 40 * 1024;

/// Headers that make a request conditional (RFC 9110, section 13.1).
const CONDITIONS: [&str; 2] = ["if-match", "if-unmodified-since"];

impl Making<'_, '_> {
    /// Bodies that can't be read as what they are called.
    pub(super) fn syntax(&self, recipes: &mut Vec<Recipe>) {
        let (Some(body), Some((code, answers))) = (&self.base.body, self.aim(&REFUSED)) else {
            return;
        };
        if self.base.form.is_some() {
            return self.parts(code, answers, recipes);
        }
        let documented = |code: &u16| self.operation.promise(*code).is_some();
        let answers = Answers { unclear: vec![403], ..answers };
        let text = body.to_string();
        let cut =
            text.char_indices().nth(text.chars().count() * 2 / 3).map_or(1, |(at, _)| at.max(1));
        let mut request = self.base.request.clone();
        request.body = Body::from_bytes(text[..cut].to_owned());
        let step = Step::Send(Box::new(request.clone()));
        let change = "JSON that ends in the middle";
        recipes.push(self.recipe(
            code,
            "malformed JSON",
            change,
            Kind::Syntax,
            step,
            answers.clone(),
        ));
        let answers = Answers {
            also: answers
                .also
                .iter()
                .copied()
                .chain([415].into_iter().filter(documented))
                .collect(),
            ..answers
        };
        request.body = Body::from_bytes(b"\xff\xfe{\"\xc3\x28\":".to_vec());
        let change = "bytes that are no UTF-8";
        let step = Step::Send(Box::new(request));
        recipes.push(self.recipe(code, "wrong encoding", change, Kind::Coding, step, answers));
    }

    /// A body of parts that does not say what stands between them (RFC 2046, section 5.1.1).
    fn parts(&self, code: CodePattern, answers: Answers, recipes: &mut Vec<Recipe>) {
        let content_type = self.base.request.headers.text("content-type").unwrap_or_default();
        let Some((media, _)) = content_type.split_once("; boundary=") else { return };
        let mut request = self.base.request.clone();
        request.headers.set("Content-Type", media);
        let also = [415].into_iter().filter(|code| self.operation.promise(*code).is_some());
        let also = answers.also.iter().copied().chain(also).collect();
        let answers = Answers { also, unclear: vec![403], ..answers };
        let (kind, step) = (Kind::Syntax, Step::Send(Box::new(request)));
        let change = format!("`Content-Type: {media}` alone");
        recipes.push(self.recipe(code, "no boundary", &change, kind, step, answers));
    }

    pub(super) fn protocol(&self, recipes: &mut Vec<Recipe>) {
        self.methods(recipes);
        self.acceptance(recipes);
        self.media(recipes);
        self.preconditions(recipes);
        self.sizes(recipes);
    }

    fn methods(&self, recipes: &mut Vec<Recipe>) {
        if !self.operation.documents(405) {
            return;
        }
        let is_free = |method: &str| {
            let request = Request { method: method.to_owned(), ..self.base.request.clone() };
            matches!(route(self.specs, &request), Route::OtherMethod(_))
        };
        let most = if self.path_is_shown { 1 } else { MOST_METHODS };
        let rpc = self.operation.selector.is_some();
        let methods = METHODS.into_iter().filter(|method| !rpc && is_free(method));
        for method in methods.take(most) {
            let mut request = self.base.request.clone();
            method.clone_into(&mut request.method);
            request.body = Body::Empty;
            request.headers.remove("content-type");
            // On a path with variables a service may look for the resource first, where it says so.
            let also = [404].into_iter().filter(|_| self.operation.path.contains('{'));
            let answers = Answers {
                wanted: vec![405],
                unclear: also.filter(|code| self.operation.documents(*code)).collect(),
                ..Answers::default()
            };
            let step = Step::Send(Box::new(request));
            let change = format!("{method}, which the path does not document");
            let (code, name) = (CodePattern::Code(405), format!("method {method}"));
            recipes.push(self.recipe(code, &name, &change, Kind::Method, step, answers));
        }
    }

    fn acceptance(&self, recipes: &mut Vec<Recipe>) {
        let mut request = self.base.request.clone();
        request.headers.set("Accept", MEDIA);
        let answers = Answers {
            wanted: vec![406],
            taken: Some("a service may disregard `Accept` (RFC 9110, section 12.4.1)"),
            ..Answers::default()
        };
        let change = format!("`Accept: {MEDIA}`");
        self.add_exact(
            406,
            "nothing acceptable",
            &change,
            Kind::Acceptance,
            request,
            answers,
            recipes,
        );
    }

    fn media(&self, recipes: &mut Vec<Recipe>) {
        if self.base.request.body.is_empty() {
            return;
        }
        let mut request = self.base.request.clone();
        request.headers.set("Content-Type", MEDIA);
        let covered = |code: &u16| self.operation.promise(*code).is_some();
        let also = REFUSED.into_iter().filter(covered).collect();
        let answers = Answers { wanted: vec![415], also, ..Answers::default() };
        let change = format!("`Content-Type: {MEDIA}`");
        self.add_exact(415, "media type", &change, Kind::MediaType, request, answers, recipes);
    }

    fn preconditions(&self, recipes: &mut Vec<Recipe>) {
        let documented = self.operation.parameters.iter().find(|parameter| {
            parameter.place == Place::Header
                && CONDITIONS.iter().any(|name| parameter.name.eq_ignore_ascii_case(name))
        });
        let taken = documented
            .is_none()
            .then_some("the document names no header that makes the request conditional");
        let mut request = self.base.request.clone();
        request.headers.set("If-Match", "\"testimony-stale\"");
        let answers =
            Answers { wanted: vec![412], taken, unclear: vec![404], ..Answers::default() };
        let (kind, change) = (Kind::Precondition, "`If-Match` with a tag of no version");
        self.add_exact(412, "stale version", change, kind, request, answers, recipes);
        let mut request = self.base.request.clone();
        for name in CONDITIONS {
            request.headers.remove(name);
        }
        let answers = Answers { wanted: vec![428], unclear: vec![404, 400], ..Answers::default() };
        let change = "no header that makes the request conditional";
        self.add_exact(428, "unconditional", change, kind, request, answers, recipes);
    }

    fn sizes(&self, recipes: &mut Vec<Recipe>) {
        let kind = Kind::Size;
        let taken = Some("the service takes more than was sent, and documents no size");
        let of = |code: u16| {
            let unclear = vec![400, 431, 414];
            Answers { wanted: vec![code], unclear, taken, ..Answers::default() }
        };
        if let (Some(body), true) = (&self.base.body, self.operation.documents(413)) {
            let mut bytes = body.to_string().into_bytes();
            bytes.resize(LARGE_BODY, b' ');
            let request = Request { body: Body::from_bytes(bytes), ..self.base.request.clone() };
            let change = format!("a body of {} MiB, most of it spaces", LARGE_BODY / 1024 / 1024);
            self.add_exact(413, "large body", &change, kind, request, of(413), recipes);
        }
        if self.operation.documents(414) {
            let mut request = self.base.request.clone();
            request.target =
                with_query_text(&request.target, "testimony", &"a".repeat(LARGE_QUERY));
            let change = format!("a query of {} KiB", LARGE_QUERY / 1024);
            self.add_exact(414, "long target", &change, kind, request, of(414), recipes);
        }
        if self.operation.documents(431) {
            let mut request = self.base.request.clone();
            request.headers.set("X-Testimony", "a".repeat(LARGE_HEADER));
            let change = format!("a header of {} KiB", LARGE_HEADER / 1024);
            self.add_exact(431, "large header", &change, kind, request, of(431), recipes);
        }
    }

    /// A recipe for a code that is documented by itself.
    #[expect(clippy::too_many_arguments, reason = "the parts of a recipe, each on its own")]
    fn add_exact(
        &self,
        code: u16,
        name: &str,
        change: &str,
        kind: Kind,
        request: Request,
        answers: Answers,
        recipes: &mut Vec<Recipe>,
    ) {
        if self.operation.documents(code) {
            let step = Step::Send(Box::new(request));
            recipes.push(self.recipe(CodePattern::Code(code), name, change, kind, step, answers));
        }
    }
}
