//! Formats of OpenAPI's registry that JSON Schema does not have.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::ops::RangeInclusive;
use std::sync::LazyLock;

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
        "double-int" => Some(-DOUBLE_INT..=DOUBLE_INT),
        _ => None,
    }
}

/// The largest integer below which a double holds every one.
const DOUBLE_INT: i128 = (1 << 53) - 1;

/// Names of the number formats; as text they must be written as such a number.
pub(super) const NUMBERS: [&str; 9] =
    ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "double-int"];

/// Formats of JSON Schema (2020-12, validation, section 7.3) and those of ours beside the numbers.
const ASSERTED: [&str; 21] = [
    "date-time",
    "date",
    "time",
    "duration",
    "email",
    "idn-email",
    "hostname",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "iri",
    "iri-reference",
    "uuid",
    "uri-template",
    "json-pointer",
    "relative-json-pointer",
    "regex",
    "byte",
    "base64url",
];

/// Formats that say how a value is shown or kept, and rule no value out that its type allows.
const SAYS_NOTHING: [&str; 6] = ["float", "double", "password", "binary", "html", "commonmark"];

/// Whether it is known what a format asks for. An unknown one is held against nothing (OpenAPI 3.1,
/// section 4.4).
pub(super) fn is_known(format: &str) -> bool {
    NUMBERS.contains(&format) || ASSERTED.contains(&format) || SAYS_NOTHING.contains(&format)
}

/// Whether a format rules out texts that its type allows; of one that nobody knows that is not known either.
pub(in crate::spec) fn may_assert(format: &str) -> bool {
    !SAYS_NOTHING.contains(&format)
}

/// `idn-email` (RFC 6531, section 3.3), as far as a name before and a host behind the last `@`.
pub(super) fn is_idn_email(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else { return false };
    let quoted = name.len() > 2 && name.starts_with('"') && name.ends_with('"');
    let plain = !name.is_empty()
        && name.split('.').all(|part| !part.is_empty())
        && !name.contains(|c: char| {
            c.is_whitespace() || c.is_control() || "()<>[]:;@\\,\"".contains(c)
        });
    let literal = host.starts_with('[') && host.ends_with(']');
    (quoted || plain) && (literal || is_idn_hostname(host))
}

/// `idn-hostname` (RFC 5890, section 2.3.2.3), without the rules that depend on neighbouring characters.
pub(super) fn is_idn_hostname(text: &str) -> bool {
    let labels = text.split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}']);
    text.chars().count() <= 253 && labels.into_iter().all(is_label)
}

/// Letters, marks and digits of any script, and the characters that RFC 5892 (appendix A) allows in places.
static LABEL: LazyLock<Option<regex::Regex>> = LazyLock::new(|| {
    regex::Regex::new(
        r"^[\p{L}\p{N}][\p{L}\p{M}\p{N}\-\u{b7}\u{375}\u{5f3}\u{5f4}\u{30fb}\u{200c}\u{200d}]*$",
    )
    .ok()
});

fn is_label(label: &str) -> bool {
    let hyphens = label.chars().skip(2).take(2).collect::<String>() == "--";
    let coded = label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"));
    label.len() <= if label.is_ascii() { 63 } else { 4 * 63 }
        && !label.ends_with('-')
        && (!hyphens || coded)
        && LABEL.as_ref().is_none_or(|fits| fits.is_match(label))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_hosts_in_any_script() {
        let cases = [
            ("depot.example", true),
            ("실례.테스트", true),
            ("bücher.example", true),
            ("xn--bcher-kva.example", true),
            ("例え。テスト", true),
            ("a b", false),
            ("", false),
            ("a..b", false),
            ("-a.b", false),
            ("a-.b", false),
            ("ab--cd", false),
            ("a_b", false),
            ("\u{302e}a", false),
        ];
        for (text, expected) in cases {
            assert_eq!(is_idn_hostname(text), expected, "{text}");
        }
        assert!(!is_idn_hostname(&"a".repeat(64)));
    }

    #[test]
    fn addresses_in_any_script() {
        let cases = [
            ("실례@실례.테스트", true),
            ("\"a b\"@depot.example", true),
            ("a@[127.0.0.1]", true),
            ("2962", false),
            ("@depot.example", false),
            ("a b@depot.example", false),
            ("a..b@depot.example", false),
            ("a@", false),
        ];
        for (text, expected) in cases {
            assert_eq!(is_idn_email(text), expected, "{text}");
        }
    }
}
