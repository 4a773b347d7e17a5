//! An overlay and a document from anybody, one behind the other: refused or applied; and what turns the document
//! into what came of it is an overlay that does so.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use testimony::overlay::{Overlay, difference};
use testimony::spec::read_value;

fuzz_target!(|bytes: &[u8]| {
    let Ok(Value::Array(both)) = read_value("both.json", bytes) else { return };
    let [document, overlay, ..] = both.as_slice() else { return };
    let Ok(overlay) = Overlay::read(overlay) else { return };
    // Lists that are laid over themselves grow twofold with each action.
    if overlay.len() > 8 {
        return;
    }
    let before = json!({ "document": document });
    let mut after = before.clone();
    overlay.apply(&mut after);
    if !after.is_object() || after.get("document").is_none() {
        return;
    }
    let actions = difference(&before, &after, "", &|_| false);
    let back =
        Overlay::read(&json!({ "overlay": "1.0.0", "actions": actions })).expect("our own overlay");
    let mut turned = before;
    back.apply(&mut turned);
    assert_eq!(turned, after);
});
