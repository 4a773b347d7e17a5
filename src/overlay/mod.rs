//! OpenAPI overlays (Overlay Specification 1.0, <https://spec.openapis.org/overlay/v1.0.0.html>): corrections of
//! a document that stand beside it. An [`Overlay`] is read from a value and applied to a document; what
//! turns one document into another is written as one by [`difference`].

mod apply;
mod difference;
mod path;
mod read;

pub use apply::{Applied, Effect};
pub use difference::difference;
pub use path::{lasting_path, path};
pub use read::{Overlay, OverlayError};

use serde_json::{Value, json};

/// The version that is written.
const VERSION: &str = "1.0.0";

/// A whole overlay document of these actions.
pub fn document(title: &str, actions: Vec<Value>) -> Value {
    json!({
        "overlay": VERSION,
        "info": { "title": title, "version": "1" },
        "actions": actions,
    })
}
