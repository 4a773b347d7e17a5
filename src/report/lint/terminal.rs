//! For people: flaws by document, worst first, each with its places and what became of it.

use super::Linted;
use crate::check::Severity;
use crate::lint::Flaw;
use crate::report::Paint;
use crate::report::paint::Tone;
use crate::report::wording::counted;
use std::fmt::Write as _;

/// Most flaws at info level that are written out.
const INFOS: usize = 30;

pub(super) fn render(linted: &Linted, paint: Paint) -> String {
    let mut out = String::new();
    let mut infos = 0;
    for found in &linted.flaws {
        if found.severity() == Severity::Info {
            infos += 1;
            if infos > INFOS {
                continue;
            }
        }
        flaw(&mut out, linted, found, paint);
    }
    if infos > INFOS {
        let more = infos - INFOS;
        let _ = writeln!(out, "and {more} more at info level: see `--format json`\n");
    }
    let count = |severity, word| counted(linted.count(severity) as u64, word);
    let _ = writeln!(
        out,
        "{} read: {}, {}, {} at info level{}",
        counted(linted.documents.len() as u64, "document"),
        count(Severity::Error, "error"),
        count(Severity::Warning, "warning"),
        linted.count(Severity::Info),
        match linted.off {
            0 => String::new(),
            off => format!(" ({off} left out: their rules are off)"),
        },
    );
    out
}

fn flaw(out: &mut String, linted: &Linted, flaw: &Flaw, paint: Paint) {
    let tone = match flaw.severity() {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Doubtful,
        Severity::Info => Tone::Quiet,
    };
    let head = paint.tone(tone, &format!("{}[{}]", flaw.severity(), flaw.rule));
    let _ = writeln!(out, "{head} {}", flaw.what);
    let mut row = |label: &str, text: &str| {
        if !text.is_empty() {
            let _ = writeln!(out, "  {label:<10}{text}");
        }
    };
    row("in", &flaw.operation);
    let place = |pointer: &str| match (flaw.spec.as_str(), linted.line(&flaw.spec, pointer)) {
        ("", _) => String::new(),
        (spec, Some(line)) => format!("{spec}:{line} {pointer}"),
        (spec, None) => format!("{spec} {pointer}"),
    };
    row("at", &place(&flaw.pointer));
    for other in &flaw.also {
        row("against", &place(other));
    }
    let pages = flaw.sources.iter().filter_map(|source| {
        let page = source.page.as_deref()?;
        Some(source.line.map_or_else(|| page.to_owned(), |line| format!("{page}:{line}")))
    });
    row("pages", &pages.collect::<Vec<_>>().join(", "));
    row("resolved", flaw.resolved.as_deref().unwrap_or_default());
    out.push('\n');
}
