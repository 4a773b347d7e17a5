//! Tables drawn with marks: grids of `+---+` and simple ones of `=== ===`.

use super::{Grid, grid};
use crate::page::model::Line;

/// Most columns of a drawn table.
const COLUMNS_LIMIT: usize = 32;

/// Whether a line is the border of a grid.
pub(super) fn is_grid(text: &str) -> bool {
    text.starts_with('+')
        && text.ends_with('+')
        && text.len() > 2
        && text.bytes().all(|byte| matches!(byte, b'+' | b'-' | b'='))
}

/// Whether the simple drawing of a table begins here: a border, and one more below.
pub(super) fn is_simple(lines: &[Line], at: usize) -> bool {
    is_border(&lines[at].text)
        && lines[at + 1..].iter().take(12).any(|line| is_border(&line.text))
        && lines.get(at + 1).is_some_and(|line| !line.text.trim().is_empty())
}

fn is_border(text: &str) -> bool {
    let text = text.trim();
    text.contains(' ')
        && text.contains("==")
        && text.bytes().all(|byte| byte == b'=' || byte == b' ')
}

/// Reads the table that begins at a line; answers with the index after it.
pub(super) fn read(lines: &[Line], at: usize, depth: usize) -> (Option<Grid>, usize) {
    let (rows, end) =
        if is_grid(lines[at].text.trim()) { grid_rows(lines, at) } else { simple_rows(lines, at) };
    (grid(rows, depth), end)
}

type Rows = Vec<(bool, Vec<Vec<Line>>)>;

/// The characters of a line with the columns that they stand in. Those of Han are two wide, unless
/// the line ends at its last edge when they are not.
fn placed(text: &str, last: Option<usize>) -> Vec<(usize, char)> {
    let narrow = last.is_some_and(|last| text.chars().count() == last + 1);
    let mut column = 0;
    let place = |c: char| {
        let own = column;
        column += if is_wide(c) && !narrow { 2 } else { 1 };
        (own, c)
    };
    text.chars().map(place).collect()
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}')
}

fn grid_rows(lines: &[Line], at: usize) -> (Rows, usize) {
    let mut edges: Vec<usize> = Vec::new();
    let mut end = at;
    let drawn = |line: &Line| {
        let own = line.text.trim();
        (own.starts_with('|') || own.starts_with('+')) && (own.ends_with('|') || own.ends_with('+'))
    };
    while let Some(line) = lines.get(end).filter(|line| drawn(line)) {
        if line.text.trim().starts_with('+') {
            edges.extend(line.text.char_indices().filter(|(_, c)| *c == '+').map(|(at, _)| at));
        }
        end += 1;
    }
    edges.sort_unstable();
    edges.dedup();
    edges.truncate(COLUMNS_LIMIT + 1);
    let count = edges.len().saturating_sub(1);
    let mut rows: Rows = Vec::new();
    let mut open: Vec<Vec<Line>> = vec![Vec::new(); count];
    let mut begun = false;
    for line in &lines[at..end] {
        let characters = placed(&line.text, edges.last().copied());
        let here = |column: usize| {
            let found = characters.binary_search_by_key(&column, |(at, _)| *at).ok();
            found.map(|at| characters[at].1)
        };
        let region = |from: usize, to: usize| {
            let start = characters.partition_point(|(at, _)| *at <= from);
            let stop = characters.partition_point(|(at, _)| *at < to);
            characters.get(start..stop).unwrap_or_default().iter().map(|(_, c)| *c)
        };
        let closed: Vec<bool> = edges
            .windows(2)
            .map(|edge| {
                let drawn = [edge[0], edge[1]].iter().any(|edge| here(*edge) == Some('+'));
                drawn && region(edge[0], edge[1]).all(|c| matches!(c, '-' | '='))
            })
            .collect();
        let parts_rows = closed.contains(&true);
        if parts_rows {
            if begun {
                rows.push((false, open.clone()));
            }
            if line.text.contains("+=") {
                for (head, _) in &mut rows {
                    *head = true;
                }
            }
            let closing = open.iter_mut().zip(&closed).filter(|(_, closed)| **closed);
            for (cell, _) in closing {
                cell.clear();
            }
        }
        begun = !parts_rows;
        let mut index = 0;
        while index < count {
            // A cell reaches to the next edge that is drawn.
            let mut next = index + 1;
            while next < count && !matches!(here(edges[next]), Some('|' | '+')) {
                next += 1;
            }
            if !closed[index] {
                let text: String = region(edges[index], edges[next]).collect();
                open[index].push(Line { number: line.number, text: text.trim_end().to_owned() });
            }
            index = next;
        }
    }
    (rows, end)
}

