//! The one place of the library where the environment is read.

use super::TestingError;

/// When a [`Tape`](super::Tape) records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TapeMode {
    /// What is missing, and never where `CI` is set.
    #[default]
    Auto,
    /// Always, anew; in CI, too, since somebody asked for it.
    Record,
    /// Never.
    Replay,
}

/// What the environment says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Surroundings {
    /// `TESTIMONY_MODE`, where it is set.
    pub mode: Option<TapeMode>,
    /// Whether this is a machine of CI.
    pub ci: bool,
}

impl Surroundings {
    /// Reads `TESTIMONY_MODE` and `CI`.
    pub fn read() -> Result<Self, TestingError> {
        let text = |name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        Self::of(text("TESTIMONY_MODE").as_deref(), text("CI").as_deref())
    }

    fn of(mode: Option<&str>, ci: Option<&str>) -> Result<Self, TestingError> {
        let mode = match mode.map(str::trim).filter(|word| !word.is_empty()) {
            None => None,
            Some("auto") => Some(TapeMode::Auto),
            Some("record") => Some(TapeMode::Record),
            Some("replay") => Some(TapeMode::Replay),
            Some(word) => {
                return Err(TestingError::Asked {
                    message: format!("TESTIMONY_MODE: `{}` is no mode", word.escape_debug()),
                    hint: "`auto`, `record` or `replay`",
                });
            }
        };
        let off = |value: &str| {
            let value = value.trim();
            value.is_empty() || value == "0" || value.eq_ignore_ascii_case("false")
        };
        Ok(Self { mode, ci: ci.is_some_and(|value| !off(value)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_environment_says() {
        for (ci, is) in [
            (None, false),
            (Some(""), false),
            (Some("0"), false),
            (Some("False"), false),
            (Some("true"), true),
            (Some("1"), true),
            (Some("woodpecker"), true),
        ] {
            assert_eq!(Surroundings::of(None, ci).unwrap().ci, is, "{ci:?}");
        }
        for (word, mode) in [
            ("", None),
            ("auto", Some(TapeMode::Auto)),
            ("record", Some(TapeMode::Record)),
            (" replay ", Some(TapeMode::Replay)),
        ] {
            assert_eq!(Surroundings::of(Some(word), None).unwrap().mode, mode, "{word:?}");
        }
        let error = Surroundings::of(Some("Record"), None).unwrap_err().to_string();
        assert!(
            error.contains("`Record` is no mode\nhint: `auto`, `record` or `replay`"),
            "{error}"
        );
    }
}
