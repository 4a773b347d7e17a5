//! Words of a page as JSON values.

use super::phrases::{Phrase, holds};
use crate::page::model::{Scalar, Shape};
use serde_json::Value;
use std::borrow::Cow;

/// A text as a value of a shape; `None` when it is none.
pub(in crate::page) fn typed(shape: &Shape, text: &str) -> Option<Value> {
    let text = text.trim();
    match shape {
        Shape::Scalar(Scalar::String) => Some(Value::from(text)),
        Shape::Scalar(Scalar::Integer | Scalar::Long) => {
            let number: i64 = text.parse().ok()?;
            Some(Value::from(number))
        }
        Shape::Scalar(Scalar::Number) => {
            let number: f64 = text.parse().ok()?;
            number.is_finite().then(|| super::rules::number(number))
        }
        Shape::Scalar(Scalar::Boolean) => match text.to_ascii_lowercase().as_str() {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        Shape::Array(_) => serde_json::from_str(text).ok().filter(Value::is_array),
        Shape::Object(_) | Shape::Map(_) => {
            serde_json::from_str(text).ok().filter(Value::is_object)
        }
        Shape::Unknown => None,
    }
}

/// The sentences of a line. A full stop ends one only before a capital or at the end: prose lists
/// characters with blanks around them, the full stop among them.
pub(super) fn sentences(line: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let characters = line.char_indices().peekable();
    for (at, c) in characters {
        let wide = matches!(c, '。' | '；');
        if !wide && !matches!(c, '.' | ';') {
            continue;
        }
        let rest = &line[at + c.len_utf8()..];
        let next = rest.trim_start().chars().next();
        let spaced = rest.is_empty() || rest.starts_with(char::is_whitespace);
        let ends = next.is_none_or(|next| next.is_uppercase() || !next.is_ascii() || c == ';');
        if wide || spaced && ends {
            sentences.push(line[start..at].trim());
            start = at + c.len_utf8();
        }
    }
    sentences.push(line[start..].trim());
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

/// A line without the sentences that hold in some cases only (`For large depots, …`).
pub(super) fn unconditional(line: &str) -> Cow<'_, str> {
    let bare = super::choices::unbulleted(line).0;
    let sentences = sentences(bare);
    let always = |sentence: &&str| {
        !holds(Phrase::Conditional, sentence) || holds(Phrase::WhenAbsent, sentence)
    };
    if sentences.iter().all(always) {
        return Cow::Borrowed(line);
    }
    // What an item of a list says behind its condition is bound by it.
    if bare.len() < line.trim().len() && sentences.first().is_some_and(|first| !always(first)) {
        return Cow::Borrowed("");
    }
    Cow::Owned(sentences.into_iter().filter(always).collect::<Vec<_>>().join(". "))
}

/// The items of an enumeration in prose: separated by commas, `and`, `or`.
pub(super) fn items(list: &str) -> Vec<&str> {
    let mut items = Vec::new();
    for part in parted(list) {
        let mut rest = part.trim();
        for word in ["and ", "or ", "或者", "以及", "和", "或", "及", "与"] {
            rest = rest.strip_prefix(word).unwrap_or(rest).trim_start();
        }
        while let Some((at, length)) = conjunction(rest) {
            items.push(rest[..at].trim());
            rest = rest[at + length..].trim_start();
        }
        items.push(rest.trim());
    }
    items.retain(|item| !item.is_empty());
    items
}

/// The parts of a list between its commas. What stands in brackets is not parted: `commas (,)`.
fn parted(list: &str) -> Vec<&str> {
    let inside = bracketed(list);
    let mut parts = Vec::new();
    let mut start = 0;
    let mut brackets = inside.iter().peekable();
    for (at, c) in list.char_indices().filter(|(_, c)| matches!(c, ',' | '，' | '、' | '；' | ';'))
    {
        while brackets.next_if(|(_, end)| *end < at).is_some() {}
        if brackets.peek().is_none_or(|(begin, _)| at < *begin) {
            parts.push(&list[start..at]);
            start = at + c.len_utf8();
        }
    }
    parts.push(&list[start..]);
    parts
}

/// Where brackets open and close. One that does not close is none; a bracket may itself stand in
/// brackets: `parentheses (())`.
fn bracketed(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut open: Option<usize> = None;
    for (at, c) in text.char_indices() {
        let next = text[at + c.len_utf8()..].chars().next();
        match c {
            '(' | '（' => open = open.or(Some(at)),
            ')' | '）' if !matches!(next, Some(')' | '）')) => {
                found.extend(open.take().map(|from| (from, at)));
            }
            _ => {}
        }
    }
    found
}

fn conjunction(text: &str) -> Option<(usize, usize)> {
    let words = [" and ", " or ", "或者", "以及", "或", "和", "及", "与"];
    let inside = bracketed(text);
    let free = |at: &usize| !inside.iter().any(|(from, to)| (from..=to).contains(&at));
    let found = words.iter().filter_map(|word| {
        let at = text.match_indices(word).map(|(at, _)| at).find(free)?;
        Some((at, word.len()))
    });
    found.min_by_key(|(at, length)| (*at, std::cmp::Reverse(*length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_before_capitals() {
        assert_eq!(sentences("One. Two is 1.5 or so. three"), ["One", "Two is 1.5 or so. three"]);
        assert_eq!(sentences("Characters: _ . : = Then."), ["Characters: _ . : = Then"]);
    }

    #[test]
    fn what_holds_in_some_cases_is_left_out() {
        let line = "The default value is 5. For dry depots, the default value is 9.";
        assert_eq!(unconditional(line), "The default value is 5");
        assert_eq!(unconditional("• If wet, 10 to 20 characters"), "");
        assert_eq!(unconditional("• 10 to 20 characters"), "• 10 to 20 characters");
    }

    #[test]
    fn lists_are_cut_at_their_separators() {
        assert_eq!(items("letters, digits, and hyphens (-)"), ["letters", "digits", "hyphens (-)"]);
        assert_eq!(items("north or south"), ["north", "south"]);
        assert_eq!(items("or "), ["or"]);
    }

    #[test]
    fn words_are_values_of_their_type() {
        let integer = Shape::Scalar(Scalar::Integer);
        assert_eq!(typed(&integer, "10"), Some(Value::from(10)));
        assert_eq!(typed(&integer, "ten"), None);
        assert_eq!(typed(&Shape::Scalar(Scalar::Boolean), "True"), Some(Value::Bool(true)));
        assert_eq!(typed(&Shape::Array(None), "[1]"), Some(serde_json::json!([1])));
    }
}
