//! What the operator gives beyond the pages.

use super::PageError;

/// How to import.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// Name of the family, where the pages do not show it.
    pub family: Option<String>,
    /// Facts that the pages do not state.
    pub settings: Vec<Setting>,
    /// Whether descriptions and examples of the pages are kept.
    pub text: Text,
}

/// Whether the pages' own words go into the document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Text {
    /// Descriptions and examples are kept.
    #[default]
    Kept,
    /// Only facts: names, types, rules, codes and their lines.
    Left,
}

/// What a setting gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingKey {
    /// The operation's id.
    OperationId,
    /// The HTTP method.
    Method,
    /// The path template.
    Path,
    /// The API version.
    Version,
    /// The document's title.
    Title,
}

const KEYS: &[(&str, SettingKey)] = &[
    ("operationId", SettingKey::OperationId),
    ("method", SettingKey::Method),
    ("path", SettingKey::Path),
    ("version", SettingKey::Version),
    ("title", SettingKey::Title),
];

/// One `--set KEY=VALUE`, or `--set PAGE:KEY=VALUE` for one of several pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The beginning of the page's name, with or without its folders.
    pub page: Option<String>,
    /// What is given.
    pub key: SettingKey,
    /// Its value.
    pub value: String,
}

impl Setting {
    /// Reads `KEY=VALUE` or `PAGE:KEY=VALUE`.
    pub fn parse(text: &str) -> Result<Self, PageError> {
        let wrong = |reason: String| PageError::Setting { setting: text.to_owned(), reason };
        let Some((key, value)) = text.split_once('=') else {
            return Err(wrong("`KEY=VALUE` is expected".to_owned()));
        };
        let (page, key) = match key.rsplit_once(':') {
            Some((page, key)) => (Some(page.to_owned()), key),
            None => (None, key),
        };
        let known = KEYS.iter().find(|(name, _)| *name == key).map(|(_, key)| *key);
        let Some(known) = known else {
            let names: Vec<&str> = KEYS.iter().map(|(name, _)| *name).collect();
            return Err(wrong(format!("`{key}` is not known: {}", names.join(", "))));
        };
        if value.is_empty() {
            return Err(wrong("the value is empty".to_owned()));
        }
        Ok(Self { page, key: known, value: value.to_owned() })
    }

    /// Whether it speaks of a page.
    fn is_for(&self, page: &str) -> bool {
        let file = page.rsplit_once('/').map_or(page, |(_, file)| file);
        self.page.as_deref().is_none_or(|start| page.starts_with(start) || file.starts_with(start))
    }

    /// The flag as it is noted beside what it gave.
    pub(super) fn flag(&self) -> String {
        let name = KEYS.iter().find(|(_, key)| *key == self.key).map_or("", |(name, _)| name);
        match &self.page {
            Some(page) => format!("--set {page}:{name}"),
            None => format!("--set {name}"),
        }
    }
}

impl ImportOptions {
    /// The setting of a key for a page; one that names the page goes before one that does not.
    pub(super) fn setting(&self, key: SettingKey, page: &str) -> Option<&Setting> {
        let fits = |setting: &&Setting| setting.key == key && setting.is_for(page);
        let own = self.settings.iter().rfind(|own| fits(own) && own.page.is_some());
        own.or_else(|| self.settings.iter().rfind(fits))
    }

    /// Refuses settings that speak of no page, and ids given to several pages at once.
    pub(super) fn check(&self, pages: &[&str]) -> Result<(), PageError> {
        for setting in &self.settings {
            let wrong = |reason: &str| PageError::Setting {
                setting: setting.flag(),
                reason: reason.to_owned(),
            };
            let named = pages.iter().filter(|page| setting.is_for(page)).count();
            let single = matches!(
                setting.key,
                SettingKey::OperationId | SettingKey::Method | SettingKey::Path
            );
            if named == 0 {
                return Err(wrong("no page of that name was given"));
            }
            if single && named > 1 {
                return Err(wrong(
                    "several pages: write PAGE:KEY=VALUE, PAGE the beginning of a file's name",
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_checked() {
        let setting = Setting::parse("depot:operationId=CreateDepot").unwrap();
        assert_eq!(setting.key, SettingKey::OperationId);
        assert_eq!(setting.flag(), "--set depot:operationId");
        for bad in ["depot", "colour=red", "version="] {
            assert!(Setting::parse(bad).is_err(), "{bad}");
        }
        let check = |text: &str| {
            let settings = vec![Setting::parse(text).unwrap()];
            ImportOptions { settings, ..ImportOptions::default() }.check(&["depot.txt", "site.txt"])
        };
        assert!(check("dep:path=/a").is_ok());
        assert!(check("version=1").is_ok());
        assert!(check("path=/a").is_err());
        assert!(check("other:path=/a").is_err());
    }
}
