//! The closed set of values that prose lists: bullets with a word and its meaning, or a sentence.

use super::facets::Said;
use super::literal::{items, sentences};
use super::phrases::{Phrase, all, holds};
use super::rules::{Rules, Stated};
use crate::page::model::{Scalar, Shape};
use crate::page::vocabulary::Facet;
use std::collections::BTreeSet;

/// Words that begin a remark, not a value.
const REMARKS: &[&str] = &[
    "note",
    "notes",
    "notice",
    "example",
    "examples",
    "default",
    "unit",
    "format",
    "caution",
    "minimum",
    "maximum",
    "range",
    "value",
    "values",
    "constraints",
    "requirements",
    "options",
    "minlength",
    "maxlength",
    "prerequisites",
    "description",
];

/// What parts a value from its meaning in a list where no colon does.
const VERBS: &[&str] = &[" indicates ", " means ", " - ", "表示"];

/// Most words of one value.
const MOST_WORDS: usize = 5;
/// Most characters of one value in a script that does not part its words.
const MOST_WIDE: usize = 12;
/// Most values of a list; what has more is no closed set.
const VALUES_LIMIT: usize = 256;

/// Reads the values that prose allows a field of this shape.
pub(super) fn read(said: &[Said], shape: &Shape, rules: &mut Rules) {
    let scalar = match shape {
        Shape::Array(Some(inner)) => inner.scalar(),
        own => own.scalar(),
    };
    let Some(scalar) =
        scalar.filter(|scalar| matches!(scalar, Scalar::String | Scalar::Integer | Scalar::Long))
    else {
        return;
    };
    // What an example shows is no list of values.
    let example = |part: &Said| {
        let text = part.line.text.trim().trim_end_matches([':', '：']).to_lowercase();
        ["example", "examples", "示例", "样例", "举例"].contains(&text.as_str())
    };
    let said = &said[..said.iter().position(example).unwrap_or(said.len())];
    let fits = |word: &str| scalar == Scalar::String || word.parse::<i64>().is_ok();
    // A text that holds several values is none of them.
    let several = |part: &Said| {
        scalar == Scalar::String
            && !matches!(shape, Shape::Array(_))
            && holds(Phrase::Several, &part.line.text)
    };
    let open = said.iter().any(|part| holds(Phrase::OpenList, &part.line.text) || several(part));
    let found = bare(said).or_else(|| listed(said)).or_else(|| spoken(said)).filter(|_| !open);
    // `Windows: 2 to 15 characters` names a case, no value.
    let cases = super::numbers::cases(said);
    let of_case = |line: u32| cases.iter().any(|at| said[*at].line.number == line);
    let found = found.filter(|(_, line)| !of_case(*line));
    let usable =
        |values: &[String]| values.len() <= VALUES_LIMIT && values.iter().all(|word| fits(word));
    if let Some((values, line)) = found.filter(|(values, _)| usable(values)) {
        rules.choices = Some(Stated { value: values, line });
    }
}

