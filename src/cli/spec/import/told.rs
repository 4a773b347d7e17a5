//! What an import tells: in lines on stderr, and as JSON, page by page.

use super::target::{Status, Target};
use crate::cli::Failure;
use crate::cli::format::Plain;
use crate::cli::spec::diff::form;
use crate::overlay::Effect;
use crate::page::{Clash, Import, PageError};
use serde_json::{Value, json};

/// A page that is not in any document.
#[derive(Debug, Clone)]
pub(super) struct PageTold {
    page: String,
    reason: String,
    hint: Option<String>,
}

impl PageTold {
    pub(super) fn passed(page: &str, reason: &str) -> Self {
        Self { page: page.to_owned(), reason: reason.to_owned(), hint: None }
    }

    pub(super) fn unreadable(page: &str, reason: &str) -> Self {
        Self::passed(page, reason)
    }

    pub(super) fn refused(error: &PageError) -> Self {
        let page = error.page().unwrap_or_default().to_owned();
        let text = error.to_string();
        let reason = text.strip_prefix(&format!("{page}: ")).unwrap_or(&text).to_owned();
        Self { page, reason, hint: error.hint() }
    }

    /// The failure of a command that was given this page alone.
    pub(super) fn failure(&self) -> Failure {
        let failure = Failure::asked(format!("{}: {}", self.page, self.reason));
        match &self.hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }

    fn json(&self) -> Value {
        json!({ "page": self.page, "reason": self.reason, "hint": self.hint })
    }
}

/// Everything that is told.
pub(super) struct Told {
    pub(super) targets: Vec<Target>,
    /// Pages that could not be read.
    pub(super) refused: Vec<PageTold>,
    /// Pages that are none of an operation.
    pub(super) passed: Vec<PageTold>,
    /// Pages that were looked at.
    pub(super) pages: usize,
    /// Whether nothing was written.
    pub(super) check: bool,
}

impl Told {
    pub(super) fn render(&self, kind: Plain) -> String {
        match kind {
            Plain::Terminal => self.lines().iter().flat_map(|line| [line.as_str(), "\n"]).collect(),
            Plain::Json => format!("{:#}\n", self.json()),
        }
    }

