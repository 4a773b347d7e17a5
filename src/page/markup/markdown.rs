//! Markdown to parts: headings, fenced code, tables between bars whose rows may go on over lines
//! (as exports of documentation write them), tables of HTML in between.

use super::grid::{Grid, GridRow};
use super::{Part, html, inline};
use crate::page::model::Line;
use crate::page::outline::{Cell, cells_of_bars};
use crate::page::vocabulary;

/// Most lines that one row goes on for.
const ROW_LINES: usize = 120;

/// Elements that a cell of a table may hold.
const ELEMENTS: &[&str] =
    &["<br", "<p>", "<ul>", "<li>", "<ol>", "<a ", "<strong>", "<b>", "<code>", "<em>"];

struct Reader<'a> {
    lines: Vec<(u32, &'a str)>,
    at: usize,
    parts: Vec<Part>,
}

/// Reads a page.
pub(super) fn read(text: &str) -> Vec<Part> {
    let lines = (1..).zip(text.lines()).collect();
    let mut reader = Reader { lines, at: 0, parts: Vec::new() };
    while reader.at < reader.lines.len() {
        reader.step();
    }
    reader.parts
}

/// The text of a heading such as `## Depots {#depots .section}`.
pub(super) fn heading(line: &str) -> Option<(&str, Option<&str>)> {
    let line = line.trim();
    let marks = line.bytes().take_while(|byte| *byte == b'#').count();
    let text = line.get(marks..)?.strip_prefix([' ', '\t'])?.trim().trim_end_matches('#').trim();
    if !(1..=6).contains(&marks) || text.is_empty() {
        return None;
    }
    let (text, attributes) = match text.rfind('{').filter(|_| text.ends_with('}')) {
        // A path template ends alike.
        Some(at) if text[at + 1..].trim_start().starts_with(['#', '.']) => {
            (text[..at].trim(), Some(&text[at + 1..text.len() - 1]))
        }
        _ => (text, None),
    };
    let id =
        attributes.and_then(|own| own.split_whitespace().find_map(|word| word.strip_prefix('#')));
    Some((text, id))
}

