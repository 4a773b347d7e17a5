//! Finding the files that a command works on: `specs/` and `cassettes/` below the working directory
//! unless others are named.

use crate::spec::SIZE_LIMIT;
use std::io;
use std::path::{Path, PathBuf};

/// Deepest folder that is searched below a given one.
const DEPTH: usize = 16;

/// Why files were not found.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// There is nothing of this name.
    #[error("{}: no such file or folder", .0.display())]
    Missing(PathBuf),
    /// A folder can't be read.
    #[error("{}: {cause}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

/// The spec files to use: `given`, folders searched for `.json`, `.yaml` and `.yml` but not for overlays beside
/// specs (`.overlay.yaml`); `specs/` when none is given. Sorted; an empty default folder is no failure.
pub fn specs(given: &[PathBuf], directory: &Path) -> Result<Vec<PathBuf>, DocumentError> {
    let mut found = find(given, "specs", &["json", "yaml", "yml"], directory)?;
    found.retain(|path| !is_overlay(path) || given.contains(path));
    Ok(found)
}

fn is_overlay(path: &Path) -> bool {
    let stem = path.file_stem().map(Path::new);
    stem.and_then(Path::extension).is_some_and(|inner| inner == "overlay")
}

/// The documentation pages in folders: `.html`, `.htm`, `.md`, `.rst` and `.txt`; a file is itself.
pub fn pages(given: &[PathBuf], directory: &Path) -> Result<Vec<PathBuf>, DocumentError> {
    find(given, "pages", &["html", "htm", "md", "rst", "txt"], directory)
}

/// The cassette files to use: `given`, folders searched for `.cassette`; `cassettes/` when none is
/// given.
pub fn cassettes(given: &[PathBuf], directory: &Path) -> Result<Vec<PathBuf>, DocumentError> {
    find(given, "cassettes", &["cassette"], directory)
}

/// The files that a spec refers to: by names relative to its folder, of which none may lead out of
/// the folder that the command works in, or, where the spec stands elsewhere, out of the spec's own.
/// Nothing is fetched.
pub fn beside(spec: &Path, directory: &Path) -> impl Fn(&str) -> Result<Vec<u8>, String> + use<> {
    let path = directory.join(spec);
    let folder = path.parent().unwrap_or(directory).to_owned();
    let directory = directory.to_owned();
    move |name: &str| {
        if name.contains("://") || name.starts_with("urn:") {
            return Err("it is not fetched; lay it beside the spec".to_owned());
        }
        let real = |path: &Path| path.canonicalize().map_err(|error| error.to_string());
        let (folder, directory) = (real(&folder)?, real(&directory)?);
        let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned();
        let file = real(&folder.join(&name))?;
        let fence = if folder.starts_with(&directory) { &directory } else { &folder };
        if !file.starts_with(fence) {
            return Err(format!("it is outside of {}", fence.display()));
        }
        if !file.is_file() {
            return Err("it is no file".to_owned());
        }
        let length = file.metadata().map_err(|error| error.to_string())?.len();
        if length > SIZE_LIMIT as u64 {
            return Err(format!("{length} bytes are more than a spec may have"));
        }
        std::fs::read(&file).map_err(|error| error.to_string())
    }
}

fn find(
    given: &[PathBuf],
    default: &str,
    endings: &[&str],
    directory: &Path,
) -> Result<Vec<PathBuf>, DocumentError> {
    let default = [PathBuf::from(default)];
    let roots = if given.is_empty() {
        if !directory.join(&default[0]).is_dir() {
            return Ok(Vec::new());
        }
        &default[..]
    } else {
        given
    };
    let mut found = Vec::new();
    for root in roots {
        let full = directory.join(root);
        if full.is_dir() {
            walk(root, &full, endings, DEPTH, &mut found)?;
        } else if full.exists() {
            found.push(root.clone());
        } else {
            return Err(DocumentError::Missing(root.clone()));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn walk(
    shown: &Path,
    folder: &Path,
    endings: &[&str],
    depth: usize,
    found: &mut Vec<PathBuf>,
) -> Result<(), DocumentError> {
    let unreadable = |cause| DocumentError::Folder { path: shown.to_owned(), cause };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        let hidden = name.as_encoded_bytes().first() == Some(&b'.');
        let (shown, path) = (shown.join(&name), entry.path());
        if path.is_dir() {
            let bodies = name.as_encoded_bytes().ends_with(b".cassette.bodies");
            if depth > 0 && !hidden && !bodies {
                walk(&shown, &path, endings, depth - 1, found)?;
            }
        } else if !hidden && path.extension().is_some_and(|e| endings.iter().any(|w| e == *w)) {
            found.push(shown);
        }
    }
    Ok(())
}
