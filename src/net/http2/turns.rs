//! How far a connection has come with what its streams gave it to send. Resetting a stream drops what is queued
//! on it, so whoever breaks a message off waits until that has gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Notify, watch};

/// The turns of a connection: at the end of one, all that was queued before it began has been written.
#[derive(Debug, Default)]
pub struct Turns {
    done: watch::Sender<u64>,
    wanted: Arc<Wanted>,
}

/// A stream's view of them.
#[derive(Debug, Clone)]
pub struct Turn {
    done: watch::Receiver<u64>,
    wanted: Arc<Wanted>,
}

/// Whether streams wait for one.
#[derive(Debug, Default)]
pub struct Wanted {
    /// How many streams wait.
    waiting: AtomicUsize,
    nudge: Notify,
}

impl Turns {
    /// The view of a stream.
    pub fn view(&self) -> Turn {
        Turn { done: self.done.subscribe(), wanted: Arc::clone(&self.wanted) }
    }

    /// A turn has ended.
    pub fn ended(&self) {
        if self.wanted.waiting.load(Ordering::Acquire) > 0 {
            self.done.send_modify(|done| *done += 1);
        }
    }

    /// Who tells that a stream waits for one.
    pub fn watched(&self) -> Arc<Wanted> {
        Arc::clone(&self.wanted)
    }
}

impl Wanted {
    /// Returns when a stream waits for a turn.
    pub async fn nudged(&self) {
        self.nudge.notified().await;
    }
}

impl Turn {
    /// Returns when all that was queued has been written, or the connection is over.
    pub async fn passed(&mut self) {
        let wanted = Arc::clone(&self.wanted);
        let _waiting = Waiting::of(&wanted);
        // One turn may have begun before.
        for _ in 0..2 {
            self.done.mark_unchanged();
            wanted.nudge.notify_one();
            if self.done.changed().await.is_err() {
                return;
            }
        }
    }
}

/// Counts one that waits for as long as it does.
struct Waiting<'w>(&'w Wanted);

impl<'w> Waiting<'w> {
    fn of(wanted: &'w Wanted) -> Self {
        wanted.waiting.fetch_add(1, Ordering::AcqRel);
        Self(wanted)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}
