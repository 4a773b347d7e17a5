use super::account::{Account, Missed};
use super::deck::{Dealt, Place};
use super::miss;
use super::scene::{Over, Scene};
use super::shelf::Shelf;
use super::stage::{Act, Stage};
use crate::exchange::Request;
use crate::matching::Addressing;
use crate::net::{Answer, Arrived, Form, Hello, Protocol, Reply};
use std::collections::BTreeMap;
use std::sync::Arc;

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
    account: Account,
    stage: Stage,
    /// Told of each miss when it happens.
    on_miss: Box<dyn Fn(&Missed) + Send + Sync>,
}

impl Replayer {
    /// A replayer of these cassettes; `on_miss` hears of every miss at once.
    pub fn new(
        shelf: Shelf,
        settings: Settings,
        on_miss: impl Fn(&Missed) + Send + Sync + 'static,
    ) -> Self {
        let (account, stage) = (Account::default(), Stage::default());
        Self { shelf, settings, account, stage, on_miss: Box::new(on_miss) }
    }

    /// What was served and missed so far.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The cassettes.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Answers one request.
    pub fn reply(&self, arrived: Arrived) -> Reply {
        let Arrived { mut request, form, session, .. } = arrived;
        let addressing = match form {
            Form::Origin => Addressing::Reverse,
            Form::Absolute | Form::Tunnel => Addressing::Forward,
        };
        let scene = match self.seat(session.as_deref()) {
            Seat::Scene(scene) => Some(scene),
            Seat::Unnamed => None,
            Seat::None(missed) => {
                let missed = missed(&request, session.as_deref().unwrap_or_default());
                return self.miss(&request, missed, None);
            }
        };
        let deck = scene.as_ref().map_or(self.shelf.unnamed(), |scene| &scene.deck);
        let missed = match deck.deal(&mut request, addressing) {
            Dealt::Reply(reply) => {
                self.account.count_served();
                if let Some(scene) = scene {
                    scene.account.count_served();
                }
                return reply;
            }
            Dealt::Miss(found) => {
                let nearest = found.nearest.as_ref().map(|near| deck.place(near.index).clone());
                miss::missed(&request, session, &found, nearest)
            }
            Dealt::Broken(error) => Missed {
                session,
                method: request.method.clone(),
                target: request.target.clone(),
                reason: error.to_string(),
                nearest: None,
                differences: Vec::new(),
                hint: "`testimony cassette verify` checks body files; record it again".to_owned(),
            },
        };
        self.miss(&request, missed, scene.as_deref())
    }

    /// Who answers a session. One that was stopped answers nothing, whatever the shelf has.
    fn seat(&self, session: Option<&str>) -> Seat {
        let Some(name) = session else { return Seat::Unnamed };
        match self.stage.find(name) {
            Some(Act::Playing(scene)) => return Seat::Scene(scene),
            Some(Act::Over(_)) => return Seat::None(miss::stopped_session),
            None => {}
        }
        match self.shelf.sessions().get(name) {
            Some(scene) => Seat::Scene(Arc::clone(scene)),
            None if self.shelf.sessions().is_empty() => Seat::Unnamed,
            None => Seat::None(miss::unknown_session),
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

    fn miss(&self, request: &Request, missed: Missed, scene: Option<&Scene>) -> Reply {
        (self.on_miss)(&missed);
        let response = miss::response(&missed, self.settings.miss_status);
        if let Some(scene) = scene {
            scene.account.count_miss(missed.clone());
        }
        self.account.count_miss(missed);
        Reply::of(&response, &request.method)
    }
}

/// Who answers a session.
enum Seat {
    Scene(Arc<Scene>),
    Unnamed,
    /// Nobody: what is said of that.
    None(fn(&Request, &str) -> Missed),
}

impl Answer for Replayer {
    async fn answer(&self, arrived: Arrived) -> Reply {
        self.reply(arrived)
    }

    fn choose(&self, hello: &Hello) -> Option<Protocol> {
        match self.seat(hello.session.as_deref()) {
            Seat::Scene(scene) => scene.deck.spoken.choose(hello),
            Seat::Unnamed => self.shelf.unnamed().spoken.choose(hello),
            Seat::None(_) => hello.offered.oldest(),
        }
    }
}
