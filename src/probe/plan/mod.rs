//! What is sent, decided before anything is.

mod absent;
mod access;
mod base;
mod boundaries;
mod constraints;
mod fields;
mod links;
mod moments;
mod protocol;
mod relations;
mod unprovoked;

#[cfg(test)]
mod tests;

pub use base::{Base, Origin};
pub(super) use base::{Name, renamed};
pub(super) use constraints::refers;
pub(super) use links::Link;

use super::recipe::{Answers, Kind, Recipe, Step};
use crate::cassette::is_safe;
use crate::check::Slips;
use crate::exchange::{Exchange, Request};
use crate::live::Shows;
use crate::spec::{CodePattern, Operation, Spec};
use std::collections::BTreeMap;

/// Most things that are made for one another.
const DEEPEST: usize = 6;

/// What a plan is made for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether requests are given credentials.
    pub authorised: bool,
    /// Whether these are signatures with a time.
    pub signed: bool,
    /// Names of headers that carry them.
    pub credential_headers: Vec<String>,
    /// Whether there is a second identity.
    pub other: bool,
    /// How many requests a burst has; `None` for no burst.
    pub burst: Option<u32>,
    /// Values of parameters, by name.
    pub parameters: BTreeMap<String, String>,
    /// Another number, other made-up names.
    pub seed: u64,
}

/// An operation, its good request, and what is changed in it.
#[derive(Debug)]
pub struct Case<'a> {
    /// The spec.
    pub spec: &'a Spec,
    /// The operation.
    pub operation: &'a Operation,
    /// The good request, or why there is none.
    pub base: Result<Base, String>,
    /// What is changed in it.
    pub recipes: Vec<Recipe>,
    /// The template of what it makes, where it makes something that has a path.
    pub item: Option<String>,
    /// Whether that is removed by a documented DELETE.
    pub removable: bool,
    /// The template of the items that a GET of its path lists.
    pub listed: Option<String>,
    /// The beginnings of its path below which things are apart: [`scopes`].
    pub scopes: Vec<String>,
}

/// Everything that is to be sent.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The specs.
    pub specs: &'a [Spec],
    /// Their operations, in the order in which they are gone through.
    pub cases: Vec<Case<'a>>,
}

/// What the parts of a plan are made from.
struct Making<'m, 'a> {
    specs: &'a [Spec],
    spec: &'a Spec,
    operation: &'a Operation,
    base: &'m Base,
    slips: &'m Slips<'a>,
    options: &'m Options,
    /// Whether another operation of the path has its 405 shown by several methods already.
    path_is_shown: bool,
}

impl<'a> Plan<'a> {
    /// The plan for these specs; `recorded` are exchanges that may show how good requests look.
    pub fn of(specs: &'a [Spec], recorded: &[Exchange], options: &Options) -> Self {
        let recorded = base::recorded(specs, recorded);
        let mut cases = Vec::new();
        for spec in specs {
            let slips = Slips::new(spec);
            let made = links::made(spec);
            let mut shown: Vec<&str> = Vec::new();
            for operation in &spec.operations {
                let known = recorded.get(&std::ptr::from_ref(operation)).copied();
                let base = Base::of(specs, spec, operation, known, &made, options);
                let recipes = match &base {
                    Ok(base) => {
                        let path_is_shown = shown.contains(&operation.path.as_str());
                        if operation.documents(405) {
                            shown.push(&operation.path);
                        }
                        Making {
                            specs,
                            spec,
                            operation,
                            base,
                            slips: &slips,
                            options,
                            path_is_shown,
                        }
                        .recipes()
                    }
                    Err(why) => without_base(operation, why),
                };
                let item = item_of(spec, operation);
                let removable = item.as_ref().is_some_and(|item| is_deletable(spec, item));
                let listed = listed_below(spec, &operation.path);
                let scopes = scopes(spec, &operation.path).map(str::to_owned).collect();
                cases.push(Case {
                    spec,
                    operation,
                    base,
                    recipes,
                    item,
                    removable,
                    listed,
                    scopes,
                });
            }
        }
        let depths = depths(&cases);
        let mut placed: Vec<(usize, Case<'a>)> = depths.into_iter().zip(cases).collect();
        placed.sort_by_key(|(depth, case)| order(case.operation, *depth));
        let cases = placed.into_iter().map(|(_, case)| case).collect();
        Self { specs, cases }
    }

    /// Every recipe with its case.
    pub fn recipes(&self) -> impl Iterator<Item = (&Case<'a>, &Recipe)> {
        self.cases.iter().flat_map(|case| case.recipes.iter().map(move |recipe| (case, recipe)))
    }

    /// Keeps to so many requests: of each documented code the first recipes stay. What does not stay says so.
    pub fn cap(&mut self, most: usize) {
        let mut left = most;
        let deepest = self.cases.iter().map(|case| case.recipes.len()).max().unwrap_or(0);
        let mut stays: Vec<Vec<bool>> =
            self.cases.iter().map(|case| vec![false; case.recipes.len()]).collect();
        let ranks: Vec<Vec<usize>> = self.cases.iter().map(Case::ranks).collect();
        for round in 0..deepest {
            for (case, ranks) in ranks.iter().enumerate() {
                for (recipe, _) in ranks.iter().enumerate().filter(|(_, rank)| **rank == round) {
                    let cost = self.cases[case].recipes[recipe].cost();
                    stays[case][recipe] = cost <= left;
                    left -= if cost <= left { cost } else { 0 };
                }
            }
        }
        for (case, stays) in self.cases.iter_mut().zip(stays) {
            for (recipe, stays) in case.recipes.iter_mut().zip(stays) {
                if !stays {
                    let why = format!("beyond the {most} requests of `--max-requests`");
                    recipe.step = Step::Leave(why);
                }
            }
        }
    }
}

impl Case<'_> {
    /// Whether its method may change something.
    pub fn is_unsafe(&self) -> bool {
        !is_safe(&self.operation.method)
    }

