//! Cells that are a run of labelled paragraphs: definition, constraints, range, default.

use crate::page::model::Line;
use crate::page::vocabulary::{self, Facet};

/// Most items of a list that stands in one line.
const ITEMS_LIMIT: usize = 64;

/// Lists whose items stand in one line, as in `Options: - a: one - b: two`, in a line each.
pub(super) fn unfolded(said: Vec<Said>) -> Vec<Said> {
    let mut unfolded = Vec::with_capacity(said.len());
    for part in said {
        let text = &part.line.text;
        let item = |rest: &str| {
            let word = rest.split([':', ' ']).next().unwrap_or_default();
            let token = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            !word.is_empty() && token && rest[word.len()..].starts_with(": ")
        };
        let starts: Vec<usize> = text
            .match_indices(" - ")
            .map(|(at, _)| at)
            .filter(|at| item(&text[at + 3..]))
            .take(ITEMS_LIMIT)
            .collect();
        let announced = starts.first().is_some_and(|at| text[..*at].trim_end().ends_with(':'));
        if !announced || starts.len() < 2 {
            unfolded.push(part);
            continue;
        }
        let (facet, number) = (part.facet, part.line.number);
        let mut line = |text: String| {
            unfolded.push(Said { facet, line: Line { number, text } });
        };
        line(text[..starts[0]].to_owned());
        for (index, at) in starts.iter().enumerate() {
            let end = starts.get(index + 1).copied().unwrap_or(text.len());
            line(format!("• {}", text[at + 3..end].trim()));
        }
    }
    unfolded
}

/// A line of prose under the label that it stands under.
pub(super) struct Said {
    pub(super) facet: Facet,
    pub(super) line: Line,
}

/// The lines of a cell by label; labels, and lines that say nothing, are taken out of the text.
/// A cell without labels is a definition. Labels count only where the cell begins with one.
pub(super) fn split(text: &mut Vec<Line>) -> Vec<Said> {
    let labelled = text.first().is_some_and(|line| vocabulary::facet(&line.text).is_some());
    let mut facet = Facet::Definition;
    let mut said = Vec::with_capacity(text.len());
    let mut kept = Vec::with_capacity(text.len());
    for line in text.drain(..) {
        if labelled {
            if let Some(own) = vocabulary::facet(&line.text) {
                facet = own;
                continue;
            }
            if vocabulary::says_nothing(&line.text) {
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
