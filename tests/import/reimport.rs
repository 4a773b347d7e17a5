//! Importing again: what changed is told, what was corrected by hand outlives it, and a contradiction can be
//! settled the other way.

use super::depot::{Layout, shelf};
use super::{reference, support};
use serde_json::{Value, json};
use std::path::PathBuf;
use support::{run, told};
use testimony::revision::Standing;

struct Project(tempfile::TempDir);

impl Project {
    /// A folder with a page and its import.
    fn new() -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        project.write("shelf.txt", &shelf(Layout::Lines));
        let output = project.import(&[]);
        assert_eq!(told(&output), "exit 0\nspecs/openapi.yaml: 1 operation of 1 page read\n");
        project
    }

    fn import(&self, more: &[&str]) -> std::process::Output {
        let mut all = vec!["spec", "import", "shelf.txt", "--out", "specs/openapi.yaml"];
        all.extend(more);
        run(self.0.path(), &all)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn spec(&self) -> Value {
        serde_saphyr::from_str(&self.text("specs/openapi.yaml")).unwrap()
    }

    /// Replaces a text that stands there once.
    fn replace(&self, name: &str, from: &str, to: &str) {
        let text = self.text(name);
        assert_eq!(text.matches(from).count(), 1, "{from}");
        self.write(name, &text.replace(from, to));
    }
}

fn field<'a>(spec: &'a Value, name: &str) -> &'a Value {
    let post = &spec["paths"]["/v3/{site}/shelves"]["post"];
    &post["requestBody"]["content"]["application/json"]["schema"]["properties"][name]
}

