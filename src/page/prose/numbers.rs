//! Lengths, ranges, steps, numbers of items, units.

use super::facets::Said;
use super::literal::{sentences, unconditional};
use super::phrases::{Phrase, all, first, holds};
use super::rules::{Range, Rules, Stated};
use crate::page::model::{Scalar, Shape};
use crate::page::vocabulary::Facet;
use regex::{Captures, Regex};
use std::borrow::Cow;
use std::sync::LazyLock;

/// Most ranges by use that one field has.
const RANGES_LIMIT: usize = 8;

/// Reads the numbers that prose states of a field of this shape.
pub(super) fn read(said: &[Said], shape: &Shape, rules: &mut Rules) {
    let numeric = matches!(shape.scalar(), Some(Scalar::Integer | Scalar::Long | Scalar::Number));
    let by_use = if numeric { ranges_by_use(said, rules) } else { 0..0 };
    let by_case = cases(said);
    for (index, part) in said.iter().enumerate() {
        if by_use.contains(&index) || by_case.contains(&index) && !numeric {
            continue;
        }
        let plain = without_separators(&part.line.text);
        if matches!(shape, Shape::Array(_)) {
            indices(&plain, part.line.number, rules);
        }
        let plain = without_indices(&plain);
        let always = unconditional(&plain);
        let (text, line) = (&*always, part.line.number);
        match shape {
            Shape::Scalar(Scalar::String) => {
                let bare = super::choices::unbulleted(text).0;
                let whole = |sentence: &&str| !holds(Phrase::OfParts, sentence);
                sentences(bare).into_iter().filter(whole).for_each(|own| length(own, line, rules));
            }
            Shape::Scalar(Scalar::Integer | Scalar::Long | Scalar::Number) => {
                if part.facet == Facet::Range {
                    bare_range(text, line, rules);
                }
                let whole = matches!(shape, Shape::Scalar(Scalar::Integer | Scalar::Long));
                range(text, whole, line, rules);
                unit(text, line, rules);
            }
            Shape::Array(_) => items(text, line, rules),
            _ => {}
        }
    }
}

/// Lines that each begin with the name of a case and state a length or characters
/// (`Windows: 2 to 15 characters`): rules of the cases, none of which always holds.
pub(super) fn cases(said: &[Said]) -> Vec<usize> {
    let ruled = |part: &Said| {
        let (_, bare) = (part.facet, super::choices::unbulleted(&part.line.text).0);
        let Some((name, rest)) = bare.split_once([':', '：']) else { return false };
        let words = name.split_whitespace().count();
        let known = LABELS.iter().any(|word| name.to_lowercase().contains(word));
        let named = name.len() <= 60 && words <= 6 && !known && !name.contains(['.', '。']);
        named && (holds(Phrase::LengthBetween, rest) || holds(Phrase::LengthAtMost, rest))
    };
    let all: Vec<usize> = (0..said.len()).filter(|at| ruled(&said[*at])).collect();
    let (Some(first), Some(last)) = (all.first(), all.last().filter(|_| all.len() > 1)) else {
        return Vec::new();
    };
    // What stands between them, or goes on with the list, is of a case, too.
    let item = |part: &&Said| super::choices::unbulleted(&part.line.text).1;
    let more = said[last + 1..].iter().take_while(item).count();
    (*first..=last + more).collect()
}

/// Words of labels that stand in front of rules and name no case.
const LABELS: &[&str] = &[
    "rule",
    "require",
    "name",
    "length",
    "value",
    "range",
    "definition",
    "constraint",
    "note",
    "format",
    "取值",
    "长度",
    "约束",
    "范围",
    "说明",
    "规则",
    "要求",
    "名称",
];

/// `NAME: 10 GB to 20 GB` below a line that announces values, NAME a use: every line of the list is
/// a range, or none is. Answers with the lines that were read.
fn ranges_by_use(said: &[Said], rules: &mut Rules) -> std::ops::Range<usize> {
    for at in 1..said.len() {
        if !holds(Phrase::AnnouncesValues, said[at - 1].line.text.trim_end()) {
            continue;
        }
        let read: Vec<Stated<Range>> = said[at..].iter().map_while(range_of_use).collect();
        let end = at + read.len();
        let whole = said.get(end).is_none_or(|part| {
            let (text, bulleted) = super::choices::unbulleted(&part.line.text);
            !bulleted && !text.ends_with([':', '：'])
        });
        if read.len() >= 2 && read.len() <= RANGES_LIMIT && whole {
            rules.ranges.extend(read);
            return at..end;
        }
    }
    0..0
}

