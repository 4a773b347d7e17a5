//! What was changed by hand in an imported document, told by its seal.

use super::parts::{SEAL, digests};
use crate::overlay::difference;
use serde_json::Value;
use std::collections::BTreeMap;

/// What stands where an import is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// What an import made, with the parts that were changed by hand since.
    Imported(Vec<String>),
    /// An import without a seal: made before there were any, or the seal was taken out.
    Unsealed,
    /// A document that no import made.
    Foreign,
}

impl Standing {
    /// What a document is.
    pub fn read(document: &Value) -> Self {
        match seal_of(document) {
            Some(seal) => Self::Imported(changed(&seal, &digests(document))),
            None if document.pointer("/info/x-pages").is_some() => Self::Unsealed,
            None => Self::Foreign,
        }
    }
}

/// Changes by hand as actions of an overlay.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Corrections {
    /// The actions.
    pub actions: Vec<Value>,
    /// Parts whose pages changed, too: the actions keep what stands in the edited document, all of it.
    pub mixed: Vec<String>,
}

/// What turns a fresh import (sealed) into what was edited by hand, for the parts that were. Where a thing was read
/// is not part of that: lines are the fresh import's.
pub fn corrections(edited: &Value, fresh: &Value) -> Corrections {
    let Some(fresh_seal) = seal_of(fresh) else { return Corrections::default() };
    // Without a seal of its own every difference may have been made by hand.
    let seal = seal_of(edited);
    let now = digests(edited);
    let parts = match &seal {
        Some(seal) => changed(seal, &now),
        None => changed(&fresh_seal, &now),
    };
    let mut corrections = Corrections::default();
    for part in parts {
        if fresh_seal.get(&part) == now.get(&part) {
            continue;
        }
        let was = seal.as_ref().map_or(fresh_seal.get(&part), |seal| seal.get(&part));
        let actions = difference(fresh, edited, &part, &|key| key == "x-source");
        if fresh_seal.get(&part) != was && !actions.is_empty() {
            corrections.mixed.push(part);
        }
        corrections.actions.extend(actions);
    }
    corrections
}

fn seal_of(document: &Value) -> Option<BTreeMap<String, String>> {
    let seal = document.get("info")?.get(SEAL)?.as_object()?;
    let entry =
        |(part, digest): (&String, &Value)| Some((part.clone(), digest.as_str()?.to_owned()));
    seal.iter().map(entry).collect()
}

/// The parts of which there is another digest now, one more or one less.
fn changed(was: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<String> {
    let gone = was.keys().filter(|part| !now.contains_key(*part));
    let other = now.iter().filter(|(part, own)| was.get(*part) != Some(own));
    let mut changed: Vec<String> = gone.chain(other.map(|(part, _)| part)).cloned().collect();
    changed.sort_unstable();
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::Overlay;
    use crate::revision::{seal, unsealed};
    use serde_json::json;

    fn made(limit: u32, line: u32) -> Value {
        let mut document = json!({
            "openapi": "3.1.1",
            "info": {"title": "t", "version": "1", "x-pages": [{"page": "a.md", "sha256": line.to_string()}]},
            "paths": {
                "/a": {"get": {"limit": limit, "x-source": {"line": line}}},
                "/b": {"get": {"limit": 5}},
            },
            "components": {"schemas": {"Label": {"type": "object"}}},
        });
        seal(&mut document);
        document
    }

    #[test]
    fn a_change_by_hand_is_seen_and_no_other() {
        let mut document = made(1, 1);
        assert_eq!(Standing::read(&document), Standing::Imported(Vec::new()));
        // The order of keys is nobody's change.
        let label = json!({"x": 1, "type": "object"});
        document["components"]["schemas"]["Label"] = label;
        document["paths"]["/b"]["post"] = json!({});
        drop(document["paths"]["/a"].as_object_mut().unwrap().shift_remove("get"));
        assert_eq!(
            Standing::read(&document),
            Standing::Imported(
                ["/components/schemas/Label", "/paths/~1a/get", "/paths/~1b/post"]
                    .map(str::to_owned)
                    .to_vec()
            )
        );
        assert_eq!(Standing::read(&unsealed(&document)), Standing::Unsealed);
        assert_eq!(Standing::read(&json!({"openapi": "3.1.0", "info": {}})), Standing::Foreign);
    }

    #[test]
    fn corrections_outlive_the_next_import() {
        let mut edited = made(1, 1);
        edited["paths"]["/b"]["get"]["limit"] = json!(6);
        edited["info"]["title"] = json!("Ours");
        // The page of `/a` changed, and nobody touched what it gave.
        let fresh = made(2, 9);
        let found = corrections(&edited, &fresh);
        assert!(found.mixed.is_empty(), "{found:?}");
        let overlay = json!({"overlay": "1.0.0", "actions": found.actions});
        let mut document = fresh.clone();
        Overlay::read(&overlay).unwrap().apply(&mut document);
        assert_eq!(document["paths"]["/a"]["get"], json!({"limit": 2, "x-source": {"line": 9}}));
        assert_eq!(document["paths"]["/b"]["get"]["limit"], 6);
        assert_eq!(document["info"]["title"], "Ours");
        // Both changed the same part: that is said.
        edited["paths"]["/a"]["get"]["limit"] = json!(3);
        assert_eq!(corrections(&edited, &fresh).mixed, ["/paths/~1a/get"]);
        // What was corrected as the page now says is no correction.
        edited["paths"]["/a"]["get"] = fresh["paths"]["/a"]["get"].clone();
        assert!(corrections(&edited, &fresh).mixed.is_empty());
    }
}
