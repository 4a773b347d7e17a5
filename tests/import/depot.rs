//! An invented operation of an invented vendor, laid out in every text layout that is read.

use std::fmt::Write as _;

/// How a page's tables have come down to text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A cell a paragraph, captions kept.
    Lines,
    /// The same with Chinese headings, captions and column names.
    ChineseLines,
    /// Rows between bars, captions lost.
    Bars,
    /// Rows with closing bars only, headings with permalink marks.
    ClosedRows,
    /// A cell a line, each closed by a bar; headings lost too.
    CellLines,
    /// HTML as help centres serve it.
    Html,
    /// Markdown with pipe tables.
    Markdown,
    /// Markdown with tables of HTML.
    MarkdownHtml,
    /// reStructuredText with grids.
    Grid,
    /// reStructuredText with simple tables.
    Simple,
    /// reStructuredText with lists as tables.
    List,
}

pub const LAYOUTS: [Layout; 11] = [
    Layout::Lines,
    Layout::ChineseLines,
    Layout::Bars,
    Layout::ClosedRows,
    Layout::CellLines,
    Layout::Html,
    Layout::Markdown,
    Layout::MarkdownHtml,
    Layout::Grid,
    Layout::Simple,
    Layout::List,
];

struct Table {
    caption: (&'static str, &'static str),
    flags: bool,
    rows: &'static [[&'static str; 4]],
}

const PATH: Table = Table {
    caption: ("Path Parameters", "路径参数"),
    flags: true,
    rows: &[["site", "Yes", "String", "Site that holds the depot. Contains 3 to 20 characters."]],
};

const HEADERS: Table = Table {
    caption: ("Request header parameters", "请求Header参数"),
    flags: true,
    rows: &[["X-Depot-Key", "No", "String", "Key of the keeper."]],
};

const BODY: Table = Table {
    caption: ("Request body parameters", "请求Body参数"),
    flags: true,
    rows: &[
        [
            "name",
            "Yes",
            "String",
            "Shelf name. Contains 1 to 30 characters. Contains letters, digits, and hyphens (-).",
        ],
        [
            "kind",
            "Yes",
            "String",
            "What lies on it. It can only be dry or wet. The default is dry.",
        ],
        [
            "drain",
            "No",
            "Drain object",
            "Drain under the shelf. This parameter is mandatory when kind is set to wet.",
        ],
        [
            "load",
            "No",
            "Integer",
            "Load in MB. The value ranges from 5 to 500. A multiple of 5. The default value is 50.",
        ],
        [
            "labels",
            "No",
            "Array of Label objects",
            "Labels. A maximum of 8 labels are allowed. Use either labels or note.",
        ],
        [
            "note",
            "No",
            "String",
            "Free text. The value cannot start with draft: or tmp:. Use either labels or note.",
        ],
        ["open", "No", "Boolean", "Whether it is open. The default value is true."],
        ["heights", "No", "Array of integers", "Heights of the boards."],
    ],
};

const DRAIN: Table = Table {
    caption: ("Drain", "Drain"),
    flags: true,
    rows: &[["width", "Yes", "Integer", "Width. Minimum: 1 Maximum: 9"]],
};

const LABEL: Table = Table {
    caption: ("Label", "Label"),
    flags: true,
    rows: &[
        ["key", "Yes", "String", "Label key, at most 12 characters."],
        ["value", "No", "String", "Label value."],
    ],
};

const ANSWER: Table = Table {
    caption: ("Response body parameters", "响应Body参数"),
    flags: false,
    rows: &[
        ["shelf_id", "", "String", "Id of the shelf."],
        ["shelf", "", "Shelf object", "The shelf."],
    ],
};

const SHELF: Table = Table {
    caption: ("Shelf", "Shelf"),
    flags: false,
    rows: &[["load", "", "Integer", "Load."], ["labels", "", "Array of Label objects", "Labels."]],
};

const ANSWER_LABEL: Table = Table {
    caption: ("Label", "Label"),
    flags: false,
    rows: &[["key", "", "String", "Label key."]],
};

const FAULT: Table = Table {
    caption: ("Response body parameters", "响应Body参数"),
    flags: false,
    rows: &[["fault", "", "String", "What is wrong."]],
};

const REQUEST: &str = "{\n  \"name\" : \"shelf-1\",\n  \"kind\" : \"wet\",\n  \"drain\" : { \"width\" : 4 },\n  \"load\" : 55\n}";
const RESPONSE: &str =
    "{\n  \"shelf_id\" : \"s-1\",\n  \"shelf\" : { \"load\" : 55, \"labels\" : [ ] }\n}";

