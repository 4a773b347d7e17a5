use super::account::Account;
use super::deck::{Dealt, Deck, Place, Standing};
use super::miss::{self, Asked, Elsewhere};
use super::scene::{Over, Scene};
use super::shelf::Shelf;
use super::socket::Opening;
use super::stage::{Act, Stage};
use super::tally::{Own, Tally};
use crate::exchange::Request;
use crate::fault::Faults;
use crate::matching::{Addressing, Missed};
use crate::net::websocket::Handshake;
use crate::net::{Answer, Arrived, Form, Hello, Protocol, Reply, aside};
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

/// Most sessions that are looked through for a request that its own has not.
const SESSIONS: usize = 1_000;

/// Longer bodies of requests are looked through while other connections go on, in bytes.
const LARGE: u64 = 256 * 1024;

/// How a replayer answers what is not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Status of a miss; 477 is assigned to nothing.
    pub miss_status: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self { miss_status: 477 }
    }
}

/// Answers requests from recordings alone.
pub struct Replayer {
    shelf: Shelf,
    settings: Settings,
    account: Arc<Account>,
    /// The same for requests that named no session.
    unnamed: Arc<Account>,
    stage: Stage,
    faults: Faults,
    /// Told of each miss when it happens first.
    on_miss: Arc<dyn Fn(&Missed) + Send + Sync>,
}

impl Replayer {
    /// A replayer of these cassettes; `on_miss` hears of every new miss at once.
    pub fn new(
        shelf: Shelf,
        settings: Settings,
        on_miss: impl Fn(&Missed) + Send + Sync + 'static,
    ) -> Self {
        let (account, unnamed, stage) = (Arc::default(), Arc::default(), Stage::default());
        let faults = Faults::default();
        Self { shelf, settings, account, unnamed, stage, faults, on_miss: Arc::new(on_miss) }
    }

    /// The same replayer with faults over its answers.
    #[must_use]
    pub fn with_faults(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }

    /// The faults over its answers.
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// What was served and missed so far.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The same for the requests that named no session.
    pub(super) fn unnamed_account(&self) -> &Account {
        &self.unnamed
    }

    /// The cassettes.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Answers one request.
    pub fn reply(&self, arrived: Arrived) -> Reply {
        self.located(arrived).0
    }

    /// Answers one request, and tells where it stands.
    fn located(&self, arrived: Arrived) -> (Reply, Option<Recalled>) {
        let epoch = self.stage.epoch();
        let Arrived { mut request, form, session, .. } = arrived;
        let addressing = addressing(form);
        let session = session.as_deref();
        // Looked at before a secret rule may take it away.
        let handshake = Handshake::of(&request.headers);
        let seated = match self.seat(session) {
            Seat::Scene(scene) => Some(scene),
            Seat::Unnamed => None,
            Seat::None(nobody) => {
                return (self.nobody(request, addressing, session, nobody), None);
            }
        };
        let scene = seated.as_deref();
        let deck = scene.map_or(self.shelf.unnamed(), |scene| &scene.deck);
        let dealt = deck.deal(&mut request, addressing);
        let cassette = match (scene, deck.cassettes()) {
            (Some(scene), _) => Some(scene.cassette.as_path()),
            (None, [one]) => Some(one.as_path()),
            (None, _) => None,
        };
        let asked = Asked { request: &request, session, addressing, deck, cassette };
        let own = || self.own(seated.as_ref());
        let reply = match dealt {
            Dealt::Reply(reply, standing) => {
                // A handshake asks for more than its head says, and faults count every request.
                let is_all = handshake.is_none() && self.faults.is_empty();
                let scene_of = || seated.as_ref().map(Arc::downgrade);
                let recalled = |mut standing: Standing| {
                    standing.epoch = u32::try_from(epoch).ok()?;
                    Some(Recalled { scene: scene_of(), standing })
                };
                let recalled = standing.filter(|_| is_all).and_then(recalled);
                return (self.answered(reply, &request, deck, scene), recalled);
            }
            Dealt::Socket(script, index) => {
                let Some(handshake) = handshake else {
                    let told = || miss::no_handshake(&asked, index);
                    return (self.miss(&asked, "no-handshake", own(), told), None);
                };
                let messages = deck.messages(index, &request);
                let (factor, redactor) = (deck.factor(), deck.redactor());
                let opening = Opening { script, factor, redactor, messages };
                let left = miss::left(&asked, index);
                let tally = self.tally(own());
                let report = move |divergence| {
                    let (key, missed) = left(divergence);
                    tally.count(&key, || missed);
                };
                self.answered(opening.reply(&handshake, report), &request, deck, scene)
            }
            Dealt::Broken(error) => {
                self.miss(&asked, error.word(), own(), || miss::broken(&asked, &error))
            }
            Dealt::Miss(found) => self.miss(&asked, found.reason.word(), own(), || {
                let elsewhere = scene.and_then(|own| self.elsewhere(&asked, &own.name));
                miss::missed(&asked, &found, elsewhere.as_ref())
            }),
        };
        (reply, None)
    }

