//! Foreign text in lines that a terminal shows as they are.

/// Columns of a screen.
pub(super) const COLUMNS: usize = 100;

/// A text without line breaks, and without what a terminal would take for a command or would show in
/// another order than it was sent: control characters, and those of bidirectional text.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}' => {
                out.extend(c.escape_unicode());
            }
            c if c.is_control() => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// A text of at most so many characters: of a longer one, beginning and end.
pub(super) fn within(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let end = most / 3;
    let head: String = text.chars().take(most.saturating_sub(end + 1)).collect();
    let tail: String = text.chars().skip(count - end).collect();
    format!("{head}…{tail}")
}

/// Words in lines of at most so many characters, at most so many lines; a word that is longer is cut.
pub(super) fn wrapped(text: &str, most: usize, lines: usize) -> Vec<String> {
    let mut out: Vec<String> = vec![String::new()];
    let words = text.split(' ').map(|word| within(word, most));
    for word in words {
        let (full, at) = (out.len() >= lines, out.len() - 1);
        let line = &mut out[at];
        if line.is_empty() {
            line.push_str(&word);
        } else if line.chars().count() + 1 + word.chars().count() <= most {
            line.push(' ');
            line.push_str(&word);
        } else if full {
            *line = format!("{}…", line.chars().take(most - 1).collect::<String>());
            break;
        } else {
            out.push(word);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_commands_the_terminal() {
        let shown = visible("a\u{1b}[31m\n\u{202e}é\u{9b}");
        assert_eq!(shown, "a\\u{1b}[31m\\n\\u{202e}é\\u{9b}");
    }

    #[test]
    fn lines_are_cut_and_wrapped() {
        assert_eq!(within("0123456789", 7), "0123…89");
        assert_eq!(within("éé", 2), "éé");
        assert_eq!(wrapped("aa bb cc dd", 5, 9), ["aa bb", "cc dd"]);
        assert_eq!(wrapped("aa bb cc dd ee", 5, 2), ["aa bb", "cc d…"]);
    }
}
