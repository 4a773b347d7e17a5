//! Texts that match a regular expression: the expression is parsed into pieces that know the
//! lengths they can have, and a wanted length is shared out among them.

use super::ecma;
use super::random::Random;
use regex_syntax::hir::{Class, Hir, HirKind, Look};
use std::ops::RangeInclusive;

/// Deepest nesting of groups that is followed.
const NESTING: u32 = 96;
/// Longest text that is made.
pub(super) const LONGEST: usize = 65_536;
/// How much longer than necessary a text may be.
const SLACK: usize = 8;

/// A pattern from which texts are made.
#[derive(Debug)]
pub(super) struct Pattern {
    piece: Piece,
    regex: Option<regex::Regex>,
    ahead: Vec<Piece>,
    cut: bool,
    opens: bool,
    closes: bool,
}

impl Pattern {
    /// Reads an ECMA-262 expression; `None` where it is none or cannot be followed.
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        let translation = ecma::translate(pattern)?;
        let parse = |text: &str| {
            regex_syntax::ParserBuilder::new().nest_limit(NESTING).build().parse(text).ok()
        };
        let hir = parse(&translation.pattern)?;
        let ahead = translation
            .ahead
            .iter()
            .filter_map(|text| Some(Piece::of(&parse(&ecma::translate(text)?.pattern)?)))
            .collect();
        let look = |look: Option<Look>, wanted| look.is_some_and(|found| found == wanted);
        let properties = hir.properties();
        Some(Self {
            piece: Piece::of(&hir),
            regex: regex::RegexBuilder::new(&translation.pattern).size_limit(1 << 20).build().ok(),
            ahead,
            cut: translation.cut,
            opens: !look(properties.look_set_prefix().iter().next(), Look::Start),
            closes: !look(properties.look_set_suffix().iter().next(), Look::End),
        })
    }

    /// Whether a text matches; `None` where only another engine can tell.
    pub(super) fn matches(&self, text: &str) -> Option<bool> {
        if self.regex.as_ref()?.is_match(text) { (!self.cut).then_some(true) } else { Some(false) }
    }

    /// A text of a length in this range that should match. Not every pattern can be met in one
    /// draw: the caller judges and draws again.
    pub(super) fn text(&self, lengths: &RangeInclusive<usize>, random: &mut Random) -> String {
        let least = self.piece.least.max(*lengths.start()).min(LONGEST);
        let most = self.piece.most.min(*lengths.end()).min(LONGEST);
        let wanted = least + random.below((most.saturating_sub(least)).min(SLACK) + 1);
        let mut text = String::new();
        self.piece.write(wanted, random, &mut text);
        for ahead in &self.ahead {
            ahead.overlay(&mut text, wanted, random);
        }
        let missing = lengths.start().saturating_sub(text.chars().count()).min(LONGEST);
        if missing > 0 && self.closes {
            text.push_str(&random.word(missing));
        } else if missing > 0 && self.opens {
            text.insert_str(0, &random.word(missing));
        }
        text
    }
}

/// A part of an expression, with the lengths in characters that its texts can have.
#[derive(Debug)]
struct Piece {
    least: usize,
    most: usize,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Literal(String),
    Class(Vec<(char, char)>),
    Repeat { of: Box<Piece>, least: usize, most: usize },
    Concat(Vec<Piece>),
    Alternation(Vec<Piece>),
}

