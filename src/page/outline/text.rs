//! Reads a plain-text page, in whichever of the text layouts its tables are, into an [`Outline`].

use super::{Block, Caption, Outline, Table, bars, cells, code, runon};
use crate::page::model::Line;
use crate::page::vocabulary::{self, Column, Section};

/// Lines that may be scanned for JSON that turns out to be none, over the whole page.
const VAIN_LINES: usize = 100_000;
/// Places on one line at which JSON is looked for behind a message's head.
const VAIN_PLACES: usize = 8;

/// Reads a page's lines (trimmed, numbered from 1).
pub(in crate::page) fn read(lines: Vec<Line>) -> Outline {
    let heads = bars::heads(&lines);
    let filled = (0..lines.len()).filter(|at| !lines[*at].text.is_empty()).collect();
    let mut reader = Reader { lines, filled, heads, drawn: true, ..Reader::default() };
    reader.run();
    reader.outline
}

/// Reads lines into blocks.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) lines: Vec<Line>,
    /// Indices of the lines that are not blank; reading never blanks one.
    filled: Vec<usize>,
    heads: Vec<bars::Head>,
    next_head: usize,
    pub(super) at: usize,
    /// Whether tables are drawn in the lines; pages in a markup bring theirs apart.
    drawn: bool,
    pub(super) caption: Option<Caption>,
    vain: usize,
    pub(super) outline: Outline,
}

impl Reader {
    /// Reads all lines from where it is.
    pub(super) fn run(&mut self) {
        while self.at < self.lines.len() {
            self.step();
        }
    }

    fn step(&mut self) {
        let line = self.lines[self.at].clone();
        if line.text.is_empty() || line.text.starts_with("```") {
            self.at += 1;
        } else if self.drawn && self.table() || self.code(&line) {
        } else if let Some((number, text)) = vocabulary::caption(&line.text) {
            self.caption = Some(Caption { number, text: text.to_owned() });
            self.at += 1;
        } else if let Some(status) = vocabulary::status_heading(&line.text) {
            self.push(Block::Status(status, line.number));
        } else if let Some(section) = vocabulary::section(&line.text) {
            self.push(Block::Section(section));
            let listing = vocabulary::heading_listing(&line.text);
            self.outline.blocks.extend(listing.map(Block::Listing));
            if section == Section::Aside {
                self.skip();
            }
        } else if let Some(name) = vocabulary::structure_heading(&line.text) {
            self.push(Block::Structure(name.to_owned()));
        } else if let Some(listing) = vocabulary::heading_listing(&line.text) {
            self.push(Block::Listing(listing));
        } else {
            self.push(Block::Text(line));
        }
    }

    /// Takes in a table, a line right above it that announces it as its caption.
    pub(super) fn push_table(&mut self, mut table: Table) {
        if table.caption.is_none()
            && let Some(Block::Text(line)) = self.outline.blocks.last()
            && vocabulary::announces_table(&line.text)
        {
            table.caption = Some(Caption { number: None, text: line.text.clone() });
        }
        self.outline.blocks.push(Block::Table(table));
    }

    fn push(&mut self, block: Block) {
        self.outline.blocks.push(block);
        self.at += 1;
    }

    /// Passes over a part that promises nothing, up to the next heading or request line.
    fn skip(&mut self) {
        while let Some(line) = self.lines.get(self.at) {
            if vocabulary::section(&line.text).is_some() || code::request_line(&line.text).is_some()
            {
                break;
            }
            self.at += 1;
        }
    }

    fn table(&mut self) -> bool {
        while self.heads.get(self.next_head).is_some_and(|head| head.start < self.at) {
            self.next_head += 1;
        }
        if self.heads.get(self.next_head).is_some_and(|head| head.start == self.at) {
            self.barred_table();
            return true;
        }
        let line = &self.lines[self.at];
        if let Some(columns) = runon::head(&line.text) {
            let (table, end) = runon::body(&self.lines, columns, self.at + 1);
            self.caption = None;
            self.push_table(table);
            self.at = end;
            return true;
        }
        let number = line.number;
        if let Some((columns, start)) = cells::head(&self.lines, self.at) {
            let caption = self.caption.take();
            let (table, end, losses) =
                cells::body(&self.lines, &self.filled, columns, (start, number), caption);
            self.push_table(table);
            self.outline.losses.extend(losses);
            self.at = end;
            return true;
        }
        false
    }

