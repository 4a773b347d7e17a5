//! Documentation pages to a spec: a page becomes an [outline](outline) (headings, tables, code),
//! the outline an operation, operations one OpenAPI 3.1 document. Structure is recognised by a
//! closed [vocabulary](vocabulary); what a page does not say comes from named [families](families)
//! or from the operator, and is marked so. What cannot be read is a [`Loss`], what a page says
//! twice and differently a [`Contradiction`]. The ways in are [`import`] and, for folders, [`gather`].

mod assemble;
mod document;
mod error;
mod families;
mod gather;
mod import;
mod markup;
mod model;
mod options;
mod outline;
mod prose;
mod reading;
mod shape;
mod vocabulary;

pub use error::PageError;
pub use gather::{Api, Division, Gathered, Hands, gather};
pub use import::{Clash, Contradiction, Import, Loss, Page, import};
pub use options::{ImportOptions, Setting, SettingKey, Text};
