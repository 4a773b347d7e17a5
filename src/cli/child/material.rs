//! The files that clients are pointed to, in the CA's folder.

use super::super::{Failure, World};
use super::truststore;
use crate::net::{CertificateAuthority, Roots};
use std::io::Write as _;
use std::ops::Not as _;
use std::path::{Path, PathBuf};

/// The system's roots and the project's CA.
const BUNDLE: &str = "bundle.pem";
/// What Node processes are to load first.
const PRELOAD: &str = "preload.cjs";
const PRELOAD_TEXT: &str = include_str!("preload.cjs");
/// Settings for wget, which reads no variable for certificates.
const WGETRC: &str = "wgetrc";

/// Where the files are.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Material {
    pub(in crate::cli) certificate: PathBuf,
    pub(in crate::cli) bundle: PathBuf,
    pub(in crate::cli) preload: PathBuf,
    /// Absent where the user has settings of their own, which this would put aside.
    pub(in crate::cli) wgetrc: Option<PathBuf>,
    /// Absent where there is no `keytool`.
    pub(in crate::cli) truststore: Option<PathBuf>,
}

impl Material {
    /// Writes the files; those that say the same already are left alone.
    pub(in crate::cli) fn write(
        authority: &CertificateAuthority,
        world: &World,
    ) -> Result<Self, Failure> {
        let file = |name: &str, text: &str| {
            let path = authority.folder().join(name);
            write(&path, text)
                .map_err(|error| Failure::world(format!("{}: {error}", path.display())))?;
            Ok(path)
        };
        let bundle = file(BUNDLE, &(Roots::default().bundle() + authority.certificate()))?;
        let settings = format!("ca_certificate = {}\n", bundle.display());
        let wgetrc = has_wgetrc(&authority.folder().join(WGETRC), world)
            .not()
            .then(|| file(WGETRC, &settings))
            .transpose()?;
        let truststore = truststore::make(authority, world)
            .inspect_err(|reason| {
                world.say(format!(
                    "java: no truststore, so that Java clients do not trust the project's CA: {reason}"
                ));
            })
            .ok();
        Ok(Self {
            certificate: authority.certificate_path(),
            preload: file(PRELOAD, PRELOAD_TEXT)?,
            bundle,
            wgetrc,
            truststore,
        })
    }
}

/// Whether there are settings for wget besides our own.
fn has_wgetrc(own: &Path, world: &World) -> bool {
    let named = world.variable("WGETRC").map(Path::new).filter(|file| *file != own);
    let home = world.variable("HOME").map(|home| Path::new(home).join(".wgetrc"));
    named.is_some() || home.is_some_and(|file| file.exists())
}

/// Written beside and moved into place: two commands may start at once.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if std::fs::read_to_string(path).is_ok_and(|found| found == text) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    readable(&file)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Certificates are no secret, and a command may run as another user.
fn readable(file: &tempfile::NamedTempFile) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    let _ = file;
    Ok(())
}