/// A line without its bullet, and whether it had one.
pub(super) fn unbulleted(line: &str) -> (&str, bool) {
    let line = line.trim();
    for bullet in ['•', '-', '*', '–', '●', '·'] {
        if let Some(rest) = line.strip_prefix(bullet)
            && rest.starts_with(char::is_whitespace)
        {
            return (rest.trim(), true);
        }
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = line[digits..].strip_prefix(['.', ')']);
    match numbered.filter(|rest| digits > 0 && rest.starts_with(char::is_whitespace)) {
        Some(rest) => (rest.trim(), true),
        None => (line, false),
    }
}

/// `WORD: meaning`, or a bulleted word alone.
pub(super) fn explained(line: &str) -> Option<&str> {
    let (rest, bulleted) = unbulleted(line);
    let colon = rest.find([':', '：']);
    if let Some(at) = VERBS.iter().find_map(|verb| rest.find(verb)).filter(|_| bulleted) {
        let word = unmarked(rest[..at].trim());
        if is_token(word) {
            return Some(word);
        }
    }
    if let Some(word) = glossed(rest).filter(|_| bulleted && colon.is_none()) {
        return Some(word);
    }
    let (word, explained) = match colon {
        Some(at) => {
            let after = &rest[at..];
            let next = after.chars().nth(1);
            let spaced = next.is_none_or(|next| next.is_whitespace() || !next.is_ascii());
            (&rest[..at], spaced || after.starts_with('：'))
        }
        None => (unmarked(rest), false),
    };
    let word = unmarked(word.trim());
    let lower = word.to_lowercase();
    // `default` may name a kind among others.
    let remark = REMARKS.contains(&lower.as_str()) && !(bulleted && lower == "default");
    let token = is_token(word) && !remark;
    (token && (explained || colon.is_none() && bulleted)).then_some(word)
}

/// `WORD (what it means)`. A noun of characters with its signs is none.
fn glossed(text: &str) -> Option<&str> {
    let text = text.trim_end_matches(['.', ';', '。', '；', ',']);
    let at = text.find(['(', '（'])?;
    let word = text[..at].trim();
    let whole = text.ends_with([')', '）']) && text[at..].len() > 6;
    (whole && is_token(word) && super::charset::named(text).is_none()).then_some(word)
}

fn is_token(word: &str) -> bool {
    !word.is_empty()
        && word.len() <= 64
        && word.chars().all(|c| c.is_ascii_alphanumeric() || "_.-/*".contains(c))
}

/// A bullet's text without a bracketed mark of the default, and without its full stop.
fn unmarked(text: &str) -> &str {
    let text = text.trim().trim_end_matches(['.', ';', '。', '；', ',']);
    // Emphasis that a layout left in the text.
    let bold = text.strip_prefix("**").and_then(|text| text.strip_suffix("**"));
    let text = bold.unwrap_or(text);
    let marks = |rest: &str| rest.to_lowercase().contains("default") || rest.contains("默认");
    match text.rfind(['[', '(', '（']) {
        Some(at) if marks(&text[at..]) => text[..at].trim(),
        _ => text,
    }
}

/// Words alone, one a line, below a line that announces values.
fn bare(said: &[Said]) -> Option<(Vec<String>, u32)> {
    let alone = |part: &Said| is_token(unmarked(unbulleted(&part.line.text).0));
    (0..said.len()).find_map(|at| {
        if !is_under_values(said, at) {
            return None;
        }
        // Some of the words may have their meaning behind them.
        let run = said[at..].iter().take(VALUES_LIMIT + 1);
        let words: Vec<String> = run
            .map_while(|part| {
                let own = unmarked(unbulleted(&part.line.text).0);
                if is_token(own) { Some(own) } else { explained(&part.line.text) }
            })
            .map(str::to_owned)
            .collect();
        let plain = said[at..at + words.len()].iter().filter(|part| alone(part)).count();
        let goes_on = |part: &Said| unbulleted(&part.line.text).1 || is_open(&part.line.text);
        let open = said.get(at + words.len()).is_some_and(goes_on);
        (plain >= 2 && !open).then_some((words, said[at].line.number))
    })
}

/// Whether a line is the first below one that announces values, or below a label that does.
fn is_under_values(said: &[Said], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| &said[before]) else {
        return said[at].facet == Facet::Range;
    };
    let text = before.line.text.trim_end();
    said[at].facet == Facet::Range && before.facet != Facet::Range
        || holds(Phrase::AnnouncesValues, text) && !denies(text)
}

/// Whether what a line announces is what may not be.
fn denies(line: &str) -> bool {
    let last = sentences(line).last().map(|last| last.to_lowercase()).unwrap_or_default();
    ["not ", "cannot", "except", "不支持", "不能", "不可", "不允许", "不得"]
        .iter()
        .any(|word| last.contains(word))
}

/// `WORD. What it means`, as lists look whose colons are full stops.
fn stopped(line: &str) -> Option<&str> {
    let (word, meaning) = unbulleted(line).0.split_once(". ")?;
    let begins = meaning.chars().next().is_some_and(char::is_uppercase);
    (begins && is_token(word)).then_some(word)
}

/// Values below an announcing line, each with a full stop behind it.
fn stopped_list(said: &[Said]) -> Option<(Vec<String>, u32)> {
    let words: Vec<String> =
        said.iter().map_while(|part| stopped(&part.line.text)).map(str::to_owned).collect();
    let ends = said.get(words.len()).is_none_or(|part| !unbulleted(&part.line.text).1);
    (words.len() >= 2 && ends).then(|| (words, said[0].line.number))
}

/// Values further down whose items have paragraphs of their own between them; `None` where one of
/// the items is no value, for then the list is not closed. The first line is the last of the run.
fn further(said: &[Said]) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    if !unbulleted(&said[0].line.text).1 {
        return Some(found);
    }
    let mut between = false;
    for part in &said[1..] {
        let text = &part.line.text;
        if !unbulleted(text).1 {
            between = true;
            if announces(text) || part.facet != said[0].facet {
                break;
            }
        } else if let Some(word) = explained(text).filter(|_| between) {
            found.push(word);
        } else if between {
            return None;
        } else {
            break;
        }
    }
    Some(found)
}

