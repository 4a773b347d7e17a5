use super::super::defaults::SELECTING_HEADERS;
use super::words::{Bind, BodyKind, Name};
use super::{Matchers, Rules};
use crate::exchange::Request;
use crate::spec::{Route, route};

/// How a header counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum HeaderRole {
    /// Not at all.
    Ignored,
    /// Its values must be equal.
    Required,
    /// It must be there, or not.
    Present,
}

/// The rules that are in force for one request.
#[derive(Debug)]
pub struct InForce<'a> {
    general: &'a Matchers,
    /// Those for its operation, in order.
    scoped: Vec<&'a Matchers>,
}

impl Rules {
    /// The rules in force for a request; `path` is its path, percent-encoding undone.
    pub(in super::super) fn in_force(&self, request: &Request, path: &str) -> InForce<'_> {
        if self.operations.is_empty() {
            return InForce { general: &self.general, scoped: Vec::new() };
        }
        let operation = match route(&self.specs, request) {
            Route::Operation(routed) => routed.operation.id.as_str(),
            Route::OtherMethod(_) | Route::Unknown => "",
        };
        let fits = |scope: &super::Scope| {
            scope.fits(&request.method, path)
                || (!operation.is_empty() && scope.as_str() == operation)
        };
        let scoped = self.operations.iter().filter(|(scope, _)| fits(scope));
        InForce { general: &self.general, scoped: scoped.map(|(_, matchers)| matchers).collect() }
    }
}

impl<'a> InForce<'a> {
    /// Those for the operation first, the last of them before the others.
    fn all(&self) -> impl Iterator<Item = &'a Matchers> + '_ {
        self.scoped.iter().rev().copied().chain([self.general])
    }

    /// What is in one list of each.
    pub(in super::super) fn each<T: 'a>(
        &self,
        list: impl Fn(&'a Matchers) -> &'a [T],
    ) -> impl Iterator<Item = &'a T> {
        self.all().flat_map(list)
    }

    /// Whether a name is in one list of any.
    pub(in super::super) fn named(
        &self,
        name: &str,
        list: impl Fn(&'a Matchers) -> &'a [Name],
    ) -> bool {
        self.each(list).any(|known| known.fits(name))
    }

    /// Whether headers count as they do without rules.
    pub(in super::super) fn has_header_rules(&self) -> bool {
        let any = |m: &Matchers| {
            !(m.ignore_header.is_empty()
                && m.require_header.is_empty()
                && m.present_header.is_empty())
        };
        self.all().any(any)
    }

    /// How a header counts, by its name in lower case. Of several rules for a name those for the
    /// operation go first, then exact names, then required before present before ignored.
    pub(in super::super) fn header_role(&self, name: &str) -> HeaderRole {
        for matchers in self.all() {
            for exact in [true, false] {
                for (list, role) in [
                    (&matchers.require_header, HeaderRole::Required),
                    (&matchers.present_header, HeaderRole::Present),
                    (&matchers.ignore_header, HeaderRole::Ignored),
                ] {
                    if list.iter().any(|known| known.is_exact() == exact && known.fits(name)) {
                        return role;
                    }
                }
            }
        }
        if SELECTING_HEADERS.contains(&name) { HeaderRole::Required } else { HeaderRole::Ignored }
    }

    /// How the body is compared.
    pub(in super::super) fn body(&self) -> BodyKind {
        self.all().find_map(|matchers| matchers.body).unwrap_or_default()
    }

    /// The values of the request that travel.
    pub fn binds(&self) -> impl Iterator<Item = &'a Bind> {
        self.each(|matchers| &matchers.bind)
    }
}
