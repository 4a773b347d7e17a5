//! One page to the operations that it describes, as far as other pages do not matter.

use super::assemble::{Given, assemble};
use super::document::{Entry, Selected};
use super::families::Family;
use super::model::{Line, Operation, Origin};
use super::options::{ImportOptions, SettingKey};
use super::{Contradiction, Loss, Page, PageError, markup, outline, prose};

/// Largest page that is read, in bytes.
const BYTES_LIMIT: usize = 2 << 20;
/// Most lines of a page that are read.
const LINES_LIMIT: usize = 50_000;

/// Methods of OpenAPI's path items.
const METHODS: &[&str] = &["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"];

/// What one page was read into.
pub(super) struct Reading {
    /// One operation for each URI.
    pub(super) entries: Vec<Entry>,
    pub(super) losses: Vec<Loss>,
    pub(super) contradictions: Vec<Contradiction>,
}

/// Reads a page.
pub(super) fn read(
    page: &Page,
    text: &str,
    family: Option<&'static Family>,
    options: &ImportOptions,
) -> Result<Reading, PageError> {
    let (mut own, losses) = entry(page, text, family, options, None)?;
    let others = std::mem::take(&mut own.operation.others);
    let contradictions = prose::settle(&mut own.operation);
    let mut entries = vec![own];
    // What a page gives several URIs is an operation under each.
    for other in others {
        let (mut own, _) = entry(page, text, family, options, Some(other))?;
        prose::settle(&mut own.operation);
        entries.push(own);
    }
    Ok(Reading { entries, losses, contradictions })
}

/// The page's text, where it is one that is read.
pub(super) fn decode(page: &Page) -> Result<&str, PageError> {
    let name = || page.name.clone();
    let bytes = page.bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&page.bytes);
    if bytes.len() > BYTES_LIMIT {
        return Err(PageError::TooLarge { page: name(), bytes: bytes.len(), limit: BYTES_LIMIT });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = &bytes[..error.valid_up_to()];
        PageError::NotText { page: name(), line: good.split(|byte| *byte == b'\n').count() }
    })?;
    let lines = text.lines().count();
    if lines > LINES_LIMIT {
        return Err(PageError::TooLong { page: name(), lines, limit: LINES_LIMIT });
    }
    Ok(text)
}

/// The page's blocks, whichever form it is in.
fn outlined(text: &str) -> outline::Outline {
    match markup::recognise(text) {
        Some(form) => outline::gather(markup::read(form, text)),
        None => outline::read(lines(text)),
    }
}

fn lines(text: &str) -> Vec<Line> {
    let cleaned = |line: &str| {
        let plain =
            line.replace(['\u{a0}', '\u{3000}', '\t'], " ").replace(['\u{200b}', '\u{feff}'], "");
        plain.trim().trim_end_matches('¶').trim_end().to_owned()
    };
    (1..).zip(text.lines()).map(|(number, line)| Line { number, text: cleaned(line) }).collect()
}

fn entry(
    page: &Page,
    text: &str,
    family: Option<&'static Family>,
    options: &ImportOptions,
    other: Option<(String, String, u32)>,
) -> Result<(Entry, Vec<Loss>), PageError> {
    let flag = |key| {
        let setting = options.setting(key, &page.name)?;
        Some((setting.value.clone(), Origin::Flag(setting.flag())))
    };
    let selector = family.and_then(|family| family.selector.as_ref());
    let known = |text: &str| Some((text.to_owned(), Origin::Family));
    let further = other.is_some();
    let (method, path) = match other {
        Some((method, path, line)) => {
            (Some((method, Origin::Stated(line))), Some((path, Origin::Stated(line))))
        }
        None => (None, None),
    };
    let given = Given {
        page: &page.name,
        family,
        method: method.or_else(|| flag(SettingKey::Method)).or_else(|| known(selector?.method)),
        path: path.or_else(|| flag(SettingKey::Path)).or_else(|| known(selector?.path)),
    };
    let (operation, losses) = assemble(outlined(text), &given)?;
    check_method(&operation)?;
    check_path(&operation)?;
    let id = flag(SettingKey::OperationId).filter(|_| !further);
    let selected = match family {
        Some(family) if family.selector.is_some() => {
            Some(select(&operation, family, text, id.clone(), flag(SettingKey::Version))?)
        }
        _ => None,
    };
    let named = selected.as_ref().map(|selected| selected.name.clone());
    let id = id.or(named).unwrap_or_else(|| derived_id(&operation));
    Ok((Entry { operation, id, selected }, losses))
}

/// The operation's name on the wire and the API's version, for families where no path tells.
fn select(
    operation: &Operation,
    family: &Family,
    text: &str,
    id: Option<(String, Origin)>,
    version: Option<(String, Origin)>,
) -> Result<Selected, PageError> {
    let page = || operation.page.clone();
    let title = operation.title.as_ref();
    let titled = title.and_then(|line| Some((family.name_in_title(&line.text)?, line.number)));
    let named = titled.map(|((_, name), line)| (name.to_owned(), Origin::Stated(line)));
    let bare = || {
        let line = title?;
        Some((family.name_as_title(&line.text)?.to_owned(), Origin::Stated(line.number)))
    };
    let listed = || {
        let (name, line) = family.name_in_parameters(&operation.parameters)?;
        Some((name, Origin::Stated(line)))
    };
    let named = named.or_else(bare).or_else(listed);
    let name = named.or(id).ok_or_else(|| PageError::NoOperationName { page: page() })?;
    let service = titled.map_or("", |((service, _), _)| service);
    let product = family.product(service, &name.0, text);
    let known = product.map(|product| (product.version.to_owned(), Origin::Family));
    let linked = Family::version_in_link(text)
        .or_else(|| family.version_in_parameters(&operation.parameters));
    let version = version
        .or(linked.map(|(version, line)| (version, Origin::Stated(line))))
        .or(known)
        .ok_or_else(|| PageError::NoVersion { page: page(), service: service.to_owned() })?;
    let product = product.map(|product| product.code);
    Ok(Selected { name, version, product })
}

fn check_method(operation: &Operation) -> Result<(), PageError> {
    let (page, method) = (operation.page.clone(), operation.method.0.clone());
    if METHODS.contains(&method.as_str()) {
        Ok(())
    } else {
        Err(PageError::BadMethod { page, method })
    }
}

fn check_path(operation: &Operation) -> Result<(), PageError> {
    let path = &operation.path.0;
    let mut open = false;
    let braces = path.chars().all(|c| match c {
        '{' => !std::mem::replace(&mut open, true),
        '}' => std::mem::replace(&mut open, false),
        c => !c.is_whitespace() && !c.is_control(),
    });
    if path.starts_with('/') && braces && !open {
        Ok(())
    } else {
        Err(PageError::BadPath { page: operation.page.clone(), path: path.clone() })
    }
}

/// A stable id of method and path: `POST /v1/{project_id}/depots` is `postV1ProjectIdDepots`.
fn derived_id(operation: &Operation) -> (String, Origin) {
    let mut id = operation.method.0.to_lowercase();
    for word in operation.path.0.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut characters = word.chars();
        id.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        id.extend(characters);
    }
    let origin = match operation.path.1 {
        Origin::Stated(line) => Origin::Derived(line),
        ref other => other.clone(),
    };
    (id, origin)
}
