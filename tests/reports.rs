//! `testimony check --format …` as users see it: one invented harbour, each form held by a golden file
//! and by what others say of it: the forms' own schemas, parsers and validators, and a browser.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails where a value is missing, and says that it was skipped"
)]

#[path = "reports/browser.rs"]
mod browser;
#[path = "reports/judges.rs"]
mod judges;
mod support;

use serde_json::Value;
use std::path::Path;
use std::process::Output;
use support::told;

/// The harbour in a folder of its own.
struct Project {
    folder: tempfile::TempDir,
}

/// What the golden files are made with: every state, an excuse, a required state, a baseline.
const ARGUMENTS: [&str; 7] = [
    "check",
    "--baseline",
    "known.json",
    "--require",
    "proven,simulated,contradicted",
    "--excuse",
    "FreeBerth:204=no berth to spare",
];

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports/project");
        for file in ["specs/harbour.yaml", "cassettes/day.cassette", "known.json"] {
            let to = folder.path().join(file);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(project.join(file), to).unwrap();
        }
        // Nothing above it counts.
        std::fs::write(folder.path().join("testimony.toml"), "").unwrap();
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        support::run(self.path(), &[&ARGUMENTS, arguments].concat())
    }

    /// The result in a form, by way of a file.
    fn report(&self, kind: &str) -> String {
        let output = self.run(&["--format", &format!("{kind}=report")]);
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        assert_eq!(output.stdout, b"", "what goes to a file goes nowhere else");
        std::fs::read_to_string(self.path().join("report")).unwrap()
    }

    fn json(&self, kind: &str) -> Value {
        serde_json::from_str(&self.report(kind)).unwrap()
    }
}

#[test]
fn golden_files() {
    let project = Project::new();
    for kind in ["terminal", "json", "junit", "sarif", "markdown", "github"] {
        insta::assert_snapshot!(kind, project.report(kind));
    }
    insta::assert_snapshot!("html", without_style(&project.report("html")));
}

/// The document without what is the same in all, and without the moment.
fn without_style(page: &str) -> String {
    let cut = |page: String, from: &str, to: &str| {
        let (before, rest) = page.split_once(from).unwrap();
        let (_, after) = rest.split_once(to).unwrap();
        format!("{before}{from}…{to}{after}")
    };
    let page = cut(page.to_owned(), "<style>", "</style>");
    let page = cut(page, "judged 20", "</p>");
    let page = cut(page, "style-src 'sha256-", "'; base-uri");
    let (before, script) = page.rsplit_once("<script>").unwrap();
    format!("{before}<script>…</script>{}", script.split_once("</script>").unwrap().1)
}

#[test]
fn the_terminal_fits_eighty_columns() {
    let terminal = Project::new().report("terminal");
    let ledger = terminal.split("\n\n").next().unwrap();
    assert!(ledger.lines().all(|line| line.chars().count() <= 80), "{ledger}");
}

