//! The walk over a page's blocks, and what it remembers on the way.

use super::tables::{Lists, Position};
use super::{Given, fields, flat, links, missing, nesting, shows_success, tables, template};
use crate::page::model::{
    Code, Example, Field, Line, Operation, Origin, Place, Response, Sent, Side, Structure,
};
use crate::page::outline::{Block, Row, Table, locate};
use crate::page::vocabulary::{self, Column, Section};
use crate::page::{Loss, PageError};
use serde_json::Value;
use std::collections::BTreeSet;

/// Most tables of a page that are read.
const TABLES_LIMIT: usize = 200;
/// Most examples of a page that are kept.
const EXAMPLES_LIMIT: usize = 32;
/// Most URIs of one page.
const URIS_LIMIT: usize = 8;
/// Most lines that are noted for one code.
const LINES_LIMIT: usize = 16;

/// An operation while its page is read.
pub(in crate::page) struct Assembly<'a> {
    given: &'a Given<'a>,
    losses: Vec<Loss>,
    position: Position,
    /// Text before the first heading, by which a title is told.
    opening: Vec<Line>,
    /// Whether the first heading is the one that titles stand right above.
    titled: bool,
    headed: bool,
    method: Option<(String, Origin)>,
    path: Option<(String, Origin)>,
    parameters: Vec<(Place, Field)>,
    body: Option<Structure>,
    structures: Vec<Structure>,
    responses: Vec<Response>,
    /// A response whose code no heading has told yet.
    uncoded: Option<Response>,
    request_examples: Vec<Example>,
    request_targets: Vec<Line>,
    /// Further methods and paths that the page gives its operation.
    others: Vec<(String, String, u32)>,
    /// Every method and path without a host.
    addresses: BTreeSet<(String, String)>,
    /// Whether the last request line has its example already.
    asked: bool,
    tables: usize,
    /// What each of them lists.
    listed: Vec<Lists>,
    examples: usize,
}

impl<'a> Assembly<'a> {
    pub(in crate::page) fn new(given: &'a Given<'a>) -> Self {
        Self {
            given,
            losses: Vec::new(),
            position: Position::default(),
            opening: Vec::new(),
            titled: false,
            headed: false,
            method: given.method.clone(),
            path: given.path.clone(),
            parameters: Vec::new(),
            body: None,
            structures: Vec::new(),
            responses: Vec::new(),
            uncoded: None,
            request_examples: Vec::new(),
            request_targets: Vec::new(),
            others: Vec::new(),
            addresses: BTreeSet::new(),
            asked: false,
            tables: 0,
            listed: Vec::new(),
            examples: 0,
        }
    }

    pub(in crate::page) fn lose(&mut self, line: u32, reason: String) {
        self.losses.push(Loss { page: self.given.page.to_owned(), line, reason });
    }

    /// Takes in the next block.
    pub(in crate::page) fn read(&mut self, block: Block) {
        match block {
            Block::Section(section) => self.section(section),
            Block::Status(code, line) => {
                self.position.enter_status(code);
                self.named_response(code, line);
            }
            Block::Structure(name) => self.position.structure = Some(name),
            Block::Listing(listing) => self.position.listing = Some(listing),
            Block::RequestLine { method, target, line } => self.request_line(method, target, line),
            Block::Text(line) => self.text(line),
            Block::Table(table) => self.table(table),
            Block::Prototype(pairs) => self.prototype(&pairs),
            Block::Json { line, text, value } => self.json(line, &text, value),
        }
    }

    fn section(&mut self, section: Section) {
        if !self.headed {
            self.headed = true;
            self.titled = section == Section::Function;
        }
        self.position.enter(section);
    }

    fn text(&mut self, line: Line) {
        if self.position.section == Some(Section::StatusCodes)
            && let Some((code, _)) = vocabulary::status_code(&line.text)
        {
            self.named_response(code, line.number);
        }
        let opens = !self.headed || self.position.section == Some(Section::Function);
        if opens && self.tables == 0 && self.opening.len() < 40 {
            self.opening.push(line);
        }
        self.headed |= self.opening.len() >= 40;
    }

