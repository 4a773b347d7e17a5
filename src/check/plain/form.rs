//! Formats of text, as far as they are plain to see: text that is none of a form's plain spellings may still
//! keep the format.

use crate::spec::Spec;

/// A format that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `date-time` (RFC 3339, section 5.6).
    DateTime,
    /// `date`.
    Date,
    /// `uuid` (RFC 9562, section 4).
    Uuid,
    /// Another one, or a pattern: the validators know.
    Other,
}

impl Form {
    /// The form of a format; `None` where nothing is asserted.
    pub fn of(format: &str) -> Option<Self> {
        match format {
            "date-time" => Some(Self::DateTime),
            "date" => Some(Self::Date),
            "uuid" => Some(Self::Uuid),
            _ => Spec::asserts_format(format).then_some(Self::Other),
        }
    }

    /// Whether a text keeps the format beyond doubt.
    pub fn surely(self, text: &str) -> bool {
        let bytes = text.as_bytes();
        match self {
            Self::DateTime => is_date_time(bytes),
            Self::Date => bytes.len() == 10 && is_date(bytes),
            Self::Uuid => is_uuid(bytes),
            Self::Other => false,
        }
    }
}

/// Two digits at a place, as a number.
fn two(bytes: &[u8], at: usize) -> Option<u8> {
    match bytes.get(at..at + 2)? {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + ones - b'0'),
        _ => None,
    }
}

/// A day that every year has, at the begin of a text.
fn is_date(bytes: &[u8]) -> bool {
    let (Some(_), Some(_)) = (two(bytes, 0), two(bytes, 2)) else { return false };
    let (Some(month), Some(day)) = (two(bytes, 5), two(bytes, 8)) else { return false };
    let days = match month {
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    bytes[4] == b'-' && bytes[7] == b'-' && (1..=12).contains(&month) && (1..=days).contains(&day)
}

fn is_date_time(bytes: &[u8]) -> bool {
    let at = |place: usize, most: u8| two(bytes, place).is_some_and(|number| number <= most);
    let is = |place: usize, byte: u8| bytes.get(place) == Some(&byte);
    if !(is_date(bytes) && is(10, b'T') && is(13, b':') && is(16, b':')) {
        return false;
    }
    if !(at(11, 23) && at(14, 59) && at(17, 59)) {
        return false;
    }
    let mut end = 19;
    if is(end, b'.') {
        let digits = bytes[end + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=9).contains(&digits) {
            return false;
        }
        end += 1 + digits;
    }
    match bytes.get(end) {
        Some(b'Z') => bytes.len() == end + 1,
        Some(b'+' | b'-') => {
            bytes.len() == end + 6 && at(end + 1, 23) && is(end + 3, b':') && at(end + 4, 59)
        }
        _ => false,
    }
}

fn is_uuid(bytes: &[u8]) -> bool {
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
