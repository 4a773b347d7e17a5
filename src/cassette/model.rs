use super::redact::CustomRule;
use crate::exchange::Exchange;

/// The format version that this tool writes and the newest that it reads.
pub const FORMAT_VERSION: u64 = 1;

/// A whole cassette in memory.
#[derive(Debug, Clone, Default)]
pub struct Cassette {
    /// The first record.
    pub header: CassetteHeader,
    /// Exchanges in order.
    pub exchanges: Vec<Exchange>,
    /// Whether a footer closes the file: it was sealed.
    pub sealed: bool,
    /// A record that was being written when the recorder died.
    pub torn: Option<TornTail>,
    /// What a reader should say: unknown keys, a footer that counts otherwise.
    pub warnings: Vec<String>,
}

/// The first record of a cassette: what it is, and the rules it was made with.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct CassetteHeader {
    /// Format version.
    pub cassette: u64,
    /// Name of the session, as a rule one test.
    #[serde(default)]
    pub session: String,
    /// Tool and version that wrote it.
    #[serde(default)]
    pub tool: String,
    /// Specs that were loaded when it was made.
    #[serde(default)]
    pub specs: Vec<SpecNote>,
    /// Matching and redaction rules in force.
    #[serde(default)]
    pub rules: Rules,
}

impl CassetteHeader {
    /// A header of the current version for a session.
    pub fn new(session: impl Into<String>) -> Self {
        Self {
            cassette: FORMAT_VERSION,
            session: session.into(),
            tool: concat!("testimony ", env!("CARGO_PKG_VERSION")).to_owned(),
            specs: Vec::new(),
            rules: Rules::default(),
        }
    }
}

/// A spec that was in force, by path and digest.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SpecNote {
    /// Path as given.
    pub path: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
}

/// The rules that a cassette carries.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Rules {
    /// Matching rules, by name; empty for the defaults.
    #[serde(default, rename = "match")]
    pub matching: serde_json::Map<String, serde_json::Value>,
    /// Redaction rules in force, by id.
    #[serde(default)]
    pub redact: Vec<String>,
    /// Default rules that are switched off, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redact_off: Vec<String>,
    /// Rules of the user's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redact_custom: Vec<CustomRule>,
}

/// The unfinished end of a file whose writer died.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    /// Byte offset at which the last whole record ended.
    pub offset: u64,
    /// Line (from 1) on which the unfinished record begins.
    pub line: u64,
    /// Bytes after the last whole record.
    pub bytes: u64,
}
