use super::{DIFFERENCE_LIMIT, Difference};
use std::collections::{HashMap, VecDeque};

/// Where two multisets of pairs differ, as `KIND:NAME`. Values of one name are compared in order
/// after those that both sides have are paired off.
pub fn pair_differences(
    kind: &str,
    left: &[(String, String)],
    right: &[(String, String)],
) -> Vec<Difference> {
    let told =
        |Unpaired { name, left, right }| Difference::new(format!("{kind}:{name}"), left, right);
    unpaired(left, right).into_iter().take(DIFFERENCE_LIMIT).map(told).collect()
}

/// A name with values that have no equal on the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unpaired<'a> {
    /// The name.
    pub name: &'a str,
    /// A value on the left.
    pub left: Option<&'a str>,
    /// One on the right.
    pub right: Option<&'a str>,
}

/// What [`pair_differences`] tells, whole.
pub fn unpaired<'a>(
    left: &'a [(String, String)],
    right: &'a [(String, String)],
) -> Vec<Unpaired<'a>> {
    let mut counts: HashMap<&(String, String), usize> = HashMap::new();
    for pair in right {
        *counts.entry(pair).or_default() += 1;
    }
    let mut alone = Vec::new();
    for pair in left {
        match counts.get_mut(pair) {
            Some(count @ 1..) => *count -= 1,
            _ => alone.push(pair),
        }
    }
    // The values of a name that are left over on the right, in order.
    let mut spare: HashMap<&str, VecDeque<&str>> = HashMap::new();
    let mut names = Vec::new();
    for pair in right.iter().rev() {
        if let Some(count @ 1..) = counts.get_mut(pair) {
            *count -= 1;
            spare.entry(&pair.0).or_default().push_front(&pair.1);
            names.push(pair.0.as_str());
        }
    }
    let mut found = Vec::new();
    for (name, value) in alone {
        let right = spare.get_mut(name.as_str()).and_then(VecDeque::pop_front);
        found.push(Unpaired { name, left: Some(value), right });
    }
    for name in names.into_iter().rev() {
        if let Some(right) = spare.get_mut(name).and_then(VecDeque::pop_front) {
            found.push(Unpaired { name, left: None, right: Some(right) });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_compared_as_multisets() {
        let pairs = |text: &str| crate::exchange::query_pairs(text);
        let told: Vec<_> = pair_differences("query", &pairs("a=1&b=2&c=3"), &pairs("c=4&a=1&d=5"))
            .into_iter()
            .map(|d| (d.at, d.left, d.right))
            .collect();
        let text = |t: &str| Some(t.to_owned());
        assert_eq!(
            told,
            [
                ("query:b".to_owned(), text("2"), None),
                ("query:c".to_owned(), text("3"), text("4")),
                ("query:d".to_owned(), None, text("5")),
            ]
        );
        assert!(pair_differences("query", &pairs("a=1&a=2"), &pairs("a=2&a=1")).is_empty());
    }
}
