//! Foreign files on disk, read as exchanges that passed the redaction of a recording.

use super::document::{FILE_LIMIT, Foreign, Imported, import};
use super::kind::Kind;
use super::message::ImportError;
use crate::cassette::{CassetteError, Losses, Reader, Redacted, Redactor, highest_secret};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

/// Largest body file beside a foreign file, in bytes.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// A foreign file that was read.
#[derive(Debug)]
pub struct Recording {
    /// What it was.
    pub kind: Kind,
    /// Its exchanges, numbered from 1.
    pub exchanges: Vec<Redacted>,
    /// What the file could not tell.
    pub losses: Losses,
}

/// Why a foreign file can't be had.
#[derive(Debug, thiserror::Error)]
pub enum ForeignError {
    /// The file can't be opened or read.
    #[error("{path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// It is no recording.
    #[error("{path}: {cause}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: ImportError,
    },
}

/// Whether a file is a cassette of ours; `false` for anything else that can be opened.
pub fn is_cassette(path: &Path) -> Result<bool, CassetteError> {
    match Reader::open(path) {
        Ok(_) => Ok(true),
        // What ends in `.cassette` is meant as one, whatever is wrong with it.
        Err(error) if path.extension().is_some_and(|ending| ending == "cassette") => Err(error),
        Err(error @ (CassetteError::File { .. } | CassetteError::Newer { .. })) => Err(error),
        Err(_) => Ok(false),
    }
}

/// Reads a file of `kind`, or of the kind that its content shows.
pub fn open(
    path: &Path,
    kind: Option<Kind>,
    redactor: Redactor,
) -> Result<Recording, ForeignError> {
    let failed = |cause| ForeignError::File { path: path.to_owned(), cause };
    let wrong = |cause| ForeignError::Content { path: path.to_owned(), cause };
    let bytes = bounded(path, FILE_LIMIT).map_err(failed)?;
    let bytes = bytes.ok_or_else(|| wrong(ImportError::TooLarge(FILE_LIMIT)))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let body_file = |name: &str| body_file(folder, name);
    let imported = import(Foreign { bytes: &bytes, body_file: &body_file }, kind).map_err(wrong)?;
    Ok(redacted(imported, redactor))
}

/// A value that only a later exchange shows to be secret is replaced in earlier ones, too: all are
/// looked through before any is kept.
fn redacted(imported: Imported, redactor: Redactor) -> Recording {
    let Imported { kind, exchanges, losses } = imported;
    // Placeholders that the file has already keep their numbers for themselves.
    let redactor = redactor.numbered_after(exchanges.iter().map(highest_secret).max().unwrap_or(0));
    for exchange in &exchanges {
        redactor.redact(exchange.clone());
    }
    let exchanges = exchanges.into_iter().map(|exchange| redactor.redact(exchange)).collect();
    Recording { kind, exchanges, losses }
}

/// A whole file; `None` when it is larger than `limit`.
fn bounded(path: &Path, limit: usize) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= limit).then_some(bytes))
}

/// A file that `WireMock` mappings name: in `__files` beside the mappings or beside their folder, and
/// nowhere else, not by way of a link either.
fn body_file(folder: &Path, name: &str) -> Result<Vec<u8>, String> {
    const LEAVES: &str = "a path that leaves its folder";
    let name = Path::new(name);
    if name.components().any(|part| !matches!(part, Component::Normal(_))) {
        return Err(LEAVES.to_owned());
    }
    for base in [folder.join("__files"), folder.join("../__files")] {
        let (Ok(base), Ok(path)) = (base.canonicalize(), base.join(name).canonicalize()) else {
            continue;
        };
        if !path.starts_with(&base) {
            return Err(LEAVES.to_owned());
        }
        let bytes = bounded(&path, BODY_LIMIT).map_err(|error| error.to_string())?;
        return bytes.ok_or_else(|| format!("larger than {BODY_LIMIT} bytes"));
    }
    Err("no such file in `__files`".to_owned())
}
