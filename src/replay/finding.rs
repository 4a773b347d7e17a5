//! Where a session that is started by hand finds its cassette: in the folders that were given, or
//! among the files.

use crate::admin::Problem;
use crate::cassette::SessionName;
use std::path::{Component, Path, PathBuf};

/// The cassette of a session, or the one that was asked for by its path, below the folders and among
/// the files of `given`; nothing else is opened.
pub fn find_cassette(
    given: &[PathBuf],
    directory: &Path,
    name: &SessionName,
    cassette: Option<&str>,
) -> Result<PathBuf, Problem> {
    let asked = cassette.map(Path::new);
    let inside = |path: &Path| path.components().all(|part| matches!(part, Component::Normal(_)));
    let found = given.iter().find_map(|root| {
        if !directory.join(root).is_dir() {
            let is_it = match asked {
                Some(path) => root == path,
                None => SessionName::of_file(root).is_ok_and(|own| own == *name),
            };
            return is_it.then(|| root.clone());
        }
        let file = match asked {
            None => name.file(root),
            Some(path) if inside(path) => root.join(path),
            Some(_) => return None,
        };
        let ends = file.extension().is_some_and(|ending| ending == "cassette");
        (ends && directory.join(&file).is_file()).then_some(file)
    });
    found.ok_or_else(|| {
        let wanted = match cassette {
            Some(path) => format!("cassette `{}`", path.escape_debug()),
            None => format!("a cassette of session `{name}`"),
        };
        Problem::new(404, "no-cassette", format!("{wanted} is in none of those that are served"))
            .hint("`cassette` is a path below the folder that was given with `--cassette FOLDER/`")
    })
}
