//! What would make documented what an exchange shows.

use super::Case;
use crate::check::suggest::{Edit, for_keyword, schema_of};
use crate::exchange::{Body, Headers, JsonText, MediaType};
use crate::spec::{MediaPromise, Promise, Violation};
use serde_json::Value;

impl Case<'_, '_> {
    /// The document that changes are to.
    fn document(&self) -> &Value {
        self.routed.spec.document()
    }

    /// For a broken keyword of a schema; of the rule as written, which the page itself contradicts, none.
    pub fn loosened(&self, violation: &Violation, whole: &Value) -> Vec<Edit> {
        if !self.suggesting || violation.advisory {
            return Vec::new();
        }
        let value = whole.pointer(&violation.at).unwrap_or(&Value::Null);
        for_keyword(
            self.document(),
            &violation.keyword,
            &violation.schema_pointer,
            &violation.at,
            value,
        )
    }

    /// For a field that no part of a schema names.
    pub fn named(&self, holder: &str, name: &str, value: Option<&Value>) -> Option<Edit> {
        let value = value.filter(|_| self.suggesting)?;
        Some(Edit::property(self.document(), holder, name, value))
    }

    /// For what is missing though it is asked for.
    pub fn optional(&self, holder: &str) -> Option<Edit> {
        self.suggesting.then(|| Edit::optional(holder))
    }

    /// For a response of a code that is not documented.
    pub fn as_documented(&self) -> Option<Edit> {
        let response = self.response;
        let sent = seen(&response.headers, &response.body);
        let body = sent.as_ref().map(|(media, value)| (media.as_str(), value.as_ref()));
        let operation = &self.routed.operation.pointer;
        self.suggesting.then(|| Edit::response(operation, response.status, body))
    }

    /// For a body of a media type that is not promised.
    pub fn media_promised(&self, promise: &Promise) -> Option<Edit> {
        let response = self.response;
        let (media, value) = seen(&response.headers, &response.body).filter(|_| self.suggesting)?;
        Some(Edit::media(self.document(), &promise.pointer, &media, value.as_ref()))
    }

    /// For a body where a media type is promised without a schema, or nothing at all.
    pub fn described(&self, promise: &Promise, media: Option<&MediaPromise>) -> Option<Edit> {
        let Some(media) = media else { return self.media_promised(promise) };
        let (_, value) = seen(&self.response.headers, &self.response.body)?;
        let value = value.filter(|_| self.suggesting && media.schema.is_none())?;
        let pointer = format!("{}/schema", media.pointer);
        Some(Edit { pointer, kind: crate::check::suggest::Kind::Add(schema_of(&value)) })
    }

    /// For a request body of a media type that is not documented.
    pub fn media_taken(&self, holder: &str) -> Option<Edit> {
        let request = &self.exchange.request;
        let (media, value) = seen(&request.headers, &request.body).filter(|_| self.suggesting)?;
        Some(Edit::media(self.document(), holder, &media, value.as_ref()))
    }
}

/// The media type of a message, and its value where it is JSON.
fn seen(headers: &Headers, body: &Body) -> Option<(String, Option<Value>)> {
    if body.is_empty() {
        return None;
    }
    let media = headers.text("content-type").and_then(MediaType::parse)?;
    let bytes = body.decoded(headers).ok().flatten();
    let json = bytes.filter(|_| media.is_json()).and_then(|bytes| JsonText::read(&bytes).ok());
    Some((media.to_string(), json.map(|text| text.value)))
}
