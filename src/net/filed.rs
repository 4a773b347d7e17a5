//! A body that is read from its file while it is served: never whole in memory, and never served as
//! whole unless it has the digest that it must have.

use super::Writer;
use crate::exchange::{Digest, Headers, chunked_encoding};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;

/// A body in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Filed {
    /// Where it is.
    pub path: PathBuf,
    /// Its length in bytes.
    pub length: u64,
    /// The SHA-256 that it must have.
    pub digest: Digest,
    /// Whether it goes in chunks.
    pub(super) chunked: bool,
    /// What follows it.
    pub(super) trailers: Headers,
    /// Whether it breaks off where the file ends.
    pub(super) broken: bool,
}

/// A file while it is read.
#[derive(Debug)]
pub struct Reading {
    file: File,
    left: u64,
    hash: Sha256,
    digest: Digest,
}

impl Filed {
    /// Sends it after its head, in chunks where they are wanted and can be read. Fails before the
    /// last piece where the file is not what it must be.
    pub(super) async fn send(
        &self,
        writer: &mut Writer,
        unchunked: bool,
        wait: Duration,
    ) -> io::Result<()> {
        let chunked = self.chunked && !unchunked;
        let mut reading = self.open().await?;
        while let Some(piece) = reading.next().await? {
            let head = if chunked { format!("{:x}\r\n", piece.len()) } else { String::new() };
            writer.send_both(head.into_bytes(), &piece, wait).await?;
            if chunked {
                writer.send(b"\r\n", wait).await?;
            }
        }
        if chunked && !self.broken {
            writer.send(&chunked_encoding(b"", &[], &self.trailers), wait).await?;
        }
        if self.broken { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    /// Begins to read it.
    pub(super) async fn open(&self) -> io::Result<Reading> {
        let file = File::open(&self.path).await?;
        if file.metadata().await?.len() != self.length {
            return Err(io::Error::other("the body file has another length"));
        }
        Ok(Reading { file, left: self.length, hash: Sha256::new(), digest: self.digest })
    }
}

impl Reading {
    /// The next piece; the last one only where the whole has its digest.
    pub(super) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        if self.left == 0 {
            return Ok(None);
        }
        let length = usize::try_from(self.left).unwrap_or(PIECE).min(PIECE);
        let mut piece = vec![0; length];
        self.file.read_exact(&mut piece).await?;
        self.hash.update(&piece);
        self.left -= length as u64;
        if self.left == 0 {
            let digest = Digest::from(<[u8; 32]>::from(self.hash.clone().finalize()));
            if digest != self.digest {
                return Err(io::Error::other("the body file does not have its digest"));
            }
        }
        Ok(Some(piece.into()))
    }

    /// Whether the piece that was handed out was the last.
    pub(super) const fn is_done(&self) -> bool {
        self.left == 0
    }
}
