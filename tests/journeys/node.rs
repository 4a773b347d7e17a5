//! Node's clients, and npm.

use crate::journey::{Journey, Upstream};
use crate::support::has;
use crate::tools::{node_modules, node_products};
use crate::{program, server};

#[test]
fn fetch_and_axios_compressed() {
    let (Some(modules), Some(products)) = (node_modules(), node_products()) else { return };
    let express = &mut server("node", "express.mjs");
    let Some(upstream) = Upstream::fronted(express.arg(products)) else { return };
    Journey::of(&["node", &program("compressed.mjs")])
        .apart()
        .environment("DEPOT_MODULES", modules.to_str().unwrap())
        .replays(3)
        .run(upstream);
}

#[test]
fn npm_publishes_and_installs() {
    let Some(products) = node_products().filter(|_| has("npm")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let verdaccio = &mut server("node", "verdaccio.mjs");
    let Some(upstream) = Upstream::fronted(verdaccio.arg(products).arg(folder.path())) else {
        return;
    };
    let (_, printed) = Journey::of(&["sh", &program("publish.sh")]).apart().run(upstream);
    assert!(printed.ends_with("installed 1.0.0\nexit 1\n"), "{printed}");
}
