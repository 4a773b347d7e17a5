//! What the names of paths, actions and fields say: their words, nouns in the singular, verbs, and
//! which field names a thing.

/// What an operation does, as its name or method says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    Read,
    List,
    /// The whole thing anew.
    Replace,
    /// Some of its fields.
    Change,
    Delete,
}

const VERBS: [(Verb, &[&str]); 6] = [
    (
        Verb::Create,
        &[
            "create",
            "add",
            "new",
            "register",
            "insert",
            "allocate",
            "import",
            "make",
            "store",
            "provision",
            "run",
            "upload",
            "post",
        ],
    ),
    (Verb::Read, &["get", "show", "read", "retrieve", "fetch", "view"]),
    (Verb::List, &["list", "describe", "query", "search", "find", "enumerate", "index"]),
    (Verb::Replace, &["replace", "put"]),
    (Verb::Change, &["update", "modify", "edit", "patch", "change", "rename", "set"]),
    (
        Verb::Delete,
        &[
            "delete",
            "remove",
            "destroy",
            "drop",
            "terminate",
            "release",
            "deregister",
            "unregister",
        ],
    ),
];

impl Verb {
    /// Reads a word.
    pub fn of(word: &str) -> Option<Self> {
        let found = VERBS.iter().find(|(_, words)| words.contains(&word));
        found.map(|(verb, _)| *verb)
    }
}

/// The words of a name in lower case, whatever its spelling: `CreateImage`, `image-servers`, `silenceID`.
pub(super) fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (index, c) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| letters[index]);
        let small = |at: usize| letters.get(at).is_some_and(|c| c.is_lowercase());
        // `IDs` is one word, `VPCId` two.
        let plural = letters.get(index + 1) == Some(&'s') && !small(index + 2);
        let begins = c.is_uppercase()
            && before.is_some_and(|b| {
                b.is_lowercase() || b.is_numeric() || (small(index + 1) && !plural)
            });
        if (begins || !c.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// A word in the singular.
pub(super) fn singular(word: &str) -> String {
    let cut = |end: usize| word[..word.len() - end].to_owned();
    let is_es =
        ["sses", "xes", "ches", "shes", "zes", "uses"].iter().any(|end| word.ends_with(end));
    match word {
        _ if word.len() < 4 || !word.is_ascii() => word.to_owned(),
        _ if word.ends_with("ies") => cut(3) + "y",
        _ if is_es => cut(2),
        _ if ["ss", "us", "is"].iter().any(|end| word.ends_with(end)) => word.to_owned(),
        _ if word.ends_with('s') => cut(1),
        _ => word.to_owned(),
    }
}

/// A thing's name without spelling: `image-servers`, `ImageServer` and `image_server` are one.
pub(super) fn noun(words: &[String]) -> String {
    let Some((last, before)) = words.split_last() else { return String::new() };
    before.concat() + &singular(last)
}

/// Whether a field of this name names the things called `noun`: `id`, `image_id`, `ImageIds.1`.
pub(super) fn is_id_of(name: &str, noun: &str) -> bool {
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.split_last() {
        Some((last, before)) if ["id", "ids", "uuid", "guid"].contains(last) => {
            let thing = before.concat();
            thing.is_empty() || noun == thing || (thing.len() > 2 && noun.ends_with(&thing))
        }
        Some((last, [])) => {
            let thing = last.strip_suffix("ids").or_else(|| last.strip_suffix("id"));
            thing.is_some_and(|thing| !thing.is_empty() && thing == noun)
        }
        _ => false,
    }
}

/// Whether a field of this name names a job that runs on after the answer.
pub(super) fn is_job(name: &str) -> bool {
    let flat = words(name).concat();
    let ends = ["jobid", "taskid", "operationid", "executionid", "workflowid"];
    ["job", "task"].contains(&flat.as_str()) || ends.iter().any(|end| flat.ends_with(end))
}

/// Whether things called `noun` are told apart by a field of this name: `name`, `ImageName`, `label`.
pub(super) fn is_name_of(name: &str, noun: &str) -> bool {
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.split_last() {
        Some((&"name", before)) => {
            let thing = before.concat();
            thing.is_empty() || thing == "user" || (thing.len() > 2 && noun.ends_with(&thing))
        }
        Some((last, [])) => ["label", "title", "slug", "login", "username", "email"].contains(last),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_whatever_their_spelling() {
        let cases = [
            ("CreateImageServer", "create image server"),
            ("image-servers", "image servers"),
            ("silenceID", "silence id"),
            ("VPCId", "vpc id"),
            ("ImageIDs", "image ids"),
            ("v2_0", "v2 0"),
            ("", ""),
        ];
        for (name, expected) in cases {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
        let things = ["image-servers", "ImageServer", "image_server"];
        assert!(things.iter().all(|name| noun(&words(name)) == "imageserver"));
        let singulars =
            [("policies", "policy"), ("boxes", "box"), ("status", "status"), ("gas", "gas")];
        for (word, expected) in singulars {
            assert_eq!(singular(word), expected);
        }
    }

    #[test]
    fn fields_that_name_a_thing() {
        let cases = [
            ("id", "image", true),
            ("ImageId", "image", true),
            ("ImageIds", "image", true),
            ("server_id", "imageserver", true),
            ("petid", "pet", true),
            ("image_id", "imageserver", false),
            ("valid", "interval", false),
            ("RequestId", "image", false),
        ];
        for (name, noun, expected) in cases {
            assert_eq!(is_id_of(name, noun), expected, "{name} of {noun}");
        }
        assert!(["job_id", "JobId", "taskid", "job"].iter().all(|name| is_job(name)));
        assert!(!is_job("jobs") && !is_job("id"));
        assert!(is_name_of("ImageName", "image") && is_name_of("label", "crate"));
        assert!(!is_name_of("host_name", "image"));
    }
}
