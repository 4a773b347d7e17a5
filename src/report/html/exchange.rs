//! Recorded messages as numbered lines, with what findings speak of marked in them.

use super::escape::Text;
use crate::check::Judged;
use crate::report::evidence::{Line, Mark, Message};
use std::fmt::Write as _;

/// Lines around a mark that a finding shows.
const AROUND: usize = 6;
/// Lines of a head that a finding shows.
const HEAD: usize = 8;

/// Which marks are shown.
#[derive(Clone, Copy)]
pub(super) enum Marks<'m> {
    /// Those of all of these, each with a link to the finding.
    All(&'m [Judged]),
    /// Those of one finding, with what is said of it.
    Of(usize, &'m str),
}

impl Marks<'_> {
    fn takes(self, mark: &Mark) -> bool {
        match self {
            Self::All(_) => true,
            Self::Of(finding, _) => mark.finding == finding,
        }
    }
}

/// A whole message.
pub(super) fn write(out: &mut String, message: &Message, findings: &[Judged], label: &str) {
    let marks = Marks::All(findings);
    let _ =
        write!(out, "<pre class=\"message\" tabindex=\"0\" role=\"group\" aria-label=\"{label}\">");
    lines(out, message.head.iter(), marks, 0);
    if !message.body.is_empty() {
        out.push_str("<span class=\"l gap\"></span>");
        lines(out, message.body.iter(), marks, message.lines);
    }
    note(out, message);
    out.push_str("</pre>\n");
}

/// What of a message is around a finding's place.
pub(super) fn write_around(out: &mut String, message: &Message, marks: Marks<'_>, label: &str) {
    let _ =
        write!(out, "<pre class=\"message\" tabindex=\"0\" role=\"group\" aria-label=\"{label}\">");
    let is_marked = |line: &Line| line.marks.iter().any(|mark| marks.takes(mark));
    let in_head = message.head.iter().position(is_marked);
    let head = message.head.iter().enumerate().filter(|(at, _)| {
        in_head.map_or(*at == 0, |marked| at.abs_diff(marked) <= HEAD / 2 || *at == 0)
    });
    lines(out, head.map(|(_, line)| line), marks, 0);
    let marked = message.body.iter().find(|line| is_marked(line)).map(|line| line.number);
    let around = |line: &&Line| match marked {
        Some(marked) => line.number.abs_diff(marked) <= AROUND,
        None => in_head.is_none() && line.number <= 2 * AROUND,
    };
    let body: Vec<&Line> = message.body.iter().filter(around).collect();
    if !body.is_empty() {
        out.push_str("<span class=\"l gap\"></span>");
        lines(out, body.into_iter(), marks, message.lines);
    }
    note(out, message);
    out.push_str("</pre>\n");
}

fn note(out: &mut String, message: &Message) {
    if let Some(note) = &message.note {
        let _ = write!(out, "<span class=\"l left\">{}</span>", Text(note));
    }
}

/// Lines, with a word of those that were left out; `all` is how many there are.
fn lines<'l>(
    out: &mut String,
    lines: impl Iterator<Item = &'l Line>,
    marks: Marks<'_>,
    all: usize,
) {
    let mut last = 0;
    for line in lines {
        if line.number > last + 1 {
            left_out(out, line.number - last - 1);
        }
        last = line.number;
        one(out, line, marks);
    }
    if all > last {
        left_out(out, all - last);
    }
}

fn left_out(out: &mut String, count: usize) {
    let lines = if count == 1 { "line" } else { "lines" };
    let _ = write!(out, "<span class=\"l left\">… {count} {lines}</span>");
}

fn one(out: &mut String, line: &Line, marks: Marks<'_>) {
    let shown: Vec<&Mark> = line.marks.iter().filter(|mark| marks.takes(mark)).collect();
    out.push_str(if shown.is_empty() { "<span class=\"l\"" } else { "<span class=\"l hit\"" });
    if line.number > 0 {
        let _ = write!(out, " data-n=\"{}\"", line.number);
    }
    out.push('>');
    content(out, line, &shown);
    out.push_str("</span>");
    match marks {
        Marks::Of(_, said) if !shown.is_empty() => {
            let _ = write!(out, "<span class=\"l said\">{}</span>", Text(said));
        }
        Marks::All(findings) => {
            for mark in shown {
                let Some(judged) = findings.get(mark.finding) else { continue };
                let (number, finding) = (mark.finding, &judged.finding);
                let _ = write!(
                    out,
                    "<span class=\"l said\"><a href=\"#f-{number}\">{} {}</a> expected {}, observed {}</span>",
                    number + 1,
                    finding.rule,
                    Text(&finding.expected),
                    Text(&finding.observed)
                );
            }
        }
        Marks::Of(..) => {}
    }
}

/// A line's text: names of members in a colour of their own, marked pieces marked.
fn content(out: &mut String, line: &Line, marks: &[&Mark]) {
    let text = &line.text;
    let name = name_of(line);
    let mut cuts = vec![0, text.len(), name.start, name.end];
    cuts.extend(marks.iter().flat_map(|mark| [mark.bytes.start, mark.bytes.end]));
    cuts.sort_unstable();
    cuts.dedup();
    for piece in cuts.windows(2) {
        let Some(shown) = text.get(piece[0]..piece[1]) else { continue };
        let in_name = name.contains(&piece[0]);
        let mark = marks.iter().find(|mark| mark.bytes.contains(&piece[0]));
        let (open, close) = match mark {
            Some(mark) if mark.exact => ("<mark>", "</mark>"),
            Some(_) => ("<mark class=\"near\">", "</mark>"),
            None => ("", ""),
        };
        out.push_str(open);
        if in_name {
            let _ = write!(out, "<span class=\"k\">{}</span>", Text(shown));
        } else {
            let _ = write!(out, "{}", Text(shown));
        }
        out.push_str(close);
    }
}

/// The name of a member, or of a header field.
fn name_of(line: &Line) -> std::ops::Range<usize> {
    let text = line.text.as_str();
    let space = text.len() - text.trim_start().len();
    let rest = &text[space..];
    let end = if line.number == 0 {
        rest.find(": ").filter(|end| !rest[..*end].contains(' '))
    } else if rest.starts_with('"') {
        rest.find("\": ").map(|end| end + 1)
    } else {
        None
    };
    space..space + end.unwrap_or(0)
}
