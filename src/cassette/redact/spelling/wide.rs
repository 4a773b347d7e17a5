//! Text in UTF-16, which some servers and clients of Windows send: read as what it says, and written
//! as it was.

use crate::exchange::Headers;

/// Which of its two bytes a unit begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wide {
    Little,
    Big,
}

impl Wide {
    /// Reads bytes that are in UTF-16 by their mark, by the zeros beside their first characters, or by
    /// what their head says; and whether that surely is what they say. Where it is not, what they spell as
    /// they are must be seen, too: halves of characters of East Asia are letters of one byte.
    pub fn read(headers: &Headers, bytes: &[u8]) -> Option<(Self, String, bool)> {
        let said = || headers.text("content-type").filter(|text| text.contains("16"));
        let named = |name: &str| {
            let text = said().unwrap_or_default().to_ascii_lowercase();
            text.contains("charset") && text.contains(name)
        };
        let wide = match bytes {
            [0xff, 0xfe, ..] | [1..=0x7f, 0, 1..=0x7f, 0, ..] => Self::Little,
            [0xfe, 0xff, ..] | [0, 1..=0x7f, 0, 1..=0x7f, ..] => Self::Big,
            [_, _, ..] if said().is_none() => return None,
            [_, _, ..] if named("utf-16le") => Self::Little,
            [_, _, ..] if named("utf-16") => Self::Big,
            _ => return None,
        };
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| wide.unit(*pair)).collect();
        let text = String::from_utf16(&units);
        let spelt = || bytes.windows(3).any(|three| three.iter().all(u8::is_ascii_graphic));
        let surely = rest.is_empty() && text.is_ok() && !spelt();
        Some((wide, text.unwrap_or_else(|_| String::from_utf16_lossy(&units)), surely))
    }

    /// Writes text.
    pub fn write(self, text: &str) -> Vec<u8> {
        let bytes = |unit: u16| match self {
            Self::Little => unit.to_le_bytes(),
            Self::Big => unit.to_be_bytes(),
        };
        text.encode_utf16().flat_map(bytes).collect()
    }

    const fn unit(self, pair: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(pair),
            Self::Big => u16::from_be_bytes(pair),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_as_it_was() {
        let none = Headers::new();
        for wide in [Wide::Little, Wide::Big] {
            for text in ["\u{feff}{\"a\": \"\u{e9}\u{1f40b}\"}", "{\"a\": 1}", "\u{feff}"] {
                let bytes = wide.write(text);
                assert_eq!(Wide::read(&none, &bytes), Some((wide, text.to_owned(), true)));
            }
        }
        for bytes in [&b"{\"a\": 1}"[..], b"", b"a\0", b"\0\0\0a"] {
            assert_eq!(Wide::read(&none, bytes), None, "{bytes:?}");
        }
        for bytes in
            [&b"\xfe\xff\xff\xdfplain text"[..], b"\xff\xfea", b"\xff\xfe\x00\xd8", b"\xff\xfe-N-N"]
        {
            let (.., surely) = Wide::read(&none, bytes).unwrap();
            assert!(!surely, "{bytes:?}");
        }
    }

    #[test]
    fn the_head_may_say_so() {
        let named = |charset: &str| Headers::from([("Content-Type", charset)]);
        let text = "\u{4e2d}\u{6587}";
        for (wide, charset) in
            [(Wide::Little, "text/plain; charset=UTF-16LE"), (Wide::Big, "a/b;charset=\"utf-16\"")]
        {
            let (read, seen, _) = Wide::read(&named(charset), &wide.write(text)).unwrap();
            assert_eq!((read, seen.as_str()), (wide, text), "{charset}");
        }
    }
}
