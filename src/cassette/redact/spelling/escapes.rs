//! Texts without the escapes that URLs, JSON, HTML and XML write, each byte with its place in the
//! source. Escapes may lie over one another, in any mixture: each layer is looked at.

/// Most layers that are taken off.
const LAYERS: usize = 4;
/// Bytes that are looked at in one go, and how many of them again in the next.
const SECTION: usize = 1024 * 1024;
const OVERLAP: usize = 64 * 1024;

/// Hands over each layer of a text that has escapes, with a function from its places to the text's.
pub fn for_each_layer(text: &[u8], mut take: impl FnMut(&[u8], &dyn Fn(usize) -> usize)) {
    let mut from = 0;
    loop {
        let end = text.len().min(from + SECTION);
        let section = &text[from..end];
        if section.iter().any(|byte| matches!(byte, b'%' | b'\\' | b'&')) {
            layers(section, from, &mut take);
        }
        if end == text.len() {
            return;
        }
        from = end - OVERLAP;
    }
}

fn layers(section: &[u8], from: usize, take: &mut impl FnMut(&[u8], &dyn Fn(usize) -> usize)) {
    let Some((mut plain, mut places)) = unescaped(section) else { return };
    for _ in 1..LAYERS {
        let at = |index: usize| from + places.get(index).map_or(section.len(), |at| *at as usize);
        take(&plain, &at);
        let Some((next, inner)) = unescaped(&plain) else { return };
        places = inner.iter().map(|at| places.get(*at as usize).copied().unwrap_or(0)).collect();
        plain = next;
    }
    let at = |index: usize| from + places.get(index).map_or(section.len(), |at| *at as usize);
    take(&plain, &at);
}

/// The text with one layer of escapes taken off, and where each byte of it began (one more place
/// for the end); `None` where there are none.
pub fn unescaped(text: &[u8]) -> Option<(Vec<u8>, Vec<u32>)> {
    let mut plain = Vec::with_capacity(text.len());
    let mut places = Vec::with_capacity(text.len() + 1);
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let place = u32::try_from(at).ok()?;
        let (taken, length) = match byte {
            b'%' => percent(text, at),
            b'\\' => backslash(text, at),
            b'&' => entity(text, at),
            _ => None,
        }
        .unwrap_or((Taken::byte(*byte), 1));
        for byte in taken.bytes() {
            plain.push(*byte);
            places.push(place);
        }
        at += length;
    }
    places.push(u32::try_from(text.len()).ok()?);
    (plain.len() < text.len()).then_some((plain, places))
}

/// One character in UTF-8, or one byte.
struct Taken {
    bytes: [u8; 4],
    length: usize,
}

impl Taken {
    fn byte(byte: u8) -> Self {
        Self { bytes: [byte, 0, 0, 0], length: 1 }
    }

    fn character(code: u32) -> Option<Self> {
        let mut bytes = [0; 4];
        let length = char::from_u32(code)?.encode_utf8(&mut bytes).len();
        Some(Self { bytes, length })
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// The number that `count` hexadecimal digits at a place write.
fn hexadecimal(text: &[u8], at: usize, count: usize) -> Option<u32> {
    let digits = text.get(at..at + count)?;
    digits.iter().try_fold(0, |sum, digit| Some(sum * 16 + char::from(*digit).to_digit(16)?))
}

fn percent(text: &[u8], at: usize) -> Option<(Taken, usize)> {
    Some((Taken::byte(u8::try_from(hexadecimal(text, at + 1, 2)?).ok()?), 3))
}

fn backslash(text: &[u8], at: usize) -> Option<(Taken, usize)> {
    let simple = |byte| Some((Taken::byte(byte), 2));
    match text.get(at + 1)? {
        byte @ (b'"' | b'\\' | b'/' | b'\'') => simple(*byte),
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'b' => simple(0x08),
        b'f' => simple(0x0c),
        b'x' => {
            let byte = u8::try_from(hexadecimal(text, at + 2, 2)?).ok()?;
            Some((Taken::byte(byte), 4))
        }
        b'u' => {
            let unit = hexadecimal(text, at + 2, 4)?;
            if !(0xD800..0xDC00).contains(&unit) {
                return Some((Taken::character(unit)?, 6));
            }
            // The first of a pair (RFC 8259, section 7).
            let is_pair = text.get(at + 6..at + 8) == Some(b"\\u");
            let low = hexadecimal(text, at + 8, 4).filter(|low| is_pair && *low >= 0xDC00)?;
            let code = 0x10000 + ((unit - 0xD800) << 10) + (low.checked_sub(0xDC00)?);
            Some((Taken::character(code)?, 12))
        }
        _ => None,
    }
}

fn entity(text: &[u8], at: usize) -> Option<(Taken, usize)> {
    const NAMED: [(&[u8], u8); 5] =
        [(b"amp;", b'&'), (b"lt;", b'<'), (b"gt;", b'>'), (b"quot;", b'"'), (b"apos;", b'\'')];
    let rest = text.get(at + 1..)?;
    for (name, byte) in NAMED {
        if rest.starts_with(name) {
            return Some((Taken::byte(byte), 1 + name.len()));
        }
    }
    let rest = rest.strip_prefix(b"#")?;
    let (digits, radix, before) = match rest.first()? {
        b'x' | b'X' => (&rest[1..], 16, 3),
        _ => (rest, 10, 2),
    };
    let count = digits.iter().take(8).position(|byte| *byte == b';').filter(|count| *count > 0)?;
    let number = std::str::from_utf8(&digits[..count]).ok()?;
    let code = u32::from_str_radix(number, radix).ok()?;
    Some((Taken::character(code)?, before + count + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_come_off_one_by_one_and_know_their_places() {
        let text = br"a%2522\\u0041&amp;lt;z";
        let mut seen = Vec::new();
        for_each_layer(text, |plain, at| {
            seen.push((String::from_utf8(plain.to_vec()).unwrap(), at(0), at(plain.len())));
        });
        let texts: Vec<_> = seen.iter().map(|(text, ..)| text.as_str()).collect();
        assert_eq!(texts, ["a%22\\u0041&lt;z", "a\"A<z"]);
        assert!(seen.iter().all(|(_, start, end)| (*start, *end) == (0, text.len())));
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in ["100% \\q & &x; %zz %4", "plain", "\\ud800", "&#;&#xfffffff;"] {
            for_each_layer(text.as_bytes(), |plain, _| panic!("{plain:?}"));
            let mut seen = Vec::new();
            let beside = format!("{text} %41");
            for_each_layer(beside.as_bytes(), |plain, _| seen.push(plain.to_vec()));
            assert_eq!(seen, [format!("{text} A").into_bytes()], "{text}");
        }
    }

    #[test]
    fn sections_overlap() {
        let mut text = vec![b'x'; SECTION - 1];
        text.extend_from_slice(b"%2Fsecret");
        let mut found = Vec::new();
        for_each_layer(&text, |plain, at| {
            if let Some(start) = plain.windows(7).position(|window| window == b"/secret") {
                found.push((at(start), at(start + 7)));
            }
        });
        assert_eq!(found, [(SECTION - 1, SECTION + 8)]);
    }
}
