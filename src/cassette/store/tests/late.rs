//! What became known late, in what was written and in what lies beside it.

use super::*;

pub(super) fn taught(path: &str, token: &str) -> Exchange {
    let mut exchange = exchange(path);
    exchange.response.as_mut().unwrap().body =
        Body::from(&*format!("{{\"access_token\":\"{token}\"}}"));
    exchange
}

#[test]
fn a_secret_that_became_known_late_is_replaced_in_what_was_written() {
    for mode in [Mode::Once, Mode::All] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.cassette");
        written(&path, 1).seal().unwrap();
        if mode == Mode::Once {
            std::fs::remove_file(&path).unwrap();
        }
        let writer = Writer::open(&path, &CassetteHeader::new("s"), mode).unwrap();
        let redactor = Redactor::default();
        let token = "Tk9x/2+Qq7Rr8Ss1";
        let mut in_file = exchange("/file");
        let mut large = vec![0xfe; 100_000];
        large.extend_from_slice(token.as_bytes());
        in_file.response.as_mut().unwrap().body = Body::from_bytes(large);
        let zipped = ContentCoding::Gzip.encode(format!("<p>{token}</p>").as_bytes()).unwrap();
        let mut in_gzip = exchange("/gzip");
        let response = in_gzip.response.as_mut().unwrap();
        response.headers = Headers::from([("Content-Encoding", "gzip")]);
        response.body = Body::from_bytes(zipped);
        let given = [
            exchange("/Tk9x%2F2%2BQq7Rr8Ss1"),
            exchange("/other"),
            in_file,
            in_gzip,
            taught("/login", token),
        ];
        let mut rewritten = Vec::new();
        for exchange in given {
            rewritten = writer
                .append_checked(redactor.redact(exchange), Vec::new(), &redactor)
                .unwrap()
                .rewritten;
        }
        assert_eq!(rewritten, [1, 3, 4].map(ExchangeNumber));
        writer.append_checked(redactor.redact(exchange("/after")), Vec::new(), &redactor).unwrap();
        assert!(matches!(
            Writer::open(&path, &CassetteHeader::new("s"), Mode::NewEpisodes),
            Err(StoreError::Busy { .. })
        ));
        writer.seal().unwrap();
        let cassette = read(&path).unwrap();
        assert!(cassette.sealed);
        assert_eq!(cassette.warnings, Vec::<String>::new());
        let mut targets = Vec::new();
        for mut exchange in cassette.exchanges {
            assert_eq!(exchange.source, Source::Live, "a fresh digest");
            targets.push(exchange.request.target.clone());
            if let Some(response) = &mut exchange.response {
                if let Body::File(file) = &response.body {
                    let bytes = crate::cassette::open_body(&path, file, 1 << 20).unwrap();
                    assert!(bytes.ends_with(b"{{secret:1}}"));
                }
                let decoded = response.body.decoded(&response.headers).unwrap();
                let text = decoded.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                assert!(!text.unwrap_or_default().contains(token));
            }
        }
        assert_eq!(targets[0], "http://h/{{secret:1}}");
        assert_eq!(targets[5], "http://h/after");
        let bodies = std::fs::read_dir(folder.path().join("a.cassette.bodies")).unwrap();
        assert_eq!(bodies.count(), 1, "the old body file is gone");
        let names = std::fs::read_dir(folder.path()).unwrap();
        assert_eq!(names.count(), 2, "nothing is left beside it");
    }
}

#[test]
fn exchanges_that_are_written_at_once_hide_nothing_from_one_another() {
    const THREADS: usize = 4;
    const EACH: usize = 15;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    let writer = Writer::open(&path, &CassetteHeader::new("s"), Mode::Once).unwrap();
    let redactor = Redactor::default();
    let token =
        |thread: usize, index: usize| format!("tok-{thread}-{index:06}-{:08x}", index * 77_777);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (writer, redactor) = (&writer, &redactor);
            scope.spawn(move || {
                for index in 0..EACH {
                    // Each token is used by a neighbour about when it is learnt.
                    let other = token((thread + 1) % THREADS, index);
                    let used = redactor.redact(exchange(&format!("/{other}")));
                    let learnt = redactor.redact(taught("/login", &token(thread, index)));
                    writer.append_checked(used, Vec::new(), redactor).unwrap();
                    writer.append_checked(learnt, Vec::new(), redactor).unwrap();
                }
            });
        }
    });
    writer.seal().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("tok-"), "{text}");
    let cassette = read(&path).unwrap();
    assert_eq!(cassette.exchanges.len(), THREADS * EACH * 2);
    assert!(cassette.exchanges.iter().all(|exchange| exchange.source == Source::Live));
}

