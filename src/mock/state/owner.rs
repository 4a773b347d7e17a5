//! Whose credentials a request brings: a token, a user, or the access key of a signature.

use crate::spec::{Place, Routed, SecurityScheme, Sent};

/// Names of parameters that carry the access key of a signature.
const KEYS: [&str; 4] = ["AccessKeyId", "AWSAccessKeyId", "X-Amz-Credential", "SecurityAccessKey"];
/// What stands before the access key in `Authorization`.
const BEFORE: [&str; 3] = ["Access=", "Credential=", "keyId="];

/// Who asks, as far as the operation's schemes tell; `None` where nobody is told.
pub(super) fn identity(routed: &Routed<'_>, sent: &Sent<'_, '_>) -> Option<String> {
    let declared = &routed.spec.security_schemes;
    let names = routed.operation.security.iter().flat_map(|alternative| &alternative.schemes);
    names.filter_map(|name| declared.get(name)).find_map(|scheme| brought(sent, scheme))
}

fn brought(sent: &Sent<'_, '_>, scheme: &SecurityScheme) -> Option<String> {
    let first =
        |place, name: &str| sent.texts(place, name).into_iter().find(|text| !text.is_empty());
    match scheme {
        SecurityScheme::ApiKey { place, name } => {
            let value = first(*place, name)?;
            let key = KEYS.iter().find_map(|name| first(Place::Query, name));
            Some(match key {
                Some(key) if name.to_ascii_lowercase().contains("signature") => key,
                _ => told(&value),
            })
        }
        SecurityScheme::Http { .. } | SecurityScheme::OAuth2 | SecurityScheme::OpenIdConnect => {
            first(Place::Header, "authorization").map(|value| told(&value))
        }
        SecurityScheme::MutualTls | SecurityScheme::Other(_) => None,
    }
}

/// Who a credential is of: the access key where it is a signature, else all of it.
fn told(value: &str) -> String {
    let key = BEFORE.iter().find_map(|before| {
        let (_, rest) = value.split_once(before)?;
        let rest = rest.trim_start_matches('"');
        rest.split(['/', ',', ' ', '"']).next()
    });
    key.unwrap_or(value).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_its_access_key() {
        let cases = [
            ("SDK-HMAC-SHA256 Access=AK1, SignedHeaders=host, Signature=ab", "AK1"),
            ("AWS4-HMAC-SHA256 Credential=AK2/20260101/r/s/aws4_request, SignedHeaders=x", "AK2"),
            ("ACS3-HMAC-SHA256 Credential=AK3,SignedHeaders=x,Signature=y", "AK3"),
            ("Bearer abc", "Bearer abc"),
        ];
        for (value, expected) in cases {
            assert_eq!(told(value), expected);
        }
    }
}
