use super::*;
use crate::cassette::redact::Secret;
use crate::exchange::Headers;

const SECRET: &str = "Correct-Horse-9";

fn spooled(redactor: &Arc<Redactor>, headers: &Headers, wire: &[u8]) -> (Spooled, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::new(folder.path(), redactor, "http://h/", headers).unwrap();
    for piece in wire.chunks(10_000) {
        spool.push(piece).unwrap();
    }
    assert_eq!(spool.len(), wire.len() as u64);
    let mut done = spool.finish().unwrap();
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().flatten().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    let bytes = std::fs::read(left[0].path()).unwrap();
    assert_eq!(crate::exchange::Digest::of(&bytes).hex(), done.body.name);
    assert_eq!(done.body.length, bytes.len() as u64);
    done.notes.sort();
    (done, bytes)
}

/// Lines that do not compress well, with something in the middle of them.
fn lines(count: u32, middle: &str) -> Vec<u8> {
    let line = |n: u32| format!("{:x} {:x}\n", n.wrapping_mul(2_654_435_761), n ^ 0x5bd1_e995);
    let half = |from: u32| (from..from + count / 2).map(line).collect::<String>();
    [half(0), middle.to_owned(), half(count)].concat().into_bytes()
}

fn coded(coding: ContentCoding, text: &[u8]) -> Vec<u8> {
    coding.encode(text).unwrap_or_else(|| {
        ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
    })
}

fn of_coding(word: &str) -> Headers {
    Headers::from([("Content-Encoding", word), ("Content-Length", "1")])
}

#[test]
fn a_clean_body_is_kept_byte_for_byte() {
    let text = lines(8_000, "nothing here");
    for word in ["identity", "gzip", "deflate", "zstd"] {
        let wire = match ContentCoding::parse(word) {
            Some(coding) => coded(coding, &text),
            None => text.clone(),
        };
        let (mut done, bytes) = spooled(&Arc::default(), &of_coding(word), &wire);
        assert!(bytes == wire, "{word}");
        let (mut headers, mut notes) = (of_coding(word), Vec::new());
        done.settle(&mut headers, "/response", &mut notes);
        assert_eq!((headers, notes), (of_coding(word), Vec::new()), "{word}");
    }
}

#[test]
fn a_coded_body_with_a_secret_is_coded_anew_or_kept_decoded() {
    let text = lines(8_000, &format!("\"password\": \"{SECRET}\"\n"));
    let left = lines(8_000, "\"password\": \"{{secret:1}}\"\n");
    for word in ["gzip", "deflate", "zstd"] {
        let coding = ContentCoding::parse(word).unwrap();
        let (mut done, bytes) = spooled(&Arc::default(), &of_coding(word), &coded(coding, &text));
        let (mut headers, mut notes) = (of_coding(word), Vec::new());
        done.settle(&mut headers, "/response", &mut notes);
        assert_eq!(headers.contains("content-encoding"), word != "zstd");
        let read = if word == "zstd" { bytes.clone() } else { coding.decode(&bytes).unwrap() };
        assert!(read == left, "{word}");
        assert_eq!(headers.text("content-length"), Some(bytes.len().to_string().as_str()));
        let notes: Vec<_> =
            notes.iter().map(|note| (note.rule.as_str(), note.at.as_str())).collect();
        let length_at = if word == "zstd" { "/response/headers/0" } else { "/response/headers/1" };
        assert_eq!(notes, [("name.password", "/response/body"), ("length", length_at)]);
    }
}

#[test]
fn what_a_body_says_before_it_breaks_is_judged() {
    // Shorter than a window: it breaks before any of it was judged.
    let text = lines(2_000, &format!("\"password\": \"{SECRET}\"\n"));
    let left = lines(2_000, "\"password\": \"{{secret:1}}\"\n");
    for word in ["gzip", "deflate", "zstd"] {
        let coding = ContentCoding::parse(word).unwrap();
        let wire = [&coded(coding, &text)[..], &vec![0xff; 100_000]].concat();
        let (done, bytes) = spooled(&Arc::default(), &of_coding(word), &wire);
        let read = if word == "zstd" { bytes } else { coding.decode(&bytes).unwrap() };
        assert!(read == left, "{word}");
        assert_eq!(done.notes, [(0, "undecodable".into()), (1, "name.password".into())], "{word}");
    }
}

#[test]
fn what_is_not_of_its_coding_is_looked_at_as_it_is() {
    let text = lines(8_000, &format!("\"password\": \"{SECRET}\"\n"));
    for word in ["gzip", "deflate", "br", "zstd"] {
        let (_, bytes) = spooled(&Arc::default(), &of_coding(word), &text);
        assert!(bytes == lines(8_000, "\"password\": \"{{secret:1}}\"\n"), "{word}");
    }
}

#[test]
fn what_becomes_known_on_the_way_is_replaced_from_the_start() {
    let (first, last) = (format!("x {SECRET} x\n"), format!("\"password\": \"{SECRET}\"\n"));
    let text = [first.as_bytes(), &lines(8_000, "-"), last.as_bytes()].concat();
    let left =
        [b"x {{secret:1}} x\n", lines(8_000, "-").as_slice(), b"\"password\": \"{{secret:1}}\"\n"]
            .concat();
    for word in ["identity", "gzip", "zstd"] {
        let (wire, coding) = match ContentCoding::parse(word) {
            Some(coding) => (coded(coding, &text), Some(coding).filter(|_| word == "gzip")),
            None => (text.clone(), None),
        };
        let (done, bytes) = spooled(&Arc::default(), &of_coding(word), &wire);
        let read = coding.map_or(bytes.clone(), |coding| coding.decode(&bytes).unwrap());
        assert!(read == left, "{word}");
        assert_eq!(done.notes, [(1, "name.password".into())]);
    }
}

#[test]
#[ignore = "decodes 300 MiB"]
fn a_bomb_is_kept_as_it_came() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 1 << 20];
    for _ in 0..300 {
        std::io::Write::write_all(&mut encoder, &zeros).unwrap();
    }
    let wire = encoder.finish().unwrap();
    let known = vec![("X".to_owned(), Secret::new(SECRET))];
    let (_, bytes) = spooled(&Arc::new(Redactor::new(known)), &of_coding("gzip"), &wire);
    assert!(bytes == wire);
}

#[test]
fn a_dropped_body_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool =
        Spool::new(folder.path(), &Arc::default(), "http://h/", &Headers::new()).unwrap();
    spool.push(&vec![7; 1 << 20]).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    drop(spool);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
