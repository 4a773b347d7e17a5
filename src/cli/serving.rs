//! What every command that serves shares: the runtime, the listener, the line that says where it
//! listens, and the signals that end it.

use super::{Failure, World};
use crate::net::{CertificateAuthority, Listener, NetError, Notices, Stop};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Address and certificates of a command that serves.
#[derive(Debug, clap::Args)]
pub(super) struct ServerArguments {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(super) listen: SocketAddr,
    /// Folder of the project's certificate authority
    #[arg(long, value_name = "FOLDER")]
    pub(super) ca_dir: Option<PathBuf>,
}

impl ServerArguments {
    /// The project's certificate authority, made on first use.
    pub(super) fn authority(&self, world: &World) -> Result<Arc<CertificateAuthority>, Failure> {
        open_authority(self.ca_dir.as_deref(), world).map(Arc::new)
    }
}

/// The authority kept in `given`, else in `.testimony/ca/` beside `testimony.toml` (searched
/// upwards) or in the working directory.
pub(super) fn open_authority(
    given: Option<&Path>,
    world: &World,
) -> Result<CertificateAuthority, Failure> {
    let (folder, ignore) = if let Some(given) = given {
        let folder = world.directory.join(given);
        (folder.clone(), folder)
    } else {
        let directory = &world.directory;
        let project = directory.ancestors().find(|folder| folder.join("testimony.toml").is_file());
        let own = project.unwrap_or(directory).join(".testimony");
        (own.join("ca"), own)
    };
    CertificateAuthority::open(&folder, &ignore, world.now).map_err(|error| {
        Failure::world(error).hint("`--ca-dir FOLDER` keeps the authority elsewhere")
    })
}

/// A runtime for sockets and processes.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::world(format!("starting: {error}")))
}

/// Binds, and says on stdout where, once connections are accepted.
pub(super) async fn listen(address: SocketAddr, world: &World) -> Result<Listener, Failure> {
    let listener = Listener::bind(address).await.map_err(|error| {
        let NetError::Bind { .. } = &error;
        Failure::world(error).hint("`--listen 127.0.0.1:0` takes a free port")
    })?;
    world.print(&format!("listening on http://{}\n", listener.address()))?;
    Ok(listener.notices(notices()))
}

/// What servers notice goes to stderr.
fn notices() -> Notices {
    Notices::to(|notice| {
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "{notice}");
    })
}

/// Asks to stop on SIGINT or SIGTERM; the second signal ends what is under way.
pub(super) fn stop_on_signals(stop: Stop) -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed = |error| Failure::world(format!("signals: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if stop.is_requested() { stop.cut() } else { stop.request() }
        }
    });
    Ok(())
}
