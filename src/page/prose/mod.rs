//! Rules that prose states: lengths, ranges, values, defaults, characters, conditions. Phrases are
//! data by language ([`phrases`]); what they state becomes [`Rules`], each with its line. What the
//! page's own examples disprove is loosened by [`settle`], never silently.

mod charset;
mod choices;
mod defaults;
mod facets;
mod gaps;
mod literal;
mod numbers;
mod phrases;
mod relations;
mod rules;
mod settle;
mod sites;
mod strings;

pub(super) use literal::typed;
pub(super) use relations::{Relation, keywords as relations};
pub(super) use rules::Rules;
pub(super) use settle::settle;

use super::model::Field;

/// Longest line of prose that is read for rules; what is longer is kept as text only.
const LINE_LIMIT: usize = 20_000;

/// Reads a field's prose into its rules, and reports what the prose announces and does not say.
pub(super) fn read(field: &mut Field, losses: &mut Vec<(u32, String)>) {
    let mut said = facets::split(&mut field.text);
    said.retain(|part| part.line.text.len() <= LINE_LIMIT);
    let said = facets::unfolded(said);
    choices::read(&said, &field.shape, &mut field.rules);
    numbers::read(&said, &field.shape, &mut field.rules);
    strings::read(&said, &field.shape, &mut field.rules);
    defaults::read(&said, &field.shape, &mut field.rules);
    relations::read(&said, &mut field.rules);
    gaps::find(field, losses);
}
