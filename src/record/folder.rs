//! A folder in which each session has its cassette.

use crate::cassette::SessionName;
use std::io;
use std::path::Path;

/// Whether a path stands for a folder: it is one, or it is written as one.
pub fn is_cassette_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().to_string_lossy().ends_with(std::path::is_separator)
}

/// Makes the folder and tries to write there: what can't be recorded must not begin. Answers with the
/// sessions that have a cassette in it.
pub fn prepare_folder(folder: &Path) -> io::Result<Vec<SessionName>> {
    std::fs::create_dir_all(folder)?;
    tempfile::tempfile_in(folder).map(drop)?;
    let mut taken = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "cassette")
            && let Ok(name) = SessionName::of_file(&path)
        {
            taken.push(name);
        }
    }
    Ok(taken)
}