    /// Whose misses those of a session are.
    fn own(&self, scene: Option<&Arc<Scene>>) -> Own {
        match scene {
            Some(scene) => Own::Scene(Arc::clone(scene)),
            None => Own::Unnamed(Arc::clone(&self.unnamed)),
        }
    }

    /// Answers a request that stands where another one stood; `None` where it must be looked at anew.
    fn recall(&self, Recalled { scene, standing }: &Recalled) -> Option<Reply> {
        if self.stage.epoch() != u64::from(standing.epoch) {
            return None;
        }
        let seated = match scene {
            Some(scene) => Some(scene.upgrade()?),
            None => None,
        };
        let scene = seated.as_deref();
        let deck = scene.map_or(self.shelf.unnamed(), |scene| &scene.deck);
        let count = || {
            self.account.count_answered();
            scene.map_or(&*self.unnamed, |scene| &scene.account).count_answered();
        };
        if let Some(reply) = deck.same_again(standing) {
            count();
            return Some(reply);
        }
        let (dealt, index) = deck.deal_again(standing)?;
        if let Dealt::Reply(reply, _) = dealt {
            count();
            return Some(reply);
        }
        let session = scene.map(|scene| scene.name.as_str());
        // What was asked for is what is recorded.
        let Place { method, target, .. } = deck.place(index);
        let (method, target) = (method.to_string(), target.to_string());
        let request = Request { method, target, ..Request::default() };
        let addressing = Addressing::Reverse;
        let asked = Asked { request: &request, session, addressing, deck, cassette: None };
        let own = || self.own(seated.as_ref());
        match dealt {
            Dealt::Broken(error) => {
                Some(self.miss(&asked, error.word(), own(), || miss::broken(&asked, &error)))
            }
            Dealt::Socket(..) => {
                let told = || miss::no_handshake(&asked, index);
                Some(self.miss(&asked, "no-handshake", own(), told))
            }
            Dealt::Reply(..) | Dealt::Miss(_) => None,
        }
    }

    /// Counts an answer, and lays over it what strikes it.
    fn answered(
        &self,
        reply: Reply,
        request: &Request,
        deck: &Deck,
        scene: Option<&Scene>,
    ) -> Reply {
        self.account.count_answered();
        scene.map_or(&*self.unnamed, |scene| &scene.account).count_answered();
        match self.faults.strike(request, &deck.counts) {
            Some(strike) => self.faults.lay(strike, request, reply),
            None => reply,
        }
    }

    /// A request of a session that nobody answers.
    fn nobody(
        &self,
        mut request: Request,
        addressing: Addressing,
        session: Option<&str>,
        nobody: Nobody,
    ) -> Reply {
        let deck = self.shelf.unnamed();
        deck.redact(&mut request);
        let asked = Asked { request: &request, session, addressing, deck, cassette: None };
        match nobody {
            Nobody::Stopped => {
                self.miss(&asked, "stopped-session", Own::None, || miss::stopped_session(&asked))
            }
            Nobody::Unknown => self.miss(&asked, "unknown-session", Own::None, || {
                let elsewhere = self.elsewhere(&asked, session.unwrap_or_default());
                miss::unknown_session(&asked, self.shelf.folder(), elsewhere.as_ref())
            }),
        }
    }

