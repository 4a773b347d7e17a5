//! Characters that a text may hold, as prose names them, and the pattern that they make. Patterns
//! need neither look-around nor named classes (`\p{L}`), so that every regular expression engine
//! reads them alike: ECMA-262, as JSON Schema asks, and those that validators really use.

use super::literal::items;
use super::rules::Stated;
use std::fmt::Write as _;

/// Classes of a set that examples may widen it to before it is given up.
const CLASSES_LIMIT: usize = 64;

/// A class of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Upper,
    Lower,
    Digit,
    /// Letters of any script.
    AnyLetter,
    Han,
    One(char),
}

impl Class {
    fn holds(self, c: char) -> bool {
        match self {
            Self::Upper => c.is_ascii_uppercase(),
            Self::Lower => c.is_ascii_lowercase(),
            Self::Digit => c.is_ascii_digit(),
            Self::AnyLetter => {
                c.is_ascii_alphabetic()
                    || SCRIPTS.iter().any(|(first, last)| (*first..=*last).contains(&c))
            }
            Self::Han => ('\u{4e00}'..='\u{9fa5}').contains(&c),
            Self::One(own) => own == c,
        }
    }
}

/// Where letters of scripts other than ASCII's lie on the basic plane. Wider than the letters alone:
/// a pattern must not refuse a name that its writer would call letters.
const SCRIPTS: &[(char, char)] =
    &[('\u{c0}', '\u{1fff}'), ('\u{2c00}', '\u{d7ff}'), ('\u{f900}', '\u{ffdc}')];

/// Nouns of characters, singular.
const NOUNS: &[(&str, &[Class])] = &[
    ("letter", &[Class::Upper, Class::Lower]),
    ("english letter", &[Class::Upper, Class::Lower]),
    ("uppercase letter", &[Class::Upper]),
    ("lowercase letter", &[Class::Lower]),
    ("unicode letter", &[Class::AnyLetter]),
    ("utf-8 letter", &[Class::AnyLetter]),
    ("digit", &[Class::Digit]),
    ("number", &[Class::Digit]),
    ("numeral", &[Class::Digit]),
    ("chinese character", &[Class::Han]),
    ("chinese", &[Class::Han]),
    ("english character", &[Class::Upper, Class::Lower]),
    ("alphabetic character", &[Class::Upper, Class::Lower]),
    ("upper-case letter", &[Class::Upper]),
    ("lower-case letter", &[Class::Lower]),
    ("capital letter", &[Class::Upper]),
    ("alphanumeric character", &[Class::Upper, Class::Lower, Class::Digit]),
    ("numeric character", &[Class::Digit]),
    ("minus sign", &[Class::One('-')]),
    ("forward slash", &[Class::One('/')]),
    ("vertical bar", &[Class::One('|')]),
    ("number sign", &[Class::One('#')]),
    ("asterisk", &[Class::One('*')]),
    ("ampersand", &[Class::One('&')]),
    ("semicolon", &[Class::One(';')]),
    ("space", &[Class::One(' ')]),
    ("blank", &[Class::One(' ')]),
    ("underscore", &[Class::One('_')]),
    ("hyphen", &[Class::One('-')]),
    ("dash", &[Class::One('-')]),
    ("period", &[Class::One('.')]),
    ("dot", &[Class::One('.')]),
    ("colon", &[Class::One(':')]),
    ("comma", &[Class::One(',')]),
    ("slash", &[Class::One('/')]),
    ("backslash", &[Class::One('\\')]),
    ("at sign", &[Class::One('@')]),
    ("plus sign", &[Class::One('+')]),
    ("equal sign", &[Class::One('=')]),
    ("angle bracket", &[Class::One('<'), Class::One('>')]),
    ("carriage return", &[Class::One('\r')]),
    ("line feed", &[Class::One('\n')]),
    ("newline", &[Class::One('\n')]),
    ("tab", &[Class::One('\t')]),
    ("大写字母", &[Class::Upper]),
    ("小写字母", &[Class::Lower]),
    ("大小写字母", &[Class::Upper, Class::Lower]),
    ("大小字母", &[Class::Upper, Class::Lower]),
    ("英文", &[Class::Upper, Class::Lower]),
    ("英文大小写字母", &[Class::Upper, Class::Lower]),
    ("汉字", &[Class::Han]),
    ("中文字符", &[Class::Han]),
    ("中文汉字", &[Class::Han]),
    ("连字符", &[Class::One('-')]),
    ("短划线", &[Class::One('-')]),
    ("减号", &[Class::One('-')]),
    ("点", &[Class::One('.')]),
    ("句点", &[Class::One('.')]),
    ("英文句号", &[Class::One('.')]),
    ("半角句号", &[Class::One('.')]),
    ("点号", &[Class::One('.')]),
    ("英文冒号", &[Class::One(':')]),
    ("英文逗号", &[Class::One(',')]),
    ("半角逗号", &[Class::One(',')]),
    ("井号", &[Class::One('#')]),
    ("星号", &[Class::One('*')]),
    ("加号", &[Class::One('+')]),
    ("等号", &[Class::One('=')]),
    ("竖线", &[Class::One('|')]),
    ("反斜杠", &[Class::One('\\')]),
    ("英文下划线", &[Class::One('_')]),
    ("大写英文字母", &[Class::Upper]),
    ("小写英文字母", &[Class::Lower]),
    ("大写字符", &[Class::Upper]),
    ("小写字符", &[Class::Lower]),
    ("英文字符", &[Class::Upper, Class::Lower]),
    ("英文大小写", &[Class::Upper, Class::Lower]),
    ("大小写英文字母", &[Class::Upper, Class::Lower]),
    ("阿拉伯数字", &[Class::Digit]),
    ("冒号", &[Class::One(':')]),
    ("半角冒号", &[Class::One(':')]),
    ("逗号", &[Class::One(',')]),
    ("斜杠", &[Class::One('/')]),
    ("尖括号", &[Class::One('<'), Class::One('>')]),
    ("字母", &[Class::Upper, Class::Lower]),
    ("英文字母", &[Class::Upper, Class::Lower]),
    ("数字", &[Class::Digit]),
    ("中文", &[Class::Han]),
    ("下划线", &[Class::One('_')]),
    ("中划线", &[Class::One('-')]),
    ("空格", &[Class::One(' ')]),
];

