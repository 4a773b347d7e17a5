use super::{DIFFERENCE_LIMIT, Difference};

/// Where two multisets of pairs differ, as `KIND:NAME`. Values of one name are compared in order
/// after those that both sides have are paired off.
pub fn pair_differences(
    kind: &str,
    left: &[(String, String)],
    right: &[(String, String)],
) -> Vec<Difference> {
    let mut spare: Vec<Option<&(String, String)>> = right.iter().map(Some).collect();
    let mut alone = Vec::new();
    for pair in left {
        match spare.iter_mut().find(|other| **other == Some(pair)) {
            Some(other) => *other = None,
            None => alone.push(pair),
        }
    }
    let mut found = Vec::new();
    for (name, value) in alone {
        let other = spare.iter_mut().find(|other| other.is_some_and(|(n, _)| n == name));
        let other = other.and_then(Option::take).map(|(_, value)| value.as_str());
        found.push(Difference::new(format!("{kind}:{name}"), Some(value), other));
    }
    for (name, value) in spare.into_iter().flatten() {
        found.push(Difference::new(format!("{kind}:{name}"), None, Some(value)));
    }
    found.truncate(DIFFERENCE_LIMIT);
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
