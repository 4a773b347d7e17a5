//! A whole cassette written at once: it is there when it is whole, or not at all.

use super::super::{Failure, World, output};
use super::{unreadable, unwritable};
use crate::cassette::import::is_cassette;
use crate::cassette::{
    BODY_FOLDER_SUFFIX, CassetteHeader, Mode, Reader, Redacted, StoreError, Writer,
};
use crate::exchange::Exchange;
use std::ffi::OsString;
use std::fs::TryLockError;
use std::path::{Path, PathBuf};

/// What an output may replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overwrite {
    /// Nothing.
    Refuse,
    /// A file of that name (`--force`).
    Replace,
}

/// Fails when something stands at `path` that is not to be replaced, or that is being recorded.
pub(super) fn refuse_standing(
    path: &Path,
    overwrite: Overwrite,
    world: &World,
) -> Result<(), Failure> {
    if output::no_file(&world.directory.join(path)) {
        // A pipe that is opened waits for its other end.
        return Ok(());
    }
    let standing = std::fs::File::open(world.directory.join(path));
    // A recorder holds its cassette's lock; what it wrote on would be lost.
    if standing.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock))) {
        let busy = StoreError::Busy { path: path.to_owned() };
        return Err(unwritable(&busy));
    }
    if overwrite == Overwrite::Refuse && world.directory.join(path).exists() {
        return Err(Failure::asked(format!("{}: there already", path.display()))
            .hint("name another file, or replace it with `--force`"));
    }
    Ok(())
}

/// The header of a cassette that was made from other files: its session is named as its file is.
pub(super) fn header(path: &Path) -> CassetteHeader {
    CassetteHeader::new(path.file_stem().unwrap_or_default().to_string_lossy())
}

/// Writes a cassette beside its place, and moves it there when it is sealed.
pub(super) fn cassette(
    path: &Path,
    header: &CassetteHeader,
    exchanges: impl Iterator<Item = Result<Redacted, Failure>>,
    world: &World,
) -> Result<u64, Failure> {
    let place = world.directory.join(path);
    if output::no_file(&place) {
        return Err(Failure::asked(format!("{}: is no file", path.display()))
            .hint("name one: a cassette is moved to its place when it is whole"));
    }
    let working = beside(&place, ".part");
    clear(&working)?;
    let written = write(&working, header, exchanges);
    match written.and_then(|count| put(&working, &place).map(|()| count)) {
        Ok(count) => Ok(count),
        Err(failure) => {
            let _ = clear(&working);
            Err(failure)
        }
    }
}

/// Writes a cassette anew under the header that it has.
pub(in crate::cli) fn rewritten(
    shown: &Path,
    exchanges: Vec<Exchange>,
    world: &World,
) -> Result<(), Failure> {
    let path = world.directory.join(shown);
    let shown_path = shown.display();
    if !is_cassette(&path).map_err(|error| unreadable(&error))? {
        return Err(Failure::asked(format!("{shown_path}: is no cassette, and can't be changed"))
            .hint("`testimony cassette convert` makes one of it"));
    }
    let lacks = |exchange: &Exchange| {
        let answer = exchange.response.as_ref().map(|response| &response.body);
        [Some(&exchange.request.body), answer]
            .into_iter()
            .flatten()
            .any(|body| body.bytes().is_none())
    };
    if let Some(exchange) = exchanges.iter().find(|exchange| lacks(exchange)) {
        let number = exchange.number;
        return Err(Failure::asked(format!(
            "{shown_path}: exchange {number}: its body can't be read"
        )));
    }
    let header = Reader::open(&path).map_err(|error| unreadable(&error))?.header().clone();
    refuse_standing(shown, Overwrite::Replace, world)?;
    let exchanges = exchanges.into_iter().map(|exchange| Ok(Redacted::from_cassette(exchange)));
    cassette(shown, &header, exchanges, world).map(|_| ())
}

fn write(
    working: &Path,
    header: &CassetteHeader,
    exchanges: impl Iterator<Item = Result<Redacted, Failure>>,
) -> Result<u64, Failure> {
    let failed = |error: StoreError| unwritable(&error);
    let writer = Writer::open(working, header, Mode::Once).map_err(failed)?;
    for exchange in exchanges {
        writer.append(&exchange?).map_err(failed)?;
    }
    writer.seal().map_err(failed)
}

/// Body files first: when the cassette is there, they are.
fn put(working: &Path, place: &Path) -> Result<(), Failure> {
    let world = |error: std::io::Error| Failure::world(format!("{}: {error}", place.display()));
    let (from, to) = (beside(working, BODY_FOLDER_SUFFIX), beside(place, BODY_FOLDER_SUFFIX));
    if from.is_dir() {
        std::fs::create_dir_all(&to).map_err(world)?;
        for entry in std::fs::read_dir(&from).map_err(world)? {
            let entry = entry.map_err(world)?;
            std::fs::rename(entry.path(), to.join(entry.file_name())).map_err(world)?;
        }
        std::fs::remove_dir(&from).map_err(world)?;
    }
    std::fs::rename(working, place).map_err(world)
}

/// Takes away what an interrupted run left.
fn clear(working: &Path) -> Result<(), Failure> {
    let bodies = beside(working, BODY_FOLDER_SUFFIX);
    let removed = [
        if working.exists() { std::fs::remove_file(working) } else { Ok(()) },
        if bodies.is_dir() { std::fs::remove_dir_all(&bodies) } else { Ok(()) },
    ];
    let failed = |error| Failure::world(format!("{}: {error}", working.display()));
    removed.into_iter().collect::<std::io::Result<()>>().map_err(failed)
}

/// A path with something added to its name.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
