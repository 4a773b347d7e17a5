//! Tables drawn with bars: rows on one line (with or without leading bars), or one cell a line,
//! each ending in a bar. The line of dashes under the head says how many columns there are.

use super::head::{leading, starts_row};
use super::{Caption, Cell, Row, Table, code};
use crate::page::model::Line;
use crate::page::vocabulary::{self, Column};

/// Most lines that one row or cell goes on for without a closing bar.
const CONTINUED_LIMIT: usize = 60;

/// A table's head: where it begins, where its line of dashes is, its cells.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) start: usize,
    dashes: usize,
    pub(super) names: Vec<Line>,
    layout: Layout,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// A row a line.
    Rows,
    /// A row a line, closed by a bar, so that it may go on over lines.
    ClosedRows,
    /// A cell a line.
    Cells,
}

/// Every head on the page, by the line it begins at.
pub(super) fn heads(lines: &[Line]) -> Vec<Head> {
    (1..lines.len()).filter_map(|at| head(lines, at, dashes(&lines[at].text)?)).collect()
}

/// The number of columns that a line of dashes announces.
fn dashes(line: &str) -> Option<usize> {
    let line = line.trim();
    if !line.contains('|') || !line.contains("--") {
        return None;
    }
    let inner = line.strip_prefix('|').unwrap_or(line);
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    let mut count = 0;
    for group in inner.split('|') {
        let group = group.trim().trim_matches(':');
        if group.len() < 2 || group.bytes().any(|byte| byte != b'-') {
            return None;
        }
        count += 1;
    }
    Some(count)
}

fn head(lines: &[Line], dashes: usize, count: usize) -> Option<Head> {
    let above = &lines[dashes - 1];
    let cells = split(&above.text);
    if count > 1 && cells.len() == count {
        let closed = above.text.trim_end().ends_with('|');
        let names = cells.into_iter().map(|text| Line { number: above.number, text }).collect();
        let layout = if closed { Layout::ClosedRows } else { Layout::Rows };
        return Some(Head { start: dashes - 1, dashes, names, layout });
    }
    let mut names = Vec::new();
    let mut start = dashes;
    while names.len() < count && start > 0 {
        start -= 1;
        let line = &lines[start];
        if line.text.trim().is_empty() {
            continue;
        }
        let text = line.text.trim().strip_suffix('|')?.trim();
        if text.contains('|') {
            return None;
        }
        names.push(Line { number: line.number, text: text.to_owned() });
    }
    names.reverse();
    (names.len() == count).then_some(Head { start, dashes, names, layout: Layout::Cells })
}

/// The cells of a line, the bars at both ends left out, `\|` kept as a bar.
pub(in crate::page) fn split(line: &str) -> Vec<String> {
    let mut line = line.trim();
    line = line.strip_prefix('|').unwrap_or(line);
    line = if line.ends_with("\\|") { line } else { line.strip_suffix('|').unwrap_or(line) };
    let mut cells = vec![String::new()];
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' if characters.peek() == Some(&'|') => {
                characters.next();
                if let Some(cell) = cells.last_mut() {
                    cell.push('|');
                }
            }
            '|' => cells.push(String::new()),
            c => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(c);
                }
            }
        }
    }
    cells.into_iter().map(|cell| cell.trim().to_owned()).collect()
}

/// Cells under a head, and the index of the line after them.
pub(super) struct Body {
    rows: Vec<Vec<Cell>>,
    pub(super) end: usize,
    pub(super) losses: Vec<(u32, String)>,
}

/// Reads the rows under a head. `stop` is the line at which the next table begins.
pub(super) fn body(lines: &[Line], head: &Head, columns: &[Column], stop: usize) -> Body {
    match head.layout {
        Layout::Cells => cells(lines, head, columns, stop),
        Layout::Rows | Layout::ClosedRows => rows(lines, head, columns.len(), stop),
    }
}

impl Body {
    /// The table that the head and these rows make.
    pub(super) fn into_table(
        self,
        head: &Head,
        columns: Vec<Column>,
        caption: Option<Caption>,
    ) -> Table {
        let line = head.names.first().map_or(0, |name| name.number);
        let rows = self.rows.into_iter().map(|cells| Row { cells }).collect();
        Table { line, caption, anchors: Vec::new(), columns, rows }
    }

    /// Keys and values of a two-column table, its head included.
    pub(super) fn into_pairs(self, head: &Head) -> Vec<(Line, Line)> {
        let cell = |cell: &Cell| cell.line().map(|number| Line { number, text: cell.text() });
        let first = match head.names.as_slice() {
            [key, value] => Some((key.clone(), value.clone())),
            _ => None,
        };
        let rest = self.rows.iter().filter_map(|row| match row.as_slice() {
            [key, value] => Some((cell(key)?, cell(value)?)),
            _ => None,
        });
        first.into_iter().chain(rest).collect()
    }
}

fn ends_table(line: &str) -> bool {
    let trimmed = line.trim();
    !trimmed.contains('|') || code::behind_gutter(trimmed).is_some()
}

