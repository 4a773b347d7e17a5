//! reStructuredText to parts, as documentation is exported to it: headings by their underline, tables
//! in all three drawings, directives, anchors.

mod drawn;
mod list;

use super::grid::Grid;
use super::{Part, inline, squeezed};
use crate::page::model::Line;
use crate::page::outline::Cell;

/// Deepest nesting of blocks in blocks.
const DEPTH_LIMIT: usize = 12;

/// Directives whose content is the page's own text.
const FLOWING: &[&str] = &[
    "note",
    "tip",
    "important",
    "caution",
    "warning",
    "danger",
    "attention",
    "hint",
    "container",
    "class",
    "admonition",
];
/// Directives whose content is code.
const CODE: &[&str] =
    &["code-block", "code", "sourcecode", "parsed-literal", "literalinclude", "highlight"];

/// Whether a page is in this markup.
pub(super) fn is(text: &str) -> bool {
    text.lines().take(5000).any(|line| {
        let line = line.trim();
        let grid = line.starts_with("+-") && line.ends_with("-+") && !line.contains('|');
        let directive = line.starts_with(".. ") && line.contains("::");
        grid || directive || line.starts_with(":original_name:")
    })
}

/// Reads a page.
pub(super) fn read(text: &str) -> Vec<Part> {
    let expanded =
        |line: &str| line.replace('\t', "        ").replace(['\u{200b}', '\u{feff}'], "");
    let lines = (1..).zip(text.lines());
    let lines: Vec<Line> = lines
        .map(|(number, text)| Line { number, text: expanded(text).trim_end().to_owned() })
        .collect();
    let mut flow = Flow { parts: Vec::new(), in_cell: false };
    flow.blocks(&lines, 0);
    flow.parts
}

/// A cell's lines as a cell.
fn cell(lines: &[Line], depth: usize) -> Cell {
    let mut flow = Flow { parts: Vec::new(), in_cell: true };
    flow.blocks(lines, depth + 1);
    let mut cell = Cell::default();
    for part in flow.parts {
        match part {
            Part::Text(line) | Part::Heading(line) | Part::Caption(line) => cell.lines.push(line),
            Part::Code(lines) => cell.lines.extend(lines),
            Part::Anchor(name) => {
                // What a link in a cell leads to travels as an anchor.
                if let Some(link) = name.strip_prefix('>') {
                    cell.links.push(link.to_owned());
                }
            }
            Part::Table(grid) => {
                let cells = grid.rows.into_iter().flat_map(|row| row.cells);
                cell.lines.extend(cells.flat_map(|cell| cell.lines));
            }
        }
    }
    cell
}

pub(super) struct Flow {
    parts: Vec<Part>,
    in_cell: bool,
}

