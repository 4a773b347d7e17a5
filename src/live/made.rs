//! What the requests of a run made. A DELETE of anything else would strike what stood there before, which a recording
//! names as soon as its client cleaned up something that it did not make.

use super::answers::Answers;
use super::ids::{collection, kind, stem};
use crate::exchange::{Request, Response, Target, decoded_text};
use std::collections::HashSet;

/// What was made, by its recorded names.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// Ids with what they are the id of.
    ids: HashSet<(String, String)>,
    /// Paths of what clients named themselves.
    paths: HashSet<String>,
}

impl Made {
    /// Learns from a fresh answer what a request made: what the recorded answer names at the same places.
    pub(super) fn learn(&mut self, request: &Request, recorded: &Response, fresh: &Response) {
        let target = Target::parse(&request.target);
        match request.method.as_str() {
            "POST" if (200..300).contains(&fresh.status) => {
                let (ours, theirs) = (Answers::of(recorded), Answers::of(fresh));
                // A server names the image that it was made of, too: that one was there before.
                let own = collection(&request.target);
                for (said, _) in ours.shared(&theirs) {
                    if let Some(kind) = kind(&request.target, said).filter(|_| own.is_some())
                        && Some(&kind) == own.as_ref()
                    {
                        self.ids.insert((kind, said.value.clone()));
                    }
                }
            }
            // Any other code says that it was there (RFC 9110, section 9.3.4).
            "PUT" if fresh.status == 201 => drop(self.paths.insert(target.path.to_owned())),
            _ => {}
        }
    }

    /// Whether a path is that of something that was made, or of a part of it.
    pub(super) fn has(&self, request: &Request) -> bool {
        let path = Target::parse(&request.target).path;
        let is_below = |made: &String| {
            path.strip_prefix(made.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let segments: Vec<String> = path.split('/').map(decoded_text).collect();
        self.paths.iter().any(is_below)
            || segments.windows(2).any(|pair| self.ids.contains(&(stem(&pair[0]), pair[1].clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Body, Headers};

    fn request(method: &str, path: &str) -> Request {
        let target = format!("http://h{path}");
        Request { method: method.into(), target, ..Request::default() }
    }

    fn answer(status: u16, body: &str) -> Response {
        let headers = Headers::from([("Location", "/v1/jobs/9")]);
        Response { status, headers, body: Body::from(body), ..Response::default() }
    }

    #[test]
    fn only_what_was_made_may_be_deleted() {
        let mut made = Made::default();
        let recorded = answer(
            201,
            r#"{"job": {"id": "a-1", "name": "x"}, "image_id": "img-7", "lost": {"id": 5}}"#,
        );
        let fresh = answer(201, r#"{"job": {"id": "b-2", "name": "x"}, "image_id": "img-7"}"#);
        made.learn(&request("POST", "/v1/jobs"), &recorded, &fresh);
        made.learn(
            &request("POST", "/v1/boxes"),
            &answer(201, r#"{"id": 4}"#),
            &answer(500, r#"{"id": 4}"#),
        );
        made.learn(&request("PUT", "/v1/files/new"), &answer(201, ""), &answer(201, ""));
        made.learn(&request("PUT", "/v1/files/old"), &answer(201, ""), &answer(200, ""));
        for (path, expected) in [
            ("/v1/jobs/a-1", true),
            ("/v1/jobs/a-1/logs/3", true),
            ("/v1/jobs/x?force=1", true),
            ("/v1/jobs/9", true),
            ("/v1/jobs/a-2", false),
            ("/v1/jobs", false),
            ("/v1/images/img-7", false),
            ("/v1/boxes/4", false),
            ("/v1/files/new", true),
            ("/v1/files/newer", false),
            ("/v1/files/old", false),
        ] {
            assert_eq!(made.has(&request("DELETE", path)), expected, "{path}");
        }
    }
}
