//! Resources that are known to exist, by the template of their path.

use crate::check::with_segment;
use crate::exchange::{Exchange, Request};
use crate::spec::{Route, Spec, route};
use std::collections::BTreeMap;

/// A resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thing {
    /// Values of the template's variables.
    pub(super) values: BTreeMap<String, String>,
    /// Whether the probe made it itself.
    pub(super) is_own: bool,
    /// The tag of the version that was seen last.
    pub(super) tag: Option<String>,
}

/// The resources of a run.
#[derive(Debug, Default)]
pub(super) struct Pool {
    things: BTreeMap<(usize, String), Vec<Thing>>,
}

impl Pool {
    /// What recorded exchanges show to exist.
    pub(super) fn recorded(specs: &[Spec], recorded: &[Exchange]) -> Self {
        let mut pool = Self::default();
        for exchange in recorded {
            let status = exchange.response.as_ref().map_or(0, |response| response.status);
            let Route::Operation(routed) = route(specs, &exchange.request) else { continue };
            let goes = exchange.request.method == "DELETE";
            if goes || !(200..300).contains(&status) || routed.path_values.is_empty() {
                continue;
            }
            let values = routed.path_values.iter().cloned().collect();
            pool.add(
                place(specs, routed.spec),
                &routed.operation.path,
                Thing { values, is_own: false, tag: None },
            );
        }
        pool
    }

    pub(super) fn add(&mut self, spec: usize, template: &str, thing: Thing) {
        let things = self.things.entry(key(spec, template)).or_default();
        if !things.iter().any(|known| known.values == thing.values) {
            // What was made here comes first.
            let at = if thing.is_own { 0 } else { things.len() };
            things.insert(at, thing);
        }
    }

    pub(super) fn remove(
        &mut self,
        spec: usize,
        template: &str,
        values: &BTreeMap<String, String>,
    ) {
        if let Some(things) = self.things.get_mut(&key(spec, template)) {
            things.retain(|thing| thing.values != *values);
        }
    }

    /// Notes the version of a thing that is known.
    pub(super) fn tag(
        &mut self,
        spec: usize,
        template: &str,
        values: &BTreeMap<String, String>,
        tag: &str,
    ) {
        let things = self.things.get_mut(&key(spec, template)).into_iter().flatten();
        for thing in things.filter(|thing| thing.values == *values) {
            thing.tag = Some(tag.to_owned());
        }
    }

    /// The resource that a path leads to, or the deepest one on its way. What may change something gets its own only.
    pub(super) fn of(&self, spec: usize, path: &str, own: bool) -> Option<&Thing> {
        let mut template = path.trim_end_matches('/');
        loop {
            let known = self.things.get(&key(spec, template)).into_iter().flatten();
            let is_above = variables(template).count() < variables(path).count();
            let mut known = known.filter(|thing| thing.is_own || !own || is_above);
            if let Some(thing) = known.next() {
                return Some(thing);
            }
            template = template
                .rsplit_once('/')
                .map(|(rest, _)| rest)
                .filter(|rest| rest.contains('{'))?;
        }
    }

    /// Whether there is one just at this path.
    pub(super) fn has(&self, spec: usize, path: &str, own: bool) -> bool {
        let known = self.things.get(&key(spec, path)).into_iter().flatten();
        known.filter(|thing| thing.is_own || !own).count() > 0
    }
}

/// Where things of a template are kept: `/crates/{id}/` is the path of the same ones as `/crates/{id}`.
fn key(spec: usize, template: &str) -> (usize, String) {
    (spec, template.trim_end_matches('/').to_owned())
}

/// The position of a spec.
pub(super) fn place(specs: &[Spec], spec: &Spec) -> usize {
    specs.iter().position(|other| std::ptr::eq(other, spec)).unwrap_or(0)
}

/// Puts a resource's values into the path of a request, but for one variable.
pub(super) fn bind(
    request: &mut Request,
    path: &str,
    values: &BTreeMap<String, String>,
    but: Option<&str>,
) {
    for (name, text) in values.iter().filter(|(name, _)| Some(name.as_str()) != but) {
        if let Some(target) = with_segment(&request.target, path, name, text) {
            request.target = target;
        }
    }
}

/// The values of a path's variables in a request.
pub(super) fn values(specs: &[Spec], request: &Request) -> BTreeMap<String, String> {
    match route(specs, request) {
        Route::Operation(routed) => routed.path_values.into_iter().collect(),
        Route::OtherMethod(others) => {
            others.first().map(|one| one.path_values.iter().cloned().collect()).unwrap_or_default()
        }
        Route::Unknown => BTreeMap::new(),
    }
}

/// Names of the variables of a path that are whole segments.
pub(super) fn variables(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}
