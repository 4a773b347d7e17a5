//! The parts of a page in a markup as an [`Outline`]: what stands between tables goes the way of plain
//! text, tables and code come as the markup drew them.

use super::text::Reader;
use super::{Block, Caption, Cell, Outline, Row, Table, code};
use crate::page::markup::{Grid, Part};
use crate::page::model::Line;
use crate::page::vocabulary::{self, Column, Section};

/// Most anchors that are kept for the next table.
const ANCHORS_LIMIT: usize = 64;

/// Reads a page's parts.
pub(in crate::page) fn gather(parts: Vec<Part>) -> Outline {
    let mut gathering = Gathering::default();
    for part in parts {
        match part {
            Part::Heading(line) => gathering.heading(line),
            Part::Text(line) => gathering.text(line),
            Part::Caption(line) => {
                gathering.reader.caption = Some(caption(&line));
            }
            Part::Anchor(name) => {
                if gathering.anchors.len() < ANCHORS_LIMIT {
                    gathering.anchors.push(name);
                }
            }
            Part::Code(lines) => gathering.code(lines),
            Part::Table(grid) => gathering.table(grid),
        }
    }
    gathering.reader.outline
}

#[derive(Default)]
struct Gathering {
    reader: Reader,
    anchors: Vec<String>,
    /// Whether the page is in a part that promises nothing.
    aside: bool,
}

fn caption(line: &Line) -> Caption {
    let (number, text) = vocabulary::caption(&line.text).unwrap_or((None, &line.text));
    Caption { number, text: text.to_owned() }
}

impl Gathering {
    fn heading(&mut self, line: Line) {
        self.aside = vocabulary::is_aside(&line.text);
        // What names a column in a table names the table's part of the page in a heading.
        if vocabulary::column(&line.text) == Some(Column::StatusCode) {
            self.reader.outline.blocks.push(Block::Section(Section::StatusCodes));
        } else {
            self.text(line);
        }
    }

    fn text(&mut self, line: Line) {
        if let Some(section) = vocabulary::section(&line.text) {
            self.aside = section == Section::Aside;
        }
        if self.aside {
            let named = vocabulary::section(&line.text);
            self.reader.outline.blocks.extend(named.map(Block::Section));
            return;
        }
        self.reader.lines = vec![line];
        self.reader.at = 0;
        self.reader.run();
    }

    fn code(&mut self, lines: Vec<Line>) {
        if self.aside {
            return;
        }
        let begins = lines.iter().find(|line| !line.text.trim().is_empty());
        let json = begins.is_some_and(|line| line.text.trim().starts_with(['{', '[']));
        let first = begins.map_or(0, |line| line.number);
        let before = self.reader.outline.blocks.len();
        self.reader.lines = lines
            .into_iter()
            .map(|line| Line { text: line.text.trim().to_owned(), ..line })
            .collect();
        self.reader.at = 0;
        while let Some(line) = self.reader.lines.get(self.reader.at).cloned() {
            if !line.text.is_empty() && self.reader.code(&line) {
                continue;
            }
            if let Some(status) = vocabulary::status_heading(&line.text) {
                self.reader.outline.blocks.push(Block::Status(status, line.number));
            }
            self.reader.at += 1;
        }
        if json && self.reader.outline.blocks.len() == before {
            self.reader.outline.losses.push((first, "an example that is not JSON".to_owned()));
        }
    }

    fn table(&mut self, grid: Grid) {
        let mut anchors = std::mem::take(&mut self.anchors);
        let own = grid.caption.as_ref().map(caption);
        let caption = own.or_else(|| self.reader.caption.take());
        self.reader.caption = None;
        if self.aside {
            return;
        }
        anchors.extend(grid.anchors);
        let line = grid.line;
        let mut rows = grid.rows.into_iter().peekable();
        // The last of several head rows names the columns.
        let mut head = rows.next();
        while let Some(next) = rows.next_if(|row| row.head) {
            if next.cells.iter().any(|cell| column(cell).is_some()) {
                head = Some(next);
            }
        }
        let Some(head) = head else { return };
        let columns: Vec<Column> =
            head.cells.iter().map(|cell| column(cell).unwrap_or(Column::Other)).collect();
        let named = columns.iter().any(|own| matches!(own, Column::Name | Column::StatusCode));
        let tells = columns.iter().filter(|own| **own != Column::Other).count() > 1;
        let rows = rows.map(|row| row.cells);
        if named && tells {
            let rows = rows.filter(|cells| cells.iter().any(|cell| !cell.lines.is_empty()));
            let row = |mut cells: Vec<Cell>| {
                cells.resize(columns.len(), Cell::default());
                Row { cells }
            };
            let rows: Vec<Row> = rows.map(row).collect();
            self.reader.push_table(Table { line, caption, anchors, columns, rows });
            return;
        }
        let pair = |cells: &[Cell]| match cells {
            [key, value] => Some((line_of(key)?, line_of(value)?)),
            _ => None,
        };
        let all: Vec<Vec<Cell>> = std::iter::once(head.cells).chain(rows).collect();
        let pairs: Vec<(Line, Line)> = all.iter().filter_map(|cells| pair(cells)).collect();
        if pairs.iter().any(|(key, _)| vocabulary::prototype_key(&key.text).is_some()) {
            self.reader.outline.blocks.push(Block::Prototype(pairs));
            return;
        }
        for line in all.into_iter().flatten().flat_map(|cell| cell.lines) {
            // A frame around the request line is no table.
            if code::request_line(&line.text).is_some() {
                self.text(line);
            }
        }
    }
}

fn column(cell: &Cell) -> Option<Column> {
    vocabulary::column(&cell.text())
}

fn line_of(cell: &Cell) -> Option<Line> {
    Some(Line { number: cell.line()?, text: cell.text() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::markup::{Markup, read};

    #[test]
    fn a_heading_may_name_its_codes_as_a_column_does() {
        let text = "<h4>Status Code</h4><ul><li>Normal<p>200</p></li></ul><h4>Change History</h4><p>404</p>";
        let outline = gather(read(Markup::Html, text));
        let told: Vec<String> = outline
            .blocks
            .iter()
            .map(|block| match block {
                Block::Section(section) => format!("{section:?}"),
                Block::Text(line) => line.text.clone(),
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(told, ["StatusCodes", "Normal", "200", "Aside"]);
    }
}
