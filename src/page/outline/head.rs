//! Which texts can begin a row under given columns: the one test by which rows are told from prose
//! in layouts that have lost their lines.

use crate::page::shape;
use crate::page::vocabulary::{self, Column};

/// Whether a column's cells are recognised by a closed set of words or forms.
fn is_closed(column: Column) -> bool {
    matches!(
        column,
        Column::Name | Column::Mandatory | Column::Type | Column::Location | Column::StatusCode
    )
}

/// The number of leading columns by which a row is recognised.
pub(super) fn leading(columns: &[Column]) -> usize {
    columns.iter().take_while(|column| is_closed(**column)).count()
}

/// Whether the texts that `cell` gives can be the leading cells of a row. With a mandatory or a
/// location column a type that is not known still makes a row: its type is a loss, not its text.
pub(super) fn starts_row<'a>(columns: &[Column], cell: impl Fn(usize) -> Option<&'a str>) -> bool {
    let leading = &columns[..leading(columns)];
    let sure = leading.iter().any(|c| matches!(c, Column::Mandatory | Column::Location));
    !leading.is_empty()
        && leading.iter().enumerate().all(|(index, column)| {
            cell(index).is_some_and(|text| match column {
                Column::Name => vocabulary::is_name(text),
                Column::Mandatory => vocabulary::yes_or_no(text).is_some(),
                Column::Location => vocabulary::place(text).is_some(),
                Column::StatusCode => vocabulary::status_code(text).is_some(),
                Column::Type => sure || shape::parse(text).is_some(),
                _ => true,
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_from_prose() {
        use Column::{Description, Mandatory, Name, StatusCode, Type};
        let full: &[Column] = &[Name, Mandatory, Type, Description];
        let short: &[Column] = &[Name, Type, Description];
        let codes: &[Column] = &[StatusCode, Description];
        for (columns, cells, expected) in [
            (full, &["depot_id", "Yes", "String"][..], true),
            (full, &["depot_id", "Yes", "Depotish"], true),
            (full, &["depot_id", "String", "Yes"], false),
            (full, &["depot_id", "Yes"], false),
            (full, &["Id of the depot.", "Yes", "String"], false),
            (short, &["depot_id", "String"], true),
            (short, &["depot_id", "Depotish"], false),
            (codes, &["404 Not found"], true),
            (codes, &["Not found"], false),
            (&[Description], &["Not found"], false),
        ] {
            assert_eq!(starts_row(columns, |at| cells.get(at).copied()), expected, "{cells:?}");
        }
    }
}
