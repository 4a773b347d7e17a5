use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many streams of a connection are under way.
#[derive(Debug, Clone, Default)]
pub struct Active(Arc<AtomicUsize>);

/// One of them; it counts until it is dropped.
#[derive(Debug)]
pub struct One(Arc<AtomicUsize>);

impl Active {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// One more.
    pub fn one_more(&self) -> One {
        self.0.fetch_add(1, Ordering::Relaxed);
        One(Arc::clone(&self.0))
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
