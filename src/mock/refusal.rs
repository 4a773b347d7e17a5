//! What can be wrong with a request, and the documented code that says so.

use crate::spec::Operation;
use std::fmt;

/// Why a request is not served as a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) fault: Fault,
    /// Every mistake, the place first: `name: required`.
    pub(super) mistakes: Vec<String>,
}

/// Kinds of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// No credentials came where some are asked for.
    Credentials,
    /// A body of a type that is not documented.
    MediaType,
    /// Parameters or body break the documentation.
    Request,
    /// The client takes none of the documented media types.
    Accept,
    /// Credentials of somebody who may not do it.
    Rights,
    /// What is asked for is not there.
    Missing,
    /// What is to be made is there already.
    Conflict,
}

impl Refusal {
    pub(super) fn new(fault: Fault, mistake: impl Into<String>) -> Self {
        Self { fault, mistakes: vec![mistake.into()] }
    }

    /// The code for it: the one that fits best of those documented by name, else the best one where
    /// a range or `default` covers it, else what HTTP has for it.
    pub(super) fn code(&self, operation: &Operation) -> u16 {
        let fitting: &[u16] = match self.fault {
            Fault::Credentials => &[401],
            Fault::MediaType => &[415, 400, 422],
            Fault::Request => &[400, 422],
            Fault::Accept => &[406],
            Fault::Rights => &[403],
            Fault::Missing => &[404, 410],
            Fault::Conflict => &[409],
        };
        let named = |code: &&u16| operation.documents(**code);
        let best = fitting.iter().find(named).or(fitting.first()).copied().unwrap_or(400);
        // A request that can be read, and not followed (RFC 9110, section 15.5.21).
        if best == 400 && operation.promise(best).is_none() { 422 } else { best }
    }

    /// The word for `testimony-error` where no document has a code for it.
    pub(super) const fn word(&self) -> &'static str {
        match self.fault {
            Fault::Credentials => "missing-credentials",
            Fault::MediaType => "media-type",
            Fault::Request => "bad-request",
            Fault::Accept => "not-acceptable",
            Fault::Rights => "missing-rights",
            Fault::Missing => "unknown-item",
            Fault::Conflict => "conflict",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mistakes.join("; "))
    }
}
