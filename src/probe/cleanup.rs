//! What a run made, and whether it is gone again.

/// Something that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The operation that made it.
    pub operation: String,
    /// Its URL, where its path is documented.
    pub url: Option<String>,
    /// The documented request that removes it; `None` where the document has none.
    pub removal: Option<Removal>,
    /// Whether it was removed.
    pub is_gone: bool,
}

/// The request that removes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// Always `DELETE`.
    pub method: String,
    /// The whole URL.
    pub url: String,
}
