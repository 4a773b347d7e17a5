//! HTML to parts. The tokens are those of `html5ever`, with their lines; of the tree only what a
//! page means is followed: blocks, lists, tables in tables, code.

mod tables;

use super::grid::Grid;
use super::{Part, squeezed};
use crate::page::model::Line;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use std::borrow::Cow;
use std::cell::RefCell;
use tables::Building;

/// Anchors that are kept until a table comes.
const ANCHORS_LIMIT: usize = 64;
/// Tables inside tables; deeper ones are read as text.
const DEPTH_LIMIT: usize = 8;

/// Elements that stay inside a line.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img",
    "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub",
    "sup", "time", "tt", "u", "var", "wbr", "input",
];
/// Elements whose content is no part of the page.
const SKIPPED: &[&str] = &[
    "script", "style", "noscript", "template", "svg", "nav", "footer", "iframe", "button",
    "select", "head", "canvas", "textarea",
];

/// Reads a page, or a piece of one that begins at a line.
pub(super) fn read(text: &str, first: u32) -> Vec<Part> {
    let sink = Sink { builder: RefCell::new(Builder { first, ..Builder::default() }) };
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(&without_lone_returns(text)));
    // A script's end gives the turn back; nothing is run.
    while !input.is_empty() {
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    let mut builder = tokenizer.sink.builder.into_inner();
    builder.finish();
    builder.parts
}

/// The text without carriage returns that end no line: the tokenizer would count a line there, which nothing else does.
fn without_lone_returns(text: &str) -> Cow<'_, str> {
    if !text.contains('\r') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', " "))
}

struct Sink {
    builder: RefCell<Builder>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<()> {
        let mut builder = self.builder.borrow_mut();
        let line =
            builder.first.saturating_add(u32::try_from(line).unwrap_or(u32::MAX)).saturating_sub(1);
        match token {
            Token::TagToken(tag) => {
                builder.tag(&tag, line);
                if tag.kind == TagKind::StartTag && !tag.self_closing {
                    match &*tag.name {
                        "script" => return TokenSinkResult::RawData(RawKind::ScriptData),
                        "style" | "iframe" | "noscript" => {
                            return TokenSinkResult::RawData(RawKind::Rawtext);
                        }
                        "textarea" | "title" => return TokenSinkResult::RawData(RawKind::Rcdata),
                        _ => {}
                    }
                }
            }
            Token::CharacterTokens(text) => builder.text(&text, line),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// What a line of text is the beginning of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    #[default]
    Text,
    Heading,
    Caption,
}

#[derive(Default)]
struct Builder {
    first: u32,
    parts: Vec<Part>,
    /// Tables that are open, the innermost last.
    tables: Vec<Building>,
    /// The line of text that is being gathered.
    gathered: String,
    line: u32,
    kind: Kind,
    /// Whether the next line is an item's first.
    item: bool,
    /// Code that is being gathered: its lines.
    code: Option<Vec<Line>>,
    /// The element whose content is skipped, and how often it is open.
    skipped: Option<(String, usize)>,
    anchors: usize,
}

fn attribute<'a>(tag: &'a Tag, name: &str) -> Option<&'a str> {
    tag.attrs.iter().find(|own| &*own.name.local == name).map(|own| &*own.value)
}

impl Builder {
    /// Takes in text, which a token has with the line that it ends on.
    fn text(&mut self, text: &str, line: u32) {
        if self.skipped.is_some() {
            return;
        }
        let ends = u32::try_from(text.matches('\n').count()).unwrap_or(0);
        let first = line.saturating_sub(ends);
        if let Some(code) = &mut self.code {
            for (number, (at, piece)) in (first..).zip(text.split('\n').enumerate()) {
                if at > 0 || code.is_empty() {
                    code.push(Line { number, text: String::new() });
                }
                if let Some(last) = code.last_mut() {
                    last.text.push_str(piece);
                }
            }
            return;
        }
        if self.gathered.trim().is_empty() && !text.trim().is_empty() {
            let blank = &text[..text.len() - text.trim_start().len()];
            let before = u32::try_from(blank.matches('\n').count()).unwrap_or(0);
            self.line = first + before;
        }
        self.gathered.push_str(text);
    }

