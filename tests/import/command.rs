//! The command itself, and the specs that it made for this repository.

use super::depot::{LAYOUTS, Layout, shelf};
use super::{imported, page, reference, support};
use std::path::{Path, PathBuf};
use std::process::Command;
use testimony::page::{Division, Hands, ImportOptions, Page, gather};
use testimony::project;

/// Beginnings of the pages' file names, and the ids that the pages do not state.
type Pages = &'static [(&'static str, Option<&'static str>)];

/// The committed specs: their folder, and their pages.
const COMMITTED: &[(&str, Pages)] = &[
    (
        "huawei-workspace",
        &[
            ("000", Some("CreateImageServer")),
            ("001", Some("RecreateServerImage")),
            ("004", Some("ListImageServers")),
        ],
    ),
    ("huawei-ims", &[("003", Some("CreateDataImage"))]),
    ("alibaba-wuying", &[("002", None)]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn seed(folder: &Path, start: &str) -> PathBuf {
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.file_name().unwrap().to_string_lossy().starts_with(start)).unwrap()
}

#[test]
fn committed_specs_are_what_their_pages_give() {
    let Some(folder) = reference("seeds") else { return };
    let scratch = tempfile::tempdir().unwrap();
    for (name, pages) in COMMITTED {
        let mut command = support::testimony(scratch.path());
        command.args(["spec", "import", "--no-text", "--out"]).arg(format!("{name}.yaml"));
        for (start, id) in *pages {
            command.arg(seed(&folder, start));
            if let Some(id) = id {
                let page = if pages.len() > 1 { format!("{start}:") } else { String::new() };
                command.arg("--set").arg(format!("{page}operationId={id}"));
            }
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", support::told(&output));
        let made = std::fs::read_to_string(scratch.path().join(format!("{name}.yaml"))).unwrap();
        let kept =
            std::fs::read_to_string(root().join("specs").join(name).join("openapi.yaml")).unwrap();
        assert!(
            made == kept,
            "specs/{name}/openapi.yaml is not what its pages give: import it again"
        );
    }
}

/// A validator from `PyPI`, which we did not write, reads every imported spec.
#[test]
fn another_validator_takes_the_specs() {
    let named = ["openapi-spec-validator==0.8.4"];
    let Some(python) = support::packages::python("import-validator", &named) else { return };
    let program = python.with_file_name("openapi-spec-validator");
    let scratch = tempfile::tempdir().unwrap();
    let mut specs: Vec<PathBuf> = COMMITTED
        .iter()
        .map(|(name, _)| root().join("specs").join(name).join("openapi.yaml"))
        .collect();
    specs.extend(made_of_all_pages(scratch.path()));
    let output = Command::new(&program).args(&specs).output().unwrap();
    assert!(output.status.success(), "{}", support::told(&output));
    let taken =
        String::from_utf8_lossy(&output.stdout).lines().filter(|line| line.ends_with("OK")).count();
    assert_eq!(taken, specs.len(), "{}", support::told(&output));
}

/// Every page by itself, and whole folders.
fn made_of_all_pages(scratch: &Path) -> Vec<PathBuf> {
    let mut pages: Vec<Page> =
        LAYOUTS.iter().map(|layout| page(&format!("{layout:?}"), shelf(*layout))).collect();
    let mut specs = Vec::new();
    let mut write = |name: String, document: &serde_json::Value| {
        let path = scratch.join(name);
        std::fs::write(&path, document.to_string()).unwrap();
        specs.push(path);
    };
    for folder in ["seeds", "pages"] {
        let Some(folder) = reference(folder) else { continue };
        let found = project::pages(std::slice::from_ref(&folder), &folder).unwrap();
        let own: Vec<Page> = found
            .iter()
            .map(|path| {
                page(&path.file_name().unwrap().to_string_lossy(), std::fs::read(path).unwrap())
            })
            .collect();
        let hands = Hands { threads: 2, progress: &|_| {} };
        let gathered = gather(&own, &ImportOptions::default(), Division::Apis, &hands).unwrap();
        for api in gathered.apis {
            write(
                format!("{}-{}.json", folder.file_name().unwrap().display(), api.name),
                &api.import.document,
            );
        }
        pages.extend(own);
    }
    for own in &pages {
        write(format!("{}.json", own.name), &imported(std::slice::from_ref(own)).document);
    }
    specs
}

#[test]
fn both_forms_hold_the_same_document() {
    let scratch = tempfile::tempdir().unwrap();
    std::fs::write(scratch.path().join("shelf.txt"), shelf(Layout::Lines)).unwrap();
    for form in ["json", "yaml"] {
        let out = format!("made/shelf.{form}");
        let output = support::run(scratch.path(), &["spec", "import", "shelf.txt", "--out", &out]);
        assert_eq!(support::told(&output), format!("exit 0\n{out}: 1 operation of 1 page read\n"));
    }
    let text = |form: &str| {
        std::fs::read_to_string(scratch.path().join(format!("made/shelf.{form}"))).unwrap()
    };
    let yaml: serde_json::Value = serde_saphyr::from_str(&text("yaml")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text("json")).unwrap();
    assert_eq!(yaml, json);
}

#[test]
fn what_cannot_be_done_is_told_with_what_to_do() {
    let scratch = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(scratch.path().join(name), text).unwrap();
    write("shelf.txt", &shelf(Layout::Lines));
    write("again.txt", &shelf(Layout::Bars));
    write("bare.txt", "POST /v1/depots\nNothing else.\n");
    write("prose.txt", "A depot is a place.\n");
    write(
        "rpc.txt",
        "Depot Service:CreateDepot\nRequest parameters\nParameterTypeRequired\nSitestringYes\n",
    );
    for (arguments, expected) in [
        (
            &["bare.txt", "--out", "a.yaml"][..],
            "error: bare.txt: no table of parameters and no status code on the page\nhint: save the page with its tables, one operation a page\n",
        ),
        (
            &["prose.txt", "--out", "a.yaml"],
            "error: prose.txt: no HTTP method and path on the page (a line such as `POST /v1/…`)\nhint: give them with --set method=POST --set path=/v1/…\n",
        ),
        (
            &["shelf.txt", "--out", "a.txt"],
            "error: --out `a.txt`: the ending says no form\nhint: end it with .json, .yaml or .yml, or with / for a folder\n",
        ),
        (
            &["shelf.txt", "--out", "a.json", "--family", "depot"],
            "error: family `depot` is not known: huawei, huawei-ims, alibaba\n",
        ),
        (
            &["shelf.txt", "--out", "a.json", "--set", "colour=red"],
            "error: setting `colour=red`: `colour` is not known: operationId, method, path, version, title\n",
        ),
        (
            &["gone.txt", "--out", "a.json"],
            "error: gone.txt: No such file or directory (os error 2)\n",
        ),
        (
            &["rpc.txt", "--out", "a.json"],
            "error: rpc.txt: the API version is not on the page, and the product `Depot Service` is not known\nhint: give it with --set version=YYYY-MM-DD\n",
        ),
        (
            &["shelf.txt", "--out", "a.json", "--set", "method=FETCH"],
            "error: shelf.txt: `FETCH` is no HTTP method\nhint: give them with --set method=POST --set path=/v1/…\n",
        ),
    ] {
        let mut all = vec!["spec", "import"];
        all.extend(arguments);
        let output = support::run(scratch.path(), &all);
        assert_eq!(support::told(&output), format!("exit 2\n{expected}"), "{arguments:?}");
    }
    let left: Vec<_> = std::fs::read_dir(scratch.path()).unwrap().collect();
    assert_eq!(left.len(), 5, "nothing is written: {left:?}");
    let given = support::run(
        scratch.path(),
        &["spec", "import", "rpc.txt", "--out", "a.json", "--set", "version=2020-01-01"],
    );
    assert_eq!(given.status.code(), Some(0), "{}", support::told(&given));
}
