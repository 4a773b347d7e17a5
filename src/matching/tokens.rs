//! Tokens by which clients make a request idempotent: SDKs invent one for each call, so no two runs share them.

/// What stands for a token that was made up.
pub(super) const ANY_TOKEN: &str = "(any token)";

/// Names of members and parameters that hold one, in lower case without `-` and `_`.
const NAMES: &[&str] = &["clienttoken", "clientrequesttoken", "idempotencykey", "idempotencytoken"];

/// What is compared in place of a value that is a made-up token: one of these names, with a UUID in it. A token that a
/// person chose, `order-7` say, counts as it is.
pub(super) fn blanked(name: &str, value: &str) -> Option<&'static str> {
    (is_uuid(value) && is_named(name)).then_some(ANY_TOKEN)
}

fn is_named(name: &str) -> bool {
    let plain = name.bytes().filter(|byte| !matches!(byte, b'-' | b'_'));
    let plain: Vec<u8> = plain.map(|byte| byte.to_ascii_lowercase()).take(32).collect();
    NAMES.iter().any(|known| known.as_bytes() == plain)
}

/// With its dashes (RFC 9562, section 4) or without.
fn is_uuid(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    match bytes.len() {
        32 => bytes.iter().all(u8::is_ascii_hexdigit),
        36 => bytes
            .iter()
            .enumerate()
            .all(|(at, byte)| if is_dash(at) { *byte == b'-' } else { byte.is_ascii_hexdigit() }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_no_meaning_are_blank() {
        let uuid = "1929a626-5601-4b92-bc14-ca6a7a84fd6d";
        let cases = [
            ("ClientToken", uuid, true),
            ("client_token", uuid, true),
            ("Idempotency-Key", "1929a62656014b92bc14ca6a7a84fd6d", true),
            ("ClientToken", "order-7", false),
            ("ClientToken", "1929a626-5601-4b92-bc14-ca6a7a84fd6", false),
            ("ClientToken", "1929a626x5601-4b92-bc14-ca6a7a84fd6d", false),
            ("VersionId", uuid, false),
        ];
        for (name, value, expected) in cases {
            assert_eq!(blanked(name, value).is_some(), expected, "{name}={value}");
        }
    }
}
