//! What a single exchange proves of the status code itself. Where a doubt is left nothing is found.

use super::draft::Draft;
use super::hint::page;
use super::{Case, Found};
use crate::check::{Location, Party, Rule};
use crate::exchange::{Closeness, MediaType, Source, Target, media_closeness};
use crate::spec::{Place, SecurityScheme, Sent};

impl Case<'_, '_> {
    /// Finds `undeserved-error` and `wrong-status` where they are certain. `request_keeps` says that
    /// the whole request keeps the documentation.
    pub fn certain(&self, request_keeps: bool, found: &mut Found) {
        let status = self.response.status;
        if request_keeps && self.exchange.source.is_evidence() {
            found.drafts.extend(match status {
                405 => self.refused_method(),
                415 => self.refused_media(),
                _ => None,
            });
        }
        if (200..300).contains(&status) && self.exchange.source == Source::Live && self.anonymous()
        {
            let promise = self.of_operation();
            let wanted = page(&promise);
            found.drafts.push(
                Draft::new(Rule::WrongStatus, Location::Status, promise)
                    .because("401: the request has no credentials", status.to_string())
                    .blaming(
                        Party::Disagreement,
                        "the documentation asks for credentials, and the provider does not",
                    )
                    .hinting(format!(
                        "{wanted} asks for credentials: find out why the provider did not"
                    )),
            );
        }
    }

    /// A 405 to the documented method. A variable as the last segment may have caught the name of
    /// another resource, so such paths leave a doubt.
    fn refused_method(&self) -> Option<Draft> {
        let operation = self.routed.operation;
        let last = operation.path.rsplit('/').next().unwrap_or_default();
        let same = operation.method == self.exchange.request.method;
        (same && operation.selector.is_none() && !last.contains('{')).then(|| {
            let expected = format!("{} is the documented method", operation.method);
            Draft::new(Rule::UndeservedError, Location::Status, self.of_operation())
                .because(expected, "405")
        })
    }

    /// A 415 to a documented media type.
    fn refused_media(&self) -> Option<Draft> {
        let request = &self.exchange.request;
        let written = request.headers.text("content-type")?;
        let sent = MediaType::parse(written)?;
        let body = self.routed.operation.body.as_ref()?;
        let named = |media: &str| media_closeness(media, written).is_some_and(Closeness::is_exact);
        let documented = body.media.iter().any(|media| named(&media.media_type));
        let plain = !request.headers.contains("content-encoding") && !request.body.is_empty();
        (documented && plain).then(|| {
            Draft::new(Rule::UndeservedError, Location::Status, self.of_operation())
                .because(format!("{sent} is a documented media type"), "415")
        })
    }

    /// Whether the operation asks for credentials and the request has none of any kind. Only what a
    /// recording shows is judged: a client certificate is never seen.
    fn anonymous(&self) -> bool {
        let (spec, operation) = (self.routed.spec, self.routed.operation);
        let request = &self.exchange.request;
        let sends_some = ["authorization", "cookie"].iter().any(|n| request.headers.contains(n))
            || self.exchange.redacted.iter().any(|redaction| redaction.at.starts_with("/request"));
        let required = operation.security.iter().all(|alternative| !alternative.schemes.is_empty());
        if sends_some || !required || operation.security.is_empty() {
            return false;
        }
        let mut schemes = operation.security.iter().flat_map(|alternative| &alternative.schemes);
        schemes.all(|name| match spec.security_schemes.get(name) {
            Some(SecurityScheme::ApiKey { place: Place::Header, name }) => {
                !request.headers.contains(name)
            }
            Some(SecurityScheme::ApiKey { place: Place::Query, name }) => {
                let pairs = Target::parse(&request.target).query_pairs();
                !pairs.iter().any(|(key, _)| key == name)
            }
            Some(SecurityScheme::ApiKey { place: Place::Cookie, .. }) => true,
            // A token may travel in the query or in a form as well (RFC 6750, section 2).
            Some(
                SecurityScheme::Http { .. }
                | SecurityScheme::OAuth2
                | SecurityScheme::OpenIdConnect,
            ) => {
                !request.target.contains("access_token=")
                    && Sent::of(self.routed, request).form().is_none()
            }
            _ => false,
        })
    }
}
