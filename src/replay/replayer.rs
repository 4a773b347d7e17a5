use super::account::{Account, Missed};
use super::deck::Dealt;
use super::miss;
use super::shelf::Shelf;
use crate::exchange::Request;
use crate::matching::Addressing;
use crate::net::{Answer, Arrived, Form, Reply};

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
        Self { shelf, settings, account: Account::default(), on_miss: Box::new(on_miss) }
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
        let Some(deck) = self.shelf.deck(session.as_deref()) else {
            let missed = miss::unknown_session(&request, session.as_deref().unwrap_or_default());
            return self.miss(&request, missed);
        };
        match deck.deal(&mut request, addressing) {
            Dealt::Reply(reply) => {
                self.account.count_served();
                reply
            }
            Dealt::Miss(found) => {
                let nearest = found.nearest.as_ref().map(|near| deck.place(near.index).clone());
                let missed = miss::missed(&request, session, &found, nearest);
                self.miss(&request, missed)
            }
            Dealt::Broken(error) => {
                let missed = Missed {
                    session,
                    method: request.method.clone(),
                    target: request.target.clone(),
                    reason: error.to_string(),
                    nearest: None,
                    differences: Vec::new(),
                    hint: "`testimony cassette verify` checks body files; record it again"
                        .to_owned(),
                };
                self.miss(&request, missed)
            }
        }
    }

    fn miss(&self, request: &Request, missed: Missed) -> Reply {
        (self.on_miss)(&missed);
        let response = miss::response(&missed, self.settings.miss_status);
        self.account.count_miss(missed);
        Reply::of(&response, &request.method)
    }
}

impl Answer for Replayer {
    async fn answer(&self, arrived: Arrived) -> Reply {
        self.reply(arrived)
    }
}
