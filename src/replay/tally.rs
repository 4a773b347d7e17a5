use super::account::Account;
use super::scene::Scene;
use crate::exchange::Digest;
use crate::matching::Missed;
use std::sync::Arc;

/// Where misses of one session are counted and told, also those that show themselves after the answer.
pub(super) struct Tally {
    pub(super) all: Arc<Account>,
    pub(super) own: Own,
    /// Told of each miss when it happens first.
    pub(super) on_miss: Arc<dyn Fn(&Missed) + Send + Sync>,
}

/// The account of one session.
pub(super) enum Own {
    Scene(Arc<Scene>),
    Unnamed(Arc<Account>),
    /// It has none.
    None,
}

impl Own {
    fn account(&self) -> Option<&Account> {
        match self {
            Self::Scene(scene) => Some(&scene.account),
            Self::Unnamed(account) => Some(account),
            Self::None => None,
        }
    }
}

impl Tally {
    /// Counts a miss, and explains it if it is a new one.
    pub(super) fn count(&self, key: &Digest, explain: impl FnOnce() -> Missed) -> Missed {
        let own = self.own.account();
        let before = self.all.count_again(key);
        if let Some(missed) = before {
            // A session that was started again has not heard of it.
            if let Some(own) = own.filter(|own| own.count_again(key).is_none()) {
                own.count_miss(*key, Missed { times: 1, ..missed.clone() });
            }
            return missed;
        }
        let missed = explain();
        if let Some(own) = own {
            own.count_miss(*key, missed.clone());
        }
        if self.all.count_miss(*key, missed.clone()) {
            (self.on_miss)(&missed);
        }
        missed
    }
}
