//! Inline marks inside a line of Markdown or reStructuredText: taken off, the places that links
//! lead to kept.

use super::squeezed;

/// A text without marks, and the anchors of this page that it links to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plain {
    pub(super) text: String,
    pub(super) links: Vec<String>,
}

/// Characters that Markdown lets a backslash escape.
const ESCAPABLE: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// Reads a line of Markdown: links, emphasis, code, escapes.
pub(super) fn markdown(line: &str) -> Plain {
    let mut plain = Plain::default();
    let characters: Vec<char> = line.chars().collect();
    let mut at = 0;
    let mut strong = false;
    while let Some(c) = characters.get(at).copied() {
        let next = characters.get(at + 1).copied();
        match c {
            '\\' if next.is_some_and(|next| ESCAPABLE.contains(next)) => {
                plain.text.extend(next);
                at += 2;
            }
            '!' if next == Some('[') => at += 1,
            '[' => {
                if let Some((text, target, end)) = link(&characters, at) {
                    let inner = markdown(&text);
                    plain.text.push_str(&inner.text);
                    plain.links.extend(inner.links);
                    plain.links.extend(target.strip_prefix('#').map(str::to_owned));
                    at = end;
                } else {
                    plain.text.push(c);
                    at += 1;
                }
            }
            '`' => {
                let end = characters[at + 1..].iter().position(|c| *c == '`');
                let end = end.map_or(at + 1, |length| at + 1 + length);
                plain.text.extend(&characters[at + 1..end]);
                at = end + 1;
            }
            '*' if next == Some(c) => at += 2,
            '_' if next == Some(c) && emphasises(&characters, at, &mut strong) => at += 2,
            '*' if opens_or_closes(&characters, at) => at += 1,
            _ => {
                plain.text.push(c);
                at += 1;
            }
        }
    }
    plain.text = squeezed(&plain.text);
    plain
}

/// Whether two underscores are a mark of emphasis: inside a word, and without a partner, they are
/// letters of a name (`__origin`).
fn emphasises(characters: &[char], at: usize, open: &mut bool) -> bool {
    let word = |at: usize| characters.get(at).is_some_and(|c| c.is_alphanumeric() || *c == '_');
    let closes = |at: usize| at > 0 && word(at - 1) && !word(at + 2);
    if *open && closes(at) {
        *open = false;
        return true;
    }
    let begins = (at == 0 || !word(at - 1)) && word(at + 2) && !*open;
    let marks = |at: &usize| characters[*at] == '_' && characters.get(at + 1) == Some(&'_');
    let near = characters.len().min(at + 200);
    // The first blank-free run must not go on behind its mark: `__system__id` is one name.
    *open = begins && (at + 2..near).filter(marks).find(|at| !word(at + 2)).is_some_and(closes);
    *open
}

/// Whether a single asterisk is a mark of emphasis: at a word's edge, with a partner on the line.
fn opens_or_closes(characters: &[char], at: usize) -> bool {
    let blank = |at: Option<usize>| {
        at.and_then(|at| characters.get(at)).is_none_or(|c| !c.is_alphanumeric())
    };
    let marks = |at: usize| characters.get(at) == Some(&'*');
    let opens = |at: usize| marks(at) && blank(at.checked_sub(1)) && !blank(Some(at + 1));
    let closes = |at: usize| marks(at) && !blank(at.checked_sub(1)) && blank(Some(at + 1));
    let near = 200;
    opens(at) && (at + 1..characters.len().min(at + near)).any(closes)
        || closes(at) && (at.saturating_sub(near)..at).any(opens)
}

/// The text and the target of `[text](target)`, and the index after it.
fn link(characters: &[char], start: usize) -> Option<(String, String, usize)> {
    let close = matching(characters, start, '[', ']')?;
    if characters.get(close + 1) != Some(&'(') {
        return None;
    }
    let end = matching(characters, close + 1, '(', ')')?;
    let text = characters[start + 1..close].iter().collect();
    let target: String = characters[close + 2..end].iter().collect();
    Some((text, target.trim().trim_matches(['<', '>']).to_owned(), end + 1))
}