    fn request_line(&mut self, method: String, target: String, line: u32) {
        self.headed = true;
        let path = path_of(&target);
        if !target.contains("://") && self.addresses.len() <= URIS_LIMIT {
            self.addresses.insert((method.clone(), path.clone()));
        }
        let open = self.method.is_none() || self.path.is_none();
        if open && !self.position.in_examples() {
            self.method.get_or_insert((method, Origin::Stated(line)));
            self.path.get_or_insert((path, Origin::Stated(line)));
            return;
        }
        if self.position.section == Some(Section::Uri) && self.others.len() < URIS_LIMIT {
            let known = |own: &(String, String, u32)| own.0 == method && own.1 == path;
            let first = self.method.as_ref().is_some_and(|own| own.0 == method)
                && self.path.as_ref().is_some_and(|own| own.0 == path);
            if !first && !self.others.iter().any(known) {
                self.others.push((method, path, line));
            }
            return;
        }
        self.position.example_side = Side::Request;
        self.asked = false;
        self.request_targets.push(Line { number: line, text: target });
    }

    fn prototype(&mut self, pairs: &[(Line, Line)]) {
        use vocabulary::PrototypeKey;
        self.headed = true;
        for (key, value) in pairs {
            let fact = |text: String| Some((text, Origin::Stated(value.number)));
            match vocabulary::prototype_key(&key.text) {
                Some(PrototypeKey::Method) if self.method.is_none() => {
                    self.method = fact(value.text.to_uppercase());
                }
                Some(PrototypeKey::Path) if self.path.is_none() => {
                    self.path = fact(path_of(&value.text));
                }
                _ => {}
            }
        }
    }

    fn json(&mut self, line: u32, text: &str, value: Value) {
        if !self.position.takes_examples() {
            return;
        }
        self.examples += 1;
        if self.examples > EXAMPLES_LIMIT {
            self.lose(line, format!("more than {EXAMPLES_LIMIT} examples"));
            return;
        }
        // Without headings, what follows an example request of one line is its answer.
        let answered = self.position.section.is_none() && self.asked && self.has_response_body();
        if answered && self.position.example_side == Side::Request {
            self.position.example_side = Side::Response;
        }
        self.asked = self.position.example_side == Side::Request;
        let lines = locate(text, line);
        let example = Example { line, value, lines, contradicted: Vec::new() };
        match (self.position.example_side, self.position.status) {
            (Side::Request, _) => self.request_examples.push(example),
            (Side::Response, Some(code)) => self.response(code).examples.push(example),
            (Side::Response, None) => self.uncoded(line).examples.push(example),
        }
    }

    /// The response of a code, made where there is none.
    fn response(&mut self, code: u16) -> &mut Response {
        let code = Code::Exact(code);
        let at = self.responses.iter().position(|response| response.code == code);
        let at = at.unwrap_or_else(|| {
            self.responses.push(Response::of(code));
            self.responses.len() - 1
        });
        &mut self.responses[at]
    }

    /// The response of a code that a line names.
    fn named_response(&mut self, code: u16, line: u32) -> &mut Response {
        let response = self.response(code);
        if response.lines.len() < LINES_LIMIT && !response.lines.contains(&line) {
            response.lines.push(line);
        }
        response
    }

    fn uncoded(&mut self, line: u32) -> &mut Response {
        let known = self.given.family.and_then(|family| family.success);
        let success = known.map_or(Code::Success, Code::Exact);
        self.uncoded.get_or_insert_with(|| Response {
            lines: vec![line],
            stated: false,
            ..Response::of(success)
        })
    }

    fn table(&mut self, table: Table) {
        if table.columns.contains(&Column::StatusCode) {
            self.codes(&table);
            return;
        }
        if self.position.section == Some(Section::ErrorCodes) {
            return;
        }
        self.headed = true;
        self.tables += 1;
        if self.tables > TABLES_LIMIT {
            return;
        }
        let mut losses = Vec::new();
        let read = fields::read(&table, &mut losses);
        for (line, reason) in losses {
            self.lose(line, reason);
        }
        let template = self.path.as_ref().map_or("", |(path, _)| path.as_str());
        let known = tables::Known {
            template,
            method: self.method.as_ref().map(|(method, _)| method.as_str()),
            all_in_query: self.given.family.is_some_and(|family| family.selector.is_some()),
            listed: &self.listed,
            has_response: self.has_response_body(),
        };
        let lists = tables::decide(&table, &read, &mut self.position, &known);
        self.listed.push(lists.clone());
        let number = table.caption.as_ref().and_then(|caption| caption.number);
        let table = Structure {
            number,
            anchors: table.anchors,
            ..Structure::of(read, table.line, self.position.side)
        };
        self.file(lists, table);
    }