/// An item that stands for values that are not written out: `{zone}: …`, `<name>: …`, `2-9: …`.
fn is_open(line: &str) -> bool {
    let text = unbulleted(line).0;
    let word = text.split([':', '：', ' ']).next().unwrap_or_default();
    let range = word.trim_start_matches('-').contains(['~', '～', '-'])
        && word.starts_with(|c: char| c.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_digit() || "~～-".contains(c));
    range || text.starts_with(['{', '<', '[', '$'])
}

/// A run of lines that each explain a value: announced by the line before, or of two at least.
fn listed(said: &[Said]) -> Option<(Vec<String>, u32)> {
    let mut at = 0;
    while at < said.len() {
        let run = said[at..].iter().take_while(|part| explained(&part.line.text).is_some()).count();
        let labelled =
            said[at].facet == Facet::Range && (at == 0 || said[at - 1].facet != Facet::Range);
        let announced = labelled || at > 0 && announces(&said[at - 1].line.text);
        // The first line is what the field is; its values begin after it.
        // A run in the middle of a list lacks what stands before it.
        let inside = !announced && at > 0 && {
            let before = said[at - 1].line.text.trim_end();
            unbulleted(before).1 || before.ends_with([':', '：']) && denies(before)
        };
        if (run >= 2 && at > 0 || run >= 1 && announced) && !inside {
            let words = said[at..at + run].iter().filter_map(|part| explained(&part.line.text));
            let further = further(&said[at + run - 1..])?;
            let words = words.chain(further);
            let mut seen = BTreeSet::new();
            let new = words.filter(|word| seen.insert(*word));
            let values: Vec<String> = new.map(str::to_owned).collect();
            let complete = said.get(at + run).is_none_or(|part| {
                let (text, bulleted) = unbulleted(&part.line.text);
                let below = part.facet != said[at].facet;
                below || !bulleted && !is_open(text) && !is_token(text)
            });
            if complete {
                return Some((values, said[at].line.number));
            }
        }
        if announced && let Some(found) = phrases_listed(&said[at..]) {
            return Some(found);
        }
        if announced && let Some(found) = stopped_list(&said[at..]) {
            return Some(found);
        }
        at += run.max(1);
    }
    None
}

fn announces(line: &str) -> bool {
    line.trim_end().ends_with([':', '：']) && !denies(line)
}

/// Bullets that are values of several words, each short and none a sentence.
fn phrases_listed(said: &[Said]) -> Option<(Vec<String>, u32)> {
    let bullets: Vec<(&str, u32)> = said
        .iter()
        .take(VALUES_LIMIT + 1)
        .map(|part| (unbulleted(&part.line.text), part.line.number))
        .take_while(|((_, bulleted), _)| *bulleted)
        .map(|((text, _), line)| (text, line))
        .collect();
    let short = |text: &str| {
        let words = text.split_whitespace().count();
        let wide = text.chars().filter(|c| !c.is_ascii()).count();
        words <= MOST_WORDS
            && wide <= MOST_WIDE
            && !text.ends_with(['.', '。'])
            && !names_a_kind(text)
            && !unmarked(text).contains([':', ',', '：', '，', '、', '；', '~', '～'])
    };
    let whole = bullets.len() >= 2 && bullets.iter().all(|(text, _)| short(text));
    let line = bullets.first()?.1;
    whole.then(|| (bullets.iter().map(|(text, _)| unmarked(text).to_owned()).collect(), line))
}

/// `IP protocol number (0-255)` among values stands for what it names.
fn names_a_kind(text: &str) -> bool {
    const KINDS: &[&str] = &[
        "number",
        "numbers",
        "id",
        "ids",
        "name",
        "names",
        "address",
        "addresses",
        "string",
        "integer",
        "integers",
    ];
    let bare = text.find(['(', '（']).map_or(text, |at| &text[..at]).trim().to_lowercase();
    let several = bare.contains(' ') || !bare.is_ascii();
    let last = bare.rsplit(' ').next().unwrap_or_default();
    several && (KINDS.contains(&last) || bare.ends_with('号') || bare.ends_with("名称"))
}

/// Values in a sentence: `can only be A or B`, or a list under the label of a range.
fn spoken(said: &[Said]) -> Option<(Vec<String>, u32)> {
    for (at, part) in said.iter().enumerate() {
        let line = part.line.number;
        if (part.facet == Facet::Range || is_under_values(said, at))
            && let Some(values) = words(&part.line.text)
        {
            return Some((values, line));
        }
        let text = unbulleted(&part.line.text).0;
        let always = |sentence: &&str| !holds(Phrase::Conditional, sentence);
        for sentence in sentences(text).into_iter().filter(always) {
            for found in all(Phrase::OneOf, sentence) {
                if let Some(values) = words(&found["v"]) {
                    return Some((values, line));
                }
            }
            for found in all(Phrase::Supported, sentence) {
                let values =
                    words(&found["v"]).filter(|words| words.iter().all(|own| is_code(own)));
                if let Some(values) = values {
                    return Some((values, line));
                }
            }
        }
    }
    None
}

