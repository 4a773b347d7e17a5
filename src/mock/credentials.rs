//! Whether a request brings the credentials that its operation asks for. Whether they are right is
//! nothing that a document says.

use super::refusal::{Fault, Refusal};
use crate::spec::{Place, Routed, SecurityAlternative, SecurityScheme, Sent};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The refusal of a request that meets none of the alternatives.
pub(super) fn refusal(routed: &Routed<'_>, sent: &Sent<'_, '_>) -> Option<Refusal> {
    let alternatives = &routed.operation.security;
    let schemes = |alternative: &SecurityAlternative| -> Vec<&SecurityScheme> {
        let declared = &routed.spec.security_schemes;
        alternative.schemes.iter().filter_map(|name| declared.get(name)).collect()
    };
    let met = |alternative: &SecurityAlternative| {
        schemes(alternative).iter().all(|scheme| brings(sent, scheme))
    };
    if alternatives.is_empty() || alternatives.iter().any(met) {
        return None;
    }
    let mut wanted: Vec<String> = Vec::new();
    for alternative in alternatives {
        let words: Vec<String> = schemes(alternative).iter().map(|scheme| name(scheme)).collect();
        let words = words.join(" and ");
        if !wanted.contains(&words) {
            wanted.push(words);
        }
    }
    let wanted = wanted.join(" or ");
    Some(Refusal::new(Fault::Credentials, format!("credentials: required: {wanted}")))
}

fn brings(sent: &Sent<'_, '_>, scheme: &SecurityScheme) -> bool {
    let given = |place, name: &str| sent.texts(place, name).iter().any(|text| !text.is_empty());
    let begins = |word: &str| {
        let values = sent.texts(Place::Header, "authorization");
        let mut schemes = values.iter().filter_map(|value| value.split_ascii_whitespace().next());
        schemes.any(|scheme| scheme.eq_ignore_ascii_case(word))
    };
    match scheme {
        SecurityScheme::ApiKey { place, name } => given(*place, name),
        SecurityScheme::Http { scheme } if scheme == "basic" => {
            sent.texts(Place::Header, "authorization").iter().any(|value| is_basic(value))
        }
        SecurityScheme::Http { scheme } => begins(scheme),
        SecurityScheme::OAuth2 | SecurityScheme::OpenIdConnect => begins("bearer"),
        // What cannot be seen in a request is taken as given.
        SecurityScheme::MutualTls | SecurityScheme::Other(_) => true,
    }
}

/// Whether it is `Basic` with a user and a password (RFC 7617, section 2).
fn is_basic(value: &str) -> bool {
    let Some((scheme, token)) = value.trim().split_once(' ') else { return false };
    let text = STANDARD.decode(token.trim()).unwrap_or_default();
    scheme.eq_ignore_ascii_case("basic") && text.contains(&b':')
}

/// What a 401 asks for (RFC 9110, section 11.6.1), where HTTP has a word for it.
pub(super) fn challenges(routed: &Routed<'_>) -> Vec<String> {
    let mut challenges = Vec::new();
    let names = routed.operation.security.iter().flat_map(|alternative| &alternative.schemes);
    for scheme in names.filter_map(|name| routed.spec.security_schemes.get(name)) {
        let challenge = match scheme {
            SecurityScheme::Http { scheme } => match scheme.as_str() {
                "basic" => "Basic realm=\"*\"",
                "bearer" => "Bearer",
                "digest" => "Digest realm=\"*\", nonce=\"0\"",
                _ => continue,
            },
            SecurityScheme::OAuth2 | SecurityScheme::OpenIdConnect => "Bearer",
            _ => continue,
        };
        if !challenges.iter().any(|known| known == challenge) {
            challenges.push(challenge.to_owned());
        }
    }
    challenges
}

fn name(scheme: &SecurityScheme) -> String {
    match scheme {
        SecurityScheme::ApiKey { place, name } => format!("{place} `{name}`"),
        SecurityScheme::Http { scheme } => format!("header `Authorization: {scheme}`"),
        SecurityScheme::OAuth2 | SecurityScheme::OpenIdConnect => {
            "header `Authorization: bearer`".to_owned()
        }
        SecurityScheme::MutualTls => "a client certificate".to_owned(),
        SecurityScheme::Other(kind) => format!("`{kind}`"),
    }
}
