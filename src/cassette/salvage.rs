//! Whole records in a damaged stretch of a cassette: behind a record that was torn in the middle,
//! behind zeros that a crashed file system left, behind whatever was appended to those.

use super::decode::Record;
use super::records::RECORD_LIMIT;
use std::io::{self, BufRead};
use std::ops::Range;

/// How the recorder begins a record of an exchange. Inside a record this stands nowhere: text there has
/// no line feeds of its own, and JSON below is indented further.
const BEGINNING: &[u8] = b"{\n  \"exchange\": ";

/// Cuts a stretch where a line begins with a bracket: there a record may begin.
pub(super) struct Pieces<R> {
    input: R,
    line_start: bool,
    bytes: u64,
}

impl<R: BufRead> Pieces<R> {
    pub(super) const fn new(input: R) -> Self {
        Self { input, line_start: true, bytes: 0 }
    }

    /// The next piece; `false` at the end. Of a piece that is larger than any record, the beginning.
    pub(super) fn next(&mut self, piece: &mut Vec<u8>) -> io::Result<bool> {
        piece.clear();
        let mut any = false;
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(any);
            }
            let mut end = buffer.len();
            for (index, byte) in buffer.iter().enumerate() {
                if self.line_start && *byte == b'{' && (any || index > 0) {
                    end = index;
                    break;
                }
                self.line_start = *byte == b'\n';
            }
            let whole = end == buffer.len();
            let room = (RECORD_LIMIT + 1).saturating_sub(piece.len());
            piece.extend_from_slice(&buffer[..end.min(room)]);
            self.input.consume(end);
            self.bytes += end as u64;
            any = true;
            if !whole {
                return Ok(true);
            }
        }
    }
}

/// The whole records in a piece, in order; what lies between them is damaged.
pub(super) fn whole(piece: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < piece.len() {
        let space = piece[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let start = at + space;
        if let Some(length) = record(&piece[start..]) {
            found.push(start..start + length);
            at = start + length;
            continue;
        }
        let rest = piece.get(start + 1..).unwrap_or_default();
        match rest.windows(BEGINNING.len()).position(|window| window == BEGINNING) {
            Some(next) => at = start + 1 + next,
            None => break,
        }
    }
    found
}

/// Length of the exchange or footer that a text begins with, where it can be read.
fn record(text: &[u8]) -> Option<usize> {
    if text.first() != Some(&b'{') || text.len() > RECORD_LIMIT {
        return None;
    }
    let mut records = serde_json::Deserializer::from_slice(text).into_iter::<Record<'_>>();
    let record = records.next()?.ok()?;
    let length = records.byte_offset();
    let is_footer = record.end == Some(true);
    let is_exchange = record.exchange.is_some() && record.into_exchange().is_ok();
    (is_footer || is_exchange).then_some(length)
}

/// Whether a text is nothing but the beginning of a record: what a writer leaves that is killed.
pub(super) fn is_unfinished(text: &[u8]) -> bool {
    let mut records =
        serde_json::Deserializer::from_slice(text).into_iter::<serde::de::IgnoredAny>();
    match records.next() {
        None => true,
        Some(Ok(_)) => false,
        Some(Err(error)) => text.starts_with(b"{") && error.is_eof(),
    }
}

/// Whether a text that is no record itself holds one.
pub(super) fn whole_in(text: &[u8]) -> bool {
    matches!(without_record(text), Ok(None))
}

/// Bytes of a stretch that holds no whole record; `None` where there is one.
pub(super) fn without_record(stretch: impl BufRead) -> io::Result<Option<u64>> {
    let mut pieces = Pieces::new(stretch);
    let mut piece = Vec::new();
    while pieces.next(&mut piece)? {
        if !whole(&piece).is_empty() {
            return Ok(None);
        }
    }
    Ok(Some(pieces.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    const RECORD: &str = "{\n  \"exchange\": 1, \"at\": \"2026-11-20T10:00:00Z\", \"source\": \"live\", \
                          \"request\": {\"method\": \"GET\", \"target\": \"http://h/\"}}";

    fn found(stretch: &str, buffer: usize) -> Vec<String> {
        let mut pieces = Pieces::new(BufReader::with_capacity(buffer, stretch.as_bytes()));
        let (mut piece, mut found) = (Vec::new(), Vec::new());
        while pieces.next(&mut piece).unwrap() {
            let text = |range: Range<usize>| String::from_utf8(piece[range].to_vec()).unwrap();
            found.extend(whole(&piece).into_iter().map(text));
        }
        found
    }

    #[test]
    fn whole_records_are_found_behind_what_is_not() {
        let footer = "{\"end\": true, \"exchanges\": 1}";
        let cases = [
            (String::new(), 0),
            ("{\"exchange\": 1, \"at\": \"2026".to_owned(), 0),
            ("{\"exchange\": 1}}}]}\"}{}\n{\n{}\n".to_owned(), 0),
            (format!("{{\"exchange\": 2, \"x\": [\"\n{RECORD}\n"), 1),
            (format!("{{\"exchange\": 2, \"x\": [\"{RECORD}\n{footer}\n"), 2),
            (format!("\0\0\0\n{RECORD}\ngarbage\n{RECORD} {RECORD}\n"), 3),
            (format!("{{\n  \"exchange\": {}{RECORD}", "{\n  \"exchange\": [".repeat(5000)), 1),
        ];
        for (stretch, count) in cases {
            for buffer in [1, 7, 4096] {
                let found = found(&stretch, buffer);
                assert_eq!(found.len(), count, "{stretch}");
                assert!(found.iter().all(|text| text == RECORD || text == footer), "{found:?}");
            }
        }
    }

    #[test]
    fn a_beginning_is_told_from_damage() {
        for text in ["", "\n", "{", "{\"a\": [1, \"x", "{\"a\": 1"] {
            assert!(is_unfinished(text.as_bytes()), "{text}");
        }
        for text in ["x", "\0\0", "{\"a\": 1}}", "{\"a\": \"x\n}", "}"] {
            assert!(!is_unfinished(text.as_bytes()), "{text}");
        }
    }
}
