use super::TestingError;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use tokio::sync::oneshot;

/// Work that goes on on a thread of its own: `.await` it in an asynchronous test, whatever its
/// runtime, or [`wait`](Pending::wait) for it in any other.
///
/// The work has begun, and goes on, even if nobody asks for its result.
#[must_use = "it has begun, and its result may be a failure: `.await` it, or `.wait()` for it"]
#[derive(Debug)]
pub struct Pending<T>(oneshot::Receiver<Result<T, TestingError>>);

impl<T: Send + 'static> Pending<T> {
    /// Does blocking work on a thread of its own.
    pub(super) fn run(work: impl FnOnce() -> Result<T, TestingError> + Send + 'static) -> Self {
        let (sender, receiver) = oneshot::channel();
        let thread = std::thread::Builder::new().name("testimony".to_owned());
        // Where no thread can be had, the sender is dropped, and that is the result.
        let _ = thread.spawn(move || {
            let _ = sender.send(work());
        });
        Self(receiver)
    }

    /// Blocks this thread until the work is done.
    pub fn wait(self) -> Result<T, TestingError> {
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut context = Context::from_waker(&waker);
        let mut this = pin!(self);
        loop {
            match this.as_mut().poll(&mut context) {
                Poll::Ready(done) => return done,
                Poll::Pending => std::thread::park(),
            }
        }
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T, TestingError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let received = Pin::new(&mut self.0).poll(context);
        received.map(|received| received.unwrap_or(Err(TestingError::Lost)))
    }
}

/// Wakes the thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
