//! Scores: the same operation in two forms is told alike; what differs is named; the command prints it.

use super::depot::{LAYOUTS, Layout, shelf};
use super::{imported, page, support};
use testimony::page::Import;
use testimony::spec::{FactKind, Spec, score};

fn spec(import: &Import) -> Spec {
    Spec::load("shelf.json", import.document.to_string().as_bytes()).unwrap()
}

/// Precision and recall of each layout against the fullest, as a table.
#[test]
fn every_layout_scores_alike() {
    let truth = spec(&imported(&[page("shelf.txt", shelf(Layout::Lines))]));
    for layout in LAYOUTS {
        let score = score(&truth, &spec(&imported(&[page("shelf.txt", shelf(layout))])));
        let kinds = score
            .tallies
            .iter()
            .map(|(kind, tally)| format!("{kind} {:.3}/{:.3}", tally.precision(), tally.recall()));
        println!("{layout:?}: {}", kinds.collect::<Vec<_>>().join(", "));
        // This layout has lost the headings, and with them the table of the conflict.
        let lost = usize::from(layout == Layout::CellLines);
        assert_eq!(score.faults.len(), lost, "{layout:?}: {:?}", score.faults);
        assert!(score.tallies[&FactKind::Parameter].right > 12);
        assert!(score.constraints().right > 12);
    }
}

#[test]
fn the_command_prints_what_differs() {
    let scratch = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let import = imported(&[page("shelf.txt", text)]);
        std::fs::write(scratch.path().join(name), import.document.to_string()).unwrap();
    };
    let text = shelf(Layout::Lines);
    write("truth.json", &text);
    write(
        "found.json",
        &text.replace("at most 12 characters", "at most 13 characters").replace("409", "410"),
    );
    let run = |more: &[&str]| {
        let mut arguments = vec!["spec", "score", "--truth", "truth.json", "found.json"];
        arguments.extend(more);
        let output = support::run(scratch.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "{}", support::told(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let told = run(&[]);
    for line in [
        "missing   codes POST /v3/{site}/shelves: 409",
        "extra     codes POST /v3/{site}/shelves: 410",
        "different maxLength POST /v3/{site}/shelves: body labels[].key, true 12, found 13",
    ] {
        assert!(told.contains(line), "{line} is not in\n{told}");
    }
    let json: serde_json::Value = serde_json::from_str(&run(&["--format", "json"])).unwrap();
    let codes =
        json["kinds"].as_array().unwrap().iter().find(|own| own["kind"] == "codes").unwrap();
    assert_eq!(
        (&codes["right"], &codes["missing"], &codes["extra"]),
        (&2.into(), &1.into(), &1.into())
    );
    assert!(json["faults"].as_array().unwrap().len() >= 3);
}
