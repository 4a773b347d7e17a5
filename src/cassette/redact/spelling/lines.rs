//! Texts in encodings of mail (RFC 2045), which put line ends into them: base64 in lines, and
//! quoted-printable. Each is taken off, every byte with its place in the source.

use std::ops::Range;

/// Shortest line of base64 that goes on in the next one: tools break it after 60, 64 or 76 characters.
const LINE: usize = 48;
/// What a text has in it that is quoted-printable, or a part of it.
const QUOTED: &[u8] = b"uoted-printable";

/// Hands over the text with the lines of its base64 joined, and without what quoted-printable writes, where
/// it has any of that; with a function from places to the text's.
pub fn for_each_joined(text: &[u8], mut take: impl FnMut(&[u8], &dyn Fn(usize) -> usize)) {
    if let Some((joined, breaks)) = without_breaks(text) {
        let source = |at: usize| {
            let before = breaks.partition_point(|(place, _)| *place <= at);
            before.checked_sub(1).map_or(at, |last| at + breaks[last].1)
        };
        take(&joined, &source);
    }
    if memchr::memmem::find(text, QUOTED).is_some() {
        let (plain, places) = unquoted(text);
        take(&plain, &|at| places.get(at).copied().unwrap_or(text.len()));
    }
}

/// Places in a joined text, each with how many bytes went up to there.
type Breaks = Vec<(usize, usize)>;

/// The text without the line ends within base64, the places where they were, and how many bytes went up
/// to each; `None` where there are none.
fn without_breaks(text: &[u8]) -> Option<(Vec<u8>, Breaks)> {
    let (mut joined, mut breaks) = (Vec::new(), Vec::new());
    let (mut start, mut done, mut gone) = (0, 0, 0);
    for end in memchr::memchr_iter(b'\n', text) {
        let Range { start: from, end: to } = start..end;
        start = end + 1;
        let line = &text[from..to];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() < LINE || !text.get(start).is_some_and(|next| is_base64(*next)) {
            continue;
        }
        // What stands before the last of it may be anything: `data:` or the name of a key.
        if !line[line.len() - LINE..].iter().all(|byte| is_base64(*byte)) {
            continue;
        }
        let kept = from + line.len();
        joined.extend_from_slice(&text[done..kept]);
        (done, gone) = (start, gone + start - kept);
        breaks.push((joined.len(), gone));
    }
    if breaks.is_empty() {
        return None;
    }
    joined.extend_from_slice(&text[done..]);
    Some((joined, breaks))
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// The text without quoted-printable (RFC 2045, section 6.7), and where each byte of it began.
pub fn unquoted(text: &[u8]) -> (Vec<u8>, Vec<usize>) {
    let (mut plain, mut places) =
        (Vec::with_capacity(text.len()), Vec::with_capacity(text.len() + 1));
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let place = at;
        match (byte, &text[at + 1..]) {
            // A line end that is none of the text's.
            (b'=', [b'\r', b'\n', ..]) => {
                at += 3;
                continue;
            }
            (b'=', [b'\n', ..]) => {
                at += 2;
                continue;
            }
            (b'=', [high, low, ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default();
                plain.push(u8::try_from(digit(*high) * 16 + digit(*low)).unwrap_or_default());
                at += 3;
            }
            _ => {
                plain.push(*byte);
                at += 1;
            }
        }
        places.push(place);
    }
    places.push(text.len());
    (plain, places)
}

/// Whether a text is quoted-printable, or has parts that are.
pub fn is_quoted(text: &[u8]) -> bool {
    memchr::memmem::find(text, QUOTED).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_base64_are_joined_and_know_their_places() {
        let line = "A".repeat(LINE);
        let text = format!("key: {line}\r\n{line}\nBBBB==\nmore text\nand more");
        let mut seen = Vec::new();
        for_each_joined(text.as_bytes(), |joined, source| {
            let at = joined.iter().position(|byte| *byte == b'B').unwrap();
            seen.push((String::from_utf8(joined.to_vec()).unwrap(), source(0), source(at)));
        });
        let joined = format!("key: {line}{line}BBBB==\nmore text\nand more");
        assert_eq!(seen, [(joined, 0, text.find('B').unwrap())]);
        for_each_joined(b"a\nb\nc", |joined, _| panic!("{joined:?}"));
    }

    #[test]
    fn quoted_printable_comes_off() {
        let text = b"Content-Transfer-Encoding: quoted-printable\r\n\r\na=3D=\r\nb=C3=A9=x=";
        let (plain, places) = unquoted(text);
        assert!(plain.ends_with("a=b\u{e9}=x=".as_bytes()), "{plain:?}");
        assert_eq!(places.len(), plain.len() + 1);
        assert!(places.is_sorted() && is_quoted(text));
    }
}
