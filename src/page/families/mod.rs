//! What is known of a vendor's API beyond its pages: error bodies, security, codes of the gateway,
//! how an operation is named and selected. Data by family, recognised by signs on a page or given
//! by `--family`; whatever comes from here is marked with the family's name.

mod alibaba;
mod huawei;

use super::model::{Field, Place};

/// Knowledge of one family of APIs.
#[derive(Debug)]
pub(super) struct Family {
    /// The name in `--family` and in `x-family`.
    pub(super) name: &'static str,
    /// Texts that its pages show, each with its weight.
    signs: &'static [(&'static str, u32)],
    /// The code of a success that no page states, where all operations share one.
    pub(super) success: Option<u16>,
    /// The body of an error whose page describes none.
    pub(super) error: Envelope,
    /// Whether every operation has the error body for any other code, since no page lists codes.
    pub(super) errors_by_default: bool,
    /// Error bodies that the gateway in front of the service uses.
    pub(super) envelopes: &'static [Envelope],
    /// Codes that the gateway gives and no page documents.
    pub(super) gateway_codes: &'static [u16],
    /// Alternative ways to authenticate.
    pub(super) security: &'static [Scheme],
    /// How an operation is selected where all share one path.
    pub(super) selector: Option<SelectorForm>,
    /// The products whose API version is known.
    pub(super) products: &'static [Product],
}

/// An error body.
#[derive(Debug)]
pub(super) struct Envelope {
    /// Name of its component.
    pub(super) name: &'static str,
    pub(super) members: &'static [Member],
}

/// A member of an error body.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) kind: MemberKind,
}

/// What a member of an error body holds.
#[derive(Debug)]
pub(super) enum MemberKind {
    Text,
    /// Free keys.
    Open,
    Members(&'static [Member]),
}

/// A way to authenticate.
#[derive(Debug)]
pub(super) enum Scheme {
    /// A header that carries a token.
    Header { name: &'static str, header: &'static str },
    /// A query parameter that carries a signature.
    Query { name: &'static str, parameter: &'static str },
    /// An `Authorization` header of this scheme.
    Authorization { name: &'static str, scheme: &'static str },
}

impl Scheme {
    /// Name of its component.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Header { name, .. }
            | Self::Query { name, .. }
            | Self::Authorization { name, .. } => name,
        }
    }
}

/// Where the operation's name and the API's version go on the wire.
#[derive(Debug)]
pub(super) struct SelectorForm {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) header: &'static str,
    pub(super) query: &'static str,
    pub(super) version_header: &'static str,
    pub(super) version_query: &'static str,
}

/// A product of a family, told by its title or by the permission that its pages name.
#[derive(Debug)]
pub(super) struct Product {
    pub(super) code: &'static str,
    titles: &'static [&'static str],
    pub(super) version: &'static str,
}

/// Weight at which signs make a family.
const ENOUGH: u32 = 2;

static FAMILIES: &[&Family] = &[&huawei::HUAWEI, &huawei::IMS, &alibaba::ALIBABA];

/// The family of a name.
pub(super) fn named(name: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.name == name).copied()
}

/// The names of all families.
pub(super) fn names() -> Vec<&'static str> {
    FAMILIES.iter().map(|family| family.name).collect()
}

/// The family whose signs a page shows most clearly.
pub(super) fn recognise(text: &str) -> Option<&'static Family> {
    let weight = |family: &Family| -> u32 {
        family.signs.iter().filter(|(sign, _)| text.contains(sign)).map(|(_, weight)| weight).sum()
    };
    let mut best: Option<(u32, &'static Family)> = None;
    for family in FAMILIES {
        let weight = weight(family);
        if weight >= ENOUGH && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, family));
        }
    }
    best.map(|(_, family)| family)
}

