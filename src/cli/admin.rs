//! `--admin`: the admin API of a command that serves.

use super::server;
use super::{Failure, World};
use crate::admin::{self, Engine, Site};
use crate::net::{CertificateAuthority, Limits, Listener, NetError, Stop};
use std::net::SocketAddr;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
pub(super) struct AdminArguments {
    /// Address of the admin API, where sessions are started and stopped; a port alone is on loopback
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    admin: Option<SocketAddr>,
}

/// Reads an address, or a port on loopback.
fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    text.parse().map_err(|_| format!("`{text}` is neither an address with a port nor a port"))
}

/// The admin API, bound before anything is served.
pub(super) struct Admin {
    listener: Option<Listener>,
    address: Option<SocketAddr>,
}

impl Admin {
    /// Binds the address that was asked for, if any.
    pub(super) async fn bind(arguments: &AdminArguments, world: &World) -> Result<Self, Failure> {
        let Some(address) = arguments.admin else {
            return Ok(Self { listener: None, address: None });
        };
        let listener = server::bind(address, world).await?;
        let address = listener.address();
        if !address.ip().is_loopback() {
            world.say(format!(
                "warning: --admin {address}: whoever reaches this address can stop recordings"
            ));
        }
        Ok(Self { listener: Some(listener), address: Some(address) })
    }

    /// Says on stdout where the API is.
    pub(super) fn announce(&self, world: &World) -> Result<(), Failure> {
        match self.address {
            Some(address) => {
                world.print(&format!("admin on {}\n", server::url(address))).map(|_| ())
            }
            None => Ok(()),
        }
    }

    /// Serves `engine` until `stop` is requested; without an address, waits for that.
    pub(super) async fn serve(self, engine: Arc<impl Engine>, stop: Stop) -> Result<(), NetError> {
        match self.listener {
            Some(listener) => admin::serve(listener, engine, stop).await,
            None => Ok(()),
        }
    }
}

/// The site of a proxy that listens at `address`.
pub(super) fn site(
    address: SocketAddr,
    authority: &Arc<CertificateAuthority>,
    limits: Limits,
    stop: &Stop,
    world: &World,
) -> Site {
    Site {
        proxy: server::reachable(address),
        intercept: Some(Arc::clone(authority)),
        limits,
        notices: server::notices(world),
        stop: stop.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert_eq!(address("0").unwrap().to_string(), "127.0.0.1:0");
        assert_eq!(address("0.0.0.0:7").unwrap().to_string(), "0.0.0.0:7");
        assert!(address("localhost").is_err() && address("99999").is_err());
    }
}
