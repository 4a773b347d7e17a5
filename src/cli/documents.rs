//! Finding the files that a command works on: `specs/` and `cassettes/` below the working directory
//! unless others are named.

use super::{Failure, World};
use crate::spec::Spec;
use std::path::{Path, PathBuf};

/// Deepest folder that is searched below a given one.
const DEPTH: usize = 16;

/// The spec files to use: `given`, folders searched for `.json`, `.yaml` and `.yml`; `specs/` when
/// none is given. Sorted; an empty default folder is no failure.
pub fn specs(given: &[PathBuf], world: &World) -> Result<Vec<PathBuf>, Failure> {
    find(given, "specs", &["json", "yaml", "yml"], world)
}

/// The specs to use, read whole: one that cannot be read is a failure, a part of one is not.
pub fn read_specs(given: &[PathBuf], world: &World) -> Result<Vec<Spec>, Failure> {
    let read = |path: PathBuf| {
        let shown = path.display().to_string();
        let bytes = std::fs::read(world.directory.join(&path))
            .map_err(|error| Failure::asked(format!("{shown}: {error}")))?;
        Spec::load(shown, &bytes).map_err(Failure::asked)
    };
    specs(given, world)?.into_iter().map(read).collect()
}

/// The cassette files to use: `given`, folders searched for `.cassette`; `cassettes/` when none is
/// given.
pub fn cassettes(given: &[PathBuf], world: &World) -> Result<Vec<PathBuf>, Failure> {
    find(given, "cassettes", &["cassette"], world)
}

fn find(
    given: &[PathBuf],
    default: &str,
    endings: &[&str],
    world: &World,
) -> Result<Vec<PathBuf>, Failure> {
    let default = [PathBuf::from(default)];
    let roots = if given.is_empty() {
        if !world.directory.join(&default[0]).is_dir() {
            return Ok(Vec::new());
        }
        &default[..]
    } else {
        given
    };
    let mut found = Vec::new();
    for root in roots {
        let full = world.directory.join(root);
        if full.is_dir() {
            walk(root, &full, endings, DEPTH, &mut found)?;
        } else if full.exists() {
            found.push(root.clone());
        } else {
            return Err(Failure::asked(format!("{}: no such file or folder", root.display())));
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
) -> Result<(), Failure> {
    let unreadable = |error| Failure::world(format!("{}: {error}", shown.display()));
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
