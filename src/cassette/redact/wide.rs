//! Text in UTF-16, which some servers and clients of Windows send: read as what it says, and written
//! as it was.

/// Which of its two bytes a unit begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wide {
    Little,
    Big,
}

impl Wide {
    /// Reads bytes that are in UTF-16 by their mark, or by the zeros beside their first characters. Where
    /// characters of one byte stand in a row they are not: what is spelt so must be seen as it is.
    pub(super) fn read(bytes: &[u8]) -> Option<(Self, String)> {
        if bytes.windows(3).any(|three| three.iter().all(u8::is_ascii_graphic)) {
            return None;
        }
        let wide = match bytes {
            [0xff, 0xfe, ..] | [1..=0x7f, 0, 1..=0x7f, 0, ..] => Self::Little,
            [0xfe, 0xff, ..] | [0, 1..=0x7f, 0, 1..=0x7f, ..] => Self::Big,
            _ => return None,
        };
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| wide.unit(*pair)).collect();
        // Lone halves of pairs would be lost.
        rest.is_empty().then(|| String::from_utf16(&units).ok())?.map(|text| (wide, text))
    }

    /// Writes text.
    pub(super) fn write(self, text: &str) -> Vec<u8> {
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
        for wide in [Wide::Little, Wide::Big] {
            for text in ["\u{feff}{\"a\": \"\u{e9}\u{1f40b}\"}", "{\"a\": 1}", "\u{feff}"] {
                let bytes = wide.write(text);
                assert_eq!(Wide::read(&bytes), Some((wide, text.to_owned())));
            }
        }
        for bytes in [
            b"\xfe\xff\xff\xdfplain text",
            &b"{\"a\": 1}"[..],
            b"\xff\xfea",
            b"\xff\xfe\x00\xd8",
            b"",
            b"a\0",
            b"\0\0\0a",
        ] {
            assert_eq!(Wide::read(bytes), None, "{bytes:?}");
        }
    }
}
