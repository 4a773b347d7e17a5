//! Which of the things a list asks for: filters by their fields, and how many from where on.

use super::names::{is_id_of, words};
use super::world::{Thing, text};
use serde_json::Value;

/// What a list's query says.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Page {
    /// Fields by name, with the values that are taken.
    filters: Vec<(String, Vec<String>)>,
    ids: Vec<String>,
    limit: Option<usize>,
    skip: usize,
    after: Option<String>,
}

impl Page {
    /// Reads the documented parameters that came.
    pub fn of(parameters: impl Iterator<Item = (String, Value)>, noun: &str) -> Self {
        let mut page = Self::default();
        let mut number = None;
        for (name, value) in parameters {
            let count = || text(&value).parse::<usize>().ok();
            match words(&name).concat().as_str() {
                "limit" | "pagesize" | "perpage" | "maxresults" | "maxitems" | "size" | "first" => {
                    page.limit = count();
                }
                "offset" | "skip" | "startindex" => page.skip = count().unwrap_or(0),
                "page" | "pagenumber" | "pageno" => number = count(),
                "marker" | "after" | "startingafter" | "lastid" => page.after = Some(text(&value)),
                _ => {
                    let values = match &value {
                        Value::Array(items) => items.iter().map(text).collect(),
                        Value::Object(_) => continue,
                        other => vec![text(other)],
                    };
                    if is_id_of(&name, noun) {
                        page.ids.extend(values);
                    } else {
                        page.filters.push((name, values));
                    }
                }
            }
        }
        if let (Some(number), Some(limit)) = (number, page.limit) {
            page.skip = number.saturating_sub(1).saturating_mul(limit);
        }
        page
    }

    /// Whether a thing is asked for. A filter by what the thing has no such field of takes all.
    pub fn takes(&self, thing: &Thing) -> bool {
        let fits = |(name, values): &(String, Vec<String>)| match thing.known.get(name) {
            Some(Value::Array(items)) => items.iter().any(|item| values.contains(&text(item))),
            Some(Value::Object(_)) | None => true,
            Some(value) => values.contains(&text(value)),
        };
        (self.ids.is_empty() || self.ids.contains(&thing.id)) && self.filters.iter().all(fits)
    }

    /// The page of those that are taken.
    pub fn cut<'t>(&self, things: impl Iterator<Item = &'t mut Thing>) -> Vec<&'t mut Thing> {
        let mut things: Vec<&mut Thing> = things.collect();
        if let Some(after) = &self.after
            && let Some(at) = things.iter().position(|thing| thing.id == *after)
        {
            things.drain(..=at);
        }
        things.into_iter().skip(self.skip).take(self.limit.unwrap_or(usize::MAX)).collect()
    }
}
