use super::Cut;
use crate::net::{Link, Stop};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

/// A connection that has turned to another protocol.
pub struct Switched<'l> {
    /// The connection, after the head of the response 101.
    pub link: &'l mut Link,
    /// Asked of the server: to stop.
    pub stop: &'l Stop,
    /// Where it breaks off, its messages counting as pieces.
    pub cut: Option<Cut>,
}

type Future<'l> = Pin<Box<dyn std::future::Future<Output = ()> + Send + 'l>>;
type Play = dyn for<'l> Fn(Switched<'l>) -> Future<'l> + Send + Sync;

/// What follows a response 101 on its connection (RFC 9110, section 7.8); clones are the same.
#[derive(Clone)]
pub struct Onward(Arc<Play>);

impl Onward {
    /// Plays this when the head of the response is sent; then the connection is closed.
    pub fn new(play: impl for<'l> Fn(Switched<'l>) -> Future<'l> + Send + Sync + 'static) -> Self {
        Self(Arc::new(play))
    }

    /// Plays it to its end.
    pub async fn play(&self, switched: Switched<'_>) {
        (self.0)(switched).await;
    }
}

impl fmt::Debug for Onward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Onward")
    }
}

impl PartialEq for Onward {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