fn is_code(line: &str) -> bool {
    code::behind_gutter(line).is_some() || code::request_line(line).is_some()
}

fn is_part_heading(line: &str) -> bool {
    vocabulary::section(line).is_some() || vocabulary::status_heading(line).is_some()
}

fn rows(lines: &[Line], head: &Head, count: usize, stop: usize) -> Body {
    let mut body = Body { rows: Vec::new(), end: head.dashes + 1, losses: Vec::new() };
    while body.end < stop && !ends_table(&lines[body.end].text) {
        let first = &lines[body.end];
        let mut text = first.text.trim().to_owned();
        let mut numbers = vec![(0, first.number)];
        body.end += 1;
        let mut continued = 0;
        while head.layout == Layout::ClosedRows
            && !text.ends_with('|')
            && body.end < stop
            && continued < CONTINUED_LIMIT
            && !is_part_heading(&lines[body.end].text)
        {
            numbers.push((text.len(), lines[body.end].number));
            text.push('\n');
            text.push_str(lines[body.end].text.trim());
            body.end += 1;
            continued += 1;
        }
        let mut found = split(&text);
        if found.len() > count {
            let extra = found.split_off(count).join(" | ");
            if let Some(last) = found.last_mut() {
                last.push_str(" | ");
                last.push_str(&extra);
            }
        }
        if found.len() < count {
            let reason = format!("a row has {} of {count} cells", found.len());
            body.losses.push((first.number, reason));
        }
        found.resize(count, String::new());
        let mut number = first.number;
        let row = found.into_iter().map(|text| {
            let cell = lines_of(&text, number);
            number += u32::try_from(text.matches('\n').count()).unwrap_or(0);
            cell
        });
        body.rows.push(row.collect());
    }
    body
}

fn lines_of(text: &str, first: u32) -> Cell {
    let lines = (first..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty());
    let lines = lines.map(|(number, text)| Line { number, text: text.trim().to_owned() });
    Cell { lines: lines.collect(), ..Cell::default() }
}

fn cells(lines: &[Line], head: &Head, columns: &[Column], stop: usize) -> Body {
    let count = columns.len();
    let mut found: Vec<Cell> = Vec::new();
    let mut losses = Vec::new();
    let mut at = head.dashes + 1;
    let mut open = Cell::default();
    while at < stop {
        let line = &lines[at];
        let text = line.text.trim();
        let between = open.lines.is_empty();
        let boundary = between && found.len().is_multiple_of(count);
        // A missing cell upsets the count: what can be no cell ends the table all the same.
        if boundary && !text.is_empty() && ends_table(text) || between && is_code(text) {
            break;
        }
        if is_part_heading(text) || open.lines.len() > CONTINUED_LIMIT {
            break;
        }
        at += 1;
        let (text, closed) = match text.strip_suffix('|') {
            Some(text) => (text.trim(), true),
            None => (text, false),
        };
        if !text.is_empty() {
            open.lines.push(Line { number: line.number, text: text.to_owned() });
        }
        if closed {
            // A bar alone on its line closes a cell whose last part was dropped.
            open.cut = text.is_empty() && !open.lines.is_empty();
            if open.lines.is_empty() {
                open.lines.push(Line { number: line.number, text: String::new() });
            }
            found.push(std::mem::take(&mut open));
        }
    }
    if let Some(line) = open.line() {
        losses.push((line, "the table's last cell is not closed".to_owned()));
    }
    found.push(open);
    found.retain(|cell| !cell.lines.is_empty());
    let rows = chunk(&found, columns, &mut losses);
    Body { rows, end: at, losses }
}

/// Cuts a run of cells into rows, finding the next row again where a cell is missing.
fn chunk(cells: &[Cell], columns: &[Column], losses: &mut Vec<(u32, String)>) -> Vec<Vec<Cell>> {
    let count = columns.len();
    let texts: Vec<String> = cells.iter().map(Cell::text).collect();
    let leading = leading(columns);
    let row_at = |at: usize| {
        leading == 0 || starts_row(columns, |index| texts.get(at + index).map(String::as_str))
    };
    let mut rows = Vec::new();
    let mut at = 0;
    while at < cells.len() {
        let line = cells[at].line().unwrap_or(0);
        if !row_at(at) {
            losses.push((line, "a cell that fits no column of its table".to_owned()));
            at += 1;
            continue;
        }
        // A full row, or up to where the next one visibly begins.
        let full = (at + count).min(cells.len());
        let next = (at + leading.max(1)..full).find(|next| leading > 1 && row_at(*next));
        let next = next.unwrap_or(full);
        let mut row: Vec<Cell> = cells[at..next].to_vec();
        if row.len() < count {
            losses.push((line, format!("a row has {} of {count} cells", row.len())));
        }
        row.resize(count, Cell::default());
        for cell in &mut row {
            cell.lines.retain(|line| !line.text.is_empty());
        }
        rows.push(row);
        at = next;
    }
    rows
}
