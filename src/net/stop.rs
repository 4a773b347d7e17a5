use std::sync::Arc;
use tokio::sync::watch;

/// Asks a server to stop; clones share the request.
///
/// Stopping has two steps: once asked, a server takes no new requests and lets those under way end;
/// when their time is up ([`super::Limits::drain`]) it cuts them.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<Phase>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Running,
    Draining,
    Cut,
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

impl Stop {
    /// Nothing is asked yet.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Phase::Running)))
    }

    /// Asks to stop.
    pub fn request(&self) {
        self.advance(Phase::Draining);
    }

    /// Ends what is still under way.
    pub fn cut(&self) {
        self.advance(Phase::Cut);
    }

    /// Whether a stop was asked for.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow() >= Phase::Draining
    }

    /// Returns when a stop was asked for.
    pub async fn requested(&self) {
        self.reached(Phase::Draining).await;
    }

    /// Returns when what is under way must end.
    pub async fn was_cut(&self) {
        self.reached(Phase::Cut).await;
    }

    fn advance(&self, phase: Phase) {
        self.0.send_if_modified(|now| {
            let later = phase > *now;
            if later {
                *now = phase;
            }
            later
        });
    }

    async fn reached(&self, phase: Phase) {
        // The sender lives in `self`, so that waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|now| *now >= phase).await;
    }
}
