//! What prose says and the document cannot: a list that is announced and gone, a rule that holds in
//! some cases only.

use super::literal::sentences;
use super::phrases::{Phrase, holds};
use crate::page::model::Field;

/// Reports a text that ends by announcing something, and rules under a condition.
pub(super) fn find(field: &Field, losses: &mut Vec<(u32, String)>) {
    for (at, line) in field.text.iter().enumerate() {
        let last = at + 1 == field.text.len();
        let ends = line.text.trim_end().ends_with([':', '：']);
        // In the middle of a cell another paragraph follows: that is what was announced.
        if last && ends && holds(Phrase::Announces, &line.text) {
            let reason = format!("what the text of `{}` announces does not follow", field.name);
            losses.push((line.number, reason));
        }
        let text = super::choices::unbulleted(&line.text).0;
        let in_some_cases = |sentence: &&str| {
            holds(Phrase::Conditional, sentence)
                && (holds(Phrase::Between, sentence) || holds(Phrase::Default, sentence))
        };
        if sentences(text).iter().any(in_some_cases) {
            let reason = format!("a rule of `{}` holds in some cases only", field.name);
            losses.push((line.number, reason));
        }
    }
}
