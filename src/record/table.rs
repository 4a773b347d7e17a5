//! A cassette for each session. Exchanges of different sessions wait for nothing but one look into
//! this table; a session that has ended is not opened again by a late request, which would add to
//! a cassette that is closed, or replace it.

use super::refusal::{Refusal, Unopened};
use super::session::{Ended, Opened, Session, Ticket};
use super::sessions::{Refused, Standing};
use crate::cassette::SessionName;
use crate::net::Stop;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

/// Most sessions that are open at once: each holds a file.
const MOST: usize = 4096;

/// What is asked of a session beyond its name; without it, the cassette of its name and the mode
/// that the recorder was started with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Order {
    /// Path of the cassette, below the folder.
    pub cassette: Option<String>,
    /// What to do with a cassette that is there already.
    pub mode: Option<String>,
}

/// Opens the cassette of a session; the stop is to be asked for when it takes no more.
pub type Opener = dyn Fn(&SessionName, &Order, Stop) -> Result<Opened, Unopened> + Send + Sync;

/// The sessions of a recorder that has a cassette for each.
pub(super) struct Table {
    opener: Arc<Opener>,
    /// Where exchanges go that name no session.
    unnamed: Option<SessionName>,
    stop: Stop,
    entries: RwLock<BTreeMap<String, Entry>>,
    /// Names by their folded form.
    folded: Mutex<HashMap<String, String>>,
    refused: AtomicU64,
    asked: AtomicU64,
}

#[derive(Clone)]
enum Entry {
    Live(Arc<Slot>),
    Ended(Arc<Ended>),
}

/// A session that is, or is to be, open.
struct Slot {
    name: SessionName,
    order: Order,
    session: OnceCell<Arc<Session>>,
    /// Why it could not be opened when that was last tried.
    failed: Mutex<Option<Unopened>>,
}

impl Slot {
    fn new(name: SessionName, order: Order) -> Arc<Self> {
        Arc::new(Self { name, order, session: OnceCell::new(), failed: Mutex::default() })
    }
}

impl Table {
    pub(super) fn new(
        opener: Arc<Opener>,
        unnamed: Option<SessionName>,
        taken: impl IntoIterator<Item = SessionName>,
        stop: Stop,
    ) -> Self {
        let folded = taken.into_iter().map(|name| (name.folded(), name.as_str().to_owned()));
        Self {
            opener,
            unnamed,
            stop,
            entries: RwLock::default(),
            folded: Mutex::new(folded.collect()),
            refused: AtomicU64::new(0),
            asked: AtomicU64::new(0),
        }
    }

    pub(super) async fn enter(&self, session: Option<&str>) -> Result<Ticket, Refusal> {
        let entered = self.entered(session).await;
        if let Err(refusal) = &entered {
            self.refused.fetch_add(1, Ordering::Relaxed);
            self.asked.fetch_add(u64::from(refusal.is_asked()), Ordering::Relaxed);
        }
        entered
    }

    async fn entered(&self, session: Option<&str>) -> Result<Ticket, Refusal> {
        let name = match (session, &self.unnamed) {
            (Some(name), _) => SessionName::parse(name)?,
            (None, Some(unnamed)) => unnamed.clone(),
            (None, None) => return Err(Refusal::Unnamed),
        };
        let known = self.read().get(name.as_str()).cloned();
        let slot = match known {
            Some(Entry::Live(slot)) => slot,
            Some(Entry::Ended(ended)) => return Err(Refusal::Stopped { name: ended.name.clone() }),
            None => self.added(name)?,
        };
        self.opened(&slot).await?.enter()
    }

    /// Opens a session that is not open, as ordered.
    pub(super) async fn start(
        &self,
        name: SessionName,
        order: Order,
    ) -> Result<Arc<Session>, Refusal> {
        let text = name.as_str().to_owned();
        let slot = Slot::new(name, order);
        let before = {
            let mut entries = self.write();
            if let Some(Entry::Live(live)) = entries.get(&text)
                && live.failed().is_none()
            {
                return Err(Refusal::Running { name: text });
            }
            self.make_room(&entries, &slot.name)?;
            entries.insert(text.clone(), Entry::Live(Arc::clone(&slot)))
        };
        let opened = self.opened(&slot).await;
        if opened.is_err() {
            // As if nothing had been asked: what has ended stays so.
            let mut entries = self.write();
            match before {
                Some(before) => entries.insert(text, before),
                None => entries.remove(&text),
            };
        }
        opened
    }

    pub(super) async fn stop(&self, name: &str, drain: Duration) -> Option<Standing> {
        let entry = self.read().get(name).cloned()?;
        Some(self.end(entry, drain).await)
    }

