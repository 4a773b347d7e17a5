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
    assert!(stands_in_bodies(&path, "x {{secret:1}}"), "the rest of it is there");
    assert_eq!(std::fs::read_dir(body_folder(&path)).unwrap().count(), 1);
    let of_both: Vec<Body> =
        read(&path).unwrap().exchanges.into_iter().map(|one| one.request.body).collect();
    assert_eq!(of_both[0], of_both[1]);
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
        assert_eq!(stands_in_bodies(&path, "x {{secret:1}}"), mode == Mode::All);
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

#[test]
fn what_can_not_be_decoded_of_a_body_file_is_looked_at_as_it_is_and_told() {
    use crate::cassette::redact::Policy;
    let secret = "Correct-Horse-9";
    let line = format!("\n\"password\": \"{secret}\"\n");
    let noise: Vec<u8> =
        (0..40_000_u32).flat_map(|n| n.wrapping_mul(0x9e37_79b1).to_le_bytes()).collect();
    let zipped = ContentCoding::Gzip.encode(&noise).unwrap();
    let torn = "/request/body: undecodable";
    let found = "/request/body: name.password";
    for (coding, wire, expected, left) in [
        // After a whole member, and behind two codings, of which none is undone.
        ("gzip", [&zipped[..], line.as_bytes()].concat(), vec![found, torn], vec![torn]),
        ("gzip, br", [&zipped[..], line.as_bytes()].concat(), vec![found, torn], vec![torn]),
        ("gzip, br", zipped.clone(), vec![torn], vec![torn]),
        ("gzip", zipped, vec![], vec![]),
        // No compression.
        ("aws-chunked", [&noise[..], line.as_bytes()].concat(), vec![found], vec![]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.cassette");
        let writer = Writer::open(&path, &CassetteHeader::new("s"), Mode::Once).unwrap();
        let mut given = exchange("/");
        given.request.headers = Headers::from([("Content-Encoding", coding)]);
        let name = crate::exchange::Digest::of(&wire).hex();
        std::fs::create_dir(body_folder(&path)).unwrap();
        std::fs::write(body_folder(&path).join(&name), &wire).unwrap();
        given.request.body =
            Body::File(crate::exchange::BodyFile { name, length: wire.len() as u64 });
        writer.append(&Redactor::default().redact(given)).unwrap();
        writer.seal().unwrap();
        drop(writer);
        let told = |finds: &crate::cassette::FileRedaction| {
            let mut told: Vec<_> =
                finds.finds.iter().map(|left| format!("{}: {}", left.at, left.rule)).collect();
            told.sort();
            told
        };
        assert_eq!(told(&audit(&path, &Policy::default()).unwrap()), expected, "{coding}");
        redact(&path, &Policy::default()).unwrap();
        assert!(!stands_in_bodies(&path, secret));
        assert_eq!(told(&audit(&path, &Policy::default()).unwrap()), left, "{coding}");
        let again = read(&path).unwrap().exchanges.remove(0);
        assert_eq!(again.request.headers.text("content-encoding"), Some(coding));
    }
}
