//! What does not count when requests are compared, since no two runs share it.

/// Headers that select an operation: they must be equal.
pub(super) const SELECTING_HEADERS: &[&str] = &["x-acs-action", "x-amz-target", "soapaction"];

/// Parameters of a query or form that sign a request, in lower case.
const SIGNING: &[&str] = &[
    "accesskeyid",
    "awsaccesskeyid",
    "ossaccesskeyid",
    "securitytoken",
    "signature",
    "signaturemethod",
    "signaturenonce",
    "signaturetype",
    "signatureversion",
    "timestamp",
];

/// Prefixes of further ones.
const SIGNING_PREFIXES: &[&str] = &["x-amz-", "x-goog-", "x-oss-", "x-sdk-"];

/// Parameters that belong to a signature only where one is there.
const BESIDE_A_SIGNATURE: &[&str] = &["expires"];

/// Removes the signing parameters of a query or form.
pub(super) fn without_signing(pairs: &mut Vec<(String, String)>) {
    let lower: Vec<String> = pairs.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    let signed = lower.iter().any(|name| name == "signature");
    let mut names = lower.iter();
    pairs.retain(|_| {
        let name = names.next().map_or("", String::as_str);
        !(SIGNING.contains(&name)
            || SIGNING_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            || (signed && BESIDE_A_SIGNATURE.contains(&name)))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_parameters_do_not_count() {
        let cases = [
            ("Action=CreateImage&Signature=x&SignatureNonce=y&Timestamp=z&AccessKeyId=k", "Action"),
            ("X-Amz-Date=1&X-Amz-Signature=2&list-type=2", "list-type"),
            ("Expires=5&Signature=x&key=1", "key"),
            ("expires=5", "expires"),
        ];
        for (query, left) in cases {
            let mut pairs = crate::exchange::query_pairs(query);
            without_signing(&mut pairs);
            let names: Vec<_> = pairs.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, [left], "{query}");
        }
    }
}
