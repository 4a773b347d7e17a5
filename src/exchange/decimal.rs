//! Numbers by their digits: what a double would round is compared as it is written.

use serde_json::{Number, Value};
use std::cmp::Ordering;

/// A number of any length. Equal numbers are equal however they are written: `1.50` is `15e-1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    is_negative: bool,
    /// Without zeros at either end; none for zero.
    digits: String,
    /// Of ten, by which the digits as an integer are multiplied.
    exponent: i64,
}

/// Begins a text that stands for a number, in values whose numbers would be rounded. No character of Unicode.
const MARK: char = '\u{10ffff}';

/// Most digits of what a number can be a multiple of: remainders are counted in 128 bits.
const DIVISOR_DIGITS: usize = 18;

impl Decimal {
    /// Reads a number in JSON's grammar (RFC 8259, section 6). `None` for anything else, and for an exponent of
    /// more than eighteen digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent_of(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let is_grown = whole.len() > 1 && whole.starts_with('0');
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || is_grown || !are_digits(whole) || !are_digits(fraction) {
            return None;
        }
        let all = format!("{whole}{fraction}");
        let digits = all.trim_end_matches('0');
        if digits.is_empty() {
            return Some(Self { is_negative: false, digits: String::new(), exponent: 0 });
        }
        let zeros = i64::try_from(all.len() - digits.len()).ok()?;
        let places = i64::try_from(fraction.len()).ok()?;
        let digits = digits.trim_start_matches('0').to_owned();
        Some(Self { is_negative, digits, exponent: exponent + zeros - places })
    }

    /// The number of a value: one of JSON, by the shortest digits that give its double, or one that
    /// [`Decimal::written`] keeps.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => Self::parse(&number.to_string()),
            other => Self::parse(Self::digits_of(other)?),
        }
    }

    /// The value that stands for a number as it is written.
    pub fn written(number: &str) -> Value {
        Value::String(format!("{MARK}{number}"))
    }

    /// The digits that a value stands for.
    pub fn digits_of(value: &Value) -> Option<&str> {
        value.as_str()?.strip_prefix(MARK)
    }

    /// A value whose numbers are as they are written, with the nearest doubles instead.
    pub fn rounded(value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(Self::rounded).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, value)| (name.clone(), Self::rounded(value))).collect()
            }
            other => match Self::digits_of(other) {
                Some(digits) => Value::Number(nearest(digits)),
                None => other.clone(),
            },
        }
    }

    /// Whether a value holds a number that is kept by its digits.
    pub fn is_in(value: &Value) -> bool {
        match value {
            Value::Array(items) => items.iter().any(Self::is_in),
            Value::Object(members) => members.values().any(Self::is_in),
            other => Self::digits_of(other).is_some(),
        }
    }

    /// Whether reading a number as JSON's readers do says something else of it than its digits, or nothing. What a double
    /// is written as by its shortest digits is that double.
    pub fn is_rounded(number: &str) -> bool {
        // Fifteen digits always come back from a double.
        let has_exponent = number.bytes().any(|byte| matches!(byte, b'e' | b'E'));
        if !has_exponent && number.len() <= 15 {
            return false;
        }
        if number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok() {
            return false;
        }
        let (Some(written), Ok(double)) = (Self::parse(number), number.parse::<f64>()) else {
            return true;
        };
        if !double.is_finite() {
            return true;
        }
        Self::parse(&format!("{double:e}")) != Some(written)
    }

    /// Whether nothing stands behind the point.
    pub fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    /// Whether this is an integral number of times `of`; `None` where that is not counted: for zero, and for what has too
    /// many digits ([`Decimal::may_divide`]).
    pub fn is_multiple_of(&self, of: &Self) -> Option<bool> {
        if !of.may_divide() {
            return None;
        }
        if self.digits.is_empty() {
            return Some(true);
        }
        // The last digit is not zero: tens are what the exponents say.
        let Ok(tens) = u64::try_from(self.exponent - of.exponent) else { return Some(false) };
        let divisor: u128 = of.digits.parse().ok()?;
        let digit = |byte: u8| u128::from(byte - b'0');
        let rest = self.digits.bytes().fold(0, |rest, byte| (rest * 10 + digit(byte)) % divisor);
        Some((rest * power_of_ten(tens, divisor)).is_multiple_of(divisor))
    }

    /// Whether it is known what is a multiple of this.
    pub fn may_divide(&self) -> bool {
        (1..=DIVISOR_DIGITS).contains(&self.digits.len())
    }

    /// Where the first digit stands.
    fn magnitude(&self) -> i128 {
        i128::try_from(self.digits.len()).unwrap_or(i128::MAX / 2) + i128::from(self.exponent)
    }

    fn compare_size(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => {}
        }
        let sizes = self.magnitude().cmp(&other.magnitude());
        // Without zeros at their end the longer of two that begin alike is the greater.
        sizes.then_with(|| self.digits.cmp(&other.digits))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, false) => self.compare_size(other),
            (true, true) => other.compare_size(self),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn exponent_of(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let exponent: i64 = is_number.then(|| text.parse().ok())??;
    (exponent.abs() < 1_000_000_000_000_000_000).then_some(exponent)
}

