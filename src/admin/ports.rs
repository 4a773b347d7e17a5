use crate::net::{CertificateAuthority, Limits, Listener, NetError, Notices, Stop};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::JoinHandle;

/// Where an engine's proxy is, and what its listeners have in common.
#[derive(Debug, Clone)]
pub struct Site {
    /// The proxy's address as clients on this machine reach it.
    pub proxy: SocketAddr,
    /// Opens TLS in tunnels.
    pub intercept: Option<Arc<CertificateAuthority>>,
    /// Limits towards clients.
    pub limits: Limits,
    /// Where notices go.
    pub notices: Notices,
    /// Asked for when all is to end.
    pub stop: Stop,
}

/// Listeners that belong to one session each.
#[derive(Debug, Default)]
pub struct Ports(Mutex<HashMap<String, Port>>);

#[derive(Debug)]
struct Port {
    number: u16,
    stop: Stop,
    served: JoinHandle<()>,
}

impl Site {
    /// The proxy's URL for the clients of a session, which `user` names in a URL.
    pub fn proxy(&self, user: &str, port: Option<u16>) -> String {
        match port {
            Some(port) => format!("http://{}", SocketAddr::new(self.proxy.ip(), port)),
            None => format!("http://{user}@{}", self.proxy),
        }
    }
}

impl Ports {
    /// Opens a port for a session, beside the proxy's; `run` serves it.
    pub async fn open<F>(
        &self,
        session: &str,
        site: &Site,
        run: impl FnOnce(Listener, Stop) -> F,
    ) -> Result<u16, NetError>
    where
        F: Future<Output = Result<(), NetError>> + Send + 'static,
    {
        let listener = Listener::bind(SocketAddr::new(site.proxy.ip(), 0)).await?;
        let listener = listener.notices(site.notices.clone()).session(session);
        let (number, stop) = (listener.address().port(), site.stop.part());
        let serving = run(listener, stop.clone());
        let served = tokio::spawn(async move {
            // Once it is bound, serving does not fail.
            let _ = serving.await;
        });
        self.table().insert(session.to_owned(), Port { number, stop, served });
        Ok(number)
    }

    /// The port of a session.
    pub fn of(&self, session: &str) -> Option<u16> {
        self.table().get(session).map(|port| port.number)
    }

    /// Takes no more connections on the port of a session, and lets the requests there end.
    pub fn request(&self, session: &str) {
        if let Some(port) = self.table().get(session) {
            port.stop.request();
        }
    }

    /// Closes the port of a session; returns when its connections have ended.
    pub async fn close(&self, session: &str) {
        let port = self.table().remove(session);
        if let Some(port) = port {
            port.stop.request();
            let _ = port.served.await;
        }
    }

    /// Closes all of them.
    pub async fn close_all(&self) {
        let ports: Vec<Port> = self.table().drain().map(|(_, port)| port).collect();
        for port in &ports {
            port.stop.request();
        }
        for port in ports {
            let _ = port.served.await;
        }
    }

    fn table(&self) -> MutexGuard<'_, HashMap<String, Port>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
