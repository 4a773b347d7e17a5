//! The rules that are in force by default, as data.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Headers whose whole value is a credential.
pub(super) const HEADERS: &[&str] = &[
    "api-key",
    "apikey",
    "ocp-apim-subscription-key",
    "private-token",
    "x-access-token",
    "x-acs-security-token",
    "x-amz-security-token",
    "x-api-key",
    "x-auth-key",
    "x-auth-token",
    "x-csrf-token",
    "x-gitlab-token",
    "x-goog-api-key",
    "x-ms-authorization-auxiliary",
    "x-sdk-security-token",
    "x-secret-key",
    "x-security-token",
    "x-service-token",
    "x-subject-token",
    "x-vault-token",
    "x-xsrf-token",
];

/// Names of JSON members, form fields and query parameters that hold a credential, in lower case
/// without `_` and `-`.
pub(super) const NAMES: &[&str] = &[
    "accesskey",
    "accesskeyid",
    "accesskeysecret",
    "accesstoken",
    "accountkey",
    "adminpass",
    "adminpassword",
    "apikey",
    "apisecret",
    "apitoken",
    "appcode",
    "appsecret",
    "assertion",
    "auth",
    "authenticitytoken",
    "authkey",
    "authorization",
    "authtoken",
    "backupcode",
    "bearer",
    "bearertoken",
    "clientassertion",
    "clientsecret",
    "codeverifier",
    "connectionstring",
    "cookie",
    "corpsecret",
    "credential",
    "credentials",
    "csrfmiddlewaretoken",
    "csrftoken",
    "devicecode",
    "encryptionkey",
    "idtoken",
    "jsessionid",
    "jwt",
    "masterkey",
    "oauthtoken",
    "oauthverifier",
    "ossaccesskeyid",
    "otp",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "phpsessid",
    "privatekey",
    "proxyauthorization",
    "pwd",
    "qak",
    "qsignature",
    "recoverycode",
    "refreshtoken",
    "requestverificationtoken",
    "sas",
    "secret",
    "secretaccesskey",
    "secretid",
    "secretkey",
    "secretstring",
    "securitytoken",
    "sessionid",
    "sessionkey",
    "sessiontoken",
    "setcookie",
    "sharedaccesskey",
    "sharedaccesssignature",
    "sharedsecret",
    "sig",
    "signature",
    "signingkey",
    "stoken",
    "token",
    "totp",
    "userpassword",
    "xamzcredential",
    "xamzsecuritytoken",
    "xamzsignature",
    "xapikey",
    "xauthtoken",
    "xgoogcredential",
    "xgoogsignature",
    "xosscredential",
    "xosssignature",
];

/// Names among [`NAMES`] that tell as the end of a longer one, too: `new_password`.
const ENDINGS: &[&str] = &[
    "accesskeyid",
    "accesstoken",
    "apikey",
    "authtoken",
    "accesskey",
    "passwd",
    "password",
    "passphrase",
    "privatekey",
    "refreshtoken",
    "secret",
    "secretkey",
    "securitytoken",
    "sessiontoken",
];

/// Names among [`NAMES`] that other things have, too (`"auth": "basic"`): the value must have a
/// digit, eight characters, and quotes.
const WEAK: &[&str] = &[
    "auth",
    "bearer",
    "cookie",
    "credential",
    "credentials",
    "jwt",
    "otp",
    "sas",
    "secretid",
    "sessionid",
    "sessionkey",
    "setcookie",
    "sig",
    "totp",
];

/// Whether a name's word is enough to take this value for a secret.
pub(super) fn tells(name: &str, value: &[u8]) -> bool {
    !WEAK.contains(&name) || (value.len() >= 8 && value.iter().any(u8::is_ascii_digit))
}

/// Words at the end of a name beside which a value that looks like chance is a secret.
const GUESSES: &[(&str, &str)] = &[
    ("token", "guess.token"),
    ("key", "guess.key"),
    ("secret", "guess.secret"),
    ("credential", "guess.credential"),
    ("credentials", "guess.credential"),
    ("password", "guess.secret"),
    ("pass", "guess.secret"),
    ("auth", "guess.token"),
    ("sid", "guess.token"),
];

