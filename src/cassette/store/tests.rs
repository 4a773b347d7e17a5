use super::*;
use crate::cassette::read;
use crate::cassette::redact::Redactor;
use crate::exchange::{
    Body, ChunkTime, ContentCoding, Exchange, Headers, Interim, Request, Response, Source, Timing,
    TransportError, TransportErrorKind, Version,
};

mod bodies;
mod late;

fn exchange(path: &str) -> Exchange {
    let mut headers = Headers::from([("hOst", "h"), ("X-Two", "1"), ("x-two", "2")]);
    headers.push("X-Latin", [0xe9]);
    let interim = Interim {
        at_ms: 1.25,
        status: 103,
        reason: (&b"Tr\xe8s t\xf4t"[..]).into(),
        headers: headers.clone(),
    };
    Exchange {
        interim: vec![interim, Interim { status: 100, ..Interim::default() }],
        number: ExchangeNumber(1),
        at: "2026-11-20T10:00:00.123Z".parse().unwrap(),
        source: Source::Live,
        request: Request {
            method: "PUT".to_owned(),
            target: format!("http://h{path}"),
            version: Version::Http10,
            headers,
            body: Body::from("{\"a\": 1.0}"),
            trailers: Headers::from([("X-Sum", "é")]),
        },
        response: Some(Response {
            status: 404,
            reason: "Not There".into(),
            headers: Headers::from([("Content-Length", "3")]),
            body: Body::from_bytes(vec![0u8, 1, 2]),
            ..Response::default()
        }),
        timing: Timing {
            first_byte_ms: Some(1.5),
            end_ms: 2.0,
            chunks: vec![ChunkTime { at_ms: 1.5, bytes: 3 }],
        },
        error: Some(TransportError { kind: TransportErrorKind::Reset, message: "gone".to_owned() }),
        redacted: Vec::new(),
        messages: Vec::new(),
        digest: None,
    }
}

fn written(path: &Path, count: usize) -> Writer {
    let writer = Writer::open(path, &CassetteHeader::new("s"), Mode::Once).unwrap();
    let redactor = Redactor::default();
    for index in 0..count {
        let number = writer.append(&redactor.redact(exchange(&format!("/{index}")))).unwrap();
        assert_eq!(number.0, index as u64 + 1);
    }
    writer
}

#[test]
fn what_is_written_is_read_back_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/er/a.cassette");
    written(&path, 2).seal().unwrap();
    let cassette = read(&path).unwrap();
    assert!(cassette.sealed && cassette.torn.is_none());
    assert_eq!((cassette.warnings.len(), cassette.exchanges.len()), (0, 2));
    for (index, found) in cassette.exchanges.iter().enumerate() {
        let mut expected = exchange(&format!("/{index}"));
        expected.number = ExchangeNumber(index as u64 + 1);
        expected.digest = Some(expected.content_digest());
        assert_eq!(*found, expected);
    }
}

#[test]
fn a_body_in_a_file_is_no_edit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    let large = Body::from_bytes(vec![0xfe; 100_000]);
    let (mut up, mut down) = (exchange("/up"), exchange("/down"));
    up.request.body = large.clone();
    down.response.as_mut().unwrap().body = large;
    let writer = Writer::open(&path, &CassetteHeader::new("s"), Mode::Once).unwrap();
    let redactor = Redactor::default();
    for exchange in [up, down] {
        writer.append(&redactor.redact(exchange)).unwrap();
    }
    writer.seal().unwrap();
    let found = read(&path).unwrap().exchanges;
    assert_eq!(found.iter().map(|one| one.source).collect::<Vec<_>>(), [Source::Live; 2]);
    // Both are one file, which holds the body.
    let Body::File(up) = &found[0].request.body else { panic!("in memory") };
    assert_eq!(found[1].response.as_ref().unwrap().body, Body::File(up.clone()));
    let bytes = crate::cassette::open_body(&path, up, 1 << 20).unwrap();
    assert!(bytes == vec![0xfe; 100_000]);
    assert_eq!(std::fs::read_dir(body_folder(&path)).unwrap().count(), 1);
}