impl Reader<'_> {
    fn step(&mut self) {
        let (number, line) = self.lines[self.at];
        let text = line.trim();
        if text.is_empty() || text == "---" {
            self.at += 1;
        } else if text.starts_with("```") || text.starts_with("~~~") {
            self.fence();
        } else if text.to_ascii_lowercase().starts_with("<table") {
            self.html();
        } else if self.is_table() {
            self.table(2);
        } else if self.is_table_without_dashes() {
            self.table(1);
        } else if let Some((text, id)) = heading(text) {
            if let Some(id) = id {
                self.parts.push(Part::Anchor(id.to_owned()));
            }
            for anchor in anchors(text) {
                self.parts.push(Part::Anchor(anchor));
            }
            let text = inline::markdown(&without_elements(text)).text;
            self.parts.push(Part::Anchor(slug(&text)));
            self.parts.push(Part::Heading(Line { number, text }));
            self.at += 1;
        } else {
            for anchor in anchors(text) {
                self.parts.push(Part::Anchor(anchor));
            }
            let text = inline::markdown(&without_elements(unbulleted(text))).text;
            if !text.is_empty() {
                self.parts.push(Part::Text(Line { number, text }));
            }
            self.at += 1;
        }
    }

    fn fence(&mut self) {
        let mark = &self.lines[self.at].1.trim()[..3];
        let mut code = Vec::new();
        self.at += 1;
        while let Some((number, line)) = self.lines.get(self.at) {
            self.at += 1;
            if line.trim().starts_with(mark) {
                break;
            }
            code.push(Line { number: *number, text: line.trim_end().to_owned() });
        }
        self.parts.push(Part::Code(code));
    }

    fn html(&mut self) {
        let first = self.lines[self.at].0;
        let mut text = String::new();
        let mut depth = 0_usize;
        while let Some((_, line)) = self.lines.get(self.at) {
            let lower = line.to_ascii_lowercase();
            depth += lower.matches("<table").count();
            depth = depth.saturating_sub(lower.matches("</table").count());
            text.push_str(line);
            text.push('\n');
            self.at += 1;
            if depth == 0 {
                break;
            }
        }
        self.parts.extend(html::read(&text, first));
    }

    fn is_table(&self) -> bool {
        let dashes = self.lines.get(self.at + 1).and_then(|(_, line)| columns_of_dashes(line));
        let head = self.lines[self.at].1;
        head.contains('|') && dashes.is_some_and(|count| cells_of_bars(head).len() == count)
    }

    /// Whether a run of rows between bars begins with the names of columns, its line of dashes lost.
    fn is_table_without_dashes(&self) -> bool {
        let between = |line: &str| {
            let line = line.trim();
            line.len() > 2 && line.starts_with('|') && line.ends_with('|')
        };
        let next =
            self.lines.get(self.at + 1).is_some_and(|(_, line)| line.trim().starts_with('|'));
        let head = self.lines[self.at].1;
        let known = |text: &String| vocabulary::column(text).is_some();
        let cells = || cells_of_bars(head);
        next && between(head) && cells().len() > 1 && cells().iter().all(known)
    }

    fn table(&mut self, rows_at: usize) {
        let (line, head) = self.lines[self.at];
        let barred = head.trim_start().starts_with('|');
        let head: Vec<Cell> = cells_of_bars(head).iter().map(|text| cell(text, line)).collect();
        let count = head.len();
        let mut grid =
            Grid { line, rows: vec![GridRow { head: true, cells: head }], ..Grid::default() };
        self.at += rows_at;
        while let Some((number, line)) = self.lines.get(self.at).copied() {
            let own = line.trim();
            if own.is_empty() || barred && !own.starts_with('|') || !own.contains('|') {
                break;
            }
            let mut text = own.to_owned();
            self.at += 1;
            let mut gone_on = 0;
            // A row goes on until it has all its cells, and the last is closed.
            while barred && !is_whole(&text, count) && gone_on < ROW_LINES {
                let Some((_, next)) = self.lines.get(self.at).copied() else { break };
                if next.trim_start().starts_with('|') || heading(next).is_some() {
                    break;
                }
                text.push('\n');
                text.push_str(next.trim());
                self.at += 1;
                gone_on += 1;
            }
            grid.rows.push(GridRow { head: false, cells: row(&text, number, count) });
        }
        self.parts.push(Part::Table(grid));
    }
}

/// The number of columns that a line such as `|:-|---|` parts a head of.
fn columns_of_dashes(line: &str) -> Option<usize> {
    let line = line.trim();
    let groups = cells_of_bars(line);
    let dashed = |group: &String| {
        let bare = group.trim_matches(':');
        !bare.is_empty() && bare.bytes().all(|byte| byte == b'-')
    };
    (line.contains('|') && groups.iter().all(dashed)).then_some(groups.len())
}

fn is_whole(text: &str, count: usize) -> bool {
    text.ends_with('|') && !text.ends_with("\\|") && cells_of_bars(text).len() >= count
}

/// The cells of a row, one too many for its columns joined to the last.
fn row(text: &str, first: u32, count: usize) -> Vec<Cell> {
    let mut found = cells_of_bars(text);
    if found.len() > count {
        let more = found.split_off(count).join(" | ");
        if let Some(last) = found.last_mut() {
            *last = format!("{last} | {more}");
        }
    }
    let mut number = first;
    let cells = found.iter().map(|text| {
        let own = cell(text, number);
        number += u32::try_from(text.matches('\n').count()).unwrap_or(0);
        own
    });
    cells.collect()
}

