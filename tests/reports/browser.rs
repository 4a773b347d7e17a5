//! The HTML form in a browser: what it does, what it does not, and what assistive technology is told.

use super::Project;
use super::support::packages;
use std::path::PathBuf;
use std::process::Command;

/// Debian's Chromium, or one that is named; says so where there is none.
fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("TESTIMONY_CHROMIUM").map(PathBuf::from);
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let found = named.into_iter().chain(usual.map(PathBuf::from)).find(|path| path.exists());
    if found.is_none() {
        println!("skipped: no Chromium is installed (Debian: apt-get install chromium)");
    }
    found
}

#[test]
fn a_browser_shows_it_and_asks_nobody() {
    let Some(chromium) = chromium() else { return };
    // As of a day: a later judge of accessibility knows further rules.
    let named = ["playwright-core@1.65.1", "axe-core@4.14.1"];
    let Some(modules) = packages::node_modules("reports-browser", &named) else { return };
    let project = Project::new();
    let page = project.path().join("report.html");
    std::fs::write(&page, project.report("html")).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reports/browser.mjs");
    let mut command = Command::new("node");
    let output = command.arg(script).arg(modules).arg(chromium).arg(page).output().unwrap();
    let told = super::told(&output);
    println!("{told}");
    assert!(output.status.success(), "{told}");
    assert!(told.contains("all walks done"), "{told}");
}