    fn tag(&mut self, tag: &Tag, line: u32) {
        let name = &*tag.name;
        let start = tag.kind == TagKind::StartTag;
        if let Some((own, depth)) = &mut self.skipped {
            if own == name && !tag.self_closing {
                *depth = if start { *depth + 1 } else { *depth - 1 };
                if *depth == 0 {
                    self.skipped = None;
                }
            }
            return;
        }
        if start && SKIPPED.contains(&name) && !tag.self_closing || start && is_gutter(tag) {
            self.flush();
            self.skipped = Some((name.to_owned(), 1));
            return;
        }
        if start {
            self.anchors_of(tag);
        }
        if INLINE.contains(&name)
            || self.code.is_some() && !matches!(name, "pre" | "br" | "td" | "table")
        {
            return;
        }
        if self.code.is_some() && name == "br" {
            self.text("\n", line);
            return;
        }
        self.flush();
        match (name, start) {
            ("pre", true) => self.code = Some(Vec::new()),
            ("pre", false) => self.end_code(),
            ("h1" | "h2" | "h3" | "h4" | "h5" | "h6", true) => self.kind = Kind::Heading,
            ("caption" | "figcaption", true) => self.kind = Kind::Caption,
            ("h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "caption" | "figcaption", false) => {
                self.kind = Kind::Text;
            }
            ("li" | "dd", true) => self.item = name == "li",
            ("ul" | "ol", _) | ("li", false) => self.item = false,
            _ => self.table_tag(tag, start, line),
        }
    }

    fn table_tag(&mut self, tag: &Tag, start: bool, line: u32) {
        match (&*tag.name, start) {
            ("table", true) if self.tables.len() < DEPTH_LIMIT => {
                self.end_code();
                let mut building = Building::new(line);
                if let Some(id) = attribute(tag, "id") {
                    building.anchors.push(id.to_owned());
                }
                self.tables.push(building);
            }
            ("table", false) => {
                self.end_code();
                self.end_table();
            }
            (name @ ("thead" | "tbody" | "tfoot"), _) => {
                if let Some(table) = self.tables.last_mut() {
                    table.in_head = start && name == "thead";
                }
            }
            ("tr", start) => {
                if let Some(table) = self.tables.last_mut() {
                    if start { table.row() } else { table.end_row() }
                }
            }
            (name @ ("td" | "th"), true) => {
                self.end_code();
                let span = |name| attribute(tag, name).and_then(|text| text.trim().parse().ok());
                let spans = (span("colspan").unwrap_or(1), span("rowspan").unwrap_or(1));
                if let Some(table) = self.tables.last_mut() {
                    table.cell(name == "th", spans);
                }
            }
            ("td" | "th", false) => {
                self.end_code();
                if let Some(table) = self.tables.last_mut() {
                    table.end_cell();
                }
            }
            _ => {}
        }
    }

    /// Notes what links lead here by, and what links on this page lead to.
    fn anchors_of(&mut self, tag: &Tag) {
        let inside = self.tables.last_mut().filter(|table| table.is_in_cell());
        if let Some(table) = inside {
            let target = attribute(tag, "href").and_then(|href| href.split_once('#'));
            if let Some((page, anchor)) = target.filter(|_| &*tag.name == "a") {
                // A link may name the page that it stands on.
                let _ = page;
                table.link(anchor);
            }
            return;
        }
        if &*tag.name == "table" {
            return;
        }
        let names = ["id", "name"].into_iter().filter_map(|name| attribute(tag, name));
        let names: Vec<String> = names.map(str::to_owned).collect();
        match self.tables.last_mut() {
            Some(table) => table.anchors.extend(names.into_iter().take(8)),
            None => {
                for name in names {
                    self.anchors += 1;
                    if self.anchors <= ANCHORS_LIMIT {
                        self.parts.push(Part::Anchor(name));
                    }
                }
            }
        }
    }

    /// Ends the line of text that is being gathered.
    fn flush(&mut self) {
        if self.code.is_some() {
            return;
        }
        let text = squeezed(&self.gathered);
        self.gathered.clear();
        if text.is_empty() {
            return;
        }
        let item = std::mem::take(&mut self.item);
        let line = Line { number: self.line, text };
        match self.tables.last_mut() {
            Some(table) if self.kind == Kind::Caption => table.caption(line),
            Some(table) => table.line(line, item),
            None => self.parts.push(match self.kind {
                Kind::Heading => Part::Heading(line),
                Kind::Caption => Part::Caption(line),
                Kind::Text => Part::Text(line),
            }),
        }
    }

    fn end_code(&mut self) {
        let Some(mut lines) = self.code.take() else { return };
        for line in &mut lines {
            line.text = line.text.trim_end().replace('\u{a0}', " ");
        }
        if lines.iter().all(|line| line.text.trim().is_empty()) {
            return;
        }
        match self.tables.last_mut() {
            Some(table) => table.code(lines),
            None => self.parts.push(Part::Code(lines)),
        }
    }

