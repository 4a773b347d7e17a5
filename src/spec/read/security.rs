use super::Problems;
use crate::spec::model::{Place, SecurityAlternative, SecurityScheme};
use crate::spec::place::Node;
use std::collections::BTreeMap;

/// The schemes that the document declares.
pub fn schemes(root: &Node, problems: &mut Problems) -> BTreeMap<String, SecurityScheme> {
    let declared = root.member("components").and_then(|c| c.member("securitySchemes"));
    declared
        .iter()
        .flat_map(Node::members)
        .filter_map(|(name, node)| Some((name.to_owned(), one(&problems.resolved(node)?))))
        .collect()
}

/// The alternatives of the nearest level that names any; an empty list there means none is needed.
pub fn alternatives(levels: &[&Node]) -> Vec<SecurityAlternative> {
    let Some(list) = levels.iter().find_map(|level| level.member("security")) else {
        return Vec::new();
    };
    list.items()
        .map(|alternative| SecurityAlternative {
            schemes: alternative.members().map(|(name, _)| name.to_owned()).collect(),
        })
        .collect()
}

fn one(node: &Node) -> SecurityScheme {
    match node.text("type").unwrap_or_default() {
        "apiKey" => SecurityScheme::ApiKey {
            place: node.text("in").and_then(Place::parse).unwrap_or(Place::Header),
            name: node.text("name").unwrap_or_default().to_owned(),
        },
        "http" => SecurityScheme::Http {
            scheme: node.text("scheme").unwrap_or_default().to_ascii_lowercase(),
        },
        "oauth2" => SecurityScheme::OAuth2,
        "openIdConnect" => SecurityScheme::OpenIdConnect,
        "mutualTLS" => SecurityScheme::MutualTls,
        other => SecurityScheme::Other(other.to_owned()),
    }
}
