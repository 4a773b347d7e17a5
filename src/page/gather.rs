//! Many pages at once: read by several threads, sorted into the APIs that they belong to, each API one
//! document. A page that cannot be read spoils no other. Neither the order of the pages nor the number of
//! threads shows in the result.

use super::families::{self, Family};
use super::import::{Joined, one_family};
use super::options::ImportOptions;
use super::reading::{self, Reading};
use super::{Import, Page, PageError};
use crate::exchange::Digest;
use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How work is done.
pub struct Hands<'a> {
    /// Threads that read pages, from 1.
    pub threads: usize,
    /// Told how many pages are read, from any of the threads.
    pub progress: &'a (dyn Fn(usize) + Sync),
}

impl Hands<'_> {
    /// One thread, and nobody watches.
    pub(super) const fn alone() -> Self {
        Hands { threads: 1, progress: &|_| {} }
    }
}

/// How many documents pages become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Division {
    /// One: pages of several families are refused.
    Whole,
    /// One for each API: a folder's pages of one family, and of one product where operations are selected by name.
    Apis,
}

/// An API that pages describe.
#[derive(Debug, Clone)]
pub struct Api {
    /// Where its document goes below a folder: the pages' own folder, and what tells it from others there.
    pub name: String,
    /// What its pages were read into.
    pub import: Import,
}

/// What many pages were read into.
#[derive(Debug, Clone)]
pub struct Gathered {
    /// The APIs, sorted by name.
    pub apis: Vec<Api>,
    /// Why pages could not be read, in the order of their names.
    pub refused: Vec<PageError>,
    /// Pages that are byte for byte another one, and which.
    pub copies: Vec<(String, String)>,
}

/// Reads pages into documents. An error is what concerns all of them: a family that does not exist, a setting
/// for no page, several families in one document.
pub fn gather(
    pages: &[Page],
    options: &ImportOptions,
    division: Division,
    hands: &Hands<'_>,
) -> Result<Gathered, PageError> {
    let names: Vec<&str> = pages.iter().map(|page| page.name.as_str()).collect();
    options.check(&names)?;
    let mut sorted: Vec<&Page> = pages.iter().collect();
    sort(&mut sorted);
    let (pages, copies) = without_copies(sorted);
    let decoded = each(pages.len(), &Hands { progress: &|_| {}, ..*hands }, |at| {
        reading::decode(pages[at]).map(|text| (text, families::recognise(text)))
    });
    let shown: Vec<_> = pages
        .iter()
        .zip(&decoded)
        .map(|(page, text)| {
            (page.name.as_str(), text.as_ref().ok().and_then(|(_, family)| *family))
        })
        .collect();
    let family_of = assigned(&shown, options, division)?;
    let readings = each(pages.len(), hands, |at| {
        let (text, _) = decoded[at].clone()?;
        reading::read(pages[at], text, family_of[at], options)
    });
    let mut refused = Vec::new();
    let mut joined: BTreeMap<Place, Joined> = BTreeMap::new();
    for (at, reading) in readings.into_iter().enumerate() {
        let (page, family) = (pages[at], family_of[at]);
        let added = reading.and_then(|reading| {
            let place = place(page, family, &reading, division);
            joined.entry(place).or_insert_with(|| Joined::new(family)).add(page, reading)
        });
        refused.extend(added.err());
    }
    joined.retain(|_, api| !api.is_empty());
    let several = several(joined.keys());
    let api = |(place, joined): (Place, Joined)| {
        let crowded = several.get(&place.folder).is_some_and(|count| *count > 1);
        Api { name: place.name(crowded), import: joined.write(options) }
    };
    Ok(Gathered { apis: joined.into_iter().map(api).collect(), refused, copies })
}

/// By name; pages of one name by their bytes, so that the order given never decides.
pub(super) fn sort(pages: &mut [&Page]) {
    pages.sort_by(|one, other| (&one.name, &one.bytes).cmp(&(&other.name, &other.bytes)));
}

/// Does `work` for each number below `count` on several threads; the results stand in their order.
pub(super) fn each<T: Send>(
    count: usize,
    hands: &Hands<'_>,
    work: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let threads = hands.threads.clamp(1, count.max(1));
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let results: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(count));
    let run = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                break;
            }
            let result = work(at);
            results.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((at, result));
            (hands.progress)(done.fetch_add(1, Ordering::Relaxed) + 1);
        }
    };
    if threads == 1 {
        run();
    } else {
        std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(run))));
    }
    let mut results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Pages without those that are another one in the same folder, and these with the name of that.
fn without_copies(pages: Vec<&Page>) -> (Vec<&Page>, Vec<(String, String)>) {
    let mut known: HashMap<(&str, Digest), &str> = HashMap::new();
    let mut copies = Vec::new();
    let mut kept = Vec::with_capacity(pages.len());
    for page in pages {
        match known.entry((folder(&page.name), Digest::of(&page.bytes))) {
            std::collections::hash_map::Entry::Occupied(first) => {
                copies.push((page.name.clone(), (*first.get()).to_owned()));
            }
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(&page.name);
                kept.push(page);
            }
        }
    }
    (kept, copies)
}

fn folder(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The family of each page: its own, or else the one that all others in reach share.
fn assigned(
    shown: &[(&str, Option<&'static Family>)],
    options: &ImportOptions,
    division: Division,
) -> Result<Vec<Option<&'static Family>>, PageError> {
    if division == Division::Whole || options.family.is_some() {
        let family = one_family(shown, options)?;
        return Ok(vec![family; shown.len()]);
    }
    let mut folders: BTreeMap<&str, Vec<(&str, Option<&'static Family>)>> = BTreeMap::new();
    for (name, family) in shown {
        folders.entry(folder(name)).or_default().push((name, *family));
    }
    let common: HashMap<&str, Option<&'static Family>> = folders
        .into_iter()
        .map(|(folder, pages)| (folder, one_family(&pages, options).unwrap_or_default()))
        .collect();
    let of = |(name, own): &(&str, Option<&'static Family>)| {
        own.or_else(|| common.get(folder(name)).copied().flatten())
    };
    Ok(shown.iter().map(of).collect())
}

/// Which API a page belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    folder: String,
    family: &'static str,
    /// Product or version, where operations are selected by name.
    product: String,
}

impl Place {
    /// Its name, by what tells it apart where there are several in its folder.
    fn name(&self, crowded: bool) -> String {
        let words = [self.family, self.product.as_str()];
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let own = if words.is_empty() { "api".to_owned() } else { words.join("-") };
        match (self.folder.as_str(), crowded) {
            ("", _) => own,
            (folder, false) => folder.to_owned(),
            (folder, true) => format!("{folder}/{own}"),
        }
    }
}

fn place(
    page: &Page,
    family: Option<&'static Family>,
    reading: &Reading,
    division: Division,
) -> Place {
    if division == Division::Whole {
        return Place { folder: String::new(), family: "", product: String::new() };
    }
    let selected = reading.entries.first().and_then(|entry| entry.selected.as_ref());
    let product = selected.map(|selected| selected.product.unwrap_or(selected.version.0.as_str()));
    Place {
        folder: folder(&page.name).to_owned(),
        family: family.map_or("", |family| family.name),
        product: product.unwrap_or_default().to_owned(),
    }
}

/// How many APIs each folder has.
fn several<'a>(places: impl Iterator<Item = &'a Place>) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for place in places {
        *counts.entry(place.folder.clone()).or_default() += 1;
    }
    counts
}