    /// In lines: what was lost of each page, what the pages contradict, what became of each document.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for target in &self.targets {
            of_pages(&target.import, &mut lines);
            self.of_document(target, &mut lines);
        }
        for page in &self.passed {
            lines.push(format!("{}: passed over: {}", page.page, page.reason));
        }
        for page in &self.refused {
            lines.push(format!("{}: not read: {}", page.page, page.reason));
        }
        if self.targets.is_empty() && self.refused.is_empty() {
            lines.push("note: no page of an operation was found".to_owned());
        }
        lines
    }

    fn of_document(&self, target: &Target, lines: &mut Vec<String>) {
        let out = target.out.display();
        let overlay = target.beside.path.display();
        for applied in &target.applied {
            let what = match applied.effect {
                Effect::Changed => continue,
                Effect::Unmatched => "selects nothing any more",
                Effect::Needless => "is no longer needed: it is so already",
                Effect::Unfit(why) => why,
            };
            let (number, at) = (applied.number, &applied.target);
            lines.push(format!("{overlay}: action {number}: `{at}`: {what}"));
        }
        lines.extend(target.notes.iter().map(|note| format!("{out}: {note}")));
        let comparison = target.comparison.iter().flat_map(|comparison| &comparison.changes);
        for change in comparison.clone() {
            lines.extend(form::lines(change).lines().map(str::to_owned));
        }
        let more = target.beside.more.len();
        if more > 0 {
            let verb = if self.check { "would be added" } else { "added" };
            lines.push(format!("{overlay}: {} {verb}", counted(more, "action")));
        }
        let import = &target.import;
        let read = format!(
            "{} of {} read",
            counted(import.operations.len(), "operation"),
            counted(import.pages.len(), "page")
        );
        let changes = comparison.count();
        let became = match (target.status, self.check) {
            (Status::New, true) => "; the file is missing".to_owned(),
            (Status::New, false) => String::new(),
            (Status::Unchanged, _) => "; nothing changed".to_owned(),
            (Status::Changed, _) if changes == 0 => "; no promise changed".to_owned(),
            (Status::Changed, _) => {
                format!("; {} changed", counted(changes, "promise"))
            }
        };
        lines.push(format!("{out}: {read}{became}"));
    }

    fn json(&self) -> Value {
        let documents: Vec<Value> =
            self.targets.iter().map(|target| self.document(target)).collect();
        let sum = |count: &dyn Fn(&Import) -> usize| -> usize {
            self.targets.iter().map(|target| count(&target.import)).sum()
        };
        let list = |pages: &[PageTold]| pages.iter().map(PageTold::json).collect::<Vec<_>>();
        json!({
            "testimony": 1,
            "totals": {
                "pages": self.pages,
                "read": sum(&|import| import.pages.len()),
                "operations": sum(&|import| import.operations.len()),
                "losses": sum(&|import| import.losses.len()),
                "contradictions": sum(&|import| import.contradictions.len() + import.clashes.len()),
                "refused": self.refused.len(),
                "passed_over": self.passed.len(),
            },
            "documents": documents,
            "refused": list(&self.refused),
            "passed_over": list(&self.passed),
        })
    }

    fn document(&self, target: &Target) -> Value {
        let status = match target.status {
            Status::New => "new",
            Status::Changed => "changed",
            Status::Unchanged => "unchanged",
        };
        let changes = target.comparison.iter().flat_map(|comparison| &comparison.changes);
        let actions: Vec<Value> = target
            .applied
            .iter()
            .map(|applied| {
                let effect = match applied.effect {
                    Effect::Changed => "changed",
                    Effect::Unmatched => "unmatched",
                    Effect::Needless => "needless",
                    Effect::Unfit(_) => "unfit",
                };
                json!({ "action": applied.number, "target": applied.target, "effect": effect })
            })
            .collect();
        let import = &target.import;
        json!({
            "out": target.out.display().to_string(),
            "status": status,
            "written": !self.check && target.status != Status::Unchanged,
            "pages": import.pages.iter().map(|page| of_page(page, import)).collect::<Vec<_>>(),
            "clashes": import.clashes.iter().map(clash).collect::<Vec<_>>(),
            "changes": changes.map(form::change_json).collect::<Vec<_>>(),
            "overlay": actions,
            "overlay_added": target.beside.more,
            "notes": target.notes,
        })
    }
}

fn of_page(page: &str, import: &Import) -> Value {
    let ids: Vec<&String> =
        import.operations.iter().filter(|(own, _)| own == page).map(|(_, id)| id).collect();
    let losses = import.losses.iter().filter(|loss| loss.page == page);
    let contradictions = import.contradictions.iter().filter(|own| own.page == page);
    json!({
        "page": page,
        "operations": ids,
        "losses": losses
            .map(|loss| json!({ "line": loss.line, "reason": loss.reason }))
            .collect::<Vec<_>>(),
        "contradictions": contradictions
            .map(|own| json!({ "kind": own.kind, "lines": own.lines, "what": own.what }))
            .collect::<Vec<_>>(),
    })
}

fn clash(clash: &Clash) -> Value {
    let place = |(page, line, component): &(String, u32, String)| json!({ "page": page, "line": line, "component": component });
    json!({
        "name": clash.name,
        "what": clash.what(),
        "places": clash.places.iter().map(place).collect::<Vec<_>>(),
    })
}

fn of_pages(import: &Import, lines: &mut Vec<String>) {
    for loss in &import.losses {
        lines.push(format!("{}: line {}: lost: {}", loss.page, loss.line, loss.reason));
    }
    for own in &import.contradictions {
        let numbers: Vec<String> = own.lines.iter().map(ToString::to_string).collect();
        let noun = if numbers.len() == 1 { "line" } else { "lines" };
        let (page, numbers) = (&own.page, numbers.join(", "));
        lines.push(format!("{page}: {noun} {numbers}: {}: {}", own.kind, own.what));
    }
    for clash in &import.clashes {
        let first = clash.places.first();
        let place = first.map_or(String::new(), |(page, line, _)| format!("{page}: line {line}"));
        lines.push(format!("{place}: one_name_two_objects: {}", clash.what()));
    }
}

pub(super) fn counted(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}
