//! The overlay beside a document: read, applied, added to.

use crate::cli::spec::import::shown;
use crate::cli::{Failure, World, output};
use crate::overlay::{self, Applied, Effect, Overlay};
use crate::spec::read_value;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Endings that an overlay beside a document may have.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// The overlay beside a document.
pub(super) struct Beside {
    pub(super) path: PathBuf,
    /// What the file holds; `None` where there is no file yet.
    standing: Option<(String, Value)>,
    overlay: Option<Overlay>,
    /// Actions that are to be added to it.
    pub(super) more: Vec<Value>,
}

impl Beside {
    /// Finds `NAME.overlay.yaml` (or `.yml`, `.json`) beside `NAME.yaml`.
    pub(super) fn find(out: &Path, world: &World) -> Result<Self, Failure> {
        let candidates = ENDINGS.map(|ending| out.with_extension(format!("overlay.{ending}")));
        let mut there = candidates.iter().filter(|path| world.directory.join(path).exists());
        let Some(path) = there.next() else {
            let [path, ..] = candidates;
            return Ok(Self { path, standing: None, overlay: None, more: Vec::new() });
        };
        if let Some(other) = there.next() {
            let (path, other) = (shown(path), shown(other));
            return Err(Failure::asked(format!("{other}: an overlay beside {path}"))
                .hint("keep one of them"));
        }
        let bytes = std::fs::read(world.directory.join(path))
            .map_err(|error| Failure::asked(format!("{}: {error}", path.display())))?;
        let value = read_value(&shown(path), &bytes).map_err(Failure::asked)?;
        let overlay = Overlay::read(&value)
            .map_err(|error| Failure::asked(format!("{}: {error}", path.display())))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Self {
            path: path.clone(),
            standing: Some((text, value)),
            overlay: Some(overlay),
            more: Vec::new(),
        })
    }

    /// Whether there is one.
    pub(super) fn is_there(&self) -> bool {
        self.overlay.is_some()
    }

    /// Applies what is in the file.
    pub(super) fn apply(&self, document: &mut Value) -> Vec<Applied> {
        self.overlay.as_ref().map(|overlay| overlay.apply(document)).unwrap_or_default()
    }

    /// Adds actions and applies them.
    pub(super) fn add(&mut self, actions: Vec<Value>, document: &mut Value) -> Result<(), Failure> {
        let whole = overlay::document("", actions.clone());
        let own = Overlay::read(&whole)
            .map_err(|error| Failure::asked(format!("{}: {error}", self.path.display())))?;
        let idle = own
            .apply(document)
            .into_iter()
            .find(|applied| matches!(applied.effect, Effect::Unfit(_) | Effect::Unmatched));
        if let Some(applied) = idle {
            let (path, target) = (shown(&self.path), applied.target);
            return Err(Failure::asked(format!(
                "{path}: `{target}` cannot be written as a correction"
            ))
            .hint("write the overlay by hand, and import with --edits discard"));
        }
        self.more.extend(actions);
        Ok(())
    }

    /// Writes what was added, behind what the file holds.
    pub(super) fn write(&self, out: &Path, world: &World) -> Result<(), Failure> {
        if self.more.is_empty() {
            return Ok(());
        }
        let text = if let Some((text, value)) = &self.standing {
            self.longer(text, value)?
        } else {
            let name = out.file_name().unwrap_or_default().to_string_lossy();
            self.text(&overlay::document(&format!("Corrections of {name}"), self.more.clone()))?
        };
        output::write_below(&self.path, text.as_bytes(), world)
    }

    /// The file's text with the further actions at its end, so that comments stay; written anew where that is
    /// not possible.
    fn longer(&self, text: &str, value: &Value) -> Result<String, Failure> {
        let mut wanted = value.clone();
        if let Some(actions) = wanted.get_mut("actions").and_then(Value::as_array_mut) {
            actions.extend(self.more.iter().cloned());
        }
        let item = text.lines().rev().find(|line| line.trim_start().starts_with("- target"));
        if let Some(item) = item {
            let margin = &item[..item.len() - item.trim_start().len()];
            let mut longer = text.trim_end().to_owned() + "\n";
            for line in self.text(&Value::Array(self.more.clone()))?.lines() {
                longer.extend([margin, line, "\n"]);
            }
            if read_value("overlay.yaml", longer.as_bytes()).is_ok_and(|read| read == wanted) {
                return Ok(longer);
            }
        }
        self.text(&wanted)
    }

    fn text(&self, value: &Value) -> Result<String, Failure> {
        super::target::text_of(value, super::target::form_of(&self.path)?)
    }
}