impl Piece {
    fn of(hir: &Hir) -> Self {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::literal(String::new()),
            HirKind::Literal(literal) => {
                Self::literal(String::from_utf8_lossy(&literal.0).into_owned())
            }
            HirKind::Class(class) => Self::class(class),
            HirKind::Capture(capture) => Self::of(&capture.sub),
            HirKind::Repetition(repetition) => {
                let of = Box::new(Self::of(&repetition.sub));
                let least = repetition.min as usize;
                let most = repetition.max.map_or(usize::MAX, |most| most as usize);
                Self {
                    least: of.least.saturating_mul(least),
                    most: of.most.saturating_mul(most),
                    kind: Kind::Repeat { of, least, most },
                }
            }
            HirKind::Concat(parts) => {
                let parts: Vec<Self> = parts.iter().map(Self::of).collect();
                let sum = |length: fn(&Self) -> usize| {
                    parts.iter().map(length).fold(0, usize::saturating_add)
                };
                Self { least: sum(|p| p.least), most: sum(|p| p.most), kind: Kind::Concat(parts) }
            }
            HirKind::Alternation(parts) => {
                let parts: Vec<Self> = parts.iter().map(Self::of).collect();
                Self {
                    least: parts.iter().map(|part| part.least).min().unwrap_or(0),
                    most: parts.iter().map(|part| part.most).max().unwrap_or(0),
                    kind: Kind::Alternation(parts),
                }
            }
        }
    }

    fn literal(text: String) -> Self {
        let length = text.chars().count();
        Self { least: length, most: length, kind: Kind::Literal(text) }
    }

    fn class(class: &Class) -> Self {
        let ranges = match class {
            Class::Unicode(class) => {
                class.iter().map(|range| (range.start(), range.end())).collect()
            }
            Class::Bytes(class) => class
                .iter()
                .map(|range| (char::from(range.start()), char::from(range.end())))
                .collect(),
        };
        Self { least: 1, most: 1, kind: Kind::Class(ranges) }
    }

    fn write(&self, wanted: usize, random: &mut Random, out: &mut String) {
        if out.len() > 4 * LONGEST {
            return;
        }
        match &self.kind {
            Kind::Literal(text) => out.push_str(text),
            Kind::Class(ranges) => out.extend(character(ranges, random)),
            Kind::Concat(parts) => {
                let parts: Vec<&Self> = parts.iter().collect();
                write_all(&parts, wanted, random, out);
            }
            Kind::Alternation(parts) => {
                let fits: Vec<&Self> =
                    parts.iter().filter(|p| p.least <= wanted && wanted <= p.most).collect();
                let nearest = parts
                    .iter()
                    .min_by_key(|part| part.least.abs_diff(wanted).min(part.most.abs_diff(wanted)));
                if let Some(part) = random.pick(&fits).copied().or(nearest) {
                    part.write(wanted, random, out);
                }
            }
            Kind::Repeat { of, least, most } => {
                let fewest = if of.most == 0 { 0 } else { wanted.div_ceil(of.most) }.max(*least);
                let fewest = fewest.min(*most).min(LONGEST);
                let top = wanted.checked_div(of.least).unwrap_or(fewest);
                let top = top.min(*most).min(LONGEST).max(fewest);
                let times = fewest + random.below(top - fewest + 1);
                write_all(&vec![&**of; times], wanted, random, out);
            }
        }
    }

    /// Writes a text of this piece over the text, as a look-ahead from its start sees it: what the
    /// piece asks for replaces characters at one place, so that the length stays.
    fn overlay(&self, text: &mut String, wanted: usize, random: &mut Random) {
        let Kind::Concat(parts) = &self.kind else { return };
        let (free, asked): (Vec<&Self>, Vec<&Self>) =
            parts.iter().partition(|part| part.least == 0 && part.most == usize::MAX);
        if free.is_empty() {
            return;
        }
        let mut needle = String::new();
        for part in asked {
            part.write(part.least, random, &mut needle);
        }
        let mut chars: Vec<char> = text.chars().collect();
        let needle: Vec<char> = needle.chars().collect();
        let room = chars.len().saturating_sub(needle.len());
        let at = random.below(room + 1).min(chars.len());
        let end = (at + needle.len()).min(chars.len()).min(wanted.max(at));
        chars.splice(at..end, needle);
        *text = chars.into_iter().collect();
    }
}

/// Writes the pieces one after another, the wanted length shared out among them.
fn write_all(parts: &[&Piece], wanted: usize, random: &mut Random, out: &mut String) {
    let sum = parts.iter().map(|part| part.least).fold(0, usize::saturating_add);
    let mut slack = wanted.saturating_sub(sum);
    // What the pieces behind this one could still take.
    let mut behind: Vec<usize> = vec![0; parts.len() + 1];
    for (index, part) in parts.iter().enumerate().rev() {
        behind[index] = behind[index + 1].saturating_add(part.most - part.least);
    }
    for (index, part) in parts.iter().enumerate() {
        let must = slack.saturating_sub(behind[index + 1]);
        let may = slack.min(part.most - part.least);
        let more = if must >= may { may } else { must + random.below(may - must + 1) };
        part.write(part.least.saturating_add(more), random, out);
        slack -= more;
    }
}

