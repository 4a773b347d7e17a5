//! Typed netstrings as mitmproxy writes them: `LENGTH:DATA` and one byte for the type, with `;` for
//! text besides the usual types.

/// Deepest nesting that is read.
const DEPTH_LIMIT: usize = 64;
/// Most digits of a length.
const LENGTH_DIGITS: usize = 12;
/// Most values of one top-level value.
const VALUE_LIMIT: usize = 1_000_000;

/// A value, borrowed from the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    /// Integers and floats.
    Number(f64),
    Bytes(&'a [u8]),
    List(Vec<Value<'a>>),
    Map(Vec<(&'a [u8], Value<'a>)>),
}

impl<'a> Value<'a> {
    /// The member of this name, unless it is null.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Map(members) = self else { return None };
        let found = members.iter().find(|(key, _)| *key == name.as_bytes()).map(|(_, value)| value);
        found.filter(|value| **value != Self::Null)
    }

    pub(super) fn bytes_of(&self, name: &str) -> Option<&'a [u8]> {
        match self.get(name)? {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn text_of(&self, name: &str) -> Option<String> {
        self.bytes_of(name).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    pub(super) fn number_of(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn elements(&self) -> &[Self] {
        match self {
            Self::List(elements) => elements,
            _ => &[],
        }
    }
}

/// Takes the first value off `rest`.
pub(super) fn take<'a>(rest: &mut &'a [u8]) -> Result<Value<'a>, &'static str> {
    pop(rest, DEPTH_LIMIT, &mut 0)
}

fn pop<'a>(
    rest: &mut &'a [u8],
    depth: usize,
    count: &mut usize,
) -> Result<Value<'a>, &'static str> {
    *count += 1;
    if *count > VALUE_LIMIT {
        return Err("more values than are read of one flow");
    }
    let digits =
        rest.iter().take(LENGTH_DIGITS + 1).take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || digits > LENGTH_DIGITS || rest.get(digits) != Some(&b':') {
        return Err("a length is expected");
    }
    let length = rest[..digits].iter().fold(0_usize, |sum, digit| {
        sum.saturating_mul(10).saturating_add(usize::from(digit - b'0'))
    });
    let data_and_rest = &rest[digits + 1..];
    let kind = data_and_rest.get(length).ok_or("it ends too early")?;
    let data = &data_and_rest[..length];
    *rest = &data_and_rest[length + 1..];
    value(*kind, data, depth, count)
}

fn value<'a>(
    kind: u8,
    mut data: &'a [u8],
    depth: usize,
    count: &mut usize,
) -> Result<Value<'a>, &'static str> {
    let number = |data| std::str::from_utf8(data).ok().and_then(|text| text.parse::<f64>().ok());
    match kind {
        b',' | b';' => Ok(Value::Bytes(data)),
        b'#' | b'^' => number(data).map(Value::Number).ok_or("a number that is none"),
        b'!' if data == b"true" => Ok(Value::Bool(true)),
        b'!' if data == b"false" => Ok(Value::Bool(false)),
        b'~' if data.is_empty() => Ok(Value::Null),
        b']' | b'}' if depth == 0 => Err("nested too deeply"),
        b']' => {
            let mut elements = Vec::new();
            while !data.is_empty() {
                elements.push(pop(&mut data, depth - 1, count)?);
            }
            Ok(Value::List(elements))
        }
        b'}' => {
            let mut members = Vec::new();
            while !data.is_empty() {
                let Value::Bytes(name) = pop(&mut data, depth - 1, count)? else {
                    return Err("a name that is no text");
                };
                members.push((name, pop(&mut data, depth - 1, count)?));
            }
            Ok(Value::Map(members))
        }
        _ => Err("a type that is not known"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_and_nonsense_is_refused() {
        let mut rest = &b"24:4:name;3:1.5^1:b,4:true!}1:x,"[..];
        let value = take(&mut rest).unwrap();
        assert_eq!(value.number_of("name"), Some(1.5));
        assert_eq!(value.get("b"), Some(&Value::Bool(true)));
        assert_eq!(rest, b"1:x,");
        let deep = (0..100).fold(b"0:~".to_vec(), |inner, _| {
            [inner.len().to_string().as_bytes(), b":", &inner, b"]"].concat()
        });
        for wrong in
            [&b""[..], b":", b"x", b"5:ab,", b"99999999999999:a,", b"1:a?", b"2:xx!", &deep]
        {
            assert!(take(&mut &wrong[..]).is_err());
        }
    }
}
