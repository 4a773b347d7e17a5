//! Pages of every markup, cut, shuffled and corrupted: an error or a spec with its list of losses, every promise
//! of it with a line that the page has; and what must still be found when only the order is another.

use super::depot::{LAYOUTS, Layout, shelf};
use super::{imported, page, reference};
use serde_json::Value;
use std::sync::mpsc;
use std::time::Duration;
use testimony::page::{ImportOptions, Page, import};
use testimony::spec::{FactKind, Spec, score};

/// Longest time for one harmed page, on a busy machine and without optimisation.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often each page is harmed; `FUZZ_ROUNDS` asks for more.
const ROUNDS: u64 = 24;

/// A way through numbers that is the same each time (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % end.max(1)
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

/// Every promise of a document says where it was read: a line that the page has, a family or a flag.
pub fn has_lines(document: &Value, lines: u64) {
    let mut open = vec![(String::new(), document)];
    let mut promises = 0;
    while let Some((pointer, value)) = open.pop() {
        let Value::Object(members) = value else {
            let items = value.as_array().into_iter().flatten().enumerate();
            open.extend(items.map(|(at, item)| (format!("{pointer}/{at}"), item)));
            continue;
        };
        if is_promise(&pointer, members) {
            promises += 1;
            assert!(is_sourced(members.get("x-source"), lines), "{pointer}: {value}");
        }
        let by_family = members.get("x-source").is_some_and(|source| source["family"].is_string());
        let shown =
            ["example", "examples", "default", "enum", "const", "x-source", "x-contradicted"];
        for (key, inner) in members {
            // The members of a family's own body are the family's.
            let of_family = by_family && key == "properties";
            if !of_family && !shown.contains(&key.as_str()) {
                open.push((
                    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")),
                    inner,
                ));
            }
        }
    }
    assert!(promises > 0 || document["paths"].as_object().is_none_or(serde_json::Map::is_empty));
}

/// Operations, parameters, bodies, responses, headers, objects and their fields.
fn is_promise(pointer: &str, members: &serde_json::Map<String, Value>) -> bool {
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    match parts.as_slice() {
        ["paths", _, _]
        | ["paths", _, _, "requestBody"]
        | ["paths", _, _, "parameters" | "responses", _]
        | ["paths", _, _, "responses", _, "headers", _]
        | ["components", "schemas", _] => true,
        [.., "properties", _] if parts.first() != Some(&"info") => {
            // `properties` may be a field's name, and under `if` they say what a condition is of.
            !parts.iter().any(|part| ["if", "then", "not", "allOf"].contains(part))
                && parts.iter().rev().skip(1).take_while(|part| **part == "properties").count() == 1
                && !members.is_empty()
        }
        _ => false,
    }
}

fn is_sourced(source: Option<&Value>, lines: u64) -> bool {
    let one = |source: &Value| {
        source["family"].is_string()
            || source["flag"].is_string()
            || source["page"].is_string()
                && source["line"].as_u64().is_some_and(|line| (1..=lines).contains(&line))
    };
    match source {
        Some(Value::Array(list)) => !list.is_empty() && list.iter().all(one),
        Some(source) => one(source),
        None => false,
    }
}

/// Reads a harmed page: what comes of it loads whole, and every promise and every loss has a line.
fn read(bytes: &[u8]) -> bool {
    let Ok(found) = import(&[page("harmed", bytes)], &ImportOptions::default()) else {
        return false;
    };
    let lines = String::from_utf8_lossy(bytes).lines().count().max(1) as u64;
    has_lines(&found.document, lines);
    assert!(found.losses.iter().all(|loss| (1..=lines).contains(&u64::from(loss.line))));
    let told = found.contradictions.iter().flat_map(|own| &own.lines);
    assert!(told.into_iter().all(|line| (1..=lines).contains(&u64::from(*line))));
    let spec = Spec::load("harmed", found.document.to_string().as_bytes()).unwrap();
    assert!(spec.problems.is_empty(), "{:?}", spec.problems.first());
    true
}

/// Cuts, shuffles and corrupts, by a number that says how.
fn harmed(text: &str, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    match dice.below(7) {
        // Cut off anywhere, also within a character; or only the end is left.
        0 => bytes.truncate(dice.below(bytes.len())),
        1 => drop(bytes.drain(..dice.below(text.len()))),
        // Bytes that are others now.
        2 => {
            for _ in 0..=dice.below(40) {
                let at = dice.below(bytes.len());
                bytes[at] = u8::try_from(dice.below(128)).unwrap();
            }
        }
        3 => {
            let at = dice.below(bytes.len());
            bytes[at] = 0xff;
        }
        // Lines, paragraphs or cells in another order.
        4 => bytes = shuffled(text, "\n", dice).into_bytes(),
        5 => bytes = shuffled(text, "\n\n", dice).into_bytes(),
        _ => {
            let marks = ["<td", "<tr", "<table", "|", "<h", "\n#", "\n+-", "</"];
            let mark = marks[dice.below(marks.len())];
            bytes = shuffled(text, mark, dice).into_bytes();
        }
    }
    bytes
}

