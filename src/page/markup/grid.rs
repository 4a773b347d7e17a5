//! A table as it is drawn: rows of cells, before anybody asks what its columns mean.

use crate::page::model::Line;
use crate::page::outline::Cell;

/// Most cells that one cell is repeated for because it spans rows or columns.
const SPAN_LIMIT: usize = 200;

/// A table as drawn.
#[derive(Debug, Default)]
pub(in crate::page) struct Grid {
    /// Line of its first cell.
    pub(in crate::page) line: u32,
    pub(in crate::page) caption: Option<Line>,
    /// Names that links lead to it by.
    pub(in crate::page) anchors: Vec<String>,
    pub(in crate::page) rows: Vec<GridRow>,
}

/// A row as drawn.
#[derive(Debug, Default)]
pub(in crate::page) struct GridRow {
    /// Whether the markup says that it is a head.
    pub(in crate::page) head: bool,
    pub(in crate::page) cells: Vec<Cell>,
}

/// A cell with the columns and rows that it spans.
#[derive(Debug)]
pub(super) struct Spanning {
    pub(super) cell: Cell,
    pub(super) columns: usize,
    pub(super) rows: usize,
}

/// Repeats cells in every place that they span: down all rows, once in the first of its columns.
pub(super) fn spread(rows: Vec<(bool, Vec<Spanning>)>) -> Vec<GridRow> {
    let mut waiting: Vec<Option<(Cell, usize)>> = Vec::new();
    let mut out = Vec::with_capacity(rows.len());
    for (head, row) in rows {
        let mut cells: Vec<Cell> = Vec::new();
        let mut row = row.into_iter();
        loop {
            let at = cells.len();
            if let Some(Some((cell, left))) = waiting.get_mut(at) {
                cells.push(cell.clone());
                *left -= 1;
                if *left == 0 {
                    waiting[at] = None;
                }
                continue;
            }
            let Some(own) = row.next() else { break };
            for index in 0..own.columns.clamp(1, SPAN_LIMIT) {
                let cell = if index == 0 { own.cell.clone() } else { Cell::default() };
                let at = cells.len();
                if own.rows > 1 {
                    waiting.resize_with(waiting.len().max(at + 1), || None);
                    waiting[at] = Some((cell.clone(), own.rows.min(SPAN_LIMIT) - 1));
                }
                cells.push(cell);
            }
        }
        out.push(GridRow { head, cells });
    }
    out
}
