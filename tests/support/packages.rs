//! Packages of npm, `PyPI` and Debian that tests need, installed below `target`, each set once.
//!
//! One at a time fills a folder, be it a test beside this one or another run of the tests. What was left half done is
//! begun anew, a registry that fails is asked a second time, and what can't be had is told: `skipped: why`.

use super::{has, told};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// What a registry may fail at by chance is tried so often.
const ATTEMPTS: usize = 2;

/// The folder of a set of packages, unless a test says otherwise.
pub fn home(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/packages").join(name)
}

/// The interpreter of an environment of Python with these packages.
pub fn python(name: &str, packages: &[&str]) -> Option<PathBuf> {
    python_in(&home(name), packages)
}

/// The same in a folder that is named.
pub fn python_in(folder: &Path, packages: &[&str]) -> Option<PathBuf> {
    if !has("python3") {
        return None;
    }
    filled(folder, packages, &environment(folder, packages)).then(|| folder.join("bin/python"))
}

/// The steps that make an environment of Python with these packages.
pub fn environment(folder: &Path, packages: &[&str]) -> [Command; 2] {
    let mut environment = Command::new("python3");
    environment.args(["-m", "venv"]).arg(folder);
    let mut install = pip(folder);
    install.args(["install", "-q"]).args(packages);
    [environment, install]
}

/// `pip` of the environment in a folder.
pub fn pip(folder: &Path) -> Command {
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "--disable-pip-version-check"]);
    pip
}

/// The folder `node_modules` with these packages of npm.
pub fn node_modules(name: &str, packages: &[&str]) -> Option<PathBuf> {
    if !has("node") || !has("npm") {
        return None;
    }
    let folder = home(name);
    filled(&folder, packages, &[npm(&folder, packages)]).then(|| folder.join("node_modules"))
}

/// What installs packages of npm in a folder.
pub fn npm(folder: &Path, packages: &[&str]) -> Command {
    let mut install = Command::new("npm");
    install.args(["install", "--no-audit", "--no-fund", "--silent", "--prefix"]);
    install.arg(folder).args(packages);
    install
}

/// Runs the steps that fill a folder, unless they were run before to their end for the same packages.
pub fn filled(folder: &Path, packages: &[&str], steps: &[Command]) -> bool {
    static FAILED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
    let lock = File::create(format!("{}.lock", folder.display())).unwrap();
    lock.lock().unwrap();
    let mark = folder.join("packages");
    let wanted = packages.join("\n");
    if std::fs::read_to_string(&mark).is_ok_and(|found| found == wanted) {
        return true;
    }
    let failed = || FAILED.lock().unwrap_or_else(PoisonError::into_inner);
    if failed().contains(folder) {
        println!("skipped: {packages:?} can't be had here");
        return false;
    }
    let mut why = String::new();
    for _ in 0..ATTEMPTS {
        let _ = std::fs::remove_dir_all(folder);
        std::fs::create_dir_all(folder).unwrap();
        match steps.iter().try_for_each(ran) {
            Ok(()) => {
                std::fs::write(mark, wanted).unwrap();
                return true;
            }
            Err(failure) => why = failure,
        }
    }
    println!("skipped: {why}");
    let _ = std::fs::remove_dir_all(folder);
    failed().insert(folder.to_owned());
    false
}

fn ran(step: &Command) -> Result<(), String> {
    let mut copy = Command::new(step.get_program());
    copy.args(step.get_args()).stdin(Stdio::null());
    match copy.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("{step:?}: {}", told(&output))),
        Err(error) => Err(format!("{step:?}: {error}")),
    }
}
