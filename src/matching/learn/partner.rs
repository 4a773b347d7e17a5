//! Which exchange of the left run belongs to one of the right.

use super::super::canonical::Canonical;
use super::super::rules::Rules;
use super::spots::{self, Apart, Spot};
use crate::cassette::redact::unshaped;
use crate::exchange::{Authority, Exchange};
use std::collections::{HashMap, VecDeque};

/// Most candidates that are compared place by place.
const CANDIDATES: usize = 40;

/// What requests must share to be one request of two runs.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Family {
    method: String,
    authority: Option<(String, Authority)>,
    segments: usize,
    selectors: Vec<(String, String)>,
}

impl Family {
    fn of(request: &Canonical) -> Self {
        let selectors = ["x-acs-action", "x-amz-target", "soapaction"];
        let mut chosen: Vec<_> = request
            .headers
            .iter()
            .filter(|(name, _)| selectors.contains(&name.as_str()))
            .cloned()
            .collect();
        chosen.extend(request.query.iter().filter(|(name, _)| name == "Action").cloned());
        Self {
            method: request.method.clone(),
            authority: request.authority.clone(),
            segments: request.path.split('/').count(),
            selectors: chosen,
        }
    }
}

/// The requests of the left run that have no counterpart yet.
pub(super) struct Partners {
    requests: Vec<Canonical>,
    taken: Vec<bool>,
    equal: HashMap<Vec<u8>, VecDeque<usize>>,
    families: HashMap<Family, Vec<usize>>,
}

impl Partners {
    pub(super) fn new(left: &[Exchange], rules: &Rules) -> Self {
        let of = |one: &Exchange| Canonical::of(&unshaped(&one.request, &one.redacted), rules);
        let requests: Vec<Canonical> = left.iter().map(of).collect();
        let (mut equal, mut families) = (HashMap::new(), HashMap::new());
        for (index, request) in requests.iter().enumerate() {
            let queue: &mut VecDeque<usize> = equal.entry(request.key()).or_default();
            queue.push_back(index);
            let family: &mut Vec<usize> = families.entry(Family::of(request)).or_default();
            family.push(index);
        }
        Self { taken: vec![false; requests.len()], requests, equal, families }
    }

    /// The counterpart of a request, given as it was sent and as it would be sent after the left
    /// run's answers; where they differ; whether it is equal only as that.
    pub(super) fn take(
        &mut self,
        plain: &Canonical,
        told: Option<&Canonical>,
    ) -> Option<(usize, Vec<Apart>, bool)> {
        for (request, follows) in
            [(Some(plain), false), (told, true)].iter().filter_map(|(r, f)| r.map(|r| (r, *f)))
        {
            let queue = self.equal.get_mut(&request.key());
            let next = queue.and_then(|queue| {
                while let Some(index) = queue.pop_front() {
                    if !self.taken[index] && self.requests[index].authority == request.authority {
                        return Some(index);
                    }
                }
                None
            });
            if let Some(index) = next {
                self.taken[index] = true;
                return Some((index, Vec::new(), follows));
            }
        }
        let request = told.unwrap_or(plain);
        let family = self.families.get_mut(&Family::of(request))?;
        let taken = &self.taken;
        family.retain(|index| !taken[*index]);
        let (index, apart) = family
            .iter()
            .take(CANDIDATES)
            .map(|index| (*index, spots::of_requests(&self.requests[*index], request)))
            .min_by_key(|(index, apart)| (distance(apart), *index))?;
        self.taken[index] = true;
        Some((index, apart, false))
    }

    /// Places of those that have none.
    pub(super) fn left(&self) -> impl Iterator<Item = usize> + '_ {
        self.taken.iter().enumerate().filter_map(|(index, taken)| (!taken).then_some(index))
    }
}

/// How far two requests are apart: paths and plain words tell them apart, chance does not.
fn distance(apart: &[Apart]) -> usize {
    let of = |one: &Apart| {
        let kind = super::Kind::of(one.left.as_deref(), one.right.as_deref());
        let sure = kind.confidence() > super::Confidence::Low;
        match (&one.spot, sure) {
            (_, true) => 1,
            (Spot::Path(_), false) => 20,
            (_, false) => 5,
        }
    };
    apart.iter().map(of).sum()
}
