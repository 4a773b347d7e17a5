//! The spellings in which one value travels, those aside that escape single characters (`escapes`).

use super::escapes::unescaped;
use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine as _};

/// What kind of spelling it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Plain,
    Base64,
    Hexadecimal,
}

/// Shortest value that is looked for in base64 and hexadecimal: shorter ones stand there by chance.
const CODED_LENGTH: usize = 6;
/// Longest value that is looked for in rare spellings, in bytes.
const RARE_LENGTH: usize = 1024;

/// A value as it may stand in texts: plain, in base64 of both alphabets at each of the three places
/// that it can have there, in hexadecimal digits of both cases.
pub fn forms(value: &[u8]) -> Vec<(Form, Vec<u8>)> {
    let mut found = vec![(Form::Plain, value.to_vec())];
    if value.contains(&b' ') {
        // As a form writes it.
        let plus = value.iter().map(|byte| if *byte == b' ' { b'+' } else { *byte });
        found.push((Form::Plain, plus.collect()));
    }
    // What looks like an escape in the value itself goes with those of the text around it.
    let mut inner = value.to_vec();
    for _ in 0..3 {
        let Some((plain, _)) = unescaped(&inner).filter(|(plain, _)| plain.len() >= CODED_LENGTH)
        else {
            break;
        };
        found.push((Form::Plain, plain.clone()));
        inner = plain;
    }
    if value.len() < CODED_LENGTH {
        return found;
    }
    found.extend(in_base64(value).into_iter().map(|code| (Form::Base64, code)));
    let lower = digits(value, "", b"0123456789abcdef");
    let upper = lower.to_ascii_uppercase();
    if upper != lower {
        found.push((Form::Hexadecimal, upper));
    }
    found.push((Form::Hexadecimal, lower));
    found
}

/// Spellings that are rarer, each more costly to look for: base64 of base64, and hexadecimal digits with
/// something between the bytes.
pub fn rare_forms(value: &[u8]) -> Vec<(Form, Vec<u8>)> {
    if !(CODED_LENGTH..=RARE_LENGTH).contains(&value.len()) {
        return Vec::new();
    }
    let mut codes: Vec<Vec<u8>> =
        in_base64(value).iter().flat_map(|inner| in_base64(inner)).collect();
    codes.sort();
    codes.dedup();
    let mut found: Vec<_> = codes.into_iter().map(|code| (Form::Base64, code)).collect();
    for between in [":", "-", " ", ", 0x"] {
        let lower = digits(value, between, b"0123456789abcdef");
        let upper = digits(value, between, b"0123456789ABCDEF");
        if upper != lower {
            found.push((Form::Hexadecimal, upper));
        }
        found.push((Form::Hexadecimal, lower));
    }
    found
}

/// The digits of each byte, with a text between two of them.
fn digits(value: &[u8], between: &str, digits: &[u8; 16]) -> Vec<u8> {
    let mut text = Vec::with_capacity(value.len() * (2 + between.len()));
    for (index, byte) in value.iter().enumerate() {
        if index > 0 {
            text.extend_from_slice(between.as_bytes());
        }
        text.push(digits[usize::from(byte >> 4)]);
        text.push(digits[usize::from(byte & 15)]);
    }
    text
}

/// In base64 of both alphabets, at each of the three places that a value can have there.
fn in_base64(value: &[u8]) -> Vec<Vec<u8>> {
    let mut codes: Vec<Vec<u8>> = Vec::with_capacity(6);
    for shift in 0..3 {
        let mut shifted = vec![0; shift];
        shifted.extend_from_slice(value);
        // Characters that hold bits of a neighbour are left out: at the start by the shift, at the
        // end where six bits are not full.
        let skipped = (shift * 8).div_ceil(6);
        let whole = shifted.len() * 8 / 6;
        let code = BASE64_STANDARD_NO_PAD.encode(&shifted).as_bytes()[skipped..whole].to_vec();
        if code.iter().any(|byte| matches!(byte, b'+' | b'/')) {
            let safe = code.iter().map(|byte| match byte {
                b'+' => b'-',
                b'/' => b'_',
                byte => *byte,
            });
            codes.push(safe.collect());
        }
        codes.push(code);
    }
    codes.sort();
    codes.dedup();
    codes
}
