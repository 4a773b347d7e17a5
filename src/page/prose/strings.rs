//! Rules on texts (characters, beginnings, forbidden prefixes) and flags that any field may have.

use super::charset::{Class, named, written};
use super::facets::Said;
use super::literal::{items, sentences, unconditional};
use super::phrases::{Phrase, all, first, holds};
use super::rules::{Rules, Stated};
use crate::page::model::{Scalar, Shape};
use regex::Captures;

/// Reads what prose states of a text, and flags.
pub(super) fn read(said: &[Said], shape: &Shape, rules: &mut Rules) {
    let by_case = super::numbers::cases(said);
    for (index, part) in said.iter().enumerate() {
        let line = part.line.number;
        let text = super::choices::unbulleted(&part.line.text).0;
        flags(text, line, rules);
        if shape.scalar() == Some(Scalar::String) && !by_case.contains(&index) {
            let whole = |sentence: &&str| !holds(Phrase::OfParts, sentence);
            for sentence in sentences(text).into_iter().filter(whole) {
                characters(sentence, line, rules);
                prefixes(sentence, line, rules);
            }
        }
    }
    widen(said, rules);
}

/// `It starts with a letter, and may contain digits`: what it starts with, and what its length is
/// counted in (`2 to 64 English or Chinese characters`), it may contain as well.
fn widen(said: &[Said], rules: &mut Rules) {
    let own = &mut rules.characters;
    let Some(allowed) = &mut own.allowed else { return };
    let letters = |class: &Class| !matches!(class, Class::Digit | Class::One(_));
    if allowed.value.iter().any(letters) {
        return;
    }
    let mut more: Vec<Class> = own.first.iter().flat_map(|rule| rule.value.clone()).collect();
    let counted = said.iter().flat_map(|part| all(Phrase::CountedIn, &part.line.text));
    more.extend(counted.filter_map(|found| named(&found["v"])).flatten());
    if own.first.is_some() || more.iter().any(letters) {
        for class in more {
            if !allowed.value.contains(&class) {
                allowed.value.push(class);
            }
        }
    }
    // Signs alone are no whole set: what they are added to was not understood.
    own.allowed = own
        .allowed
        .take()
        .filter(|rule| rule.value.iter().any(|class| !matches!(class, Class::One(_))));
}

fn flags(text: &str, line: u32, rules: &mut Rules) {
    let set = |flag: &mut Option<u32>, phrase: Phrase, text: &str| {
        if flag.is_none() && holds(phrase, text) {
            *flag = Some(line);
        }
    };
    set(&mut rules.reserved, Phrase::Reserved, text);
    set(&mut rules.internal, Phrase::Internal, text);
    // A value whose meaning is `no longer used` is none of the field's own.
    if super::choices::explained(text).is_none() {
        set(&mut rules.deprecated, Phrase::Deprecated, text);
    }
    set(&mut rules.optional, Phrase::Optional, text);
    // What is matched in part under a condition is not always.
    set(&mut rules.partial_match, Phrase::PartialMatch, &unconditional(text));
    if let Some(found) = first(Phrase::Restricted, text) {
        let values =
            items(&found["v"]).into_iter().map(|item| item.trim_end_matches('.').to_owned());
        let value = (found["f"].trim().to_owned(), values.collect());
        rules.restricted.get_or_insert(Stated { value, line });
    }
}

fn characters(sentence: &str, line: u32, rules: &mut Rules) {
    let own = &mut rules.characters;
    // Several verbs may stand in one sentence; the first with a closed list of nouns counts. What
    // another sentence allows is allowed as well.
    let only = all(Phrase::OnlyAllowed, sentence)
        .filter(|found| !is_negated(sentence, found))
        .find_map(|found| named(clause(&found["v"])));
    if let Some(value) = only.or_else(|| contained(sentence)) {
        match &mut own.allowed {
            Some(rule) => {
                let known = rule.value.clone();
                rule.value.extend(value.into_iter().filter(|class| !known.contains(class)));
            }
            None => own.allowed = Some(Stated { value, line }),
        }
    }
    for found in all(Phrase::NotAllowed, sentence) {
        let list = &found["v"];
        let classes = named(list).or_else(|| written(list)).unwrap_or_default();
        if !classes.is_empty() {
            match &mut own.forbidden {
                Some(rule) => rule.value.extend(classes),
                None => own.forbidden = Some(Stated { value: classes, line }),
            }
        }
    }
    // `A wildcard name must start with a dot` speaks of one kind of values.
    let of_kind = holds(Phrase::OfKind, sentence);
    if let Some(found) = first(Phrase::MustStartWith, sentence).filter(|_| !of_kind)
        && let Some(value) = named(clause(&found["v"]))
    {
        own.first.get_or_insert(Stated { value, line });
    }
    if let Some(found) = first(Phrase::NoEdges, sentence) {
        let signs: Vec<char> =
            named(&found["v"]).unwrap_or_default().into_iter().filter_map(sign).collect();
        if !signs.is_empty() {
            own.edges.get_or_insert(Stated { value: signs, line });
        }
    }
    if holds(Phrase::PairFormat, sentence) {
        own.pair.get_or_insert(line);
    }
}

/// Whether a verb stands behind a `not`.
fn is_negated(sentence: &str, found: &Captures<'_>) -> bool {
    let before = found.get(0).map_or("", |own| &sentence[..own.start()]).trim_end().to_lowercase();
    before.ends_with(['不', '非']) || before.ends_with("not") || before.ends_with("cannot")
}

