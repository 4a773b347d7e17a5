use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What the two directions of an exchange know of each other.
#[derive(Debug)]
pub struct Pulse {
    started: Instant,
    /// Milliseconds from `started` at which bytes last went in either direction.
    last: AtomicU64,
    answering: AtomicBool,
}

impl Pulse {
    /// An exchange that starts now.
    pub fn new() -> Self {
        Self { started: Instant::now(), last: AtomicU64::new(0), answering: AtomicBool::new(false) }
    }

    /// Bytes went.
    pub fn beat(&self) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Ordering::Relaxed);
    }

    /// How long none went.
    pub fn quiet(&self) -> Duration {
        let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
        self.started.elapsed().saturating_sub(last)
    }

    /// The client has got a part of its response.
    pub fn answer(&self) {
        self.answering.store(true, Ordering::Relaxed);
    }

    /// Whether the client has got a part of its response.
    pub fn is_answering(&self) -> bool {
        self.answering.load(Ordering::Relaxed)
    }
}
