//! What a replay came to, session by session.

use super::Replayer;
use super::deck::Place;
use super::scene::Over;
use super::stage::Act;
use crate::matching::{Played, PlayedSession, Recorded};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

/// Exchanges by cassette and number.
type Numbers = HashSet<(Arc<Path>, u64)>;

impl Replayer {
    /// What it came to so far. An exchange is unused where no session was served it.
    pub fn played(&self) -> Played {
        let marks = self.marks();
        let unused = marks.iter().filter(|(_, used)| !used).map(|(place, _)| number(place));
        let unused: Numbers = unused.collect();
        let mut named: BTreeMap<String, PlayedSession> = BTreeMap::new();
        let earlier = self.stage().earlier();
        for over in &earlier {
            add(&mut named, over, &unused);
        }
        for act in self.acts() {
            match act {
                Act::Playing(scene) => add(&mut named, &scene.so_far(), &unused),
                Act::Over(over) => add(&mut named, &over, &unused),
            }
        }
        // Requests of sessions that nobody answers are misses of no cassette.
        for missed in self.account().misses() {
            let name = missed.session.as_deref().unwrap_or_default();
            let lost = matches!(missed.miss, "unknown-session" | "stopped-session");
            if lost {
                let session = named.entry(name.to_owned()).or_default();
                session.name = Some(name.to_owned());
                session.missed += missed.times;
                session.misses.push(missed);
            }
        }
        let mut sessions: Vec<PlayedSession> = self.unnamed_session(&unused).into_iter().collect();
        sessions.extend(named.into_values());
        Played {
            answered: self.account().answered(),
            missed: self.account().missed(),
            exchanges: marks.len() as u64,
            unused: unused.len() as u64,
            sessions,
        }
    }

    /// The requests that named no session: `None` where folders have sessions and there were none.
    fn unnamed_session(&self, unused: &Numbers) -> Option<PlayedSession> {
        let (account, deck) = (self.unnamed_account(), self.shelf().unnamed());
        let (answered, missed) = (account.answered(), account.missed());
        let mut session = PlayedSession {
            answered,
            missed,
            misses: account.misses(),
            ..PlayedSession::default()
        };
        if !self.shelf().sessions().is_empty() {
            // Their cassettes are told with them.
            return (answered + missed > 0).then_some(session);
        }
        session.cassettes =
            deck.cassettes().iter().map(|path| path.display().to_string()).collect();
        session.exchanges = deck.len() as u64;
        session.unused = deck
            .marks()
            .filter(|(place, used)| !used && unused.contains(&number(place)))
            .map(|(place, _)| Recorded::from(place))
            .collect();
        Some(session)
    }
}

fn number(place: &Place) -> (Arc<Path>, u64) {
    (Arc::clone(&place.cassette), place.exchange)
}

/// Adds what a session came to, to what it came to before.
fn add(sessions: &mut BTreeMap<String, PlayedSession>, over: &Over, unused: &Numbers) {
    let session = sessions.entry(over.name.clone()).or_default();
    session.name = Some(over.name.clone());
    let cassette = over.cassette.display().to_string();
    if !session.cassettes.contains(&cassette) {
        session.cassettes.push(cassette);
        session.exchanges += over.exchanges;
        let own = over.unused.iter().filter(|place| unused.contains(&number(place)));
        session.unused.extend(own.map(Recorded::from));
    }
    session.answered += over.answered;
    session.missed += over.missed;
    session.misses.extend(over.misses.iter().cloned());
}
