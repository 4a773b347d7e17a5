//! A table of HTML while it is read.

use crate::page::markup::grid::{Grid, Spanning, spread};
use crate::page::model::Line;
use crate::page::outline::Cell;

/// Most lines of one cell.
const LINES_LIMIT: usize = 400;
/// Most links that are kept of one cell.
const LINKS_LIMIT: usize = 16;

/// A table that is not closed yet.
pub(super) struct Building {
    line: u32,
    caption: Option<Line>,
    pub(super) anchors: Vec<String>,
    pub(super) in_head: bool,
    rows: Vec<(bool, Vec<Spanning>)>,
    row: Option<Row>,
    cell: Option<Spanning>,
    codes: Vec<Vec<Line>>,
}

struct Row {
    head: bool,
    cells: Vec<Spanning>,
}

impl Building {
    pub(super) fn new(line: u32) -> Self {
        Self {
            line,
            caption: None,
            anchors: Vec::new(),
            in_head: false,
            rows: Vec::new(),
            row: None,
            cell: None,
            codes: Vec::new(),
        }
    }

    pub(super) fn is_in_cell(&self) -> bool {
        self.cell.is_some()
    }

    pub(super) fn row(&mut self) {
        self.end_row();
        self.row = Some(Row { head: true, cells: Vec::new() });
    }

    pub(super) fn end_row(&mut self) {
        self.end_cell();
        if let Some(row) = self.row.take().filter(|row| !row.cells.is_empty()) {
            self.rows.push((row.head || self.in_head, row.cells));
        }
    }

    pub(super) fn cell(&mut self, head: bool, (columns, rows): (usize, usize)) {
        self.end_cell();
        let row = self.row.get_or_insert_with(|| Row { head: true, cells: Vec::new() });
        row.head &= head;
        self.cell = Some(Spanning { cell: Cell::default(), columns, rows });
    }

    pub(super) fn end_cell(&mut self) {
        let row = self.row.as_mut();
        if let (Some(cell), Some(row)) = (self.cell.take(), row) {
            row.cells.push(cell);
        }
    }

    pub(super) fn caption(&mut self, line: Line) {
        match &mut self.caption {
            Some(own) => {
                own.text.push(' ');
                own.text.push_str(&line.text);
            }
            None => self.caption = Some(line),
        }
    }

    /// A line of text in the open cell; what stands outside of cells is dropped.
    pub(super) fn line(&mut self, mut line: Line, item: bool) {
        let Some(own) = &mut self.cell else { return };
        if own.cell.lines.len() < LINES_LIMIT {
            if item {
                line.text.insert_str(0, "• ");
            }
            own.cell.lines.push(line);
        }
    }

    pub(super) fn link(&mut self, anchor: &str) {
        if let Some(own) = self.cell.as_mut().filter(|own| own.cell.links.len() < LINKS_LIMIT) {
            own.cell.links.push(anchor.to_owned());
        }
    }

    /// Code in the open cell: kept as its lines, and apart.
    pub(super) fn code(&mut self, lines: Vec<Line>) {
        for line in &lines {
            let text = line.text.trim();
            if !text.is_empty() {
                self.line(Line { number: line.number, text: text.to_owned() }, false);
            }
        }
        self.codes.push(lines);
    }

    /// A table in the open cell: its cells as lines.
    pub(super) fn inner(&mut self, grid: Grid) {
        for cell in grid.rows.into_iter().flat_map(|row| row.cells) {
            for line in cell.lines {
                self.line(line, false);
            }
        }
    }

    pub(super) fn finish(mut self) -> (Grid, Vec<Vec<Line>>) {
        self.end_row();
        let rows = spread(self.rows);
        let line = rows.iter().flat_map(|row| &row.cells).find_map(Cell::line);
        let grid = Grid {
            line: line.unwrap_or(self.line),
            caption: self.caption,
            anchors: self.anchors,
            rows,
        };
        (grid, self.codes)
    }
}