/// Two words or more of an enumeration, each perhaps explained in brackets.
fn words(list: &str) -> Option<Vec<String>> {
    let list = list.find(", and the default").map_or(list, |at| &list[..at]);
    let list = list.split(" default").next().unwrap_or(list);
    let list = list.split(['。', '；']).next().unwrap_or(list);
    let list = list.trim().trim_end_matches(['.', ',', '，']);
    let framed = list.strip_prefix('{').and_then(|list| list.strip_suffix('}'));
    let list = framed.unwrap_or(list);
    let clause = list.find(", and the ").map_or(list, |at| &list[..at]);
    let mut values = Vec::new();
    for item in slashed(clause).unwrap_or_else(|| items(clause)) {
        let bare = item.find(['(', '（']).map_or(item, |at| item[..at].trim());
        let bare = bare.trim_matches(['"', '\'', '`', '“', '”']);
        // Where the list parts its items with a comma of its own, a value may have blanks.
        let several = list.contains('、') && bare.split_whitespace().count() <= 3;
        if !(is_token(bare) || several && bare.split_whitespace().all(is_token)) {
            return None;
        }
        values.push(bare.to_owned());
    }
    let numbers_only = values.len() == 2 && holds(Phrase::Between, &format!("range: {list}"));
    (values.len() >= 2 && !numbers_only).then_some(values)
}

/// Whether a word is no word of a language: `TCP`, `IPv6`, `cpu_total`.
fn is_code(word: &str) -> bool {
    word.chars().filter(char::is_ascii_uppercase).count() >= 2
        || word.contains(|c: char| c.is_ascii_digit() || c == '_')
}

/// Values between slashes: of three or more, explained in brackets, of capitals, or of words that
/// are known to go together. `text/html` is one value.
fn slashed(list: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = list.split('/').map(str::trim).collect();
    let bare =
        |part: &str| part.find(['(', '（']).map_or(part.to_owned(), |at| part[..at].to_owned());
    let words: Vec<String> = parts.iter().map(|part| bare(part).trim().to_lowercase()).collect();
    let pairs = [["asc", "desc"], ["true", "false"], ["on", "off"], ["yes", "no"]];
    let pair = pairs.iter().any(|pair| words == *pair);
    let explained = parts.iter().all(|part| part.ends_with([')', '）']));
    let capitals = parts.iter().all(|part| {
        part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    });
    let plain = list.find([',', '，', '、', ';', '；']).is_none() && !list.starts_with('/');
    let several = parts.len() >= 2 && words.iter().all(|word| is_token(word));
    (plain && several && (pair || explained || capitals)).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::model::Line;

    fn values(text: &str) -> Option<Vec<String>> {
        let lines = (1..).zip(text.lines());
        let said: Vec<Said> = lines
            .map(|(number, text)| Said {
                facet: Facet::Definition,
                line: Line { number, text: text.to_owned() },
            })
            .collect();
        let mut rules = Rules::default();
        read(&said, &Shape::Scalar(Scalar::String), &mut rules);
        rules.choices.map(|choices| choices.value)
    }

    #[test]
    fn values_are_found_in_bullets_and_sentences() {
        for (text, expected) in [
            ("Tier. Options:\n• std: standard\n• pro: professional", Some("std pro")),
            ("Depot state:\nUP: runs", Some("UP")),
            ("Kind of depot.\nDRY: dry goods\nWET: fluids.", Some("DRY WET")),
            ("Kind of depot.\nDRY: dry goods", None),
            ("Valid values:\n• A: one\n• B: two. [default]", Some("A B")),
            ("Valid values:\n• north\n• south (default)", Some("north south")),
            ("Requirements:\n1. Contains letters.\n2. Contains 1 to 64 characters.", None),
            ("It can only be red or green. The default is red.", Some("red green")),
            ("The value can be 4 (old) or 6 (new).", Some("4 6")),
            ("The value can be one of the following:", None),
            ("Valid values: 1 to 20.", None),
            ("Depot.\nNote: x\nExample: y", None),
            ("Valid values:\n• For dry depots: /a to /z\n• For wet ones: /b", None),
        ] {
            let expected: Option<Vec<String>> =
                expected.map(|words| words.split(' ').map(str::to_owned).collect());
            assert_eq!(values(text), expected, "{text}");
        }
        let many = values("Valid values:\n• Big Depot\n• Small Depot 2").unwrap();
        assert_eq!(many, ["Big Depot", "Small Depot 2"]);
    }
}
