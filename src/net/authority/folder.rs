//! The authority's files: `ca.pem`, `ca.key` (mode 0600), a lock, and a `.gitignore`.

use super::{AuthorityError, leaf};
use jiff::Timestamp;
use rcgen::KeyPair;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// The certificate's file.
pub const CERTIFICATE: &str = "ca.pem";
/// The key's file.
pub const KEY: &str = "ca.key";
const LOCK: &str = "lock";

/// Certificate and key as PEM.
pub fn load_or_make(
    folder: &Path,
    ignore: &Path,
    now: Timestamp,
) -> Result<(String, String), AuthorityError> {
    fs::create_dir_all(folder).map_err(at(folder))?;
    make_ignored(ignore)?;
    let lock_path = folder.join(LOCK);
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock_path)
        .map_err(at(&lock_path))?;
    // Held until `lock` is dropped; another process finds the files made.
    lock.lock().map_err(at(&lock_path))?;
    match load(folder)? {
        Some(found) => Ok(found),
        None => make(folder, now),
    }
}

fn load(folder: &Path) -> Result<Option<(String, String)>, AuthorityError> {
    let (certificate, key) = (folder.join(CERTIFICATE), folder.join(KEY));
    let text = match fs::read_to_string(&certificate) {
        Ok(text) => text,
        // The certificate is written last: without it there was no authority yet.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(&certificate)(error)),
    };
    match fs::read_to_string(&key) {
        Ok(secret) => Ok(Some((text, secret))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(AuthorityError::KeyMissing { path: key })
        }
        Err(error) => Err(at(&key)(error)),
    }
}

fn make(folder: &Path, now: Timestamp) -> Result<(String, String), AuthorityError> {
    let content = |path: std::path::PathBuf| move |cause| AuthorityError::Content { path, cause };
    let key = KeyPair::generate().map_err(content(folder.join(KEY)))?;
    let certificate = leaf::authority(now, &key).map_err(content(folder.join(CERTIFICATE)))?.pem();
    let secret = key.serialize_pem();
    write_whole(&folder.join(KEY), secret.as_bytes(), Readers::Owner)?;
    write_whole(&folder.join(CERTIFICATE), certificate.as_bytes(), Readers::All)?;
    Ok((certificate, secret))
}

fn make_ignored(folder: &Path) -> Result<(), AuthorityError> {
    let path = folder.join(".gitignore");
    match OpenOptions::new().create_new(true).write(true).open(&path) {
        Ok(mut file) => file.write_all(b"*\n").map_err(at(&path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(at(&path)(error)),
    }
}

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Readers {
    Owner,
    All,
}

/// Writes a file beside and moves it into place, so that it is never seen half.
fn write_whole(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), AuthorityError> {
    let beside = path.with_extension("new");
    let written = open_for(&beside, readers)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    written.map_err(at(path))
}

#[cfg(unix)]
fn open_for(path: &Path, readers: Readers) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mode = if readers == Readers::Owner { 0o600 } else { 0o644 };
    OpenOptions::new().create_new(true).write(true).mode(mode).open(path)
}

#[cfg(not(unix))]
fn open_for(path: &Path, _readers: Readers) -> io::Result<File> {
    File::create(path)
}

fn at(path: &Path) -> impl Fn(io::Error) -> AuthorityError {
    let path = path.to_owned();
    move |cause| AuthorityError::File { path: path.clone(), cause }
}
