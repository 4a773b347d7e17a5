use super::beside::Beside;
use super::body;
use super::defaults::{SELECTING_HEADERS, without_signing};
use super::escapes;
use super::places;
use super::rules::{Bind, HeaderRole, InForce, Rules};
use super::variables::{BOUND, Variable, blanked_text, is_key_header};
use crate::exchange::multipart::Part;
use crate::exchange::{Authority, Headers, Request, Target};

/// What stands for the value of a header that must only be there.
pub const ANY_VALUE: &str = "(any value)";

/// A request as it is compared: what two runs of one test share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical {
    /// Method.
    pub method: String,
    /// Scheme and authority with the default port filled in; `None` where the target has none.
    pub authority: Option<(String, Authority)>,
    /// Path, percent-decoded but for encoded slashes, semicolons and `%`.
    pub path: String,
    /// Query pairs without signing parameters, sorted.
    pub query: Vec<(String, String)>,
    /// Headers that count: those that select an operation, and those of rules. Names in lower case,
    /// sorted; [`ANY_VALUE`] where the value does not count.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: CanonicalBody,
    /// What else is known of it.
    pub(super) beside: Beside,
}

/// A body by its meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CanonicalBody {
    /// None.
    Empty,
    /// Whatever it is, it does not count.
    Ignored,
    /// JSON, in one spelling.
    Json(Vec<u8>),
    /// XML, in one spelling, which is one of JSON.
    Xml(Vec<u8>),
    /// Form pairs without signing parameters, sorted.
    Form(Vec<(String, String)>),
    /// Multipart, in order, without the boundary.
    Multipart(Vec<Part>),
    /// Anything else.
    Bytes(Vec<u8>),
    /// A body in a file of its own, by the digest that is its name.
    File(String),
}

impl Canonical {
    /// The canonical form of a request that passed the redactor, under rules.
    pub fn of(request: &Request, rules: &Rules) -> Self {
        Self::with_variables(request, rules).0
    }

    /// The same with the values that may be others in the next run: they are not in the form.
    pub(super) fn with_variables(request: &Request, rules: &Rules) -> (Self, Vec<Variable>) {
        let target = Target::parse(&request.target);
        let path = escapes::path(target.path);
        let rules = rules.in_force(request, &path);
        let mut found = Vec::new();
        let path = places::of_path(&path, &rules, &mut found);
        let mut query = escapes::pairs(target.query.unwrap_or_default().as_bytes());
        without_signing(&mut query, |(name, _)| name);
        query.retain(|(name, _)| !rules.named(name, |matchers| &matchers.ignore_query));
        let is_bound = |name: &str| places::binds_query(&rules, name);
        places::of_pairs("query", &mut query, is_bound, &mut found);
        let authority = target.authority().filter(|_| !target.authority.is_empty());
        let headers = canonical_headers(&request.headers, &rules, &mut found);
        let body = body::canonical(request, &rules, &mut found);
        let has_body =
            !matches!(body, CanonicalBody::Empty | CanonicalBody::Ignored | CanonicalBody::File(_));
        let canonical = Self {
            method: request.method.clone(),
            authority: authority.map(|found| (target.scheme.to_ascii_lowercase(), found)),
            path,
            query,
            headers,
            body,
            beside: Beside::of(&request.headers, has_body),
        };
        (canonical, found)
    }

    /// Everything but the authority, as one key: equal keys, equal requests.
    pub(super) fn key(&self) -> Vec<u8> {
        let mut key = Vec::with_capacity(128);
        let mut field = |bytes: &[u8]| {
            key.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            key.extend_from_slice(bytes);
        };
        // How many follow says which they are: `?x-acs-action=A` is no header.
        let count = |length: usize| (length as u64).to_le_bytes();
        field(self.method.as_bytes());
        field(self.path.as_bytes());
        for pairs in [&self.query, &self.headers] {
            field(&count(pairs.len()));
            for (name, value) in pairs {
                field(name.as_bytes());
                field(value.as_bytes());
            }
        }
        match &self.body {
            CanonicalBody::Empty => field(b"empty"),
            CanonicalBody::Ignored => field(b"ignored"),
            CanonicalBody::Json(text) => {
                field(b"json");
                field(text);
            }
            CanonicalBody::Xml(text) => {
                field(b"xml");
                field(text);
            }
            CanonicalBody::Form(pairs) => {
                field(b"form");
                for (name, value) in pairs {
                    field(name.as_bytes());
                    field(value.as_bytes());
                }
            }
            CanonicalBody::Multipart(parts) => {
                field(b"multipart");
                for part in parts {
                    field(&count(part.headers.len()));
                    for (name, value) in &part.headers {
                        field(name.as_bytes());
                        field(value.as_bytes());
                    }
                    field(&part.content);
                }
            }
            CanonicalBody::Bytes(bytes) => {
                field(b"bytes");
                field(bytes);
            }
            CanonicalBody::File(name) => {
                field(b"file");
                field(name.as_bytes());
            }
        }
        key
    }
}

