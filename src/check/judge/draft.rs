use super::hint::hint;
use crate::check::finding::quoted;
use crate::check::suggest::Edit;
use crate::check::{
    Blame, Few, Finding, Fingerprint, Location, Party, PromiseReference, Rule, Settings, Severity,
    Subject,
};
use crate::exchange::{ExchangeNumber, Request, Target};
use crate::spec::{PageSource, Routed, Spec};

/// A finding before configuration has its say, and without the exchange that it is of.
pub(super) struct Draft {
    pub rule: Rule,
    pub severity: Severity,
    pub at: Location,
    /// What tells this fault from others of the same rule, operation and code; see [`Fingerprint`].
    pub place: String,
    pub promise: PromiseReference,
    pub expected: String,
    pub observed: String,
    pub blame: Option<Blame>,
    /// What to do about it, where the rule alone does not tell.
    pub hint: Option<String>,
    /// What would make it documented.
    pub edits: Vec<Edit>,
}

impl Draft {
    /// A fault at a place that is its own identity.
    pub fn new(rule: Rule, at: Location, promise: PromiseReference) -> Self {
        Self {
            rule,
            severity: rule.default_severity(),
            place: at.to_string(),
            at,
            promise,
            expected: String::new(),
            observed: String::new(),
            blame: None,
            hint: None,
            edits: Vec::new(),
        }
    }

    /// With what would make it documented.
    pub fn suggesting(mut self, edits: impl IntoIterator<Item = Edit>) -> Self {
        self.edits = edits.into_iter().collect();
        self
    }

    /// With what tells where the fault is.
    pub fn blaming(mut self, on: Party, evidence: impl Into<String>) -> Self {
        self.blame = Some(Blame { on, evidence: evidence.into() });
        self
    }

    /// With what to do about it.
    pub fn hinting(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A cassette that does not hold the exchanges that it counts.
    pub fn miscounted(cassette: &str, what: &str) -> Self {
        Self::new(Rule::NotJudged, Location::Status, PromiseReference::default())
            .known_by(format!("miscounted {cassette}"))
            .because("every exchange that the cassette counts", what)
    }

    /// What was wanted and what was there.
    pub fn because(mut self, expected: impl Into<String>, observed: impl AsRef<str>) -> Self {
        self.expected = expected.into();
        self.observed = quoted(observed.as_ref());
        self
    }

    /// Milder, or graver, than its rule.
    pub fn weighing(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// With another identity than its place.
    pub fn known_by(mut self, place: impl Into<String>) -> Self {
        self.place = place.into();
        self
    }

    /// A part of a spec that can't be read.
    pub fn unreadable(spec: &Spec, pointer: &str, what: &str) -> Self {
        Self::new(
            Rule::PromiseUnreadable,
            Location::Body(String::new()),
            reference(spec, pointer, &[]),
        )
        .known_by(pointer)
        .because("a promise that can be read", what)
    }

    /// An exchange that no operation fits; `others` are the operations of its path, if there are any.
    pub fn undocumented_operation(request: &Request, status: u16, others: &[Routed<'_>]) -> Self {
        let promise = others.first().map_or_else(PromiseReference::default, |other| {
            reference(other.spec, &other.operation.pointer, &other.operation.sources)
        });
        let expected = if others.is_empty() {
            "a path that a spec documents".to_owned()
        } else {
            let methods: Vec<&str> =
                others.iter().map(|other| other.operation.method.as_str()).collect();
            format!("{} for this path", methods.join(" or "))
        };
        let target = Target::parse(&request.target);
        let observed = format!("{} {}, answered with {status}", request.method, target.path);
        let at = Location::Status;
        Self::new(Rule::UndocumentedOperation, at, promise).because(expected, observed)
    }

    /// The finding, its severity as configured; [`Finding::shown_by`] adds the exchange.
    pub fn finding(self, subject: &Subject<'_>, settings: &Settings) -> Finding {
        let Subject { operation, method, path, code } = *subject;
        // An operation that is not there is the same fault whatever it answers, and a spec that
        // can't be read is the same whatever shows it.
        let (method, path, known_code) = match self.rule {
            Rule::UndocumentedOperation => (method, path, ""),
            Rule::PromiseUnreadable => (self.promise.spec.as_str(), "", ""),
            _ => (method, path, code),
        };
        let parts = [method, path, operation, known_code, &self.place];
        Finding {
            fingerprint: Fingerprint::of(self.rule, &parts),
            severity: settings.severity(self.rule, self.severity, *subject),
            hint: self.hint.unwrap_or_else(|| hint(self.rule, &self.promise, code)),
            rule: self.rule,
            operation: operation.to_owned(),
            code: code.to_owned(),
            cassette: "".into(),
            exchange: ExchangeNumber(0),
            at: self.at,
            promise: self.promise,
            blame: self.blame.or_else(|| blame(self.rule)),
            curl: String::new(),
            expected: self.expected,
            observed: self.observed,
            exchanges: 0,
            shown: Few::default(),
        }
    }
}

/// Where a rule's findings point, unless more is known of one.
fn blame(rule: Rule) -> Option<Blame> {
    let (on, evidence) = match rule {
        Rule::RequestParameter | Rule::RequestSchema => {
            (Party::Request, "the request breaks the documentation, and the provider took it")
        }
        Rule::UndeservedError => {
            (Party::Disagreement, "the whole request keeps the documentation, and was refused")
        }
        Rule::WrongStatus => {
            (Party::Disagreement, "the provider answers a mistake otherwise than documented")
        }
        Rule::PromiseUnreadable => {
            (Party::Documentation, "nothing can be held to what it says here")
        }
        Rule::UndocumentedStatus
        | Rule::ContentType
        | Rule::ResponseHeader
        | Rule::AllowHeader
        | Rule::ResponseSchema
        | Rule::ErrorBody
        | Rule::UndocumentedField => {
            (Party::Disagreement, "the provider answers otherwise than documented")
        }
        Rule::UndocumentedOperation | Rule::NoPromise | Rule::NotJudged => return None,
    };
    Some(Blame { on, evidence: evidence.to_owned() })
}

/// The promise at a pointer, with the page and line that it was read from; `nearby` are the sources
/// to fall back on where the document names none there.
pub(super) fn reference(spec: &Spec, pointer: &str, nearby: &[PageSource]) -> PromiseReference {
    let here = spec.source_of(pointer);
    let source = here.iter().chain(nearby).find(|source| source.page.is_some());
    PromiseReference {
        spec: spec.path.clone(),
        pointer: pointer.to_owned(),
        page: source.and_then(|source| source.page.clone()),
        line: source.and_then(|source| source.line),
    }
}