/// The page of the invented operation.
pub fn shelf(layout: Layout) -> String {
    let mut page = Writer { layout, text: String::new(), tables: 0 };
    page.heading("Putting Up a Shelf", "Putting Up a Shelf");
    page.heading("Function", "功能介绍");
    page.line("Puts up a shelf in a depot of the site.");
    page.heading("URI", "URI");
    page.line("POST /v3/{site}/shelves");
    page.table(&PATH);
    page.heading("Request Parameters", "请求参数");
    for table in [&HEADERS, &BODY, &DRAIN, &LABEL] {
        page.table(table);
    }
    page.heading("Response Parameters", "响应参数");
    page.status(201);
    for table in [&ANSWER, &SHELF, &ANSWER_LABEL] {
        page.table(table);
    }
    if layout != Layout::CellLines {
        page.status(409);
        page.table(&FAULT);
    }
    page.heading("Example Requests", "请求示例");
    page.line("POST /v3/north-1/shelves");
    page.code(REQUEST);
    page.heading("Example Responses", "响应示例");
    page.status(201);
    page.code(RESPONSE);
    page.heading("Status Codes", "状态码");
    page.codes(&[(201, "Put up."), (409, "The place is taken."), (500, "Something broke.")]);
    page.heading("Error Codes", "错误码");
    page.line("See the list of error codes.");
    page.text
}

struct Writer {
    layout: Layout,
    text: String,
    tables: usize,
}

