use super::deck::Deck;
use super::prepared::Preparation;
use crate::cassette::redact::Secret;
use crate::cassette::{CassetteError, Redactor, SessionName, open_request_body, read};
use crate::exchange::Exchange;
use crate::matching::Repeat;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The cassettes of a replay: one deck for requests that name no session, and, where folders were
/// given, one for each session (`FOLDER/SESSION.cassette`).
#[derive(Debug)]
pub struct Shelf {
    unnamed: Deck,
    sessions: BTreeMap<String, Deck>,
    warnings: Vec<String>,
}

/// Why cassettes can't be served.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// A cassette can't be read.
    #[error(transparent)]
    Cassette(#[from] CassetteError),
    /// Two folders have a cassette of the same session.
    #[error("session `{session}` is in both {first} and {second}")]
    Twice {
        /// The session.
        session: String,
        /// One cassette.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
}

impl Shelf {
    /// Reads the cassettes; those in `sessions` answer to their file's stem as a session, too.
    pub fn load(
        cassettes: &[PathBuf],
        sessions: &[PathBuf],
        repeat: Repeat,
        preparation: Preparation,
        secrets: &[(String, Secret)],
    ) -> Result<Self, ShelfError> {
        let mut warnings = Vec::new();
        let mut all = Vec::with_capacity(cassettes.len() + sessions.len());
        let mut named: BTreeMap<String, (PathBuf, Deck)> = BTreeMap::new();
        for path in cassettes {
            all.push((path.clone(), exchanges(path, &mut warnings)?));
        }
        for path in sessions {
            let exchanges = exchanges(path, &mut warnings)?;
            let stem = match SessionName::of_file(path) {
                Ok(name) => name.as_str().to_owned(),
                Err(_) => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            };
            let deck = Deck::new(
                vec![(path.clone(), exchanges.clone())],
                repeat,
                preparation,
                Redactor::new(secrets.to_vec()),
            );
            if let Some((first, _)) = named.insert(stem.clone(), (path.clone(), deck)) {
                return Err(ShelfError::Twice { session: stem, first, second: path.clone() });
            }
            all.push((path.clone(), exchanges));
        }
        Ok(Self {
            unnamed: Deck::new(all, repeat, preparation, Redactor::new(secrets.to_vec())),
            sessions: named.into_iter().map(|(session, (_, deck))| (session, deck)).collect(),
            warnings,
        })
    }

    /// The deck that answers a session. Without a name, all cassettes answer. A name that no folder
    /// knows has no deck, unless no folder was given and names say nothing.
    pub fn deck(&self, session: Option<&str>) -> Option<&Deck> {
        match session {
            Some(name) if !self.sessions.is_empty() => self.sessions.get(name),
            _ => Some(&self.unnamed),
        }
    }

    /// The exchanges that no session was served.
    pub fn unused(&self) -> Vec<super::Place> {
        let mut unused = self.unnamed.unused();
        for deck in self.sessions.values() {
            // What a session was served counts as used in the cassette, too.
            let left = deck.unused();
            if left.len() < deck.len() {
                let of = |place: &super::Place| {
                    left.first().map_or_else(
                        || deck.place(0).cassette == place.cassette,
                        |first| first.cassette == place.cassette,
                    )
                };
                unused.retain(|place| !of(place) || left.contains(place));
            }
        }
        unused
    }

    /// Number of exchanges.
    pub fn len(&self) -> usize {
        self.unnamed.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.unnamed.is_empty()
    }

    /// What should be said of the cassettes.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

fn exchanges(path: &Path, warnings: &mut Vec<String>) -> Result<Vec<Exchange>, ShelfError> {
    let mut cassette = read(path)?;
    let shown = path.display();
    if let Some(torn) = &cassette.torn {
        warnings.push(format!(
            "{shown}: line {}: torn; {} whole exchanges are served",
            torn.line,
            cassette.exchanges.len()
        ));
    }
    warnings.extend(cassette.warnings.iter().map(|warning| format!("{shown}: {warning}")));
    for exchange in &mut cassette.exchanges {
        // Without its body, the request is one that nobody sends.
        if let Err(error) = open_request_body(path, &mut exchange.request) {
            warnings.push(format!("{shown}: exchange {}: {error}", exchange.number));
        }
    }
    Ok(cassette.exchanges)
}
