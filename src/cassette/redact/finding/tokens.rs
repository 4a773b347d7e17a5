//! Tokens known by their form, as data, and the signs that tell which of them are worth looking for.

use super::Find;
use super::signs::Search;
use regex::bytes::{Regex, RegexBuilder};
use std::sync::LazyLock;

/// A kind of token: id, texts of which each such token has one (in any case), pattern. Where the
/// pattern has a group, that is the secret.
type Token = (&'static str, &'static [&'static str], &'static str);

const TOKENS: &[Token] = &[
    (
        "pattern.jwt",
        &["eyJ"],
        r"\beyJ[A-Za-z0-9_-]{8,}(?:\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*|(?:\.[A-Za-z0-9_-]*){4})",
    ),
    (
        "pattern.private-key",
        &["PRIVATE KEY"],
        r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.+?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)",
    ),
    ("pattern.age-key", &["AGE-SECRET-KEY-"], r"(?i)\bAGE-SECRET-KEY-1[0-9a-z]{58}\b"),
    (
        "pattern.putty-key",
        &["PuTTY-User-Key-File"],
        r"(?s)PuTTY-User-Key-File-\d:.+?Private-MAC: [0-9a-f]+",
    ),
    (
        "pattern.aws-access-key",
        &["AKIA", "ASIA", "ABIA", "ACCA"],
        r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b",
    ),
    ("pattern.aws-bedrock-key", &["ABSK"], r"\bABSK[A-Za-z0-9+/]{100,}={0,2}"),
    ("pattern.alibaba-access-key", &["LTAI"], r"\bLTAI[A-Za-z0-9]{12,20}\b"),
    ("pattern.alibaba-sts", &["STS."], r"\bSTS\.[A-Za-z0-9]{20,32}\b"),
    ("pattern.huawei-temporary-key", &["HST"], r"\bHST[A-Z0-9]{17}\b"),
    ("pattern.tencent-secret-id", &["AKID"], r"\bAKID[A-Za-z0-9]{32}\b"),
    ("pattern.volcengine-access-key", &["AKLT"], r"\bAKLT[A-Za-z0-9_-]{40,}"),
    ("pattern.google-api-key", &["AIza"], r"\bAIza[A-Za-z0-9_-]{35}\b"),
    (
        "pattern.google-oauth",
        &["ya29.", "GOCSPX-", "1//0"],
        r"\bya29\.[A-Za-z0-9_-]{20,}|\bGOCSPX-[A-Za-z0-9_-]{28}|\b1//0[A-Za-z0-9_-]{40,}",
    ),
    ("pattern.azure-storage-key", &["AccountKey="], r"AccountKey=([A-Za-z0-9+/]{86}==)"),
    (
        "pattern.azure-client-secret",
        &["Q~"],
        r"(?:^|[^A-Za-z0-9_~.-])([A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34})(?:[^A-Za-z0-9_~.-]|$)",
    ),
    ("pattern.azure-devops", &["AZDO"], r"\b[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}\b"),
    (
        "pattern.github-token",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
        r"\b(?:gh[pousr]_[A-Za-z0-9]{36,251}|github_pat_\w{40,})\b",
    ),
    (
        "pattern.gitlab-token",
        &[
            "glpat-",
            "gldt-",
            "glrt-",
            "glcbt-",
            "glptt-",
            "glft-",
            "glsoat-",
            "glagent-",
            "gloas-",
            "glimt-",
            "GR1348941",
        ],
        r"\b(?:gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|oas|imt)-[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*|GR1348941[A-Za-z0-9_-]{20})",
    ),
    (
        "pattern.atlassian-token",
        &["ATATT3", "ATCTT3", "ATBB"],
        r"\b(?:AT[AC]TT3[A-Za-z0-9_=-]{100,}|ATBB[A-Za-z0-9]{24,32}\b)",
    ),
    (
        "pattern.slack-token",
        &["xox", "xapp-", "xwfp-"],
        r"\b(?:xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{20,}|xwfp-[A-Za-z0-9-]{20,})",
    ),
    (
        "pattern.slack-webhook",
        &["hooks.slack.com/"],
        r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/_-]{20,})",
    ),
    (
        "pattern.discord-webhook",
        &["/api/webhooks/"],
        r"/api/webhooks/\d{15,20}/([A-Za-z0-9_-]{40,})",
    ),
    ("pattern.telegram-token", &[":AA"], r"\b\d{8,10}:AA[A-Za-z0-9_-]{32,33}"),
    (
        "pattern.stripe-key",
        &["k_live_", "k_test_", "whsec_"],
        r"\b(?:[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/]{24,}={0,2})",
    ),
    (
        "pattern.square-token",
        &["sq0atp-", "sq0csp-", "EAAA"],
        r"\b(?:sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}|EAAA[A-Za-z0-9_-]{60})\b",
    ),
    (
        "pattern.shopify-token",
        &["shpat_", "shpca_", "shppa_", "shpss_"],
        r"\bshp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}\b",
    ),
    ("pattern.facebook-token", &["EAA"], r"\bEAA[A-Za-z0-9]{80,}"),
    ("pattern.twilio-key", &["SK"], r"\bSK[0-9a-f]{32}\b"),
    ("pattern.sendgrid-key", &["SG."], r"\bSG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}\b"),
    ("pattern.mailgun-key", &["key-"], r"\bkey-[0-9a-f]{32}\b"),
    ("pattern.mailchimp-key", &["-us"], r"\b[0-9a-f]{32}-us\d{1,2}\b"),
    ("pattern.openai-key", &["sk-"], r"\bsk-[A-Za-z0-9_-]{20,}"),
    ("pattern.huggingface-token", &["hf_", "api_org_"], r"\b(?:hf|api_org)_[A-Za-z]{34}\b"),
    (
        "pattern.model-key",
        &["gsk_", "xai-", "pplx-", "r8_", "nvapi-"],
        r"\b(?:gsk_[A-Za-z0-9]{40,}|xai-[A-Za-z0-9]{60,}|pplx-[A-Za-z0-9]{40,}|r8_[A-Za-z0-9]{37}\b|nvapi-[A-Za-z0-9_-]{60,})",
    ),
    ("pattern.npm-token", &["npm_"], r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("pattern.pypi-token", &["pypi-"], r"\bpypi-AgE[A-Za-z0-9_-]{50,}"),
    ("pattern.rubygems-key", &["rubygems_"], r"\brubygems_[0-9a-f]{48}\b"),
    ("pattern.crates-token", &["cio"], r"\bcio[A-Za-z0-9]{32}\b"),
    ("pattern.nuget-key", &["oy2"], r"\boy2[a-z0-9]{43}\b"),
    ("pattern.docker-token", &["dckr_pat_", "dckr_oat_"], r"\bdckr_[po]at_[A-Za-z0-9_-]{27,}"),
    ("pattern.artifactory-key", &["AKCp"], r"\bAKCp[A-Za-z0-9]{60,}"),
    ("pattern.vault-token", &["hvs.", "hvb.", "hvr."], r"\bhv[sbr]\.[A-Za-z0-9_-]{24,}"),
    ("pattern.terraform-token", &[".atlasv1."], r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}"),
    ("pattern.pulumi-token", &["pul-"], r"\bpul-[0-9a-f]{40}\b"),
    (
        "pattern.doppler-token",
        &["dp."],
        r"\bdp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]+\.)?[A-Za-z0-9]{40,44}\b",
    ),
    ("pattern.databricks-token", &["dapi"], r"\bdapi[0-9a-f]{32}(?:-\d)?\b"),
    ("pattern.digitalocean-token", &["_v1_"], r"\bdo[opr]_v1_[0-9a-f]{64}\b"),
    (
        "pattern.grafana-token",
        &["glsa_", "glc_"],
        r"\b(?:glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}\b|glc_[A-Za-z0-9+/]{32,}={0,2})",
    ),
    ("pattern.sentry-token", &["sntrys_", "sntryu_"], r"\bsntry[su]_[A-Za-z0-9+/=_-]{40,}"),
    ("pattern.newrelic-key", &["NRAK-"], r"\bNRAK-[A-Z0-9]{27}\b"),
    ("pattern.dynatrace-token", &["dt0"], r"\bdt0[a-z]\d\d\.[A-Z0-9]{24}\.[A-Z0-9]{64}\b"),
    ("pattern.postman-key", &["PMAK-"], r"\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b"),
    ("pattern.linear-key", &["lin_api_"], r"\blin_api_[A-Za-z0-9]{40}\b"),
    (
        "pattern.notion-token",
        &["ntn_", "secret_"],
        r"\b(?:ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43})\b",
    ),
    ("pattern.figma-token", &["figd_"], r"\bfigd_[A-Za-z0-9_-]{40,}"),
    ("pattern.tailscale-key", &["tskey-"], r"\btskey-[a-z]+-[A-Za-z0-9]+-[A-Za-z0-9]{20,}"),
    ("pattern.supabase-token", &["sbp_"], r"\bsbp_[0-9a-f]{40}\b"),
    ("pattern.airtable-token", &["pat"], r"\bpat[A-Za-z0-9]{14}\.[0-9a-f]{64}\b"),
    ("pattern.onepassword-token", &["ops_ey"], r"\bops_ey[A-Za-z0-9_-]{200,}"),
];

