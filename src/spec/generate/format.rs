//! Texts of the formats of JSON Schema 2020-12 (section 7.3) and OpenAPI's registry.

use super::random::Random;
use base64::Engine as _;

/// A text of this format whose length lies between the bounds where the format can be stretched;
/// `None` for a format that is not known, or that says nothing about a text.
pub(super) fn text(format: &str, least: usize, most: usize, random: &mut Random) -> Option<String> {
    let mut around = |frame: usize| {
        let length = 8.max(least.saturating_sub(frame)).min(most.saturating_sub(frame)).max(1);
        random.word(length)
    };
    Some(match format {
        "email" | "idn-email" => address(&around(12), least),
        "hostname" | "idn-hostname" => host(least, most, random),
        "uri" | "iri" | "url" => format!("https://example.com/{}", around(20)),
        "uri-reference" | "iri-reference" | "json-pointer" => format!("/{}", around(1)),
        "relative-json-pointer" => format!("0/{}", around(2)),
        "uri-template" => format!("https://example.com/{{{}}}", around(22)),
        "date" => date(random),
        "time" => format!("{}Z", clock(random)),
        "date-time" => moment(least, random),
        "duration" => format!("P{}D", 1 + random.below(9)),
        "uuid" => uuid(random),
        "ipv4" | "ip" => format!("192.0.2.{}", 1 + random.below(254)),
        "ipv6" => format!("2001:db8::{:x}", 1 + random.below(0xfffe)),
        "regex" => format!("^{}$", around(2)),
        // Numbers as text, as frameworks write money: their patterns take signs without digits, too.
        "decimal" => (1 + random.below(9)).to_string(),
        "byte" | "base64" | "base64url" => base64_text(least, most, random),
        _ => return None,
    })
}

/// An address. The local part may have 64 characters at most: longer addresses get more labels.
fn address(local: &str, least: usize) -> String {
    let local = &local[..local.len().min(64)];
    let missing = least.saturating_sub(local.len() + 12);
    let labels: String = (0..missing)
        .map(|index| if index % 32 == 31 && index + 1 != missing { '.' } else { 'a' })
        .collect();
    format!("{local}@{labels}example.com")
}

fn host(least: usize, most: usize, random: &mut Random) -> String {
    if most < 9 {
        return random.word(most.max(1));
    }
    let length = 16.max(least).min(most).saturating_sub(8).max(1);
    let word = random.word(length);
    let name: String = word
        .chars()
        .enumerate()
        .map(|(index, c)| if index % 40 == 39 && index + 1 != length { '.' } else { c })
        .collect();
    format!("{name}.example")
}

fn date(random: &mut Random) -> String {
    format!("20{:02}-{:02}-{:02}", random.below(38), 1 + random.below(12), 1 + random.below(28))
}

fn clock(random: &mut Random) -> String {
    format!("{:02}:{:02}:{:02}", random.below(24), random.below(60), random.below(60))
}

fn moment(least: usize, random: &mut Random) -> String {
    let (date, clock) = (date(random), clock(random));
    match least.saturating_sub(21) {
        0 if least <= 20 => format!("{date}T{clock}Z"),
        digits => {
            let width = digits.clamp(1, 9);
            let fraction = format!("{:0width$}", random.below(10));
            format!("{date}T{clock}.{fraction}Z")
        }
    }
}

fn uuid(random: &mut Random) -> String {
    let (high, low) = (random.next(), random.next());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        8 + (low >> 62),
        (low >> 48) & 0xfff,
        low & 0xffff_ffff_ffff
    )
}

fn base64_text(least: usize, most: usize, random: &mut Random) -> String {
    let groups = least.div_ceil(4).max(2).min(most / 4);
    let bytes = random.word(groups * 3);
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
