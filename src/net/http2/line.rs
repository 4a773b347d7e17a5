use super::duplex::{Duplex, Heard};
use super::fault::StreamFault;
use bytes::Bytes;
use h2::client::Connection;
use std::time::Duration;
use tokio::sync::watch;

/// Longest wait for how a connection ended, once a stream was told that it has.
const TOLD: Duration = Duration::from_secs(1);

/// What is known of a connection to an upstream apart from its streams.
#[derive(Debug, Clone)]
pub struct Line {
    heard: Heard,
    ended: watch::Receiver<Option<StreamFault>>,
}

impl Line {
    /// Works the connection until it has ended.
    pub fn of(connection: Connection<Duplex, Bytes>, heard: Heard) -> Self {
        let (end, ended) = watch::channel(None);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                end.send_replace(Some(StreamFault::of(&error)));
            }
        });
        Self { heard, ended }
    }

    /// A failure, in the light of what was heard. A stream is told that its connection has ended, but
    /// not always that it was given up and why.
    pub async fn fault(&self, error: &h2::Error) -> StreamFault {
        let fault = StreamFault::of(error);
        if self.heard.http1() {
            return StreamFault::NotHttp2;
        }
        if !matches!(fault, StreamFault::Connection(_)) {
            return fault;
        }
        if !self.heard.anything() {
            let message = "closed the connection without a word of HTTP/2".to_owned();
            return StreamFault::Connection(message);
        }
        let mut ended = self.ended.clone();
        let why = tokio::time::timeout(TOLD, ended.wait_for(Option::is_some));
        match why.await {
            Ok(Ok(why)) => why.clone().unwrap_or(fault),
            _ => fault,
        }
    }
}