#[test]
fn any_cut_of_the_file_loses_at_most_the_record_it_hits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    drop(written(&path, 3));
    let whole = std::fs::read(&path).unwrap();
    let record_ends: Vec<usize> =
        (0..whole.len()).filter(|at| whole[*at..].starts_with(b"\n}\n")).map(|at| at + 2).collect();
    assert_eq!(record_ends.len(), 4);
    // Every place near the end of a record, and a sample of those inside.
    let near = |cut: &usize| record_ends.iter().any(|end| end.abs_diff(*cut) < 4);
    for cut in (record_ends[0]..whole.len()).filter(|cut| near(cut) || cut % 37 == 0) {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let expected = record_ends.iter().filter(|end| **end <= cut).count() - 1;
        let found = read(&path).unwrap();
        assert_eq!(found.exchanges.len(), expected, "cut at {cut}");
        let clean = record_ends.iter().any(|end| cut == *end || cut == *end + 1);
        assert_eq!(found.torn.is_none(), clean, "cut at {cut}");
        let recovery = recover(&path).unwrap();
        assert_eq!(recovery.exchanges, expected as u64);
        let again = read(&path).unwrap();
        assert!(again.sealed && again.torn.is_none() && again.warnings.is_empty());
    }
}

#[test]
fn an_edit_is_seen_and_a_new_layout_is_not_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    written(&path, 1).seal().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let compact: String = serde_json::Deserializer::from_str(&text)
        .into_iter::<serde_json::Value>()
        .map(|value| value.unwrap().to_string())
        .collect();
    std::fs::write(&path, compact).unwrap();
    assert_eq!(read(&path).unwrap().exchanges[0].source, Source::Live);
    for (from, to) in [
        ("\"status\": 404", "\"status\": 405"),
        ("\"source\": \"live\"", "\"source\": \"imported\""),
        ("\"a\": 1.0", "\"a\": 1"),
        ("Not There", "Not Here"),
        ("\"reset\"", "\"refused\""),
        ("10:00:00.123Z", "10:00:00.124Z"),
    ] {
        assert!(text.contains(from));
        std::fs::write(&path, text.replace(from, to)).unwrap();
        assert_eq!(read(&path).unwrap().exchanges[0].source, Source::Edited, "{to}");
    }
}

#[test]
fn modes_and_locks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    let header = CassetteHeader::new("s");
    let writer = written(&path, 1);
    assert!(matches!(
        Writer::open(&path, &header, Mode::NewEpisodes),
        Err(StoreError::Busy { .. })
    ));
    writer.seal().unwrap();
    let redactor = Redactor::default();
    assert!(matches!(
        writer.append(&redactor.redact(exchange("/late"))),
        Err(StoreError::Closed { .. })
    ));
    drop(writer);
    assert!(matches!(
        Writer::open(&path, &header, Mode::Once),
        Err(StoreError::Holds { exchanges: 1, .. })
    ));
    let more = Writer::open(&path, &header, Mode::NewEpisodes).unwrap();
    assert_eq!(more.append(&redactor.redact(exchange("/2"))).unwrap().0, 2);
    more.seal().unwrap();
    drop(more);
    assert_eq!(read(&path).unwrap().exchanges.len(), 2);
    let anew = Writer::open(&path, &header, Mode::All).unwrap();
    anew.append(&redactor.redact(exchange("/anew"))).unwrap();
    assert_eq!(read(&path).unwrap().exchanges.len(), 2, "the old one stands until the seal");
    drop(anew);
    assert!(matches!(
        Writer::open(&path, &header, Mode::All),
        Err(StoreError::Interrupted { exchanges: 1, .. })
    ));
    std::fs::remove_file(folder.path().join("a.cassette.recording")).unwrap();
    let nothing = Writer::open(&path, &header, Mode::All).unwrap();
    assert!(
        matches!(Writer::open(&path, &header, Mode::NewEpisodes), Err(StoreError::Busy { .. })),
        "what it added would be lost with the file that is replaced"
    );
    assert_eq!(nothing.seal().unwrap(), 2, "a recording of nothing replaces nothing");
    drop(nothing);
    assert_eq!(read(&path).unwrap().exchanges.len(), 2);
    assert!(!folder.path().join("a.cassette.recording").exists());
    let anew = Writer::open(&path, &header, Mode::All).unwrap();
    anew.append(&redactor.redact(exchange("/anew"))).unwrap();
    anew.seal().unwrap();
    let found = read(&path).unwrap();
    assert_eq!(found.exchanges.len(), 1);
    assert_eq!(found.exchanges[0].request.target, "http://h/anew");
}

