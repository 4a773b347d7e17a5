//! JUnit's XML as test servers read it: suites of cases that passed, failed or were skipped.

use std::fmt::Write as _;

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    Passed,
    Skipped { message: String },
    Failed { message: String, word: &'static str, text: String },
}

/// One case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Case {
    pub class: String,
    pub name: String,
    pub end: End,
    /// What else is to be told of it.
    pub out: String,
}

/// The whole document.
pub(super) fn render(name: &str, suites: &[(String, Vec<Case>)]) -> String {
    let (tests, failures, _) = counts(suites.iter().flat_map(|(_, cases)| cases));
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let name = escaped(name);
    let _ = writeln!(
        out,
        "<testsuites name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">"
    );
    for (title, cases) in suites {
        suite(&mut out, title, cases);
    }
    out.push_str("</testsuites>\n");
    out
}

fn suite(out: &mut String, title: &str, cases: &[Case]) {
    let (tests, failures, skipped) = counts(cases.iter());
    let name = escaped(title);
    let _ = writeln!(
        out,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">"
    );
    for Case { class, name, end, out: told } in cases {
        let (class, name) = (escaped(class), escaped(name));
        let _ = write!(out, "    <testcase classname=\"{class}\" name=\"{name}\"");
        if *end == End::Passed && told.is_empty() {
            out.push_str("/>\n");
            continue;
        }
        out.push_str(">\n");
        match end {
            End::Passed => {}
            End::Skipped { message } => {
                let _ = writeln!(out, "      <skipped message=\"{}\"/>", escaped(message));
            }
            End::Failed { message, word, text } => {
                let (message, text) = (escaped(message), escaped_lines(text));
                let _ = writeln!(
                    out,
                    "      <failure message=\"{message}\" type=\"{word}\">{text}</failure>"
                );
            }
        }
        if !told.is_empty() {
            let _ = writeln!(out, "      <system-out>{}</system-out>", escaped_lines(told));
        }
        out.push_str("    </testcase>\n");
    }
    out.push_str("  </testsuite>\n");
}

fn counts<'a>(cases: impl Iterator<Item = &'a Case>) -> (usize, usize, usize) {
    cases.fold((0, 0, 0), |(tests, failures, skipped), case| match case.end {
        End::Passed => (tests + 1, failures, skipped),
        End::Failed { .. } => (tests + 1, failures + 1, skipped),
        End::Skipped { .. } => (tests + 1, failures, skipped + 1),
    })
}

/// Text as the value of an attribute: in one line.
fn escaped(text: &str) -> String {
    escaped_lines(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

/// Text as the content of an element. What XML 1.0 can't hold (section 2.2) is told by its number.
fn escaped_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => out.extend(c.escape_unicode()),
            c if c.is_control() => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_does_not_hold_is_told_by_its_number() {
        assert_eq!(
            escaped("<a&\"\u{1b}\u{0}\u{ffff}\n>"),
            "&lt;a&amp;&quot;\\u{1b}\\u{0}\\u{ffff}&#10;&gt;"
        );
    }
}