fn cell(text: &str, first: u32) -> Cell {
    let mut cell = Cell::default();
    for (number, line) in (first..).zip(text.split('\n')) {
        for piece in without_elements(line).split('\n') {
            let (text, bulleted) = bullet(piece.trim());
            let plain = inline::markdown(text);
            cell.links.extend(plain.links);
            if plain.text.is_empty() {
                continue;
            }
            let mark = if bulleted { "• " } else { "" };
            cell.lines.push(Line { number, text: format!("{mark}{}", plain.text) });
        }
    }
    cell
}

fn bullet(text: &str) -> (&str, bool) {
    for mark in ["-", "*", "+", "•", "–"] {
        if let Some(rest) = text.strip_prefix(mark)
            && rest.starts_with(char::is_whitespace)
        {
            return (rest.trim_start(), true);
        }
    }
    (text, false)
}

fn unbulleted(text: &str) -> &str {
    bullet(text.strip_prefix("> ").unwrap_or(text)).0
}

/// A line with its elements of HTML read: line ends and items as lines, the rest left out.
fn without_elements(line: &str) -> String {
    let lower = line.to_ascii_lowercase();
    if !ELEMENTS.iter().any(|element| lower.contains(element)) {
        return line
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
            .replace("&nbsp;", " ");
    }
    let mut lines = Vec::new();
    // In a frame of one cell the reader of HTML keeps the items' marks.
    for part in html::read(
        &format!("<table><tr><td>{line}</td><td>x</td></tr><tr><td>x</td></tr></table>"),
        1,
    ) {
        if let Part::Table(grid) = part {
            let cell = grid.rows.into_iter().next().and_then(|row| row.cells.into_iter().next());
            lines.extend(cell.into_iter().flat_map(|cell| cell.lines).map(|line| line.text));
        }
    }
    lines.join("\n")
}

/// The names that elements such as `<a name="x"></a>` give a line.
fn anchors(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for mark in ["name=\"", "id=\""] {
        for (at, _) in text.match_indices(mark).take(4) {
            let rest = &text[at + mark.len()..];
            found.extend(rest.split('"').next().map(str::to_owned));
        }
    }
    found
}

/// The name that links lead to a heading by.
fn slug(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_on_until_they_are_whole() {
        let text = "# Depot {#d .x}\n\n|Parameter|Type|Description|\n|---|:--|----|\n|a\\_b|String|One:\n\n-   x: y\n-   z |\n|c|List| |\n\nEnd\n";
        let parts = read(text);
        let [
            Part::Anchor(id),
            Part::Anchor(_),
            Part::Heading(title),
            Part::Table(grid),
            Part::Text(end),
        ] = parts.as_slice()
        else {
            panic!("{parts:?}")
        };
        assert_eq!((id.as_str(), title.text.as_str(), end.number), ("d", "Depot", 11));
        let rows: Vec<Vec<String>> =
            grid.rows.iter().map(|row| row.cells.iter().map(Cell::text).collect()).collect();
        assert_eq!(rows[1], ["a_b", "String", "One: • x: y • z"]);
        assert_eq!(rows[2], ["c", "List", ""]);
        assert_eq!(grid.rows[1].cells[2].lines[1].number, 7);
    }

    #[test]
    fn cells_may_hold_html_and_pages_tables_of_it() {
        let found = cell("Type.<br>Valid values:<ul><li>a<li>b</ul>see <a href=\"#x\">X</a>", 3);
        let lines: Vec<&str> = found.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(lines, ["Type.", "Valid values:", "• a", "• b", "see X"]);
        let parts = read("# x\n## y\n<table>\n<tr><td>a</td><td>b</td></tr>\n</table>\nz\n");
        assert!(matches!(&parts[4], Part::Table(grid) if grid.line == 4), "{parts:?}");
    }

    #[test]
    fn a_template_at_a_headings_end_is_no_attribute() {
        assert_eq!(heading("## GET /v1/{id}"), Some(("GET /v1/{id}", None)));
        assert_eq!(heading("## Request {#r}"), Some(("Request", Some("r"))));
        assert_eq!(heading("#no"), None);
    }
}