/// The bracket that closes the one at an index; none on a text of unreasonable length.
fn matching(characters: &[char], start: usize, open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    let mut escaped = false;
    for (at, c) in characters.iter().enumerate().skip(start).take(2000) {
        match *c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == open => depth += 1,
            c if c == close => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Reads a line of reStructuredText: roles, references, emphasis, literals, escapes.
pub(super) fn restructured(line: &str) -> Plain {
    let mut plain = Plain::default();
    let mut rest = line;
    while let Some(at) = rest.find(['\\', '`', '*', '|', ':']) {
        plain.text.push_str(&rest[..at]);
        let here = &rest[at..];
        let mut characters = here.chars();
        let first = characters.next();
        rest = match first {
            Some('\\') => {
                let next = characters.next();
                plain.text.extend(next.filter(|next| !next.is_whitespace()));
                characters.as_str()
            }
            Some('*') => here.trim_start_matches('*'),
            Some(':') => {
                let found = role(here);
                if let Some((inner, _)) = found {
                    plain.text.push_str(&reference(inner, &mut plain.links));
                } else {
                    plain.text.push(':');
                }
                found.map_or(&here[1..], |(_, rest)| rest)
            }
            Some('`') => quoted(here, &mut plain),
            _ => substitution(here).unwrap_or_else(|| {
                plain.text.push('|');
                &here[1..]
            }),
        };
    }
    plain.text.push_str(rest);
    plain.text = squeezed(&plain.text);
    plain
}

/// A literal, or interpreted text without a role; what follows it.
fn quoted<'a>(here: &'a str, plain: &mut Plain) -> &'a str {
    if let Some(literal) = here.strip_prefix("``") {
        let end = literal.find("``").unwrap_or(literal.len());
        plain.text.push_str(&literal[..end]);
        return literal.get(end + 2..).unwrap_or_default();
    }
    let inner = &here[1..];
    let Some(end) = inner.find('`') else { return inner };
    let text = reference(&inner[..end], &mut plain.links);
    plain.text.push_str(&text);
    inner[end + 1..].trim_start_matches('_')
}

/// What stands inside the role at the beginning of a text, and what follows it.
fn role(here: &str) -> Option<(&str, &str)> {
    let name = here[1..].find(":`")?;
    let word = &here[1..=name];
    let known = !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let inner = here.get(name + 3..).filter(|_| known)?;
    let end = inner.find('`')?;
    Some((&inner[..end], &inner[end + 1..]))
}

/// The words of `words <target>`, the target kept.
fn reference(inner: &str, links: &mut Vec<String>) -> String {
    match inner.rsplit_once('<') {
        Some((text, target)) if target.ends_with('>') => {
            links.push(target.trim_end_matches(['>', '_']).to_owned());
            restructured(text).text
        }
        _ => inner.replace('\\', ""),
    }
}

/// `|image1|` stands for something that is no text.
fn substitution(here: &str) -> Option<&str> {
    let end = here[1..].find('|')?;
    let name = &here[1..=end];
    let plain = !name.is_empty()
        && name.len() <= 40
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    plain.then(|| &here[end + 2..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_marks_are_taken_off() {
        for (line, expected) in [
            ("**Note:** use `a_b` or *c*.", "Note: use a_b or c."),
            ("sg-bp\\*\\*\\*\\*, x86\\_64, \\(a\\)", "sg-bp****, x86_64, (a)"),
            ("[text](https://h/a(b)c) and [x]", "text and [x]"),
            ("2 * 3 * 4, a*, snake_case", "2 * 3 * 4, a*, snake_case"),
            ("__depot", "__depot"),
            ("__depot__shelf, __depot_kind", "__depot__shelf, __depot_kind"),
            ("a __big__ depot", "a big depot"),
            ("__Note__: x", "Note: x"),
        ] {
            assert_eq!(markdown(line).text, expected, "{line}");
        }
        assert_eq!(markdown("Array of [Label](#label) objects").links, ["label"]);
    }

    #[test]
    fn restructured_marks_are_taken_off() {
        for (line, expected) in [
            ("Use **tags** or *x*. ``a:b`` 10:30", "Use tags or x. a:b 10:30"),
            ("\\__system__id and a\\ b", "__system__id and ab"),
            ("see `here <https://h>`__ |image1| now", "see here now"),
            ("a || b", "a || b"),
        ] {
            assert_eq!(restructured(line).text, expected, "{line}");
        }
        let found = restructured("Array of :ref:`Label <depot__t1>` objects");
        assert_eq!(
            (found.text.as_str(), found.links),
            ("Array of Label objects", vec!["depot__t1".to_owned()])
        );
    }
}