/// What every name of a credential has within it (`rules`): where none of them is, no such name is.
const WORDS: &[&str] = &[
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "sig",
    "sas",
    "credential",
    "assertion",
    "verifier",
    "auth",
    "bearer",
    "cookie",
    "connectionstring",
    "connection_string",
    "device_code",
    "devicecode",
    "code=",
    "appcode",
    "otp",
    "jwt",
    "session",
    "\"ak\"",
    "\"sk\"",
    "\"access\"",
    "recovery",
    "backup_code",
    "eyJ",
    "ewog",
    "W3si",
];

/// A pattern over bytes: what is no text would be searched at a crawl for the letters of all scripts.
/// There are many, and each may keep as much of its automaton as stated here, for each thread.
pub fn compiled(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(false).dfa_size_limit(96 * 1024).build().ok()
}

static PATTERNS: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    let compiled = |(id, _, pattern): &Token| Some((*id, compiled(pattern)?));
    TOKENS.iter().filter_map(compiled).collect()
});

/// One search for all, since hardly any text holds one. Those beyond the tokens are words, and URLs.
static SIGNS: LazyLock<Search> = LazyLock::new(|| {
    let of_tokens = TOKENS.iter().zip(0_u8..);
    let of_tokens =
        of_tokens.flat_map(|((_, texts, _), index)| texts.iter().map(move |text| (*text, index)));
    let of_words = WORDS.iter().map(|word| (*word, NAMES));
    Search::new(of_tokens.chain(of_words).chain([("://", URLS)]))
});

