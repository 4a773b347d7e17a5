use super::{Problems, body, sources};
use crate::spec::model::{PageSource, Parameter, Place, SchemaRef, Style};
use crate::spec::place::{Node, shortened};

/// An operation's parameters: its own, then those of its path item that it does not override (by
/// name and place; OpenAPI 3.1, section 4.8.10).
pub fn parameters(operation: &Node, item: &Node, problems: &mut Problems) -> Vec<Parameter> {
    let mut found: Vec<Parameter> = Vec::new();
    for level in [operation, item] {
        let Some(list) = level.member("parameters") else { continue };
        let inherited = found.len();
        for used in list.items() {
            let Some(parameter) = one(&used, problems) else { continue };
            let same = |other: &Parameter| {
                other.place == parameter.place
                    && if other.place == Place::Header {
                        other.name.eq_ignore_ascii_case(&parameter.name)
                    } else {
                        other.name == parameter.name
                    }
            };
            match found.iter().position(same) {
                Some(at) if at < inherited => {}
                Some(_) => problems.note(
                    parameter.pointer,
                    format!("{} parameter `{}` stands here twice", parameter.place, parameter.name),
                ),
                None => found.push(parameter),
            }
        }
    }
    found
}

/// A response header in the form of a parameter.
pub fn header(
    name: &str,
    node: &Node,
    sources: Vec<PageSource>,
    problems: &mut Problems,
) -> Parameter {
    described(name, Place::Header, node, sources, problems)
}

fn one(used: &Node, problems: &mut Problems) -> Option<Parameter> {
    let node = problems.resolved(used.clone())?;
    let Some(name) = node.text("name") else {
        problems.note(node.pointer, "a parameter without a `name`");
        return None;
    };
    let Some(place) = node.text("in").and_then(Place::parse) else {
        let word = node.text("in").unwrap_or_default();
        let what =
            format!("`in: {}` is none of `path`, `query`, `header` and `cookie`", shortened(word));
        problems.note(node.pointer, what);
        return None;
    };
    let sources = sources(used, &node);
    Some(described(name, place, &node, sources, problems))
}

fn described(
    name: &str,
    place: Place,
    node: &Node,
    sources: Vec<PageSource>,
    problems: &mut Problems,
) -> Parameter {
    let content = body::media(node, problems).into_iter().next();
    let style = style(node, place, problems);
    let explode = node.member("explode").and_then(|explode| explode.value.as_bool());
    let mut examples = body::examples(node, problems);
    let (schema, media_type) = match content {
        Some(media) => {
            examples.extend(media.examples);
            (media.schema, Some(media.media_type))
        }
        None => (node.member("schema").map(|s| SchemaRef { pointer: s.pointer }), None),
    };
    Parameter {
        name: name.to_owned(),
        place,
        // A path's variable cannot be left out, whatever the document says.
        required: place == Place::Path || node.flag("required"),
        schema,
        media_type,
        style,
        explode: explode.unwrap_or(matches!(style, Style::Form | Style::Indexed)),
        internal: node.flag("x-internal"),
        reserved: node.flag("x-reserved"),
        pointer: node.pointer.clone(),
        sources,
        examples,
    }
}

fn style(node: &Node, place: Place, problems: &mut Problems) -> Style {
    let usual = match place {
        Place::Path | Place::Header => Style::Simple,
        Place::Query | Place::Cookie => Style::Form,
    };
    let Some(word) = node.text("x-style").or_else(|| node.text("style")) else { return usual };
    match word {
        "simple" => Style::Simple,
        "label" => Style::Label,
        "matrix" => Style::Matrix,
        "form" => Style::Form,
        "spaceDelimited" => Style::SpaceDelimited,
        "pipeDelimited" => Style::PipeDelimited,
        "tabDelimited" => Style::TabDelimited,
        "deepObject" => Style::DeepObject,
        "indexed" => Style::Indexed,
        _ => {
            problems.note(&*node.pointer, format!("`style: {}` is not known", shortened(word)));
            usual
        }
    }
}
