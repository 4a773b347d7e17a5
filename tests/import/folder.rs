//! Folders of pages: several markups, several APIs, what is no page of an operation, what cannot be read; and
//! the same bytes whatever the order and the number of threads.

use super::depot::{LAYOUTS, Layout, shelf};
use super::{page, reference, support};
use serde_json::{Value, json};
use std::path::Path;
use support::{run, told};
use testimony::page::{Division, Hands, ImportOptions, Page, gather};

/// A page of another operation.
fn other(layout: Layout, place: &str) -> String {
    shelf(layout).replace("shelves", place)
}

/// A depot's pages in three markups, a vendor's, an index, a history, and what nobody reads.
fn folder(at: &Path) {
    let write = |name: &str, text: &[u8]| {
        let path = at.join("pages").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("depot/shelf.html", shelf(Layout::Html).as_bytes());
    write("depot/rack.md", other(Layout::Markdown, "racks").as_bytes());
    let narrow =
        other(Layout::Grid, "crates").replace("at most 12 characters", "at most 99 characters");
    assert!(narrow.contains("99"));
    write("depot/zone.rst", narrow.as_bytes());
    write("depot/copy.html", shelf(Layout::Html).as_bytes());
    write("depot/again.txt", shelf(Layout::Lines).as_bytes());
    write("depot/torn.md", b"# Torn\n\xff\xfe");
    write("depot/half.md", b"# Half\n\nPOST /v3/halves\n\nNothing else is here.\n");
    write(
        "cloud/box.txt",
        other(Layout::Lines, "boxes")
            .replace("X-Depot-Key", "X-Auth-Token")
            .replace("site", "project_id")
            .as_bytes(),
    );
    write("index.html", b"<html><body><h1>Overview</h1><table><tr><th>API</th><th>Use</th></tr>\
        <tr><td>GET /v3/{site}/shelves</td><td>Lists</td></tr><tr><td>POST /v3/{site}/shelves</td><td>Puts up</td></tr>\
        </table></body></html>");
    write("history.md", b"# Change History\n\n| Released On | Description |\n| --- | --- |\n| 2024-01-01 | Added POST /v3/shelves |\n");
    write("notes.json", b"{}");
}

fn yaml(path: &Path) -> Value {
    serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_folder_becomes_a_document_for_each_api() {
    let scratch = tempfile::tempdir().unwrap();
    folder(scratch.path());
    let output =
        run(scratch.path(), &["spec", "import", "pages", "--out", "specs/", "--format", "json"]);
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let reasons = |key: &str| -> Vec<String> {
        let list = result[key].as_array().unwrap().iter();
        list.map(|own| {
            format!("{}: {}", own["page"].as_str().unwrap(), own["reason"].as_str().unwrap())
        })
        .collect()
    };
    assert_eq!(
        reasons("refused"),
        [
            // By name, the first that describes it is kept.
            "depot/copy.html: `POST /v3/{site}/shelves` is already described by depot/again.txt",
            "depot/half.md: no table of parameters and no status code on the page",
            "depot/torn.md: line 2: not UTF-8 text",
        ]
    );
    assert_eq!(
        reasons("passed_over"),
        [
            "history.md: passed over: no address and no parameters",
            "index.html: passed over: addresses of several operations, and parameters of none",
            "depot/shelf.html: passed over: a copy of depot/copy.html",
        ]
        .map(|line| line.replace("passed over: ", ""))
    );
    assert_eq!(result["totals"]["read"], 4);
    let depot = yaml(&scratch.path().join("specs/depot/openapi.yaml"));
    let paths: Vec<&String> = depot["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/v3/{site}/shelves", "/v3/{site}/racks", "/v3/{site}/crates"]);
    let schemas: Vec<&String> =
        depot["components"]["schemas"].as_object().unwrap().keys().collect();
    // What the pages say alike is one component with the sources of all.
    assert_eq!(schemas.iter().filter(|name| name.starts_with("Drain")).count(), 1, "{schemas:?}");
    assert!(schemas.iter().filter(|name| name.starts_with("Label")).count() > 1, "{schemas:?}");
    let sources = depot["components"]["schemas"]["Drain"]["x-source"].as_array().unwrap();
    assert_eq!(sources.len(), 3, "{sources:?}");
    let clashes = result["documents"][1]["clashes"].as_array().unwrap();
    assert!(clashes.iter().all(|clash| clash["name"] == "Label"), "{clashes:?}");
    assert_eq!(clashes[0]["places"][1]["page"], "depot/zone.rst");
    let kinds = depot["info"]["x-contradictions"].as_array().unwrap();
    assert!(
        kinds.iter().any(|own| own["kind"] == "one_name_two_objects"
            && own["also"][0]["page"] == "depot/zone.rst"),
        "{kinds:?}"
    );
    let cloud = yaml(&scratch.path().join("specs/cloud/openapi.yaml"));
    assert_eq!(cloud["x-family"], "huawei");
    let text = told(&output);
    assert!(text.contains("error: 3 of 10 pages could not be read\nhint: "), "{text}");
}

/// What is left out is named; what is left is whole, and the exit code says so.
#[test]
fn pages_that_are_none_do_not_fail_a_folder() {
    let scratch = tempfile::tempdir().unwrap();
    folder(scratch.path());
    let all = [
        "spec",
        "import",
        "pages",
        "--out",
        "specs/",
        "--skip",
        "half",
        "--skip",
        "depot/torn",
        "--skip",
        "again.txt",
    ];
    let output = run(scratch.path(), &all);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let text = told(&output);
    assert!(text.contains("\ndepot/torn.md: passed over: left out by --skip\n"), "{text}");
    assert!(text.contains("\nindex.html: passed over: "), "{text}");
    assert!(text.contains("specs/depot/openapi.yaml: 3 operations of 3 pages read\n"), "{text}");
    let none =
        run(scratch.path(), &["spec", "import", "pages", "--out", "specs/", "--skip", "gone"]);
    assert_eq!(told(&none), "exit 2\nerror: --skip `gone`: no page of that name was given\n");
    std::fs::create_dir(scratch.path().join("empty")).unwrap();
    let empty = run(scratch.path(), &["spec", "import", "empty", "--out", "a.yaml"]);
    assert_eq!(told(&empty), "exit 4\nnote: no page of an operation was found\n");
    let one = run(
        scratch.path(),
        &["spec", "import", "pages/cloud", "pages/depot/rack.md", "--out", "a.yaml"],
    );
    assert_eq!(one.status.code(), Some(0), "{}", told(&one));
}

/// Pages of two folders may have one name.
#[test]
fn names_are_told_apart_by_folders() {
    let scratch = tempfile::tempdir().unwrap();
    for (folder, place) in [("a", "shelves"), ("b", "racks")] {
        std::fs::create_dir(scratch.path().join(folder)).unwrap();
        let text = other(Layout::Lines, place);
        std::fs::write(scratch.path().join(folder).join("create.txt"), text).unwrap();
    }
    let output = run(
        scratch.path(),
        &[
            "spec",
            "import",
            "a/create.txt",
            "b/create.txt",
            "--out",
            "a.json",
            "--set",
            "b/create:operationId=PutRack",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let made = super::json(&scratch.path().join("a.json"));
    let pages: Vec<&Value> =
        made["info"]["x-pages"].as_array().unwrap().iter().map(|own| &own["page"]).collect();
    assert_eq!(pages, [&json!("a/create.txt"), &json!("b/create.txt")]);
    assert_eq!(made["paths"]["/v3/{site}/racks"]["post"]["operationId"], "PutRack");
}

fn texts(pages: &[Page], threads: usize) -> Vec<(String, String)> {
    let hands = Hands { threads, progress: &|_| {} };
    let gathered = gather(pages, &ImportOptions::default(), Division::Apis, &hands).unwrap();
    let text = |api: &testimony::page::Api| (api.name.clone(), api.import.document.to_string());
    let mut texts: Vec<(String, String)> = gathered.apis.iter().map(text).collect();
    let refused = gathered.refused.iter().map(|error| (String::new(), error.to_string()));
    texts.extend(refused);
    texts
}

#[test]
fn neither_order_nor_threads_show() {
    let mut pages: Vec<Page> = Vec::new();
    for (at, layout) in LAYOUTS.into_iter().enumerate() {
        let own = other(layout, &format!("places{at}"))
            .replace("12 characters", &format!("{} characters", 12 + at % 3));
        pages.push(page(&format!("{}/page{at}", at % 2), own.clone()));
        // Two pages of one name that are not the same.
        pages.push(page("same", own.replace("places", "spots")));
    }
    if let Some(folder) = reference("pages") {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            pages.push(page(&name, std::fs::read(path).unwrap()));
        }
    }
    let expected = texts(&pages, 1);
    assert!(expected.len() > 4, "{}", expected.len());
    let mut turned = pages.clone();
    turned.reverse();
    for threads in [1, 2, 7] {
        assert!(texts(&turned, threads) == expected, "{threads} threads");
        turned.rotate_left(5);
    }
}

/// The command on one core and on all of them.
#[test]
fn the_number_of_cores_does_not_show() {
    if !support::has("taskset") {
        println!("skipped: there is no `taskset`");
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    folder(scratch.path());
    let mut made = Vec::new();
    for (out, one) in [("one/", true), ("all/", false)] {
        let mut command = support::testimony(scratch.path());
        if one {
            let mut bound = std::process::Command::new("taskset");
            bound.args(["-c", "0"]).arg(command.get_program()).current_dir(scratch.path());
            command = bound;
        }
        let output = command.args(["spec", "import", "pages", "--out", out]).output().unwrap();
        let talk = told(&output).replace(out, "");
        made.push((
            talk,
            std::fs::read(scratch.path().join(out).join("depot/openapi.yaml")).unwrap(),
        ));
    }
    assert!(made[0] == made[1], "{}\n{}", made[0].0, made[1].0);
}
