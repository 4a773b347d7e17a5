//! What needs something done before, is only done when asked for, or can't be brought about by a client.

use super::{Answers, Kind, Making, Recipe, Step};
use crate::spec::CodePattern;

impl Making<'_, '_> {
    pub(super) fn unprovoked(&self, recipes: &mut Vec<Recipe>) {
        self.repeated(recipes);
        self.burst(recipes);
        let rest: Vec<CodePattern> = self
            .operation
            .promises
            .iter()
            .map(|promise| promise.code)
            .filter(|code| is_error(*code) && recipes.iter().all(|recipe| recipe.code != *code))
            .collect();
        for code in rest {
            let why = self.reason(code);
            let (kind, step) = (Kind::Unprovoked, Step::Leave(why));
            recipes.push(self.recipe(code, "none", "nothing", kind, step, Answers::default()));
        }
    }

    /// The same creation twice.
    fn repeated(&self, recipes: &mut Vec<Recipe>) {
        if !self.operation.documents(409) || self.operation.method == "GET" {
            return;
        }
        let promise = self.operation.promise(409);
        let told = promise.and_then(|promise| promise.description.as_deref()).unwrap_or_default();
        let told = told.to_ascii_lowercase();
        let words =
            ["already exist", "already in use", "already taken", "duplicate", "已存在", "重复"];
        let says_so = words.iter().any(|word| told.contains(word));
        let answers = Answers {
            wanted: vec![409],
            unclear: vec![400, 404, 422],
            taken: (!says_so).then_some(
                "a repeated request is no conflict here, and the document does not say what is",
            ),
            ..Answers::default()
        };
        let change = "the request that succeeded, once more";
        let (code, kind) = (CodePattern::Code(409), Kind::Repeat);
        let mut recipe = self.recipe(code, "repeat", change, kind, Step::Again, answers);
        recipe.needs.push("that the good request succeeds".to_owned());
        recipes.push(recipe);
    }

    fn burst(&self, recipes: &mut Vec<Recipe>) {
        if !self.operation.documents(429) {
            return;
        }
        let (code, kind) = (CodePattern::Code(429), Kind::Burst);
        let step = match self.options.burst {
            Some(times) => Step::Burst(times),
            None => Step::Leave(
                "many requests at once are sent only when asked for: `--burst N`".to_owned(),
            ),
        };
        let taken = Some("the service takes more at once");
        let answers = Answers { wanted: vec![429], taken, ..Answers::default() };
        recipes.push(self.recipe(
            code,
            "burst",
            "the good request many times at once",
            kind,
            step,
            answers,
        ));
    }

    /// Why nothing is sent for a code, with what a person could run.
    fn reason(&self, code: CodePattern) -> String {
        let (operation, spec) = (self.operation, &self.spec.path);
        let (method, path) = (&operation.method, &operation.path);
        match code {
            CodePattern::Code(code @ 500..) => format!(
                "not provoked on a live service: `testimony mock --spec {spec}` answers it to \
                 `Prefer: code={code}`, `testimony replay --spec {spec} --fault '{method} {path} = {code}'` in a replay"
            ),
            CodePattern::Range(5) => format!(
                "not provoked on a live service: `testimony mock --spec {spec}` answers it to `Prefer: code=500`"
            ),
            code => format!(
                "no change of a good request is known to bring it about: record it where it happens, or \
                 `testimony mock --spec {spec}` answers it to `Prefer: code={code}`"
            ),
        }
    }
}

fn is_error(code: CodePattern) -> bool {
    match code {
        CodePattern::Code(code) => code >= 400,
        CodePattern::Range(class) => class >= 4,
        CodePattern::Default => false,
    }
}