fn simple_rows(lines: &[Line], at: usize) -> (Rows, usize) {
    let border = &lines[at].text;
    let mut starts: Vec<usize> = Vec::new();
    for (column, byte) in border.bytes().enumerate() {
        if starts.len() < COLUMNS_LIMIT
            && byte == b'='
            && (column == 0 || border.as_bytes()[column - 1] == b' ')
        {
            starts.push(column);
        }
    }
    let borders: Vec<usize> =
        (at + 1..lines.len()).filter(|at| is_border(&lines[*at].text)).take(2).collect();
    let blank = |at: usize| lines.get(at).is_none_or(|line| line.text.trim().is_empty());
    // A border with a blank line below it ends the table.
    let (head, end) = match borders.as_slice() {
        [first, second] if !blank(first + 1) => (Some(*first), *second),
        [first, ..] => (None, *first),
        [] => (None, at),
    };
    let mut rows: Rows = Vec::new();
    for (index, line) in lines.iter().enumerate().take(end).skip(at + 1) {
        if Some(index) == head {
            for (head, _) in &mut rows {
                *head = true;
            }
            continue;
        }
        let characters = placed(&line.text, None);
        let cells: Vec<Line> = starts
            .iter()
            .enumerate()
            .map(|(index, start)| {
                let stop = starts.get(index + 1).copied().unwrap_or(usize::MAX);
                let own = characters.iter().filter(|(at, _)| at >= start && *at < stop);
                let text: String = own.map(|(_, c)| *c).collect();
                Line { number: line.number, text: text.trim_end().to_owned() }
            })
            .collect();
        let continues = cells.first().is_some_and(|cell| cell.text.trim().is_empty());
        match rows.last_mut().filter(|(head_row, _)| continues && !*head_row) {
            Some((_, row)) => row.iter_mut().zip(cells).for_each(|(own, line)| own.push(line)),
            None => rows.push((false, cells.into_iter().map(|line| vec![line]).collect())),
        }
    }
    (rows, end + 1)
}

#[cfg(test)]
mod tests {
    use crate::page::markup::{Markup, Part, read as parts};
    use crate::page::outline::Cell;

    fn told(text: &str) -> Vec<String> {
        let part = |part: &Part| match part {
            Part::Table(grid) => {
                let row = |row: &crate::page::markup::GridRow| {
                    let cells: Vec<String> = row.cells.iter().map(Cell::text).collect();
                    format!("{}{}", if row.head { "#" } else { "" }, cells.join("|"))
                };
                grid.rows.iter().map(row).collect::<Vec<_>>().join(" / ")
            }
            Part::Heading(line) => format!("# {}", line.text),
            Part::Text(line) => line.text.clone(),
            Part::Caption(line) => format!("caption {}", line.text),
            Part::Anchor(name) => format!("@{name}"),
            Part::Code(lines) => {
                lines.iter().map(|line| line.text.clone()).collect::<Vec<_>>().join("~")
            }
        };
        parts(Markup::Restructured, text).iter().map(part).collect()
    }

    #[test]
    fn every_drawing_gives_the_same_table() {
        let grid = ".. table:: **Table 1** Depot\n\n   +------+-----------------+\n   | Name | Text            |\n   +======+=================+\n   | a    | One.            |\n   |      |                 |\n   |      | -  x            |\n   |      | -  y            |\n   +------+-----------------+\n   | b    | 中 :ref:`T <d>`  |\n   +------+-----------------+\n";
        let expected = ["caption Table 1 Depot", "#Name|Text / a|One. • x • y / b|中 T"];
        assert_eq!(told(grid), expected);
        let list = ".. list-table:: **Table 1** Depot\n   :header-rows: 1\n\n   * - Name\n     - Text\n   * - a\n     - One.\n\n       -  x\n       -  y\n   * - b\n     - 中 T\n";
        assert_eq!(told(list), expected);
        let simple = "==== =====\nName Text\n==== =====\na    One.\nb    中 T\n==== =====\n\nend\n";
        assert_eq!(told(simple), ["#Name|Text / a|One. / b|中 T", "end"]);
    }

    #[test]
    fn spans_and_torn_tables_are_read_as_far_as_they_go() {
        let text = "+---+---+\n| a | b |\n|   +---+\n|   | c |\n+---+---+\n| wide  |\n+---+---+\n";
        assert_eq!(told(text), ["a|b / a|c / wide|"]);
        for torn in [
            "+---+\n| a",
            "+--+--+\n",
            "==== ====\na b\n",
            ".. table::\n",
            ".. list-table::\n\n   * - a\n * b",
        ] {
            told(torn);
        }
    }

    #[test]
    fn blocks_of_a_page_are_told_apart() {
        let text = ":original_name: x\n\n.. _x:\n\nDepot\n=====\n\n-  Parameters in the **depot** field\n\n   .. code-block:: json\n\n      {\n       1}\n\nText that\ngoes on::\n\n   code\n\n.. note::\n\n   Mind.\n";
        assert_eq!(
            told(text),
            [
                "@x",
                "# Depot",
                "Parameters in the depot field",
                "{~ 1}",
                "Text that goes on:",
                "code",
                "NOTE:",
                "Mind."
            ]
        );
    }
}
