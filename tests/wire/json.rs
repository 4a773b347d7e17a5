//! JSON laid out in the styles that the cassette format names, written from its description alone.

/// `text`, a JSON value in any layout, in the layout of `style`. Everything but white space stays
/// as it is spelled.
pub fn laid_out(text: &str, style: &str) -> Vec<u8> {
    let (name, newline) =
        style.strip_suffix("+newline").map_or((style, false), |name| (name, true));
    let mut out = match name {
        "compact" => flat(text, ":", ","),
        "spaced" => flat(text, ": ", ", "),
        "jackson" => jackson(text),
        "tab" => indented(text, "\t"),
        _ => indented(text, &" ".repeat(name.strip_prefix("indent-").unwrap().parse().unwrap())),
    };
    if newline {
        out.push('\n');
    }
    out.into_bytes()
}

/// Strings, numbers, words and punctuation.
fn tokens(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut all, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b' ' | b'\t' | b'\r' | b'\n' => {
                at += 1;
                continue;
            }
            b'"' => {
                at += 1;
                while bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'{' | b'}' | b'[' | b']' | b',' | b':' => at += 1,
            _ => {
                while at < bytes.len() && !b" \t\r\n,:]}".contains(&bytes[at]) {
                    at += 1;
                }
            }
        }
        all.push(&text[start..at]);
    }
    all
}

fn flat(text: &str, colon: &str, comma: &str) -> String {
    let mut out = String::new();
    for token in tokens(text) {
        out.push_str(match token {
            ":" => colon,
            "," => comma,
            token => token,
        });
    }
    out
}

fn indented(text: &str, step: &str) -> String {
    let tokens = tokens(text);
    let (mut out, mut depth) = (String::new(), 0);
    for (index, token) in tokens.iter().enumerate() {
        let opened = index > 0 && matches!(tokens[index - 1], "{" | "[");
        match *token {
            "}" | "]" => {
                depth -= 1;
                if !opened {
                    out.push('\n');
                    out.push_str(&step.repeat(depth));
                }
            }
            _ if opened => {
                out.push('\n');
                out.push_str(&step.repeat(depth));
            }
            _ => {}
        }
        out.push_str(token);
        match *token {
            "{" | "[" => depth += 1,
            "," => {
                out.push('\n');
                out.push_str(&step.repeat(depth));
            }
            ":" => out.push(' '),
            _ => {}
        }
    }
    out
}

/// Objects over lines, arrays in one line with spaces inside, `{ }` and `[ ]` for empty ones.
fn jackson(text: &str) -> String {
    let tokens = tokens(text);
    let (mut out, mut depth, mut open) = (String::new(), 0, Vec::new());
    for (index, token) in tokens.iter().enumerate() {
        let opened = index > 0 && matches!(tokens[index - 1], "{" | "[");
        let line = |out: &mut String, depth: usize| {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
        };
        match *token {
            "}" if opened => depth -= 1,
            "}" => {
                depth -= 1;
                line(&mut out, depth);
            }
            "]" if !opened => out.push(' '),
            _ => {}
        }
        out.push_str(match *token {
            ":" => " : ",
            token => token,
        });
        match *token {
            "{" => {
                open.push('{');
                depth += 1;
                if tokens.get(index + 1) == Some(&"}") {
                    out.push(' ');
                } else {
                    line(&mut out, depth);
                }
            }
            "[" => {
                open.push('[');
                out.push(' ');
            }
            "}" | "]" => {
                open.pop();
            }
            "," if open.last() == Some(&'{') => line(&mut out, depth),
            "," => out.push(' '),
            _ => {}
        }
    }
    out
}

#[test]
fn layouts_are_those_of_the_serialisers() {
    let value = r#"{"a":[1,{"b":2}],"c":{},"d":[]}"#;
    let expected = [
        ("compact", value),
        ("spaced+newline", "{\"a\": [1, {\"b\": 2}], \"c\": {}, \"d\": []}\n"),
        ("indent-1", "{\n \"a\": [\n  1,\n  {\n   \"b\": 2\n  }\n ],\n \"c\": {},\n \"d\": []\n}"),
        ("jackson", "{\n  \"a\" : [ 1, {\n    \"b\" : 2\n  } ],\n  \"c\" : { },\n  \"d\" : [ ]\n}"),
    ];
    for (style, text) in expected {
        assert_eq!(String::from_utf8(laid_out(value, style)).unwrap(), text, "{style}");
    }
}
