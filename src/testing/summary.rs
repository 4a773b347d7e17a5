use crate::replay::Place;

/// What a server, or a session of one, came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Exchanges that were recorded.
    pub recorded: u64,
    /// Those of them that ended in a transport failure.
    pub failures: u64,
    /// Requests that were answered from cassettes.
    pub answered: u64,
    /// Different secrets that were replaced while recording.
    pub secrets: u32,
    /// Exchanges of a replay that were not asked for.
    pub unused: Vec<Place>,
}
