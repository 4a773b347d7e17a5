//! `testimony spec lint`: what documentation gets wrong by itself, in specs and on pages.

use super::super::{Failure, Outcome, World, format};
use super::import::failure;
use crate::check::Severity;
use crate::cli::explain::{self, Explained};
use crate::cli::format::Format;
use crate::lint::{Flaw, Rule, lint};
use crate::page::{self, Division, Hands, ImportOptions, Page};
use crate::project;
use crate::report::{LintKind, Linted, render_lint};
use crate::spec::{Spec, SpecError};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Tell what specs or pages get wrong by themselves: examples against schemas, contradictions, gaps
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Specs (.json, .yaml, .yml), documentation pages (anything else), or folders of them
    /// [default: specs/]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The same as FILE
    #[arg(long = "spec", value_name = "PATH")]
    specs: Vec<PathBuf>,
    /// Form of the result, to stdout or into a file, any number: `terminal`, `json`, `sarif`
    /// [default: terminal]
    #[arg(long = "format", value_name = "KIND[=FILE]", value_parser = form_of)]
    formats: Vec<Format<LintKind>>,
    /// Least severity that fails: `error`, `warning` or `info`
    #[arg(long, value_name = "LEVEL", default_value = "error", value_parser = level_of)]
    fail_on: Severity,
    /// A rule that is not asked for
    #[arg(long, value_name = "RULE", value_parser = rule_of)]
    off: Vec<Rule>,
    /// The family of APIs, for pages that do not show it
    #[arg(long, value_name = "NAME")]
    family: Option<String>,
    /// A fact that pages do not state, as `spec import` takes it
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Explain a rule, or list them all
    #[arg(long, value_name = "RULE", num_args = 0..=1, default_missing_value = "")]
    explain: Option<String>,
}

fn form_of(text: &str) -> Result<Format<LintKind>, String> {
    Format::parse(text, &LintKind::ALL, LintKind::as_str)
}

fn level_of(word: &str) -> Result<Severity, String> {
    Severity::parse(word).ok_or_else(|| format!("`{word}` is none of error, warning, info"))
}

fn rule_of(id: &str) -> Result<Rule, String> {
    Rule::parse(id).ok_or_else(|| {
        let ids: Vec<&str> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        format!("`{id}` is not a rule; the rules are {}", ids.join(", "))
    })
}

pub(super) fn run(arguments: &Arguments, world: &World) -> Result<Outcome, Failure> {
    if let Some(id) = &arguments.explain {
        return explained(id, world);
    }
    format::one_on_stdout(&arguments.formats)?;
    format::folders_exist(&arguments.formats, world)?;
    let (specs, pages) = found(arguments, world)?;
    let mut linted = Linted::default();
    let mut texts = Vec::new();
    for Read { spec, text } in specs {
        linted.flaws.extend(lint(&spec));
        linted.documents.push(spec.path.clone());
        texts.push((spec.path, text));
    }
    if !pages.is_empty() {
        linted.documents.extend(pages.iter().map(|path| path.display().to_string()));
        linted.flaws.extend(of_pages(&pages, arguments, world)?);
    }
    let all = linted.flaws.len();
    linted.flaws.retain(|flaw| !arguments.off.contains(&flaw.rule));
    linted.off = all - linted.flaws.len();
    linted.flaws.sort_by_key(|flaw| (std::cmp::Reverse(flaw.severity()), flaw.rule));
    for (path, text) in &texts {
        linted.locate(path, text);
    }
    let render = |kind, paint| render_lint(kind, &linted, paint);
    format::print(&arguments.formats, Some(LintKind::Terminal), render, world)?;
    if linted.documents.is_empty() {
        world.say("note: nothing to look at: name a spec or page, or put specs below specs/");
        return Ok(Outcome::NothingJudged);
    }
    let fails = linted.reaches(arguments.fail_on);
    Ok(if fails { Outcome::Broken } else { Outcome::Holds })
}

/// A spec, and its text for the lines of its places.
struct Read {
    spec: Spec,
    text: String,
}

