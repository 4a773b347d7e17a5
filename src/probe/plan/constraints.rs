//! One constraint of a parameter, or of the body, is broken.

use super::{Answers, Kind, Making, Recipe, Step, base};
use crate::check::{Mistake, Slip, with_query_text, with_segment, without_query};
use crate::exchange::{Body, Request, pointer_name};
use crate::spec::{CodePattern, Parameter, Place, Route, Routed, Sent, Style, route};

/// Header parameters that OpenAPI 3.1 (section 4.8.12.1) leaves to other parts of a document.
const NOT_PARAMETERS: [&str; 3] = ["accept", "authorization", "content-type"];

/// The codes that a request deserves that can't be understood.
pub(super) const REFUSED: [u16; 2] = [400, 422];

/// Kinds of mistakes in the order of the plan: what most services look at comes first.
pub(super) fn word(mistake: Mistake) -> &'static str {
    match mistake {
        Mistake::RequiredFieldRemoved | Mistake::ParameterMissing => "missing",
        Mistake::WrongType => "wrong-type",
        Mistake::NullNotAllowed => "null",
        Mistake::StringTooLong => "too-long",
        Mistake::StringTooShort => "too-short",
        Mistake::NumberOutOfRange => "out-of-range",
        Mistake::NotAMultiple => "not-a-multiple",
        Mistake::EnumValueOut => "outside-enum",
        Mistake::ConstChanged => "not-the-constant",
        Mistake::PatternBroken => "pattern",
        Mistake::FormatBroken => "format",
        Mistake::ArrayTooLong => "too-many-items",
        Mistake::ArrayTooShort => "too-few-items",
        Mistake::DuplicateItems => "duplicate-items",
        Mistake::ExtraField => "extra-field",
        Mistake::WrongDiscriminator => "discriminator",
        other => other.id(),
    }
}

impl Making<'_, '_> {
    pub(super) fn constraints(&self, recipes: &mut Vec<Recipe>) {
        if let Some((code, answers)) = self.aim(&REFUSED) {
            let answers = Answers { unclear: vec![403, 409, 413], ..answers };
            self.body(code, &answers, recipes);
            self.parameters(code, &answers, recipes);
        }
    }

    fn body(&self, code: CodePattern, answers: &Answers, recipes: &mut Vec<Recipe>) {
        let required = self.operation.body.as_ref().is_some_and(|body| body.required);
        if required && !self.base.request.body.is_empty() {
            let mut request = self.base.request.clone();
            request.body = Body::Empty;
            request.headers.remove("content-type");
            let answers = Answers {
                also: with(answers, &[411, 415].map(|code| (code, self.operation.documents(code)))),
                ..answers.clone()
            };
            recipes.push(self.broken(code, "missing body", "no body", request, &answers));
        }
        if self.base.form.is_some() {
            return self.fields(code, answers, recipes);
        }
        for (slip, value) in self.slips() {
            let name = format!("{} body:{}", word(slip.mistake), slip.at);
            let mut answers = answers.clone();
            if refers(&slip.at) {
                answers.unclear.push(404);
            }
            let Some(request) = self.base.with_body(self.spec, &value) else { continue };
            recipes.push(self.broken(code, &name, &slip.what, request, &answers));
        }
    }

    /// Mistakes in the body, each with the smallest body that has it.
    fn slips(&self) -> Vec<(Slip, serde_json::Value)> {
        let (Some(schema), Some(body)) = (&self.base.schema, &self.base.body) else {
            return Vec::new();
        };
        let mut found: Vec<(Slip, serde_json::Value)> = Vec::new();
        for slip in self.slips.of_value(schema, body) {
            let value = slip.value.clone();
            found.push((slip, value));
        }
        let Some(full) = self.base.full.as_ref().filter(|full| full.is_object()) else {
            return found;
        };
        for slip in self.slips.of_value(schema, full) {
            let first = slip.at.split('/').nth(1).map(pointer_name);
            let Some(member) = first.filter(|member| body.get(&**member).is_none()) else {
                // A part of what is in the good body, too: below a member that is smaller there.
                if !found
                    .iter()
                    .any(|(known, _)| known.mistake == slip.mistake && known.at == slip.at)
                {
                    self.deeper(&slip, &mut found);
                }
                continue;
            };
            let right = self.base.spliced(&member, full);
            if right.is_some_and(|right| base::keeps(self.spec, schema, &right))
                && let Some(value) = self.base.spliced(&member, &slip.value)
            {
                found.push((slip, value));
            }
        }
        found
    }

