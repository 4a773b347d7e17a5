//! Files that a command makes for its user: whole or not at all, and never in the place of what is no file.

use super::{Failure, World};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Writes the file, whole or not at all. A link stays one: what it leads to is replaced. A device or a
/// pipe (`/dev/stdout`, `>(jq .)`) takes the bytes as they are.
pub(super) fn write(file: &Path, bytes: &[u8], world: &World) -> Result<(), Failure> {
    put(&world.directory.join(file), bytes)
        .map_err(|error| Failure::world(format!("{}: {error}", file.display())))
}

/// As [`write`], with the folders above it made where they are missing.
pub(super) fn write_below(file: &Path, bytes: &[u8], world: &World) -> Result<(), Failure> {
    if let Some(folder) = world.directory.join(file).parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::world(format!("{}: {error}", folder.display())))?;
    }
    write(file, bytes, world)
}

/// Whether something stands at a place that a file cannot be moved to: a folder, a device, a pipe, a socket.
pub(super) fn no_file(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|standing| !standing.is_file())
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let standing = std::fs::metadata(path).ok();
    match (&standing, std::fs::canonicalize(path)) {
        _ if is_stream(path, standing.as_ref()) => {
            // Behind what is there already: a redirected stdout is a file with something in it.
            OpenOptions::new().append(true).open(path)?.write_all(bytes)
        }
        (_, Ok(place)) => replace(&place, standing.as_ref(), bytes),
        // A link to a file that is not there yet.
        (None, Err(_)) if path.is_symlink() => File::create(path)?.write_all(bytes),
        (_, Err(_)) => replace(path, None, bytes),
    }
}

/// Whether a path leads to something that is open, or to no file at all.
fn is_stream(path: &Path, standing: Option<&Metadata>) -> bool {
    standing.is_some_and(|standing| {
        !standing.is_file()
            || [Path::new("/dev"), Path::new("/proc")].iter().any(|of| path.starts_with(of))
    })
}

fn replace(place: &Path, standing: Option<&Metadata>, bytes: &[u8]) -> io::Result<()> {
    let folder = place.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.map_or_else(|| PathBuf::from("."), Path::to_owned);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".testimony-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any file that is made: what the user's mask leaves of this.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    // The library names the file that it could not make, which is one of chance.
    let mut fresh = builder.tempfile_in(folder).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            io::Error::new(io::ErrorKind::NotFound, "there is no such folder")
        }
        kind => kind.into(),
    })?;
    fresh.write_all(bytes)?;
    if let Some(standing) = standing {
        fresh.as_file().set_permissions(standing.permissions())?;
    }
    fresh.persist(place).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_stays_one_and_rights_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.json"), folder.path().join("link.json"));
        std::fs::write(&real, "old").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o600)).unwrap();
            std::os::unix::fs::symlink("real.json", &link).unwrap();
            put(&link, b"new").unwrap();
            assert!(link.is_symlink());
            assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(std::fs::read(&real).unwrap(), b"new");

            let dangling = folder.path().join("dangling");
            std::os::unix::fs::symlink("later", &dangling).unwrap();
            put(&dangling, b"made").unwrap();
            assert_eq!(std::fs::read(folder.path().join("later")).unwrap(), b"made");
        }
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().flatten().collect();
        assert_eq!(left.len(), 4, "{left:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_written_to_and_not_replaced() {
        use std::os::unix::fs::FileTypeExt as _;

        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::read(pipe).unwrap()
        });
        put(&pipe, b"through").unwrap();
        assert_eq!(reader.join().unwrap(), b"through");
        assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
        assert!(no_file(&pipe) && no_file(folder.path()) && !no_file(&folder.path().join("none")));
    }
}
