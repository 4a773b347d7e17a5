//! Of several alternatives that all fail, the one that the value was most likely meant for.

use super::fault::{Fault, Sort};
use jsonschema::ValidationError;

/// The alternative that comes nearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    /// Its position, from 0.
    pub index: usize,
    /// Whether the value's type leaves no other: its faults say it all then, and that there were
    /// alternatives says nothing more.
    pub only: bool,
}

/// The nearest of some alternatives for the value at a place, by what is wrong with each.
pub(super) fn choice(at: &str, forms: &[Vec<Fault>]) -> Option<Choice> {
    let other_type =
        |faults: &[Fault]| faults.iter().any(|fault| fault.sort == Sort::Type && fault.at == at);
    // An alternative of the right type comes before the others; then one whose fixed values
    // (`kind: crate`) fit, then the one with the fewest faults.
    let rank = |faults: &[Fault]| {
        let fixed = faults.iter().filter(|fault| is_fixed_member(fault, at)).count();
        (other_type(faults), fixed, faults.len())
    };
    let (index, faults) = forms
        .iter()
        .enumerate()
        .filter(|(_, faults)| !faults.is_empty())
        .min_by_key(|(_, faults)| rank(faults))?;
    let right_type = forms.iter().filter(|faults| !other_type(faults)).count();
    Some(Choice { index, only: right_type == 1 && !other_type(faults) })
}

/// Whether a fault says that a direct member is none of the values that it is fixed to.
fn is_fixed_member(fault: &Fault, at: &str) -> bool {
    let direct = fault.at.strip_prefix(at).is_some_and(|rest| rest.matches('/').count() == 1);
    direct && fault.sort == Sort::Fixed
}

/// Numbers, from 1, of the alternatives that a value fits.
pub(super) fn fitting(forms: &[Vec<ValidationError<'static>>]) -> Vec<usize> {
    let fitting = forms.iter().enumerate().filter(|(_, errors)| errors.is_empty());
    fitting.map(|(index, _)| index + 1).collect()
}
