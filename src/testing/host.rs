//! The thread that a server runs on. It is no part of the test's runtime, which may be blocked, have
//! one thread, or not be there.

use super::TestingError;
use crate::net::Stop;
use std::sync::mpsc;
use std::thread::JoinHandle;
use tokio::runtime::{Builder, Handle};

/// A server at work. Ended when dropped.
#[derive(Debug)]
pub(super) struct Host {
    stop: Stop,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Host {
    /// Starts a server: `make` binds it, and answers with what its owner needs and with the future
    /// that serves until it is stopped. Blocks until it is bound.
    pub fn start<T, M, S>(
        name: &str,
        make: impl FnOnce(Stop) -> M + Send + 'static,
    ) -> Result<(Self, T), TestingError>
    where
        T: Send + 'static,
        M: Future<Output = Result<(T, S), TestingError>>,
        S: Future<Output = ()>,
    {
        let (sender, receiver) = mpsc::sync_channel(1);
        let stop = Stop::new();
        let asked = stop.clone();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let runtime = match Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => {
                    let _ = sender.send(Err(TestingError::Thread(error)));
                    return;
                }
            };
            runtime.block_on(async {
                match make(asked).await {
                    Err(error) => {
                        let _ = sender.send(Err(error));
                    }
                    Ok((bound, serving)) => {
                        if sender.send(Ok((Handle::current(), bound))).is_ok() {
                            serving.await;
                        }
                    }
                }
            });
            runtime.shutdown_background();
        });
        let thread = thread.map_err(TestingError::Thread)?;
        // The thread sends before it ends, unless it panics.
        let (handle, bound) = receiver.recv().unwrap_or(Err(TestingError::Lost))?;
        Ok((Self { stop, handle, thread: Some(thread) }, bound))
    }

    /// Does work beside the server, and blocks until it is done; `None` when the server has ended.
    pub fn ask<T, F>(handle: &Handle, work: F) -> Option<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let (sender, receiver) = mpsc::sync_channel(1);
        handle.spawn(async move {
            let _ = sender.send(work.await);
        });
        receiver.recv().ok()
    }

    /// Where [`Host::ask`] sends work.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Lets what is under way end, then the server.
    pub fn end(&mut self) {
        self.stop.request();
        if let Some(thread) = self.thread.take() {
            // A server that panicked has said so; its owner finds what is missing.
            let _ = thread.join();
        }
    }

    /// Cuts what is under way: the test that asked for it is over.
    pub fn cut(&mut self) {
        self.stop.cut();
        self.end();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.cut();
    }
}