fn range_of_use(part: &Said) -> Option<Stated<Range>> {
    let plain = without_separators(&part.line.text);
    let bare = super::choices::unbulleted(&plain).0;
    let (label, rest) = bare.split_once(": ").or_else(|| bare.split_once('：'))?;
    let prefixed = format!("range: {}", rest.trim().trim_end_matches(['.', '。', ';', '；']));
    // Nothing else stands in the line.
    let found = first(Phrase::Between, &prefixed).filter(|own| own[0].len() == prefixed.len())?;
    let (minimum, maximum) = (number(&found, "a")?, number(&found, "b")?);
    let label = label.trim().to_owned();
    (label.len() <= 120 && minimum <= maximum).then_some(Stated {
        value: Range { label, minimum: Some(minimum), maximum: Some(maximum) },
        line: part.line.number,
    })
}

/// How many elements a parameter that repeats by an index (`Id.N`) has.
fn indices(text: &str, line: u32, rules: &mut Rules) {
    if let Some(found) = first(Phrase::IndexUpTo, text).filter(|found| &found["a"] == "1") {
        state(&mut rules.max_items, whole(&found, "b"), line);
    }
}

/// A text without what it says of an index: that is no rule on the value.
fn without_indices(text: &str) -> Cow<'_, str> {
    match first(Phrase::IndexUpTo, text).and_then(|found| found.get(0)) {
        Some(own) => Cow::Owned(format!("{}{}", &text[..own.start()], &text[own.end()..])),
        None => Cow::Borrowed(text),
    }
}

/// A text without the commas inside its numbers (`1,024`).
fn without_separators(text: &str) -> Cow<'_, str> {
    static SEPARATED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\b\d{1,3}(?:,\d{3})+\b").expect("a pattern that a test compiles")
    });
    SEPARATED.replace_all(text, |found: &Captures<'_>| found[0].replace(',', ""))
}

/// Whether a keyword of two speaks of the lesser bound.
fn is_least(found: &Captures<'_>) -> bool {
    found["n"].eq_ignore_ascii_case("min") || &found["n"] == "最小"
}

fn whole(found: &Captures<'_>, group: &str) -> Option<u64> {
    found.name(group)?.as_str().parse().ok()
}

fn number(found: &Captures<'_>, group: &str) -> Option<f64> {
    found.name(group)?.as_str().parse().ok().filter(|number: &f64| number.is_finite())
}

/// Keeps the first statement of a rule: what comes later explains it.
fn state<T>(rule: &mut Option<Stated<T>>, value: Option<T>, line: u32) {
    if rule.is_none() {
        *rule = value.map(|value| Stated { value, line });
    }
}

fn length(text: &str, line: u32, rules: &mut Rules) {
    // `Empty or 2 to 256 characters`: no least length holds.
    if holds(Phrase::MayBeEmpty, text) {
        state(&mut rules.min_length, Some(0), line);
    }
    // A length in bytes is none in characters.
    let counted = |found: &Captures<'_>| found.name("u").is_none();
    for found in all(Phrase::LengthBetween, text).filter(counted) {
        state(&mut rules.min_length, whole(&found, "a"), line);
        state(&mut rules.max_length, whole(&found, "b"), line);
    }
    for found in all(Phrase::LengthAtMost, text).filter(counted) {
        state(&mut rules.max_length, whole(&found, "b"), line);
    }
    for found in all(Phrase::LengthAtLeast, text) {
        state(&mut rules.min_length, whole(&found, "a"), line);
    }
    for found in all(Phrase::LengthKeyword, text) {
        let rule = if is_least(&found) { &mut rules.min_length } else { &mut rules.max_length };
        state(rule, whole(&found, "a"), line);
    }
    for found in all(Phrase::StringBound, text) {
        let rule = if is_least(&found) { &mut rules.min_length } else { &mut rules.max_length };
        state(rule, whole(&found, "a"), line);
    }
}

/// What a text says of a number's range.
fn bounds(text: &str, line: u32, wrong: &mut Vec<u32>) -> (Option<f64>, Option<f64>) {
    let (mut minimum, mut maximum) = (None, None);
    // Where further numbers follow, the range is one of several.
    let alone = |found: &Captures<'_>| found.name("more").is_none();
    if let Some(found) = first(Phrase::Between, text).filter(alone) {
        minimum = number(&found, "a");
        maximum = number(&found, "b");
    }
    for found in all(Phrase::LengthKeyword, text) {
        let bound = if is_least(&found) { &mut minimum } else { &mut maximum };
        *bound = bound.or_else(|| number(&found, "a"));
        wrong.push(line);
    }
    minimum = minimum.or_else(|| number(&first(Phrase::AtLeast, text)?, "a"));
    maximum = maximum.or_else(|| number(&first(Phrase::AtMost, text)?, "a"));
    match (minimum, maximum) {
        // A range that is empty was misread.
        (Some(least), Some(most)) if least > most => (None, None),
        bounds => bounds,
    }
}

