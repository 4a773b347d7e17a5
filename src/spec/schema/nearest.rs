//! Of several alternatives that all fail, the one that the value was most likely meant for.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};

/// The alternative that comes nearest.
pub(super) struct Nearest<'a> {
    /// How many alternatives there are.
    pub of: usize,
    /// Its position, from 0.
    pub index: usize,
    /// Its first error.
    pub error: &'a ValidationError<'static>,
    /// Its errors, where the value's type leaves no other alternative: they say it all, and that
    /// there were alternatives says nothing more.
    pub only: Option<&'a [ValidationError<'static>]>,
}

/// The nearest alternative of a failed `anyOf` or `oneOf`; `None` for other errors.
pub(super) fn nearest<'a>(error: &'a ValidationError<'_>) -> Option<Nearest<'a>> {
    let (Kind::AnyOf { context } | Kind::OneOfNotValid { context }) = error.kind() else {
        return None;
    };
    let here = error.instance_path().as_str();
    let other_type = |errors: &[ValidationError<'static>]| {
        errors.iter().any(|error| {
            matches!(error.kind(), Kind::Type { .. }) && error.instance_path().as_str() == here
        })
    };
    // An alternative of the right type comes before the others; then one whose fixed values
    // (`kind: crate`) fit, then the one with the fewest errors.
    let rank = |errors: &[ValidationError<'static>]| {
        let fixed = errors.iter().filter(|error| is_fixed_member(error, here)).count();
        (other_type(errors), fixed, errors.len())
    };
    let (index, errors) = context
        .iter()
        .enumerate()
        .filter(|(_, errors)| !errors.is_empty())
        .min_by_key(|(_, errors)| rank(errors))?;
    let right_type = context.iter().filter(|errors| !other_type(errors)).count();
    let only = (right_type == 1 && !other_type(errors)).then_some(errors.as_slice());
    Some(Nearest { of: context.len(), index, error: errors.first()?, only })
}

/// Whether an error says that a direct member is not the constant it must be.
fn is_fixed_member(error: &ValidationError<'_>, here: &str) -> bool {
    let rest = error.instance_path().as_str().strip_prefix(here);
    let direct = rest.is_some_and(|rest| rest.matches('/').count() == 1);
    direct && matches!(error.kind(), Kind::Constant { .. } | Kind::Enum { .. })
}

/// The types that an error of the keyword `type` asks for.
pub(super) fn types(kind: &TypeKind) -> Vec<String> {
    match kind {
        TypeKind::Single(one) => vec![one.to_string()],
        TypeKind::Multiple(several) => several.iter().map(|one| one.to_string()).collect(),
    }
}