impl Writer {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
        if self.layout == Layout::Html {
            let kept = self.text.len() - line.len() - 1;
            self.text.truncate(kept);
            self.text.push_str(&format!("<p>{line}</p>\n"));
        } else if !matches!(self.layout, Layout::Bars | Layout::ClosedRows | Layout::CellLines) {
            self.text.push('\n');
        }
    }

    fn heading(&mut self, english: &str, chinese: &str) {
        match self.layout {
            Layout::CellLines => {}
            Layout::ClosedRows => self.line(&format!("{english}¶")),
            Layout::ChineseLines => self.line(chinese),
            Layout::Html => self.text.push_str(&format!("<h4 class=\"title\">{english}</h4>\n")),
            Layout::Markdown | Layout::MarkdownHtml => self.line(&format!("## {english}\n")),
            Layout::Grid | Layout::Simple | Layout::List => {
                self.line(&format!("{english}\n{}\n", "-".repeat(english.len())));
            }
            _ => self.line(english),
        }
    }

    fn status(&mut self, code: u16) {
        match self.layout {
            Layout::ChineseLines => self.line(&format!("状态码：{code}")),
            // Without headings the code is only where the example is.
            Layout::CellLines if !self.text.contains("POST /v3/north-1") => {}
            _ => self.line(&format!("Status code: {code}")),
        }
    }

    fn code(&mut self, code: &str) {
        if self.layout == Layout::CellLines {
            let lines = code.lines().count();
            let gutter: Vec<String> = (1..=lines).map(|line| line.to_string()).collect();
            let flat: Vec<&str> = code.lines().map(str::trim).collect();
            self.line(&format!("{} | {} |", gutter.join(" "), flat.join(" ")));
            return;
        }
        match self.layout {
            Layout::Html => self.text.push_str(&format!("<pre class=screen>{code}</pre>\n")),
            Layout::Markdown | Layout::MarkdownHtml => self.line(&format!("```\n{code}\n```")),
            Layout::Grid | Layout::Simple | Layout::List => {
                self.line(&format!(".. code-block::\n\n   {}", code.replace('\n', "\n   ")));
            }
            _ => self.line(code),
        }
    }

    fn cells(&mut self, cells: &[&str]) {
        match self.layout {
            Layout::Lines | Layout::ChineseLines => cells.iter().for_each(|cell| self.line(cell)),
            Layout::Bars => self.line(&format!("| {} |", cells.join(" | "))),
            Layout::ClosedRows => self.line(&format!("{} |", cells.join(" | "))),
            Layout::CellLines => cells.iter().for_each(|cell| self.line(&format!("{cell} |"))),
            _ => unreachable!("drawn as a whole"),
        }
    }

    /// A table in a markup.
    fn draw(&mut self, caption: &str, rows: &[Vec<&str>]) {
        let text = match self.layout {
            Layout::Html | Layout::MarkdownHtml => {
                let row = |(at, row): (usize, &Vec<&str>)| {
                    let kind = if at == 0 { "th" } else { "td" };
                    let cells: String = row
                        .iter()
                        .map(|cell| format!("<{kind}><p>{cell}</p></{kind}>\n"))
                        .collect();
                    format!("<tr>{cells}</tr>\n")
                };
                let rows: String = rows.iter().enumerate().map(row).collect();
                format!("<table border=\"1\"><caption><b>{caption}</b></caption>\n{rows}</table>\n")
            }
            Layout::Markdown => {
                let line = |row: &Vec<&str>| format!("|{}|\n", row.join("|"));
                let dashes = format!("|{}\n", "---|".repeat(rows[0].len()));
                let body: String = rows[1..].iter().map(line).collect();
                format!("{caption}\n\n{}{dashes}{body}\n", line(&rows[0]))
            }
            Layout::List => {
                let row = |row: &Vec<&str>| format!("   * - {}\n", row.join("\n     - "));
                let rows: String = rows.iter().map(row).collect();
                format!(".. list-table:: {caption}\n   :header-rows: 1\n\n{rows}\n")
            }
            _ => drawn(caption, rows, self.layout == Layout::Grid),
        };
        self.text.push_str(&text);
    }

    fn head(&mut self, cells: &[&str]) {
        self.cells(cells);
        match self.layout {
            Layout::Bars => self.line(&format!("|{}", "---|".repeat(cells.len()))),
            Layout::ClosedRows | Layout::CellLines => self.line(&"---|".repeat(cells.len())),
            _ => {}
        }
    }

    fn table(&mut self, table: &Table) {
        self.tables += 1;
        let chinese = self.layout == Layout::ChineseLines;
        match self.layout {
            Layout::Lines => self.line(&format!("Table {} {}", self.tables, table.caption.0)),
            Layout::ChineseLines => self.line(&format!("表{} {}", self.tables, table.caption.1)),
            _ => {}
        }
        let names = if chinese {
            ["参数", "是否必选", "参数类型", "描述"]
        } else {
            ["Parameter", "Mandatory", "Type", "Description"]
        };
        let kept = |row: &[&'static str; 4]| -> Vec<String> {
            let mut cells: Vec<String> = row.iter().map(|cell| (*cell).to_owned()).collect();
            if chinese && table.flags {
                cells[1] = if row[1] == "Yes" { "是".to_owned() } else { "否".to_owned() };
            }
            if !table.flags {
                cells.remove(1);
            }
            cells
        };
        let head: Vec<&str> = names
            .iter()
            .enumerate()
            .filter(|(at, _)| table.flags || *at != 1)
            .map(|(_, name)| *name)
            .collect();
        if self.is_drawn() {
            let rows: Vec<Vec<String>> = table.rows.iter().map(kept).collect();
            let mut all = vec![head];
            let texts: Vec<Vec<&str>> =
                rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
            all.extend(texts);
            self.draw(&format!("Table {} {}", self.tables, table.caption.0), &all);
            return;
        }
        self.head(&head);
        for row in table.rows {
            let cells = kept(row);
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            self.cells(&cells);
        }
    }

    fn is_drawn(&self) -> bool {
        !matches!(
            self.layout,
            Layout::Lines
                | Layout::ChineseLines
                | Layout::Bars
                | Layout::ClosedRows
                | Layout::CellLines
        )
    }

    fn codes(&mut self, codes: &[(u16, &str)]) {
        if self.is_drawn() {
            let codes: Vec<(String, &str)> =
                codes.iter().map(|(code, text)| (code.to_string(), *text)).collect();
            let mut rows = vec![vec!["Status Code", "Description"]];
            rows.extend(codes.iter().map(|(code, text)| vec![code.as_str(), *text]));
            self.draw("", &rows);
            return;
        }
        if self.layout == Layout::ChineseLines {
            self.head(&["状态码", "描述"]);
        } else {
            self.head(&["Status Code", "Description"]);
        }
        for (code, meaning) in codes {
            let mut code_cell = String::new();
            write!(code_cell, "{code}").unwrap();
            self.cells(&[&code_cell, meaning]);
        }
    }
}

/// A table drawn with marks: a grid, or rows between borders.
fn drawn(caption: &str, rows: &[Vec<&str>], grid: bool) -> String {
    let widths: Vec<usize> = (0..rows[0].len())
        .map(|at| rows.iter().map(|row| row[at].len()).max().unwrap_or(1).max(1))
        .collect();
    let ruled = |mark: &str| {
        let parts: Vec<String> =
            widths.iter().map(|width| mark.repeat(width + if grid { 2 } else { 0 })).collect();
        if grid {
            format!("   +{}+\n", parts.join("+"))
        } else {
            format!("   {}\n", parts.join(" "))
        }
    };
    let line = |row: &Vec<&str>| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        if grid {
            format!("   | {} |\n", cells.join(" | "))
        } else {
            format!("   {}\n", cells.join(" ").trim_end())
        }
    };
    let (light, heavy) = if grid { (ruled("-"), ruled("=")) } else { (ruled("="), ruled("=")) };
    let mut text = format!(".. table:: {caption}\n\n{light}{}{heavy}", line(&rows[0]));
    for row in &rows[1..] {
        text.push_str(&line(row));
        if grid {
            text.push_str(&light);
        }
    }
    if !grid {
        text.push_str(&light);
    }
    text + "\n"
}