    fn has_response_body(&self) -> bool {
        match self.position.status {
            Some(code) => {
                let code = Code::Exact(code);
                self.responses.iter().any(|own| own.code == code && own.body.is_some())
            }
            None => self.uncoded.as_ref().is_some_and(|response| response.body.is_some()),
        }
    }

    /// Puts a table's fields where they belong.
    fn file(&mut self, lists: Lists, table: Structure) {
        let line = table.line;
        match lists {
            Lists::Parameters(place) => {
                self.parameters.extend(table.fields.into_iter().map(|field| (place, field)));
            }
            Lists::Target => {
                for field in table.fields {
                    let place =
                        if self.is_variable(&field.name) { Place::Path } else { Place::Query };
                    self.parameters.push((place, field));
                }
            }
            Lists::Mixed => self.mixed(table),
            Lists::RequestBody => match &mut self.body {
                None => self.body = Some(Structure { side: Side::Request, ..table }),
                Some(body) => {
                    unite(body, table);
                    let reason = "several tables of the request's body: read as one";
                    self.lose(line, reason.to_owned());
                }
            },
            Lists::ResponseHeaders => {
                let response = match self.position.status {
                    Some(code) => self.response(code),
                    None => self.uncoded(line),
                };
                response.headers.extend(table.fields);
            }
            Lists::ResponseBody => {
                let body = Structure { side: Side::Response, ..table };
                let response = match self.position.status {
                    Some(code) => self.response(code),
                    None => self.uncoded(line),
                };
                if response.body.is_none() {
                    response.body = Some(body);
                } else {
                    self.lose(line, "a second table of the same response's body".to_owned());
                }
            }
            Lists::Structure(name, side) => {
                self.structures.push(Structure { name, side, ..table });
            }
        }
    }

    /// A table whose rows say their own place each.
    fn mixed(&mut self, table: Structure) {
        let (line, mut body, mut lost) = (table.line, Vec::new(), 0);
        for field in table.fields {
            match field.place {
                Some(Sent::In(place)) => self.parameters.push((place, field)),
                Some(Sent::Body) => body.push(field),
                None => lost += 1,
            }
        }
        if lost > 0 {
            self.lose(line, format!("{lost} rows do not say where they are sent"));
        }
        if !body.is_empty() {
            self.body = Some(Structure::of(body, line, Side::Request));
        }
    }

    fn is_variable(&self, name: &str) -> bool {
        self.path.as_ref().is_some_and(|(path, _)| path.contains(&format!("{{{name}}}")))
    }

    /// A table of status codes, or of error codes with the status they come with.
    fn codes(&mut self, table: &Table) {
        self.headed = true;
        let at = table.position(Column::StatusCode).unwrap_or_default();
        let prose = table.position(Column::Description);
        let plain = !table.columns.contains(&Column::ErrorCode);
        for Row { cells } in &table.rows {
            let (text, line) = (cells[at].text(), cells[at].line().unwrap_or(table.line));
            let Some((code, reason)) = vocabulary::status_code(&text) else {
                if !text.is_empty() {
                    self.lose(line, format!("`{text}` is no status code"));
                }
                continue;
            };
            let reason = (!reason.is_empty()).then(|| reason.to_owned());
            let described = prose.map(|at| cells[at].text()).filter(|text| !text.is_empty());
            let response = self.named_response(code, line);
            if plain && response.description.is_none() {
                response.description = described.or(reason);
            }
        }
    }

