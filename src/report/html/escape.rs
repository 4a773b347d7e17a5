//! Foreign text in markup. Nothing of it is markup, and what would be invisible or would turn the
//! order of other text around is told by its number.

use std::fmt;

/// Text as the content of an element.
pub(super) struct Text<'t>(pub &'t str);

/// Text as the value of an attribute in double quotes.
pub(super) struct Attribute<'t>(pub &'t str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self.0, |f, c| write!(f, "<span class=\"ctl\">U+{:04X}</span>", u32::from(c)))
    }
}

impl fmt::Display for Attribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self.0, |f, c| write!(f, "U+{:04X}", u32::from(c)))
    }
}

fn write(
    f: &mut fmt::Formatter<'_>,
    text: &str,
    hidden: impl Fn(&mut fmt::Formatter<'_>, char) -> fmt::Result,
) -> fmt::Result {
    let mut from = 0;
    for (at, c) in text.char_indices() {
        let entity = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\'' => "&#39;",
            '\n' | '\t' => continue,
            c if is_hidden(c) => "",
            _ => continue,
        };
        f.write_str(&text[from..at])?;
        if entity.is_empty() {
            hidden(f, c)?;
        } else {
            f.write_str(entity)?;
        }
        from = at + c.len_utf8();
    }
    f.write_str(&text[from..])
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_it_is_markup() {
        let text = "</script><img onerror='x' \"&\u{202e}é\u{0}\n";
        assert_eq!(
            Text(text).to_string(),
            "&lt;/script&gt;&lt;img onerror=&#39;x&#39; &quot;&amp;\
             <span class=\"ctl\">U+202E</span>é<span class=\"ctl\">U+0000</span>\n"
        );
        assert_eq!(Attribute("\"\u{7}'<").to_string(), "&quot;U+0007&#39;&lt;");
    }
}
