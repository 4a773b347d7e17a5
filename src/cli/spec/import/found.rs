//! The pages of the arguments: files as they are named, folders searched.

use super::told::PageTold;
use crate::cli::{Failure, World};
use crate::page::Page;
use crate::project;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Pages as they were found.
pub(super) struct Found {
    pub(super) pages: Vec<Page>,
    /// Names of those that a folder was searched for.
    pub(super) searched: HashSet<String>,
    /// Names of those that are not to be read.
    pub(super) skipped: Vec<String>,
    /// Those of a folder that the system does not give.
    pub(super) unreadable: Vec<PageTold>,
}

/// Reads the pages. Each has a name of its own: the file's, with the folders below the one that was given; as it
/// was given where two would be the same.
pub(super) fn pages(given: &[PathBuf], skip: &[String], world: &World) -> Result<Found, Failure> {
    let mut files: BTreeMap<PathBuf, (String, bool)> = BTreeMap::new();
    for path in given {
        if world.directory.join(path).is_dir() {
            let inside = project::pages(std::slice::from_ref(path), &world.directory);
            for file in inside.map_err(Failure::asked)? {
                let below = file.strip_prefix(path).unwrap_or(&file);
                let name = slashed(below);
                files.entry(file).or_insert((name, true));
            }
        } else {
            files.insert(path.clone(), (name_of(path), false));
        }
    }
    let mut counts: HashMap<String, usize> = HashMap::new();
    for (name, _) in files.values() {
        *counts.entry(name.clone()).or_default() += 1;
    }
    let mut found = Found {
        pages: Vec::with_capacity(files.len()),
        searched: HashSet::new(),
        skipped: Vec::new(),
        unreadable: Vec::new(),
    };
    let mut idle: HashSet<&String> = skip.iter().collect();
    for (path, (name, searched)) in files {
        let name = if counts.get(&name) == Some(&1) { name } else { slashed(&path) };
        if let Some(start) = skip.iter().find(|start| starts(&name, start)) {
            idle.remove(start);
            found.skipped.push(name);
            continue;
        }
        match std::fs::read(world.directory.join(&path)) {
            Ok(bytes) => {
                if searched {
                    found.searched.insert(name.clone());
                }
                found.pages.push(Page { name, bytes });
            }
            Err(error) if searched => {
                found.unreadable.push(PageTold::unreadable(&name, &error.to_string()));
            }
            Err(error) => return Err(Failure::asked(format!("{}: {error}", path.display()))),
        }
    }
    match idle.into_iter().min() {
        Some(start) => {
            Err(Failure::asked(format!("--skip `{start}`: no page of that name was given")))
        }
        None => Ok(found),
    }
}

/// Whether a page's name begins so, with or without its folders.
fn starts(name: &str, start: &str) -> bool {
    let file = name.rsplit_once('/').map_or(name, |(_, file)| file);
    name.starts_with(start) || file.starts_with(start)
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// One page, under the name of its file.
pub(in crate::cli::spec) fn page(path: &Path, world: &World) -> Result<Page, Failure> {
    let bytes = std::fs::read(world.directory.join(path))
        .map_err(|error| Failure::asked(format!("{}: {error}", path.display())))?;
    Ok(Page { name: name_of(path), bytes })
}
