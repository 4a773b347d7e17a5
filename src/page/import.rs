//! Pages to one document: each is read by itself, then they are joined in the order of their names.

use super::document::Entry;
use super::families::{self, Family};
use super::gather::{self, Hands};
use super::options::{ImportOptions, SettingKey};
use super::reading::{self, Reading};
use super::{PageError, document};
use crate::exchange::Digest;
use crate::page::model::Origin;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// A documentation page as it was saved.
#[derive(Debug, Clone)]
pub struct Page {
    /// Name of its file, below the folder that was given if one was: what sources and messages quote.
    pub name: String,
    /// The file's bytes.
    pub bytes: Vec<u8>,
}

/// Something on a page that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Name of the page.
    pub page: String,
    /// Line on it, from 1.
    pub line: u32,
    /// What is lost.
    pub reason: String,
}

/// Two places of a page that do not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// Name of the page.
    pub page: String,
    /// What kind of disagreement it is, one word joined by underscores.
    pub kind: &'static str,
    /// The lines that disagree, from 1.
    pub lines: Vec<u32>,
    /// What they say, and what became of it.
    pub what: String,
}

/// An object of one name that pages describe differently. Each description is kept, under a name of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// The name on the pages.
    pub name: String,
    /// Page, line and component of each description, in the order of the pages.
    pub places: Vec<(String, u32, String)>,
}

impl Clash {
    /// What the pages say, and what became of it.
    pub fn what(&self) -> String {
        let kept: Vec<String> = self
            .places
            .iter()
            .map(|(page, _, component)| format!("`{component}` ({page})"))
            .collect();
        let name = &self.name;
        format!("`{name}` is not the same object on these pages; each is kept: {}", kept.join(", "))
    }
}

/// What pages were read into.
#[derive(Debug, Clone)]
pub struct Import {
    /// The OpenAPI 3.1 document.
    pub document: Value,
    /// Names of the pages that it was read from, sorted.
    pub pages: Vec<String>,
    /// Page and id of each operation, in the order of the document.
    pub operations: Vec<(String, String)>,
    /// What could not be read.
    pub losses: Vec<Loss>,
    /// What the pages say twice and differently.
    pub contradictions: Vec<Contradiction>,
    /// What one page says otherwise than another.
    pub clashes: Vec<Clash>,
}

/// Reads pages, one operation each, into one document; one that cannot be read fails the whole.
/// The order of the pages does not matter.
pub fn import(pages: &[Page], options: &ImportOptions) -> Result<Import, PageError> {
    if pages.is_empty() {
        return Err(PageError::NoPages);
    }
    let mut pages: Vec<&Page> = pages.iter().collect();
    gather::sort(&mut pages);
    let names: Vec<&str> = pages.iter().map(|page| page.name.as_str()).collect();
    options.check(&names)?;
    let texts = pages.iter().map(|page| reading::decode(page)).collect::<Result<Vec<_>, _>>()?;
    let recognised = texts.iter().map(|text| families::recognise(text));
    let own: Vec<_> = names.iter().copied().zip(recognised).collect();
    let family = one_family(&own, options)?;
    let work = |at: usize| reading::read(pages[at], texts[at], family, options);
    let readings = gather::each(pages.len(), &Hands::alone(), work);
    let mut joined = Joined::new(family);
    for (page, reading) in pages.iter().zip(readings) {
        joined.add(page, reading?)?;
    }
    Ok(joined.write(options))
}

