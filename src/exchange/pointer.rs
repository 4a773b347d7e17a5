use std::borrow::Cow;

/// A name as one token of a JSON pointer: `~` and `/` escaped (RFC 6901, section 3).
pub fn pointer_token(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) {
        Cow::Owned(name.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(name)
    }
}

/// The name that a token of a JSON pointer stands for (RFC 6901, section 4).
pub fn pointer_name(token: &str) -> Cow<'_, str> {
    if token.contains('~') {
        Cow::Owned(token.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_tokens() {
        for (name, token) in [("a/b~c", "a~1b~0c"), ("~1", "~01"), ("", ""), ("plain", "plain")] {
            assert_eq!(pointer_token(name), token);
            assert_eq!(pointer_name(token), name);
        }
    }
}
