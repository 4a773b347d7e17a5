//! What an importer knows of an operation before it is written down: places, shapes, fields with
//! the rules that their prose states, responses and examples. Every fact keeps its line.

use super::prose::{Relation, Rules};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Where a parameter is sent, when it is not in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the path template.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
    /// In a cookie.
    Cookie,
}

impl Place {
    /// OpenAPI's `in`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

/// Where a parameter is sent, the body included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    In(Place),
    Body,
}

/// A line of a page: its number from 1 in the original file, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: u32,
    pub(super) text: String,
}

/// Which side of the exchange something belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The client sends it.
    Request,
    /// The provider answers it.
    Response,
}

/// A type without inner structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    String,
    Integer,
    /// An integer of 64 bits.
    Long,
    Number,
    Boolean,
}

/// A documented type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    Scalar(Scalar),
    /// Elements' shape, where it is said.
    Array(Option<Box<Shape>>),
    /// An object, by the name of the table that lists its fields where it has one.
    Object(Option<String>),
    /// An object with free keys.
    Map(Option<Box<Shape>>),
    /// A type word that is not known; recorded as a loss.
    Unknown,
}

impl Shape {
    /// The structure that is named here, however deep in arrays.
    pub(super) fn structure(&self) -> Option<&str> {
        match self {
            Self::Object(name) => name.as_deref(),
            Self::Array(Some(inner)) | Self::Map(Some(inner)) => inner.structure(),
            _ => None,
        }
    }

    /// Whether a structure's fields are needed and no name says which.
    pub(super) fn is_unnamed_object(&self) -> bool {
        match self {
            Self::Object(None) => true,
            Self::Array(Some(inner)) => inner.is_unnamed_object(),
            _ => false,
        }
    }

    /// The scalar, where this is one.
    pub(super) fn scalar(&self) -> Option<Scalar> {
        match self {
            Self::Scalar(scalar) => Some(*scalar),
            _ => None,
        }
    }
}

/// How a row of a table that lists objects and their fields one below the other lies in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Nesting {
    /// Marks of depth in front of the name.
    pub(super) depth: usize,
    /// Whether the row names the element of the array above it, and no field.
    pub(super) element: bool,
}

/// One row of a parameter table.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// The wire name, exactly as in the first column.
    pub(super) name: String,
    /// Line of the name.
    pub(super) line: u32,
    pub(super) shape: Shape,
    /// What the mandatory column says; `None` without such a column.
    pub(super) mandatory: Option<bool>,
    /// What the column says of where it is sent.
    pub(super) place: Option<Sent>,
    /// The prose, line by line.
    pub(super) text: Vec<Line>,
    /// An example value from the table.
    pub(super) example: Option<Line>,
    /// What the prose states.
    pub(super) rules: Rules,
    /// The element's own row, for an array that has one.
    pub(super) items: Option<Box<Field>>,
    /// Whether the page only implies the field (from an example).
    pub(super) derived: bool,
    /// Anchors of this page that its row links to.
    pub(super) links: Vec<String>,
    /// Where it lies among the rows of its table.
    pub(super) nesting: Nesting,
}

impl Field {
    /// A field that the page only implies, by its name, its line and its shape.
    pub(super) fn implied(name: &str, line: u32, shape: Shape) -> Self {
        Self {
            name: name.to_owned(),
            line,
            shape,
            mandatory: None,
            place: None,
            text: Vec::new(),
            example: None,
            rules: Rules::default(),
            items: None,
            derived: true,
            links: Vec::new(),
            nesting: Nesting::default(),
        }
    }

