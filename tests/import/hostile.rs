//! Pages that no vendor wrote: cut, shuffled, stuffed. Never a panic, never a wait, and whatever is
//! read is a spec that its own examples keep.

use super::depot::{LAYOUTS, shelf};
use super::page;
use proptest::prelude::*;
use std::sync::mpsc;
use std::time::Duration;
use testimony::page::{ImportOptions, PageError, import};
use testimony::spec::{Direction, MediaPromise, Spec};

/// Longest time that any page may take, on a busy machine and without optimisation.
const PATIENCE: Duration = Duration::from_secs(300);

/// Lines that mean something to the reader, to be put where they do not belong.
const STRAYS: &[&str] = &[
    "{",
    "}",
    "[[[[",
    "{\"a\": [1, {\"b\": null}]} Example Responses",
    "|---|---|",
    "---|",
    "|",
    "Parameter",
    "Type",
    "Mandatory",
    "Description",
    "Yes",
    "name",
    "String",
    "Array of Drain objects",
    "Table 1 Drain",
    "Status code: 999",
    "Status code: 200",
    "Status Codes",
    "Response Parameters",
    "POST /v3/{site}/{site}",
    "GET /",
    "1 2 3 | {\"a\": 1} |",
    "ParameterTypeRequiredDescription",
    "depotIdstringYes",
    "object",
    "Definition",
    "Range",
    "Default Value",
    "N/A",
    "• a: b",
    "Options:",
    "minLength: 9; maxLength: 2",
    "Use either name or name.",
    "mandatory when name is name",
    "The default value is",
    "\u{feff}\u{200b}",
    "表1",
    "状态码：",
    "Error Codes",
    "HTTP/1.1 200 {\"a\": 1}",
    "A maximum of 99999999999999999999 keys, each of them must be unique.",
    "Label structure",
];

/// Imports a page; what comes of it is a spec that loads whole.
fn loaded(text: &str) -> Result<Spec, PageError> {
    let found = import(&[page("depot.txt", text)], &ImportOptions::default())?;
    let bytes = serde_json::to_vec(&found.document).unwrap();
    let spec = Spec::load("depot.json", &bytes).unwrap();
    assert!(spec.problems.is_empty(), "{:?}", spec.problems.first());
    Ok(spec)
}

fn check(text: &str) -> Result<(), PageError> {
    let spec = loaded(text)?;
    for operation in &spec.operations {
        for media in operation.body.iter().flat_map(|body| &body.media) {
            keeps(&spec, media, Direction::Request, text);
        }
        for media in operation.promises.iter().flat_map(|promise| &promise.media) {
            keeps(&spec, media, Direction::Response, text);
        }
    }
    Ok(())
}

/// A page's own examples keep what the page promises; warnings apart.
fn keeps(spec: &Spec, media: &MediaPromise, direction: Direction, text: &str) {
    let Some(schema) = &media.schema else { return };
    for example in &media.examples {
        let violations = spec.validate(schema, example, direction).unwrap();
        let broken: Vec<_> = violations.iter().filter(|own| !own.advisory).collect();
        let start: String = text.chars().take(6000).collect();
        assert!(broken.is_empty(), "{:#?}\n{start}", broken.first());
    }
}

#[derive(Debug, Clone)]
enum Harm {
    Cut(usize),
    Drop(usize),
    Double(usize),
    Swap(usize, usize),
    Stray(usize, usize),
    Sign(usize, char),
}

fn harm() -> impl Strategy<Value = Harm> {
    let at = 0..10_000_usize;
    prop_oneof![
        1 => at.clone().prop_map(Harm::Cut),
        3 => at.clone().prop_map(Harm::Drop),
        2 => at.clone().prop_map(Harm::Double),
        3 => (at.clone(), at.clone()).prop_map(|(one, other)| Harm::Swap(one, other)),
        4 => (at.clone(), 0..STRAYS.len()).prop_map(|(at, stray)| Harm::Stray(at, stray)),
        2 => (at, any::<char>()).prop_map(|(at, sign)| Harm::Sign(at, sign)),
    ]
}