/// Specs and pages, folders searched; of a folder without specs its pages.
fn found(arguments: &Arguments, world: &World) -> Result<(Vec<Read>, Vec<PathBuf>), Failure> {
    let given: Vec<PathBuf> = arguments.files.iter().chain(&arguments.specs).cloned().collect();
    let inside = |given: &[PathBuf]| -> Result<Vec<Read>, Failure> {
        let found = project::specs(given, &world.directory).map_err(Failure::asked)?;
        let read = found.iter().map(|path| {
            let own = read(path, world)?;
            // Where specs are looked for by themselves, all that is there must be one.
            let own = if given.is_empty() { own.map(Some) } else { unless_data(own) };
            own.map_err(Failure::asked)
        });
        Ok(read.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    };
    let (mut specs, mut pages) = (Vec::new(), Vec::new());
    if given.is_empty() {
        return Ok((inside(&[])?, pages));
    }
    for path in given {
        if world.directory.join(&path).is_dir() {
            let found = inside(std::slice::from_ref(&path))?;
            if found.is_empty() {
                let of = project::pages(std::slice::from_ref(&path), &world.directory);
                pages.extend(of.map_err(Failure::asked)?);
            }
            specs.extend(found);
        } else if is_spec(&path) {
            specs.push(read(&path, world)?.map_err(Failure::asked)?);
        } else {
            pages.push(path);
        }
    }
    // A file may be named and lie in a folder that is.
    let mut known = HashSet::new();
    specs.retain(|read: &Read| known.insert(read.spec.path.clone()));
    Ok((specs, pages))
}

fn read(path: &Path, world: &World) -> Result<Result<Read, SpecError>, Failure> {
    let bytes = std::fs::read(world.directory.join(path))
        .map_err(|error| Failure::asked(format!("{}: {error}", path.display())))?;
    let files = project::beside(path, &world.directory);
    let spec = Spec::load_with(path.display().to_string(), &bytes, &files);
    Ok(spec.map(|spec| Read { spec, text: String::from_utf8_lossy(&bytes).into_owned() }))
}

/// What lies in a folder may be JSON or YAML and no spec at all: data beside pages, parts of other specs.
fn unless_data(read: Result<Read, SpecError>) -> Result<Option<Read>, SpecError> {
    match read {
        Err(SpecError::NoVersion { .. } | SpecError::NotAnObject { .. }) => Ok(None),
        other => other.map(Some),
    }
}

fn is_spec(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ["json", "yaml", "yml"].iter().any(|own| ending.eq_ignore_ascii_case(own))
}

/// What pages get wrong: they are imported, and what the import makes of them is looked at.
fn of_pages(paths: &[PathBuf], arguments: &Arguments, world: &World) -> Result<Vec<Flaw>, Failure> {
    let mut pages = Vec::with_capacity(paths.len());
    for path in paths {
        // Named by its path, so that two folders may hold pages of one name.
        pages.push(Page { name: path.display().to_string(), ..super::import::page(path, world)? });
    }
    let options = ImportOptions {
        family: arguments.family.clone(),
        settings: super::import::settings(&arguments.set)?,
        ..ImportOptions::default()
    };
    let hands = Hands { threads: super::import::threads(), progress: &|_| {} };
    let gathered =
        page::gather(&pages, &options, Division::Apis, &hands).map_err(|error| failure(&error))?;
    for error in &gathered.refused {
        match error.no_operation().filter(|_| pages.len() > 1) {
            Some(reason) => {
                let page = error.page().unwrap_or_default();
                world.say(format_args!("note: {page}: passed over: {reason}"));
            }
            None => return Err(failure(error)),
        }
    }
    let mut flaws = Vec::new();
    for api in gathered.apis {
        let text = api.import.document.to_string();
        let spec = Spec::load("page", text.as_bytes()).map_err(Failure::asked)?;
        for mut flaw in lint(&spec) {
            flaw.spec.clear();
            flaws.push(flaw);
        }
    }
    Ok(flaws)
}

/// Prints what a rule is; every rule for the empty id.
fn explained(id: &str, world: &World) -> Result<Outcome, Failure> {
    let rules = Rule::ALL.map(|rule| Explained {
        id: rule.id(),
        severity: rule.severity().as_str(),
        summary: rule.summary(),
        explanation: rule.explanation(),
    });
    explain::run(id, &rules, world)
}
