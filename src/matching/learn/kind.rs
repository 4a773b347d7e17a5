//! What a value looks like that differs between two runs.

use std::fmt;

/// Shortest value that may be chance.
const RANDOM: usize = 16;

/// What two values of one place have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// UUIDs.
    Uuid,
    /// Dates or times.
    Time,
    /// Seconds or milliseconds since 1970.
    Epoch,
    /// At least 16 hexadecimal digits.
    Hex,
    /// Letters and digits that look like chance.
    Random,
    /// The same text but for a part that looks like chance.
    Changing,
    /// The same elements in another order.
    Order,
    /// Small numbers.
    Counter,
    /// Nothing that tells it from an input.
    Other,
}

/// How sure it is that a rule hides nothing that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It may well be that the two runs were not the same: the rule is shown, and not taken.
    Low,
    /// Likely.
    Medium,
    /// The value, or the spec, says so.
    High,
}

impl Kind {
    /// What two values have in common; `None` stands for a value that is absent.
    pub fn of(left: Option<&str>, right: Option<&str>) -> Self {
        let (left, right) = match (left, right) {
            (Some(left), Some(right)) => (left, right),
            (Some(one), None) | (None, Some(one)) => {
                // A value that is there in one run only is volatile if it looks so by itself.
                return alone(one).filter(|kind| *kind != Self::Counter).unwrap_or(Self::Other);
            }
            (None, None) => return Self::Other,
        };
        match (alone(left), alone(right)) {
            (Some(a), Some(b)) if a == b => a,
            // Digits may be hexadecimal by chance, and chance may be hexadecimal.
            (Some(Self::Hex | Self::Random), Some(Self::Hex | Self::Random)) => Self::Random,
            _ => changing(left, right).unwrap_or(Self::Other),
        }
    }

    /// How sure a rule for such values is.
    pub(super) const fn confidence(self) -> Confidence {
        match self {
            Self::Uuid | Self::Time | Self::Epoch | Self::Hex | Self::Random => Confidence::High,
            Self::Changing | Self::Order => Confidence::Medium,
            Self::Counter | Self::Other => Confidence::Low,
        }
    }

    /// One word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Time => "time",
            Self::Epoch => "epoch",
            Self::Hex => "hex",
            Self::Random => "random",
            Self::Changing => "changing-part",
            Self::Order => "order",
            Self::Counter => "number",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Confidence {
    /// One word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What one value looks like by itself.
fn alone(text: &str) -> Option<Kind> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // Some clocks tell a fraction: `1795168800.123`.
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = is_digits(text);
    if is_uuid(text) {
        Some(Kind::Uuid)
    } else if is_time(text) {
        Some(Kind::Time)
    } else if digits {
        let recent = text.starts_with('1') || text.starts_with('2');
        let epoch = recent && matches!(text.len(), 10 | 13 | 16 | 19);
        Some(if epoch { Kind::Epoch } else { Kind::Counter })
    } else if matches!(whole.len(), 10 | 13) && is_digits(whole) && is_digits(fraction) {
        (whole.starts_with('1') || whole.starts_with('2')).then_some(Kind::Epoch)
    } else if text.len() >= RANDOM && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Some(Kind::Hex)
    } else if is_random(text, RANDOM) {
        Some(Kind::Random)
    } else {
        None
    }
}

/// Whether a text has the form of a UUID.
pub(super) fn is_uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let mut groups = text.split('-');
    let fits = |length: usize| {
        let group = groups.next()?;
        (group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(())
    };
    lengths.into_iter().map(fits).all(|fits| fits.is_some()) && text.len() == 36
}

