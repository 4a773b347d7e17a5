//! Whose turn it is: which exchange of a tape answers a request. Where neither variables nor the order of
//! exchanges matter, that is the next of those that are equal; else it is [chosen](super::choosing).

use super::canonical::Canonical;
use super::comparable::{Key, key};
use super::miss::Miss;
use super::tape::{Addressing, Asked, Group, Repeat, Set, Tape};
use crate::exchange::{Authority, Request};
use std::sync::atomic::Ordering;

/// Where a request stands, so that one which must be equal can be answered without being compared.
#[derive(Debug, Clone)]
pub struct Spot {
    key: Key,
    /// The host that counts, for a proxy.
    authority: Option<(String, Authority)>,
    addressing: Addressing,
    alone: bool,
}

impl Spot {
    /// Whether all requests that stand here get the same answer: it is the only one.
    pub const fn is_alone(&self) -> bool {
        self.alone
    }
}

impl Tape {
    /// The place (from 0) of the exchange that answers a request which passed the redactor, or why
    /// there is none.
    pub fn answer(&self, request: &Request, addressing: Addressing) -> Result<usize, Miss> {
        self.locate(request, addressing).map(|(index, _)| index)
    }

    /// The same, and where the request stands, if that alone tells how an equal one is answered.
    pub fn locate(
        &self,
        request: &Request,
        addressing: Addressing,
    ) -> Result<(usize, Option<Spot>), Miss> {
        let request = self.turned_back(request);
        let asked = |set: &Set| {
            let (request, variables) = Canonical::with_variables(&request, &set.rules);
            let key = key(&request);
            Asked { request, key, variables }
        };
        if let [set] = self.sets.as_slice() {
            let asked = asked(set);
            return match set.groups.get(&asked.key) {
                Some(group) if !group.is_choosy => {
                    let (key, authority) = (asked.key, asked.request.authority);
                    let index = self.next_of(group, authority.as_ref(), addressing)?;
                    // Values that are bound later may turn an equal request into another one.
                    let alone = group.entries.len() == 1 && self.repeat != Repeat::Fail;
                    let spot = Spot { key, authority, addressing, alone };
                    Ok((index, self.known.is_empty().then_some(spot)))
                }
                _ => self.choose(&[(set, asked)], addressing).map(|index| (index, None)),
            };
        }
        let asked: Vec<(&Set, Asked)> = self.sets.iter().map(|set| (set, asked(set))).collect();
        self.choose(&asked, addressing).map(|index| (index, None))
    }

    /// The place of the exchange that answers a request which stands at a spot; `None` where it must be
    /// looked at anew.
    pub fn again(&self, spot: &Spot) -> Option<usize> {
        let [set] = self.sets.as_slice() else { return None };
        let group = set.groups.get(&spot.key)?;
        let authority = spot.authority.as_ref();
        if self.repeat == Repeat::Fail {
            // A miss is counted by those who tell it.
            return self.unserved_of(group, authority, spot.addressing);
        }
        self.next_of(group, authority, spot.addressing).ok()
    }

    /// The first exchange of a group that was not served, and counts as served from now on.
    fn unserved_of(
        &self,
        group: &Group,
        authority: Option<&(String, Authority)>,
        addressing: Addressing,
    ) -> Option<usize> {
        // What was served long ago is not gone through again. Whoever sets the mark serves it: two equal
        // requests at once get different answers.
        group.entries[self.first_unserved(group)..]
            .iter()
            .copied()
            .find(|index| self.fits(*index, authority, addressing) && self.entries[*index].take())
    }

    fn fits(
        &self,
        index: usize,
        authority: Option<&(String, Authority)>,
        addressing: Addressing,
    ) -> bool {
        addressing == Addressing::Reverse
            || self.entries[index].request.authority.as_ref() == authority
    }

    /// The next exchange of a group in which neither variables nor order matter.
    fn next_of(
        &self,
        group: &Group,
        authority: Option<&(String, Authority)>,
        addressing: Addressing,
    ) -> Result<usize, Miss> {
        if let Some(index) = self.unserved_of(group, authority, addressing) {
            return Ok(index);
        }
        let fits = |index: &&usize| self.fits(**index, authority, addressing);
        let Some(last) = group.entries.iter().rev().find(fits).copied() else {
            return Err(Miss::unequal());
        };
        match self.repeat {
            Repeat::Last => Ok(last),
            Repeat::Cycle => {
                let fitting: Vec<usize> = group.entries.iter().filter(fits).copied().collect();
                let round = group.rounds.fetch_add(1, Ordering::AcqRel);
                Ok(fitting.get(round % fitting.len().max(1)).copied().unwrap_or(last))
            }
            Repeat::Fail => {
                let recorded = group.entries.iter().filter(fits).count();
                let before = group.rounds.fetch_add(1, Ordering::AcqRel);
                Err(Miss::exhausted(last, recorded, recorded + before + 1))
            }
        }
    }
}
