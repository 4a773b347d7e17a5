//! Default values: a literal of the field's type, or a value of its list; a default that prose
//! paraphrases is a meaning, never a value.

use super::facets::Said;
use super::literal::{sentences, typed, unconditional};
use super::phrases::{Phrase, all, first, holds};
use super::rules::{Rules, Stated};
use crate::page::model::{Scalar, Shape};
use crate::page::vocabulary::{self, Facet};
use regex::Captures;
use serde_json::{Value, json};

/// Reads the default of a field of this shape.
pub(super) fn read(said: &[Said], shape: &Shape, rules: &mut Rules) {
    let (mut cases, mut bound, mut listed) = (false, false, false);
    for part in said {
        let line = part.line.number;
        if part.facet == Facet::Default {
            literal(&unconditional(&part.line.text), shape, line, rules);
            continue;
        }
        marked(&part.line.text, shape, line, rules);
        if names_default(&part.line.text, rules) {
            continue;
        }
        let always = unconditional(&part.line.text);
        // A list whose other items have defaults under conditions is one of cases.
        let bulleted = super::choices::unbulleted(&part.line.text).1;
        bound |= bulleted && *always != *part.line.text && holds(Phrase::Default, &part.line.text);
        let before = rules.default.is_some();
        for sentence in sentences(&always) {
            if holds(Phrase::LeftBlank, sentence) {
                let empty = match shape {
                    Shape::Scalar(Scalar::String) => Some(json!("")),
                    Shape::Array(_) => Some(json!([])),
                    _ => None,
                };
                state(rules, empty, line);
            }
            for found in all(Phrase::Default, sentence) {
                if is_of_a_case(sentence, &found) {
                    continue;
                }
                let mut own = Rules { choices: rules.choices.clone(), ..Rules::default() };
                literal(&found["v"], shape, line, &mut own);
                // Two defaults of one field are those of two cases.
                let mut next = Rules { choices: rules.choices.clone(), ..Rules::default() };
                if let Some(further) = first(Phrase::Default, &found["v"]) {
                    literal(&further["v"], shape, line, &mut next);
                }
                cases |= said_before(&own, rules) || said_before(&next, &own);
                rules.default = rules.default.take().or(own.default);
                rules.default_meaning = rules.default_meaning.take().or(own.default_meaning);
            }
        }
        listed |= bulleted && !before && rules.default.is_some();
        if let Some(found) = all(Phrase::EmptyMeans, &part.line.text).next() {
            let value = found["v"].trim().to_owned();
            rules.empty_meaning.get_or_insert(Stated { value, line });
        }
    }
    rules.default = rules.default.take().filter(|_| !(cases || bound && listed));
}

/// Whether a condition stands in front of a default in one sentence: `1-9, if wet, by default 2`.
fn is_of_a_case(sentence: &str, found: &Captures<'_>) -> bool {
    let before = found.get(0).map_or("", |own| &sentence[..own.start()]);
    let at = ["如果", "若"].iter().filter_map(|word| before.rfind(word)).max();
    at.is_some_and(|at| !holds(Phrase::WhenAbsent, &sentence[at..]))
}

/// Whether another default was stated already.
fn said_before(own: &Rules, before: &Rules) -> bool {
    match (&own.default, &before.default) {
        (Some(own), Some(before)) => own.value != before.value,
        (Some(_), None) => before.default_meaning.is_some(),
        (None, Some(_)) => own.default_meaning.is_some(),
        (None, None) => false,
    }
}

/// Whether a line explains a value that is called `default`.
fn names_default(text: &str, rules: &Rules) -> bool {
    let word = super::choices::unbulleted(text).0.split([':', '：']).next().unwrap_or_default();
    let called = |choices: &Stated<Vec<String>>| choices.value.iter().any(|own| own == "default");
    word.trim() == "default" && rules.choices.as_ref().is_some_and(called)
}

fn state(rules: &mut Rules, value: Option<Value>, line: u32) {
    if rules.default.is_none() {
        rules.default = value.map(|value| Stated { value, line });
    }
}

