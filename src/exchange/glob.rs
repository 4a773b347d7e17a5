//! Names and paths in which `*` stands for any characters.

/// Whether `text` fits a pattern in which `*` stands for any characters, none too. Case counts.
/// At worst linear in the product of both lengths.
pub fn fits_glob(pattern: &str, text: &str) -> bool {
    fits(pattern.as_bytes(), text.as_bytes(), u8::eq)
}

/// The same without regard to the case of ASCII letters.
pub fn fits_glob_in_any_case(pattern: &str, text: &str) -> bool {
    fits(pattern.as_bytes(), text.as_bytes(), u8::eq_ignore_ascii_case)
}

fn fits(pattern: &[u8], text: &[u8], same: impl Fn(&u8, &u8) -> bool) -> bool {
    let (mut at, mut place, mut star) = (0, 0, None);
    while place < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, place));
                at += 1;
            }
            Some(byte) if same(byte, &text[place]) => {
                at += 1;
                place += 1;
            }
            _ => {
                // The last star takes one character more.
                let Some((star_at, taken)) = star else { return false };
                star = Some((star_at, taken + 1));
                at = star_at + 1;
                place = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        let cases = [
            ("*", "", true),
            ("", "", true),
            ("a", "A", false),
            ("/v1/*/images", "/v1/p/images", true),
            ("/v1/*/images", "/v1/p/q/images", true),
            ("/v1/*/images", "/v1/images", false),
            ("ab*ba", "aba", false),
            ("ab*ba", "abba", true),
            ("*a*b", "xaxbxb", true),
            ("*.json", "x.jsonl", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(fits_glob(pattern, text), expected, "{pattern} {text}");
        }
        assert!(fits_glob_in_any_case("x-ACS-*", "X-Acs-Date"));
        let long = "a*".repeat(200) + "b";
        assert!(!fits_glob(&long, &"a".repeat(2_000)), "and ends");
    }
}