    pub(super) async fn stop_all(self: &Arc<Self>, drain: Duration) -> Vec<Standing> {
        let entries: Vec<Entry> = self.read().values().cloned().collect();
        let mut ending = JoinSet::new();
        for (index, entry) in entries.into_iter().enumerate() {
            let table = Arc::clone(self);
            ending.spawn(async move { (index, table.end(entry, drain).await) });
        }
        let mut ended = ending.join_all().await;
        ended.sort_by_key(|(index, _)| *index);
        ended.into_iter().map(|(_, ended)| ended).collect()
    }

    pub(super) fn standing(&self) -> Vec<Standing> {
        self.read().values().filter_map(Entry::standing).collect()
    }

    pub(super) fn find(&self, name: &str) -> Option<Standing> {
        self.read().get(name)?.standing()
    }

    pub(super) fn refused(&self) -> Refused {
        Refused {
            all: self.refused.load(Ordering::Relaxed),
            asked: self.asked.load(Ordering::Relaxed),
        }
    }

    /// The slot of a name that is seen for the first time.
    fn added(&self, name: SessionName) -> Result<Arc<Slot>, Refusal> {
        let mut entries = self.write();
        match entries.get(name.as_str()) {
            Some(Entry::Live(slot)) => return Ok(Arc::clone(slot)),
            Some(Entry::Ended(ended)) => return Err(Refusal::Stopped { name: ended.name.clone() }),
            None => {}
        }
        self.make_room(&entries, &name)?;
        let slot = Slot::new(name, Order::default());
        entries.insert(slot.name.as_str().to_owned(), Entry::Live(Arc::clone(&slot)));
        Ok(slot)
    }

    /// Whether one more session can be; its name is taken then.
    fn make_room(
        &self,
        entries: &BTreeMap<String, Entry>,
        name: &SessionName,
    ) -> Result<(), Refusal> {
        let live = entries.values().filter(|entry| matches!(entry, Entry::Live(_))).count();
        if live >= MOST {
            return Err(Refusal::TooMany { most: MOST });
        }
        let mut folded = self.folded.lock().unwrap_or_else(PoisonError::into_inner);
        let other = folded.entry(name.folded()).or_insert_with(|| name.as_str().to_owned());
        if other == name.as_str() {
            return Ok(());
        }
        Err(Refusal::Case { name: name.as_str().to_owned(), other: other.clone() })
    }

    /// The session of a slot, opened by the first who asks while the others wait.
    async fn opened(&self, slot: &Arc<Slot>) -> Result<Arc<Session>, Refusal> {
        let opened = slot.session.get_or_try_init(|| async {
            let stop = self.stop.part();
            let (open, slot, own) = (Arc::clone(&self.opener), Arc::clone(slot), stop.clone());
            let name = slot.name.as_str().to_owned();
            let opening = tokio::task::spawn_blocking(move || open(&slot.name, &slot.order, own));
            match opening.await {
                Ok(opened) => opened.map(|opened| Session::new(name, opened, stop)),
                Err(_) => Err(Unopened {
                    message: "the recorder stops".to_owned(),
                    hint: None,
                    asked: false,
                }),
            }
        });
        let opened = opened.await.cloned();
        *slot.failed() = opened.as_ref().err().cloned();
        opened.map_err(|cause| Refusal::Unopened { name: slot.name.as_str().to_owned(), cause })
    }

    async fn end(&self, entry: Entry, drain: Duration) -> Standing {
        let slot = match entry {
            Entry::Ended(ended) => return Standing::Stopped(ended),
            Entry::Live(slot) => slot,
        };
        let name = slot.name.as_str();
        let Some(session) = slot.session.get() else {
            let cause = slot.failed().clone().unwrap_or_else(|| Unopened {
                message: "it was stopped before it was open".to_owned(),
                hint: None,
                asked: false,
            });
            return Standing::Failed { name: name.to_owned(), cause };
        };
        let ended = session.end(drain).await;
        let mut entries = self.write();
        // With the slot goes the session, and with it the file.
        if let Some(entry @ Entry::Live(_)) = entries.get_mut(name)
            && entry.is_of(&slot)
        {
            *entry = Entry::Ended(Arc::clone(&ended));
        }
        Standing::Stopped(ended)
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Entry>> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Entry>> {
        self.entries.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn failed(&self) -> MutexGuard<'_, Option<Unopened>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn is_of(&self, slot: &Arc<Slot>) -> bool {
        matches!(self, Self::Live(live) if Arc::ptr_eq(live, slot))
    }

    /// How the session stands; `None` while it is being opened for the first time.
    fn standing(&self) -> Option<Standing> {
        let slot = match self {
            Self::Ended(ended) => return Some(Standing::Stopped(Arc::clone(ended))),
            Self::Live(slot) => slot,
        };
        if let Some(session) = slot.session.get() {
            return Some(session.standing());
        }
        let name = slot.name.as_str().to_owned();
        let cause = slot.failed().clone()?;
        Some(Standing::Failed { name, cause })
    }
}
