use super::deck::{Deck, Side};
use super::prepared::Preparation;
use super::scene::Scene;
use super::volume::{Found, Volume};
use crate::cassette::import::{self, ForeignError, Recording, is_cassette};
use crate::cassette::redact::{Policy, RuleError};
use crate::cassette::{self, CassetteError, Contents, Redacted, SessionName};
use crate::matching::{Order, Repeat, Rules, RulesError};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The cassettes of a replay: one deck for requests that name no session, and, where folders were
/// given, one for each session (`FOLDER/SESSION.cassette`).
#[derive(Debug)]
pub struct Shelf {
    unnamed: Deck,
    sessions: BTreeMap<String, Arc<Scene>>,
    warnings: Vec<String>,
    dealer: Dealer,
}

/// What all decks have in common.
#[derive(Debug, Default)]
pub struct Dealer {
    /// What follows when every equal exchange has been served.
    pub repeat: Repeat,
    /// In which order exchanges may be asked for.
    pub order: Order,
    /// How answers are laid out.
    pub preparation: Preparation,
    /// What is secret in requests, besides what the cassettes' rules say.
    pub policy: Policy,
    /// Matching rules of the project and the command line, above those of the cassettes.
    pub rules: Rules,
}

/// What a cassette holds, and the rules that it carries.
struct Loaded {
    side: Side,
    own: cassette::Rules,
}

impl Dealer {
    /// A deck of cassettes.
    fn deck(&self, sides: &[Side], policy: &Policy) -> Deck {
        let factor = self.preparation.tempo.factor();
        Deck::new(sides, (self.repeat, self.order), factor, policy.redactor())
    }

    /// The exchanges of a cassette, or of another tool's recording, and the rules for them.
    fn load(&self, path: &Path, warnings: &mut Vec<String>) -> Result<Loaded, ShelfError> {
        let mut unheeded = Vec::new();
        let (own, rules, found) = if is_cassette(path)? {
            let contents = Contents::open(path)?;
            let own = contents.header().rules.clone();
            let rules = self.rules(path, &own, &mut unheeded)?;
            let found = Volume::open(contents, &rules, self.preparation)?;
            (own, rules, found)
        } else {
            let own = cassette::Rules::default();
            let rules = self.rules(path, &own, &mut unheeded)?;
            let found = self.foreign(path, &rules)?;
            (own, rules, found)
        };
        let Found { volume, requests, spoken, warnings: told } = found;
        warnings.extend(told);
        warnings.append(&mut unheeded);
        Ok(Loaded { side: Side { volume: Arc::new(volume), requests, rules, spoken }, own })
    }

    /// By which rules the requests of a recording are compared that carries rules of its own.
    fn rules(
        &self,
        path: &Path,
        own: &cassette::Rules,
        warnings: &mut Vec<String>,
    ) -> Result<Rules, ShelfError> {
        let failed = |cause| ShelfError::Matching { path: path.to_owned(), cause };
        let (carried, unknown) = Rules::carried(&own.matching).map_err(failed)?;
        if !unknown.is_empty() {
            let keys = unknown.join("`, `");
            warnings.push(format!("{}: unknown keys, not read: `{keys}`", path.display()));
        }
        let rules = carried.and(&self.rules).map_err(failed)?;
        for scope in rules.unknown_operations() {
            warnings.push(format!(
                "{}: the matching rules for operation `{scope}` need its spec: they are not heeded",
                path.display()
            ));
        }
        Ok(rules)
    }

    /// A recording of another tool.
    fn foreign(&self, path: &Path, rules: &Rules) -> Result<Found, ShelfError> {
        let Recording { kind, exchanges, losses } =
            import::open(path, None, self.policy.redactor())?;
        let (shown, lost) = (path.display(), losses.iter().count());
        let exchanges = exchanges.into_iter().map(Redacted::into_exchange).collect();
        let found = Volume::of(path, exchanges, rules, self.preparation);
        let warnings = vec![format!(
            "{shown}: read as {kind}: {lost} kinds of loss (`testimony cassette convert` lists them)"
        )];
        Ok(Found { warnings, ..found })
    }
}

