use crate::net::Stop;
use std::time::{Duration, Instant};

/// Time since a request's head had arrived.
#[derive(Debug, Clone)]
pub struct Clock {
    arrived: Instant,
    stop: Stop,
}

impl Clock {
    /// A clock that began when the request had arrived.
    pub const fn new(arrived: Instant, stop: Stop) -> Self {
        Self { arrived, stop }
    }

    /// Returns at this time, or as soon as the server is asked to stop.
    pub async fn until(&self, at: Duration) {
        let left = at.saturating_sub(self.arrived.elapsed());
        if left.is_zero() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(left) => {}
            () = self.stop.requested() => {}
        }
    }

    /// Asked of the server: to stop.
    pub const fn stop(&self) -> &Stop {
        &self.stop
    }
}
