//! The rules that are in force by default, as data.

use regex::bytes::Regex;
use std::collections::HashSet;
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
    "adminpass",
    "adminpassword",
    "apikey",
    "apisecret",
    "apitoken",
    "assertion",
    "authtoken",
    "bearertoken",
    "clientassertion",
    "clientsecret",
    "codeverifier",
    "credentials",
    "idtoken",
    "ossaccesskeyid",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "pwd",
    "refreshtoken",
    "sas",
    "secret",
    "secretaccesskey",
    "secretkey",
    "securitytoken",
    "sessiontoken",
    "sharedsecret",
    "sig",
    "signature",
    "stoken",
    "token",
    "userpassword",
    "xamzcredential",
    "xamzsecuritytoken",
    "xamzsignature",
    "xauthtoken",
    "xgoogcredential",
    "xgoogsignature",
];

/// Names among [`NAMES`] that tell as the end of a longer one, too: `new_password`.
const ENDINGS: &[&str] = &[
    "accesstoken",
    "apikey",
    "authtoken",
    "passwd",
    "password",
    "privatekey",
    "refreshtoken",
    "secret",
    "secretkey",
    "securitytoken",
    "sessiontoken",
];

/// Names among [`NAMES`] whose values are made for one request: replaced where they stand, not
/// looked for elsewhere.
pub(super) const ONCE: &[&str] = &["sig", "signature", "xamzsignature", "xgoogsignature"];

/// Tokens known by their form: id and pattern.
const TOKENS: &[(&str, &str)] = &[
    ("pattern.jwt", r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    ("pattern.aws-access-key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    ("pattern.alibaba-access-key", r"\bLTAI[A-Za-z0-9]{12,20}\b"),
    ("pattern.github-token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{40,})\b"),
    ("pattern.gitlab-token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("pattern.slack-token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    ("pattern.stripe-key", r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}"),
    ("pattern.google-api-key", r"\bAIza[A-Za-z0-9_-]{35}\b"),
    ("pattern.openai-key", r"\bsk-[A-Za-z0-9_-]{20,}"),
    ("pattern.npm-token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    (
        "pattern.private-key",
        r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.+?-----END [A-Z ]*PRIVATE KEY-----",
    ),
];

/// The shortest text that any of them is found in.
const SHORTEST: usize = 8;

static PATTERNS: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    let compiled = |(id, pattern): &(&'static str, &str)| Some((*id, Regex::new(pattern).ok()?));
    TOKENS.iter().filter_map(compiled).collect()
});

/// Whether any of them is found: one search for all, since hardly any text holds one.
static ANY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let all: Vec<String> = TOKENS.iter().map(|(_, pattern)| format!("(?:{pattern})")).collect();
    Regex::new(&format!("{}|{PASSWORD_IN_URL}", all.join("|"))).ok()
});

/// The passwords in URLs anywhere in a text.
const PASSWORD_IN_URL: &str = r"[a-z][a-z0-9+.-]*://[^/\s:@\x22<>]*:([^/\s@\x22<>]+)@";

static USERINFO: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(PASSWORD_IN_URL).ok());

/// Whether a text may hold something that [`patterns`] or [`userinfo`] find.
pub(super) fn may_hold_token(text: &[u8]) -> bool {
    text.len() >= SHORTEST && ANY.as_ref().is_none_or(|any| any.is_match(text))
}

pub(super) fn patterns() -> &'static [(&'static str, Regex)] {
    &PATTERNS
}

pub(super) fn userinfo() -> Option<&'static Regex> {
    USERINFO.as_ref()
}

static NAME_SET: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| NAMES.iter().copied().collect());

/// The longest spelling of a name that is looked up.
const LONGEST_NAME: usize = 64;

/// The rule for a member, field or parameter of this name, if there is one.
pub(super) fn name_rule(name: &str) -> Option<&'static str> {
    // Of a dotted name the last part tells: `Wechat.AccessToken`.
    let last = name.rsplit('.').next().unwrap_or(name);
    if last.len() > LONGEST_NAME {
        return None;
    }
    let mut plain = [0_u8; LONGEST_NAME];
    let mut length = 0;
    for byte in last.bytes().filter(|byte| !matches!(byte, b'_' | b'-')) {
        plain[length] = byte.to_ascii_lowercase();
        length += 1;
    }
    let plain = std::str::from_utf8(&plain[..length]).ok()?;
    let known = NAME_SET.get(plain).copied();
    known.or_else(|| ENDINGS.iter().copied().find(|ending| plain.ends_with(ending)))
}

/// Stands in a cassette's header for all rules that are in force by default in the version of the
/// tool that the header names.
pub const DEFAULT_RULES: &str = "defaults";

/// The ids of all rules that are in force by default.
pub fn rule_ids() -> Vec<String> {
    let fixed = ["header.authorization", "header.cookie", "header.set-cookie", "url.password"];
    let headers = HEADERS.iter().map(|name| format!("header.{name}"));
    let names = NAMES.iter().map(|name| format!("name.{name}"));
    let patterns = PATTERNS.iter().map(|(id, _)| (*id).to_owned());
    fixed.into_iter().map(str::to_owned).chain(headers).chain(names).chain(patterns).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_every_id_is_unique() {
        assert_eq!(patterns().len(), 11);
        assert!(userinfo().is_some() && ANY.is_some());
        let ids = rule_ids();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    }

    #[test]
    fn names_are_read_in_any_spelling() {
        for name in ["access_token", "AccessToken", "access-token", "Wechat.accessToken"] {
            assert_eq!(name_rule(name), Some("accesstoken"), "{name}");
        }
        assert_eq!(name_rule("newPassword"), Some("password"));
        for name in ["next_token", "tokens", "page_token", "password_policy", "token_type"] {
            assert_eq!(name_rule(name), None, "{name}");
        }
    }
}
