//! Java takes certificates from a store of its own kind, which its `keytool` makes: a copy of Java's
//! own roots with the project's CA added, because a tunnel that is not opened shows the real server.

use super::super::World;
use crate::net::CertificateAuthority;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The store's password: the one of Java's own roots. The store holds no secret.
pub const PASSWORD: &str = "changeit";
const FILE: &str = "truststore";
/// Java's own roots, below its home.
const ROOTS: &str = "lib/security/cacerts";

/// The store; made once, and anew when the CA is newer.
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
    if let Some(roots) = roots(&keytool) {
        // Without the original's mode, which may forbid writing.
        std::fs::read(&roots)
            .and_then(|bytes| std::fs::write(&fresh, bytes))
            .map_err(|error| format!("{}: {error}", roots.display()))?;
    }
    let output = Command::new(keytool)
        .args(["-importcert", "-noprompt", "-alias", "testimony"])
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

/// Java's own roots, beside this `keytool`.
fn roots(keytool: &Path) -> Option<PathBuf> {
    let program = keytool.canonicalize().ok()?;
    let roots = program.parent()?.parent()?.join(ROOTS);
    roots.is_file().then_some(roots)
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