fn shuffled(text: &str, between: &str, dice: &mut Dice) -> String {
    let mut parts: Vec<&str> = text.split(between).collect();
    let from = dice.below(parts.len());
    let to = from + dice.below(parts.len() - from + 1);
    dice.shuffle(&mut parts[from..to]);
    parts.join(between)
}

/// Pages of every markup: invented ones in every layout, and the reference pages where they are.
fn all_pages() -> Vec<Page> {
    let mut pages: Vec<Page> =
        LAYOUTS.iter().map(|layout| page(&format!("{layout:?}"), shelf(*layout))).collect();
    for folder in ["seeds", "pages"] {
        let Some(folder) = reference(folder) else { continue };
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "json") {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                pages.push(page(&name, std::fs::read(path).unwrap()));
            }
        }
    }
    pages
}

#[test]
fn every_promise_of_every_page_has_a_line() {
    for own in all_pages() {
        assert!(read(&own.bytes), "{}", own.name);
    }
}

#[test]
fn harmed_pages_of_every_markup_end_with_lines_or_an_error() {
    let rounds = std::env::var("FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok());
    let rounds: u64 = rounds.unwrap_or(ROUNDS);
    let mut left = 0;
    for (at, own) in all_pages().into_iter().enumerate() {
        let (done, wait) = mpsc::channel();
        let name = own.name.clone();
        std::thread::spawn(move || {
            let text = String::from_utf8(own.bytes).unwrap();
            let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ (at as u64 + 1));
            for _ in 0..rounds {
                let _ = done.send(read(&harmed(&text, &mut dice)));
            }
        });
        for round in 0..rounds {
            match wait.recv_timeout(PATIENCE) {
                Ok(read) => left += usize::from(read),
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("{name}: round {round}: no end"),
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    panic!("{name}: round {round}: a panic")
                }
            }
        }
    }
    // Not all is refused: else nothing was shown.
    assert!(left > 50, "{left}");
}

/// The runs of rows of pipe tables, each with its first and last line.
fn pipe_tables(lines: &[String]) -> Vec<(usize, usize)> {
    let mut tables = Vec::new();
    let mut from = None;
    for (at, line) in lines.iter().map(String::as_str).chain([""]).enumerate() {
        match (line.starts_with('|'), from) {
            (true, None) => from = Some(at),
            (false, Some(start)) => {
                tables.push((start, at));
                from = None;
            }
            _ => {}
        }
    }
    tables
}

/// Rows and columns of every table in another order say the same.
#[test]
fn the_order_of_rows_and_columns_loses_nothing() {
    let text = shelf(Layout::Markdown);
    let whole = loaded(&text);
    for seed in 1..12 {
        let mut dice = Dice(0x2545_f491_4f6c_dd1d_u64.wrapping_mul(seed));
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let tables = pipe_tables(&lines);
        assert!(tables.len() > 4);
        for (from, to) in tables {
            dice.shuffle(&mut lines[from + 2..to]);
            let columns = lines[from].matches('|').count() - 1;
            let mut order: Vec<usize> = (1..=columns).collect();
            dice.shuffle(&mut order);
            for line in &mut lines[from..to] {
                let cells: Vec<&str> = line.split('|').collect();
                let turned: Vec<&str> = order.iter().map(|at| cells[*at]).collect();
                *line = format!("|{}|", turned.join("|"));
            }
        }
        let turned = loaded(&lines.join("\n"));
        let score = score(&whole, &turned);
        for kind in [
            FactKind::Operation,
            FactKind::Parameter,
            FactKind::Type,
            FactKind::Required,
            FactKind::Code,
        ] {
            let tally = &score.tallies[&kind];
            assert!(tally.right > 0, "{kind:?}");
            assert_eq!(
                (tally.missing, tally.extra, tally.different),
                (0, 0, 0),
                "{kind:?}: {:?}",
                score.faults
            );
        }
    }
}

/// Whole sections in another order: captions say what each table is, so that most is still found.
#[test]
fn the_order_of_sections_loses_little() {
    let text = shelf(Layout::Markdown);
    let whole = loaded(&text);
    let (mut right, mut all) = (0, 0);
    for seed in 1..12 {
        let mut dice = Dice(0x2545_f491_4f6c_dd1d_u64.wrapping_mul(seed));
        let mut sections: Vec<&str> = text.split("\n## ").collect();
        assert!(sections.len() > 3, "{}", sections.len());
        dice.shuffle(&mut sections[1..]);
        let turned = loaded(&sections.join("\n## "));
        let score = score(&whole, &turned);
        for kind in [FactKind::Parameter, FactKind::Type, FactKind::Code] {
            let tally = &score.tallies[&kind];
            right += tally.right;
            all += tally.right + tally.missing + tally.different;
        }
    }
    assert!(right * 10 >= all * 9, "{right} of {all}");
}

fn loaded(text: &str) -> Spec {
    let import = imported(&[page("turned.md", text)]);
    Spec::load("turned", import.document.to_string().as_bytes()).unwrap()
}
