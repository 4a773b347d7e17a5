use super::*;
use crate::cassette::read;
use crate::exchange::Source;

/// A file of these texts, in a folder that goes with it.
fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

const HEADER: &str = "{\n  \"cassette\": 1,\n  \"session\": \"a\"\n}\n";

fn record(number: u64) -> String {
    record_with(
        number,
        "{\n      \"json\": {\n        \"a\": \"}\\n{\"\n      },\n      \"style\": \"compact\"\n    }",
        "",
    )
}

fn record_with(number: u64, body: &str, more: &str) -> String {
    format!(
        "{{\n  \"exchange\": {number},\n  \"at\": \"2026-01-01T00:00:{:02}Z\",\n  \"source\": \"live\",\n  \
         \"request\": {{\n    \"method\": \"POST\",\n    \"target\": \"http://h/{number}\",\n    \
         \"headers\": [\n      [\"A\", \"b\"],\n      [\"B\", {{\"base64\": \"/w==\"}}]\n    ],\n    \
         \"body\": {{\n      \"text\": [\n        \"x\",\n        \"y\"\n      ]\n    }}\n  }},\n  \
         \"response\": {{\n    \"status\": 200,\n    \"reason\": \"OK\",\n    \"headers\": [],\n    \
         \"body\": {body},\n    \"trailers\": []\n  }},\n  \
         \"timing\": {{\"first_byte_ms\": 1, \"end_ms\": 2.5, \"chunks\": [[1, 2]]}},\n  \"error\": null,\n  \
         \"redacted\": [\n    {{\"secret\": 1, \"rule\": \"r\", \"at\": \"/x\"}}\n  ]{more}\n}}\n",
        number % 60
    )
}

fn footer(count: u64) -> String {
    format!("{{\"end\": true, \"exchanges\": {count}}}\n")
}

/// What is told of a file, with every response fetched: exchanges, warnings, the torn end.
type Told = (Vec<Exchange>, Vec<String>, Option<TornTail>);

/// What an index says of a file; or what is wrong with it.
fn indexed(path: &Path, part: u64) -> Result<Told, String> {
    let all = |glimpse| match glimpse {
        Glimpse::Whole(..) => panic!("a file of any length has parts here"),
        Glimpse::Outline(outline) => *outline,
    };
    let found = Contents::open_by(path, (0, part)).and_then(|contents| contents.index(all));
    let found = found.map_err(|error| error.to_string())?;
    let mut exchanges = Vec::new();
    for Outline { number, at, request, redacted, stretch } in found.items {
        let exchange = found.records.exchange(stretch, number, at);
        let exchange = exchange.map_err(|error| error.to_string())?;
        assert_eq!((&exchange.request, &exchange.redacted), (&request, &redacted));
        exchanges.push(exchange);
    }
    Ok((exchanges, found.warnings, found.torn))
}

/// That an index finds what a reader reads; answers how many exchanges, `None` for an error.
#[track_caller]
fn agrees(text: &str) -> Option<usize> {
    let (_folder, path) = file(text);
    let told = read(&path).map_err(|error| error.to_string());
    let told = told.map(|cassette| (cassette.exchanges, cassette.warnings, cassette.torn));
    for part in [1, 7, 300, 5_000, 1_000_000] {
        assert_eq!(indexed(&path, part), told, "parts of {part}");
    }
    told.ok().map(|(exchanges, ..)| exchanges.len())
}

#[test]
fn an_index_finds_what_a_reader_reads_whatever_the_parts() {
    let records: String = (1..=20).map(record).collect();
    let usual = format!("{HEADER}{records}{}", footer(20));
    assert_eq!(agrees(&usual), Some(20));
    // Any layout of the stream.
    let in_lines: String = usual.replace("\n  ", " ").replace("\n}", "}");
    for text in [in_lines.clone(), in_lines.replace('\n', ""), usual.replace('\n', "\n\n   ")] {
        assert_eq!(agrees(&text), Some(20));
    }
    // Recorded on after it was closed.
    let twice = format!("{HEADER}{}{}{}{}", record(1), footer(1), record(2), footer(2));
    assert_eq!((agrees(&twice), agrees(HEADER)), (Some(2), Some(0)));
}