/// The characters that a list of nouns names; `None` as soon as one is not known, for then the set
/// is not closed.
pub(super) fn named(list: &str) -> Option<Vec<Class>> {
    let (nouns, tail) = match list.find("characters:") {
        Some(at) => (list[..at].trim_end(), Some(&list[at + "characters:".len()..])),
        None => (list, None),
    };
    let nouns = nouns.trim_end_matches('.');
    let mut classes: Vec<Class> = Vec::new();
    for item in items(nouns) {
        if tail.is_some() && is_lead(item) {
            continue;
        }
        for class in noun(item)? {
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
    }
    for literal in tail.into_iter().flat_map(str::split_whitespace) {
        let mut characters = literal.chars();
        let (Some(own), None) = (characters.next(), characters.next()) else { return None };
        if own.is_alphanumeric() {
            return None;
        }
        if !classes.contains(&Class::One(own)) {
            classes.push(Class::One(own));
        }
    }
    (!classes.is_empty()).then_some(classes)
}

/// `the following special` in front of `characters:`.
fn is_lead(item: &str) -> bool {
    item.split_whitespace().all(|word| {
        ["the", "following", "special", "these", "other"].contains(&word.to_lowercase().as_str())
    })
}

fn noun(item: &str) -> Option<Vec<Class>> {
    let item = item.trim_matches(['“', '”', '"']);
    let mut single = item.chars();
    if let (Some(own), None) = (single.next(), single.next())
        && own.is_ascii_punctuation()
    {
        return Some(vec![Class::One(own)]);
    }
    let (words, literal) = match item.split_once(['(', '（']) {
        Some((words, literal)) => (words.trim(), literal.strip_suffix([')', '）'])),
        None => (item, None),
    };
    // `-（hyphen）`: the sign first, its name in brackets.
    let mut single = words.chars();
    if let (Some(own), None, Some(_)) = (single.next(), single.next(), literal)
        && own.is_ascii_punctuation()
    {
        return Some(vec![Class::One(own)]);
    }
    let lower = words.to_lowercase();
    let mut word = lower.trim();
    for lead in ["a ", "an ", "the ", "only "] {
        word = word.strip_prefix(lead).unwrap_or(word);
    }
    let known =
        |word: &str| NOUNS.iter().find(|(own, _)| *own == word).map(|(_, classes)| *classes);
    let singular = word.strip_suffix("es").and_then(known);
    let classes = known(word).or_else(|| known(word.strip_suffix('s')?)).or(singular);
    let signs: Vec<Class> = literal
        .iter()
        .flat_map(|literal| literal.chars().filter(|c| !c.is_whitespace()))
        .map(Class::One)
        .collect();
    match (signs.iter().any(|sign| matches!(sign, Class::One(c) if c.is_alphanumeric())), classes) {
        (false, _) if !signs.is_empty() && is_short(words) => Some(signs),
        (_, classes) => classes.map(<[Class]>::to_vec),
    }
}

/// Whether words in front of signs in brackets only name these: `special characters (!@)` does,
/// `labels separated by dots (.)` does not.
fn is_short(words: &str) -> bool {
    let all: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    let verb = |word: &String| ["separated", "by", "with", "using"].contains(&word.as_str());
    all.len() <= 4 && !all.iter().any(verb)
}

/// The signs that a list writes out, as in `^!<>=`.
pub(super) fn written(list: &str) -> Option<Vec<Class>> {
    let list = list.trim().trim_end_matches('.');
    let signs: Vec<char> = list.chars().filter(|c| !c.is_whitespace()).collect();
    let plain = signs.iter().all(char::is_ascii_punctuation);
    (plain && (2..=40).contains(&signs.len())).then(|| signs.into_iter().map(Class::One).collect())
}

/// Rules on a text's characters.
#[derive(Debug, Clone, Default)]
pub(super) struct Characters {
    /// The closed set.
    pub(super) allowed: Option<Stated<Vec<Class>>>,
    pub(super) forbidden: Option<Stated<Vec<Class>>>,
    /// What the first character must be.
    pub(super) first: Option<Stated<Vec<Class>>>,
    /// What neither the first nor the last may be.
    pub(super) edges: Option<Stated<Vec<char>>>,
    /// Two parts with a colon between them.
    pub(super) pair: Option<u32>,
}

impl Characters {
    pub(super) fn lines(&self) -> Vec<u32> {
        let rules = [
            self.allowed.as_ref().map(|rule| rule.line),
            self.forbidden.as_ref().map(|rule| rule.line),
            self.first.as_ref().map(|rule| rule.line),
            self.edges.as_ref().map(|rule| rule.line),
            self.pair,
        ];
        rules.into_iter().flatten().collect()
    }

    /// The pattern of all rules together; `None` without rules.
    pub(super) fn pattern(&self) -> Option<String> {
        if self.pair.is_some() {
            return Some("^[^:]+:.+$".to_owned());
        }
        if self.lines().is_empty() {
            return None;
        }
        let inner = self.set(&[]);
        let last = self.edges.as_ref().map(|edges| self.set(&edges.value));
        let first = self.first.as_ref().map(|first| bracket(&first.value, false));
        Some(match (first, last) {
            (None, None) => format!("^{inner}*$"),
            (None, Some(edge)) => format!("^({edge}({inner}*{edge})?)?$"),
            (Some(first), None) => format!("^{first}{inner}*$"),
            (Some(first), Some(edge)) => format!("^{first}({inner}*{edge})?$"),
        })
    }

    /// One character's class, without some.
    fn set(&self, without: &[char]) -> String {
        let edges = without.iter().copied().map(Class::One);
        let forbidden = self.forbidden.iter().flat_map(|rule| rule.value.iter().copied());
        let forbidden: Vec<Class> = forbidden.chain(edges).collect();
        match &self.allowed {
            Some(allowed) => {
                let kept = allowed.value.iter().copied().filter(|class| !forbidden.contains(class));
                bracket(&kept.collect::<Vec<_>>(), false)
            }
            None if forbidden.is_empty() => "[\\s\\S]".to_owned(),
            None => bracket(&forbidden, true),
        }
    }

    /// The characters of a text that are not allowed, each once.
    fn broken(&self, text: &str) -> Vec<char> {
        let mut broken: Vec<char> = Vec::new();
        for c in text.chars() {
            let outside = self
                .allowed
                .as_ref()
                .is_some_and(|allowed| !allowed.value.iter().any(|class| class.holds(c)));
            let barred = |rule: &Stated<Vec<Class>>| rule.value.iter().any(|class| class.holds(c));
            let forbidden = self.forbidden.as_ref().is_some_and(barred);
            if (outside || forbidden) && !broken.contains(&c) {
                broken.push(c);
            }
        }
        broken
    }

    /// Whether a text keeps every rule.
    pub(super) fn allow(&self, text: &str) -> bool {
        let (first, last) = (text.chars().next(), text.chars().next_back());
        let begins = self.first.as_ref().is_none_or(|rule| {
            first.is_some_and(|first| rule.value.iter().any(|class| class.holds(first)))
        });
        let edged = self.edges.as_ref().is_some_and(|rule| {
            [first, last].into_iter().flatten().any(|c| rule.value.contains(&c))
        });
        let paired = self.pair.is_none()
            || text
                .split_once(':')
                .is_some_and(|(one, other)| !one.is_empty() && !other.is_empty());
        begins && !edged && paired && self.broken(text).is_empty()
    }

    /// Loosens just what a text breaks, and answers with the lines of the rules that gave way.
    ///
    /// A closed set beside a list of forbidden characters that it already shuts out is no closed
    /// set: once an example leaves it, the list of the forbidden is the rule. Otherwise the set
    /// takes in the example's characters.
    pub(super) fn loosen(&mut self, text: &str) -> Vec<u32> {
        let mut lines = Vec::new();
        if self.pair.is_some_and(|_| !self.allow(text)) {
            lines.extend(self.pair.take());
        }
        let broken = self.broken(text);
        if let Some(rule) = &mut self.forbidden {
            let before = rule.value.len();
            rule.value.retain(|own| !broken.iter().any(|c| own.holds(*c)));
            if rule.value.len() < before {
                lines.push(rule.line);
            }
        }
        self.forbidden = self.forbidden.take().filter(|rule| !rule.value.is_empty());
        let operative = self.forbidden.is_some();
        if let Some(rule) = &mut self.allowed {
            let outside = |c: &&char| !rule.value.iter().any(|class| class.holds(**c));
            let missing: Vec<char> = broken.iter().filter(outside).copied().collect();
            if !missing.is_empty() {
                lines.push(rule.line);
                rule.value.extend(missing.into_iter().map(Class::One));
                if operative || rule.value.len() > CLASSES_LIMIT {
                    self.allowed = None;
                }
            }
        }
        if !self.allow(text) {
            lines.extend(self.first.take().map(|rule| rule.line));
        }
        if !self.allow(text) {
            lines.extend(self.edges.take().map(|rule| rule.line));
        }
        lines
    }
}

/// A bracket expression; the hyphen stands last, so that it is no range.
fn bracket(classes: &[Class], negated: bool) -> String {
    let mut out = String::from(if negated { "[^" } else { "[" });
    let mut hyphen = false;
    for class in classes {
        match class {
            Class::Upper => out.push_str("A-Z"),
            Class::Lower => out.push_str("a-z"),
            Class::Digit => out.push_str("0-9"),
            Class::AnyLetter => {
                out.push_str("A-Za-z");
                for (first, last) in SCRIPTS {
                    let _ = write!(out, "\\u{:04X}-\\u{:04X}", u32::from(*first), u32::from(*last));
                }
            }
            Class::Han => out.push_str("\\u4E00-\\u9FA5"),
            Class::One('-') => hyphen = true,
            Class::One('\r') => out.push_str("\\r"),
            Class::One('\n') => out.push_str("\\n"),
            Class::One('\t') => out.push_str("\\t"),
            Class::One(c) if "\\]^[".contains(*c) => {
                let _ = write!(out, "\\{c}");
            }
            Class::One(c) => out.push(*c),
        }
    }
    if hyphen {
        out.push('-');
    }
    out.push(']');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated<T>(value: T) -> Stated<T> {
        Stated { value, line: 1 }
    }

    #[test]
    fn nouns_close_a_set_only_when_all_are_known() {
        for (list, expected) in [
            ("letters, digits, underscores (_), and hyphens (-)", Some("[A-Za-z0-9_-]")),
            ("only letters and digits", Some("[A-Za-z0-9]")),
            (
                "UTF-8 letters, digits, spaces, and the following characters: _ . : = + - @",
                Some("[A-Za-z\\u00C0-\\u1FFF\\u2C00-\\uD7FF\\uF900-\\uFFDC0-9 _.:=+@-]"),
            ),
            ("Carriage returns and angle brackets (< >)", Some("[\\r<>]")),
            ("letters and special characters", None),
            ("1 to 64 characters", None),
            ("a letter", Some("[A-Za-z]")),
        ] {
            let found = named(list).map(|classes| bracket(&classes, false));
            assert_eq!(found.as_deref(), expected, "{list}");
        }
    }

    #[test]
    fn patterns_say_what_the_rules_say() {
        let mut rules = Characters {
            allowed: Some(stated(named("letters, spaces").unwrap())),
            ..Default::default()
        };
        assert_eq!(rules.pattern().as_deref(), Some("^[A-Za-z ]*$"));
        rules.edges = Some(stated(vec![' ']));
        assert_eq!(rules.pattern().as_deref(), Some("^([A-Za-z]([A-Za-z ]*[A-Za-z])?)?$"));
        assert!(rules.allow("big depot") && !rules.allow(" depot") && !rules.allow("d1"));
        rules.edges = None;
        rules.first = Some(stated(named("a letter").unwrap()));
        assert_eq!(rules.pattern().as_deref(), Some("^[A-Za-z][A-Za-z ]*$"));
        let forbidden = Characters {
            forbidden: Some(stated(vec![Class::One('<'), Class::One('\r')])),
            ..Default::default()
        };
        assert_eq!(forbidden.pattern().as_deref(), Some("^[^<\\r]*$"));
    }

    #[test]
    fn examples_loosen_no_more_than_they_need() {
        let closed = || Some(stated(named("letters and digits").unwrap()));
        let mut spaced = Characters {
            allowed: closed(),
            forbidden: Some(stated(vec![Class::One(' ')])),
            ..Default::default()
        };
        assert!(!spaced.loosen("a depot").is_empty());
        assert_eq!(spaced.pattern().as_deref(), Some("^[A-Za-z0-9 ]*$"));
        // The forbidden list stays in force, so the set around it was not closed.
        let mut open = Characters {
            allowed: closed(),
            forbidden: Some(stated(vec![Class::One('<')])),
            ..Default::default()
        };
        assert!(!open.loosen("a depot").is_empty());
        assert_eq!(open.pattern().as_deref(), Some("^[^<]*$"));
        let mut kept = Characters { allowed: closed(), ..Default::default() };
        assert!(kept.loosen("depot1").is_empty());
        assert_eq!(kept.pattern().as_deref(), Some("^[A-Za-z0-9]*$"));
    }
}
