//! `testimony spec lint`: what documentation gets wrong by itself, in specs and on pages.

use super::super::{Failure, Outcome, World, documents, format};
use super::import::failure;
use crate::check::Severity;
use crate::cli::explain::{self, Explained};
use crate::cli::format::Format;
use crate::lint::{Flaw, Rule, lint};
use crate::page::{self, Division, Hands, ImportOptions, Page};
use crate::project;
use crate::report::{LintKind, Linted, render_lint};
use crate::spec::{Spec, SpecError};
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
    if !specs.is_empty() {
        for spec in documents::read_specs(&specs, world)? {
            linted.flaws.extend(lint(&spec));
            linted.documents.push(spec.path.clone());
            texts.push(spec.path);
        }
    }
    if !pages.is_empty() {
        linted.documents.extend(pages.iter().map(|path| path.display().to_string()));
        linted.flaws.extend(of_pages(&pages, arguments, world)?);
    }
    let all = linted.flaws.len();
    linted.flaws.retain(|flaw| !arguments.off.contains(&flaw.rule));
    linted.off = all - linted.flaws.len();
    linted.flaws.sort_by_key(|flaw| (std::cmp::Reverse(flaw.severity()), flaw.rule));
    for path in texts {
        // Read again only for its lines: a spec that is gone by now is shown without them.
        if let Ok(text) = std::fs::read_to_string(world.directory.join(&path)) {
            linted.locate(&path, &text);
        }
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

/// Specs and pages, folders searched; of a folder without specs its pages.
fn found(arguments: &Arguments, world: &World) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Failure> {
    let given: Vec<PathBuf> = arguments.files.iter().chain(&arguments.specs).cloned().collect();
    let found =
        |path: &Path| project::specs(&[path.to_owned()], &world.directory).map_err(Failure::asked);
    if given.is_empty() {
        return Ok((project::specs(&[], &world.directory).map_err(Failure::asked)?, Vec::new()));
    }
    let (mut specs, mut pages) = (Vec::new(), Vec::new());
    for path in given {
        if world.directory.join(&path).is_dir() {
            let mut inside = found(&path)?;
            // Data may lie beside pages.
            inside.retain(|path| !is_data(path, world));
            if inside.is_empty() {
                let of = project::pages(std::slice::from_ref(&path), &world.directory);
                pages.extend(of.map_err(Failure::asked)?);
            }
            specs.extend(inside);
        } else if is_spec(&path) {
            specs.extend(found(&path)?);
        } else {
            pages.push(path);
        }
    }
    Ok((specs, pages))
}

fn is_spec(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ["json", "yaml", "yml"].iter().any(|own| ending.eq_ignore_ascii_case(own))
}

/// Whether a file is JSON or YAML and no OpenAPI document at all.
fn is_data(path: &Path, world: &World) -> bool {
    let Ok(bytes) = std::fs::read(world.directory.join(path)) else { return false };
    let loaded = Spec::load(path.display().to_string(), &bytes);
    matches!(loaded, Err(SpecError::NoVersion { .. } | SpecError::NotAnObject { .. }))
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