    /// The place of each recipe among those for the same code.
    fn ranks(&self) -> Vec<usize> {
        let mut counts: BTreeMap<CodePattern, usize> = BTreeMap::new();
        let rank = |recipe: &Recipe| {
            let count = counts.entry(recipe.code).or_default();
            *count += 1;
            *count - 1
        };
        self.recipes.iter().map(rank).collect()
    }
}

impl Recipe {
    /// How many requests it has.
    pub fn cost(&self) -> usize {
        match self.step {
            Step::Send(_) | Step::Again => 1,
            Step::Burst(times) => times as usize,
            Step::Leave(_) => 0,
        }
    }

    /// Whether what it sends may change something.
    pub fn is_unsafe(&self, case: &Case<'_>) -> bool {
        match &self.step {
            Step::Send(request) => !is_safe(&request.method),
            Step::Again | Step::Burst(_) => case.is_unsafe(),
            Step::Leave(_) => false,
        }
    }

    /// Whether what it sends may make something.
    pub fn may_create(&self, case: &Case<'_>) -> bool {
        self.is_unsafe(case)
            && self.request().map_or(&case.operation.method, |request| &request.method) != "DELETE"
    }
}

impl Making<'_, '_> {
    fn recipes(&self) -> Vec<Recipe> {
        let mut recipes = Vec::new();
        self.documented(&mut recipes);
        self.constraints(&mut recipes);
        self.relations(&mut recipes);
        self.syntax(&mut recipes);
        self.access(&mut recipes);
        self.absent(&mut recipes);
        self.protocol(&mut recipes);
        self.boundaries(&mut recipes);
        self.unprovoked(&mut recipes);
        name_apart(&mut recipes);
        recipes
    }

    /// The good request itself, with no more than is needed and with everything.
    fn documented(&self, recipes: &mut Vec<Recipe>) {
        let Some(code) = success(self.operation) else { return };
        let mut add = |name: &str, change: &str, request: &Request| {
            let answers = Answers { wanted: (200..300).collect(), ..Answers::default() };
            let step = Step::Send(Box::new(request.clone()));
            let kind = Kind::Documented;
            recipes.push(self.recipe(code, name, change, kind, step, answers));
        };
        add("as documented", "nothing", &self.base.request);
        if let Some(request) = self.base.with_everything(self.spec) {
            add("with every optional field", "every documented field is there", &request);
        }
    }

    /// A recipe with the caller's own credentials.
    fn recipe(
        &self,
        code: CodePattern,
        name: &str,
        change: &str,
        kind: Kind,
        step: Step,
        answers: Answers,
    ) -> Recipe {
        let shows = if self.options.authorised { Shows::Own } else { Shows::Nothing };
        Recipe {
            code,
            name: name.to_owned(),
            change: change.to_owned(),
            kind,
            step,
            shows,
            answers,
            variable: None,
            needs: Vec::new(),
        }
    }

