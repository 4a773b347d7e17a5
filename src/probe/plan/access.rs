//! Who asks: nobody, somebody with credentials that nobody gave out, somebody with fewer rights.

use super::{Answers, Kind, Making, Recipe, Step, base};
use crate::exchange::Request;
use crate::live::Shows;
use crate::spec::{CodePattern, Place, SecurityScheme};

/// What stands where a token is wanted.
const GARBLED: &str = "testimony-garbled";

impl Making<'_, '_> {
    pub(super) fn access(&self, recipes: &mut Vec<Recipe>) {
        self.unauthorised(recipes);
        self.forbidden(recipes);
    }

    fn unauthorised(&self, recipes: &mut Vec<Recipe>) {
        let alternatives = &self.operation.security;
        let is_asked =
            !alternatives.is_empty() && alternatives.iter().all(|one| !one.schemes.is_empty());
        if !self.operation.documents(401) && (!is_asked || self.operation.documents(403)) {
            return;
        }
        let code = self.pattern(401);
        let documented = |code: &u16| self.operation.documents(*code);
        let asked = &self.operation.security;
        let anonymous = asked.iter().any(|alternative| alternative.schemes.is_empty());
        let taken = if anonymous {
            Some("the document allows requests without credentials")
        } else if asked.is_empty() && !self.asks_in_a_header() {
            // A login documents 401 and asks for nothing.
            Some("the document does not say that the operation asks for credentials")
        } else {
            None
        };
        let is_named = self.operation.documents(401);
        let answers = Answers {
            // Where the document names no code for it, either says it.
            wanted: if is_named { vec![401] } else { vec![401, 403] },
            also: [403].into_iter().filter(documented).collect(),
            taken,
            ..Answers::default()
        };
        let mut bare = self.base.request.clone();
        base::strip(self.spec, self.operation, self.options, &mut bare);
        let mut add =
            |name: &str, change: &str, kind, shows, request: &Request, answers: &Answers| {
                let step = Step::Send(Box::new(request.clone()));
                let recipe = self.recipe(code, name, change, kind, step, answers.clone());
                recipes.push(Recipe { shows, ..recipe });
            };
        let none = Kind::NoCredentials;
        if !self.options.authorised && bare == self.base.request {
            let why = "the document names no credentials that could be left out; `--auth` does";
            let answers = Answers::default();
            if !is_named {
                return;
            }
            let step = Step::Leave(why.to_owned());
            let mut recipe = self.recipe(code, "no credentials", "left out", none, step, answers);
            recipe.needs.push("`--auth`".to_owned());
            recipes.push(recipe);
            return;
        }
        add("no credentials", "left out", none, Shows::Nothing, &bare, &answers);
        if !self.options.authorised {
            return;
        }
        let answers =
            Answers { also: [403, 400].into_iter().filter(documented).collect(), ..answers };
        let wrong = Kind::WrongCredentials;
        if let Some(request) = self.garbled(&bare) {
            let change = "a text in their place that is none";
            add("garbled credentials", change, wrong, Shows::Nothing, &request, &answers);
        }
        let change = "others of the same form, which nobody gave out";
        add("wrong credentials", change, wrong, Shows::Wrong, &bare, &answers);
        if self.options.signed {
            let change = "signed a day ago";
            add("expired credentials", change, wrong, Shows::Expired, &bare, &answers);
        }
    }

    /// Whether a parameter that is required is the header that carries the credentials.
    fn asks_in_a_header(&self) -> bool {
        let carries = |name: &str| {
            let is = |header: &String| header.eq_ignore_ascii_case(name);
            self.options.credential_headers.iter().any(is)
        };
        let headers = self.operation.parameters.iter().filter(|p| p.place == Place::Header);
        headers.into_iter().any(|parameter| parameter.required && carries(&parameter.name))
    }

    /// The request with a text that is no credential where one is wanted.
    fn garbled(&self, bare: &Request) -> Option<Request> {
        let header = self.options.credential_headers.first()?;
        let mut request = bare.clone();
        let value = if header.eq_ignore_ascii_case("authorization") {
            let schemes = self.operation.security.iter().flat_map(|one| &one.schemes);
            let schemes = schemes.filter_map(|name| self.spec.security_schemes.get(name));
            let word = schemes.filter_map(|scheme| match scheme {
                SecurityScheme::Http { scheme } if scheme == "basic" => Some("Basic"),
                _ => None,
            });
            format!("{} {GARBLED}", word.into_iter().next().unwrap_or("Bearer"))
        } else {
            GARBLED.to_owned()
        };
        request.headers.set(header, value);
        Some(request)
    }

    fn forbidden(&self, recipes: &mut Vec<Recipe>) {
        if !self.operation.documents(403) {
            return;
        }
        let step = if self.options.other {
            Step::Send(Box::new(self.base.request.clone()))
        } else {
            Step::Leave("it needs a second identity with fewer rights".to_owned())
        };
        let own = self.operation.path.contains('{') || self.operation.method != "GET";
        let answers = Answers {
            wanted: vec![403],
            also: [404].into_iter().filter(|code| self.operation.documents(*code)).collect(),
            unclear: vec![401, 400, 409, 422],
            taken: (!own || self.operation.security.is_empty())
                .then_some("the second identity may do this"),
        };
        let (code, kind) = (CodePattern::Code(403), Kind::OtherIdentity);
        let change = "the credentials of the second identity";
        let recipe = self.recipe(code, "another identity", change, kind, step, answers);
        let needs = vec!["`--auth-other`".to_owned()];
        recipes.push(Recipe { shows: Shows::Other, needs, ..recipe });
    }
}