/// Why cassettes can't be served.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// A cassette can't be read.
    #[error(transparent)]
    Cassette(#[from] CassetteError),
    /// Another tool's recording can't be read.
    #[error(transparent)]
    Foreign(#[from] ForeignError),
    /// The redaction rules that a cassette carries can't be used.
    #[error("{path}: {cause}")]
    Rules {
        /// The cassette.
        path: PathBuf,
        /// What is wrong with them.
        cause: RuleError,
    },
    /// The matching rules that a cassette carries can't be used.
    #[error("{path}: rules.match: {cause}")]
    Matching {
        /// The cassette.
        path: PathBuf,
        /// What is wrong with them.
        cause: RulesError,
    },
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
        dealer: Dealer,
    ) -> Result<Self, ShelfError> {
        let mut warnings = Vec::new();
        let mut all = Vec::with_capacity(cassettes.len() + sessions.len());
        let mut named: BTreeMap<String, (PathBuf, Deck)> = BTreeMap::new();
        let mut of_all = dealer.policy.clone();
        for path in cassettes {
            let loaded = dealer.load(path, &mut warnings)?;
            of_all = joined(&of_all, path, &loaded.own)?;
            all.push(loaded.side);
        }
        for path in sessions {
            let loaded = dealer.load(path, &mut warnings)?;
            of_all = joined(&of_all, path, &loaded.own)?;
            let policy = joined(&dealer.policy, path, &loaded.own)?;
            let stem = match SessionName::of_file(path) {
                Ok(name) => name.as_str().to_owned(),
                Err(_) => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            };
            let deck = dealer.deck(std::slice::from_ref(&loaded.side), &policy);
            if let Some((first, _)) = named.insert(stem.clone(), (path.clone(), deck)) {
                return Err(ShelfError::Twice { session: stem, first, second: path.clone() });
            }
            all.push(loaded.side);
        }
        let scene = |(name, (path, deck)): (String, (PathBuf, Deck))| {
            (name.clone(), Arc::new(Scene::new(name, path, deck)))
        };
        Ok(Self {
            unnamed: dealer.deck(&all, &of_all),
            sessions: named.into_iter().map(scene).collect(),
            warnings,
            dealer,
        })
    }

    /// The deck that answers a session. Without a name, all cassettes answer. A name that no folder
    /// knows has no deck, unless no folder was given and names say nothing.
    pub fn deck(&self, session: Option<&str>) -> Option<&Deck> {
        match session {
            Some(name) if !self.sessions.is_empty() => {
                self.sessions.get(name).map(|scene| &scene.deck)
            }
            _ => Some(&self.unnamed),
        }
    }

    /// The deck of requests that name no session.
    pub(super) fn unnamed(&self) -> &Deck {
        &self.unnamed
    }

    /// The sessions that folders have, by name.
    pub(super) fn sessions(&self) -> &BTreeMap<String, Arc<Scene>> {
        &self.sessions
    }

    /// A folder that cassettes of sessions are in.
    pub(super) fn folder(&self) -> &Path {
        let first = self.sessions.values().next().and_then(|scene| scene.cassette.parent());
        first.unwrap_or(Path::new("."))
    }

    /// Reads a cassette for a session that begins now.
    pub(super) fn open(&self, name: String, path: &Path) -> Result<Scene, ShelfError> {
        let loaded = self.dealer.load(path, &mut Vec::new())?;
        let policy = joined(&self.dealer.policy, path, &loaded.own)?;
        let deck = self.dealer.deck(std::slice::from_ref(&loaded.side), &policy);
        Ok(Scene::new(name, path.to_owned(), deck))
    }

    /// When the exchanges of each cassette were recorded, with their numbers.
    pub fn dates(&self) -> BTreeMap<PathBuf, Vec<(Timestamp, u64)>> {
        let mut dates: BTreeMap<PathBuf, Vec<(Timestamp, u64)>> = BTreeMap::new();
        for volume in self.unnamed.volumes() {
            let of = dates.entry(volume.path().to_owned()).or_default();
            of.extend(volume.places().map(|place| (place.at, place.exchange)));
        }
        dates
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

/// A policy with the rules that a cassette carries.
fn joined(policy: &Policy, path: &Path, own: &cassette::Rules) -> Result<Policy, ShelfError> {
    policy.with(own).map_err(|cause| ShelfError::Rules { path: path.to_owned(), cause })
}
