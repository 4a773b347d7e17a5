//! Body files: whose they are, and when they go.

use super::late::taught;
use super::*;

/// A large body that holds a secret that no rule finds in it, written apart.
pub(super) fn apart(
    writer: &Writer,
    redactor: &Arc<Redactor>,
    given: &mut Exchange,
    token: &str,
) -> Spooled {
    let mut spool = writer.spool(redactor, "http://h/", &Headers::default()).unwrap();
    spool.push(format!("{} {token}", "x".repeat(100_000)).as_bytes()).unwrap();
    let spooled = spool.finish().unwrap();
    given.request.body = Body::File(spooled.body.clone());
    spooled
}

/// Every body file of a cassette is there, and whether a text stands in one of them.
fn stands_in_bodies(path: &Path, text: &str) -> bool {
    let (mut found, mut files) = (false, 0);
    for exchange in read(path).unwrap().exchanges {
        if let Body::File(file) = &exchange.request.body {
            let bytes = crate::cassette::open_body(path, file, 1 << 20).unwrap();
            found |= String::from_utf8_lossy(&bytes).contains(text);
            files += 1;
        }
    }
    assert!(files > 0, "no body lies in a file");
    found
}

#[test]
fn a_body_file_of_two_exchanges_goes_with_the_last_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    let token = "Tk9x2Qq7Rr8Ss1";
    let writer = Writer::open(&path, &CassetteHeader::new("s"), Mode::Once).unwrap();
    let redactor = Arc::new(Redactor::default());
    for mut given in [exchange("/"), taught("/", token)] {
        let body = apart(&writer, &redactor, &mut given, token);
        let known = redactor.carried();
        let mut redacted = redactor.redact(given);
        redacted.looked_for(known);
        writer.append_checked(redacted, vec![body], &redactor).unwrap();
    }
    writer.seal().unwrap();
    assert!(!stands_in_bodies(&path, token));
    assert_eq!(std::fs::read_dir(body_folder(&path)).unwrap().count(), 1);
}

#[test]
fn a_cassette_keeps_its_body_files_until_it_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    let token = "Tk9x2Qq7Rr8Ss1";
    for mode in [Mode::Once, Mode::All] {
        let writer = Writer::open(&path, &CassetteHeader::new("s"), mode).unwrap();
        let redactor = Arc::new(Redactor::default());
        let mut given = exchange("/");
        let body = apart(&writer, &redactor, &mut given, token);
        writer.append_checked(redactor.redact(given), vec![body], &redactor).unwrap();
        if mode == Mode::All {
            let late = redactor.redact(taught("/late", token));
            let late = writer.append_checked(late, Vec::new(), &redactor).unwrap();
            assert_eq!(late.rewritten, [ExchangeNumber(1)]);
            assert!(stands_in_bodies(&path, token), "the old cassette is whole");
        }
        writer.seal().unwrap();
        assert_eq!(stands_in_bodies(&path, token), mode == Mode::Once);
        assert_eq!(std::fs::read_dir(body_folder(&path)).unwrap().count(), 1);
    }
}

#[test]
fn a_body_file_that_a_crash_left_goes_with_the_next_recorder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    let mut large = exchange("/large");
    large.response.as_mut().unwrap().body = Body::from_bytes(vec![0x80; 100_000]);
    let writer = Writer::open(&path, &CassetteHeader::new("a"), Mode::Once).unwrap();
    writer.append(&Redactor::default().redact(large)).unwrap();
    drop(writer);
    let bodies = body_folder(&path);
    let names = || {
        let entries = std::fs::read_dir(&bodies).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let own = names();
    for (name, text) in [("f".repeat(64), "nobody's"), ("notes.txt".to_owned(), "a person's")] {
        std::fs::write(bodies.join(name), text).unwrap();
    }
    let header = CassetteHeader::new("a");
    let reopen = || drop(Writer::open(&path, &header, Mode::NewEpisodes).unwrap());
    // What was cut out may name it.
    std::fs::write(folder.path().join("a.cassette.torn"), "x").unwrap();
    reopen();
    assert_eq!(names().len(), 3);
    std::fs::remove_file(folder.path().join("a.cassette.torn")).unwrap();
    reopen();
    assert_eq!(names(), [&own[..], &["notes.txt".into()]].concat());
}