/// Beginnings of names that end like that and hold no secret: `next_page_token`, `public_key`.
const OPEN: &[&str] = &[
    "next",
    "prev",
    "page",
    "continuation",
    "cursor",
    "sync",
    "client",
    "idempoten",
    "start",
    "resume",
    "skip",
    "scroll",
    "delta",
    "public",
    "primary",
    "foreign",
    "partition",
    "sort",
    "cache",
    "object",
    "row",
    "host",
    "etag",
    "max",
    "min",
    "total",
    "input",
    "output",
    "prompt",
    "completion",
    "group",
    "order",
    "routing",
    "shard",
    "index",
    "lookup",
    "hash",
    "issue",
    "i18n",
    "translation",
    "message",
    "event",
    "dedup",
    "change",
    "ssh",
    "map",
    // A number for one handshake (RFC 6455, section 4.1).
    "secwebsocket",
];

/// Names among [`NAMES`] whose values are made for one request: replaced where they stand, not
/// looked for elsewhere.
pub(super) const ONCE: &[&str] =
    &["qsignature", "sig", "signature", "xamzsignature", "xgoogsignature", "xosssignature"];

static NAME_SET: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| NAMES.iter().copied().collect());

/// The longest spelling of a name that is looked up.
const LONGEST_NAME: usize = 64;

/// A name in the spelling of [`NAMES`]: lower case, without `_` and `-`, of a dotted name the last
/// part (`Wechat.AccessToken`).
struct Plain {
    bytes: [u8; LONGEST_NAME],
    length: usize,
}

impl Plain {
    fn of(name: &str) -> Option<Self> {
        let last = name.rsplit(['.', ':', '[']).find(|part| part.len() > 1).unwrap_or(name);
        let last = last.trim_end_matches(']');
        if last.len() > LONGEST_NAME {
            return None;
        }
        let mut plain = Self { bytes: [0; LONGEST_NAME], length: 0 };
        for byte in last.bytes().filter(|byte| !matches!(byte, b'_' | b'-' | b' ')) {
            plain.bytes[plain.length] = byte.to_ascii_lowercase();
            plain.length += 1;
        }
        Some(plain)
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

/// The rule for a member, field or parameter of this name, if there is one.
pub(super) fn name_rule(name: &str) -> Option<&'static str> {
    let plain = Plain::of(name)?;
    let plain = plain.text();
    let known = NAME_SET.get(plain).copied();
    known.or_else(|| ENDINGS.iter().copied().find(|ending| plain.ends_with(ending)))
}

/// The id of a name's rule.
pub(super) fn name_id(name: &'static str) -> &'static str {
    NAME_IDS.get(name).map_or("", String::as_str)
}

/// The id of a header's rule.
pub(super) fn header_id(name: &str) -> &'static str {
    HEADER_IDS.get(name).map_or("header.authorization", String::as_str)
}

static HEADER_IDS: LazyLock<HashMap<&'static str, String>> = LazyLock::new(|| {
    let names = HEADERS.iter().chain(super::credentials::HEADERS);
    names.map(|name| (*name, format!("header.{name}"))).collect()
});

static NAME_IDS: LazyLock<HashMap<&'static str, String>> =
    LazyLock::new(|| NAMES.iter().map(|name| (*name, format!("name.{name}"))).collect());

/// The rule for a value that looks like chance beside a telling name: ids as in [`GUESSES`].
pub(super) fn guess_rule(name: &str, value: &[u8]) -> Option<&'static str> {
    looks_random(value).then(|| guess_name(name)).flatten()
}

/// Whether the value beside this name may be a secret.
pub(super) fn is_telling(name: &str) -> bool {
    name_rule(name).is_some() || guess_name(name).is_some()
}

fn guess_name(name: &str) -> Option<&'static str> {
    let plain = Plain::of(name)?;
    let plain = plain.text().strip_prefix('x').unwrap_or(plain.text());
    if OPEN.iter().any(|open| plain.starts_with(open)) || plain.contains("public") {
        return None;
    }
    let ending = GUESSES.iter().find(|(ending, _)| plain.ends_with(ending)).map(|(_, id)| *id);
    ending.or_else(|| plain.contains("secret").then_some("guess.secret"))
}

/// Shortest value that is taken for chance.
const RANDOM_LENGTH: usize = 16;
/// Fewest bits of entropy a character of it has.
const RANDOM_ENTROPY: f64 = 3.0;