#[test]
fn an_empty_recording_may_be_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    let header = CassetteHeader::new("s");
    for content in ["", "{\n  \"cassette\": 1,\n  \"sess"] {
        std::fs::write(&path, content).unwrap();
        for mode in [Mode::Once, Mode::NewEpisodes, Mode::All] {
            Writer::open(&path, &header, mode).unwrap().seal().unwrap();
            assert!(read(&path).unwrap().sealed, "{mode:?}");
        }
    }
    std::fs::write(&path, "something else").unwrap();
    assert!(matches!(
        Writer::open(&path, &header, Mode::Once),
        Err(StoreError::Unreadable(CassetteError::NotACassette { .. }))
    ));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "something else");
}

#[test]
fn hostile_files_are_errors_that_name_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    let header = "{\"cassette\": 1}\n";
    let cases = [
        ("[]", "not a cassette"),
        ("{\"cassette\": 99}", "cassette version 99"),
        (&format!("{header}nonsense\n{{}}\n"), "line 2: record 1: expected `{`"),
        (&format!("{header}{{\"exchange\": 1}}\n"), "line 2: record 2: `at` is missing"),
        (&format!("{header}{{}}\n"), "record is none of"),
        (&format!("{header}{header}"), "line 2: record 2: a second header"),
        (&format!("{header}{{\"exchange\": 1, \"exchange\": 2}}"), "duplicate field"),
        (&format!("{header}{{\"exchange\": {}1{}}}", "[".repeat(5000), "]".repeat(5000)), "line 2"),
    ];
    for (text, expected) in cases {
        std::fs::write(&path, text).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("a.cassette"), "{error}");
    }
}

#[test]
fn recovery_keeps_every_whole_record_and_what_it_cuts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    let torn = folder.path().join("a.cassette.torn");
    drop(written(&path, 3));
    let whole = std::fs::read_to_string(&path).unwrap();
    let third = whole.find("{\n  \"exchange\": 3").unwrap();
    let (front, record) = whole.split_at(third);
    let half = &record[..record.len() / 2];
    // What follows a torn record, exchanges that are left, and whether something is kept.
    let cases = [
        (String::new(), 2, false),
        ("\"}]}}}}\n}\n".to_owned(), 2, true),
        ("\"}}\n{\n{}}\n]\n".to_owned(), 2, true),
        ("\0\0\0\0\0\0".to_owned(), 2, true),
        (format!("\n{record}"), 3, true),
        (format!("{record}garbage}}\n{record}"), 4, true),
        (format!("\"}}]}}}}}}\n{record}{{\"end\": true, \"exchanges\": 3}}\n"), 3, true),
    ];
    for (rest, expected, kept) in cases {
        let text = format!("{front}{half}{rest}");
        std::fs::write(&path, &text).unwrap();
        let read_before = read(&path);
        if expected > 2 {
            assert!(read_before.is_err(), "whole records are never left out: {rest:?}");
        } else {
            let before = read_before.unwrap();
            assert_eq!((before.exchanges.len(), before.torn.is_some()), (2, true), "{rest:?}");
        }
        let recovery = recover(&path).unwrap();
        assert_eq!(recovery.exchanges, expected as u64, "{rest:?}");
        let cut = recovery.cut.unwrap();
        assert_eq!(cut.kept.is_some(), kept, "{rest:?}");
        let found = read(&path).unwrap();
        assert!(found.sealed && found.torn.is_none());
        assert_eq!((found.exchanges.len(), found.warnings), (expected, Vec::new()), "{rest:?}");
        assert!(found.exchanges.iter().all(|one| one.source == Source::Live));
        if kept {
            let text = std::fs::read_to_string(&torn).unwrap();
            assert!(text.starts_with(half.trim_end()), "{rest:?}: {text}");
            std::fs::remove_file(&torn).unwrap();
        }
        assert!(!torn.exists());
    }
}

