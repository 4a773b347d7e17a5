use super::carry::Carried;
use crate::exchange::{Exchange, Request, Target};
use crate::matching::{Canonical, Rules};
use std::collections::{HashMap, VecDeque};

/// Which exchanges of two recordings of one run have the same request, by place (from 0) on both sides. Hosts do not
/// count, and a request of the left is looked for as it would be sent after the answers of the right.
pub fn paired(left: &[Exchange], right: &[Exchange], rules: &Rules) -> Vec<(usize, usize)> {
    let mut free: HashMap<(String, String), VecDeque<(usize, Canonical)>> = HashMap::new();
    for (place, exchange) in right.iter().enumerate() {
        let canonical = canonical(&exchange.request, rules);
        let key = (canonical.method.clone(), canonical.path.clone());
        free.entry(key).or_default().push_back((place, canonical));
    }
    let mut carried = Carried::default();
    let mut pairs = Vec::new();
    for (ours, exchange) in left.iter().enumerate() {
        let told = carried.applied(exchange).request;
        let found = [&told, &exchange.request].into_iter().find_map(|request| {
            let wanted = canonical(request, rules);
            let same = free.get_mut(&(wanted.method.clone(), wanted.path.clone()))?;
            let place = same.iter().position(|(_, other)| is_same(&wanted, other))?;
            same.remove(place).map(|(place, _)| place)
        });
        if let Some(theirs) = found {
            carried.learn(exchange, right[theirs].response.as_ref());
            pairs.push((ours, theirs));
        }
    }
    pairs
}

/// A request as it is compared, without its host.
fn canonical(request: &Request, rules: &Rules) -> Canonical {
    let target = Target::parse(&request.target).path_and_query();
    Canonical::of(&Request { target, ..request.clone() }, rules)
}

fn is_same(one: &Canonical, other: &Canonical) -> bool {
    one.query == other.query && one.headers == other.headers && one.body == other.body
}
