use std::ops::RangeInclusive;

/// How a request shows who sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheme {
    /// `Authorization: Bearer VALUE` (RFC 6750).
    Bearer,
    /// `Authorization: Basic`, user and password (RFC 7617).
    Basic,
    /// The value in a header of that name.
    Header(String),
    /// Huawei Cloud's SDK-HMAC-SHA256: access key, secret key, security token.
    Huawei,
    /// Alibaba Cloud's ACS3-HMAC-SHA256: the same.
    Acs3,
    /// The older signature of Alibaba Cloud's RPC calls, with HMAC-SHA1: the same.
    AlibabaRpc,
    /// Signature version 4 of AWS: the same.
    SigV4 {
        /// Region, such as `eu-central-1`.
        region: String,
        /// Service, such as `s3`.
        service: String,
    },
    /// A bearer token that is asked for at this URL with client credentials (RFC 6749, section 4.4), and again
    /// when it expires: client id, client secret, scope.
    OAuth2(String),
}

impl Scheme {
    /// Reads `bearer`, `basic`, `header:NAME`, `huawei`, `acs3`, `alibaba-rpc`, `sigv4:REGION/SERVICE` or
    /// `oauth2:TOKEN_URL`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (word, rest) = match text.split_once(':') {
            Some((word, rest)) => (word, Some(rest)),
            None => (text, None),
        };
        Ok(match (word, rest) {
            ("bearer", None) => Self::Bearer,
            ("basic", None) => Self::Basic,
            ("header", Some(name)) if is_token(name) => Self::Header(name.to_owned()),
            ("huawei", None) => Self::Huawei,
            ("acs3", None) => Self::Acs3,
            ("alibaba-rpc", None) => Self::AlibabaRpc,
            ("sigv4", Some(place)) => match place.split_once('/') {
                Some((region, service)) if is_word(region) && is_word(service) => {
                    Self::SigV4 { region: region.to_owned(), service: service.to_owned() }
                }
                _ => return Err(format!("`{text}` is not `sigv4:REGION/SERVICE`")),
            },
            ("oauth2", Some(url)) if url.starts_with("http://") || url.starts_with("https://") => {
                Self::OAuth2(url.to_owned())
            }
            ("oauth2", _) => return Err(format!("`{text}` is not `oauth2:TOKEN_URL`")),
            _ => {
                return Err(format!(
                    "`{text}` is not a scheme; the schemes are bearer, basic, header:NAME, huawei, acs3, \
                     alibaba-rpc, sigv4:REGION/SERVICE and oauth2:TOKEN_URL"
                ));
            }
        })
    }

    /// How many values belong to it.
    pub const fn values(&self) -> RangeInclusive<usize> {
        match self {
            Self::Bearer | Self::Header(_) => 1..=1,
            Self::Basic => 2..=2,
            Self::Huawei | Self::Acs3 | Self::AlibabaRpc | Self::SigV4 { .. } | Self::OAuth2(_) => {
                2..=3
            }
        }
    }
}

/// A token of RFC 9110, section 5.6.2.
fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.!#$%&'*+^`|~".contains(&b))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}
