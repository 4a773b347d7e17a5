//! The clients for other languages (`clients/`), by their own tests.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may stop where it stands")]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use support::{has, told};

fn client(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}

/// A virtual environment with the plugin as it would be installed; `None` where there is none to be had.
fn python() -> Option<PathBuf> {
    if !has("python3") {
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pytest-testimony");
    let python = folder.join("bin/python");
    if !python.exists() {
        let made = Command::new("python3").args(["-m", "venv"]).arg(&folder).output().unwrap();
        if !made.status.success() {
            println!("skipped: no virtual environment: {}", told(&made));
            return None;
        }
    }
    // The dependencies are kept, the plugin is installed anew.
    let pip = || {
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        pip
    };
    let wanted = ["pytest>=8", "pytest-xdist", "requests", "httpx", "aiohttp"];
    let kept = pip().args(wanted).output().unwrap();
    let own =
        pip().args(["--force-reinstall", "--no-deps"]).arg(client("python")).output().unwrap();
    for output in [kept, own] {
        if !output.status.success() {
            println!("skipped: packages can't be had: {}", told(&output));
            return None;
        }
    }
    Some(python)
}

#[test]
fn pytest_plugin() {
    let Some(python) = python() else { return };
    let mut pytest = Command::new(python);
    pytest.args(["-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2"]);
    let output = pytest
        .current_dir(client("python"))
        .env("TESTIMONY_BIN", env!("CARGO_BIN_EXE_testimony"))
        .env_remove("CI")
        .env_remove("TESTIMONY_MODE")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", told(&output));
    println!("{}", told(&output));
}

#[test]
fn node_helper() {
    if !has("node") {
        return;
    }
    let mut node = Command::new("node");
    let output = node
        .args(["--test", "test/"])
        .current_dir(client("node"))
        .env("TESTIMONY_BIN", env!("CARGO_BIN_EXE_testimony"))
        .env_remove("CI")
        .env_remove("TESTIMONY_MODE")
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", told(&output));
    println!("{}", told(&output));
}
