//! A page as a flat run of blocks: headings, request lines, tables, code, text. Every reader of a
//! page format ends here; what comes after knows no format. The text reader is [`text::read`];
//! readers of HTML, Markdown and reStructuredText give parts, which [`gather`] makes the same
//! [`Outline`] of.

mod bars;
mod cells;
mod code;
mod gather;
mod head;
mod runon;
mod text;

pub(super) use bars::split as cells_of_bars;
pub(super) use code::locate;
pub(super) use gather::gather;
pub(super) use text::read;

use super::model::Line;
use super::vocabulary::{Column, Listing, Section};
use serde_json::Value;

/// A page's blocks in order, and what of it could not be read.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) blocks: Vec<Block>,
    pub(super) losses: Vec<(u32, String)>,
}

/// One part of a page.
#[derive(Debug)]
pub(super) enum Block {
    /// A heading.
    Section(Section),
    /// A heading that names the status code of what follows.
    Status(u16, u32),
    /// The heading of a structure's table, by the structure's name.
    Structure(String),
    /// A heading that says what the next table lists.
    Listing(Listing),
    /// Method and target, on the page or in an example.
    RequestLine { method: String, target: String, line: u32 },
    /// A paragraph's line.
    Text(Line),
    /// A table whose columns are known.
    Table(Table),
    /// Keys and values that give the method and the path.
    Prototype(Vec<(Line, Line)>),
    /// JSON that stands on its own, with the text it was read from.
    Json { line: u32, text: String, value: Value },
}

/// A table with named columns.
#[derive(Debug)]
pub(super) struct Table {
    /// Line of the head's first cell.
    pub(super) line: u32,
    pub(super) caption: Option<Caption>,
    /// Names that links lead to it by.
    pub(super) anchors: Vec<String>,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
}

/// What stands above a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caption {
    /// The number behind `Table`, where the caption has one.
    pub(super) number: Option<u32>,
    /// The words, without the number.
    pub(super) text: String,
}

impl Table {
    /// Where a column stands.
    pub(super) fn position(&self, column: Column) -> Option<usize> {
        self.columns.iter().position(|own| *own == column)
    }
}

/// One row, as many cells as the table has columns.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
}

/// A cell: its lines, empty ones left out.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    pub(super) lines: Vec<Line>,
    /// Whether the layout shows that something after the text is missing.
    pub(super) cut: bool,
    /// Anchors of this page that it links to.
    pub(super) links: Vec<String>,
}

impl Cell {
    fn of(line: Line) -> Self {
        Self { lines: vec![line], ..Self::default() }
    }

    /// The cell in one line.
    pub(super) fn text(&self) -> String {
        self.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// Line of the first text in it.
    pub(super) fn line(&self) -> Option<u32> {
        self.lines.first().map(|line| line.number)
    }
}
