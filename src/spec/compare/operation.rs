//! Operations, and what they promise around their schemas.

use super::change::{Found, Impact, Use};
use super::schema::Way;
use super::{Comparer, joined};
use crate::spec::model::{
    CodePattern, HeaderPromise, MediaPromise, Operation, Parameter, Place, Promise, RequestBody,
    SchemaRef,
};
use std::collections::HashSet;

/// Operations that are one before and after: by method and path, whatever its variables are called,
/// else by their name.
pub(super) fn pairs<'a>(
    before: &'a [Operation],
    after: &'a [Operation],
) -> Vec<(Option<&'a Operation>, Option<&'a Operation>)> {
    let key = |operation: &Operation| {
        let selector = operation.selector.as_ref().map(|selector| selector.value.clone());
        (operation.method.clone(), nameless(&operation.path), selector)
    };
    let mut pairs = joined(before, after, key);
    let lone: Vec<&Operation> = pairs
        .iter()
        .filter(|(before, _)| before.is_none())
        .filter_map(|(_, after)| *after)
        .collect();
    let mut moved = HashSet::new();
    for (before, after) in &mut pairs {
        if let (Some(before), None) = (&before, &after) {
            let found = lone.iter().find(|other| other.id == before.id);
            *after = found.copied();
            moved.extend(found.map(|found| std::ptr::from_ref::<Operation>(found)));
        }
    }
    pairs.retain(|(before, after)| {
        before.is_some() || !after.is_some_and(|one| moved.contains(&std::ptr::from_ref(one)))
    });
    pairs
}

/// A path template without the names of its variables.
fn nameless(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for character in path.chars() {
        match character {
            '{' => inside = true,
            '}' => inside = false,
            _ if inside => continue,
            _ => {}
        }
        out.push(character);
    }
    out
}

/// Where a change shows, and the places of both sides.
pub(super) struct Scene<'s> {
    pub operation: &'s str,
    pub place: &'s str,
}