#[test]
fn what_a_hand_broke_is_for_a_hand_to_mend() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    written(&path, 2).seal().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let edited = text.replacen("\"live\"", "\"lively\"", 1);
    std::fs::write(&path, &edited).unwrap();
    assert!(recover(&path).unwrap_err().to_string().contains("lively"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), edited);
}

#[test]
fn a_torn_end_that_is_recorded_over_is_told_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    drop(written(&path, 1));
    let whole = std::fs::read_to_string(&path).unwrap();
    let closed = "{\n  \"exchange\": 2, \"at\": \"2026\"}}]}";
    for (tail, kept) in [(closed, true), ("{\n  \"exchange\": 2,\n  \"at", false), ("\0\0}", true)]
    {
        std::fs::write(&path, format!("{whole}{tail}")).unwrap();
        let writer = Writer::open(&path, &CassetteHeader::new("s"), Mode::NewEpisodes).unwrap();
        let cut = writer.cut().unwrap();
        assert_eq!((cut.bytes, cut.kept.is_some()), (tail.len() as u64, kept));
        writer.append(&Redactor::default().redact(exchange("/2"))).unwrap();
        writer.seal().unwrap();
        assert_eq!(read(&path).unwrap().exchanges.len(), 2);
    }
}

#[test]
fn failures_alone_replace_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    let redactor = Redactor::default();
    let header = CassetteHeader::new("s");
    let good = Exchange { error: None, ..exchange("/good") };
    let writer = Writer::open(&path, &header, Mode::Once).unwrap();
    writer.append(&redactor.redact(good)).unwrap();
    writer.seal().unwrap();
    drop(writer);
    let before = std::fs::read(&path).unwrap();
    let writer = Writer::open(&path, &header, Mode::All).unwrap();
    writer.append(&redactor.redact(exchange("/failed"))).unwrap();
    let error = writer.seal_failures().unwrap_err();
    let StoreError::Failures { exchanges: 1, aside, .. } = error else { panic!("{error}") };
    drop(writer);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(read(&aside).unwrap().exchanges.len(), 1);
    // Where there were failures alone before, nothing is lost.
    let old = folder.path().join("b.cassette");
    written(&old, 2).seal().unwrap();
    let writer = Writer::open(&old, &header, Mode::All).unwrap();
    writer.append(&redactor.redact(exchange("/failed"))).unwrap();
    assert_eq!(writer.seal_failures().unwrap(), 1);
}

#[test]
#[cfg(unix)]
fn a_pipe_in_the_place_of_a_body_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    let writer = Writer::open(&path, &CassetteHeader::new("s"), Mode::Once).unwrap();
    let redactor = Arc::new(Redactor::default());
    let mut given = exchange("/");
    let body = bodies::apart(&writer, &redactor, &mut given, "Tk9x2Qq7Rr8Ss1");
    let Body::File(file) = given.request.body.clone() else { panic!("in memory") };
    writer.append_checked(redactor.redact(given), vec![body], &redactor).unwrap();
    writer.seal().unwrap();
    let pipe = body_folder(&path).join(&file.name);
    std::fs::remove_file(&pipe).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let policy = crate::cassette::redact::Policy::default();
    for error in [
        audit(&path, &policy).unwrap_err().to_string(),
        crate::cassette::open_body(&path, &file, 1 << 20).unwrap_err().to_string(),
    ] {
        assert!(error.contains("no regular file") && error.contains(&file.name), "{error}");
    }
}
