use super::cleanup::Created;
use super::plan::{Case, Plan};
use super::recipe::{Recipe, Step};
use crate::live::RunError;
use crate::spec::CodePattern;

/// What became of a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It would be sent.
    Planned,
    /// A code that it deserves came, and kept its promise.
    Reached,
    /// Another came, or its promise was broken.
    Contradicted,
    /// It was not sent, or what came shows nothing.
    Skipped,
}

impl State {
    /// The word used in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Reached => "reached",
            Self::Contradicted => "contradicted",
            Self::Skipped => "skipped",
        }
    }
}

/// A recipe, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Position of its case in the plan.
    pub case: usize,
    /// Position of the recipe in its case.
    pub recipe: usize,
    /// The code that it shows, or was for.
    pub code: CodePattern,
    /// What became of it.
    pub state: State,
    /// How many requests were sent, or would be.
    pub requests: u64,
    /// Why it shows nothing, or another code.
    pub reason: Option<String>,
}

/// What a run came to.
#[derive(Debug, Default)]
pub struct Summary {
    /// Every recipe, in the order of the plan.
    pub rows: Vec<Row>,
    /// What was made.
    pub created: Vec<Created>,
    /// How many requests were sent, those for resources and their removal included.
    pub requests: u64,
    /// Why the run ended before its time.
    pub failed: Option<RunError>,
}

impl Plan<'_> {
    /// Every recipe as it is planned. `allow` says why a recipe would not be sent.
    pub fn rows(&self, allow: impl Fn(&Case<'_>, &Recipe) -> Option<String>) -> Vec<Row> {
        let cases = self.cases.iter().enumerate();
        cases
            .flat_map(|(case, of)| {
                of.recipes.iter().enumerate().map(move |(n, one)| (case, of, n, one))
            })
            .map(|(case, of, recipe, one)| Row {
                case,
                recipe,
                code: one.code,
                state: State::Planned,
                requests: if allow(of, one).is_some() { 0 } else { one.cost() as u64 },
                reason: match &one.step {
                    Step::Leave(why) => Some(why.clone()),
                    _ => allow(of, one),
                },
            })
            .collect()
    }
}