impl Comparer<'_> {
    pub(super) fn note(
        &mut self,
        scene: &Scene<'_>,
        kind: &'static str,
        impact: Impact,
        (before, after): (Option<&str>, Option<&str>),
        what: String,
    ) {
        self.note_at(scene, kind, impact, (before, after), what, "");
    }

    pub(super) fn note_at(
        &mut self,
        scene: &Scene<'_>,
        kind: &'static str,
        impact: Impact,
        (before, after): (Option<&str>, Option<&str>),
        what: String,
        at: &str,
    ) {
        let (before, after) = (before.map(str::to_owned), after.map(str::to_owned));
        let shown = Use {
            operation: scene.operation.to_owned(),
            place: scene.place.to_owned(),
            at: at.to_owned(),
        };
        self.changes.note(Found { kind, impact, what, before, after }, shown);
    }

    pub(super) fn removed(&mut self, gone: &Operation) {
        let scene = Scene { operation: gone.id.as_str(), place: "" };
        let what = format!("`{} {}` is gone", gone.method, gone.path);
        self.note(&scene, "operation-removed", Impact::Breaking, (Some(&gone.pointer), None), what);
    }

    pub(super) fn added(&mut self, new: &Operation) {
        let scene = Scene { operation: new.id.as_str(), place: "" };
        let what = format!("`{} {}` is new", new.method, new.path);
        self.note(&scene, "operation-added", Impact::NonBreaking, (None, Some(&new.pointer)), what);
    }

    pub(super) fn operation(&mut self, before: &Operation, after: &Operation) {
        let name = before.id.as_str();
        let scene = Scene { operation: name, place: "" };
        let both = (Some(before.pointer.as_str()), Some(after.pointer.as_str()));
        if (&before.method, nameless(&before.path)) != (&after.method, nameless(&after.path)) {
            let what = format!(
                "`{} {}` is now `{} {}`",
                before.method, before.path, after.method, after.path
            );
            self.note(&scene, "operation-moved", Impact::Breaking, both, what);
        }
        if before.id != after.id && !has_no_name(before) && !has_no_name(after) {
            let what = format!("is called `{}` now", after.id);
            self.note(&scene, "operation-renamed", Impact::NonBreaking, both, what);
        }
        if after.deprecated && !before.deprecated {
            let what = "is deprecated now".to_owned();
            self.note(&scene, "operation-deprecated", Impact::NonBreaking, both, what);
        }
        self.bases(&scene, before, after);
        self.security(&scene, before, after);
        let key = |parameter: &Parameter| {
            let name = match parameter.place {
                // A variable of the path is known by where it stands.
                Place::Path => position(before, after, parameter),
                Place::Header => parameter.name.to_ascii_lowercase(),
                Place::Query | Place::Cookie => parameter.name.clone(),
            };
            (parameter.place, name)
        };
        for (old, new) in joined(&before.parameters, &after.parameters, key) {
            self.parameter(name, old, new, both);
        }
        self.body(name, before.body.as_ref(), after.body.as_ref(), both);
        self.promises(name, before, after);
    }

    fn bases(&mut self, scene: &Scene<'_>, before: &Operation, after: &Operation) {
        let both = (Some(before.pointer.as_str()), Some(after.pointer.as_str()));
        for gone in before.base_paths.iter().filter(|base| !after.base_paths.contains(base)) {
            let what = format!("is no longer offered below `{gone}/`");
            self.note(scene, "server-removed", Impact::Breaking, both, what);
        }
        for new in after.base_paths.iter().filter(|base| !before.base_paths.contains(base)) {
            let what = format!("is offered below `{new}/`, too");
            self.note(scene, "server-added", Impact::NonBreaking, both, what);
        }
    }

    fn security(&mut self, scene: &Scene<'_>, before: &Operation, after: &Operation) {
        let both = (Some(before.pointer.as_str()), Some(after.pointer.as_str()));
        let words = |operation: &Operation| -> Vec<String> {
            let all = operation.security.iter().map(|one| {
                let mut schemes = one.schemes.clone();
                schemes.sort();
                if schemes.is_empty() { "none".to_owned() } else { schemes.join(" + ") }
            });
            let found: Vec<String> = all.collect();
            if found.is_empty() { vec!["none".to_owned()] } else { found }
        };
        let (old, new) = (words(before), words(after));
        for gone in old.iter().filter(|one| !new.contains(one)) {
            let what = format!("no longer takes authentication `{gone}`");
            self.note(scene, "security-removed", Impact::Breaking, both, what);
        }
        for more in new.iter().filter(|one| !old.contains(one)) {
            let what = format!("takes authentication `{more}`, too");
            self.note(scene, "security-added", Impact::NonBreaking, both, what);
        }
    }

    fn parameter(
        &mut self,
        operation: &str,
        before: Option<&Parameter>,
        after: Option<&Parameter>,
        whole: (Option<&str>, Option<&str>),
    ) {
        let Some(named) = before.or(after) else { return };
        let place = format!("{}:{}", named.place, named.name);
        let scene = Scene { operation, place: &place };
        let shown = format!("{} parameter `{}`", named.place, named.name);
        match (before, after) {
            (Some(before), None) => {
                let places = (Some(before.pointer.as_str()), whole.1);
                let what = format!("{shown} is gone");
                self.note(&scene, "parameter-removed", Impact::Unknown, places, what);
            }
            (None, Some(after)) => {
                let places = (whole.0, Some(after.pointer.as_str()));
                let (impact, how) = if after.required {
                    (Impact::Breaking, "is new and required")
                } else {
                    (Impact::NonBreaking, "is new and optional")
                };
                self.note(&scene, "parameter-added", impact, places, format!("{shown} {how}"));
            }
            (Some(before), Some(after)) => {
                let both = (Some(before.pointer.as_str()), Some(after.pointer.as_str()));
                self.must_be_sent(&scene, (before.required, after.required), both, &shown);
                let written = |one: &Parameter| (one.style, one.explode, one.media_type.clone());
                if written(before) != written(after) {
                    let what = format!("{shown} is written in another way");
                    self.note(&scene, "parameter-style", Impact::Breaking, both, what);
                }
                let schemas = (before.schema.as_ref(), after.schema.as_ref());
                self.schemas(&scene, schemas, both, Way::Request);
            }
            (None, None) => {}
        }
    }

    fn must_be_sent(
        &mut self,
        scene: &Scene<'_>,
        required: (bool, bool),
        both: (Option<&str>, Option<&str>),
        shown: &str,
    ) {
        match required {
            (false, true) => {
                let what = format!("{shown} is required now");
                self.note(scene, "became-required", Impact::Breaking, both, what);
            }
            (true, false) => {
                let what = format!("{shown} is optional now");
                self.note(scene, "became-optional", Impact::NonBreaking, both, what);
            }
            _ => {}
        }
    }

    fn body(
        &mut self,
        operation: &str,
        before: Option<&RequestBody>,
        after: Option<&RequestBody>,
        whole: (Option<&str>, Option<&str>),
    ) {
        let scene = Scene { operation, place: "request" };
        match (before, after) {
            (Some(before), None) => {
                let places = (Some(before.pointer.as_str()), whole.1);
                let what = "the request's body is gone".to_owned();
                self.note(&scene, "body-removed", Impact::Unknown, places, what);
            }
            (None, Some(after)) => {
                let places = (whole.0, Some(after.pointer.as_str()));
                let (impact, how) = if after.required {
                    (Impact::Breaking, "a body is required now")
                } else {
                    (Impact::NonBreaking, "a body may be sent now")
                };
                self.note(&scene, "body-added", impact, places, how.to_owned());
            }
            (Some(before), Some(after)) => {
                let both = (Some(before.pointer.as_str()), Some(after.pointer.as_str()));
                let required = (before.required, after.required);
                self.must_be_sent(&scene, required, both, "the request's body");
                self.media(operation, "request", &before.media, &after.media, both, Way::Request);
            }
            (None, None) => {}
        }
    }

    fn media(
        &mut self,
        operation: &str,
        part: &str,
        before: &[MediaPromise],
        after: &[MediaPromise],
        whole: (Option<&str>, Option<&str>),
        way: Way,
    ) {
        let key = |media: &MediaPromise| media.media_type.replace(' ', "").to_ascii_lowercase();
        for (old, new) in joined(before, after, key) {
            let Some(named) = old.or(new) else { continue };
            let place = format!("{part} {}", named.media_type);
            let scene = Scene { operation, place: &place };
            match (old, new) {
                (Some(old), None) => {
                    let places = (Some(old.pointer.as_str()), whole.1);
                    let what = format!("media type `{}` is gone", old.media_type);
                    self.note(&scene, "media-type-removed", Impact::Breaking, places, what);
                }
                (None, Some(new)) => {
                    let places = (whole.0, Some(new.pointer.as_str()));
                    let what = format!("media type `{}` is new", new.media_type);
                    self.note(&scene, "media-type-added", Impact::NonBreaking, places, what);
                }
                (Some(old), Some(new)) => {
                    let both = (Some(old.pointer.as_str()), Some(new.pointer.as_str()));
                    self.schemas(&scene, (old.schema.as_ref(), new.schema.as_ref()), both, way);
                }
                (None, None) => {}
            }
        }
    }

    fn promises(&mut self, operation: &str, before: &Operation, after: &Operation) {
        for old in &before.promises {
            let new = match old.code {
                CodePattern::Code(code) => after.promise(code),
                pattern => after.promises.iter().find(|promise| promise.code == pattern),
            };
            let code = old.code.to_string();
            let scene = Scene { operation, place: &code };
            let Some(new) = new else {
                let places = (Some(old.pointer.as_str()), Some(after.pointer.as_str()));
                let impact = if code.starts_with('2') { Impact::Breaking } else { Impact::Unknown };
                self.note(&scene, "code-removed", impact, places, format!("`{code}` is gone"));
                continue;
            };
            if new.code != old.code {
                let both = (Some(old.pointer.as_str()), Some(new.pointer.as_str()));
                let what = format!("`{code}` is covered by `{}` now", new.code);
                self.note(&scene, "code-covered", Impact::NonBreaking, both, what);
            }
            self.promise(operation, &code, old, new);
        }
        for new in &after.promises {
            if before.promises.iter().any(|old| old.code == new.code) {
                continue;
            }
            let code = new.code.to_string();
            let scene = Scene { operation, place: &code };
            let places = (Some(before.pointer.as_str()), Some(new.pointer.as_str()));
            // A client that looks for 200 may take another success for a failure.
            let success = code.starts_with('2') && before.promise_of(new.code).is_none();
            let impact = if success { Impact::Unknown } else { Impact::NonBreaking };
            self.note(&scene, "code-added", impact, places, format!("`{code}` is new"));
        }
    }

    fn promise(&mut self, operation: &str, code: &str, before: &Promise, after: &Promise) {
        let both = (Some(before.pointer.as_str()), Some(after.pointer.as_str()));
        let scene = Scene { operation, place: code };
        if before.media.is_empty() && !after.media.is_empty() {
            let what = format!("the body of `{code}` is described now");
            self.note(&scene, "body-added", Impact::NonBreaking, both, what);
        } else if after.media.is_empty() && !before.media.is_empty() {
            let what = format!("the body of `{code}` is described no longer");
            self.note(&scene, "body-removed", Impact::Breaking, both, what);
        } else {
            self.media(operation, code, &before.media, &after.media, both, Way::Response);
        }
        let key = |header: &HeaderPromise| header.name.to_ascii_lowercase();
        for (old, new) in joined(&before.headers, &after.headers, key) {
            self.header(operation, code, old, new, both);
        }
    }

    fn header(
        &mut self,
        operation: &str,
        code: &str,
        before: Option<&HeaderPromise>,
        after: Option<&HeaderPromise>,
        whole: (Option<&str>, Option<&str>),
    ) {
        let Some(named) = before.or(after) else { return };
        let place = format!("{code} header:{}", named.name);
        let scene = Scene { operation, place: &place };
        let shown = format!("header `{}`", named.name);
        match (before, after) {
            (Some(before), None) => {
                let places = (Some(before.pointer.as_str()), whole.1);
                let impact = if before.required { Impact::Breaking } else { Impact::Unknown };
                self.note(&scene, "header-removed", impact, places, format!("{shown} is gone"));
            }
            (None, Some(after)) => {
                let places = (whole.0, Some(after.pointer.as_str()));
                let what = format!("{shown} is new");
                self.note(&scene, "header-added", Impact::NonBreaking, places, what);
            }
            (Some(before), Some(after)) => {
                let both = (Some(before.pointer.as_str()), Some(after.pointer.as_str()));
                if before.required && !after.required {
                    let what = format!("{shown} need not be there any more");
                    self.note(&scene, "became-optional", Impact::Breaking, both, what);
                } else if after.required && !before.required {
                    let what = format!("{shown} is always there now");
                    self.note(&scene, "became-required", Impact::NonBreaking, both, what);
                }
                let schemas = (before.parameter.schema.as_ref(), after.parameter.schema.as_ref());
                self.schemas(&scene, schemas, both, Way::Response);
            }
            (None, None) => {}
        }
    }

    fn schemas(
        &mut self,
        scene: &Scene<'_>,
        (before, after): (Option<&SchemaRef>, Option<&SchemaRef>),
        whole: (Option<&str>, Option<&str>),
        way: Way,
    ) {
        match (before, after) {
            (Some(before), Some(after)) => self.schema_at(scene, before, after, way),
            (None, Some(after)) => {
                let places = (whole.0, Some(after.pointer.as_str()));
                let what = "a schema is given now".to_owned();
                self.note(scene, "schema-added", way.narrowed(), places, what);
            }
            (Some(before), None) => {
                let places = (Some(before.pointer.as_str()), whole.1);
                let what = "no schema is given any more".to_owned();
                self.note(scene, "schema-removed", way.widened(), places, what);
            }
            (None, None) => {}
        }
    }
}

/// Whether an operation's name is made of its method and path.
fn has_no_name(operation: &Operation) -> bool {
    operation.id.as_str() == format!("{} {}", operation.method, operation.path)
}

/// Which variable of the path a parameter is, on whichever side it stands.
fn position(before: &Operation, after: &Operation, parameter: &Parameter) -> String {
    let named = format!("{{{}}}", parameter.name);
    let owner = |operation: &&Operation| {
        operation.parameters.iter().any(|other| std::ptr::eq(other, parameter))
    };
    let path = [before, after].into_iter().find(owner).map_or("", |one| one.path.as_str());
    path.find(&named)
        .map_or_else(|| parameter.name.clone(), |at| path[..at].matches('{').count().to_string())
}

impl Operation {
    /// The promise that covers all codes of a pattern.
    fn promise_of(&self, code: CodePattern) -> Option<&Promise> {
        match code {
            CodePattern::Code(code) => self.promise(code),
            pattern => self
                .promises
                .iter()
                .find(|one| one.code == pattern)
                .or_else(|| self.promises.iter().find(|one| one.code == CodePattern::Default)),
        }
    }
}
