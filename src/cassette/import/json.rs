//! JSON as [`Node`]s: numbers keep their spelling, members their order and repeats.

use super::message::ImportError;
use super::node::{DEPTH_LIMIT, NODE_LIMIT, Node};
use serde_json::value::RawValue;

/// Reads one JSON text (RFC 8259), with or without a byte order mark.
pub(super) fn parse(bytes: &[u8]) -> Result<Node, ImportError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // What passes here is JSON; what follows only takes it apart.
    let text: &RawValue = serde_json::from_slice(bytes).map_err(|error| {
        let text = error.to_string();
        let cause = text.rsplit_once(" at line ").map_or(text.as_str(), |(cause, _)| cause);
        ImportError::Syntax { line: error.line(), cause: cause.to_owned() }
    })?;
    let mut taker = Taker { text: text.get().as_bytes(), at: 0, nodes: 0 };
    taker.node(DEPTH_LIMIT).map_err(|cause| ImportError::Syntax {
        line: 1 + taker.text[..taker.at].iter().filter(|byte| **byte == b'\n').count(),
        cause: cause.to_owned(),
    })
}

/// Takes a valid JSON text apart.
struct Taker<'a> {
    text: &'a [u8],
    at: usize,
    nodes: usize,
}

impl Taker<'_> {
    fn node(&mut self, depth: usize) -> Result<Node, &'static str> {
        self.nodes += 1;
        if self.nodes > NODE_LIMIT {
            return Err("more values than are read of one file");
        }
        match self.peek() {
            b'{' | b'[' if depth == 0 => Err("nested too deeply"),
            b'{' => {
                let mut members = Vec::new();
                self.at += 1;
                while self.peek() != b'}' {
                    let name = self.string()?;
                    self.peek();
                    self.at += 1;
                    members.push((name, self.node(depth - 1)?));
                    self.comma();
                }
                self.at += 1;
                Ok(Node::Map(members))
            }
            b'[' => {
                let mut elements = Vec::new();
                self.at += 1;
                while self.peek() != b']' {
                    elements.push(self.node(depth - 1)?);
                    self.comma();
                }
                self.at += 1;
                Ok(Node::List(elements))
            }
            b'"' => self.string().map(Node::quoted),
            _ => Ok(self.word()),
        }
    }

    /// The next byte that is no white space; a closing bracket at the end of the text.
    fn peek(&mut self) -> u8 {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied().unwrap_or(b'}')
    }

    fn comma(&mut self) {
        if self.peek() == b',' {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Result<String, &'static str> {
        self.peek();
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.text.get(self.at) {
            self.at += if *byte == b'\\' { 2 } else { 1 };
            if *byte == b'"' {
                break;
            }
        }
        let quoted = self.text.get(start..self.at).ok_or("a text that does not end")?;
        serde_json::from_slice(quoted).map_err(|_| "a text with an escape that is no character")
    }

    /// A number, boolean or null.
    fn word(&mut self) -> Node {
        let start = self.at;
        let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}') || byte.is_ascii_whitespace();
        while self.text.get(self.at).is_some_and(|byte| !ends(byte)) {
            self.at += 1;
        }
        match String::from_utf8_lossy(&self.text[start..self.at]).as_ref() {
            "null" => Node::Null,
            word => Node::plain(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_spelling_and_errors_their_line() {
        let text = r#"{"a": [1.0, 12345678901234567890123, -0, 1e400, true, null], "a": "\ud83d\ude00\u00e9"}"#;
        let node = parse(text.as_bytes()).unwrap();
        let expected = r#"{"a":[1.0,12345678901234567890123,-0,1e400,true,null],"a":"😀é"}"#;
        assert_eq!(node.json(), expected);
        for (wrong, line) in [("{\n\n]", 3), ("[\n\"\\ud800\"]", 2), ("", 1), ("{} {}", 1)] {
            let Err(ImportError::Syntax { line: found, .. }) = parse(wrong.as_bytes()) else {
                panic!("{wrong}");
            };
            assert_eq!(found, line, "{wrong}");
        }
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        assert!(parse(deep.as_bytes()).is_err());
    }
}
