use super::Severity;
use std::fmt;

/// What can be found. The ids ([`Rule::id`]) are part of the contract and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Path and method are documented nowhere.
    UndocumentedOperation,
    /// The operation does not document the code.
    UndocumentedStatus,
    /// A mistake is answered otherwise than documented.
    WrongStatus,
    /// A 4xx that the request gave no cause for.
    UndeservedError,
    /// The response's media type is missing or other than promised.
    ContentType,
    /// A promised response header is missing or other than promised.
    ResponseHeader,
    /// A 405 without `Allow`.
    AllowHeader,
    /// A body breaks the promised schema.
    ResponseSchema,
    /// The body of an error code breaks the promised schema.
    ErrorBody,
    /// A response field that the promise does not name.
    UndocumentedField,
    /// A parameter broke the documentation, and the provider took it.
    RequestParameter,
    /// A request body broke the documentation, and the provider took it.
    RequestSchema,
    /// The code is documented without a schema, and a body came.
    NoPromise,
    /// A part of a spec cannot be read, so nothing can be held to it.
    PromiseUnreadable,
    /// An exchange, or a part of one, that could not be judged.
    NotJudged,
}

impl Rule {
    /// Every rule, in the order of the contract.
    pub const ALL: [Self; 15] = [
        Self::UndocumentedOperation,
        Self::UndocumentedStatus,
        Self::WrongStatus,
        Self::UndeservedError,
        Self::ContentType,
        Self::ResponseHeader,
        Self::AllowHeader,
        Self::ResponseSchema,
        Self::ErrorBody,
        Self::UndocumentedField,
        Self::RequestParameter,
        Self::RequestSchema,
        Self::NoPromise,
        Self::PromiseUnreadable,
        Self::NotJudged,
    ];

    /// The id used on the command line, in configuration and in reports.
    pub const fn id(self) -> &'static str {
        match self {
            Self::UndocumentedOperation => "undocumented-operation",
            Self::UndocumentedStatus => "undocumented-status",
            Self::WrongStatus => "wrong-status",
            Self::UndeservedError => "undeserved-error",
            Self::ContentType => "content-type",
            Self::ResponseHeader => "response-header",
            Self::AllowHeader => "allow-header",
            Self::ResponseSchema => "response-schema",
            Self::ErrorBody => "error-body",
            Self::UndocumentedField => "undocumented-field",
            Self::RequestParameter => "request-parameter",
            Self::RequestSchema => "request-schema",
            Self::NoPromise => "no-promise",
            Self::PromiseUnreadable => "promise-unreadable",
            Self::NotJudged => "not-judged",
        }
    }

    /// Reads an id.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.id() == id)
    }

    /// The severity of the rule unless a configuration says otherwise. Some findings are milder
    /// than their rule ([`Rule::explanation`] says which).
    pub const fn default_severity(self) -> Severity {
        match self {
            Self::AllowHeader | Self::NotJudged => Severity::Warning,
            Self::UndocumentedField | Self::NoPromise => Severity::Info,
            _ => Severity::Error,
        }
    }

    /// Whether the rule can be switched off: only what is information by default.
    pub const fn can_be_off(self) -> bool {
        matches!(self, Self::UndocumentedField | Self::NoPromise)
    }

    /// Whether a finding of this rule speaks of the provider's response, so that at error level it
    /// contradicts the promise for that code.
    pub const fn is_of_response(self) -> bool {
        match self {
            Self::WrongStatus
            | Self::UndeservedError
            | Self::ContentType
            | Self::ResponseHeader
            | Self::AllowHeader
            | Self::ResponseSchema
            | Self::ErrorBody
            | Self::UndocumentedField
            | Self::NoPromise => true,
            Self::UndocumentedOperation
            | Self::UndocumentedStatus
            | Self::RequestParameter
            | Self::RequestSchema
            | Self::PromiseUnreadable
            | Self::NotJudged => false,
        }
    }

    /// What the rule is in one line.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::UndocumentedOperation => "the exchange's path and method are documented nowhere",
            Self::UndocumentedStatus => "the operation does not document the status code",
            Self::WrongStatus => "a mistake is answered otherwise than documented",
            Self::UndeservedError => "a 4xx that the request gave no cause for",
            Self::ContentType => "the response's media type is missing or other than promised",
            Self::ResponseHeader => "a promised response header is missing or other than promised",
            Self::AllowHeader => "a 405 without `Allow`",
            Self::ResponseSchema => "a body breaks the promised schema",
            Self::ErrorBody => "the body of an error code breaks the promised schema",
            Self::UndocumentedField => "a response field that the promise does not name",
            Self::RequestParameter => {
                "a parameter broke the documentation, and the provider took it"
            }
            Self::RequestSchema => "a body broke the documentation, and the provider took it",
            Self::NoPromise => "the code is documented without a schema, and a body came",
            Self::PromiseUnreadable => "a part of a spec cannot be read",
            Self::NotJudged => "an exchange, or a part of one, could not be judged",
        }
    }

    /// What is judged, what is not, and what to do: the text of `check --explain` after the summary.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::UndocumentedOperation => UNDOCUMENTED_OPERATION,
            Self::UndocumentedStatus => UNDOCUMENTED_STATUS,
            Self::WrongStatus => WRONG_STATUS,
            Self::UndeservedError => UNDESERVED_ERROR,
            Self::ContentType => CONTENT_TYPE,
            Self::ResponseHeader => RESPONSE_HEADER,
            Self::AllowHeader => ALLOW_HEADER,
            Self::ResponseSchema => RESPONSE_SCHEMA,
            Self::ErrorBody => ERROR_BODY,
            Self::UndocumentedField => UNDOCUMENTED_FIELD,
            Self::RequestParameter => REQUEST_PARAMETER,
            Self::RequestSchema => REQUEST_SCHEMA,
            Self::NoPromise => NO_PROMISE,
            Self::PromiseUnreadable => PROMISE_UNREADABLE,
            Self::NotJudged => NOT_JUDGED,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