/// Whether a value is of the kind that generators of tokens make: at least 16 characters of base64,
/// 3 bits of entropy in each, at least two digits, and a change between digits, capitals and small
/// letters at every fourth character. A UUID is taken for an id.
fn looks_random(value: &[u8]) -> bool {
    let of_alphabet = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_' | b'.' | b'~')
    };
    if value.len() < RANDOM_LENGTH || value.len() > 4096 || !value.iter().all(of_alphabet) {
        return false;
    }
    let is_uuid = value.len() == 36 && [8, 13, 18, 23].iter().all(|at| value[*at] == b'-');
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    if is_uuid || digits < 2 || digits == value.len() {
        return false;
    }
    let class = |byte: &u8| match byte {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        _ => 2,
    };
    // Words and dates with marks between them are not made by chance.
    let classes: Vec<u8> = value.iter().filter(|b| b.is_ascii_alphanumeric()).map(class).collect();
    let changes = classes.windows(2).filter(|pair| pair[0] != pair[1]).count();
    changes * 4 >= value.len() && entropy(value) >= RANDOM_ENTROPY
}

/// Bits of entropy a byte (Shannon), by how often each occurs.
fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value {
        counts[usize::from(*byte)] += 1;
    }
    let total = f64::from(u32::try_from(value.len()).unwrap_or(u32::MAX));
    let share = |count: &u32| {
        let share = f64::from(*count) / total;
        -share * share.log2()
    };
    counts.iter().filter(|count| **count > 0).map(share).sum()
}

/// The policy of a signed upload by a browser: base64 of JSON that names the key it was signed with,
/// good for any upload that it allows as long as it is valid.
pub(super) const UPLOAD_POLICY: &str = "upload.policy";

/// Stands in a cassette's header for all rules that are in force by default in the version of the
/// tool that the header names.
pub const DEFAULT_RULES: &str = "defaults";

/// The ids of all rules that are in force by default.
pub fn rule_ids() -> Vec<String> {
    let headers = HEADERS.iter().chain(super::credentials::HEADERS);
    let headers = headers.map(|name| format!("header.{name}"));
    let names = NAMES.iter().map(|name| format!("name.{name}"));
    let mut guesses: Vec<String> = GUESSES.iter().map(|(_, id)| (*id).to_owned()).collect();
    guesses.sort();
    guesses.dedup();
    let fixed = ["url.password", "oauth.code", UPLOAD_POLICY].map(str::to_owned);
    let tokens = super::tokens::ids().map(str::to_owned);
    headers.chain(names).chain(guesses).chain(fixed).chain(tokens).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_unique() {
        let ids = rule_ids();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    }

    #[test]
    fn names_are_read_in_any_spelling() {
        for name in ["access_token", "AccessToken", "access-token", "Wechat.accessToken"] {
            assert_eq!(name_rule(name), Some("accesstoken"), "{name}");
        }
        assert_eq!(name_rule("newPassword"), Some("password"));
        assert_eq!(name_rule("user[password]"), Some("password"));
        for name in ["next_token", "tokens", "page_token", "password_policy", "token_type"] {
            assert_eq!(name_rule(name), None, "{name}");
        }
    }

    #[test]
    fn chance_is_a_secret_beside_a_telling_name_only() {
        let random = b"q7Rk2Zp9Lm4Xv8Tn1Wc6";
        for name in ["deploy_token", "X-My-Token", "storageKey", "secret_value", "upload-auth"] {
            assert!(guess_rule(name, random).is_some(), "{name}");
        }
        for name in [
            "name",
            "Sec-WebSocket-Key",
            "next_page_token",
            "public_key",
            "nextPageToken",
            "sort_key",
            "id",
            "digest",
        ] {
            assert_eq!(guess_rule(name, random), None, "{name}");
        }
        for value in [
            "short1A2b3",
            "3f2c9a4e-1b7d-4c8e-9f0a-6d5b4c3a2e1f",
            "20261120T100000Z",
            "photo-2026-11-20-final-version",
            "my-object-key-with-words-1-2",
            "2026-11-20T10:00:00.000Z",
            "12345678901234567890",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert_eq!(guess_rule("storage_key", value.as_bytes()), None, "{value}");
        }
    }
}
