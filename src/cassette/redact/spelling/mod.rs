//! The spellings in which a text travels, and its bytes without them: escapes, encodings, the lines
//! of mail, UTF-16.

pub(super) mod encodings;
pub(super) mod escapes;
pub(super) mod lines;
pub(super) mod wide;
