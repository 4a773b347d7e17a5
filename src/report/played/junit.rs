//! JUnit's XML, as test servers read it: a suite for each session or cassette, a failed case for each
//! miss, a skipped one for each exchange that was not asked for.

use super::{Unused, terminal};
use crate::exchange::Target;
use crate::matching::{Missed, Played, PlayedSession, Recorded};
use crate::report::Paint;
use std::fmt::Write as _;

/// How a case ended.
enum End {
    Passed,
    Skipped { message: String },
    Failed { message: String, word: &'static str, text: String },
}

struct Case {
    class: String,
    name: String,
    end: End,
}

pub(super) fn render(played: &Played, unused: Unused) -> String {
    let suites: Vec<(String, Vec<Case>)> =
        played.sessions.iter().map(|session| (session.title(), cases(session, unused))).collect();
    let all = suites.iter().flat_map(|(_, cases)| cases);
    let (tests, failures, _) = counts(all);
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let _ = writeln!(
        out,
        "<testsuites name=\"testimony replay\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">"
    );
    for (title, cases) in &suites {
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
    for Case { class, name, end } in cases {
        let _ = write!(
            out,
            "    <testcase classname=\"{}\" name=\"{}\"",
            escaped(class),
            escaped(name)
        );
        match end {
            End::Passed => out.push_str("/>\n"),
            End::Skipped { message } => {
                let message = escaped(message);
                let _ = writeln!(out, ">\n      <skipped message=\"{message}\"/>\n    </testcase>");
            }
            End::Failed { message, word, text } => {
                let (message, text) = (escaped(message), escaped_lines(text));
                let _ = writeln!(
                    out,
                    ">\n      <failure message=\"{message}\" type=\"{word}\">{text}</failure>\n    </testcase>"
                );
            }
        }
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

fn cases(session: &PlayedSession, unused: Unused) -> Vec<Case> {
    let title = session.title();
    let mut cases: Vec<Case> = session.misses.iter().map(|missed| miss(&title, missed)).collect();
    let told: u64 = session.misses.iter().map(|missed| missed.times).sum();
    if let Some(more @ 1..) = session.missed.checked_sub(told) {
        let message = format!("{more} requests more were missed");
        let end = End::Failed { text: message.clone(), message, word: "no-match" };
        cases.push(Case { class: title.clone(), name: "further misses".to_owned(), end });
    }
    let none_missed = cases.is_empty();
    cases.extend(session.unused.iter().map(|place| never_asked(place, unused)));
    if none_missed && session.answered > 0 {
        let name = "every request was answered".to_owned();
        cases.insert(0, Case { class: title, name, end: End::Passed });
    } else if cases.is_empty() {
        // No request is no success.
        let end = End::Skipped { message: "nothing was asked".to_owned() };
        cases.push(Case { class: title, name: "every request was answered".to_owned(), end });
    }
    cases
}

fn miss(title: &str, missed: &Missed) -> Case {
    let Missed { miss, method, target, reason, times, .. } = missed;
    let told = terminal::miss(missed, Paint::Plain);
    let text = if *times > 1 { format!("{told}missed {times} times\n") } else { told };
    let end = End::Failed { message: reason.clone(), word: miss, text };
    let name = format!("{method} {}", Target::parse(target).path_and_query());
    Case { class: title.to_owned(), name, end }
}

fn never_asked(place: &Recorded, unused: Unused) -> Case {
    let Recorded { cassette, exchange, method, target } = place;
    let message = format!("{cassette} exchange {exchange} was never asked for");
    let end = match unused {
        Unused::Told => End::Skipped { message },
        Unused::Fails => {
            let text = format!("{message}: {method} {target}");
            End::Failed { message, word: "unused", text }
        }
    };
    let name = format!("exchange {exchange}: {method} {}", Target::parse(target).path_and_query());
    Case { class: cassette.clone(), name, end }
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

    #[test]
    fn nothing_asked_is_no_success() {
        let session = PlayedSession::default();
        let played = Played { sessions: vec![session], ..Played::default() };
        let xml = render(&played, Unused::Told);
        assert!(xml.contains("<skipped message=\"nothing was asked\"/>"), "{xml}");
    }
}
