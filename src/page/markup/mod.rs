//! Pages in a markup, as parts: headings, text, code, tables with their anchors. Each reader ends
//! here and knows nothing of meaning; [`outline::gather`](super::outline::gather) reads the parts.
//! Which markup a page is in is told by its text, never by its name.

mod grid;
mod html;
mod inline;
mod markdown;
mod rst;

pub(super) use grid::{Grid, GridRow};

use super::model::Line;

/// One part of a page in a markup.
#[derive(Debug)]
pub(super) enum Part {
    /// A heading; the first is the page's title.
    Heading(Line),
    /// A line of text; the item of a list without its bullet.
    Text(Line),
    /// The caption of the table that follows.
    Caption(Line),
    /// A name that links elsewhere on the page lead to.
    Anchor(String),
    /// Code, line by line.
    Code(Vec<Line>),
    /// A table as drawn.
    Table(Grid),
}

/// The markups that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    Html,
    Markdown,
    Restructured,
}

/// Headings by which Markdown is told from plain text.
const HEADINGS: usize = 2;

/// The markup that a page is written in; `None` for plain text.
pub(super) fn recognise(text: &str) -> Option<Markup> {
    let start = text.trim_start().get(..200).unwrap_or(text.trim_start()).to_ascii_lowercase();
    let declared = ["<!doctype html", "<html", "<?xml"].iter().any(|sign| start.starts_with(sign));
    if declared || start.starts_with('<') && text.contains("</") {
        return Some(Markup::Html);
    }
    if rst::is(text) {
        return Some(Markup::Restructured);
    }
    let mut fenced = false;
    let (mut headings, mut first) = (0, None);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        first.get_or_insert(markdown::heading(line).is_some());
        fenced ^= line.starts_with("```") || line.starts_with("~~~");
        headings += usize::from(!fenced && markdown::heading(line).is_some());
    }
    if headings >= HEADINGS || first == Some(true) && headings > 0 {
        return Some(Markup::Markdown);
    }
    text.contains("</td>").then_some(Markup::Html)
}

/// The parts of a page.
pub(super) fn read(markup: Markup, text: &str) -> Vec<Part> {
    match markup {
        Markup::Html => html::read(text, 1),
        Markup::Markdown => markdown::read(text),
        Markup::Restructured => rst::read(text),
    }
}

/// A text without what no reader needs: blanks of every kind become one.
fn squeezed(text: &str) -> String {
    let text = text.replace(['\u{200b}', '\u{feff}'], "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markups_are_told_by_their_text() {
        for (text, expected) in [
            ("<!DOCTYPE html><p>x", Some(Markup::Html)),
            ("<a name=\"x\"></a>\n<h1>x</h1>", Some(Markup::Html)),
            ("x\n<table><tr><td>a</td></tr></table>", Some(Markup::Html)),
            ("# Depot\n\ntext", Some(Markup::Markdown)),
            ("text\n\n## A\n\n## B\n", Some(Markup::Markdown)),
            ("text\n```\n# a\n# b\n# c\n```\n", None),
            (":original_name: x.html\n\nDepot\n=====\n", Some(Markup::Restructured)),
            ("Depot\n\n.. table:: **Table 1** x\n", Some(Markup::Restructured)),
            ("Depot\n\n+---+---+\n| a | b |\n+===+===+\n", Some(Markup::Restructured)),
            ("| a | b |\n|---|---|\n| 1 | 2 |", None),
            ("Depot\nFunction\nPOST /v1/depots", None),
        ] {
            assert_eq!(recognise(text), expected, "{text}");
        }
    }
}
