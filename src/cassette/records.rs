//! Cutting a stream of JSON objects into records, without reading what they say.
//!
//! Only strings and brackets are looked at, so any layout of the stream is read, and memory holds
//! one record at a time.

use std::io::{self, BufRead};

/// Largest record that is read. Larger bodies lie in files of their own.
pub(super) const RECORD_LIMIT: usize = 64 * 1024 * 1024;

/// What the cutter found next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// A whole object, now in the buffer; it began on this line.
    Record { line: u64 },
    /// Nothing but white space was left.
    End,
    /// The file ends inside an object that began here.
    Torn { line: u64, offset: u64, bytes: u64 },
    /// Something that is no object, on this line, with whole records possibly after it.
    Garbage { line: u64, offset: u64, last: bool, bytes: u64 },
    /// A record larger than [`RECORD_LIMIT`].
    TooLarge { line: u64 },
}

/// Cuts records out of a reader.
#[derive(Debug)]
pub(super) struct Cutter<R> {
    input: R,
    offset: u64,
    line: u64,
}

#[derive(Default)]
struct Nesting {
    depth: u64,
    in_string: bool,
    escaped: bool,
}

impl Nesting {
    /// Length of `bytes` up to and with the bracket that closes the record; `None` if it goes on.
    fn feed(&mut self, bytes: &[u8]) -> Option<usize> {
        for (index, byte) in bytes.iter().enumerate() {
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(index + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

impl<R: BufRead> Cutter<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, offset: 0, line: 1 }
    }

    /// Bytes up to the end of the last record.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// What comes after the last record.
    pub(super) fn rest(&mut self) -> &mut R {
        &mut self.input
    }

    /// Reads the next record into `record`.
    pub(super) fn next(&mut self, record: &mut Vec<u8>) -> io::Result<Cut> {
        record.clear();
        let Some(first) = self.peek()? else { return Ok(Cut::End) };
        let (line, offset) = (self.line, self.offset);
        if first != b'{' {
            return self.garbage(line, offset);
        }
        let mut nesting = Nesting::default();
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                let bytes = record.len() as u64;
                return Ok(Cut::Torn { line, offset, bytes });
            }
            let end = nesting.feed(buffer);
            let taken = end.unwrap_or(buffer.len());
            record.extend_from_slice(&buffer[..taken]);
            self.consume(taken);
            if end.is_some() {
                return Ok(Cut::Record { line });
            }
            if record.len() > RECORD_LIMIT {
                return Ok(Cut::TooLarge { line });
            }
        }
    }

    /// Skips white space and answers with the byte after it, which stays in the input.
    pub(super) fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let space = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let next = buffer.get(space).copied();
            self.consume(space);
            if next.is_some() {
                return Ok(next);
            }
        }
    }

    /// What stands where a record should begin: the torn end of a file, if no line after it begins
    /// with a bracket.
    fn garbage(&mut self, line: u64, offset: u64) -> io::Result<Cut> {
        let (mut bytes, mut last, mut line_start) = (0, true, false);
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(Cut::Garbage { line, offset, last, bytes });
            }
            for byte in buffer {
                last &= !(line_start && *byte == b'{');
                line_start = *byte == b'\n';
            }
            let taken = buffer.len();
            bytes += taken as u64;
            self.consume(taken);
        }
    }

    fn consume(&mut self, count: usize) {
        // `fill_buf` gives what is buffered already: the same bytes that were just looked at.
        if let Ok(buffer) = self.input.fill_buf() {
            let lines = buffer[..count].iter().filter(|byte| **byte == b'\n').count();
            self.line += lines as u64;
        }
        self.offset += count as u64;
        self.input.consume(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn cuts(text: &str, buffer: usize) -> Vec<(Cut, String)> {
        let mut cutter = Cutter::new(BufReader::with_capacity(buffer, text.as_bytes()));
        let (mut found, mut record) = (Vec::new(), Vec::new());
        loop {
            let cut = cutter.next(&mut record).unwrap();
            let done = !matches!(cut, Cut::Record { .. });
            found.push((cut, String::from_utf8(record.clone()).unwrap()));
            if done {
                return found;
            }
        }
    }

    #[test]
    fn records_are_cut_whatever_the_layout_and_the_buffer() {
        let text = "{\"a\": \"}\\\"{\"}\n{\n \"b\": [{}]\n}{}\n\n";
        for buffer in [1, 2, 3, 7, 64] {
            let found = cuts(text, buffer);
            let lines: Vec<_> = found.iter().map(|(cut, text)| (cut, text.as_str())).collect();
            assert_eq!(
                lines,
                [
                    (&Cut::Record { line: 1 }, "{\"a\": \"}\\\"{\"}"),
                    (&Cut::Record { line: 2 }, "{\n \"b\": [{}]\n}"),
                    (&Cut::Record { line: 4 }, "{}"),
                    (&Cut::End, ""),
                ],
                "buffer of {buffer}"
            );
        }
    }

    #[test]
    fn a_torn_end_and_garbage_are_told_apart() {
        let torn = cuts("{}\n{\"a\": [1,", 4).pop().unwrap().0;
        assert_eq!(torn, Cut::Torn { line: 2, offset: 3, bytes: 9 });
        let zeros = cuts("{}\n\0\0\0\0", 4).pop().unwrap().0;
        assert_eq!(zeros, Cut::Garbage { line: 2, offset: 3, last: true, bytes: 4 });
        let middle = cuts("{}\nxx\n{}\n", 4).pop().unwrap().0;
        assert_eq!(middle, Cut::Garbage { line: 2, offset: 3, last: false, bytes: 6 });
    }
}