    fn end_table(&mut self) {
        let Some(building) = self.tables.pop() else { return };
        let (grid, codes) = building.finish();
        // Code is often laid out as a table of line numbers and code.
        if !codes.is_empty() && !is_data(&grid) {
            match self.tables.last_mut() {
                Some(outer) => codes.into_iter().for_each(|code| outer.code(code)),
                None => self.parts.extend(codes.into_iter().map(Part::Code)),
            }
            return;
        }
        if let Some(outer) = self.tables.last_mut() {
            outer.inner(grid);
        } else {
            self.anchors = 0;
            self.parts.push(Part::Table(grid));
        }
    }

    fn finish(&mut self) {
        self.flush();
        self.end_code();
        while !self.tables.is_empty() {
            self.end_table();
        }
    }
}

/// A column of line numbers beside code.
fn is_gutter(tag: &Tag) -> bool {
    let class = attribute(tag, "class").unwrap_or_default();
    matches!(&*tag.name, "td" | "div" | "pre" | "span")
        && class
            .split_whitespace()
            .any(|word| matches!(word, "linenos" | "gutter" | "linenodiv" | "lineno"))
}

/// Whether a table is more than a frame around one or two cells.
fn is_data(grid: &Grid) -> bool {
    grid.rows.len() > 1 && grid.rows.iter().any(|row| row.cells.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let part = |part: &Part| match part {
            Part::Heading(line) => format!("{} # {}", line.number, line.text),
            Part::Text(line) => format!("{} {}", line.number, line.text),
            Part::Caption(line) => format!("{} caption {}", line.number, line.text),
            Part::Anchor(name) => format!("@{name}"),
            Part::Code(lines) => {
                let lines: Vec<String> =
                    lines.iter().map(|line| format!("{} {}", line.number, line.text)).collect();
                format!("code {}", lines.join("/"))
            }
            Part::Table(grid) => {
                let rows: Vec<String> = grid
                    .rows
                    .iter()
                    .map(|row| {
                        let cells: Vec<String> = row
                            .cells
                            .iter()
                            .map(|cell| {
                                let lines = cell.lines.iter();
                                let mut text: Vec<String> = lines
                                    .map(|own| format!("{}{}", own.number, own.text))
                                    .collect();
                                text.extend(cell.links.iter().map(|link| format!(">{link}")));
                                text.join("/")
                            })
                            .collect();
                        cells.join("|")
                    })
                    .collect();
                let caption = grid.caption.as_ref().map_or("", |line| line.text.as_str());
                format!("table {caption} {:?} {}", grid.anchors, rows.join(" "))
            }
        };
        read(text, 1).iter().map(part).collect()
    }

    #[test]
    fn a_return_by_itself_ends_no_line() {
        assert_eq!(told("<p>a\rb</p>\r\n<p>c</p>"), ["1 a b", "2 c"]);
    }

    #[test]
    fn blocks_and_tables_keep_their_lines() {
        let page = "<h1>A &amp; B</h1>\n<script>var x = '<p>no</p>';</script>\n<p>one\ntwo<br>three</p>\n\
                    <ul><li><p>Request</p>\n<pre>{\n \"a\": 1\n}</pre></li></ul>\n\
                    <a name=\"t1\"></a><table id=t2><caption><b>Table 1 </b>Depot</caption>\n\
                    <tr><th>Name<th>Text\n<tr><td>a</td><td><p>first</p><ul><li>x<li>y</ul>\n<a href='#t2'>Depot</a></td></table>";
        assert_eq!(
            told(page),
            [
                "1 # A & B",
                "3 one two",
                "4 three",
                "5 Request",
                "code 6 {/7  \"a\": 1/8 }",
                "@t1",
                "table Table 1 Depot [\"t2\"] 10Name|10Text 11a|11first/11• x/11• y/12Depot/>t2",
            ]
        );
    }

    #[test]
    fn frames_of_code_are_code_and_spans_are_filled() {
        assert_eq!(
            told(
                "<table><tr><td class=linenos><pre>1\n2</pre></td><td><pre>GET /v1\nx</pre></td></tr></table>"
            ),
            ["code 2 GET /v1/3 x"]
        );
        assert_eq!(
            told("<table><tr><td rowspan=2>a<td>b<tr><td>c</table>"),
            ["table  [] 1a|1b 1a|1c"]
        );
    }

    #[test]
    fn torn_markup_ends() {
        for text in
            ["<table><tr><td>x", "<pre>x", "<script>", "</table></td></pre>", "<td>x<li>y", "<"]
        {
            told(text);
        }
        told(&"<table><tr><td>".repeat(5000));
    }
}