/// The one family of all pages, by the names of the pages and the family that each shows.
pub(super) fn one_family(
    pages: &[(&str, Option<&'static Family>)],
    options: &ImportOptions,
) -> Result<Option<&'static Family>, PageError> {
    if let Some(name) = &options.family {
        return families::named(name).map(Some).ok_or_else(|| PageError::UnknownFamily {
            name: name.clone(),
            known: families::names().join(", "),
        });
    }
    let mut found: Option<&'static Family> = None;
    for (page, own) in pages {
        let Some(own) = *own else { continue };
        match found {
            Some(other) if other.name != own.name => {
                return Err(PageError::SeveralFamilies {
                    page: (*page).to_owned(),
                    family: own.name,
                    other: other.name,
                });
            }
            _ => found = Some(own),
        }
    }
    Ok(found)
}

/// What makes two operations one: method, path, and the name on the wire.
type Key = (String, String, Option<String>);

/// Pages of one API as they are joined.
pub(super) struct Joined {
    family: Option<&'static Family>,
    entries: Vec<Entry>,
    /// The page of each operation.
    known: HashMap<Key, String>,
    /// The page of each id that a page or the operator gives.
    ids: HashMap<String, String>,
    pages: Vec<(String, String)>,
    losses: Vec<Loss>,
    contradictions: Vec<Contradiction>,
}

impl Joined {
    pub(super) fn new(family: Option<&'static Family>) -> Self {
        Self {
            family,
            entries: Vec::new(),
            known: HashMap::new(),
            ids: HashMap::new(),
            pages: Vec::new(),
            losses: Vec::new(),
            contradictions: Vec::new(),
        }
    }

    /// Adds what a page was read into; a page whose operation another describes is refused whole.
    pub(super) fn add(&mut self, page: &Page, reading: Reading) -> Result<(), PageError> {
        let mut entries = reading.entries.into_iter();
        if let Some(first) = entries.next() {
            self.refuse_twice(&first)?;
            self.keep(first);
        }
        for further in entries {
            if self.refuse_twice(&further).is_ok() {
                self.keep(further);
            }
        }
        self.losses.extend(reading.losses);
        self.contradictions.extend(reading.contradictions);
        self.pages.push((page.name.clone(), Digest::of(&page.bytes).hex()));
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn keep(&mut self, entry: Entry) {
        let page = &entry.operation.page;
        self.known.insert(key(&entry), page.clone());
        self.ids.entry(entry.id.0.clone()).or_insert_with(|| page.clone());
        self.entries.push(entry);
    }

    fn refuse_twice(&self, entry: &Entry) -> Result<(), PageError> {
        let own = key(entry);
        let given = matches!(entry.id.1, Origin::Flag(_));
        let other = self.known.get(&own).or_else(|| self.ids.get(&entry.id.0).filter(|_| given));
        other.map_or(Ok(()), |other| {
            let (method, path, name) = own;
            Err(PageError::Twice {
                page: entry.operation.page.clone(),
                operation: name.unwrap_or_else(|| format!("{method} {path}")),
                other: other.clone(),
            })
        })
    }

    /// The document.
    pub(super) fn write(mut self, options: &ImportOptions) -> Import {
        number_ids(&mut self.entries);
        let setting = |key| {
            let mut settings = options.settings.iter();
            let setting = settings.rfind(|own| own.key == key && own.page.is_none())?;
            Some((setting.value.clone(), setting.flag()))
        };
        let whole = document::Whole {
            entries: &self.entries,
            family: self.family,
            pages: &self.pages,
            title: setting(SettingKey::Title),
            version: setting(SettingKey::Version),
            losses: &self.losses,
            contradictions: &self.contradictions,
            text: options.text,
        };
        let (document, clashes) = document::write(&whole);
        let operation = |entry: Entry| (entry.operation.page, entry.id.0);
        Import {
            document,
            pages: self.pages.into_iter().map(|(page, _)| page).collect(),
            operations: self.entries.into_iter().map(operation).collect(),
            losses: self.losses,
            contradictions: self.contradictions,
            clashes,
        }
    }
}

fn key(entry: &Entry) -> Key {
    let name = entry.selected.as_ref().map(|selected| selected.name.0.clone());
    (entry.operation.method.0.clone(), entry.operation.path.0.clone(), name)
}

/// Tells derived ids apart that came out equal.
fn number_ids(entries: &mut [Entry]) {
    let mut taken: HashSet<String> = HashSet::new();
    for entry in entries {
        let own = &mut entry.id.0;
        let stem = own.clone();
        let mut number = 2_usize;
        while !taken.insert(own.clone()) {
            *own = format!("{stem}{number}");
            number += 1;
        }
    }
}
