//! The values that the rest of the crate sees.

use super::{routing::Router, schema::Judge};
use crate::exchange::Digest;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// One document, normalised to OpenAPI 3.1. Pointers everywhere are JSON pointers (RFC 6901) into
/// [`Spec::document`].
#[derive(Debug)]
pub struct Spec {
    /// The file as it is shown to people.
    pub path: String,
    /// Digest of the file's bytes.
    pub digest: Digest,
    /// `info.title`, or the file's name.
    pub title: String,
    /// `x-family`: the vendor family whose conventions fill what the pages leave open.
    pub family: Option<String>,
    /// Every operation that could be read, in the order of the document.
    pub operations: Vec<Operation>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Formats that its promises name and that nobody knows: no value is held to them.
    pub unknown_formats: Vec<UnknownFormat>,
    /// `x-gateway-codes`: codes that the vendor's gateway is known to give unannounced.
    pub gateway_codes: Vec<u16>,
    /// `x-envelopes`: error bodies that the vendor's gateway is known to use.
    pub envelopes: Vec<Envelope>,
    /// Declared security schemes by name.
    pub security_schemes: BTreeMap<String, SecurityScheme>,
    pub(super) document: Value,
    pub(super) judge: Judge,
    pub(super) router: Router,
}

/// A part of a document that could not be read; the rest of the document is judged all the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Problem {
    /// Where.
    pub pointer: String,
    /// What is wrong with it.
    pub what: String,
}

/// A `format` that is in no registry that is known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownFormat {
    /// Its name.
    pub name: String,
    /// Where it stands, the first time.
    pub pointer: String,
}

/// An operation's name: its `operationId`, else `METHOD /path`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(pub String);

impl OperationId {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A documented endpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Its name, unique in the document.
    pub id: OperationId,
    /// Method in upper case.
    pub method: String,
    /// Path template as documented.
    pub path: String,
    /// Paths of the servers that apply, without a closing slash; `""` for a server at the root and
    /// where none is named.
    pub base_paths: Vec<String>,
    /// The servers that apply.
    pub servers: Vec<Server>,
    /// `x-selector`: what on the wire names the operation where its path does not.
    pub selector: Option<Selector>,
    /// Parameters, those of the path item included.
    pub parameters: Vec<Parameter>,
    /// Request body.
    pub body: Option<RequestBody>,
    /// What is promised for each documented code.
    pub promises: Vec<Promise>,
    /// `summary`.
    pub summary: Option<String>,
    /// Alternatives of authentication, any one of which suffices; empty when none is asked for.
    pub security: Vec<SecurityAlternative>,
    /// Whether the document marks it deprecated.
    pub deprecated: bool,
    /// Where it stands.
    pub pointer: String,
    /// Pages that it was read from.
    pub sources: Vec<PageSource>,
}

impl Operation {
    /// What is promised for a code: the exact one, else its range (`4XX`), else `default`.
    pub fn promise(&self, code: u16) -> Option<&Promise> {
        let find = |wanted: CodePattern| self.promises.iter().find(|p| p.code == wanted);
        let class = u8::try_from(code / 100).unwrap_or(0);
        find(CodePattern::Code(code))
            .or_else(|| find(CodePattern::Range(class)))
            .or_else(|| find(CodePattern::Default))
    }

    /// Whether a code is documented by its own number, not by a range or `default` alone.
    pub fn documents(&self, code: u16) -> bool {
        self.promises.iter().any(|promise| promise.code == CodePattern::Code(code))
    }

    /// Every schema that the operation names itself: of parameters, bodies and headers.
    pub fn schemas(&self) -> impl Iterator<Item = &SchemaRef> {
        let bodies = self.promises.iter().flat_map(|promise| &promise.media);
        let asked = self.body.iter().flat_map(|body| &body.media);
        let headers = self.promises.iter().flat_map(|promise| &promise.headers);
        bodies
            .chain(asked)
            .filter_map(|media| media.schema.as_ref())
            .chain(headers.filter_map(|header| header.parameter.schema.as_ref()))
            .chain(self.parameters.iter().filter_map(|parameter| parameter.schema.as_ref()))
    }
}

/// One of `servers`: where the operation is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The URL as written, variables replaced by their defaults.
    pub url: String,
    /// Host pattern in lower case, a variable as `*`; `None` for a relative URL.
    pub host: Option<String>,
    /// Path without a closing slash; `""` at the root.
    pub base_path: String,
}

/// What on the wire names an operation of an RPC-style API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// Header that carries the value (`x-acs-action`).
    pub header: Option<String>,
    /// Query or form parameter that carries it (`Action`).
    pub query: Option<String>,
    /// The value (`CreateImage`).
    pub value: String,
}

/// Key of the `responses` object (OpenAPI 3.1, section 4.8.16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodePattern {
    /// One code.
    Code(u16),
    /// `4XX`: the first digit.
    Range(u8),
    /// `default`: every code not named.
    Default,
}

impl CodePattern {
    /// Reads a key of `responses`; `None` when it is none of the three.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "default" {
            return Some(Self::Default);
        }
        if text.len() != 3 || !text.is_ascii() {
            return None;
        }
        let class = text.as_bytes()[0].wrapping_sub(b'0');
        if text[1..].eq_ignore_ascii_case("xx") && (1..=5).contains(&class) {
            return Some(Self::Range(class));
        }
        text.parse().ok().filter(|code| (100..=999).contains(code)).map(Self::Code)
    }
}

