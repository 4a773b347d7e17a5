//! Python and Node with the packages that clients here are made of, below `target`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A Python with `requests` and `websockets`; says so where it can't be had.
pub fn python() -> Option<PathBuf> {
    static MADE: OnceLock<Option<PathBuf>> = OnceLock::new();
    MADE.get_or_init(|| {
        let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-replay");
        let python = environment.join("bin/python");
        let works = || {
            let import = Command::new(&python).args(["-c", "import requests, websockets"]).output();
            import.is_ok_and(|output| output.status.success())
        };
        if !works() {
            let _ = Command::new("python3").args(["-m", "venv"]).arg(&environment).output();
            let pip = ["-m", "pip", "install", "-q", "requests>=2.32", "websockets>=15"];
            let _ = Command::new(&python).args(pip).output();
        }
        works().then_some(python).or_else(|| said("Python with `requests` and `websockets`"))
    })
    .clone()
}

/// Node; says so where it can't be had.
pub fn node() -> Option<PathBuf> {
    crate::support::has("node").then(|| PathBuf::from("node"))
}

/// A folder of Node's packages with `ws`; says so where it can't be had.
pub fn ws() -> Option<PathBuf> {
    static MADE: OnceLock<Option<PathBuf>> = OnceLock::new();
    MADE.get_or_init(|| {
        node()?;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("node-replay");
        let modules = folder.join("node_modules");
        if !modules.join("ws/package.json").exists() {
            let _ = std::fs::create_dir_all(&folder);
            let install = ["install", "--silent", "--no-save", "--prefix", ".", "ws@8"];
            let _ = Command::new("npm").args(install).current_dir(&folder).output();
        }
        let there = modules.join("ws/package.json").exists();
        there.then_some(modules).or_else(|| said("Node's `ws`"))
    })
    .clone()
}

fn said<T>(what: &str) -> Option<T> {
    println!("skipped: {what} can't be installed here");
    None
}