/// A list up to where the next clause begins: `letters, digits, and must start with a letter`.
fn clause(list: &str) -> &str {
    const BEGIN: &[&str] = &[
        "且",
        "并",
        "只能",
        "必须",
        "不能",
        "不可",
        "不得",
        "长度",
        "以",
        "最",
        "首",
        "开头",
        "至少",
        "可以",
        "must ",
        "cannot ",
        "can ",
        "but ",
        "is ",
        "it ",
        "which ",
        "should ",
        "for example",
        "such as",
        "例如",
        "比如",
        "may ",
    ];
    let items = items(list);
    let begins = |item: &&str| {
        let lower = item.to_lowercase();
        BEGIN.iter().any(|word| lower.starts_with(word))
            || item.starts_with(|c: char| c.is_ascii_digit()) && item.contains("字符")
    };
    let Some(first) = items.iter().find(|item| begins(item)) else { return list };
    // The item is a part of the list: where it begins is known by its address.
    let at = first.as_ptr() as usize - list.as_ptr() as usize;
    let kept = list[..at].trim_end().trim_end_matches([',', '，', '、', '；', ';']);
    let kept = kept.strip_suffix(" and").or_else(|| kept.strip_suffix(" but")).unwrap_or(kept);
    kept.trim_end_matches([',', '，', '、', ' '])
}

fn sign(class: Class) -> Option<char> {
    match class {
        Class::One(c) => Some(c),
        _ => None,
    }
}

/// The closed set behind one of a sentence's verbs.
fn contained(sentence: &str) -> Option<Vec<Class>> {
    let mut rest = sentence;
    // Each verb's list reaches to the end of the sentence; the next verb is looked for inside it.
    for _ in 0..4 {
        let found = first(Phrase::Contains, rest)?;
        let list = found.name("v")?;
        let negated = rest[..found.get(0)?.start()].trim_end().to_lowercase();
        // `It can also contain …` adds to a set that stands elsewhere.
        if ["cannot", "not", "also", "must", "least"].iter().any(|word| negated.ends_with(word)) {
            return None;
        }
        if let Some(classes) = named(clause(list.as_str())) {
            return Some(classes);
        }
        rest = &rest[list.start()..];
    }
    None
}

/// Literals that a text may not begin with. A noun of characters is none of them.
fn prefixes(sentence: &str, line: u32, rules: &mut Rules) {
    let Some(found) = first(Phrase::CannotStartWith, sentence) else { return };
    let mut values: Vec<String> = Vec::new();
    for item in items(&found["v"]) {
        let bare = item.trim_matches(['"', '\'', '`', '“', '”']);
        let noun = !bare.is_ascii() || named(item).is_some_and(|classes| classes.len() != 1);
        if bare.contains(char::is_whitespace) || bare.is_empty() || noun {
            break;
        }
        values.push(bare.to_owned());
    }
    if !values.is_empty() {
        rules.forbidden_prefixes.get_or_insert(Stated { value: values, line });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::model::Line;
    use crate::page::vocabulary::Facet;

    fn rules(text: &str) -> Rules {
        let said: Vec<Said> = (1..)
            .zip(text.lines())
            .map(|(number, text)| Said {
                facet: Facet::Definition,
                line: Line { number, text: text.to_owned() },
            })
            .collect();
        let mut rules = Rules::default();
        read(&said, &Shape::Scalar(Scalar::String), &mut rules);
        rules
    }

    #[test]
    fn characters_come_from_verbs_with_closed_lists() {
        for (text, expected) in [
            (
                "Contains letters, digits, and hyphens (-). Spaces are not allowed.",
                Some("^[A-Za-z0-9-]*$"),
            ),
            ("Holds a maximum of 9 characters and consists of only letters.", Some("^[A-Za-z]*$")),
            ("Only letters and digits are allowed.", Some("^[A-Za-z0-9]*$")),
            ("It can contain letters, digits, and emoji.", None),
            ("Angle brackets (< >) are not allowed.", Some("^[^<>]*$")),
            ("The value cannot start or end with a space.", Some("^([^ ]([\\s\\S]*[^ ])?)?$")),
            ("The format is Depot name:Shelf name.", Some("^[^:]+:.+$")),
            ("Cannot contain letters.", Some("^[^A-Za-z]*$")),
            (
                "It can contain letters, digits, and underscores (_) and must start with a letter.",
                Some("^[A-Za-z][A-Za-z0-9_]*$"),
            ),
            ("支持英文、数字，且只能以英文开头，3-64个字符", Some("^[A-Za-z][A-Za-z0-9]*$")),
            ("可以包含中文、数字、半角句号（.）或者短划线（-）", Some("^[\\u4E00-\\u9FA50-9.-]*$")),
            ("不可以包含数字", Some("^[^0-9]*$")),
            ("必须包含字母和数字", None),
        ] {
            assert_eq!(rules(text).characters.pattern().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn prefixes_and_first_letters_are_apart() {
        let both = rules("It must start with a letter but cannot start with http:// or https://.");
        assert_eq!(both.characters.pattern().as_deref(), Some("^[A-Za-z][\\s\\S]*$"));
        assert_eq!(both.forbidden_prefixes.unwrap().value, ["http://", "https://"]);
        assert!(rules("It cannot start with a digit.").forbidden_prefixes.is_none());
    }

    #[test]
    fn flags_are_phrases() {
        assert_eq!(rules("Depot.\nThis attribute is reserved.").reserved, Some(2));
        assert_eq!(rules("The field is not publicly available yet.").internal, Some(1));
        let restricted = rules("Restricted depot type: DRY").restricted.unwrap().value;
        assert_eq!(restricted, ("depot type".to_owned(), vec!["DRY".to_owned()]));
    }
}