#[test]
fn any_number_of_forms_at_once_and_one_on_stdout() {
    let project = Project::new();
    let output = project.run(&[
        "--format",
        "html=a.html",
        "--format",
        "sarif=a.sarif",
        "--format",
        "junit=a.xml",
        "--format",
        "markdown=a.md",
        "--format",
        "json=a.json",
        "--format",
        "json=b.json",
        "--format",
        "github",
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(output.stdout.starts_with(b"::error "), "{}", told(&output));
    for file in ["a.html", "a.sarif", "a.xml", "a.md", "a.json", "b.json"] {
        assert!(std::fs::metadata(project.path().join(file)).unwrap().len() > 1_000, "{file}");
    }
    let names = std::fs::read_dir(project.path()).unwrap();
    let names: Vec<String> =
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!names.iter().any(|name| name.starts_with(".testimony-")), "{names:?}");

    for (forms, hint) in [
        (["--format", "sarif", "--format", "html"], "name a file for the others"),
        (["--format", "sarif=x", "--format", "html=x"], "name a file for each"),
    ] {
        let output = project.run(&forms);
        assert_eq!(output.status.code(), Some(2), "{}", told(&output));
        assert!(
            told(&output).contains("hint: ") && told(&output).contains(hint),
            "{}",
            told(&output)
        );
        assert!(!project.path().join("x").exists());
    }
}

#[test]
fn a_report_that_cannot_be_written_is_the_worlds_fault_and_keeps_no_other_from_being() {
    let project = Project::new();
    std::fs::create_dir(project.path().join("taken")).unwrap();
    std::fs::write(project.path().join("old.json"), "old").unwrap();
    let output = project.run(&[
        "--format",
        "html=taken",
        "--format",
        "sarif=no/such/folder/x",
        "--format",
        "json=old.json",
    ]);
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    assert!(told(&output).contains("error: taken: "), "{}", told(&output));
    let json = std::fs::read_to_string(project.path().join("old.json")).unwrap();
    assert!(json.starts_with("{\n  \"testimony\": 1"), "{json}");
}

/// What GitHub takes of one step, in bytes.
const LIMIT: usize = 1024 * 1024;

#[test]
fn the_summary_of_a_step_is_appended_and_bounded() {
    let project = Project::new();
    let summary = project.path().join("summary.md");
    let run = |summary: &Path| {
        let mut command = support::testimony(project.path());
        command.args(ARGUMENTS).args(["--format", "github=annotations"]);
        command.env("GITHUB_STEP_SUMMARY", summary).output().unwrap()
    };
    std::fs::write(&summary, "before\n").unwrap();
    assert_eq!(run(&summary).status.code(), Some(1));
    let text = std::fs::read_to_string(&summary).unwrap();
    assert!(text.starts_with("before\n\n## ❌ Testimony: does not conform\n"), "{text}");
    let annotations = std::fs::read_to_string(project.path().join("annotations")).unwrap();
    assert!(annotations.starts_with("::error file=cassettes/day.cassette,line="), "{annotations}");

    // Nearly full: what is added is cut, and what GitHub would refuse is not added.
    std::fs::write(&summary, "x".repeat(LIMIT - 2_000)).unwrap();
    assert_eq!(run(&summary).status.code(), Some(1));
    let text = std::fs::read_to_string(&summary).unwrap();
    assert!(text.len() <= LIMIT && text.len() > LIMIT - 2_000, "{}", text.len());
    assert!(
        text.ends_with("did not fit: the other formats hold all._\n"),
        "{}",
        &text[LIMIT - 2_000..]
    );
    std::fs::write(&summary, "x".repeat(LIMIT)).unwrap();
    assert_eq!(run(&summary).status.code(), Some(1));
    assert_eq!(std::fs::metadata(&summary).unwrap().len(), LIMIT as u64);

    let output = run(Path::new("no/such/folder/summary.md"));
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    assert!(told(&output).contains("GITHUB_STEP_SUMMARY: "), "{}", told(&output));
}

#[test]
fn annotations_are_as_many_as_github_shows() {
    let project = Project::new();
    let cassette = project.path().join("cassettes/day.cassette");
    let text = std::fs::read_to_string(&cassette).unwrap();
    // Twenty operations that nobody documents.
    let head = text.split_once("}\n{").unwrap().0;
    let tides: String = (1..=20)
        .map(|n| {
            format!(
                r#"{{"exchange": {n}, "at": "2026-11-10T10:00:00Z", "source": "live", "request": {{"method": "GET", "target": "https://harbour.example/{n}%0A::warning::x,y:z", "headers": []}}, "response": {{"status": 200, "headers": []}}}}"#
            ) + "\n"
        })
        .collect();
    std::fs::write(&cassette, format!("{head}}}\n{tides}")).unwrap();
    let told = project.report("github");
    let starts = |start: &str| told.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(starts("::error file="), 10, "{told}");
    assert_eq!(starts("::warning"), 0, "{told}");
    assert!(told.contains("\n10 findings more at error level without an annotation\n"), "{told}");
}

#[test]
fn a_run_that_judged_nothing_is_green_nowhere() {
    let project = Project::new();
    std::fs::remove_file(project.path().join("cassettes/day.cassette")).unwrap();
    let report = |kind: &str| {
        let form = format!("{kind}=report");
        let output = support::run(project.path(), &["check", "--format", &form]);
        assert_eq!(output.status.code(), Some(4), "{}", told(&output));
        std::fs::read_to_string(project.path().join("report")).unwrap()
    };
    assert!(report("junit").contains("failures=\"1\""));
    assert!(report("markdown").starts_with("## ❌ Testimony: nothing was judged"));
    assert!(report("html").contains("<h1 class=\"breaks\">Nothing was judged</h1>"));
    assert!(report("github").contains("::error"), "{}", report("github"));
    let sarif: Value = serde_json::from_str(&report("sarif")).unwrap();
    let told =
        &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert_eq!(told, "nothing was judged: 0 exchanges were read");
}
