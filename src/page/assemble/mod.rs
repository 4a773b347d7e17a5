//! From an outline to an operation: which table lists what, which code a table belongs to, which
//! object each nested table describes. Captions decide; where a layout has lost them, position and
//! names do.

mod adrift;
mod fields;
mod flat;
mod links;
mod missing;
mod nesting;
mod tables;
mod template;
mod walk;

pub(super) use walk::Assembly;

use super::families::Family;
use super::model::{Operation, Origin, Response};
use super::outline::Outline;
use super::{Loss, PageError};

/// What the caller knows of a page beyond its text.
pub(super) struct Given<'a> {
    pub(super) page: &'a str,
    pub(super) family: Option<&'static Family>,
    pub(super) method: Option<(String, Origin)>,
    pub(super) path: Option<(String, Origin)>,
}

/// Reads an operation out of a page's outline, and tells what of it was lost.
pub(super) fn assemble(
    outline: Outline,
    given: &Given<'_>,
) -> Result<(Operation, Vec<Loss>), PageError> {
    let mut assembly = Assembly::new(given);
    for (line, reason) in outline.losses {
        assembly.lose(line, reason);
    }
    for block in outline.blocks {
        assembly.read(block);
    }
    assembly.finish()
}

/// Whether any response's body or example shows what a success looks like.
fn shows_success(responses: &[Response]) -> bool {
    responses.iter().any(|response| response.code.is_success())
}
