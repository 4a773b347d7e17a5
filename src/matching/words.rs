//! Words of a text that may be values of somebody's making, and which of them look generated.

/// Shortest word that can look generated.
const SHORTEST: usize = 8;
/// Shortest run of letters and digits that does, where it is not hexadecimal.
const SHORTEST_MIXED: usize = 10;
/// Shortest run of digits that does: shorter ones are sizes, dates and counts.
const SHORTEST_DIGITS: usize = 15;

/// The runs of letters, digits, `-` and `_` in a text. An escape (`%2F`, `\n`, `\u00e9`) is no part of
/// a word, so that texts need not be decoded before.
pub(super) struct Words<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Words<'a> {
    pub(super) fn of(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// Goes on to where a word begins.
    fn skip(&mut self) {
        while let Some(byte) = self.text.get(self.at).filter(|byte| !is_part(**byte)) {
            self.at += match byte {
                b'%' => {
                    let code = self.text.get(self.at + 1..self.at + 3);
                    if code.is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit)) {
                        3
                    } else {
                        1
                    }
                }
                b'\\' => {
                    // JSON inside a string of JSON has its escapes escaped.
                    let rest = &self.text[self.at..];
                    let slashes = rest.iter().take_while(|byte| **byte == b'\\').count();
                    slashes + if rest.get(slashes) == Some(&b'u') { 5 } else { 1 }
                }
                _ => 1,
            };
        }
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.skip();
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = rest.iter().position(|byte| !is_part(*byte)).unwrap_or(rest.len());
        self.at += length;
        Some(&rest[..length])
    }
}

const PARTS: [bool; 256] = {
    let mut parts = [false; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        parts[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        byte += 1;
    }
    parts
};

const fn is_part(byte: u8) -> bool {
    PARTS[byte as usize]
}

/// Whether a word looks as if a program had made it up: a UUID, hexadecimal or mixed letters and digits
/// of some length. Names that people give (`cn-north-4a`, `ubuntu-2204`), dates and sizes do not.
pub(super) fn looks_generated(word: &[u8]) -> bool {
    if word.len() < SHORTEST || !word.iter().any(u8::is_ascii_digit) {
        return false;
    }
    if is_uuid(word) {
        return various(word, 6);
    }
    word.split(|byte| matches!(byte, b'-' | b'_')).any(is_generated_run)
}

fn is_generated_run(run: &[u8]) -> bool {
    let digits = run.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == run.len() {
        return digits >= SHORTEST_DIGITS && various(run, 5) && !run.ends_with(b"000");
    }
    if run.len() < SHORTEST || digits == 0 || !various(run, 5) {
        return false;
    }
    let changes = run.windows(2).filter(|pair| kind(pair[0]) != kind(pair[1])).count();
    if run.iter().all(u8::is_ascii_hexdigit) {
        return changes >= 2;
    }
    let has = |is: fn(&u8) -> bool| run.iter().any(is);
    let both_cases = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    // Chance changes between letters and digits, and between the cases, more often than people do.
    let share = if both_cases { changes * 20 >= run.len() * 9 } else { changes * 4 >= run.len() };
    run.len() >= SHORTEST_MIXED && changes >= 3 && share
}

/// Letters of either case, and digits.
const fn kind(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        _ => 2,
    }
}

fn is_uuid(word: &[u8]) -> bool {
    word.len() == 36
        && word.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether so many characters are different: what people write by hand, and placeholders of UUIDs, have
/// fewer.
fn various(word: &[u8], least: u32) -> bool {
    let mut seen = 0_u128;
    for byte in word.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
        seen |= 1 << byte.to_ascii_lowercase();
    }
    seen.count_ones() >= least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_at_escapes() {
        let cases: [(&str, &[&str]); 5] = [
            ("/v1/a_b-1?x=y%2Fz&%zz", &["v1", "a_b-1", "x", "y", "z", "zz"]),
            (r#"{"a":"\nb\u00e9c"}"#, &["a", "b", "c"]),
            (r#"["{\"a\":\"\\nb\"}"]"#, &["a", "b"]),
            ("arn:aws:ec2:i-0ab.x", &["arn", "aws", "ec2", "i-0ab", "x"]),
            ("%2", &["2"]),
        ];
        for (text, expected) in cases {
            let found: Vec<_> =
                Words::of(text.as_bytes()).map(|word| std::str::from_utf8(word).unwrap()).collect();
            assert_eq!(found, expected, "{text}");
        }
        for text in ["\\", "\\u", "\\u00", "%", "", "\\\\\\"] {
            assert_eq!(Words::of(text.as_bytes()).filter(|word| word.is_empty()).count(), 0);
        }
    }

    #[test]
    fn what_programs_make_up_is_told_from_what_people_write() {
        for word in [
            "8b1f0c52-7d3e-4f1a-9c55-0e4e2a1b7c90",
            "i-0abc12345def67890",
            "9f86d081",
            "vol-3f2a91bc",
            "01HV5ZK3Q8Y7W2N4M6P9R1T3X5",
            "812345678901234567",
            "Xk29fLq81BzP",
            "n4k2m9x1q7",
            "img-5f3c9a1e77",
        ] {
            assert!(looks_generated(word.as_bytes()), "{word}");
        }
        for word in [
            "cn-north-4a",
            "ubuntu-2204-lts",
            "2026-11-20",
            "20261120T103000Z",
            "10737418240",
            "1700000000000",
            "version2",
            "CreateImage2",
            "application",
            "00000000-0000-4000-8000-000000000012",
            "00000000000000000001",
            "sha256",
            "x86_64",
            "s6-large-2",
            "image-server-1",
            "windows2019datacenter",
            "deadbeef",
            "100000000000000000",
        ] {
            assert!(!looks_generated(word.as_bytes()), "{word}");
        }
    }
}