fn indent(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// The lines from an index on that are indented more than `than`, blank ones inside included.
fn deeper(lines: &[Line], from: usize, than: usize) -> usize {
    let mut end = from;
    for (at, line) in lines.iter().enumerate().skip(from) {
        if line.text.trim().is_empty() {
            continue;
        }
        if indent(&line.text) <= than {
            break;
        }
        end = at + 1;
    }
    end
}

/// Lines without the indentation that they share.
fn dedented(lines: &[Line]) -> Vec<Line> {
    let filled = lines.iter().filter(|line| !line.text.trim().is_empty());
    let shared = filled.map(|line| indent(&line.text)).min().unwrap_or(0);
    let cut = |line: &Line| Line {
        number: line.number,
        text: line.text.get(shared..).unwrap_or_default().to_owned(),
    };
    lines.iter().map(cut).collect()
}

/// Whether a line is made of one mark, as underlines are.
fn underline(text: &str) -> bool {
    let text = text.trim_end();
    let first = text.chars().next();
    first.is_some_and(|mark| {
        "=-~^\"'`#*+:._".contains(mark) && text.len() >= 3 && text.chars().all(|c| c == mark)
    })
}

impl Flow {
    fn blocks(&mut self, lines: &[Line], depth: usize) {
        let mut at = 0;
        while at < lines.len() {
            let text = lines[at].text.as_str();
            let bare = text.trim();
            let own = indent(text);
            if bare.is_empty() || depth > DEPTH_LIMIT {
                at += 1;
            } else if let Some(rest) =
                bare.strip_prefix(".. ").or_else(|| (bare == "..").then_some(""))
            {
                at = self.explicit(lines, at, rest, depth);
            } else if drawn::is_grid(bare) || drawn::is_simple(lines, at) {
                let (grid, end) = drawn::read(lines, at, depth);
                self.parts.extend(grid.map(Part::Table));
                at = end.max(at + 1);
            } else if let Some(mark) = bullet(bare) {
                at = self.item(lines, at, mark, depth);
            } else if let Some(heading) = self.heading(lines, at) {
                at = heading;
            } else if bare.starts_with(':') && is_field(bare) {
                at = deeper(lines, at + 1, own).max(at + 1);
            } else {
                at = self.paragraph(lines, at, depth);
            }
        }
    }

    fn heading(&mut self, lines: &[Line], at: usize) -> Option<usize> {
        let text = lines[at].text.trim_end();
        if underline(text) {
            // An overline, or a line that parts the text.
            return Some(at + 1);
        }
        let below = lines.get(at + 1)?;
        if self.in_cell
            || text.starts_with(' ')
            || !underline(&below.text)
            || below.text.starts_with(' ')
        {
            return None;
        }
        let plain = inline::restructured(text);
        self.parts.push(Part::Heading(Line { number: lines[at].number, text: plain.text }));
        Some(at + 2)
    }

    /// Anchors, directives and comments.
    fn explicit(&mut self, lines: &[Line], at: usize, rest: &str, depth: usize) -> usize {
        let own = indent(&lines[at].text);
        let end = deeper(lines, at + 1, own).max(at + 1);
        let rest = rest.trim();
        if let Some(anchor) = rest.strip_prefix('_').and_then(|rest| rest.strip_suffix(':')) {
            self.parts.push(Part::Anchor(anchor.trim_matches('`').to_owned()));
            return at + 1;
        }
        let Some((name, argument)) = rest.split_once("::") else { return end };
        let content = dedented(&lines[at + 1..end]);
        let options = content.iter().take_while(|line| is_field(line.text.trim())).count();
        let body = &content[options..];
        match name.trim() {
            "table" => {
                self.caption(argument, lines[at].number);
                self.blocks(body, depth + 1);
            }
            "list-table" => {
                self.caption(argument, lines[at].number);
                let heads = content[..options].iter().find_map(|line| {
                    line.text.trim().strip_prefix(":header-rows:")?.trim().parse().ok()
                });
                self.parts.extend(list::read(body, heads.unwrap_or(0), depth).map(Part::Table));
            }
            name if CODE.contains(&name) => self.code(body),
            name if FLOWING.contains(&name) => {
                if matches!(name, "note" | "important" | "caution" | "warning" | "tip") {
                    let text = format!("{}:", name.to_uppercase());
                    self.parts.push(Part::Text(Line { number: lines[at].number, text }));
                }
                let argument = argument.trim();
                if !argument.is_empty() && name != "class" && name != "container" {
                    let text = inline::restructured(argument).text;
                    self.parts.push(Part::Text(Line { number: lines[at].number, text }));
                }
                self.blocks(body, depth + 1);
            }
            _ => {}
        }
        end
    }

    fn caption(&mut self, argument: &str, number: u32) {
        let text = inline::restructured(argument).text;
        if !text.is_empty() {
            self.parts.push(Part::Caption(Line { number, text }));
        }
    }

    fn code(&mut self, lines: &[Line]) {
        let first = lines.iter().position(|line| !line.text.trim().is_empty());
        self.parts.extend(first.map(|first| Part::Code(lines[first..].to_vec())));
    }

    /// An item of a list: its blocks, the first marked in a cell.
    fn item(&mut self, lines: &[Line], at: usize, mark: usize, depth: usize) -> usize {
        let own = indent(&lines[at].text);
        let end = deeper(lines, at + 1, own).max(at + 1);
        let first = Line {
            number: lines[at].number,
            text: " ".repeat(mark)
                + lines[at].text.trim_start().get(mark..).unwrap_or_default().trim_start(),
        };
        let mut inner = vec![first];
        inner.extend(dedented_to(&lines[at + 1..end], mark));
        let before = self.parts.len();
        self.blocks(&dedented(&inner), depth + 1);
        if self.in_cell
            && let Some(Part::Text(line)) =
                self.parts[before..].iter_mut().find(|part| matches!(part, Part::Text(_)))
        {
            line.text.insert_str(0, "• ");
        }
        end
    }

    /// Lines up to a blank one, in one piece; code follows where it ends in two colons.
    fn paragraph(&mut self, lines: &[Line], at: usize, depth: usize) -> usize {
        let own = indent(&lines[at].text);
        let number = lines[at].number;
        let mut text = String::new();
        let mut end = at;
        while let Some(line) = lines.get(end) {
            let bare = line.text.trim();
            let ends =
                bare.is_empty() || end > at && (bullet(bare).is_some() || bare.starts_with(".. "));
            if ends || end > at && indent(&line.text) < own {
                break;
            }
            let bare = bare.strip_prefix("| ").unwrap_or(bare);
            // A block of lines keeps its ends.
            if line.text.trim().starts_with("| ") && !text.is_empty() {
                self.line(&text, lines[end].number.saturating_sub(1));
                text.clear();
            }
            text.push_str(bare);
            text.push(' ');
            end += 1;
        }
        let literal = text.trim_end().ends_with("::");
        if literal {
            let kept = text.trim_end().len() - 1;
            text.truncate(kept);
            if text == ":" {
                text.clear();
            }
        }
        self.line(&text, number);
        if literal {
            let code = deeper(lines, end, own);
            self.code(&dedented(&lines[end..code]));
            return code.max(end);
        }
        let _ = depth;
        end.max(at + 1)
    }

    fn line(&mut self, text: &str, number: u32) {
        let plain = inline::restructured(text);
        if self.in_cell {
            self.parts.extend(plain.links.into_iter().map(|link| Part::Anchor(format!(">{link}"))));
        }
        if !plain.text.is_empty() {
            self.parts.push(Part::Text(Line { number, text: squeezed(&plain.text) }));
        }
    }
}

/// Lines indented by just `to` where they are indented more.
fn dedented_to(lines: &[Line], to: usize) -> Vec<Line> {
    let moved = dedented(lines);
    moved
        .into_iter()
        .map(|line| Line { number: line.number, text: " ".repeat(to) + &line.text })
        .collect()
}

/// The length of the mark that an item begins with.
fn bullet(text: &str) -> Option<usize> {
    let mut characters = text.chars();
    if matches!(characters.next(), Some('-' | '*' | '+' | '•')) {
        return (text.len() > 1 && characters.next().is_some_and(char::is_whitespace))
            .then(|| text.chars().next().map_or(1, char::len_utf8));
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mark = text.get(digits..)?.strip_prefix(['.', ')'])?;
    ((1..=3).contains(&digits) && mark.starts_with(' ')).then_some(digits + 1)
}

/// `:name: value`.
fn is_field(text: &str) -> bool {
    text.strip_prefix(':').and_then(|rest| rest.split_once(':')).is_some_and(|(name, rest)| {
        !name.is_empty()
            && name.chars().all(|c| c.is_alphanumeric() || "_- ".contains(c))
            && (rest.is_empty() || rest.starts_with(' '))
    })
}

/// A table's cells, read from the lines of each.
fn grid(rows: Vec<(bool, Vec<Vec<Line>>)>, depth: usize) -> Option<Grid> {
    let rows: Vec<super::GridRow> = rows
        .into_iter()
        .map(|(head, cells)| super::GridRow {
            head,
            cells: cells.iter().map(|lines| cell(&dedented(lines), depth)).collect(),
        })
        .collect();
    let line = rows.iter().flat_map(|row| &row.cells).find_map(Cell::line)?;
    Some(Grid { line, rows, ..Grid::default() })
}
