//! `testimony spec import`: pages in, one OpenAPI document out for each API, what was lost on stderr.

mod found;
mod overlaid;
mod target;
mod told;

use super::super::{Failure, Outcome, World, format};
use crate::cli::format::{Format, Plain};
use crate::page::{self, Api, Division, Gathered, Hands, ImportOptions, PageError, Setting, Text};
use crate::revision::Choice;
use found::Found;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use target::{Edits, Plan, Status, Target};
use told::{PageTold, Told};

pub(super) use found::page;

/// Most threads that read pages.
const THREADS: usize = 8;
/// Pages from which on progress is shown.
const MANY: usize = 50;

/// Read documentation pages into one OpenAPI 3.1 document
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Pages as HTML, Markdown, reStructuredText or plain text, one operation each, or folders of them
    #[arg(required = true, value_name = "PAGE")]
    pages: Vec<PathBuf>,
    /// The document to write: JSON or YAML, by its ending; a folder (`specs/`) for one document an API
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
    /// A page that is not to be read, by the beginning of its file name
    #[arg(long, value_name = "PAGE")]
    skip: Vec<String>,
    /// What becomes of changes that were made by hand in F since its last import: `refuse`, `keep` (in
    /// `F.overlay.yaml`, which is applied from then on) or `discard`
    #[arg(long, value_name = "WHAT", default_value = "refuse", value_parser = Edits::parse)]
    edits: Edits,
    /// Of a rule that was loosened for an example, what is written holds (kept in `F.overlay.yaml`)
    #[arg(long, value_name = "PAGE:LINE=written", value_parser = Choice::parse)]
    resolve: Vec<Choice>,
    /// Write nothing, and exit 1 where something would change
    #[arg(long, visible_alias = "dry-run")]
    check: bool,
    /// What was read and lost of each page, to stdout or into a file: `terminal`, `json`
    #[arg(long = "format", value_name = "KIND[=FILE]", value_parser = Plain::parse)]
    formats: Vec<Format<Plain>>,
}

pub(super) fn run(arguments: &Arguments, world: &World) -> Result<Outcome, Failure> {
    format::one_on_stdout(&arguments.formats)?;
    format::folders_exist(&arguments.formats, world)?;
    let to_folder = world.directory.join(&arguments.out).is_dir()
        || arguments.out.as_os_str().as_encoded_bytes().ends_with(b"/");
    if !to_folder {
        target::form_of(&arguments.out)?;
    }
    let found = found::pages(&arguments.pages, &arguments.skip, world)?;
    let division = if to_folder { Division::Apis } else { Division::Whole };
    let gathered = gathered(&found, arguments, division, world)?;
    let (refused, mut passed) = sorted_out(&gathered, &found);
    passed.extend(found.skipped.iter().map(|page| PageTold::passed(page, "left out by --skip")));
    if let ([], [only]) = (gathered.apis.as_slice(), refused.as_slice()) {
        return Err(only.failure());
    }
    let plan = Plan { edits: arguments.edits, check: arguments.check, choices: &arguments.resolve };
    let mut targets = Vec::new();
    for Api { name, import } in gathered.apis {
        let out = match division {
            Division::Whole => arguments.out.clone(),
            Division::Apis => arguments.out.join(name).join("openapi.yaml"),
        };
        targets.push(Target::prepare(import, out, &plan, world)?);
    }
    target::all_chosen(&targets, &plan)?;
    if !arguments.check {
        targets.iter().try_for_each(|target| target.write(world))?;
    }
    let told = Told { targets, refused, passed, pages: found.pages.len(), check: arguments.check };
    told.lines().iter().for_each(|line| world.say(line));
    format::print(&arguments.formats, None, |kind, _| told.render(kind), world)?;
    outcome(&told)
}

fn outcome(told: &Told) -> Result<Outcome, Failure> {
    if !told.refused.is_empty() {
        let (refused, pages) = (told.refused.len(), told::counted(told.pages, "page"));
        return Err(Failure::asked(format!("{refused} of {pages} could not be read")).hint(
            "give what is missing with --set PAGE:KEY=VALUE, or leave pages out with --skip PAGE",
        ));
    }
    let changed = told.targets.iter().any(|target| target.status != Status::Unchanged);
    Ok(match () {
        () if told.targets.is_empty() => Outcome::NothingJudged,
        () if told.check && changed => Outcome::Broken,
        () => Outcome::Holds,
    })
}

fn gathered(
    found: &Found,
    arguments: &Arguments,
    division: Division,
    world: &World,
) -> Result<Gathered, Failure> {
    let options = ImportOptions {
        family: arguments.family.clone(),
        settings: settings(&arguments.set)?,
        text: if arguments.no_text { Text::Left } else { Text::Kept },
    };
    let count = found.pages.len();
    let shows = world.progress && count >= MANY;
    let progress = |done: usize| {
        if shows && done.is_multiple_of(16) {
            world.show(&format!("{done} of {count} pages"));
        }
    };
    let hands = Hands { threads: threads(), progress: &progress };
    let gathered = page::gather(&found.pages, &options, division, &hands);
    if shows {
        world.show("");
    }
    gathered.map_err(|error| failure(&error))
}

pub(super) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).min(THREADS)
}

/// Pages that could not be read, and those that are none of an operation: of a folder's pages alone, since who
/// names a page means it.
fn sorted_out(gathered: &Gathered, found: &Found) -> (Vec<PageTold>, Vec<PageTold>) {
    let (mut refused, mut passed) = (Vec::new(), Vec::new());
    for error in &gathered.refused {
        let searched = error.page().is_some_and(|page| found.searched.contains(page));
        match error.no_operation().filter(|_| searched) {
            Some(reason) => {
                passed.push(PageTold::passed(error.page().unwrap_or_default(), reason));
            }
            None => refused.push(PageTold::refused(error)),
        }
    }
    refused.extend(found.unreadable.iter().cloned());
    let copies = gathered.copies.iter();
    passed.extend(copies.map(|(page, of)| PageTold::passed(page, &format!("a copy of {of}"))));
    (refused, passed)
}

pub(super) fn settings(given: &[String]) -> Result<Vec<Setting>, Failure> {
    let settings = given.iter().map(|text| Setting::parse(text));
    settings.collect::<Result<_, _>>().map_err(|error| failure(&error))
}

pub(super) fn failure(error: &PageError) -> Failure {
    let failure = Failure::asked(error);
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// A path as it is told.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
