//! Formats of OpenAPI's registry that JSON Schema does not have.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::ops::RangeInclusive;

/// The integers that a number format allows.
pub(super) fn range(format: &str) -> Option<RangeInclusive<i128>> {
    match format {
        "int8" => Some(i8::MIN.into()..=i8::MAX.into()),
        "int16" => Some(i16::MIN.into()..=i16::MAX.into()),
        "int32" => Some(i32::MIN.into()..=i32::MAX.into()),
        "int64" => Some(i64::MIN.into()..=i64::MAX.into()),
        "uint8" => Some(0..=u8::MAX.into()),
        "uint16" => Some(0..=u16::MAX.into()),
        "uint32" => Some(0..=u32::MAX.into()),
        "uint64" => Some(0..=u64::MAX.into()),
        _ => None,
    }
}

/// Names of the number formats; as text they must be written as such a number.
pub(super) const NUMBERS: [&str; 8] =
    ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"];

/// Whether text is written as an integer of a format.
pub(super) fn is_integer(format: &str, text: &str) -> bool {
    range(format).is_none_or(|range| text.parse().is_ok_and(|number| range.contains(&number)))
}

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// `byte`: base64, padded or not (RFC 4648, section 4).
pub(super) fn is_base64(text: &str) -> bool {
    GeneralPurpose::new(&STANDARD, LENIENT).decode(text).is_ok()
}

/// `base64url` (RFC 4648, section 5).
pub(super) fn is_base64url(text: &str) -> bool {
    GeneralPurpose::new(&URL_SAFE, LENIENT).decode(text).is_ok()
}
