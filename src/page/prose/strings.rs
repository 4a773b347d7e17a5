//! Rules on texts (characters, beginnings, forbidden prefixes) and flags that any field may have.

use super::charset::{Class, named, written};
use super::facets::Said;
use super::literal::{items, sentences};
use super::phrases::{Phrase, all, first, holds};
use super::rules::{Rules, Stated};
use crate::page::model::{Scalar, Shape};

/// Reads what prose states of a text, and flags.
pub(super) fn read(said: &[Said], shape: &Shape, rules: &mut Rules) {
    for part in said {
        let line = part.line.number;
        let text = super::choices::unbulleted(&part.line.text).0;
        flags(text, line, rules);
        if shape.scalar() == Some(Scalar::String) {
            let whole = |sentence: &&str| !holds(Phrase::OfParts, sentence);
            for sentence in sentences(text).into_iter().filter(whole) {
                characters(sentence, line, rules);
                prefixes(sentence, line, rules);
            }
        }
    }
}

fn flags(text: &str, line: u32, rules: &mut Rules) {
    let set = |flag: &mut Option<u32>, phrase: Phrase| {
        if flag.is_none() && holds(phrase, text) {
            *flag = Some(line);
        }
    };
    set(&mut rules.reserved, Phrase::Reserved);
    set(&mut rules.internal, Phrase::Internal);
    set(&mut rules.deprecated, Phrase::Deprecated);
    set(&mut rules.optional, Phrase::Optional);
    set(&mut rules.partial_match, Phrase::PartialMatch);
    if let Some(found) = first(Phrase::Restricted, text) {
        let values =
            items(&found["v"]).into_iter().map(|item| item.trim_end_matches('.').to_owned());
        let value = (found["f"].trim().to_owned(), values.collect());
        rules.restricted.get_or_insert(Stated { value, line });
    }
}

fn characters(sentence: &str, line: u32, rules: &mut Rules) {
    let own = &mut rules.characters;
    // Several verbs may stand in one sentence; the first with a closed list of nouns counts.
    if own.allowed.is_none() {
        let only = first(Phrase::OnlyAllowed, sentence).and_then(|found| named(&found["v"]));
        own.allowed = only.or_else(|| contained(sentence)).map(|value| Stated { value, line });
    }
    for found in all(Phrase::NotAllowed, sentence) {
        let list = &found["v"];
        let classes = named(list).or_else(|| written(list)).unwrap_or_default();
        let signs: Vec<char> = classes.into_iter().filter_map(sign).collect();
        if !signs.is_empty() {
            match &mut own.forbidden {
                Some(rule) => rule.value.extend(signs),
                None => own.forbidden = Some(Stated { value: signs, line }),
            }
        }
    }
    if let Some(found) = first(Phrase::MustStartWith, sentence)
        && let Some(value) = named(&found["v"])
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
        if negated.ends_with("cannot") || negated.ends_with("not") {
            return None;
        }
        if let Some(classes) = named(list.as_str()) {
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
        if bare.contains(char::is_whitespace) || bare.is_empty() {
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
            ("Cannot contain letters.", None),
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