fn harmed(text: &str, harms: &[Harm]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for harm in harms {
        let count = lines.len().max(1);
        match *harm {
            Harm::Cut(at) => lines.truncate(at % count),
            Harm::Drop(at) if !lines.is_empty() => drop(lines.remove(at % count)),
            Harm::Double(at) if !lines.is_empty() => {
                lines.insert(at % count, lines[at % count].clone());
            }
            Harm::Swap(one, other) if !lines.is_empty() => lines.swap(one % count, other % count),
            Harm::Stray(at, stray) => {
                lines.insert(at % count.min(lines.len() + 1), STRAYS[stray].to_owned());
            }
            Harm::Sign(at, sign) if !lines.is_empty() => {
                let line = &mut lines[at % count];
                let places: Vec<usize> = line.char_indices().map(|(place, _)| place).collect();
                let place = places.get(at % places.len().max(1)).copied().unwrap_or(0);
                line.insert(place, sign);
            }
            _ => {}
        }
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig {
        // More by `PROPTEST_CASES`.
        cases: ProptestConfig::default().cases.max(400),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn harmed_pages_are_read_or_refused(layout in 0..LAYOUTS.len(), harms in prop::collection::vec(harm(), 1..12)) {
        let _ = check(&harmed(&shelf(LAYOUTS[layout]), &harms));
    }

    #[test]
    fn lines_in_any_order_are_read_or_refused(layout in 0..LAYOUTS.len(), seed in any::<u64>()) {
        let text = shelf(LAYOUTS[layout]);
        let mut lines: Vec<&str> = text.lines().collect();
        let mut state = seed | 1;
        for at in (1..lines.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            lines.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
        }
        let _ = check(&lines.join("\n"));
    }
}

/// An example whose integer has a fraction gives up the multiple, too.
#[test]
fn a_fraction_in_place_of_an_integer_breaks_no_other_promise() {
    let text = shelf(LAYOUTS[2]);
    let places: Vec<usize> = text.match_indices("55").map(|(place, _)| place + 1).collect();
    assert!(!places.is_empty());
    for place in places {
        let mut harmed = text.clone();
        harmed.insert(place, '.');
        assert!(check(&harmed).is_ok());
    }
}

/// Pages whose every part is as large as it may be: the time must not grow with the square of it.
#[test]
fn stuffed_pages_end_soon() {
    let head = "POST /v1/depots\nRequest Parameters\n";
    let table = "Parameter\nMandatory\nType\nDescription\n";
    let stuffed: Vec<(&str, String)> = vec![
        ("open braces", head.to_owned() + &"{ \"a\": [\n".repeat(40_000)),
        ("braces that never close", head.to_owned() + &"{\n".repeat(10) + &"x\n".repeat(40_000)),
        ("heads", head.to_owned() + &table.repeat(12_000)),
        ("column names", head.to_owned() + &"Parameter\n\n\n\n".repeat(12_000)),
        ("bars", head.to_owned() + &"|---|---|\n| a | b |\n".repeat(20_000)),
        ("lines of dashes", head.to_owned() + &("-|-|".repeat(20_000) + "\n").repeat(20)),
        ("dashes", head.to_owned() + &("---|".repeat(20_000) + "\n").repeat(20)),
        ("rows", head.to_owned() + table + &rows(12_000, "String", "Text.")),
        ("objects", head.to_owned() + table + &rows(12_000, "Array of X{} objects", "Text.")),
        ("tables", head.to_owned() + &tables(5_000)),
        (
            "conditions",
            head.to_owned() + table + &rows(900, "String", &"mandatory when p1 is x. ".repeat(40)),
        ),
        ("values", head.to_owned() + table + "p\nNo\nString\nOptions:\n" + &bullets(40_000)),
        ("announcements", head.to_owned() + table + "p\nNo\nString\n" + &"• x:\n".repeat(40_000)),
        (
            "one long line",
            head.to_owned() + table + "p\nNo\nString\n" + &"and a, or b (c) ".repeat(100_000),
        ),
        ("codes", head.to_owned() + &"Status code: 404\n".repeat(40_000)),
        (
            "glued rows",
            head.to_owned() + "ParameterTypeRequired\n" + &"aStringstringYes\n".repeat(40_000),
        ),
        ("example of many objects", example(&format!("[{}]", vec!["{}"; 30_000].join(",")))),
        ("example of many fields", example(&format!("{{{}}}", members(12_000)))),
        ("many examples", head.to_owned() + table + &rows(900, "String", "Text.") + &examples(400)),
        ("deep example", example(&("[".repeat(60) + &"]".repeat(60)))),
        ("requests", head.to_owned() + &"GET /v1/depots?a=1&b=2\n".repeat(20_000)),
    ];
    for (name, text) in stuffed {
        let (done, wait) = mpsc::channel();
        std::thread::spawn(move || {
            let _ = done.send(loaded(&text).map(drop));
        });
        match wait.recv_timeout(PATIENCE) {
            Ok(result) => drop(result),
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("{name}: no end"),
            Err(mpsc::RecvTimeoutError::Disconnected) => panic!("{name}: a panic"),
        }
    }
}

fn rows(count: usize, kind: &str, text: &str) -> String {
    let row = |at: usize| format!("p{at}\nNo\n{}\n{text}\n", kind.replace("{}", &at.to_string()));
    (0..count).map(row).collect()
}

fn tables(count: usize) -> String {
    let table = |at: usize| {
        format!(
            "Table {at} X{at}\nParameter\nMandatory\nType\nDescription\np\nNo\nX{} object\n",
            at + 1
        )
    };
    (0..count).map(table).collect()
}

fn bullets(count: usize) -> String {
    (0..count).map(|at| format!("• v{at}: x\n")).collect()
}

fn members(count: usize) -> String {
    (0..count).map(|at| format!("\"k{at}\": {at}")).collect::<Vec<_>>().join(",")
}

fn examples(count: usize) -> String {
    let text = format!("Example Requests\n{{{}}}\n", members(800));
    text.repeat(count)
}

/// A page whose table names objects, with an example.
fn example(json: &str) -> String {
    let table = "Parameter\nMandatory\nType\nDescription\n";
    let rows: String = (0..300).map(|at| format!("f{at}\nYes\nString\nText.\n")).collect();
    format!(
        "POST /v1/depots\nRequest Parameters\nTable 1 Request body parameters\n{table}list\nYes\nArray of X objects\n\
         Text.\nk1\nNo\nString\nOptions:\n• a: b\nTable 2 X\n{table}{rows}Example Requests\n{{\"list\": {json}}}\n{json}\n"
    )
}

#[test]
fn what_is_no_page_is_refused_by_name() {
    let options = ImportOptions::default();
    for (bytes, expected) in [
        (
            b"".to_vec(),
            "depot.txt: no HTTP method and path on the page (a line such as `POST /v1/…`)",
        ),
        (
            b"POST /v1/depots\n".to_vec(),
            "depot.txt: no table of parameters and no status code on the page",
        ),
        (b"one\ntwo\n\xff\xfe\n".to_vec(), "depot.txt: line 3: not UTF-8 text"),
        (
            b"<!DOCTYPE html><p>x".to_vec(),
            "depot.txt: no HTTP method and path on the page (a line such as `POST /v1/\u{2026}`)",
        ),
        (vec![b'a'; 3 << 20], "depot.txt: 3145728 bytes, the limit is 2097152"),
        (vec![b'\n'; 60_000], "depot.txt: 60000 lines, the limit is 50000"),
        (
            b"POST /v1/{depot\nStatus code: 200\n".to_vec(),
            "depot.txt: `/v1/{depot` is no path: it must begin with `/` and close its braces",
        ),
    ] {
        let error = import(&[page("depot.txt", bytes)], &options).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    assert_eq!(import(&[], &options).unwrap_err(), PageError::NoPages);
}