    /// A session other than this one that has the request.
    fn elsewhere(&self, asked: &Asked<'_>, own: &str) -> Option<Elsewhere<'_>> {
        let others = self.shelf.sessions().iter().filter(|(name, _)| *name != own);
        others.take(SESSIONS).find_map(|(session, scene)| {
            let place = scene.deck.find(asked.request, asked.addressing)?;
            Some(Elsewhere { session, place })
        })
    }

    /// Who answers a session. One that was stopped answers nothing, whatever the shelf has.
    fn seat(&self, session: Option<&str>) -> Seat {
        let Some(name) = session else { return Seat::Unnamed };
        match self.stage.find(name) {
            Some(Act::Playing(scene)) => return Seat::Scene(scene),
            Some(Act::Over(_)) => return Seat::None(Nobody::Stopped),
            None => {}
        }
        match self.shelf.sessions().get(name) {
            Some(scene) => Seat::Scene(Arc::clone(scene)),
            None if self.shelf.sessions().is_empty() => Seat::Unnamed,
            None => Seat::None(Nobody::Unknown),
        }
    }

    /// The sessions that were started or stopped by hand.
    pub(super) fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Ends a session, whoever began it.
    pub(super) fn stop(&self, name: &str) -> Option<Arc<Over>> {
        self.stage.stop(name, self.shelf.sessions().get(name))
    }

    /// How a session stands.
    pub(super) fn act(&self, name: &str) -> Option<Act> {
        let shelved = || self.shelf.sessions().get(name).cloned().map(Act::Playing);
        self.stage.find(name).or_else(shelved)
    }

    /// What a session came to so far; `None` when there is none of this name.
    pub fn over(&self, name: &str) -> Option<Arc<Over>> {
        self.act(name).map(|act| match act {
            Act::Playing(scene) => Arc::new(scene.so_far()),
            Act::Over(over) => over,
        })
    }

    /// Every session, by name.
    pub(super) fn acts(&self) -> Vec<Act> {
        let shelved = self.shelf.sessions().values();
        let mut acts: BTreeMap<String, Act> =
            shelved.map(|scene| (scene.name.clone(), Act::Playing(Arc::clone(scene)))).collect();
        for act in self.stage.all() {
            let name = match &act {
                Act::Playing(scene) => scene.name.clone(),
                Act::Over(over) => over.name.clone(),
            };
            acts.insert(name, act);
        }
        acts.into_values().collect()
    }

    /// Every exchange of all cassettes that were served from, and whether any session was served it.
    pub fn marks(&self) -> Vec<(Place, bool)> {
        let mut marks = self.stage.marks();
        marks.add(self.shelf.unnamed().marks());
        for scene in self.shelf.sessions().values() {
            marks.add(scene.deck.marks());
        }
        marks.into_places().collect()
    }

    /// Counts a miss, and explains it if it is a new one: a client that asks again and again is told
    /// the same, and takes little time from others.
    fn miss(
        &self,
        asked: &Asked<'_>,
        word: &str,
        own: Own,
        explain: impl FnOnce() -> Missed,
    ) -> Reply {
        let missed = self.tally(own).count(&miss::key(asked, word), explain);
        Reply::of(&miss::response(&missed, self.settings.miss_status), &asked.request.method)
    }

    /// Where the misses of a request are counted.
    fn tally(&self, own: Own) -> Tally {
        Tally { all: Arc::clone(&self.account), own, on_miss: Arc::clone(&self.on_miss) }
    }
}

/// Whether the host counts for a client that addressed us so.
const fn addressing(form: Form) -> Addressing {
    match form {
        Form::Origin => Addressing::Reverse,
        Form::Absolute | Form::Tunnel => Addressing::Forward,
    }
}

/// Who answers a session.
enum Seat {
    Scene(Arc<Scene>),
    Unnamed,
    None(Nobody),
}

/// Why nobody does.
#[derive(Clone, Copy)]
enum Nobody {
    Stopped,
    Unknown,
}

/// Where a request stands, to be answered again.
#[derive(Debug)]
pub struct Recalled {
    /// Its session; `None` for requests that name none.
    scene: Option<Weak<Scene>>,
    standing: Standing,
}

/// With the two hashes of its head it fills one line of the processor's memory.
const _: () = assert!(size_of::<Recalled>() <= 48, "what is remembered of a request has grown");

impl Answer for Replayer {
    type Found = Recalled;

    async fn answer(&self, arrived: Arrived) -> Reply {
        if arrived.request.body.len() > LARGE {
            aside(|| self.reply(arrived))
        } else {
            self.reply(arrived)
        }
    }

    async fn find(&self, arrived: Arrived) -> (Reply, Option<Recalled>) {
        self.located(arrived)
    }

    fn again(&self, found: &Recalled) -> Option<Reply> {
        self.recall(found)
    }

    fn wants_body(&self, head: &Arrived) -> bool {
        let seated = match self.seat(head.session.as_deref()) {
            Seat::Scene(scene) => Some(scene),
            Seat::Unnamed => None,
            Seat::None(_) => return true,
        };
        let deck = seated.as_ref().map_or(self.shelf.unnamed(), |scene| &scene.deck);
        !deck.is_unsent(&head.request, addressing(head.form))
    }

    fn choose(&self, hello: &Hello) -> Option<Protocol> {
        match self.seat(hello.session.as_deref()) {
            Seat::Scene(scene) => scene.deck.spoken.choose(hello),
            Seat::Unnamed => self.shelf.unnamed().spoken.choose(hello),
            Seat::None(_) => hello.offered.oldest(),
        }
    }
}
