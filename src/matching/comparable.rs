//! Comparable requests, made ready to be compared.

use super::canonical::Canonical;
use super::holes;
use super::rules::Rules;
use super::variables::{Value, Variable};
use crate::cassette::redact::{placeholder_numbers, unshaped};
use crate::exchange::{Redaction, Request};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, LazyLock};

/// A recorded request, made ready to be compared: several tapes may have it.
#[derive(Debug, Clone)]
pub struct Comparable {
    pub(super) request: Arc<Canonical>,
    pub(super) key: Key,
    /// Whether it has a placeholder.
    pub(super) open: bool,
    /// Its values that may be others in the next run.
    pub(super) variables: Arc<[Variable]>,
    /// The highest number of a secret that was replaced in its exchange, or that it has in a placeholder.
    pub(super) highest: u32,
}

/// Which canonical request it is, hosts left out: two hashes whose keys nobody knows, so that no
/// recording can be made in which different requests are taken for equal.
pub(super) type Key = (u64, u64);

static KEYS: LazyLock<(RandomState, RandomState)> =
    LazyLock::new(|| (RandomState::new(), RandomState::new()));

/// The key of a request.
pub(super) fn key(request: &Canonical) -> Key {
    let bytes = request.key();
    (KEYS.0.hash_one(&bytes[..]), KEYS.1.hash_one(&bytes[..]))
}

impl Comparable {
    /// A recorded request, with the notes on what was redacted in it.
    pub fn of(request: &Request, redacted: &[Redaction], rules: &Rules) -> Self {
        let request = unshaped(request, redacted);
        let (request, variables) = Canonical::with_variables(&request, rules);
        let (key, open) = (key(&request), holes::has(&request));
        // A recording that was written by hand has placeholders without notes.
        let placed = variables.iter().flat_map(|variable| match &variable.value {
            Value::Secret(text) => placeholder_numbers(text.as_bytes()),
            Value::Text(_) => Vec::new(),
        });
        let noted = redacted.iter().map(|note| note.secret);
        let highest = noted.chain(placed).max().unwrap_or_default();
        Self { request: Arc::new(request), key, open, variables: variables.into(), highest }
    }
}
