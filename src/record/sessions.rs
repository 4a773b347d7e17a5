//! Which journal an exchange is written into.

use super::journal::Journal;
use std::sync::Arc;

/// The journals of a recorder, by session.
#[derive(Debug)]
pub struct Sessions {
    only: Arc<Journal>,
}

impl Sessions {
    /// One journal for every session.
    pub const fn one(journal: Arc<Journal>) -> Self {
        Self { only: journal }
    }

    /// The journal of a session.
    pub fn journal(&self, _session: Option<&str>) -> Arc<Journal> {
        Arc::clone(&self.only)
    }
}
