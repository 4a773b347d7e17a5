//! Writing a cassette anew beside itself and putting it in its place: a crash leaves the old file or
//! the new one, never half of one.

use super::{StoreError, beside, file_error, keep_body, lock_new, regular, target};
use crate::cassette::body::body_folder;
use crate::cassette::encode::{footer_text, header_text, record_text};
use crate::cassette::model::CassetteHeader;
use crate::cassette::reader::Reader;
use crate::exchange::{Body, Exchange, ExchangeNumber};
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// A cassette that was written anew.
#[derive(Debug)]
pub(in crate::cassette) struct Rewritten {
    /// The file in its place, locked.
    pub(in crate::cassette) file: File,
    /// Its length in bytes.
    pub(in crate::cassette) length: u64,
    /// The exchanges that changed.
    pub(in crate::cassette) changed: Vec<ExchangeNumber>,
}

/// Writes the file at `working` anew with what `change` makes of each exchange: it answers whether it
/// changed anything. A `header` takes the place of the one there is. Records that it did not change keep their bytes, changed ones get a fresh digest
/// and keep their source. `cassette` is the name that body files belong to. Where nothing changed,
/// the file is left as it is, and there is no answer.
pub(in crate::cassette) fn rewrite(
    working: &Path,
    cassette: &Path,
    header: Option<&CassetteHeader>,
    mut change: impl FnMut(&mut Exchange) -> Result<bool, StoreError>,
) -> Result<Option<Rewritten>, StoreError> {
    let failed = |cause| file_error(working, "writing it anew", cause);
    regular(working)?;
    // A link stays one.
    let place = target(working)?;
    let folder = match place.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let beside =
        tempfile::Builder::new().prefix(".").suffix(".rewriting").make_in(folder, |path| {
            OpenOptions::new().read(true).append(true).create_new(true).open(path)
        });
    let beside = beside.map_err(failed)?;
    let mut out = BufWriter::with_capacity(256 * 1024, beside.as_file());
    let mut reader = Reader::open(working)?;
    let mut put =
        |parts: &[&[u8]]| parts.iter().try_for_each(|part| out.write_all(part)).map_err(failed);
    match header {
        Some(header) => put(&[&header_text(header)])?,
        None => put(&[reader.record_text(), b"\n"])?,
    }
    let (mut changed, mut kept, mut gone) = (Vec::new(), HashSet::new(), HashSet::new());
    let mut count = 0;
    while let Some(exchange) = reader.next() {
        let mut exchange = exchange?;
        count += 1;
        let files: Vec<String> = body_files(&exchange).collect();
        if change(&mut exchange)? {
            changed.push(exchange.number);
            let record = record_text(&exchange);
            for (name, bytes) in &record.files {
                keep_body(cassette, name, bytes)?;
                kept.insert(name.clone());
            }
            gone.extend(files);
            kept.extend(body_files(&exchange));
            let (front, rest) = record.numbered(exchange.number.0);
            put(&[&front, rest])?;
        } else {
            kept.extend(files);
            put(&[reader.record_text(), b"\n"])?;
        }
    }
    if reader.torn().is_some() {
        return Err(StoreError::Torn { path: working.to_owned() });
    }
    if changed.is_empty() && header.is_none() {
        return Ok(None);
    }
    if reader.is_sealed() {
        put(&[&footer_text(count)])?;
    }
    out.flush().map_err(failed)?;
    drop(out);
    beside.as_file().sync_all().map_err(failed)?;
    lock_new(beside.as_file(), working)?;
    let length = beside.as_file().metadata().map_err(failed)?.len();
    let file = beside.persist(&place).map_err(|error| failed(error.error))?;
    if let Ok(folder) = File::open(folder) {
        // Where a folder can't be made durable, the name still is what it was or what it is now.
        let _ = folder.sync_all();
    }
    if working != cassette && gone.difference(&kept).next().is_some() {
        // The cassette that is to be replaced stands until it is.
        kept.extend(cassette_bodies(cassette)?);
    }
    for name in gone.difference(&kept) {
        // Nobody's any more, and it holds what must not be kept.
        let path = body_folder(cassette).join(name);
        std::fs::remove_file(&path).map_err(|cause| file_error(&path, "removing", cause))?;
    }
    Ok(Some(Rewritten { file, length, changed }))
}

/// Names of the body files of a cassette.
pub(super) fn cassette_bodies(path: &Path) -> Result<HashSet<String>, StoreError> {
    let mut names = HashSet::new();
    for exchange in Reader::open(path)? {
        names.extend(body_files(&exchange?));
    }
    Ok(names)
}

/// Removes body files that no exchange has: a crash may leave one between its exchange and its
/// removal, and it holds what must not be kept. The cassette's lock must be held. Where anything
/// beside it may have files, too, or can't be read, all stay.
pub(super) fn remove_orphans(cassette: &Path) {
    let Ok(entries) = std::fs::read_dir(body_folder(cassette)) else { return };
    let others = [".torn", ".failed"].map(|ending| beside(cassette, ending));
    let is_link = std::fs::symlink_metadata(cassette).is_ok_and(|found| found.is_symlink());
    if is_link || others.iter().any(|other| other.exists()) {
        return;
    }
    let mut kept = HashSet::new();
    for path in [cassette.to_owned(), beside(cassette, ".recording")] {
        if std::fs::metadata(&path).map_or(0, |file| file.len()) > 0 {
            let Ok(names) = cassette_bodies(&path) else { return };
            kept.extend(names);
        }
    }
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_body = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_body && !kept.contains(&name) {
            // One that can't be removed is told by `cassette scan` where it matters.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Names of the body files of an exchange.
pub(super) fn body_files(exchange: &Exchange) -> impl Iterator<Item = String> {
    let bodies = [Some(&exchange.request.body), exchange.response.as_ref().map(|r| &r.body)];
    let name = |body: &Body| match body {
        Body::File(file) => Some(file.name.clone()),
        Body::Empty | Body::Bytes(_) => None,
    };
    bodies.into_iter().flatten().filter_map(name).collect::<Vec<_>>().into_iter()
}
