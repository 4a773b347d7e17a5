use super::{DIFFERENCE_LIMIT, Difference};
use similar::{ChangeTag, TextDiff};
use std::time::Duration;

/// Longest piece of text that a difference shows, in characters.
const SHOWN: usize = 120;

/// The beginning of a text, marked where it was cut.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Where two texts differ, by line of the first.
pub fn text_differences(left: &str, right: &str) -> Vec<Difference> {
    let diff = TextDiff::configure().timeout(Duration::from_millis(200)).diff_lines(left, right);
    let mut found: Vec<Difference> = Vec::new();
    let mut open = false;
    for change in diff.iter_all_changes() {
        let line = change.to_string_lossy().trim_end_matches(['\r', '\n']).to_owned();
        match change.tag() {
            ChangeTag::Equal => open = false,
            ChangeTag::Delete => {
                let at = format!("line {}", change.old_index().unwrap_or(0) + 1);
                found.push(Difference::new(at, Some(&line), None));
                open = true;
            }
            ChangeTag::Insert => {
                let free = found.iter_mut().find(|d| open && d.right.is_none());
                if let Some(difference) = free {
                    difference.right = Some(shortened(&line));
                } else {
                    let at = format!("line {} of the second", change.new_index().unwrap_or(0) + 1);
                    found.push(Difference::new(at, None, Some(&line)));
                }
            }
        }
        if found.len() >= DIFFERENCE_LIMIT {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_paired() {
        let found = text_differences("a\nb\nc\n", "a\nB\nc\nd\n");
        let told: Vec<_> =
            found.iter().map(|d| (d.at.as_str(), d.left.as_deref(), d.right.as_deref())).collect();
        assert_eq!(
            told,
            [("line 2", Some("b"), Some("B")), ("line 4 of the second", None, Some("d"))]
        );
    }

    #[test]
    fn long_texts_are_shortened() {
        assert_eq!(shortened(&"ä".repeat(500)).chars().count(), SHOWN + 1);
    }
}
