//! `testimony spec import`: pages in, one OpenAPI document out, what was lost on stderr.

use super::super::{Failure, Outcome, World, output};
use crate::page::{self, Import, ImportOptions, Page, Setting, Text};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Read documentation pages into one OpenAPI 3.1 document
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Pages as HTML, Markdown, reStructuredText or plain text, one operation each
    #[arg(required = true, value_name = "PAGE")]
    pages: Vec<PathBuf>,
    /// The document to write: JSON or YAML, by its ending
    #[arg(long, value_name = "F")]
    out: PathBuf,
    /// The family of APIs, where the pages do not show it
    #[arg(long, value_name = "NAME")]
    family: Option<String>,
    /// A fact that the pages do not state: `operationId`, `method`, `path`, `version` or `title`;
    /// `PAGE:KEY=VALUE` for one of several pages, PAGE the beginning of its file name
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Leave out descriptions and examples: only facts
    #[arg(long)]
    no_text: bool,
}

/// How a document is written.
#[derive(Clone, Copy)]
enum Form {
    Json,
    Yaml,
}

pub(super) fn run(arguments: &Arguments, world: &World) -> Result<Outcome, Failure> {
    let form = form_of(&arguments.out)?;
    let pages = arguments
        .pages
        .iter()
        .map(|path| read(path, world))
        .collect::<Result<Vec<Page>, Failure>>()?;
    let settings = arguments.set.iter().map(|text| Setting::parse(text));
    let options = ImportOptions {
        family: arguments.family.clone(),
        settings: settings.collect::<Result<_, _>>().map_err(|error| failure(&error))?,
        text: if arguments.no_text { Text::Left } else { Text::Kept },
    };
    let import = page::import(&pages, &options).map_err(|error| failure(&error))?;
    output::write_below(&arguments.out, text_of(&import.document, form)?.as_bytes(), world)?;
    tell(&import, world);
    world.say(format_args!(
        "{}: {} of {} read",
        arguments.out.display(),
        counted(operations(&import.document), "operation"),
        counted(pages.len(), "page"),
    ));
    Ok(Outcome::Holds)
}

fn form_of(out: &Path) -> Result<Form, Failure> {
    match out.extension().and_then(|ending| ending.to_str()) {
        Some("json") => Ok(Form::Json),
        Some("yaml" | "yml") => Ok(Form::Yaml),
        _ => Err(Failure::asked(format!("--out `{}`: the ending says no form", out.display()))
            .hint("end it with .json, .yaml or .yml")),
    }
}

pub(super) fn read(path: &Path, world: &World) -> Result<Page, Failure> {
    let bytes = std::fs::read(world.directory.join(path))
        .map_err(|error| Failure::asked(format!("{}: {error}", path.display())))?;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(Page { name, bytes })
}

pub(super) fn failure(error: &page::PageError) -> Failure {
    let failure = Failure::asked(error);
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn text_of(document: &Value, form: Form) -> Result<String, Failure> {
    let written = match form {
        Form::Json => serde_json::to_string_pretty(document)
            .map(|text| text + "\n")
            .map_err(|error| error.to_string()),
        Form::Yaml => serde_saphyr::to_string(document).map_err(|error| error.to_string()),
    };
    written.map_err(|error| Failure::world(format!("the document cannot be written: {error}")))
}

fn tell(import: &Import, world: &World) {
    for loss in &import.losses {
        world.say(format_args!("{}: line {}: lost: {}", loss.page, loss.line, loss.reason));
    }
    for own in &import.contradictions {
        let lines: Vec<String> = own.lines.iter().map(ToString::to_string).collect();
        let noun = if lines.len() == 1 { "line" } else { "lines" };
        let (page, lines) = (&own.page, lines.join(", "));
        world.say(format_args!("{page}: {noun} {lines}: {}: {}", own.kind, own.what));
    }
}

fn operations(document: &Value) -> usize {
    let items = document["paths"].as_object().into_iter().flat_map(|paths| paths.values());
    items.filter_map(Value::as_object).map(serde_json::Map::len).sum()
}

fn counted(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}
