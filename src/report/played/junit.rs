//! JUnit's XML, as test servers read it: a suite for each session or cassette, a failed case for each
//! miss, a skipped one for each exchange that was not asked for.

use super::{Unused, terminal};
use crate::exchange::Target;
use crate::matching::{Missed, Played, PlayedSession, Recorded};
use crate::report::Paint;
use crate::report::suites::{self, Case, End};

pub(super) fn render(played: &Played, unused: Unused) -> String {
    let suites: Vec<(String, Vec<Case>)> =
        played.sessions.iter().map(|session| (session.title(), cases(session, unused))).collect();
    suites::render("testimony replay", &suites)
}

fn case(class: String, name: String, end: End) -> Case {
    Case { class, name, end, out: String::new() }
}

fn cases(session: &PlayedSession, unused: Unused) -> Vec<Case> {
    let title = session.title();
    let mut cases: Vec<Case> = session.misses.iter().map(|missed| miss(&title, missed)).collect();
    let told: u64 = session.misses.iter().map(|missed| missed.times).sum();
    if let Some(more @ 1..) = session.missed.checked_sub(told) {
        let message = format!("{more} requests more were missed");
        let end = End::Failed { text: message.clone(), message, word: "no-match" };
        cases.push(case(title.clone(), "further misses".to_owned(), end));
    }
    let none_missed = cases.is_empty();
    cases.extend(session.unused.iter().map(|place| never_asked(place, unused)));
    if none_missed && session.answered > 0 {
        let name = "every request was answered".to_owned();
        cases.insert(0, case(title, name, End::Passed));
    } else if cases.is_empty() {
        // No request is no success.
        let end = End::Skipped { message: "nothing was asked".to_owned() };
        cases.push(case(title, "every request was answered".to_owned(), end));
    }
    cases
}

fn miss(title: &str, missed: &Missed) -> Case {
    let Missed { miss, method, target, reason, times, .. } = missed;
    let told = terminal::miss(missed, Paint::Plain);
    let text = if *times > 1 { format!("{told}missed {times} times\n") } else { told };
    let end = End::Failed { message: reason.clone(), word: miss, text };
    let name = format!("{method} {}", Target::parse(target).path_and_query());
    case(title.to_owned(), name, end)
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
    case(cassette.clone(), name, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_asked_is_no_success() {
        let session = PlayedSession::default();
        let played = Played { sessions: vec![session], ..Played::default() };
        let xml = render(&played, Unused::Told);
        assert!(xml.contains("<skipped message=\"nothing was asked\"/>"), "{xml}");
    }
}
