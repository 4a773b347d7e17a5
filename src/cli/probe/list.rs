//! The list of what was made: on disk as soon as it is known, gone when all of it is removed.

use crate::cli::World;
use crate::probe::Created;
use serde_json::json;
use std::io::Write as _;
use std::path::{Path, PathBuf};

pub(super) struct CreatedList<'w> {
    /// As it is shown.
    shown: PathBuf,
    path: PathBuf,
    is_there: bool,
    /// What is written for each thing, as long as it is there: a long list is rendered once, not with every change.
    entries: Vec<Option<String>>,
    world: &'w World,
}

impl<'w> CreatedList<'w> {
    pub(super) fn at(given: Option<&Path>, cassette: Option<&Path>, world: &'w World) -> Self {
        let shown = match (given, cassette) {
            (Some(path), _) => path.to_owned(),
            (None, Some(cassette)) => PathBuf::from(format!("{}.created.json", cassette.display())),
            (None, None) => PathBuf::from("testimony-created.json"),
        };
        let path = world.directory.join(&shown);
        Self { shown, path, is_there: false, entries: Vec::new(), world }
    }

    /// Writes the list down with what is known of one thing, whole or not at all; removes it where nothing is left.
    pub(super) fn write(&mut self, number: usize, created: &Created) {
        if self.entries.len() <= number {
            self.entries.resize(number + 1, None);
        }
        self.entries[number] = (!created.is_gone).then(|| entry(created));
        let left: Vec<&str> = self.entries.iter().flatten().map(String::as_str).collect();
        let done = if left.is_empty() {
            if self.is_there { std::fs::remove_file(&self.path) } else { Ok(()) }
        } else {
            replace(&self.path, &left)
        };
        match done {
            Ok(()) => self.is_there = !left.is_empty(),
            Err(error) => {
                self.world.say(format_args!("warning: {}: {error}", self.shown.display()));
            }
        }
    }

    /// Says what is left.
    pub(super) fn say(&self, created: &[Created]) {
        let left = created.iter().filter(|one| !one.is_gone).count();
        let made = created.len();
        if left > 0 {
            let shown = self.shown.display();
            self.world.say(format_args!(
                "warning: {left} of {made} things that were made are left: {shown}"
            ));
            self.world.say(format_args!(
                "hint: `testimony probe --clean-up {shown} --target … --allow-unsafe` sends the documented requests that remove them"
            ));
        } else if made > 0 {
            self.world.say(format_args!("note: {made} things were made, and all of them removed"));
        }
    }
}

/// Writes a list, whole or not at all.
pub(super) fn replace(path: &Path, left: &[&str]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let list = format!("{{\n  \"created\": [\n    {}\n  ]\n}}\n", left.join(",\n    "));
    file.write_all(list.as_bytes())?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// What the list says of one thing.
fn entry(created: &Created) -> String {
    json!({
        "operation": created.operation,
        "url": created.url,
        "remove": created.removal(),
    })
    .to_string()
}