/// A character of the class: a lower-case letter or digit where it has one, else the first printable
/// one.
fn character(ranges: &[(char, char)], random: &mut Random) -> Option<char> {
    const LIKED: [(char, char); 5] = [('a', 'z'), ('0', '9'), ('A', 'Z'), ('-', '-'), ('_', '_')];
    const PRINTABLE: [(char, char); 2] = [(' ', '~'), ('\u{a1}', '\u{d7ff}')];
    let within = |wanted: &[(char, char)]| -> Vec<(char, char)> {
        let overlap = |(low, high): (char, char)| {
            ranges
                .iter()
                .map(move |(start, end)| (low.max(*start), high.min(*end)))
                .filter(|(start, end)| start <= end)
        };
        wanted.iter().copied().flat_map(overlap).collect()
    };
    let liked = within(&LIKED);
    let printable = within(&PRINTABLE);
    let pool = if !liked.is_empty() {
        &liked
    } else if !printable.is_empty() {
        &printable
    } else {
        ranges
    };
    let total: usize = pool.iter().map(|(start, end)| width(*start, *end)).sum();
    let mut index = random.below(total);
    for (start, end) in pool {
        let count = width(*start, *end);
        if index < count {
            // Gaps in the code space (surrogates) have no character: fall back to the range's start.
            let code = u32::try_from(index).ok()? + u32::from(*start);
            return char::from_u32(code).or(Some(*start));
        }
        index -= count;
    }
    None
}

fn width(start: char, end: char) -> usize {
    (u32::from(end) - u32::from(start)) as usize + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(pattern: &str, lengths: RangeInclusive<usize>) -> Vec<String> {
        let parsed = Pattern::parse(pattern).unwrap();
        let mut random = Random::new(11);
        (0..60).map(|_| parsed.text(&lengths, &mut random)).collect()
    }

    #[test]
    fn every_draw_matches_within_the_lengths() {
        let cases = [
            (r"^[a-z][a-z0-9_-]{0,62}$", 1..=64),
            (r"^[a-z][a-z0-9_-]{0,62}$", 40..=41),
            (r"^\d{4}-\d{2}$", 0..=100),
            (r"^\S+@\S+\.[a-z]{2,}$", 0..=30),
            (r"abc", 10..=20),
            (r"^abc", 10..=20),
            (r"abc$", 10..=20),
            (r"^$", 0..=5),
            (r"^(foo|bar)?$", 0..=3),
            (r"^[一-龥]{2,4}$", 2..=4),
            (r"^[^a-z]+$", 3..=3),
            (r"^\u0041\x42\/\.$", 0..=9),
            (r"^(([a-z]{2}){2}){2}$", 0..=99),
            (r"(?i)^abc$", 3..=3),
        ];
        for (pattern, lengths) in cases {
            let parsed = Pattern::parse(pattern).unwrap();
            for text in draws(pattern, lengths.clone()) {
                assert_eq!(parsed.matches(&text), Some(true), "{pattern}: {text:?}");
                assert!(lengths.contains(&text.chars().count()), "{pattern}: {text:?}");
            }
        }
    }

    #[test]
    fn lengths_with_gaps_are_met_before_long() {
        let texts = draws(r"^(?:a|bcd|[0-9]{5})+$", 10..=12);
        let good = texts.iter().filter(|text| (10..=12).contains(&text.len()));
        assert!(good.count() > 20, "{texts:?}");
    }

    #[test]
    fn look_aheads_are_met_before_long() {
        let texts = draws(r"^(?=.*\d)(?=.*[A-Z])(?=.*[!#%])[A-Za-z0-9!#%]{8,12}$", 0..=12);
        let good = texts.iter().filter(|text| {
            text.chars().any(|c| c.is_ascii_digit())
                && text.chars().any(|c| c.is_ascii_uppercase())
                && text.contains(['!', '#', '%'])
        });
        assert!(good.count() > 20, "{texts:?}");
    }

    #[test]
    fn monstrous_repetitions_stay_bounded() {
        let texts = draws(r"^(((a{1000}){1000}){1000})$", 0..=10);
        assert!(texts.iter().all(|text| text.len() <= 5 * LONGEST));
    }
}
