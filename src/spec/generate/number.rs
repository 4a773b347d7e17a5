//! Numbers: ranges, exclusive bounds, multiples.

use super::GenerateErrorKind;
use super::conjunction::Conjunction;
use super::random::Random;
use serde_json::{Number, Value};

/// How far from the nearer bound a value is looked for.
const REACH: i128 = 100;

/// A whole number within the bounds of all members.
pub(super) fn integer(
    whole: &Conjunction<'_>,
    random: &mut Random,
) -> Result<Value, GenerateErrorKind> {
    let mut low = i128::MIN;
    let mut high = i128::MAX;
    for bound in whole.all("minimum") {
        low = low.max(ceiling(bound));
    }
    for bound in whole.all("exclusiveMinimum").filter(|bound| bound.is_number()) {
        low = low.max(floor(bound).saturating_add(1));
    }
    for bound in whole.all("maximum") {
        high = high.min(floor(bound));
    }
    for bound in whole.all("exclusiveMaximum").filter(|bound| bound.is_number()) {
        high = high.min(ceiling(bound).saturating_sub(1));
    }
    for format in whole.all("format").filter_map(Value::as_str) {
        let (least, most) = match format {
            "int8" => (i128::from(i8::MIN), i128::from(i8::MAX)),
            "int16" => (i128::from(i16::MIN), i128::from(i16::MAX)),
            "int32" => (i128::from(i32::MIN), i128::from(i32::MAX)),
            "int64" => (i128::from(i64::MIN), i128::from(i64::MAX)),
            "uint8" => (0, i128::from(u8::MAX)),
            "uint16" => (0, i128::from(u16::MAX)),
            "uint32" => (0, i128::from(u32::MAX)),
            "uint64" => (0, i128::from(u64::MAX)),
            _ => continue,
        };
        (low, high) = (low.max(least), high.min(most));
    }
    let step = whole.all("multipleOf").try_fold(1, |step, factor| {
        common_multiple(step, whole_factor(factor)?).ok_or(GenerateErrorKind::TooLarge)
    })?;
    let value = within(low, high, step, random).ok_or(GenerateErrorKind::Contradictory)?;
    number_of(value).map(Value::Number).ok_or(GenerateErrorKind::TooLarge)
}

/// A number, whole or not, within the bounds of all members.
pub(super) fn number(
    whole: &Conjunction<'_>,
    random: &mut Random,
) -> Result<Value, GenerateErrorKind> {
    // A whole number is a number, and reads better.
    if let Ok(value) = integer(whole, random) {
        return Ok(value);
    }
    let bound = |keyword| whole.all(keyword).filter_map(Value::as_f64);
    let low = bound("minimum").chain(bound("exclusiveMinimum")).fold(f64::NEG_INFINITY, f64::max);
    let high = bound("maximum").chain(bound("exclusiveMaximum")).fold(f64::INFINITY, f64::min);
    let fits = |value: f64| {
        bound("minimum").all(|least| value >= least)
            && bound("exclusiveMinimum").all(|least| value > least)
            && bound("maximum").all(|most| value <= most)
            && bound("exclusiveMaximum").all(|most| value < most)
    };
    let value = match bound("multipleOf").reduce(f64::max) {
        Some(factor) => multiples(low, high, factor, random).into_iter().find(|v| fits(*v)),
        None => [midpoint(low, high), low, high].into_iter().find(|v| v.is_finite() && fits(*v)),
    };
    let value = value.ok_or(GenerateErrorKind::Contradictory)?;
    Number::from_f64(value).map(Value::Number).ok_or(GenerateErrorKind::Contradictory)
}

fn midpoint(low: f64, high: f64) -> f64 {
    match (low.is_finite(), high.is_finite()) {
        (true, true) => low + (high - low) / 2.0,
        (true, false) => low + 0.5,
        (false, true) => high - 0.5,
        (false, false) => 0.5,
    }
}

/// Some multiples of a factor near the bounds. Written so that decimal factors stay decimal: 3
/// times 0.1 is taken as 3 / 10.
fn multiples(low: f64, high: f64, factor: f64, random: &mut Random) -> Vec<f64> {
    let start = if low.is_finite() {
        (low / factor).ceil()
    } else if high.is_finite() {
        (high / factor).floor() - 8.0
    } else {
        1.0
    };
    let mut found: Vec<f64> = (0..9_i32)
        .map(|step| start + f64::from(step))
        .map(|times| if factor < 1.0 { times / (1.0 / factor) } else { times * factor })
        .collect();
    let turn = random.below(3);
    found.rotate_left(turn);
    found
}

/// A multiple of `step` from `low` to `high`, not further than needed from zero.
fn within(low: i128, high: i128, step: i128, random: &mut Random) -> Option<i128> {
    let (near, far) = match (low, high) {
        (i128::MIN, i128::MAX) => (1, REACH),
        (i128::MIN, high) if high < REACH => (high.saturating_sub(REACH), high),
        (i128::MIN, high) => (0, high),
        (low, i128::MAX) => (low, low.saturating_add(REACH)),
        (low, high) => (low, high),
    };
    // Prefer small values above zero where the range allows them.
    let near = if near < 0 && far >= REACH { 0 } else { near };
    let far = far.min(near.saturating_add(REACH.max(step)));
    let least = near.checked_div_euclid(step)? + i128::from(near.rem_euclid(step) != 0);
    let most = far.div_euclid(step);
    let value = if least <= most {
        random.between(least, most).checked_mul(step)?
    } else {
        least.checked_mul(step)?
    };
    (low <= value && value <= high).then_some(value)
}

fn number_of(value: i128) -> Option<Number> {
    i64::try_from(value).map(Number::from).or_else(|_| u64::try_from(value).map(Number::from)).ok()
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates at the ends of i128")]
fn ceiling(bound: &Value) -> i128 {
    exact(bound).unwrap_or_else(|| bound.as_f64().map_or(i128::MIN, |value| value.ceil() as i128))
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates at the ends of i128")]
fn floor(bound: &Value) -> i128 {
    exact(bound).unwrap_or_else(|| bound.as_f64().map_or(i128::MAX, |value| value.floor() as i128))
}

fn exact(bound: &Value) -> Option<i128> {
    bound.as_i64().map(i128::from).or_else(|| bound.as_u64().map(i128::from))
}

/// The smallest whole number that a factor divides: 5 for 2.5 (written with up to 9 decimals).
fn whole_factor(factor: &Value) -> Result<i128, GenerateErrorKind> {
    if let Some(factor) = exact(factor) {
        return if factor > 0 { Ok(factor) } else { Err(GenerateErrorKind::Contradictory) };
    }
    let factor = factor.as_f64().filter(|f| *f > 0.0).ok_or(GenerateErrorKind::Contradictory)?;
    let (mut scale, mut scaled) = (1_i128, factor);
    while scaled.fract() != 0.0 && scale < 1_000_000_000 {
        scale *= 10;
        #[expect(clippy::cast_precision_loss, reason = "powers of ten up to 10^9 are exact")]
        let multiplied = (factor * scale as f64 * 1e6).round() / 1e6;
        scaled = multiplied;
    }
    if scaled.fract() != 0.0 || scaled >= 1e18 {
        return Err(GenerateErrorKind::Contradictory);
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 10^18")]
    let scaled = scaled as i128;
    Ok(scaled / greatest_divisor(scaled, scale))
}

fn common_multiple(left: i128, right: i128) -> Option<i128> {
    (left / greatest_divisor(left, right)).checked_mul(right)
}

fn greatest_divisor(mut left: i128, mut right: i128) -> i128 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left.max(1)
}