#[test]
fn many_tokens_are_looked_for_by_their_trace() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    let writer = Writer::open(&path, &CassetteHeader::new("s"), Mode::Once).unwrap();
    let redactor = Redactor::default();
    let token = |index: usize| format!("T{:016x}", index.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    for index in 0..600 {
        // The token of ten exchanges later stands in this one, percent-encoded and plain.
        let mut given = taught("/", &token(index));
        if index % 200 == 0 {
            given.request.target = format!("http://h/{}", token(index + 10));
        }
        let done = writer.append_checked(redactor.redact(given), Vec::new(), &redactor).unwrap();
        let expected = index.checked_sub(10).filter(|earlier| earlier % 200 == 0);
        let expected: Vec<_> =
            expected.iter().map(|earlier| ExchangeNumber(*earlier as u64 + 1)).collect();
        assert_eq!(done.rewritten, expected, "{index}");
    }
    assert!(writer.state().checked.has_trace(), "scanning each time would be quadratic");
    writer.seal().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!((0..600).all(|index| !text.contains(&token(index))));
}

#[test]
fn late_values_go_from_what_lies_beside_the_cassette() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    let token = "Late-Token-88-zz";
    let torn = folder.path().join("a.cassette.torn");
    std::fs::write(&torn, format!("}}}} {token} {{\n")).unwrap();
    let failed = folder.path().join("a.cassette.failed");
    let plain = Redactor::default();
    let told = Exchange { response: None, ..exchange(&format!("/{token}")) };
    let writer = Writer::open(&failed, &CassetteHeader::new("a"), Mode::Once).unwrap();
    writer.append(&plain.redact(told)).unwrap();
    writer.seal().unwrap();
    let redactor = Redactor::default();
    let writer = Writer::open(&path, &CassetteHeader::new("a"), Mode::Once).unwrap();
    let taught = redactor.redact(taught("/b", token));
    writer.append_checked(taught, Vec::new(), &redactor).unwrap();
    for path in [&torn, &failed] {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(!text.contains(token) && text.contains("{{secret:1}}"), "{text}");
    }
    assert_eq!(read(&failed).unwrap().exchanges[0].source, Source::Live, "its digest is fresh");
}

#[test]
fn late_values_go_from_coded_bodies_of_any_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    let token = "Late-Token-88-zz";
    // A secret behind more than is held at once.
    let plain = [b"0123456789abcdef\n".repeat(300_000), token.as_bytes().to_vec()].concat();
    let wire = ContentCoding::Gzip.encode(&plain).unwrap();
    let mut large = exchange("/large");
    let response = large.response.as_mut().unwrap();
    response.headers = Headers::from([("Content-Encoding", "gzip")]);
    let file = crate::exchange::Digest::of(&wire).hex();
    let writer = Writer::open(&path, &CassetteHeader::new("a"), Mode::Once).unwrap();
    std::fs::create_dir_all(body_folder(&path)).unwrap();
    std::fs::write(body_folder(&path).join(&file), &wire).unwrap();
    let length = wire.len() as u64;
    response.body = Body::File(crate::exchange::BodyFile { name: file.clone(), length });
    let redactor = Redactor::default();
    writer.append_checked(redactor.redact(large), Vec::new(), &redactor).unwrap();
    let taught = redactor.redact(taught("/b", token));
    let done = writer.append_checked(taught, Vec::new(), &redactor).unwrap();
    assert_eq!(done.rewritten, [ExchangeNumber(1)]);
    assert!(!body_folder(&path).join(&file).exists());
    let response = read(&path).unwrap().exchanges[0].response.clone().unwrap();
    let Body::File(fresh) = &response.body else { panic!("a file") };
    let text = std::fs::read(body_folder(&path).join(&fresh.name)).unwrap();
    assert!(text.ends_with(b"cdef\n{{secret:1}}"));
    assert!(!response.headers.contains("content-encoding"));
}