    /// The prose in one piece, paragraphs joined by line ends.
    pub(super) fn description(&self) -> String {
        self.text.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// A table of fields: a body, or an object that fields refer to by name.
#[derive(Debug, Clone)]
pub(super) struct Structure {
    pub(super) name: Option<String>,
    pub(super) line: u32,
    pub(super) side: Side,
    pub(super) fields: Vec<Field>,
    /// Whether the page only implies the structure (from an example).
    pub(super) derived: bool,
    /// Rules that bind several of its fields, once all fields are known.
    pub(super) relations: Vec<Relation>,
    /// What of it an example disproved.
    pub(super) released: Released,
    /// The number of its table's caption.
    pub(super) number: Option<u32>,
    /// Names that links lead to its table by.
    pub(super) anchors: Vec<String>,
}

impl Structure {
    /// A structure without a name, which its fields only imply or a table lists.
    pub(super) fn of(fields: Vec<Field>, line: u32, side: Side) -> Self {
        Self {
            name: None,
            line,
            side,
            fields,
            derived: false,
            relations: Vec::new(),
            released: Released::default(),
            number: None,
            anchors: Vec::new(),
        }
    }

    /// Whether an example disproved that a field is mandatory.
    pub(super) fn is_released(&self, name: &str) -> bool {
        self.released.names.contains(name)
    }
}

/// Rules of an object that the page's own example breaks.
#[derive(Debug, Clone, Default)]
pub(super) struct Released {
    /// Fields that are mandatory by the page and left out by the example.
    pub(super) names: BTreeSet<String>,
    /// Which of its rules that bind several fields, by index.
    pub(super) relations: BTreeSet<usize>,
    /// JSON types besides the object that examples show in its place.
    pub(super) types: BTreeSet<&'static str>,
    /// The lines of both sides.
    pub(super) lines: Vec<u32>,
}

/// An example on the page.
#[derive(Debug, Clone)]
pub(super) struct Example {
    pub(super) line: u32,
    pub(super) value: Value,
    /// The line of each value in it, by JSON pointer.
    pub(super) lines: BTreeMap<String, u32>,
    /// Pointers at which it disagrees with what the page says.
    pub(super) contradicted: Vec<String>,
}

/// What a response is documented for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    /// A status code.
    Exact(u16),
    /// A success whose code the page does not tell.
    Success,
}

impl Code {
    pub(super) fn is_success(self) -> bool {
        match self {
            Self::Exact(code) => (200..300).contains(&code),
            Self::Success => true,
        }
    }

    pub(super) fn is_error(self) -> bool {
        matches!(self, Self::Exact(400..))
    }
}

impl std::fmt::Display for Code {
    /// The key of a response (OpenAPI 3.1, section 4.8.16).
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exact(code) => write!(out, "{code}"),
            Self::Success => out.write_str("2XX"),
        }
    }
}

/// A documented status code of one operation.
#[derive(Debug, Clone)]
pub(super) struct Response {
    pub(super) code: Code,
    /// Every line that names the code.
    pub(super) lines: Vec<u32>,
    /// Whether the code itself is written on the page (else the family's success code).
    pub(super) stated: bool,
    pub(super) description: Option<String>,
    pub(super) headers: Vec<Field>,
    pub(super) body: Option<Structure>,
    pub(super) examples: Vec<Example>,
}

impl Response {
    /// A response of which only the code is known.
    pub(super) fn of(code: Code) -> Self {
        Self {
            code,
            lines: Vec::new(),
            stated: true,
            description: None,
            headers: Vec::new(),
            body: None,
            examples: Vec::new(),
        }
    }
}

/// A fact and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// A line of the page, which says so.
    Stated(u32),
    /// A line of the page, from which it follows.
    Derived(u32),
    /// Knowledge of the family.
    Family,
    /// A flag of the operator.
    Flag(String),
}

impl Origin {
    /// The line of the page, where it comes from one.
    pub(super) fn line(&self) -> Option<u32> {
        match self {
            Self::Stated(line) | Self::Derived(line) => Some(*line),
            Self::Family | Self::Flag(_) => None,
        }
    }
}

/// Everything a page says of its operation.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) page: String,
    pub(super) title: Option<Line>,
    /// The first sentence of the page, for pages without a title.
    pub(super) opening: Option<Line>,
    pub(super) method: (String, Origin),
    pub(super) path: (String, Origin),
    pub(super) parameters: Vec<(Place, Field)>,
    pub(super) body: Option<Structure>,
    /// Media types that the page names for the request.
    pub(super) media_type: Option<(String, u32)>,
    pub(super) structures: Vec<Structure>,
    pub(super) responses: Vec<Response>,
    pub(super) request_examples: Vec<Example>,
    /// Targets of example requests.
    pub(super) request_targets: Vec<Line>,
    /// Further methods and paths that the page gives for the same, with their lines.
    pub(super) others: Vec<(String, String, u32)>,
}

impl Operation {
    /// The structure of a name on one side; the other side's where this has none.
    pub(super) fn structure(&self, name: &str, side: Side) -> Option<usize> {
        let named = |wanted: Option<Side>| {
            self.structures.iter().position(|structure| {
                structure.name.as_deref() == Some(name)
                    && wanted.is_none_or(|side| structure.side == side)
            })
        };
        named(Some(side)).or_else(|| named(None))
    }
}
