//! Cells that are a run of labelled paragraphs: definition, constraints, range, default.

use crate::page::model::Line;
use crate::page::vocabulary::{self, Facet};
use regex::Regex;
use std::sync::LazyLock;

/// Most items of a list that stands in one line.
const ITEMS_LIMIT: usize = 64;

/// An item of a list in the middle of a line: its mark, a word, and the colon before its meaning.
static ITEM: LazyLock<Regex> = LazyLock::new(|| {
    let mark = r"(?:[-*•–●·]\s+|\d{1,2}\s*[)）]\s*)";
    let word = r"[A-Za-z0-9_][A-Za-z0-9_./-]*\s*";
    let gloss = r"[（(][^（）()]+[）)]";
    let marked = format!(r"{word}(?:(?:{gloss}\s*)?(?::(?:\s|$|[^\x00-\x7f])|：)|{gloss})");
    // Without a mark, only a colon before another script tells an item.
    let bare = format!(r"{word}(?::[^\x00-\x7f]|：)");
    Regex::new(&format!(r"(?:^|[\s:：。；;])(?:{mark}(?P<w>{marked})|(?P<x>{bare}))"))
        .expect("a pattern that a test compiles")
});

/// Lists whose items stand in one line, as in `Options: - a: one - b: two`, in a line each. Only
/// what a colon or a label announces is a list.
pub(super) fn unfolded(said: Vec<Said>) -> Vec<Said> {
    let mut unfolded: Vec<Said> = Vec::with_capacity(said.len());
    for (index, part) in said.iter().enumerate() {
        let text = &part.line.text;
        if !text.contains([':', '：', '(', '（']) {
            unfolded.push(part.copy(text.clone()));
            continue;
        }
        // Where the item's word begins, and where the text before its mark ends.
        let starts: Vec<(usize, usize)> = ITEM
            .captures_iter(text)
            .filter_map(|found| {
                let word = found.name("w").or_else(|| found.name("x"))?;
                Some((found.get(0)?.start(), word.start()))
            })
            .map(|(at, word)| (at + text[at..].chars().next().map_or(0, lead), word))
            .take(ITEMS_LIMIT)
            .collect();
        let Some((first, _)) = starts.first().copied() else {
            unfolded.push(part.copy(text.clone()));
            continue;
        };
        let head = text[..first].trim_end();
        let labelled = head.is_empty() && part.facet == Facet::Range;
        let announced = head.ends_with([':', '：']) || labelled;
        // A single item goes on in the next lines.
        let goes_on = || {
            said.get(index + 1)
                .is_some_and(|next| super::choices::explained(&next.line.text).is_some())
        };
        let enough = starts.len() > 1 || !head.is_empty() && goes_on();
        if !announced || !enough {
            unfolded.push(part.copy(text.clone()));
            continue;
        }
        if !head.is_empty() {
            unfolded.push(part.copy(head.to_owned()));
        }
        for (index, (_, word)) in starts.iter().enumerate() {
            let end = starts.get(index + 1).map_or(text.len(), |(next, _)| *next);
            unfolded.push(part.copy(format!("• {}", text[*word..end].trim())));
        }
    }
    unfolded
}

/// How much of what stands in front of a mark belongs to the text before it.
fn lead(c: char) -> usize {
    if matches!(c, ':' | '：' | '。' | '；' | ';') { c.len_utf8() } else { 0 }
}

/// A line of prose under the label that it stands under.
pub(super) struct Said {
    pub(super) facet: Facet,
    pub(super) line: Line,
}

impl Said {
    /// Another text on the same line, under the same label.
    fn copy(&self, text: String) -> Self {
        Self { facet: self.facet, line: Line { number: self.line.number, text } }
    }
}

/// A text without the bullet or the emphasis that begins what follows it.
fn unmarked(text: &str) -> &str {
    let text = text.trim_end_matches('*');
    let bare = text.trim_end();
    let bulleted = bare.strip_suffix(['•', '-', '●', '·']).filter(|_| bare.len() < text.len());
    bulleted.filter(|rest| rest.is_empty() || rest.ends_with(char::is_whitespace)).unwrap_or(text)
}