impl fmt::Display for CodePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "{code}"),
            Self::Range(class) => write!(f, "{class}XX"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// What the documentation says of one operation and one code.
#[derive(Debug, Clone, PartialEq)]
pub struct Promise {
    /// The code, or codes.
    pub code: CodePattern,
    /// `description` of the response.
    pub description: Option<String>,
    /// Bodies by media type; empty when none is described.
    pub media: Vec<MediaPromise>,
    /// Headers.
    pub headers: Vec<HeaderPromise>,
    /// Where it stands, after `$ref`.
    pub pointer: String,
    /// Pages that it was read from.
    pub sources: Vec<PageSource>,
    /// Whether the page itself describes the body: `false` where `x-no-body-documented` says that
    /// what stands in `media` is the family's envelope.
    pub body_documented: bool,
    /// `x-changed`: since when it has been promised so. Of a date its end counts, in UTC.
    pub changed: Option<jiff::Timestamp>,
}

/// A body promised, or asked for, in one media type.
#[derive(Debug, Clone, PartialEq)]
pub struct MediaPromise {
    /// Media type or range as written (`application/json`, `image/*`).
    pub media_type: String,
    /// Its schema.
    pub schema: Option<SchemaRef>,
    /// Examples, in the order of the document.
    pub examples: Vec<Value>,
    /// Where it stands.
    pub pointer: String,
}

/// A header promised with a response.
#[derive(Debug, Clone, PartialEq)]
pub struct HeaderPromise {
    /// Field name as written.
    pub name: String,
    /// Whether it must be there.
    pub required: bool,
    /// How its value is read: always simple style, in the form of a parameter.
    pub parameter: Parameter,
    /// Where it stands, after `$ref`.
    pub pointer: String,
    /// Pages that it was read from.
    pub sources: Vec<PageSource>,
}

/// Where a parameter stands in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A variable of the path template.
    Path,
    /// The query.
    Query,
    /// A header.
    Header,
    /// A cookie.
    Cookie,
}

impl Place {
    /// The word of `in`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }

    /// Reads the word of `in`.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Path, Self::Query, Self::Header, Self::Cookie]
            .into_iter()
            .find(|place| place.as_str() == word)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a parameter's value is written on the wire (OpenAPI 3.1, section 4.8.12.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// `1,2,3`: path and header.
    Simple,
    /// `.1.2.3`: path.
    Label,
    /// `;name=1,2,3`: path.
    Matrix,
    /// `name=1,2,3`, exploded `name=1&name=2`: query and cookie.
    Form,
    /// `1 2 3`: query.
    SpaceDelimited,
    /// `1|2|3`: query.
    PipeDelimited,
    /// Values parted by tab stops: 2.0's `tsv`.
    TabDelimited,
    /// `name[key]=1`: query.
    DeepObject,
    /// `x-style: indexed`: `Name.1=a&Name.2=b`, members `Name.1.Key=a`.
    Indexed,
}

/// A documented parameter.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "marks of the document, each on its own")]
pub struct Parameter {
    /// Its name; header names in the case of the document.
    pub name: String,
    /// Where it stands in a request.
    pub place: Place,
    /// Whether a request without it is wrong.
    pub required: bool,
    /// Its schema.
    pub schema: Option<SchemaRef>,
    /// Media type of its value where `content` describes it.
    pub media_type: Option<String>,
    /// How its value is written.
    pub style: Style,
    /// Whether each item or member is a pair of its own.
    pub explode: bool,
    /// `x-internal`: not for requests that are generated.
    pub internal: bool,
    /// `x-reserved`: kept by the vendor for later.
    pub reserved: bool,
    /// Where it stands, after `$ref`.
    pub pointer: String,
    /// Pages that it was read from.
    pub sources: Vec<PageSource>,
    /// Examples.
    pub examples: Vec<Value>,
}

/// What a request's body must be.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestBody {
    /// Whether a request without a body is wrong.
    pub required: bool,
    /// By media type.
    pub media: Vec<MediaPromise>,
    /// Where it stands, after `$ref`.
    pub pointer: String,
    /// Pages that it was read from.
    pub sources: Vec<PageSource>,
}

/// A schema, by its place in the document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchemaRef {
    /// JSON pointer.
    pub pointer: String,
}

/// A named error body of a vendor's gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Its name.
    pub name: String,
    /// Its schema.
    pub schema: SchemaRef,
}

/// One way to authenticate: all of its schemes together. No schemes: anonymous requests are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityAlternative {
    /// Names of the schemes, keys of [`Spec::security_schemes`].
    pub schemes: Vec<String>,
}

/// A declared security scheme (OpenAPI 3.1, section 4.8.27).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecurityScheme {
    /// A key in a header, the query or a cookie.
    ApiKey {
        /// Where.
        place: Place,
        /// Its name there.
        name: String,
    },
    /// `Authorization` with this scheme (`bearer`, `basic`), in lower case.
    Http {
        /// The scheme.
        scheme: String,
    },
    /// OAuth 2: a bearer token.
    OAuth2,
    /// `OpenID` Connect: a bearer token.
    OpenIdConnect,
    /// A client certificate.
    MutualTls,
    /// A type that this tool does not know.
    Other(String),
}

/// `x-source`: the page, or other knowledge, that a part of the document was read from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PageSource {
    /// The page's file.
    pub page: Option<String>,
    /// Line in it, from 1.
    pub line: Option<u32>,
    /// Whether the page says it, or it was derived from what the page says.
    pub confidence: Option<Confidence>,
    /// The vendor family whose convention filled it in.
    pub family: Option<String>,
    /// The flag of the command line that gave it.
    pub flag: Option<String>,
}

/// How surely a page says what was read from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Confidence {
    /// It stands there.
    Stated,
    /// It follows from what stands there.
    Derived,
}

impl Confidence {
    /// The word of `x-source`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Derived => "derived",
        }
    }
}