    fn barred_table(&mut self) {
        let head = &self.heads[self.next_head];
        let stop = self.heads.get(self.next_head + 1).map_or(self.lines.len(), |next| next.start);
        let meaning = |line: &Line| vocabulary::column(&line.text).unwrap_or(Column::Other);
        let columns: Vec<Column> = head.names.iter().map(meaning).collect();
        let mut body = bars::body(&self.lines, head, &columns, stop.max(head.start + 1));
        self.at = body.end.max(self.at + 1);
        let key = head.names.first().and_then(|name| vocabulary::prototype_key(&name.text));
        let known =
            columns.iter().any(|column| matches!(column, Column::Name | Column::StatusCode));
        let caption = self.caption.take();
        if key.is_some() && head.names.len() == 2 {
            self.outline.blocks.push(Block::Prototype(body.into_pairs(head)));
        } else if known {
            self.outline.losses.append(&mut body.losses);
            let table = body.into_table(head, columns, caption);
            self.push_table(table);
        }
        self.next_head += 1;
    }

    /// Request lines, JSON, messages on one line, and code behind a gutter.
    pub(super) fn code(&mut self, line: &Line) -> bool {
        if let Some(code) = code::behind_gutter(&line.text) {
            code.clone_into(&mut self.lines[self.at].text);
            return true;
        }
        if let Some((method, rest)) = code::request_line(&line.text) {
            let (target, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            let (method, target) = (method.to_owned(), target.to_owned());
            self.push(Block::RequestLine { method, target, line: line.number });
            self.message(rest, line.number);
            return true;
        }
        if code::METHODS.contains(&line.text.as_str()) {
            // The target may stand on a line of its own.
            let next = (self.at + 1..self.lines.len()).find(|at| !self.lines[*at].text.is_empty());
            let target = next.map(|at| (at, self.lines[at].text.clone()));
            if let Some((at, target)) = target.filter(|(_, target)| code::is_target(target)) {
                self.at = at;
                self.push(Block::RequestLine {
                    method: line.text.clone(),
                    target,
                    line: line.number,
                });
                return true;
            }
        }
        if line.text.starts_with("HTTP/1.") && line.text.contains('{') {
            let head = line.text.split('{').next().unwrap_or_default();
            let short: String = head.chars().take(20).collect();
            if let Some(status) = vocabulary::status_heading(&short) {
                self.push(Block::Status(status, line.number));
                self.message(&line.text, line.number);
                return true;
            }
        }
        line.text.starts_with(['{', '[']) && self.json(self.at, 0)
    }

    /// JSON behind the head of a message that stands on one line; the line is already passed.
    fn message(&mut self, text: &str, number: u32) {
        let at = self.at - 1;
        let places: Vec<usize> = text.match_indices([' ', '\t']).map(|(at, _)| at + 1).collect();
        let begins = |place: &&usize| text[**place..].starts_with(['{', '[']);
        for place in places.iter().filter(begins).take(VAIN_PLACES) {
            self.lines[at] = Line { number, text: text[*place..].to_owned() };
            if self.json(at, 0) {
                return;
            }
        }
    }

    /// Reads JSON from a line on; what follows it on its last line is read as a line of its own.
    fn json(&mut self, at: usize, column: usize) -> bool {
        if self.vain > VAIN_LINES {
            return false;
        }
        match code::json(&self.lines[at..], column) {
            Ok(found) => {
                let line = self.lines[at].number;
                self.outline.blocks.push(Block::Json {
                    line,
                    text: found.text,
                    value: found.value,
                });
                let last = at + found.lines - 1;
                self.at = last + 1;
                if !found.rest.is_empty() {
                    self.lines[last].text = found.rest;
                    self.at = last;
                }
                true
            }
            Err(scanned) => {
                self.vain += scanned;
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(text: &str) -> Outline {
        let line = |(number, text): (u32, &str)| Line { number, text: text.trim().to_owned() };
        read((1..).zip(text.lines()).map(line).collect())
    }

    /// Blocks in a form that fits a table of cases.
    fn told(text: &str) -> Vec<String> {
        let block = |block: &Block| match block {
            Block::Section(section) => format!("{section:?}"),
            Block::Status(code, _) => format!("status {code}"),
            Block::Structure(name) => format!("structure {name}"),
            Block::Listing(listing) => format!("listing {listing:?}"),
            Block::RequestLine { method, target, .. } => format!("{method} {target}"),
            Block::Text(line) => format!("text {}", line.text),
            Block::Prototype(pairs) => {
                let pair = |(key, value): &(Line, Line)| format!("{}={}", key.text, value.text);
                format!("prototype {}", pairs.iter().map(pair).collect::<Vec<_>>().join(" "))
            }
            Block::Json { line, value, .. } => format!("json {line} {value}"),
            Block::Table(table) => {
                let row = |row: &super::super::Row| {
                    row.cells.iter().map(super::super::Cell::text).collect::<Vec<_>>().join("/")
                };
                let rows: Vec<String> = table.rows.iter().map(row).collect();
                format!("table {}", rows.join(" "))
            }
        };
        outline(text).blocks.iter().map(block).collect()
    }

    #[test]
    fn blocks_are_told_apart() {
        for (text, expected) in [
            (
                "{\n\"a\": 1\n} Example Responses\nStatus code: 200\n[2] tail",
                &["json 1 {\"a\":1}", "ResponseExample", "status 200", "json 5 [2]", "text tail"][..],
            ),
            ("1 2 3 | {\"a\": 1} |", &["json 1 {\"a\":1}"]),
            ("1 2 | GET https://h/v1/depots |", &["GET https://h/v1/depots"]),
            ("GET\n\nhttps://h/v1/depots?a=1", &["GET https://h/v1/depots?a=1"]),
            (
                "POST /v1/{site}/depots Host: h {\"a\": 1}",
                &["POST /v1/{site}/depots", "json 1 {\"a\":1}"],
            ),
            ("HTTP/1.1 202 Server: s {\"a\": 1}", &["status 202", "json 1 {\"a\":1}"]),
            ("GET started on Monday", &["text GET started on Monday"]),
            ("{depot}", &["text {depot}"]),
            (
                "Request Method |\nPOST |\n---|---|\nRequest Address |\n/v1/depots |",
                &["prototype Request Method=POST Request Address=/v1/depots"],
            ),
            ("Authorization Information\nParameter\nType\nURI\nx", &["Aside", "Uri", "text x"]),
            ("Label structure\nx", &["structure Label", "text x"]),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn rows_between_bars_are_read_in_every_drawing() {
        for text in [
            "| Name | Required | Type | Description |\n|---|---|---|---|\n\
             | a | Yes | String | One \\| two. |\n| b | No | Integer | |",
            "Name | Required | Type | Description\n---|---|---|---\n\
             a | Yes | String | One | two.\nb | No | Integer |",
            "Name | Required | Type | Description |\n---|---|---|---|\n\
             a | Yes | String | One |\n two. |\nb | No | Integer | |",
        ] {
            let found = told(text);
            let expected = if text.contains("One |\n") {
                // The bar at the line's end closes the cell; what follows is no row.
                "table a/Yes/String/One two./// b/No/Integer/"
            } else {
                "table a/Yes/String/One | two. b/No/Integer/"
            };
            assert_eq!(found, [expected], "{text}");
        }
    }

    #[test]
    fn cells_on_their_own_lines_find_the_next_row_again() {
        let head = "Name |\nRequired |\nType |\nDescription |\n---|---|---|---|\n";
        let rows = "a |\nYes |\nString |\nOne.\nTwo. |\nb |\nNo |\nInteger |\nc |\nNo |\nString |\nCut\n|\n";
        let text = format!("{head}{rows}Status Codes");
        assert_eq!(
            told(&text),
            ["table a/Yes/String/One. Two. b/No/Integer/ c/No/String/Cut", "StatusCodes"]
        );
        let outline = outline(&text);
        assert_eq!(outline.losses, [(11, "a row has 3 of 4 cells".to_owned())]);
        let Some(Block::Table(table)) = outline.blocks.first() else { panic!("no table") };
        assert!(
            table.rows[2].cells[3].cut,
            "a bar on a line of its own closes a cell that was cut"
        );
    }
}
