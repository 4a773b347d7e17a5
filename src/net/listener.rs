use super::connection::{self, Shared};
use super::{CertificateAuthority, Limits, Notice, Notices, Service, Stop};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Shortest and longest pause after connections could not be accepted.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// A bound socket: its address is known before anyone waits for it.
#[derive(Debug)]
pub struct Listener {
    inner: TcpListener,
    address: SocketAddr,
    notices: Notices,
    session: Option<String>,
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The address is in use, not ours, or not allowed.
    #[error("{address}: cannot listen: {cause}")]
    Bind {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        cause: io::Error,
    },
}

impl Listener {
    /// Binds an address; port 0 takes a free one.
    pub async fn bind(address: SocketAddr) -> Result<Self, NetError> {
        let fault = |cause| NetError::Bind { address, cause };
        let inner = TcpListener::bind(address).await.map_err(fault)?;
        let address = inner.local_addr().map_err(fault)?;
        Ok(Self { inner, address, notices: Notices::default(), session: None })
    }

    /// The address that connections are accepted on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends notices somewhere.
    #[must_use]
    pub fn notices(mut self, notices: Notices) -> Self {
        self.notices = notices;
        self
    }

    /// Takes what names no session for this one's.
    #[must_use]
    pub fn session(mut self, name: impl Into<String>) -> Self {
        self.session = Some(name.into());
        self
    }
}

/// Serves connections until `stop` is requested and what was under way has ended.
pub async fn run<S: Service>(
    listener: Listener,
    intercept: Option<Arc<CertificateAuthority>>,
    limits: Limits,
    service: Arc<S>,
    stop: Stop,
) -> Result<(), NetError> {
    let (notices, session) = (listener.notices.clone(), listener.session.clone());
    let shared = Arc::new(Shared { intercept, limits, service, stop, notices, session });
    // Every connection holds a receiver: when all are gone, the sender knows.
    let (alive, token) = watch::channel(());
    accept(&listener, &shared, &token).await;
    drop((listener, token));
    if tokio::time::timeout(limits.drain, alive.closed()).await.is_err() {
        shared.stop.cut();
        // Cut exchanges still write down what they have; that takes no waiting for others.
        let _ = tokio::time::timeout(limits.drain.max(PAUSES.1), alive.closed()).await;
    }
    Ok(())
}

async fn accept<S: Service>(
    listener: &Listener,
    shared: &Arc<Shared<S>>,
    token: &watch::Receiver<()>,
) {
    let mut pause = PAUSES.0;
    let mut stopped = std::pin::pin!(shared.stop.requested());
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stopped => return,
            accepted = listener.inner.accept() => accepted,
        };
        match accepted {
            Ok((socket, client)) => {
                pause = PAUSES.0;
                let (shared, token) = (Arc::clone(shared), token.clone());
                tokio::spawn(async move {
                    connection::drive(socket, client, &shared).await;
                    drop(token);
                });
            }
            // The client gave up before it was accepted.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                shared.notices.tell(&Notice::Accept { reason: error.to_string() });
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSES.1);
            }
        }
    }
}
