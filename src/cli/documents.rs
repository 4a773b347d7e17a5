//! The specs and cassettes that a command works on: `specs/` and `cassettes/` below the working
//! directory unless others are named.

use super::{Failure, World};
use crate::project::{self, DocumentError};
use crate::spec::Spec;
use std::path::{Path, PathBuf};

/// The specs to use, read whole: one that cannot be read is a failure, a part of one is not.
pub fn read_specs(given: &[PathBuf], world: &World) -> Result<Vec<Spec>, Failure> {
    let read = |path: PathBuf| {
        let shown = path.display().to_string();
        let bytes = std::fs::read(world.directory.join(&path))
            .map_err(|error| Failure::asked(format!("{shown}: {error}")))?;
        let files = project::beside(&path, &world.directory);
        Spec::load_with(shown, &bytes, &files).map_err(Failure::asked)
    };
    let found = project::specs(given, &world.directory).map_err(|error| missing(&error))?;
    found.into_iter().map(read).collect()
}

/// The one spec of a file.
pub fn read_spec(path: &Path, world: &World) -> Result<Spec, Failure> {
    if world.directory.join(path).is_dir() {
        let what = format!("{}: a folder, where one spec is compared", path.display());
        return Err(Failure::asked(what).hint("name a file of it"));
    }
    let mut found = read_specs(&[path.to_owned()], world)?;
    found.pop().ok_or_else(|| Failure::asked(format!("{}: no spec", path.display())))
}

/// The cassette files to use: `given`, folders searched; `cassettes/` when none is given.
pub fn cassettes(given: &[PathBuf], world: &World) -> Result<Vec<PathBuf>, Failure> {
    project::cassettes(given, &world.directory).map_err(|error| missing(&error))
}

fn missing(error: &DocumentError) -> Failure {
    match error {
        DocumentError::Missing(_) => Failure::asked(error),
        DocumentError::Folder { .. } => Failure::world(error),
    }
}