const UNDOCUMENTED_OPERATION: &str = "\
No spec has a path template that fits the request's path, or the path is there without this method.
A 405 is the exception: it counts for every operation of the path that documents 405.
Such exchanges prove nothing; they are listed under `unmatched` by method and path.
Add the operation's spec with `--spec`, or leave the exchange out of the cassette.";

const UNDOCUMENTED_STATUS: &str = "\
The operation lists its codes (exact, as a range such as 4XX, or `default`), and the one that came is
not among them. The body is not judged then: nothing was promised of it.
A warning only where the vendor's gateway is known to give the code: those of the spec's
`x-gateway-codes`, and 413, 414, 429, 431, 494, 502 and 504 everywhere.
Document the code, or have the provider keep to its documentation.";

const WRONG_STATUS: &str = "\
A mistake in the request is documented to lead to one code, and led to another.
Judged from a single `live` exchange where that is certain: the operation documents that credentials
are needed, the request carries none in any documented place, and a 2xx came.
What needs a known mistake (404 for 405, 500 for 400) is judged by `testimony probe`.";

const UNDESERVED_ERROR: &str = "\
Judged in `live` and `imported` exchanges only, and only where one exchange leaves no doubt, in a
request whose parameters and body all keep the documentation:
- 405 to a documented method on a path whose last segment is not a parameter;
- 415 to a documented media type, sent without a content coding.
A 400, 404 or 409 may have a cause that no schema shows, and is left alone.";

const CONTENT_TYPE: &str = "\
The media type of the response is compared with those that the promise lists. Case and parameters
(`charset`) do not count; `application/*` and `application/*+json` in a promise fit what they name.
Also found: a body without `Content-Type`, where a media type is promised.
Where the body can be read as JSON nevertheless it is still held to the schema.";

const RESPONSE_HEADER: &str = "\
A header that the promise requires is missing, or a documented header's value breaks its schema.
Headers that the promise does not name are never a finding.";

const ALLOW_HEADER: &str = "\
RFC 9110 (section 15.5.6) requires `Allow` in every 405, listing the methods that the path takes.
A warning, because few providers' own documentation says so; an error where the promise for 405
itself requires the header.";

const RESPONSE_SCHEMA: &str = "\
The body of a response below 400 breaks the schema of its promise, is empty where a body is promised,
or is not what its media type says (JSON that does not parse: line and column are given).
A keyword that the page contradicts by its own example is judged loosened; what was written is kept
beside it and judged as a warning. Values that redaction replaced are not held to formats.";

const ERROR_BODY: &str = "\
As `response-schema`, for codes from 400. Where the body is none of what is promised but one of the
envelopes that the vendor's gateway is known to use, the finding says so. A code whose page documents
no body is held to those envelopes leniently: any of them will do, and another body is `no-promise`.";

const UNDOCUMENTED_FIELD: &str = "\
An object in the response holds a field that no part of its schema names. Not found where the schema
says that more may come (`additionalProperties`, `patternProperties`) or names no field at all.
Information by default: adding fields is how most APIs grow. Raise it in `testimony.toml` to hold
a provider to its documentation exactly.";

const REQUEST_PARAMETER: &str = "\
A required parameter is missing, or a value breaks the documented type, range, pattern or enumeration,
and the answer was a 2xx or 3xx: the documentation is stricter than the provider. Speaks of the
documentation, so it does not contradict the code's promise in the ledger.";

const REQUEST_SCHEMA: &str = "\
A required body is missing, has an undocumented media type, or breaks the documented schema, and the
answer was a 2xx or 3xx: the documentation is stricter than the provider. Speaks of the
documentation, so it does not contradict the code's promise in the ledger.";

const NO_PROMISE: &str = "\
The documentation lists the code, and says nothing that a body could be held to; a body came.
Such an exchange shows the code and can break nothing. Document the body's schema.";

const PROMISE_UNREADABLE: &str = "\
A reference that leads nowhere, or a schema that cannot be built. Only this part of the spec is left
out; what depends on it is not judged and never counts as proven.
Mend the spec at the place named: `testimony spec lint` shows them all.";

const NOT_JUDGED: &str = "\
Something kept a part of an exchange from being judged: a body that is not in memory, a content coding
that this version does not know, a response that broke off, a media type that a schema can't be held
to. The exchange shows its code, but does not prove it.";

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_read_back() {
        let ids: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        assert_eq!(ids.len(), Rule::ALL.len());
        for rule in Rule::ALL {
            assert_eq!(Rule::parse(rule.id()), Some(rule));
            assert!(rule.id().chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{rule}");
        }
        assert_eq!(Rule::parse("response"), None);
    }

    #[test]
    fn every_rule_of_the_contract_is_there() {
        for id in "undocumented-operation undocumented-status wrong-status undeserved-error \
                   content-type response-header allow-header response-schema error-body \
                   undocumented-field request-parameter request-schema no-promise"
            .split_whitespace()
        {
            assert!(Rule::parse(id).is_some(), "{id}");
        }
    }

    #[test]
    fn explanations_are_of_their_own() {
        let texts: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.explanation()).collect();
        assert_eq!(texts.len(), Rule::ALL.len());
        for rule in Rule::ALL {
            assert!(rule.explanation().lines().all(|line| line.chars().count() <= 104), "{rule}");
        }
    }
}
