//! `check --suggest`: what would make the observed conduct documented.

use crate::check::{Form, Judge};
use crate::cli::format::Format;
use crate::cli::{Failure, World, output};
use crate::report::Kind;
use crate::spec::Spec;
use serde_json::{Value, json};
use std::path::Path;

/// Whether the changes go to a file, so that stdout is free for the result.
pub(super) fn is_to_file(asked: Option<&Path>) -> bool {
    asked.is_none_or(|file| file != Path::new("-"))
}

/// That the changes can be written where they are asked for is known before the work is done.
pub(super) fn possible(
    file: &Path,
    formats: &[Format<Kind>],
    world: &World,
) -> Result<(), Failure> {
    if !is_to_file(Some(file)) && formats.iter().any(Format::is_to_stdout) {
        return Err(Failure::asked("`--suggest`: only one form can go to standard output")
            .hint("name a file: `--suggest=changes.json`"));
    }
    let folder = world.directory.join(file);
    let folder = folder.parent().filter(|_| is_to_file(Some(file)));
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(Failure::asked(format!("--suggest: {}: no such folder", file.display())));
    }
    Ok(())
}

/// Writes the changes to the one spec that has any.
pub(super) fn write(
    file: &Path,
    judge: &Judge<'_>,
    specs: &[Spec],
    world: &World,
) -> Result<(), Failure> {
    let Some(suggestions) = judge.suggestions() else { return Ok(()) };
    let name = file.to_string_lossy();
    let is_overlay =
        [".overlay.yaml", ".overlay.yml", ".overlay.json"].iter().any(|end| name.ends_with(end));
    let form = if is_overlay { Form::Overlay } else { Form::Patch };
    let changes = match suggestions.specs().as_slice() {
        [] => {
            world.say("note: no change to a spec is suggested");
            // No changes are a patch, too; an overlay must have an action.
            if is_overlay {
                return Ok(());
            }
            json!([])
        }
        [spec] => {
            let spec = (*spec, &specs[*spec]);
            if !is_3_1(spec.1, world) {
                world.say(format_args!(
                    "note: {}: is no OpenAPI 3.1: the changes are to its form in 3.1",
                    spec.1.path
                ));
            }
            suggestions.render(spec.0, spec.1.document(), form)
        }
        several => {
            let paths: Vec<&str> = several.iter().map(|spec| specs[*spec].path.as_str()).collect();
            return Err(Failure::asked(format!(
                "--suggest: changes are to one document, and there are some to {}",
                paths.join(", ")
            ))
            .hint("name one with `--spec`"));
        }
    };
    let text = if name.ends_with("yaml") || name.ends_with("yml") {
        yaml(&changes)?
    } else {
        serde_json::to_string_pretty(&changes).unwrap_or_default() + "\n"
    };
    if is_to_file(Some(file)) {
        output::write(file, text.as_bytes(), world)
    } else {
        world.print(&text).map(|_| ())
    }
}

fn yaml(changes: &Value) -> Result<String, Failure> {
    serde_saphyr::to_string(changes)
        .map_err(|error| Failure::asked(format!("--suggest: no YAML: {error}")))
}

/// Whether pointers into the normalised document are pointers into the file.
fn is_3_1(spec: &Spec, world: &World) -> bool {
    let text = std::fs::read_to_string(world.directory.join(&spec.path)).unwrap_or_default();
    text.lines().any(|line| {
        let line: String = line.chars().filter(|c| !" \t\"'{".contains(*c)).collect();
        line.starts_with("openapi:3.1") || line.starts_with("openapi:3.2")
    })
}
