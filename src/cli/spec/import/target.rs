//! A document on its way to its file: the overlay beside it is applied, changes by hand are kept or refused, and
//! what is new is compared with what was there.

use super::overlaid::Beside;
use super::shown;
use crate::cli::{Failure, World, output};
use crate::lint::{Rule, lint};
use crate::overlay::{Applied, lasting_path};
use crate::page::Import;
use crate::revision::{
    self, Choice, ChoiceError, Corrections, Standing, corrections, seal, turned, unsealed,
};
use crate::spec::{Comparison, Spec, compare, read_value};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What becomes of changes by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edits {
    Refuse,
    Keep,
    Discard,
}

impl Edits {
    pub(super) fn parse(word: &str) -> Result<Self, String> {
        match word {
            "refuse" => Ok(Self::Refuse),
            "keep" => Ok(Self::Keep),
            "discard" => Ok(Self::Discard),
            _ => Err(format!("`{word}` is none of refuse, keep, discard")),
        }
    }
}

/// What is asked of every document.
pub(super) struct Plan<'a> {
    pub(super) edits: Edits,
    /// Whether nothing is written.
    pub(super) check: bool,
    pub(super) choices: &'a [Choice],
}

/// What a document is against what stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// There was no file.
    New,
    /// The file held something else.
    Changed,
    /// The file holds the same.
    Unchanged,
}

/// A document and its file.
pub(super) struct Target {
    pub(super) out: PathBuf,
    pub(super) import: Import,
    pub(super) status: Status,
    /// What changed of its promises; `None` where there was no document.
    pub(super) comparison: Option<Comparison>,
    pub(super) beside: Beside,
    /// What each action of the overlay did.
    pub(super) applied: Vec<Applied>,
    /// What is to be said beyond that.
    pub(super) notes: Vec<String>,
    /// Which of the plan's choices are about this document.
    chosen: Vec<bool>,
    text: String,
}

/// How a document is written.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Json,
    Yaml,
}

/// The form that a file's ending says.
pub(super) fn form_of(out: &Path) -> Result<Form, Failure> {
    match out.extension().and_then(|ending| ending.to_str()) {
        Some("json") => Ok(Form::Json),
        Some("yaml" | "yml") => Ok(Form::Yaml),
        _ => Err(Failure::asked(format!("--out `{}`: the ending says no form", out.display()))
            .hint("end it with .json, .yaml or .yml, or with / for a folder")),
    }
}

pub(super) fn text_of(document: &Value, form: Form) -> Result<String, Failure> {
    let written = match form {
        Form::Json => serde_json::to_string_pretty(document)
            .map(|text| text + "\n")
            .map_err(|error| error.to_string()),
        Form::Yaml => serde_saphyr::to_string(document).map_err(|error| error.to_string()),
    };
    written.map_err(|error| Failure::world(format!("the document cannot be written: {error}")))
}

/// Choices that are about none of the documents.
pub(super) fn all_chosen(targets: &[Target], plan: &Plan<'_>) -> Result<(), Failure> {
    for (at, choice) in plan.choices.iter().enumerate() {
        if !targets.iter().any(|target| target.chosen.get(at) == Some(&true))
            && let Some(target) = targets.first()
            && let Err(error) = turned(&target.import.document, choice)
        {
            return Err(Failure::asked(format!("--resolve {error}"))
                .hint("the lines that can be chosen are told on import, and by `spec lint`"));
        }
    }
    Ok(())
}

impl Target {
    /// Works out what the file is to hold.
    pub(super) fn prepare(
        import: Import,
        out: PathBuf,
        plan: &Plan<'_>,
        world: &World,
    ) -> Result<Self, Failure> {
        let form = form_of(&out)?;
        let mut beside = Beside::find(&out, world)?;
        let mut document = import.document.clone();
        let applied = beside.apply(&mut document);
        let chosen = choose(&import.document, &mut document, plan.choices, &mut beside)?;
        let mut notes = Vec::new();
        let standing = standing(&out, world)?;
        seal(&mut document);
        if let Some((_, Ok(old))) = &standing {
            settle(old, &mut document, &out, plan, &mut beside, &mut notes)?;
        }
        if beside.is_there() || !beside.more.is_empty() {
            revision::note_turned(&import.document, &mut document);
        }
        let text = text_of(&document, form)?;
        let (status, comparison) = match &standing {
            None => (Status::New, None),
            Some((_, Err(error))) if plan.edits != Edits::Discard => {
                return Err(Failure::asked(error).hint("--edits discard replaces it"));
            }
            Some((_, Err(_))) => (Status::Changed, None),
            Some((before, Ok(old))) if *before == text || *old == document => {
                (Status::Unchanged, None)
            }
            Some((before, Ok(old))) => {
                if text_of(old, form)? != *before {
                    notes.push("comments and layout of the file as it was are not kept".to_owned());
                }
                (Status::Changed, compared(old, &document, &out)?)
            }
        };
        Ok(Self { out, import, status, comparison, beside, applied, notes, chosen, text })
    }

