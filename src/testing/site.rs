//! Where a server of a test stands: its project, its authority, its address.

use super::TestingError;
use crate::matching::Rules;
use crate::net::{CertificateAuthority, Listener, Notices};
use crate::project::{Config, authority_folder, beside, specs};
use crate::spec::Spec;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What every server of a test can be told.
#[derive(Debug, Clone, Default)]
pub(super) struct Ground {
    /// Folder of the authority, where it is not the project's.
    pub ca_folder: Option<PathBuf>,
}

/// What a test has to know of its server.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub address: SocketAddr,
    pub authority: Arc<CertificateAuthority>,
}

impl Ground {
    /// The working directory: that of the package, under `cargo test` and nextest.
    pub fn directory() -> Result<PathBuf, TestingError> {
        std::env::current_dir().map_err(TestingError::Directory)
    }

    /// What servers notice goes to the output of the test: a client that does not trust the authority,
    /// say.
    pub fn notices() -> Notices {
        Notices::to(|notice| super::say(&notice.to_string()))
    }

    /// The settings of the project.
    pub fn config(directory: &Path) -> Result<Config, TestingError> {
        Config::read(directory).map_err(TestingError::Config)
    }

    /// The matching rules of a project, with those of a test on top.
    pub fn matching(config: &Config, given: &[String]) -> Result<Rules, TestingError> {
        let mut rules = Rules::default();
        for rule in given {
            let failed = |cause| TestingError::Match { rule: rule.clone(), cause };
            rules.add(rule).map_err(failed)?;
        }
        let failed = |cause| TestingError::Match { rule: given.join("`, `"), cause };
        config.matching.and(&rules).map_err(failed)
    }

    /// The specs of these files and folders; none where none are named.
    pub fn specs(given: &[PathBuf], directory: &Path) -> Result<Vec<Spec>, TestingError> {
        if given.is_empty() {
            return Ok(Vec::new());
        }
        let read = |shown: PathBuf| {
            let bytes = std::fs::read(directory.join(&shown))
                .map_err(|cause| TestingError::File { path: shown.clone(), cause })?;
            let files = beside(&shown, directory);
            let name = shown.display().to_string();
            Spec::load_with(name, &bytes, &files).map_err(TestingError::Spec)
        };
        specs(given, directory).map_err(TestingError::Documents)?.into_iter().map(read).collect()
    }

    /// Opens the authority, which is made on first use.
    pub fn authority(&self, directory: &Path) -> Result<Arc<CertificateAuthority>, TestingError> {
        let (folder, ignored) = match &self.ca_folder {
            Some(folder) => (directory.join(folder), directory.join(folder)),
            None => authority_folder(directory),
        };
        CertificateAuthority::open(&folder, &ignored, jiff::Timestamp::now())
            .map(Arc::new)
            .map_err(TestingError::Authority)
    }
}

impl Place {
    /// Binds a free port on loopback.
    pub async fn bind(
        authority: Arc<CertificateAuthority>,
    ) -> Result<(Listener, Self), TestingError> {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = Listener::bind(any).await.map_err(TestingError::Listen)?;
        let address = listener.address();
        Ok((listener, Self { address, authority }))
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Where a server is reached: the same of a replayer, a recorder and a session of either.
macro_rules! reached_at {
    ($server:ty) => {
        impl $server {
            /// The base URL for clients that take one, without a slash at its end. That of a recorder leads to
            /// its upstream.
            pub fn url(&self) -> &str {
                &self.url
            }

            /// The URL for clients that take a proxy, for `http` and `https` alike.
            pub fn proxy_url(&self) -> &str {
                &self.url
            }

            /// The certificate that clients of the proxy are to trust, as PEM.
            pub fn ca_pem(&self) -> &str {
                self.place().authority.certificate()
            }

            /// The file of that certificate.
            pub fn ca_path(&self) -> std::path::PathBuf {
                self.place().authority.certificate_path()
            }
        }
    };
}
pub(super) use reached_at;
