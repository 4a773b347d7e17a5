//! Members of a body that name something of another path: `item_id`, or `author`, where `/items/{item_id}` or
//! `/authors/{id}` is documented. What the run made there takes the place of what was made up.

use super::{item_of, singular};
use crate::exchange::pointer_token;
use crate::probe::pool;
use crate::spec::{Operation, Spec};
use serde_json::Value;

/// Deepest member that is looked at, and most links of one body.
const DEPTH: usize = 3;
const MOST: usize = 20;

/// A member that names something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::probe) struct Link {
    /// Where it stands in the body, as a JSON pointer.
    pub at: String,
    /// The template of the path of what it names.
    pub item: String,
}

/// The templates of what a spec's operations make.
pub(super) fn made(spec: &Spec) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for item in spec.operations.iter().filter_map(|maker| item_of(spec, maker)) {
        if !items.contains(&item) {
            items.push(item);
        }
    }
    items
}

/// The links of a body; `made` are the templates of what is made.
pub(super) fn links(
    spec: &Spec,
    operation: &Operation,
    made: &[String],
    body: &Value,
) -> Vec<Link> {
    let own = item_of(spec, operation);
    let items: Vec<&str> =
        made.iter().filter(|item| Some(*item) != own.as_ref()).map(String::as_str).collect();
    let mut found = Vec::new();
    if !items.is_empty() {
        walk(body, "", DEPTH, &items, &mut found);
    }
    found
}

fn walk(value: &Value, at: &str, depth: usize, items: &[&str], found: &mut Vec<Link>) {
    let Value::Object(members) = value else { return };
    for (name, member) in members {
        let at = format!("{at}/{}", pointer_token(name));
        // Of several the first one; a list of ids is taken by its first item.
        let (at, leaf) = match member {
            Value::Array(list) if list.len() == 1 => (format!("{at}/0"), &list[0]),
            member => (at, member),
        };
        match leaf {
            Value::String(_) | Value::Number(_) if found.len() < MOST => {
                let item = items.iter().find(|path| names(name, path));
                found.extend(item.map(|item| Link { at, item: (*item).to_owned() }));
            }
            Value::Object(_) if depth > 0 => walk(leaf, &at, depth - 1, items, found),
            _ => {}
        }
    }
}

/// Whether a member is called as what a path is of: by its variable, or by the word before that.
fn names(member: &str, path: &str) -> bool {
    let plain = |text: &str| {
        let letters = text.chars().filter(char::is_ascii_alphanumeric);
        letters.collect::<String>().to_ascii_lowercase()
    };
    let Some(variable) = pool::variables(path).last() else { return false };
    let mut segments = path.trim_end_matches('/').rsplit('/');
    let word = plain(segments.nth(1).unwrap_or_default());
    let (member, variable) = (plain(member), plain(variable));
    let rest = ["ids", "id", "uuid"].iter().find_map(|ending| member.strip_suffix(ending));
    let bare = rest.filter(|rest| !rest.is_empty()).unwrap_or(&member);
    let is_own = !word.is_empty() && singular(bare) == singular(&word);
    is_own || (member == variable && !["id", "uuid", "name", "key"].contains(&variable.as_str()))
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn members_are_called_like_paths() {
        for (member, path, expected) in [
            ("item_id", "/items/{id}", true),
            ("itemIds", "/items/{id}", true),
            ("author", "/api/authors/{id}/", true),
            ("categoryId", "/categories/{id}", true),
            ("crate", "/boxes/{crate}", true),
            ("id", "/items/{id}", false),
            ("name", "/items/{name}", false),
            ("title", "/items/{id}", false),
        ] {
            assert_eq!(names(member, path), expected, "{member} {path}");
        }
    }
}
