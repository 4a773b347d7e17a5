use super::Endpoint;
use crate::net::Link;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longest that a connection is kept unused. Common servers close after 5 s; a request sent just
/// then would be lost, and is not repeated.
const KEPT: Duration = Duration::from_secs(3);
/// Most connections kept for one endpoint, and for all.
const PER_ENDPOINT: usize = 64;
const ALL: usize = 512;

/// Connections that wait for their next request.
#[derive(Debug, Default)]
pub struct Pool(Mutex<HashMap<Endpoint, Vec<(Instant, Link)>>>);

impl Pool {
    /// The connection that was used last and is still good.
    pub fn take(&self, endpoint: &Endpoint) -> Option<Link> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let links = kept.get_mut(endpoint)?;
        while let Some((since, mut link)) = links.pop() {
            if since.elapsed() < KEPT && link.is_quiet() {
                return Some(link);
            }
        }
        kept.remove(endpoint);
        None
    }

    /// Keeps a connection, unless there are many.
    pub fn put(&self, endpoint: Endpoint, link: Link) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= ALL {
            kept.retain(|_, links| {
                links.retain(|(since, _)| since.elapsed() < KEPT);
                !links.is_empty()
            });
        }
        let links = kept.entry(endpoint).or_default();
        links.retain(|(since, _)| since.elapsed() < KEPT);
        if links.len() < PER_ENDPOINT {
            links.push((Instant::now(), link));
        }
    }
}