    /// The documented code, of those that a mistake may have, that it is for: the first one, else the range or
    /// `default` that covers the first; with what answers mean.
    fn aim(&self, fitting: &[u16]) -> Option<(CodePattern, Answers)> {
        let named = |code: &&u16| self.operation.documents(**code);
        if let Some(code) = fitting.iter().find(named) {
            // A range or `default` documents the others, too.
            let covered = |code: &&u16| self.operation.promise(**code).is_some();
            let also = fitting.iter().filter(|other| *other != code).filter(covered).copied();
            let answers =
                Answers { wanted: vec![*code], also: also.collect(), ..Answers::default() };
            return Some((CodePattern::Code(*code), answers));
        }
        let first = *fitting.first()?;
        let Some(covering) = self.operation.promise(first) else {
            // A mistake is one whether or not the document says what comes of it: the judge tells of the code.
            // A code of its own for some mistakes is as good.
            let of_others = [401, 403, 404, 405, 406, 429];
            let also = (400..500)
                .filter(|code| self.operation.documents(*code) && !of_others.contains(code));
            let answers =
                Answers { wanted: fitting.to_vec(), also: also.collect(), ..Answers::default() };
            return Some((CodePattern::Code(first), answers));
        };
        let wanted = (400..500).filter(|code| {
            fitting.contains(code)
                || (self.operation.promise(*code).is_some_and(|one| one.code == covering.code)
                    && ![401, 403, 404, 405, 429].contains(code))
        });
        Some((covering.code, Answers { wanted: wanted.collect(), ..Answers::default() }))
    }

    /// The documented code or range for just this code; where there is none, the code itself.
    fn pattern(&self, code: u16) -> CodePattern {
        self.operation.promise(code).map_or(CodePattern::Code(code), |promise| promise.code)
    }
}

/// The code of success: the lowest 2xx, or the range of them.
fn success(operation: &Operation) -> Option<CodePattern> {
    let of_success = |code: &CodePattern| match code {
        CodePattern::Code(code) => (200..300).contains(code),
        CodePattern::Range(class) => *class == 2,
        CodePattern::Default => false,
    };
    operation.promises.iter().map(|promise| promise.code).filter(of_success).min()
}

/// Of an operation that no request can be made for, every code with the reason.
fn without_base(operation: &Operation, why: &str) -> Vec<Recipe> {
    let codes = operation.promises.iter().map(|promise| promise.code);
    let codes = codes.filter(|code| *code != CodePattern::Default);
    codes
        .map(|code| Recipe {
            code,
            name: "none".to_owned(),
            change: "no good request could be made".to_owned(),
            kind: Kind::Unprovoked,
            step: Step::Leave(format!("no good request could be made: {why}")),
            shows: Shows::Nothing,
            answers: Answers::default(),
            variable: None,
            needs: vec!["a recorded exchange of the operation (`--from`)".to_owned()],
        })
        .collect()
}

/// Names are told apart by a number where they are the same.
fn name_apart(recipes: &mut [Recipe]) {
    let mut known: BTreeMap<(CodePattern, String), usize> = BTreeMap::new();
    for recipe in recipes {
        let times = known.entry((recipe.code, recipe.name.clone())).or_default();
        *times += 1;
        if *times > 1 {
            recipe.name = format!("{} ({times})", recipe.name);
        }
    }
}

/// The template of the items of a collection: the documented path one variable below its own, or below its word in
/// the singular (`/silences`, `/silence/{id}`).
fn item_below<'s>(spec: &'s Spec, collection: &str) -> Option<&'s str> {
    let own = collection.trim_end_matches('/');
    let (above, word) = own.rsplit_once('/')?;
    let is_item = |path: &str| {
        let (collection, variable) = path.trim_end_matches('/').rsplit_once('/')?;
        let is_variable = variable.starts_with('{') && variable.ends_with('}');
        let (other_above, other) = collection.rsplit_once('/')?;
        let same = other_above == above && !word.is_empty() && singular(other) == singular(word);
        (is_variable && same && !variable[1..].contains('{')).then_some(other == word)
    };
    let items = spec.operations.iter().filter_map(|one| Some((is_item(&one.path)?, &one.path)));
    items.max_by_key(|(exact, _)| *exact).map(|(_, path)| path.as_str())
}

