use super::{Problems, sources};
use crate::spec::model::{MediaPromise, RequestBody, SchemaRef};
use crate::spec::place::Node;
use serde_json::Value;

/// An operation's request body.
pub fn request_body(operation: &Node, problems: &mut Problems) -> Option<RequestBody> {
    let used = operation.member("requestBody")?;
    let node = problems.resolved(used.clone())?;
    Some(RequestBody {
        required: node.flag("required"),
        media: media(&node, problems),
        sources: sources(&used, &node),
        pointer: node.pointer,
    })
}

/// What stands under `content`.
pub fn media(described: &Node, problems: &mut Problems) -> Vec<MediaPromise> {
    let Some(content) = described.member("content") else { return Vec::new() };
    if !content.value.is_object() {
        problems.note(&*content.pointer, "`content` is an object of media types");
    }
    content
        .members()
        .filter(|(name, _)| !name.starts_with("x-"))
        .map(|(name, used)| {
            // One that can't be read stays a documented media type, of which nothing is known.
            let media = problems.resolved(used.clone()).unwrap_or(used);
            MediaPromise {
                media_type: name.to_owned(),
                schema: media.member("schema").map(|schema| SchemaRef { pointer: schema.pointer }),
                examples: examples(&media, problems),
                pointer: media.pointer,
            }
        })
        .collect()
}

/// `example`, and the values of `examples` (an object of Example objects).
pub fn examples(described: &Node, problems: &mut Problems) -> Vec<Value> {
    let mut found: Vec<Value> =
        described.member("example").map(|e| e.value.clone()).into_iter().collect();
    if let Some(named) = described.member("examples") {
        for (_, example) in named.members() {
            let value = problems.resolved(example).and_then(|example| example.member("value"));
            found.extend(value.map(|value| value.value.clone()));
        }
    }
    found
}
