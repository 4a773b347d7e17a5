//! What prose announces and the page does not have: a list behind a colon that is gone.

use super::phrases::{Phrase, holds};
use crate::page::model::Field;

/// Reports a text that ends by announcing something.
pub(super) fn find(field: &Field, losses: &mut Vec<(u32, String)>) {
    for (at, line) in field.text.iter().enumerate() {
        let last = at + 1 == field.text.len();
        let ends = line.text.trim_end().ends_with([':', '：']);
        // In the middle of a cell another paragraph follows: that is what was announced.
        if last && ends && holds(Phrase::Announces, &line.text) {
            let reason = format!("what the text of `{}` announces does not follow", field.name);
            losses.push((line.number, reason));
        }
    }
}
