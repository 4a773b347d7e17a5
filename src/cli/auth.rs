//! `--auth SCHEME=env:NAME[,env:NAME]`: credentials for requests that we send ourselves. Values come
//! from the environment or from files, never from an argument, where every user of the machine
//! could read them.

use super::{Failure, World};
use crate::cassette::redact::Secret;
use crate::exchange::Header;
use base64::prelude::{BASE64_STANDARD, Engine as _};

/// A scheme and where its values are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    scheme: Scheme,
    values: Vec<Place>,
}

/// Credentials in hand.
#[derive(Default)]
pub struct Credentials {
    /// The header fields that carry them.
    pub headers: Vec<Header>,
    /// Their values, each with its name, for a redactor.
    pub secrets: Vec<(String, Secret)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Scheme {
    /// `Authorization: Bearer VALUE` (RFC 6750).
    Bearer,
    /// `Authorization: Basic`, user and password (RFC 7617).
    Basic,
    /// The value in a header of that name.
    Header(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Variable(String),
    File(String),
}

impl Auth {
    /// Reads the argument.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (scheme, values) =
            text.split_once('=').ok_or_else(|| format!("`{text}` is not SCHEME=env:NAME"))?;
        let (scheme, wanted) = match scheme.split_once(':') {
            None if scheme == "bearer" => (Scheme::Bearer, 1),
            None if scheme == "basic" => (Scheme::Basic, 2),
            Some(("header", name)) if is_token(name) => (Scheme::Header(name.to_owned()), 1),
            _ => {
                return Err(format!(
                    "`{scheme}` is not a scheme; the schemes are bearer, basic and header:NAME"
                ));
            }
        };
        let values: Vec<Place> = values.split(',').map(Place::parse).collect::<Result<_, _>>()?;
        if values.len() != wanted {
            return Err(format!("`{text}` names {} values, {wanted} are wanted", values.len()));
        }
        Ok(Self { scheme, values })
    }

    /// Reads the values.
    pub fn read(&self, world: &World) -> Result<Credentials, Failure> {
        let values: Vec<String> =
            self.values.iter().map(|place| place.value(world)).collect::<Result<_, _>>()?;
        let joined = values.join(":");
        let header = match &self.scheme {
            Scheme::Bearer => Header::new("Authorization", format!("Bearer {joined}")),
            Scheme::Basic => {
                Header::new("Authorization", format!("Basic {}", BASE64_STANDARD.encode(joined)))
            }
            Scheme::Header(name) => Header::new(name.as_str(), joined),
        };
        let secret = |value| ("--auth".to_owned(), Secret::new(value));
        Ok(Credentials { headers: vec![header], secrets: values.into_iter().map(secret).collect() })
    }
}

impl Place {
    fn parse(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(Self::Variable(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.to_owned())),
            // What stands here may be the secret itself: it is not repeated.
            _ => Err("a value is named by `env:NAME` or `file:PATH`, never given".to_owned()),
        }
    }

    fn value(&self, world: &World) -> Result<String, Failure> {
        let (shown, value) = match self {
            Self::Variable(name) => {
                let value = world.variable(name).ok_or_else(|| {
                    Failure::asked(format!("--auth: `{name}` is not set or is empty"))
                })?;
                (name, value.to_owned())
            }
            Self::File(path) => {
                let text = std::fs::read_to_string(world.directory.join(path))
                    .map_err(|error| Failure::asked(format!("--auth: {path}: {error}")))?;
                (path, text.trim_end_matches(['\r', '\n']).to_owned())
            }
        };
        if value.is_empty() || value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
            return Err(Failure::asked(format!("--auth: `{shown}` holds no value for a header")));
        }
        Ok(value)
    }
}

fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.!#$%&'*+^`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    fn world(variables: &[(&str, &str)]) -> World {
        World {
            directory: std::env::temp_dir(),
            environment: variables
                .iter()
                .map(|(name, value)| (OsString::from(name), OsString::from(value)))
                .collect(),
            color_stdout: false,
            color_stderr: false,
            progress: false,
            now: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn credentials_as_header_fields() {
        let world = world(&[("TOKEN", "t0ken"), ("USER", "aladdin"), ("WORD", "open sesame")]);
        for (text, name, value) in [
            ("bearer=env:TOKEN", "Authorization", "Bearer t0ken"),
            ("basic=env:USER,env:WORD", "Authorization", "Basic YWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("header:X-Auth-Token=env:TOKEN", "X-Auth-Token", "t0ken"),
        ] {
            let headers = Auth::parse(text).unwrap().read(&world).unwrap().headers;
            assert_eq!(headers, [Header::new(name, value)], "{text}");
        }
    }

    #[test]
    fn a_value_is_never_given_nor_repeated() {
        for (text, expected) in [
            ("bearer", "`bearer` is not SCHEME=env:NAME"),
            ("bearer=s3cr3t", "never given"),
            ("bearer=env:", "never given"),
            ("basic=env:USER", "1 values, 2 are wanted"),
            ("magic=env:USER", "`magic` is not a scheme"),
            ("header:X Y=env:A", "is not a scheme"),
        ] {
            let error = Auth::parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
            assert!(!error.contains("s3cr3t"), "{error}");
        }
        let unset = Auth::parse("bearer=env:UNSET").unwrap().read(&world(&[])).err().unwrap();
        assert!(unset.to_string().contains("`UNSET` is not set"), "{unset}");
        let broken = world(&[("T", "a\r\nX: y")]);
        assert!(Auth::parse("bearer=env:T").unwrap().read(&broken).is_err());
    }
}
