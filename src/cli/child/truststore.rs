//! Java takes certificates from a store of its own kind, which its `keytool` makes.

use super::super::World;
use crate::net::CertificateAuthority;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The store's password: Java wants one; the store holds no secret.
pub const PASSWORD: &str = "changeit";
const FILE: &str = "truststore.p12";

/// The store with the project's CA; made once, and anew when the CA is newer.
pub fn make(authority: &CertificateAuthority, world: &World) -> Result<PathBuf, String> {
    let path = authority.folder().join(FILE);
    let certificate = authority.certificate_path();
    if is_newer(&path, &certificate) {
        return Ok(path);
    }
    let keytool = find(world).ok_or("`keytool` is neither in JAVA_HOME nor on PATH")?;
    // Made beside and moved into place: two commands may start at once.
    let folder = tempfile::tempdir_in(authority.folder()).map_err(|error| error.to_string())?;
    let fresh = folder.path().join(FILE);
    let output = Command::new(keytool)
        .args(["-importcert", "-noprompt", "-alias", "testimony", "-storetype", "PKCS12"])
        .args([OsStr::new("-storepass"), OsStr::new(PASSWORD), OsStr::new("-keystore")])
        .arg(&fresh)
        .arg("-file")
        .arg(&certificate)
        .env_remove("JAVA_TOOL_OPTIONS")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("keytool: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stdout).trim().replace('\n', " ");
        return Err(format!("keytool: {said}"));
    }
    std::fs::rename(&fresh, &path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

fn is_newer(path: &Path, than: &Path) -> bool {
    let time = |path: &Path| std::fs::metadata(path).and_then(|found| found.modified());
    matches!((time(path), time(than)), (Ok(one), Ok(other)) if one >= other)
}

fn find(world: &World) -> Option<PathBuf> {
    let name = if cfg!(windows) { "keytool.exe" } else { "keytool" };
    let home = world.variable("JAVA_HOME").map(|home| Path::new(home).join("bin"));
    let path = world.environment.get(OsStr::new("PATH")).map(std::env::split_paths);
    home.into_iter()
        .chain(path.into_iter().flatten())
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}
