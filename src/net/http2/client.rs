//! Connections of HTTP/2 to upstreams, and what each upstream was found to speak.

use super::lane::Lane;
use crate::exchange::{TransportError, TransportErrorKind};
use crate::net::{Client, ConnectError, Endpoint, Offered, Protocol};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longest that a connection is kept without a request. Servers announce that they close, so that
/// it can be longer than for HTTP/1.
const KEPT: Duration = Duration::from_secs(30);
/// Most connections to one endpoint; beyond, requests wait for a stream.
const PER_ENDPOINT: usize = 16;
/// Most endpoints that are remembered.
const ENDPOINTS: usize = 4096;
/// Longest wait for an upstream while a client's handshake waits for what it speaks.
const PROBE: Duration = Duration::from_secs(5);
/// How long a failure waits for the request that it is told to.
const UNTOLD: Duration = Duration::from_secs(3);
/// Most bytes of a response's head.
const HEAD: usize = 64 * 1024;

/// The connections of a [`Client`], by endpoint.
#[derive(Debug, Default)]
pub struct Lanes {
    endpoints: Mutex<HashMap<Endpoint, Arc<tokio::sync::Mutex<Road>>>>,
    spoken: Mutex<HashMap<(Endpoint, Offered), Spoken>>,
    /// Failures to connect that no request has been told yet.
    untold: Mutex<HashMap<Endpoint, (Instant, TransportError)>>,
}

/// What an endpoint chose; nothing where it knows nothing of ALPN.
#[derive(Debug, Clone, Copy)]
struct Spoken(Option<Protocol>);

/// The connections to one endpoint.
#[derive(Debug, Default)]
struct Road {
    lanes: Vec<(Instant, Lane)>,
    failed: Option<(Instant, TransportError)>,
}

impl Road {
    /// A connection with room for a request, or any where there may be no more.
    fn free(&mut self) -> Option<Lane> {
        self.lanes.retain_mut(|(used, lane)| {
            lane.is_open() && !(lane.is_idle() && used.elapsed() >= KEPT)
        });
        let full = self.lanes.len() >= PER_ENDPOINT;
        let (used, lane) = self.lanes.iter_mut().find(|(_, lane)| full || !lane.is_full())?;
        *used = Instant::now();
        Some(lane.clone())
    }
}

impl Lanes {
    fn road(&self, endpoint: &Endpoint) -> Arc<tokio::sync::Mutex<Road>> {
        let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        if endpoints.len() >= ENDPOINTS {
            endpoints.clear();
        }
        Arc::clone(endpoints.entry(endpoint.clone()).or_default())
    }

    fn spoken(&self, endpoint: &Endpoint, offered: Offered) -> Option<Spoken> {
        let spoken = self.spoken.lock().unwrap_or_else(PoisonError::into_inner);
        spoken.get(&(endpoint.clone(), offered)).copied()
    }

    fn note(&self, endpoint: &Endpoint, offered: Offered, chosen: Spoken) {
        let mut spoken = self.spoken.lock().unwrap_or_else(PoisonError::into_inner);
        if spoken.len() >= ENDPOINTS {
            spoken.clear();
        }
        spoken.insert((endpoint.clone(), offered), chosen);
    }

    fn keep_failure(&self, endpoint: &Endpoint, error: TransportError) {
        let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
        untold.retain(|_, (when, _)| when.elapsed() < UNTOLD);
        untold.insert(endpoint.clone(), (Instant::now(), error));
    }

    /// Why the endpoint could not be connected to just now, when a client's handshake waited for it:
    /// the failure of the request that comes next.
    pub fn failure(&self, endpoint: &Endpoint) -> Option<TransportError> {
        let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
        let (when, error) = untold.remove(endpoint)?;
        (when.elapsed() < UNTOLD).then_some(error)
    }

    fn forget(&self, endpoint: &Endpoint) {
        let mut spoken = self.spoken.lock().unwrap_or_else(PoisonError::into_inner);
        spoken.retain(|(of, _), _| of != endpoint);
    }
}

impl Client {
    /// What the endpoint chooses of the protocols that are offered to it in TLS. The connection that
    /// this takes is kept for the next request; what was chosen is remembered.
    pub async fn negotiate(
        &self,
        endpoint: &Endpoint,
        offered: Offered,
    ) -> Result<Option<Protocol>, ConnectError> {
        if let Some(Spoken(chosen)) = self.lanes.spoken(endpoint, offered) {
            return Ok(chosen);
        }
        let names = offered.names();
        let connecting = tokio::time::timeout(PROBE, self.connect_offering(endpoint, &names));
        let connected = connecting.await.map_err(|_| {
            // The request itself may take more time.
            let message = format!("{}: no connection in time", endpoint.authority);
            transport(TransportErrorKind::Timeout, message)
        })?;
        if let Err(ConnectError::Transport(error)) = &connected {
            self.lanes.keep_failure(endpoint, error.clone());
        }
        let (link, chosen) = connected?;
        let chosen = chosen.as_deref().and_then(Protocol::named);
        if chosen == Some(Protocol::Http2) {
            if let Ok(lane) = Lane::begin(link, endpoint.secure, HEAD).await {
                let road = self.lanes.road(endpoint);
                let mut road = road.lock().await;
                if road.lanes.len() < PER_ENDPOINT {
                    road.lanes.push((Instant::now(), lane));
                }
            }
        } else {
            self.keep(endpoint.clone(), link);
        }
        self.lanes.note(endpoint, offered, Spoken(chosen));
        Ok(chosen)
    }

    /// A connection of HTTP/2 with room for a request: one that is there, or a new one. Requests that
    /// come at once wait for the same one.
    pub async fn lane(&self, endpoint: &Endpoint) -> Result<Lane, ConnectError> {
        let asked = Instant::now();
        let road = self.lanes.road(endpoint);
        let mut road = road.lock().await;
        if let Some(lane) = road.free() {
            return Ok(lane);
        }
        if let Some((when, error)) = &road.failed
            && *when >= asked
        {
            return Err(ConnectError::Transport(error.clone()));
        }
        match self.new_lane(endpoint).await {
            Ok(lane) => {
                road.failed = None;
                road.lanes.push((Instant::now(), lane.clone()));
                Ok(lane)
            }
            Err(ConnectError::Transport(error)) => {
                road.failed = Some((Instant::now(), error.clone()));
                Err(ConnectError::Transport(error))
            }
            Err(error) => Err(error),
        }
    }

    async fn new_lane(&self, endpoint: &Endpoint) -> Result<Lane, ConnectError> {
        if let Some(error) = self.lanes.failure(endpoint) {
            return Err(ConnectError::Transport(error));
        }
        let (link, chosen) = if endpoint.secure {
            self.connect_offering(endpoint, &Offered::HTTP2.names()).await?
        } else {
            // A proxy that passes requests on would not do so in HTTP/2.
            (self.open(&endpoint.authority).await?, None)
        };
        if endpoint.secure && chosen.as_deref() != Some(Protocol::Http2.name()) {
            self.lanes.forget(endpoint);
            let message = format!(
                "{}: upstream chose no HTTP/2 (ALPN) and was asked in HTTP/2",
                endpoint.authority
            );
            return Err(transport(TransportErrorKind::Protocol, message));
        }
        Lane::begin(link, endpoint.secure, HEAD).await.map_err(|fault| {
            transport(TransportErrorKind::Reset, format!("{}: {fault}", endpoint.authority))
        })
    }
}

fn transport(kind: TransportErrorKind, message: String) -> ConnectError {
    ConnectError::Transport(TransportError { kind, message })
}
