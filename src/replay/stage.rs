//! The sessions of a replay that were started or stopped by hand. The others play from the shelf.

use super::deck::Place;
use super::scene::{Over, Scene};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Sessions by name.
#[derive(Debug, Default)]
pub struct Stage {
    acts: RwLock<BTreeMap<String, Act>>,
    /// How often one was started or stopped.
    epoch: AtomicU64,
    /// What sessions that were stopped were served, also of those that were started again.
    past: Mutex<Marks>,
    /// What sessions came to that were started again since.
    earlier: Mutex<Vec<Arc<Over>>>,
}

/// Exchanges, and whether any session was served them.
#[derive(Debug, Clone, Default)]
pub struct Marks(BTreeMap<(Arc<Path>, u64), (Place, bool)>);

impl Marks {
    /// Adds what one session was served.
    pub fn add<'a>(&mut self, marks: impl IntoIterator<Item = (&'a Place, bool)>) {
        for (place, used) in marks {
            let key = (Arc::clone(&place.cassette), place.exchange);
            self.0.entry(key).or_insert_with(|| (place.clone(), false)).1 |= used;
        }
    }

    /// The exchanges by cassette and number.
    pub fn into_places(self) -> impl Iterator<Item = (Place, bool)> {
        self.0.into_values()
    }
}

/// How a session stands.
#[derive(Debug, Clone)]
pub enum Act {
    /// It answers.
    Playing(Arc<Scene>),
    /// It was stopped.
    Over(Arc<Over>),
}

impl Stage {
    /// How often a session was started or stopped: who answered before answers still while it stays the
    /// same.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// One session.
    pub fn find(&self, name: &str) -> Option<Act> {
        self.read().get(name).cloned()
    }

    /// All sessions, by name.
    pub fn all(&self) -> Vec<Act> {
        self.read().values().cloned().collect()
    }

    /// Puts a session on; `false` when one of its name plays already.
    pub fn start(&self, scene: Arc<Scene>) -> bool {
        let mut acts = self.write();
        if let Some(Act::Playing(_)) = acts.get(&scene.name) {
            return false;
        }
        if let Some(Act::Over(over)) = acts.insert(scene.name.clone(), Act::Playing(scene)) {
            self.earlier.lock().unwrap_or_else(PoisonError::into_inner).push(over);
        }
        self.epoch.fetch_add(1, Ordering::AcqRel);
        true
    }

    /// Ends a session; `otherwise` is the one of this name that the shelf has. `None` when there is
    /// none.
    pub fn stop(&self, name: &str, otherwise: Option<&Arc<Scene>>) -> Option<Arc<Over>> {
        let mut acts = self.write();
        let scene = match (acts.get(name), otherwise) {
            (Some(Act::Over(over)), _) => return Some(Arc::clone(over)),
            (Some(Act::Playing(scene)), _) | (None, Some(scene)) => Arc::clone(scene),
            (None, None) => return None,
        };
        self.past.lock().unwrap_or_else(PoisonError::into_inner).add(scene.deck.marks());
        let over = Arc::new(scene.so_far());
        acts.insert(name.to_owned(), Act::Over(Arc::clone(&over)));
        self.epoch.fetch_add(1, Ordering::AcqRel);
        Some(over)
    }

    /// What sessions came to that were started again since.
    pub fn earlier(&self) -> Vec<Arc<Over>> {
        self.earlier.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What all sessions on it were served.
    pub fn marks(&self) -> Marks {
        let acts = self.read();
        let mut marks = self.past.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for act in acts.values() {
            if let Act::Playing(scene) = act {
                marks.add(scene.deck.marks());
            }
        }
        marks
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Act>> {
        self.acts.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Act>> {
        self.acts.write().unwrap_or_else(PoisonError::into_inner)
    }
}
