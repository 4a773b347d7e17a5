//! `--auth SCHEME=env:NAME[,env:NAME]`: credentials for requests that we send ourselves. Values come
//! from the environment or from files, never from an argument, where every user of the machine
//! could read them.

use super::{Failure, World};
use crate::auth::{Credentials, Scheme};
use crate::cassette::redact::Secret;

/// A scheme and where its values are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    scheme: Scheme,
    values: Vec<Place>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Variable(String),
    File(String),
}

impl Auth {
    /// Reads the argument.
    pub fn parse(text: &str) -> Result<Self, String> {
        // The URL of a token endpoint may have an equals sign itself; values begin with a word of ours.
        let at = ["=env:", "=file:"].iter().filter_map(|mark| text.find(mark)).min();
        let (scheme, values) = match at.or_else(|| text.find('=')) {
            Some(at) => (&text[..at], &text[at + 1..]),
            // What stands here may be the secret itself: it is not repeated.
            None => return Err("what is given is not SCHEME=env:NAME".to_owned()),
        };
        let scheme = Scheme::parse(scheme)?;
        let values: Vec<Place> = values.split(',').map(Place::parse).collect::<Result<_, _>>()?;
        if !scheme.values().contains(&values.len()) {
            let wrong = Credentials::new(scheme, vec![String::new(); values.len()]);
            return Err(wrong.err().map_or_else(String::new, |error| error.to_string()));
        }
        Ok(Self { scheme, values })
    }

    /// Reads the values.
    pub fn read(&self, world: &World) -> Result<Credentials, Failure> {
        let values: Vec<String> =
            self.values.iter().map(|place| place.value(world)).collect::<Result<_, _>>()?;
        Credentials::new(self.scheme.clone(), values).map_err(Failure::asked)
    }
}

/// The values of credentials, for a redactor.
pub(super) fn secrets(credentials: &Credentials) -> Vec<(String, Secret)> {
    let secret = |value: &String| ("--auth".to_owned(), Secret::new(value.as_str()));
    credentials.secrets().iter().map(secret).collect()
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
    fn values_come_from_variables() {
        let world = world(&[("TOKEN", "t0ken"), ("USER", "aladdin"), ("WORD", "open sesame")]);
        for (text, values) in [
            ("bearer=env:TOKEN", vec!["t0ken"]),
            ("basic=env:USER,env:WORD", vec!["aladdin", "open sesame"]),
            ("oauth2:https://h/t?a=b=env:USER,env:WORD,env:TOKEN", vec!["aladdin", "open sesame"]),
            ("sigv4:eu-central-1/s3=env:USER,env:WORD", vec!["aladdin", "open sesame"]),
        ] {
            let read = Auth::parse(text).unwrap().read(&world).unwrap();
            assert_eq!(read.secrets(), values, "{text}");
        }
    }

    #[test]
    fn a_value_is_never_given_nor_repeated() {
        for (text, expected) in [
            ("bearer", "is not SCHEME=env:NAME"),
            ("s3cr3t", "is not SCHEME=env:NAME"),
            ("bearer=s3cr3t", "never given"),
            ("bearer=env:", "never given"),
            ("basic=env:USER", "1 values are named, 2 are wanted"),
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