#[test]
fn what_is_unusual_is_told_as_a_reader_tells_it() {
    let two = format!("{HEADER}{}{}", record(1), record(2));
    let cases = [
        two.clone(),
        format!("{two}{}", footer(3)),
        format!("{HEADER}{}{}{}", record(1), record(3), footer(2)),
        format!("{two}{}", &record(3)[..200]),
        format!("{two}\0\0\0\0"),
        format!("{two}xx\n{}", record(3)),
        format!("{two}{HEADER}"),
        format!("{two}{}", record_with(3, "null", ",\n  \"more\": 1")),
        format!("{two}{}", record_with(3, "{\"text\": [\"a\"], \"what\": 1}", "")),
        format!("{two}{}{}", record(3).replace("200", "99"), record(4)),
        format!("{two}{}{}", record(3).replace("\"live\"", "\"dead\""), record(4)),
        format!("{two}{}{}", record(3).replace("\"POST\"", "7"), record(4)),
        format!("{two}{}{}", record_with(3, "{\"json\": 1, \"style\": \"odd\"}", ""), record(4)),
        format!("{two}{}{}", record_with(3, "{\"text\": [1]}", ""), record(4)),
        format!("{two}{}{}", record_with(3, "{\"text\": [], \"base64\": \"\"}", ""), record(4)),
        format!("{two}{}{}", record_with(3, "{\"file\": \"../x\", \"bytes\": 1}", ""), record(4)),
        format!("{two}{}{}", record(3).replace("end_ms\": 2.5", "end_ms\": \"2\""), record(4)),
        format!("{two}{}{}", record(3).replace("\"x\",\n", "\"x\n\",\n"), record(4)),
        format!("{two}[]\n{}", record(3)),
        "{\"cassette\": 1".to_owned(),
        "nothing".to_owned(),
    ];
    let told: Vec<Option<usize>> = cases.iter().map(|text| agrees(text)).collect();
    assert_eq!(told[0], Some(2));
    assert!(told.contains(&None) && told.contains(&Some(3)), "{told:?}");
}

#[test]
fn what_only_content_shows_is_told_when_it_is_asked_for() {
    let bodies = [
        ("{\"base64\": \"*\"}", "line 5: record 2: response body: `base64` is not base64"),
        (
            "{\"text\": [\"a\"], \"encoding\": \"gzip\", \"wire\": \"AAAA\"}",
            "line 5: record 2: response body: the decoded view and the `wire` bytes disagree",
        ),
    ];
    for (body, expected) in bodies {
        let (_folder, path) = file(&format!("{HEADER}{}{}", record_with(1, body, ""), record(2)));
        let error = indexed(&path, 100).unwrap_err();
        assert!(error.contains(expected), "{error}");
        assert_eq!(read(&path).unwrap_err().to_string(), error);
    }
}

#[test]
fn a_file_that_was_changed_is_no_source_of_answers() {
    let text = format!("{HEADER}{}{}", record(1), record(2));
    let (_folder, path) = file(&text);
    let keep = |glimpse| match glimpse {
        Glimpse::Outline(outline) => (outline.stretch, outline.number, outline.at),
        Glimpse::Whole(..) => panic!("a file of any length has parts here"),
    };
    let found = Contents::open_by(&path, (0, 100)).unwrap().index(keep).unwrap();
    let (stretch, number, at) = found.items[1];
    // In place: another record stands there, or none.
    std::fs::write(&path, text.replace("00:00:02Z", "00:00:03Z")).unwrap();
    let error = found.records.exchange(stretch, number, at).unwrap_err();
    assert!(error.to_string().contains("changed since"), "{error}");
    std::fs::write(&path, text.replace("POST", "PO")).unwrap();
    assert!(found.records.exchange(stretch, number, at).is_err());
    // Put in its place: what was read first is what counts.
    std::fs::write(&path, &text).unwrap();
    let other = path.with_extension("new");
    std::fs::write(&other, HEADER).unwrap();
    std::fs::rename(&other, &path).unwrap();
    let exchange = found.records.exchange(stretch, number, at).unwrap();
    assert_eq!((exchange.number, exchange.source), (number, Source::Edited));
}