fn power_of_ten(mut tens: u64, divisor: u128) -> u128 {
    let (mut power, mut square) = (1 % divisor, 10 % divisor);
    while tens > 0 {
        if tens % 2 == 1 {
            power = power * square % divisor;
        }
        square = square * square % divisor;
        tens /= 2;
    }
    power
}

/// The number that a reader makes of digits; the greatest double where they are beyond it.
pub(super) fn nearest(digits: &str) -> Number {
    if let Ok(number) = serde_json::from_str(digits) {
        return number;
    }
    let greatest = if digits.starts_with('-') { f64::MIN } else { f64::MAX };
    Number::from_f64(greatest).unwrap_or_else(|| Number::from(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn numbers_are_compared_by_their_digits() {
        let rising = [
            "-1e401",
            "-18446744073709551617",
            "-18446744073709551616",
            "-0.3",
            "-1e-400",
            "0",
            "1e-400",
            "0.29999999999999999999",
            "0.3",
            "9007199254740992",
            "9007199254740993",
            "1e400",
            "1.0000000000000000001e400",
        ];
        for pair in rising.windows(2) {
            assert!(decimal(pair[0]) < decimal(pair[1]), "{pair:?}");
        }
        for (a, b) in [("1.50", "15e-1"), ("-0.0", "0e999"), ("100", "1e2"), ("0.1E+1", "1")] {
            assert_eq!(decimal(a), decimal(b));
        }
        for text in ["", "-", "01", "1.", ".5", "+1", "1e", "1-2", "0x1", "1e99999999999999999999"]
        {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn multiples_are_those_of_the_digits() {
        let cases = [
            ("0.3", "0.1", Some(true)),
            ("19.99", "0.01", Some(true)),
            ("1.005", "0.01", Some(false)),
            ("1e-400", "0.1", Some(false)),
            ("1e309", "1e308", Some(true)),
            ("-0.9", "0.3", Some(true)),
            ("0", "7", Some(true)),
            ("123456789012345678901234567890", "7", Some(true)),
            ("1e999999999", "7", Some(false)),
            ("1e999999999", "125", Some(true)),
            ("1", "0", None),
            ("1", "1234567890123456789", None),
        ];
        for (number, of, expected) in cases {
            assert_eq!(decimal(number).is_multiple_of(&decimal(of)), expected, "{number} {of}");
        }
    }

    #[test]
    fn what_a_double_would_say_otherwise_is_rounded() {
        let cases = [
            ("18446744073709551615", false),
            ("-9223372036854775808", false),
            ("18446744073709551616", true),
            ("18446744073709551617", true),
            ("-9223372036854775809", true),
            ("9007199254740993.0", true),
            ("9007199254740992.000000", false),
            ("9007199254740993.5", true),
            ("1.0000000000000000001", true),
            ("0.30000000000000004", false),
            ("0.10000000000000000555", true),
            ("121.47370100000001", true),
            ("121.473701", false),
            ("1.7976931348623157e308", false),
            ("10000000000000000000e-19", false),
            ("10000000000000000001e-19", true),
            ("9.223372036854775807e18", true),
            ("1e23", false),
            ("1e-400", true),
            ("0e-400", false),
            ("1e400", true),
        ];
        for (text, expected) in cases {
            assert_eq!(Decimal::is_rounded(text), expected, "{text}");
        }
    }
}
