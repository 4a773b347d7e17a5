use crate::check::{PromiseReference, Rule};

/// Where the promise can be read: its page and line, or else its document.
pub(super) fn page(promise: &PromiseReference) -> String {
    match (&promise.page, promise.line) {
        (Some(page), Some(line)) => format!("{page}:{line}"),
        (Some(page), None) => page.clone(),
        _ if !promise.spec.is_empty() => promise.spec.clone(),
        _ => "the documentation".to_owned(),
    }
}

/// What to do about a finding of this rule.
pub(super) fn hint(rule: Rule, promise: &PromiseReference, code: &str) -> String {
    let page = page(promise);
    match rule {
        Rule::UndocumentedOperation => {
            "add the spec that documents it with `--spec`, or drop the exchange".to_owned()
        }
        Rule::UndocumentedStatus => {
            format!("document {code} in {page}, or report it to the provider")
        }
        Rule::WrongStatus => {
            format!("compare with {page}; report it to the provider, or document what it answers")
        }
        Rule::UndeservedError => {
            format!("the request keeps {page}: report the {code} to the provider")
        }
        Rule::ContentType | Rule::ResponseHeader | Rule::ResponseSchema | Rule::ErrorBody => {
            format!("compare with {page}; report it to the provider, or accept it in a baseline")
        }
        Rule::AllowHeader => "have the provider list its methods in `Allow`".to_owned(),
        Rule::UndocumentedField => format!("add the field to {page}"),
        Rule::RequestParameter | Rule::RequestSchema => {
            format!("mend the client, or loosen {page}: the provider takes it")
        }
        Rule::NoPromise => format!("document the body of {code} in {page}"),
        Rule::PromiseUnreadable => format!("mend {} at {}", promise.spec, promise.pointer),
        Rule::NotJudged if promise.spec.is_empty() => {
            "record it again, or restore the file: `testimony cassette verify` names what is wrong"
                .to_owned()
        }
        Rule::NotJudged => {
            "see what kept it from being judged; the code is not proven by it".to_owned()
        }
    }
}
