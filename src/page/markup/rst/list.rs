//! Tables written as a list of lists (`.. list-table::`).

use super::{Grid, deeper, grid, indent};
use crate::page::model::Line;

/// Reads the rows below the directive, of which the first `heads` are heads.
pub(super) fn read(lines: &[Line], heads: usize, depth: usize) -> Option<Grid> {
    let mut rows: Vec<(bool, Vec<Vec<Line>>)> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let text = lines[at].text.trim_start();
        let Some(rest) = text.strip_prefix("* ") else {
            at += 1;
            continue;
        };
        let end = deeper(lines, at + 1, indent(&lines[at].text)).max(at + 1);
        let first = Line { number: lines[at].number, text: format!("  {rest}") };
        let mut inner = vec![first];
        let margin = indent(&lines[at].text);
        inner.extend(lines[at + 1..end].iter().map(|line| Line {
            number: line.number,
            text: line.text.get(margin..).unwrap_or_default().to_owned(),
        }));
        rows.push((rows.len() < heads, cells(&inner)));
        at = end;
    }
    grid(rows, depth)
}

/// The items of one row.
fn cells(lines: &[Line]) -> Vec<Vec<Line>> {
    let mut cells: Vec<Vec<Line>> = Vec::new();
    let margin = lines.first().map_or(0, |line| indent(&line.text));
    for line in lines {
        let text = line.text.trim_start();
        let begins = indent(&line.text) == margin && (text == "-" || text.starts_with("- "));
        if begins {
            let rest = text.strip_prefix('-').unwrap_or(text);
            let text = " ".repeat(margin + 1) + rest;
            cells.push(vec![Line { number: line.number, text }]);
        } else if let Some(cell) = cells.last_mut() {
            cell.push(line.clone());
        }
    }
    cells
}
