//! What a parameter table lists: by its caption, by the heading it stands under, and, where a
//! layout has lost both, by its names and its position.

use crate::page::model::{Field, Place, Side};
use crate::page::outline::Table;
use crate::page::vocabulary::{self, Column, Listing, Section};

/// Where on the page the walk is.
#[derive(Debug)]
pub(super) struct Position {
    pub(super) section: Option<Section>,
    pub(super) side: Side,
    pub(super) status: Option<u16>,
    /// A structure that the last heading named.
    pub(super) structure: Option<String>,
    /// What the last heading says that the next table lists.
    pub(super) listing: Option<Listing>,
    /// The side that the next example belongs to.
    pub(super) example_side: Side,
}

impl Default for Position {
    fn default() -> Self {
        Self {
            section: None,
            side: Side::Request,
            status: None,
            structure: None,
            listing: None,
            example_side: Side::Request,
        }
    }
}

impl Position {
    pub(super) fn enter(&mut self, section: Section) {
        self.section = Some(section);
        self.structure = None;
        self.listing = None;
        match section {
            Section::Request | Section::RequestExample | Section::Uri => {
                self.side = Side::Request;
                self.example_side = Side::Request;
                self.status = None;
            }
            Section::Response | Section::ResponseExample => {
                self.side = Side::Response;
                self.example_side = Side::Response;
                self.status = None;
            }
            _ => {}
        }
    }

    pub(super) fn enter_status(&mut self, code: u16) {
        self.status = Some(code);
        self.side = Side::Response;
        self.example_side = Side::Response;
    }

    pub(super) fn in_examples(&self) -> bool {
        matches!(
            self.section,
            Some(Section::Examples | Section::RequestExample | Section::ResponseExample)
        )
    }

    /// Whether JSON here is an example rather than part of an explanation.
    pub(super) fn takes_examples(&self) -> bool {
        !matches!(
            self.section,
            Some(Section::Function | Section::Aside | Section::ErrorCodes | Section::Uri)
        )
    }
}

/// What a table lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lists {
    Parameters(Place),
    /// Parameters of path and query, told apart by the path's variables.
    Target,
    /// Each row says its own place.
    Mixed,
    RequestBody,
    ResponseHeaders,
    ResponseBody,
    /// The fields of an object, by name where the page says it.
    Structure(Option<String>, Side),
}

/// What is known of the operation so far.
pub(super) struct Known<'a> {
    pub(super) template: &'a str,
    pub(super) method: Option<&'a str>,
    /// Whether the family sends every parameter in the query.
    pub(super) all_in_query: bool,
    /// What tables have listed already.
    pub(super) listed: &'a [Lists],
    /// Whether the response that the page is at has its body already.
    pub(super) has_response: bool,
}

const HEADERS: &[&str] = &[
    "accept",
    "accept-language",
    "authorization",
    "content-type",
    "content-length",
    "cookie",
    "date",
    "etag",
    "host",
    "if-match",
    "if-none-match",
    "location",
    "retry-after",
    "user-agent",
];

/// Decides what a table lists, and moves the position to the response's side where it must be.
pub(super) fn decide(
    table: &Table,
    fields: &[Field],
    position: &mut Position,
    known: &Known<'_>,
) -> Lists {
    let heading = position.structure.take();
    let without_flags = !table.columns.contains(&Column::Mandatory);
    // Without headings, the first table that has no mandatory column begins the response.
    if position.section.is_none() && without_flags {
        position.side = Side::Response;
    }
    let announced = position.listing.take();
    if let Some(caption) = &table.caption
        && !vocabulary::says_only_parameters(&caption.text)
    {
        if let Some(name) = vocabulary::object_of(&caption.text) {
            return Lists::Structure(Some(name.to_owned()), position.side);
        }
        if let Some(listing) = vocabulary::listing(&caption.text) {
            return captioned(listing, position);
        }
        let name = vocabulary::object_of_words(&caption.text);
        return Lists::Structure(Some(name.unwrap_or(caption.text.clone())), position.side);
    }
    if let Some(name) = heading {
        return Lists::Structure(Some(name), position.side);
    }
    if let Some(listing) = announced {
        return captioned(listing, position);
    }
    if table.columns.contains(&Column::Location) {
        return Lists::Mixed;
    }
    let all = |fits: &dyn Fn(&str) -> bool| {
        !fields.is_empty() && fields.iter().all(|field| fits(&field.name))
    };
    if position.side == Side::Response {
        position.example_side = Side::Response;
        return if known.has_response {
            Lists::Structure(None, Side::Response)
        } else if all(&is_header) {
            Lists::ResponseHeaders
        } else {
            Lists::ResponseBody
        };
    }
    let in_template = |name: &str| known.template.contains(&format!("{{{name}}}"));
    let bodiless = matches!(known.method, Some("GET" | "HEAD" | "DELETE" | "OPTIONS"));
    let has_query = known.listed.contains(&Lists::Parameters(Place::Query))
        || known.listed.contains(&Lists::Target) && position.section != Some(Section::Uri);
    let has_body = known.listed.iter().any(|own| matches!(own, Lists::RequestBody | Lists::Mixed));
    let query_first = bodiless || position.section == Some(Section::Uri);
    if all(&in_template) {
        Lists::Parameters(Place::Path)
    } else if all(&is_header) {
        Lists::Parameters(Place::Header)
    } else if known.all_in_query {
        Lists::Parameters(Place::Query)
    } else if !has_query && query_first {
        Lists::Target
    } else if !has_body && !bodiless {
        Lists::RequestBody
    } else {
        Lists::Structure(None, Side::Request)
    }
}

fn captioned(listing: Listing, position: &mut Position) -> Lists {
    match listing {
        Listing::Parameters(Place::Header) if position.side == Side::Response => {
            Lists::ResponseHeaders
        }
        Listing::Target if position.side == Side::Request => Lists::Target,
        Listing::Target => Lists::Structure(None, position.side),
        Listing::Parameters(place) => Lists::Parameters(place),
        Listing::RequestBody if position.side == Side::Response => Lists::ResponseBody,
        Listing::RequestBody => Lists::RequestBody,
        Listing::ResponseHeaders => {
            position.side = Side::Response;
            Lists::ResponseHeaders
        }
        Listing::ResponseBody | Listing::StatusCodes => {
            position.side = Side::Response;
            Lists::ResponseBody
        }
    }
}

fn is_header(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.starts_with("x-") || HEADERS.contains(&lower.as_str())
}