    /// A mistake below a member that the good body has, too, with less in it.
    fn deeper(&self, slip: &Slip, found: &mut Vec<(Slip, serde_json::Value)>) {
        let (Some(schema), Some(full)) = (&self.base.schema, &self.base.full) else { return };
        let Some(member) = slip.at.split('/').nth(1).map(pointer_name) else { return };
        if slip.at.matches('/').count() < 2 {
            return;
        }
        let right = self.base.spliced(&member, full);
        if right.is_some_and(|right| base::keeps(self.spec, schema, &right))
            && let Some(value) = self.base.spliced(&member, &slip.value)
            && !base::keeps(self.spec, schema, &value)
        {
            found.push((slip.clone(), value));
        }
    }

    fn parameters(&self, code: CodePattern, answers: &Answers, recipes: &mut Vec<Recipe>) {
        for parameter in &self.operation.parameters {
            if self.is_of_another_part(parameter) {
                continue;
            }
            let name = parameter.name.as_str();
            let at = format!("{}:{name}", parameter.place);
            let wide = self.base.wide.as_deref();
            let mut known = [Some(&self.base.request), wide].into_iter().flatten();
            let Some(there) = known.find_map(|request| self.text_of(request, parameter)) else {
                continue;
            };
            if parameter.required && parameter.place != Place::Path {
                let mut request = self.base.request.clone();
                match parameter.place {
                    Place::Query => request.target = without_query(&request.target, name),
                    Place::Cookie => base::set_cookie(&mut request, name, None),
                    _ => request.headers.remove(name),
                }
                let recipe = format!("missing {at}");
                let conditions = ["if-match", "if-unmodified-since"];
                let is_condition = conditions.iter().any(|other| name.eq_ignore_ascii_case(other));
                let own =
                    [412, 428].map(|code| (code, is_condition && self.operation.documents(code)));
                let answers = Answers { also: with(answers, &own), ..answers.clone() };
                recipes.push(self.broken(code, &recipe, "left out", request, &answers));
            }
            let (Some(schema), None) = (&parameter.schema, &parameter.media_type) else { continue };
            for (mistake, text) in self.slips.of_text(schema, &there) {
                let mut request = self.base.request.clone();
                if !put(&mut request, &self.operation.path, parameter, &text)
                    || self.routed(&request).is_none()
                {
                    continue;
                }
                let shown: String = text.chars().take(40).collect();
                let recipe = format!("{} {at}", word(mistake));
                let mut answers = answers.clone();
                if parameter.place == Place::Path {
                    let codes = [404, 403, 410].map(|code| (code, self.operation.documents(code)));
                    answers.also = with(&answers, &codes);
                    answers.unclear.push(404);
                }
                let change = format!("`{shown}` in its place");
                let mut recipe = self.broken(code, &recipe, &change, request, &answers);
                recipe.variable = (parameter.place == Place::Path).then(|| name.to_owned());
                recipes.push(recipe);
            }
        }
    }

    pub(super) fn broken(
        &self,
        code: CodePattern,
        name: &str,
        change: &str,
        request: Request,
        answers: &Answers,
    ) -> Recipe {
        let step = Step::Send(Box::new(request));
        self.recipe(code, name, change, Kind::Constraint, step, answers.clone())
    }

