use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use tokio::sync::watch;

/// Asks a server to stop; clones share the request.
///
/// Stopping has two steps: once asked, a server takes no new requests and lets those under way end;
/// when their time is up ([`super::Limits::drain`]) it cuts them.
#[derive(Debug, Clone)]
pub struct Stop(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    phase: watch::Sender<Phase>,
    /// The same, to be looked at for each request; set before anyone is woken.
    seen: AtomicU8,
    /// Those that stop when this does.
    parts: Mutex<Vec<Weak<Shared>>>,
}

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
        let phase = watch::Sender::new(Phase::Running);
        Self(Arc::new(Shared { phase, seen: AtomicU8::new(0), parts: Mutex::default() }))
    }

    /// A stop of a part: asked for by itself, and whenever this one is.
    #[must_use]
    pub fn part(&self) -> Self {
        let part = Self::new();
        let mut parts = self.0.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.retain(|part| part.strong_count() > 0);
        parts.push(Arc::downgrade(&part.0));
        // Under the lock: a request that comes now finds the new part in the list.
        part.0.advance(*self.0.phase.borrow());
        drop(parts);
        part
    }

    /// Asks to stop.
    pub fn request(&self) {
        self.0.advance(Phase::Draining);
    }

    /// Ends what is still under way.
    pub fn cut(&self) {
        self.0.advance(Phase::Cut);
    }

    /// Whether a stop was asked for.
    pub fn is_requested(&self) -> bool {
        self.0.seen.load(Ordering::Acquire) >= Phase::Draining as u8
    }

    /// Waits again and again for a stop to be asked for, beside something else.
    pub(super) fn watch(&self) -> Watch {
        self.watch_for(Phase::Draining)
    }

    /// Waits again and again for what is under way to be cut, beside something else.
    pub fn watch_cut(&self) -> Watch {
        self.watch_for(Phase::Cut)
    }

    fn watch_for(&self, phase: Phase) -> Watch {
        let stop = self.clone();
        let reached = Box::pin({
            let stop = stop.clone();
            async move { stop.reached(phase).await }
        });
        Watch { stop, phase, reached, by: None, seen: 0 }
    }

    /// Returns when a stop was asked for.
    pub async fn requested(&self) {
        self.reached(Phase::Draining).await;
    }

    /// Returns when what is under way must end.
    pub async fn was_cut(&self) {
        self.reached(Phase::Cut).await;
    }

    async fn reached(&self, phase: Phase) {
        // The sender lives in `self`, so that waiting cannot fail.
        let _ = self.0.phase.subscribe().wait_for(|now| *now >= phase).await;
    }
}

impl Shared {
    fn advance(&self, phase: Phase) {
        let later = self.phase.send_if_modified(|now| {
            let later = phase > *now;
            if later {
                *now = phase;
                self.seen.store(phase as u8, Ordering::Release);
            }
            later
        });
        if !later {
            return;
        }
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for part in parts.iter().filter_map(Weak::upgrade) {
            part.advance(phase);
        }
    }
}

/// Waits for a stop for as long as a connection lives. What is to be woken stays the same from one wait
/// to the next, so that it is told but once.
pub struct Watch {
    stop: Stop,
    phase: Phase,
    reached: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// Who will be woken.
    by: Option<Waker>,
    /// How far it had come when that was arranged: any step further has used it up.
    seen: u8,
}

impl Watch {
    /// Whether it waits for this stop.
    pub fn is_of(&self, stop: &Stop) -> bool {
        Arc::ptr_eq(&self.stop.0, &stop.0)
    }

    /// Ready when it has come that far.
    pub fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let seen = self.stop.0.seen.load(Ordering::Acquire);
        if seen >= self.phase as u8 {
            return Poll::Ready(());
        }
        let is_same = self.by.as_ref().is_some_and(|waker| waker.will_wake(context.waker()));
        if is_same && seen == self.seen {
            return Poll::Pending;
        }
        self.seen = seen;
        self.by = Some(context.waker().clone());
        self.reached.as_mut().poll(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn parts_stop_with_the_whole_and_not_the_other_way_round() {
        let whole = Stop::new();
        let (first, second) = (whole.part(), whole.part());
        let inner = first.part();
        first.request();
        inner.requested().await;
        assert!(!whole.is_requested() && !second.is_requested());
        whole.cut();
        for part in [&first, &second, &inner, &whole.part()] {
            part.was_cut().await;
        }
    }

    #[tokio::test]
    async fn a_watch_that_was_looked_at_before_wakes_its_task() {
        let stop = Stop::new();
        let (mut watch, mut looks) = (stop.watch(), 0);
        let (ready, waits) = tokio::sync::oneshot::channel();
        let mut ready = Some(ready);
        let task = tokio::spawn(async move {
            std::future::poll_fn(|context| {
                // Looked at twice before it waits.
                if looks == 0 {
                    looks += 1;
                    assert!(watch.poll(context).is_pending());
                }
                let asked = watch.poll(context);
                if let Some(ready) = ready.take() {
                    let _ = ready.send(());
                }
                asked
            })
            .await;
        });
        waits.await.unwrap();
        stop.request();
        task.await.unwrap();
    }

    /// A step that is not the one waited for wakes the task, too.
    #[tokio::test]
    async fn a_watch_is_told_of_every_step() {
        let stop = Stop::new();
        let mut watch = stop.watch_cut();
        let (looked, mut looks) = tokio::sync::mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            std::future::poll_fn(|context| {
                let cut = watch.poll(context);
                let _ = looked.send(());
                cut
            })
            .await;
        });
        looks.recv().await.unwrap();
        stop.request();
        looks.recv().await.unwrap();
        stop.cut();
        task.await.unwrap();
    }
}
