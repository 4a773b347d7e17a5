//! Where a session that is started by hand finds its cassette: in the folders that were given, or
//! among the files.

use crate::admin::Problem;
use crate::cassette::{SessionName, read};
use crate::cli::World;
use crate::cli::expiry::ExpiryArguments;
use crate::replay::Finder;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Finds cassettes below the folders and among the files of `given`; nothing else is opened, and none
/// that has expired.
pub(super) fn finder(given: &[PathBuf], expiry: ExpiryArguments, world: &World) -> Arc<Finder> {
    let (given, world) = (given.to_vec(), world.clone());
    Arc::new(move |name: &SessionName, cassette: Option<&str>| {
        let path = find(&given, &world.directory, name, cassette)?;
        if expiry.is_given()
            && let Ok(cassette) = read(&path)
        {
            let dated = cassette.exchanges.iter().map(|exchange| (exchange.at, exchange.number.0));
            expiry.check(&path, dated, &world).map_err(|failure| {
                let problem = Problem::new(409, "session-cassette", failure.message());
                problem.hint(failure.next_step().unwrap_or_default())
            })?;
        }
        Ok(path)
    })
}

fn find(
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