/// The template of the items that a list shows: documented by itself, or as the beginning of a longer path.
fn listed_below(spec: &Spec, collection: &str) -> Option<String> {
    let begins = format!("{}/{{", collection.trim_end_matches('/'));
    let cut = |path: &str| {
        let rest = path.strip_prefix(&begins)?;
        let variable = rest.split('/').next().filter(|variable| variable.ends_with('}'))?;
        Some(format!("{begins}{variable}"))
    };
    let exact = item_below(spec, collection).map(str::to_owned);
    exact.or_else(|| spec.operations.iter().find_map(|one| cut(&one.path)))
}

/// The beginnings of a path that end in a variable which no operation lists or answers (`/v1/{project_id}`): whatever
/// is made below one is found below the same one alone.
fn scopes<'p>(spec: &Spec, path: &'p str) -> impl Iterator<Item = &'p str> {
    let is_documented = |path: &str| {
        let path = path.trim_end_matches('/');
        spec.operations.iter().any(|one| one.path.trim_end_matches('/') == path)
    };
    let beginnings = path.match_indices("}/").map(|(at, _)| &path[..=at]);
    beginnings.filter(move |scope| {
        let (above, last) = scope.rsplit_once('/').unwrap_or_default();
        last.starts_with('{') && !is_documented(scope) && !is_documented(above)
    })
}

/// The template of what an operation makes.
fn item_of(spec: &Spec, operation: &Operation) -> Option<String> {
    let item = item_below(spec, &operation.path).filter(|_| operation.method == "POST");
    item.map(str::to_owned)
}

/// A word without the ending of its plural.
fn singular(word: &str) -> &str {
    let shorter = word.strip_suffix("ies").or_else(|| word.strip_suffix("es"));
    let shorter = shorter.or_else(|| word.strip_suffix(['s', 'y', 'e']));
    shorter.filter(|shorter| shorter.len() > 2 && !shorter.ends_with('}')).unwrap_or(word)
}

pub(super) fn is_deletable(spec: &Spec, item: &str) -> bool {
    spec.operations.iter().any(|other| other.method == "DELETE" && other.path == item)
}

/// Operations in the order in which resources come to be, are looked at and go.
fn order(operation: &Operation, depth: usize) -> (u8, usize, usize, u8) {
    let variables = operation.path.matches('{').count();
    let rank = match operation.method.as_str() {
        "POST" => 0,
        "GET" => 1,
        "HEAD" | "OPTIONS" => 2,
        "DELETE" => 4,
        _ => 3,
    };
    // What names another thing goes before it.
    let depth = if rank == 4 { DEEPEST - depth.min(DEEPEST) } else { depth };
    (u8::from(rank == 4), depth, variables, rank)
}

/// How many things have to be made before each case's own: what its body names, and what those name.
fn depths(cases: &[Case<'_>]) -> Vec<usize> {
    let mut depths = vec![0; cases.len()];
    if cases.iter().all(|case| case.base.as_ref().is_ok_and(|base| base.links.is_empty())) {
        return depths;
    }
    let mut makers: BTreeMap<(*const Spec, &str), usize> = BTreeMap::new();
    for (place, case) in cases.iter().enumerate() {
        if let Some(item) = &case.item {
            makers.entry((std::ptr::from_ref(case.spec), item)).or_insert(place);
        }
    }
    for _ in 0..DEEPEST {
        for (place, case) in cases.iter().enumerate() {
            let of = |item: &str| makers.get(&(std::ptr::from_ref(case.spec), item)).copied();
            let links = case.base.iter().flat_map(|base| &base.links);
            let before = links.filter_map(|link| of(&link.item)).filter(|maker| *maker != place);
            // What is below a thing comes after it.
            let path = case.operation.path.as_str();
            let ends = path.match_indices('}').map(|(at, _)| &path[..=at]);
            let above = ends.filter_map(|path| of(path).or_else(|| of(&format!("{path}/"))));
            let least = before.map(|maker| depths[maker] + 1).max().unwrap_or(0);
            let least = above
                .filter(|maker| *maker != place)
                .map(|maker| depths[maker])
                .fold(least, usize::max);
            depths[place] = least.min(DEEPEST);
        }
    }
    depths
}
