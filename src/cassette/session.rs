//! The names of sessions, and the files that they stand for.

use crate::exchange::percent_decoded;
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

/// Most bytes of a session's name in a file name: with every ending it stays below 255.
const LONGEST: usize = 200;
/// Ending of a cassette's file.
const ENDING: &str = "cassette";
/// Names of devices on Windows, whatever ending they have.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
/// The same with a digit from 1 to 9.
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];

/// The name of a session: one that can be the name of a file on every system.
///
/// ASCII letters, digits, `-`, `_` and `.` stand for themselves in the file's name; everything else, a
/// `.` in front and the first letter of a device's name are written as `%XX`. No two names share a
/// file, and none leads out of the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionName {
    name: String,
    stem: String,
}

/// Why a text is no name of a session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionNameError {
    /// Nothing but white space.
    #[error("a session's name is empty")]
    Empty,
    /// A control character.
    #[error("a session's name has a control character: `{0}`")]
    Control(String),
    /// Too long for a file.
    #[error("a session's name takes {0} bytes in a file's name; {LONGEST} are allowed")]
    Long(usize),
}

impl SessionName {
    /// Reads a name as a client or a person gave it.
    pub fn parse(text: &str) -> Result<Self, SessionNameError> {
        let name = text.trim();
        if name.is_empty() {
            return Err(SessionNameError::Empty);
        }
        if name.chars().any(char::is_control) {
            return Err(SessionNameError::Control(name.escape_debug().take(LONGEST).collect()));
        }
        let stem = stem(name);
        if stem.len() > LONGEST {
            return Err(SessionNameError::Long(stem.len()));
        }
        Ok(Self { name: name.to_owned(), stem })
    }

    /// The session whose cassette a file is, by its name.
    pub fn of_file(path: &Path) -> Result<Self, SessionNameError> {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        Self::parse(&percent_decoded(&stem))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The file of the session's cassette in a folder.
    pub fn file(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.{ENDING}", self.stem))
    }

    /// What is equal for names whose files can't stand beside each other everywhere: on many
    /// systems the case of letters doesn't count.
    pub fn folded(&self) -> String {
        self.stem.to_ascii_lowercase()
    }

    /// The name as the user of a URL (RFC 3986, section 3.2.1).
    pub fn in_url(&self) -> &str {
        &self.stem
    }
}

impl fmt::Display for SessionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn stem(name: &str) -> String {
    let mut stem = String::with_capacity(name.len());
    for (index, byte) in name.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let hidden = index == 0 && (byte == b'.' || is_device(name));
        if plain && !hidden {
            stem.push(char::from(byte));
        } else {
            // Writing to memory can't fail.
            let _ = write!(stem, "%{byte:02X}");
        }
    }
    stem
}

/// Whether Windows would open a device under this name.
fn is_device(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    DEVICES.contains(&first.as_str())
        || NUMBERED_DEVICES.iter().any(|device| {
            first.strip_prefix(device).is_some_and(|rest| {
                rest.len() == 1 && rest.bytes().all(|byte| matches!(byte, b'1'..=b'9'))
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_files_of_their_folder() {
        let cases = [
            ("create-409", "create-409"),
            (" padded ", "padded"),
            ("test_a.py::test_x[a-b]", "test_a.py%3A%3Atest_x%5Ba-b%5D"),
            ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
            ("..", "%2E."),
            ("/abs", "%2Fabs"),
            ("C:\\x", "C%3A%5Cx"),
            ("100%", "100%25"),
            ("é", "%C3%A9"),
            ("con", "%63on"),
            ("NUL.x", "%4EUL.x"),
            ("com7", "%63om7"),
            ("com0", "com0"),
            ("console", "console"),
        ];
        for (name, expected) in cases {
            let parsed = SessionName::parse(name).unwrap();
            let file = parsed.file(Path::new("f"));
            assert_eq!(file, Path::new("f").join(format!("{expected}.cassette")), "{name}");
            assert_eq!(SessionName::of_file(&file).unwrap(), parsed, "{name}");
        }
    }

    #[test]
    fn what_is_no_name() {
        assert_eq!(SessionName::parse(" \t"), Err(SessionNameError::Empty));
        assert!(matches!(SessionName::parse("a\0b"), Err(SessionNameError::Control(_))));
        assert!(matches!(SessionName::parse("a\r\nb"), Err(SessionNameError::Control(_))));
        assert!(SessionName::parse(&"x".repeat(LONGEST)).is_ok());
        assert_eq!(SessionName::parse(&"é".repeat(40)), Err(SessionNameError::Long(240)));
    }

    #[test]
    fn names_that_differ_in_case_are_told_apart_from_files_that_do_not() {
        let folded = |name: &str| SessionName::parse(name).unwrap().folded();
        assert_eq!(folded("Create"), folded("create"));
        assert_ne!(folded("a"), folded("b"));
        assert_ne!(folded("É"), folded("é"), "written as bytes, they are two files everywhere");
    }
}
