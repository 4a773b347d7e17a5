use super::{ContentCoding, Headers};

impl ContentCoding {
    /// Whether a client with these fields takes bodies of this coding (RFC 9110, section 12.5.3);
    /// `None` where it does not say.
    pub fn is_accepted(self, headers: &Headers) -> Option<bool> {
        let mut said = false;
        let (mut own, mut any) = (None, None);
        for value in headers.all("accept-encoding") {
            said = true;
            for item in value.split(|byte| *byte == b',') {
                let item = String::from_utf8_lossy(item.trim_ascii()).to_ascii_lowercase();
                let mut words = item.split(';').map(str::trim);
                let name = words.next().unwrap_or_default();
                let accepted = !words.any(is_zero);
                if name == "*" {
                    any.get_or_insert(accepted);
                } else if Self::parse(name) == Some(self) {
                    own.get_or_insert(accepted);
                }
            }
        }
        said.then(|| own.or(any).unwrap_or(false))
    }
}

/// Whether a parameter is a weight of 0 (RFC 9110, section 12.4.2).
fn is_zero(parameter: &str) -> bool {
    parameter.split_once('=').is_some_and(|(name, value)| {
        let digits = value.trim();
        name.trim() == "q"
            && digits.starts_with('0')
            && digits.bytes().all(|b| matches!(b, b'0' | b'.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_takes() {
        let cases: [(&[&str], Option<bool>); 16] = [
            (&[], None),
            (&[""], Some(false)),
            (&["gzip"], Some(true)),
            (&["br, GZIP;q=0.5"], Some(true)),
            (&["x-gzip"], Some(true)),
            (&["identity"], Some(false)),
            (&["br"], Some(false)),
            (&["br", "gzip"], Some(true)),
            (&["gzip;q=0"], Some(false)),
            (&["gzip; q=0.000"], Some(false)),
            (&["gzip;q=0.001"], Some(true)),
            (&["*"], Some(true)),
            (&["*;q=0"], Some(false)),
            (&["*;q=0, gzip"], Some(true)),
            (&["gzip;q=0, *"], Some(false)),
            (&["gzip;q=oops"], Some(true)),
        ];
        for (values, expected) in cases {
            let mut headers = Headers::new();
            for value in values {
                headers.push("Accept-Encoding", value);
            }
            assert_eq!(ContentCoding::Gzip.is_accepted(&headers), expected, "{values:?}");
        }
    }
}
