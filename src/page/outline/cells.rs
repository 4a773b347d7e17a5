//! Tables that have lost their lines: one cell a paragraph. The head is a run of column names, a
//! row begins where its leading cells fit, and everything up to the next row is prose.

use super::head::{leading, starts_row};
use super::{Caption, Cell, Row, Table};
use crate::page::model::Line;
use crate::page::vocabulary::{self, Column};

/// Columns of the head that begins at a line, and the index of the line after it.
pub(super) fn head(lines: &[Line], at: usize) -> Option<(Vec<Column>, usize)> {
    let mut columns = Vec::new();
    let mut end = at;
    for (index, line) in lines.iter().enumerate().skip(at) {
        if line.text.is_empty() {
            continue;
        }
        match vocabulary::column(&line.text) {
            Some(column) if !columns.contains(&column) => columns.push(column),
            _ => break,
        }
        end = index + 1;
    }
    let begins = matches!(columns.first(), Some(Column::Name | Column::StatusCode));
    let tells = columns.iter().any(|c| matches!(c, Column::Type | Column::Description));
    (begins && tells && columns.len() > 1).then_some((columns, end))
}

/// Whether a line ends a table, unless a row begins with it.
fn ends_table(lines: &[Line], at: usize) -> bool {
    let text = &lines[at].text;
    vocabulary::section(text).is_some()
        || vocabulary::caption(text).is_some()
        || vocabulary::status_heading(text).is_some()
        || vocabulary::structure_heading(text).is_some()
        || head(lines, at).is_some()
}

/// Reads the rows from a line on; answers with the table, the index of the line after it, and the
/// lines in front of the first row, which are lost.
///
/// `filled` are the indices of all lines that say something, so that blank ones need no care.
pub(super) fn body(
    lines: &[Line],
    filled: &[usize],
    columns: Vec<Column>,
    start: (usize, u32),
    caption: Option<Caption>,
) -> (Table, usize, Vec<(u32, String)>) {
    let filled = &filled[filled.partition_point(|at| *at < start.0)..];
    let text = |at: usize| filled.get(at).map(|index| lines[*index].text.as_str());
    let leading = leading(&columns);
    let (mut rows, mut losses) = (Vec::<Row>::new(), Vec::new());
    let mut at = 0;
    while at < filled.len() {
        let line = &lines[filled[at]];
        // A row of one cell only is told from prose where the row before has its prose already.
        let waits = leading == 1
            && columns[0] == Column::Name
            && rows.last().is_some_and(|row| row.cells.last().is_some_and(|c| c.lines.is_empty()));
        // `Mandatory` says yes as well: a head like the table's own begins another table.
        let heads = head(lines, filled[at]).is_some_and(|(own, _)| own.len() == columns.len());
        if heads && !rows.is_empty() {
            break;
        }
        if !waits && starts_row(&columns, |index| text(at + index)) {
            let mut cells = vec![Cell::default(); columns.len()];
            for (index, cell) in cells.iter_mut().take(leading).enumerate() {
                *cell = Cell::of(lines[filled[at + index]].clone());
            }
            rows.push(Row { cells });
            at += leading;
            continue;
        }
        if ends_table(lines, filled[at]) {
            break;
        }
        match rows.last_mut().and_then(|row| row.cells.get_mut(leading)) {
            Some(prose) => prose.lines.push(line.clone()),
            None => losses.push((line.number, "text that fits no row of its table".to_owned())),
        }
        at += 1;
    }
    for row in &mut rows {
        spread(&mut row.cells, leading);
    }
    let end = filled.get(at).copied().unwrap_or(lines.len());
    (Table { line: start.1, caption, anchors: Vec::new(), columns, rows }, end, losses)
}

/// Gives the last paragraphs of a row's prose to the columns behind it.
fn spread(cells: &mut [Cell], prose: usize) {
    for index in (prose + 1..cells.len()).rev() {
        if cells[prose].lines.len() > 1 {
            let last = cells[prose].lines.pop();
            cells[index].lines.extend(last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Line> {
        (1..)
            .zip(text.lines())
            .map(|(number, text)| Line { number, text: text.to_owned() })
            .collect()
    }

    #[test]
    fn rows_begin_where_their_cells_fit() {
        let lines = lines(
            "Parameter\n\nMandatory\n\nType\n\nDescription\n\nname\n\nYes\n\nString\n\nDepot name.\n\n\
             A: one\n\nuri\n\nNo\n\nString\n\nsize\n\nNo\n\nOddity\n\nStatus code: 200\n\nx",
        );
        let (columns, at) = head(&lines, 0).unwrap();
        let filled: Vec<usize> =
            (0..lines.len()).filter(|at| !lines[*at].text.is_empty()).collect();
        let (table, end, losses) = body(&lines, &filled, columns, (at, 1), None);
        let rows: Vec<Vec<String>> =
            table.rows.iter().map(|row| row.cells.iter().map(Cell::text).collect()).collect();
        assert_eq!(
            rows,
            [
                ["name", "Yes", "String", "Depot name. A: one"],
                ["uri", "No", "String", ""],
                ["size", "No", "Oddity", ""],
            ]
        );
        assert_eq!(lines[end].text, "Status code: 200");
        assert!(losses.is_empty());
    }

    #[test]
    fn the_same_head_begins_another_table() {
        let head_of = "Parameter\nMandatory\nType\nDescription\n";
        let text = format!("{head_of}name\nYes\nString\nx\n{head_of}size\nNo\nInteger\ny");
        let lines = lines(&text);
        let filled: Vec<usize> = (0..lines.len()).collect();
        let (columns, at) = head(&lines, 0).unwrap();
        let (table, end, _) = body(&lines, &filled, columns, (at, 1), None);
        assert_eq!((table.rows.len(), end), (1, 8));
    }

    #[test]
    fn a_head_is_a_run_of_column_names() {
        assert!(head(&lines("Status Code\nDescription\n200"), 0).is_some());
        assert!(head(&lines("Parameter\nDepots"), 0).is_none());
        assert!(head(&lines("Description\nType"), 0).is_none());
    }
}
