//! Holds the floors of `docs/architecture.md`: a module imports from lower floors only, neighbours
//! do not see each other, and outside crates are named where they belong.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::path::{Path, PathBuf};

/// Top-level modules by floor, lowest first. A module that is on no floor fails the test.
const FLOORS: &[&[&str]] = &[
    &["exchange"],
    &["cassette", "spec", "diff", "overlay"],
    &["auth", "page", "matching", "check", "net", "revision"],
    &["admin", "fault", "lint", "project"],
    &["record", "replay", "mock", "report"],
    &["drift", "live", "testing"],
    &["probe"],
    &["cli"],
];

/// Crates that only some places may name.
const HOMES: &[(&str, &[&str])] = &[
    ("rustls", &["net"]),
    ("tokio_rustls", &["net"]),
    ("rcgen", &["net"]),
    ("x509_parser", &["net"]),
    ("httparse", &["net"]),
    ("hyper", &["net"]),
    ("h2", &["net"]),
    ("http", &["net"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("jsonschema", &["spec/schema"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Names that follow `prefix` in code, comments left out.
fn named<'a>(code: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> + 'a {
    code.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(move |line| {
        line.match_indices(prefix).filter_map(move |(at, _)| {
            let before = line[..at].chars().next_back();
            let rest = &line[at + prefix.len()..];
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            (!before.is_some_and(|c| c.is_alphanumeric() || c == '_')).then_some(&rest[..end])
        })
    })
}

#[test]
fn modules_import_from_lower_floors_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let floor = |name: &str| FLOORS.iter().position(|floor| floor.contains(&name));
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut faults = Vec::new();
    for file in &files {
        let shown = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let module = shown.split(['/', '.']).next().unwrap();
        if module == "lib" || module == "main" {
            continue;
        }
        let Some(own) = floor(module) else {
            faults.push(format!("{shown}: module `{module}` is on no floor"));
            continue;
        };
        let code = std::fs::read_to_string(file).unwrap();
        assert!(!code.contains("use crate::{"), "{shown}: one `use crate::…` line a module");
        for other in named(&code, "crate::") {
            match floor(other) {
                _ if other == module => {}
                Some(theirs) if theirs < own => {}
                Some(_) => faults.push(format!("{shown}: `{module}` may not see `{other}`")),
                None => faults.push(format!("{shown}: `crate::{other}` is on no floor")),
            }
        }
        for (krate, homes) in HOMES {
            let path = format!("{krate}::");
            let used =
                code.lines().filter(|line| !line.trim_start().starts_with("//")).any(|line| {
                    line.match_indices(&path).any(|(at, _)| {
                        let before = line[..at].chars().next_back();
                        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
                    })
                });
            if used && !homes.iter().any(|home| shown.starts_with(home)) {
                faults.push(format!("{shown}: `{krate}` belongs in {homes:?}"));
            }
        }
    }
    assert!(files.len() > 10, "the sources were not found");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
