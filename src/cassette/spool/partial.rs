//! A body file under its temporary name.

use crate::exchange::Digest;
use sha2::{Digest as _, Sha256};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// How the name of a body file begins that is not whole yet.
const PREFIX: &str = ".partial-";
/// Bytes that are written at once.
const BLOCK: usize = 256 * 1024;

/// A body file that is being written; removed if it is dropped before it is kept.
#[derive(Debug)]
pub(in crate::cassette) struct Partial {
    file: NamedTempFile,
    buffer: Vec<u8>,
    hash: Sha256,
    length: u64,
}

impl Partial {
    /// A new one; the folder is made where it is missing.
    pub(in crate::cassette) fn create(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let file = tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder)?;
        Ok(Self { file, buffer: Vec::new(), hash: Sha256::new(), length: 0 })
    }

    /// Adds bytes.
    pub(in crate::cassette) fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.length += bytes.len() as u64;
        if self.buffer.is_empty() && bytes.len() >= BLOCK {
            return self.file.as_file_mut().write_all(bytes);
        }
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BLOCK { self.empty() } else { Ok(()) }
    }

    /// Writes what waits; answers with digest and length of the whole.
    pub(super) fn finish(&mut self) -> io::Result<(Digest, u64)> {
        self.empty()?;
        Ok((Digest::from(<[u8; 32]>::from(self.hash.clone().finalize())), self.length))
    }

    fn empty(&mut self) -> io::Result<()> {
        self.file.as_file_mut().write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    /// Hands out what was written, piece by piece; the file is gone afterwards.
    pub(super) fn pieces(
        mut self,
        mut take: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        self.empty()?;
        let file = self.file.as_file_mut();
        file.seek(SeekFrom::Start(0))?;
        let mut block = vec![0; BLOCK];
        loop {
            match file.read(&mut block)? {
                0 => return Ok(()),
                length => take(&block[..length])?,
            }
        }
    }

    /// Gives the file its name; answers whether there was none of that name.
    pub(in crate::cassette) fn persist(mut self, path: &Path) -> io::Result<bool> {
        self.empty()?;
        if path.exists() {
            return Ok(false);
        }
        self.file.persist(path).map_err(|error| error.error)?;
        Ok(true)
    }
}

impl Partial {
    /// Puts the file in the place of another.
    pub(in crate::cassette) fn replace(mut self, path: &Path) -> io::Result<()> {
        self.empty()?;
        self.file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}

impl Write for Partial {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.put(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Removes what recorders that were killed left in a folder of body files. The cassette's lock must
/// be held: with it, nobody else writes there.
pub(in crate::cassette) fn remove_partials(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) || name.starts_with(".tmp") {
            // One that can't be removed is in nobody's way.
            let _: io::Result<()> = std::fs::remove_file(entry.path());
        }
    }
}
