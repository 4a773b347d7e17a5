//! Strings: lengths, patterns, formats, forbidden prefixes.

use super::GenerateErrorKind;
use super::conjunction::Conjunction;
use super::engine::Engine;
use super::format;
use super::pattern::{LONGEST, Pattern};
use serde_json::Value;
use std::ops::RangeInclusive;
use std::rc::Rc;

/// Draws before a string is given up.
const DRAWS: usize = 48;
/// Length of a text that nothing else is said of.
const USUAL: usize = 8;

/// What the members ask of a string.
struct Asked<'a> {
    lengths: RangeInclusive<usize>,
    patterns: Vec<Rc<Pattern>>,
    formats: Vec<&'a str>,
    prefixes: Vec<&'a str>,
    /// Whether a draw must be judged by the schemas themselves.
    judged: bool,
}

impl<'a> Asked<'a> {
    fn of(whole: &Conjunction<'a>, engine: &mut Engine<'a>) -> Result<Self, GenerateErrorKind> {
        let least = whole.at_least("minLength");
        let most = whole.at_most("maxLength").unwrap_or(usize::MAX);
        if least > most {
            return Err(GenerateErrorKind::Contradictory);
        }
        if least > LONGEST {
            return Err(GenerateErrorKind::TooLarge);
        }
        let written: Vec<&str> = whole.all("pattern").filter_map(Value::as_str).collect();
        let patterns: Vec<Rc<Pattern>> =
            written.iter().filter_map(|text| engine.pattern(text)).collect();
        let mut formats: Vec<&str> = whole.all("format").filter_map(Value::as_str).collect();
        formats.extend(whole.all("contentEncoding").filter_map(Value::as_str));
        let prefixes = whole
            .all("x-forbidden-prefixes")
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let judged = patterns.len() < written.len() || !formats.is_empty();
        Ok(Self { lengths: least..=most, patterns, formats, prefixes, judged })
    }

    /// Whether a draw holds; `None` where the schemas must say.
    fn holds(&self, text: &str) -> Option<bool> {
        let mut sure = !self.judged;
        let fits = self.lengths.contains(&text.chars().count())
            && !self.prefixes.iter().any(|prefix| text.starts_with(prefix))
            && self.patterns.iter().all(|pattern| {
                let verdict = pattern.matches(text);
                sure &= verdict.is_some();
                verdict != Some(false)
            });
        if fits { sure.then_some(true) } else { Some(false) }
    }
}

impl<'a> Engine<'a> {
    /// A string for which everything holds.
    pub(super) fn text(&mut self, whole: &Conjunction<'a>) -> Result<Value, GenerateErrorKind> {
        let asked = Asked::of(whole, self)?;
        for draw in 0..DRAWS {
            let text = self.draw(&asked, draw);
            let held = asked.holds(&text);
            let value = Value::String(text);
            if held.unwrap_or_else(|| self.hold(&whole.roots, &value)) {
                self.grow(value.as_str().map_or(0, str::len))?;
                return Ok(value);
            }
        }
        Err(GenerateErrorKind::Contradictory)
    }

    fn draw(&mut self, asked: &Asked<'a>, draw: usize) -> String {
        let (least, most) = (*asked.lengths.start(), *asked.lengths.end());
        let formats = asked.formats.len();
        let turn = draw % (formats + asked.patterns.len()).max(1);
        if let Some(name) = asked.formats.get(turn)
            && let Some(text) = format::text(name, least, most, &mut self.random)
        {
            return text;
        }
        if let Some(pattern) = asked.patterns.get(turn.saturating_sub(formats)) {
            return pattern.text(&asked.lengths, &mut self.random);
        }
        self.random.word(USUAL.max(least).min(most))
    }
}