    /// Writes document and overlay, where they are not as they are to be.
    pub(super) fn write(&self, world: &World) -> Result<(), Failure> {
        // First what cannot be made again.
        self.beside.write(&self.out, world)?;
        match self.status {
            Status::Unchanged => Ok(()),
            Status::New | Status::Changed => {
                output::write_below(&self.out, self.text.as_bytes(), world)
            }
        }
    }
}

/// A file's text, and the document that it holds or why it holds none.
type Before = (String, Result<Value, String>);

fn standing(out: &Path, world: &World) -> Result<Option<Before>, Failure> {
    let path = world.directory.join(out);
    if !path.exists() || output::no_file(&path) {
        return Ok(None);
    }
    let bytes = std::fs::read(&path)
        .map_err(|error| Failure::asked(format!("{}: {error}", out.display())))?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let value = read_value(&shown(out), &bytes).map_err(|error| error.to_string());
    Ok(Some((String::from_utf8_lossy(&bytes).into_owned(), value)))
}

/// Lets rules as written hold where that is chosen, and takes examples out that break them.
fn choose(
    raw: &Value,
    document: &mut Value,
    choices: &[Choice],
    beside: &mut Beside,
) -> Result<Vec<bool>, Failure> {
    let mut chosen = Vec::with_capacity(choices.len());
    for choice in choices {
        let before = broken(document)?;
        match turned(document, choice) {
            Ok(actions) => {
                beside.add(actions, document)?;
                let spoilt: Vec<String> =
                    broken(document)?.into_iter().filter(|own| !before.contains(own)).collect();
                for example in spoilt {
                    let target = lasting_path(document, &example);
                    let why = "the example breaks the rule as written";
                    let action = json!({ "target": target, "description": why, "remove": true });
                    beside.add(vec![action], document)?;
                }
                chosen.push(true);
            }
            // The overlay may have turned it already.
            Err(ChoiceError::Nothing { .. }) => chosen.push(turned(raw, choice).is_ok()),
            Err(error) => return Err(Failure::asked(error)),
        }
    }
    Ok(chosen)
}

/// Pointers of the examples that break their schema.
fn broken(document: &Value) -> Result<Vec<String>, Failure> {
    let spec = loaded(document, "document")?;
    let flaws = lint(&spec).into_iter().filter(|flaw| flaw.rule == Rule::ExampleBreaksSchema);
    let mut examples: Vec<String> = flaws
        .filter_map(|flaw| {
            let (before, after) = flaw.pointer.split_once("/examples/")?;
            let name = after.split('/').next().unwrap_or_default();
            Some(format!("{before}/examples/{name}"))
        })
        .collect();
    examples.sort_unstable();
    examples.dedup();
    Ok(examples)
}

fn loaded(document: &Value, name: &str) -> Result<Spec, Failure> {
    Spec::load(name, document.to_string().as_bytes()).map_err(Failure::asked)
}

fn compared(old: &Value, document: &Value, out: &Path) -> Result<Option<Comparison>, Failure> {
    // What can't be read as a spec any more is replaced, and there is nothing to compare.
    let Ok(before) = loaded(old, &shown(out)) else { return Ok(None) };
    Ok(Some(compare(&before, &loaded(document, &shown(out))?)))
}

/// Keeps, discards or refuses what was changed by hand in the file.
fn settle(
    old: &Value,
    document: &mut Value,
    out: &Path,
    plan: &Plan<'_>,
    beside: &mut Beside,
    notes: &mut Vec<String>,
) -> Result<(), Failure> {
    let name = shown(out);
    let what = match Standing::read(old) {
        Standing::Imported(parts) if parts.is_empty() => return Ok(()),
        Standing::Imported(_) => "was changed by hand since it was imported",
        Standing::Unsealed if unsealed(old) == unsealed(document) => return Ok(()),
        Standing::Unsealed => "does not say what it was when it was imported",
        Standing::Foreign if plan.edits == Edits::Discard => return Ok(()),
        Standing::Foreign => {
            return Err(Failure::asked(format!("{name}: was not made by an import"))
                .hint("write to another file, or replace it with --edits discard"));
        }
    };
    let Corrections { actions, mixed } = corrections(old, document);
    if actions.is_empty() {
        return Ok(());
    }
    let targets = || {
        let targets = actions.iter().filter_map(|action| action.get("target")?.as_str());
        let mut targets: Vec<&str> = targets.take(6).collect();
        targets.dedup();
        if actions.len() > targets.len() {
            targets.push("…");
        }
        targets.join(", ")
    };
    match plan.edits {
        Edits::Refuse => {
            let text = format!("{name}: {what}: {}", targets());
            let failure = if plan.check { Failure::broken(text) } else { Failure::asked(text) };
            Err(failure.hint(format!(
                "--edits keep puts that into {}, which every import applies; --edits discard drops it",
                beside.path.display()
            )))
        }
        Edits::Discard => {
            notes.push(format!("dropped what was changed by hand: {}", targets()));
            Ok(())
        }
        Edits::Keep => {
            notes.push(format!("kept what was changed by hand: {}", targets()));
            let overlay = shown(&beside.path);
            notes.extend(mixed.iter().map(|part| {
                format!("#{part}: its page changed, too; {overlay} keeps the file's: look it over")
            }));
            beside.add(actions, document)?;
            seal(document);
            Ok(())
        }
    }
}
