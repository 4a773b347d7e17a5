//! Python and Node with the packages that clients here are made of.

use crate::support::packages;
use std::path::PathBuf;

/// A Python with `requests` and `websockets`; says so where it can't be had.
pub fn python() -> Option<PathBuf> {
    packages::python("replay", &["requests==2.34.2", "websockets==17.4"])
}

/// Node; says so where it can't be had.
pub fn node() -> Option<PathBuf> {
    crate::support::has("node").then(|| PathBuf::from("node"))
}

/// A folder of Node's packages with `ws`; says so where it can't be had.
pub fn ws() -> Option<PathBuf> {
    packages::node_modules("replay-node", &["ws@8.23.0"])
}