/// A line whose labels stand in front of their text (`Definition: A depot. Range: 1-9`), in a line
/// for each label: what stands before the first label, then each label and its text.
fn labels_within(line: &Line) -> Vec<(Option<Facet>, Line)> {
    let text = &line.text;
    let mut found: Vec<(usize, usize, Facet)> = Vec::new();
    for (at, colon) in text.char_indices().filter(|(_, c)| matches!(c, ':' | '：')) {
        let from = found.last().map_or(0, |(_, end, _)| *end);
        let before = text[from..at].trim_end_matches('*');
        let label = vocabulary::facet_at_end(before);
        if let Some((facet, length)) = label.filter(|_| found.len() < ITEMS_LIMIT) {
            let start = from + before.len() - length;
            let apart = unmarked(&text[..start]);
            let begins = apart.is_empty()
                || apart.len() < start && !text[..start].ends_with('*')
                || apart.ends_with(|c: char| c.is_whitespace() || matches!(c, '。' | '；' | '.'));
            if begins {
                found.push((apart.len(), at + colon.len_utf8(), facet));
            }
        }
    }
    let piece = |text: &str| Line { number: line.number, text: text.trim().to_owned() };
    let mut pieces = vec![(None, piece(&text[..found.first().map_or(text.len(), |own| own.0)]))];
    for (index, (_, from, facet)) in found.iter().enumerate() {
        let end = found.get(index + 1).map_or(text.len(), |next| next.0);
        pieces.push((Some(*facet), piece(text[*from..end].trim_start_matches('*'))));
    }
    pieces
}

/// Whether a line begins with the label of a definition and goes on behind its colon.
fn begins_with_definition(text: &str) -> bool {
    let text = super::choices::unbulleted(text).0;
    let label = text.find([':', '：']).map(|at| &text[..at]);
    label.and_then(vocabulary::facet) == Some(Facet::Definition)
}

/// The lines of a cell, each label in a line of its own.
fn labels_apart(lines: Vec<Line>) -> Vec<Line> {
    let mut apart = Vec::with_capacity(lines.len());
    for line in lines {
        if line.text.len() > super::LINE_LIMIT {
            apart.push(line);
            continue;
        }
        for (facet, piece) in labels_within(&line) {
            if let Some(facet) = facet {
                let text = vocabulary::facet_label(facet).to_owned();
                apart.push(Line { number: line.number, text });
            }
            if !piece.text.is_empty() {
                apart.push(piece);
            }
        }
    }
    apart
}

/// The lines of a cell by label; labels, and lines that say nothing, are taken out of the text.
/// A cell without labels is a definition. Labels count only where the cell begins with one.
pub(super) fn split(text: &mut Vec<Line>) -> Vec<Said> {
    let labelled = text.first().is_some_and(|line| vocabulary::facet(&line.text).is_some());
    let within = !labelled && text.first().is_some_and(|line| begins_with_definition(&line.text));
    if within {
        *text = labels_apart(std::mem::take(text));
    }
    let mut facet = Facet::Definition;
    let mut said = Vec::with_capacity(text.len());
    let mut kept = Vec::with_capacity(text.len());
    for line in text.drain(..) {
        if labelled || within {
            if let Some(own) = vocabulary::facet(&line.text) {
                facet = own;
                continue;
            }
            if vocabulary::says_nothing(line.text.trim_end_matches(['.', '。'])) {
                continue;
            }
        }
        if matches!(facet, Facet::Definition | Facet::Constraints) {
            kept.push(line.clone());
        }
        said.push(Said { facet, line });
    }
    *text = kept;
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_taken_out() {
        let lines = ["Definition", "Depot size.", "Range", "10-50", "Default Value", "N/A"];
        let mut text: Vec<Line> =
            (1..).zip(lines).map(|(number, text)| Line { number, text: text.to_owned() }).collect();
        let said = split(&mut text);
        let said: Vec<_> = said.iter().map(|part| (part.facet, part.line.text.as_str())).collect();
        assert_eq!(said, [(Facet::Definition, "Depot size."), (Facet::Range, "10-50")]);
        assert_eq!(text.len(), 1);
    }
}
