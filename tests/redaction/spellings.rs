//! Secrets to plant, and the spellings in which they travel.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};

/// What a secret looks like.
#[derive(Clone, Copy)]
pub enum Shape {
    /// Letters and digits.
    Plain,
    /// With characters that URLs and base64 write otherwise.
    Mixed,
    /// With quotes and a backslash.
    Quoted,
    /// Digits alone.
    Digits,
    Uuid,
    /// A text before and after so many letters and digits.
    Token(&'static str, usize, &'static str),
}

/// Letters and digits that depend on a seed and nothing else.
fn letters(mut seed: u64, count: usize) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ234567abcdefghijkmnopqrstuvwxyz";
    (0..count)
        .map(|index| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            // Every fourth a digit: what is made by chance has some.
            if index % 4 == 3 {
                char::from(b'2' + ((seed >> 33) % 6) as u8)
            } else {
                char::from(ALPHABET[((seed >> 33) % ALPHABET.len() as u64) as usize])
            }
        })
        .collect()
}

impl Shape {
    /// The secret of a row in a run.
    pub fn make(self, row: usize, run: usize) -> String {
        let seed =
            (row as u64 * 1_000_003 + run as u64 * 7_919 + 17).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let text = letters(seed, 24);
        match self {
            Self::Plain => text,
            Self::Mixed => {
                format!("{}/{}+{}~%={}", &text[..6], &text[6..12], &text[12..18], &text[18..])
            }
            Self::Quoted => format!("{}\"{}\\{}'é", &text[..8], &text[8..16], &text[16..]),
            Self::Digits => format!("7{:013}", seed % 10_000_000_000_000),
            Self::Uuid => {
                let hex = format!("{:016x}{:016x}", seed, seed.rotate_left(17) ^ 0x5555);
                format!(
                    "{}-{}-4{}-a{}-{}",
                    &hex[..8],
                    &hex[8..12],
                    &hex[13..16],
                    &hex[17..20],
                    &hex[20..32]
                )
            }
            Self::Token(before, count, after) => {
                let upper = before.starts_with("AKIA");
                let text = letters(seed, count);
                let text = if upper { text.to_ascii_uppercase() } else { text };
                format!("{before}{text}{after}")
            }
        }
    }
}

pub fn percent(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

pub fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('\'', "&#39;").replace('+', "&#x2B;")
}

/// Digits of each byte with something between them.
fn bytes(text: &str, between: &str) -> String {
    let digits: Vec<String> = text.bytes().map(|byte| format!("{byte:02X}")).collect();
    digits.join(between)
}

/// Quoted-printable, in lines that are broken at every twentieth character.
fn quoted(text: &str) -> String {
    let spelt: Vec<String> = text
        .bytes()
        .map(|byte| match byte {
            b'=' | b'~' | 0x80.. => format!("={byte:02X}"),
            _ => char::from(byte).to_string(),
        })
        .collect();
    spelt.chunks(20).map(<[String]>::concat).collect::<Vec<_>>().join("=\r\n")
}

/// Base64 of a long text with the secret in it, in lines as mail has them.
fn in_lines(secret: &str) -> String {
    let coded = BASE64_STANDARD.encode(format!("{}{secret}{}", "x".repeat(40), "y".repeat(90)));
    let lines: Vec<&str> =
        coded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join("\r\n")
}

fn hex(text: &str) -> String {
    let digits = text.bytes().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// A text with the secret in place of each mark.
pub fn filled(template: &str, secret: &str) -> String {
    let coded = BASE64_STANDARD.encode(secret);
    let basic = BASE64_STANDARD.encode(format!("someone:{secret}"));
    let document =
        BASE64_STANDARD.encode(format!("{{\"user\":\"u\",\"password\":\"{}\"}}", json(secret)));
    let inner = format!("{{\"password\":\"{}\"}}", json(secret));
    let address = format!("https://h/?a=1&access_token={}&b", percent(secret));
    let middle = (0..=secret.len() * 2 / 3).rev().find(|at| secret.is_char_boundary(*at)).unwrap();
    let (head, tail) = secret.split_at(middle);
    template
        .replace("{b64b64}", &BASE64_STANDARD.encode(&coded))
        .replace("{lines64}", &in_lines(secret))
        .replace("{colons}", &bytes(secret, ":"))
        .replace("{dashes}", &bytes(secret, "-").to_ascii_lowercase())
        .replace("{quoted}", &quoted(secret))
        .replace("{url}", &percent(&address))
        .replace("{url2}", &percent(&percent(&address)))
        .replace("{pctjson2}", &percent(&format!("{{\"log\":\"{}\"}}", json(&inner))))
        .replace("{head}", head)
        .replace("{tail}", tail)
        .replace("{raw}", secret)
        .replace("{pct}", &percent(secret))
        .replace("{pct2}", &percent(&percent(secret)))
        .replace(
            "{lower}",
            &percent(secret).to_ascii_lowercase().replace(&secret.to_ascii_lowercase(), secret),
        )
        .replace("{json}", &json(secret))
        .replace("{json2}", &json(&inner))
        .replace("{json3}", &json(&json(&inner)))
        .replace("{pctjson}", &percent(&inner))
        .replace("{b64}", &coded)
        .replace("{url64}", &BASE64_URL_SAFE_NO_PAD.encode(secret))
        .replace("{basic}", &basic)
        .replace("{b64json}", &document)
        .replace("{hex}", &hex(secret))
        .replace("{html}", &html(secret))
}

/// Every text that must stand nowhere.
pub fn spellings(secret: &str) -> Vec<String> {
    let inner = |before: &str| {
        let whole = BASE64_STANDARD.encode(format!("{before}{secret}"));
        let from = (before.len() * 8).div_ceil(6);
        whole[from..(before.len() + secret.len()) * 8 / 6].to_owned()
    };
    let mut all = vec![
        secret.to_owned(),
        percent(secret),
        percent(&percent(secret)),
        json(secret),
        json(&json(secret)),
        secret.replace('/', "\\/"),
        hex(secret),
        hex(secret).to_ascii_uppercase(),
        html(secret),
        bytes(secret, ":"),
        bytes(secret, "-").to_ascii_lowercase(),
        BASE64_STANDARD.encode(BASE64_STANDARD.encode(secret)),
        inner(""),
        inner("x"),
        inner("xx"),
    ];
    let safe: Vec<String> =
        all[12..].iter().map(|code| code.replace('+', "-").replace('/', "_")).collect();
    all.extend(safe);
    // Half of one tells enough.
    all.push(secret.chars().take(secret.chars().count() / 2 + 1).collect());
    all
}