fn range(text: &str, whole: bool, line: u32, rules: &mut Rules) {
    let (minimum, maximum) = bounds(text, line, &mut rules.wrong_keywords);
    rules.wrong_keywords.dedup();
    if let Some(label) = label(text).filter(|_| minimum.is_some() || maximum.is_some()) {
        let range = Range { label: label.to_owned(), minimum, maximum };
        if rules.ranges.len() < RANGES_LIMIT {
            rules.ranges.push(Stated { value: range, line });
        }
    } else {
        state(&mut rules.minimum, minimum, line);
        state(&mut rules.maximum, maximum, line);
    }
    signs(text, whole, line, rules);
    for found in all(Phrase::MultipleOf, text) {
        let step = number(&found, "a").filter(|step| *step > 0.0);
        state(&mut rules.multiple_of, step, line);
    }
}

/// What a text says of a number's sign, or of a number that all values are above: the next whole
/// number is the least.
fn signs(text: &str, whole: bool, line: u32, rules: &mut Rules) {
    if holds(Phrase::NotNegative, text) {
        state(&mut rules.minimum, Some(0.0), line);
    }
    if !whole {
        return;
    }
    if holds(Phrase::Positive, text) {
        state(&mut rules.minimum, Some(1.0), line);
    }
    if let Some(found) = first(Phrase::MoreThan, text) {
        let above =
            if found["a"].eq_ignore_ascii_case("zero") { Some(0.0) } else { number(&found, "a") };
        state(&mut rules.minimum, above.map(|above| above + 1.0), line);
    }
}

/// `10-500` alone, under the label of a range.
fn bare_range(text: &str, line: u32, rules: &mut Rules) {
    let prefixed = format!("range: {text}");
    let (minimum, maximum) = bounds(&prefixed, line, &mut Vec::new());
    state(&mut rules.minimum, minimum, line);
    state(&mut rules.maximum, maximum, line);
}

/// What a range is for, where a bullet begins with two words or more and a colon.
fn label(text: &str) -> Option<&str> {
    let (label, _) = super::choices::unbulleted(text).0.split_once(':')?;
    let label = label.trim();
    let words = label.split_whitespace().count();
    let known = ["value", "valid", "default", "minimum", "maximum", "the", "unit", "options"];
    let first = label.split_whitespace().next()?.to_lowercase();
    let plain = label.chars().all(|c| c.is_alphabetic() || c == ' ');
    ((2..=4).contains(&words) && plain && !known.contains(&first.as_str())).then_some(label)
}

fn unit(text: &str, line: u32, rules: &mut Rules) {
    let found = first(Phrase::Unit, text).or_else(|| first(Phrase::Between, text));
    let unit = found.and_then(|found| Some(found.name("u")?.as_str().to_owned()));
    let unit = unit.map(plain_unit);
    state(&mut rules.unit, unit, line);
}

/// One word for one unit: `second` and `秒` are `seconds`.
fn plain_unit(unit: String) -> String {
    let known = match unit.to_lowercase().as_str() {
        "percentage" => "%",
        "second" | "seconds" | "秒" => "seconds",
        "minute" | "minutes" | "分钟" => "minutes",
        "hour" | "hours" | "小时" => "hours",
        "day" | "days" | "天" => "days",
        "millisecond" | "milliseconds" | "ms" | "毫秒" => "milliseconds",
        _ => return unit,
    };
    known.to_owned()
}

fn items(text: &str, line: u32, rules: &mut Rules) {
    for found in all(Phrase::ArrayLength, text) {
        state(&mut rules.min_items, whole(&found, "a").filter(|own| *own > 0), line);
        state(&mut rules.max_items, whole(&found, "b"), line);
    }
    for sentence in sentences(text) {
        let counted = |found: &Captures<'_>| !found["n"].to_lowercase().starts_with("character");
        for found in all(Phrase::ItemsAtMost, sentence).filter(counted) {
            state(&mut rules.max_items, whole(&found, "b"), line);
        }
        if holds(Phrase::SingleItem, sentence) {
            state(&mut rules.max_items, Some(1), line);
        }
        for found in all(Phrase::ItemsAtLeast, sentence).filter(counted) {
            state(&mut rules.min_items, whole(&found, "a"), line);
        }
        if holds(Phrase::Unique, sentence) {
            // `20 keys …, each unique`: the counted noun is what they are unique by.
            let noun = first(Phrase::ItemsAtMost, sentence).map(|found| found["n"].to_lowercase());
            let noun = noun.map(|noun| noun.strip_suffix('s').unwrap_or(&noun).to_owned());
            state(&mut rules.unique_by, noun, line);
            if rules.unique_by.is_none() {
                rules.unique = Some(line);
            }
        }
    }
}
