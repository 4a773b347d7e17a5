//! Path templates as a tree of segments: a lookup visits what fits and nothing else.

use super::template::{self, Part, Segment};
use crate::exchange::{Target, percent_decoded};
use crate::spec::model::Operation;
use std::collections::HashMap;

/// Most segments of a path that are looked at: a longer one is documented nowhere.
const DEPTH: usize = 256;

/// Path templates, each with and without the paths of its servers.
#[derive(Debug, Default)]
pub struct Tree {
    with_base: Branch,
    without_base: Branch,
    places: usize,
}

#[derive(Debug, Default)]
struct Branch {
    literals: HashMap<String, Branch>,
    mixed: Vec<(Vec<Part>, Branch)>,
    variable: Option<Box<Branch>>,
    leaves: Vec<Leaf>,
    /// Number of the place, given with the first leaf.
    place: usize,
}

#[derive(Debug)]
struct Leaf {
    operation: usize,
    /// Names of the variables on the way.
    names: Vec<String>,
    /// Pairs that the documented path itself has in a query (`/?Action=Start`).
    query: Vec<(String, String)>,
}

/// How a segment of a template meets one of a path, the least specific first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Met {
    /// As the value of a variable.
    Variable,
    /// As text with variables.
    Mixed,
    /// As the same text.
    Literal,
}

/// An operation whose path fits.
#[derive(Debug, Clone)]
pub struct Match {
    /// Position of the operation.
    pub operation: usize,
    /// Which template it was: equal for operations of one path.
    pub place: usize,
    /// How each segment was met; the greater comes first.
    pub shape: Vec<Met>,
    /// Values of the path's variables.
    pub values: Vec<(String, String)>,
}

impl Tree {
    /// Adds an operation under its path.
    pub fn add(&mut self, index: usize, operation: &Operation) {
        let (path, query) = match operation.path.split_once(['?', '#']) {
            Some((path, query)) => (path, crate::exchange::query_pairs(query)),
            None => (operation.path.as_str(), Vec::new()),
        };
        for base in &operation.base_paths {
            if base.is_empty() {
                continue;
            }
            let whole = format!("{base}{path}");
            self.places += 1;
            self.with_base.add(index, &whole, &query, self.places);
        }
        self.places += 1;
        self.without_base.add(index, path, &query, self.places);
    }

    /// What fits a target's path, most specific first. Paths with a server's path come before those
    /// without.
    pub fn find(&self, target: &Target<'_>) -> Vec<Match> {
        let segments: Vec<String> =
            target.path.split('/').skip(1).take(DEPTH + 1).map(percent_decoded).collect();
        if segments.len() > DEPTH {
            return Vec::new();
        }
        let mut search = Search {
            segments: &segments,
            target,
            values: Vec::new(),
            shape: Vec::new(),
            found: Vec::new(),
        };
        search.descend(&self.with_base, 0);
        search.descend(&self.without_base, 0);
        search.found
    }
}

impl Branch {
    fn add(&mut self, operation: usize, path: &str, query: &[(String, String)], place: usize) {
        let mut names = Vec::new();
        let mut here = self;
        for text in path.split('/').skip(1).take(DEPTH) {
            here = match Segment::parse(text) {
                Segment::Literal(text) => here.literals.entry(text).or_default(),
                Segment::Variable(name) => {
                    names.push(name);
                    here.variable.get_or_insert_default()
                }
                Segment::Mixed(parts) => {
                    names.extend(parts.iter().filter_map(|part| match part {
                        Part::Variable(name) => Some(name.clone()),
                        Part::Text(_) => None,
                    }));
                    here.mixed(parts)
                }
            };
        }
        if here.leaves.is_empty() {
            here.place = place;
        }
        if !here.leaves.iter().any(|leaf| leaf.operation == operation) {
            here.leaves.push(Leaf { operation, names, query: query.to_vec() });
        }
    }

    fn mixed(&mut self, parts: Vec<Part>) -> &mut Self {
        let known = self.mixed.iter().position(|(known, _)| same_shape(known, &parts));
        let at = known.unwrap_or_else(|| {
            let after = |(known, _): &(Vec<Part>, Branch)| {
                template::by_text(known, &parts) != std::cmp::Ordering::Greater
            };
            let at = self.mixed.partition_point(after);
            self.mixed.insert(at, (parts, Branch::default()));
            at
        });
        &mut self.mixed[at].1
    }
}

/// Whether two mixed segments differ in their variables' names alone.
fn same_shape(a: &[Part], b: &[Part]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|pair| match pair {
            (Part::Text(a), Part::Text(b)) => a == b,
            (Part::Variable(_), Part::Variable(_)) => true,
            _ => false,
        })
}

struct Search<'a> {
    segments: &'a [String],
    target: &'a Target<'a>,
    values: Vec<String>,
    shape: Vec<Met>,
    found: Vec<Match>,
}

impl Search<'_> {
    /// Every branch has one way to it, so a search visits each at most once.
    fn descend(&mut self, branch: &Branch, depth: usize) {
        let Some(segment) = self.segments.get(depth) else {
            self.take(branch);
            return;
        };
        if let Some(next) = branch.literals.get(segment) {
            self.step(next, Met::Literal, depth);
        }
        for (parts, next) in &branch.mixed {
            if let Some(values) = template::values(parts, segment) {
                let before = self.values.len();
                self.values.extend(values);
                self.step(next, Met::Mixed, depth);
                self.values.truncate(before);
            }
        }
        if let Some(next) = &branch.variable
            && !segment.is_empty()
        {
            self.values.push(segment.clone());
            self.step(next, Met::Variable, depth);
            self.values.pop();
        }
    }

    fn step(&mut self, next: &Branch, met: Met, depth: usize) {
        self.shape.push(met);
        self.descend(next, depth + 1);
        self.shape.pop();
    }

    fn take(&mut self, branch: &Branch) {
        for leaf in &branch.leaves {
            if leaf.query.is_empty() || {
                let pairs = self.target.query_pairs();
                leaf.query.iter().all(|pair| pairs.contains(pair))
            } {
                self.found.push(Match {
                    operation: leaf.operation,
                    place: branch.place,
                    shape: self.shape.clone(),
                    values: leaf.names.iter().cloned().zip(self.values.iter().cloned()).collect(),
                });
            }
        }
    }
}
