//! The media type that a response names for its body, beside those that are promised.

use super::draft::Draft;
use super::{Case, Found};
use crate::check::catalogue::Item;
use crate::check::{Location, Rule};
use crate::exchange::{MediaType, media_closeness};
use crate::spec::{MediaPromise, Promise};

/// The media type of a response beside those promised.
pub(super) enum Match<'p> {
    /// It is promised.
    Promised(&'p MediaPromise, MediaType),
    /// None is named, and any would do.
    Unnamed(&'p MediaPromise),
    /// It is another one, none, or not readable; what was promised first is what the body is held
    /// to, as far as it can be.
    Other(Option<&'p MediaPromise>),
}

impl Case<'_, '_> {
    /// The promised media type that the response names, and what it names.
    pub fn fitting<'p>(
        &self,
        promise: &'p Promise,
        found: &mut Found,
    ) -> Option<(&'p MediaPromise, MediaType)> {
        let (sent, written) = self.named_media()?;
        let fits = |media: &MediaPromise| media_closeness(&media.media_type, written);
        let ranked = promise.media.iter().enumerate().filter_map(|(n, m)| Some((fits(m)?, n, m)));
        let (_, index, media) = ranked.rev().max_by_key(|(closeness, ..)| *closeness)?;
        let promises = &self.routed.operation.promises;
        let place = promises.iter().position(|other| std::ptr::eq(other, promise));
        found.seen.extend(place.map(|place| Item::ResponseMedia(self.position, place, index)));
        Some((media, sent))
    }

    /// The media type that the response names, and as it is written; `None` where it names none, or
    /// several.
    fn named_media(&self) -> Option<(MediaType, &str)> {
        let values = self.response.headers.all("content-type");
        let mut named = values.map(|value| {
            let text = std::str::from_utf8(value).ok()?;
            Some((MediaType::parse(text)?, text))
        });
        let (first, text) = named.next()??;
        named.all(|other| other.is_some_and(|(other, _)| other == first)).then_some((first, text))
    }

    /// The promise that a response's media type leads to; what is wrong with it is found.
    pub fn media<'p>(&self, promise: &'p Promise, found: &mut Found) -> Match<'p> {
        if let Some((media, sent)) = self.fitting(promise, found) {
            return Match::Promised(media, sent);
        }
        let promised: Vec<&str> = promise.media.iter().map(|m| m.media_type.as_str()).collect();
        let values = super::parameter::header_texts(&self.response.headers, "content-type");
        if let (true, Some(any)) =
            (values.is_empty(), promise.media.iter().find(|m| m.media_type.trim() == "*/*"))
        {
            return Match::Unnamed(any);
        }
        let observed = if values.is_empty() {
            "a body without `Content-Type`".to_owned()
        } else {
            let values: Vec<_> = values.iter().map(|value| format!("`{}`", value.trim())).collect();
            values.join(" and ")
        };
        let pointer = &promise.media.first().map_or(&promise.pointer, |media| &media.pointer);
        let at = Location::Header("Content-Type".to_owned());
        let draft = Draft::new(Rule::ContentType, at, self.of_promise(promise, pointer));
        let draft = draft.because(promised.join(" or "), observed);
        found.drafts.push(draft.suggesting(self.media_promised(promise)));
        let is_json = |media: &&MediaPromise| {
            MediaType::parse(&media.media_type).is_some_and(|media| media.is_json())
        };
        Match::Other(promise.media.iter().find(is_json).or(promise.media.first()))
    }
}