/// The bits of what is no token.
const NAMES: u8 = 126;
const URLS: u8 = 127;

/// What a text may hold.
#[derive(Debug, Clone, Copy)]
pub struct Signs {
    /// A bit for each kind of token.
    tokens: u128,
    /// The name of a credential.
    pub names: bool,
    /// A URL.
    urls: bool,
}

impl Signs {
    /// Whether there is one of a token or a URL.
    pub const fn any(self) -> bool {
        self.tokens != 0 || self.urls
    }
}

/// Looks what a text may hold.
pub fn signs(text: &[u8]) -> Signs {
    let found = SIGNS.search(text);
    let has = |bit: u8| found >> bit & 1 == 1;
    Signs { tokens: found & ((1 << NAMES) - 1), names: has(NAMES), urls: has(URLS) }
}

/// Tokens of which there are signs.
pub fn find(text: &[u8], signs: Signs, found: &mut Vec<Find>) {
    if signs.tokens != 0 {
        for (index, (id, pattern)) in PATTERNS.iter().enumerate() {
            if signs.tokens >> index & 1 == 0 {
                continue;
            }
            for hit in pattern.captures_iter(text) {
                let Some(secret) = hit.get(1).or_else(|| hit.get(0)) else { continue };
                found.push(Find {
                    range: secret.range(),
                    value: secret.as_bytes().to_vec(),
                    rule: (*id).into(),
                    carried: true,
                    bare: false,
                });
            }
        }
    }
    if signs.urls {
        passwords_in_urls(text, found);
    }
}

/// The passwords in URLs anywhere in a text: `scheme://user:password@host`.
fn passwords_in_urls(text: &[u8], found: &mut Vec<Find>) {
    let mut at = 0;
    while let Some(next) = text[at..].windows(3).position(|window| window == b"://") {
        let start = at + next + 3;
        at = start;
        let ends = |byte: &u8| {
            byte.is_ascii_whitespace()
                || matches!(byte, b'/' | b'"' | b'<' | b'>' | b'?' | b'#' | b'\\')
        };
        let rest = &text[start..text.len().min(start + 1024)];
        let authority = &rest[..rest.iter().position(ends).unwrap_or(rest.len())];
        let Some(end) = authority.iter().rposition(|byte| *byte == b'@') else { continue };
        let Some(colon) = authority[..end].iter().position(|byte| *byte == b':') else { continue };
        if colon + 1 < end {
            let value = crate::exchange::percent_decoded(&String::from_utf8_lossy(
                &authority[colon + 1..end],
            ));
            found.push(Find {
                range: start + colon + 1..start + end,
                value: value.into_bytes(),
                rule: "url.password".into(),
                carried: true,
                bare: false,
            });
        }
    }
}

/// The ids of all kinds.
pub fn ids() -> impl Iterator<Item = &'static str> {
    TOKENS.iter().map(|(id, ..)| *id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_has_a_sign() {
        assert_eq!(PATTERNS.len(), TOKENS.len());
        assert!(TOKENS.len() <= usize::from(NAMES));
    }
}