/// A list item that says of itself that it is the default: `• ALL: everything. [default]`.
fn marked(text: &str, shape: &Shape, line: u32, rules: &mut Rules) {
    let (rest, bulleted) = super::choices::unbulleted(text);
    let Some(word) = rest.split([':', '：', '[', '(', '（', ' ']).next().map(str::trim) else {
        return;
    };
    let marks = ["[default", "(default", "（默认"];
    let lower = rest.to_lowercase();
    let says = |sentence: &&str| {
        let sentence = sentence.trim().to_lowercase();
        let own = sentence.strip_prefix(&word.to_lowercase()).unwrap_or(&sentence);
        let own = own.trim_start_matches([':', '：', ' ']);
        ["it is the default value", "this is the default value", "default value", "默认值"]
            .contains(&own)
    };
    let spoken = || bulleted && sentences(rest).iter().any(says);
    if !marks.iter().any(|mark| lower.contains(mark)) && !spoken() {
        return;
    }
    let listed = rules.choices.as_ref().and_then(|choices| {
        choices.value.iter().find(|own| *own == word).and_then(|own| typed(shape, own))
    });
    let flag = || typed(shape, word).filter(|_| shape.scalar() == Some(Scalar::Boolean));
    state(rules, listed.or_else(flag), line);
}

/// What stands behind `default value is`.
fn literal(text: &str, shape: &Shape, line: u32, rules: &mut Rules) {
    let text = text.trim().trim_end_matches(['.', '。']);
    let quoted = text.trim_matches(['"', '\'', '`', '“', '”']);
    let listed = rules.choices.as_ref().and_then(|choices| {
        let exact = choices.value.iter().find(|own| *own == quoted);
        let close = || choices.value.iter().find(|own| own.eq_ignore_ascii_case(quoted));
        exact.or_else(close).map(|own| typed(shape, own))
    });
    if let Some(value) = listed {
        return state(rules, value, line);
    }
    // A default of nothing is no default.
    let nothing = |word: &str| {
        ["null", "none", "empty", "n/a", "无", "空", "-"].contains(&word.to_lowercase().as_str())
            || vocabulary::says_nothing(word)
    };
    let leading = text.split([' ', '。', '，']).next().filter(|own| !own.is_ascii());
    if nothing(quoted) || leading.is_some_and(nothing) {
        return;
    }
    let end = text.find([' ', ',', ';', '，', '；', '。']).unwrap_or(text.len());
    let (word, rest) = (&text[..end], text[end..].trim_start());
    // `the default value is the …` paraphrases; `is 10, and …` and `is 10 Minimum: …` do not.
    let alone = rest.is_empty()
        || rest.starts_with([',', ';', '，', '；', '。', '(', '（'])
        || rest.contains(':');
    // `max{40, the size}` computes a value.
    let alone =
        alone && word.matches(['{', '(', '[']).count() == word.matches(['}', ')', ']']).count();
    let word = word.trim_matches(['"', '\'', '`', '“', '”']).trim_end_matches('.');
    let article =
        ["the", "a", "an", "used", "set", "as", "that", "not", "same", "determined", "generated"]
            .contains(&word.to_lowercase().trim_end_matches(':'));
    // Words of a script that does not part them paraphrase, unless they are quoted.
    let wide = !text.starts_with(['"', '“', '\'', '`'])
        && word.chars().any(|c| ('\u{4e00}'..='\u{9fa5}').contains(&c));
    let known = shape.scalar().is_some() && alone && !article && !wide && !word.is_empty();
    match typed(shape, word).filter(|_| known) {
        Some(value) => state(rules, Some(value), line),
        None if !text.is_empty() && !alone => {
            rules.default_meaning.get_or_insert(Stated { value: text.to_owned(), line });
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::model::Line;

    fn default_of(scalar: Scalar, text: &str) -> Option<Value> {
        let shape = Shape::Scalar(scalar);
        let line = Line { number: 1, text: text.to_owned() };
        let said = [Said { facet: Facet::Definition, line }];
        let mut rules = Rules::default();
        super::super::choices::read(&said, &shape, &mut rules);
        read(&said, &shape, &mut rules);
        rules.default.map(|default| default.value)
    }

    #[test]
    fn defaults_are_values_or_nothing() {
        for (scalar, text, expected) in [
            (Scalar::Integer, "Depots a page. The default value is 10.", Some(json!(10))),
            (Scalar::Integer, "Weight. Minimum: 0 Maximum: 100 Default: 1", Some(json!(1))),
            (Scalar::Integer, "The default value is the depot's size.", None),
            (Scalar::Boolean, "The default value is false.", Some(json!(false))),
            (
                Scalar::String,
                "It can only be red or green. The default is red.",
                Some(json!("red")),
            ),
            (Scalar::String, "The default value is the default depot.", None),
            (Scalar::String, "This parameter is left blank by default.", Some(json!(""))),
            (Scalar::String, "By default, this parameter is left blank.", Some(json!(""))),
            (Scalar::Integer, "If left blank, a size is chosen.", None),
        ] {
            assert_eq!(default_of(scalar, text), expected, "{text}");
        }
    }
}
