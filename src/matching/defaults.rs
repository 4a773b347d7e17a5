//! What does not count when requests are compared, since no two runs share it: without any rules.

/// Headers that select an operation: they must be equal.
pub(super) const SELECTING_HEADERS: &[&str] = &["x-acs-action", "x-amz-target", "soapaction"];

/// Parameters that sign a request and are nothing else, in lower case: of a query, a form, or the
/// parts of an upload. Whole names, since others with the same beginning say what is wanted
/// (`x-oss-process`, `x-amz-acl`).
const SIGNING: &[&str] = &[
    // AWS Signature Version 2; Alibaba RPC; OSS, OBS, GCS and S3 with signed URLs of the older kind.
    "accesskeyid",
    "awsaccesskeyid",
    "googleaccessid",
    "ossaccesskeyid",
    "securitytoken",
    "security-token",
    "signature",
    "signaturemethod",
    "signaturenonce",
    "signaturetype",
    "signatureversion",
    // AWS Signature Version 4 and 4A.
    "x-amz-algorithm",
    "x-amz-content-sha256",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-region-set",
    "x-amz-s3session-token",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
    "x-amz-user-agent",
    // Google Cloud Storage, V4.
    "x-goog-algorithm",
    "x-goog-credential",
    "x-goog-date",
    "x-goog-expires",
    "x-goog-signature",
    "x-goog-signedheaders",
    // Alibaba OSS, V4.
    "x-oss-additional-headers",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-expires",
    "x-oss-security-token",
    "x-oss-signature",
    "x-oss-signature-version",
    // Huawei: SDK-HMAC-SHA256, and OBS.
    "x-obs-security-token",
    "x-sdk-date",
    // Tencent COS.
    "q-ak",
    "q-header-list",
    "q-key-time",
    "q-sign-algorithm",
    "q-sign-time",
    "q-signature",
    "q-url-param-list",
    "x-cos-security-token",
    // OAuth 1.0 (RFC 5849, section 3.1).
    "oauth_nonce",
    "oauth_signature",
    "oauth_timestamp",
];

/// Whether a name as it is spelled signs a request in some API, whatever stands beside it. In other
/// spellings (`timestamp`, `x-amz-acl`) the same words say what is wanted.
fn signs_as_spelled(name: &str) -> bool {
    name == "Timestamp" || name.starts_with("X-Amz-")
}

/// Parameters that belong to a signature only where one is there: marks of a signature, and what is
/// signing beside any of them.
const BESIDE: &[(&[&str], &[&str])] = &[
    (
        &[
            "signature",
            "signaturenonce",
            "accesskeyid",
            "awsaccesskeyid",
            "x-amz-signature",
            "x-goog-signature",
        ],
        &["timestamp", "expires", "policy", "key-pair-id", "nonce", "secretid"],
    ),
    // Azure's shared access signatures. What they allow (`sp`, `sr`, `sv` …) is the same in every run.
    (
        &["sig"],
        &[
            "sig", "st", "se", "skoid", "sktid", "skt", "ske", "sks", "skv", "saoid", "suoid",
            "scid",
        ],
    ),
    // Volcengine.
    (
        &["x-signature"],
        &[
            "x-signature",
            "x-algorithm",
            "x-credential",
            "x-date",
            "x-expires",
            "x-signedheaders",
            "x-security-token",
        ],
    ),
];

/// Removes the signing parameters of a query, a form, or an upload.
pub(super) fn without_signing<T>(pairs: &mut Vec<T>, name: impl Fn(&T) -> &str) {
    if pairs.is_empty() {
        return;
    }
    let is =
        |one: &T, names: &[&str]| names.iter().any(|known| name(one).eq_ignore_ascii_case(known));
    let beside: Vec<&str> = BESIDE
        .iter()
        .filter(|(marks, _)| pairs.iter().any(|pair| is(pair, marks)))
        .flat_map(|(_, names)| names.iter().copied())
        .collect();
    pairs.retain(|pair| !(signs_as_spelled(name(pair)) || is(pair, SIGNING) || is(pair, &beside)));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a query.
    fn left(query: &str) -> String {
        let mut pairs = crate::exchange::query_pairs(query);
        without_signing(&mut pairs, |(name, _)| name);
        let names: Vec<_> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        names.join(" ")
    }

    #[test]
    fn signatures_as_clients_send_them_do_not_count() {
        let cases = [
            // Alibaba, RPC.
            (
                "Action=DescribeImages&Version=2014-05-26&Format=JSON&AccessKeyId=k&SignatureMethod=HMAC-SHA1\
                 &SignatureVersion=1.0&SignatureNonce=n&SignatureType=&Timestamp=2026-11-20T10%3A00%3A00Z&Signature=s",
                "Action Version Format",
            ),
            // The same without credentials.
            ("Action=A&SignatureNonce=n&Timestamp=t", "Action"),
            // As one vendor spells it, even where the signature is in a header.
            ("Action=A&Timestamp=t&X-Amz-Target-Id=1", "Action"),
            // AWS, presigned.
            (
                "x-id=GetObject&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=c&X-Amz-Date=d&X-Amz-Expires=900\
                 &X-Amz-SignedHeaders=host&X-Amz-Security-Token=t&X-Amz-Signature=s&x-amz-acl=private",
                "x-id x-amz-acl",
            ),
            // AWS, version 2.
            (
                "Action=A&AWSAccessKeyId=k&SignatureVersion=2&SignatureMethod=H&Timestamp=t&Signature=s",
                "Action",
            ),
            // S3 and OBS of the older kind, CloudFront.
            ("AccessKeyId=k&Expires=1&Signature=s&versionId=2", "versionId"),
            ("Policy=p&Signature=s&Key-Pair-Id=k&size=2", "size"),
            // GCS.
            (
                "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=c&X-Goog-Date=d&X-Goog-Expires=1\
                 &X-Goog-SignedHeaders=host&X-Goog-Signature=s&generation=1",
                "generation",
            ),
            ("GoogleAccessId=a&Expires=1&Signature=s", ""),
            // OSS: what it shall make of the image counts.
            (
                "x-oss-process=image%2Fresize&x-oss-credential=c&x-oss-date=d&x-oss-expires=1\
                 &x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-signature=s",
                "x-oss-process",
            ),
            // Azure, by account key and by user delegation.
            ("sv=2024-08-04&sr=b&sp=r&st=a&se=b&spr=https&sig=s&comp=list", "sv sr sp spr comp"),
            ("sp=r&st=a&se=b&skoid=o&sktid=t&skt=a&ske=b&sks=b&skv=v&sv=v&sr=c&sig=s", "sp sv sr"),
            // OAuth 1.0.
            (
                "oauth_consumer_key=k&oauth_nonce=n&oauth_signature=s&oauth_timestamp=1&status=x",
                "oauth_consumer_key status",
            ),
        ];
        for (query, expected) in cases {
            assert_eq!(left(query), expected, "{query}");
        }
    }

    #[test]
    fn the_same_names_count_where_nothing_is_signed() {
        for query in [
            "timestamp=1",
            "expires=5",
            "se=1&st=2",
            "nonce=1",
            "policy=p",
            "x-amz-meta-a=1",
            "x-date=1",
        ] {
            let names: Vec<_> =
                query.split('&').map(|pair| pair.split('=').next().unwrap()).collect();
            assert_eq!(left(query), names.join(" "));
        }
    }
}
