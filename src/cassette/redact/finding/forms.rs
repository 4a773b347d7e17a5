//! The forms in which texts have names and values beside each other.

use regex::bytes::Regex;
use std::sync::LazyLock;

/// A form in which a text has names and values: the pattern, and which of its groups they are.
pub(super) struct Form {
    pub(super) pattern: Regex,
    pub(super) name: usize,
    pub(super) value: usize,
    /// Whether the value is percent-encoded.
    pub(super) encoded: bool,
}

/// Pattern, group of the name, group of the value, whether the value is percent-encoded.
const FORMS: &[(&str, usize, usize, bool)] = &[
    // `name=value` after the start of a text or what stands between pairs; `&` also as JSON and HTML escape it.
    (
        r#"(?:^|[\s?&;#,{("'>]|\\u0026|&amp;|\\[nrt])([A-Za-z][A-Za-z0-9_.-]{1,63})=([^\s?&;"'<>\\]+)"#,
        1,
        2,
        true,
    ),
    // An attribute or an assignment with quotes.
    (r#"([A-Za-z][A-Za-z0-9_.:-]{1,63})[ \t]*=[ \t]*"([^"<>\r\n]+)""#, 1, 2, false),
    (r"([A-Za-z][A-Za-z0-9_.:-]{1,63})[ \t]*=[ \t]*'([^'<>\r\n]+)'", 1, 2, false),
    // JSON as Python and JavaScript print it.
    (r"'([A-Za-z][A-Za-z0-9_.-]{1,63})'[ \t]*:[ \t]*'([^'\r\n]+)'", 1, 2, false),
    // A line of YAML, of an INI file, of a head in a log; `\n` in JSON begins one, too.
    (
        r#"(?m)(?:^|\\n)[ \t]*(?:- |export )?([A-Za-z][A-Za-z0-9_.-]{1,63})[ \t]*[:=][ \t]*(?:![A-Za-z!/:.]+[ \t]+)?((?:(?i:basic|bearer|token) )?[^\s"'{}\[\]<>|&\\]+)[ \t]*(?:[ \t]#[^\r\n]*)?(?:\r?$|\\[nr"])"#,
        1,
        2,
        false,
    ),
    // A part of `multipart/form-data` (RFC 7578, section 4.2).
    (
        r#"(?i)\bname="?([A-Za-z][^"\s;]{1,63})"?[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n([^\r\n]+)"#,
        1,
        2,
        false,
    ),
    // An XML element that holds text only, with or without a prefix.
    (
        r"<(?:[A-Za-z][\w.-]*:)?([A-Za-z][\w.-]{1,63})(?:\s[^<>]*)?>\s*(?:<!\[CDATA\[)?([^<>\[\]\s]+)\s*(?:\]\]>)?\s*</",
        1,
        2,
        false,
    ),
    // A name and its value as two elements, and as two attributes in either order.
    (
        r"(?i)<(?:name|key)>([^<>]{2,64})</[^<>]{1,64}>\s*<(?:value|string)>\s*(?:<string>)?([^<>]+)</",
        1,
        2,
        false,
    ),
    (
        r#"(?i)<[a-z][^<>]*?\s(?:name|key|id)\s*=\s*["']([^"'<>]{2,64})["'][^<>]*?\s(?:value|content)\s*=\s*["']([^"'<>]+)["']"#,
        1,
        2,
        false,
    ),
    (
        r#"(?i)<[a-z][^<>]*?\s(?:value|content)\s*=\s*["']([^"'<>]+)["'][^<>]*?\s(?:name|key|id)\s*=\s*["']([^"'<>]{2,64})["']"#,
        2,
        1,
        false,
    ),
    // What a browser doesn't show, whatever it is called.
    (
        r#"(?i)<[a-z][^<>]*?\stype\s*=\s*["']?(password)\b[^<>]*?\svalue\s*=\s*["']([^"'<>]+)["']"#,
        1,
        2,
        false,
    ),
    (
        r#"(?i)<[a-z][^<>]*?\svalue\s*=\s*["']([^"'<>]+)["'][^<>]*?\stype\s*=\s*["']?(password)\b"#,
        2,
        1,
        false,
    ),
    // A name as an attribute, and its value as the content.
    (
        r#"(?i)<[a-z][^<>]*?\s(?:name|key)\s*=\s*["']([^"'<>]{2,64})["'][^<>]*>\s*(?:<value>\s*)?([^<>\s]+)\s*</"#,
        1,
        2,
        false,
    ),
    // A name without quotes before a value with them, as in JavaScript and GraphQL, also within a string of JSON.
    (
        r#"(?:^|[\s{(,])([A-Za-z][A-Za-z0-9_.-]{1,63})[ \t]*:[ \t]*\\?"([^"\\\r\n]{4,})\\?""#,
        1,
        2,
        false,
    ),
    (r"(?:^|[\s{(,])([A-Za-z][A-Za-z0-9_.-]{1,63})[ \t]*:[ \t]*'([^'\r\n]{4,})'", 1, 2, false),
    // The flow of YAML.
    (
        r#"[{,][ \t]*([A-Za-z][A-Za-z0-9_.-]{1,63}):[ \t]+([^\s"'{}\[\],]{4,})[ \t]*[,}]"#,
        1,
        2,
        false,
    ),
    // A value in the line after its name.
    (
        r#"(?m)^[ \t]*(?:- )?([A-Za-z][A-Za-z0-9_.-]{1,63}):[ \t]*(?:[|>][+-]?[ \t]*)?\r?\n[ \t]+([^\s:"'{}\[\]<>|&\\-][^\s:"'{}\[\]<>|&\\]{3,})[ \t]*\r?$"#,
        1,
        2,
        false,
    ),
    // A name and its value in two lines of YAML.
    (
        r#"(?m)^[ \t]*(?:- )?(?:name|key):[ \t]*["']?([A-Za-z][A-Za-z0-9_.-]{1,63})["']?[ \t]*\r?\n[ \t]*value:[ \t]*["']?([^\s"']+)"#,
        1,
        2,
        false,
    ),
    // Arguments of a command.
    (
        r#"--([A-Za-z][A-Za-z0-9_.-]{1,63})(?:=|[ \t]+)([^\s"'<>\\,;-][^\s"'<>\\,;]{3,})"#,
        1,
        2,
        false,
    ),
];

/// All of them.
pub(super) static COMPILED: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let compiled = |(pattern, name, value, encoded): &(&str, usize, usize, bool)| {
        let pattern = super::tokens::compiled(pattern)?;
        Some(Form { pattern, name: *name, value: *value, encoded: *encoded })
    };
    FORMS.iter().filter_map(compiled).collect()
});

/// Index of the form of multipart bodies.
pub(super) const MULTIPART: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_compiles() {
        assert_eq!(FORMS.len(), COMPILED.len());
        assert!(FORMS[MULTIPART].0.contains("name="));
    }
}