impl Family {
    /// The operation's name in a title such as `Depot Service:CreateDepot`, and the service's.
    pub(super) fn name_in_title<'t>(&self, title: &'t str) -> Option<(&'t str, &'t str)> {
        self.selector.as_ref()?;
        let (service, name) = title.rsplit_once([':', '：'])?;
        let (service, name) = (service.trim(), name.trim());
        (is_operation(name) && service.len() > 1).then_some((service, name))
    }

    /// The operation's name where a title is nothing else, as in `CreateDepot`.
    pub(super) fn name_as_title<'t>(&self, title: &'t str) -> Option<&'t str> {
        self.selector.as_ref()?;
        let name = title.trim();
        let humps = name.bytes().filter(u8::is_ascii_uppercase).count();
        (is_operation(name) && humps > 1).then_some(name)
    }

    /// The operation's name where the page lists the parameter that selects it, by the parameter's
    /// only value or its example.
    pub(super) fn name_in_parameters(
        &self,
        parameters: &[(Place, Field)],
    ) -> Option<(String, u32)> {
        let parameter = self.selector.as_ref()?.query;
        let field = parameters.iter().map(|(_, field)| field).find(|own| own.name == parameter)?;
        let lines = field.example.iter().chain(field.text.iter());
        let mut names = lines.flat_map(|line| {
            let words = line.text.split(|c: char| !c.is_ascii_alphanumeric());
            let humps = |word: &&str| word.bytes().filter(u8::is_ascii_uppercase).count() > 1;
            words.filter(|word| is_operation(word)).filter(humps).map(|word| (word, line.number))
        });
        let (name, line) = names.next()?;
        names.all(|(other, _)| other == name).then(|| (name.to_owned(), line))
    }

    /// The API's version where the page lists the parameter that carries it with a single date.
    pub(super) fn version_in_parameters(
        &self,
        parameters: &[(Place, Field)],
    ) -> Option<(String, u32)> {
        let parameter = self.selector.as_ref()?.version_query;
        let field = parameters.iter().map(|(_, field)| field).find(|own| own.name == parameter)?;
        let lines = field.example.iter().chain(field.text.iter());
        let mut dates = lines.flat_map(|line| {
            let words = line.text.split(|c: char| !c.is_ascii_digit() && c != '-');
            words.filter_map(|word| Some((date_at(word)?, line.number)))
        });
        let (date, line) = dates.next()?;
        dates.all(|(other, _)| other == date).then(|| (date.to_owned(), line))
    }

    /// The API's version in a link of the page, as in `version=2014-05-26`, and its line.
    pub(super) fn version_in_link(text: &str) -> Option<(String, u32)> {
        (1..).zip(text.lines()).find_map(|(number, line)| {
            let mut found = line
                .match_indices("ersion=")
                .filter_map(|(at, word)| date_at(&line[at + word.len()..]));
            Some((found.next()?.to_owned(), number))
        })
    }

    /// The product that a page belongs to, by its title or by a permission on the page.
    pub(super) fn product(&self, service: &str, operation: &str, text: &str) -> Option<&Product> {
        let titled = |product: &&Product| product.titles.contains(&service);
        let permitted =
            |product: &&Product| text.contains(&format!("{}:{operation}", product.code));
        let addressed =
            |product: &&Product| text.contains(&format!("//{}.aliyuncs.com", product.code));
        let products = self.products;
        let found = products.iter().find(titled).or_else(|| products.iter().find(permitted));
        found.or_else(|| products.iter().find(addressed))
    }
}

/// A date such as `2014-05-26` at the beginning of a text.
fn date_at(text: &str) -> Option<&str> {
    let date = text.get(..10).filter(|date| date.is_ascii())?;
    let shape = date.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    shape.then_some(date)
}

fn is_operation(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.len() > 2
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names = names();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FAMILIES.len());
    }

    #[test]
    fn signs_decide() {
        assert_eq!(recognise("X-Auth-Token and {project_id}").map(|f| f.name), Some("huawei"));
        let ims = recognise("POST /v1/cloudimages/x with an X-Auth-Token").map(|f| f.name);
        assert_eq!(ims, Some("huawei-ims"));
        assert!(recognise("GET /depots").is_none());
    }

    #[test]
    fn titles_name_operations() {
        let family = &alibaba::ALIBABA;
        assert_eq!(
            family.name_in_title("Depot Service:CreateDepot"),
            Some(("Depot Service", "CreateDepot"))
        );
        assert_eq!(family.name_in_title("Last Updated:Apr 03, 2024"), None);
        assert_eq!(huawei::HUAWEI.name_in_title("Depot Service:CreateDepot"), None);
    }
}