#[test]
fn what_the_pages_changed_is_told_with_page_and_line() {
    let project = Project::new();
    let before = project.text("specs/openapi.yaml");
    let same = "exit 0\nspecs/openapi.yaml: 1 operation of 1 page read; nothing changed\n";
    assert_eq!(told(&project.import(&[])), same);
    assert_eq!(told(&project.import(&["--check"])), same);
    project.replace("shelf.txt", "Contains 1 to 30 characters", "Contains 1 to 20 characters");
    let told_of = |output: &std::process::Output| {
        let text = told(output);
        assert!(text.contains("breaking[narrower]") || text.contains("breaking["), "{text}");
        assert!(text.contains("/name: "), "{text}");
        assert!(text.contains("  is        shelf.txt:"), "{text}");
        assert!(
            text.ends_with("specs/openapi.yaml: 1 operation of 1 page read; 1 promise changed\n"),
            "{text}"
        );
    };
    for dry in ["--check", "--dry-run"] {
        let output = project.import(&[dry]);
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        told_of(&output);
        assert_eq!(project.text("specs/openapi.yaml"), before, "nothing is written");
    }
    let output = project.import(&["--format", "json=result.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    told_of(&output);
    assert_eq!(field(&project.spec(), "name")["maxLength"], 20);
    let result: Value = serde_json::from_str(&project.text("result.json")).unwrap();
    assert_eq!(result["documents"][0]["status"], "changed");
    assert_eq!(result["documents"][0]["changes"][0]["after"]["page"], "shelf.txt");
    std::fs::remove_file(project.path("specs/openapi.yaml")).unwrap();
    assert_eq!(project.import(&["--check"]).status.code(), Some(1), "the file is missing");
    assert!(!project.path("specs/openapi.yaml").exists());
}

#[test]
fn changes_by_hand_are_never_lost_unsaid() {
    let project = Project::new();
    project.replace("specs/openapi.yaml", "maxLength: 30", "maxLength: 40");
    let edited = project.text("specs/openapi.yaml");
    let refused = project.import(&[]);
    let text = told(&refused);
    assert!(text.starts_with("exit 2\nerror: specs/openapi.yaml: was changed by hand since it was imported: $['paths']"), "{text}");
    assert!(
        text.contains("['name']\nhint: --edits keep puts that into specs/openapi.overlay.yaml"),
        "{text}"
    );
    assert_eq!(project.import(&["--check"]).status.code(), Some(1));
    assert_eq!(project.text("specs/openapi.yaml"), edited);
    assert!(!project.path("specs/openapi.overlay.yaml").exists());

    let kept = project.import(&["--edits", "keep"]);
    assert_eq!(kept.status.code(), Some(0), "{}", told(&kept));
    let overlay: Value =
        serde_saphyr::from_str(&project.text("specs/openapi.overlay.yaml")).unwrap();
    assert_eq!(overlay["overlay"], "1.0.0");
    assert_eq!(overlay["actions"].as_array().unwrap().len(), 1, "{overlay}");
    assert_eq!(overlay["actions"][0]["update"], json!({"maxLength": 40}));
    assert_eq!(field(&project.spec(), "name")["maxLength"], 40);

    // The page goes on, and the correction stays.
    project.replace("shelf.txt", "from 5 to 500", "from 5 to 400");
    let next = project.import(&[]);
    assert_eq!(next.status.code(), Some(0), "{}", told(&next));
    assert_eq!(field(&project.spec(), "name")["maxLength"], 40);
    assert_eq!(field(&project.spec(), "load")["maximum"], 400);

    // Another change by hand is put behind the first, and comments stay.
    let overlay = "# why we know better\n".to_owned() + &project.text("specs/openapi.overlay.yaml");
    project.write("specs/openapi.overlay.yaml", &overlay);
    project.replace("specs/openapi.yaml", "maximum: 400", "maximum: 450");
    assert_eq!(project.import(&["--edits", "keep"]).status.code(), Some(0));
    let longer = project.text("specs/openapi.overlay.yaml");
    assert!(longer.starts_with(&overlay), "{longer}");
    assert_eq!(field(&project.spec(), "load")["maximum"], 450);
    assert_eq!(project.import(&["--check"]).status.code(), Some(0));

    // What is dropped is named.
    project.replace("specs/openapi.yaml", "maximum: 450", "maximum: 470");
    let dropped = told(&project.import(&["--edits", "discard"]));
    assert!(dropped.contains("dropped what was changed by hand: $['paths']"), "{dropped}");
    assert_eq!(field(&project.spec(), "load")["maximum"], 450);
    // Specs are read from the folder, and overlays are none.
    let shown = run(project.0.path(), &["spec", "lint"]);
    assert!(shown.status.code().is_some_and(|code| code < 2), "{}", told(&shown));
}

#[test]
fn a_page_and_a_hand_that_change_one_part_are_told() {
    let project = Project::new();
    project.replace("specs/openapi.yaml", "maxLength: 30", "maxLength: 40");
    project.replace("shelf.txt", "from 5 to 500", "from 5 to 400");
    let refused = project.import(&[]);
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
    let kept = told(&project.import(&["--edits", "keep"]));
    assert!(
        kept.contains("/post: its page changed, too; specs/openapi.overlay.yaml keeps the file's"),
        "{kept}"
    );
    assert_eq!(field(&project.spec(), "name")["maxLength"], 40);
    assert_eq!(field(&project.spec(), "load")["maximum"], 500);
}

#[test]
fn corrections_that_no_longer_fit_are_told() {
    let project = Project::new();
    let name = "$.paths['/v3/{site}/shelves'].post.requestBody.content['application/json'].schema.properties.name";
    project.write(
        "specs/openapi.overlay.yaml",
        &format!(
            "overlay: 1.0.0\ninfo: {{title: Ours, version: '1'}}\nactions:\n- target: {name}\n  update: {{maxLength: 30}}\n\
             - target: $.components.schemas.Gone\n  remove: true\n- target: {name}\n  update: {{pattern: '^a'}}\n"
        ),
    );
    let output = project.import(&[]);
    let text = told(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains(&format!("specs/openapi.overlay.yaml: action 1: `{name}`: is no longer needed: it is so already\n")), "{text}");
    assert!(text.contains("specs/openapi.overlay.yaml: action 2: `$.components.schemas.Gone`: selects nothing any more\n"), "{text}");
    assert!(!text.contains("action 3"), "{text}");
    assert_eq!(field(&project.spec(), "name")["pattern"], "^a");
    for (overlay, expected) in [
        (
            "overlay: 1.0.0\nactions: [{target: $, updat: 1}]\n",
            "action 1: `updat` is no key of an action",
        ),
        ("overlay: [1\n", "line "),
        ("openapi: 3.1.0\n", "no overlay: `overlay: 1.0.0` does not stand at its root"),
    ] {
        project.write("specs/openapi.overlay.yaml", overlay);
        let text = told(&project.import(&[]));
        assert!(text.starts_with("exit 2\nerror: specs/openapi.overlay.yaml: "), "{text}");
        assert!(text.contains(expected), "{text}");
    }
    project.write("specs/openapi.overlay.json", "{}");
    assert!(told(&project.import(&[])).contains("hint: keep one of them"));
}

#[test]
fn what_no_import_made_is_not_replaced() {
    let project = Project::new();
    let foreign = "openapi: 3.1.0\ninfo: {title: Ours, version: '1'}\npaths: {}\n";
    for text in [foreign, "a: [1\n"] {
        project.write("specs/openapi.yaml", text);
        assert_eq!(project.import(&[]).status.code(), Some(2), "{text}");
        assert_eq!(project.text("specs/openapi.yaml"), text);
    }
    assert_eq!(project.import(&["--edits", "discard"]).status.code(), Some(0));
    // Comments are no part of the document; that they go is told.
    let commented = "# ours\n".to_owned() + &project.text("specs/openapi.yaml");
    project.write("specs/openapi.yaml", &commented);
    assert!(told(&project.import(&[])).contains("nothing changed"));
    assert_eq!(project.text("specs/openapi.yaml"), commented);
    project.replace("shelf.txt", "from 5 to 500", "from 5 to 400");
    let text = told(&project.import(&[]));
    assert!(text.contains("comments and layout of the file as it was are not kept"), "{text}");
}

/// A page's own example breaks its rule; the rule as written is chosen, stays chosen, and the examples go.
#[test]
fn a_contradiction_can_be_settled_the_other_way() {
    let project = Project::new();
    project.write("shelf.txt", &shelf(Layout::Lines).replace("\"shelf-1\"", "\"shelf 1\""));
    let text = told(&project.import(&[]));
    let line =
        text.split("shelf.txt: lines ").nth(1).unwrap().split(',').next().unwrap().to_owned();
    assert_eq!(field(&project.spec(), "name")["pattern"], "^[A-Za-z0-9 -]*$");
    let choice = format!("shelf:{line}=written");
    let turned = project.import(&["--resolve", &choice]);
    assert_eq!(turned.status.code(), Some(0), "{}", told(&turned));
    let check = |project: &Project| {
        let spec = project.spec();
        assert_eq!(field(&spec, "name")["pattern"], "^[A-Za-z0-9-]*$");
        assert_eq!(field(&spec, "name")["x-contradicted"], Value::Null);
        let body = &spec["paths"]["/v3/{site}/shelves"]["post"]["requestBody"]["content"]["application/json"];
        assert!(body["examples"].get("page").is_none(), "{body}");
        assert_eq!(spec["info"]["x-contradictions"][0]["resolved"], "the rule as written holds");
    };
    check(&project);
    // It is kept in the overlay: asked for once or twice, it holds.
    assert!(told(&project.import(&[])).ends_with("nothing changed\n"));
    assert!(told(&project.import(&["--resolve", &choice])).ends_with("nothing changed\n"));
    project.replace("shelf.txt", "from 5 to 500", "from 5 to 400");
    assert_eq!(project.import(&[]).status.code(), Some(0));
    check(&project);
    let found = told(&run(project.0.path(), &["spec", "lint", "specs"]));
    assert!(!found.contains("example-breaks-schema"), "{found}");
    assert!(found.contains("resolved  the rule as written holds"), "{found}");
    for wrong in ["shelf:1=written", "gone:7=written"] {
        let text = told(&project.import(&["--resolve", wrong]));
        assert!(text.starts_with("exit 2\nerror: --resolve `"), "{text}");
    }
    for wrong in ["shelf:7=example", "shelf=written", ":7=written", "shelf:0=written"] {
        assert_eq!(project.import(&["--resolve", wrong]).status.code(), Some(2), "{wrong}");
    }
}

/// Every rule of the seeds that an example loosened can be held to as it is written.
#[test]
fn the_seeds_contradictions_can_be_turned() {
    let Some(folder) = reference("seeds") else { return };
    let scratch = tempfile::tempdir().unwrap();
    let import = |more: &[&str]| {
        let mut all = vec!["spec", "import", folder.to_str().unwrap(), "--out", "specs/"];
        all.extend(more);
        run(scratch.path(), &all)
    };
    assert_eq!(import(&[]).status.code(), Some(0));
    let expected = [
        ("000:128=written", "huawei", "name", json!("^[A-Za-z0-9_-]*$"), "pattern"),
        ("000:214=written", "huawei", "ou_name", json!("string"), "type"),
        ("003:15=written", "huawei-ims", "description", json!("^[A-Za-z0-9]*$"), "pattern"),
    ];
    for (choice, api, name, rule, keyword) in expected {
        let output = import(&["--resolve", choice]);
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        let text =
            std::fs::read_to_string(scratch.path().join("specs").join(api).join("openapi.yaml"))
                .unwrap();
        let spec: Value = serde_saphyr::from_str(&text).unwrap();
        let post = spec["paths"].as_object().unwrap().values().find_map(|item| {
            let schema = &item["post"]["requestBody"]["content"]["application/json"]["schema"];
            schema["properties"].get(name).filter(|_| schema["properties"].get("name").is_some())
        });
        assert_eq!(post.unwrap()[keyword], rule, "{choice}");
    }
    let lint = run(scratch.path(), &["spec", "lint", "specs", "--fail-on", "error"]);
    assert_eq!(lint.status.code(), Some(0), "{}", told(&lint));
    assert_eq!(import(&["--check"]).status.code(), Some(0));
}

/// What was written is read back as nobody's edit.
#[test]
fn nothing_looks_edited_that_is_not() {
    let scratch = tempfile::tempdir().unwrap();
    let mut documents = 0;
    for folder in ["seeds", "pages"] {
        let Some(folder) = reference(folder) else { return };
        let output =
            run(scratch.path(), &["spec", "import", folder.to_str().unwrap(), "--out", "specs/"]);
        assert!(output.status.code().is_some_and(|code| code < 3), "{}", told(&output));
        for api in std::fs::read_dir(scratch.path().join("specs")).unwrap() {
            let path = api.unwrap().path().join("openapi.yaml");
            let text = std::fs::read_to_string(&path).unwrap();
            let standing = Standing::read(&serde_saphyr::from_str(&text).unwrap());
            assert_eq!(standing, Standing::Imported(Vec::new()), "{}", path.display());
            documents += 1;
        }
        std::fs::remove_dir_all(scratch.path().join("specs")).unwrap();
    }
    assert!(documents > 4, "{documents}");
    std::fs::write(scratch.path().join("shelf.txt"), shelf(Layout::Lines)).unwrap();
    run(scratch.path(), &["spec", "import", "shelf.txt", "--out", "a.json"]);
    let standing = Standing::read(&super::json(&scratch.path().join("a.json")));
    assert_eq!(standing, Standing::Imported(Vec::new()));
}
