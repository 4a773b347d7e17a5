use super::{DIFFERENCE_LIMIT, Difference};
use similar::{ChangeTag, TextDiff};
use std::time::Duration;

/// Longest piece of text that a difference shows, in characters.
const SHOWN: usize = 120;

/// What is shown before the first place at which two long texts differ.
const BEFORE: usize = 30;

/// The beginning of a text, marked where it was cut.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Two texts, each shortened to what is around the first place at which they differ.
pub fn shortened_apart(left: &str, right: &str) -> (String, String) {
    let fits = |text: &str| text.char_indices().nth(SHOWN).is_none();
    let shared = left.chars().zip(right.chars()).take_while(|(a, b)| a == b).count();
    // Where it shows at the beginning already, nothing is left out there.
    if (fits(left) && fits(right)) || shared < SHOWN / 2 {
        return (shortened(left), shortened(right));
    }
    let from = |text: &str| {
        let start = text.char_indices().nth(shared - BEFORE).map_or(text.len(), |(at, _)| at);
        format!("…{}", shortened(&text[start..]))
    };
    (from(left), from(right))
}

/// Where two texts differ, by line of the first.
pub fn text_differences(left: &str, right: &str) -> Vec<Difference> {
    let diff = TextDiff::configure().timeout(Duration::from_millis(200)).diff_lines(left, right);
    let mut found: Vec<(String, Option<String>, Option<String>)> = Vec::new();
    let mut open = false;
    for change in diff.iter_all_changes() {
        let line = change.to_string_lossy().into_owned();
        match change.tag() {
            ChangeTag::Equal => open = false,
            ChangeTag::Delete => {
                let at = format!("line {}", change.old_index().unwrap_or(0) + 1);
                found.push((at, Some(line), None));
                open = true;
            }
            ChangeTag::Insert => {
                let free = found.iter_mut().find(|(_, _, right)| open && right.is_none());
                if let Some((_, _, right)) = free {
                    *right = Some(line);
                } else {
                    let at = format!("line {} of the second", change.new_index().unwrap_or(0) + 1);
                    found.push((at, None, Some(line)));
                }
            }
        }
        // The next line may be the other side of the last.
        if found.len() > DIFFERENCE_LIMIT {
            break;
        }
    }
    found.truncate(DIFFERENCE_LIMIT);
    found.into_iter().map(|(at, left, right)| line_difference(at, left, right)).collect()
}

/// Lines without their ends, unless these are all that differs.
fn line_difference(at: String, left: Option<String>, right: Option<String>) -> Difference {
    let bare = |side: &Option<String>| {
        side.as_ref().map(|line| line.trim_end_matches(['\r', '\n']).to_owned())
    };
    let (ours, theirs) = (bare(&left), bare(&right));
    if ours == theirs {
        let ends =
            |side: Option<String>| side.map(|line| line.replace('\r', "\\r").replace('\n', "\\n"));
        return Difference::new(at, ends(left).as_deref(), ends(right).as_deref());
    }
    Difference::new(at, ours.as_deref(), theirs.as_deref())
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
        let end = text_differences("a", "a\r\n").remove(0);
        assert_eq!((end.left.as_deref(), end.right.as_deref()), (Some("a"), Some("a\\r\\n")));
    }

    #[test]
    fn long_texts_show_where_they_differ() {
        let (left, right) = (format!("{}é1", "x".repeat(300)), format!("{}é2", "x".repeat(300)));
        let shown = |end| format!("…{}é{end}", "x".repeat(29));
        assert_eq!(shortened_apart(&left, &right), (shown(1), shown(2)));
        assert_eq!(shortened_apart(&left, "y"), (shortened(&left), "y".to_owned()));
        let (_, longer) = shortened_apart(&left, &format!("{left}{}", "z".repeat(300)));
        assert!(longer.ends_with("zz…"), "{longer}");
    }

    #[test]
    fn long_texts_are_shortened() {
        assert_eq!(shortened(&"ä".repeat(500)).chars().count(), SHOWN + 1);
    }
}