    /// The operation, once the whole page is read.
    pub(in crate::page) fn finish(mut self) -> Result<(Operation, Vec<Loss>), PageError> {
        let page = self.given.page.to_owned();
        let Some(method) = self.method.take() else {
            return Err(PageError::NoMethod { page, tables: self.tables });
        };
        let Some(path) = self.path.take() else { return Err(PageError::NoPath { page }) };
        if self.tables > TABLES_LIMIT {
            return Err(PageError::TooMany { page, what: "tables", limit: TABLES_LIMIT });
        }
        if self.tables == 0 && self.responses.is_empty() {
            return Err(PageError::NoTables { page, addresses: self.addresses() });
        }
        self.settle_success();
        let (title, opening) = self.title();
        let mut operation = Operation {
            page,
            title,
            opening,
            method,
            path,
            parameters: self.parameters,
            body: self.body,
            media_type: None,
            structures: self.structures,
            responses: self.responses,
            request_examples: self.request_examples,
            request_targets: self.request_targets,
            others: self.others,
        };
        // A table that is captioned as the query's stays there.
        let guessed = self.listed.contains(&Lists::Target)
            && !self.listed.contains(&Lists::Parameters(Place::Query));
        if guessed && operation.body.is_none() {
            template::move_to_body(&mut operation);
        }
        if operation.body.is_none() {
            template::adopt_body(&mut operation);
        }
        let mut losses = Vec::new();
        if self.tables == 0 {
            let line = operation.method.1.line().unwrap_or(1);
            losses.push((line, "no table of parameters".to_owned()));
        }
        template::agree(&mut operation, &mut losses);
        flat::nest(&mut operation);
        links::follow(&mut operation);
        nesting::name_structures(&mut operation, &mut losses);
        missing::derive_structures(&mut operation, &mut losses);
        let page = &operation.page;
        self.losses.extend(losses.into_iter().map(|(line, reason)| Loss {
            page: page.clone(),
            line,
            reason,
        }));
        Ok((operation, self.losses))
    }

    /// How many addresses a page without tables names; one where it has examples, which an index has not.
    fn addresses(&self) -> usize {
        if self.examples == 0 { self.addresses.len() } else { 1 }
    }

    /// Gives the response without a code the page's own success code, else the family's.
    fn settle_success(&mut self) {
        let Some(mut uncoded) = self.uncoded.take() else { return };
        let own = self.responses.iter_mut().find(|own| own.code.is_success());
        if let Some(own) = own {
            own.body = own.body.take().or(uncoded.body);
            own.headers.append(&mut uncoded.headers);
            own.examples.append(&mut uncoded.examples);
        } else {
            debug_assert!(!shows_success(&self.responses));
            self.responses.insert(0, uncoded);
        }
    }

    /// The title, and the first sentence of the page for pages without one.
    fn title(&self) -> (Option<Line>, Option<Line>) {
        let pattern = |line: &&Line| {
            self.given.family.is_some_and(|family| family.name_in_title(&line.text).is_some())
        };
        let meaningful = |line: &&Line| {
            line.text.len() <= 120 && !line.text.contains("GMT") && !line.text.contains("/ ")
        };
        let sentence = |line: &&Line| line.text.len() > 20 && line.text.ends_with(['.', '。']);
        let opening = self.opening.iter().find(sentence).cloned();
        if let Some(line) = self.opening.iter().find(pattern) {
            return (Some(line.clone()), opening);
        }
        let bare = |line: &&Line| {
            self.given.family.is_some_and(|family| family.name_as_title(&line.text).is_some())
        };
        if let Some(line) = self.opening.iter().find(bare) {
            return (Some(line.clone()), opening);
        }
        let first = self.opening.iter().find(meaningful).filter(|line| !sentence(line));
        let title = if self.titled { first } else { first.filter(|line| line.text.len() <= 80) };
        (title.cloned(), opening)
    }
}

/// Joins a body's table with another of the same body: mandatory is only what both ask for.
fn unite(body: &mut Structure, other: Structure) {
    let has = |fields: &[Field], name: &str| fields.iter().any(|own| own.name == name);
    for field in &mut body.fields {
        let asked = other.fields.iter().find(|own| own.name == field.name);
        if asked.is_none_or(|own| own.mandatory != Some(true)) {
            field.mandatory = field.mandatory.map(|_| false);
        }
    }
    for field in other.fields {
        if !has(&body.fields, &field.name) {
            body.fields.push(Field { mandatory: field.mandatory.map(|_| false), ..field });
        }
    }
}

/// The path of a target, without scheme, host and query.
fn path_of(target: &str) -> String {
    let target = target.trim();
    let path = match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => target,
    };
    // A query template may stand in braces: `/depots{?limit}`.
    let path = path.split("{?").next().unwrap_or(path);
    path.split(['?', '#', ' ']).next().unwrap_or(path).to_owned()
}