fn canonical_headers(
    headers: &Headers,
    rules: &InForce<'_>,
    variables: &mut Vec<Variable>,
) -> Vec<(String, String)> {
    let by_rules = rules.has_header_rules();
    let binds = |name: &str| {
        rules.binds().any(|bind| matches!(bind, Bind::Header(known) if known.fits(name)))
    };
    let (mut found, first) = (Vec::<(String, String)>::new(), variables.len());
    for header in headers {
        // Most headers are nothing to anyone.
        if !by_rules && !is_noted(&header.name) && rules.binds().next().is_none() {
            continue;
        }
        let name = header.name.to_ascii_lowercase();
        let at = || format!("header:{name}");
        let role = rules.header_role(&name);
        let bound = binds(&name) || (is_key_header(&name) && role != HeaderRole::Required);
        if bound {
            variables.push(Variable::new(at(), &header.text()));
        }
        let value = match role {
            HeaderRole::Ignored => continue,
            HeaderRole::Present if found.iter().any(|(known, _)| *known == name) => continue,
            HeaderRole::Present => ANY_VALUE.to_owned(),
            HeaderRole::Required if bound => BOUND.to_owned(),
            HeaderRole::Required => blanked_text(&header.text(), &at(), variables),
        };
        found.push((name, value));
    }
    // A stable sort: the order of repeats counts.
    found.sort_by(|a, b| a.0.cmp(&b.0));
    variables[first..].sort_by(|a, b| a.at.cmp(&b.at));
    found
}

/// Whether a header counts or is a variable without rules.
fn is_noted(name: &str) -> bool {
    // No name of these is shorter or longer.
    if !(10..=25).contains(&name.len()) {
        return false;
    }
    SELECTING_HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name)) || is_key_header(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Body;

    fn request(target: &str, headers: Headers, body: &str) -> Canonical {
        let request = Request {
            method: "POST".to_owned(),
            target: target.to_owned(),
            headers,
            body: Body::from(body),
            ..Request::default()
        };
        Canonical::of(&request, &Rules::default())
    }

    #[test]
    fn what_two_runs_share_is_equal() {
        let form = || Headers::from([("Content-Type", "application/x-www-form-urlencoded")]);
        let cases = [
            (
                request("http://h/p?b=2&a=1", Headers::new(), ""),
                request("http://h:80/p?a=1&b=2&Signature=zz", Headers::new(), ""),
            ),
            (
                request("http://h/a%20b", Headers::new(), "{\"x\":1,\"y\":2}"),
                request("http://H/a b", Headers::new(), "{\"y\": 2.0, \"x\": 1}"),
            ),
            (
                request("http://h/", form(), "b=1&a=x+y&Signature=s&Timestamp=1"),
                request("http://h/", form(), "a=x%20y&b=1&Timestamp=2&Signature=t"),
            ),
            (
                request("http://h/?t={{secret:1}}", Headers::new(), "[\"{{secret:2}}\"]"),
                request("http://h/?t={{secret:9}}", Headers::new(), "[\"{{secret:3}}\"]"),
            ),
        ];
        for (left, right) in cases {
            assert_eq!(left, right);
            assert_eq!(left.key(), right.key());
        }
    }

    #[test]
    fn parts_of_a_form_have_no_order_among_names() {
        let upload = |dispositions: [&str; 3]| {
            let part = |(number, disposition): (usize, &&str)| {
                let number = disposition.find("name").unwrap_or(number);
                format!("--b\r\nContent-Disposition: {disposition}\r\n\r\n{number}\r\n")
            };
            let body: String = dispositions.iter().enumerate().map(part).collect();
            let headers = Headers::from([("Content-Type", "multipart/form-data; boundary=b")]);
            request("http://h/", headers, &format!("{body}--b--\r\n")).key()
        };
        let (one, two) = ("form-data; name=\"one\"", "form-data; name=\"two\"");
        let (first, second) =
            ("form-data; name=\"a\"; filename=x", "form-data; name=\"a\"; filename=y");
        assert_eq!(upload([one, two, first]), upload([first, two, one]));
        assert_eq!(upload([first, one, second]), upload([one, first, second]));
        assert_ne!(upload([first, one, second]), upload([second, one, first]));
        // What has no names is no form.
        assert_ne!(upload(["inline", "attachment", one]), upload(["attachment", "inline", one]));
    }

    #[test]
    fn what_differs_differs() {
        let base = request("http://h/a/b?x=1", Headers::new(), "{\"n\":[1,2]}");
        let others = [
            request("http://h/a%2Fb?x=1", Headers::new(), "{\"n\":[1,2]}"),
            request("http://h/a/b?x=1&x=1", Headers::new(), "{\"n\":[1,2]}"),
            request("http://h/a/b", Headers::new(), "{\"n\":[1,2]}"),
            request("http://h/a/b?x=1", Headers::new(), "{\"n\":[2,1]}"),
            request("http://h/a/b?x=1", Headers::new(), ""),
            request("http://h/a/b?x=1", Headers::from([("X-Acs-Action", "A")]), "{\"n\":[1,2]}"),
        ];
        for other in others {
            assert_ne!(base.key(), other.key(), "{other:?}");
        }
        let header = request("http://h/", Headers::from([("X-Acs-Action", "A")]), "");
        let query = request("http://h/?x-acs-action=A", Headers::new(), "");
        assert_ne!(header.key(), query.key());
        let bytes = |target: &str| request(target, Headers::new(), "").key();
        assert_ne!(bytes("http://h/%FF"), bytes("http://h/%FE"));
        assert_ne!(bytes("http://h/?x=%FF"), bytes("http://h/?x=%FE"));
        assert_ne!(bytes("http://h/a%2Fb"), bytes("http://h/a%252Fb"));
        let form = Headers::from([("Content-Type", "application/x-www-form-urlencoded")]);
        let form = request("http://h/", form, "=empty");
        let query = request("http://h/?=form", Headers::new(), "");
        assert_ne!(form.key(), query.key());
    }
}
