//! One HTML file that needs nothing else and asks nobody: the ledger as a matrix whose cells open their
//! exchanges, findings with what was recorded beside what was promised. It is a plain document without
//! its script, which only filters, opens and moves about.

mod escape;
mod exchange;
mod findings;
mod head;
mod ledger;
mod rows;
#[cfg(test)]
mod tests;

use super::Report;
use super::wording::by_row;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use findings::Findings;
use rows::Rows;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The document.
pub(super) fn render(report: &Report<'_>) -> String {
    let by_row = by_row(report.verdict);
    let mut out = String::with_capacity(256 * 1024);
    opening(&mut out);
    head::write(&mut out, report);
    out.push_str("<main id=\"main\">\n");
    ledger::write(&mut out, report.verdict);
    Findings { report, by_row: &by_row }.write(&mut out);
    Rows { report, by_row: &by_row }.write(&mut out);
    out.push_str("</main>\n");
    closing(&mut out);
    out
}

/// What the browser may do: show this style and run this script, and nothing else. No connection, no
/// picture, no frame, no form, no handler in the markup.
fn policy() -> String {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn opening(out: &mut String) {
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>Testimony report</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the ledger</a>\n",
        policy()
    );
}

fn closing(out: &mut String) {
    let version = env!("CARGO_PKG_VERSION");
    let _ = write!(
        out,
        "<footer><p>Written by Testimony {version}. Recorded values are as redacted in the cassettes.</p></footer>\n\
         <dialog id=\"sheet\" aria-label=\"Exchanges\"><div id=\"sheet-bar\"><button type=\"button\" id=\"sheet-close\">Close</button></div><div id=\"sheet-body\"></div></dialog>\n\
         <script>{SCRIPT}</script>\n</body>\n</html>\n"
    );
}