    /// The operation that a request goes to, where it is this one.
    pub(super) fn routed<'r>(&self, request: &'r Request) -> Option<Routed<'r>>
    where
        Self: 'r,
    {
        match route(self.specs, request) {
            Route::Operation(routed) if std::ptr::eq(routed.operation, self.operation) => {
                Some(routed)
            }
            _ => None,
        }
    }

    /// The text of a parameter that is one text, once in the request.
    fn text_of(&self, request: &Request, parameter: &Parameter) -> Option<String> {
        let Route::Operation(routed) = route(self.specs, request) else { return None };
        let plain = matches!(parameter.style, Style::Simple | Style::Form);
        match Sent::of(&routed, request).texts(parameter.place, &parameter.name).as_slice() {
            [text] if plain => Some(text.clone()),
            _ => None,
        }
    }

    /// Parameters that are credentials, select the operation, share their name, or are left to other parts of the
    /// document.
    fn is_of_another_part(&self, parameter: &Parameter) -> bool {
        let name = parameter.name.as_str();
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let mut bare = self.base.request.clone();
        base::strip(self.spec, self.operation, self.options, &mut bare);
        let credential = parameter.place == Place::Header
            && (self.base.request.headers.contains(name) && !bare.headers.contains(name)
                || self.options.credential_headers.iter().any(|header| is(header)));
        let selects = self.operation.selector.as_ref().is_some_and(|selector| {
            selector.query.as_deref() == Some(name) || selector.header.as_deref().is_some_and(is)
        });
        let same = self.operation.parameters.iter().filter(|other| {
            other.place == parameter.place
                && (other.name == parameter.name || self.is_spread(other))
        });
        credential
            || selects
            || same.filter(|other| !std::ptr::eq(*other, parameter)).count() > 0
            || (parameter.place == Place::Cookie
                && !bare.headers.text("cookie").is_some_and(|all| has_cookie(all, name))
                && self.base.request.headers.contains("cookie"))
            || (parameter.place == Place::Header && NOT_PARAMETERS.iter().any(|other| is(other)))
    }

    /// Whether an object's members may be pairs of their own.
    fn is_spread(&self, parameter: &Parameter) -> bool {
        let schema = parameter.schema.as_ref().and_then(|schema| self.spec.schema(schema));
        parameter.explode
            && schema
                .is_some_and(|schema| schema["type"] == "object" || !schema["properties"].is_null())
    }
}

/// The further codes with those that are documented of some.
fn with(answers: &Answers, codes: &[(u16, bool)]) -> Vec<u16> {
    let more = codes.iter().filter(|(_, documented)| *documented).map(|(code, _)| *code);
    answers.also.iter().copied().chain(more).collect()
}

/// Whether a member names something that exists or does not.
pub(in crate::probe) fn refers(at: &str) -> bool {
    let name =
        at.rsplit(['/', ':']).find(|part| part.parse::<usize>().is_err()).unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    lower == "id"
        || lower.ends_with("_id")
        || lower.ends_with("_ids")
        || name.ends_with("Id")
        || name.ends_with("Ids")
        || name.ends_with("ID")
        || ["ref", "uuid", "arn", "url", "uri", "href", "urn"]
            .iter()
            .any(|word| lower.ends_with(word))
}

/// Puts another text in the place of a parameter.
pub(super) fn put(request: &mut Request, path: &str, parameter: &Parameter, text: &str) -> bool {
    let name = parameter.name.as_str();
    match parameter.place {
        Place::Query => request.target = with_query_text(&request.target, name, text),
        Place::Header => request.headers.set(name, text),
        Place::Path => match with_segment(&request.target, path, name, text) {
            Some(target) => request.target = target,
            None => return false,
        },
        Place::Cookie => {
            let fits = text.bytes().all(|b| b.is_ascii_graphic() && !b"\";,\\".contains(&b));
            if !fits {
                return false;
            }
            base::set_cookie(request, name, Some(text));
        }
    }
    true
}

fn has_cookie(all: &str, name: &str) -> bool {
    all.split(';').any(|pair| pair.trim().split('=').next() == Some(name))
}
