//! Tables whose cells run together: `DepotIdstringYes` under `ParameterTypeRequiredDescription`.
//! The closed cells come off the right end of a row's line; description and example follow as
//! paragraphs.

use super::{Cell, Row, Table};
use crate::page::model::Line;
use crate::page::shape;
use crate::page::vocabulary::{self, Column};

/// The columns of a head whose names run together.
pub(super) fn head(line: &str) -> Option<Vec<Column>> {
    if line.len() > 120 {
        return None;
    }
    let lower = line.trim().to_lowercase();
    let words = vocabulary::column_words();
    let mut rest = lower.as_str();
    let mut columns = Vec::new();
    while !rest.is_empty() {
        let (word, column) = words.iter().find(|(word, _)| rest.starts_with(word))?;
        columns.push(*column);
        rest = &rest[word.len()..];
    }
    let begins = matches!(columns.first(), Some(Column::Name | Column::StatusCode));
    (begins && columns.len() > 2).then_some(columns)
}

/// Reads the rows from a line on; answers with the table and the index of the line after it.
pub(super) fn body(lines: &[Line], columns: Vec<Column>, start: usize) -> (Table, usize) {
    let line = lines.get(start.saturating_sub(1)).map_or(0, |line| line.number);
    let mut rows: Vec<Row> = Vec::new();
    let mut prose: Vec<Vec<Line>> = Vec::new();
    let mut at = start;
    let mut blank = false;
    while let Some(line) = lines.get(at) {
        if vocabulary::section(&line.text).is_some()
            || vocabulary::status_heading(&line.text).is_some()
            || head(&line.text).is_some()
        {
            break;
        }
        at += 1;
        if line.text.is_empty() {
            blank = true;
            continue;
        }
        if let Some(cells) = row(line, &columns).filter(|_| stands_alone(lines, at, &columns)) {
            place_prose(rows.last_mut(), &columns, std::mem::take(&mut prose));
            rows.push(Row { cells });
        } else if blank || prose.is_empty() || leaves_list(&prose, line) {
            prose.push(vec![line.clone()]);
        } else if let Some(paragraph) = prose.last_mut() {
            paragraph.push(line.clone());
        }
        blank = false;
    }
    place_prose(rows.last_mut(), &columns, prose);
    (Table { line, caption: None, anchors: Vec::new(), columns, rows }, at)
}

/// Whether a line stands right under a list and is no item of it.
fn leaves_list(prose: &[Vec<Line>], line: &Line) -> bool {
    let is_item = |line: &Line| line.text.starts_with(['•', '●', '·']);
    prose.last().and_then(|paragraph| paragraph.last()).is_some_and(is_item) && !is_item(line)
}

/// A row's line is followed by a blank one or by another row: else it is prose that ends alike.
fn stands_alone(lines: &[Line], next: usize, columns: &[Column]) -> bool {
    lines.get(next).is_none_or(|line| line.text.is_empty() || row(line, columns).is_some())
}

/// The cells at the head of a row, the free ones still empty.
fn row(line: &Line, columns: &[Column]) -> Option<Vec<Cell>> {
    let cell = |text: &str| Cell::of(Line { number: line.number, text: text.to_owned() });
    let mut cells = vec![Cell::default(); columns.len()];
    if columns.first() == Some(&Column::StatusCode) {
        // The code's digits are glued to the vendor's word.
        let (code, rest) = (line.text.get(..3)?, line.text.get(3..)?);
        vocabulary::status_code(code)?;
        if !rest.starts_with(|c: char| c.is_ascii_uppercase()) {
            return None;
        }
        cells[0] = cell(code);
        *cells.last_mut()? = cell(rest);
        return Some(cells);
    }
    let closed = columns
        .iter()
        .take_while(|c| matches!(c, Column::Name | Column::Type | Column::Mandatory))
        .count();
    let mut rest = line.text.as_str();
    for index in (1..closed).rev() {
        let before = match columns[index] {
            Column::Mandatory => vocabulary::yes_or_no_at_end(rest)?.0,
            _ => shape::at_end(rest)?.0,
        };
        cells[index] = cell(rest[before.len()..].trim());
        rest = before;
    }
    (closed > 1 && (rest.is_empty() || vocabulary::is_name(rest))).then_some(())?;
    if !rest.is_empty() {
        cells[0] = cell(rest);
    }
    Some(cells)
}

/// Gives a row its description, and its last paragraph to the example's column.
fn place_prose(row: Option<&mut Row>, columns: &[Column], mut paragraphs: Vec<Vec<Line>>) {
    let Some(row) = row else { return };
    let find = |wanted| columns.iter().position(|column| *column == wanted);
    if let Some(example) = find(Column::Example)
        && paragraphs.len() > 1
    {
        row.cells[example].lines = paragraphs.pop().unwrap_or_default();
    }
    if let Some(description) = find(Column::Description) {
        row.cells[description].lines.extend(paragraphs.into_iter().flatten());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glued_heads_are_column_names_only() {
        use Column::{Description, Example, Mandatory, Name, Type};
        let columns = head("ParameterTypeRequiredDescriptionExample");
        assert_eq!(columns, Some(vec![Name, Type, Mandatory, Description, Example]));
        assert_eq!(head("OperationAccess levelResource type"), None);
        assert_eq!(head("Parameter"), None);
    }

    #[test]
    fn rows_come_off_the_right_end() {
        let text = "DepotIdstringYes\n\nThe depot.\n\nd-1\nTagsarrayNo\n\nThe tags.\n\nstringNo\n\n\
                    A tag.\n\nx\nNotestringNo\n\nA note.\n\nA piano\n\nResponse parameters\n";
        let lines: Vec<Line> = (1..)
            .zip(text.lines())
            .map(|(number, text)| Line { number, text: text.to_owned() })
            .collect();
        let columns = head("ParameterTypeRequiredDescriptionExample").unwrap();
        let (table, end) = body(&lines, columns, 0);
        let rows: Vec<Vec<String>> =
            table.rows.iter().map(|row| row.cells.iter().map(Cell::text).collect()).collect();
        assert_eq!(
            rows,
            [
                ["DepotId", "string", "Yes", "The depot.", "d-1"],
                ["Tags", "array", "No", "The tags.", ""],
                ["", "string", "No", "A tag.", "x"],
                ["Note", "string", "No", "A note.", "A piano"],
            ]
        );
        assert_eq!(lines[end].text, "Response parameters");
    }
}