fn is_time(text: &str) -> bool {
    let text = text.trim();
    if !(8..=40).contains(&text.len()) || !text.is_ascii() {
        return false;
    }
    // ISO 8601 in its basic form, as signatures have it.
    let basic = text.split_once('T').is_some_and(|(date, time)| {
        let digits = |text: &str, length| {
            text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        digits(date, 8) && digits(time.trim_end_matches('Z'), 6)
    });
    basic
        || text.parse::<jiff::Timestamp>().is_ok()
        || text.parse::<jiff::civil::DateTime>().is_ok()
        || jiff::fmt::rfc2822::parse(text).is_ok()
}

/// Whether letters and digits are mixed as nobody writes them.
fn is_random(text: &str, shortest: usize) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte);
    if text.len() < shortest || !text.bytes().all(allowed) {
        return false;
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let mut seen: Vec<u8> = text.bytes().collect();
    seen.sort_unstable();
    seen.dedup();
    digits >= 2 && letters >= 2 && seen.len() * 2 >= shortest
}

/// Whether two texts are the same but for a part that looks like chance: a name with a suffix say.
fn changing(left: &str, right: &str) -> Option<Kind> {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let same = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    // Where the changing part begins with the same letters by chance.
    let boundary = |at: &usize| *at == 0 || !left[at - 1].is_alphanumeric();
    let start = (0..=same).rev().find(boundary).unwrap_or(0);
    let rest = left.len().min(right.len()) - start;
    let ends = left.iter().rev().zip(right.iter().rev()).take(rest);
    let same_end = ends.take_while(|(a, b)| a == b && !a.is_alphanumeric()).count();
    let middle = |text: &[char]| -> String { text[start..text.len() - same_end].iter().collect() };
    let (ours, theirs) = (middle(&left), middle(&right));
    let by_chance = |text: &str| {
        alone(text).is_some()
            || (text.len() >= 6 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
            || is_random(text, 6)
    };
    (start > 0 && by_chance(&ours) && by_chance(&theirs)).then_some(Kind::Changing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_by_their_looks() {
        let cases = [
            (
                "5d0c2f11-ab12-4c34-9e56-0f1e2d3c4b5a",
                "00000000-0000-4000-8000-000000000001",
                Kind::Uuid,
            ),
            ("2026-11-20T10:00:00Z", "2026-11-21T10:00:01.5+02:00", Kind::Time),
            ("20261120T100000Z", "20261121T100000Z", Kind::Time),
            ("Fri, 20 Nov 2026 10:00:00 GMT", "Sat, 21 Nov 2026 10:00:00 GMT", Kind::Time),
            ("1795168800", "1795255200", Kind::Epoch),
            ("1795168800123", "1795255200456", Kind::Epoch),
            ("1795168800.5", "1795255200.1234567", Kind::Epoch),
            ("1795168800123.25", "1795255200456.5", Kind::Epoch),
            ("1795168800.5", "1795255200.x", Kind::Other),
            ("9795168800.5", "9795255200.5", Kind::Other),
            ("9f86d081884c7d65", "2c26b46b68ffc68f", Kind::Hex),
            ("qZ8xT1bY0pLm4nRs", "aB3dE5fG7hJ9kL1m", Kind::Random),
            ("9f86d081884c7d65", "qZ8xT1bY0pLm4nRs", Kind::Random),
            ("test-5f3a9c", "test-77b0e1", Kind::Changing),
            ("img/2026-11-20T10:00:00Z.png", "img/2026-11-21T10:00:00Z.png", Kind::Other),
            ("run-1795168800", "run-1795255200", Kind::Changing),
            ("1", "2", Kind::Counter),
            ("small", "large", Kind::Other),
            ("image-server-a", "image-server-b", Kind::Other),
            ("10", "large", Kind::Other),
        ];
        for (left, right, expected) in cases {
            assert_eq!(Kind::of(Some(left), Some(right)), expected, "{left} {right}");
            assert_eq!(Kind::of(Some(right), Some(left)), expected, "{right} {left}");
        }
        assert_eq!(Kind::of(Some("5"), None), Kind::Other);
        assert_eq!(Kind::of(None, Some("2026-11-20T10:00:00Z")), Kind::Time);
    }
}
