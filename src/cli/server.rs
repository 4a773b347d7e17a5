//! What every command that serves has in common: the runtime, the listener with its one line on
//! stdout, the project's certificate authority, and stopping on signals.

use super::{Failure, World};
use crate::net::{AuthorityError, CertificateAuthority, Listener, NetError, Notices, Stop};
use crate::project;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// Address and certificates of a command that serves.
#[derive(Debug, clap::Args)]
pub(super) struct ServerArguments {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(super) listen: SocketAddr,
    /// Folder of the project's certificate authority [default: .testimony/ca]
    #[arg(long, value_name = "FOLDER")]
    ca_dir: Option<PathBuf>,
    /// Stop when standard input ends, as by SIGTERM: the server does not outlive who started it
    #[arg(long)]
    until_eof: bool,
}

impl ServerArguments {
    /// The project's certificate authority, made on first use.
    pub(super) fn authority(&self, world: &World) -> Result<Arc<CertificateAuthority>, Failure> {
        authority(self.ca_dir.as_deref(), world).map(Arc::new)
    }
}

/// Most files that are asked for: some programs look at each number up to the limit that they inherit.
#[cfg(unix)]
const FILES: u64 = 65_536;

/// Lets this process have as many files open as it may: each client takes two, each session one.
#[cfg(unix)]
fn raise_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(FILES, |most| most.min(FILES));
    if current.is_some_and(|current| current < wanted) {
        // With fewer it serves as well, until they are used up, and that is told.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    }
}

/// A runtime for a server and what goes with it.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    #[cfg(unix)]
    raise_limit();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::world(format!("runtime: {error}")))
}

/// Where the authority is kept, and the folder that is to be ignored by git.
fn authority_folder(ca_dir: Option<&Path>, world: &World) -> (PathBuf, PathBuf) {
    if let Some(folder) = ca_dir {
        return (world.directory.join(folder), world.directory.join(folder));
    }
    project::authority_folder(&world.directory)
}

/// The project's certificate authority, made on first use.
pub(super) fn authority(
    ca_dir: Option<&Path>,
    world: &World,
) -> Result<CertificateAuthority, Failure> {
    let (folder, ignore) = authority_folder(ca_dir, world);
    CertificateAuthority::open(&folder, &ignore, world.now).map_err(|error| match &error {
        AuthorityError::File { .. } => Failure::world(&error),
        AuthorityError::Content { .. }
        | AuthorityError::KeyMissing { .. }
        | AuthorityError::Leaf { .. } => Failure::asked(&error).hint(format!(
            "remove {} to have a new authority made; clients must then trust the new one",
            folder.display()
        )),
    })
}

/// Binds `address`; what the server notices goes to stderr.
pub(super) async fn bind(address: SocketAddr, world: &World) -> Result<Listener, Failure> {
    let listener = Listener::bind(address).await.map_err(|error| {
        let failure = Failure::world(&error);
        match &error {
            NetError::Bind { cause, .. } if cause.kind() == std::io::ErrorKind::AddrInUse => {
                failure.hint("take another port, or port 0 for a free one")
            }
            NetError::Bind { .. } => failure,
        }
    })?;
    Ok(listener.notices(notices(world)))
}

/// Notices as lines on stderr.
pub(super) fn notices(world: &World) -> Notices {
    let world = world.clone();
    Notices::to(move |notice| world.say(notice))
}

/// The URL of a listener, for clients on this machine.
pub(super) fn url(address: SocketAddr) -> String {
    format!("http://{}", reachable(address))
}

/// The address of a listener, for clients on this machine.
pub(super) fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let local: std::net::IpAddr = match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        };
        address.set_ip(local);
    }
    address
}

/// Says on stdout that connections are accepted.
pub(super) fn announce(address: SocketAddr, world: &World) -> Result<(), Failure> {
    world.print(&format!("listening on {}\n", url(address))).map(|_| ())
}

/// The signals that ask to stop.
pub(super) struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    /// Fulfilled once, at the end of standard input.
    eof: Option<oneshot::Receiver<()>>,
}

impl Signals {
    /// Takes the signals over from now on, and the end of standard input where that is asked for. Must
    /// be called inside the runtime.
    pub(super) fn listen(arguments: &ServerArguments) -> Result<Self, Failure> {
        Self::taken(arguments.until_eof.then(end_of_input))
    }

    fn taken(eof: Option<oneshot::Receiver<()>>) -> Result<Self, Failure> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let listen =
                |kind| signal(kind).map_err(|error| Failure::world(format!("signals: {error}")));
            Ok(Self {
                terminate: listen(SignalKind::terminate())?,
                interrupt: listen(SignalKind::interrupt())?,
                eof,
            })
        }
        #[cfg(not(unix))]
        Ok(Self { eof })
    }

    /// [`Signals::listen`], for a command that does not serve.
    pub(super) fn only() -> Result<Self, Failure> {
        Self::taken(None)
    }

    /// Waits for one. The end of standard input counts as one, once.
    pub(super) async fn next(&mut self) {
        let signal = async {
            #[cfg(unix)]
            tokio::select! {
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
            }
            #[cfg(not(unix))]
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let ended = match &mut self.eof {
            None => return signal.await,
            Some(eof) => tokio::select! {
                () = signal => false,
                _ = eof => true,
            },
        };
        if ended {
            self.eof = None;
        }
    }
}

/// Waits for the end of standard input on a thread of its own, which nothing waits for.
fn end_of_input() -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        // What stands in it says nothing; what can't be read has ended, too.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = sender.send(());
    });
    receiver
}

/// Runs a server to its end: the first signal asks it to stop, a second one gives it up at once.
pub(super) async fn until_stopped<T>(
    server: impl Future<Output = T>,
    stop: &Stop,
    signals: &mut Signals,
) -> Result<T, Failure> {
    let mut server = std::pin::pin!(server);
    tokio::select! {
        done = &mut server => return Ok(done),
        () = signals.next() => stop.request(),
    }
    tokio::select! {
        done = &mut server => Ok(done),
        () = signals.next() => {
            stop.cut();
            Err(Failure::world("stopped by a second signal, before everything was in its place"))
        }
    }
}
