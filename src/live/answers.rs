//! What two answers to one request say at the same places.

use crate::exchange::{Response, Target};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Longest body that is looked at, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;
/// Most values of one answer that are looked at.
const MOST: usize = 20_000;
/// Deepest nesting that is looked at.
const DEEPEST: usize = 64;

/// Headers that say nothing that a later request could use.
const SILENT: [&str; 14] = [
    "age",
    "alt-svc",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "date",
    "expires",
    "keep-alive",
    "last-modified",
    "server",
    "transfer-encoding",
    "vary",
    "via",
];

/// A value of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// The name that it has: of the header, of the member, or of the collection whose element it is.
    pub(super) name: String,
    /// The name of what holds it; empty at the top.
    pub(super) holder: String,
    pub(super) value: String,
}

/// The values of an answer by their places.
#[derive(Debug, Default)]
pub(super) struct Answers {
    values: Vec<(String, Said)>,
}

impl Answers {
    pub(super) fn of(response: &Response) -> Self {
        let mut found = Self::default();
        for header in &response.headers {
            if !SILENT.iter().any(|name| header.is(name)) {
                found.header(&header.name.to_ascii_lowercase(), &header.text());
            }
        }
        let body = response.body.decoded(&response.headers).ok().flatten().unwrap_or_default();
        if body.len() <= LONGEST {
            if let Ok(value) = serde_json::from_slice::<Value>(&body) {
                found.json(&value, &mut Vec::new());
            } else if let Ok(text) = std::str::from_utf8(&body) {
                found.text(text);
            }
        }
        found
    }

    fn add(&mut self, place: String, name: &str, holder: &str, value: &str) {
        if self.values.len() < MOST && !value.is_empty() && value.len() <= 4096 {
            let said =
                Said { name: name.to_owned(), holder: holder.to_owned(), value: value.to_owned() };
            self.values.push((place, said));
        }
    }

    fn header(&mut self, name: &str, value: &str) {
        if matches!(name, "location" | "content-location" | "operation-location") {
            // Of a URL the segments are told apart: the host is another.
            let path = Target::parse(value).path;
            let segments: Vec<&str> = path.split('/').collect();
            for (index, segment) in segments.iter().enumerate() {
                let holder = if index > 0 { segments[index - 1] } else { "" };
                self.add(format!("header:{name}/{index}"), "id", holder, segment);
            }
        } else if name == "set-cookie" {
            let pair = value.split(';').next().unwrap_or_default();
            if let Some((cookie, value)) = pair.split_once('=') {
                self.add(format!("cookie:{cookie}"), cookie, "", value.trim());
            }
        } else {
            self.add(format!("header:{name}"), name, "", value);
        }
    }

    fn json(&mut self, value: &Value, at: &mut Vec<String>) {
        if self.values.len() >= MOST || at.len() > DEEPEST {
            return;
        }
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    at.push(name.clone());
                    self.json(value, at);
                    at.pop();
                }
            }
            Value::Array(elements) => {
                for (index, value) in elements.iter().enumerate() {
                    at.push(index.to_string());
                    self.json(value, at);
                    at.pop();
                }
            }
            Value::String(text) => self.leaf(at, text),
            Value::Number(number) => self.leaf(at, &number.to_string()),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn leaf(&mut self, at: &[String], value: &str) {
        let is_index = |name: &&String| name.bytes().all(|byte| byte.is_ascii_digit());
        let mut names = at.iter().rev().filter(|name| !is_index(name));
        let name = names.next().map_or("", String::as_str);
        let holder = names.next().map_or("", String::as_str);
        self.add(format!("/{}", at.join("/")), name, holder, value);
    }

    /// Words of a text that is no JSON, by their order.
    fn text(&mut self, text: &str) {
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let words = text.split(|c: char| !inside(c)).filter(|word| !word.is_empty());
        for (index, word) in words.enumerate().take(MOST) {
            self.add(format!("word:{index}"), "", "", word);
        }
    }

    /// The values at places that both answers have, where they are others.
    pub(super) fn differing<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (&'a Said, &'a str)> {
        self.shared(other).filter(|(said, theirs)| *theirs != said.value)
    }

    /// The values at places that both answers have.
    pub(super) fn shared<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (&'a Said, &'a str)> {
        // Texts whose words are not as many can't be laid side by side.
        let words = |answers: &Self| {
            answers.values.iter().filter(|(place, _)| place.starts_with("word:")).count()
        };
        let words_fit = words(self) == words(other);
        let places: HashMap<&str, &str> = other
            .values
            .iter()
            .map(|(place, said)| (place.as_str(), said.value.as_str()))
            .collect();
        self.values.iter().filter_map(move |(place, said)| {
            if place.starts_with("word:") && !words_fit {
                return None;
            }
            Some((said, *places.get(place.as_str())?))
        })
    }

    /// All values.
    pub(super) fn all(&self) -> impl Iterator<Item = &Said> {
        self.values.iter().map(|(_, said)| said)
    }

    /// All values, to be looked up.
    pub(super) fn set(&self) -> HashSet<&str> {
        self.all().map(|said| said.value.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Body, Headers};

    fn answer(headers: &[(&str, &str)], body: &str) -> Answers {
        let mut fields = Headers::new();
        for (name, value) in headers {
            fields.push(*name, value);
        }
        Answers::of(&Response { headers: fields, body: Body::from(body), ..Response::default() })
    }

    #[test]
    fn values_are_laid_side_by_side() {
        let ours = answer(
            &[("Location", "http://a/v1/items/17"), ("Set-Cookie", "s=one; Path=/"), ("Date", "x")],
            r#"{"id":17,"items":[{"name":"a"}],"gone":"x"}"#,
        );
        let theirs = answer(
            &[("location", "/v1/items/42"), ("Set-Cookie", "s=two; Path=/"), ("Date", "y")],
            r#"{"items":[{"name":"b"},{"name":"c"}],"id":42}"#,
        );
        let told: Vec<_> = ours
            .differing(&theirs)
            .map(|(said, theirs)| format!("{}.{} {} {theirs}", said.holder, said.name, said.value))
            .collect();
        assert_eq!(told, ["items.id 17 42", ".s one two", ".id 17 42", "items.name a b"]);
        let (ours, theirs) = (answer(&[], "<id>x1</id>"), answer(&[], "<id>y2</id>"));
        assert_eq!(ours.differing(&theirs).map(|(_, theirs)| theirs).collect::<Vec<_>>(), ["y2"]);
        let longer = answer(&[], "<id>y2</id><more/>");
        assert_eq!(ours.differing(&longer).count(), 0);
    }
}
