//! Where requests go, and under which URL they are recorded.

use crate::exchange::{Authority, Target};
use crate::net::{Endpoint, Form, without_default};

/// A URL that paths are appended to: `--upstream`, or the right side of `--route`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    endpoint: Endpoint,
    /// Scheme and authority as written, without a default port.
    origin: String,
    /// Path without its last slash; empty for none.
    prefix: String,
}

/// Requests for a host that go elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    host: String,
    port: Option<u16>,
    to: Base,
}

/// Why an argument names no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// Not a URL with a host.
    #[error("`{0}` is not a URL with scheme `http` or `https` and a host")]
    Url(String),
    /// A URL with a query, a fragment or credentials.
    #[error("`{0}` has a part that can't be appended to: query, fragment or credentials")]
    Parts(String),
    /// Not of the form `HOST[:PORT]=URL`.
    #[error("`{0}` is not of the form HOST[:PORT]=URL")]
    Route(String),
}

/// All of it for one recorder.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    /// Where requests in origin form go.
    pub upstream: Option<Base>,
    /// Hosts that are sent elsewhere.
    pub elsewhere: Vec<Route>,
}

/// What is done with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Where it goes.
    pub endpoint: Endpoint,
    /// The request target that is sent.
    pub target: String,
    /// The URL that is recorded.
    pub recorded: String,
}

impl Base {
    /// Reads a URL.
    pub fn parse(text: &str) -> Result<Self, RouteError> {
        let target = Target::parse(text);
        let secure = match target.scheme {
            word if word.eq_ignore_ascii_case("http") => false,
            word if word.eq_ignore_ascii_case("https") => true,
            _ => return Err(RouteError::Url(text.to_owned())),
        };
        if target.query.is_some() || text.contains('#') || target.authority.contains('@') {
            return Err(RouteError::Parts(text.to_owned()));
        }
        let authority = target.authority().ok_or_else(|| RouteError::Url(text.to_owned()))?;
        let (scheme, default) = if secure { ("https", 443) } else { ("http", 80) };
        Ok(Self {
            endpoint: Endpoint::new(secure, authority),
            origin: format!("{scheme}://{}", without_default(target.authority, default)),
            prefix: target.path.trim_end_matches('/').to_owned(),
        })
    }
}

impl Route {
    /// Reads `HOST[:PORT]=URL`.
    pub fn parse(text: &str) -> Result<Self, RouteError> {
        let wrong = || RouteError::Route(text.to_owned());
        let (from, to) = text.split_once('=').ok_or_else(wrong)?;
        let authority = Authority::parse(from, 0).ok_or_else(wrong)?;
        if from.contains(['@', '?', '#']) {
            return Err(wrong());
        }
        let port = (authority.port != 0).then_some(authority.port);
        Ok(Self { host: authority.host, port, to: Base::parse(to)? })
    }

    fn takes(&self, authority: &Authority) -> bool {
        self.host == authority.host.trim_end_matches('.')
            && self.port.is_none_or(|port| port == authority.port)
    }
}

impl Plan {
    /// Heeds the name that a client asked for in TLS, where the request goes to the place that it
    /// asked for.
    pub fn ask_for(&mut self, name: Option<&str>) {
        if Target::parse(&self.recorded).authority().as_ref() == Some(&self.endpoint.authority) {
            self.endpoint.ask_for(name);
        }
    }
}

impl Routes {
    /// The plan for a request for `url` with the request target `sent`; `None` when it is addressed
    /// to us and there is no upstream.
    pub fn plan(&self, form: Form, url: &str, sent: &str) -> Option<Plan> {
        let asked = Target::parse(url);
        let path = &url[url.len() - path_length(url, &asked)..];
        let (endpoint, target, recorded) = if form == Form::Origin {
            let base = self.upstream.as_ref()?;
            let target = format!("{}{path}", base.prefix);
            let recorded = format!("{}{target}", base.origin);
            (base.endpoint.clone(), target, recorded)
        } else {
            let secure = asked.scheme == "https";
            let endpoint = Endpoint::new(secure, asked.authority()?);
            (endpoint, path.to_owned(), url.to_owned())
        };
        let (endpoint, target) =
            match self.elsewhere.iter().find(|route| route.takes(&endpoint.authority)) {
                Some(route) => (route.to.endpoint.clone(), format!("{}{target}", route.to.prefix)),
                None => (endpoint, target),
            };
        // The server itself is asked, by `*` or by a URL without a path.
        let itself = sent == "*" || (path == "/*" && !sent.ends_with(path));
        let target = if itself { "*".to_owned() } else { target };
        Some(Plan { endpoint, target, recorded })
    }
}

/// Bytes of path and query at the end of a whole URL.
fn path_length(url: &str, asked: &Target<'_>) -> usize {
    url.len() - (asked.scheme.len() + "://".len() + asked.authority.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(upstream: Option<&str>, elsewhere: &[&str]) -> Routes {
        Routes {
            upstream: upstream.map(|text| Base::parse(text).unwrap()),
            elsewhere: elsewhere.iter().map(|text| Route::parse(text).unwrap()).collect(),
        }
    }

    #[test]
    fn plans() {
        let forward = routes(None, &[]);
        let reverse = routes(Some("https://Api.example:443/v1/"), &[]);
        let detour =
            routes(None, &["api.example=http://127.0.0.1:9/mock", "b.example:8443=http://c"]);
        let cases = [
            (
                &forward,
                Form::Absolute,
                "http://a.example:81/x?y=%2F",
                "http a.example:81 /x?y=%2F http://a.example:81/x?y=%2F",
            ),
            (
                &forward,
                Form::Tunnel,
                "https://a.example/x",
                "https a.example:443 /x https://a.example/x",
            ),
            (
                &reverse,
                Form::Origin,
                "http://127.0.0.1:5/x?y",
                "https api.example:443 /v1/x?y https://Api.example/v1/x?y",
            ),
            (&reverse, Form::Tunnel, "https://other/x", "https other:443 /x https://other/x"),
            (
                &detour,
                Form::Tunnel,
                "https://API.example/x",
                "http 127.0.0.1:9 /mock/x https://API.example/x",
            ),
            (
                &detour,
                Form::Tunnel,
                "https://b.example/x",
                "https b.example:443 /x https://b.example/x",
            ),
            (
                &detour,
                Form::Tunnel,
                "https://b.example:8443/x",
                "http c:80 /x https://b.example:8443/x",
            ),
        ];
        for (routes, form, url, expected) in cases {
            let plan = routes.plan(form, url, "/x").unwrap();
            let scheme = if plan.endpoint.secure { "https" } else { "http" };
            let shown =
                format!("{scheme} {} {} {}", plan.endpoint.authority, plan.target, plan.recorded);
            assert_eq!(shown, expected);
        }
        assert_eq!(forward.plan(Form::Origin, "http://127.0.0.1:5/x", "/x"), None);
        assert_eq!(reverse.plan(Form::Origin, "http://h/*", "*").unwrap().target, "*");
    }

    #[test]
    fn arguments_that_name_no_place() {
        for text in ["api.example", "ftp://a", "http://", "/x", ""] {
            assert!(matches!(Base::parse(text), Err(RouteError::Url(_))), "{text}");
        }
        for text in ["http://a/?x", "http://a/#x", "http://u:p@a/"] {
            assert!(matches!(Base::parse(text), Err(RouteError::Parts(_))), "{text}");
        }
        for text in ["api.example", "=http://a", "u@a=http://b"] {
            assert!(matches!(Route::parse(text), Err(RouteError::Route(_))), "{text}");
        }
    }
}
